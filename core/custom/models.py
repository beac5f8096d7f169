"""The definition of one custom field, as a record like any other: with journal, undo and API."""

import re
from collections.abc import Iterable

from flask import current_app
from markupsafe import Markup

from .. import fields, html, i18n
from ..i18n import N_, Problem
from ..record import Record
from . import kinds

#: What an administrator calls the kinds of `kinds.KINDS`, and the hue of each in the list.
KIND_WORDS = [
    ("text", N_("Text"), "blue"),
    ("longtext", N_("Long text"), "blue"),
    ("number", N_("Number"), "purple"),
    ("money", N_("Money"), "purple"),
    ("date", N_("Date"), "orange"),
    ("choice", N_("Choice"), "green"),
    ("choices", N_("Several choices"), "green"),
    ("bool", N_("Yes or no"), "green"),
    ("contact", N_("A contact"), "teal"),
    ("user", N_("A colleague"), "teal"),
    ("url", N_("Web address"), "blue"),
]
#: Kinds with a list of options.
LISTED = ("choice", "choices")
#: Kinds of records whose screens are not made of their fields: what a form asks for would never be asked there.
WITHOUT = frozenset(("custom_fields", "roles", "relationships", "entries"))
#: Options of one field: each of several choices has an index of its own.
MOST_OPTIONS = 60


class Kept(fields.Text):
    """The name of a kind of record, chosen from a list."""

    def draw(self, field, **more):
        titles = targets(current_app.extensions["guanxi"])
        options = [
            Markup('<option value="{}"{}>{}</option>').format(n, Markup(" selected") if n == field.raw else "", title)
            for n, title in titles.items()
        ]
        return Markup('<select class="form-select{}" id="{}" name="{}" required>{}</select>').format(
            " is-invalid" if field.errors else "", field.id, field.name, Markup("").join(options)
        )

    def show(self, value):
        resource = current_app.extensions["guanxi"].resources.get(value)
        return resource.title if resource is not None else value

    def cell(self):
        return lambda record: self.show(record.resource)


def targets(build) -> dict[str, str]:
    """The kinds of records that can have fields of one's own: name → title in the reader's language."""
    return {r.name: r.title for r in build.resources.values() if r.writable and r.name not in WITHOUT}


class Options(fields.JSON):
    """The list of a choice: `[{"value", "label", "hue", "retired"}, …]`, in its order.

    `value` is what rows keep; it is the label that an option had when it was new. Two marks are instructions and not
    kept: an option with `becomes` goes, and the rows that have it get that other value; one with `removed` goes, too.
    """

    control = "options"
    BLANK = 3

    def parse(self, text, context=fields.NOBODY):
        """Rows of a form or of the API, or lines of text → options. Raises Problem."""
        rows = [{"label": line} for line in text.splitlines()] if isinstance(text, str) else text
        if not isinstance(rows, list) or not all(isinstance(row, (dict, str)) for row in rows):
            raise Problem(N_("Write one choice a line."))
        found = [_option({"label": row} if isinstance(row, str) else row) for row in rows]
        return distinct([option for option in found if option])

    def collect(self, formdata):
        rows: dict[int, dict[str, str]] = {}
        for key in formdata:
            if match := re.fullmatch(rf"{self.name}-(\d{{1,3}})-(value|label|hue|then)", key):
                rows.setdefault(int(match[1]), {})[match[2]] = formdata[key].strip()
        return [_typed(row) for _, row in sorted(rows.items())] if rows else formdata.get(self.name)

    def text(self, value):
        return "\n".join(option["label"] for option in value or ())

    def show(self, value):
        tags = [html.tag(o["label"], "gray" if o["retired"] else o["hue"]) for o in value or ()]
        return Markup('<span class="gx-row gx-row-wrap gap-1">{}</span>').format(Markup("").join(tags))

    def draw(self, field, **more):
        typed = field.data.splitlines() if isinstance(field.data, str) else field.data or ()
        have = [EMPTY | ({"label": row} if isinstance(row, str) else row) for row in typed]
        staying = [option for option in have if option["label"] and not going(option)]
        rows = [*have, *[EMPTY] * self.BLANK]
        drawn = Markup("").join(self._row(field.name, i, option, staying) for i, option in enumerate(rows))
        return Markup(
            '<div class="gx-stack gx-stack-sm" data-gx-rows id="{}" role="group" aria-label="{}">{}'
            '<button class="btn btn-ghost btn-sm justify-self-start" type="button" data-gx-add-row>{}{}</button></div>'
        ).format(field.id, field.label.text, drawn, html.icon("plus"), i18n.gettext("Choice"))

    def _row(self, name, i, option, others):
        hues = {hue: i18n.gettext(word) for hue, word in HUES.items()}
        then = ""
        if option["value"]:
            after = {"": i18n.gettext("offered"), "retired": i18n.gettext("kept, not offered any more")}
            after |= {"remove": i18n.gettext("removed")}
            after |= {
                f"={o['value']}": i18n.gettext("replaced by “%(other)s”", other=o["label"])
                for o in others
                if o["value"] != option["value"]
            }
            chosen = "retired" if option["retired"] else "remove" if option.get("removed") else ""
            chosen = f"={option['becomes']}" if option.get("becomes") else chosen
            then = _select(f"{name}-{i}-then", after, chosen, i18n.gettext("What becomes of it"))
        return Markup(
            '<div class="gx-option" data-gx-row-of="{0}">'
            '<input class="form-control" name="{0}-{1}-label" value="{3}" maxlength="60"'
            ' aria-label="{4}">{5}{6}<input type="hidden" name="{0}-{1}-value" value="{2}"></div>'
        ).format(
            name,
            i,
            option["value"],
            option["label"],
            i18n.gettext("Choice"),
            _select(f"{name}-{i}-hue", hues, option["hue"], i18n.gettext("Colour")),
            then,
        )


EMPTY = {"value": "", "label": "", "hue": "gray", "retired": False}
HUES = {
    "gray": N_("grey"),
    "blue": N_("blue"),
    "indigo": N_("indigo"),
    "purple": N_("purple"),
    "pink": N_("pink"),
    "red": N_("red"),
    "orange": N_("orange"),
    "yellow": N_("yellow"),
    "green": N_("green"),
    "teal": N_("teal"),
    "cyan": N_("cyan"),
    "azure": N_("azure"),
}


def _select(name: str, options: dict[str, str], chosen: str, label: str) -> Markup:
    drawn = [
        Markup('<option value="{}"{}>{}</option>').format(k, Markup(" selected") if k == chosen else "", word)
        for k, word in options.items()
    ]
    return Markup('<select class="form-select" name="{}" aria-label="{}">{}</select>').format(
        name, label, Markup("").join(drawn)
    )


def _typed(row: dict[str, str]) -> dict:
    """A row of the form as an option; one whose label was cleared is removed."""
    then, value, label = row.get("then", ""), row.get("value", ""), row.get("label", "")
    option = {"value": value, "label": label or value, "hue": row.get("hue", ""), "retired": then == "retired"}
    if then.startswith("="):
        return option | {"becomes": then[1:]}
    return option | ({"removed": True} if value and (then == "remove" or not label) else {})


def going(option: dict) -> bool:
    """Whether an option is to be taken off the list."""
    return bool(option.get("becomes") or option.get("removed"))


def _option(row: dict) -> dict | None:
    """One option as it is kept; None for an empty row. Raises Problem."""
    label = " ".join(str(row.get("label") or row.get("value") or "").split())
    if not label:
        return None
    value = " ".join(str(row.get("value") or label).split())
    if max(len(label), len(value)) > 60:
        raise Problem(N_("“%(text)s” is longer than 60 characters. Shorten it."), text=label[:70])
    if value in ("none", "me") or set(";；,，") & set(value + label):
        raise Problem(
            N_("“%(text)s” cannot be a choice: leave out commas and semicolons, and the word none."), text=label
        )
    hue = row.get("hue") if row.get("hue") in HUES else "gray"
    option = {"value": value, "label": label, "hue": hue, "retired": bool(row.get("retired"))}
    if row.get("becomes"):
        option["becomes"] = str(row["becomes"])
    return option | ({"removed": True} if row.get("removed") else {})


def distinct(options: list[dict]) -> list[dict]:
    """The options, when no two of them can be taken for each other. Raises Problem."""
    if len(options) > MOST_OPTIONS:
        raise Problem(N_("These are more than %(n)s choices. A link to a record suits so many better."), n=MOST_OPTIONS)
    seen: dict[str, int] = {}
    for i, option in enumerate(options):
        for word in {option["value"].casefold(), option["label"].casefold()}:
            if seen.setdefault(word, i) != i:
                raise Problem(N_("There are two choices “%(text)s”. Give one another name."), text=option["label"])
    if len({kinds.mark(o["value"]) for o in options}) < len(options):
        raise Problem(N_("Two of these choices are too much alike for the index. Change a letter of one."))
    staying = {o["value"] for o in options if not going(o)}
    for option in options:
        if option.get("becomes") and option["becomes"] not in staying:
            raise Problem(
                N_("“%(text)s” cannot be replaced by “%(other)s”, which is going too."),
                text=option["label"],
                other=option["becomes"],
            )
    return options


class CustomField(Record):
    """One field that an administrator has made; its values lie in the records' `custom` under `key`."""

    resource = Kept(label=N_("Kind of record"), required=True, max_length=80)
    title = fields.Text(label=N_("Label"), required=True, max_length=60)
    kind = fields.Choice(KIND_WORDS, label=N_("Kind"), required=True, default="text")
    options = Options(
        label=N_("Choices"),
        help=N_("What rows have stays when a choice is renamed. A choice that is in use cannot just be removed."),
        default=list,
    )
    help = fields.Text(label=N_("Help text"), help=N_("Stands below the input."), max_length=300)
    section = fields.Text(
        label=N_("Section"), help=N_("A heading on the form; fields of one section stand together."), max_length=60
    )
    position = fields.Integer(label=N_("Order"), help=N_("Lower stands higher; a new one comes last."), default=0)
    required = fields.Bool(label=N_("Must be filled in"))
    default = fields.Text(
        label=N_("Default"),
        help=N_("What a new record starts with; of a date also today, of a colleague also me."),
        max_length=500,
    )
    filtered = fields.Bool(
        label=N_("Lists can be filtered and sorted by it"),
        help=N_("Has the database keep an index, which makes each save a little slower."),
        default=True,
    )

    def __str__(self):
        return self.title

    @property
    def key(self) -> str:
        """Its name everywhere: in the document, in addresses, in the API."""
        return f"c{self.id}"


def kind_of(definition: CustomField, resource, ready: Iterable[str] = ()) -> kinds.Stored:
    """A definition as a kind of a Resource; `ready` are the names of the indexes that there are."""
    said = {"label": definition.title, "help": definition.help, "required": definition.required, "null": True}
    made = kinds.KINDS[definition.kind]
    if definition.kind in LISTED:
        kind = made([(o["value"], o["label"], o["hue"]) for o in definition.options], **said)
        kind.retired = frozenset(o["value"] for o in definition.options if o["retired"])
    elif definition.kind in ("contact", "user"):
        name = {"contact": "contacts", "user": "users"}[definition.kind]
        kind = made(resource.build.resources[name].model, **said)
    elif definition.kind == "text":
        kind = made(max_length=255, **said)
    else:
        kind = made(**said)
    kind.section, kind.start = definition.section, definition.default
    kind.place(resource.model, definition.key)
    first = resource.order.lstrip("-")
    kind.follow = ("id",) if first == "id" else (resource.kinds[first].sort_column.column_name, "id")
    kind.ready = definition.filtered and bool(kind.indexed()) and set(index_names(kind)) <= set(ready)
    return kind


def index_names(kind: kinds.Stored) -> dict[str, str]:
    """The indexes of a kind: name → what follows `ON "table"`."""
    return {f"custom_{kind.name}{end}": what for end, what in kind.indexed().items()}


__all__ = ["KIND_WORDS", "LISTED", "CustomField", "going", "index_names", "kind_of", "targets"]
