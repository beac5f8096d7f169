"""What the screens show of contracts, and what follows when one comes to another stage."""

import datetime as dt
import re

import peewee

from core import N_, Problem, Resource, action, fields, html
from plugins.sales.resources.common import WithContact, numbers_given_twice

from . import approving, plugin
from .models import BINDING, CLOSED, NEXT, Contract, ContractStep

_ = plugin.gettext

#: Batches that take back or tell what happened, where nothing follows of itself.
QUIET = ("undo", "demo")
#: No day of a contract lies outside these years.
YEARS = range(1950, 2200)


class Contracts(WithContact):
    """Contracts.

    Who sees one: by the role's scope whoever owns it, and whoever may see its contact (see `grant_query`). A stage is
    a step of its own on the timeline; form, board of actions, API and the daily job all come through `write`.
    """

    model, nav, nav_order, icon, hue = Contract, "Sales", 50, "writing-sign", "purple"
    label, plural = N_("Contract"), N_("Contracts")
    calendar_at = "ends"
    columns = ("title", "number", "contact", "owner", "stage", "value", "ends")
    more_columns = (
        "kind",
        "starts",
        "signed",
        "renewal",
        "decide_by",
        "deal",
        "framework",
        "their_signatory",
        "our_signatory",
        "stage_since",
        "created_at",
    )
    fields = (
        "title",
        "number",
        "kind",
        "contact",
        "their_signatory",
        "our_signatory",
        "value",
        "stage",
        "signed",
        "starts",
        "ends",
        "renewal",
        "renews_months",
        "notice_days",
        "remind_days",
        "owner",
        "deal",
        "framework",
        "reason",
        "note",
    )
    filters = (
        "stage",
        "owner",
        "kind",
        "ends",
        "signed",
        "decide_by",
        "renewal",
        "contact",
        "deal",
        "framework",
        "created_at",
    )
    search = ("number", "note")
    order = "-id"
    presets = (
        (N_("Mine"), "owner=me&stage=draft,review,signed,running"),
        (N_("Running"), "stage=running"),
        (N_("Waiting for signature"), "stage=draft,review"),
        (N_("To be decided in 30 days"), "stage=signed,running&decide_by=next30"),
        (N_("Ended"), "stage=ended,terminated"),
    )
    keeps_on_erasure = N_("Contracts must be kept for as long as the law says.")
    sample = {"stage": "draft", "ends": "2027-01-31", "starts": "2026-01-01", "renews_months": 12}
    page_template = "contracts/contract.html"

    # Reading

    def to_decide(self, user, until: dt.date, limit: int = 20) -> list[Contract]:
        """A user's binding contracts about whose end to think by then, the soonest first. Two queries."""
        query = self.query(user).where(
            Contract.owner == user.id, Contract.stage << BINDING, Contract.remind_on <= until
        )
        found = list(query.order_by(Contract.decide_by).limit(limit))
        self.load_links(found, ["contact"], user)
        return self.veil(user, found)

    def some(self, user, condition, limit: int = 6) -> tuple[list[Contract], bool]:
        """What a panel shows: open ones first, and whether there are more. One query."""
        closed_last = peewee.Case(None, [(Contract.stage << CLOSED, 1)], 0)
        found = list(self.query(user).where(condition).order_by(closed_last, Contract.id.desc()).limit(limit + 1))
        return self.veil(user, found[:limit]), len(found) > limit

    def from_deal(self, user, deal) -> dict[str, str]:
        """What a new contract takes over from a deal, for the address of its form; without what the role hides."""
        hidden = self.build.by_model[type(deal)].hidden(user)
        amount = type(deal).amount
        found = {"deal": deal.id, "title": deal.title}
        for name in ("organisation", "contact"):
            if getattr(deal, f"{name}_id") and name not in hidden:
                found.setdefault("contact", getattr(deal, f"{name}_id"))
        if deal.contact_id and deal.organisation_id and "contact" not in hidden:
            found["their_signatory"] = deal.contact_id
        if deal.amount is not None and "amount" not in hidden:
            found["value"] = amount.text(amount.get(deal))
        return {name: str(value) for name, value in found.items()}

    # Checking

    def may_need_approval(self, record) -> bool:
        """Whether it is yet to be signed: Orders shows on its page what must be approved first."""
        return record.stage in ("draft", "review")

    def new(self, user, **values):
        contract = super().new(user, **values)
        if not user.is_system:
            contract.our_signatory_id = contract.our_signatory_id or user.id
        return contract

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = self._wrong_days(get)
        if (value := get("value")) is not None and value[0] < 0:
            errors["value"] = Problem(N_("A value cannot be less than zero."), "contracts")
        if get("framework") and get("framework") == record.id:
            errors["framework"] = Problem(N_("A contract cannot be under itself."), "contracts")
        errors |= self._wrong_stage(record, values, get)
        if not errors:
            try:
                approving.demand(self, user, record, get("stage"), get("value"))
            except Problem as problem:
                errors["value" if record.is_binding else "stage"] = problem
        return errors

    def _wrong_days(self, get) -> dict[str, Problem]:
        errors = {}
        for name, least, most in (("renews_months", 1, 240), ("notice_days", 0, 1000), ("remind_days", 0, 1000)):
            if (n := get(name)) is not None and not least <= n <= most:
                problem = N_("Give a number from %(least)s to %(most)s.")
                errors[name] = Problem(problem, "contracts", least=least, most=most)
        for name in ("starts", "ends", "signed"):
            if (day := get(name)) is not None and day.year not in YEARS:
                errors[name] = Problem(N_("Is the year right?"), "contracts")
        if get("starts") and get("ends") and get("ends") < get("starts"):
            errors["ends"] = Problem(N_("It cannot end before it starts."), "contracts")
        if get("renewal") != "no" and not get("ends"):
            errors["ends"] = Problem(N_("Say when its term ends, or that it just ends."), "contracts")
        return errors

    def _wrong_stage(self, record, values, get) -> dict[str, Problem]:
        stage = values.get("stage") or record.stage
        if record.id and stage != record.stage and stage not in NEXT[record.stage]:
            problem = N_("It does not go from “%(now)s” to “%(then)s”.")
            named = Contract.stage.named
            return {"stage": Problem(problem, "contracts", now=named(record.stage), then=named(stage))}
        errors = {}
        if stage in (*BINDING, "ended") and not get("starts") and record.stage != stage:
            errors["starts"] = Problem(N_("Say from when on it holds before it is signed."), "contracts")
        if stage == "terminated" and not get("reason"):
            errors["reason"] = Problem(N_("Say why it was terminated."), "contracts")
        return errors

    def numbers_taken(self, pairs) -> list[tuple]:
        """Contracts with another one's number, as the hook `validate_records` wants them; also in one batch."""
        said = N_("“%(number)s” is another contract's number.")
        taken = numbers_given_twice(self, pairs)
        return [(contract, "number", Problem(said, "contracts", number=number)) for contract, number in taken]

    # Writing

    def derive(self, record):
        super().derive(record)
        record.derive_days()

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":  # what followed is taken back by the same undo
            return super().write(pairs, batch, user)
        pairs = self._completed(pairs)
        before = {id(contract): (contract.stage if contract.id else None, contract.ends) for contract, _ in pairs}
        changed = super().write(pairs, batch, user)
        if batch.kind not in QUIET:
            self._note_steps(changed, before, batch, user)
        return changed

    def _completed(self, pairs) -> list:
        """The pairs and what follows from them: numbers, the day of signing, since when it is in its stage."""
        found, now, numbers = [], fields.utcnow(), None
        for contract, values in pairs:
            values = dict(values)
            if contract.id is None and not values.get("number") and not contract.number:
                numbers = numbers or self._numbers()
                values["number"] = next(numbers)
            stage = values.get("stage") or contract.stage
            if contract.id is None or stage != contract.stage:
                values.setdefault("stage_since", now)
                if stage in BINDING and not values.get("signed", contract.signed):
                    values["signed"] = html.today()
            found.append((contract, values))
        return found

    def _numbers(self):
        """The numbers that come next: prefix, year, and one more than the highest."""
        start = f"{self.build.options('contracts')['prefix']}{html.today().year}-"
        rows = Contract.select(Contract.number).where(Contract.number.startswith(start)).tuples()
        used = [int(m.group(1)) for (n,) in rows if (m := re.fullmatch(r"(\d{1,9})", n.removeprefix(start)))]
        n = max(used, default=0)
        while True:
            n += 1
            yield f"{start}{n:04d}"

    def _note_steps(self, changed, before, batch, user) -> None:
        """Write down which contracts came to another stage, and which go on for another term."""
        rows, now = [], fields.utcnow()
        for contract in changed:
            stage, ends = before[id(contract)]
            renewed = contract.ends if contract.stage == stage == "running" and ends and contract.ends else None
            renewed = renewed if renewed and renewed > ends else None
            if contract.stage == stage and not renewed:
                continue
            values = {
                "contract": contract.id,
                "contact": contract.contact_id,
                "stage": contract.stage,
                "renewed_until": renewed,
                "at": now,
                "by": user.id if user and not user.is_system else None,
                "note": contract.reason if contract.stage == "terminated" else "",
            }
            step = ContractStep()
            step.__rel__["contract"] = contract
            rows.append((step, values))
        if rows:
            self.build.by_model[ContractStep].write(rows, batch, user)

    def go(self, user, record, stage: str, **values) -> None:
        """Bring a contract to a stage. Raises Forbidden or Invalid."""
        values = {"stage": stage, **values}
        label, said = N_("“%(title)s”: %(what)s"), Contract.stage.labels[stage]
        self.save(user, record, values, label=label, title=record.title, what=said)

    @action(N_("To review"), icon="eye-check", order=10, when=lambda c: c.stage == "draft")
    def review(self, user, record):
        self.go(user, record, "review")

    @action(N_("Signed"), icon="writing-sign", order=20, when=lambda c: c.stage in ("draft", "review"))
    def sign(self, user, record):
        """It holds from today on, unless it says otherwise; what must be approved first is asked for on a page."""
        if url := approving.ask_url(self, user, record):
            return url
        starts = record.starts or html.today()
        self.go(user, record, "running" if starts <= html.today() else "signed", starts=starts)

    @action(N_("Back to draft"), icon="arrow-back-up", order=30, when=lambda c: c.stage == "review")
    def redraft(self, user, record):
        self.go(user, record, "draft")

    @action(N_("Renew"), icon="refresh", order=40, when=lambda c: c.stage in ("running", "ended") and c.ends)
    def renew(self, user, record):
        """Another term: the last day moves on, and an ended contract runs again."""
        if not record.ends:
            raise Problem(N_("It has no last day, and goes on by itself. Give it one first."), "contracts")
        until = record.next_end()
        values = {"ends": until} | ({"stage": "running"} if record.stage == "ended" else {})
        self.save(user, record, values, label=N_("Renewed “%(title)s”"), title=record.title)
        return _("It goes on until %(day)s.", day=html.short_date(until))

    @action(N_("Ended"), icon="flag-check", order=50, when=lambda c: c.stage == "running")
    def end(self, user, record):
        ends = min(filter(None, (record.ends, html.today())))
        self.go(user, record, "ended", ends=max(ends, record.starts or ends))

    @action(N_("Terminate"), icon="ban", order=60, when=lambda c: c.is_binding)
    def terminate(self, user, record):
        """The page asks why."""
        return f"{self.base}{record.id}/terminate"

    # What others show of a contract

    def subtitle(self, record):
        return Contract.kind.named(record.kind)


class ContractSteps(Resource):
    """The way of every contract: what timelines tell."""

    model, icon, hue = ContractStep, "writing-sign", "purple"
    label, plural = N_("Step of a contract"), N_("Steps of contracts")
    timeline, timeline_at, calendar_at = "contact", "at", None
    columns = ("contract", "stage", "renewed_until", "at", "by", "note")
    fields = ("contract", "contact", "stage", "renewed_until", "at", "by", "note")
    filters = ("contract", "stage", "at", "by")
    order = "-at"
    follows = "contract"
    keeps_on_erasure = Contracts.keeps_on_erasure
    searched, writable, attachments = False, False, False

    def save_many(self, user, pairs, **kwargs):
        """Only `write` of a contract makes them. Raises Problem."""
        raise Problem(N_("Steps are written down along with their contracts, and not by hand."), "contracts")

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Steps belong to their contracts and are not deleted alone."), "contracts")

    def entry_text(self, record):
        contract = record.contract
        if record.renewed_until:
            day = html.short_date(record.renewed_until)
            return _("%(contract)s goes on until %(day)s", contract=str(contract), day=day), ""
        said = f"{contract} · {ContractStep.stage.named(record.stage)}"
        value = html.money(contract.value, contract.value_currency) if contract.value is not None else ""
        return said, record.note or (value if record.stage in BINDING else "")
