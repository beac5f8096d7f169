"""Credit: how much a customer may owe, how much that is now, and what an order above it needs."""

import decimal
from typing import NamedTuple

import peewee

from core import SYSTEM, fields, html
from plugins.payments.models import DUE, Instalment
from plugins.sales.models import Rate

from . import plugin
from .models import Grade

_ = plugin.gettext

#: States of an order that binds.
BINDING = ("confirmed", "partial", "delivered", "closed")


class Credit(NamedTuple):
    """A customer's credit in minor units of the firm's currency."""

    #: None: no limit.
    limit: int | None
    used: int
    days: int | None

    @property
    def free(self) -> int | None:
        return None if self.limit is None else self.limit - self.used


class Need(NamedTuple):
    """What an approval is asked for, as the hook `approval_needs` of Orders wants it."""

    kind: str
    why: str
    percent: decimal.Decimal | None = None
    amount: fields.Amount | None = None


def credit_of(build, contact_id: int, grade: Grade | None, but_order: int | None = None) -> Credit:
    """The credit of a contact whose grade is known: what is due of it, and what it ordered beyond that.

    Three queries where there is a limit, none otherwise.
    """
    grades, rates = build.by_model[Grade], build.by_model[Rate]
    level = grades.level_for(grade)
    own = grade is not None and grade.credit_limit is not None
    holder = grade if own else level
    days = grade.credit_days if grade is not None and grade.credit_days is not None else level and level.credit_days
    if holder is None or holder.credit_limit is None:
        return Credit(None, 0, days)
    limit = rates.convert(holder.credit_limit, holder.credit_limit_currency, html.today())
    return Credit(limit, used_by(build, contact_id, but_order), days)


def used_by(build, contact_id: int, but_order: int | None = None) -> int:
    """What a contact owes: open instalments, and what binding orders are worth beyond these and what came back."""
    rates, today, used = build.by_model[Rate], html.today(), 0
    due = Instalment.select(Instalment.amount_currency, peewee.fn.SUM(Instalment.open)).where(
        Instalment.contact == contact_id, Instalment.state << DUE, Instalment.deleted_batch.is_null()
    )
    for currency, minor in due.group_by(Instalment.amount_currency).tuples():
        used += rates.convert(int(minor), currency, today) or 0
    orders = build.resources.get("orders_order")
    if orders is None:
        return used
    order = orders.model
    planned = Instalment.select(peewee.fn.COALESCE(peewee.fn.SUM(Instalment.amount), 0)).where(
        Instalment.resource == "orders_order", Instalment.record_id == order.id, Instalment.deleted_batch.is_null()
    )
    back = {id: minor for id, _code, minor in orders.returned(SYSTEM, order.id, order.contact == contact_id)}
    query = order.select(order.id, order.total, order.total_currency, planned).where(
        order.contact == contact_id,
        order.status << BINDING,
        order.deleted_batch.is_null(),
        order.id != (but_order or 0),
    )
    for id, total, currency, sum_planned in query.tuples():
        left = (total or 0) - back.get(id, 0) - int(sum_planned)
        used += rates.convert(max(0, left), currency, today) or 0
    return used


def need_of(build, order) -> Need | None:
    """What an order needs when it goes above its customer's limit; None when it does not."""
    grade = build.by_model[Grade].of(order.contact_id)
    credit = credit_of(build, order.contact_id, grade, but_order=order.id)
    if credit.limit is None:
        return None
    value = build.by_model[Rate].convert(order.total or 0, order.currency, html.today())
    if value is None:
        why = _("There is no exchange rate for %(code)s, so nobody knows whether it is within the credit limit.")
        return Need("credit", why % {"code": order.currency}, None, fields.Amount(order.total or 0, order.currency))
    if credit.used + value <= credit.limit:
        return None
    money = lambda minor: html.money(minor, build.firm["currency"])  # noqa: E731
    why = _(
        "With this order the customer would owe %(sum)s, and the credit limit is %(limit)s.",
        sum=money(credit.used + value),
        limit=money(credit.limit),
    )
    return Need("credit", why, None, fields.Amount(order.total or 0, order.currency))
