"""What roles may do without asking: how much discount they give, and which contracts they let begin to bind."""

import decimal
from typing import NamedTuple

from core import N_, Problem, fields, html
from plugins.sales.models import Rate
from plugins.sales.resources.common import Kept

from .. import plugin
from ..models import Approval, Limit

_ = plugin.gettext

#: The rules whose approvals are bound to a limit of the decider's own role.
DISCOUNT, CONTRACT = "discount", "contract"


class Need(NamedTuple):
    """Something that somebody must approve: `kind` names the rule, `why` is a sentence in the reader's language.

    An approval covers it when it was given for at least this `percent` and this `amount` (where there are any).
    """

    kind: str
    why: str
    percent: decimal.Decimal | None = None
    amount: fields.Amount | None = None


class Limits(Kept):
    """What roles may do without asking; administrators set it. A handful of rows, read together."""

    model, label, plural, icon, hue = Limit, N_("Limit"), N_("Limits of approval"), "discount-2", "orange"
    columns = ("role", "discount", "contract")
    sample = {"discount": "10"}
    attachments = False

    def can(self, user, verb):
        return super().can(user, verb) and user.is_admin

    def of(self, user) -> Limit | None:
        """The limits of a user's role; None for who may do anything."""
        if user.is_system:
            return None
        return next((limit for limit in self.all().values() if limit.role_id == user.role_id), None)

    def discount_of(self, user) -> decimal.Decimal | None:
        """The discount that a user may give without asking, in percent; None for any."""
        limit = self.of(user)
        return None if limit is None or limit.discount is None else decimal.Decimal(limit.discount)

    def need_of_contract(self, user, value: fields.Amount | None) -> Need | None:
        """What a contract of this value needs before it binds, when this user signs it; None for nothing."""
        limit = self.of(user)
        if limit is None or limit.contract is None:
            return None
        most = Limit.contract.get(limit)
        value = value or fields.Amount(0, most.currency)
        if most.minor and self.is_within(value, most):
            return None
        said = {"value": html.money(*value), "limit": html.money(*most)}
        if not most.minor:
            why = _("Every contract must be approved before it is signed.")
        elif self._in_own(value) is None or self._in_own(most) is None:
            why = _("There is no exchange rate for %(code)s, so nobody knows whether it is within the limit.")
            why = why % {"code": value.currency}
        else:
            why = _("A contract of %(value)s is above the limit of %(limit)s.") % said
        return Need(CONTRACT, why, None, value)

    def may_give(self, user, approval: Approval) -> bool:
        """Whether what is asked for is within the limits of a user's own role."""
        limit = self.of(user)
        if limit is None:
            return True
        if approval.kind == CONTRACT:
            most = Limit.contract.get(limit)
            return most is None or (most.minor > 0 and self.is_within(Approval.amount.get(approval), most))
        most = limit.discount if approval.percent is not None else None
        return most is None or approval.percent <= most

    def is_within(self, value: fields.Amount | None, most: fields.Amount) -> bool:
        """Whether an amount is at most another one, today; False where a rate is missing."""
        if value is None or value.currency == most.currency:
            return value is None or value.minor <= most.minor
        ours, theirs = self._in_own(value), self._in_own(most)
        return ours is not None and theirs is not None and ours <= theirs

    def _in_own(self, amount: fields.Amount) -> int | None:
        return self.build.by_model[Rate].convert(amount.minor, amount.currency, html.today())

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = {}
        same = [one for one in self.all().values() if one.role_id == get("role") and one.id != record.id]
        if same:
            errors["role"] = Problem(N_("This role has a limit already. Change that one."), "orders")
        if get("discount") is None and get("contract") is None:
            errors["discount"] = Problem(N_("Give a discount, a value of contracts, or both."), "orders")
        if get("contract") is not None and get("contract")[0] < 0:
            errors["contract"] = Problem(N_("A value cannot be less than zero."), "orders")
        return errors


__all__ = ["CONTRACT", "DISCOUNT", "Limits", "Need"]
