"""Which price wins.

Of the price lists in the currency that hold on the day, for the customer's grade or for all, the first one that has the
product from this quantity on: special offers before ordinary lists, then lists for the grade before lists for all. On
that list, the row with the largest quantity that is reached. Where no list has it, the product's own list price; in
another currency, converted when the caller knows how. Otherwise there is no price.
"""

import datetime as dt
import decimal
from collections.abc import Callable, Iterable
from typing import NamedTuple

from core import chunks, fields, html, records

from . import plugin
from .models import Price, PriceList, Product
from .resources import holds

_ = plugin.gettext

#: `(minor units, from currency, to currency, day)` → minor units, or None without a rate.
Convert = Callable[[int, str, str, dt.date], int | None]


class Priced(NamedTuple):
    """A price and why it is this one, a sentence in the reader's language; `price` is None where there is none."""

    price: fields.Amount | None
    why: str
    row: Price | None = None


def price_of(
    product: Product,
    quantity: decimal.Decimal | int = 1,
    *,
    currency: str,
    grade: str = "",
    day: dt.date | None = None,
    convert: Convert | None = None,
) -> Priced:
    """What a product costs a customer of a grade. Two queries; for many lines at once see `prices_of`."""
    return prices_of([(product, quantity)], currency=currency, grade=grade, day=day, convert=convert)[0]


def prices_of(
    wanted: Iterable[tuple[Product, decimal.Decimal | int]],
    *,
    currency: str,
    grade: str = "",
    day: dt.date | None = None,
    convert: Convert | None = None,
) -> list[Priced]:
    """A `Priced` for each `(product, quantity)`, in their order: two queries for up to 900 products."""
    wanted, day = list(wanted), day or html.today()
    lists = _lists(currency, grade, day)
    rows: dict[int, list[Price]] = {}
    for chunk in chunks({product.id for product, _ in wanted} if lists else (), 900):
        query = Price.select().where(
            Price.product << chunk, Price.price_list << [one.id for one in lists], Price.deleted_batch.is_null()
        )
        for row in records(query):
            rows.setdefault(row.product_id, []).append(row)
    return [
        _from_lists(rows.get(product.id, ()), lists, quantity) or _own(product, currency, day, convert)
        for product, quantity in wanted
    ]


def _lists(currency: str, grade: str, day: dt.date) -> list[PriceList]:
    """The lists that may say a price, those that win first."""
    grade = grade.casefold()
    query = PriceList.select().where(
        PriceList.currency == currency, PriceList.active, PriceList.deleted_batch.is_null()
    )
    found = [one for one in query if holds(one, day) and one.grade.casefold() in ("", grade)]
    return sorted(found, key=lambda one: (not one.special, not one.grade, -one.id))


def _from_lists(rows, lists, quantity) -> Priced | None:
    for price_list in lists:
        reached = [r for r in rows if r.price_list_id == price_list.id and r.min_quantity <= quantity]
        if reached:
            row = max(reached, key=lambda r: r.min_quantity)
            why = price_list.name
            if row.min_quantity > 1:
                why = _("%(name)s, from %(n)s on", name=why, n=Price.min_quantity.text(row.min_quantity))
            return Priced(Price.price.get(row), why, row)
    return None


def _own(product: Product, currency: str, day: dt.date, convert: Convert | None) -> Priced:
    if product.price is None:
        return Priced(None, _("The product has no price."))
    if product.price_currency == currency:
        return Priced(Product.price.get(product), _("List price"))
    minor = convert(product.price, product.price_currency, currency, day) if convert else None
    if minor is None:
        return Priced(None, _("There is no price in %(currency)s.", currency=currency))
    why = _("List price, converted from %(currency)s", currency=product.price_currency)
    return Priced(fields.Amount(minor, currency), why)
