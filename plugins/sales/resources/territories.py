"""Territories, and what other currencies are worth."""

import datetime as dt
import decimal

from core import N_, Problem, fields, html, transaction

from ..models import Deal, Rate, Territory
from .common import Kept


class Territories(Kept):
    """Regions as a tree."""

    model, label, plural, icon, hue = Territory, N_("Territory"), N_("Territories"), "map-2", "green"
    columns = ("name", "parent", "owner")
    fields = ("name", "parent", "owner", "regions")
    order = "id"

    def ways(self, user):
        """Everybody reads them, whoever is responsible."""
        return []

    def of_region(self, region: str) -> Territory | None:
        """The territory that names a region; the deepest one where several do."""
        folded = region.strip().casefold()
        found = [t for t in self.all().values() if folded and folded in t.names]
        return max(found, key=lambda t: len(self.above(t)), default=None)

    def above(self, territory) -> list[int]:
        """The ids from a territory up to the top of the tree, its own first."""
        ids: list[int] = []
        while territory is not None and territory.id not in ids:
            ids.append(territory.id)
            territory = self.all().get(territory.parent_id)
        return ids

    def below(self, id: int) -> list[int]:
        """The ids of a territory and of all under it."""
        return [t.id for t in self.all().values() if id in self.above(t)]

    def choices(self, user):
        names = {}
        for territory in self.all().values():
            way = [self.all()[id].name for id in reversed(self.above(territory))]
            names[territory.id] = " / ".join(way)
        return [("", sorted(names.items(), key=lambda pair: pair[1]))]

    def validate(self, user, record, values):
        parent = self.one(values.get("parent", record.parent_id))
        if record.id and parent is not None and record.id in self.above(parent):
            return {"parent": Problem(N_("A territory cannot be part of itself."), "sales")}
        return {}


class Rates(Kept):
    """What other currencies are worth in the firm's own, from a day on."""

    model, label, plural, icon, hue = Rate, N_("Exchange rate"), N_("Exchange rates"), "currency", "green"
    columns = ("currency", "day", "rate")
    sample = {"currency": "USD"}
    order = "-day"

    def in_order(self):
        return (Rate.day.desc(), Rate.id)

    def validate(self, user, record, values):
        errors = {}
        if (rate := values.get("rate", record.rate)) is not None and rate <= 0:
            errors["rate"] = Problem(N_("A rate is more than zero."), "sales")
        code, day = values.get("currency", record.currency), values.get("day", record.day)
        if code and code == self.build.firm["currency"]:
            errors["currency"] = Problem(N_("This is the firm's own currency, which needs no rate."), "sales")
        same = Rate.select().where(
            Rate.currency == code, Rate.day == day, Rate.deleted_batch.is_null(), Rate.id != (record.id or 0)
        )
        if code and day and same.exists():
            errors["day"] = Problem(N_("There is a rate for this currency and day already."), "sales")
        return errors

    def of(self, currency: str, day: dt.date) -> decimal.Decimal | None:
        """What one unit is worth on a day: the newest rate up to it, else the first one there is; None without any."""
        if currency == self.build.firm["currency"]:
            return decimal.Decimal(1)
        rates = [r for r in self.all().values() if r.currency == currency]  # newest first
        found = next((r for r in rates if r.day <= day), rates[-1] if rates else None)
        return decimal.Decimal(found.rate) if found else None

    def convert(self, minor: int | None, currency: str, day: dt.date) -> int | None:
        """Minor units of a currency as minor units of the firm's own; None without an amount or a rate."""
        if minor is None:
            return None
        firm = self.build.firm["currency"]
        if currency == firm or not currency:
            return minor
        rate = self.of(currency, day)
        if rate is None:
            return None
        shift = digits(firm) - digits(currency)
        return int((decimal.Decimal(minor) * rate).scaleb(shift).to_integral_value(decimal.ROUND_HALF_UP))

    def _after(self, records, change, user):
        super()._after(records, change, user)
        self.renew({r.currency for r in records})

    def renew(self, currencies: set[str]) -> None:
        """Bring the values of deals in these currencies up to date, in the caller's transaction."""
        query = Deal.select(Deal.id, Deal.amount, Deal.amount_currency, Deal.status, Deal.closed_at)
        wanted: dict[int | None, list[int]] = {}
        for id, amount, currency, status, closed in query.where(Deal.amount_currency << list(currencies)).tuples():
            wanted.setdefault(self.convert(amount, currency, day_of(status, closed)), []).append(id)
        with transaction():
            for value, ids in wanted.items():
                for start in range(0, len(ids), 500):
                    Deal.update(value=value).where(Deal.id << ids[start : start + 500]).execute()


def day_of(status: str, closed_at) -> dt.date:
    """The day whose rate counts for a deal: of its closing, or today while it is open."""
    return closed_at.date() if status != "open" and closed_at else html.today()


def whole(minor: int, currency: str) -> str:
    """An amount as people read it where cents do not matter."""
    unit = 10 ** digits(currency)
    return html.money((minor + unit // 2) // unit * unit, currency)


def digits(currency: str) -> int:
    """How many decimals a currency has."""
    return len(str(fields.parse_money("1", currency).minor)) - 1
