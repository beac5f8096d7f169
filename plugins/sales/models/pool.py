"""The public pool 公海: where customers go whom nobody looks after, its log, and disputes about who owns one."""

import peewee

from core import N_, Base, Contact, Problem, Record, User, fields, resource_of

from .kinds import OneOf, Ticks, active_people

#: Fields of a contact that a pool may show; what it does not show is hidden until the contact is claimed.
SHOWABLE = ("organisation", "job_title", "emails", "phones", "addresses", "source", "tags", "note")


class Pool(Record):
    """A pool: whose customers fall into it, who may claim them, and within which bounds."""

    name = fields.Text(label=N_("Pool"), required=True, max_length=80)
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."), index=True)
    active = fields.Bool(label=N_("In use"), default=True)
    people = Ticks(active_people, label=N_("Whose customers, and who may claim"), help=N_("Nobody ticked: everybody."))
    max_held = fields.Integer(
        label=N_("At most … customers per person"), help=N_("Who has as many cannot claim. Empty: no limit.")
    )
    max_claims = fields.Integer(label=N_("At most … claims a day"), help=N_("Per person. Empty: no limit."))
    lock_days = fields.Integer(
        label=N_("Last owner waits … days"), default=7, help=N_("Before the same person may claim it again.")
    )
    warn_days = fields.Integer(label=N_("Warn … days before"), default=3)
    spare_won = fields.Bool(label=N_("Customers who bought never fall in"), default=True)
    shows = Ticks(lambda: showable(), label=N_("Shown while in the pool"), help=N_("The rest is hidden until claimed."))

    def takes(self, user_id: int | None) -> bool:
        """Whether somebody's customers fall into it, and whether they may claim."""
        return user_id is not None and (not self.people or user_id in self.people)


def showable() -> list[tuple[str, str]]:
    """The contact's fields that a pool may show: name and label."""
    contacts = resource_of(Contact)
    return [(name, contacts.field_title(name)) for name in SHOWABLE]


def levels() -> list[tuple[str, str, str]]:
    """The levels of customers: the stages of contacts."""
    return [(value, label, hue) for value, label, hue in Contact.stage.options]


class PoolRule(Record):
    """When customers of one level go back to a pool."""

    pool = OneOf(Pool, label=N_("Pool"), required=True, backref="rules")
    level = fields.Choice(levels(), label=N_("Customers of the stage"), default="", help=N_("Empty: of every stage."))
    quiet_days = fields.Integer(label=N_("After … days without follow-up"))
    no_deal_days = fields.Integer(label=N_("After … days without a new deal"))
    no_win_days = fields.Integer(label=N_("After … days without a won deal"))
    no_order_days = fields.Integer(label=N_("After … days without an order"), help=N_("Needs the module Orders."))

    def __str__(self):
        return f"{self.pool} · {Contact.stage.named(self.level) or '*'}"

    @property
    def terms(self) -> dict[str, int]:
        """What is asked: quiet, deal, win, order → days."""
        found = {"quiet": self.quiet_days, "deal": self.no_deal_days, "win": self.no_win_days}
        found["order"] = self.no_order_days
        return {name: days for name, days in found.items() if days}


class PoolStay(Record):
    """A contact is in a pool: from when, why and whose it was; with `until`, it has left."""

    pool = fields.Link(Pool, label=N_("Pool"), required=True, index=False)
    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="pool_stays")
    since = fields.DateTime(label=N_("In the pool since"), required=True, sortable=True)
    before = fields.Link(User, label=N_("Last owner"), index=False)
    why = fields.Text(label=N_("Why"), max_length=300)
    until = fields.DateTime(label=N_("Until"))

    class Meta:
        indexes = ((("pool", "until", "since"), False), (("since", "id"), False))

    def __str__(self):
        return f"{self.contact}"


MOVES = [
    ("fell", N_("Fell into the pool"), "orange"),
    ("returned", N_("Given back"), "yellow"),
    ("claimed", N_("Claimed"), "green"),
    ("given", N_("Given by a manager"), "blue"),
    ("decided", N_("Decided in a dispute"), "purple"),
]


class PoolMove(Record):
    """One line of the pool's log: who had a contact, who has it now, who did it and why. Never changed."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="pool_moves")
    pool = fields.Link(Pool, label=N_("Pool"), index=False)
    kind = fields.Choice(MOVES, label=N_("What"), required=True, default="fell")
    at = fields.DateTime(label=N_("When"), required=True, sortable=True)
    before = fields.Link(User, label=N_("Owner before"), index=False)
    after = fields.Link(User, label=N_("Owner after"), index=False)
    by = fields.Link(User, label=N_("By"), index=False)
    why = fields.Text(label=N_("Why"), max_length=300)

    class Meta:
        indexes = ((("at", "id"), False), (("after", "kind", "at"), False), (("before", "at"), False))

    def __str__(self):
        return f"{self.contact} · {PoolMove.kind.named(self.kind)}"


class Dispute(Record):
    """Somebody contests whose customer a contact is; a manager decides, and the decision is kept."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="disputes")
    by = fields.Link(User, label=N_("Raised by"), index=False)
    against = fields.Link(User, label=N_("Against"), index=False)
    claim = fields.LongText(label=N_("Why it is mine"), required=True, max_length=4000)
    state = fields.Choice(
        [("open", N_("Undecided"), "orange"), ("kept", N_("Stays"), "gray"), ("moved", N_("Goes over"), "green")],
        label=N_("State"),
        default="open",
        index=True,
    )
    decided_by = fields.Link(User, label=N_("Decided by"), index=False)
    decided_at = fields.DateTime(label=N_("Decided"))
    decision = fields.LongText(label=N_("Decision"), max_length=4000)

    class Meta:
        indexes = ((("by", "state"), False), (("against", "state"), False))

    def __str__(self):
        return f"{self.contact}"


class Holding(Base):
    """Since when an owner has a contact, where it was not from the start: who takes over has the full time."""

    contact_id = peewee.IntegerField(unique=True)
    since = fields.DateTime()


class Risk(Base):
    """A contact that is about to fall into a pool; written anew by the job."""

    contact_id = peewee.IntegerField(unique=True)
    owner_id = peewee.IntegerField()
    pool_id = peewee.IntegerField()
    falls_at = fields.DateTime()
    why = peewee.CharField(max_length=10)

    class Meta:
        indexes = ((("owner_id", "falls_at"), False),)


def check_days(values: dict[str, int | None], most: int = 3650) -> dict[str, Problem]:
    """What is wrong with numbers of days (or of customers), by field; empty ones are fine."""
    wrong = {name for name, n in values.items() if n is not None and not 1 <= n <= most}
    return {name: Problem(N_("Give a number from 1 to %(n)s, or nothing."), "sales", n=most) for name in wrong}
