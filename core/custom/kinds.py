"""The kinds of custom fields: those of `fields`, with their values in the JSON column instead of one of their own.

Filters and sorting read the value by a path that is written out (`json_extract("custom", '$.c12')`): a bound path is
another expression to the database, and no index on it would ever be used.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import peewee
from markupsafe import Markup, escape
from peewee import SQL, Context

from .. import fields, html
from ..db import is_postgres
from ..i18n import N_, Problem
from ..words import sort_key

#: Longest key that is sorted by; PostgreSQL takes no index row of more than 2,700 bytes.
LONGEST_KEY = 600


class Inside:
    """Something inside the JSON column as an expression; comes before a peewee field, whose conversions it keeps."""

    #: What the text of the value is cast to, as SQLite and as PostgreSQL call it; "" leaves it as it is.
    casts: tuple[str, str] = ("", "")

    def place(self, model, name: str, *path: str):
        """Say where the value lies: in which table, and below which key (or keys) of the document."""
        self.model, self.name, self.safe_name, self.column_name = model, name, name, name
        self.path = path or (name,)
        return self

    def __sql__(self, ctx: Context) -> Context:
        document = self.model.custom
        if is_postgres(self.model._meta.database):
            keys = ",".join(self.path)
            ctx.literal("((").sql(document).literal(f"::json #>> '{{{keys}}}')")
            return ctx.literal(f"::{self.casts[1]})" if self.casts[1] else ' COLLATE "C")')
        keys = ".".join(self.path)
        inner = "CAST(json_extract(" if self.casts[0] else "json_extract("
        ctx.literal(inner).sql(document).literal(f", '$.{keys}')")
        return ctx.literal(f" AS {self.casts[0]})") if self.casts[0] else ctx

    def filled(self):
        """A condition: there is a value. SQLite would walk through all empty ones for `IS NOT NULL`."""
        if is_postgres(self.model._meta.database):
            return self.is_null(False)
        least = "''" if isinstance(self, (peewee.TextField, peewee.CharField, peewee.DateField)) else "-9e999"
        return peewee.Expression(self, ">=", SQL(least))

    def read(self, record) -> Any:
        """The value of one record, as the expression gives it."""
        found = record.custom or {}
        for key in self.path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


class Path(Inside, peewee.TextField):
    """A text inside the JSON column."""


class Stored(Inside):
    """What all custom kinds share; comes before the kind of `fields` whose rules it keeps."""

    index = False
    #: What a record without a value has.
    nothing: Any = None
    #: Whether lists may be filtered and sorted by it: it has its index.
    ready = False
    #: Whether one may sort by it at all.
    ordered = True
    #: The columns by which its Resource's list is sorted at first.
    follow: tuple[str, ...] = ("id",)
    #: A second key of the document, which goes along with the value.
    more: str = ""

    def get(self, record):
        stored = (record.custom or {}).get(self.name)
        return self.nothing if stored is None else self.unjson(stored)

    def set(self, record, value) -> None:
        custom = {k: v for k, v in (record.custom or {}).items() if k not in (self.name, self.more)}
        if not self.empty(value):
            custom |= self.stored(value)
        record.custom = custom

    def stored(self, value) -> dict:
        """The part of the document that keeps a value."""
        return {self.name: self.json(value)}

    def first(self, context: fields.Context = fields.NOBODY):
        """The value of a new record; None when there is none, or the default is not understood any more."""
        try:
            return self.parse(self.start, context) if self.start else None
        except Problem:
            return None

    @property
    def sort_column(self):
        return self if self.ready and self.ordered else None

    def cell(self) -> Callable[[Any], str | Markup]:
        get, show = self.get, self.show
        return lambda record: show(get(record))

    def condition(self, values: Sequence[str], context: fields.Context = fields.NOBODY):
        found = super().condition([v for v in values if v != "none"], context)
        if "none" in values:
            found = self.is_null() if found is None else found | self.is_null()
        return found

    def indexed(self) -> dict[str, str]:
        """The indexes that filter and sort by it: the end of a name → what follows `ON "table"`."""
        return {"": _listed(_sql(self), "id")}


class Matched(Stored):
    """What is filtered by a value that many rows share: its index has them in the order of the list."""

    def indexed(self):
        return {"": _listed(_sql(self), *self.follow)}


def _listed(expression: str, *columns: str, where: str = "") -> str:
    """An index of what is not in the trash. The mark is in it all the same, or SQLite would look into each row."""
    names = [expression] * bool(expression) + [f'"{name}"' for name in (*columns, "deleted_batch")]
    return f'({", ".join(names)}) WHERE "deleted_batch" IS NULL{where}'


def _sql(node) -> str:
    """An expression as it stands in a statement that makes an index."""
    context = node.model._meta.database.get_sql_context(scope=peewee.SCOPE_VALUES)
    return context.sql(node).query()[0]


class Keyed(Stored):
    """Text that is compared and sorted by a key of its own: case-folded, Chinese by pinyin."""

    nothing = ""

    @property
    def more(self) -> str:
        return f"{self.name}_key"

    def stored(self, value) -> dict:
        return {self.name: value, self.more: sort_key(value)[:LONGEST_KEY]}

    @property
    def key(self) -> Path:
        """The key as an expression."""
        return Path(null=True).place(self.model, self.more)

    @property
    def sort_column(self):
        return self.key if self.ready else None

    def condition(self, values, context=fields.NOBODY):
        column = self.key
        return fields.any_of(
            [column.is_null() if v == "none" else column == sort_key(v)[:LONGEST_KEY] for v in values if v]
        )

    def indexed(self) -> dict[str, str]:
        return {"": _listed(_sql(self.key), "id")}


class Text(Keyed, fields.Text):
    """One line of text, of up to 255 characters."""


class URL(Keyed, fields.URL):
    """A web address."""


class LongText(Stored, fields.LongText):
    """Text of several lines: found by the search, and not filtered by."""

    nothing, filter_control, ordered = "", None, False

    def cell(self):
        get = self.get
        return lambda record: Markup('<span class="gx-ell">{}</span>').format((get(record) or "")[:120])

    def indexed(self):
        return {}


class Number(Stored, fields.Number):
    """A decimal number; kept as text, which is exact, and compared as a number."""

    casts = ("REAL", "numeric")


class Money(Stored, fields.Money):
    """An amount: `{"minor": …, "currency": …}`, compared by its minor units."""

    casts = ("", "bigint")

    def place(self, model, name, *path):
        return super().place(model, name, *(path or (name, "minor")))

    def set(self, record, value):
        if isinstance(value, int):
            before = self.get(record)
            value = fields.Amount(value, before.currency if before else "CNY")
        super().set(record, value)


class Date(Stored, fields.Date):
    """A calendar date; "today" as a default is the day on which the record is made."""

    def db_value(self, value):
        return value.isoformat() if hasattr(value, "isoformat") else value

    def first(self, context=fields.NOBODY):
        return html.today() if self.start == "today" else super().first(context)


class Bool(Matched, fields.Bool):
    """Yes or no; only a yes is written down, and a no is what a merge fills from others."""

    nothing, ordered = False, False
    casts = ("", "boolean")

    def empty(self, value):
        return not value

    def condition(self, values, context=fields.NOBODY):
        wanted = {self.parse(v, context) for v in values}
        if len(wanted) != 1:
            return None
        return self == True if wanted.pop() else self.is_null()  # noqa: E712


class Link(Matched, fields.Link):
    """A contact or a colleague; "me" as a default is whoever makes the record."""

    ordered = False
    casts = ("", "integer")

    def place(self, model, name, *path):
        self.rel_field, self.object_id_name = self.rel_model._meta.primary_key, name
        return super().place(model, name, *path)

    def first(self, context=fields.NOBODY):
        if self.start == "me":
            return context.user.id if context.user else None
        return super().first(context)

    def cell(self):
        name, get = self.name, self.get

        def draw(record):
            id = get(record)
            if id is None:
                return ""
            target = record.__rel__.get(name)
            return getattr(target, "link", None) or escape(target if target is not None else f"#{id}")

        return draw


class Choice(Matched, fields.Choice):
    """One of a list that the administrator keeps; its words are the firm's own and are not translated."""

    nothing, domain = "", "core"

    def named(self, value):
        return self.labels.get(value, value or "")

    def cell(self):
        return Stored.cell(self)

    def indexed(self):
        return super().indexed() | {"_sort": _listed(_sql(self), "id")}


class Choices(Stored, fields.Kind, peewee.TextField):
    """Several of a list. Each option has an index of its own, of the rows that have it."""

    control, filter_control, nothing, ordered = "boxes", "choice", [], False
    #: Options that are not offered any more.
    retired: frozenset[str] = frozenset()

    def __init__(self, options, label="", help="", required=False, null=True):
        super().__init__(null=null)
        self.declare(label, help, required)
        self.options = options
        self.labels = {value: label for value, label, _ in options}
        self.hues = {value: hue for value, _, hue in options}

    @property
    def more(self) -> str:
        return f"{self.name}_key"

    def stored(self, value):
        return {self.name: value, self.more: dict.fromkeys(map(mark, value), 1)}

    def named(self, value: str) -> str:
        return self.labels.get(value, value or "")

    def parse(self, text, context=fields.NOBODY):
        items = text if isinstance(text, list) else str(text).replace("；", ";").replace("\n", ";").split(";")
        known = {label.casefold(): value for value, label in self.labels.items()}
        known |= {value.casefold(): value for value in self.labels}
        found = []
        for item in filter(None, (str(i).strip() for i in items)):
            if item.casefold() not in known:
                names = ", ".join(self.labels.values())
                raise Problem(N_("“%(text)s” is not one of: %(options)s."), text=item[:80], options=names)
            found.append(known[item.casefold()])
        return [value for value in self.labels if value in found]

    def text(self, value):
        return "; ".join(self.named(v) for v in value or ())

    def show(self, value):
        tags = [html.tag(self.named(v), self.hues.get(v, "gray")) for v in value or ()]
        return Markup('<span class="gx-row gx-row-wrap gap-1">{}</span>').format(Markup("").join(tags)) if tags else ""

    def has(self, value: str) -> Path:
        """An expression that is NULL for the rows without this option."""
        return Path(null=True).place(self.model, self.name, self.more, mark(value))

    def condition(self, values, context=fields.NOBODY):
        wanted = [v for v in values if v != "none"]
        found = [self.has(v).is_null(False) for value in wanted for v in self.parse([value], context)]
        return fields.any_of(found + [self.is_null()] * ("none" in values))

    def indexed(self):
        conditions = {mark(value): f"{_sql(self.has(value))} IS NOT NULL" for value in self.labels}
        conditions["none"] = f"{_sql(self)} IS NULL"
        return {f"_{end}": _listed("", *self.follow, where=f" AND {found}") for end, found in conditions.items()}

    # Its own control: a box for each option

    def draw(self, field, **more):
        have = set(field.data or ())
        offered = [v for v in self.labels if v not in self.retired or v in have]
        boxes = [
            Markup(
                '<label class="form-check m-0"><input class="form-check-input" type="checkbox" name="{}" value="{}"{}>'
                '<span class="form-check-label">{}</span></label>'
            ).format(field.name, value, Markup(" checked") if value in have else "", self.named(value))
            for value in offered
        ]
        return Markup(
            '<div class="gx-row gx-row-wrap gap-3" role="group" id="{}" aria-label="{}">'
            '<input type="hidden" name="{}" value="">{}</div>'
        ).format(field.id, field.label.text, field.name, Markup("").join(boxes))

    def collect(self, formdata):
        return [v for v in formdata.getlist(self.name) if v] if self.name in formdata else None


def mark(value: str) -> str:
    """An option as a key of the document: whatever its letters, it stands in a path without quotes."""
    return f"o{zlib.crc32(value.encode()):08x}"


#: Kind of a definition → its class here; "contact" and "user" are Links.
KINDS: dict[str, type] = {
    "text": Text,
    "longtext": LongText,
    "number": Number,
    "money": Money,
    "date": Date,
    "choice": Choice,
    "choices": Choices,
    "bool": Bool,
    "contact": Link,
    "user": Link,
    "url": URL,
}

__all__ = ["KINDS", "Choice", "Choices", "Link", "Path", "Stored", "mark"]
