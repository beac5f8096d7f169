"""Customers who order a product again and again: how often, how much, and when the next order is likely.

Croston (1972) foresees intermittent demand by two numbers apart, the time between orders and the quantity of one. So do
we, with medians in place of his smoothed averages: customers of small firms order a dozen times rather than a hundred,
and a median shrugs off the one large or late order.
"""

import datetime as dt
import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import peewee

from core import Contact, fields, html, resource_of
from plugins.catalogue.models import Product

from ..models import Order, OrderLine
from .figures import GOODS, may_read

#: Orders of a product on so many days make a habit; two days have one interval, and one is no pattern.
LEAST = 3
#: Days that are looked back upon: older habits are others by now.
BACK = 3 * 365
#: After so many times the usual interval without an order nothing more is expected.
SILENT = 3
#: What habits are made of; to whom one of it is hidden they are not shown.
NEEDS = {
    Order: ("contact", "status", "confirmed_at"),
    OrderLine: ("order", "kind", "product", "quantity", "returned"),
    Product: ("name",),
    Contact: ("name",),
}


@dataclass(frozen=True)
class Habit:
    """A customer's orders of a product: on how many days, days between them, and quantity of one (medians)."""

    contact: int
    customer: str
    product: int
    what: str
    times: int
    interval: int
    quantity: float
    last: dt.date

    @property
    def next(self) -> dt.date:
        """When the next order is likely."""
        return self.last + dt.timedelta(days=self.interval)

    def late(self, today: dt.date) -> int:
        """For how many days it has been expected; 0 while it is ahead."""
        return max(0, (today - self.next).days)

    def silent(self, today: dt.date) -> bool:
        """Whether nothing was heard for so long that nothing is expected any more."""
        return (today - self.last).days > SILENT * self.interval

    def ahead(self, today: dt.date, until: dt.date) -> Iterator[dt.date]:
        """The days on which orders are likely, from today on; what is late is expected today."""
        if self.silent(today):
            return
        day = max(self.next, today)
        while day <= until:
            yield day
            day += dt.timedelta(days=self.interval)


def may(user) -> bool:
    """Whether the user sees all that habits are made of."""
    return may_read(user, NEEDS)


def habits(user, where=None) -> list[Habit]:
    """The habits of the customers that the user sees; `where` narrows Order, Contact or OrderLine. One query."""
    lines, today = resource_of(OrderLine), html.today()
    columns = (Order.contact, OrderLine.product, Contact.name, Product.name, Order.confirmed_at)
    amount = peewee.fn.SUM(OrderLine.quantity - OrderLine.returned).alias("amount")
    times = peewee.fn.COUNT(Order.id).over(partition_by=[Order.contact, OrderLine.product]).alias("times")
    orders = (
        lines.query(user, *[column.alias(f"c{n}") for n, column in enumerate(columns)], amount, times)
        .join(Order, on=(OrderLine.order == Order.id))
        .join(Contact, on=(Order.contact == Contact.id))
        .switch(OrderLine)
        .join(Product, on=(OrderLine.product == Product.id))
        .where(
            Order.confirmed_at >= fields.start_of_day(today - dt.timedelta(days=BACK)),
            Order.status != "cancelled",
            Order.deleted_batch.is_null(),
            OrderLine.kind << GOODS,
            Product.active,
            Product.deleted_batch.is_null(),
            Contact.id << resource_of(Contact).query(user, Contact.id),
        )
        .group_by(Order.id, *columns)
        .having(peewee.fn.SUM(OrderLine.quantity - OrderLine.returned) > 0)
    )
    if where is not None:
        orders = orders.where(where)
    kept = orders.alias("orders")
    chosen = [getattr(kept.c, f"c{n}") for n in range(5)] + [kept.c.amount]
    query = OrderLine.select(*chosen).from_(kept).where(kept.c.times >= LEAST)
    rows = query.order_by(kept.c.c0, kept.c.c1).tuples().iterator()
    return [
        habit
        for (contact, product), mine in itertools.groupby(rows, key=lambda row: row[:2])
        if (habit := _habit(contact, product, list(mine))) is not None
    ]


def _habit(contact: int, product: int, rows: list[tuple]) -> Habit | None:
    """What the orders of one customer and product come to; those of a day are one. None for too few days."""
    by_day: dict[dt.date, float] = {}
    for row in rows:
        day = html.local(Order.confirmed_at.python_value(row[4])).date()
        by_day[day] = by_day.get(day, 0) + float(row[5])
    days = sorted(by_day)
    if len(days) < LEAST:
        return None
    gaps = [(after - before).days for before, after in itertools.pairwise(days)]
    return Habit(
        contact,
        rows[0][2],
        product,
        rows[0][3],
        len(days),
        max(1, round(statistics.median(gaps))),
        statistics.median(by_day.values()),
        days[-1],
    )
