"""Payments on screens: what arrived, how it is matched to what is due, and what is kept as credit."""

import datetime as dt
from typing import NamedTuple

from core import N_, Problem, action, chunks, fields, html
from plugins.sales.resources.common import WithContact

from .. import plugin
from ..ledger import Dues, settle
from ..models import Payment, Settlement
from .common import KEPT, QUIET, Together, positive, show

_ = plugin.gettext

#: Seconds in which the same payment again is taken for a second press of the button.
AGAIN = 120


class Draft(NamedTuple):
    """A new payment, with what was typed of it."""

    payment: Payment
    contact: int
    amount: fields.Amount
    day: dt.date
    reference: str
    towards: int | None
    keeps_rest: bool
    #: Instalment id → minor units, where somebody said what it is for.
    split: dict[int, int] | None

    @property
    def same(self) -> tuple:
        """What two records of one payment have in common."""
        return (self.contact, *self.amount, self.day, self.reference or "")


class Payments(WithContact, Together):
    """What arrived.

    A new payment settles what is due of its contact in its currency, the instalment that it names first, then by due
    date; `split` on the record (`{instalment id: minor units}`) says it exactly. All of it is one batch. What is more
    than is due is refused unless `keep_rest` says that it is the customer's credit.
    """

    model, icon, hue = Payment, "cash", "green"
    label, plural = N_("Payment"), N_("Payments")
    timeline, timeline_at, calendar_at = "contact", "created_at", None
    columns = ("received_on", "contact", "method", "reference", "owner", "free", "amount")
    more_columns = ("towards", "note", "created_at")
    fields = ("contact", "amount", "received_on", "method", "reference", "towards", "keep_rest", "owner", "note")
    filters = ("received_on", "contact", "method", "owner", "free", "reference")
    search = ("reference", "note")
    order = "-received_on"
    presets = (
        (N_("Mine"), "owner=me"),
        (N_("Last 30 days"), "received_on=last30"),
        (N_("With credit left"), "free=0.01.."),
    )
    keeps_on_erasure = KEPT
    sample = {"keep_rest": True, "received_on": "2026-01-05", "towards": None}
    page_template, list_template = "payments/payment.html", "payments/list.html"

    # Checking

    def new(self, user, **values):
        payment = super().new(user, **values)
        payment.received_on = payment.received_on or html.today()
        return payment

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = positive(values)
        day, amount = get("received_on"), get("amount")
        if day is not None and not 1990 <= day.year <= 2150:
            errors["received_on"] = Problem(N_("Is the year right?"), "payments")
        elif day is not None and day > html.today() + dt.timedelta(days=1):
            errors["received_on"] = Problem(N_("This day is still to come. Record it when it has arrived."), "payments")
        if errors or amount is None or not record.id:
            return errors
        return self._wrong_change(record, values)

    def faults_together(self, pairs):
        """Of new payments: what is more than is due, in another currency than what it is for, or recorded already."""
        names = ("contact", "amount", "received_on", "reference", "towards", "keep_rest")
        drafts = [
            Draft(payment, *self.typed(payment, values, *names), payment.__dict__.get("split"))
            for payment, values in pairs
            if payment.id is None
        ]
        drafts = [draft for draft in drafts if draft.contact is not None and draft.amount is not None]
        if not drafts:
            return []
        known, dues, found = self._known(drafts), Dues((draft.contact, draft.towards) for draft in drafts), []
        for draft in drafts:
            if draft.split is None and draft.same in known:
                found.append((draft.payment, "reference", _again(draft)))
            elif fault := _misfit(draft, dues):
                found.append((draft.payment, *fault))
            elif draft.reference:
                known.add(draft.same)
        return found

    def _known(self, drafts) -> set[tuple]:
        """Which of these are recorded: with the same reference ever; without one a moment ago, where it comes alone.

        A list may have the same sum of the same day twice; a second press of a button has it alone.
        """
        columns = (Payment.contact, Payment.amount, Payment.amount_currency, Payment.received_on, Payment.reference)
        stored, known = Payment.select(*columns).where(Payment.deleted_batch.is_null()), set()
        for references in chunks({draft.reference for draft in drafts if draft.reference}, 500):
            known |= set(stored.where(Payment.reference << references).tuples())
        if len(drafts) == 1 and not drafts[0].reference:
            since = fields.utcnow() - dt.timedelta(seconds=AGAIN)
            mine = (Payment.contact == drafts[0].contact) & (Payment.reference == "") & (Payment.created_at > since)
            known |= set(stored.where(mine).tuples())
        return known

    def _wrong_change(self, record, values) -> dict[str, Problem]:
        used = record.amount - (record.free or 0)
        amount = values.get("amount") or Payment.amount.get(record)
        if used and values.get("contact", record.contact_id) != record.contact_id:
            return {"contact": Problem(N_("It is matched to what is due. Take that back first."), "payments")}
        if used and amount[1] != record.amount_currency:
            return {"amount": Problem(N_("It is matched to what is due. Take that back first."), "payments")}
        if amount[0] < used:
            problem = N_("%(sum)s of it is matched to what is due. Take some of that back first.")
            return {"amount": Problem(problem, "payments", sum=show(used, amount[1]))}
        if amount[0] > record.amount and not values.get("keep_rest", record.keep_rest):
            problem = N_("%(over)s would be for nothing. Tick that it is kept as credit.")
            return {"keep_rest": Problem(problem, "payments", over=show(amount[0] - used, amount[1]))}
        return {}

    # Writing

    def derive(self, record):
        super().derive(record)
        if record.amount is not None:
            left = record.amount if record.id is None or record.free is None else record.free
            self.kinds["free"].set(record, fields.Amount(left, record.amount_currency))

    def write(self, pairs, batch, user=None):
        fresh = [payment for payment, _ in pairs if payment.id is None]
        changed = super().write(pairs, batch, user)
        if fresh and batch.kind not in QUIET:
            self._match(fresh, batch, user)
        old = [r.id for r in changed if r.version > 1]
        if old:
            settle(self.build, [], old)
        return changed

    def _match(self, payments: list[Payment], batch, user) -> None:
        """Settle what is due with new payments; one batch with them."""
        rows, dues = [], Dues((payment.contact_id, payment.towards_id) for payment in payments)
        for payment in payments:
            parts = payment.__dict__.pop("split", None)
            if parts is None:
                due = dues.of(payment.contact_id, payment.amount_currency, payment.towards_id)
                parts = dues.settle(payment.amount, due)
            rows += [
                {
                    "kind": "match",
                    "payment": payment.id,
                    "instalment": id,
                    "amount": fields.Amount(minor, payment.amount_currency),
                    "on": payment.received_on,
                }
                for id, minor in parts.items()
            ]
        if rows:
            self.build.by_model[Settlement].write([(Settlement(), row) for row in rows], batch, user)

    def put_in_trash(self, records, batch, user=None):
        """A payment goes with what it settled, which is due again then."""
        settlements = self.build.by_model[Settlement]
        for ids in chunks([r.id for r in records], 500):
            query = Settlement.select().where(Settlement.payment << ids, Settlement.deleted_batch.is_null())
            settlements.put_in_trash(list(query), batch, user)
        super().put_in_trash(records, batch, user)

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        settle(self.build, [], [r.id for r in records])

    @action(N_("Use the credit"), icon="arrows-join", order=10, when=lambda p: bool(p.free))
    def use(self, user, record):
        """The page asks for what."""
        return f"/payments/use/{record.id}"

    @action(N_("Pay back"), icon="arrow-back-up", order=30, when=lambda p: bool(p.free))
    def refund(self, user, record):
        """The form asks how much and why."""
        left = self.kinds["free"].text(self.kinds["free"].get(record))
        settlements = self.build.by_model[Settlement]
        return settlements.url("new", kind="refund", payment=record.id, amount=left, next=self.url("page", record))

    # What others show of a payment

    def entry_text(self, record):
        amount = show(record.amount, record.amount_currency)
        return _("Payment received: %(amount)s", amount=amount), record.note

    def subtitle(self, record):
        return html.short_date(record.received_on) if record.received_on else ""


def _again(draft: Draft) -> Problem:
    if draft.reference:
        return Problem(N_("A payment of this sum with this reference is recorded already."), "payments")
    said = N_("The same payment was recorded a moment ago. Give the second one a reference of its own.")
    return Problem(said, "payments")


def _misfit(draft: Draft, dues: Dues) -> tuple[str, Problem] | None:
    """What is wrong with a payment beside what is due, by field; what fits is used of it."""
    minor, currency = draft.amount
    named = dues.named.get(draft.towards)
    if named is not None and named.amount_currency != currency:
        said = N_("“%(title)s” is due in %(theirs)s, and this is %(ours)s. Record what arrived in %(theirs)s.")
        texts = {"title": str(named), "theirs": named.amount_currency, "ours": currency}
        return "amount", Problem(said, "payments", **texts)
    due = dues.of(draft.contact, currency, draft.towards)
    total = dues.left(due) if draft.split is None else sum(draft.split.values())
    over = minor - total
    if over < 0 and draft.split is not None:
        said = N_("%(parts)s is entered for the instalments, and only %(sum)s arrived.")
        return "amount", Problem(said, "payments", parts=show(total, currency), sum=show(minor, currency))
    if over > 0 and not draft.keeps_rest:
        return "keep_rest", _too_much(draft, total, over)
    if draft.split is None:
        dues.settle(minor, due)
    else:
        dues.use(draft.split)
    return None


def _too_much(draft: Draft, total: int, over: int) -> Problem:
    currency = draft.amount.currency
    if draft.split is not None:
        said = N_("%(over)s of it is for nothing yet. Enter what it is for, or tick that it is kept as credit.")
    elif total:
        said = N_("Only %(due)s is due: %(over)s is too much. Correct it, or tick to keep the rest as credit.")
    else:
        said = N_("Nothing is due in %(currency)s. Tick to keep it as credit, or plan what it is for.")
    texts = {"due": show(total, currency), "over": show(over, currency), "currency": currency}
    return Problem(said, "payments", **texts)
