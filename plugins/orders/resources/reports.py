"""What orders adds to the Sales reports: sales with margin, won and lost by product, demand."""

import peewee

from core import N_
from plugins.sales.models import Deal
from plugins.sales.resources.products import deals_with_parts
from plugins.sales.resources.reports import Cell, Report, SalesReport, Span, money, number, percent

from .. import plugin
from . import demand, margins
from .deal_products import PAIRS, ProductsOfDeals, counted, part_of
from .figures import lines_of, may_read

_ = plugin.gettext

#: Deals behind a number; the rest is counted, and not listed.
SHOWN = 500
SOURCE = ProductsOfDeals()


def outcomes(user, span: Span) -> Report:
    """Won and lost deals by the products of their newest order or quote, with their amounts. Three queries."""
    where = (Deal.status << ("won", "lost")) & span.of(Deal.closed_at)
    if span.pipeline:
        where &= Deal.pipeline == span.pipeline
    if span.row:
        return _deals(user, span, where)
    found: dict[int, dict[str, list]] = {}
    for model, line in PAIRS:
        columns = (peewee.fn.COUNT(Deal.id.distinct()), peewee.fn.SUM(part_of(model, line)))
        query = lines_of(user, model, where, line.product, Deal.status, *columns).where(counted(line))
        for product, status, n, worth in query.group_by(line.product, Deal.status).tuples():
            ends = found.setdefault(product, {"won": [0, 0.0], "lost": [0, 0.0]})[status]
            ends[0] += n
            ends[1] += float(worth or 0)
    names = SOURCE.names(user, found)
    heads = [_("Product"), _("Won"), _("Lost"), _("Win rate"), _("Won sum"), _("Lost sum")]
    report = Report("outcomes", _("Won and lost by product"), heads)
    for product, ends in sorted(found.items(), key=lambda item: -(item[1]["won"][1] + item[1]["lost"][1])):
        name, (won, lost) = names.get(product, "—"), (ends["won"], ends["lost"])
        urls = [span.behind("outcomes", f"{product}.{status}") for status in ("won", "lost")]
        report.rows.append(
            [
                Cell(name, name, f"/catalogue/product/{product}" if product in names else ""),
                number(won[0], urls[0]),
                number(lost[0], urls[1]),
                percent(won[0], won[0] + lost[0]),
                money(round(won[1]), urls[0]),
                money(round(lost[1]), urls[1]),
            ]
        )
    report.note = _(
        "A deal counts for each product of its newest order, else of its newest quote; its amount is divided among"
        " them by what their lines come to. Deals without lines are left out."
    )
    return report


def _deals(user, span: Span, where) -> Report:
    product, _dot, status = span.row.partition(".")
    id = int(product) if product.isdecimal() and len(product) < 10 else -1
    parts = SOURCE.parts(user, where & (Deal.status == status), id, SHOWN)
    name = SOURCE.names(user, [id]).get(id, "—")
    report = deals_with_parts(user, parts, f"{name} · {Deal.status.named(status)}", SHOWN)
    report.name = "outcomes"
    return report


def _may_compare(user) -> bool:
    return SOURCE.may(user) and may_read(user, {Deal: ("amount", "status", "closed_at")})


#: For the hook `sales_reports`.
REPORTS: dict[str, SalesReport] = {
    **margins.REPORTS,
    "outcomes": SalesReport(N_("Won and lost by product"), outcomes, "orders", may=_may_compare),
    **demand.REPORTS,
}
