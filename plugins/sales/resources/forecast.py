"""Targets and the forecast: what is won and foreseen against what was planned, by person."""

import datetime as dt
from dataclasses import dataclass, field

import peewee

from core import N_, SYSTEM, Problem, fields, html, names_of_users, resource_of, transaction

from ..models import Deal, Rate
from ..models.forecast import MONTHS, Snapshot, Target, day_after, first_day
from .common import Managed


class Targets(Managed):
    """Plans. A person sees their own and their team's; who sees everybody's records, all."""

    model, icon, hue, owner = Target, "target-arrow", "red", "person"
    label, plural = N_("Target"), N_("Targets")
    columns = ("person", "team", "product", "territory", "period", "start", "base", "stretch", "challenge")
    filters = ("period", "start", "person", "team")
    order = "-start"

    def new(self, user, **values):
        target = super().new(user, **values)
        if "person" not in values:
            target.person_id = None
        return target

    def visible(self, user):
        seen = super().visible(user)
        if seen is None or not self.can(user, "view") or user.team_id is None:
            return seen
        return seen | ((Target.team == user.team_id) & Target.person.is_null())

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = {}
        if get("person") and get("team"):
            errors["team"] = Problem(N_("A target is a person's or a team's, not both."), "sales")
        steps = [get(name) for name in ("base", "stretch", "challenge")]
        if len({amount[1] for amount in steps if amount}) > 1:
            errors["stretch"] = Problem(N_("Give all three in the same currency."), "sales")
        sums = [amount[0] for amount in steps if amount]
        if sums != sorted(sums) or any(s < 0 for s in sums):
            errors["challenge"] = Problem(N_("Base, stretch and challenge go upwards from zero."), "sales")
        if get("start") and get("period") and not errors:
            start = first_day(get("period"), get("start"))
            same = Target.select().where(
                _same(Target.person, get("person")),
                _same(Target.team, get("team")),
                _same(Target.territory, get("territory")),
                Target.product == (get("product") or ""),
                Target.period == get("period"),
                Target.start == start,
                Target.id != (record.id or 0),
                Target.deleted_batch.is_null(),
            )
            if same.exists():
                errors["start"] = Problem(N_("There is a target for this period already."), "sales")
        return errors

    def _apply(self, record, values):
        super()._apply(record, values)
        if record.start:
            record.start = first_day(record.period, record.start)

    def of_period(self, user, period: str, start: dt.date) -> dict[int, tuple[int, int, int]]:
        """Person's id (0: of nobody in particular) → base, stretch, challenge in the firm's minor units.

        Targets of the period itself, or the sums of shorter ones in it; those of products and territories are parts of
        these and left out. One query.
        """
        end = day_after(period, start)
        query = self.query(user).where(
            Target.start >= start, Target.start < end, Target.product == "", Target.territory.is_null()
        )
        by_person: dict[int, dict[str, list[Target]]] = {}
        for target in query:
            if MONTHS[target.period] <= MONTHS[period]:
                person = target.person_id or 0
                by_person.setdefault(person, {}).setdefault(target.period, []).append(target)
        return {person: self._sum(found[max(found, key=MONTHS.__getitem__)]) for person, found in by_person.items()}

    def _sum(self, targets) -> tuple[int, int, int]:
        rates = self.build.by_model[Rate]
        sums = [0, 0, 0]
        for target in targets:
            last = target.base
            for i, name in enumerate(("base", "stretch", "challenge")):
                minor = getattr(target, name)
                last = minor if minor is not None else last
                sums[i] += rates.convert(last, target.base_currency, target.start) or 0
        return tuple(sums)


def _same(column, value):
    return column.is_null() if value is None else column == value


@dataclass
class Line:
    """The forecast of one person; minor units of the firm's currency."""

    owner_id: int
    name: str
    won: int = 0
    committed: int = 0
    best: int = 0
    rest: int = 0
    #: Of what is open, by probability.
    expected: int = 0
    deals: int = 0
    unrated: int = 0
    target: tuple[int, int, int] | None = None

    @property
    def commit_sum(self) -> int:
        """Won, and as good as won."""
        return self.won + self.committed

    @property
    def best_case(self) -> int:
        return self.commit_sum + self.best

    @property
    def weighted(self) -> int:
        return self.won + self.expected

    @property
    def gap(self) -> int | None:
        """What is missing to the base target even if all that is committed comes; None without a target."""
        return None if self.target is None else max(0, self.target[0] - self.commit_sum)

    def add(self, other: "Line") -> None:
        """Count another line into this one."""
        for name in ("won", "committed", "best", "rest", "expected", "deals", "unrated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.target is not None:
            mine = self.target or (0, 0, 0)
            self.target = tuple(a + b for a, b in zip(mine, other.target, strict=True))


@dataclass
class Forecast:
    """A period's forecast: a line for each person, and all of them together."""

    period: str
    start: dt.date
    lines: list[Line] = field(default_factory=list)
    total: Line = field(default_factory=lambda: Line(0, ""))

    @property
    def last(self) -> dt.date:
        return day_after(self.period, self.start) - dt.timedelta(days=1)


def forecast(user, period: str, start: dt.date, names: bool = True) -> Forecast:
    """What the user may see of a period: four queries, however many deals there are."""
    found = Forecast(period, start)
    lines: dict[int, Line] = {}
    for owner, status, category, value, weighted, count, unrated in _sums(user, start, found.last):
        line = lines.setdefault(owner or 0, Line(owner or 0, ""))
        value = int(value or 0)
        line.deals += count
        line.unrated += int(unrated or 0)
        if status == "won":
            line.won += value
            continue
        name = {"commit": "committed", "best": "best", "pipeline": "rest"}.get(category)
        if name:
            setattr(line, name, getattr(line, name) + value)
            line.expected += int(weighted or 0) // 100
    if names:
        targets = resource_of(Target)
        planned = targets.of_period(user, period, start) if targets.can(user, "view") else {}
        for person in planned:
            lines.setdefault(person, Line(person, ""))
        known = names_of_users(lines)
        for id, line in lines.items():
            line.name, line.target = known.get(id, ""), planned.get(id)
    found.lines = sorted(lines.values(), key=lambda line: (-line.weighted, line.name))
    for line in found.lines:
        if line.owner_id or line.deals:
            found.total.add(line)
    # A target of nobody in particular is the firm's own, and counts instead of the sum of the people's.
    firm = next((line for line in found.lines if line.owner_id == 0 and line.target), None)
    if firm is not None:
        found.total.target, firm.target = firm.target, None
        found.lines = [line for line in found.lines if line.owner_id or line.deals]
    return found


def _sums(user, first: dt.date, last: dt.date) -> list[tuple]:
    """Sums of deals by owner, status and category: won in the period, and open ones that close in it."""
    deals, value = resource_of(Deal), peewee.fn.COALESCE(Deal.value, 0)
    lacking = peewee.Case(None, [(Deal.amount.is_null(False) & Deal.value.is_null(), 1)], 0)
    columns = (
        Deal.owner,
        Deal.status,
        Deal.forecast,
        peewee.fn.SUM(value),
        peewee.fn.SUM(value * peewee.fn.COALESCE(Deal.probability, 0)),
        peewee.fn.COUNT(Deal.id),
        peewee.fn.SUM(lacking),
    )
    won = (
        (Deal.status == "won")
        & (Deal.closed_at >= fields.start_of_day(first))
        & (Deal.closed_at <= fields.start_of_day(last, end=True))
    )
    open_ = (Deal.status == "open") & Deal.expected_close.between(first, last)
    rows: list[tuple] = []
    for condition in (won, open_):
        query = deals.query(user, *columns).where(condition)
        rows.extend(query.group_by(Deal.owner, Deal.status, Deal.forecast).tuples())
    return rows


def take_snapshot() -> int:
    """Keep today's forecast of this and the next month and quarter, by owner; how many rows. Again: the same rows."""
    today, count = html.today(), 0
    for period in ("month", "quarter"):
        start = first_day(period, today)
        for begin in (start, day_after(period, start)):
            found = forecast(SYSTEM, period, begin, names=False)
            where = (Snapshot.period == period) & (Snapshot.start == begin) & (Snapshot.day == today)
            rows = [
                (today, period, begin, line.owner_id, line.won, line.commit_sum, line.best_case, line.weighted)
                for line in found.lines
            ]
            names = [Snapshot.day, Snapshot.period, Snapshot.start, Snapshot.owner_id]
            names += [Snapshot.won, Snapshot.commit_sum, Snapshot.best, Snapshot.weighted]
            with transaction():
                Snapshot.delete().where(where).execute()
                if rows:
                    Snapshot.insert_many(rows, fields=names).execute()
            count += len(rows)
    return count


def as_foreseen(user, period: str, start: dt.date, most: int = 8) -> list[tuple[dt.date, int, int, int, int]]:
    """How the forecast of a period looked: day, won, commit, best case, weighted; of the owners in the user's scope.

    About `most` days, spread evenly, the newest first. One query.
    """
    sums = [peewee.fn.SUM(c) for c in (Snapshot.won, Snapshot.commit_sum, Snapshot.best, Snapshot.weighted)]
    query = Snapshot.select(Snapshot.day, *sums).where(Snapshot.period == period, Snapshot.start == start)
    owners = user.owners(resource_of(Deal).name)
    if owners is not None:
        query = query.where(Snapshot.owner_id << owners)
    rows = [(Snapshot.day.python_value(day), *map(int, rest)) for day, *rest in query.group_by(Snapshot.day).tuples()]
    rows.sort(reverse=True)
    step = max(1, -(-len(rows) // most))
    return rows[::step]
