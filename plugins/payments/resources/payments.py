"""Payments on screens: what arrived, how it is matched to what is due, and what is kept as credit."""

import datetime as dt

from core import N_, Problem, action, chunks, fields, html
from plugins.sales.resources.common import WithContact

from .. import plugin
from ..ledger import due_of, settle, spread
from ..models import Instalment, Payment, Settlement
from .common import KEPT, QUIET, positive, show

_ = plugin.gettext

#: Seconds in which the same payment again is taken for a second press of the button.
AGAIN = 120


class Payments(WithContact):
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
        if errors or amount is None or get("contact") is None:
            return errors
        return self._wrong_change(record, values) if record.id else self._wrong_new(user, record, get)

    def _wrong_new(self, user, record, get) -> dict[str, Problem]:
        amount, split = get("amount"), record.__dict__.get("split")
        if again := self._again(record, get):
            return {"reference": again}
        towards = Instalment.get_or_none(Instalment.id == get("towards")) if get("towards") else None
        if towards is not None and towards.amount_currency != amount[1]:
            problem = N_("“%(title)s” is due in %(theirs)s, and this is %(ours)s. Record what arrived in %(theirs)s.")
            return {
                "amount": Problem(
                    problem, "payments", title=str(towards), theirs=towards.amount_currency, ours=amount[1]
                )
            }
        due = due_of(get("contact"), amount[1], towards)
        total = sum(split.values()) if split is not None else sum(i.open for i in due)
        over = amount[0] - total
        if over < 0 and split is not None:
            problem = N_("%(parts)s is entered for the instalments, and only %(sum)s arrived.")
            return {"amount": Problem(problem, "payments", parts=show(total, amount[1]), sum=show(*amount))}
        if over <= 0 or get("keep_rest"):
            return {}
        if split is not None:
            problem = N_("%(over)s of it is for nothing yet. Enter what it is for, or tick that it is kept as credit.")
        elif total:
            problem = N_("Only %(due)s is due: %(over)s is too much. Correct it, or tick to keep the rest as credit.")
        else:
            problem = N_("Nothing is due in %(currency)s. Tick to keep it as credit, or plan what it is for.")
        texts = {"due": show(total, amount[1]), "over": show(over, amount[1]), "currency": amount[1]}
        return {"keep_rest": Problem(problem, "payments", **texts)}

    def _again(self, record, get) -> Problem | None:
        """Whether the same payment was recorded: with this reference ever, or without one a moment ago."""
        amount, reference = get("amount"), get("reference")
        same = Payment.select().where(
            Payment.contact == get("contact"),
            Payment.amount == amount[0],
            Payment.amount_currency == amount[1],
            Payment.received_on == get("received_on"),
            Payment.reference == (reference or ""),
            Payment.deleted_batch.is_null(),
        )
        if not reference:
            same = same.where(Payment.created_at > fields.utcnow() - dt.timedelta(seconds=AGAIN))
        if record.__dict__.get("split") is not None or not same.exists():
            return None
        if reference:
            return Problem(N_("A payment of this sum with this reference is recorded already."), "payments")
        return Problem(
            N_("The same payment was recorded a moment ago. Give the second one a reference of its own."), "payments"
        )

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
        rows, used = [], {}
        for payment in payments:
            parts = payment.__dict__.pop("split", None)
            if parts is None:
                towards = Instalment.get_or_none(Instalment.id == payment.towards_id) if payment.towards_id else None
                due = due_of(payment.contact_id, payment.amount_currency, towards)
                parts = spread(payment.amount, due, used)
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
