"""Live pages: what colleagues changed since a page was drawn, told to those who look at it and may see it.

A page carries watches (`data-gx-watch`), signed so that nobody asks about records that no page showed to them, and asks
`/live?since=…` every few seconds. A process reads the newest rows of the journal at most once a second, whoever asks; a
poll in a quiet firm is a comparison of two numbers.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl

from flask import Blueprint, current_app, g, jsonify, make_response, request
from itsdangerous import BadData, URLSafeSerializer
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from . import i18n, notices
from .db import db, is_postgres, records
from .editing import Editing
from .journal import Change
from .notices import Notice
from .users import User

#: Seconds between two looks at the journal, in one process.
PAUSE = 1.0
#: Touches that a process remembers; a page that slept longer is drawn again as a whole.
KEPT = 5_000
#: Rows of one act that are looked at one by one; a larger import concerns every page that shows its kind of record.
ONE_BY_ONE = 500
#: Watches that one poll may carry, and letters of each.
MOST_WATCHES, LONGEST_WATCH = 8, 4_000


@dataclass(frozen=True)
class Touch:
    """Records that somebody wrote: `ids` of one Resource, at a place in the journal."""

    at: int
    resource: str
    ids: Sequence[int]
    who: int | None
    #: The changed fields, when that is all that happened; empty for records that came or went.
    fields: frozenset[str] = frozenset()
    #: `(resource, id)` of the records that they point to, or pointed to; None when there were too many to look.
    about: frozenset[tuple[str, int]] | None = frozenset()


class Tail:
    """The rows that come to a table, in an order that stays: none appears before a place that was read already.

    On PostgreSQL a row of a slow transaction appears after rows with higher ids. A gap in the ids is waited for until
    every transaction that ran when it was first seen is over.
    """

    def __init__(self, table: str, select: str):
        self.table, self.select, self.last = table, select, 0
        self._gap: tuple[int, int] | None = None

    def start(self) -> None:
        """Begin at the present end."""
        self.last = db.execute_sql(f"SELECT COALESCE(MAX(id), 0) FROM {self.table}").fetchone()[0]

    def read(self) -> list[tuple]:
        """The rows since the last call, by id; the id is the first column."""
        oldest = self._snapshot("xmin") if self._gap else 0
        rows = db.execute_sql(f"{self.select} WHERE t.id > {self.last:d} ORDER BY t.id LIMIT 1000").fetchall()
        if is_postgres():
            rows = self._without_gaps(rows, oldest)
        if rows:
            self.last = rows[-1][0]
        return rows

    def _without_gaps(self, rows, oldest) -> list[tuple]:
        expected = self.last + 1
        for place, row in enumerate(rows):
            if row[0] != expected:
                seen, until = self._gap or (0, 0)
                if seen != expected or oldest < until:
                    self._gap = (expected, until if seen == expected else self._snapshot("xmax"))
                    return rows[:place]
                self._gap = None
            expected = row[0] + 1
        return rows

    @staticmethod
    def _snapshot(edge: str) -> int:
        return db.execute_sql(f"SELECT pg_snapshot_{edge}(pg_current_snapshot())::text::bigint").fetchone()[0]


class Feed:
    """What this process knows of the newest writes. Several threads ask; one of them looks."""

    def __init__(self, build, pause: float = PAUSE):
        self.build, self.pause = build, pause
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Start afresh at the next look, as with another database."""
        self._changes = Tail(
            Change._meta.table_name,
            'SELECT t.id, t.op, t."table", t.first, t.last, t.data, b.user_id FROM core_change t'
            " JOIN core_batch b ON b.id = t.batch_id",
        )
        self._notices = Tail(Notice._meta.table_name, "SELECT t.id, t.user_id FROM core_notice t")
        self._touches: deque[Touch] = deque(maxlen=KEPT)
        self._told: deque[tuple[int, int]] = deque(maxlen=KEPT)
        self._looked_at: float | None = None
        self._hurried = False
        self.editing: dict[tuple[str, int], list[tuple[int, str, bool]]] = {}
        self.position = (0, 0)
        #: Before this place nothing is known.
        self.floor = (0, 0)

    def catch_up(self) -> tuple[int, int]:
        """Look at the journal, unless somebody did so within the last second; the newest place."""
        if self._looked_at is not None and time.monotonic() - self._looked_at < self.pause:
            return self.position
        if not self._lock.acquire(blocking=self._looked_at is None):
            return self.position  # another thread is looking
        try:
            if self._looked_at is None:
                self._changes.start()
                self._notices.start()
                self.floor = (self._changes.last, self._notices.last)
            else:
                self._take(self._changes.read(), self._notices.read())
            self.editing = Editing.now()
            self.position = (self._changes.last, self._notices.last)
            self._looked_at = time.monotonic()
        finally:
            self._lock.release()
        return self.position

    def hurry(self) -> None:
        """The next page looks: something was written here just now, which its reader need not be told."""
        if self._looked_at is not None:
            self._looked_at -= self.pause
        self._hurried = True

    def place(self) -> str:
        """The place that a page drawn from now on is up to. Polls look for news; pages only after a write."""
        if self._hurried or self._looked_at is None:
            self._hurried = False
            self.catch_up()
        return "{}.{}".format(*self.position)

    def _take(self, changes, told) -> None:
        for (table, op), group in itertools.groupby(changes, lambda row: (row[2], row[1])):
            resource = self.build.by_table.get(table)
            if resource is not None and op != "merge":
                self._touches.extend(self._touched(resource, op, list(group)))
        self._told.extend(told)
        if len(self._touches) == KEPT:
            self.floor = (self._touches[0].at, self.floor[1])
        if len(self._told) == KEPT:
            self.floor = (self.floor[0], self._told[0][0])

    def _touched(self, resource, op, rows) -> Iterable[Touch]:
        runs = []
        for at, _, _, first, last, data, who in rows:
            data = Change.data.python_value(data) or {}
            ids = data["ids"] if op == "move" else range(first, last + 1)
            runs.append((at, ids, data, who))
        if sum(len(ids) for _, ids, _, _ in runs) > ONE_BY_ONE:
            return [Touch(at, resource.name, ids, who, about=None) for at, ids, _, who in runs]
        model, names = resource.model, list(resource.links)
        wanted = list({id for _, ids, _, _ in runs for id in ids})
        query = model.select(model.id, *resource.links.values()).where(model.id << wanted)
        links = {row[0]: row[1:] for row in query.tuples()} if names else {}
        found = []
        for at, ids, data, who in runs:
            fields = frozenset(data) if op == "update" else frozenset()
            about = {(n, v) for id in ids for n, v in zip(names, links.get(id, ()), strict=False) if v is not None}
            about |= {(n, v[0]) for n, v in data.items() if op == "update" and n in resource.links and v[0] is not None}
            if op == "move":
                about |= {(n, data["old"]) for n, k in resource.links.items() if k.column_name == data["column"]}
            found.append(Touch(at, resource.name, ids, who, fields, self._targets(resource, about)))
        return found

    def _targets(self, resource, about) -> frozenset[tuple[str, int]]:
        by_model = self.build.by_model
        return frozenset((by_model[resource.links[name].rel_model].name, id) for name, id in about if id is not None)

    def since(self, place: int) -> list[Touch] | None:
        """What was written after a place in the journal; None when that is too long ago to know."""
        if place < self.floor[0]:
            return None
        return [t for t in list(self._touches) if t.at > place]

    def has_notice(self, user, place: int) -> bool:
        """Whether this user got a notice after a place."""
        return place < self.floor[1] or any(id > place and who == user.id for id, who in list(self._told))


# Watches: what a page shows


def _signer(user) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt=f"guanxi-live-{user.id}")


def watch(resource, ids: Sequence[int], query: str | None = None) -> Markup:
    """The attribute of an element that shows these records: pages of them, or a list when `query` is given.

    A page is drawn again when one of the records changes, or one that points to it; a list when one of its rows does,
    or when a record changed that belongs to it now. `ids` must be of records that the reader may see.
    """
    payload = [resource.name, list(ids)[:100], query]
    return Markup(f' data-gx-watch="{_signer(g.user).dumps(payload)}"')


def init_app(app, build) -> None:
    """Note, before a page asks for anything, the place in the journal that it will be up to."""
    build.live.catch_up()

    @app.before_request
    def note_place():
        if g.get("user") is not None and request.method == "GET":
            g.since = build.live.place()

    @app.after_request
    def written(answer):
        if request.method != "GET":
            build.live.hurry()
        return answer

    app.jinja_env.globals.update(watch=watch, also_editing=also_editing)


def blueprint() -> Blueprint:
    bp = Blueprint("live", __name__)
    bp.add_url_rule("/live", "poll", poll)
    return bp


def poll():
    """What changed, as JSON, or 304 when nothing did. `said` is one sentence for the reader, `gone` of a lost page."""
    feed = current_app.extensions["guanxi"].live
    feed.catch_up()
    place, notice_place = _place(request.args.get("since", ""), feed)
    watches = list(_watches(request.args.getlist("watch")))
    others = _editing(feed, watches)
    if (place, notice_place) == feed.position and others is None:
        return _nothing()
    answer = {"since": "{}.{}".format(*feed.position)}
    if others is not None:
        answer["editing"] = others
    if feed.has_notice(g.user, notice_place):
        answer["unread"] = notices.unread(current_app.extensions["guanxi"], g.user)
        answer["bell"] = i18n.gettext("Notices, %(n)s unread", n=answer["unread"])
    touches = feed.since(place)
    if touches is None:
        answer["refresh"] = True
    elif touches:
        answer |= News(g.user, touches, watches).answer()
    return jsonify(answer)


def _nothing():
    answer = make_response("", 304)
    answer.headers.pop("Content-Type", None)
    return answer


def _place(text: str, feed) -> tuple[int, int]:
    first, _, second = text.partition(".")
    good = first.isdecimal() and second.isdecimal() and len(text) < 40
    return (int(first), int(second)) if good else feed.position


def _watches(tokens):
    build, signer = current_app.extensions["guanxi"], _signer(g.user)
    for token in tokens[:MOST_WATCHES]:
        try:
            name, ids, query = signer.loads(token[:LONGEST_WATCH])
        except (BadData, ValueError, TypeError):
            continue
        resource = build.resources.get(name)
        if resource is not None:
            yield resource, ids, query


def also_editing(resource, record) -> str:
    """Who else has a form of this record open, as a sentence; "" for nobody. Asks the database nothing."""
    open_forms = current_app.extensions["guanxi"].live.editing.get((resource.name, record.id), ())
    others = [name for id, name, _ in open_forms if id != g.user.id]
    return i18n.gettext("%(who)s is editing this too.", who=i18n.listed(others)) if others else ""


def _editing(feed, watches) -> str | None:
    """Note that the reader's form of a record is open; what to say of others, None when that is on the page already."""
    if "editing" not in request.args or not watches:
        return None
    resource, ids, _ = watches[0]
    record = resource.model(id=ids[0])
    mine = (fresh for id, _, fresh in feed.editing.get((resource.name, record.id), ()) if id == g.user.id)
    if not any(mine):
        Editing.note(g.user, resource.name, record.id)
    said = also_editing(resource, record)
    return None if said == request.args["editing"] else said


class News:
    """What of these touches a reader may know who has these watches open."""

    def __init__(self, user, touches: list[Touch], watches):
        self.user, self.touches, self.watches = user, touches, watches
        self.build = current_app.extensions["guanxi"]
        self.people: dict[int | None, None] = {}  # who did it, in order
        self.refresh, self.gone = False, False

    def answer(self) -> dict:
        for resource, ids, query in self.watches:
            own = [t for t in self.touches if t.resource == resource.name and self._tells(resource, t)]
            self._shown(resource, set(ids), own, whole=query is None)
            if query is None:
                self._pointing(resource, ids)
            else:
                self._joined(resource, ids, own, query)
        found = {"refresh": True} if self.refresh else {}
        said = self._said()
        if self.gone:
            found["gone"] = self._gone()
        elif said:
            found["said"] = said
        return found

    def _tells(self, resource, touch) -> bool:
        """A change of nothing but fields that the role may not see tells nothing."""
        return not touch.fields or not touch.fields <= resource.hidden(self.user)

    def _note(self, touches) -> None:
        self.refresh = True
        self.people |= dict.fromkeys(t.who for t in touches)

    def _shown(self, resource, ids: set[int], own: list[Touch], whole: bool) -> None:
        """Records that the page shows: changed, or gone."""
        touched = [t for t in own if not ids.isdisjoint(t.ids)]
        if not touched:
            return
        self._note(touched)
        if whole:
            first = self.watches[0][1][0]
            if any(first in t.ids for t in touched):
                self.gone |= not resource.exists(self.user, first)

    def _pointing(self, resource, ids) -> None:
        """Records of any kind that point to those of the page, of those that the reader may see (or might have)."""
        targets = {(resource.name, id) for id in ids}
        kinds = {r.name for r, _ in self._ways(resource)}
        by_resource: dict[str, list[Touch]] = {}
        for touch in self.touches:
            if touch.resource in kinds and (touch.about is None or not targets.isdisjoint(touch.about)):
                by_resource.setdefault(touch.resource, []).append(touch)
        for name, touches in by_resource.items():
            other = self.build.resources[name]
            touches = [t for t in touches if self._tells(other, t)]
            seen = self._visible(other, touches, None if all(t.about is not None for t in touches) else (resource, ids))
            self._note_seen(touches, seen)

    def _note_seen(self, touches, seen: set[int]) -> None:
        touches = [t for t in touches if not seen.isdisjoint(t.ids)]
        if touches:
            self._note(touches)

    def _ways(self, resource):
        for other in self.build.resources.values():
            for link in other.links.values():
                if link.rel_model is resource.model:
                    yield other, link

    def _visible(self, resource, touches, pointing=None) -> set[int]:
        """Ids of touched records, in the trash or not, that the reader may see; at most a few hundred are looked at."""
        if not resource.can(self.user, "view") or not touches:
            return set()
        model = resource.model
        query = model.select(model.id).where(_among(model, touches))
        rule = resource.visible(self.user)
        if rule is not None:
            query = query.where(rule)
        if pointing is not None:
            target, ids = pointing
            ways = [link << ids for other, link in self._ways(target) if other is resource]
            query = query.where(_any(ways))
        return {id for (id,) in query.limit(ONE_BY_ONE).tuples()}

    def _joined(self, resource, ids, own: list[Touch], query: str) -> None:
        """Records that were not in the list and belong to it now."""
        from .listing import Listing

        fresh = [t for t in own if not set(t.ids) <= set(ids)]
        if not fresh or not resource.can(self.user, "view"):
            return
        listing = Listing(resource, self.user, MultiDict(parse_qsl(query)))
        found = listing.query(resource.model.id).where(_among(resource.model, fresh)).limit(ONE_BY_ONE)
        self._note_seen(fresh, {id for (id,) in found.tuples()})

    # Words

    @cached_property
    def _names(self) -> list[str]:
        others = [id for id in self.people if id != self.user.id]
        people = {u.id: u.name for u in records(User.select().where(User.id << [i for i in others if i]))}
        return [people.get(id, "Guanxi") for id in others]

    def _said(self) -> str:
        """Who did it, when it was not the reader."""
        if not self.refresh or not self._names:
            return ""
        return i18n.gettext("%(who)s changed this just now", who=i18n.listed(self._names))

    def _gone(self) -> str:
        return i18n.gettext(
            "This was deleted, merged or given away in the meantime. What you see is how it was; nothing is lost."
        )


def _among(model, touches):
    """A condition: the id is of one of these touches."""
    ids = [id for t in touches if not isinstance(t.ids, range) or len(t.ids) <= 20 for id in t.ids]
    long = [t.ids for t in touches if isinstance(t.ids, range) and len(t.ids) > 20]
    return _any([model.id << ids] * bool(ids) + [model.id.between(r[0], r[-1]) for r in long[:200]])


def _any(conditions):
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition
    return found


__all__ = ["Feed", "Tail", "Touch", "blueprint", "init_app", "watch"]
