"""Deals, who takes part in their decision, and their moves from stage to stage."""

import datetime as dt

import peewee

from core import N_, Contact, Record, User, fields

from .kinds import OneOf, Percent, Rank
from .pipelines import FORECASTS, Pipeline, Reason, Stage
from .territories import Territory

STATUSES = [("open", N_("In progress"), "blue"), ("won", N_("Won"), "green"), ("lost", N_("Lost"), "red")]
PARTS = [
    ("decides", N_("Decides"), "red"),
    ("signs", N_("Signs the budget"), "orange"),
    ("champion", N_("Our champion"), "green"),
    ("influences", N_("Influences"), "blue"),
    ("uses", N_("Uses it"), "teal"),
    ("guards", N_("Guards the door"), "purple"),
    ("against", N_("Against us"), "gray"),
]
#: The place of a deal without an expected close: after all others.
LAST = 9_999_999


class Competitors(fields.Text):
    """Names with `;` between them, each once."""

    control = "tags"

    def parse(self, text, context=fields.NOBODY):
        names = [" ".join(n.split()) for n in str(text or "").replace("；", ";").split(";")]
        return super().parse("; ".join(dict.fromkeys(filter(None, names))), context)


class Deal(Record):
    """A chance to sell something: who, how much, until when, and how it stands."""

    title = fields.Text(label=N_("Deal"), required=True, max_length=200, index=True)
    contact = fields.Link(Contact, label=N_("Contact"), backref="deals")
    organisation = fields.Link(Contact, label=N_("Organisation"), backref="organisation_deals")
    pipeline = OneOf(Pipeline, label=N_("Pipeline"), index=False)
    stage = OneOf(Stage, label=N_("Stage"), index=False)
    status = fields.Choice(STATUSES, label=N_("Status"), default="open")
    amount = fields.Money(label=N_("Amount"))
    probability = Percent(label=N_("Probability (%)"), help=N_("Follows the stage until you set it yourself."))
    forecast = fields.Choice(FORECASTS, label=N_("In the forecast as"), default="")
    expected_close = fields.Date(label=N_("Expected close"), index=True)
    owner = fields.Link(User, label=N_("Owner"), index=False)
    next_step = fields.Text(label=N_("Next step"), max_length=200)
    next_step_at = fields.DateTime(label=N_("Next step on"), due=True)
    competitors = Competitors(label=N_("Competitors"))
    source = fields.Text(label=N_("Source"), max_length=120, index=True)
    campaign = fields.Text(label=N_("Campaign"), max_length=120, index=True)
    territory = OneOf(Territory, label=N_("Territory"))
    partner = fields.Link(Contact, label=N_("Brought by partner"), backref="partner_deals")
    commission = fields.Number(label=N_("Commission of the partner (%)"), digits=5, decimals=2)
    reason = OneOf(Reason, label=N_("Reason"))
    reason_note = fields.LongText(label=N_("What decided it"), max_length=4000)
    note = fields.LongText(label=N_("About"), max_length=20_000)
    #: When it came to its stage, and when it was won or lost.
    stage_since = fields.DateTime(label=N_("In this stage since"))
    closed_at = fields.DateTime(label=N_("Closed"), sortable=True)
    #: `{stage id: [ticked items of its checklist]}`.
    ticked = fields.JSON(default=dict)
    #: Derived: when nobody will have touched it for too long; the amount in the firm's currency (minor units, NULL
    #: without a rate); the order of cards, which is by expected close.
    rots_at = fields.DateTime(label=N_("Rots on"), index=True)
    value = peewee.BigIntegerField(null=True)
    place = fields.Integer(label=N_("Order on the board"), default=LAST)
    #: The order of cards that people make themselves; see `resources/order.py`.
    rank = Rank(label=N_("Order by hand"))

    class Meta:
        indexes = (
            (("stage", "status", "place", "id"), False),
            (("stage", "status", "rank", "id"), False),
            (("pipeline", "status"), False),
            (("owner", "status", "expected_close"), False),
            (("status", "closed_at"), False),
            (("owner", "next_step_at"), False),
        )

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    def rots(self, now: dt.datetime) -> bool:
        """Whether nobody has touched it for longer than its stage allows."""
        return self.is_open and self.rots_at is not None and self.rots_at < now


class DealContact(Record):
    """Somebody who takes part in a deal's decision."""

    deal = fields.Link(Deal, label=N_("Deal"), required=True, backref="people")
    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="deal_parts")
    part = fields.Choice(PARTS, label=N_("Part in the decision"), default="influences", required=True)
    note = fields.Text(label=N_("Note"))

    def __str__(self):
        return f"{self.contact} · {DealContact.part.named(self.part)}"


class Move(Record):
    """A deal came to a stage, was won, lost or taken up again; the first one of a deal has no stage before it."""

    deal = fields.Link(Deal, label=N_("Deal"), required=True, backref="moves")
    contact = fields.Link(Contact, label=N_("Contact"))
    pipeline = fields.Link(Pipeline, label=N_("Pipeline"), index=False)
    from_stage = fields.Link(Stage, label=N_("From stage"), index=False)
    to_stage = fields.Link(Stage, label=N_("To"), index=False)
    status = fields.Choice(STATUSES, label=N_("Status"), default="open")
    at = fields.DateTime(label=N_("When"), required=True, sortable=True)
    by = fields.Link(User, label=N_("By"), index=False)
    #: How long it had been in the stage before.
    seconds = fields.Integer(label=N_("Seconds in the stage before"))
    note = fields.Text(label=N_("Note"))

    class Meta:
        indexes = (
            (("pipeline", "at"), False),
            (("to_stage", "at"), False),
            (("from_stage", "at"), False),
            (("at", "id"), False),
        )

    def __str__(self):
        sign = {"won": "✓ ", "lost": "✗ "}.get(self.status, "")
        return f"{sign}{self.deal} → {self.to_stage}" if not sign else f"{sign}{self.deal}"
