"""The half of a Resource that writes: save, delete, restore, and what follows from each write."""

from __future__ import annotations

import logging
from typing import Any

import peewee

from . import conflicts, fields, journal, search
from .db import chunks, db, insert_rows, new_ids, update_rows, utcnow
from .errors import Conflict, Invalid
from .i18n import N_, Problem
from .notices import notify
from .users import SYSTEM, with_teams
from .words import sort_key

log = logging.getLogger("guanxi")

#: How often a save is put together anew when others save the same record at the same moment.
TRIES = 5


#: What somebody hears who wants to change a record of a Resource that is `lasting`.
STAYS = N_("This stays as it was recorded. Record what is true now instead.")


class _Missed(Exception):
    """Somebody else changed one of many records that were written in one go."""


class Writing:
    """Every write of a record is one transaction with its journal, timeline entry, search words and hooks.

    `Resource` derives from it and says what the records are and who may see and do what.
    """

    #: Marks a field that an undo leaves alone.
    KEEP = object()

    def new(self, user, **values):
        """An unsaved record with its defaults; the owner is the user."""
        record = self.model()
        if self.owner and not user.is_system:
            self.kinds[self.owner].set(record, user.id)
        for kind in self.custom.values():
            if kind.start:
                kind.set(record, kind.first(self.build.context(user)))
        for name, value in values.items():
            self.kinds[name].set(record, value)
        return record

    def validate(self, user, record, values: dict) -> dict[str, Problem]:
        """What is wrong with `values` for this record, by field; override for rules of the business."""
        return {}

    def problems(self, user, record, values: dict) -> dict[str, Problem]:
        """Required fields, then `validate`."""
        errors = {}
        for name in self.fields:
            kind = self.kinds[name]
            asked = kind.required and (name in values or record.id is None)
            if asked and user.is_system and name in self.custom:
                continue  # the firm asks its people, and not a mail that makes a contact
            if asked and kind.empty(values[name] if name in values else kind.get(record)):
                errors[name] = Problem(N_("“%(field)s” must be filled in."), field=self.field_title(name))
        return errors | self.validate(user, record, values)

    def save(self, user, record, values: dict, *, label: str = "", version: int | None = None, batch=None, **params):
        """Write one record: values are what the kinds' `parse` gave. Returns it; `record.batch` is the journal's batch.

        `version` is what the user saw: what others changed since is kept, and put together with `values`.
        Raises Forbidden, Invalid, or Conflict for what both changed.
        """
        for _ in range(TRIES):
            settled = values
            if version is not None and record.id is not None:
                settled = self._settled(record, values, version)
            try:
                self.save_many(user, [(record, settled)], label=label, batch=batch, **params)
                return record
            except Conflict as conflict:
                if version is None or conflict.current is None:
                    raise
                _reread(record, conflict.current)
        raise Conflict(record)

    def _settled(self, record, values: dict, version: int) -> dict:
        if version > record.version:  # the record in hand is not the newest one
            now = self.model.get_by_id(record.id)
            if version > now.version:
                raise Conflict(now)
            _reread(record, now)
        if version == record.version:
            return values
        settled, clashes = conflicts.settle(self, record, values, version)
        if clashes:
            raise Conflict(record, clashes, settled)
        return settled

    def save_many(self, user, pairs: list[tuple[Any, dict]], *, label: str = "", batch=None, kind: str = "", **params):
        """Write many records as one batch and one transaction; the batch. Raises Forbidden, Invalid or Conflict."""
        new = any(record.id is None for record, _ in pairs)
        old = any(record.id is not None for record, _ in pairs)
        for needed, verb in ((new, "create"), (old, "edit")):
            if needed:
                self.demand(user, verb)
        if old and self.lasting and not user.is_system:
            raise Invalid({"": Problem(STAYS)})
        locked = self.locked(user)
        for record, values in pairs:
            for name in locked.intersection(values):
                if self.kinds[name].get(record) != values[name]:
                    raise Invalid(
                        {name: Problem(N_("Your role may not change “%(field)s”."), field=self.field_title(name))}
                    )
            errors = self.problems(user, record, values)
            if errors:
                raise Invalid(errors)
        with journal.transaction():
            if batch is None:
                if not label:
                    label, params = (N_("Created %(what)s"), {}) if new else (N_("Changed %(what)s"), {})
                    params["what"] = str(pairs[0][0]) if not new and len(pairs) == 1 else self.plural
                batch = journal.open_batch(user, kind or ("create" if new else "update"), label, self.name, **params)
                naming = new and len(pairs) == 1 and params.get("what") == self.plural
            else:
                naming = False
            try:
                self.write(pairs, batch, user)
            except peewee.IntegrityError as error:
                # Two people at once: `validate` saw nothing yet, the unique index does.
                raise Invalid(
                    {"": Problem(N_("Another record has the same unique value. Nothing was saved."))}
                ) from error
            if naming:
                batch.params = params | {"what": str(pairs[0][0])}
                batch.save(only=[journal.Batch.params])
        return batch

    def write(self, pairs, batch, user=None) -> list:
        """Write without asking for permission, with everything that belongs to a write. Inside a transaction.

        Returns the records that did change.
        """
        creates, updates = [], []
        for record, values in pairs:
            (creates if record.id is None else updates).append((record, values))
        self._ask_hooks([r for r, _ in pairs], pairs, user)
        changed = []
        if creates:
            changed += self._insert(creates, batch, user)
        if updates:
            changed += self._update(updates, batch, user)
        for record, _ in pairs:
            record.__dict__["batch"] = batch
        return changed

    def _ask_hooks(self, records, pairs, user):
        implementations = self.build.hook.validate_records.get_hookimpls()
        if not implementations:
            return
        for _record, field, problem in self.faults(pairs, user):
            raise Invalid({field: problem})

    def faults(self, pairs, user=None) -> list[tuple[Any, str, Problem]]:
        """What the hooks `validate_records` have against `(record, values)` pairs, as `(record, field, Problem)`."""
        found = self.build.hook.validate_records(resource=self, records=pairs, user=user)
        return [fault for faults in found for fault in faults or ()]

    def _apply(self, record, values) -> None:
        for name, value in values.items():
            self.kinds[name].set(record, value)
        self.derive(record)

    def derive(self, record) -> None:
        """Fill the columns that follow from others: the keys that text is sorted by. Override, and call up."""
        for name in self._keyed:
            setattr(record, f"{name}_key", sort_key(getattr(record, name) or ""))

    def _insert(self, creates, batch, user) -> list:
        now, records = utcnow(), []
        for record, values in creates:
            self._apply(record, values)
            if not record.__dict__.get("keep_dates"):
                record.created_at = record.updated_at = now
            records.append(record)
        ids = self.add_rows(records)
        for record in records if self.parts else ():
            record.__dict__.setdefault("_parts", {})  # else somebody would ask the database for them, one by one
        for store, kinds in self._stores().items():
            store.insert(records, kinds)
        journal.note_ids(batch, "create", self.table, ids)
        self._after(records, "create", user)
        self._tell_owners(records, batch, user)
        return records

    def add_rows(self, records: list) -> list[int]:
        """Give new records their ids and write their rows, and nothing else, in a few statements; the ids."""
        ids = new_ids(self.model, len(records))
        for record, id in zip(records, ids, strict=True):
            record.id = id
        columns = [(name, convert) for name, _, convert in self._insertable]
        rows = [
            tuple([data.get(name) if convert is None else convert(data.get(name)) for name, convert in columns])
            for data in (record.__data__ for record in records)
        ]
        insert_rows(self.model, [column for _, column, _ in self._insertable], rows)
        return ids

    def _update(self, updates, batch, user) -> list:
        notes, changed, rows, now = [], [], [], utcnow()
        parts = any(name in self.parts for _, values in updates for name in values)
        if parts:
            self.load_parts([r for r, _ in updates if "_parts" not in r.__dict__])
        given = []
        for record, values in updates:
            diff = {}
            for name, value in values.items():
                kind = self.kinds[name]
                old = kind.get(record)
                if old != value:
                    diff[name] = [kind.json(old), kind.json(value)]
            if not diff:
                continue
            before = dict(record.__data__)
            self._apply(record, {name: values[name] for name in diff})
            record.updated_at = now
            rows.append(self._row_of(record, before))
            record.version += 1
            if self.owner in diff:
                given.append(record)
            notes.append((record.id, diff))
            changed.append(record)
        self._write_rows(rows)
        stores = self._stores()
        for record, (_id, diff) in zip(changed, notes, strict=True) if stores else ():
            for store, kinds in stores.items():
                store.update(record, [k for k in kinds if k.name in diff], dict(diff.items()))
        journal.note_updates(batch, self.table, notes)
        if changed:
            self._after(changed, "update", user)
            if given:
                self._rescope_followers(changed)
                self._tell_owners(given, batch, user)
        return changed

    def _row_of(self, record, before: dict) -> tuple:
        """What a changed record writes: itself, its changed columns, and their raw values with id and version."""
        columns, values, data = [], [], record.__data__
        for name, column, convert in self._insertable:
            if data.get(name) != before.get(name):
                columns.append(column)
                values.append(data[name] if convert is None else convert(data[name]))
        return record, tuple(columns), (*values, record.id, record.version)

    def _write_rows(self, rows: list[tuple]) -> None:
        """Write the rows of changed records, those that change the same columns in one go. Raises Conflict."""
        if len(rows) > 1:
            groups: dict[tuple, list] = {}
            for _record, columns, row in rows:
                groups.setdefault(columns, []).append(row)
            try:
                with db.atomic():
                    for columns, some in groups.items():
                        if update_rows(self.model, columns, some) != len(some):
                            raise _Missed
                return
            except _Missed:
                pass  # taken back; one by one it shows which record somebody else changed
        for record, columns, row in rows:
            if not update_rows(self.model, columns, [row]):
                for unsaved, _columns, _row in rows:
                    unsaved.version -= 1
                raise Conflict(self.model.get_or_none(self.model.id == record.id))

    def _stores(self) -> dict:
        found: dict = {}
        for part in self.parts.values():
            found.setdefault(part.store, []).append(part)
        return found

    def delete(self, user, records: list, *, label: str = "", batch=None, **params):
        """Put records into the trash; the batch that can take them out again. Raises Forbidden."""
        self.demand(user, "delete")
        if self.lasting and not user.is_system:
            raise Problem(STAYS)
        with journal.transaction():
            if batch is None:
                what = str(records[0]) if len(records) == 1 else self.plural
                batch = journal.open_batch(
                    user, "delete", label or N_("Deleted %(what)s"), self.name, **({"what": what} | params)
                )
            self.put_in_trash(records, batch, user)
        return batch

    def restore(self, user, record, values: dict | None = None, version: int | None = None):
        """Take a record out of the trash, and save values into it; the batch. Raises Forbidden, Invalid or Conflict."""
        for verb in ("edit", "delete"):
            self.demand(user, verb)
        with journal.transaction():
            batch = journal.open_batch(user, "update", N_("Restored %(what)s"), self.name, what=str(record))
            self.take_from_trash([record], batch, user)
            if values:
                self.save(user, record, values, version=version, batch=batch)
        return batch

    def put_in_trash(self, records, batch, user=None) -> None:
        """Set the trash mark. Inside a transaction."""
        self._mark(records, batch.id)
        journal.note_ids(batch, "delete", self.table, [r.id for r in records])
        if records:
            search.remove(self.name, [r.id for r in records])
            self._after(records, "delete", user)

    def take_from_trash(self, records, batch, user=None) -> None:
        """Take the trash mark off. Inside a transaction."""
        self._mark(records, None)
        journal.note_ids(batch, "restore", self.table, [r.id for r in records])
        if records:
            self._after(records, "create", user)

    def _mark(self, records, batch_id) -> None:
        for chunk in chunks(records, 500):
            ids = [r.id for r in chunk]
            self.model.update(deleted_batch=batch_id).where(self.model.id << ids).execute()
            for store in self._stores():
                store.mark(ids, batch_id)
        for record in records:
            record.deleted_batch = batch_id

    def back(self, kind, current, old, new):
        """What an undo makes of a field: `old` when it is still `new`, else KEEP. Lists give back the change."""
        if isinstance(kind, fields.Several):
            added = [v for v in new if v not in old]
            removed = [v for v in old if v not in new]
            return [v for v in current if v not in added] + [v for v in removed if v not in current]
        if all(isinstance(v, dict) for v in (current, old, new)):
            touched = {k for k in old.keys() | new.keys() if old.get(k) != new.get(k) and current.get(k) == new.get(k)}
            return {k: v for k, v in current.items() if k not in touched} | {k: old[k] for k in touched & old.keys()}
        return old if current == new else self.KEEP

    # What follows from a write

    def _after(self, records, change: str, user) -> None:
        """Search, timeline and hooks, inside the transaction; `committed` after it."""
        if change != "delete":
            self.index(records)
        if self.timeline:
            self.build.timeline.derive(self, records, change, user)
        hook = self.build.hook
        if hook.records_changed.get_hookimpls():
            hook.records_changed(resource=self, records=records, change=change, user=user)
        if hook.committed.get_hookimpls():
            journal.after_commit(self._committed, [r.id for r in records], change, user)

    def _tell_owners(self, given, batch, user) -> None:
        """A notice to whom a colleague gave records, one for the whole of an import or a bulk edit."""
        if not self.owner or not self.tells_owner or user is None or user.is_system:
            return
        theirs: dict[int, list] = {}
        for record in given:
            owner = self.kinds[self.owner].get(record)
            if owner is not None and owner != user.id:
                theirs.setdefault(owner, []).append(record)
        if not theirs:
            return
        model = self.links[self.owner].rel_model
        for person in model.select().where(model.id << list(theirs), model.active):
            records = theirs[person.id]
            one = len(records) == 1
            notify(
                self.build,
                [person],
                "assigned",
                N_("%(who)s gave you %(what)s") if one else N_("%(who)s gave you several records"),
                about=records[0] if one else None,
                url=self.url("page", records[0]) if one else f"{self.base}?{self.owner}=me",
                once=f"assigned-{batch.id}",
                who=user.name,
                what=str(records[0]),
            )

    def _committed(self, ids, change, user):
        for implementation in self.build.hook.committed.get_hookimpls():
            arguments = {"resource": self, "ids": ids, "change": change, "user": user}
            try:
                implementation.function(**{name: arguments[name] for name in implementation.argnames})
            except Exception:
                log.exception("%s: the hook `committed` failed", implementation.plugin_name)

    def index(self, records) -> None:
        """Write the search words of records, with the scope words of those who may see them."""
        if self.searched:
            self._load_shares(records)
            docs = [self.doc(record) for record in records]
            wide = with_teams(doc.scope for doc in docs)
            search.write([doc._replace(scope=wide[doc.scope]) for doc in docs])

    def moved(self, column: str, ids: list[int]) -> None:
        """What follows when a column of rows was changed in the table itself: who finds them in the search."""
        name = next((name for name, link in self.links.items() if link.column_name == column), "")
        if not name or not self.searched or name not in (self.owner, self.follows):
            return
        for chunk in chunks(ids, 500):
            records = list(self.model.select().where(self.model.id << chunk, self.model.deleted_batch.is_null()))
            self.load_parts(records)
            self.index(records)
            if name == self.owner:
                self._rescope_followers(records)

    def _load_shares(self, records) -> None:
        """Put on each record (or on the one that it follows) the scope words of those it is shared with."""
        if self.owner:
            words = self.build.shares.words(self.name, [r.id for r in records])
            for record in records:
                record.__dict__["shared"] = words.get(record.id, "")
        elif self.follows:
            target = self.build.by_model[self.links[self.follows].rel_model]
            self.load_links(records, [self.follows], SYSTEM)
            target._load_shares([r for r in (getattr(record, self.follows) for record in records) if r is not None])

    def doc(self, record) -> search.Doc:
        """What the search knows of a record."""
        title = str(record)
        texts = [title] + [str(self.kinds[name].get(record) or "") for name in self.search]
        return search.Doc(
            self.name,
            record.id,
            title,
            self.subtitle(record),
            search.index_words(texts),
            self.scope_words(record),
            int(record.updated_at.timestamp()),
        )

    def scope_words(self, record) -> str:
        """The scope words that a row carries in the search index."""
        if self.owner:
            owner = self.kinds[self.owner].get(record)
            return " ".join((f"o{owner}" if owner else "", record.__dict__.get("shared", ""))).strip()
        if self.follows:
            link = self.kinds[self.follows]
            target = self.build.by_model[link.rel_model]
            followed = getattr(record, link.name)
            return target.scope_words(followed) if followed is not None else ""
        return ""

    def share(
        self, user, record, user_id: int | None = None, team_id: int | None = None, take_back: bool = False
    ) -> None:
        """Show one record to a user or a team, or take that back. Raises Forbidden. The journal keeps who did it."""
        self.demand(user, "edit")
        shares = self.build.shares
        where = dict(resource=self.name, record_id=record.id, user_id=user_id, team_id=team_id)
        with journal.transaction():
            match = [
                getattr(shares, k) == v if v is not None else getattr(shares, k).is_null() for k, v in where.items()
            ]
            if take_back:
                shares.delete().where(*match).execute()
            elif not shares.select().where(*match).exists():
                shares.create(**where, by_id=user.id)
            said = N_("Took back the sharing of %(name)s") if take_back else N_("Shared %(name)s")
            journal.open_batch(user, "share", said, self.name, name=str(record))
            self.index([record])
            self._rescope_followers([record])

    def _rescope_followers(self, records) -> None:
        self._load_shares(records)
        for follower in self.build.resources.values():
            link = follower.kinds.get(follower.follows) if follower.follows else None
            if link is None or link.rel_model is not self.model or not follower.searched:
                continue
            words = {record.id: self.scope_words(record) for record in records}
            groups: dict[str, list[int]] = {}
            for chunk in chunks(words, 900):
                query = follower.model.select(follower.model.id, link).where(link << chunk)
                for id, followed in query.tuples():
                    groups.setdefault(words[followed], []).append(id)
            wide = with_teams(groups)
            for scope, ids in groups.items():
                search.rescope(follower.name, ids, wide[scope])


def _reread(record, now) -> None:
    """Make a record in hand what it is in the database by now."""
    record.__data__, record.__rel__ = now.__data__, {}
    record.__dict__.pop("_parts", None)
