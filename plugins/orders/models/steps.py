"""What happened with a quote or an order: the story that the contact's timeline tells."""

from core import N_, Contact, Record, User, fields

from .orders import Order
from .quotes import Quote

STEPS = [
    ("sent", N_("Quote sent"), "blue"),
    ("mailed", N_("Quote mailed"), "blue"),
    ("viewed", N_("Quote read"), "cyan"),
    ("accepted", N_("Quote accepted"), "green"),
    ("declined", N_("Quote declined"), "red"),
    ("expired", N_("Quote expired"), "orange"),
    ("ordered", N_("Ordered"), "blue"),
    ("confirmed", N_("Order confirmed"), "blue"),
    ("delivered", N_("Delivered"), "teal"),
    ("returned", N_("Came back"), "orange"),
    ("closed", N_("Order closed"), "green"),
    ("cancelled", N_("Order cancelled"), "red"),
]


class Step(Record):
    """One step of a quote or an order; the program writes them down along with what they tell of."""

    kind = fields.Choice(STEPS, label=N_("Step"), required=True)
    contact = fields.Link(Contact, label=N_("Contact"))
    quote = fields.Link(Quote, label=N_("Quote"), backref="steps")
    order = fields.Link(Order, label=N_("Order"), backref="steps")
    at = fields.DateTime(label=N_("When"), required=True, sortable=True)
    by = fields.Link(User, label=N_("By"), index=False)
    #: What it is about, as it was called then.
    title = fields.Text(label=N_("About"), max_length=300)
    text = fields.Text(label=N_("Details"), max_length=1000)

    class Meta:
        indexes = ((("at", "id"), False),)

    def __str__(self):
        return self.title
