"""Targets: what a person, a team, a territory or the firm wants to sell, of all or of one product."""

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from core import N_, Problem, User, fold, resource_of

from ..models import Rate, Territory
from ..models.forecast import MONTHS, Target, day_after, first_day
from .common import Managed

Team = User.team.rel_model

#: Base, stretch and challenge, in minor units of the firm's currency.
Steps = tuple[int, int, int]


def plus(one: Steps | None, other: Steps | None) -> Steps | None:
    """Both together; None where neither is planned."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(a + b for a, b in zip(one, other, strict=True))


def larger(one: Steps | None, other: Steps | None) -> Steps | None:
    """The one that plans more, by its base; None where neither is planned."""
    return max((steps for steps in (one, other) if steps is not None), default=None)


def together(parts: dict, parent_of: Callable) -> Steps | None:
    """The sum of parts of a tree: what lies below another part is in that already. None where nothing is planned."""
    total = None
    for key, steps in parts.items():
        above, seen = parent_of(key), set()
        while above is not None and above not in parts and above not in seen:
            seen.add(above)
            above = parent_of(above)
        if above not in parts:
            total = plus(total, steps)
    return total


class Who(NamedTuple):
    """Whose target it is: a person's or a team's."""

    kind: str
    id: int


class TeamTree:
    """Who belongs to which team, and which team to which; read when it is asked for, with two queries."""

    @cached_property
    def _team_of(self) -> dict[int, int | None]:
        return dict(User.select(User.id, User.team).tuples())

    @cached_property
    def _parents(self) -> dict[int, int | None]:
        return dict(Team.select(Team.id, Team.parent).tuples())

    def above(self, who: Who) -> Who | None:
        """The team that a person or a team is part of."""
        team = (self._team_of if who.kind == "person" else self._parents).get(who.id)
        return None if team is None else Who("team", team)


class Plans:
    """The targets of a period: a cell for each, made of whose it is, its territory and its product; None for all.

    A product's key is its folded name, and `names` has it as it was written. A cell without a target of its own has
    what is planned of its parts: by people, by territory or by product, whichever plans most of it.
    """

    def __init__(self):
        self._cells: dict[tuple, Steps] = {}
        self.names: dict[str, str] = {}
        self.teams = TeamTree()

    def put(self, person, team, territory, product: str, steps: Steps) -> None:
        """Take in a target."""
        who = Who("person", person) if person else Who("team", team) if team else None
        self._cells[who, territory or None, product or None] = steps

    @property
    def firm(self) -> Steps | None:
        """What the firm as a whole is to sell."""
        return self._cells.get((None, None, None))

    def of_people(self, kind: str) -> dict[int, Steps]:
        """What is planned of all products and territories, by id of a person, or of a team."""
        found = {cell[0]: steps for cell, steps in self._cells.items() if cell[0] and cell[1:] == (None, None)}
        return {who.id: steps for who, steps in found.items() if who.kind == kind}

    def of_territories(self) -> dict[int, Steps]:
        """The territories' own targets."""
        return {cell[1]: steps for cell, steps in self._cells.items() if cell[::2] == (None, None) and cell[1]}

    def of_parts_of_territories(self) -> dict[int, Steps]:
        """What people, teams and products plan of each territory."""
        return {id: self._of_parts((None, id, None)) for id in self._values(1)}

    def of_products(self) -> dict[str, Steps]:
        """What is planned of each product, by its own target or by its parts."""
        return {name: self._of((None, None, name)) for name in self._values(2)}

    def _values(self, place: int, within: tuple = (None, None, None)) -> list:
        """What the cells within another one have at a place."""
        inside = (c for c in self._cells if all(w in (None, own) for w, own in zip(within, c, strict=True)))
        return list(dict.fromkeys(cell[place] for cell in inside if cell[place] is not None))

    def _of(self, cell: tuple) -> Steps | None:
        return self._cells[cell] if cell in self._cells else self._of_parts(cell)

    def _of_parts(self, cell: tuple) -> Steps | None:
        most = None
        for place, parent_of in enumerate((self.teams.above, _territory_above, lambda _product: None)):
            if cell[place] is None:
                values = self._values(place, cell)
                parts = {value: self._of((*cell[:place], value, *cell[place + 1 :])) for value in values}
                most = larger(most, together(parts, parent_of))
        return most


def _territory_above(id: int) -> int | None:
    territory = resource_of(Territory).all().get(id)
    return None if territory is None else territory.parent_id


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
            query = Target.select().where(
                _same(Target.person, get("person")),
                _same(Target.team, get("team")),
                _same(Target.territory, get("territory")),
                Target.period == get("period"),
                Target.start == start,
                Target.id != (record.id or 0),
                Target.deleted_batch.is_null(),
            )
            product = fold(get("product") or "")
            if any(fold(other.product) == product for other in query):
                errors["start"] = Problem(N_("There is a target for this period already."), "sales")
        return errors

    def _apply(self, record, values):
        super()._apply(record, values)
        if record.start:
            record.start = first_day(record.period, record.start)

    def of_period(self, user, period: str, start: dt.date) -> Plans:
        """What was planned for a period; one query.

        Targets of the period itself, or the sums of shorter ones in it.
        """
        end = day_after(period, start)
        found: dict[tuple, dict[str, list[Target]]] = {}
        for target in self.query(user).where(Target.start >= start, Target.start < end):
            if MONTHS[target.period] <= MONTHS[period]:
                whose = (target.person_id, target.team_id, target.territory_id, fold(target.product))
                found.setdefault(whose, {}).setdefault(target.period, []).append(target)
        plans = Plans()
        for whose, by_length in found.items():
            targets = by_length[max(by_length, key=MONTHS.__getitem__)]
            plans.put(*whose, self._sum(targets))
            plans.names.setdefault(whose[-1], targets[0].product)
        return plans

    def _sum(self, targets) -> Steps:
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
