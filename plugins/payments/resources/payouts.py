"""Payouts of commission on screens: what a partner was paid out, and never more than is due unless somebody says so."""

import datetime as dt

from core import N_, SYSTEM, Contact, Problem, fields, html
from plugins.sales.models import Deal, Rate

from .. import plugin
from ..commissions import statement_of
from ..ledger import lock
from ..models import Payout
from .common import KEPT, Together, positive, show

_ = plugin.gettext

#: What the check of payouts reads.
TYPED = ("partner", "amount", "on", "advance", "note")
#: Seconds in which the same payout again is taken for a second press of the button.
AGAIN = 120


class Payouts(Together):
    """What partners were paid out.

    Whoever sees the partner sees it; who sees everybody's deals, and so all that is due, records it. Every write locks
    the partner, so that two people at once cannot pay out more than is open.
    """

    model, icon, hue = Payout, "moneybag", "teal"
    label, plural = N_("Payout of commission"), N_("Payouts of commission")
    timeline, timeline_at, calendar_at = "partner", "created_at", None
    columns = ("on", "partner", "method", "note", "advance", "by", "amount")
    fields = ("partner", "amount", "on", "method", "advance", "note")
    filters = ("on", "partner", "method", "by")
    search = ("note",)
    order = "-on"
    presets = ((N_("Last 30 days"), "on=last30"),)
    keeps_on_erasure = KEPT
    sample = {"advance": True, "on": "2026-01-05"}

    def can(self, user, verb):
        """Reading is for all who hold `view`; the rest needs a role that sees everybody's deals."""
        return super().can(user, verb) and (verb in ("view", "export") or self.sees_all(user))

    def sees_all(self, user) -> bool:
        """Whether a user sees all that is due to partners."""
        return user.owners(self.build.by_model[Deal].name) is None

    # Checking

    def new(self, user, **values):
        payout = super().new(user, **values)
        payout.on, payout.by_id = payout.on or html.today(), user.id
        return payout

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors, amount, day = positive(values), get("amount"), get("on")
        if day is not None and not 1990 <= day.year <= 2150:
            errors["on"] = Problem(N_("Is the year right?"), "payments")
        elif day is not None and day > html.today() + dt.timedelta(days=1):
            errors["on"] = Problem(N_("This day is still to come. Record it when it was paid."), "payments")
        if errors or amount is None or day is None or get("partner") is None:
            return errors
        if self.build.by_model[Rate].convert(amount[0], amount[1], day) is None:
            problem = N_("There is no exchange rate for %(code)s. Add one under “Set up sales”.")
            return {"amount": Problem(problem, "payments", code=amount[1])}
        return {}

    def faults_together(self, pairs):
        """What is more than is open, and the second press of a button.

        The partners are locked: nobody else pays them until it is written.
        """
        found, left = [], {}
        partners = {values.get("partner", payout.partner_id) for payout, values in pairs} - {None}
        lock(Contact, partners)
        written = [payout.id for payout, _values in pairs if payout.id]
        for payout, values in pairs:
            partner, amount, on, advance, note = self.typed(payout, values, *TYPED)
            value = self.build.by_model[Rate].convert(*amount, on) if amount and on else None
            if partner is None or value is None:
                continue
            if payout.id is None and len(pairs) == 1 and self._again(partner, amount, on, note):
                problem = N_("The same payout was recorded a moment ago. Give the second one a note of its own.")
                return [(payout, "note", Problem(problem, "payments"))]
            if partner not in left:
                left[partner] = statement_of(SYSTEM, partner, but=written).open
            if value > left[partner] and not advance:
                found.append((payout, "advance", self._too_much(left[partner], value)))
            else:
                left[partner] -= value
        return found

    def _too_much(self, left: int, value: int) -> Problem:
        """The sentence for a payout of more than is open, in minor units of the firm's currency."""
        currency = self.build.firm["currency"]
        texts = {"open": show(max(0, left), currency), "over": show(value - max(0, left), currency)}
        problem = N_("Only %(open)s is open: %(over)s is too much. Correct it, or tick that it is an advance.")
        return Problem(problem, "payments", **texts)

    def _again(self, partner: int, amount, on: dt.date, note: str) -> bool:
        """Whether the same sum was recorded for the same partner a moment ago."""
        same = Payout.select().where(
            Payout.partner == partner,
            Payout.amount == amount[0],
            Payout.amount_currency == amount[1],
            Payout.on == on,
            Payout.note == (note or ""),
            Payout.created_at > fields.utcnow() - dt.timedelta(seconds=AGAIN),
            Payout.deleted_batch.is_null(),
        )
        return same.exists()

    # What others show of a payout

    def entry_text(self, record):
        amount = show(record.amount, record.amount_currency)
        return _("Commission paid out: %(amount)s", amount=amount), record.note

    def subtitle(self, record):
        return html.short_date(record.on) if record.on else ""
