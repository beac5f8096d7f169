"""Reports: numbers of a period, each with the records behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode

import peewee

from core import N_, Contact, Entry, fields, html, names_of_users, resource_of

from .. import plugin
from ..models import Deal, Lead, Move, Pipeline, Reason, Stage
from .common import span

_ = plugin.gettext


class Cell(NamedTuple):
    """One value: what people see, the plain value for a file, and where its records are."""

    text: str
    value: object
    url: str = ""
    #: Drawn as a label of this hue.
    hue: str = ""


@dataclass
class Report:
    """A table, the sums below it, and what must be said about it."""

    name: str
    title: str
    heads: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    note: str = ""
    total: list[Cell] = field(default_factory=list)
    #: How many columns from the left are words rather than numbers.
    words: int = 1

    @property
    def table(self) -> list[list]:
        """For a file: plain values."""
        return [[cell.value for cell in row] for row in (*self.rows, *([self.total] if self.total else []))]


@dataclass(frozen=True)
class Span:
    """The days that a report covers, and the pipeline, if one was chosen."""

    first: dt.date
    last: dt.date
    pipeline: int | None = None
    #: The row of a report whose records are asked for, by its key; "" for the report itself.
    row: str = ""

    def of(self, column) -> peewee.Expression:
        """The condition of a point in time in these days."""
        return (column >= fields.start_of_day(self.first)) & (column <= fields.start_of_day(self.last, end=True))

    @property
    def text(self) -> str:
        """As a filter of lists writes it."""
        return f"{self.first}..{self.last}"

    def behind(self, report: str, row) -> str:
        """The address of what is behind a row of a report of these days."""
        values = {"first": self.first, "last": self.last, "pipeline": self.pipeline, "row": row}
        return f"/sales/reports/{report}?{urlencode({k: v for k, v in values.items() if v is not None})}"


class SalesReport(NamedTuple):
    """A report on the page Sales reports: `make(user, span)` gives the `Report`."""

    title: str
    make: Callable[..., Report]
    #: Where its title is translated: a module's name.
    domain: str = "sales"
    #: Reports of one group share a tab; what the tab is called.
    group: str = ""
    #: Whether a user may read it; None: who may read the reports of deals.
    may: Callable | None = None
    #: Whose records it adds up: only who may export those gets it as a file.
    model: type = Deal
    #: False for one that looks ahead, whatever days are asked for.
    dated: bool = True
    #: Whether it can be narrowed to a pipeline.
    piped: bool = True


def listing(resource, **values) -> str:
    """The address of a list with these filters."""
    return f"{resource.base}?{urlencode({k: v for k, v in values.items() if v is not None})}"


def number(n, url: str = "") -> Cell:
    """A count, or a sum without a unit."""
    return Cell(f"{n:,}", n, url if n else "")


def money(minor, url: str = "") -> Cell:
    """Minor units of the firm's currency."""
    currency = resource_of(Deal).build.firm["currency"]
    minor = int(minor or 0)
    return Cell(html.money(minor, currency), Deal.amount.text(fields.Amount(minor, currency)), url if minor else "")


def percent(part, whole) -> Cell:
    """A share of a whole; a dash where there is none."""
    return Cell(f"{100 * part / whole:.0f}%", round(100 * part / whole, 1)) if whole else Cell("—", "")


def _in(span_: Span) -> list:
    return [Deal.pipeline == span_.pipeline] if span_.pipeline else []


def funnel(user, span_: Span) -> Report:
    """How many deals came to each stage, how many of them went on, and how long they stayed. Three queries."""
    moves, deals, stages = resource_of(Move), resource_of(Deal), resource_of(Stage)
    mine = [Move.pipeline == span_.pipeline] if span_.pipeline else []
    count = peewee.fn.COUNT(Move.deal.distinct())
    came = moves.query(user, Move.to_stage, count).where(span_.of(Move.at), Move.status == "open", *mine)
    came = dict(came.group_by(Move.to_stage).tuples())
    left = moves.query(user, Move.from_stage, Move.status, count, peewee.fn.AVG(Move.seconds)).where(
        span_.of(Move.at), Move.from_stage.is_null(False), *mine
    )
    won: dict[int, int] = {}
    lost: dict[int, int] = {}
    times: dict[int, list] = {}
    for stage, status, n, seconds in left.group_by(Move.from_stage, Move.status).tuples():
        if status != "open":
            target = won if status == "won" else lost
            target[stage] = target.get(stage, 0) + n
        if seconds is not None:
            times.setdefault(stage, []).append((n, float(seconds)))
    heads = [_("Stage"), _("Came here"), _("Open now"), _("Went on"), _("Lost from here"), _("Time here")]
    report = Report("funnel", _("Funnel"), heads)
    now = deals.query(user, Deal.stage, peewee.fn.COUNT(Deal.id)).where(Deal.status == "open", *_in(span_))
    now = dict(now.group_by(Deal.stage).tuples())
    on = _went_on(moves, user, span_, mine)
    pipelines = [p for p in resource_of(Pipeline).all().values() if span_.pipeline in (None, p.id)]
    for pipeline, stage in ((p, s) for p in pipelines for s in stages.of(p.id)):
        name = stage.name if len(pipelines) == 1 else f"{pipeline.name} · {stage.name}"
        n = came.get(stage.id, 0)
        spent = times.get(stage.id, [])
        seconds = sum(k * s for k, s in spent) / sum(k for k, _s in spent) if spent else None
        at = span_.text
        report.rows.append(
            [
                Cell(name, name, stages.url("page", stage)),
                number(n, listing(moves, to_stage=stage.id, at=at, status="open")),
                number(now.get(stage.id, 0), listing(deals, stage=stage.id, status="open")),
                percent(min(n, on.get(stage.id, 0)), n),
                number(lost.get(stage.id, 0), listing(moves, from_stage=stage.id, status="lost", at=at)),
                Cell(span(seconds), round(seconds) if seconds else "", listing(moves, from_stage=stage.id, at=at)),
            ]
        )
    wins = sum(won.values())
    row = [Cell(_("Won"), _("Won")), number(wins, listing(moves, status="won", at=span_.text))]
    report.rows.append([*row, *[Cell("", "")] * 4])
    report.note = _("A deal counts once for each stage that it came to in these days.")
    return report


def _went_on(moves, user, span_: Span, mine) -> dict[int, int]:
    """Stage → how many deals left it for a later stage of its pipeline, or were won from it. One query."""
    places = {s.id: (s.place, s.id) for s in resource_of(Stage).all().values()}
    query = moves.query(user, Move.from_stage, Move.to_stage, Move.status, peewee.fn.COUNT(Move.deal.distinct())).where(
        span_.of(Move.at), Move.from_stage.is_null(False), *mine
    )
    found: dict[int, int] = {}
    for stage, to, status, n in query.group_by(Move.from_stage, Move.to_stage, Move.status).tuples():
        if status == "won" or (status == "open" and places.get(to, (0, 0)) > places.get(stage, (0, 0))):
            found[stage] = found.get(stage, 0) + n
    return found


def reasons(user, span_: Span) -> Report:
    """Won and lost deals by reason, with their sums. Two queries."""
    deals = resource_of(Deal)
    query = deals.query(user, Deal.status, Deal.reason, peewee.fn.COUNT(Deal.id), peewee.fn.SUM(Deal.value)).where(
        Deal.status << ("won", "lost"), span_.of(Deal.closed_at), *_in(span_)
    )
    rows = list(query.group_by(Deal.status, Deal.reason).tuples())
    names = dict(Reason.select(Reason.id, Reason.name).tuples())
    heads = [_("Outcome"), _("Reason"), _("Deals"), _("Sum"), _("Share of all")]
    report = Report("reasons", _("Won and lost by reason"), heads, words=2)
    for status in ("won", "lost"):
        mine = sorted((r for r in rows if r[0] == status), key=lambda r: -r[2])
        total = sum(r[2] for r in mine)
        for _status, reason, n, value in mine:
            url = listing(deals, status=status, reason=reason or "none", closed_at=span_.text)
            label = Deal.status.named(status)
            name = names.get(reason) or _("not said")
            report.rows.append(
                [Cell(label, label), Cell(name, name), number(n, url), money(value, url), percent(n, total)]
            )
    return report


def rivals(user, span_: Span) -> Report:
    """Deals in which a competitor was named, and how they ended. One query."""
    deals = resource_of(Deal)
    query = deals.query(user, Deal.competitors, Deal.status, peewee.fn.COUNT(Deal.id), peewee.fn.SUM(Deal.value)).where(
        Deal.competitors != "", Deal.status << ("won", "lost"), span_.of(Deal.closed_at), *_in(span_)
    )
    found: dict[str, dict[str, list[int]]] = {}
    for names, status, n, value in query.group_by(Deal.competitors, Deal.status).tuples():
        for name in names.split("; "):
            both = found.setdefault(name, {"won": [0, 0], "lost": [0, 0]})[status]
            both[0] += n
            both[1] += int(value or 0)
    heads = [_("Competitor"), _("Won"), _("Lost"), _("Win rate"), _("Lost sum")]
    report = Report("rivals", _("Competitors"), heads)
    for name, ends in sorted(found.items(), key=lambda item: -(item[1]["won"][0] + item[1]["lost"][0])):
        won, lost = ends["won"][0], ends["lost"][0]
        urls = [listing(deals, status=s, competitors=name, closed_at=span_.text) for s in ("won", "lost")]
        report.rows.append(
            [
                Cell(name, name),
                number(won, urls[0]),
                number(lost, urls[1]),
                percent(won, won + lost),
                money(ends["lost"][1], urls[1]),
            ]
        )
    return report


def leaderboard(user, span_: Span) -> Report:
    """Who won how much. Two queries."""
    deals = resource_of(Deal)
    query = deals.query(user, Deal.owner, Deal.status, peewee.fn.COUNT(Deal.id), peewee.fn.SUM(Deal.value)).where(
        Deal.status << ("won", "lost"), span_.of(Deal.closed_at), *_in(span_)
    )
    found: dict[int | None, dict[str, tuple[int, int]]] = {}
    for owner, status, n, value in query.group_by(Deal.owner, Deal.status).tuples():
        found.setdefault(owner, {})[status] = (n, int(value or 0))
    names = names_of_users(found)
    heads = ["#", _("Salesperson"), _("Won sum"), _("Won"), _("Lost"), _("Win rate"), _("On average")]
    report = Report("leaderboard", _("Leaderboard"), heads, words=2)
    order = sorted(found.items(), key=lambda item: -item[1].get("won", (0, 0))[1])
    for place, (owner, ends) in enumerate(order, 1):
        won, value = ends.get("won", (0, 0))
        lost = ends.get("lost", (0, 0))[0]
        urls = [listing(deals, owner=owner or "none", status=s, closed_at=span_.text) for s in ("won", "lost")]
        name = names.get(owner, "—")
        report.rows.append(
            [
                number(place),
                Cell(name, name),
                money(value, urls[0]),
                number(won, urls[0]),
                number(lost, urls[1]),
                percent(won, won + lost),
                money(value // won if won else 0),
            ]
        )
    return report


def activity(user, span_: Span) -> Report:
    """What everybody did: entries on timelines by kind. Two queries, of the contacts that the user may see."""
    entries = resource_of(Entry)
    query = entries.query(user, Entry.author, Entry.kind, peewee.fn.COUNT(Entry.id)).where(
        span_.of(Entry.at), Entry.author.is_null(False), Entry.resource == ""
    )
    owners = user.owners("entries")
    if owners is not None:
        query = query.where(Entry.author << owners)
    found: dict[int, dict[str, int]] = {}
    for author, kind, n in query.group_by(Entry.author, Entry.kind).tuples():
        found.setdefault(author, {})[kind] = n
    kinds = [k for k in entries.build.timeline.kinds.values() if k.by_hand]
    names = names_of_users(found)
    report = Report("activity", _("Activity"), [_("Salesperson"), *[k.title for k in kinds], _("All")])
    for author, counts in sorted(found.items(), key=lambda item: -sum(item[1].values())):
        name, at = names.get(author, "—"), span_.text
        cells = [number(counts.get(k.name, 0), listing(entries, author=author, kind=k.name, at=at)) for k in kinds]
        whole = listing(entries, author=author, kind=",".join(k.name for k in kinds), at=at)
        whole = number(sum(counts.get(k.name, 0) for k in kinds), whole)
        report.rows.append([Cell(name, name), *cells, whole])
    return report


def origins(user, span_: Span) -> Report:
    """Where leads come from and what becomes of them. One query."""
    leads = resource_of(Lead)
    query = leads.query(user, Lead.source, Lead.state, Lead.outcome, peewee.fn.COUNT(Lead.id)).where(
        span_.of(Lead.created_at)
    )
    found: dict[str, dict[str, int]] = {}
    for source, state, outcome, n in query.group_by(Lead.source, Lead.state, Lead.outcome).tuples():
        row = found.setdefault(source, {"all": 0, "converted": 0, "won": 0, "lost": 0})
        row["all"] += n
        row["converted"] += n if state == "converted" else 0
        row["won"] += n if outcome == "won" else 0
        row["lost"] += n if state == "lost" else 0
    heads = [_("Source"), _("Leads"), _("Converted"), _("Rate"), _("Won"), _("Given up")]
    report = Report("origins", _("Sources of leads"), heads)
    for source, row in sorted(found.items(), key=lambda item: -item[1]["all"]):
        base = {"source": source or "none", "created_at": span_.text}
        report.rows.append(
            [
                Cell(source or "—", source),
                number(row["all"], listing(leads, **base)),
                number(row["converted"], listing(leads, **base, state="converted")),
                percent(row["converted"], row["all"]),
                number(row["won"], listing(leads, **base, outcome="won")),
                number(row["lost"], listing(leads, **base, state="lost")),
            ]
        )
    return report


def partners(user, span_: Span) -> Report:
    """What partners brought, and what they get for it. Two queries."""
    deals = resource_of(Deal)
    share = peewee.fn.SUM(Deal.value * peewee.fn.COALESCE(Deal.commission, 0))
    query = deals.query(user, Deal.partner, peewee.fn.COUNT(Deal.id), peewee.fn.SUM(Deal.value), share).where(
        Deal.status == "won", Deal.partner.is_null(False), span_.of(Deal.closed_at), *_in(span_)
    )
    rows = list(query.group_by(Deal.partner).tuples())
    visible = resource_of(Contact).query(user, Contact.id, Contact.name).where(Contact.id << [r[0] for r in rows])
    names = dict(visible.tuples())
    heads = [_("Partner"), _("Won"), _("Won sum"), _("Commission")]
    report = Report("partners", _("Partners and commission"), heads)
    for partner, n, value, commission in sorted(rows, key=lambda r: -int(r[2] or 0)):
        name = names.get(partner, "—")
        url = listing(deals, partner=partner, status="won", closed_at=span_.text)
        page = f"/contacts/{partner}" if partner in names else ""
        paid = int(commission or 0) // 100
        report.rows.append([Cell(name, name, page), number(n, url), money(value, url), money(paid)])
    return report


#: The reports of sales itself, in order.
REPORTS: dict[str, SalesReport] = {
    "funnel": SalesReport(N_("Funnel"), funnel),
    "reasons": SalesReport(N_("Won and lost by reason"), reasons),
    "leaderboard": SalesReport(N_("Leaderboard"), leaderboard),
    "activity": SalesReport(N_("Activity"), activity),
    "origins": SalesReport(N_("Sources of leads"), origins),
    "rivals": SalesReport(N_("Competitors"), rivals),
    "partners": SalesReport(N_("Partners and commission"), partners),
}


def every() -> dict[str, SalesReport]:
    """All reports, those of other modules after our own."""
    found = dict(REPORTS)
    for more in resource_of(Deal).build.hook.sales_reports():
        found |= more
    return found


def readable(user) -> dict[str, SalesReport]:
    """The reports that a user may read."""
    deals = resource_of(Deal)
    seen = deals.can(user, "view")
    seen = seen and not {"amount", "owner", "reason", "competitors", "partner"} & deals.hidden(user)
    return {name: one for name, one in every().items() if (one.may(user) if one.may else seen)}
