"""The journal: every write belongs to a batch, every batch can be undone.

A `Change` is one of: create (a run of ids), update (one record: `{field: [old, new]}`), delete and restore (a run of
ids in or out of the trash), move (a column of many rows from one value to another: merges and handovers), merge (what
was there when contacts were merged, so that an undo can tell what was added since).
"""

import contextvars
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

import peewee

from . import i18n
from .db import Base, Instant, Json, chunks, db, insert_rows, utcnow


class Batch(Base):
    """One act of one person (or job): saving a form, an import, a bulk edit, an undo."""

    at = Instant(default=utcnow, index=True)
    #: NULL for the system itself.
    user_id = peewee.IntegerField(null=True, index=True)
    #: create, update, delete, import, bulk, merge, undo, sign-in …
    kind = peewee.CharField(max_length=20)
    resource = peewee.CharField(max_length=80, default="")
    #: A constant sentence and its parameters, so that it is read in the reader's language.
    label = peewee.TextField(default="")
    params = Json(default=dict)
    count = peewee.IntegerField(default=0)
    undo_of = peewee.IntegerField(null=True)
    undone_by = peewee.IntegerField(null=True)

    @property
    def title(self) -> str:
        params = dict(self.params)
        domain = params.pop("domain", "") or self.resource.partition("_")[0] or "core"
        # What was written (a plural, a field's label) is a word of the declaration; names of people stay as they are.
        params |= {k: i18n.translate(params[k], domain) for k in ("what", "field") if k in params}
        return i18n.translate(self.label, domain, **params)

    @property
    def undoable(self) -> bool:
        return self.undone_by is None and self.count > 0


class Change(Base):
    """One change of a batch, in the order of writing."""

    batch_id = peewee.IntegerField(index=True)
    op = peewee.CharField(max_length=8)
    table = peewee.CharField(max_length=80)
    #: The run of ids that it concerns; the same twice for one record.
    first = peewee.IntegerField()
    last = peewee.IntegerField()
    data = Json(default=dict)

    class Meta:
        indexes = ((("table", "first"), False),)


class _After(NamedTuple):
    callback: object
    args: tuple


_pending: contextvars.ContextVar[list | None] = contextvars.ContextVar("guanxi_after_commit", default=None)


@contextmanager
def transaction():
    """A write transaction; what `after_commit` collects inside runs once the outermost one is committed."""
    outer = _pending.get()
    if outer is not None:
        before = len(outer)
        try:
            with db.atomic():
                yield
        except BaseException:
            del outer[before:]  # what was rolled back has no afterwards
            raise
        return
    waiting: list[_After] = []
    token = _pending.set(waiting)
    try:
        with db.atomic():
            yield
    finally:
        _pending.reset(token)
    for after in waiting:
        after.callback(*after.args)


def after_commit(callback, *args) -> None:
    """Call `callback(*args)` when the running transaction is committed, or at once when there is none."""
    waiting = _pending.get()
    if waiting is None:
        callback(*args)
    else:
        waiting.append(_After(callback, args))


def open_batch(user, kind: str, label: str = "", resource: str = "", **params) -> Batch:
    """Start a batch. `label` is a constant sentence; `params` fill it.

    A module that writes records of another one under a sentence of its own adds `domain="its name"`.
    """
    return Batch.create(user_id=user.id if user else None, kind=kind, label=label, resource=resource, params=params)


def runs(ids: list[int]) -> list[tuple[int, int]]:
    """Ids as runs of consecutive numbers: [1,2,3,7] → [(1,3),(7,7)]."""
    ids, out = sorted(ids), []
    for _, group in groupby(enumerate(ids), lambda pair: pair[1] - pair[0]):
        for members in chunks([i for _, i in group], LONGEST_RUN):
            out.append((members[0], members[-1]))
    return out


def note_ids(batch: Batch, op: str, table: str, ids: list[int]) -> None:
    """Record that rows came to be or went to the trash."""
    rows = [(batch.id, op, table, first, last, {}) for first, last in runs(ids)]
    _insert(batch, rows, len(ids))


def note_updates(batch: Batch, table: str, updates: list[tuple[int, dict]]) -> None:
    """Record `[(id, {field: [old, new]})]`, values as the kinds' `json` gives them."""
    _insert(batch, [(batch.id, "update", table, id, id, data) for id, data in updates], len(updates))


def note_move(batch: Batch, table: str, column: str, old, new, ids: list[int]) -> None:
    """Record that a column of many rows went from one value to another, as the database holds them."""
    if not ids:
        return
    _insert(
        batch,
        [(batch.id, "move", table, min(ids), max(ids), {"column": column, "old": old, "new": new, "ids": ids})],
        len(ids),
    )


def _insert(batch, rows, count) -> None:
    if not rows:
        return
    columns = ["batch_id", "op", "table", "first", "last", "data"]
    insert_rows(Change, columns, [(*row, Change.data.db_value(data)) for *row, data in rows])
    batch.count += count
    Batch.update(count=Batch.count + count).where(Batch.id == batch.id).execute()


#: No batch writes more ids in one go.
LONGEST_RUN = 10_000


def history(table: str, record_id: int, limit: int = 100) -> list[tuple[Change, Batch]]:
    """A record's own changes with their batches, newest first."""
    # A run of ids is not longer than a chunk of a batch, so a look at the runs that begin shortly before is enough.
    among = (Change.op << ("delete", "restore", "create")) & (Change.last >= record_id)
    query = (
        Change.select(Change, Batch)
        .join(Batch, on=(Change.batch_id == Batch.id), attr="batch")
        .where(Change.table == table, Change.first.between(record_id - LONGEST_RUN, record_id))
        .where(among | ((Change.first == record_id) & (Change.op == "update")))
        .order_by(Change.id.desc())
        .limit(limit)
    )
    return [(change, change.batch) for change in query]


def concerns(batch: Batch, table: str, column) -> peewee.Expression:
    """A condition: the id in `column` is of a row that a batch created, changed or moved in or out of the trash."""
    made = Change.select(Change.first, Change.last).where(
        Change.batch_id == batch.id, Change.table == table, Change.op << ("create", "restore")
    )
    changed = Change.select(Change.first).where(
        Change.batch_id == batch.id, Change.table == table, Change.op == "update"
    )
    found = column << changed
    together: list[list[int]] = []
    for first, last in sorted(made.tuples()):  # chunks follow one another: an import is mostly one run
        if together and first <= together[-1][1] + 1:
            together[-1][1] = max(last, together[-1][1])
        else:
            together.append([first, last])
    for first, last in together[:200]:
        found = found | column.between(first, last)
    return found
