"""Grades: what each one takes and gets (`Level`), and which one a contact has (`Grade`)."""

import re

import peewee

from core import N_, Contact, Problem, Record, fields, html
from plugins.sales.models import OneOf


class Parts(fields.Text):
    """Shares of a sum and the days after which each is due: `30%, 70% + 60`. They add up to 100."""

    PART = re.compile(r"(\d{1,3})\s*[%％]\s*(?:\+\s*(\d{1,3})\s*(?:d|days?|天)?)?")

    def parse(self, text, context=fields.NOBODY):
        found = self.PART.finditer(text := super().parse(text, context))
        parts = [(int(match[1]), int(match[2] or 0)) for match in found]
        if re.sub(r"[\s,，;；、]", "", self.PART.sub("", text)):
            raise Problem(
                N_("“%(text)s” cannot be read. Write shares and days, such as: 30%%, 70%% + 60."), "grades", text=text
            )
        if parts and (sum(share for share, _days in parts) != 100 or not all(share for share, _days in parts)):
            raise Problem(
                N_("The shares must add up to 100%%; these make %(n)s%%."),
                "grades",
                n=sum(share for share, _d in parts),
            )
        if [days for _share, days in parts] != sorted(days for _share, days in parts):
            raise Problem(N_("A later share cannot be due before an earlier one."), "grades")
        return ", ".join(f"{share}% + {days}" if days else f"{share}%" for share, days in parts)

    def shares(self, text: str) -> list[tuple[int, int]]:
        """`(percent, days)` of each part of a parsed text."""
        return [(int(match[1]), int(match[2] or 0)) for match in self.PART.finditer(text or "")]


class Level(Record):
    """A grade: from which value on, and what customers of it get."""

    name = fields.Text(label=N_("Grade"), required=True, max_length=20, index=True, personal=False)
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower is better."), index=True)
    hue = fields.Choice([(name, name.capitalize(), name) for name in html.HUES], label=N_("Colour"), default="blue")
    created = fields.Money(label=N_("Customers from"), help=N_("Paid or ordered in the window. Empty: none by this."))
    expected = fields.Money(label=N_("Prospects from"), help=N_("Weighted open deals. Empty: none by this."))
    credit_limit = fields.Money(label=N_("Credit limit"), help=N_("Empty: no limit."))
    credit_days = fields.Integer(label=N_("Credit (days)"))
    delivery_days = fields.Integer(label=N_("Delivery time (days)"))
    terms = fields.Text(label=N_("Payment terms"), max_length=300, personal=False)
    plan = Parts(
        label=N_("Plan of payment"),
        help=N_("Shares and days, such as: 30%, 70% + 60. Empty: all after the credit days."),
    )


Level.add_index(
    peewee.SQL('CREATE UNIQUE INDEX "grades_level_once" ON "grades_level" ("name_key") WHERE "deleted_batch" IS NULL')
)

KINDS = [
    ("customer", N_("Customer"), "green"),
    ("prospect", N_("Prospect"), "blue"),
]


class Grade(Record):
    """The grade of a contact. `created`, `expected`, `kind` and `computed_at` follow from payments and deals."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="grades", index=False)
    level = OneOf(Level, label=N_("Grade"), index=False)
    kind = fields.Choice(KINDS, label=N_("Graded as"), default="prospect")
    #: In the firm's currency: what was paid (or ordered) in the window, and the weighted open deals.
    created = fields.Money(label=N_("Value created"), index=True)
    expected = fields.Money(label=N_("Value expected"), index=True)
    by_hand = fields.Bool(label=N_("Set by hand"), help=N_("It stays as it is until you take this tick off."))
    reason = fields.Text(label=N_("Why by hand"), max_length=300)
    credit_limit = fields.Money(label=N_("Credit limit of its own"), help=N_("Empty: as the grade says."))
    credit_days = fields.Integer(label=N_("Credit of its own (days)"), help=N_("Empty: as the grade says."))
    computed_at = fields.DateTime(label=N_("Computed"))

    class Meta:
        indexes = ((("level", "kind"), False), (("kind", "id"), False), (("by_hand", "id"), False))

    def __str__(self):
        name = self.level.name if self.level_id and self.level is not None else "—"
        return f"{self.contact} · {name}"


Grade.add_index(
    peewee.SQL('CREATE UNIQUE INDEX "grades_grade_once" ON "grades_grade" ("contact_id") WHERE "deleted_batch" IS NULL')
)
