"""Leads on screens: what happens as they come in, and how one becomes a contact and a deal."""

import datetime as dt
import re

import peewee

from core import N_, Contact, Problem, Resource, User, action, chunks, fields, notify, similar, transaction

from .. import plugin
from ..models import LIVE, Deal, Lead, Stage, Territory, WebForm
from .assign import Assigner
from .common import Managed
from .scores import Scorer

_ = plugin.gettext


class AlreadyConverted(Problem):
    """The lead was converted before; `lead` knows its contact and deal."""

    def __init__(self, lead):
        super().__init__(N_("“%(name)s” was converted already."), "sales", name=lead.name)
        self.lead = lead


class Leads(Resource):
    """Leads. A new one without an owner is given to somebody by the rules, scored, and told to its owner."""

    model, nav, nav_order, icon, hue = Lead, "", 20, "filter", "orange"
    label, plural = N_("Lead"), N_("Leads")
    timeline, calendar_at, tells_owner = "contact", "next_step_at", False
    columns = ("name", "company", "score", "state", "source", "owner", "created_at")
    more_columns = (
        "email",
        "phone",
        "region",
        "product",
        "campaign",
        "budget",
        "territory",
        "next_step_at",
        "assigned_why",
        "outcome",
        "reason",
    )
    fields = (
        "name",
        "company",
        "job_title",
        "email",
        "phone",
        "region",
        "product",
        "budget",
        "source",
        "campaign",
        "owner",
        "state",
        "reason",
        "territory",
        "next_step_at",
        "message",
    )
    filters = (
        "state",
        "owner",
        "source",
        "campaign",
        "region",
        "product",
        "score",
        "territory",
        "outcome",
        "created_at",
    )
    search = ("company", "email", "phone", "product", "campaign")
    order = "-id"
    presets = (
        (N_("Mine"), "owner=me&state=new,working,qualified"),
        (N_("Best first"), "state=new,working,qualified&sort=-score"),
        (N_("Nobody's"), "owner=none&state=new,working,qualified"),
        (N_("Given up"), "state=lost"),
    )
    page_template, list_template = "sales/lead.html", "sales/leads.html"

    # Reading

    def likely(self, user, lead) -> list:
        """Contacts that the lead may be, the likeliest first; those that the user may not see without a name."""
        emails, phones = [lead.email] if lead.email else [], [lead.phone] if lead.phone else []
        return similar(self.build, user, lead.name, emails, phones, limit=5)

    def due(self, user, until: dt.datetime, limit: int = 30) -> list[Lead]:
        """A user's live leads that are new or whose next step is due, the best first. One query."""
        query = self.query(user).where(Lead.owner == user.id, Lead.state << LIVE)
        query = query.where((Lead.next_step_at <= until) | ((Lead.state == "new") & Lead.next_step_at.is_null()))
        found = query.order_by(peewee.fn.COALESCE(Lead.score, 0).desc(), Lead.id.desc()).limit(limit)
        return self.veil(user, list(found))

    # Writing

    def new(self, user, **values):
        """Without an owner: the rules decide, and whoever makes it gets what no rule fits."""
        lead = super().new(user, **values)
        if "owner" not in values:
            lead.owner_id = None
        return lead

    def validate(self, user, record, values):
        errors = {}
        state = values.get("state", record.state)
        if state == "converted" and record.state != "converted":
            errors["state"] = Problem(N_("Use “Convert”: it makes the contact and the deal."), "sales")
        if record.state == "converted" and state != "converted":
            errors["state"] = Problem(N_("A converted lead stays converted. Undo the conversion instead."), "sales")
        budget = values.get("budget")
        if budget is not None and budget[0] < 0:
            errors["budget"] = Problem(N_("An amount cannot be less than zero."), "sales")
        return errors

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":
            return super().write(pairs, batch, user)
        pairs = [(lead, self._completed(lead, dict(values))) for lead, values in pairs]
        fresh = {id(lead) for lead, _ in pairs if lead.id is None}
        if batch.kind != "demo":
            Assigner(self.build).assign([pair for pair in pairs if id(pair[0]) in fresh], user)
            scorer = Scorer(self.build)
            for lead, values in pairs:
                values["score"] = scorer.score(lead, values)
        owners = {id(lead): lead.owner_id for lead, _ in pairs}
        changed = super().write(pairs, batch, user)
        if batch.kind != "demo":
            given = [x for x in changed if x.owner_id and (id(x) in fresh or owners[id(x)] != x.owner_id)]
            self._tell([x for x in given if x.is_live], user)
        return changed

    def _completed(self, lead, values) -> dict:
        """The values and what follows from them."""
        if values.get("state") == "lost" and lead.state != "lost":
            values["outcome"] = "lost"
        elif "state" in values and values["state"] in LIVE and lead.outcome:
            values["outcome"] = ""
        region = values.get("region", lead.region)
        if region and not values.get("territory", lead.territory_id):
            found = self.build.by_model[Territory].of_region(region)
            values["territory"] = found.id if found else None
        return values

    def _tell(self, given, user) -> None:
        """Tell people about the leads that somebody (or a rule) gave them; one notice for many."""
        by_owner: dict[int, list[Lead]] = {}
        for lead in given:
            if user is None or lead.owner_id != user.id:
                by_owner.setdefault(lead.owner_id, []).append(lead)
        for person in User.select().where(User.id << list(by_owner), User.active) if by_owner else ():
            mine = by_owner[person.id]
            message = N_("A new lead for you") if len(mine) == 1 else N_("%(n)s new leads for you")
            about = mine[0] if len(mine) == 1 else None
            url = self.url("page", about) if about else f"{self.url()}?owner=me&state=new"
            notify(
                self.build,
                [person],
                "lead",
                message,
                plugin="sales",
                url=url,
                text=str(mine[0]),
                n=len(mine),
                about=about,
            )

    @action(N_("In touch"), icon="phone-check", order=10, when=lambda lead: lead.state == "new")
    def work(self, user, record):
        self.save(user, record, {"state": "working"}, label=N_("In touch with %(name)s"), name=record.name)

    @action(N_("Qualified"), icon="circle-check", order=20, when=lambda lead: lead.state in ("new", "working"))
    def qualify(self, user, record):
        self.save(user, record, {"state": "qualified"}, label=N_("Qualified %(name)s"), name=record.name)

    @action(N_("Convert"), icon="arrow-right-circle", order=5, when=lambda lead: lead.is_live)
    def convert(self, user, record):
        """The page asks what the contact and the deal are to be."""
        return f"/sales/lead/{record.id}/convert"

    @action(N_("Give up"), icon="archive", order=30, when=lambda lead: lead.is_live)
    def drop(self, user, record):
        return f"{self.url('edit', record)}?state=lost"

    # Converting

    def turn_into(self, user, lead: Lead, contact: Contact | None, deal: dict | None, company: bool = True) -> Lead:
        """Make a lead a contact (or add it to one) and a deal, in one batch.

        `contact` is an existing one; `deal` its values, None for no deal; `company` makes an organisation of the lead's
        company when there is none of that name. Raises AlreadyConverted, Forbidden, Invalid or Conflict.
        """
        deals = self.build.by_model[Deal]
        self.demand(user, "edit")
        with transaction():
            now = Lead.select().where(Lead.id == lead.id).get()
            if not now.is_live:
                raise AlreadyConverted(now)
            # The lead first: of two at once the second one meets its new version, and makes nothing.
            label = N_("Converted %(name)s")
            batch = self.save_many(user, [(now, {"converted_at": fields.utcnow()})], label=label, name=lead.name)
            firm = self._organisation(user, now, contact, batch) if company else None
            person = self._contact(user, now, contact, firm, batch)
            made = None
            if deal is not None:
                made = deals.new(user)
                values = self._deal_values(user, now, person, firm or person.organisation_id)
                values = values | {"owner": now.owner_id or user.id} | deal
                if values.get("stage") is None:
                    values["stage"] = self.build.by_model[Stage].first().id
                deals.save(user, made, values, batch=batch)
            done = {"state": "converted", "contact": person.id, "deal": made.id if made else None}
            if made is None:
                done["outcome"] = "won"  # without a deal, a customer was what the lead was for
            self.write([(now, done)], batch, user)
        return now

    def _organisation(self, user, lead, contact, batch) -> int | None:
        """The id of the lead's company: the existing contact's, one of that name, or a new one."""
        if contact is not None and contact.organisation_id:
            return contact.organisation_id
        if not lead.company:
            return None
        contacts = self.build.by_model[Contact]
        for id in contacts.named(user, lead.company):
            if Contact.get_by_id(id).kind == "organisation":
                return id
        firm = contacts.new(user)
        values = {"kind": "organisation", "name": lead.company, "stage": "lead", "source": lead.source}
        contacts.save(user, firm, values | {"owner": lead.owner_id or user.id}, batch=batch)
        return firm.id

    def _contact(self, user, lead, contact, firm: int | None, batch) -> Contact:
        """A new contact, or the existing one with what only the lead knows; nothing is overwritten."""
        contacts = self.build.by_model[Contact]
        read = lambda name, text: contacts.kinds[name].parse(text, self.build.context(user))  # noqa: E731
        values = {
            "job_title": lead.job_title,
            "source": lead.source,
            "organisation": firm,
            "emails": read("emails", lead.email) if lead.email else [],
            "phones": read("phones", lead.phone) if lead.phone else [],
            "custom": lead.custom,
        }
        if contact is None:
            contact = contacts.new(user)
            values |= {"name": lead.name, "stage": "qualified", "roles": ["lead"], "owner": lead.owner_id or user.id}
        else:
            contacts.load_parts([contact])
            values = {name: _added(contacts.kinds[name], contact, new) for name, new in values.items()}
            values = {name: new for name, new in values.items() if new is not None}
        if values:
            contacts.save(user, contact, values, batch=batch)
        return contact

    def _deal_values(self, user, lead, person, firm: int | None) -> dict:
        """What the deal takes over from the lead; it is called by what the user may read."""
        called = [getattr(lead, name) for name in ("product", "company") if name not in self.hidden(user)]
        return {
            "title": next(filter(None, called), lead.name),
            "contact": person.id,
            "organisation": firm,
            "amount": self.kinds["budget"].get(lead),
            "source": lead.source,
            "campaign": lead.campaign,
            "territory": lead.territory_id,
            "note": lead.message,
            "custom": lead.custom,
        }

    def outcome_of(self, deals: list[Deal], batch, user=None) -> None:
        """Write on the leads of these deals whether something came of them; in the batch of the deals' change."""
        wanted = {d.id: {"won": "won", "lost": "lost"}.get(d.status, "") for d in deals}
        pairs = []
        for chunk in chunks(wanted, 500):
            for lead in Lead.select().where(Lead.deal << chunk, Lead.deleted_batch.is_null()):
                if lead.outcome != wanted[lead.deal_id]:
                    pairs.append((lead, {"outcome": wanted[lead.deal_id]}))
        if pairs:
            super().write(pairs, batch, user)

    # What others show of a lead

    def entry_text(self, record):
        about = " · ".join(filter(None, (record.source, record.campaign, record.product)))
        return _("Lead: %(name)s", name=record.name) + (f" ({about})" if about else ""), record.message

    def subtitle(self, record):
        return record.company or record.email or record.phone


def _added(kind, record, new):
    """What a field becomes when a lead knows more: several values are joined, an empty one is filled; else None."""
    have = kind.get(record)
    if isinstance(kind, fields.Several):
        known = {re.sub(r"\W", "", point.value.casefold()) for point in have}
        extra = [p for p in new if re.sub(r"\W", "", p.value.casefold()) not in known]
        return [*have, *extra] if extra else None
    if isinstance(have, dict):
        return new | have if new.keys() - have.keys() else None
    return new if kind.empty(have) and not kind.empty(new) else None


class WebForms(Managed):
    """Pages on which strangers leave their name."""

    model, icon, hue = WebForm, "forms", "purple"
    label, plural = N_("Web form"), N_("Web forms")
    columns = ("title", "source", "campaign", "active")
    fields = ("title", "intro", "asks", "products", "consent", "thanks", "source", "campaign", "active")
    page_template = "sales/web_form.html"
    sample = {"asks": ["email"]}
    always_shown = ("title", "intro", "thanks", "asks", "products", "consent")

    def validate(self, user, record, values):
        asks = values.get("asks", record.asks)
        if not {"email", "phone"} & set(asks or ()):
            return {"asks": Problem(N_("Ask for an e-mail address or a phone number, or nobody can answer."), "sales")}
        return {}
