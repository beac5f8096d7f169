"""The forecast: what is won and foreseen against what was planned, by person, team, territory or product."""

import datetime as dt
from dataclasses import dataclass, field

import peewee

from core import N_, SYSTEM, User, fields, fold, html, names_of_users, resource_of, transaction

from ..models import Deal, Territory
from ..models.forecast import Snapshot, Target, day_after, first_day
from .products import deal_products
from .targets import Plans, Steps, Who, larger, plus, together

Team = User.team.rel_model

#: The ways in which a forecast is divided, and what the page calls them.
WAYS = {
    "person": N_("By person"),
    "team": N_("By team"),
    "territory": N_("By territory"),
    "product": N_("By product"),
}
#: A deal's category in the forecast → the part of a line that it counts into.
PARTS = {"commit": "committed", "best": "best", "pipeline": "rest"}


@dataclass
class Line:
    """The forecast of a person, a team, a territory or a product; minor units of the firm's currency."""

    #: 0: of none. None: something with a target that is no longer there.
    key: int | None
    name: str = ""
    won: int = 0
    committed: int = 0
    best: int = 0
    rest: int = 0
    #: Of what is open, by probability; in hundredths of minor units, so that parts add up to the whole.
    expected: int = 0
    deals: int = 0
    unrated: int = 0
    target: Steps | None = None
    #: How deep in a tree; a line has what is below it in it.
    depth: int = 0
    #: The owners or territories that its sums come from.
    ids: set[int | None] = field(default_factory=set)

    @property
    def commit_sum(self) -> int:
        """Won, and as good as won."""
        return self.won + self.committed

    @property
    def best_case(self) -> int:
        return self.commit_sum + self.best

    @property
    def weighted(self) -> int:
        return self.won + self.expected // 100

    @property
    def gap(self) -> int | None:
        """What is missing to the base target even if all that is committed comes; None without a target."""
        return None if self.target is None else max(0, self.target[0] - self.commit_sum)

    def count(self, status: str, category: str, value, weighted, deals=0, unrated=0) -> None:
        """Count the sums of some deals of one status and category."""
        self.deals += deals
        self.unrated += int(unrated or 0)
        if status == "won":
            self.won += int(value or 0)
        elif category in PARTS:
            setattr(self, PARTS[category], getattr(self, PARTS[category]) + int(value or 0))
            self.expected += int(weighted or 0)

    def add(self, other: "Line") -> None:
        """Count another line's sums into this one; its target is not."""
        for name in ("won", "committed", "best", "rest", "expected", "deals", "unrated"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.ids |= other.ids


@dataclass
class Forecast:
    """A period's forecast: its lines, and all of them together."""

    period: str
    start: dt.date
    by: str = "person"
    lines: list[Line] = field(default_factory=list)
    total: Line = field(default_factory=lambda: Line(0))

    @property
    def last(self) -> dt.date:
        return day_after(self.period, self.start) - dt.timedelta(days=1)


def forecast(user, period: str, start: dt.date, names: bool = True, by: str = "person") -> Forecast:
    """What the user may see of a period: as many queries however many deals there are.

    `by` is one of `WAYS`; every way comes to the same total. Without `names` there are neither names nor targets.
    """
    found, targets = Forecast(period, start, by), resource_of(Target)
    plans = targets.of_period(user, period, start) if names and targets.can(user, "view") else Plans()
    found.lines = DIVIDE[by](user, found, plans, names)
    for line in found.lines:
        if not line.depth:
            found.total.add(line)
    found.total.target = _planned(user, plans)
    return found


# The ways


def _by_person(user, found, plans, names) -> list[Line]:
    """Three queries, with the targets' one four."""
    lines: dict[int, Line] = {}
    for owner, *sums in _sums(user, found, Deal.owner):
        line = lines.setdefault(owner or 0, Line(owner or 0))
        line.ids.add(owner)
        line.count(*sums)
    planned = plans.of_people("person")
    for person in planned:
        lines.setdefault(person, Line(person))
    known = names_of_users(lines) if names else {}
    for id, line in lines.items():
        line.name, line.target = known.get(id, ""), planned.get(id)
    return _largest_first(lines.values())


def _by_team(user, found, plans, names) -> list[Line]:
    """A team has the teams below it in it. Four queries, with the targets' one five."""
    teams = {id: (name, parent) for id, name, parent in Team.select(Team.id, Team.name, Team.parent).tuples()}
    team_of = dict(User.select(User.id, User.team).tuples())
    own: dict[int, Line] = {}
    for owner, *sums in _sums(user, found, Deal.owner):
        team = team_of.get(owner)
        line = own.setdefault(team if team in teams else 0, Line(0))
        line.ids.add(owner)
        line.count(*sums)
    of_members: dict[int, Steps] = {}
    for person, steps in plans.of_people("person").items():
        team = team_of.get(person)
        team = team if team in teams else 0
        of_members[team] = plus(of_members.get(team), steps)
    return _tree(own, teams, plans.of_people("team"), of_members)


def _by_territory(user, found, plans, names) -> list[Line]:
    """A territory has those below it in it. Two queries, with the targets' one three; territories are kept."""
    known = {t.id: (t.name, t.parent_id) for t in resource_of(Territory).all().values()}
    own: dict[int, Line] = {}
    for territory, *sums in _sums(user, found, Deal.territory):
        line = own.setdefault(territory if territory in known else 0, Line(0))
        line.ids.add(territory)
        line.count(*sums)
    return _tree(own, known, plans.of_territories(), {}, plans.of_parts_of_territories())


def _by_product(user, found, plans, names) -> list[Line]:
    """Each deal's amount is divided among the products of its lines; what has none is the first line's, of key 0.

    The whole is summed for itself, in whole minor units, so that it is the same as by person.
    """
    whole, source = Line(0), deal_products()
    for _all, *sums in _sums(user, found, peewee.Value(0)):
        whole.count(*sums)
    lines: dict[int, Line] = {}
    won, open_ = closing(found.start, found.last)
    for product, status, category, value, weighted in source.sums(user, won | open_):
        line = lines.setdefault(product, Line(product))
        line.count(status, category, round(value or 0), round(weighted or 0))
    names = source.names(user)
    by_name = {fold(name): id for id, name in names.items()}
    for folded, steps in plans.of_products().items():
        id = by_name.get(folded)
        line = lines.setdefault(id or folded, Line(id, plans.names[folded]))
        line.target = steps
    for line in lines.values():
        line.name = names.get(line.key, line.name)
    rest = Line(0, deals=whole.deals, unrated=whole.unrated)
    for name in ("won", "committed", "best", "rest", "expected"):
        setattr(rest, name, getattr(whole, name) - sum(getattr(line, name) for line in lines.values()))
    found_lines = _largest_first(lines.values())
    if found_lines and _is_rounding(rest):
        found_lines[0].add(rest)
        return found_lines
    return [*found_lines, rest] if rest.deals else found_lines


#: How each way makes its lines.
DIVIDE = {"person": _by_person, "team": _by_team, "territory": _by_territory, "product": _by_product}


def _is_rounding(rest: Line) -> bool:
    """Whether a line is no more than what rounding leaves: a minor unit for each deal."""
    sums = (rest.won, rest.committed, rest.best, rest.rest, rest.expected // 100)
    return all(abs(n) <= rest.deals for n in sums)


def _largest_first(lines) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.weighted, line.name))


def _tree(own: dict[int, Line], known: dict[int, tuple], planned: dict, of_members: dict, parts=None) -> list[Line]:
    """Lines in the order of a tree, each with what is below it: of `known` (id → name, parent) those with anything.

    A target is the one that was `planned`, else what `of_members` and the branches below plan together, or what is
    planned of its `parts` if that is more.
    """
    below: dict[int, list[int]] = {}
    for id, (_name, parent) in known.items():
        below.setdefault(parent if parent in known else 0, []).append(id)

    def grow(id: int, depth: int) -> list[Line]:
        line = Line(id, known[id][0], depth=depth, target=of_members.get(id))
        line.add(own.get(id, Line(0)))
        branches = sorted((grow(child, depth + 1) for child in below.get(id, ())), key=_of_branch)
        for branch in branches:
            for first in branch[:1]:
                line.add(first)
                line.target = plus(line.target, first.target)
        line.target = planned.get(id) or larger(line.target, (parts or {}).get(id))
        return [line, *(one for branch in branches for one in branch)] if line.deals or line.target else []

    trees = sorted((grow(id, 0) for id in below.get(0, ())), key=_of_branch)
    rest = Line(0, target=of_members.get(0))
    rest.add(own.get(0, Line(0)))
    return [line for tree in trees for line in tree] + ([rest] if rest.deals or rest.target else [])


def _of_branch(branch: list[Line]) -> tuple:
    return (-branch[0].weighted, branch[0].name) if branch else (0, "")


def _planned(user, plans: Plans) -> Steps | None:
    """The target of all together: the firm's own, else what teams plan, and the people whose teams plan nothing.

    To somebody who sees only their own deals a team's target says nothing.
    """
    if plans.firm:
        return plans.firm
    owners, people = user.owners(resource_of(Deal).name), plans.of_people("person")
    teams = plans.of_people("team") if owners is None or len(owners) > 1 else {}
    if not teams:
        return together(people, lambda _person: None)
    parts = {Who("person", id): steps for id, steps in people.items()}
    return together(parts | {Who("team", id): steps for id, steps in teams.items()}, plans.teams.above)


# Sums of deals


def closing(first: dt.date, last: dt.date) -> tuple[peewee.Expression, peewee.Expression]:
    """The conditions of deals that were won in these days, and of open ones that are expected to close in them."""
    won = (
        (Deal.status == "won")
        & (Deal.closed_at >= fields.start_of_day(first))
        & (Deal.closed_at <= fields.start_of_day(last, end=True))
    )
    return won, (Deal.status == "open") & Deal.expected_close.between(first, last)


def _sums(user, found: Forecast, by) -> list[tuple]:
    """By a column, status and category: value, weighted (in hundredths), deals, deals without a rate. Two queries."""
    deals, value = resource_of(Deal), peewee.fn.COALESCE(Deal.value, 0)
    lacking = peewee.Case(None, [(Deal.amount.is_null(False) & Deal.value.is_null(), 1)], 0)
    columns = (
        peewee.fn.SUM(value),
        peewee.fn.SUM(value * peewee.fn.COALESCE(Deal.probability, 0)),
        peewee.fn.COUNT(Deal.id),
        peewee.fn.SUM(lacking),
    )
    groups = [Deal.status, Deal.forecast] if isinstance(by, peewee.Value) else [by, Deal.status, Deal.forecast]
    rows: list[tuple] = []
    for condition in closing(found.start, found.last):
        query = deals.query(user, by, Deal.status, Deal.forecast, *columns).where(condition)
        rows.extend(query.group_by(*groups).tuples())
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
                (today, period, begin, line.key, line.won, line.commit_sum, line.best_case, line.weighted)
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
