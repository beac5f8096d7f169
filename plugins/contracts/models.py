"""Contracts, and the steps of each one's way."""

import datetime as dt

import peewee

from core import N_, Contact, Record, User, fields
from plugins.sales.models import Deal
from plugins.sales.models.forecast import months_later

STAGES = [
    ("draft", N_("Draft"), "gray"),
    ("review", N_("In review"), "blue"),
    ("signed", N_("Signed"), "indigo"),
    ("running", N_("Running"), "green"),
    ("ended", N_("Ended"), "teal"),
    ("terminated", N_("Terminated"), "red"),
]
#: The stages of a contract that binds, and those behind which nothing comes.
BINDING, CLOSED = ("signed", "running"), ("ended", "terminated")
#: The stages that one may go to by hand, in order.
NEXT = {
    "draft": ("review", "signed", "running"),
    "review": ("signed", "running", "draft"),
    "signed": ("running", "terminated"),
    "running": ("ended", "terminated"),
    "ended": ("running",),
    "terminated": (),
}
KINDS = [
    ("sale", N_("Sale"), "green"),
    ("service", N_("Service"), "cyan"),
    ("framework", N_("Framework"), "purple"),
    ("lease", N_("Lease"), "orange"),
    ("secrecy", N_("Confidentiality"), "gray"),
    ("other", N_("Other"), "gray"),
]
RENEWALS = [
    ("no", N_("Ends on its last day"), "gray"),
    ("auto", N_("Goes on unless somebody gives notice"), "green"),
    ("ask", N_("Is to be agreed on anew"), "orange"),
]


class Contract(Record):
    """What was agreed with whom, for how much and how long, and how it stands."""

    number = fields.Code(
        label=N_("Contract no."),
        max_length=60,
        index=True,
        help=N_("Empty: the next one is given to it."),
    )
    title = fields.Text(label=N_("Contract"), required=True, max_length=200, index=True)
    kind = fields.Choice(KINDS, label=N_("Kind"), default="sale", required=True)
    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="contracts", index=False)
    their_signatory = fields.Link(Contact, label=N_("Signs for them"), backref="signed_contracts")
    our_signatory = fields.Link(User, label=N_("Signs for us"), index=False)
    value = fields.Money(label=N_("Value"))
    stage = fields.Choice(STAGES, label=N_("Stage"), default="draft", required=True)
    starts = fields.Date(label=N_("Starts"))
    ends = fields.Date(label=N_("Ends"), index=True)
    signed = fields.Date(label=N_("Signed on"), index=True)
    renewal = fields.Choice(RENEWALS, label=N_("At its end"), default="no", required=True)
    renews_months = fields.Integer(label=N_("Goes on for … months"), default=12, null=True)
    notice_days = fields.Integer(label=N_("Notice period (days)"), default=30, null=True)
    remind_days = fields.Integer(label=N_("Remind … days before notice is due"), default=14, null=True)
    owner = fields.Link(User, label=N_("Owner"), index=False)
    deal = fields.Link(Deal, label=N_("Deal"), backref="contracts")
    framework = fields.Link("self", label=N_("Under the framework contract"), backref="call_offs")
    reason = fields.Text(label=N_("Why it was terminated"), max_length=400)
    note = fields.LongText(label=N_("About"), max_length=20_000)
    #: Derived: the last day for giving notice, and the day from which somebody should think of it; of binding ones.
    decide_by = fields.Date(label=N_("Notice until"), index=True)
    remind_on = fields.Date(label=N_("To be thought of from"))
    stage_since = fields.DateTime(label=N_("In this stage since"))

    class Meta:
        indexes = (
            (("stage", "ends"), False),
            (("contact", "stage"), False),
            (("owner", "stage", "remind_on"), False),
            (("kind", "stage"), False),
        )

    def __str__(self):
        return f"{self.number} {self.title}".strip()

    @property
    def is_binding(self) -> bool:
        return self.stage in BINDING

    def derive_days(self) -> None:
        """Until when notice may be given, and from when on somebody should think of it."""
        self.decide_by = self.remind_on = None
        if self.is_binding and self.ends:
            self.decide_by = self.ends - dt.timedelta(days=(self.notice_days or 0) if self.renewal != "no" else 0)
            self.remind_on = self.decide_by - dt.timedelta(days=self.remind_days or 0)

    def next_end(self) -> dt.date:
        """The last day of the term after the present one."""
        return months_later(self.ends, self.renews_months or 12)


Contract.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "contracts_contract_once" ON "contracts_contract" ("number_key")'
        ' WHERE "deleted_batch" IS NULL AND "number_key" <> \'\''
    )
)


class ContractStep(Record):
    """A contract came to a stage, or was renewed. Never changed."""

    contract = fields.Link(Contract, label=N_("Contract"), required=True, backref="steps")
    contact = fields.Link(Contact, label=N_("Contact"), required=True)
    stage = fields.Choice(STAGES, label=N_("Stage"), required=True, default="draft")
    renewed_until = fields.Date(label=N_("Renewed until"))
    at = fields.DateTime(label=N_("When"), required=True, sortable=True)
    by = fields.Link(User, label=N_("By"), index=False)
    note = fields.Text(label=N_("Note"), max_length=400)

    class Meta:
        indexes = ((("stage", "at"), False), (("at", "id"), False))

    def __str__(self):
        return f"{self.contract} · {ContractStep.stage.named(self.stage)}"
