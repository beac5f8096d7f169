"""The journal: every write belongs to a batch, every batch can be undone.

A `Change` is one of: create (a run of ids), update (one record: `{field: [old, new]}`), delete and restore (a run of
ids in or out of the trash), move (a column of many rows from one value to another: merges and handovers), merge (what
was there when contacts were merged, so that an undo can tell what was added since).
"""

import contextvars
from collections import defaultdict
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

import peewee

from . import i18n
from .db import Base, Instant, Json, chunks, db, utcnow
from .i18n import N_, Problem


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
    fields = [Change.batch_id, Change.op, Change.table, Change.first, Change.last, Change.data]
    for chunk in chunks(rows, 500):
        Change.insert_many(chunk, fields=fields).execute()
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


class LeftAlone(NamedTuple):
    """Something that an undo would not touch, and why."""

    resource: str
    record_id: int
    title: str
    reason: str


class CannotUndo(Problem):
    """The batch as a whole cannot be undone."""


def undo_plan(build, batch: Batch) -> list[LeftAlone]:
    """What an undo of this batch would leave alone, without writing anything. Raises CannotUndo."""
    return _Undo(build, None, batch).run(write=False)


def undo(build, user, batch: Batch) -> tuple[Batch, list[LeftAlone]]:
    """Take a batch back, field by field; what was changed since stays and is listed.

    Raises CannotUndo, or Forbidden when the user may no longer do what the batch did.
    """
    with transaction():
        claimed = Batch.update(undone_by=0).where(Batch.id == batch.id, Batch.undone_by.is_null()).execute()
        if not claimed:
            raise CannotUndo(N_("This was undone already."))
        new = open_batch(user, "undo", N_("Undo: %(what)s"), batch.resource, what=batch.title)
        Batch.update(undo_of=batch.id).where(Batch.id == new.id).execute()
        try:
            left = _Undo(build, user, batch).run(write=True, into=new)
        except peewee.IntegrityError as error:
            raise CannotUndo(
                N_("Something that must be unique, such as an external id, was given to another record since.")
            ) from error
        Batch.update(undone_by=new.id).where(Batch.id == batch.id).execute()
        batch.undone_by, new.undo_of = new.id, batch.id
    return new, left


#: What a user must (still) be allowed to, to take back an operation.
_NEEDED = {"create": "create", "update": "edit", "delete": "delete", "restore": "delete", "move": "edit"}


class _Undo:
    """One walk through a batch, backwards."""

    def __init__(self, build, user, batch):
        self.build, self.user, self.batch = build, user, batch
        self.left: list[LeftAlone] = []
        self.moved: list[Change] = []

    def run(self, write: bool, into: Batch | None = None) -> list[LeftAlone]:
        if self.batch.undone_by:
            raise CannotUndo(N_("This was undone already."))
        self.write, self.into = write, into
        changes = Change.select().where(Change.batch_id == self.batch.id).order_by(Change.id.desc())
        # Neighbours of one kind go together, so that an import of 100,000 rows is undone by hundreds of statements.
        for (op, table), group in groupby(changes, lambda c: (c.op, c.table)):
            if op in ("move", "merge"):  # these work on tables, so that a module that is off takes part
                getattr(self, f"_{op}")(list(group))
                continue
            resource = self.build.by_table.get(table)
            if resource is None:
                raise CannotUndo(N_("%(table)s belongs to a module that is off. Switch it on, then undo."), table=table)
            if self.user is not None:
                resource.demand(self.user, _NEEDED[op])
            getattr(self, f"_{op}")(resource, list(group))
        if self.write:
            self._renew()
        return self.left

    def _leave(self, resource, record, reason):
        self.left.append(LeftAlone(resource.name, record.id, str(record), i18n.gettext(reason)))

    def _rows(self, resource, changes, *where):
        model = resource.model
        for change in changes:
            for low in range(change.first, change.last + 1, 500):
                high = min(low + 499, change.last)
                yield change, list(model.select().where(model.id.between(low, high), *where))

    def _carefully(self, resource, items, write) -> None:
        """`write(items)`; where a unique value was given away since, one by one, leaving alone those that clash."""
        if self.batch.kind == "merge":  # all or nothing: rows must not move back to a contact that stays in the trash
            write(items)
            return
        count = self.into.count
        try:
            with transaction():
                write(items)
        except peewee.IntegrityError:
            self.into.count = count
            if len(items) == 1:
                record = items[0][0] if isinstance(items[0], tuple) else items[0]
                self._leave(resource, record, N_("another record has its unique value now"))
                return
            for item in items:
                self._carefully(resource, [item], write)

    def _create(self, resource, changes):
        model = resource.model
        for change, records in self._rows(resource, changes, model.deleted_batch.is_null()):
            records.sort(key=lambda record: record.id)
            touched, untouched = self._changed_since(change, records), []
            for record in records:
                if record.id in touched:
                    self._leave(resource, record, N_("changed since"))
                else:
                    untouched.append(record)
            if self.write:
                resource.put_in_trash(untouched, self.into)

    def _changed_since(self, change, records) -> set[int]:
        """Of these records, those that another batch changed for good after `change`; what was undone is as it was.

        The batch itself may have created a record and then added to it.
        """
        ids = [record.id for record in records if record.version > 1]
        later = (
            Change.select(Change.first)
            .join(Batch, on=(Change.batch_id == Batch.id))
            .where(
                Change.table == change.table,
                Change.first << ids,
                Change.op == "update",
                Change.id > change.id,
                Change.batch_id != self.batch.id,
                Batch.undone_by.is_null(),
                Batch.undo_of.is_null(),
            )
        )
        return {id for (id,) in later.tuples()} if ids else set()

    _restore = _create

    def _delete(self, resource, changes):
        for _, records in self._rows(resource, changes, resource.model.deleted_batch == self.batch.id):
            if self.write and records:
                self._carefully(resource, records, lambda some: resource.take_from_trash(some, self.into))

    def _update(self, resource, changes):
        for chunk in chunks(changes, 500):
            model = resource.model
            found = {r.id: r for r in model.select().where(model.id << [c.first for c in chunk])}
            resource.load_parts(list(found.values()))
            wanted = defaultdict(dict)
            for change in chunk:
                record = found.get(change.first)
                if record is None:
                    continue
                if record.deleted_batch is not None:
                    self._leave(resource, record, N_("deleted since"))
                    continue
                for name, (old, new) in change.data.items():
                    kind = resource.kinds.get(name)
                    if kind is None:
                        self._leave(resource, record, N_("this field is gone"))
                        continue
                    value = wanted[record.id].get(name, kind.get(record))
                    back = resource.back(kind, value, kind.unjson(old), kind.unjson(new))
                    if back is resource.KEEP:
                        self._leave(resource, record, N_("changed since"))
                    else:
                        wanted[record.id][name] = back
            if self.write and wanted:
                pairs = [(found[id], values) for id, values in wanted.items()]
                self._carefully(
                    resource, pairs, lambda some, model=model: resource.write(self._read(model, some), self.into)
                )

    @staticmethod
    def _read(model, pairs):
        """The pairs with records as they are now: a try that was rolled back left its marks on the objects."""
        now = {r.id: r for r in model.select().where(model.id << [r.id for r, _ in pairs])}
        return [(now[r.id], values) for r, values in pairs]

    def _move(self, changes):
        from .merge import take_back

        for change in changes:
            resource = self.build.by_table.get(change.table)
            # Who may merge contacts may take a merge back, whatever else belonged to them.
            if resource is not None and self.user is not None and self.batch.kind != "merge":
                resource.demand(self.user, _NEEDED["move"])
            self._leave_rows(take_back(self.build, change, self.write, self.into), N_("changed since"))
        self.moved += changes

    def _merge(self, changes):
        from .merge import added_since

        for change in changes:
            self._leave_rows(added_since(self.build, change), N_("added after the merge"))

    def _leave_rows(self, rows, reason):
        for table, group in groupby(rows, lambda row: row[0]):
            ids, resource = [id for _, id in group], self.build.by_table.get(table)
            if resource is None:
                self.left += [LeftAlone(table, id, f"{table} #{id}", i18n.gettext(reason)) for id in ids]
                continue
            for record in resource.model.select().where(resource.model.id << ids):
                self._leave(resource, record, reason)

    def _renew(self):
        """Search words and timelines of what was moved back, once everything is where it was."""
        from .merge import renew, renew_contacts

        contacts, shared = set(), set()
        for change in self.moved:
            data = change.data
            renew(self.build, change.table, data["column"], data["old"], data["ids"])
            if (change.table, data["column"]) == ("core_entry", "contact_id"):
                contacts |= {data["old"], data["new"]}
            elif change.table == "core_share":
                shared |= {data["old"], data["new"]}
        self.build.timeline.touch(contacts)
        renew_contacts(self.build, shared)
