"""What lines come to, as expressions of SQL: net of discounts and tax, in the firm's currency; and what they cost.

Sums over a hundred thousand lines are the database's to make. Their rules are those of `plugins/orders/sums.py`, but
for the rounding, which is done once, at the end.
"""

import peewee

from core import fields, html, resource_of
from plugins.catalogue.models import Component, Product
from plugins.sales.models import Deal, Rate

from ..models import Order, OrderLine, QuoteLine
from .common import digits

#: Kinds of lines that have a price of their own, and kinds that are delivered.
PRICED, GOODS = ("item", "bundle"), ("item", "part")
#: An exact 100 on either engine: SQLite divides whole numbers by whole numbers as such.
HUNDRED = peewee.SQL("100.0")


def net(line, document) -> peewee.Expression:
    """A line without tax, after its own discount and the one on the whole; minor units of the document's currency."""
    return _discounted(line, document) / peewee.Case(document.prices, [("gross", _taxed(line))], HUNDRED)


def with_tax(line, document) -> peewee.Expression:
    """What is paid for a line: as `net`, with tax."""
    taxed = peewee.Case(document.prices, [("gross", HUNDRED)], _taxed(line))
    return _discounted(line, document) / HUNDRED * taxed / HUNDRED


def _discounted(line, document) -> peewee.Expression:
    """A line after its own discount and the one on the whole, times 100."""
    return line.amount * (HUNDRED - peewee.fn.COALESCE(document.discount, 0))


def _taxed(line) -> peewee.Expression:
    return HUNDRED + peewee.fn.COALESCE(line.tax, 0)


def in_firm(line, document) -> peewee.Expression:
    """`net` in the firm's minor units, at the rate with which the document's total was reckoned; NULL without one."""
    worth = net(line, document) * document.value / peewee.fn.NULLIF(document.total, 0)
    return peewee.Case(None, [((document.total == 0) & document.value.is_null(False), 0)], worth)


def of_deal(user, model, *select) -> peewee.ModelSelect:
    """Inside a query of Deal: each one's orders that are not cancelled, or quotes that are not replaced."""
    gone = "cancelled" if model is Order else "replaced"
    return resource_of(model).query(user, *select).where(model.deal == Deal.id, model.status != gone)


def lines_of(user, model, where, *columns) -> peewee.ModelSelect:
    """These columns of the lines of each deal's newest order, or quote where it has no order; deals by `where`.

    `model` is Order or Quote: a deal is in one of the two.
    """
    line = OrderLine if model is Order else QuoteLine
    link = line.order if model is Order else line.quote
    query = (
        resource_of(Deal)
        .query(user, *columns)
        .join(model, on=(model.id == of_deal(user, model, peewee.fn.MAX(model.id))))
        .join(line, on=(link == model.id))
        .where(where, line.deleted_batch.is_null())
    )
    return query if model is Order else query.where(~peewee.fn.EXISTS(of_deal(user, Order, Order.id)))


def may_read(user, needs: dict) -> bool:
    """Whether a user sees these records, and none of these fields of theirs is hidden: model → names of fields."""
    return all(
        resource_of(model).can(user, "view") and not set(names) & resource_of(model).hidden(user)
        for model, names in needs.items()
    )


# What things cost


def rate_of(column, day) -> peewee.Case:
    """What a minor unit of a column's currency is worth in the firm's minor units on a day; NULL without a rate."""
    rates = resource_of(Rate)
    firm = rates.build.firm["currency"]
    known = []
    for currency in sorted({rate.currency for rate in rates.all().values()}):
        worth = rates.of(currency, day).scaleb(digits(firm) - digits(currency))
        known.append((currency, peewee.SQL(f"{worth:f}" if "." in f"{worth:f}" else f"{worth:f}.0")))
    return peewee.Case(column, [(firm, peewee.SQL("1.0")), *known], None)


def costs() -> peewee.Select:
    """A subquery of product id, and what one of it costs today in the firm's minor units; without those unknown.

    A bundle without a cost of its own costs what its parts cost, when all of theirs are known.
    """
    today, part = html.today(), Product.alias()
    own = Product.cost * rate_of(Product.cost_currency, today)
    of_part = part.cost * rate_of(part.cost_currency, today)
    parts = (
        Component.select(Component.bundle.alias("product"), peewee.fn.SUM(Component.quantity * of_part).alias("cost"))
        .join(part, on=(Component.product == part.id))
        .where(Component.deleted_batch.is_null())
        .group_by(Component.bundle)
        .having(peewee.fn.COUNT(Component.id) == peewee.fn.COUNT(of_part))
    )
    cost = peewee.fn.COALESCE(own, parts.c.cost)
    return (
        Product.select(Product.id.alias("product"), cost.alias("cost"))
        .join(parts, peewee.JOIN.LEFT_OUTER, on=(parts.c.product == Product.id))
        .where(cost.is_null(False))
    )


def quantity(value) -> str:
    """A quantity as people read it, with at most one decimal."""
    return fields.Number.show(OrderLine.quantity, round(value or 0, 1)) or "0"
