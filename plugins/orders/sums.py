"""What lines come to, in minor units of their currency. Each line is rounded by itself, each tax rate once."""

import decimal
from collections.abc import Iterable
from typing import NamedTuple

HUNDRED = decimal.Decimal(100)


class Sums(NamedTuple):
    """`lines` before the discount on the whole, `off` that discount, `net` without tax, `tax`, `total` to be paid."""

    lines: int
    off: int
    net: int
    tax: int
    total: int
    #: Rate → tax, the rates that there are.
    by_rate: dict[decimal.Decimal, int]


def rounded(value: decimal.Decimal) -> int:
    return int(value.to_integral_value(decimal.ROUND_HALF_UP))


def amount_of(quantity, price: int | None, discount) -> int:
    """Quantity × price − discount, of one line."""
    left = 1 - decimal.Decimal(discount or 0) / HUNDRED
    return rounded(decimal.Decimal(quantity or 0) * (price or 0) * left)


def sums_of(lines: Iterable, discount, gross: bool) -> Sums:
    """The sums of lines (with `amount` and `tax`); `gross`: their prices include tax."""
    share = 1 - decimal.Decimal(discount or 0) / HUNDRED
    by_rate: dict[decimal.Decimal, int] = {}
    for line in lines:
        rate = decimal.Decimal(line.tax or 0)
        by_rate[rate] = by_rate.get(rate, 0) + (line.amount or 0)
    before = sum(by_rate.values())
    after = rounded(before * share)
    taxes = {}
    for rate, amount in by_rate.items():
        part = amount * share
        taxes[rate] = rounded(part * rate / (HUNDRED + rate)) if gross else rounded(part * rate / HUNDRED)
    tax = sum(taxes.values())
    net = after - tax if gross else after
    return Sums(before, before - after, net, tax, net + tax, {rate: n for rate, n in sorted(taxes.items()) if rate})
