"""Files on any record of any Resource: attachments, their versions, who may see them, and how they come and go.

The bytes are stored first, outside any transaction; then the rows commit. What no row knows is removed by a job.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import BinaryIO

import peewee
from flask import current_app
from markupsafe import Markup

from . import fields, filetypes, html, journal, search
from .contacts import Contact, people_of
from .db import Base, Instant, Values, chunks, utcnow
from .db import records as records_of
from .errors import NotFound
from .i18n import N_, Problem
from .intake import Kept, keep
from .jobs import job
from .pages import Column
from .record import Record
from .resource import Resource
from .storage import Stored, storage
from .timeline import Entry
from .users import User
from .words import sort_key

CATEGORIES = [
    ("contract", N_("Contract"), "blue"),
    ("proposal", N_("Proposal"), "purple"),
    ("quote", N_("Quote"), "teal"),
    ("invoice", N_("Invoice"), "orange"),
    ("certificate", N_("Certificate"), "green"),
    ("drawing", N_("Drawing"), "cyan"),
    ("other", N_("Other"), "gray"),
]


class Bytes(fields.Integer):
    """A size in bytes, shown as people say it."""

    def show(self, value):
        return html.file_size(value) if value is not None else ""


class Attachment(Record):
    """A file on a record: what it is now. Where its bytes are, and what it was before, its `Revision`s know."""

    name = fields.Text(label=N_("File name"), required=True, index=True, max_length=200)
    category = fields.Choice(CATEGORIES, label=N_("Category"))
    kind = fields.Choice([(k, label, hue) for k, (label, _, hue) in filetypes.KINDS.items()], label=N_("Type"))
    size = Bytes(label=N_("Size"), default=0)
    content_type = fields.Text(label=N_("Content type"), max_length=120)
    #: Whether its name says another type than its content: such a file is a download and nothing else.
    disguised = fields.Bool(label=N_("Not what its name says"))
    author = fields.Link(User, label=N_("Added by"))
    #: The number of its present version.
    revision = fields.Integer(label=N_("Version"), default=1)
    #: The record that it is on.
    resource = fields.Text(label=N_("Kind of record"), max_length=80)
    record_id = fields.Integer(label=N_("Number of the record"), null=False)

    #: That record, once `Attachments.load_holders` has read it.
    holder = None

    class Meta:
        indexes = ((("resource", "record_id"), False), (("kind",), False), (("category",), False))

    def open(self) -> BinaryIO:
        """The bytes of the present version, as a stream that can seek; the caller closes it.

        Needs an app context. Raises FileNotFoundError when the storage has lost them.
        """
        build = current_app.extensions["guanxi"]
        return storage(build.settings).open(build.resources["files"].revision(self).key)


class Revision(Base):
    """One version of an attachment. Its bytes never change; to restore an older one makes a new one on top."""

    attachment = peewee.ForeignKeyField(Attachment, backref="+", index=False)
    number = peewee.IntegerField(default=1)
    key = peewee.CharField(max_length=80, index=True)
    size = peewee.IntegerField()
    content_type = peewee.CharField(max_length=120)
    disguised = peewee.BooleanField(default=False)
    sha256 = peewee.CharField(max_length=64)
    author_id = peewee.IntegerField(null=True)
    at = Instant(default=utcnow)
    #: The journal's batch that it came by, and the timeline entry that tells of it; files of one batch share one.
    batch_id = peewee.IntegerField(index=True)
    entry_id = peewee.IntegerField(null=True, index=True)
    #: Uploaded, undone, and followed by another one: kept, but no version of the file.
    void = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("attachment", "number"), True),)


class Attachments(Resource):
    """Files as a Resource: listed, searched, exported and kept in the journal like everything else.

    A file has no rights of its own: who may see the record that it is on may see it, who may edit that record may add,
    rename, replace and remove it; a record that is hidden or in the trash takes its files along.
    """

    model, name, path, icon, hue = Attachment, "files", "/files", "paperclip", "cyan"
    label, plural = N_("File"), N_("Files")
    nav, nav_order = "Work", 60
    columns = (
        "name",
        Column("holder", N_("Belongs to"), lambda files: _holder_links(files), lambda link: link or ""),
        "category",
        "kind",
        "size",
        "author",
        "created_at",
    )
    more_columns = ("revision", "content_type", "resource", "record_id", "updated_at")
    fields = ("name", "category")
    filters = ("category", "kind", "author")
    page_template = "core/file.html"
    writable = False  # a form has no bytes: files come by `attach`
    editable = True  # but they are renamed, filed and deleted by hand
    attachments = False

    # Who may what

    def can(self, user, verb):
        if verb == "export" and not super().can(user, verb):
            return False
        needed = "view" if verb in ("view", "export") else "edit"
        return user.is_system or any(h.can(user, needed) for h in self.holders())

    def __init__(self, build):
        super().__init__(build)
        #: The kinds of records that have files, by the names of their Resources.
        self.held = Values(Attachment.resource)

    def holders(self) -> list[Resource]:
        """The Resources whose records may have files."""
        return [r for r in self.build.resources.values() if r.attachments]

    def visible(self, user):
        if user.is_system:
            return None
        seen = [peewee.SQL("1 = 0")]
        for holder in self.holders():
            if holder.can(user, "view"):
                # EXISTS, not IN: a page of files looks at fifty records, not at all that the user may see.
                rows = holder.query(user, peewee.SQL("1")).where(holder.model.id == Attachment.record_id)
                seen.append((Attachment.resource == holder.name) & peewee.fn.EXISTS(rows))
        return self._limited(user, fields.any_of(seen))

    def _limited(self, user, seen):
        for limit in self.build.hook.limit_query(resource=self, user=user):
            seen = seen if limit is None else seen & limit
        return seen

    def ruled(self, user):
        """The index does not know whose files are whose: what it finds always goes through `query`."""
        return not user.is_system

    def demand_for(self, user, files: list[Attachment]) -> None:
        """Raises Forbidden unless the user may edit the records that these are on; NotFound when a module is off."""
        for name in {file.resource for file in files}:
            holder = self.build.resources.get(name)
            if holder is None:
                raise NotFound(f"{name} is off")
            holder.demand(user, "edit")

    def find(self, user, id, verb="view"):
        file = super().find(user, id, verb)
        if verb not in ("view", "export"):
            self.demand_for(user, [file])
        return file

    # Reading

    def of(self, user, resource, record_ids: list[int]):
        """The files on records that the user was found to see, newest first, as a query."""
        on = (Attachment.resource == resource.name) & (Attachment.record_id << record_ids)
        seen = on if user.is_system else self._limited(user, on)
        return Attachment.select().where(Attachment.deleted_batch.is_null(), seen).order_by(Attachment.id.desc())

    def about(self, user, contact):
        """The files on a contact and on all that links to it (an organisation's people included), as a query.

        Of other records only those that the user may see.
        """
        ids = [contact.id]
        if contact.is_organisation:
            contacts = self.build.resources["contacts"]
            ids = contacts.query(user, Contact.id).where(
                (Contact.id == contact.id) | (Contact.id << people_of(contact.id))
            )
        seen = [(Attachment.resource == "contacts") & (Attachment.record_id << ids)]
        held = self.held.all()  # of thirty kinds with a link to a contact few have files
        for holder in self.holders():
            if holder.name not in held:
                continue
            links = [link for link in holder.links.values() if link.rel_model is Contact]
            if not links or holder.model is Contact or not holder.can(user, "view"):
                continue
            rows = holder.query(user, holder.model.id).where(fields.any_of([link << ids for link in links]))
            seen.append((Attachment.resource == holder.name) & (Attachment.record_id << rows))
        seen = fields.any_of(seen)
        if not user.is_system:
            seen = self._limited(user, seen)
        return Attachment.select().where(Attachment.deleted_batch.is_null(), seen).order_by(Attachment.id.desc())

    def load_holders(self, files: list[Attachment]) -> None:
        """Put on each file the record that it is on, as `file.holder`: one query for each kind of record."""
        wanted = defaultdict(list)
        for file in files:
            wanted[file.resource].append(file)
        for name, some in wanted.items():
            holder = self.build.resources.get(name)
            if holder is None:
                continue
            model = holder.model
            found = {r.id: r for r in records_of(model.select().where(model.id << {f.record_id for f in some}))}
            for file in some:
                file.holder = found.get(file.record_id)

    def load_parts(self, records):
        super().load_parts(records)
        self.load_holders(records)

    def subtitle(self, record):
        return str(record.holder) if record.holder is not None else ""

    def revision(self, file: Attachment, number: int | None = None) -> Revision:
        """A version of a file, by default the present one. Raises NotFound."""
        found = Revision.get_or_none(
            Revision.attachment == file.id, Revision.number == (number or file.revision), ~Revision.void
        )
        if found is None or found.number > file.revision:
            raise NotFound(f"version {number} of file {file.id}")
        return found

    def revisions(self, file: Attachment) -> list[Revision]:
        """All versions of a file, newest first."""
        query = Revision.select().where(
            Revision.attachment == file.id, Revision.number <= file.revision, ~Revision.void
        )
        return list(query.order_by(Revision.number.desc()))

    # Writing

    def new(self, user, **values):
        raise Problem(N_("Open the record that the file belongs to, and add it there."))

    def add(self, user, resource, record, kept: Kept, *, file=None, category="", batch=None, tell=True) -> Attachment:
        """Put what `keep` stored onto a record, as a new version of `file` or of the one that has this name already.

        `batch` adds it to what was begun; `tell=False` leaves it off the timeline (the mail that it came with is there
        already). The Attachment, with `batch`. Raises Forbidden, or Problem for a record that takes no files.
        """
        if not resource.attachments or record.id is None:
            raise Problem(N_("Files cannot be added to this."))
        resource.demand(user, "edit")
        with journal.transaction():
            file = file or self._named(resource, record, kept.name)
            if file is not None and self.revision(file).sha256 == kept.stored.sha256:
                journal.after_commit(storage(self.build.settings).remove, [kept.stored.key])
                file.__dict__["batch"] = batch
                return file
            if batch is not None and batch.resource == self.name:
                batch.params = batch.params | {"file": f"{batch.params['file']}, {kept.name}"[:200]}
                batch.save(only=[journal.Batch.params])
            if batch is None:
                said = N_("Added %(file)s to %(name)s") if file is None else N_("New version of %(file)s of %(name)s")
                kind = "create" if file is None else "update"
                batch = journal.open_batch(user, kind, said, self.name, file=kept.name, name=str(record))
            file = file or Attachment(resource=resource.name, record_id=record.id)
            self.held.add(resource.name)
            self._put(user, file, kept, batch, {"category": category} if category else {})
            if tell:
                self._tell(user, resource, record, file, batch)
        return file

    def _named(self, resource, record, name: str) -> Attachment | None:
        same = Attachment.select().where(
            Attachment.resource == resource.name,
            Attachment.record_id == record.id,
            Attachment.deleted_batch.is_null(),
            Attachment.name_key == sort_key(name),
        )
        # Two names of Chinese characters may sort alike.
        return next((f for f in same if f.name.casefold() == name.casefold()), None)

    def _put(self, user, file, kept, batch, values) -> None:
        """Write an attachment and its version. Inside a transaction."""
        last = peewee.fn.COALESCE(peewee.fn.MAX(Revision.number), 0)
        number = 1
        if file.id is not None:
            # What was uploaded and undone is followed by this one, and is no version of the file any more.
            undone = (Revision.attachment == file.id) & (Revision.number > file.revision)
            Revision.update(void=True).where(undone).execute()
            number += Revision.select(last).where(Revision.attachment == file.id).scalar()
        stored, type_ = kept.stored, kept.type
        values |= {
            "size": stored.size,
            "content_type": type_.content_type,
            "kind": type_.kind,
            "disguised": type_.disguised,
            "revision": number,
        }
        if file.id is None:
            values |= {"name": kept.name, "author": user.id}
        self.write([(file, values)], batch, user)
        Revision.create(
            attachment=file.id,
            number=number,
            key=stored.key,
            size=stored.size,
            content_type=type_.content_type,
            disguised=type_.disguised,
            sha256=stored.sha256,
            author_id=user.id,
            batch_id=batch.id,
        )

    def bring_back(self, user, file: Attachment, number: int):
        """Make an older version the present one, as a new version with the same bytes; the journal's batch."""
        self.demand_for(user, [file])
        old = self.revision(file, number)
        type_ = filetypes.FileType(old.content_type, old.disguised)
        kept = Kept(file.name, Stored(old.key, old.size, old.sha256), type_)
        with journal.transaction():
            said = N_("Brought back version %(n)s of %(file)s")
            batch = journal.open_batch(user, "update", said, self.name, n=number, file=file.name)
            self._put(user, file, kept, batch, {})
        return batch

    def save_many(self, user, pairs, **options):
        self.demand_for(user, [file for file, _ in pairs])
        return super().save_many(user, pairs, **options)

    def validate(self, user, record, values):
        ending = filetypes.extension(record.name)
        if filetypes.extension(values.get("name", record.name)) != ending:
            text = N_("Keep the ending “.%(ending)s”: it says what the file is.")
            return {"name": Problem(text, ending=ending)}
        return {}

    def delete(self, user, records, **options):
        self.demand_for(user, records)
        return super().delete(user, records, **options)

    # The timeline

    def _after(self, records, change, user):
        super()._after(records, change, user)
        self._retell(records)

    def _tell(self, user, resource, record, file, batch) -> None:
        """Say on the timeline of the record's contact that it came; with others of the same batch in one entry."""
        contact = contact_of(resource, record)
        if contact is None:
            return
        revision = self.revision(file)
        text = "" if resource.model is Contact else str(record)
        mine = (Revision.batch_id == batch.id) & (Entry.contact == contact) & (Entry.text == text)
        query = Revision.select(Revision.entry_id).join(Entry, on=(Entry.id == Revision.entry_id)).where(mine)
        together = query.limit(1).scalar()
        if together is None:
            permission = "" if resource.model is Contact else f"{resource.name}.view"
            entry = Entry(contact=contact, at=revision.at, kind=self.name, author=user.id, permission=permission)
            entry.resource, entry.record_id = self.name, file.id
            entry.text = text
            self.build.resources["entries"].add_rows([entry])
            self.build.timeline.permissions.add(permission)
            together = entry.id
        Revision.update(entry_id=together).where(Revision.id == revision.id).execute()
        self._retell([file])

    def _retell(self, files) -> None:
        """Entries tell of the files that are there: bring those of these files up to date."""
        mine = Revision.select(Revision.entry_id).where(Revision.attachment << [f.id for f in files])
        entries = {e.id: e for e in Entry.select().where(Entry.id << mine)}
        if not entries:
            return
        told: dict[int, list[str]] = {id: [] for id in entries}
        there = (
            Revision.select(Revision.entry_id, Revision.number, Attachment.name)
            .join(Attachment)
            .where(
                Revision.entry_id << list(entries),
                ~Revision.void,
                Attachment.deleted_batch.is_null(),
                Revision.number <= Attachment.revision,
            )
            .order_by(Revision.id)
        )
        for id, number, name in there.tuples():
            told[id].append(name if number == 1 else f"{name} (v{number})")
        for id, names in told.items():
            entry = entries[id]
            entry.title, entry.deleted_batch = ", ".join(names)[:500], None if names else 0
            entry.save(only=[Entry.title, Entry.deleted_batch] if names else [Entry.deleted_batch])
        self.build.timeline.touch(entry.contact_id for entry in entries.values())


def contact_of(resource, record) -> int | None:
    """The contact on whose timeline the files of a record are told: itself, or the one that it links to."""
    if resource.model is Contact:
        return record.id
    if resource.model is Entry:
        return None  # it stands there itself
    name = resource.timeline or next((n for n, link in resource.links.items() if link.rel_model is Contact), "")
    return resource.kinds[name].get(record) if name else None


def _holder_links(files: list[Attachment]) -> dict[int, Markup]:
    """File id → the record that it is on, as a link to its page."""
    build = current_app.extensions["guanxi"]
    build.resources["files"].load_holders(files)
    held = [f for f in files if f.holder is not None]
    return {f.id: build.resources[f.resource].link(f.holder) for f in held}


# Adding, reading and erasing


def attach(
    user, resource, record, filename: str, stream: BinaryIO, *, category="", batch=None, tell=True
) -> Attachment:
    """Put a file onto a record that the user sees; under the name of one that is there, as its new version.

    In: a Resource, one of its records, a name, and a binary stream, read to its end. `category` is one of CATEGORIES;
    `batch` joins a batch of the journal that is open; `tell=False` leaves it off the timeline. Call it outside of
    transactions, for it stores first; or call `intake.keep` outside and `Attachments.add` inside. Raises Forbidden,
    Problem (empty, too large, refused, a record that takes none; nothing is stored then), or OSError.
    """
    build = resource.build
    resource.demand(user, "edit")
    kept = keep(build, filename, stream)
    try:
        return build.resources["files"].add(user, resource, record, kept, category=category, batch=batch, tell=tell)
    except BaseException:
        storage(build.settings).remove([kept.stored.key])
        raise


def attachments_of(user, resource, records: list) -> dict[int, list[Attachment]]:
    """Record id → its files, newest first, of records that the user was found to see; one query."""
    found: dict[int, list[Attachment]] = {record.id: [] for record in records}
    files = resource.build.resources["files"]
    for file in records_of(files.of(user, resource, list(found))):
        found[file.record_id].append(file)
    return found


def erase(build, ids: list[int]) -> None:
    """Remove attachments for good, rows and, once that is committed, bytes: for erasure, retention and removed modules.

    Inside the caller's transaction.
    """
    keys = keys_of(ids)
    Revision.delete().where(Revision.attachment << ids).execute()
    Attachment.delete().where(Attachment.id << ids).execute()
    search.remove("files", ids)
    journal.after_commit(forget, build, keys)


def keys_of(ids: Iterable[int]) -> list[str]:
    """Where the bytes of all versions of these attachments lie."""
    query = Revision.select(Revision.key).where(Revision.attachment << list(ids))
    return [key for (key,) in query.tuples()]


def forget(build, keys: Iterable[str]) -> int:
    """Remove the bytes of those keys that no row knows any more, thumbnails too; how many files went."""
    count = 0
    for some in chunks(set(keys), 500):
        known = {key for (key,) in Revision.select(Revision.key).where(Revision.key << some).tuples()}
        lost = [key for key in some if key not in known]
        count += storage(build.settings).remove([*lost, *(f"{key}.{THUMBNAIL}" for key in lost)])
    return count


def erase_of(build, resources: Iterable[str]) -> None:
    """Erase the files of all records of these Resources, by name: their module's data is removed."""
    query = Attachment.select(Attachment.id).where(Attachment.resource << list(resources))
    for ids in chunks([id for (id,) in query.tuples()], 500):
        erase(build, ids)


#: What a thumbnail's key has after that of its image.
THUMBNAIL = "webp"
#: Bytes that no row knows are kept so long: an upload may still be on its way to its row, a restore under way.
ORPHANED = dt.timedelta(days=7)


@job("core.files", every=24 * 3600)
def tidy(build, row):
    """Remove what was stored for uploads that never came to a row."""
    if not Revision.select().exists():
        return {"removed": 0}  # rather a lost database than lost files
    return {"removed": forget(build, (key.partition(".")[0] for key in storage(build.settings).all(ORPHANED)))}


__all__ = ["Attachment", "Attachments", "Kept", "Revision", "attach", "attachments_of", "erase", "keep"]
