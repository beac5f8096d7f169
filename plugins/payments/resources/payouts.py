"""Payouts of commission on screens: what a partner was paid out, and never more than is due unless somebody says so."""

import datetime as dt

from core import N_, Contact, Problem, Resource, fields, html, transaction
from plugins.sales.models import Deal, Rate

from .. import plugin
from ..commissions import statement_of
from ..ledger import lock
from ..models import Payout
from .common import KEPT, positive, show

_ = plugin.gettext

#: Seconds in which the same payout again is taken for a second press of the button.
AGAIN = 120


class Payouts(Resource):
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
        value = self.build.by_model[Rate].convert(amount[0], amount[1], day)
        if value is None:
            problem = N_("There is no exchange rate for %(code)s. Add one under “Set up sales”.")
            return {"amount": Problem(problem, "payments", code=amount[1])}
        if record.id is None and self._again(get):
            problem = N_("The same payout was recorded a moment ago. Give the second one a note of its own.")
            return {"note": Problem(problem, "payments")}
        return {} if get("advance") else self._too_much(user, record, get("partner"), value)

    def _too_much(self, user, record, partner: int, value: int) -> dict[str, Problem]:
        """What is wrong when a sum (minor units of the firm's currency) is more than is open without this payout."""
        left = statement_of(user, partner, but=record.id).open
        if value <= left:
            return {}
        currency = self.build.firm["currency"]
        texts = {"open": show(max(0, left), currency), "over": show(value - max(0, left), currency)}
        problem = N_("Only %(open)s is open: %(over)s is too much. Correct it, or tick that it is an advance.")
        return {"advance": Problem(problem, "payments", **texts)}

    def _again(self, get) -> bool:
        """Whether the same sum was recorded for the same partner a moment ago."""
        same = Payout.select().where(
            Payout.partner == get("partner"),
            Payout.amount == get("amount")[0],
            Payout.amount_currency == get("amount")[1],
            Payout.on == get("on"),
            Payout.note == (get("note") or ""),
            Payout.created_at > fields.utcnow() - dt.timedelta(seconds=AGAIN),
            Payout.deleted_batch.is_null(),
        )
        return same.exists()

    # Writing

    def save_many(self, user, pairs, **kwargs):
        """Raises what `Resource.save_many` does; what is open is asked for while nobody else pays these partners."""
        with transaction():
            lock(Contact, {values.get("partner", record.partner_id) for record, values in pairs} - {None})
            return super().save_many(user, pairs, **kwargs)

    # What others show of a payout

    def entry_text(self, record):
        amount = show(record.amount, record.amount_currency)
        return _("Commission paid out: %(amount)s", amount=amount), record.note

    def subtitle(self, record):
        return html.short_date(record.on) if record.on else ""
