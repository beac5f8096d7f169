"""Instalments (what is due), payments (what arrived), settlements (which of it is for what), and invoices."""

import secrets

import peewee

from core import N_, Contact, Record, User, fields

INSTALMENT_STATES = [
    ("open", N_("Not paid"), "blue"),
    ("partly", N_("Partly paid"), "orange"),
    ("paid", N_("Paid"), "green"),
    ("waived", N_("Written off"), "gray"),
]
#: The states of an instalment that something is still due of.
DUE = ("open", "partly")


class ForSomething(Record):
    """What belongs to a contract, an order or the like: a record of another module, or nothing."""

    #: Name of its Resource and its id; core follows these when a contact is erased or exported.
    resource = peewee.CharField(max_length=80, default="")
    record_id = peewee.IntegerField(null=True)
    #: What that is called, so that lists need not ask.
    about = fields.Text(label=N_("For"), max_length=260)


class Instalment(ForSomething):
    """What a customer has to pay until when: a part of a contract or an order, or a sum of its own.

    `paid`, `waived`, `open` and `state` follow from the settlements; see `ledger.py`.
    """

    title = fields.Text(label=N_("Instalment"), required=True, max_length=120)
    number = fields.Integer(label=N_("No."), default=1)
    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="instalments", index=False)
    amount = fields.Money(label=N_("Amount"), required=True)
    due = fields.Date(label=N_("Due on"), required=True, sortable=True)
    condition = fields.Text(label=N_("Condition"), max_length=200, help=N_("Such as: after acceptance."))
    owner = fields.Link(User, label=N_("Owner"), index=False)
    quiet = fields.Bool(label=N_("No reminders to the customer"))
    state = fields.Choice(INSTALMENT_STATES, label=N_("State"), default="open")
    open = fields.Money(label=N_("Still due"))
    paid = fields.Money(label=N_("Paid"))
    waived = fields.Money(label=N_("Written off"))
    settled_on = fields.Date(label=N_("Last paid on"))
    #: The currency of its amounts, to filter by.
    currency = fields.Currency(label=N_("Currency"))
    #: When the customer was reminded by mail last, and how often.
    reminded_on = fields.Date(label=N_("Customer reminded on"))
    reminders = fields.Integer(label=N_("Reminders to the customer"), default=0)

    class Meta:
        indexes = (
            (("state", "due"), False),
            (("due", "id"), False),
            (("contact", "state", "due"), False),
            (("owner", "state", "due"), False),
            (("resource", "record_id"), False),
        )

    def __str__(self):
        return " · ".join(filter(None, (self.about, self.title)))

    @property
    def is_due(self) -> bool:
        """Whether something of it is still to be paid."""
        return self.state in DUE


Instalment.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "payments_instalment_once" ON "payments_instalment" ("resource", "record_id", "number")'
        ' WHERE "deleted_batch" IS NULL AND "record_id" IS NOT NULL'
    )
)

METHODS = [
    ("transfer", N_("Bank transfer"), "blue"),
    ("wechat", N_("WeChat Pay"), "green"),
    ("alipay", N_("Alipay"), "azure"),
    ("card", N_("Card"), "indigo"),
    ("cash", N_("Cash"), "teal"),
    ("bill", N_("Bill of exchange or cheque"), "purple"),
    ("other", N_("Other"), "gray"),
]


class Payment(Record):
    """Money that arrived. What of it no settlement has used is the customer's credit (`free`)."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="payments", index=False)
    amount = fields.Money(label=N_("Amount"), required=True)
    received_on = fields.Date(label=N_("Received on"), required=True, sortable=True)
    method = fields.Choice(METHODS, label=N_("How"), default="transfer", required=True)
    reference = fields.Text(
        label=N_("Reference"), max_length=120, personal=False, help=N_("Such as the number on the bank statement.")
    )
    towards = fields.Link(
        Instalment, label=N_("For the instalment"), help=N_("Empty: what is due first is paid first."), index=False
    )
    keep_rest = fields.Bool(label=N_("Keep what is over as credit"))
    owner = fields.Link(User, label=N_("Owner"), index=False)
    note = fields.LongText(label=N_("Note"), max_length=4000)
    free = fields.Money(label=N_("Credit left"), index=True)
    #: A second press of the same button finds the first one here.
    token = peewee.CharField(max_length=60, null=True, unique=True, default=lambda: secrets.token_urlsafe(12))

    class Meta:
        indexes = (
            (("received_on", "id"), False),
            (("contact", "received_on"), False),
            (("owner", "received_on"), False),
            (("reference",), False),
        )

    def __str__(self):
        amount = fields.Money.show(Payment.amount, Payment.amount.get(self)) if self.amount is not None else ""
        return " · ".join(filter(None, (amount, self.reference)))


SETTLEMENT_KINDS = [
    ("match", N_("Paid"), "green"),
    ("write_off", N_("Written off"), "gray"),
    ("refund", N_("Paid back"), "orange"),
]


class Settlement(Record):
    """A sum that goes from a payment to an instalment; without a payment it is written off, without an instalment it
    was paid back to the customer."""

    kind = fields.Choice(SETTLEMENT_KINDS, label=N_("What"), default="match", required=True)
    payment = fields.Link(Payment, label=N_("Payment"), backref="settlements")
    instalment = fields.Link(Instalment, label=N_("Instalment"), backref="settlements")
    contact = fields.Link(Contact, label=N_("Contact"), index=False)
    amount = fields.Money(label=N_("Amount"), required=True)
    on = fields.Date(label=N_("Day"), sortable=True)
    reason = fields.Text(label=N_("Reason"), max_length=300)
    by = fields.Link(User, label=N_("By"), index=False)

    class Meta:
        indexes = ((("kind", "on"), False), (("on", "id"), False), (("contact", "on"), False))

    def __str__(self):
        amount = Settlement.amount.show(Settlement.amount.get(self)) if self.amount is not None else ""
        return f"{Settlement.kind.named(self.kind)} {amount}".strip()


INVOICE_KINDS = [
    ("special", N_("Special VAT invoice"), "indigo"),
    ("normal", N_("Ordinary VAT invoice"), "blue"),
    ("commercial", N_("Commercial invoice"), "teal"),
    ("receipt", N_("Receipt"), "gray"),
]
INVOICE_STATES = [
    ("draft", N_("Draft"), "gray"),
    ("issued", N_("Issued"), "green"),
    ("void", N_("Void"), "red"),
]


class Invoice(ForSomething):
    """An invoice as a document: for what and whom, with its number and date; printed from here, or attached."""

    number = fields.Code(
        label=N_("Invoice no."),
        max_length=60,
        index=True,
        help=N_("Empty: the next one is given to it."),
    )
    kind = fields.Choice(INVOICE_KINDS, label=N_("Kind"), default="normal", required=True)
    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="invoices", index=False)
    made_out_to = fields.Text(label=N_("Made out to"), max_length=200)
    tax_number = fields.Text(label=N_("Tax number"), max_length=40)
    address = fields.Text(label=N_("Address and bank"), max_length=400)
    instalment = fields.Link(Instalment, label=N_("Instalment"), backref="invoices")
    what = fields.LongText(label=N_("What for"), max_length=2000, personal=False)
    amount = fields.Money(label=N_("Amount with tax"), required=True)
    tax_percent = fields.Number(label=N_("Tax (%)"), digits=5, decimals=2)
    issued_on = fields.Date(label=N_("Issued on"), sortable=True)
    state = fields.Choice(INVOICE_STATES, label=N_("State"), default="draft", required=True)
    owner = fields.Link(User, label=N_("Owner"), index=False)
    note = fields.Text(label=N_("Note"), max_length=400)

    class Meta:
        indexes = (
            (("issued_on", "id"), False),
            (("state", "issued_on"), False),
            (("contact", "state"), False),
            (("owner", "state"), False),
            (("resource", "record_id"), False),
        )

    def __str__(self):
        return self.number or f"#{self.id}"


Invoice.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "payments_invoice_once" ON "payments_invoice" ("kind", "number_key")'
        ' WHERE "deleted_batch" IS NULL AND "number_key" <> \'\''
    )
)


class Payout(Record):
    """Commission that was paid out to a partner: a part of what is due, all of it, or an advance."""

    partner = fields.Link(Contact, label=N_("Partner"), required=True, backref="payouts", index=False)
    amount = fields.Money(label=N_("Amount"), required=True)
    on = fields.Date(label=N_("Paid out on"), required=True, sortable=True)
    advance = fields.Bool(label=N_("More than is due, as an advance"))
    method = fields.Choice(METHODS, label=N_("How"), default="transfer", required=True)
    note = fields.Text(label=N_("Note"), max_length=300, help=N_("Such as the number on the bank statement."))
    by = fields.Link(User, label=N_("By"), index=False)

    class Meta:
        indexes = ((("on", "id"), False), (("partner", "on"), False))

    def __str__(self):
        return Payout.amount.show(Payout.amount.get(self)) if self.amount is not None else ""
