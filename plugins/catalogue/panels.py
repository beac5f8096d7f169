"""What the catalogue shows at the side of a product and of a price list."""

from flask import render_template
from markupsafe import Markup

from core import N_, Panel, resource_of

from .models import Component, Price, PriceList, Product

#: Rows of a panel; the rest is a click away.
SHOWN = 20


def of_product(product, user) -> list[Panel]:
    """What a bundle is made of, and what the product costs on which list; a query each."""
    return [*_parts(product, user), *_prices(product, user)]


def _parts(product, user) -> list[Panel]:
    components, products = resource_of(Component), resource_of(Product)
    if not components.can(user, "view"):
        return []
    query = components.query(user, Component, Product).join(Product, on=Component.product)
    found = list(query.where(Component.bundle == product.id).order_by(Component.place, Component.id).limit(100))
    if not found and not components.can(user, "create"):
        return []
    for one in found:
        products.veil(user, [one.product])
    components.veil(user, found)
    body = render_template("catalogue/_parts_panel.html", parts=found, product=product, resource=components)
    count = len(found) or None
    return [Panel(N_("Made of"), Markup(body), components.icon, "teal", count, 10, "catalogue", "panel-parts")]


def _prices(product, user) -> list[Panel]:
    prices = resource_of(Price)
    if not prices.can(user, "view") or not resource_of(PriceList).can(user, "view"):
        return []
    query = prices.query(user, Price, PriceList).join(PriceList, on=Price.price_list)
    query = query.where(Price.product == product.id, PriceList.deleted_batch.is_null())
    found = list(query.order_by(PriceList.name_key, Price.min_quantity).limit(SHOWN + 1))
    if not found and not prices.can(user, "create"):
        return []
    resource_of(PriceList).veil(user, [row.price_list for row in found])
    prices.veil(user, found)
    body = render_template(
        "catalogue/_prices_panel.html",
        prices=found[:SHOWN],
        more=len(found) > SHOWN,
        by_list=True,
        resource=prices,
        filled={"product": product.id},
    )
    return [Panel(prices.plural, Markup(body), prices.icon, prices.hue, None, 20, "catalogue", "panel-prices")]


def of_list(price_list, user) -> list[Panel]:
    """The first prices of a list; one query."""
    prices, products = resource_of(Price), resource_of(Product)
    if not prices.can(user, "view") or not products.can(user, "view"):
        return []
    query = prices.query(user, Price, Product).join(Product, on=Price.product)
    query = query.where(Price.price_list == price_list.id, Product.deleted_batch.is_null())
    found = list(query.order_by(Product.name_key, Price.min_quantity).limit(SHOWN + 1))
    products.veil(user, [row.product for row in found])
    prices.veil(user, found)
    body = render_template(
        "catalogue/_prices_panel.html",
        prices=found[:SHOWN],
        more=len(found) > SHOWN,
        by_list=False,
        resource=prices,
        filled={"price_list": price_list.id},
    )
    count = f"{SHOWN}+" if len(found) > SHOWN else len(found)
    return [Panel(prices.plural, Markup(body), prices.icon, prices.hue, count, 20, "catalogue", "panel-prices")]
