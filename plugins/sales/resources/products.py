"""What deals are about: their products, as a module says that knows the lines of quotes and orders."""

from collections.abc import Iterable

from core import html, resource_of

from .. import plugin
from ..models import Deal
from .reports import Cell, Report, money

_ = plugin.gettext


class DealProducts:
    """What the hook `deal_products` gives; `where` is a condition on Deal, amounts are in the firm's minor units.

    A deal's amount is divided among the products of its lines in proportion to what the lines come to.
    """

    def may(self, user) -> bool:
        """Whether the user sees all that these numbers are made of."""
        raise NotImplementedError

    def sums(self, user, where) -> list[tuple]:
        """Product id, status, category of the forecast → amount, and amount × probability in percent."""
        raise NotImplementedError

    def parts(self, user, where, product: int, limit: int) -> list[tuple[int, int]]:
        """Deal id and how much of its amount is this product's, the largest first; product 0: what is of none."""
        raise NotImplementedError

    def names(self, user, ids: Iterable[int] | None = None) -> dict[int, str]:
        """Product id → name; without ids all products."""
        raise NotImplementedError


def deal_products() -> DealProducts | None:
    """Who knows the products of deals; None without such a module."""
    return resource_of(Deal).build.hook.deal_products()


def deals_with_parts(user, parts: list[tuple[int, int]], title: str, shown: int, head: str | None = None) -> Report:
    """Deals with how much of their amount counts, in the order of `parts`, which were found with the limit `shown`.

    `head` is what the column of the parts is called, "Part of it" by itself; "" leaves it out: all of each deal counts.
    """
    deals = resource_of(Deal)
    found = {deal.id: deal for deal in deals.query(user).where(Deal.id << [id for id, _part in parts])}
    deals.load_links(list(found.values()), ["owner", "stage"], user)
    deals.veil(user, list(found.values()))
    head = _("Part of it") if head is None else head
    heads = [_("Deal"), _("Salesperson"), _("Stage"), _("Closes"), _("Amount"), *([head] if head else [])]
    report = Report("parts", title, heads, words=3)
    for id, part in parts:
        if (deal := found.get(id)) is None:
            continue
        close = html.local(deal.closed_at).date() if deal.closed_at else deal.expected_close
        report.rows.append(
            [
                Cell(deal.title, deal.title, deals.url("page", deal)),
                _plain(deal.owner),
                _plain(deal.stage),
                Cell(html.short_date(close), close.isoformat()) if close else Cell("—", ""),
                money(deal.value),
                *([money(part)] if head else []),
            ]
        )
    report.total = [
        Cell(_("All"), _("All")),
        *[Cell("", "")] * (len(heads) - 2),
        money(sum(part for _id, part in parts)),
    ]
    if len(parts) >= shown:
        report.note = _("The largest %(n)s are listed, and the sum is theirs.", n=shown)
    return report


def _plain(linked) -> Cell:
    return Cell(str(linked), str(linked)) if linked is not None else Cell("—", "")
