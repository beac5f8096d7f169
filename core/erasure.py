"""Erasure: a contact goes for good, with all that belongs to it and every trace; or it becomes nobody in particular.

Unlike everything else that is written, this cannot be undone; and it reaches into the journal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import g, request

from . import files, html, i18n, journal, search
from .contacts import Contact
from .db import db, is_postgres, pointing_to, run
from .exchange import uploads
from .i18n import N_, Problem
from .journal import Batch, Change
from .personal import CONTACTS, POINTS, Part, Subject
from .personal_rules import rule_of
from .points import normal
from .traces import Traces, clean_logs, forget_messages
from .words import sort_key

FILES = files.Attachment._meta.table_name
#: What an erased contact still says: whose it was, and whether it was a person. The firm's numbers need no more.
LEFT = frozenset(("id", "version", "created_at", "updated_at", "deleted_batch", "custom", "kind", "owner_id"))


@dataclass
class Erased:
    """What an erasure did: `{table: rows}` of what went and what stayed, and how many rows of each log were cleaned."""

    ids: list[int]
    gone: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    cleaned: dict[str, int] = field(default_factory=dict)
    #: E-mails and phones of the contact, in the form in which equal ones are equal: `("email", "a@b.example")`.
    reached_by: list[tuple[str, str]] = field(default_factory=list)


def erase(build, user, contact_id: int, anonymous: bool = False) -> Erased:
    """Erase a contact, or (`anonymous`) take from it and its records all that is personal. What was done.

    Raises Forbidden, and Problem when the contact is gone already. Cannot be undone.
    """
    build.resources["contacts"].demand(user, "delete")
    _forget_deleted_bytes()
    with journal.transaction():
        query = Contact.select().where(Contact.id == contact_id)
        contact = (query.for_update() if is_postgres() else query).first()
        if contact is None or contact.merged_into_id or was_erased(contact):
            raise Problem(N_("This contact is gone already. Nothing was changed."))
        erasure = _Erasure(build, user, Subject(build, contact_id), anonymous)
        keys = files.keys_of(erasure.subject.rows.get("core_attachment", ()))
        done, traces = erasure.run()
        journal.after_commit(files.forget, build, keys)
        journal.after_commit(_outside, build, done, traces)
    return done


def was_erased(contact: Contact) -> Batch | None:
    """The batch that erased this contact, if it is the rest of an erased one."""
    if contact.deleted_batch is None:
        return None
    return Batch.get_or_none(Batch.id == contact.deleted_batch, Batch.kind == "erase")


def _outside(build, done: Erased, traces: Traces) -> None:
    """What lies outside of the tables: uploads, and what plugins keep in files."""
    uploads.forget(build.settings, traces.touches)
    forget_messages(build.settings.data / "outbox", traces)
    build.hook.contacts_erased(ids=done.ids, told=traces.touches)
    _merge_index()


class _Erasure:
    """One erasure, inside its transaction."""

    def __init__(self, build, user, subject: Subject, anonymous: bool):
        self.build, self.user, self.subject, self.anonymous = build, user, subject, anonymous
        self.parts = subject.parts(anonymous)
        self.contacts = build.resources["contacts"]
        self.rule = rule_of(self.contacts)
        self.traces = Traces()
        self.done = Erased(list(subject.ids))

    def run(self) -> tuple[Erased, Traces]:
        self._learn()
        label = N_("Made a contact anonymous") if self.anonymous else N_("Erased a contact")
        batch = journal.open_batch(self.user, "erase", label, self.contacts.name, id=self.subject.ids[0])
        self._forget_merges()
        for part in self.parts:
            self._clean_journal(part)
        self._clean_journal(Part(CONTACTS, self.subject.ids, "", "stays", rule=self._own_rule()))
        touched = self._loosen()
        self._remove([part for part in self.parts if not part.stays])
        self._empty_contact(batch)  # before the others, whose search words may have its name
        for part in (part for part in self.parts if part.stays):
            self._empty(part)
        for table, ids in touched.items():
            self._index(table, ids)
        pages = {
            self.build.by_table[table].base: ids
            for table, ids in self.subject.rows.items()
            if table in self.build.by_table
        }
        self.done.cleaned |= clean_logs(self.traces, pages)
        return self.done, self.traces

    # What tells the person

    def _learn(self) -> None:
        learn = self.traces.learn
        for row in self.subject.read(CONTACTS, self.subject.ids):
            learn([row[column] for column in self.rule.blank])
            self.traces.identify(row["name"])
        for part in self.parts:
            columns = part.rule.blank.keys() if part.stays else None
            for row in self.subject.read(part.table, part.ids):
                learn([v for k, v in row.items() if isinstance(v, str) and (columns is None or k in columns)])
        for row in self.subject.read(POINTS, self.subject.rows.get(POINTS, ())):
            self._reach(row["kind"], row["value"])
        for table, ids in self.subject.rows.items():
            for change in _updates(table, ids):
                learn(change.data)
                if table == CONTACTS:
                    self._learn_former(change.data)

    def _reach(self, kind: str, value: str) -> None:
        if kind in ("email", "phone"):
            self.traces.identify(value)
            pair = (kind, normal(kind, value, self.build.firm["region"]))
            self.traces.identify(pair[1])
            if pair not in self.done.reached_by:
                self.done.reached_by.append(pair)

    def _learn_former(self, data: dict) -> None:
        """Former names, addresses and numbers, from the journal."""
        for name in data.get("name") or ():
            self.traces.identify(name or "")
        for field_name, kind in (("emails", "email"), ("phones", "phone")):
            for values in data.get(field_name) or ():
                for value in values or ():
                    self._reach(kind, value["value"])

    # The journal

    def _own_rule(self):
        if self.anonymous:
            return self.rule
        return self.rule._replace(names=list(self.contacts.kinds))

    def _clean_journal(self, part: Part) -> None:
        """Old and new values go from the journal; which rows were written when and by whom stays."""
        count = 0
        personal = set(part.rule.names)
        for change in _updates(part.table, part.ids):
            kept = {k: v for k, v in change.data.items() if k not in personal} if part.stays and personal else {}
            if kept == change.data:
                continue
            if kept:
                Change.update(data=kept).where(Change.id == change.id).execute()
            else:
                Change.delete().where(Change.id == change.id).execute()
            count += 1
        count += self._clean_moves(part)
        self.done.cleaned["changes"] = self.done.cleaned.get("changes", 0) + count

    @staticmethod
    def _clean_moves(part: Part) -> int:
        """A text that many rows were given at once says what each of them held: these rows leave the list."""
        ids, count = set(part.ids), 0
        query = Change.select().where(
            Change.table == part.table, Change.op == "move", Change.first <= max(ids), Change.last >= min(ids)
        )
        for change in list(query):
            column = change.data["column"]
            told = isinstance(change.data["old"], str) or isinstance(change.data["new"], str)
            if not told or (part.stays and column not in part.rule.blank) or ids.isdisjoint(change.data["ids"]):
                continue
            left = [id for id in change.data["ids"] if id not in ids]
            if left:
                Change.update(data=change.data | {"ids": left}).where(Change.id == change.id).execute()
            else:
                Change.delete().where(Change.id == change.id).execute()
            count += 1
        return count

    def _forget_merges(self) -> None:
        """Merges that the contact was part of, also those that were undone: they hold values of both, and are over."""
        ids = set(self.subject.ids)
        query = Change.select().where(Change.table == CONTACTS, Change.op == "merge")
        batches = {c.batch_id for c in query if c.first in ids or not ids.isdisjoint(c.data["others"])}
        waiting = list(batches)
        while waiting:
            undos = {id for (id,) in Batch.select(Batch.id).where(Batch.undo_of << waiting).tuples()} - batches
            batches |= undos
            waiting = list(undos)
        if not batches:
            return
        for change in Change.select().where(Change.batch_id << list(batches), Change.op == "update"):
            if change.table == CONTACTS and change.first in ids:
                self._learn_former(change.data)
        Change.delete().where(Change.batch_id << list(batches)).execute()
        Batch.update(count=0).where(Batch.id << list(batches)).execute()

    # The rows

    def _loosen(self) -> dict[str, list[int]]:
        """Empty what names rows that go; the rows that stay and were changed so."""
        gone = {part.table: part.ids for part in self.parts if not part.stays}
        leaving = gone if self.anonymous else gone | {CONTACTS: self.subject.ids}
        touched: dict[str, set[int]] = {}
        for table, column, ids in self.subject.mentions(leaving):
            run(f'UPDATE "{table}" SET "{column}" = NULL WHERE "id" = ANY(?)', ids)
            touched.setdefault(table, set()).update(set(ids) - set(gone.get(table, ())))
        own = touched.pop(CONTACTS, set()) - set(self.subject.ids)
        return {t: sorted(ids) for t, ids in (touched | {CONTACTS: own}).items() if ids}

    def _remove(self, parts: list[Part]) -> None:
        """Delete rows for good, those first that cannot be without others."""
        waiting = {part.table: part for part in parts}
        if FILES in waiting:
            files.erase(self.build, waiting[FILES].ids)  # their bytes lie outside of the tables
        while waiting:
            free = [t for t in waiting if not any(c in waiting and c != t for c, _ in pointing_to(t))] or list(waiting)
            for table in free:
                part = waiting.pop(table)
                search.remove(self.subject.resource_name(table), part.ids)
                run(f'DELETE FROM "{table}" WHERE "id" = ANY(?)', part.ids)
                self.done.gone[table] = len(part.ids)

    def _empty(self, part: Part) -> None:
        """Empty the personal columns of rows that stay, so that a form that is open cannot fill them again."""
        columns = {c.name for c in db.get_columns(part.table)}
        blank = {c: v for c, v in part.rule.blank.items() if c in columns}
        if blank:
            _update(part.table, part.ids, blank, versioned="version" in columns)
        self.done.kept[part.table] = len(part.ids)
        self._index(part.table, part.ids)

    def _empty_contact(self, batch: Batch) -> None:
        contact_columns = {c.name: c for c in db.get_columns(CONTACTS)}
        blank = dict(self.rule.blank)
        if not self.anonymous:
            plain = contact_columns.keys() - LEFT - blank.keys() - {"merged_into_id"}
            blank |= {c: None if contact_columns[c].null else "" for c in plain}
        for id in self.subject.ids:
            name = f"#{id}"
            own = {"name": name, "name_key": sort_key(name)}
            if not self.anonymous:
                own["deleted_batch"] = batch.id
            _update(CONTACTS, [id], blank | own, versioned=True)
        if self.anonymous:
            self._index(CONTACTS, self.subject.ids[:1])
        search.remove(self.contacts.name, self.subject.ids[1:] if self.anonymous else self.subject.ids)

    def _index(self, table: str, ids: list[int]) -> None:
        """The search words of rows that hold something else now."""
        resource = self.build.by_table.get(table)
        if resource is None:
            search.remove(table, ids)
            return
        model = resource.model
        for start in range(0, len(ids), 500):
            some = model.id << ids[start : start + 500]
            records = list(model.select().where(some, model.deleted_batch.is_null()))
            resource.load_parts(records)
            resource.index(records)


def _updates(table: str, ids: Iterable[int]) -> list[Change]:
    found, ids = [], sorted(ids)
    for start in range(0, len(ids), 500):
        query = Change.select().where(Change.table == table, Change.first << ids[start : start + 500])
        found += list(query.where(Change.op == "update"))
    return found


def _update(table: str, ids: list[int], values: dict[str, Any], versioned: bool) -> None:
    sets = [f'"{column}" = ?' for column in values] + ['"version" = "version" + 1'] * versioned
    run(f'UPDATE "{table}" SET {", ".join(sets)} WHERE "id" = ANY(?)', *values.values(), list(ids))


# What the database itself keeps of deleted rows --------------------------------------------------------------------


def _forget_deleted_bytes() -> None:
    """SQLite leaves the bytes of deleted rows in its file, unless told to write zeros over them."""
    if not is_postgres():
        db.execute_sql("PRAGMA secure_delete = ON")


def _merge_index() -> None:
    """FTS5 keeps deleted words until its segments are merged; a few pages at a time, so that nobody waits long."""
    if is_postgres():
        return
    for pages in (-500, *[500] * 10_000):
        before = db.execute_sql("SELECT total_changes()").fetchone()[0]
        with db.atomic():
            db.execute_sql("INSERT INTO core_search_fts (core_search_fts, rank) VALUES ('merge', ?)", (pages,))
        if db.execute_sql("SELECT total_changes()").fetchone()[0] - before < 2:
            break
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def erased_address() -> str:
    """What to say to a signed-in user whose address names an erased contact; "" when this request's does not."""
    match = re.search(r"/contacts/(\d{1,9})(?=/|$)", request.path)
    if match is None or g.get("user") is None:
        return ""
    contact = Contact.get_or_none(Contact.id == int(match[1]))
    batch = was_erased(contact) if contact is not None else None
    if batch is None:
        return ""
    day = f"{html.local(batch.at):%Y-%m-%d}"
    return i18n.gettext("This contact was erased for good on %(day)s. It cannot be brought back.", day=day)
