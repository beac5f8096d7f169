"""What deals are about: their amounts divided among the products of their newest order, else of their newest quote."""

from collections import Counter

import peewee

from core import resource_of
from plugins.catalogue.models import Product
from plugins.sales.models import Deal
from plugins.sales.resources.products import DealProducts

from ..models import Order, OrderLine, Quote, QuoteLine
from .figures import PRICED, lines_of, may_read, net

DOCUMENT = ("deal", "status", "net", "total", "discount", "prices", "currency")
LINE = ("product", "kind", "amount", "price", "quantity", "discount", "tax")
#: What these numbers are made of; to whom one of it is hidden they are not shown.
NEEDS = {Quote: DOCUMENT, QuoteLine: LINE, Order: DOCUMENT, OrderLine: LINE, Product: ("name",)}
PAIRS = ((Order, OrderLine), (Quote, QuoteLine))


class ProductsOfDeals(DealProducts):
    """A deal's amount × a line's net ÷ the document's net; what lines and deals without products have is left."""

    def may(self, user):
        return may_read(user, NEEDS)

    def sums(self, user, where):
        """Two queries: of deals with an order, and of those with quotes alone."""
        value, chance = Counter(), Counter()
        for model, line in PAIRS:
            part = part_of(model, line)
            keys = (line.product, Deal.status, Deal.forecast)
            sums = (peewee.fn.SUM(part), peewee.fn.SUM(part * peewee.fn.COALESCE(Deal.probability, 0)))
            query = lines_of(user, model, where, *keys, *sums).where(counted(line))
            for *key, worth, weighted in query.group_by(*keys).tuples():
                value[tuple(key)] += float(worth or 0)
                chance[tuple(key)] += float(weighted or 0)
        return [(*key, worth, chance[key]) for key, worth in value.items()]

    def parts(self, user, where, product, limit):
        found: Counter = Counter()
        for model, line in PAIRS:
            mine = line.product == product if product else counted(line)
            query = lines_of(user, model, where, Deal.id, peewee.fn.SUM(part_of(model, line))).where(
                counted(line), mine
            )
            for id, worth in query.group_by(Deal.id).tuples():
                found[id] += float(worth or 0)
        if not product:
            query = resource_of(Deal).query(user, Deal.id, Deal.value).where(where)
            rest = {id: (value or 0) - found[id] for id, value in query.tuples()}
            found = Counter({id: left for id, left in rest.items() if abs(left) >= 1})
        return [(id, round(worth)) for id, worth in found.most_common(limit)]

    def names(self, user, ids=None):
        query = resource_of(Product).query(user, Product.id, Product.name)
        return dict((query if ids is None else query.where(Product.id << list(ids))).tuples())


def part_of(model, line) -> peewee.Expression:
    """How much of the deal's amount a line is."""
    return net(line, model) * Deal.value / peewee.fn.NULLIF(model.net, 0)


def counted(line) -> peewee.Expression:
    """Whether a line is of a product and has a price of its own."""
    return line.product.is_null(False) & (line.kind << PRICED)
