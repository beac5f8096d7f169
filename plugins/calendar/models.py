"""The meeting, its guests, and the secret of somebody's feed."""

import datetime as dt
import re
import uuid
import zoneinfo
from email.utils import formataddr, parseaddr

import peewee

from core import N_, Base, Contact, Problem, Record, User, fields, html

from . import plugin

ANSWERS = [
    ("", N_("No answer yet"), "gray"),
    ("accepted", N_("Accepted"), "green"),
    ("tentative", N_("Perhaps"), "orange"),
    ("declined", N_("Declined"), "red"),
]
STATES = [("planned", N_("Planned"), "purple"), ("cancelled", N_("Cancelled"), "gray")]
#: How long a meeting lasts of which only the beginning is said, and how long one may last at most.
USUAL, LONGEST = dt.timedelta(hours=1), dt.timedelta(days=31)
#: Guests of one meeting.
MOST_GUESTS = 100


class Guests(fields.JSON):
    """Who is invited: `[{"name", "email"}, …]`. Typed one a line: an address, `Name <address>`, or a known name."""

    control = "textarea"

    def parse(self, text, context=fields.NOBODY):
        lines = text if isinstance(text, (list, tuple)) else re.split(r"[\n;；]", str(text))
        return self._once([self._guest(line.strip(), context) for line in lines if line.strip()])

    def _once(self, guests: list[dict]) -> list[dict]:
        """Each address once, and not too many."""
        found = {}
        for guest in guests:
            found.setdefault(guest["email"].casefold(), guest)
        if len(found) > MOST_GUESTS:
            raise Problem(N_("A meeting has at most %(n)s guests."), plugin.name, n=MOST_GUESTS)
        return list(found.values())

    def check(self, value):
        wrong = Problem(N_("Guests are a list of objects with “email” and “name”."), plugin.name)
        if not isinstance(value, list):
            raise wrong
        for guest in value:
            if not isinstance(guest, dict) or guest.keys() != {"name", "email"}:
                raise wrong
            if not all(isinstance(text, str) and len(text) < 255 for text in guest.values()):
                raise wrong
        return self._once(
            [{"name": " ".join(g["name"].split()), "email": fields.parse_email(g["email"])} for g in value]
        )

    def _guest(self, line: str, context) -> dict:
        if "@" in line:
            name, email = parseaddr(line)
            return {"name": name[:120], "email": fields.parse_email(email or line)}
        known = _known(line, context) if context.user is not None else None
        if known is None:
            text = N_("“%(text)s” is neither an e-mail address nor the name of somebody who has one.")
            raise Problem(text, plugin.name, text=line[:80])
        return known

    def text(self, value):
        # Not encoded: formataddr would write 张伟 as =?utf-8?…
        return "\n".join(f"{g['name']} <{g['email']}>" if g["name"] else g["email"] for g in value or ())

    def show(self, value):
        return ", ".join(g["name"] or g["email"] for g in value or ())

    def cell(self):
        return lambda meeting: self.show(meeting.guests)


def _known(name: str, context) -> dict | None:
    """A colleague or a contact of exactly this name, with an e-mail address."""
    user = User.select().where(User.name == name, User.active, User.deleted_batch.is_null()).first()
    if user is not None:
        return {"name": user.name, "email": user.email}
    contacts = context.build.by_model[Contact]
    records = list(contacts.query(context.user).where(Contact.id << contacts.named(context.user, name)))
    contacts.load_parts(records)
    addresses = [(record.name, record.emails[0].value) for record in records if record.emails]
    return {"name": addresses[0][0], "email": addresses[0][1]} if len(addresses) == 1 else None


class When(fields.DateTime):
    """An instant whose hour matters: the day and the clock, however near it is; the edge of a day is the day."""

    def show(self, value):
        if not value:
            return ""
        here = html.local(value)
        clock = "" if f"{here:%H:%M:%S}" in ("00:00:00", "23:59:59") else f" {here:%H:%M}"
        return html.moment(value, html.short_date(here.date()) + clock)


class Meeting(Record):
    """An appointment with a beginning and an end, or of whole days; with guests or without."""

    title = fields.Text(label=N_("Meeting"), required=True, max_length=200)
    contact = fields.Link(Contact, label=N_("Contact"), backref="meetings")
    starts_at = When(label=N_("Begins"), required=True, index=True)
    ends_at = When(label=N_("Ends"), help=N_("Left empty, it lasts an hour."))
    all_day = fields.Bool(label=N_("All day"))
    place = fields.Text(label=N_("Where"), max_length=200)
    guests = Guests(
        label=N_("Guests"),
        default=list,
        help=N_("One a line: an e-mail address, or the name of a colleague or a contact."),
    )
    tell = fields.Bool(label=N_("Guests get invitations and changes by mail"), default=True)
    owner = fields.Link(User, label=N_("Organiser"), index=False)
    description = fields.LongText(label=N_("Description"), max_length=20_000)
    state = fields.Choice(STATES, label=N_("State"), default="planned", required=True)
    #: The zone in which days of an all-day meeting begin: its organiser's, when it was written.
    zone = fields.Text(default="UTC", max_length=60)
    #: What calendars know it by, and how often it was changed since.
    uid = fields.Text(max_length=80)
    sequence = fields.Integer(default=0)

    class Meta:
        indexes = ((("owner", "starts_at"), False), (("state", "starts_at"), False))

    @property
    def is_on(self) -> bool:
        return self.state != "cancelled"

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of an all-day meeting, wherever it is read."""
        zone = zoneinfo.ZoneInfo(self.zone)
        return self.starts_at.astimezone(zone).date(), self.ends_at.astimezone(zone).date()


def new_uid() -> str:
    return f"{uuid.uuid4()}@guanxi"


def whole_days(starts_at: dt.datetime, ends_at: dt.datetime | None, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """The first instant of the day that one is in, and the last of the day that the other is in."""
    here = zoneinfo.ZoneInfo(zone)
    first = dt.datetime.combine(starts_at.astimezone(here).date(), dt.time(), here)
    last = dt.datetime.combine((ends_at or starts_at).astimezone(here).date(), dt.time(23, 59, 59), here)
    return first.astimezone(dt.UTC), last.astimezone(dt.UTC)


class Guest(Base):
    """A guest of a meeting, beside the field in which guests are typed: which user it is, and what they answered."""

    meeting = peewee.ForeignKeyField(Meeting, backref="+")
    email = peewee.CharField(max_length=254, index=True)
    name = peewee.CharField(max_length=120, default="")
    user = peewee.ForeignKeyField(User, null=True, backref="+")
    answer = peewee.CharField(max_length=12, default="")
    #: When they answered, and to which version of the meeting.
    answered_at = fields.DateTime()
    answered_sequence = peewee.IntegerField(default=-1)
    #: The version of the meeting that was sent to them, or -1.
    told_sequence = peewee.IntegerField(default=-1)

    class Meta:
        indexes = ((("meeting", "email"), True),)

    @property
    def address(self) -> str:
        return formataddr((self.name, self.email)) if self.name else self.email

    @property
    def said(self) -> tuple[str, str]:
        """`(the answer in the reader's language, hue)`."""
        label, hue = {value: (label, hue) for value, label, hue in ANSWERS}[self.answer]
        return plugin.gettext(label), hue


def invited(user):
    """A subquery of the meetings to which a user is invited."""
    return Guest.select(Guest.meeting).where(Guest.user == user)


class Feed(Base):
    """A person's secret address: it carries the number, so that a new number makes the old address worthless."""

    user = peewee.ForeignKeyField(User, unique=True, backref="+")
    number = peewee.IntegerField(default=1)
