"""Reports over the lines of confirmed orders: sales and margin by person, territory, product, category and customer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import peewee

from core import N_, Contact, html, names_of_users, resource_of
from plugins.catalogue.models import Category, Product, above
from plugins.sales.models import Deal, Territory
from plugins.sales.resources.reports import Cell, Report, SalesReport, Span, money, number, percent

from .. import plugin
from ..models import Order, OrderLine
from .figures import PRICED, costs, in_firm, may_read, quantity

_ = plugin.gettext

#: What these numbers are made of; to whom one of it is hidden they are not shown.
NEEDS = {
    Order: ("status", "confirmed_at", "deal", "discount", "prices", "currency", "net", "tax", "total"),
    OrderLine: ("order", "kind", "product", "text", "quantity", "price", "discount", "tax", "amount"),
}
#: Lines behind a number; the rest is counted, and not listed.
SHOWN = 500


@dataclass(frozen=True)
class Way:
    """How sales are divided: by a column, whose values `names(user, keys)` gives as (name, address)."""

    name: str
    label: str
    title: str
    column: peewee.Node
    names: Callable
    needs: dict = field(default_factory=dict)
    #: Whether an order may be in several rows.
    splits: bool = False

    def may(self, user) -> bool:
        return may_read(user, NEEDS) and may_read(user, self.needs)


def _people(user, keys) -> dict:
    return {id: (name, "") for id, name in names_of_users(keys).items()}


def _territories(user, keys) -> dict:
    ((_group, names),) = resource_of(Territory).choices(user)
    return {id: (name, "") for id, name in names}


def _products(user, keys) -> dict:
    products = resource_of(Product)
    rows = products.query(user, Product.id, Product.name).where(Product.id << list(keys)).tuples()
    return {id: (name, f"{products.base}{id}") for id, name in rows}


def _categories(user, keys) -> dict:
    query = resource_of(Category).query(user, Category.id, Category.name, Category.parent)
    known = {id: (name, parent) for id, name, parent in query.tuples()}
    tree, found = {id: parent for id, (_name, parent) in known.items()}, {}
    for id in known:
        way = [known[one][0] for one in reversed(above(tree, id)) if one in known]
        found[id] = (" / ".join(way), resource_of(Product).url(category=id))
    return found


def _customers(user, keys) -> dict:
    contacts = resource_of(Contact)
    rows = contacts.query(user, Contact.id, Contact.name).where(Contact.id << list(keys)).tuples()
    return {id: (name, f"{contacts.base}{id}") for id, name in rows}


WAYS = [
    Way("sales-person", N_("By person"), N_("Salesperson"), Order.owner, _people, {Order: ("owner",)}),
    Way(
        "sales-territory",
        N_("By territory"),
        N_("Territory"),
        Deal.territory,
        _territories,
        {Deal: ("territory",), Territory: ("name", "parent")},
    ),
    Way("sales-product", N_("By product"), N_("Product"), OrderLine.product, _products, {Product: ("name",)}, True),
    Way(
        "sales-category",
        N_("By category"),
        N_("Category"),
        Product.category,
        _categories,
        {Product: ("category",), Category: ("name", "parent")},
        True,
    ),
    Way(
        "sales-customer",
        N_("By customer"),
        N_("Customer"),
        Order.contact,
        _customers,
        {Order: ("contact",), Contact: ("name",)},
    ),
]


def sees_costs(user) -> bool:
    """Whether margins are for this user's eyes."""
    return may_read(user, {Product: ("cost",)})


def sold(user, span: Span, way: Way, cost, *columns) -> peewee.ModelSelect:
    """These columns of the lines of orders that were confirmed in the span's days and not cancelled."""
    lines, deals = resource_of(OrderLine), resource_of(Deal)
    query = lines.query(user, *columns).join(Order, on=(OrderLine.order == Order.id))
    query = query.where(
        span.of(Order.confirmed_at),
        Order.status != "cancelled",
        Order.deleted_batch.is_null(),
        OrderLine.kind << PRICED,
    )
    if way.column.model is Deal:  # of a deal that the user sees
        seen = deals.query(user, Deal.id)
        on = (Order.deal == Deal.id) & (Deal.id << seen)
        query = query.join(Deal, peewee.JOIN.LEFT_OUTER, on=on)
    elif way.column.model is Product:
        query = query.join(Product, peewee.JOIN.LEFT_OUTER, on=(OrderLine.product == Product.id))
    if cost is not None:
        query = query.join(cost, peewee.JOIN.LEFT_OUTER, on=(cost.c.product == OrderLine.product))
    if span.pipeline:
        query = query.where(Order.deal << deals.query(user, Deal.id).where(Deal.pipeline == span.pipeline))
    return query


def _columns(cost) -> list:
    """Of a line: what it was sold for, that again where its cost is known, and what it cost."""
    worth = in_firm(OrderLine, Order)
    if cost is None:
        return [worth]
    known = peewee.Case(None, [(cost.c.cost.is_null(False), worth)], None)
    spent = peewee.Case(None, [(worth.is_null(False), OrderLine.quantity * cost.c.cost)], None)
    return [worth, known, spent]


def margin(user, span: Span, way: Way) -> Report:
    """Sales and margin, by one way; two or three queries. With `span.row` the lines that make up a row."""
    if span.row:
        return _lines(user, span, way)
    cost = costs().alias("costs") if sees_costs(user) else None
    sums = [peewee.fn.SUM(column) for column in _columns(cost)]
    unrated = peewee.fn.SUM(peewee.Case(None, [(in_firm(OrderLine, Order).is_null(), 1)], 0))
    counts = (peewee.fn.COUNT(Order.id.distinct()), peewee.fn.SUM(OrderLine.quantity), unrated)
    query = sold(user, span, way, cost, way.column, *counts, *sums).group_by(way.column)
    rows = sorted(query.tuples(), key=lambda row: -float(row[4] or 0))
    names = way.names(user, [row[0] for row in rows if row[0] is not None])
    heads = [plugin.gettext(way.title), _("Orders"), _("Sales"), _("% of sales")]
    heads[2:2] = [_("Quantity")] if way.name == "sales-product" else []
    report = Report(way.name, _("Sales and margin"), heads + (_margin_heads() if cost is not None else []))
    whole = [sum(float(row[i] or 0) for row in rows) for i in range(4, 4 + len(sums))]
    for key, orders, n, _lacking, *values in rows:
        name, page = names.get(key, ("—", ""))
        url = span.behind(way.name, key or "none")
        cells = [Cell(name, name, page), number(orders, url)]
        cells += [Cell(quantity(n), float(n or 0), url)] if way.name == "sales-product" else []
        report.rows.append([*cells, money(round(values[0] or 0), url), percent(float(values[0] or 0), whole[0])])
        report.rows[-1] += _margin_cells(values, url) if cost is not None else []
    orders = Cell("", "") if way.splits else number(sum(row[1] for row in rows))
    report.total = [Cell(_("All"), _("All")), orders, money(round(whole[0])), Cell("", "")]
    report.total[2:2] = [Cell("", "")] if way.name == "sales-product" else []
    report.total += _margin_cells(whole, "") if cost is not None else []
    report.note = _said(cost is not None, sum(int(row[3] or 0) for row in rows), way)
    return report


def _margin_heads() -> list[str]:
    return [_("Without known cost"), _("Margin"), _("Margin %")]


def _margin_cells(values, url: str) -> list[Cell]:
    """What was sold without a known cost, the margin of the rest, and how much of that it is."""
    worth, known, spent = (float(value or 0) for value in values)
    left = known - spent
    rate = percent(left, known) if known > 0 else Cell("—", "")
    return [money(round(worth - known), url), money(round(left), url), rate]


def _said(margins: bool, unrated: int, way: Way) -> str:
    said = [_("Lines of orders that were confirmed in these days, after discounts and without tax.")]
    said.append(_("What came back later is not taken off."))
    if margins:
        said.append(
            _(
                "The margin takes off what the products cost today (a bundle: what its parts cost); what has no known"
                " cost is shown apart and has no margin."
            )
        )
    if way.name == "sales-territory":
        said.append(_("An order belongs to the territory of its deal."))
    if unrated:
        said.append(_("Lines left out because their currency has no exchange rate: %(n)s.", n=unrated))
    return " ".join(said)


def _lines(user, span: Span, way: Way) -> Report:
    """The lines behind a row, the largest first; five queries at most."""
    key = int(span.row) if span.row.isdecimal() and len(span.row) < 10 else None
    cost = costs().alias("costs") if sees_costs(user) else None
    worth, *more = _columns(cost)
    query = sold(
        user, span, way, cost, OrderLine.order, OrderLine.text, OrderLine.quantity, Order.confirmed_at, worth, *more
    )
    query = query.where(way.column.is_null() if key is None else way.column == key)
    rows = list(query.order_by(peewee.fn.COALESCE(worth, 0).desc(), OrderLine.id).limit(SHOWN).tuples())
    orders = resource_of(Order)
    found = {order.id: order for order in orders.query(user).where(Order.id << list({row[0] for row in rows}))}
    orders.load_links(list(found.values()), ["contact"], user)
    orders.veil(user, list(found.values()))
    name = way.names(user, [key]).get(key, ("—", ""))[0]
    heads = [_("Order"), _("Customer"), _("Confirmed"), _("Line"), _("Quantity"), _("Sales")]
    report = Report(way.name, name, heads + (_margin_heads() if cost is not None else []), words=4)
    sums = [0.0] * (1 + len(more))
    for id, text, n, at, *values in rows:
        order = found[id]
        day = html.local(at).date()
        what = text.partition("\n")[0][:60]
        report.rows.append(
            [
                Cell(str(order), str(order), orders.url("page", id)),
                Cell(str(order.contact or "—"), str(order.contact or "")),
                Cell(html.short_date(day), day.isoformat()),
                Cell(what, what),
                Cell(quantity(n), float(n or 0)),
                money(round(values[0] or 0)),
                *(_margin_cells(values, "") if cost is not None else ()),
            ]
        )
        sums = [a + float(b or 0) for a, b in zip(sums, values, strict=True)]
    report.total = [Cell(_("All"), _("All")), *[Cell("", "")] * 4, money(round(sums[0]))]
    report.total += _margin_cells(sums, "") if cost is not None else []
    report.note = _("The largest %(n)s are listed, and the sum is theirs.", n=SHOWN) if len(rows) >= SHOWN else ""
    return report


#: For the hook `sales_reports`.
REPORTS = {
    way.name: SalesReport(way.label, partial(margin, way=way), "orders", N_("Sales and margin"), way.may, Order)
    for way in WAYS
}
