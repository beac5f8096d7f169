"""Undo: a batch of the journal taken back, field by field; what was changed since stays and is listed."""

from collections import defaultdict
from itertools import groupby
from typing import NamedTuple

import peewee

from . import i18n
from .db import chunks
from .errors import CannotUndo
from .i18n import N_
from .journal import Batch, Change, open_batch, transaction
from .merge import added_since, renew, renew_contacts, take_back


class LeftAlone(NamedTuple):
    """Something that an undo would not touch, and why."""

    resource: str
    record_id: int
    title: str
    reason: str


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
        for change in changes:
            resource = self.build.by_table.get(change.table)
            # Who may merge contacts may take a merge back, whatever else belonged to them.
            if resource is not None and self.user is not None and self.batch.kind != "merge":
                resource.demand(self.user, _NEEDED["move"])
            self._leave_rows(take_back(self.build, change, self.write, self.into), N_("changed since"))
        self.moved += changes

    def _merge(self, changes):
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
