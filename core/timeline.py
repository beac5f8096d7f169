"""The timeline: what happened with a contact, who did it, and what comes next."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import peewee
from flask import g, has_request_context
from markupsafe import Markup

from . import fields, html, i18n, journal
from .contacts import Contact, people_of
from .db import Json, Values, chunks, db, listed, records, utcnow
from .errors import Invalid
from .i18n import N_, Problem
from .links import load_links
from .notices import notify
from .pages import Column
from .record import Record
from .resource import Resource
from .users import SYSTEM, User

logger = logging.getLogger("guanxi")


@dataclass(frozen=True)
class TimelineKind:
    """A kind of entry: how it is drawn, and whether people may write it by hand."""

    name: str
    label: str
    icon: str = "note"
    hue: str = "gray"
    by_hand: bool = False
    #: Whether it has a direction, a duration and an outcome.
    conversation: bool = False
    plugin: str = "core"
    #: Draws what entries of this kind show instead of title and text: `(user, entries)` of a page → entry id → HTML, in
    #: one query; one that is left out shows its own text.
    draw: Callable[[User, list], dict[int, Markup]] | None = None

    @property
    def title(self) -> str:
        return i18n.translate(self.label, self.plugin)


KINDS = (
    TimelineKind("note", N_("Note"), "note", "gray", by_hand=True),
    TimelineKind("call", N_("Call"), "phone", "teal", by_hand=True, conversation=True),
    TimelineKind("meeting", N_("Meeting"), "users", "purple", by_hand=True, conversation=True),
    TimelineKind("email", N_("Mail"), "mail", "azure", by_hand=True, conversation=True),
    TimelineKind("message", N_("Message"), "message-circle", "green", by_hand=True, conversation=True),
)


class Entry(Record):
    """One entry. It carries its own text, so that it can be read when the plugin that wrote it is off."""

    contact = fields.Link(Contact, label=N_("Contact"), index=False, required=True)
    at = fields.DateTime(label=N_("When"), default=utcnow)
    kind = fields.Choice([(k.name, k.label, k.hue) for k in KINDS], label=N_("Kind"), default="note")
    author = fields.Link(User, label=N_("By"), index=False)
    title = fields.Text(label=N_("Subject"))
    text = fields.LongText(label=N_("Text"))
    direction = fields.Choice([("out", N_("Outgoing")), ("in", N_("Incoming"))], label=N_("Direction"))
    #: Seconds.
    duration = fields.Integer(label=N_("Duration (seconds)"))
    outcome = fields.Choice(
        [
            ("reached", N_("Reached"), "green"),
            ("no-answer", N_("No answer"), "orange"),
            ("busy", N_("Busy"), "orange"),
            ("left-message", N_("Left a message"), "blue"),
        ],
        label=N_("Outcome"),
    )
    pinned = fields.Bool(label=N_("Pinned"))
    next_at = fields.DateTime(label=N_("Next step on"))
    next_text = fields.Text(label=N_("Next step"))
    next_user = fields.Link(User, label=N_("Next step for"), index=False)
    next_done_at = fields.DateTime(label=N_("Done"))
    #: Who may read it beside the contact's readers: a permission, which keeps guarding when its module is off.
    permission = peewee.CharField(max_length=120, default="")
    plugin = peewee.CharField(max_length=40, default="core")
    #: The record that the entry stands for, if any.
    resource = peewee.CharField(max_length=80, default="")
    record_id = peewee.IntegerField(null=True)
    mentions = Json(default=list)

    class Meta:
        indexes = ((("contact", "at", "id"), False), (("resource", "record_id"), False), (("author", "at"), False))

    def __str__(self):
        return self.title or self.text[:80]


Entry.add_index(
    peewee.SQL(
        'CREATE INDEX "core_entry_next" ON "core_entry" ("next_user_id", "next_at")'
        ' WHERE "next_at" IS NOT NULL AND "next_done_at" IS NULL AND "deleted_batch" IS NULL'
    )
)
Entry.add_index(
    peewee.SQL('CREATE INDEX "core_entry_permission" ON "core_entry" ("permission") WHERE "permission" <> \'\'')
)
Entry.add_index(
    peewee.SQL('CREATE INDEX "core_entry_open" ON "core_entry" ("contact_id", "next_at") WHERE "next_at" IS NOT NULL')
)


class Entries(Resource):
    """Entries as a Resource: for import with author and date, export, API and journal."""

    model, name, icon, hue = Entry, "entries", "timeline", "gray"
    path = "/timeline"
    label, plural = N_("Timeline entry"), N_("Timeline")
    nav, nav_order = "Customers", 30
    columns = (
        "contact",
        "kind",
        Column("what", N_("What happened"), lambda entries: {e.id: str(e) for e in entries}),
        "at",
        "author",
        "next_at",
    )
    more_columns = ("title", "direction", "duration", "outcome")
    fields = (
        "contact",
        "kind",
        "at",
        "title",
        "text",
        "direction",
        "duration",
        "outcome",
        "author",
        "next_at",
        "next_text",
    )
    filters = ("kind", "author", "at")
    follows = "contact"
    searched = False  # a contact's page filters them

    def visible(self, user):
        seen = super().visible(user)
        allowed = self.build.timeline.readable(user)
        if allowed is None:
            return seen
        return allowed if seen is None else seen & allowed

    def query(self, user, *select):
        """Without the entries of contacts that are in the trash: nobody can go there."""
        # EXISTS, for nearly all contacts are alive: an IN would collect them first, 0.4 s at 100,000.
        living = Contact.select(peewee.SQL("1")).where(Contact.id == Entry.contact, Contact.deleted_batch.is_null())
        return super().query(user, *select).where(peewee.fn.EXISTS(living))

    def validate(self, user, record, values):
        errors = {}
        if not values.get("title", record.title) and not values.get("text", record.text):
            errors["text"] = Problem(N_("Write something first."))
        if values.get("next_text") and not values.get("next_at", record.next_at):
            errors["next_at"] = Problem(N_("When is the next step due?"))
        if record.id and (problem := _untouchable(user, record)):
            errors[""] = problem
        return errors

    def save_many(self, user, pairs, **options):
        """Nobody puts words into a colleague's mouth: only administrators and imports, which bring what was said."""
        for record, values in pairs:
            author = values.get("author", record.author_id)
            own = author == (record.author_id if record.id else user.id)
            if not (own or user.is_system or user.is_admin):
                raise Invalid({"author": Problem(N_("Only an administrator or an import writes in another name."))})
        return super().save_many(user, pairs, **options)

    def delete(self, user, records, **kwargs):
        for record in records:
            if problem := _untouchable(user, record):
                raise problem
        return super().delete(user, records, **kwargs)

    def new(self, user, **values):
        record = super().new(user, **values)
        record.author_id = user.id
        return record

    def write(self, pairs, batch, user=None):
        before = {record.contact_id for record, _ in pairs}
        for record, values in pairs:
            if record.next_user_id is None and values.get("next_at"):
                record.next_user_id = values.get("next_user") or record.author_id
        changed = super().write(pairs, batch, user)
        self.build.timeline.touch(before | {r.contact_id for r in changed} if changed else ())
        return changed

    def write_pin(self, user, record) -> None:
        """Pin or unpin, also what belongs to a record."""
        self.demand(user, "edit")
        with journal.transaction():
            batch = journal.open_batch(
                user, "update", N_("Pinned an entry of %(name)s"), self.name, name=str(record.contact)
            )
            self.write([(record, {"pinned": not record.pinned})], batch, user)

    def put_in_trash(self, records, batch, user=None):
        super().put_in_trash(records, batch, user)
        self.build.timeline.touch([r.contact_id for r in records])

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        self.build.timeline.touch([r.contact_id for r in records])


def _untouchable(user, entry) -> Problem | None:
    """Why a user must not change or delete an entry, whichever way they come."""
    if entry.resource:
        return Problem(N_("This entry belongs to a record. Change it there."))
    if entry.author_id != user.id and not user.is_admin:
        return Problem(N_("Only its author or an administrator may change this entry."))
    return None


def _text(sql: str, *values) -> peewee.SQL:
    """A part of a query for `records`, which calls its table t1. Peewee takes longer to write it than to ask it."""
    return peewee.SQL(sql.replace("?", db.param), values)


class Timeline:
    """The timeline of one build: its kinds, who may read what, and the stream of a contact."""

    PAGE = 30

    def __init__(self, build):
        self.build = build
        self.kinds = {k.name: k for k in KINDS}
        for kinds in build.hook.timeline_kinds():
            self.kinds |= {k.name: k for k in kinds}
        #: Those that entries carry, of modules that are off too. One that another process wrote is known late, and its
        #: entries are hidden until then.
        self.permissions = Values(Entry.permission)

    def kind(self, name: str, plugin: str = "core") -> TimelineKind:
        """How an entry is drawn; an entry of a module that is off gets a plain look."""
        found = self.kinds.get(name)
        if found is None and (resource := self.build.resources.get(name)) is not None:
            found = TimelineKind(name, resource.label, resource.icon, resource.hue, plugin=resource.plugin)
        return found or TimelineKind(name, plugin.capitalize(), "puzzle-off")

    def readable(self, user):
        """An expression of the entries whose stored permission the user holds; None for all."""
        if user.is_system or user.is_admin:
            return None
        return Entry.permission << ["", *[p for p in self.permissions.all() if user.can(p)]]

    def stream(self, user, contact, kinds=(), plugins=(), before: str = ""):
        """A page of a contact's entries, newest first, and the cursor of the next page ("" at the end); `dress` them.

        An organisation's stream has its people's entries too. Entries to come and pinned ones are not in it.
        """
        return self._cut(records(self._stream(user, contact, utcnow(), kinds, plugins, before)))

    def page(self, user, contact, kinds=(), plugins=()):
        """What stands above a contact's feed (entries to come, soonest first, and pinned ones), and the feed's first
        page with its cursor, as `stream` gives it; one query.
        """
        now, coming, pinned, feed = utcnow(), [], [], []
        above = self._of(user, contact).where(_text("(t1.at > ? OR t1.pinned)", Entry.at.db_value(now)))
        above = above.order_by(_text("t1.at")).limit(20)
        for entry in records(above, self._stream(user, contact, now, kinds, plugins)):
            (coming if entry.at > now else pinned if entry.pinned else feed).append(entry)
        for entries in (coming, pinned):
            entries.sort(key=lambda e: e.at)
        return coming, pinned, *self._cut(sorted(feed, key=lambda e: (e.at, e.id), reverse=True))

    def _stream(self, user, contact, now, kinds, plugins, before=""):
        """A page of the feed and one entry more, as a query."""
        query = self._of(user, contact).where(_text("t1.at <= ? AND NOT t1.pinned", Entry.at.db_value(now)))
        if kinds:
            query = query.where(Entry.kind << list(kinds))
        if plugins:
            query = query.where(Entry.plugin << list(plugins))
        if match := re.fullmatch(r"(\d{8}T\d{6})-(\d+)", before):
            at = fields.parse_instant(match.group(1) + "+00:00")
            query = query.where((Entry.at < at) | ((Entry.at == at) & (Entry.id < int(match.group(2)))))
        return query.order_by(_text("t1.at DESC, t1.id DESC")).limit(self.PAGE + 1)

    def _cut(self, entries):
        more, entries = len(entries) > self.PAGE, entries[: self.PAGE]
        return entries, f"{entries[-1].at:%Y%m%dT%H%M%S}-{entries[-1].id}" if more else ""

    def _of(self, user, contact):
        entries = self.build.resources["entries"]
        if contact.kind == "organisation":
            return Resource.query(entries, user).where(
                (Entry.contact == contact.id) | (Entry.contact << people_of(contact.id))
            )
        # The contact itself was found by a query of what the user may see; asking again would be a query's work twice.
        query = Entry.select().where(_text("t1.contact_id = ? AND t1.deleted_batch IS NULL", contact.id))
        limits = [] if user.is_system else self.build.hook.limit_query(resource=entries, user=user)
        rules = [rule for rule in (self.readable(user), *limits) if rule is not None]
        return query.where(*rules) if rules else query

    def _draw(self, entries) -> None:
        """Let the kinds that draw their entries themselves do so; a page whose module fails shows the stored text."""
        mine: dict[str, list] = {}
        for entry in entries:
            kind = self.kinds.get(entry.kind)
            if kind is not None and kind.draw is not None:
                mine.setdefault(kind.name, []).append(entry)
        for name, some in mine.items():
            try:
                drawn = self.kinds[name].draw(g.user, some)
            except Exception:
                logger.exception("The entries of kind %s cannot be drawn", name)
                continue
            for entry in some:
                entry.__dict__["drawn"] = drawn.get(entry.id)

    def dress(self, contact, entries, more=(), known=()) -> None:
        """Give a contact's page and its entries the people and firms that their drawing names: two queries.

        `more`: other records of the page, with the Links of theirs that it needs. `known`: contacts of the page.
        """
        own, links = self.build.resources["contacts"].links, self.build.resources["entries"].links
        for entry in entries:
            if entry.contact_id == contact.id:
                entry.contact = contact
        others = [e for e in entries if e.contact_id != contact.id]
        self.veil(g.user if has_request_context() and g.get("user") else SYSTEM, entries)
        self._draw(entries)
        wanted = [(contact, link) for link in own.values()] + [(e, links["author"]) for e in entries]
        load_links(self.build, wanted + [(e, links["contact"]) for e in others] + list(more), known=known)

    def veil(self, user, entries) -> None:
        """Empty what the user's role hides of entries, and of those that stand for records all but their names."""
        self.build.resources["entries"].veil(user, entries)
        for entry in entries:
            resource = self.build.resources.get(entry.resource)
            if resource is not None and resource.hidden(user):
                entry.text = ""

    def derive(self, resource, records, change: str, user=None) -> None:
        """Write, renew or trash the entries that stand for records of a Resource with `timeline`."""
        link, when = resource.kinds[resource.timeline], resource.kinds[resource.timeline_at]
        ids = [r.id for r in records]
        existing = {
            e.record_id: e
            for e in Entry.select().where(Entry.resource == resource.name, Entry.record_id << listed(ids))
        }
        contacts, fresh = set(), []
        for record in records:
            entry = existing.get(record.id)
            if entry is None:
                owner = resource.kinds[resource.owner].get(record) if resource.owner else None
                author = user.id if user and user.id else owner  # the program itself writes for the owner
                entry = Entry(resource=resource.name, record_id=record.id, author=author)
            contacts |= {entry.contact_id, link.get(record)} - {None}
            gone = change == "delete" or link.get(record) is None
            if gone and entry.id is None:
                continue
            if not gone:
                entry.contact_id, entry.at = link.get(record), when.get(record) or record.created_at
                title, entry.text = resource.entry_text(record)
                entry.title, entry.kind, entry.plugin = title[:500], resource.name, resource.plugin
                entry.permission = f"{resource.name}.view"
                for name, value in resource.entry_more(record).items():
                    setattr(entry, name, value)
                self.permissions.add(entry.permission)
            entry.deleted_batch = (record.deleted_batch or 0) if gone else None
            if entry.id is None:
                fresh.append(entry)
            else:
                entry.save()
        if fresh:
            self.build.resources["entries"].add_rows(fresh)
        self.touch(contacts)

    def touch(self, contact_ids) -> None:
        """Bring `last_activity_at` and `next_step_at` of contacts up to date from their entries."""
        ids = list({i for i in contact_ids if i is not None})
        newest = Entry.select(peewee.fn.MAX(Entry.at)).where(
            Entry.contact == Contact.id, Entry.deleted_batch.is_null(), Entry.at <= utcnow()
        )
        soonest = Entry.select(peewee.fn.MIN(Entry.next_at)).where(
            Entry.contact == Contact.id,
            Entry.next_at.is_null(False),
            Entry.next_done_at.is_null(),
            Entry.deleted_batch.is_null(),
        )
        for chunk in chunks(ids, 500):
            Contact.update(last_activity_at=newest, next_step_at=soonest).where(Contact.id << listed(chunk)).execute()

    def next_steps(self, user, until, limit: int = 50) -> list[Entry]:
        """Open next steps of a user that are due by `until`, the most overdue first."""
        entries = self.build.resources["entries"]
        query = (
            entries.query(user)
            .where(Entry.next_user == user.id, Entry.next_at <= until, Entry.next_done_at.is_null())
            .order_by(Entry.next_at)
            .limit(limit)
        )
        found = records(query)
        entries.load_links(found, ("contact",), user)
        self.veil(user, found)
        return found


MENTION = re.compile(r"@([\w\u3400-\u9fff][\w.\-\u3400-\u9fff]*)")


def mentioned(text: str, users: list[User]) -> list[User]:
    """The users whom a text names by @: the whole name without blanks, or a beginning that only one has."""
    found = []
    for word in MENTION.findall(text or ""):
        word = word.casefold()
        exact, begins = [], []
        for user in users:
            name = re.sub(r"\s", "", user.name).casefold()
            if word.startswith(name):
                exact.append(user)
            elif name.startswith(word) or user.email.partition("@")[0].casefold() == word:
                begins.append(user)
        for user in exact[:1] or (begins if len(begins) == 1 else []):
            if user not in found:
                found.append(user)
    return found


def log(build, user, contact, kind: str, text: str = "", title: str = "", **values) -> Entry:
    """Write an entry on a contact's timeline. Raises Invalid or Forbidden."""
    entries = build.resources["entries"]
    with journal.transaction():
        everybody = list(User.select().where(User.active, User.deleted_batch.is_null())) if "@" in text else []
        named = mentioned(text, everybody)
        record = entries.new(user)
        record.mentions = [u.id for u in named]
        entries.save(
            user,
            record,
            {"contact": contact.id, "kind": kind, "text": text, "title": title, **values},
            label=N_("Logged on the timeline of %(name)s"),
            name=str(contact),
        )
        if named:
            notify(
                build,
                named,
                "mention",
                N_("%(who)s mentioned you"),
                but=user,
                about=record,
                url=contact_url(build, contact, record),
                text=text[:200],
                who=user.name,
            )
    return record


def contact_url(build, contact, entry=None) -> str:
    """The address of a contact's page, at an entry."""
    return build.resources["contacts"].url("page", contact) + (f"#entry-{entry.id}" if entry else "")


__all__ = ["KINDS", "Entries", "Entry", "Timeline", "TimelineKind", "db", "html", "log", "mentioned"]
