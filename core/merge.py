"""Merging contacts: every row that points to the merged ones goes over to the survivor, and can be brought back.

What points to a contact is read from the database's catalogue, not from the models that are imported, so that the
rows of a module that is off go along.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import NamedTuple

import peewee
from flask import g, request

from . import fields, i18n, journal, names, search
from .contacts import Contact, Relationship, store
from .db import db, is_postgres, pointing_to, run, tables_with
from .errors import CannotUndo
from .i18n import N_, Problem
from .journal import Change
from .points import Point, normal
from .users import with_teams

#: Contacts that one merge takes at most: more cannot be compared side by side.
MOST = 5
#: Follow from other values, or belong to the row itself.
OWN = frozenset(("created_at", "updated_at", "last_activity_at", "next_step_at", *names.PARTS))
#: Ids in one row of the journal.
RUN = 20_000


class Pointer(NamedTuple):
    """A column that points to contacts. With `about`, only in rows whose column `resource` says "contacts"."""

    table: str
    column: str
    about: bool = False

    @property
    def where(self) -> str:
        return f'"{self.column}" = ?' + (" AND \"resource\" = 'contacts'" if self.about else "")


def pointers() -> list[Pointer]:
    """Every column of every table that points to a contact: by foreign key, or by `resource` and `record_id`."""
    found = [Pointer(table, column) for table, column in pointing_to(Contact._meta.table_name)]
    own = ("core_search", "core_change")
    return found + [Pointer(t, "record_id", True) for t in tables_with("resource", "record_id", "id") if t not in own]


# Merging ---------------------------------------------------------------------------------------------------------


def merge(build, user, survivor: Contact, others: list[Contact], values: dict | None = None) -> journal.Batch:
    """Merge `others` into `survivor`; the journal's batch, whose undo takes everything back.

    In: contacts that the user sees, and `values` (as the kinds' `parse` gives them) that the user picked for the
    survivor. Lists are united, single fields that the survivor lacks are filled from the others in their order.
    Raises Forbidden without the permissions to edit and delete contacts, Problem for contacts that cannot be merged.
    """
    contacts = build.resources["contacts"]
    contacts.demand(user, "edit")
    contacts.demand(user, "delete")
    with journal.transaction():
        survivor, others = _checked(build, user, survivor, others, values or {})
        contacts.load_parts([survivor, *others])
        values = united(build, survivor, others) | (values or {})
        if values.get("organisation") in (survivor.id, *(o.id for o in others)):
            values["organisation"] = None
        batch = journal.open_batch(
            user,
            "merge",
            N_("Merged %(others)s into %(name)s"),
            contacts.name,
            others=", ".join(map(str, others)),
            name=str(values.get("name") or survivor),
        )
        ends = {f"{p.table}.{p.column}": _last(p.table) for p in pointers()}
        for other in others:
            _move_all(build, batch, survivor, other)
        _move_custom(build, batch, user, survivor, others)
        _tidy_relationships(build, batch, user, survivor)
        # The others go first: an external id is unique among the living.
        contacts.put_in_trash(others, batch, user)
        _note_merged(batch, survivor, others)
        _write(build, batch, user, survivor, others, values)
        build.timeline.touch([survivor.id, *(o.id for o in others)])
        renew_contacts(build, [survivor.id])
        Change.create(
            batch_id=batch.id,
            op="merge",
            table=contacts.table,
            first=survivor.id,
            last=survivor.id,
            data={"others": [o.id for o in others], "ends": ends},
        )
        build.hook.contacts_merged(survivor=survivor, merged=others, user=user)
    return batch


def _checked(build, user, survivor, others, values) -> tuple[Contact, list[Contact]]:
    """The contacts as they are now, locked for this transaction. Raises Problem."""
    ids = [survivor.id, *(o.id for o in others)]
    if len(set(ids)) < len(ids):
        raise Problem(N_("A contact cannot be merged with itself. Choose another one."))
    if not 2 <= len(ids) <= MOST:
        raise Problem(N_("Choose 2 to %(n)s contacts to merge."), n=MOST)
    query = Contact.select().where(Contact.id << ids).order_by(Contact.id)
    rows = {c.id: c for c in (query.for_update() if is_postgres() else query)}
    for contact in (survivor, *others):
        now = rows.get(contact.id)
        if now is None or now.deleted_batch is not None:
            into = now and now.merged_into_id
            if into:
                name = str(Contact.get_by_id(into)) if build.resources["contacts"].exists(user, into) else f"#{into}"
                raise Problem(
                    N_("%(name)s was merged into %(into)s in the meantime. Nothing was changed; look again."),
                    name=str(contact),
                    into=name,
                )
            raise Problem(N_("%(name)s was deleted in the meantime. Nothing was changed."), name=str(contact))
    seen = build.resources["contacts"].query(user, Contact.id).where(Contact.id << ids).tuples()
    if len({i for (i,) in seen}) < len(ids):
        raise Problem(N_("You may not see all of these contacts. Ask the owner of the other one for access."))
    if len({rows[i].kind for i in ids}) > 1 and "kind" not in values:
        raise Problem(N_("One of them is a person and one an organisation. Choose which of both the result is."))
    return rows[survivor.id], [rows[o.id] for o in others]


def united(build, survivor: Contact, others: list[Contact]) -> dict:
    """The values that a merge gives the survivor when nobody picks others; only those that change it."""
    contacts, found = build.resources["contacts"], {}
    gone = {survivor.id, *(o.id for o in others)}
    for name, kind in contacts.kinds.items():
        if name in OWN:
            continue
        have, theirs = kind.get(survivor), [kind.get(o) for o in others]
        if isinstance(kind, fields.Several):
            value = union(name, [have, *theirs])
        elif isinstance(kind, fields.LongText):
            texts = [t.strip() for t in (have, *theirs) if t and t.strip()]
            value = "\n\n".join(dict.fromkeys(texts))
        else:
            candidates = [v for v in (have, *theirs) if not kind.empty(v)]
            if name == "organisation":
                # An employer that is merged into its own employee would be its own organisation.
                candidates = [v for v in candidates if v not in gone]
            value = candidates[0] if candidates else (None if have in gone and name == "organisation" else have)
        if value != have:
            found[name] = value
    return found


def union(name: str, lists: list[list]) -> list:
    """Several-valued fields as one list, each value once: two spellings of a phone number are one value."""
    found: dict = {}
    for value in (v for values in lists for v in values):
        if not isinstance(value, Point):
            key = value.casefold()
        elif name == "addresses":
            key = " ".join(value.value.casefold().split())
        else:
            part = getattr(Contact, name)
            key = normal(part.kind, value, store.region)
        if key not in found or (isinstance(value, Point) and not found[key].label and value.label):
            found[key] = value
    return list(found.values())


def _last(table: str) -> int:
    """The newest id of a table: what comes after it was added after the merge."""
    return db.execute_sql(f'SELECT max("id") FROM "{table}"').fetchone()[0] or 0


def _move_all(build, batch, survivor, other) -> None:
    for pointer in pointers():
        sql, values = f'SELECT "id" FROM "{pointer.table}" WHERE {pointer.where}', [other.id]
        if (pointer.table, pointer.column) == ("core_contact", "organisation_id"):
            sql += ' AND "id" <> ?'  # of the survivor it is a field like others, and is settled with them
            values.append(survivor.id)
        ids = [id for (id,) in run(sql + ' ORDER BY "id"', *values).fetchall()]
        if ids:
            move(build, batch, pointer.table, pointer.column, other.id, survivor.id, ids)


def _move_custom(build, batch, user, survivor, others) -> None:
    """What administrators' own fields say of the merged contacts is said of the survivor."""
    links = [(r, kind) for r in build.resources.values() for kind in r.custom.values() if isinstance(kind, fields.Link)]
    for resource, kind in links:
        if kind.rel_model is not Contact:
            continue
        model = resource.model
        query = model.select().where(kind << [o.id for o in others], model.deleted_batch.is_null())
        rows = [row for row in query if not (model is Contact and row.id in (survivor.id, *(o.id for o in others)))]
        resource.load_parts(rows)
        resource.write([(row, {kind.name: survivor.id}) for row in rows], batch, user)


def move(build, batch, table: str, column: str, old, new, ids: list[int]) -> None:
    """Change a column of rows from one value to another in the table itself, with its journal and search words.

    Of rows that a unique index keeps from moving (both contacts are in the same list), the moved one goes to the trash.
    Inside a transaction.
    """
    moved = _update(table, column, new, ids)
    for start in range(0, len(moved), RUN):
        journal.note_move(batch, table, column, old, new, moved[start : start + RUN])
    doubles = sorted(set(ids) - set(moved))
    if doubles and "deleted_batch" in {c.name for c in db.get_columns(table)}:
        resource = build.by_table.get(table)
        if resource is not None:
            resource.put_in_trash(list(resource.model.select().where(resource.model.id << doubles)), batch)
        else:
            run(f'UPDATE "{table}" SET "deleted_batch" = ? WHERE "id" = ANY(?)', batch.id, doubles)
            journal.note_move(batch, table, "deleted_batch", None, batch.id, doubles)
    renew(build, table, column, new, moved)


def _update(table: str, column: str, value, ids: list[int]) -> list[int]:
    """Set a column of rows; the ids of those that could be set."""
    sql = f'UPDATE "{table}" SET "{column}" = ? WHERE "id" = ANY(?)'
    try:
        with db.atomic():
            run(sql, value, ids)
        return ids
    except peewee.IntegrityError:
        done = []
        for id in ids:
            try:
                with db.atomic():
                    run(sql, value, [id])
                done.append(id)
            except peewee.IntegrityError:
                continue
        return done


def renew(build, table: str, column: str, value, ids: list[int]) -> None:
    """What follows when rows were moved in the table itself: search words and who finds them."""
    resource = build.by_table.get(table)
    if resource is not None:
        resource.moved(column, ids)
    elif column in ("owner_id", "assignee_id"):  # of a module that is off: it is found by its owner
        shares = build.shares.words(table, ids)
        for scope, group in _grouped({id: f"o{value} {shares.get(id, '')}".strip() for id in ids}):
            search.rescope(table, group, with_teams([scope])[scope])
    elif ids and is_off(build, table) and "owner_id" not in {c.name for c in db.get_columns(table)}:
        # What has no owner is found by the owner of its contact.
        contact = Contact.get_or_none(Contact.id == value)
        if contact is not None:
            scope = build.resources["contacts"].scope_words(contact)
            search.rescope(table, ids, with_teams([scope])[scope])


def _grouped(values: dict[int, str]) -> list[tuple[str, list[int]]]:
    found = defaultdict(list)
    for id, value in values.items():
        found[value].append(id)
    return list(found.items())


def renew_contacts(build, ids) -> None:
    """Search words of contacts that others see now than before, and of what belongs to them."""
    contacts = build.resources["contacts"]
    records = list(Contact.select().where(Contact.id << list(ids), Contact.deleted_batch.is_null()))
    if records:
        contacts.load_parts(records)
        contacts.index(records)
        contacts._rescope_followers(records)


def is_off(build, table: str) -> bool:
    """Whether a table belongs to a module that is not on."""
    return not any(table.startswith(f"{name}_") for name in ("core", *build.names))


def _tidy_relationships(build, batch, user, survivor) -> None:
    """Relationships of the survivor with itself, and those that it has twice now, go to the trash."""
    query = Relationship.select().where(
        (Relationship.source == survivor.id) | (Relationship.target == survivor.id),
        Relationship.deleted_batch.is_null(),
    )
    seen, gone = set(), []
    for relation in query.order_by(Relationship.id):
        key = (relation.source_id, relation.kind, relation.target_id)
        if relation.source_id == relation.target_id or key in seen:
            gone.append(relation)
        seen.add(key)
    if gone:
        build.resources["relationships"].put_in_trash(gone, batch, user)


def _note_merged(batch, survivor, others) -> None:
    ids = [o.id for o in others]
    run('UPDATE "core_contact" SET "merged_into_id" = ? WHERE "id" = ANY(?)', survivor.id, ids)
    journal.note_move(batch, "core_contact", "merged_into_id", None, survivor.id, ids)


def _write(build, batch, user, survivor, others, values) -> None:
    if "name" in values and values["name"] != survivor.name:
        giver = next((o for o in others if o.name == values["name"]), None)
        if giver is not None:
            # A name and its parts are one thing: they come from the same contact.
            values = {part: getattr(giver, part) for part in names.PARTS} | values
    build.resources["contacts"].write([(survivor, values)], batch, user)
    contacts, custom = build.resources["contacts"], {}
    settled = {key for kind in contacts.custom.values() for key in (kind.name, kind.more)}  # with the other fields
    for contact in reversed((survivor, *others)):
        mine = contact is survivor
        custom |= {key: value for key, value in (contact.custom or {}).items() if mine or key not in settled}
    if custom != (survivor.custom or {}):
        raw = Contact.custom.db_value
        old, new = raw(survivor.custom), raw(custom)
        run('UPDATE "core_contact" SET "custom" = ? WHERE "id" = ?', new, survivor.id)
        journal.note_move(batch, "core_contact", "custom", old, new, [survivor.id])
        survivor.custom = custom


# Taking it back ---------------------------------------------------------------------------------------------------


def take_back(build, change: Change, write: bool, into) -> list[tuple[str, int]]:
    """Bring the rows of a `move` back; `(table, id)` of those that went elsewhere in the meantime and stay there."""
    table, data = change.table, change.data
    column, old, new, ids = data["column"], data["old"], data["new"], data["ids"]
    if not db.table_exists(table):
        return []  # the module's data was removed on purpose
    here, elsewhere = [], []
    for id, value in run(f'SELECT "id", "{column}" FROM "{table}" WHERE "id" = ANY(?)', ids).fetchall():
        (here if value == new else elsewhere).append(id)
    if write and here:
        moved = _update(table, column, old, here)
        journal.note_move(into, table, column, new, old, moved)
        elsewhere += sorted(set(here) - set(moved))
    return [(table, id) for id in elsewhere]


def added_since(build, change: Change) -> list[tuple[str, int]]:
    """`(table, id)` of what points to the survivor and was added after the merge. Raises CannotUndo.

    `change` is the note that `merge` leaves.
    """
    survivor = Contact.get_or_none(Contact.id == change.first)
    if survivor is not None and survivor.deleted_batch is not None and survivor.merged_into_id is not None:
        raise CannotUndo(
            N_("%(name)s was itself merged into another contact since. Undo that first."), name=str(survivor)
        )
    found, ends = [], change.data["ends"]
    for pointer in pointers():
        last = ends.get(f"{pointer.table}.{pointer.column}")
        if last is None or pointer.table == "core_contact":
            continue
        sql = f'SELECT "id" FROM "{pointer.table}" WHERE {pointer.where} AND "id" > ? ORDER BY "id" LIMIT 200'
        found += [(pointer.table, id) for (id,) in run(sql, change.first, last).fetchall()]
    return found


# Where a merged contact went --------------------------------------------------------------------------------------


def survivor_of(build, user, id: int) -> int | None:
    """The contact that this one was merged into, if the user may see it."""
    for _ in range(MOST):  # a survivor may have been merged, too; the pointers of a merge move along
        row = Contact.select(Contact.merged_into, Contact.deleted_batch).where(Contact.id == id).tuples().first()
        if row is None or row[0] is None or row[1] is None:
            return None
        id = row[0]
        if build.resources["contacts"].exists(user, id):
            return id
    return None


def moved_address(build) -> str | None:
    """Where this request's contact went: the same address of the contact that it was merged into, if it is visible."""
    match = re.search(r"/contacts/(\d{1,18})(?=/|$)", request.path)
    if match is None or request.method not in ("GET", "HEAD") or g.get("user") is None:
        return None
    id = survivor_of(build, g.user, int(match[1]))
    if id is None:
        return None
    query = request.query_string.decode()
    return f"{request.path[: match.start(1)]}{id}{request.path[match.end(1) :]}{'?' + query if query else ''}"


# What the page shows -----------------------------------------------------------------------------------------------


class Field(NamedTuple):
    """One line of the comparison: what each contact has, and which one is taken unless somebody picks another."""

    name: str
    title: str
    shown: list
    #: Index of the contact whose value is taken; None when somebody must choose.
    chosen: int | None
    #: Of lists: all values together, which is what the survivor gets.
    union: object = None
    same: bool = False


def compare(build, user, records: list[Contact]) -> list[Field]:
    """The fields that the user sees in which contacts have a value, side by side; the first one is the survivor."""
    contacts, found = build.resources["contacts"], []
    hidden = contacts.hidden(user)
    contacts.load_parts(records)
    contacts.load_links(records)
    for name in contacts.fields:
        kind = contacts.kinds[name]
        values = [kind.get(r) for r in records]
        if name in OWN or name in hidden or all(kind.empty(v) for v in values):
            continue
        shown = [kind.cell()(r) if isinstance(kind, fields.Link) else kind.show(kind.get(r)) for r in records]
        same = all(v == values[0] for v in values)
        together = None
        if isinstance(kind, fields.Several):
            together = kind.show(union(name, values))
        elif isinstance(kind, fields.LongText):
            together = kind.show("\n\n".join(dict.fromkeys(v.strip() for v in values if v and v.strip())))
        chosen = next((i for i, v in enumerate(values) if not kind.empty(v)), 0)
        if name == "kind" and not same:
            chosen = None
        found.append(Field(name, contacts.field_title(name), shown, chosen, together, same))
    return found


class Moving(NamedTuple):
    """How many rows of one kind belong to each of the contacts."""

    title: str
    counts: list[int]
    off: bool = False


def moving(build, user, records: list[Contact]) -> list[Moving]:
    """What belongs to contacts, by kind of record: one query for each column that points to a contact.

    What the user may not see goes along all the same, and is counted as "other records".
    """
    ids = [r.id for r in records]
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(ids))
    off: dict[str, bool] = {}
    trash = set(tables_with("deleted_batch"))
    for pointer in pointers():
        if pointer.column == "merged_into_id" or pointer.table == "core_share":
            continue
        sql = f'SELECT "{pointer.column}", count(*) FROM "{pointer.table}" WHERE "{pointer.column}" = ANY(?)'
        if pointer.about:
            sql += " AND \"resource\" = 'contacts'"
        if pointer.table in trash:
            sql += ' AND "deleted_batch" IS NULL'
        for id, count in run(sql + " GROUP BY 1", ids).fetchall():
            title, off_now = _title(build, user, pointer.table)
            found[title][ids.index(id)] += count
            off[title] = off_now
    return [Moving(title, counts, off[title]) for title, counts in found.items()]


def _title(build, user, table: str) -> tuple[str, bool]:
    if table == "core_contact":
        return i18n.gettext("People"), False
    resource = build.by_table.get(table)
    if resource is not None:
        return resource.title if resource.can(user, "view") else i18n.gettext("Other records"), False
    return table.replace("_", " ").capitalize(), is_off(build, table)
