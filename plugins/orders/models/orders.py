"""Orders, their lines, and what was delivered of them and came back."""

import peewee

from core import N_, Contact, Record, User, fields
from plugins.catalogue.models import Percent, Product
from plugins.sales.models import Deal

from .quotes import LANGUAGES, PRICES, Line, Quote, new_secret

ORDER_STATES = [
    ("draft", N_("Draft"), "gray"),
    ("confirmed", N_("Confirmed"), "blue"),
    ("partial", N_("Delivered in part"), "cyan"),
    ("delivered", N_("Delivered"), "teal"),
    ("closed", N_("Closed"), "green"),
    ("cancelled", N_("Cancelled"), "red"),
]


class Order(Record):
    """What a customer ordered. `total` and `total_currency` are what is to be paid, in minor units."""

    title = fields.Text(label=N_("Subject"), required=True, max_length=200, index=True)
    #: Given when it is confirmed.
    number = fields.Code(label=N_("Number"), max_length=60, index=True)
    status = fields.Choice(ORDER_STATES, label=N_("Status"), default="draft")
    contact = fields.Link(Contact, label=N_("Customer"), required=True, backref="orders")
    attention = fields.Link(Contact, label=N_("For the attention of"), backref="attention_orders")
    deal = fields.Link(Deal, label=N_("Deal"), backref="orders")
    quote = fields.Link(Quote, label=N_("Quote"), backref="orders")
    owner = fields.Link(User, label=N_("Owner"), index=False)
    day = fields.Date(label=N_("Date"), index=True)
    due = fields.Date(label=N_("Delivery wanted by"), index=True)
    reference = fields.Text(label=N_("The customer's order number"), max_length=80)
    ship_to = fields.LongText(label=N_("Deliver to"), max_length=1000)
    currency = fields.Currency(label=N_("Currency"), required=True)
    prices = fields.Choice(PRICES, label=N_("Prices"), default="net", required=True)
    language = fields.Choice(LANGUAGES, label=N_("Language"), default="zh", required=True)
    discount = Percent(label=N_("Discount on the whole (%)"))
    intro = fields.LongText(label=N_("Words above the lines"), max_length=8000)
    terms = fields.LongText(label=N_("Terms"), max_length=20_000)
    note = fields.LongText(label=N_("Notes of our own"), help=N_("The customer does not see them."), max_length=20_000)
    #: Derived, as on a quote.
    net = fields.Money(label=N_("Net"))
    tax = fields.Money(label=N_("Tax"))
    total = fields.Money(label=N_("Total"))
    value = peewee.BigIntegerField(null=True)
    confirmed_at = fields.DateTime(label=N_("Confirmed"), sortable=True)
    closed_at = fields.DateTime(label=N_("Closed"))
    #: Given with the form that makes it: a second press of the button finds the first one by it.
    secret = peewee.CharField(max_length=60, default=new_secret, unique=True)

    class Meta:
        indexes = (
            (("owner", "status"), False),
            (("status", "due"), False),
            (("status", "confirmed_at"), False),
        )

    def __str__(self):
        return f"{self.number} · {self.title}" if self.number else self.title

    @classmethod
    def newest_of_contact(cls):
        """An expression inside a query of Contact: when each one ordered last, for themselves or for their firm."""
        whose = (cls.contact == Contact.id) | (cls.attention == Contact.id)
        ordered = cls.confirmed_at.is_null(False) & (cls.status != "cancelled") & cls.deleted_batch.is_null()
        return cls.select(peewee.fn.MAX(cls.confirmed_at)).where(whose, ordered)

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"

    @property
    def is_running(self) -> bool:
        """Whether something may still be delivered."""
        return self.status in ("confirmed", "partial")


# Never twice: of two clicks on "accept" the second one meets this, and finds the order of the first.
Order.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "orders_order_quote_once" ON "orders_order" ("quote_id") WHERE "deleted_batch" IS NULL'
    )
)
Order.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "orders_order_number_once" ON "orders_order" ("number")'
        ' WHERE "deleted_batch" IS NULL AND "number" <> \'\''
    )
)


class OrderLine(Line):
    """A line of an order; and how much of it was delivered and came back."""

    order = fields.Link(Order, label=N_("Order"), required=True, backref="lines", index=False)
    product = fields.Link(Product, label=N_("Product"), backref="order_lines")
    #: Derived from the deliveries.
    delivered = fields.Number(label=N_("Delivered"), default=0)
    returned = fields.Number(label=N_("Came back"), default=0)

    class Meta:
        indexes = ((("order", "place", "id"), False),)

    @property
    def is_goods(self) -> bool:
        """Whether it is something to deliver."""
        return self.kind in ("item", "part")

    @property
    def open(self):
        """How much is still to be delivered; what came back is not sent again by itself."""
        return max(self.quantity - self.delivered, 0)


class Delivery(Record):
    """Goods on their way to the customer, or back."""

    number = fields.Code(label=N_("Number"), required=True, max_length=60, index=True)
    order = fields.Link(Order, label=N_("Order"), required=True, backref="deliveries")
    contact = fields.Link(Contact, label=N_("Customer"))
    kind = fields.Choice(
        [("delivery", N_("Delivery"), "teal"), ("return", N_("Return"), "orange")],
        label=N_("Kind"),
        default="delivery",
        required=True,
    )
    day = fields.Date(label=N_("Day"), required=True, index=True)
    carrier = fields.Text(label=N_("Carrier and tracking number"), max_length=200)
    note = fields.LongText(label=N_("Note"), max_length=4000)
    by = fields.Link(User, label=N_("By"), index=False)


class DeliveryLine(Record):
    """How much of an order's line a delivery had."""

    delivery = fields.Link(Delivery, label=N_("Delivery"), required=True, backref="lines")
    line = fields.Link(OrderLine, label=N_("Line"), required=True, backref="deliveries")
    quantity = fields.Number(label=N_("Quantity"), required=True)

    def __str__(self):
        return f"{self.delivery} · {self.line}"
