"""A firm with the Catalogue on, on SQLite and on PostgreSQL."""

from core import fields
from core.trial import Trial
from plugins.catalogue.models import Product
from plugins.catalogue.pricing import price_of
from tests.trials import trial_of


class Shop(Trial):
    """A trial with products and price lists."""

    def product(self, name="Door", price="100 CNY", **values):
        return self.make("catalogue_product", name=name, price=price, **values)

    def list(self, name="Partners", currency="CNY", **values):
        return self.make("catalogue_price_list", name=name, currency=currency, **values)

    def row(self, price_list, product, price, **values):
        price = f"{price} {price_list.currency}"
        return self.make("catalogue_price", price_list=price_list, product=product, price=price, **values)

    def price(self, product, quantity=1, currency="CNY", **terms):
        """Price in minor units, and why."""
        if "day" in terms:
            terms["day"] = fields.parse_date(terms["day"])
        with self.acting("bo"):
            found = price_of(Product.get_by_id(product.id), quantity, currency=currency, **terms)
        return found.price and found.price.minor, found.why


shop = trial_of(Shop, "catalogue")
