"""Cards and column heads of the board as HTML. In Python, for there are hundreds of them on one page."""

import datetime as dt

from markupsafe import Markup, escape

from core import fields, html

from .. import plugin
from ..resources.territories import whole

_ = plugin.gettext


def sums_of(sums: dict[str, int]) -> str:
    """Amounts of several currencies in one line, the largest first."""
    return " · ".join(html.money(minor, currency) for currency, minor in sorted(sums.items(), key=lambda s: -s[1]))


def head_of(lane, firm_currency: str, swap: bool = False) -> Markup:
    """A column's head: name, number, sums; `swap` replaces the one on the page."""
    weighted = ""
    if lane.probability is not None and lane.count:
        weighted = f"{lane.probability}% → {whole(lane.weighted, firm_currency)}"
    elif lane.probability is None:
        weighted = escape(_("this month"))
    missing = ""
    if lane.unrated:
        said = _("%(n)s without an exchange rate", n=lane.unrated)
        missing = f'<div class="small gx-t-warn">{html.icon("alert-triangle")} {escape(said)}</div>'
    return Markup(
        f'<header id="lane-{lane.key}"{" hx-swap-oob=true" if swap else ""}>'
        f'<div class="gx-row"><h2 class="h3 m-0 gx-ell"><span class="sales-dot gx-c-{lane.hue}" aria-hidden="true">'
        f'</span>{escape(lane.name)}</h2><span class="gx-2">{lane.count}</span></div>'
        f'<div class="gx-row gx-row-wrap small"><b class="gx-num">{escape(sums_of(lane.sums)) or "—"}</b>'
        f'<span class="gx-push gx-2 gx-num">{weighted}</span></div>{missing}</header>'
    )


class Cards:
    """Draws cards; what does not change from card to card is made once."""

    def __init__(self, movable: bool, seen: set[str], rot_days: dict[int, int | None]):
        """`movable`: whether the user may move them; `seen`: the fields that the user may see.

        `rot_days`: by stage, after how many days a deal that nobody touches rots.
        """
        self.movable, self.seen, self.rot_days = movable, seen, rot_days
        self.now = fields.utcnow()
        self.today = html.today()
        self.dots, self.flame = html.icon("dots"), html.icon("flame")
        self.alert = html.icon("alert-circle")
        self.more = escape(_("Move “%(title)s”"))
        self.rotten = escape(_("Nobody has touched it for too long"))
        self.days = escape(_("%(n)s d"))
        self.late = escape(_("Expected close has passed"))

    def draw(self, deal, swap: bool = False) -> str:
        """One card; `swap` replaces the one on the page."""
        rots = "rots_at" in self.seen and deal.rots(self.now)
        title, url = escape(deal.title), f"/sales/deal/{deal.id}"
        parts = [
            f'<li class="gx-deal{" is-rotting" if rots else ""}" id="deal-{deal.id}" data-deal="{deal.id}"'
            f' data-version="{deal.version}" data-lane="{deal.stage_id if deal.is_open else deal.status}"'
            f"{' hx-swap-oob=true' if swap else ''}>"
            f'<div class="gx-row"><a class="gx-ell" href="{url}">{title}</a>'
        ]
        if self.movable:
            parts.append(
                f'<a class="btn btn-ghost btn-icon btn-sm gx-push" href="{url}/move" data-sales-move'
                f' aria-label="{self.more % {"title": title}}">{self.dots}</a>'
            )
        parts.append(f'</div><div class="gx-2 small gx-ell">{self._who(deal)}</div><div class="gx-row">')
        if deal.amount is not None and "amount" in self.seen:
            parts.append(f'<b class="gx-num">{escape(html.money(deal.amount, deal.amount_currency))}</b>')
        parts.append(f'<span class="gx-push gx-row small gx-2">{self._when(deal, rots)}')
        if deal.owner_id and deal.owner is not None and "owner" in self.seen:
            parts.append(f'{html.avatar(deal.owner.name, "xs")}<span class="gx-vh">{escape(deal.owner.name)}</span>')
        parts.append("</span></div></li>")
        return "".join(parts)

    def _who(self, deal) -> str:
        names = [deal.organisation.name] if deal.organisation_id and "organisation" in self.seen else []
        if deal.contact_id and "contact" in self.seen and deal.contact_id != deal.organisation_id:
            names.append(deal.contact.name)
        return " · ".join(map(escape, names)) or "&nbsp;"

    def _when(self, deal, rots) -> str:
        if rots:
            days = (self.now - deal.rots_at) // dt.timedelta(days=1) + (self.rot_days.get(deal.stage_id) or 1)
            said = self.days % {"n": days}
            return (
                f'<span class="gx-tag gx-c-orange" title="{self.rotten}">{self.flame}{said}'
                f'<span class="gx-vh">{self.rotten}</span></span>'
            )
        if not deal.expected_close or "expected_close" not in self.seen:
            return ""
        day = html.short_date(deal.expected_close)
        if deal.is_open and deal.expected_close < self.today:
            said = f'{self.alert} {day}<span class="gx-vh">{self.late}</span>'
            return f'<span class="gx-t-danger" title="{self.late}">{said}</span>'
        return day
