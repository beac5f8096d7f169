"""The deals behind a number of the forecast: all that it counts, with what each one adds to it."""

from core import N_, resource_of

from .. import plugin
from ..models import Deal
from .forecast import PARTS, Forecast, Line, closing
from .products import deal_products, deals_with_parts
from .reports import Report, money

_ = plugin.gettext

#: The numbers of a line: what a page calls them, the attribute of `Line`, and the categories of open deals in them.
NUMBERS = {
    "won": (N_("Won"), "won", ()),
    "commit": (N_("Commit"), "commit_sum", ("commit",)),
    "best": (N_("Best case"), "best_case", ("commit", "best")),
    "weighted": (N_("Weighted"), "weighted", tuple(PARTS)),
}
#: More deals than this are counted, and not listed.
SHOWN = 500


def deals_behind(user, found: Forecast, line: Line, number: str, title: str) -> Report:
    """The deals that a number of a line counts, the largest first; their sum is the number itself."""
    _label, attribute, categories = NUMBERS[number]
    won, open_ = closing(found.start, found.last)
    where = won | (open_ & (Deal.forecast << categories)) if categories else won
    by_product = found.by == "product" and line is not found.total
    if by_product:
        parts = deal_products().parts(user, where, line.key, SHOWN)
    else:
        parts = _whole_deals(user, where & _of_line(found, line))
    if number == "weighted":
        parts = _weighted(parts)
    head = _("By probability") if number == "weighted" else _("Part of it") if by_product else ""
    report = deals_with_parts(user, parts, title, SHOWN, head)
    if report.total:
        report.total[-1] = money(getattr(line, attribute))
    if len(parts) >= SHOWN:
        report.note = _("The largest %(n)s are listed; the sum is that of all.", n=SHOWN)
    return report


def _of_line(found: Forecast, line: Line):
    """The condition of the deals that a line's sums come from."""
    if line is found.total:
        return Deal.id.is_null(False)
    column = Deal.territory if found.by == "territory" else Deal.owner
    one = column << [id for id in line.ids if id is not None]
    return one | column.is_null() if None in line.ids else one


def _whole_deals(user, where) -> list[tuple[int, int]]:
    query = resource_of(Deal).query(user, Deal.id, Deal.value).where(where)
    return [
        (id, value or 0) for id, value in query.order_by(Deal.value.desc(nulls="LAST"), Deal.id).limit(SHOWN).tuples()
    ]


def _weighted(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is open counts by its probability, what is won as a whole."""
    rows = Deal.select(Deal.id, Deal.probability).where(Deal.id << [id for id, _part in parts], Deal.status == "open")
    chance = dict(rows.tuples())
    return [(id, part * (chance[id] or 0) // 100 if id in chance else part) for id, part in parts]
