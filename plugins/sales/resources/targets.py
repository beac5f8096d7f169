"""Targets: what a person, a team, a territory or the firm wants to sell, of all or of one product."""

import datetime as dt

from core import N_, Problem, fold

from ..models import Rate
from ..models.forecast import MONTHS, Target, day_after, first_day
from .common import Managed

#: Base, stretch and challenge, in minor units of the firm's currency.
Steps = tuple[int, int, int]


def plus(one: Steps | None, other: Steps | None) -> Steps | None:
    """Both together; None where neither is planned."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(a + b for a, b in zip(one, other, strict=True))


class Plans:
    """The targets of a period by what they are for: way (firm, person, team, territory, product) → key → steps.

    Keys are ids; a product's is its folded name, and `names` has it as it was written. The firm's is None.
    """

    WAYS = ("firm", "person", "team", "territory", "product")

    def __init__(self):
        self._whole: dict[str, dict[object, Steps]] = {way: {} for way in self.WAYS}
        self._parts: dict[str, dict[object, Steps]] = {way: {} for way in self.WAYS}
        self.names: dict[str, str] = {}

    def put(self, person, team, territory, product: str, steps: Steps) -> None:
        """Take in a target; what people or teams plan of a territory or a product is a part of it."""
        way, key = "firm", None
        for name, value in (("product", product), ("territory", territory), ("person", person), ("team", team)):
            if value:
                way, key = name, value
                break
        part = way in ("product", "territory") and (person or team)
        kept = (self._parts if part else self._whole)[way]
        kept[key] = plus(kept.get(key), steps)

    def of(self, way: str) -> dict:
        """What is planned that way; parts count where nothing is planned of the whole."""
        return self._parts[way] | self._whole[way]


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

        Targets of the period itself, or the sums of shorter ones in it. One of a product and a territory at once is
        a part of both and counted in neither.
        """
        end = day_after(period, start)
        found: dict[tuple, dict[str, list[Target]]] = {}
        for target in self.query(user).where(Target.start >= start, Target.start < end):
            if MONTHS[target.period] <= MONTHS[period] and not (target.product and target.territory_id):
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
