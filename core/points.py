"""The several-valued facts of a contact in one table: e-mails, phones, addresses, accounts, tags, roles, ids."""

import re
from functools import lru_cache
from typing import NamedTuple

import peewee
from markupsafe import Markup

from . import fields, html, i18n
from .db import Base, Json, Key, chunks, db, insert_rows, listed
from .i18n import N_, Problem
from .phones import normal as phone


class Point(NamedTuple):
    """One value: `label` is work, home, mobile, fax … (of an account: the network; of an external id: the source).

    `data` holds the parts of an address: street, city, region, postcode, country.
    """

    value: str
    label: str = ""
    data: dict = {}

    @property
    def city(self) -> str:
        return self.data.get("city", "")


ADDRESS_PARTS = {
    "street": N_("Street"),
    "city": N_("City"),
    "region": N_("State / province"),
    "postcode": N_("Postcode"),
    "country": N_("Country"),
}
LABELS = {
    "email": ("", "work", "home", "other"),
    "phone": ("", "mobile", "work", "home", "fax", "other"),
    "address": ("", "work", "home", "billing", "delivery", "other"),
    "account": ("wechat", "qq", "weibo", "whatsapp", "linkedin", "twitter", "facebook", "youtube", "instagram", "web"),
    "external": (),
}
LABEL_WORDS = {
    "": "",
    "work": N_("Work"),
    "home": N_("Home"),
    "mobile": N_("Mobile"),
    "fax": N_("Fax"),
    "other": N_("Other"),
    "billing": N_("Billing"),
    "delivery": N_("Delivery"),
    "wechat": N_("WeChat"),
    "weibo": N_("Weibo"),
    "qq": "QQ",
    "whatsapp": "WhatsApp",
    "linkedin": "LinkedIn",
    "twitter": "X / Twitter",
    "facebook": "Facebook",
    "youtube": "YouTube",
    "instagram": "Instagram",
    "web": N_("Web form"),
}
_PROFILES = {
    "twitter": "https://x.com/",
    "facebook": "https://www.facebook.com/",
    "youtube": "https://www.youtube.com/@",
    "instagram": "https://www.instagram.com/",
    "linkedin": "https://www.linkedin.com/in/",
    "weibo": "https://weibo.com/",
}
#: So many contacts with a value are many for a filter.
MANY = 20_000
#: Kinds whose values are plain words: the list holds text instead of Points.
WORDS = frozenset(("tag", "role"))


def label_word(label: str) -> str:
    """A label in the reader's language; one that a user made up is shown as it is."""
    return i18n.gettext(LABEL_WORDS[label]) if label in LABEL_WORDS else label


class Tag(Base):
    """The catalogue of tags: how a tag is written and its hue. Contacts carry the name itself."""

    name = peewee.CharField(max_length=60)
    key = Key(unique=True)
    hue = peewee.CharField(max_length=10, default="gray")


class ContactPoint(Base):
    """One value of one contact."""

    contact_id = peewee.IntegerField()
    kind = peewee.CharField(max_length=10)
    label = peewee.CharField(max_length=40, default="")
    value = peewee.TextField()
    #: What equal values have in common: see `normal`.
    normal = Key(default="")
    data = Json(default=dict)
    position = peewee.IntegerField(default=0)
    #: The batch that put the contact into the trash.
    deleted_batch = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((("contact_id", "kind", "position"), False), (("kind", "normal", "contact_id"), False))


# Two imports at once must not make one outside record into two contacts.
ContactPoint.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "core_contact_point_external" ON "core_contact_point" ("normal")'
        ' WHERE "kind" = \'external\' AND "deleted_batch" IS NULL'
    )
)


def normal(kind: str, point: Point | str, region: str = "CN") -> str:
    """What two equal values have in common: case-folded address, E.164 phone, `source:id`, folded city."""
    value = point if isinstance(point, str) else point.value
    if kind == "phone":
        return phone(value, region)
    if kind == "external":
        return external_key(point.label, value)
    if kind == "account":
        return f"{point.label}:{value.casefold().lstrip('@')}"
    if kind == "address":
        return (point.city or value).casefold()[:200]
    return value.casefold()


def external_key(source: str, value: str) -> str:
    """The key under which an external id is unique."""
    return f"{source.casefold()}:{value}"


class PointStore:
    """Reads and writes `core_contact_point` for the fields of Contact; what a Several calls its `store`."""

    region = "CN"

    # Reading

    def load(self, records) -> None:
        """Fill the values of many contacts by one query."""
        by_id = {}
        for record in records:
            record.__dict__["_parts"] = {}
            if record.id is not None:
                by_id[record.id] = record.__dict__["_parts"]
        read = ContactPoint.data.python_value
        for ids in chunks(by_id, 900):
            rows = db.execute_sql(
                "SELECT contact_id, kind, value, label, data FROM core_contact_point"
                f" WHERE contact_id IN ({', '.join([db.param] * len(ids))}) ORDER BY contact_id, kind, position",
                ids,
            )
            for contact_id, kind, value, label, data in rows.fetchall():
                point = value if kind in WORDS else Point(value, label, read(data))
                by_id[contact_id].setdefault(kind, []).append(point)

    def texts(self, kind: str, part: str = "", ids: list[int] | None = None) -> dict[int, list[str]]:
        """Contact id → its values of a kind as texts, by one query; of addresses one `part`, ids with source."""
        columns = [ContactPoint.contact_id, ContactPoint.value, ContactPoint.label]
        columns += [ContactPoint.data] * bool(part)
        query = ContactPoint.select(*columns).where(ContactPoint.kind == kind, ContactPoint.deleted_batch.is_null())
        if ids is not None:
            query = query.where(ContactPoint.contact_id << ids)
        found: dict[int, list[str]] = {}
        for id, value, label, *data in query.order_by(ContactPoint.contact_id, ContactPoint.position).tuples():
            if part:
                value = data[0].get(part, "" if data[0] or part != "street" else value)
            elif kind == "external":
                value = f"{label}:{value}"
            if value:
                found.setdefault(id, []).append(value)
        return found

    # Writing, inside the caller's transaction

    def insert(self, records, kinds) -> None:
        rows, tags = [], set()
        for record in records:
            parts = record.__dict__.get("_parts") or {}
            for kind, values in parts.items():
                rows += [self._row(record.id, kind, v, i) for i, v in enumerate(values)]
                if kind == "tag":
                    tags.update(values)
        self._insert(rows)
        ensure_tags(tags)

    def update(self, record, kinds, diff) -> None:
        names = [k.kind for k in kinds]
        if not names:
            return
        ContactPoint.delete().where(ContactPoint.contact_id == record.id, ContactPoint.kind << names).execute()
        parts = record.__dict__["_parts"]
        self._insert([self._row(record.id, n, v, i) for n in names for i, v in enumerate(parts.get(n, []))])
        if "tag" in names:
            ensure_tags(parts.get("tag", []))

    def mark(self, ids, batch_id) -> None:
        ContactPoint.update(deleted_batch=batch_id).where(ContactPoint.contact_id << ids).execute()

    _COLUMNS = ("contact_id", "kind", "label", "value", "normal", "data", "position")

    def _row(self, contact_id, kind, value, position):
        if isinstance(value, str):
            return (contact_id, kind, "", value, value.casefold(), "{}", position)
        data = ContactPoint.data.db_value(value.data) if value.data else "{}"
        return (contact_id, kind, value.label, value.value, normal(kind, value, self.region), data, position)

    def _insert(self, rows) -> None:
        if rows:
            insert_rows(ContactPoint, list(self._COLUMNS), rows)

    # One kind's behaviour, for Several

    def parse(self, kind, items, context) -> list:
        found = []
        for item in items:
            value = self._parse_one(kind, item, context)
            if value and value not in found:
                found.append(value)
        return found

    def _parse_one(self, kind, item, context):
        if isinstance(item, Point):
            return item
        if isinstance(item, dict):
            value, label, data = item.get("value", ""), item.get("label", ""), dict(item.get("data") or {})
        else:
            value, label, data = *self._split_label(kind, str(item)), {}
        value = " ".join(str(value).split())
        label = " ".join(str(label).split())[:40]
        if kind == "address":
            data = {k: " ".join(str(v).split()) for k, v in data.items() if v and k in ADDRESS_PARTS}
            value = value or one_line(data)
            return Point(value[:500], label, data) if value else None
        if not value:
            return None
        if kind in WORDS:
            if len(value) > 60:
                raise Problem(N_("“%(text)s” is too long for a tag."), text=value[:80])
            return role_of(value) if kind == "role" else value
        if kind == "email":
            value = fields.parse_email(value)
        elif kind == "phone" and sum(c.isdigit() for c in value) < 3:
            raise Problem(N_("“%(text)s” is not a phone number."), text=value)
        elif kind == "account" and not label:
            label, _, rest = value.partition(":")
            if rest and label.casefold() in LABELS["account"]:
                label, value = label.casefold(), rest.strip()
            else:
                label = "web"
        elif kind == "external" and not label:
            label, _, rest = value.rpartition(":")
            label, value = (label or "id"), rest
        return Point(value[:500], label)

    @staticmethod
    def _split_label(kind, text):
        match = (
            re.fullmatch(r"(.*\S)\s*\(([\w /-]{1,40})\)", text.strip())
            if kind in ("email", "phone", "address")
            else None
        )
        return (match.group(1), match.group(2)) if match else (text, "")

    def text(self, kind, values) -> str:
        def one(v):
            if isinstance(v, str):
                return v
            if kind in ("account", "external"):
                return f"{v.label}:{v.value}"
            return f"{v.value} ({v.label})" if v.label else v.value

        return "; ".join(one(v) for v in values)

    def json(self, kind, values) -> list:
        return [
            v if isinstance(v, str) else {"value": v.value, "label": v.label} | ({"data": v.data} if v.data else {})
            for v in values
        ]

    def unjson(self, kind, values) -> list:
        return [v if isinstance(v, str) else Point(v["value"], v["label"], v.get("data", {})) for v in values or []]

    def show(self, kind, values) -> str | Markup:
        if kind == "tag":
            return Markup("").join(html.tag(v, tag_hue(v)) for v in values)
        if kind == "role":
            return Markup("").join(
                html.tag(i18n.gettext(ROLE_WORDS.get(v, v)), ROLE_HUES.get(v, "gray")) for v in values
            )
        between = Markup('<div class="mb-2"></div>' if kind == "address" else "<br>")  # an address has several lines
        return between.join(self._labelled(kind, v) for v in values)

    def _labelled(self, kind, point: Point) -> Markup:
        said = point.label if kind == "external" else label_word(point.label)
        shown = self.show_one(kind, point)
        return shown + Markup(' <span class="gx-2 small text-nowrap">{}</span>').format(said) if said else shown

    def brief(self, kind, values) -> str | Markup:
        """For a cell of a list: words as tags, of other values the first one and how many more there are."""
        if kind in WORDS or not values:
            return self.show(kind, values)
        more = Markup(' <span class="gx-2 small">+{}</span>').format(len(values) - 1) if len(values) > 1 else ""
        return self.show_one(kind, values[0]) + more

    def show_one(self, kind, point: Point) -> Markup:
        """One value as a link that does what one wants: write, call, open."""
        if kind == "email":
            return Markup('<a href="mailto:{0}">{0}</a>').format(point.value)
        if kind == "phone":
            return Markup('<a href="tel:{}">{}</a>').format(re.sub(r"[^\d+,;]", "", point.value), point.value)
        if kind == "account":
            address = point.value if "://" in point.value else _PROFILES.get(point.label, "") + point.value
            if address.startswith(("http://", "https://")):
                return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>').format(
                    address, point.value
                )
        return Markup("{}").format(point.value)

    def condition(self, model, kind, values):
        wanted = [v for v in values if v != "none"]
        keys = [self._filter_key(kind, v) for v in wanted]
        found = []
        if "none" in values:
            found.append(~(model.id << ContactPoint.select(ContactPoint.contact_id).where(ContactPoint.kind == kind)))
        if keys:
            match = ContactPoint.normal << listed(keys) if len(keys) > 1 else ContactPoint.normal == keys[0]
            having = ContactPoint.select(ContactPoint.contact_id).where(ContactPoint.kind == kind, match)
            # Few are looked up and sorted. Of many, a walk in the list's order soon meets a page full: at a million
            # contacts, for a tag of every twelfth, 12 ms instead of 130.
            if having.offset(MANY).limit(1).exists():
                having = having.where(ContactPoint.contact_id == model.id)
                found.append(peewee.fn.EXISTS(having))
            else:
                found.append(model.id << having)
        return found[0] | found[1] if len(found) > 1 else (found[0] if found else None)

    def _filter_key(self, kind, text) -> str:
        if kind == "phone":
            return normal("phone", text, self.region)
        return text.casefold()


def one_line(data: dict) -> str:
    """An address on one line, in the order of the country: large to small in Chinese."""
    line = ("country", "region", "city", "street") if re.search("[\u3400-\u9fff]", "".join(data.values())) else None
    if line:
        return "".join(data.get(k, "") for k in line) + (f" {data['postcode']}" if data.get("postcode") else "")
    town = " ".join(data[k] for k in ("region", "postcode") if data.get(k))
    return ", ".join(p for p in (data.get("street"), data.get("city"), town, data.get("country")) if p)


ROLE_WORDS = {"lead": N_("Lead"), "customer": N_("Customer"), "supplier": N_("Supplier"), "partner": N_("Partner")}
ROLE_HUES = {"lead": "orange", "customer": "green", "supplier": "cyan", "partner": "purple"}


def role_of(text: str) -> str:
    """A role from its name in either language. Raises Problem."""
    folded = text.casefold()
    for role, word in ROLE_WORDS.items():
        if folded == role or folded in map(str.casefold, i18n.every(word)):
            return role
    raise Problem(N_("“%(text)s” is not one of: %(options)s."), text=text, options=", ".join(ROLE_WORDS))


def ensure_tags(names) -> None:
    """Put tags that are not yet in the catalogue there, with a hue of their own. Inside a transaction."""
    names = {n.casefold(): n for n in names}
    if not names:
        return
    known = {k for (k,) in Tag.select(Tag.key).where(Tag.key << list(names)).tuples()}
    rows = [(names[k], k, html.HUES[sum(map(ord, k)) % len(html.HUES)]) for k in names if k not in known]
    if rows:
        Tag.insert_many(rows, fields=[Tag.name, Tag.key, Tag.hue]).on_conflict_ignore().execute()


@lru_cache(4096)
def tag_hue(name: str) -> str:
    """The hue that a tag gets when it is first used; the same for everybody."""
    return html.HUES[sum(map(ord, name.casefold())) % len(html.HUES)]


__all__ = ["ContactPoint", "Point", "PointStore", "Tag", "db", "ensure_tags", "external_key", "normal"]
