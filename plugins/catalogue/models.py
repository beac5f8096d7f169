"""What the firm sells: products in categories, what they are made of, and what they cost whom."""

import peewee

from core import N_, Problem, Record, fields, resource_of


class Percent(fields.Number):
    """From 0 to 100, with two decimals."""

    def __init__(self, *args, digits=5, decimals=2, **kwargs):
        super().__init__(*args, digits=digits, decimals=decimals, **kwargs)

    def parse(self, text, context=fields.NOBODY):
        value = super().parse(str(text).strip().removesuffix("%"), context)
        if value is not None and not 0 <= value <= 100:
            raise Problem(N_("“%(text)s” is not a percentage from 0 to 100."), "catalogue", text=str(text))
        return value

    def show(self, value):
        return "" if value is None else f"{super().show(value)}%"


class Category(Record):
    """A group of products; it may be part of a larger one."""

    name = fields.Text(label=N_("Category"), required=True, max_length=120, index=True, personal=False)
    parent = fields.Link("self", label=N_("Part of"), backref="subcategories")
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."))


class InCategory(fields.Link):
    """A link to a category; a filter by it finds what is in its parts, too."""

    def condition(self, values, context=fields.NOBODY):
        wanted = [self.parse(v, context) for v in values if v != "none"]
        found = [self.is_null()] if "none" in values else []
        if wanted:
            tree = resource_of(Category).tree()
            found.append(self << [id for id in tree if set(wanted) & set(above(tree, id))])
        return fields.any_of(found)


def above(tree: dict[int, int | None], id: int | None) -> list[int]:
    """The ids from a category up to the top, its own first."""
    found: list[int] = []
    while id is not None and id not in found:
        found.append(id)
        id = tree.get(id)
    return found


class Product(Record):
    """Something that the firm sells: goods, a service, or a bundle of others."""

    name = fields.Text(label=N_("Product"), required=True, max_length=200, index=True, personal=False)
    sku = fields.Text(label=N_("SKU"), max_length=60, index=True, personal=False)
    category = InCategory(Category, label=N_("Category"), backref="products")
    unit = fields.Text(label=N_("Unit"), max_length=20, help=N_("Such as piece, m², hour."), personal=False)
    price = fields.Money(label=N_("List price"), help=N_("What it costs where no price list says otherwise."))
    cost = fields.Money(label=N_("Cost"), help=N_("What it costs the firm itself, for margins."))
    tax = Percent(label=N_("Tax (%)"))
    active = fields.Bool(label=N_("For sale"), default=True)
    description = fields.LongText(label=N_("Description"), max_length=20_000, personal=False)

    class Meta:
        indexes = ((("active", "name_key"), False),)


Product.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "catalogue_product_sku_once" ON "catalogue_product" ("sku_key")'
        ' WHERE "deleted_batch" IS NULL AND "sku_key" <> \'\''
    )
)


class Component(Record):
    """A part of a bundle, and how many of it."""

    bundle = fields.Link(Product, label=N_("Bundle"), required=True, backref="components")
    product = fields.Link(Product, label=N_("Product"), required=True, backref="bundles")
    quantity = fields.Number(label=N_("Quantity"), required=True, default=1)
    place = fields.Integer(label=N_("Place"), default=0)

    def __str__(self):
        return f"{self.bundle} · {self.product}"


class PriceList(Record):
    """Prices for a grade of customers (or for all), in a currency, from a day to a day."""

    name = fields.Text(label=N_("Price list"), required=True, max_length=120, index=True, personal=False)
    grade = fields.Text(
        label=N_("Customer grade"), max_length=60, help=N_("Empty: for customers of every grade."), personal=False
    )
    currency = fields.Currency(label=N_("Currency"), required=True, index=True)
    valid_from = fields.Date(label=N_("Valid from"), help=N_("Empty: since ever."), index=True)
    valid_until = fields.Date(label=N_("Valid until"), help=N_("The last day. Empty: until further notice."))
    special = fields.Bool(label=N_("Special offer"), help=N_("Wins over ordinary price lists."))
    active = fields.Bool(label=N_("In use"), default=True)


class Price(Record):
    """What a product costs on a price list, from a quantity on."""

    price_list = fields.Link(PriceList, label=N_("Price list"), required=True, backref="prices", index=False)
    product = fields.Link(Product, label=N_("Product"), required=True, backref="prices", index=False)
    min_quantity = fields.Number(label=N_("From quantity"), default=1, help=N_("The price holds from so many on."))
    price = fields.Money(label=N_("Price"), required=True)

    class Meta:
        indexes = ((("product", "price_list", "min_quantity"), False),)

    def __str__(self):
        return f"{self.price_list} · {self.product}"


Price.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "catalogue_price_once"'
        ' ON "catalogue_price" ("price_list_id", "product_id", "min_quantity") WHERE "deleted_batch" IS NULL'
    )
)
