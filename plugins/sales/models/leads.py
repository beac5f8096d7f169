"""Leads: somebody who may become a customer, the forms by which strangers tell us so, and who gets them."""

import datetime as dt
import secrets

import peewee

from core import N_, Base, Contact, Record, User, fields, resource_of

from .deals import Deal
from .kinds import OneOf, Percent, Ticks, active_people
from .pipelines import Reason
from .territories import Territory

LEAD_STATES = [
    ("new", N_("New lead"), "blue"),
    ("working", N_("In touch"), "cyan"),
    ("qualified", N_("Qualified"), "teal"),
    ("converted", N_("Converted"), "green"),
    ("lost", N_("Given up"), "gray"),
]
#: The states of a lead that somebody still works on.
LIVE = ("new", "working", "qualified")


class Lead(Record):
    """Somebody who may become a customer, as they told us or somebody noted it down."""

    name = fields.Text(label=N_("Name"), max_length=200, index=True, required=True)
    company = fields.Text(label=N_("Company"), max_length=200)
    job_title = fields.Text(label=N_("Job title"), max_length=160)
    email = fields.Email(label=N_("E-mail"))
    phone = fields.Phone(label=N_("Phone"), max_length=60)
    region = fields.Text(label=N_("Region"), max_length=120, index=True)
    product = fields.Text(label=N_("Interested in"), max_length=160, index=True)
    budget = fields.Money(label=N_("Budget"))
    message = fields.LongText(label=N_("Message"), max_length=20_000)
    source = fields.Text(label=N_("Source"), max_length=120, index=True)
    campaign = fields.Text(label=N_("Campaign"), max_length=120, index=True)
    owner = fields.Link(User, label=N_("Owner"), index=False)
    state = fields.Choice(LEAD_STATES, label=N_("State"), default="new", required=True)
    #: Percent; see `models/score.py` for how it comes about.
    score = Percent(label=N_("Score"), index=True)
    territory = OneOf(Territory, label=N_("Territory"))
    reason = OneOf(Reason, label=N_("Reason"))
    next_step_at = fields.DateTime(label=N_("Next step on"), due=True)
    contact = fields.Link(Contact, label=N_("Contact"), backref="leads")
    deal = fields.Link(Deal, label=N_("Deal"), backref="leads")
    assigned_why = fields.Text(label=N_("Why it went to its owner"), max_length=400)
    #: Whether a deal came of it and was won, or nothing: what the score learns from.
    outcome = fields.Choice([("won", N_("Won"), "green"), ("lost", N_("Lost"), "red")], label=N_("Outcome"), default="")
    converted_at = fields.DateTime(label=N_("Converted"))

    class Meta:
        indexes = (
            (("state", "owner"), False),
            (("owner", "state", "score"), False),
            (("outcome",), False),
        )

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


def _slug() -> str:
    return secrets.token_urlsafe(9)


#: The fields that a form may ask strangers for.
FORM_FIELDS = ("name", "company", "job_title", "email", "phone", "region", "product", "budget", "message")


class WebForm(Record):
    """A public page on which strangers leave their name and what they want."""

    title = fields.Text(label=N_("Title"), required=True, max_length=160)
    intro = fields.LongText(label=N_("Words above the form"), max_length=4000)
    thanks = fields.LongText(label=N_("Words after it was sent"), max_length=2000)
    asks = Ticks(lambda: form_fields(), label=N_("Asks for"))
    products = fields.LongText(
        label=N_("Products to choose from"), help=N_("One a line. Empty: people type it themselves."), max_length=4000
    )
    consent = fields.Text(
        label=N_("Must be agreed to"), help=N_("A sentence with a box to tick; empty for none."), max_length=400
    )
    source = fields.Text(label=N_("Source of its leads"), max_length=120)
    campaign = fields.Text(label=N_("Campaign of its leads"), max_length=120)
    active = fields.Bool(label=N_("In use"), default=True)
    #: Its address: `/sales/form/<slug>`. Nobody guesses it.
    slug = peewee.CharField(max_length=40, default=_slug, unique=True)

    @property
    def path(self) -> str:
        return f"/sales/form/{self.slug}"


def form_fields() -> list[tuple[str, str]]:
    """The fields that a form may ask for: name and label in the reader's language."""
    leads = resource_of(Lead)
    return [(name, leads.field_title(name)) for name in FORM_FIELDS if name != "name"]


class Submission(Base):
    """A form that was sent, for the limit per address; the address is kept as a hash for a day."""

    at = fields.DateTime()
    visitor = peewee.CharField(max_length=64)
    form_id = peewee.IntegerField()
    #: A second press of the button finds the first one here.
    token = peewee.CharField(max_length=80, unique=True)

    class Meta:
        indexes = ((("visitor", "at"), False),)


STRATEGIES = [
    ("turn", N_("In turn")),
    ("load", N_("Whoever has the fewest")),
]


class AssignRule(Record):
    """Who gets which leads: the first rule that fits a lead decides."""

    name = fields.Text(label=N_("Rule"), required=True, max_length=120)
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."), index=True)
    active = fields.Bool(label=N_("In use"), default=True)
    sources = fields.LongText(label=N_("Sources"), help=N_("One a line; empty for all."), max_length=4000)
    regions = fields.LongText(label=N_("Regions"), help=N_("One a line; empty for all."), max_length=4000)
    products = fields.LongText(label=N_("Products"), help=N_("One a line; empty for all."), max_length=4000)
    territory = OneOf(Territory, label=N_("Territory"))
    people = Ticks(active_people, label=N_("Goes to"))
    strategy = fields.Choice(STRATEGIES, label=N_("How"), default="turn", required=True)
    capacity = fields.Integer(
        label=N_("At most … open leads per person"),
        help=N_("Who has as many gets none. Empty: no limit."),
    )
    #: Whose turn it was last.
    last_user_id = peewee.IntegerField(null=True)

    @staticmethod
    def lines(text: str) -> list[str]:
        """What is listed, folded for comparison."""
        return [line.strip().casefold() for line in text.splitlines() if line.strip()]


class Absence(Record):
    """Somebody is away: no lead is given to them in these days, and their deputy decides what waits for them."""

    person = fields.Link(User, label=N_("Who"), required=True, backref="absences")
    first = fields.Date(label=N_("First day"), required=True, index=True)
    last = fields.Date(label=N_("Until"), required=True)
    why = fields.Text(label=N_("Why"), max_length=120)
    deputy = fields.Link(
        User, label=N_("Deputy"), help=N_("Decides in these days what waits for them, such as approvals.")
    )

    def __str__(self):
        return f"{self.person} {self.first} – {self.last}"

    def covers(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @classmethod
    def stood_in_for(cls, day: dt.date, deputy_id: int | None = None) -> dict[int, list[User]]:
        """Who decides on a day for whom: a deputy's id → those who are away and may sign in. One query.

        `deputy_id`: of this deputy alone.
        """
        person, role = cls.person.rel_model, User.role.rel_model
        query = (
            cls.select(cls.deputy, person, role)
            .join(person, on=cls.person)
            .join(role, on=person.role)
            .where(cls.deputy.is_null(False), cls.first <= day, cls.last >= day, cls.deleted_batch.is_null())
            .where(person.active, person.deleted_batch.is_null())
        )
        found: dict[int, list[User]] = {}
        for absence in query if deputy_id is None else query.where(cls.deputy == deputy_id):
            found.setdefault(absence.deputy_id, []).append(absence.person)
        return found
