"""Export of a list as CSV, XLSX, vCard or JSON: by chunks, in its order, in columns that an import reads back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import peewee
from werkzeug.datastructures import MultiDict

from .. import fields, i18n, journal
from ..db import db, is_postgres
from ..i18n import N_, Problem
from ..listing import Listing, read_cursor
from ..names import PARTS as NAME_PARTS
from ..points import ADDRESS_PARTS, ROLE_WORDS, ContactPoint, label_word
from ..record import Headings
from .targets import field_of
from .values import SEPARATOR
from .vcards import write_vcards
from .writers import write_csv, write_json, write_xlsx

CHUNK = 1000
#: Format → (media type, what the user calls it).
FORMATS = {
    "csv": ("text/csv", "CSV"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
    "vcf": ("text/vcard", "vCard"),
    "json": ("application/json", "JSON"),
}
#: Values of one kind that get a column each; more stand together in the last one.
MOST_COLUMNS = 40


def export(build, user, listing: Listing, format: str, stream: BinaryIO) -> int:
    """Write exactly the rows of a list (its filters, its order) to a stream; how many there were.

    Raises Forbidden without the permission, Problem for an unknown format, ExchangeError when a sheet cannot hold them.
    """
    resource = listing.resource
    resource.demand(user, "export")
    if format not in FORMATS or (format == "vcf" and resource.name != "contacts"):
        raise Problem(
            N_("There is no export as “%(format)s”. Choose CSV, Excel, JSON, or vCard for contacts."), format=format
        )
    with journal.transaction():
        journal.open_batch(
            user,
            "export",
            N_("Exported %(what)s as %(format)s"),
            resource.name,
            what=resource.plural,
            format=FORMATS[format][1],
        )
    if format == "vcf":
        return write_vcards((_card(record, listing.hidden) for record in records_of(listing)), stream)
    if format == "json":
        names = [n for n in _fields(resource) if n not in listing.hidden]
        rows = ({"id": r.id} | {n: _json(resource, r, n) for n in names} for r in records_of(listing))
        return write_json([("id", "id"), *((n, n) for n in names)], rows, stream)
    sheet = (_Contacts if resource.name == "contacts" else _Records)(build, user, listing)
    rows = map(sheet.row, records_of(listing, sheet.more))
    if format == "csv":
        return write_csv(sheet.columns, rows, stream)
    return write_xlsx(sheet.columns, rows, stream, resource.title)


def everything(resource, user) -> Listing:
    """The list of all records that a user may see."""
    return Listing(resource, user, MultiDict())


def records_of(listing: Listing, more=None) -> Iterator:
    """A list's records in its order, read by chunks with their parts and links: as many queries as chunks."""
    resource, cursor = listing.resource, None
    while True:
        rows = listing._rows(cursor, False, CHUNK)
        if resource.parts:
            resource.load_parts(rows)
        resource.load_links(rows, user=listing.user)
        after = listing._cursor(rows[-1]) if len(rows) == CHUNK else ""
        resource.veil(listing.user, rows)
        if more is not None:
            more(rows)
        yield from rows
        if len(rows) < CHUNK:
            return
        cursor = read_cursor(after, listing.sort_column)


def _fields(resource) -> list[str]:
    """What is exported: the fields of the form, what lists may show, and custom values."""
    listed = [c for c in (*resource.columns, *resource.more_columns) if isinstance(c, str)]
    return list(dict.fromkeys((*resource.fields, *listed, "created_at", "updated_at", "custom")))


def _json(resource, record, name):
    kind = resource.kinds[name]
    value = kind.json(kind.get(record))
    if name in resource.links and value is not None:
        return {"id": value, "name": _linked(record, name)}
    return value


def _linked(record, name: str) -> str:
    """The name of what a Link points to; nothing for what the reader may not see, or an import would make it."""
    linked = record.__rel__.get(name)
    return "" if linked is None or linked.__dict__.get("masked") else str(linked)


class _Records:
    """The columns of any Resource: its fields as text that their kinds read back, then custom values."""

    def __init__(self, build, user, listing: Listing):
        self.resource, self.listing = listing.resource, listing
        self.names = [n for n in _fields(self.resource) if n != "custom" and n not in listing.hidden]
        self.columns = [(n, self.resource.field_title(n)) for n in self.names]
        self._add_custom()

    def _add_custom(self) -> None:
        taken = {label for _, label in self.columns}
        self.custom = custom_headings(self.listing) if "custom" not in self.listing.hidden else []
        self.columns += [(f"custom:{h}", h if h not in taken else f"{h} (2)") for h in self.custom]

    def more(self, records) -> None:
        """Nothing else to read."""

    def row(self, record) -> dict:
        row = {name: self.value(record, name) for name in self.names}
        told = self.resource.kinds["custom"].get(record) if self.custom else {}
        return row | {f"custom:{heading}": text for heading, text in told.items()}

    def value(self, record, name):
        kind = self.resource.kinds[name]
        value = kind.get(record)
        if name in self.resource.links:
            return "" if value is None else f"{_linked(record, name)} #{value}".strip()
        if isinstance(kind, fields.Choice):
            return kind.named(value) if value else ""
        if isinstance(kind, (fields.Date, fields.Integer, fields.Number)):
            return value
        return kind.text(value)


class _Contacts(_Records):
    """The columns of contacts: each e-mail, phone and part of an address in one of its own, however many there are."""

    SIMPLE = (
        "kind",
        "name",
        *NAME_PARTS,
        "nickname",
        "organisation",
        "job_title",
    )
    LAST = ("stage", "roles", "owner", "tags", "website", "birthday", "gender", "channel", "language", "source")
    POINTS = {
        "emails": ("email", N_("E-mail")),
        "phones": ("phone", N_("Phone")),
        "addresses": ("address", N_("Address")),
    }

    def __init__(self, build, user, listing: Listing):
        self.resource, self.listing = listing.resource, listing
        self.names = [*self.SIMPLE]
        self.columns = [(n, self.resource.field_title(n)) for n in self.SIMPLE]
        self.counts, self.labels = _widths(listing)
        for name, (kind, word) in self.POINTS.items():
            for number in range(1, min(self.counts.get(kind, 0), MOST_COLUMNS) + 1):
                title = f"{i18n.gettext(word)} {number}"
                parts = {"": ""} if kind != "address" else {p: f" {i18n.gettext(w)}" for p, w in ADDRESS_PARTS.items()}
                self.columns += [(f"{name} {number} {part}".strip(), title + said) for part, said in parts.items()]
                self.columns.append((f"{name} {number} label", f"{title} {i18n.gettext(N_('Type'))}"))
        self.names += [*self.LAST, *self.resource.custom]
        self.columns += [(n, self.resource.field_title(n)) for n in (*self.LAST, *self.resource.custom)]
        for kind, word in (("account", N_("Account")), ("external", N_("External id"))):
            self.columns += [
                (f"{kind}:{label}", f"{i18n.gettext(word)}: {label}") for label in self.labels.get(kind, ())
            ]
        self.names += ["note", "created_at"]
        self.columns += [("note", i18n.gettext("About")), ("created_at", self.resource.field_title("created_at"))]
        self._add_custom()
        hidden = listing.hidden
        self.names = [n for n in self.names if n not in hidden]
        self.columns = [(key, title) for key, title in self.columns if _field_of(key) not in hidden]

    def value(self, record, name):
        if name in ("organisation", "owner"):
            return _linked(record, name)  # people read names, and an import finds them
        if name == "roles":
            return [i18n.gettext(_role(v)) for v in record.roles]
        if name == "tags":
            return record.tags
        return super().value(record, name)

    def row(self, record) -> dict:
        row = super().row(record)
        for name in self.POINTS:
            points = getattr(record, name)
            for number, point in enumerate(points[:MOST_COLUMNS], 1):
                key = f"{name} {number}"
                row[f"{key} label"] = label_word(point.label)
                if name != "addresses":
                    row[key] = point.value
                elif point.data:
                    row |= {f"{key} {part}": text for part, text in point.data.items()}
                else:
                    row[f"{key} street"] = point.value
            if name != "addresses" and len(points) > MOST_COLUMNS:
                row[f"{name} {MOST_COLUMNS}"] = SEPARATOR.join(p.value for p in points[MOST_COLUMNS - 1 :])
        for name, kind in (("accounts", "account"), ("external_ids", "external")):
            for point in getattr(record, name):
                key = f"{kind}:{point.label}"
                row[key] = f"{row[key]}{SEPARATOR}{point.value}" if key in row else point.value
        return row


def _field_of(key: str) -> str:
    """The field that a column shows: "phones 2 label" → phones, "account:twitter" → accounts."""
    return {"account": "accounts", "external": "external_ids"}.get(key.partition(":")[0], key.partition(" ")[0])


def _role(role: str) -> str:
    return ROLE_WORDS.get(role, role)


def _widths(listing: Listing) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The most e-mails, phones and addresses that one contact of a list has, and the labels of accounts and ids."""
    ids = listing.query(listing.model.id)
    per = (
        ContactPoint.select(ContactPoint.kind, peewee.fn.COUNT(ContactPoint.id).alias("n"))
        .where(ContactPoint.contact_id << ids, ContactPoint.kind << ("email", "phone", "address"))
        .group_by(ContactPoint.contact_id, ContactPoint.kind)
    )
    counts = dict(peewee.Select((per,), (per.c.kind, peewee.fn.MAX(per.c.n))).group_by(per.c.kind).bind(db).tuples())
    found = (
        ContactPoint.select(ContactPoint.kind, ContactPoint.label)
        .where(ContactPoint.contact_id << ids, ContactPoint.kind << ("account", "external"))
        .distinct()
        .order_by(ContactPoint.kind, ContactPoint.label)
    )
    labels: dict[str, list[str]] = {}
    for kind, label in found.tuples():
        labels.setdefault(kind, []).append(label)
    return counts, labels


def custom_headings(listing: Listing) -> list[str]:
    """The headings of custom values that some record of a list has, by one query."""
    model = listing.model
    sql, values = listing.query(model.custom).where(model.custom != {}).sql()
    keys = "json_object_keys(t.custom::json)" if is_postgres() else "j.key"
    source = f"({sql}) AS t" + ("" if is_postgres() else ", json_each(t.custom) AS j")
    found = db.execute_sql(f"SELECT DISTINCT {keys} FROM {source}", values).fetchall()
    return sorted(key for (key,) in found if not Headings.OWN.fullmatch(key))


def _card(record, hidden=frozenset()) -> dict:
    """A contact as `write_vcards` wants it, without hidden fields."""
    names = (
        "name",
        *NAME_PARTS,
        "nickname",
        "job_title",
        "kind",
        "note",
    )
    card = {name: getattr(record, name) for name in names}
    card |= {"website": record.website, "gender": record.gender.upper(), "language": record.language}
    card["organisation"] = _linked(record, "organisation")
    card["birthday"] = record.birthday.isoformat() if record.birthday else ""
    card["email"] = [(p.value, p.label) for p in record.emails]
    kinds = {"mobile": "mobile", "fax": "fax"}
    for target in ("phone", "mobile", "fax"):
        mine = [p for p in record.phones if kinds.get(p.label, "phone") == target]
        card[target] = [(p.value, p.label if target == "phone" else "") for p in mine]
    card["address"] = [(p.data or {"street": p.value}, p.label) for p in record.addresses]
    card["tags"] = list(record.tags)
    card |= {f"account:{p.label}": p.value for p in record.accounts}
    card["external_id"] = "{0.label}:{0.value}".format(record.external_ids[0]) if record.external_ids else ""
    return {key: value for key, value in card.items() if field_of(key) not in hidden}


__all__ = ["FORMATS", "everything", "export", "records_of"]
