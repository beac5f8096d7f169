"""Catalogue: products in categories, bundles, and price lists with one rule of which price wins."""

from core import N_, ActionLink, NavItem, Plugin, hookimpl, resource_of

plugin = Plugin(
    name="catalogue",
    title=N_("Catalogue"),
    summary=N_("Products in categories, bundles, and price lists by customer grade, currency, date and quantity."),
    icon="packages",
    hue="teal",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .models import Product  # noqa: E402
from .panels import of_list, of_product  # noqa: E402
from .resources import ALL, PriceLists, Products  # noqa: E402


@hookimpl
def resources():
    return ALL


@hookimpl
def demo_data(demo):
    fill(demo)


@hookimpl
def nav_items(user):
    """Products; categories and price lists are a tab away."""
    products = resource_of(Product)
    if not products.can(user, "view"):
        return []
    return [NavItem(N_("Products"), products.base, products.icon, "Sales", 60, "catalogue")]


@hookimpl
def quick_actions(user):
    products = resource_of(Product)
    if not products.can(user, "create"):
        return []
    return [ActionLink(N_("Product"), products.url("new"), products.icon, 40, "catalogue")]


@hookimpl
def record_panels(resource, record, user):
    """What a product is made of and what it costs whom; the prices of a list. Two queries at most."""
    if isinstance(resource, Products):
        return of_product(record, user)
    return of_list(record, user) if isinstance(resource, PriceLists) else []
