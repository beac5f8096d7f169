"""What stands in a calendar, wherever it comes from: a handful of queries, for any number of days and people."""

import datetime as dt
from dataclasses import dataclass, field
from typing import NamedTuple

from flask import current_app, g

from core import Contact, Entry, User, fields, html, resource_of

from . import plugin
from .models import LONGEST, Meeting, invited

_ = plugin.gettext

#: Of one kind of record in one window; who looks at more chooses a shorter one.
MOST = 500
#: What a meeting lasts that was logged without a duration, and anything that has no end.
SHORT = dt.timedelta(minutes=30)


class Kind(NamedTuple):
    """A kind of thing in the calendar: the legend says it and switches it off."""

    name: str
    label: str
    icon: str
    hue: str


@dataclass(frozen=True)
class Item:
    """One thing. `start` and `end` are in the reader's zone; of whole days, `end` is the end of the last one."""

    kind: Kind
    id: int
    title: str
    url: str
    start: dt.datetime
    end: dt.datetime
    all_day: bool = False
    #: Something to do by `start`, rather than something that takes place.
    todo: bool = False
    #: Done, or cancelled.
    over: bool = False
    subtitle: str = ""
    place: str = ""
    #: Whose it is.
    user_id: int | None = None
    record: object = field(default=None, compare=False, repr=False)

    def on(self, day: dt.date) -> bool:
        return self.start.date() <= day <= self.end.date()

    @property
    def clock(self) -> str:
        """Its hours, in words."""
        if self.all_day:
            return _("All day")
        if self.todo:
            return f"{self.start:%H:%M}"
        return f"{self.start:%H:%M} – {self.end:%H:%M}" if self.end > self.start else f"{self.start:%H:%M}"


@dataclass
class Window:
    """What is looked at: days in the reader's zone, whose, and of which kinds."""

    first: dt.date
    last: dt.date
    #: Ids of users.
    people: list[int]
    hidden: frozenset[str] = frozenset()

    @property
    def start(self) -> dt.datetime:
        return fields.start_of_day(self.first)

    @property
    def end(self) -> dt.datetime:
        return fields.start_of_day(self.last, end=True)


def sources(user) -> list:
    """The Resources with a place in the calendar whose records the user may see, meetings first."""
    placed = [r for r in current_app.extensions["guanxi"].resources.values() if r.calendar_at and r.can(user, "view")]
    found = [r for r in placed if r.calendar_at not in r.hidden(user)]
    return sorted(found, key=lambda r: (r.model is not Meeting, r.title))


def kinds(user) -> list[Kind]:
    """The legend."""
    found = [_kind_of(resource) for resource in sources(user)]
    return found + _of_timelines(user)


def _of_timelines(user) -> list[Kind]:
    entries = resource_of(Entry)
    if not entries.can(user, "view"):
        return []
    both = (("at", logged), ("next_at", next_step))
    return [kind() for name, kind in both if name not in entries.hidden(user)]


def logged() -> Kind:
    return Kind("logged", _("Logged meetings"), "notes", "indigo")


def next_step() -> Kind:
    return Kind("step", _("Next steps"), "arrow-forward-up", "orange")


def _kind_of(resource) -> Kind:
    return Kind(resource.name, resource.title, resource.icon, resource.hue)


def items(user, window: Window) -> tuple[list[Item], bool]:
    """Everything in the window that the user may see, in order; and whether some was left out."""
    found, more = [], False
    for resource in sources(user):
        if resource.name not in window.hidden:
            records = _records(resource, user, window)
            more = more or len(records) > MOST
            found += [_item(resource, record) for record in records[:MOST]]
    for kind in _of_timelines(user):
        if kind.name not in window.hidden:
            found += (_logged if kind.name == "logged" else _steps)(user, window, kind)
    # A zone east of ours may put the edge of an all-day meeting outside of the window.
    found = [i for i in found if i.start.date() <= window.last and i.end.date() >= window.first]
    return sorted(found, key=lambda i: (not i.all_day, i.start, i.kind.name, i.id)), more


# Records of any Resource


def _records(resource, user, window) -> list:
    at, end = resource.kinds[resource.calendar_at], resource.calendar_end
    if isinstance(at, fields.Date):
        when = at.between(window.first - LONGEST if end else window.first, window.last)
    else:
        # A day to either side: whole days of another zone begin and end at other hours.
        margin = LONGEST if end else dt.timedelta()
        when = at.between(window.start - margin - dt.timedelta(days=1), window.end + dt.timedelta(days=1))
    query = resource.query(user).where(when)
    if end:
        last = resource.kinds[end]
        since = window.first if isinstance(last, fields.Date) else window.start - dt.timedelta(days=1)
        query = query.where(last.is_null() | (last >= since))
    mine = _whose(resource, window.people)
    if resource.model is Meeting:
        for person in window.people:
            mine = mine | (Meeting.id << invited(person))
    if mine is not None:
        query = query.where(mine)
    records = list(query.order_by(at, resource.model.id).limit(MOST + 1))
    resource.load_links(records, [name for name in (resource.timeline,) if name])
    return resource.veil(user, records)


def _whose(resource, people: list[int]):
    """An expression: a record is one of these people's, or of a contact of theirs; None when nobody owns it."""
    if resource.owner:
        return resource.kinds[resource.owner] << people
    if not resource.follows:
        return None
    link = resource.kinds[resource.follows]
    target = resource.build.by_model[link.rel_model]
    inner = _whose(target, people)
    return None if inner is None else link << target.model.select(target.model.id).where(inner)


def _item(resource, record) -> Item:
    at, value = resource.kinds[resource.calendar_at], getattr(record, resource.calendar_at)
    ends = getattr(record, resource.calendar_end) if resource.calendar_end else None
    contact = getattr(record, resource.timeline) if resource.timeline else None
    title, over = resource.entry_text(record)[0], False
    for mark in ("✓ ", "✗ "):
        if title.startswith(mark):
            title, over = title.removeprefix(mark), True
    if title.startswith("#"):  # a record without a name of its own
        title = resource.singular
    common = {
        "kind": _kind_of(resource),
        "id": record.id,
        "title": title,
        "url": f"{resource.base}{record.id}",
        "over": over,
        "subtitle": str(contact) if contact is not None else "",
        "place": record.place if resource.model is Meeting else "",
        "user_id": resource.kinds[resource.owner].get(record) if resource.owner else None,
        "record": record,
    }
    if isinstance(at, fields.Date):
        return Item(**common, **_days(value, ends or value))
    if resource.model is Meeting and record.all_day:
        return Item(**common, **_days(*record.days))
    start = html.local(value)
    if at.due:
        return Item(**common, start=start, end=start, todo=True)
    return Item(**common, start=start, end=html.local(ends) if ends else start + SHORT)


def _days(first: dt.date, last: dt.date) -> dict:
    start, end = html.local(fields.start_of_day(first)), html.local(fields.start_of_day(last, end=True))
    return {"start": start, "end": end, "all_day": True}


# What stands on timelines


def _logged(user, window, kind) -> list[Item]:
    """Meetings that somebody wrote down on a timeline."""
    entries = resource_of(Entry)
    query = entries.query(user).where(
        Entry.author << window.people, Entry.at.between(window.start, window.end), Entry.kind == "meeting"
    )
    found = list(query.where(Entry.resource == "").order_by(Entry.at).limit(MOST))
    entries.load_links(found, ("contact",))
    return [
        Item(
            kind,
            e.id,
            e.title or e.text[:80],
            _on_timeline(e),
            start := html.local(e.at),
            start + (dt.timedelta(seconds=e.duration) if e.duration else SHORT),
            subtitle=str(e.contact),
            user_id=e.author_id,
            record=e,
        )
        for e in found
    ]


def _steps(user, window, kind) -> list[Item]:
    """Open next steps, each by the hour at which it is due."""
    entries = resource_of(Entry)
    query = entries.query(user).where(
        Entry.next_user << window.people,
        Entry.next_at.between(window.start, window.end),
        Entry.next_done_at.is_null(),
    )
    found = list(query.order_by(Entry.next_at).limit(MOST))
    entries.load_links(found, ("contact",))
    return [
        Item(
            kind,
            e.id,
            e.next_text or str(e),
            _on_timeline(e),
            start := html.local(e.next_at),
            start,
            todo=True,
            subtitle=str(e.contact),
            user_id=e.next_user_id,
            record=e,
        )
        for e in found
    ]


def _on_timeline(entry) -> str:
    return f"{resource_of(Contact).base}{entry.contact_id}#entry-{entry.id}"


# Shortcuts


def today_of(user) -> list[Item]:
    """What takes place today for one person, without what is merely due."""
    today = html.today()
    window = Window(today, today, [user.id], frozenset(("step", "logged", *_todo_kinds(user))))
    return [item for item in items(user, window)[0] if not item.over]


def _todo_kinds(user) -> list[str]:
    return [r.name for r in sources(user) if getattr(r.kinds[r.calendar_at], "due", False)]


def colleagues() -> list:
    """Everybody who works here: id, name and team; read once per request."""
    if "calendar_people" not in g:
        query = User.select(User.id, User.name, User.team).where(User.active, User.deleted_batch.is_null())
        g.calendar_people = list(query.order_by(User.name))
    return g.calendar_people
