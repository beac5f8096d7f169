"""Products, bundles and price lists on screens."""

import datetime as dt
from functools import partial

from core import N_, Invalid, Problem, Resource, hold

from . import plugin
from .models import Category, Component, Price, PriceList, Product, above

_ = plugin.gettext


class Managed(Resource):
    """What the firm sells at which price is for those to say whose role sees everything; all others read it."""

    def can(self, user, verb):
        return super().can(user, verb) and (verb in ("view", "export") or user.owners(self.name) is None)


class Categories(Managed):
    """Groups of products as a tree."""

    model, label, plural, icon, hue = Category, N_("Category"), N_("Categories"), "category", "teal"
    columns = ("name", "parent", "place")
    order = "name"

    def validate(self, user, record, values):
        parent = values.get("parent", record.parent_id)
        if record.id and parent and record.id in above(self.tree(), parent):
            return {"parent": Problem(N_("A category cannot be part of itself."), "catalogue")}
        return {}

    def tree(self) -> dict[int, int | None]:
        """Category id → the one that it is part of, of all that there are. One query."""
        query = Category.select(Category.id, Category.parent).where(Category.deleted_batch.is_null())
        return dict(query.tuples())


class Products(Managed):
    """What the firm sells."""

    model, label, plural, icon, hue = Product, N_("Product"), N_("Products"), "package", "teal"
    columns = ("name", "sku", "category", "unit", "price", "tax", "active")
    more_columns = ("cost", "created_at", "updated_at")
    fields = ("name", "sku", "category", "unit", "price", "cost", "tax", "active", "description")
    filters = ("category", "active", "name", "sku")
    search = ("sku",)
    order = "name"
    sample = {"tax": "13"}
    presets = ((N_("For sale"), "active=yes"), (N_("Not for sale any more"), "active=no"))
    list_template = "catalogue/products.html"

    def validate(self, user, record, values):
        errors = {}
        for name in ("price", "cost"):
            amount = values.get(name)
            if amount is not None and amount[0] < 0:
                errors[name] = Problem(N_("An amount cannot be less than zero."), "catalogue")
        sku = values.get("sku", record.sku)
        if sku:
            same = Product.select().where(
                Product.sku == sku, Product.deleted_batch.is_null(), Product.id != (record.id or 0)
            )
            if other := same.first():
                problem = N_("“%(name)s” has this SKU already.")
                errors["sku"] = Problem(problem, "catalogue", name=other.name)
        return errors

    def subtitle(self, record):
        return record.sku

    def components(self, ids) -> dict[int, list[Component]]:
        """Bundle id → its parts in order, with their products; for bundles among these products. One query."""
        query = (
            Component.select(Component, Product)
            .join(Product, on=Component.product)
            .where(Component.bundle << list(ids), Component.deleted_batch.is_null(), Product.deleted_batch.is_null())
            .order_by(Component.place, Component.id)
        )
        found: dict[int, list[Component]] = {}
        for component in query:
            found.setdefault(component.bundle_id, []).append(component)
        return found


class Components(Managed):
    """What bundles are made of."""

    model, label, plural, icon, hue = Component, N_("Part of a bundle"), N_("Parts of bundles"), "box-multiple", "teal"
    columns = ("bundle", "product", "quantity", "place")
    filters = ("bundle", "product")
    searched = False

    def validate(self, user, record, values):
        errors = {}
        quantity = values.get("quantity", record.quantity)
        if quantity is not None and quantity <= 0:
            errors["quantity"] = Problem(N_("A quantity is more than zero."), "catalogue")
        bundle, product = values.get("bundle", record.bundle_id), values.get("product", record.product_id)
        alive = Component.deleted_batch.is_null() & (Component.id != (record.id or 0))
        if bundle and bundle == product:
            errors["product"] = Problem(N_("A bundle cannot be part of itself."), "catalogue")
        elif Component.select().where(alive, Component.bundle == product).exists():
            errors["product"] = Problem(N_("This product is a bundle itself. Add its parts instead."), "catalogue")
        elif Component.select().where(alive, Component.product == bundle).exists():
            errors["bundle"] = Problem(N_("This product is part of a bundle, so it cannot be one."), "catalogue")
        return errors


class PriceLists(Managed):
    """Prices for whom, in which currency, and when."""

    model, label, plural, icon, hue = PriceList, N_("Price list"), N_("Price lists"), "tags", "orange"
    columns = ("name", "grade", "currency", "valid_from", "valid_until", "special", "active")
    filters = ("currency", "active", "valid_from")
    order = "name"
    sample = {"currency": "CNY"}

    def validate(self, user, record, values):
        errors = {}
        get = lambda name: values.get(name, getattr(record, name))  # noqa: E731
        first, last = get("valid_from"), get("valid_until")
        if first and last and last < first:
            errors["valid_until"] = Problem(N_("The last day is before the first."), "catalogue")
        elif get("active") and (other := self._other(record.id, get, first, last)):
            errors["valid_from"] = self._overlaps(other)
        return errors

    def write(self, pairs, batch, user=None):
        """Look once more at what is written: others may have saved a list since, and one batch may have several."""
        if batch.kind in ("undo", "demo"):
            return super().write(pairs, batch, user)
        hold(self.name)
        changed = super().write(pairs, batch, user)
        for record in changed:
            get = partial(getattr, record)
            if record.active and (other := self._other(record.id, get, record.valid_from, record.valid_until)):
                raise Invalid({"valid_from": self._overlaps(other)})
        return changed

    def _overlaps(self, other) -> Problem:
        problem = N_(
            "“%(name)s” holds for the same customers and currency (%(span)s). End one before the other begins,"
            " or make one a special offer."
        )
        return Problem(problem, "catalogue", name=other.name, span=span(other))

    def _other(self, id, get, first, last) -> PriceList | None:
        """A list that would say something else for the same customers on the same day."""
        same = PriceList.select().where(
            PriceList.active,
            PriceList.deleted_batch.is_null(),
            PriceList.currency == get("currency"),
            PriceList.special == bool(get("special")),
            PriceList.id != (id or 0),
        )
        if last:
            same = same.where(PriceList.valid_from.is_null() | (PriceList.valid_from <= last))
        if first:
            same = same.where(PriceList.valid_until.is_null() | (PriceList.valid_until >= first))
        grade = (get("grade") or "").casefold()
        return next((one for one in same.order_by(PriceList.id) if one.grade.casefold() == grade), None)


class Prices(Managed):
    """What products cost on the price lists."""

    model, label, plural, icon, hue = Price, N_("Price"), N_("Prices"), "tag", "orange"
    columns = ("price_list", "product", "min_quantity", "price")
    filters = ("price_list", "product")
    searched = False
    sample = {"price": "12.50 CNY"}

    def validate(self, user, record, values):
        errors = {}
        price, least = values.get("price"), values.get("min_quantity", record.min_quantity)
        found = PriceList.get_or_none(PriceList.id == values.get("price_list", record.price_list_id))
        if price is not None and price[0] < 0:
            errors["price"] = Problem(N_("An amount cannot be less than zero."), "catalogue")
        elif price is not None and found is not None and price[1] != found.currency:
            problem = N_("“%(name)s” is in %(currency)s. Give the price in it.")
            errors["price"] = Problem(problem, "catalogue", name=found.name, currency=found.currency)
        if least is None or least < 0:
            errors["min_quantity"] = Problem(N_("A quantity cannot be less than zero."), "catalogue")
        same = Price.select().where(
            Price.price_list == values.get("price_list", record.price_list_id),
            Price.product == values.get("product", record.product_id),
            Price.min_quantity == least,
            Price.deleted_batch.is_null(),
            Price.id != (record.id or 0),
        )
        if not errors and same.exists():
            problem = N_("“%(name)s” has a price of this product from this quantity on already. Change that one.")
            errors["min_quantity"] = Problem(problem, "catalogue", name=found.name if found else "")
        return errors


def span(price_list: PriceList) -> str:
    """From when until when a list holds, in words."""
    day = lambda d: d.isoformat() if d else "…"  # noqa: E731
    if not (price_list.valid_from or price_list.valid_until):
        return _("always")
    return f"{day(price_list.valid_from)} – {day(price_list.valid_until)}"


def holds(price_list: PriceList, day: dt.date) -> bool:
    """Whether a list is in use and holds on a day."""
    return (
        price_list.active
        and (price_list.valid_from is None or price_list.valid_from <= day)
        and (price_list.valid_until is None or price_list.valid_until >= day)
    )


#: Every Resource of the plugin.
ALL = [Products, Categories, Components, PriceLists, Prices]
