"""Contacts: people and organisations in one table, what they are to each other, and finding the likely same one."""

from typing import NamedTuple

import peewee

from . import fields, html, i18n, names, search
from .db import db, records
from .i18n import N_, Problem
from .pages import Column
from .points import ContactPoint, PointStore, external_key, normal
from .record import Record
from .resource import Resource
from .users import User
from .words import sort_key

store = PointStore()

STAGES = [
    ("lead", N_("Lead"), "orange"),
    ("qualified", N_("Qualified"), "cyan"),
    ("opportunity", N_("Opportunity"), "blue"),
    ("customer", N_("Customer"), "green"),
    ("advocate", N_("Advocate"), "teal"),
    ("lapsed", N_("Lapsed"), "gray"),
]
CHANNELS = [
    ("phone", N_("Phone")),
    ("email", N_("Mail")),
    ("wechat", N_("WeChat")),
    ("sms", N_("SMS")),
    ("whatsapp", "WhatsApp"),
    ("visit", N_("Visit")),
    ("post", N_("Letter")),
]


class Contact(Record):
    """A person or an organisation that the firm knows."""

    kind = fields.Choice(
        [("person", N_("Person"), "blue"), ("organisation", N_("Organisation"), "indigo")],
        label=N_("Kind"),
        default="person",
    )
    name = fields.Text(label=N_("Name"), required=True, sortable=True)
    family_name = fields.Text(label=N_("Family name"), max_length=100)
    given_name = fields.Text(label=N_("Given name"), max_length=100)
    middle_name = fields.Text(label=N_("Middle name"), max_length=100)
    prefix = fields.Text(label=N_("Title before the name"), max_length=40)
    suffix = fields.Text(label=N_("Suffix"), max_length=40)
    nickname = fields.Text(label=N_("Nickname"), max_length=100)
    organisation = fields.Link("self", label=N_("Organisation"), backref="people", personal=True)
    job_title = fields.Text(label=N_("Job title"), max_length=160)
    emails = fields.Several(store, "email", label=N_("E-mail"), control="points", filter_control="text")
    phones = fields.Several(store, "phone", label=N_("Phone"), control="points", filter_control="text")
    addresses = fields.Several(store, "address", label=N_("Address"), control="points", filter_control="text")
    accounts = fields.Several(store, "account", label=N_("Account"), control="points")
    external_ids = fields.Several(store, "external", label=N_("External id"), control="points")
    website = fields.URL(label=N_("Website"))
    birthday = fields.Date(label=N_("Birthday"), personal=True)
    gender = fields.Choice([("f", N_("Female")), ("m", N_("Male")), ("x", N_("Other"))], label=N_("Gender"))
    roles = fields.Several(
        store, "role", label=N_("Role for us"), control="roles", filter_control="role", personal=False
    )
    stage = fields.Choice(STAGES, label=N_("Stage"))
    tags = fields.Several(store, "tag", label=N_("Tags"), control="tags", filter_control="tag", personal=False)
    owner = fields.Link(User, label=N_("Owner"), index=False)
    channel = fields.Choice(CHANNELS, label=N_("Preferred channel"))
    language = fields.Choice(
        [("zh", "中文"), ("en", "English"), ("other", N_("Other"))], label=N_("Preferred language")
    )
    source = fields.Text(label=N_("Source"), max_length=120, personal=False)
    note = fields.LongText(label=N_("About"), max_length=20_000)
    #: Kept up to date by the timeline.
    last_activity_at = fields.DateTime(label=N_("Last activity"), sortable=True)
    next_step_at = fields.DateTime(label=N_("Next step"), sortable=True, due=True)
    #: The contact that this one was merged into; it is in the trash then, and its address leads there.
    merged_into = peewee.ForeignKeyField("self", null=True, backref="+", index=False)

    def __str__(self):
        return self.name

    @property
    def is_organisation(self) -> bool:
        return self.kind == "organisation"


def _index(name: str, *columns: str) -> None:
    """An index that leaves the trash out: an undone import must not slow the lists down.

    It holds the trash mark all the same: SQLite would look into every row for it when it counts.
    """
    listed = ", ".join(f'"{c}"' for c in (*columns, "deleted_batch"))
    Contact.add_index(
        peewee.SQL(f'CREATE INDEX "core_contact_{name}" ON "core_contact" ({listed}) WHERE "deleted_batch" IS NULL')
    )


# The owner ends them: for somebody who sees the contacts of one team, the index alone says which rows to look into.
for _name, *_columns in (
    ("list", "name_key", "id", "owner_id"),
    ("by_owner", "owner_id", "name_key", "id"),
    ("by_stage", "stage", "name_key", "id", "owner_id"),
    ("by_owner_stage", "owner_id", "stage", "name_key", "id"),
    ("by_kind", "kind", "name_key", "id", "owner_id"),
    ("by_active", "last_activity_at", "id", "owner_id"),
    ("by_next", "next_step_at", "id", "owner_id"),
    ("by_created", "created_at", "id", "owner_id"),
    ("by_owner_active", "owner_id", "last_activity_at", "id"),
):
    _index(_name, *_columns)
Contact.add_index(
    peewee.SQL(
        'CREATE INDEX "core_contact_merged" ON "core_contact" ("merged_into_id") WHERE "merged_into_id" IS NOT NULL'
    )
)

#: Kind → (what the first is to the second, what the second is to the first).
RELATIONS = {
    "employee": (N_("employee of"), N_("employs")),
    "family": (N_("family of"), N_("family of")),
    "introduced": (N_("introduced by"), N_("introduced")),
    "supplier": (N_("supplier of"), N_("supplied by")),
    "partner": (N_("partner of"), N_("partner of")),
    "subsidiary": (N_("subsidiary of"), N_("parent company of")),
    "shareholder": (N_("shareholder of"), N_("owned by")),
    "friend": (N_("friend of"), N_("friend of")),
    "assistant": (N_("assistant of"), N_("assisted by")),
}


class Relationship(Record):
    """What one contact is to another; read from both sides."""

    source = fields.Link(Contact, label=N_("Contact"), required=True, backref="relations_out")
    kind = fields.Choice([(k, v[0]) for k, v in RELATIONS.items()], label=N_("Is"), required=True)
    target = fields.Link(Contact, label=N_("Of"), required=True, backref="relations_in")
    note = fields.Text(label=N_("Note"))

    def __str__(self):
        return f"{self.source} — {Relationship.kind.named(self.kind)} — {self.target}"

    def far_end(self, contact) -> str:
        """Which of its Links, source or target, leads away from this contact."""
        return "target" if self.source_id == contact.id else "source"

    def other(self, contact) -> Contact:
        """The contact at the far end."""
        return getattr(self, self.far_end(contact))

    def word(self, contact) -> str:
        """What this contact is to the other, in the reader's language."""
        return i18n.gettext(RELATIONS[self.kind][0 if self.source_id == contact.id else 1])


def people_of(organisation_id: int) -> peewee.SQL:
    """A subquery of the ids of an organisation's people: by their main employer or by a relationship."""
    return peewee.SQL(
        f"(SELECT id FROM core_contact WHERE organisation_id = {db.param} AND deleted_batch IS NULL"
        f" UNION SELECT source_id FROM core_relationship WHERE target_id = {db.param} AND kind = 'employee'"
        " AND deleted_batch IS NULL)",
        (organisation_id, organisation_id),
    )


class Contacts(Resource):
    """People and organisations."""

    model, name, nav, nav_order, icon, hue = Contact, "contacts", "Customers", 10, "users", "teal"
    path = "/contacts"
    label, plural = N_("Contact"), N_("Contacts")
    columns = ("name", "organisation", "stage", "owner", "tags", "last_activity_at")
    more_columns = (
        "job_title",
        "emails",
        "phones",
        "roles",
        "next_step_at",
        "kind",
        "addresses",
        "channel",
        "language",
        "source",
        "birthday",
        "created_at",
        "updated_at",
        "external_ids",
        "accounts",
        "website",
    )
    fields = (
        "kind",
        "name",
        "organisation",
        "job_title",
        "emails",
        "phones",
        "stage",
        "roles",
        "owner",
        "tags",
        "addresses",
        "accounts",
        "website",
        "birthday",
        "gender",
        "channel",
        "language",
        "source",
        "family_name",
        "given_name",
        "middle_name",
        "prefix",
        "suffix",
        "nickname",
        "external_ids",
        "note",
    )
    filters = (
        "owner",
        "stage",
        "kind",
        "roles",
        "tags",
        "last_activity_at",
        "next_step_at",
        "organisation",
        "created_at",
    )
    search = ("nickname", "job_title")
    order = "name"
    list_template, page_template, form_template = "core/contacts.html", "core/contact.html", "core/contact_form.html"

    def derive(self, record):
        """Name from its parts or parts from the name, whichever is missing."""
        if record.kind == "person":
            if not record.name:
                record.name = names.join(
                    record.family_name, record.given_name, record.middle_name, record.prefix, record.suffix
                )
            elif not (record.family_name or record.given_name):
                family, given, middle, prefix, suffix = names.split(record.name)
                record.family_name, record.given_name, record.middle_name = family, given, middle
                record.prefix, record.suffix = record.prefix or prefix, record.suffix or suffix
        super().derive(record)

    def problems(self, user, record, values):
        """As for any record; the parts of a name are a name."""
        if not values.get("name", record.name) and any(values.get(part) for part in names.PARTS[:2]):
            values["name"] = names.join(*(values.get(part, getattr(record, part)) for part in names.PARTS))
        return super().problems(user, record, values)

    def validate(self, user, record, values):
        errors = {}
        if values.get("organisation") and values["organisation"] == record.id:
            errors["organisation"] = Problem(N_("A contact cannot be its own organisation."))
        for point in values.get("external_ids") or ():
            holder = by_external_id(point.label, point.value)
            if holder not in (None, record.id):
                errors["external_ids"] = Problem(N_("Contact %(id)s has this external id already."), id=holder)
        return errors

    def doc(self, record):
        title = str(record)
        parts = record.__dict__.get("_parts")
        if parts is None:
            store.load([record])
            parts = record.__dict__["_parts"]
        texts = [title, record.nickname, record.job_title]
        texts += [p.value for p in parts.get("account", ())] + [p.value for p in parts.get("external", ())]
        texts += [kind.get(record) for kind in self.custom.values() if isinstance(kind, fields.Text)]
        words = search.index_words(
            [t for t in texts if t],
            [p.value for p in parts.get("phone", ())],
            [p.value for p in parts.get("email", ())],
        )
        return search.Doc(
            self.name,
            record.id,
            title,
            self.subtitle(record),
            words,
            self.scope_words(record),
            int(record.updated_at.timestamp()),
        )

    def subtitle(self, record):
        parts = record.__dict__.get("_parts") or {}
        first = (parts.get("email") or parts.get("phone") or [None])[0]
        return " · ".join(p for p in (record.job_title, first.value if first else "") if p)


class Relationships(Resource):
    """Relationships, as a Resource for import, export and API; both ends must be visible."""

    model, name, icon = Relationship, "relationships", "affiliate"
    path = "/relationships"
    attachments = False
    label, plural = N_("Relationship"), N_("Relationships")
    columns = ("source", "kind", "target", "note")
    follows = "source"
    searched = False  # found through their contacts
    anonymous = False  # who is whose husband says who it is

    def visible(self, user):
        seen = super().visible(user)
        contacts = self.build.resources["contacts"].visible(user)
        if contacts is None:
            return seen
        target = Relationship.target << Contact.select(Contact.id).where(contacts)
        return target if seen is None else seen & target

    def validate(self, user, record, values):
        source, target = values.get("source", record.source_id), values.get("target", record.target_id)
        if source and source == target:
            return {"target": Problem(N_("A contact cannot be related to itself."))}
        kind = values.get("kind", record.kind)
        same = Relationship.select().where(
            Relationship.source == source,
            Relationship.target == target,
            Relationship.kind == kind,
            Relationship.deleted_batch.is_null(),
            Relationship.id != (record.id or 0),
        )
        if source and target and same.exists():
            return {"target": Problem(N_("This relationship exists already."))}
        return {}


def relations_of(build, user, contact) -> list[Relationship]:
    """What a contact is to others and others to it, of those that the user may see; the other ends are yet to be read.

    One query.
    """
    ends = (Relationship.source == contact.id) | (Relationship.target == contact.id)
    relationships = build.resources["relationships"]
    return relationships.veil(user, records(relationships.query(user).where(ends).order_by(Relationship.id)))


def by_external_id(source: str, value: str) -> int | None:
    """The id of the contact with this external id, whoever may see it."""
    row = (
        ContactPoint.select(ContactPoint.contact_id)
        .where(
            ContactPoint.kind == "external",
            ContactPoint.normal == external_key(source, value),
            ContactPoint.deleted_batch.is_null(),
        )
        .tuples()
        .first()
    )
    return row[0] if row else None


class Likeness(NamedTuple):
    """A contact that may be the same one, why, and whether the user may see it."""

    contact: Contact
    score: float
    reasons: list[str]
    visible: bool


def similar(
    build, user, name: str = "", emails=(), phones=(), but: int | None = None, limit: int = 5
) -> list[Likeness]:
    """Contacts that may be the one being typed: same e-mail, same phone, or a name that sounds alike (pinyin too)."""
    found: dict[int, list[tuple[float, str]]] = {}
    contacts = build.resources["contacts"]
    # Whoever may not see a field must not learn by asking who has which value in it.
    hidden = contacts.hidden(user)
    emails, phones = () if "emails" in hidden else emails, () if "phones" in hidden else phones
    wanted = [("email", normal("email", e)) for e in emails if e] + [
        ("phone", normal("phone", p, store.region)) for p in phones if p and sum(c.isdigit() for c in p) > 5
    ]
    if wanted:
        match = None
        for kind, key in wanted:
            one = (ContactPoint.kind == kind) & (ContactPoint.normal == key)
            match = one if match is None else match | one
        rows = ContactPoint.select(ContactPoint.contact_id, ContactPoint.kind).where(
            match, ContactPoint.deleted_batch.is_null()
        )
        for id, kind in rows.limit(50).tuples():
            found.setdefault(id, []).append((0.9, N_("same e-mail") if kind == "email" else N_("same phone")))
    if len(name.strip()) > 1:
        _by_name(name, found)
    found.pop(but, None)
    if not found:
        return []
    rows = list(Contact.select().where(Contact.id << list(found), Contact.deleted_batch.is_null()))
    seen = {i for (i,) in contacts.query(user, Contact.id).where(Contact.id << list(found)).tuples()}
    contacts.veil(user, [c for c in rows if c.id in seen])
    likely = [
        Likeness(
            c, max(s for s, _ in found[c.id]), [i18n.gettext(r) for _, r in dict.fromkeys(found[c.id])], c.id in seen
        )
        for c in rows
    ]
    return sorted(likely, key=lambda found: (-len(found.reasons), -found.score))[:limit]


def _by_name(name, found) -> None:
    sound = sort_key(name).partition("\x01")[0]
    hits = search.find(name, {"contacts": None}, limit=20)
    if sound.casefold() != name.strip().casefold():
        hits += search.find(sound, {"contacts": None}, limit=20)
    for hit in dict.fromkeys(hits):
        if hit.title.casefold() == name.strip().casefold():
            found.setdefault(hit.record_id, []).append((1.0, N_("same name")))
        elif sort_key(hit.title).partition("\x01")[0] == sound:
            found.setdefault(hit.record_id, []).append((0.85, N_("same pinyin")))
        elif names.similar(name, hit.title) >= 0.88:
            found.setdefault(hit.record_id, []).append((0.8, N_("similar name")))


__all__ = [
    "Column",
    "Contact",
    "Contacts",
    "Relationship",
    "Relationships",
    "db",
    "html",
    "people_of",
    "relations_of",
    "similar",
]
