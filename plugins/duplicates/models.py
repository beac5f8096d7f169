"""Rules, the pairs that they found, and the contacts that nobody has looked at yet."""

import re
from typing import NamedTuple

import peewee
from flask import g, has_request_context
from markupsafe import Markup, escape

from core import N_, Base, Contact, Problem, Record, fields, html, resource_of

from . import plugin

_ = plugin.gettext

#: How two values are compared.
HOWS = {
    "exact": N_("exactly the same"),
    "normalised": N_("same, but for case and accents"),
    "fuzzy": N_("alike, to … percent"),
    "pinyin": N_("same by sound (pinyin)"),
    "phone": N_("same phone number"),
    "legal": N_("same without Ltd, GmbH, 有限公司"),
}
#: Parts of an address that a rule may compare beside its own fields; the label stands behind that of the field.
PARTS = {
    "addresses.street": N_("street and number"),
    "addresses.road": N_("street without number"),
    "addresses.number": N_("house number"),
    "addresses.city": N_("city"),
    "addresses.postcode": N_("postcode"),
    "addresses.region": N_("region"),
    "addresses.country": N_("country"),
}
#: The least that counts as alike: below it, nearly everything is.
LEAST = 60


class Condition(NamedTuple):
    """A field and how it is compared; the threshold, in percent, is for "fuzzy" only."""

    field: str
    how: str
    threshold: int = 100

    def __str__(self):
        return f"{self.field} {self.how}" + (f" {self.threshold}" if self.how == "fuzzy" else "")


def read_conditions(text: str) -> list[Condition]:
    """Conditions of a rule, one a line: `name fuzzy 85`. Raises Problem naming the line."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        field, how, threshold, *rest = [*line.split(), "", ""][:4] if len(line.split()) < 4 else line.split()
        if how not in HOWS or any(rest):
            raise Problem(
                N_("“%(line)s” is not a condition. Write a field and one of: %(hows)s."),
                domain=plugin.name,
                line=line,
                hows=", ".join(HOWS),
            )
        percent = 100
        if how == "fuzzy":
            percent = int(threshold) if threshold.isdecimal() and len(threshold) < 4 else 85
            if not LEAST <= percent <= 100:
                raise Problem(
                    N_("“%(line)s”: below %(least)s percent nearly everything is alike. Choose %(least)s to 100."),
                    domain=plugin.name,
                    line=line,
                    least=LEAST,
                )
        found.append(Condition(field, how, percent))
    return found


def comparable(resource) -> dict[str, str]:
    """The fields of a Resource that rules may compare, with their labels in the reader's language."""
    skipped = ("addresses", "roles", "tags", "stage", "channel", "language", "source")
    skipped += ("created_at", "updated_at", "last_activity_at", "next_step_at")
    found = {}
    for name in dict.fromkeys((*resource.fields, *resource.kinds)):
        kind = resource.kinds[name]
        plain = isinstance(kind, (fields.Several, fields.Text, fields.Date, fields.Choice, fields.Link, fields.Integer))
        if name not in skipped and plain:
            found[name] = resource.field_title(name)
    if resource.name == "contacts":
        found |= {part: f"{resource.field_title('addresses')}: {_(label)}" for part, label in PARTS.items()}
    return found


def is_comparable(field: str, known) -> bool:
    """Whether a rule may compare a field: one of the known ones, or a custom one by its heading."""
    return field in known or (field.startswith("custom.") and len(field) > len("custom."))


class Conditions(fields.LongText):
    """Conditions as lines of text; in the browser each one is a row of choices."""

    ROWS = 2  # empty ones below those that are filled

    def collect(self, formdata):
        rows: dict[int, dict[str, str]] = {}
        for key in formdata:
            match = re.fullmatch(rf"{self.name}-(\d{{1,3}})-(field|how|threshold)", key)
            if match:
                rows.setdefault(int(match[1]), {})[match[2]] = formdata[key].strip()
        if not rows:
            return formdata.get(self.name)
        lines = [
            " ".join((r["field"], r.get("how") or "normalised", r.get("threshold", "")))
            for _, r in sorted(rows.items())
            if r.get("field")
        ]
        return "\n".join(" ".join(line.split()) for line in lines)

    def parse(self, text, context=fields.NOBODY):
        return "\n".join(map(str, read_conditions(str(text or ""))))

    def draw(self, field, **more):
        known = comparable(resource_of(Contact))
        try:
            have = read_conditions(field.raw or "")
        except Problem:
            have = []
        rows = [*have, *[Condition("", "normalised", 85)] * self.ROWS]
        drawn = Markup("").join(self._row(field, i, condition, known) for i, condition in enumerate(rows))
        return Markup(
            '<div class="gx-stack gx-stack-sm" data-gx-rows id="{}" role="group" aria-label="{}">{}'
            '<button class="btn btn-ghost btn-sm justify-self-start" type="button" data-gx-add-row>{}{}</button></div>'
        ).format(field.id, field.label.text, drawn, html.icon("plus"), _("Condition"))

    def _row(self, field, i, condition, known):
        def select(part, options, chosen, label):
            drawn = [
                Markup('<option value="{}"{}>{}</option>').format(k, Markup(" selected") if k == chosen else "", v)
                for k, v in options.items()
            ]
            return Markup('<select class="form-select" name="{}-{}-{}" aria-label="{}">{}</select>').format(
                field.name, i, part, label, Markup("").join(drawn)
            )

        percent = condition.threshold if condition.how == "fuzzy" else 85
        return Markup('<div class="gx-row" data-gx-row-of="{}">{}{}{}</div>').format(
            field.name,
            select("field", {condition.field: condition.field, **known}, condition.field, _("Field")),
            select("how", {k: _(v) for k, v in HOWS.items()}, condition.how, _("Comparison")),
            Markup(
                '<input class="form-control w-auto" type="number" min="{}" max="100" name="{}-{}-threshold" value="{}"'
                ' aria-label="{}">'
            ).format(LEAST, field.name, i, percent, _("Percent alike")),
        )

    def cell(self):
        return lambda record: self.show(record.conditions)

    def show(self, value):
        known = comparable(resource_of(Contact))
        lines = [
            Markup('{} <span class="gx-2">{}</span>').format(
                known.get(c.field, c.field), _(HOWS[c.how]).replace("…", str(c.threshold))
            )
            for c in read_conditions(value or "")
        ]
        return Markup("<br>").join(lines)


class Rule(Record):
    """Two contacts are likely the same when all conditions hold (AND), or so many of them; rules add up (OR)."""

    name = fields.SeededName(label=N_("Rule"), required=True, max_length=120)
    active = fields.Bool(label=N_("In use"), default=True)
    conditions = Conditions(label=N_("Conditions"), required=True, max_length=4000)
    needed = fields.Integer(
        label=N_("How many must hold"), help=N_("Leave it empty for all of them. An empty field never holds.")
    )

    @property
    def parsed(self) -> list[Condition]:
        return read_conditions(self.conditions)


class Reasons(fields.JSON):
    """Why two contacts are a pair: `[[field, how, percent], …]`."""

    def show(self, value):
        contacts = resource_of(Contact)
        known, hidden = comparable(contacts), contacts.hidden(g.user) if has_request_context() else ()
        said = []
        for field, how, percent in value or ():
            if field.partition(".")[0] in hidden:
                continue
            label = known.get(field, field)
            said.append(f"{label} {percent} %" if how == "fuzzy" and percent < 100 else f"{label} ✓")
        return Markup("").join(html.tag(str(escape(text)), "green" if "✓" in text else "azure") for text in said)


class Percent(fields.Integer):
    """A score of 0 to 100."""

    def show(self, value):
        return f"{value} %" if value is not None else ""


class Pair(Record):
    """Two contacts that may be the same. A merge moves its Links like all others, and an undo moves them back."""

    first = fields.Link(Contact, label=N_("Contact"), required=True, backref="duplicates")
    second = fields.Link(Contact, label=N_("May be the same as"), required=True, backref="duplicate_of")
    score = Percent(label=N_("Score"), index=True)
    reasons = Reasons(label=N_("Because"), default=list)
    state = fields.Choice(
        [("open", N_("To look at"), "orange"), ("no", N_("Not a duplicate"), "gray")],
        label=N_("State"),
        default="open",
        index=True,
    )

    def __str__(self):
        return f"{self.first} = {self.second}?" if self.first_id and self.second_id else f"#{self.id}"

    @property
    def merge_url(self) -> str:
        """The page that compares both."""
        return f"/contacts/merge?id={self.first_id}&id={self.second_id}"


class Fresh(Base):
    """A contact that was written and not yet looked at."""

    contact_id = peewee.IntegerField()


#: The rules of a new firm: name, conditions, how many must hold (None: all).
DEFAULTS = [
    (N_("Same e-mail and a similar name"), "emails normalised\nname fuzzy 75", None),
    (N_("Same phone number and a similar name"), "phones phone\nname fuzzy 75", None),
    (N_("Same name (pinyin) and same employer"), "name pinyin\norganisation exact", None),
    (N_("Same name (pinyin) and same birthday"), "name pinyin\nbirthday exact", None),
    (
        N_("Similar name at a similar address"),
        "name fuzzy 80\naddresses.road fuzzy 75\naddresses.city normalised",
        None,
    ),
    (N_("Same organisation but for the legal form"), "name legal\nkind exact\naddresses.city normalised", None),
    (N_("Same website and a similar name"), "website normalised\nname fuzzy 75", None),
]
