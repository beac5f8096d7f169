"""A list of records as the address asks for it: search, filters, sort, columns, keyset pages; no query per row."""

import base64
import datetime as dt
import functools
import json
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import peewee
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from . import db, fields, html, i18n, journal, journal_words
from .i18n import N_, Problem
from .pages import Column
from .points import ROLE_WORDS
from .resource import Resource

#: Counts are exact up to here, then "1,000+".
COUNTED = 1000


@dataclass(frozen=True)
class Head:
    """A column of the list as drawn: its cell function was chosen once for all rows."""

    name: str
    title: str
    cell: Callable[[Any], str | Markup]
    numeric: bool = False
    #: The value of `sort` that its heading leads to, or "" when it cannot be sorted by.
    sort: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Chip:
    """A filter that is set: what it says, and the address without it."""

    name: str
    title: str
    values: str
    without: str


class Listing:
    """One list of one user. `args` are the address's parameters; nonsense in them is said in `problems`, not raised."""

    def __init__(
        self, resource: Resource, user, args: MultiDict, extra_columns: Sequence[Column] = (), size: int | None = None
    ):
        self.resource, self.user, self.args = resource, user, args
        self.model, self.size = resource.model, size or resource.page_size
        self.extra = {c.name: c for c in extra_columns}
        self.context = resource.build.context(user)
        self.problems: list[str] = []
        #: The same by filter, for programs.
        self.faults: dict[str, Problem] = {}

    # What is asked for

    @property
    def text(self) -> str:
        return self.args.get("q", "").strip()

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Fields that the user's role may not see, and so may neither filter nor sort by: counts would tell."""
        return self.resource.hidden(self.user)

    @property
    def filterable(self) -> list[str]:
        return [name for name in self.resource.filters if name not in self.hidden]

    @property
    def sortable(self) -> list[str]:
        kinds = self.resource.kinds.items()
        return [name for name, kind in kinds if kind.sort_column is not None and name not in self.hidden]

    @cached_property
    def filters(self) -> dict[str, list[str]]:
        """Filter name → values, of those that are set."""
        found = {}
        for name in self.filterable:
            values = [v for raw in self.args.getlist(name) for v in self._split(name, raw) if v]
            if values:
                found[name] = values
        return found

    def _split(self, name, raw):
        return raw.split(",") if self.resource.kinds[name].filter_control in ("choice", "pick", "role") else [raw]

    @cached_property
    def conditions(self) -> list:
        found = []
        for name, values in self.filters.items():
            try:
                condition = self.resource.kinds[name].condition(values, self.context)
                if condition is not None:
                    found.append(condition)
            except Problem as problem:
                self.problems.append(str(problem))
                self.faults[name] = problem
        if self.text:
            found.append(self.model.id << self.resource.matching(self.user, self.text))
        if self.batch is not None:
            found.append(journal.concerns(self.batch, self.resource.table, self.model.id))
        return found

    @cached_property
    def batch(self) -> journal.Batch | None:
        """`?batch=12`: only what one batch (an import, a bulk edit) wrote; others' batches are ignored."""
        number = self.args.get("batch", "")
        known = number.isdecimal() and len(number) < 10
        batch = journal.Batch.get_or_none(journal.Batch.id == int(number)) if known else None
        mine = batch is not None and (batch.user_id == self.user.id or self.user.is_admin)
        return batch if mine else None

    def query(self, *select):
        """The rows asked for, unsorted and unlimited: for counts, export and bulk acts."""
        query = self.resource.query(self.user, *select)
        return query.where(*self.conditions) if self.conditions else query

    # Order

    @cached_property
    def sort(self) -> tuple[str, bool]:
        """Sort field and whether descending."""
        wanted = self.args.get("sort", "") or self.resource.order
        name = wanted.lstrip("-")
        if name != "id" and name not in self.sortable:
            wanted = self.resource.order if self.resource.order.lstrip("-") in self.sortable else "-id"
            name = wanted.lstrip("-")
        return name, wanted.startswith("-")

    @cached_property
    def sort_column(self):
        name = self.sort[0]
        return self.model.id if name == "id" else self.resource.kinds[name].sort_column

    def _ordered(self, query, backwards: bool):
        down = self.sort[1] != backwards
        column, id = self.sort_column, self.model.id
        order = [id] if column is id else [column, id]
        return query.order_by(*[c.desc() if down else c.asc() for c in order])

    def _beyond(self, value, id, backwards):
        down = self.sort[1] != backwards
        if self.sort_column is self.model.id:
            return self.model.id < id if down else self.model.id > id
        left = peewee.EnclosedNodeList([self.sort_column, self.model.id])
        right = peewee.EnclosedNodeList([peewee.Value(value, converter=self.sort_column.db_value), peewee.Value(id)])
        return peewee.Expression(left, "<" if down else ">", right)

    # Pages

    @cached_property
    def page(self) -> "Page":
        """The rows of this page, with all that its columns need, and the cursors of its neighbours."""
        backwards = "before" in self.args
        cursor = read_cursor(self.args.get("before") or self.args.get("after"), self.sort_column)
        rows = self._rows(cursor, backwards, self.size + 1)
        more = len(rows) > self.size
        rows = rows[: self.size]
        if backwards:
            rows.reverse()
        self._dress(rows)
        older = self._cursor(rows[-1]) if rows and (more or backwards) else ""
        newer = self._cursor(rows[0]) if rows and cursor is not None and (not backwards or more) else ""
        return Page(rows, newer, older)

    def _halves(self):
        """The conditions of rows with a value and of rows without one, or None when every row has one."""
        column, name = self.sort_column, self.sort[0]
        if column.null:
            return column.filled() if hasattr(column, "filled") else column.is_null(False), column.is_null()
        if (
            name != "id"
            and getattr(self.resource.kinds[name], "keyed", False)
            and not self.resource.kinds[name].required
        ):
            return column > "", column == ""
        return None

    def _rows(self, cursor, backwards, limit):
        """Values first, empty ones last as a second range: an index gives each of them in order."""
        halves = self._halves()
        if halves is None:
            query = self.query()
            if cursor:
                query = query.where(self._beyond(*cursor, backwards))
            return db.records(self._ordered(query, backwards).limit(limit))
        ranges = [False, True] if not backwards else [True, False]
        if cursor and (cursor[0] in (None, "")) == ranges[1]:
            ranges = ranges[1:]
        rows = []
        for empty in ranges:
            query = self.query().where(halves[empty])
            if cursor and (cursor[0] in (None, "")) == empty:
                down = self.sort[1] != backwards
                beyond = (
                    (self.model.id < cursor[1] if down else self.model.id > cursor[1])
                    if empty
                    else self._beyond(*cursor, backwards)
                )
                query = query.where(beyond)
            rows += db.records(self._ordered(query, backwards).limit(limit - len(rows)))
            if len(rows) >= limit:
                break
        return rows

    def _cursor(self, record) -> str:
        column = self.sort_column
        if column is self.model.id:
            value = None
        else:  # a column inside the document of custom fields is read from there
            value = column.read(record) if hasattr(column, "read") else getattr(record, column.name)
        if value is not None:
            value = self.sort_column.db_value(value)
        return (
            base64.urlsafe_b64encode(
                json.dumps(
                    [str(value) if value is not None and not isinstance(value, (int, str)) else value, record.id]
                ).encode()
            )
            .decode()
            .rstrip("=")
        )

    def _dress(self, rows) -> None:
        shown = [c.name for c in self.shown]
        if any(n in self.resource.parts for n in shown):
            self.resource.load_parts(rows)
        self.resource.load_links(rows, [n for n in shown if n in self.resource.links])
        self.resource.veil(self.user, rows)  # a column of a module's own may draw anything

    # Columns

    @cached_property
    def offered(self) -> list[str]:
        """Every column that can be shown, in order."""
        own = [c if isinstance(c, str) else c.name for c in (*self.resource.columns, *self.resource.more_columns)]
        return [name for name in dict.fromkeys(own + list(self.extra)) if name not in self.hidden]

    @cached_property
    def shown(self) -> list[Head]:
        """The columns that are shown: by the address, the user's choice, or the declaration."""
        wanted = self.args.get("cols", "").split(",") if self.args.get("cols") else None
        wanted = wanted or self.user.preferences.get(f"columns.{self.resource.name}")
        if wanted is None:
            wanted = [c if isinstance(c, str) else c.name for c in self.resource.columns] + list(self.extra)
        first = self.offered[0]
        names = [first] + [n for n in wanted if n in self.offered and n != first]
        return [self._head(name) for name in names]

    def _declared(self, name) -> Column | None:
        own = (c for c in (*self.resource.columns, *self.resource.more_columns) if isinstance(c, Column))
        return self.extra.get(name) or next((c for c in own if c.name == name), None)

    def column_title(self, name: str) -> str:
        column = self._declared(name)
        return i18n.translate(column.label, column.domain) if column else self.resource.field_title(name)

    def _head(self, name: str) -> Head:
        column = self._declared(name)
        if column is not None:
            return Head(name, self.column_title(name), self._lazy(column), column.numeric)
        kind = self.resource.kinds[name]
        current, down = self.sort
        sort = direction = ""
        if name in self.sortable:
            direction = ("descending" if down else "ascending") if current == name else "none"
            sort = f"-{name}" if current == name and not down else name
        return Head(name, self.column_title(name), kind.cell(), kind.numeric, sort, direction)

    def _lazy(self, column: Column):
        values: dict | None = None

        def draw(record):
            nonlocal values
            if values is None:
                try:
                    values = column.load(self.page.rows)
                except Exception:
                    import logging

                    logging.getLogger("guanxi").exception("column %s failed", column.name)
                    values = {}
            value = values.get(record.id)
            return "" if value is None else column.show(value)

        return draw

    # Words

    @cached_property
    def count(self) -> tuple[int, bool]:
        """How many rows, and whether that is exact (counted to 1,000 only)."""
        parts = self._parts()
        inner = functools.reduce(operator.add, parts[1:], parts[0]).limit(COUNTED + 1)
        number = inner.count()
        return (number, True) if number <= COUNTED else (COUNTED, False)

    def _parts(self) -> list:
        """The rows in parts that share none, one for each way by which the user sees them.

        A database finds each part by its index, and reads the whole table for the OR of them. The way stands first:
        SQLite asks in this order, and it is the cheapest question that leaves the fewest rows.
        """
        ways, query = self.resource.ways(self.user), self.query(peewee.SQL("1"))
        if len(ways) < 2:
            return [query]
        before = [[~peewee.fn.COALESCE(way, False) for way in ways[:n]] for n in range(len(ways))]
        rows = self.model.select(peewee.SQL("1"))
        return [rows.where(way, query._where, *others) for way, others in zip(ways, before, strict=True)]

    def exact_count(self) -> int:
        return self.query(self.model.id).count()

    @cached_property
    def chips(self) -> list[Chip]:
        found = [
            Chip(name, self.resource.field_title(name), self._said(name, values), self.address(**{name: None}))
            for name, values in self.filters.items()
        ]
        if self.batch is not None:
            said = journal_words.title(self.resource.build, self.user, self.batch)
            found.append(Chip("batch", i18n.gettext("Change"), said, self.address(batch=None)))
        return found

    def _said(self, name, values) -> str:
        kind = self.resource.kinds[name]
        words = []
        for value in values:
            if value == "none":
                words.append(i18n.gettext("empty"))
            elif value == "me":
                words.append(i18n.gettext("Me"))
            elif kind.filter_control == "date" and value in fields.DATE_PRESETS:
                words.append(i18n.gettext(fields.DATE_PRESETS[value][0]))
            elif isinstance(kind, fields.Link):
                words.append(self._linked(kind, value))
            elif hasattr(kind, "named"):
                words.append(kind.named(value))
            elif kind.filter_control == "role":
                words.append(i18n.gettext(ROLE_WORDS.get(value, value)))
            else:
                words.append(value.replace("..", " – "))
        return ", ".join(words)

    def _linked(self, kind, value: str) -> str:
        """The name of a filter's record, of those that the user may see."""
        target = self.resource.build.by_model[kind.rel_model]
        if not re.fullmatch(r"[0-9]{1,9}", value):
            return value
        record = target.query(self.user).where(kind.rel_model.id == int(value)).first()
        return str(record) if record is not None else value

    def address(self, **changes) -> str:
        """This list's address with some parameters changed (None takes one away); pages start afresh."""
        from urllib.parse import urlencode

        pairs = [
            (k, v)
            for k, v in self.args.items(multi=True)
            if k not in changes and k not in ("after", "before", "fragment") and v
        ]
        for key, value in changes.items():
            pairs += [(key, v) for v in ([value] if isinstance(value, str) else value or ())]
        query = urlencode(pairs)
        return self.resource.url() + (f"?{query}" if query else "")

    @property
    def said_order(self) -> str:
        name = self.sort[0]
        title = self.resource.field_title(name) if name != "id" else i18n.gettext("newest first")
        return i18n.gettext("sorted by %(what)s", what=title)


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the cursors of the pages before and after ("" when there is none)."""

    rows: list
    newer: str
    older: str


def read_cursor(cursor: str | None, column):
    """A cursor's value and id; None for a missing or mangled one, or one of another order (the list starts afresh)."""
    if not cursor:
        return None
    try:
        value, id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if value is None:
            good = column.null or column.primary_key
        elif isinstance(column, peewee.IntegerField):
            good = type(value) is int and abs(value) < 2**63
        elif isinstance(column, (peewee.DateTimeField, peewee.DateField)):
            good = bool(dt.datetime.fromisoformat(value))
        else:
            good = isinstance(value, str) and "\0" not in value
        return (value, id) if good and type(id) is int and abs(id) < 2**63 else None
    except (ValueError, TypeError):
        return None


__all__ = ["N_", "Chip", "Head", "Listing", "Page", "escape", "html", "read_cursor"]
