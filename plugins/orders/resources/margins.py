"""Sales and margin by person, territory, product, category and customer: lines of orders, less what came back.

An order counts on the day on which it was confirmed, a return on the day on which the goods came back, as the books
have it: the sales of a month that is over stay what they were.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import peewee

from core import N_, Contact, html, names_of_users, resource_of
from plugins.catalogue.models import Category, Product, above
from plugins.sales.models import Deal, Territory
from plugins.sales.resources.reports import Cell, Report, SalesReport, Span, money, number, percent

from .. import plugin
from ..models import Delivery, Order, OrderLine
from . import returns
from .figures import PRICED, costs, in_firm, may_read, quantity

_ = plugin.gettext

#: What these numbers are made of; to whom one of it is hidden they are not shown.
NEEDS = {
    **returns.NEEDS,
    Order: ("status", "confirmed_at", "deal", "discount", "prices", "currency", "net", "tax", "total"),
    OrderLine: (*returns.NEEDS[OrderLine], "text"),
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


@dataclass(frozen=True)
class Side:
    """Lines that are added up: the sold ones, or with `back` (see `returns.came_back`) what came back of them."""

    cost: peewee.Node | None
    back: peewee.Node | None = None

    @property
    def quantity(self) -> peewee.Node:
        """How much of a line; less than zero for what came back."""
        return OrderLine.quantity if self.back is None else self.back.c.quantity * -1

    @property
    def worth(self) -> peewee.Node:
        """What that was sold for, in the firm's minor units; NULL without a rate."""
        whole = in_firm(OrderLine, Order)
        return whole if self.back is None else whole * self.quantity / OrderLine.quantity

    @property
    def sums(self) -> list[peewee.Node]:
        """The worth, that again where its cost is known, and what it cost; 0 of who may not see costs."""
        if self.cost is None:
            return [self.worth, peewee.Value(0), peewee.Value(0)]
        known = peewee.Case(None, [(self.cost.c.cost.is_null(False), self.worth)], None)
        spent = peewee.Case(None, [(self.worth.is_null(False), self.quantity * self.cost.c.cost)], None)
        return [self.worth, known, spent]

    def query(self, user, span: Span, way: Way, *columns) -> peewee.ModelSelect:
        """These columns of its lines in the span's days, of orders that were not cancelled."""
        lines, deals = resource_of(OrderLine), resource_of(Deal)
        query = lines.query(user, *columns).join(Order, on=(OrderLine.order == Order.id))
        query = query.where(Order.status != "cancelled", Order.deleted_batch.is_null(), OrderLine.kind << PRICED)
        if self.back is None:
            query = query.where(span.of(Order.confirmed_at))
        else:
            query = query.join(self.back, on=(self.back.c.line == OrderLine.id))
        if way.column.model is Deal:  # of a deal that the user sees
            seen = deals.query(user, Deal.id)
            on = (Order.deal == Deal.id) & (Deal.id << seen)
            query = query.join(Deal, peewee.JOIN.LEFT_OUTER, on=on)
        elif way.column.model is Product:
            query = query.join(Product, peewee.JOIN.LEFT_OUTER, on=(OrderLine.product == Product.id))
        if self.cost is not None:
            query = query.join(self.cost, peewee.JOIN.LEFT_OUTER, on=(self.cost.c.product == OrderLine.product))
        if span.pipeline:
            query = query.where(Order.deal << deals.query(user, Deal.id).where(Deal.pipeline == span.pipeline))
        return query


def sides(user, span: Span) -> Iterator[Side]:
    """What was sold in the span's days, and what came back in them; with costs for those who may see them."""
    cost = costs().alias("costs") if sees_costs(user) else None
    yield Side(cost)
    yield Side(cost, returns.came_back(user, Delivery.day.between(span.first, span.last)).alias("back"))


@dataclass
class Row:
    """What a value of a way comes to; sums in the firm's minor units."""

    orders: int = 0
    quantity: float = 0
    #: Lines without an exchange rate.
    unrated: int = 0
    #: What came back, as a number above zero; the sums are without it.
    back: float = 0
    #: As `Side.sums`.
    sums: tuple[float, ...] = (0, 0, 0)

    def add(self, other: "Row") -> None:
        for name in ("orders", "quantity", "unrated", "back"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.sums = tuple(a + b for a, b in zip(self.sums, other.sums, strict=True))


def _rows(user, span: Span, way: Way) -> dict:
    """Value of the way → its Row; two queries."""
    found: dict = {}
    for side in sides(user, span):
        orders = peewee.fn.COUNT(Order.id.distinct()) if side.back is None else peewee.Value(0)
        unrated = peewee.fn.SUM(peewee.Case(None, [(in_firm(OrderLine, Order).is_null(), 1)], 0))
        columns = (orders, peewee.fn.SUM(side.quantity), unrated, *map(peewee.fn.SUM, side.sums))
        query = side.query(user, span, way, way.column, *columns).group_by(way.column)
        for key, n, amount, lacking, *sums in query.tuples():
            sums = _floats(sums)
            back = 0 if side.back is None else -sums[0]
            found.setdefault(key, Row()).add(Row(n, float(amount or 0), int(lacking or 0), back, sums))
    return found


def _floats(values) -> tuple[float, ...]:
    return tuple(float(value or 0) for value in values)


def margin(user, span: Span, way: Way) -> Report:
    """Sales and margin, by one way; three or four queries. With `span.row` the lines that make up a row."""
    if span.row:
        return _lines(user, span, way)
    margins, by_product = sees_costs(user), way.name == "sales-product"
    rows = sorted(_rows(user, span, way).items(), key=lambda item: -item[1].sums[0])
    names, whole = way.names(user, [key for key, _row in rows if key is not None]), Row()
    for _key, row in rows:
        whole.add(row)
    heads = [plugin.gettext(way.title), _("Orders"), *([_("Quantity")] if by_product else [])]
    heads += [_("Sales"), _("% of sales"), _("Came back")]
    report = Report(way.name, _("Sales and margin"), heads + (_margin_heads() if margins else []))
    for key, row in rows:
        name, page = names.get(key, ("—", ""))
        url = span.behind(way.name, key or "none")
        cells = [Cell(name, name, page), number(row.orders, url)]
        cells += [Cell(quantity(row.quantity), row.quantity, url)] if by_product else []
        cells += [money(round(row.sums[0]), url), percent(row.sums[0], whole.sums[0]), _back_cell(row.back, url)]
        report.rows.append(cells + (_margin_cells(row.sums, url) if margins else []))
    orders = Cell("", "") if way.splits else number(whole.orders)
    report.total = [Cell(_("All"), _("All")), orders, *([Cell("", "")] if by_product else [])]
    report.total += [money(round(whole.sums[0])), Cell("", ""), _back_cell(whole.back)]
    report.total += _margin_cells(whole.sums, "") if margins else []
    report.note = _said(margins, whole.unrated, way)
    return report


def _margin_heads() -> list[str]:
    return [_("Without known cost"), _("Margin"), _("Margin %")]


def _back_cell(back: float, url: str = "") -> Cell:
    cell = money(round(back), url)
    return cell if round(back) else cell._replace(text="—")


def _margin_cells(values, url: str) -> list[Cell]:
    """What was sold without a known cost, the margin of the rest, and how much of that it is."""
    worth, known, spent = values
    left = known - spent
    rate = percent(left, known) if known > 0 else Cell("—", "")
    return [money(round(worth - known), url), money(round(left), url), rate]


def _said(margins: bool, unrated: int, way: Way) -> str:
    said = [
        _(
            "Lines of orders that were confirmed in these days, after discounts and without tax, less what came back in"
            " these days, at the price it was sold for."
        )
    ]
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
    """The lines behind a row, the largest first, and what came back; six queries at most."""
    key = int(span.row) if span.row.isdecimal() and len(span.row) < 10 else None
    rows, full = [], False
    for side in sides(user, span):
        day = Order.confirmed_at if side.back is None else side.back.c.day
        query = side.query(user, span, way, OrderLine.order, OrderLine.text, side.quantity, day, *side.sums)
        query = query.where(way.column.is_null() if key is None else way.column == key)
        size = peewee.fn.ABS(peewee.fn.COALESCE(side.worth, 0))
        some = list(query.order_by(size.desc(), OrderLine.id).limit(SHOWN).tuples())
        rows, full = rows + [(side, *row) for row in some], full or len(some) >= SHOWN
    orders = resource_of(Order)
    found = {order.id: order for order in orders.query(user).where(Order.id << list({row[1] for row in rows}))}
    orders.load_links(list(found.values()), ["contact"], user)
    orders.veil(user, list(found.values()))
    name = way.names(user, [key]).get(key, ("—", ""))[0]
    margins = sees_costs(user)
    heads = [_("Order"), _("Customer"), _("Day"), _("Line"), _("Quantity"), _("Sales")]
    report = Report(way.name, name, heads + (_margin_heads() if margins else []), words=4)
    whole = Row()
    for side, id, text, n, at, *values in rows:
        order, back = found[id], side.back is not None
        day = Delivery.day.python_value(at) if back else html.local(at).date()
        what = text.partition("\n")[0][:60]
        what = _("Came back: %(what)s", what=what) if back else what
        sums = _floats(values)
        report.rows.append(
            [
                Cell(str(order), str(order), orders.url("page", id)),
                Cell(str(order.contact or "—"), str(order.contact or "")),
                Cell(html.short_date(day), day.isoformat()),
                Cell(what, what),
                Cell(quantity(n), float(n or 0)),
                money(round(sums[0])),
                *(_margin_cells(sums, "") if margins else ()),
            ]
        )
        whole.add(Row(sums=sums))
    report.total = [Cell(_("All"), _("All")), *[Cell("", "")] * 4, money(round(whole.sums[0]))]
    report.total += _margin_cells(whole.sums, "") if margins else []
    report.note = _("The largest %(n)s are listed, and the sum is theirs.", n=SHOWN) if full else ""
    return report


#: For the hook `sales_reports`.
REPORTS = {
    way.name: SalesReport(way.label, partial(margin, way=way), "orders", N_("Sales and margin"), way.may, Order)
    for way in WAYS
}
