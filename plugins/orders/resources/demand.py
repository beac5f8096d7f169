"""Demand: what open deals and quotes ask for and what regular customers are likely to order again, by month."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

import peewee
from flask_babel import format_date, get_locale

from core import N_, fields, html, resource_of
from plugins.catalogue.models import Product
from plugins.sales.models import Deal
from plugins.sales.models.forecast import day_after, first_day
from plugins.sales.resources.reports import Cell, Report, SalesReport, Span, number

from .. import plugin
from ..models import Order, OrderLine, Quote, QuoteLine
from . import regulars
from .figures import GOODS, lines_of, may_read, quantity
from .regulars import LEAST, SILENT

_ = plugin.gettext

#: Months that are looked ahead, this one among them; as many days back for comparison.
MONTHS, BACK = 6, 182
#: Below so many answered quotes a share of accepted ones says nothing.
ENOUGH = 10
#: Customers and products in the list; who is the latest comes first.
SHOWN = 500
#: What demand is made of; to whom one of it is hidden it is not shown.
NEEDS = {
    Deal: ("status", "probability", "expected_close"),
    Quote: ("deal", "contact", "status", "valid_until", "sent_at"),
    QuoteLine: ("quote", "kind", "product", "quantity"),
    Product: ("name", "unit"),
}


class Ask(NamedTuple):
    """A quantity that is asked for: of which product, when (None: nobody said), how likely in percent, by whom."""

    product: int
    day: dt.date | None
    quantity: float
    chance: float
    #: Of one that is shown by itself: the quote, or the habit, that it comes from.
    quote: int | None = None
    habit: regulars.Habit | None = None

    @property
    def likely(self) -> float:
        return self.quantity * self.chance / 100


def may(user) -> bool:
    """Whether the user sees all that demand is made of."""
    return may_read(user, NEEDS) and regulars.may(user)


# Where it comes from


def _of_deals(user, span: Span, product: int | None) -> Iterator[Ask]:
    """The newest quotes of open deals without an order. One query; of one product each quote for itself."""
    where = Deal.status == "open"
    if span.pipeline:
        where &= Deal.pipeline == span.pipeline
    own = (Quote.id,) if product else ()
    columns = (QuoteLine.product, Deal.expected_close, Deal.probability, *own)
    query = lines_of(user, Quote, where, *columns, peewee.fn.SUM(QuoteLine.quantity))
    query = query.where(*_goods(product), Quote.status << ("draft", "sent", "accepted")).group_by(*columns)
    for of, day, chance, *quote, n in query.tuples():
        yield Ask(of, day, float(n), float(chance or 0), *quote)


def _goods(product: int | None) -> list:
    wanted = QuoteLine.product == product if product else QuoteLine.product.is_null(False)
    return [wanted, QuoteLine.kind << GOODS]


def accepted_share(user) -> tuple[int, int]:
    """Of the quotes without a deal that were sent in the last year and answered: accepted, and all. One query."""
    year = fields.start_of_day(html.today() - dt.timedelta(days=365))
    ends = ("accepted", "declined", "expired")
    query = resource_of(Quote).query(user, Quote.status, peewee.fn.COUNT(Quote.id))
    query = query.where(Quote.deal.is_null(), Quote.sent_at >= year, Quote.status << ends).group_by(Quote.status)
    counts = dict(query.tuples())
    return counts.get("accepted", 0), sum(counts.values())


def _of_quotes(user, product: int | None, share: tuple[int, int]) -> Iterator[Ask]:
    """Quotes without a deal that wait for an answer, by the share of those that were accepted. One query, or none."""
    accepted, answered = share
    if answered < ENOUGH:
        return
    own = (Quote.id,) if product else ()
    columns = (QuoteLine.product, Quote.valid_until, *own)
    query = (
        resource_of(Quote)
        .query(user, *columns, peewee.fn.SUM(QuoteLine.quantity))
        .join(QuoteLine, on=(QuoteLine.quote == Quote.id))
        .where(Quote.deal.is_null(), Quote.status == "sent", QuoteLine.deleted_batch.is_null(), *_goods(product))
    )
    for of, day, *quote, n in query.group_by(*columns).tuples():
        yield Ask(of, day, float(n), 100 * accepted / answered, *quote)


def _of_regulars(user, product: int | None, until: dt.date) -> Iterator[Ask]:
    """What customers are likely to order again. One query."""
    today = html.today()
    for habit in regulars.habits(user, OrderLine.product == product if product else None):
        for day in habit.ahead(today, until):
            yield Ask(habit.product, day, habit.quantity, 100, habit=habit)


def asks(user, span: Span, share: tuple[int, int], product: int | None = None) -> list[Ask]:
    """All demand until the last of the months; of one product each quote and customer for itself. Three queries."""
    until = _months()[-1] - dt.timedelta(days=1)
    found = [*_of_deals(user, span, product)]
    if not span.pipeline:
        found += [*_of_quotes(user, product, share), *_of_regulars(user, product, until)]
    return found


# Reports


def _months() -> list[dt.date]:
    """The first days of the months ahead, and the day after them."""
    start = first_day("month", html.today())
    return [day_after("month", start, n) for n in range(MONTHS + 1)]


def _column(day: dt.date | None, months: list[dt.date]) -> int:
    """Which column a day is in: what should have come is asked for now; what is later or has no date comes last."""
    if day is None:
        return MONTHS
    return sum(day >= start for start in months[1:])


def _month_name(day: dt.date) -> str:
    """With the year where it begins, since six columns have little room."""
    chinese = get_locale().language == "zh"
    if day.month == 1:
        return format_date(day, "y年M月" if chinese else "MMM y")
    return format_date(day, "M月" if chinese else "MMM")


def by_product(user, span: Span) -> Report:
    """The quantity of each product that is likely to be asked for, by month; six queries."""
    if span.row:
        return _sources(user, span)
    months, share = _months(), accepted_share(user)
    found: dict[int, list[float]] = {}
    for ask in asks(user, span, share):
        found.setdefault(ask.product, [0.0] * (MONTHS + 1))[_column(ask.day, months)] += ask.likely
    sold = _sold(user)
    products = resource_of(Product)
    rows = products.query(user, Product.id, Product.name, Product.unit).where(Product.id << list(found)).tuples()
    names = {id: (name, unit) for id, name, unit in rows}
    heads = [_("Product"), _("Ordered, last 6 months"), _("Expected, 6 months")]
    heads += [*map(_month_name, months[:-1]), _("Later, or no date")]
    report = Report("demand-product", _("Demand"), heads)
    for id, columns in sorted(found.items(), key=lambda item: (-sum(item[1][:-1]), -item[1][-1])):
        name, unit = names.get(id, ("—", ""))
        row = [Cell(f"{name} · {unit}" if unit else name, name, f"/catalogue/product/{id}" if id in names else "")]
        row += [Cell(quantity(sold.get(id, 0)), float(sold.get(id, 0)), _address(span, f"{id}.sold"))]
        row += [_amount(sum(columns[:-1]), _address(span, f"{id}"))]
        row += [_amount(n, _address(span, f"{id}.{at}")) for at, n in enumerate(columns)]
        report.rows.append(row)
    report.note = _said(share, span)
    return report


def _amount(n: float, url: str) -> Cell:
    return Cell(quantity(n), round(n, 2), url) if round(n, 1) else Cell("—", 0)


def _address(span: Span, row: str) -> str:
    return f"/sales/reports/demand-product?row={row}" + (f"&pipeline={span.pipeline}" if span.pipeline else "")


#: How much of lines was ordered and did not come back.
KEPT = peewee.fn.SUM(OrderLine.quantity - OrderLine.returned)


def _sold(user) -> dict[int, float]:
    """Product id → what was ordered of it in as many months back. One query."""
    query = _lines_back(user, OrderLine.product, KEPT).where(OrderLine.product.is_null(False))
    return {id: float(n) for id, n in query.group_by(OrderLine.product).tuples()}


def _lines_back(user, *columns) -> peewee.ModelSelect:
    """These columns of the lines of goods in the orders of as many months back."""
    since = fields.start_of_day(html.today() - dt.timedelta(days=BACK))
    query = resource_of(OrderLine).query(user, *columns).join(Order, on=(OrderLine.order == Order.id))
    query = query.where(Order.confirmed_at >= since, Order.status != "cancelled", Order.deleted_batch.is_null())
    return query.where(OrderLine.kind << GOODS)


def _said(share: tuple[int, int], span: Span) -> str:
    said = [
        _(
            "The newest quotes of open deals count with the deals' probability in the month in which they are expected"
            " to close; what should have closed already, in this month. Of bundles their parts are counted."
        )
    ]
    if span.pipeline:
        return " ".join([*said, _("Of one pipeline only its deals are counted.")])
    accepted, answered = share
    if answered >= ENOUGH:
        said.append(_share_said(accepted, answered))
    else:
        said.append(_("Quotes without a deal are left out: fewer than %(n)s were answered in the last year.", n=ENOUGH))
    return " ".join([*said, _method()])


def _share_said(accepted: int, answered: int) -> str:
    return _(
        "Quotes without a deal count by the share of them that was accepted in the last year: %(accepted)s of %(all)s.",
        accepted=accepted,
        all=answered,
    )


def _method() -> str:
    """How orders are foreseen, in plain words and with its source."""
    return _(
        "Who ordered a product on at least %(least)s days is expected to order it again: the usual quantity after the"
        " usual time, both the median of the last three years, time and quantity apart as Croston does (1972). Whoever"
        " is late is expected now; after %(silent)s times the usual time, no more.",
        least=LEAST,
        silent=SILENT,
    )


def _sources(user, span: Span) -> Report:
    """The quotes and customers behind a number; seven queries at most."""
    product, _dot, column = span.row.partition(".")
    id = int(product) if product.isdecimal() and len(product) < 10 else -1
    rows = resource_of(Product).query(user, Product.name).where(Product.id == id).tuples()
    name = next((name for (name,) in rows), "—")
    if column == "sold":
        return _ordered(user, id, name)
    months = _months()
    found = [ask for ask in asks(user, span, accepted_share(user), id) if ask.product == id]
    wanted = {int(column)} if column.isdecimal() else set(range(MONTHS))
    found = [ask for ask in found if _column(ask.day, months) in wanted]
    found.sort(key=lambda ask: (ask.day is None, ask.day or html.today(), -ask.likely))
    quotes = resource_of(Quote)
    known = {q.id: q for q in quotes.query(user).where(Quote.id << [ask.quote for ask in found if ask.quote])}
    quotes.load_links(list(known.values()), ["contact"], user)
    quotes.veil(user, list(known.values()))
    heads = [_("Comes from"), _("Customer"), _("When"), _("Quantity"), _("Probability"), _("Expected")]
    if column.isdecimal() and int(column) < MONTHS:
        name = f"{name} · {_month_name(months[int(column)])}"
    report = Report("demand-product", name, heads, words=2)
    for ask in found[:SHOWN]:
        report.rows.append(_source(ask, known, quotes))
    whole = sum(ask.likely for ask in found)
    report.total = [Cell(_("All"), _("All")), *[Cell("", "")] * 4, Cell(quantity(whole), round(whole, 2))]
    return report


def _ordered(user, product: int, name: str) -> Report:
    """The orders behind what was ordered of a product, the newest first; four queries at most."""
    orders = resource_of(Order)
    query = _lines_back(user, OrderLine.order, KEPT).where(OrderLine.product == product)
    query = query.group_by(OrderLine.order, Order.confirmed_at).order_by(Order.confirmed_at.desc(), OrderLine.order)
    amounts = dict(query.tuples())
    known = {order.id: order for order in orders.query(user).where(Order.id << list(amounts)[:SHOWN])}
    orders.load_links(list(known.values()), ["contact"], user)
    orders.veil(user, list(known.values()))
    heads = [_("Order"), _("Customer"), _("Day"), _("Quantity")]
    report = Report("demand-product", f"{name} · {_('Ordered, last 6 months')}", heads, words=3)
    for id in list(amounts)[:SHOWN]:
        day, who = html.local(known[id].confirmed_at).date(), str(known[id].contact or "—")
        said = Cell(str(known[id]), str(known[id]), orders.url("page", id))
        cells = [said, Cell(who, who), Cell(html.short_date(day), day.isoformat())]
        report.rows.append([*cells, Cell(quantity(amounts[id]), float(amounts[id]))])
    whole = float(sum(amounts.values()))
    report.total = [Cell(_("All"), _("All")), Cell("", ""), Cell("", ""), Cell(quantity(whole), round(whole, 2))]
    return report


def _source(ask: Ask, known: dict, quotes) -> list[Cell]:
    when = Cell(html.short_date(ask.day), ask.day.isoformat()) if ask.day else Cell("—", "")
    amounts = [
        Cell(quantity(ask.quantity), ask.quantity),
        Cell(f"{ask.chance:.0f}%", round(ask.chance, 1)),
        Cell(quantity(ask.likely), round(ask.likely, 2)),
    ]
    if ask.habit is not None:
        said = _("orders every %(n)s days", n=ask.habit.interval)
        who = Cell(ask.habit.customer, ask.habit.customer, f"/contacts/{ask.habit.contact}")
        return [Cell(said, said), who, when, *amounts]
    quote = known.get(ask.quote)
    who = str(quote.contact or "—") if quote is not None else "—"
    said = str(quote) if quote is not None else "—"
    return [Cell(said, said, quotes.url("page", ask.quote)), Cell(who, who), when, *amounts]


def by_customer(user, span: Span) -> Report:
    """Who is likely to order what again: the late ones first, then who comes next; silent ones last. One query."""
    today = html.today()
    heads = [_("Customer"), _("Product"), _("State"), _("Expected"), _("Usual quantity"), _("Every")]
    report = Report("demand-customer", _("Likely to order again"), [*heads, _("Orders"), _("Last order")], words=2)
    found = regulars.habits(user)
    found.sort(key=lambda h: (h.silent(today), -h.late(today), h.next, h.customer))
    for habit in found[:SHOWN]:
        late = habit.late(today)
        if habit.silent(today):
            state = Cell(_("silent"), "silent", hue="gray")
        elif late:
            state = Cell(_("%(n)s days late", n=late), f"-{late}", hue="red")
        else:
            left = (habit.next - today).days
            state = Cell(_("in %(n)s days", n=left), left, hue="orange" if left <= 14 else "green")
        report.rows.append(
            [
                Cell(habit.customer, habit.customer, f"/contacts/{habit.contact}"),
                Cell(habit.what, habit.what, f"/catalogue/product/{habit.product}"),
                state,
                Cell(html.short_date(habit.next), habit.next.isoformat()),
                Cell(quantity(habit.quantity), habit.quantity),
                Cell(_("%(n)s days", n=habit.interval), habit.interval),
                number(habit.times, resource_of(Order).url(contact=habit.contact)),
                Cell(html.short_date(habit.last), habit.last.isoformat()),
            ]
        )
    report.note = _method()
    if len(found) > SHOWN:
        report.note = _("The first %(n)s are listed.", n=SHOWN) + " " + report.note
    return report


#: For the hook `sales_reports`.
REPORTS = {
    "demand-product": SalesReport(N_("By product"), by_product, "orders", N_("Demand"), may, Quote, dated=False),
    "demand-customer": SalesReport(
        N_("Likely to order again"), by_customer, "orders", N_("Demand"), regulars.may, Order, dated=False, piped=False
    ),
}
