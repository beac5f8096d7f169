"""Quotes and their lines; a quote that was sent stays as it is, and is followed by another version."""

import secrets

import peewee

from core import N_, Base, Contact, Record, User, fields
from plugins.catalogue.models import Percent, Product
from plugins.sales.models import Deal

QUOTE_STATES = [
    ("draft", N_("Draft"), "gray"),
    ("sent", N_("Sent"), "blue"),
    ("accepted", N_("Accepted"), "green"),
    ("declined", N_("Declined"), "red"),
    ("expired", N_("Expired"), "orange"),
    ("replaced", N_("Replaced"), "gray"),
]
#: A bundle has the price, its parts are what is delivered; texts and headings have neither.
LINE_KINDS = [
    ("item", N_("Product")),
    ("bundle", N_("Bundle")),
    ("part", N_("Part of the bundle")),
    ("heading", N_("Heading")),
    ("text", N_("Text")),
]
PRICES = [("net", N_("Tax is added")), ("gross", N_("Prices include tax"))]
LANGUAGES = [("zh", "简体中文"), ("en", "English")]


def new_secret() -> str:
    """What nobody guesses: 24 bytes."""
    return secrets.token_urlsafe(24)


class Quote(Record):
    """What we offer to whom, at which price and until when; one row for each version."""

    title = fields.Text(label=N_("Subject"), required=True, max_length=200, index=True)
    #: Given when it is sent the first time, and shared by its versions.
    number = fields.Code(label=N_("Number"), max_length=60, index=True)
    revision = fields.Integer(label=N_("Version of the quote"), default=1)
    #: The version that this one replaces.
    previous = fields.Link("self", label=N_("Version before"), backref="next_quotes")
    status = fields.Choice(QUOTE_STATES, label=N_("Status"), default="draft")
    contact = fields.Link(Contact, label=N_("Customer"), required=True, backref="quotes")
    attention = fields.Link(Contact, label=N_("For the attention of"), backref="attention_quotes")
    deal = fields.Link(Deal, label=N_("Deal"), backref="quotes")
    owner = fields.Link(User, label=N_("Owner"), index=False)
    day = fields.Date(label=N_("Date"))
    valid_until = fields.Date(label=N_("Valid until"))
    currency = fields.Currency(label=N_("Currency"), required=True)
    prices = fields.Choice(PRICES, label=N_("Prices"), default="net", required=True)
    language = fields.Choice(LANGUAGES, label=N_("Language"), default="zh", required=True)
    discount = Percent(label=N_("Discount on the whole (%)"))
    intro = fields.LongText(label=N_("Words above the lines"), max_length=8000)
    terms = fields.LongText(label=N_("Terms"), max_length=20_000)
    note = fields.LongText(label=N_("Notes of our own"), help=N_("The customer does not see them."), max_length=20_000)
    #: Derived from the lines: before tax, tax, to be paid; and the total in the firm's currency (minor units).
    net = fields.Money(label=N_("Net"))
    tax = fields.Money(label=N_("Tax"))
    total = fields.Money(label=N_("Total"))
    value = peewee.BigIntegerField(null=True)
    sent_at = fields.DateTime(label=N_("Sent"), sortable=True)
    viewed_at = fields.DateTime(label=N_("First read by the customer"))
    decided_at = fields.DateTime(label=N_("Answered"))
    #: Who answered by the link, or to whom of us the customer said it; and from which address.
    decided_by = fields.Text(label=N_("Answered by"), max_length=160)
    decided_from = fields.Text(label=N_("Answered from address"), max_length=60)
    reason = fields.Text(label=N_("Why it was declined"), max_length=1000)
    #: Its public address: `/orders/q/<secret>`.
    secret = peewee.CharField(max_length=60, default=new_secret, unique=True)

    class Meta:
        indexes = (
            (("owner", "status"), False),
            (("status", "valid_until"), False),
            (("status", "sent_at"), False),
        )

    def __str__(self):
        number = f"{self.number} v{self.revision}" if self.revision > 1 else self.number
        return f"{number} · {self.title}" if number else self.title

    @property
    def is_draft(self) -> bool:
        return self.status == "draft"


Quote.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "orders_quote_version_once" ON "orders_quote" ("number", "revision")'
        ' WHERE "deleted_batch" IS NULL AND "number" <> \'\''
    )
)


class Line(Record):
    """A line of a quote or an order. The price is of one unit, in the document's currency."""

    place = fields.Integer(label=N_("Place"), default=0)
    kind = fields.Choice(LINE_KINDS, label=N_("Kind"), default="item", required=True)
    text = fields.LongText(label=N_("Text"), max_length=4000)
    quantity = fields.Number(label=N_("Quantity"), default=1)
    unit = fields.Text(label=N_("Unit"), max_length=20, personal=False)
    price = fields.Money(label=N_("Price"))
    discount = Percent(label=N_("Discount (%)"))
    tax = Percent(label=N_("Tax (%)"))
    #: Derived: quantity × price − discount.
    amount = fields.Money(label=N_("Amount"))
    #: Why it has the price that it has, as `price_of` said.
    why = fields.Text(label=N_("Price from"), max_length=300, personal=False)

    def __str__(self):
        return self.text.partition("\n")[0][:120]


class QuoteLine(Line):
    """A line of a quote."""

    quote = fields.Link(Quote, label=N_("Quote"), required=True, backref="lines", index=False)
    product = fields.Link(Product, label=N_("Product"), backref="quote_lines")

    class Meta:
        indexes = ((("quote", "place", "id"), False),)


class Comment(Record):
    """What the customer wrote on the quote's page, or we answered there."""

    quote = fields.Link(Quote, label=N_("Quote"), required=True, backref="comments")
    contact = fields.Link(Contact, label=N_("Contact"))
    text = fields.LongText(label=N_("Comment"), required=True, max_length=4000)
    #: As the visitor gave it; empty for one of us.
    name = fields.Text(label=N_("Name"), max_length=160)
    author = fields.Link(User, label=N_("By"), index=False)
    address = fields.Text(label=N_("From address"), max_length=60)


class Letterhead(Record):
    """What stands on the documents of a language: the firm's address, bank account and terms; its logo is a file."""

    title = fields.Text(label=N_("Name of the firm, as printed"), max_length=160, personal=False)
    language = fields.Choice(LANGUAGES, label=N_("Language"), help=N_("Empty: for every language."))
    sender = fields.LongText(
        label=N_("Address, phone, bank account"), help=N_("Printed at the foot."), max_length=2000, personal=False
    )
    terms = fields.LongText(label=N_("Terms"), help=N_("Every new quote begins with them."), max_length=20_000)


class Visit(Base):
    """Something that a stranger sent, for the limit per address; the address is kept as a hash for a day."""

    at = fields.DateTime(index=True)
    visitor = peewee.CharField(max_length=64, index=True)
