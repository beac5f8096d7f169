"""What came back, as parts of the lines with a price: in SQL, so that reports can take it off what was sold.

A bundle has the price and its parts come back. A part is that share of its bundle which the catalogue's prices give it
today; where one of the parts has none, all parts are alike.
"""

import peewee

from core import html, resource_of
from plugins.catalogue.models import Product

from ..models import Delivery, DeliveryLine, Order, OrderLine
from .figures import may_read, rate_of, with_tax

#: What these numbers are made of; to whom one of it is hidden they are not shown.
NEEDS = {
    Order: ("discount", "prices", "currency"),
    OrderLine: ("order", "kind", "product", "quantity", "price", "discount", "tax", "amount", "returned"),
    Delivery: ("order", "kind", "day"),
    DeliveryLine: ("delivery", "line", "quantity"),
}


def may(user) -> bool:
    """Whether the user sees what came back, and what that was worth."""
    return may_read(user, NEEDS)


def came_back(user, *where) -> peewee.Select:
    """A subquery of `line` (one with a price), `quantity` of it, and the `day`; by conditions on Delivery."""
    returns = resource_of(Delivery).query(user, Delivery.order).where(Delivery.kind == "return", *where)
    shares = _shares(returns).alias("shares")
    return (
        resource_of(DeliveryLine)
        .query(
            user,
            peewee.fn.COALESCE(shares.c.bundle, DeliveryLine.line).alias("line"),
            (DeliveryLine.quantity * peewee.fn.COALESCE(shares.c.each, 1)).alias("quantity"),
            Delivery.day.alias("day"),
        )
        .join(Delivery, on=(DeliveryLine.delivery == Delivery.id))
        .join(shares, peewee.JOIN.LEFT_OUTER, on=(shares.c.part == DeliveryLine.line))
        .where(Delivery.kind == "return", Delivery.deleted_batch.is_null(), *where)
    )


def _shares(orders) -> peewee.Select:
    """Of these orders: each `part` with its `bundle`, and how many bundles (or less) one of it is, as `each`."""
    part, before, bundle = OrderLine.alias(), OrderLine.alias(), OrderLine.alias()
    above = (before.place < part.place) | ((before.place == part.place) & (before.id < part.id))
    mine = (
        before.select(before.id)
        .where(before.order == part.order, before.kind == "bundle", before.deleted_batch.is_null(), above)
        .order_by(before.place.desc(), before.id.desc())
        .limit(1)
    )
    worth = part.quantity * Product.price * rate_of(Product.price_currency, html.today())
    parts = (
        part.select(part.id.alias("part"), part.quantity.alias("quantity"), mine.alias("bundle"), worth.alias("worth"))
        .join(Product, peewee.JOIN.LEFT_OUTER, on=(part.product == Product.id))
        .where(part.kind == "part", part.deleted_batch.is_null(), part.order << orders)
        .alias("parts")
    )
    siblings = {"partition_by": [parts.c.bundle]}
    count, whole = peewee.fn.COUNT(parts.c.part).over(**siblings), peewee.fn.SUM(parts.c.worth).over(**siblings)
    priced = (peewee.fn.COUNT(parts.c.worth).over(**siblings) == count) & (whole > 0)
    share = peewee.Case(None, [(priced, parts.c.worth / whole)], peewee.SQL("1.0") / count)
    each = (bundle.quantity * share / parts.c.quantity).alias("each")
    return bundle.select(parts.c.part, parts.c.bundle, each).join(parts, on=(parts.c.bundle == bundle.id))


def returned(user, key, *where, since=None) -> list[tuple]:
    """What came back of orders, at what is paid for it: `(key, currency, minor units)` by a column of Order.

    `where` are conditions on Order; `since` is the first day of returns that count. One query.
    """
    mine = Order.select(Order.id).where(Order.deleted_batch.is_null(), *where)
    back = came_back(user, Delivery.order << mine, *([Delivery.day >= since] if since else [])).alias("back")
    worth = peewee.fn.SUM(with_tax(OrderLine, Order) * back.c.quantity / OrderLine.quantity)
    query = (
        resource_of(OrderLine)
        .query(user, key, Order.currency, worth)
        .join(Order, on=(OrderLine.order == Order.id))
        .join(back, on=(back.c.line == OrderLine.id))
    )
    rows = query.group_by(key, Order.currency).tuples()
    return [(value, currency, round(float(minor))) for value, currency, minor in rows if minor is not None]
