"""`Resource`: what screens, API, import and export know of one kind of record; and the only door to its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

import peewee
from flask import current_app, url_for
from markupsafe import Markup, escape

from . import fields, i18n, search
from .db import (
    listed,
    plugin_of,
    records_by_id,
    snake,
)
from .db import records as records_of
from .errors import Forbidden, NotFound
from .links import load_links, masked
from .pages import Column
from .plugins import PluginError
from .record import Record
from .writing import Writing


class DeclarationError(PluginError):
    """A mistake in a declaration, found while the app is built: class, attribute and name are in the text."""


@dataclass(frozen=True)
class Action:
    """A verb of a Resource: a button, a permission and a POST route."""

    name: str
    label: str
    function: Callable
    icon: str = "bolt"
    confirm: str = ""
    order: int = 50
    #: Whether its button makes sense for a record as it is now; who calls it all the same gets what the method says.
    when: Callable[[Any], bool] | None = None


def action(label: str, icon: str = "bolt", confirm: str = "", order: int = 50, when=None):
    """Mark a method `(self, user, record)` of a Resource as an action; it may return a text for the toast or a URL.

    `when(record)` says whether the button is offered.
    """

    def mark(function):
        function.action = Action(function.__name__, label, function, icon, confirm, order, when)
        return function

    return mark


class Resource(Writing):
    """Declare a kind of record by deriving a class; the attributes below are all there is to know.

    Only attributes that name fields are checked here; everything computed is a method that you may override.
    """

    #: The Record class whose rows these are.
    model: type[Record]
    #: Key in permissions, API and import: `<plugin>_<model>` unless given.
    name: str = ""
    #: Where its pages lie: `/<plugin>/<model>` unless given.
    path: str = ""
    #: What one of them and many of them are called; made from the class names unless given.
    label: str = ""
    plural: str = ""
    #: The group of the menu that shows it: Customers, Sales, Marketing, Service, Insight, Work, or a new one.
    nav: str = ""
    #: Place in the menu's group; lower is higher.
    nav_order: int = 50
    #: Icon of @tabler/icons and hue, for menu, search and timeline.
    icon: str = "file"
    hue: str = "gray"
    #: Fields in the list, in order; also the export, and the form unless `fields` says otherwise. The first is a link.
    columns: Sequence[str | Column] = ()
    #: Columns that are offered but not shown at first.
    more_columns: Sequence[str | Column] = ()
    #: Fields in the form and the import, in order.
    fields: Sequence[str] = ()
    #: Fields that the list can be filtered by; each should have an index.
    filters: Sequence[str] = ()
    #: Fields whose words the search finds; the record's own name is always found.
    search: Sequence[str] = ()
    #: Whether they are in the search index.
    searched: bool = True
    #: How the list is sorted at first: a sortable field, with `-` for descending.
    order: str = "-id"
    #: Tabs of the list for everybody, before the views that people save: `(label, address after the "?")`.
    presets: Sequence[tuple[str, str]] = ()
    #: The Link to a contact whose timeline shows these records, and the field that says when.
    timeline: str = ""
    timeline_at: str = "created_at"
    #: The date or time that places records in calendars, and the one at which they end: by default `timeline_at`,
    #: unless that only says when a record was made. A field with `due=True` makes it something to do by then. None
    #: keeps records out of calendars that say what happened rather than what is planned.
    calendar_at: str | None = ""
    calendar_end: str = ""
    #: The Link to the user whose record it is; makes the role's scope (own, team, all) apply.
    owner: str = ""
    #: The Link to the record whose visibility it shares; by default the contact of `timeline` when there is no owner.
    follows: str = ""
    #: Whether somebody who is given a record of it by a colleague gets a notice; False where the plugin says it itself.
    tells_owner: bool = True
    #: Why these records stay when the contact that they belong to is erased: a sentence. Their personal fields are
    #: emptied then (see `Kind.personal`). Records without it go.
    keeps_on_erasure: str = ""
    #: Whether these records say nothing of anybody once their personal fields are empty. Others go when their contact
    #: is made anonymous.
    anonymous: bool = True
    #: Rows on one page of the list.
    page_size: int = 50
    #: False for what only the program writes.
    writable: bool = True
    #: Whether its records may have files: a panel on their page, and an address of the API.
    attachments: bool = True
    #: True for what nobody changes or deletes once it is recorded: what is true later is another record.
    lasting: bool = False
    #: Values with which checks can make a record, for fields whose made-up values the Resource refuses.
    sample: dict[str, Any] = {}
    #: What everybody who sees a record of it reads of what a Link points to, whether they see that or not:
    #: `{link: (field, …)}`. Only checks ask.
    tells: dict[str, Sequence[str]] = {}
    #: Fields that are part of what people work with, such as a checklist, or what a public page says: no role hides or
    #: locks them.
    always_shown: Sequence[str] = ()
    #: A template of your own for list, page and form; by default `<name>/…` is tried, then core's.
    list_template: str = "core/list.html"
    page_template: str = "core/record.html"
    form_template: str = "core/form.html"

    # Build

    def __init__(self, build):
        self.build = build
        cls = type(self)
        if not isinstance(getattr(cls, "model", None), type) or not issubclass(cls.model, Record):
            raise DeclarationError(f"{cls.__name__}.model: {getattr(cls, 'model', None)!r} is not a Record class")
        self.plugin = plugin_of(cls.__module__)
        self.name = cls.name or f"{self.plugin}_{snake(self.model.__name__)}"
        self.path = cls.path or f"/{self.plugin}/{self.name.removeprefix(self.plugin + '_')}"
        self.label = cls.label or _spaced(self.model.__name__)
        self.plural = cls.plural or _spaced(cls.__name__)
        self.table = self.model._meta.table_name
        self.kinds = fields.kinds_of(self.model)
        self.parts = fields.several_of(self.model)
        #: The fields that administrators made, which are among `kinds`, too; see `add_field`.
        self.custom: dict[str, fields.Kind] = {}
        self.fields = tuple(cls.fields) or tuple(
            c for c in cls.columns if isinstance(c, str) and c not in ("created_at", "updated_at")
        )
        self.actions = {
            a.name: a
            for c in reversed(cls.__mro__)
            for a in (getattr(f, "action", None) for f in vars(c).values())
            if a
        }
        if not self.owner and "owner" in self.kinds:
            self.owner = "owner"
        if not self.follows and not self.owner:
            self.follows = self.timeline
        if self.calendar_at == "" and self.timeline and self.timeline_at != "created_at":
            self.calendar_at = self.timeline_at
        self._check()
        self.links = {name: kind for name, kind in self.kinds.items() if isinstance(kind, fields.Link)}
        self._keyed = [name for name, kind in self.kinds.items() if getattr(kind, "keyed", False)]
        self._insertable = [(f.name, f.column_name, _to_column(f)) for f in self.model._meta.sorted_fields]

    def _check(self):
        """Every name must exist: a mistake fails here, not on somebody's screen."""
        cls, attributes = type(self).__name__, _NAMING
        for attribute in attributes:
            value = getattr(self, attribute)
            if isinstance(value, str):
                raise DeclarationError(f"{cls}.{attribute}: {value!r} is text; write a tuple: ({value!r},)")
            for name in value:
                if isinstance(name, str) and name not in self.kinds:
                    raise DeclarationError(f"{cls}.{attribute}: {self.model.__name__} has no {name!r}")
        for attribute in ("timeline", "owner", "follows"):
            name = getattr(self, attribute)
            if name and not isinstance(self.kinds.get(name), fields.Link):
                raise DeclarationError(f"{cls}.{attribute}: {self.model.__name__} has no Link {name!r}")
        if self.timeline and self.timeline_at not in self.kinds:
            raise DeclarationError(f"{cls}.timeline_at: {self.model.__name__} has no {self.timeline_at!r}")
        for attribute in ("calendar_at", "calendar_end"):
            name = getattr(self, attribute)
            if name and not isinstance(self.kinds.get(name), (fields.Date, fields.DateTime)):
                raise DeclarationError(f"{cls}.{attribute}: {self.model.__name__} has no date or time {name!r}")
        order = self.order.lstrip("-")
        if order != "id" and (order not in self.kinds or self.kinds[order].sort_column is None):
            raise DeclarationError(
                f"{cls}.order: {self.model.__name__} cannot be sorted by {order!r}; give it an index"
            )
        for name in self.filters:
            if self.kinds[name].filter_control is None:
                raise DeclarationError(f"{cls}.filters: {name!r} is of a kind that cannot be filtered")
        for _label, query in self.presets:
            for name in parse_qs(query, keep_blank_values=True):
                if name not in (*self.filters, "sort", "cols", "q"):
                    raise DeclarationError(f"{cls}.presets: {name!r} in {query!r} is not one of its filters")
        known = set(dir(Resource)) | {"model"}
        for name in self.actions.keys() & known:
            if not hasattr(getattr(Resource, name), "action"):
                raise DeclarationError(f"{cls}.{name}: a Resource has something else of this name; call it otherwise")
        for attribute, value in vars(type(self)).items():
            if attribute.startswith("_") or attribute in known or callable(value) or isinstance(value, property):
                continue
            raise DeclarationError(f"{cls}.{attribute}: a Resource has no such attribute")

    def add_field(self, kind) -> None:
        """Take in a field that an administrator made, while the app is built: as if the class had declared it."""
        name = kind.name
        self.kinds[name] = self.custom[name] = kind
        self.fields, self.more_columns = (*self.fields, name), (*self.more_columns, name)
        if kind.ready and kind.filter_control:
            self.filters = (*self.filters, name)
        if isinstance(kind, fields.Text):
            self.search = (*self.search, name)
        if isinstance(kind, fields.Link):
            self.links[name] = kind

    @property
    def editable(self) -> bool:
        """Whether its records have buttons to edit and delete them."""
        return self.writable and not self.lasting

    # Words

    @property
    def domain(self) -> str:
        return self.plugin

    @property
    def title(self) -> str:
        """The plural in the reader's language."""
        return i18n.translate(self.plural, self.domain)

    @property
    def singular(self) -> str:
        """One of them in the reader's language."""
        return i18n.translate(self.label, self.domain)

    def field_title(self, name: str) -> str:
        """A field's label in the reader's language."""
        return i18n.translate(self.kinds[name].title, self.domain)

    def url(self, view: str = "list", record=None, **values) -> str:
        """The address of one of its pages: list, new, page, edit, delete, field, act … and its parameters.

        Put together here: the addresses are regular, a page makes a hundred, and `url_for` takes ten times as long.
        """
        if view == "drop_view":
            return url_for(f"{self.name}.{view}", **values)
        path = self.base
        if record is not None:
            path += str(record if isinstance(record, int) else record.id)
        if view not in ("list", "page"):
            path += view if record is None else f"/{view}"
        if view in ("field", "act"):
            path += f"/{values.pop('name')}"
        values = {name: value for name, value in values.items() if value is not None}
        return f"{path}?{urlencode(values, doseq=True, safe='/')}" if values else path

    @property
    def base(self) -> str:
        """The list's address; `<base><id>` is a record's page. Known without a request, for jobs name pages, too."""
        return f"{self.path}/"

    def link(self, record) -> Markup:
        """The record's name as a link to its page."""
        return Markup(f'<a href="{self.base}{record.id}">{escape(str(record))}</a>')

    def entry_text(self, record) -> tuple[str, str]:
        """Title and text of the timeline entry that stands for a record; stored, so that it is readable when off."""
        return str(record), ""

    def entry_more(self, record) -> dict:
        """Further values of that entry: author, direction, duration, `custom={"author": …}` for one who is no user."""
        return {}

    def subtitle(self, record) -> str:
        """The grey words beside the record's name in search results."""
        return ""

    def page_links(self, user, record) -> list:
        """`ActionLink` objects for the buttons of a record's page, beside those that modules add."""
        return []

    # Who may what

    def can(self, user, verb: str) -> bool:
        """Whether the user's role holds `<name>.<verb>`."""
        return user.can(f"{self.name}.{verb}")

    def demand(self, user, verb: str) -> None:
        """Raises Forbidden unless `can`."""
        if not self.can(user, verb):
            raise Forbidden(f"{self.name}.{verb}")

    def query(self, user, *select):
        """The rows that the user may see, without the trash: where every query starts."""
        query = self.model.select(*select).where(self.model.deleted_batch.is_null())
        visible = self.visible(user)
        return query if visible is None else query.where(visible)

    def visible(self, user):
        """(scope OR every grant) AND every limit, as one expression; None when the user sees all rows."""
        if not self.can(user, "view"):
            return peewee.SQL("1 = 0")
        if user.is_system:
            return None
        seen = fields.any_of(self.ways(user))
        for limit in self.build.hook.limit_query(resource=self, user=user):
            if limit is not None:
                seen = limit if seen is None else seen & limit
        return seen

    def ways(self, user) -> list:
        """How a user comes to see rows, as expressions: the role's scope, shares, every grant. [] for all rows."""
        scope = self._in_scope(user)
        if scope is None:
            return []
        shared = [self.model.id << self.build.shares.seen_by(user, self.name)] if self.owner else []
        granted = self.build.hook.grant_query(resource=self, user=user)
        return [scope, *shared, *(grant for grant in granted if grant is not None)]

    def _in_scope(self, user):
        if self.owner:
            owners = user.owners(self.name)
            return None if owners is None else self.kinds[self.owner] << listed(owners)
        if self.follows:
            link = self.kinds[self.follows]
            target = self.build.by_model[link.rel_model]
            inner = target.visible(user)
            if inner is None:
                return None
            ids = target.model.select(target.model.id).where(inner)
            return link.is_null() | (link << ids)
        return None

    def _followed(self) -> list[Resource]:
        """This Resource and those whose visibility it shares, up to the one whose rows have owners."""
        chain = [self]
        while not chain[-1].owner and chain[-1].follows:
            chain.append(self.build.by_model[chain[-1].kinds[chain[-1].follows].rel_model])
        return chain

    def ruled(self, user) -> bool:
        """Whether a hook grants or limits rows for this user, of which the search index knows nothing."""
        asked = (self.build.hook.grant_query, self.build.hook.limit_query)
        return not user.is_system and any(
            rule is not None for hook in asked for one in self._followed() for rule in hook(resource=one, user=user)
        )

    def access(self, user) -> list[str] | None:
        """For the search index: None for all rows, else the scope words of which a row must carry one.

        It only narrows: what is found must still go through `query(user)`, as `lookup` does.
        """
        if not self.can(user, "view"):
            return []
        return None if self.ruled(user) else self.access_by_role(user)

    def access_by_role(self, user) -> list[str] | None:
        """`access`, where no hook has a say."""
        holder = self._followed()[-1]
        words = user.reach(holder.name) if holder.owner else None
        if words is None:
            return None
        return [*words, f"s{user.id}"] + ([f"t{user.team_id}"] if user.team_id is not None else [])

    def matching(self, user, text: str):
        """Ids of the rows that a text finds, for `id << …`; by their names alone where the role hides fields."""
        if not self.hidden(user):
            return search.matching_ids(text, self.name, self.access(user))
        return [hit.record_id for hit in search.named_like(text, self.name, self.access(user))]

    def hidden(self, user) -> frozenset[str]:
        """The fields that the role may not see: not in lists, pages, filters, sorting, export, API or history."""
        return frozenset(n for n, rule in user.field_rules(self.name).items() if rule == "hidden")

    def locked(self, user) -> frozenset[str]:
        """The fields that the user's role may not change; the hidden ones are among them."""
        return frozenset(user.field_rules(self.name))

    def veil(self, user, records: list) -> list:
        """Empty what the user's role hides of records that are only shown: for a panel, a feed, a list of names.

        What can never be empty (when it was made) stays. Do not save a record afterwards. Gives the records back.
        """
        hidden = [self.kinds[name] for name in self.hidden(user) if name in self.kinds]
        if any(isinstance(kind, fields.Several) for kind in hidden):
            self.load_parts([r for r in records if "_parts" not in r.__dict__])
        for kind in hidden:
            empty = [] if isinstance(kind, fields.Several) else _nothing(kind)
            for record in records if empty is not _STAYS else ():
                if isinstance(kind, fields.Link):
                    record.__rel__.pop(kind.name, None)
                kind.set(record, empty)
        return records

    def shown_fields(self, user) -> list[str]:
        """The form's fields that the user may see, in order."""
        hidden = self.hidden(user)
        return [name for name in self.fields if name not in hidden]

    def open_fields(self, user) -> list[str]:
        """The form's fields that the user may change, in order."""
        locked = self.locked(user)
        return [name for name in self.fields if name not in locked]

    def sections(self, names: Iterable[str]) -> list[tuple[str, list[str]]]:
        """Fields by the heading that they stand below, those without one first: `[(heading, [name, …]), …]`."""
        found: dict[str, list[str]] = {"": []}
        for name in names:
            found.setdefault(self.kinds[name].section, []).append(name)
        return [(title, names) for title, names in found.items() if names]

    # Reading

    def find(self, user, id: int, verb: str = "view"):
        """One record. Raises NotFound, or Forbidden when it is seen but the verb is not allowed."""
        record = next(iter(records_of(self.query(user).where(self.model.id == id).limit(1))), None)
        if record is None:
            self.demand(user, "view")
            raise NotFound(f"{self.name} {id}")
        self.demand(user, verb)
        return record

    def exists(self, user, id: int) -> bool:
        """Whether the user may see a record of this id."""
        return self.query(user, self.model.id).where(self.model.id == id).exists()

    def named(self, user, text: str, limit: int = 5) -> list[int]:
        """Ids of the records of exactly this name."""
        hits = search.titled(text, {self.name: self.access(user)}, limit)
        return [r.id for r in self.query(user, self.model.id).where(self.model.id << [h.record_id for h in hits])]

    def plain(self, user, names: Iterable[str], ids: list[int] | None = None) -> tuple[list[int], dict[str, list]]:
        """For work over everything: the ids of the rows that the user may see, and a column of plain values per name.

        A several-valued field gives lists of texts, of an address one part by `addresses.city`; a Link gives ids;
        `custom.name` what an import kept under its own heading. A field that the user may not see gives None. Some
        columns of 100,000 contacts take a second.
        """
        hidden = self.hidden(user)
        names = list(dict.fromkeys(names))
        direct = [n for n in names if n not in hidden and n in self.kinds and n not in self.parts]
        own = [n for n in names if n.startswith("custom.") and "custom" not in hidden]
        columns_read = [self.kinds[n] for n in direct] + [self.model.custom] * bool(own)
        query = self.query(user, self.model.id, *columns_read).order_by(self.model.id)
        if ids is not None:
            query = query.where(self.model.id << ids)
        rows = list(query.tuples())
        found_ids = [row[0] for row in rows]
        columns: dict[str, list] = {n: [row[i] for row in rows] for i, n in enumerate(direct, 1)}
        for name in names:
            field, _, part = name.partition(".")
            if name in own:
                columns[name] = [row[-1].get(part) for row in rows]
            elif field in hidden:
                columns[name] = [None] * len(rows)
            elif field in self.parts:
                texts = self.parts[field].store.texts(self.parts[field].kind, part, ids)
                columns[name] = [texts.get(id) for id in found_ids]
        return found_ids, columns

    def load_parts(self, records: list) -> None:
        """Read the several-valued fields of many records at once."""
        for store in {id(p.store): p.store for p in self.parts.values()}.values():
            store.load(records)

    def load_links(self, records: list, names: Iterable[str] | None = None, user=None) -> None:
        """Read the records that Links point to, one query for each kind of record that they point to.

        What `user` (default: whoever asks) may not see is there as a mask: "No access", and nothing else of it. What is
        read for the program and not for a reader, such as the owner of a contact for the search index, needs SYSTEM.
        """
        links = [self.links[name] for name in (self.links if names is None else names)]
        load_links(self.build, [(record, link) for link in links for record in records], user)

    def linked(self, user, ids: Iterable[int]) -> dict[int, Record]:
        """What a Link to each of these shows a user: the record, or its mask where the user may not see it."""
        ids = list(ids)
        visible = self.visible(user)
        if visible is None:
            records = records_by_id(self.model, ids)
        else:
            records = records_of(self.model.select().where(self.model.id << ids, visible))
        found = {record.id: record for record in records}
        for record in found.values():
            record.__dict__["link"] = self.link(record)
        return {id: found.get(id) or masked(self.model, id) for id in ids}


_STAYS = object()
#: Attributes of a Resource that name fields.
_NAMING = ("columns", "more_columns", "fields", "filters", "search", "sample", "always_shown")


def _nothing(kind):
    """A kind's value where there is none."""
    if kind.null:
        return None
    if isinstance(kind, (fields.Text, fields.Choice)):
        return ""
    if isinstance(kind, fields.Bool):
        return False
    if isinstance(kind, fields.JSON):
        return kind.default() if callable(kind.default) else {}
    return _STAYS


def resource_of(model: type[Record]) -> Resource:
    """The Resource of a Record class in the running app: how a hook, job or view comes to the rows."""
    return current_app.extensions["guanxi"].by_model[model]


def _to_column(field: peewee.Field) -> Callable | None:
    """What makes a field's value fit its column, or None where it does so already: the most, and the fastest."""
    plain = isinstance(field, (peewee.TextField, peewee.CharField, peewee.IntegerField, peewee.ForeignKeyField))
    own = type(field).db_value not in (peewee.Field.db_value, peewee.ForeignKeyField.db_value)
    return field.db_value if own or not plain else None


def _spaced(name: str) -> str:
    return snake(name).replace("_", " ").capitalize()


__all__ = ["Action", "DeclarationError", "Resource", "action", "resource_of"]
