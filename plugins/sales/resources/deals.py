"""Deals on screens, and what follows when one moves, is won or is lost."""

import datetime as dt

import peewee

from core import N_, Contact, Problem, Resource, action, chunks, fields, html

from .. import plugin
from ..models import LAST, Deal, DealContact, Lead, Move, Pipeline, Rate, Reason, Stage
from .order import newest
from .territories import day_of

_ = plugin.gettext

#: Which of a contact's stages a new deal, or one that is won, changes.
BEFORE_DEAL = ("", "lead", "qualified")
BEFORE_WIN = (*BEFORE_DEAL, "opportunity", "lapsed")
#: Batches that take back or tell what happened, where nothing follows of itself.
QUIET = ("undo", "demo")


class Deals(Resource):
    """Deals.

    `write` completes what follows from a change of stage or status, so that form, board, API, import and bulk act
    alike: the stage's probability, the date of closing, a `Move`, the stage's tasks, the contact's stage.
    """

    model, icon, hue = Deal, "layout-kanban", "indigo"
    label, plural = N_("Deal"), N_("Deals")
    timeline, timeline_at, calendar_at = "contact", "created_at", "expected_close"
    columns = ("title", "contact", "stage", "amount", "expected_close", "owner", "status")
    more_columns = (
        "organisation",
        "probability",
        "forecast",
        "next_step",
        "next_step_at",
        "source",
        "campaign",
        "territory",
        "partner",
        "reason",
        "competitors",
        "stage_since",
        "closed_at",
        "created_at",
        "pipeline",
    )
    fields = (
        "title",
        "contact",
        "organisation",
        "stage",
        "amount",
        "expected_close",
        "owner",
        "next_step",
        "next_step_at",
        "probability",
        "forecast",
        "source",
        "campaign",
        "territory",
        "competitors",
        "partner",
        "commission",
        "reason",
        "reason_note",
        "note",
    )
    filters = (
        "status",
        "owner",
        "expected_close",
        "stage",
        "pipeline",
        "forecast",
        "closed_at",
        "rots_at",
        "next_step_at",
        "source",
        "campaign",
        "territory",
        "reason",
        "partner",
        "contact",
        "organisation",
        "created_at",
        "competitors",
    )
    search = ("competitors", "next_step", "campaign")
    order = "-id"
    presets = (
        (N_("Mine"), "owner=me&status=open"),
        (N_("Open deals"), "status=open"),
        (N_("Rotting"), "status=open&rots_at=overdue"),
        (N_("Won"), "status=won"),
        (N_("Lost"), "status=lost"),
    )
    list_template, page_template = "sales/deals.html", "sales/deal.html"

    @property
    def stages(self):
        return self.build.by_model[Stage]

    # Reading

    def overdue(self, user, until: dt.datetime, limit: int = 30) -> list[Deal]:
        """A user's open deals that rot or whose next step is due by then, the most valuable first. Two queries."""
        due = (Deal.rots_at < fields.utcnow()) | (Deal.next_step_at <= until)
        query = self.query(user).where(Deal.owner == user.id, Deal.status == "open", due)
        found = list(query.order_by(peewee.fn.COALESCE(Deal.value, 0).desc()).limit(limit))
        self.load_links(found, ["contact"], user)
        return self.veil(user, found)

    def of_contact(self, user, contact, limit: int = 6) -> tuple[list[Deal], bool]:
        """A contact's deals, open ones first, and whether there are more. One query."""
        mine = (Deal.contact == contact.id) | (Deal.organisation == contact.id)
        open_first = peewee.Case(Deal.status, (("open", 0),), 1)
        found = list(self.query(user).where(mine).order_by(open_first, Deal.id.desc()).limit(limit + 1))
        return self.veil(user, found[:limit]), len(found) > limit

    def rotting(self, deal) -> bool:
        """Whether nobody has touched an open deal for longer than its stage allows."""
        return deal.rots(fields.utcnow())

    # Checking

    def new(self, user, **values):
        deal = super().new(user, **values)
        first = self.stages.first(deal.pipeline_id)
        if deal.stage_id is None and first is not None:
            deal.stage_id, deal.pipeline_id = first.id, first.pipeline_id
        return deal

    def validate(self, user, record, values):
        errors = {}
        amount = values.get("amount")
        if amount is not None and amount[0] < 0:
            errors["amount"] = Problem(N_("An amount cannot be less than zero."), "sales")
        close = values.get("expected_close")
        if close is not None and not 1900 < close.year < 2999:  # as far as forecasts reach; a slip such as the year 26
            errors["expected_close"] = Problem(
                N_("The year %(year)s is not likely. Is it typed in full?"), "sales", year=close.year
            )
        share = values.get("commission")
        if share is not None and not 0 <= share <= 100:
            errors["commission"] = Problem(N_("A commission is from 0 to 100 percent."), "sales")
        stage = self.target(record, values)
        if stage is None:
            errors["stage"] = Problem(N_("There is no stage yet. Ask an administrator to set up a pipeline."), "sales")
            return errors
        if record.__dict__.get("free"):
            return errors
        missing, unticked = self.obstacles(record, values, stage)
        for name in missing:
            problem = N_("“%(stage)s” asks for “%(field)s”. Fill it in first.")
            errors[name] = Problem(problem, "sales", stage=stage.name, field=self.field_title(name))
        if unticked:
            problem = N_("Before it goes on from “%(stage)s”, tick: %(items)s.")
            now = self.stages.one(record.stage_id)
            errors[""] = Problem(problem, "sales", stage=now.name, items="; ".join(unticked))
        lost = values.get("status", record.status) == "lost" and record.id and record.status != "lost"
        if lost and not values.get("reason", record.reason_id) and self.build.by_model[Reason].of("lost"):
            errors["reason"] = Problem(N_("Say why it was lost."), "sales")
        return errors

    def target(self, deal, values: dict) -> Stage | None:
        """The stage that a deal is in after these values are set."""
        stage = self.stages.one(values.get("stage") or deal.stage_id)
        pipeline = values.get("pipeline")
        if pipeline and (stage is None or pipeline != stage.pipeline_id) and not values.get("stage"):
            return self.stages.first(pipeline)
        return stage or self.stages.first(pipeline or deal.pipeline_id)

    def obstacles(self, deal, values: dict, stage: Stage) -> tuple[list[str], list[str]]:
        """What stands in the way of a move: fields that the stage asks for, and items that are not ticked yet.

        Going back, being lost and staying ask for nothing.
        """
        now = self.stages.one(deal.stage_id) if deal.id else None
        status = values.get("status", deal.status or "open")
        wins = status == "won" and (deal.id is None or deal.status != "won")
        if status == "lost" or (now is not None and stage.id == now.id and not wins):
            return [], []
        ahead = now is None or stage.pipeline_id != now.pipeline_id or _after(stage, now)
        missing = [
            name
            for name in (stage.asks if ahead else ())
            if name in self.kinds
            and self.kinds[name].empty(values[name] if name in values else self.kinds[name].get(deal))
        ]
        if now is None or not (wins or (ahead and stage.pipeline_id == now.pipeline_id)):
            return missing, []
        ticked = values.get("ticked", deal.ticked).get(str(now.id), ())
        return missing, [item for item in now.items if item not in ticked]

    # Writing

    def derive(self, record):
        """When it will rot, its value in the firm's currency, and its place among the cards."""
        super().derive(record)
        stage = self.stages.one(record.stage_id)
        days = stage.rot_days if stage is not None else None
        touched = record.__dict__.get("touched_at") or fields.utcnow()
        if not record.__dict__.pop("still", False):
            record.rots_at = touched + dt.timedelta(days=days) if days and record.is_open else None
        if record.rank is None:
            record.rank = newest()
        rates = self.build.by_model[Rate]
        day = day_of(record.status, record.closed_at)
        record.value = rates.convert(record.amount, record.amount_currency, day)
        record.place = record.expected_close.toordinal() if record.expected_close else LAST

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":  # what followed is taken back by the same undo
            return super().write(pairs, batch, user)
        for deal, values in pairs:  # who puts cards in order has not touched them
            changed = {name for name, value in values.items() if self.kinds[name].get(deal) != value}
            deal.__dict__["still"] = deal.id is not None and changed == {"rank"}
        pairs = [(deal, self._completed(deal, values)) for deal, values in pairs]
        before = {id(deal): (deal.stage_id if deal.id else None, deal.status, deal.stage_since) for deal, _ in pairs}
        fresh = {id(deal) for deal, _ in pairs if deal.id is None}
        changed = super().write(pairs, batch, user)
        if batch.kind not in QUIET:
            came = [d for d in changed if id(d) in fresh or before[id(d)][:2] != (d.stage_id, d.status)]
            self._note_moves(came, before, fresh, batch, user)
            entered = [d for d in came if d.is_open and (id(d) in fresh or before[id(d)][0] != d.stage_id)]
            self._bring_tasks(entered, batch, user)
            self._lift_contacts(came, fresh, batch, user)
            closed = [d for d in came if id(d) in fresh or before[id(d)][1] != d.status]
            self.build.by_model[Lead].outcome_of(closed, batch, user)
        return changed

    def freshen(self, contact_ids: set[int]) -> None:
        """Somebody talked with these contacts: their open deals rot later. Derived, so without a journal."""
        by_days: dict[int, list[int]] = {}
        for stage in self.stages.all().values():
            if stage.rot_days:
                by_days.setdefault(stage.rot_days, []).append(stage.id)
        for chunk in chunks(contact_ids, 500):
            whose = (Deal.contact << chunk) | (Deal.organisation << chunk)
            for days, stages in by_days.items():
                rots = fields.utcnow() + dt.timedelta(days=days)
                Deal.update(rots_at=rots).where(Deal.stage << stages, Deal.status == "open", whose).execute()

    def rehome(self, user, pairs, label: str, name: str):
        """Move deals without asking what their stages ask for; the batch."""
        for deal, _values in pairs:
            deal.__dict__["free"] = True
        return self.save_many(user, pairs, label=label, name=name)

    def _completed(self, deal, values) -> dict:
        """The values and what follows from them."""
        values, now = dict(values), fields.utcnow()
        stage, status = self.target(deal, values), values.get("status", deal.status or "open")
        moved = stage is not None and (deal.id is None or stage.id != deal.stage_id)
        if stage is not None:
            values |= {"stage": stage.id, "pipeline": stage.pipeline_id}
        if moved:
            values.setdefault("stage_since", now)
            if deal.id is not None:
                values.setdefault("rank", newest())
        if status != "open" and not values.get("closed_at", deal.closed_at):
            values["closed_at"] = now
        elif status == "open" and deal.closed_at:
            values["closed_at"] = None
        follows = moved or status != (deal.status or "open") or deal.id is None
        if follows and stage is not None:
            chosen = values.get("probability")
            if chosen is None or (deal.id and chosen == deal.probability) or status != "open":
                values["probability"] = {"won": 100, "lost": 0}.get(status, stage.probability)
            chosen = values.get("forecast")
            if not chosen or (deal.id and chosen == deal.forecast):
                values["forecast"] = stage.forecast
        return values

    def _note_moves(self, came, before, fresh, batch, user) -> None:
        """Write down who came from where to where; on the contact's timeline, but for the first stage of a new one."""
        rows, now = [], fields.utcnow()
        for deal in came:
            stage, status, since = before[id(deal)]
            new = id(deal) in fresh
            quiet = new and deal.is_open
            values = {
                "deal": deal.id,
                "contact": None if quiet else deal.contact_id,
                "pipeline": deal.pipeline_id,
                "from_stage": None if new else stage,
                "to_stage": deal.stage_id,
                "status": deal.status,
                "at": now,
                "by": user.id if user else None,
                "seconds": int((now - since).total_seconds()) if since and not new else None,
                "note": deal.reason_note[:200] if deal.status != "open" and deal.status != status else "",
            }
            move = Move()
            move.__rel__["deal"] = deal
            rows.append((move, values))
        if rows:
            self.build.by_model[Move].write(rows, batch, user)

    def _bring_tasks(self, entered, batch, user) -> None:
        """The tasks of a stage for the deals that came to it, when the module Tasks is on."""
        tasks, rows = self.build.resources.get("tasks_task"), []
        if tasks is None:
            return
        for deal in entered:
            for title, days in self.stages.one(deal.stage_id).templates:
                due = tasks.kinds["due_at"].parse((html.today() + dt.timedelta(days=days)).isoformat())
                values = {"title": title, "contact": deal.contact_id, "assignee": deal.owner_id, "due_at": due}
                values |= {"author": user.id if user else None, "description": deal.title}
                rows.append((tasks.model(), values))
        if rows:
            tasks.write(rows, batch, None)

    def _lift_contacts(self, came, fresh, batch, user) -> None:
        """A contact with a deal is an opportunity, one who bought is a customer."""
        wanted = {}
        for deal in came:
            for id in {deal.contact_id, deal.organisation_id} - {None}:
                if deal.status == "won":
                    wanted[id] = ("customer", BEFORE_WIN)
                elif deal.is_open and wanted.get(id, ("",))[0] != "customer":
                    wanted[id] = ("opportunity", BEFORE_DEAL)
        contacts, pairs = self.build.by_model[Contact], []
        for chunk in chunks(wanted, 500):
            found = list(Contact.select().where(Contact.id << chunk, Contact.deleted_batch.is_null()))
            contacts.load_parts(found)
            for contact in found:
                stage, below = wanted[contact.id]
                values = {"stage": stage} if contact.stage in below else {}
                if stage == "customer":  # and no lead any more
                    roles = ["customer" if role == "lead" else role for role in contact.roles]
                    values["roles"] = list(dict.fromkeys([*roles, "customer"]))
                if values:
                    pairs.append((contact, values))
        if pairs:
            contacts.write(pairs, batch, user)

    @action(N_("Won"), icon="trophy", order=10, when=lambda deal: deal.is_open)
    def win(self, user, record):
        self.save(user, record, {"status": "won"}, label=N_("Won “%(title)s”"), title=record.title)
        return _("Won: %(title)s", title=record.title)

    @action(N_("Lost"), icon="thumb-down", order=20, when=lambda deal: deal.is_open)
    def lose(self, user, record):
        """A lost deal says why: the page asks."""
        return f"/sales/deal/{record.id}/move?status=lost"

    @action(N_("Take up again"), icon="rotate", order=30, when=lambda deal: not deal.is_open)
    def reopen(self, user, record):
        values = {"status": "open", "reason": None, "stage_since": fields.utcnow()}
        self.save(user, record, values, label=N_("Took “%(title)s” up again"), title=record.title)

    # What others show of a deal

    def entry_text(self, record):
        amount = html.money(record.amount, record.amount_currency) if record.amount is not None else ""
        return record.title, " · ".join(filter(None, (amount, record.next_step)))


def _after(stage: Stage, other: Stage) -> bool:
    """Whether a stage comes after another one of the same pipeline."""
    return (stage.place, stage.id) > (other.place, other.id)


class DealContacts(Resource):
    """Who takes part in a deal's decision, and how."""

    model, icon, hue = DealContact, "users-group", "teal"
    label, plural = N_("Person in the decision"), N_("People in the decision")
    columns = ("deal", "contact", "part", "note")
    filters = ("deal", "contact", "part")
    follows = "deal"
    searched = False

    def validate(self, user, record, values):
        deal, contact = values.get("deal", record.deal_id), values.get("contact", record.contact_id)
        same = DealContact.select().where(
            DealContact.deal == deal,
            DealContact.contact == contact,
            DealContact.deleted_batch.is_null(),
            DealContact.id != (record.id or 0),
        )
        if deal and contact and same.exists():
            return {"contact": Problem(N_("This contact takes part already."), "sales")}
        return {}


class Moves(Resource):
    """The way of every deal through the stages: what reports count, and what timelines tell."""

    model, icon, hue = Move, "arrow-right-circle", "indigo"
    label, plural = N_("Move of a deal"), N_("Moves of deals")
    timeline = "contact"
    columns = ("deal", "from_stage", "to_stage", "status", "at", "by")
    filters = ("pipeline", "from_stage", "to_stage", "status", "at", "by", "deal")
    order = "-at"
    follows = "deal"
    searched = False
    writable = False

    def save_many(self, user, pairs, **kwargs):
        """Only `write` of a deal makes them. Raises Problem."""
        raise Problem(N_("Moves are written down along with their deals, and not by hand."), "sales")

    def entry_text(self, record):
        if record.status == "won":
            return _("✓ Won: %(title)s", title=record.deal.title), record.note
        if record.status == "lost":
            return _("✗ Lost: %(title)s", title=record.deal.title), record.note
        stage = self.build.by_model[Stage].one(record.to_stage_id)
        return _("%(title)s → %(stage)s", title=record.deal.title, stage=stage.name), record.note

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Moves belong to their deals and are not deleted alone."), "sales")


__all__ = ["DealContacts", "Deals", "Moves", "Pipeline"]
