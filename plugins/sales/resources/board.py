"""The board: a pipeline's deals by stage, with sums, in a fixed number of queries however many deals there are."""

import datetime as dt
import re
from dataclasses import dataclass, field

import peewee

from core import N_, Problem, User, fields, html, records, resource_of

from ..models import LAST, Deal, Pipeline, Stage

#: Cards of a column that come with the page; the next ones come when it is scrolled.
CARDS = 25
#: Where the next cards of a column begin: what it is sorted by, and the id of the last one that is there.
CURSOR = re.compile(r"(-?\d{1,18})_(\d{1,10})")
#: The columns after the stages.
CLOSED = ("won", "lost")


@dataclass
class Lane:
    """A column: its key (a stage's id, or won or lost), what stands in it, and its sums."""

    key: str
    name: str
    hue: str
    probability: int | None = None
    count: int = 0
    #: Currency → minor units of all deals in it, whether their cards are loaded or not.
    sums: dict[str, int] = field(default_factory=dict)
    #: Minor units of the firm's currency, by probability; and how many deals lack a rate.
    weighted: int = 0
    unrated: int = 0
    rotting: int = 0
    at_risk: int = 0
    cards: list[Deal] = field(default_factory=list)
    #: Where the next cards begin, or "".
    more: str = ""

    @property
    def endpoint(self) -> str:
        """Of the address of the next cards."""
        return "sales.closed" if self.key in CLOSED else "sales.lane"


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: a pipeline, whose deals, when they close, and in which order cards stand."""

    pipeline: Pipeline | None
    owner: str = ""
    close: str = ""
    #: "hand" for the order that people make, "" for that by expected close.
    sort: str = ""

    @property
    def address(self) -> dict[str, str]:
        """As parameters of an address."""
        found = {"pipeline": str(self.pipeline.id) if self.pipeline else "", "owner": self.owner, "close": self.close}
        return {name: value for name, value in found.items() if value} | {"sort": self.sort or "close"}

    @property
    def by(self):
        """The column that the cards of a stage are sorted by."""
        return Deal.rank if self.sort == "hand" else Deal.place


def close_range(name: str) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a preset: month, next, quarter, overdue. None for all."""
    today = html.today()
    first = today.replace(day=1)
    if name == "overdue":
        return dt.date(1000, 1, 1), today - dt.timedelta(days=1)
    if name == "month":
        return first, later(first, 1) - dt.timedelta(days=1)
    if name == "next":
        return later(first, 1), later(first, 2) - dt.timedelta(days=1)
    if name == "quarter":
        start = first.replace(month=(first.month - 1) // 3 * 3 + 1)
        return start, later(start, 3) - dt.timedelta(days=1)
    return None


def later(first: dt.date, months: int) -> dt.date:
    """The first of a month so many months later."""
    year, month = divmod(first.month - 1 + months, 12)
    return dt.date(first.year + year, month + 1, 1)


class Board:
    """The board of one user; queries: two for cards and their names each, two for sums."""

    def __init__(self, user, wanted: Wanted):
        self.user, self.wanted = user, wanted
        self.deals, self.now = resource_of(Deal), fields.utcnow()
        self.month = fields.start_of_day(html.today().replace(day=1))

    def lanes(self) -> list[Lane]:
        """All columns with their first cards and sums."""
        lanes = self._empty()
        self._count(lanes)
        self._fill({key: (lane, "") for key, lane in lanes.items()})
        return list(lanes.values())

    def sums(self) -> list[Lane]:
        """All columns with their sums and no cards."""
        lanes = self._empty()
        self._count(lanes)
        return list(lanes.values())

    def more(self, key: str, after: str) -> Lane:
        """One column with the cards after a cursor. Raises Problem for a column that is not there."""
        lanes = self._empty()
        if key not in lanes:
            raise Problem(N_("This column is gone. Load the board again."), "sales")
        self._fill({key: (lanes[key], after)})
        return lanes[key]

    def _empty(self) -> dict[str, Lane]:
        pipeline = self.wanted.pipeline
        stages = resource_of(Stage).of(pipeline.id) if pipeline else []
        lanes = {str(s.id): Lane(str(s.id), s.name, s.hue, s.probability) for s in stages}
        names = {value: (Deal.status.named(value), Deal.status.hues[value]) for value in CLOSED}
        return lanes | {key: Lane(key, *names[key]) for key in CLOSED}

    def _where(self) -> list:
        """The conditions of the filters, beside stage and status."""
        found = [Deal.pipeline == (self.wanted.pipeline.id if self.wanted.pipeline else 0)]
        owner = self.wanted.owner if "owner" not in self.deals.hidden(self.user) else ""
        if owner == "none":
            found.append(Deal.owner.is_null())
        elif owner == "me" or owner.isdecimal():
            found.append(Deal.owner == (self.user.id if owner == "me" else int(owner)))
        return found

    def _closes(self) -> list:
        hidden = "expected_close" in self.deals.hidden(self.user)
        days = None if hidden else close_range(self.wanted.close)
        return [Deal.expected_close.between(*days)] if days else []

    def _count(self, lanes: dict[str, Lane]) -> None:
        """Numbers and sums of every column: one query for the open ones, one for what was closed this month."""
        sum_, rotting = peewee.fn.SUM, peewee.Case(None, [(Deal.rots_at < self.now, 1)], 0)
        value = peewee.fn.COALESCE(Deal.value, 0)
        columns = (
            Deal.amount_currency,
            peewee.fn.COUNT(Deal.id),
            sum_(Deal.amount),
            sum_(value * peewee.fn.COALESCE(Deal.probability, 0)),
            sum_(rotting),
            sum_(rotting * value),
            sum_(peewee.Case(None, [(Deal.amount.is_null(False) & Deal.value.is_null(), 1)], 0)),
        )
        open_ = self.deals.query(self.user, Deal.stage, *columns).where(
            Deal.status == "open", *self._where(), *self._closes()
        )
        closed = self.deals.query(self.user, Deal.status, *columns).where(
            Deal.status << CLOSED, Deal.closed_at >= self.month, *self._where()
        )
        by_stage = open_.group_by(Deal.stage, Deal.amount_currency).tuples()
        by_status = closed.group_by(Deal.status, Deal.amount_currency).tuples()
        rows = [*by_stage, *by_status]
        for key, currency, count, amount, weighted, rots, risk, unrated in rows:
            lane = lanes.get(str(key))
            if lane is None:
                continue
            lane.count += count
            if currency:
                lane.sums[currency] = lane.sums.get(currency, 0) + int(amount or 0)
            lane.weighted += int(weighted or 0) // 100
            lane.rotting += int(rots or 0)
            lane.at_risk += int(risk or 0)
            lane.unrated += int(unrated or 0)

    def _fill(self, wanted: dict[str, tuple[Lane, str]]) -> None:
        """Read the next cards of columns and the names on them: three queries for all columns together."""
        union = None
        for key, (_lane, after) in wanted.items():
            one = self._next_ids(key, after)
            one = peewee.Select([one], [one.c.id])
            union = one if union is None else union.union_all(one)
        deals = records(Deal.select().where(Deal.id << union)) if union is not None else []
        self.deals.load_links(deals, ("contact", "organisation", "owner"))
        for key, (lane, _after) in wanted.items():
            mine = [d for d in deals if (str(d.stage_id) if d.status == "open" else d.status) == key]
            if key in CLOSED:
                mine.sort(key=lambda d: (d.closed_at, d.id), reverse=True)
            else:
                mine.sort(key=lambda d: (getattr(d, self.wanted.by.name), d.id))
            lane.cards, rest = mine[:CARDS], mine[CARDS:]
            last = lane.cards[-1] if lane.cards else None
            if rest and last is not None:
                closed = key in CLOSED
                mark = int(last.closed_at.timestamp()) if closed else getattr(last, self.wanted.by.name)
                lane.more = f"{mark}_{last.id}"

    def _next_ids(self, key: str, after: str):
        """A query of the ids of the next cards of a column, and one more."""
        query = self.deals.query(self.user, Deal.id).where(*self._where())
        mark = CURSOR.fullmatch(after)
        at = (int(mark[1]), int(mark[2])) if mark else None
        if key in CLOSED:
            query = query.where(Deal.status == key, Deal.closed_at >= self.month)
            if at:
                when = dt.datetime.fromtimestamp(min(max(at[0], 0), LAST * 1000), dt.UTC)
                query = query.where((Deal.closed_at < when) | ((Deal.closed_at == when) & (Deal.id < at[1])))
            query = query.order_by(Deal.closed_at.desc(), Deal.id.desc())
        else:
            query = query.where(Deal.stage == int(key), Deal.status == "open", *self._closes())
            if at:
                query = query.where((self.wanted.by > at[0]) | ((self.wanted.by == at[0]) & (Deal.id > at[1])))
            query = query.order_by(self.wanted.by, Deal.id)
        return query.limit(CARDS + 1).alias(f"lane_{key}")


def people_with_deals(user) -> list[tuple[int, str]]:
    """Those whose open deals the user may see: id and name. One query."""
    owners = resource_of(Deal).query(user, Deal.owner).where(Deal.status == "open")
    query = User.select(User.id, User.name).where(User.id << owners).order_by(User.name)
    return list(query.tuples())


__all__ = ["CARDS", "Board", "Lane", "Wanted", "close_range", "later", "people_with_deals"]
