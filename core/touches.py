"""What this process knows of the newest writes: the rows that come to the journal, read at most once a second."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .db import db, is_postgres
from .editing import Editing
from .journal import Change
from .notices import Notice

#: Seconds between two looks at the journal, in one process.
PAUSE = 1.0
#: Seconds for which a poll that has nothing to tell does not look up the session again.
KNOWN = 30.0
#: Touches that a process remembers; a page that slept longer is drawn again as a whole.
KEPT = 5_000
#: Rows of one act that are looked at one by one; a larger import concerns every page that shows its kind of record.
ONE_BY_ONE = 500


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
        self._known: dict[str, float] = {}
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

    def remember(self, cookie: str) -> None:
        """Somebody with this cookie is signed in."""
        if len(self._known) > KEPT:
            self._known.clear()
        self._known[cookie] = time.monotonic()

    def knows(self, cookie: str) -> bool:
        """Whether somebody with this cookie was signed in a moment ago."""
        return time.monotonic() - self._known.get(cookie, -KNOWN) < KNOWN

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
