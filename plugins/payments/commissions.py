"""Commission of channel partners: of the deals that they brought, due when those are won or as their customers pay.

And what of it was paid out.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

import peewee

from core import SYSTEM, html, listed, resource_of
from plugins.sales.models import Deal, Rate

from .ledger import rounded
from .models import Instalment, Payout
from .subjects import KINDS


@dataclass
class Line:
    """A won deal that a partner brought; sums in minor units of the firm's currency."""

    deal: Deal
    #: The commission as a whole, without what came back of the deal's orders; and what of it is due by now.
    whole: int
    due: int
    #: Percent of what was planned for the deal that is paid; None where nothing was planned.
    paid: int | None
    #: Percent of what was ordered that came back.
    back: int = 0


@dataclass
class Statement:
    """What a partner brought, gets and got; sums in minor units of the firm's currency."""

    lines: list[Line] = field(default_factory=list)
    #: What was paid out, the newest first, and how much that is in all.
    payouts: list[Payout] = field(default_factory=list)
    paid_out: int = 0
    #: Deals without a rate of commission, or in a currency without an exchange rate: they count nothing.
    unrated: int = 0

    @property
    def whole(self) -> int:
        return sum(line.whole for line in self.lines)

    @property
    def due(self) -> int:
        return sum(line.due for line in self.lines)

    @property
    def open(self) -> int:
        """What is due and not paid out yet; less than zero after an advance."""
        return self.due - self.paid_out


def statement_of(user, partner_id: int, but: Collection[int] = ()) -> Statement:
    """A partner's won deals and payouts that the user may see, the newest first, without the payouts `but`.

    Two queries for each kind that is paid for, two for what came back, and one for the payouts.
    """
    deals = resource_of(Deal)
    build, found = deals.build, Statement()
    query = deals.query(user).where(Deal.partner == partner_id, Deal.status == "won")
    won = list(query.order_by(Deal.closed_at.desc(), Deal.id.desc()))
    when_paid = build.options("payments")["commission_due"] == "paid"
    shares, kept = _shares(build, [deal.id for deal in won]), _kept(build, [deal.id for deal in won])
    for deal in won:
        if deal.value is None or deal.commission is None:
            found.unrated += 1
            continue
        sold = deal.value * Decimal(deal.commission) / 100
        whole = rounded(sold * kept.get(deal.id, 1))
        planned, paid = shares.get(deal.id, (0, 0))
        # Who pays only what they kept has paid for all of it.
        due = whole if not when_paid else min(whole, int(sold * paid / planned)) if planned else 0
        back = rounded(100 * (1 - kept.get(deal.id, Decimal(1))))
        found.lines.append(Line(deal, whole, due, 100 * paid // planned if planned else None, back))
    payouts = build.by_model[Payout].query(user).where(Payout.partner == partner_id, Payout.id.not_in(list(but)))
    found.payouts = list(payouts.order_by(Payout.on.desc(), Payout.id.desc()))
    rates = build.by_model[Rate]
    found.paid_out = sum(rates.convert(one.amount, one.amount_currency, one.on) or 0 for one in found.payouts)
    return found


def _kept(build, ids: list[int]) -> dict[int, Decimal]:
    """Deal id → which part of its orders the customer kept, from 0 to 1; of deals with returns alone."""
    orders, rates, today = build.resources.get("orders_order"), build.by_model[Rate], html.today()
    if orders is None or not ids:
        return {}
    model = orders.model
    mine = (model.deal << listed(ids), model.status != "cancelled", model.confirmed_at.is_null(False))
    back = orders.returned(SYSTEM, model.deal, *mine)
    if not back:
        return {}
    sums = model.select(model.deal, model.total_currency, peewee.fn.SUM(model.total))
    sums = sums.where(*mine, model.deleted_batch.is_null()).group_by(model.deal, model.total_currency)
    both: dict[int, list[int]] = {}
    for place, rows in enumerate((sums.tuples(), back)):
        for deal, currency, minor in rows:
            both.setdefault(deal, [0, 0])[place] += rates.convert(int(minor or 0), currency, today) or 0
    return {deal: max(Decimal(0), 1 - Decimal(gone) / all) for deal, (all, gone) in both.items() if gone and all}


def _shares(build, ids: list[int]) -> dict[int, tuple[int, int]]:
    """Deal id → what is planned for its contracts and orders, and what of it is paid; in the firm's currency."""
    rates, today, found = build.by_model[Rate], html.today(), {}
    for name in KINDS:
        resource = build.resources.get(name)
        if resource is None or "deal" not in resource.kinds:
            continue
        model = resource.model
        of = dict(
            model.select(model.id, model.deal).where(model.deal << listed(ids), model.deleted_batch.is_null()).tuples()
        )
        sums = Instalment.select(
            Instalment.record_id,
            Instalment.amount_currency,
            peewee.fn.SUM(Instalment.amount - Instalment.waived),
            peewee.fn.SUM(Instalment.paid),
        ).where(
            Instalment.resource == name, Instalment.record_id << listed(list(of)), Instalment.deleted_batch.is_null()
        )
        for record, currency, planned, paid in sums.group_by(Instalment.record_id, Instalment.amount_currency).tuples():
            had = found.get(of[record], (0, 0))
            both = (rates.convert(int(minor), currency, today) or 0 for minor in (planned, paid))
            found[of[record]] = tuple(a + b for a, b in zip(had, both, strict=True))
    return found
