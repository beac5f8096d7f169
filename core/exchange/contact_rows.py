"""Rows of a file as contacts: read each one, find the contact that it is, and add what the file knows of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from .. import fields, i18n, names, phones
from ..contacts import Contact, store
from ..db import chunks
from ..i18n import N_, Problem
from ..journal import Change
from ..points import ContactPoint, Point, normal, one_line
from ..timeline import Entry
from ..words import sort_key
from . import headings
from .lookups import day_of, instant, user_names
from .outcome import CREATE, CREATED, DUPLICATE, REJECTED, SKIP, UPDATE, UPDATED, Outcome
from .readers import Row
from .targets import CUSTOM, DROP, NAMED, alternatives
from .values import split

#: Words that name the kind of a phone, an e-mail or an address, in a label column or before a heading.
_LABELS = {
    word: label
    for label, words in {
        "work": "work business office company main workphone 工作 商务 单位 公司 办公 辦公 單位 商務",
        "home": "home private residential personal homephone 家 家庭 住宅 个人 個人 私人",
        "mobile": "mobile cell cellphone iphone handy 手机 手機 移动电话",
        "fax": "fax 传真 傳真",
        "other": "other 其他 其它",
        "billing": "billing invoice 账单 开票",
        "delivery": "delivery shipping 收货 送货",
    }.items()
    for word in words.split()
}
_PARTS = ("emails", "phones", "addresses", "accounts", "external_ids", "roles", "tags")
_SIMPLE = ("name", *names.PARTS, "nickname", "job_title", "source")
_SOURCE = re.compile(r"(?!urn:|https?:|mailto:)([\w .-]{1,40}):(\S{1,500})")
ALIKE = 0.85


@dataclass(slots=True)
class Draft:
    """What one row says of a contact. `parts` are its several-valued fields, each value under what makes it equal."""

    row: Row
    values: dict = field(default_factory=dict)
    parts: dict[str, dict[str, object]] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    organisation: str = ""
    created_at: object = None

    def add(self, name: str, key: str, value) -> None:
        self.parts.setdefault(name, {}).setdefault(key, value)

    @property
    def who(self) -> str:
        emails = self.parts.get("emails") or {}
        return self.values.get("name") or self.organisation or next(iter(emails), "")


def same_key(name: str, value, region: str) -> str:
    """What two equal values of a several-valued field have in common."""
    if isinstance(value, str):
        return value.casefold()
    if name == "phones":
        return normal("phone", value, region) + (" fax" if value.label == "fax" else "")
    if name == "addresses":
        return re.sub(r"[\W_]+", " ", value.value.casefold()).strip()
    return normal({"emails": "email", "accounts": "account"}.get(name, "external"), value, region)


class _Person:
    """A contact that rows are found to be: one of the database, or one that this import makes."""

    __slots__ = (
        "created_at",
        "drafts",
        "external",
        "fresh",
        "hidden",
        "id",
        "imagined",
        "keys",
        "kind",
        "met",
        "name",
        "notes",
        "record",
        "values",
    )

    def __init__(self, id: int | None, name: str, kind: str, fresh: bool, hidden: bool = False):
        self.id, self.name, self.kind, self.fresh, self.hidden = id, name, kind, fresh, hidden
        self.external: set[str] = set()
        self.record = self.created_at = None
        self.imagined = self.met = False
        self.values: dict = {}
        self.keys: dict[str, dict] = {}
        self.notes: list[str] = []
        self.drafts: list[Outcome] = []

    def stranger(self, external: Iterable[str]) -> bool:
        """Whether a row with these external ids is somebody else: another id of the same source."""
        if not external or not self.external:
            return False
        sources = {key.partition(":")[0]: key for key in self.external}
        return any(sources.get(key.partition(":")[0], key) != key for key in external)


class _Index:
    """Contacts by what rows are matched by."""

    def __init__(self):
        self.external: dict[str, _Person] = {}
        self.emails: dict[str, list[_Person]] = {}
        self.phones: dict[str, list[_Person]] = {}
        self.organisations: dict[str, _Person] = {}

    def copy(self) -> _Index:
        other = _Index()
        if self.external or self.emails or self.phones or self.organisations:
            other.external, other.organisations = dict(self.external), dict(self.organisations)
            other.emails, other.phones = dict(self.emails), dict(self.phones)
        return other

    def add(self, person: _Person, draft: Draft) -> None:
        for key in draft.parts.get("external_ids", ()):
            self.external.setdefault(key, person)
            person.external.add(key)
        for key in draft.parts.get("emails", ()):
            self.emails.setdefault(key, []).append(person)
        for key in draft.parts.get("phones", ()):
            self.phones.setdefault(key.removesuffix(" fax"), []).append(person)

    def match(self, draft: Draft, kind: str, key: str) -> tuple[_Person | None, bool]:
        """The contact that a row is, and whether that is certain (by external id, or a firm by its name)."""
        external = draft.parts.get("external_ids", ())
        for each in external:
            if each in self.external:
                return self.external[each], True
        name = draft.values.get("name", "")
        stated = "kind" in draft.values

        def fits(person: _Person, alike: bool) -> bool:
            if person.stranger(external):
                return False
            if person.kind != kind:
                return not stated and names.similar(name, person.name) >= ALIKE
            return not alike or names.similar(name, person.name) >= ALIKE

        for each in draft.parts.get("emails", ()):
            for person in self.emails.get(each, ()):
                if fits(person, False):
                    return person, False
        for each in draft.parts.get("phones", ()) if name else ():
            for person in self.phones.get(each.removesuffix(" fax"), ()):
                if fits(person, True):
                    return person, False
        if kind == "organisation" and key in self.organisations and not self.organisations[key].stranger(external):
            return self.organisations[key], True
        return None, False


class _Bits:
    """A set of ids in a bit each, so that an import of a million rows remembers whom it met."""

    def __init__(self):
        self.bits = bytearray()

    def add(self, id: int) -> None:
        if id >> 3 >= len(self.bits):
            self.bits.extend(bytes((id >> 3) + 1024 - len(self.bits)))
        self.bits[id >> 3] |= 1 << (id & 7)

    def __contains__(self, id: int) -> bool:
        return id >> 3 < len(self.bits) and bool(self.bits[id >> 3] & (1 << (id & 7)))


class ContactRows:
    """Reads rows as drafts, and settles a chunk of them: who is there already, what changes, what is new."""

    def __init__(self, build, resource, user, plan, table):
        self.build, self.resource, self.user, self.plan = build, resource, user, plan
        self.context, self.kinds = build.context(user), resource.kinds
        self.mode, self.region = plan.duplicates, store.region
        #: Organisations that the last chunk made because people work there.
        self.brought = 0
        self._headings: dict[str, str] = {}
        self._users: dict[str, int] | None = None
        self._keys: dict[str, str] = {}
        self._fresh, self._seen = _Bits(), _Bits()
        self._met: list[tuple[_Bits, object]] = []
        #: A dry run writes nothing, so what it would have written must be remembered.
        self._imagined = _Index()
        self._cards = table.kind == "vcard"
        self._compile(table.columns)

    # Reading: each column has its reader, chosen once

    def _compile(self, columns: list[str]) -> None:
        labels = headings.labels(columns)
        self._readers, self._addresses = [], {}
        for column in columns:
            target = self.plan.mapping.get(column, CUSTOM)
            if target == DROP:
                continue
            if target in headings.PARTS or target == "address":
                group = column if target == "address" else f"parts of {_group(column)}"
                held = self._addresses.setdefault(group, (_label_of(column), labels.get(column), []))
                held[2].append((column, target))
                continue
            self._readers.append((column, self._reader(column, target, labels.get(column))))

    def _reader(self, column: str, target: str, label_column: str | None):
        if target in ("email", "phone", "mobile", "fax"):
            label = target if target in ("mobile", "fax") else _label_of(column)
            return self._points(target, label, label_column)
        if named := NAMED.fullmatch(target):
            return self._external(named[2]) if named[1] == "external_id" else self._account(named[2])
        if target == "external_id":
            return self._external("vcard" if self._cards else self.plan.source or column)
        special = {
            "contact_form": lambda: self._account("web"),
            "tags": lambda: self._words("tags", True),
            "roles": lambda: self._words("roles", True),
            "note": lambda: lambda draft, text, _: draft.notes.append(self.kinds["note"].parse(text)),
            "organisation": lambda: self._organisation,
            "owner": lambda: self._owner(column),
            "birthday": lambda: self._birthday(column),
            "created_at": lambda: self._created_at(column),
            "language": lambda: self._single("language", column, _language),
            "about": lambda: self._single("note", column, self.kinds["note"].parse),
            "website": lambda: self._single("website", column, self.kinds["website"].parse),
            "kind": lambda: self._choice(
                "kind", column, "company firm business org 企业 公司 單位 单位", "organisation"
            ),
            "gender": lambda: self._choice("gender", column, "女士 小姐 woman w", "f", "先生 man", "m"),
            "stage": lambda: self._choice("stage", column),
            "channel": lambda: self._choice("channel", column),
        }
        if target in special:
            return special[target]()
        if target in _SIMPLE:
            return self._single(target, column, self.kinds[target].parse)
        if target in self.resource.custom:
            return self._made(target, column)
        return lambda draft, text, _: draft.custom.__setitem__(column, text)

    def read(self, row: Row) -> Draft:
        """What a row says. Raises Problem naming the column whose value cannot be used."""
        draft, values = Draft(row), row.values
        column = ""
        try:
            for column, reader in self._readers:
                text = values.get(column)
                if text:
                    reader(draft, text, values)
            for label, label_column, members in self._addresses.values():
                self._address(draft, values, label, label_column, members)
        except Problem as problem:
            raise Problem(N_("%(column)s: %(problem)s"), column=column, problem=str(problem)) from None
        had = draft.values
        if "name" not in had and ("given_name" in had or "family_name" in had):
            had["name"] = names.join(*(had.get(part, "") for part in names.PARTS))
        return draft

    def _single(self, name: str, column: str, parse):
        self._headings.setdefault(name, column)

        def read(draft, text, _):
            value = parse(text)
            if name in draft.values and draft.values[name] != value:
                draft.custom[column] = text
            else:
                draft.values[name] = value

        return read

    def _choice(self, name: str, column: str, *also: str):
        kind, known = self.kinds[name], alternatives(self.kinds[name])
        for words, value in zip(also[::2], also[1::2], strict=True):
            known |= dict.fromkeys(words.split(), value)

        def parse(text):
            value = known.get(text.casefold())
            return kind.parse(text, self.context) if value is None else value

        return self._single(name, column, parse)

    def _points(self, target: str, label: str, label_column: str | None):
        kind, name = ("email", "emails") if target == "email" else ("phone", "phones")

        def read(draft, text, values):
            named = _labelled(values.get(label_column, "")) if label_column else ""
            pieces = split(text, commas=True) if kind == "email" else phones.several(text)
            for piece in pieces:
                point = store._parse_one(kind, {"value": piece, "label": named or label}, self.context)
                if point:
                    draft.add(name, same_key(name, point, self.region), point)

        return read

    def _external(self, source: str):
        source = " ".join(source.split())[:40]

        def read(draft, text, _):
            for piece in split(text):
                named = _SOURCE.fullmatch(piece) if self._cards else None  # as our own cards have it
                point = Point(named[2], named[1]) if named else Point(piece[:500], source)
                draft.add("external_ids", normal("external", point), point)

        return read

    def _account(self, network: str):
        def read(draft, text, _):
            for piece in split(text):
                point = Point(piece[:500], network[:40])
                draft.add("accounts", normal("account", point), point)

        return read

    def _words(self, name: str, commas: bool):
        kind = self.kinds[name]

        def read(draft, text, _):
            for word in kind.parse(split(text, commas), self.context):
                draft.add(name, word.casefold(), word)

        return read

    def _organisation(self, draft, text, _):
        draft.organisation = draft.organisation or self.kinds["name"].parse(text)

    def _owner(self, column: str):
        def read(draft, text, _):
            found = self._user(text)
            if found is None:
                draft.custom[column] = text  # somebody who left: kept as text, and not given to whoever imports
            else:
                draft.values["owner"] = found

        return read

    def _made(self, name: str, column: str):
        """A field that an administrator made."""
        kind, order = self.kinds[name], self.plan.orders.get(column)
        if isinstance(kind, fields.Choice):
            return self._choice(name, column)
        if isinstance(kind, fields.Date):
            return self._single(name, column, lambda text: day_of(text, order).date() or kind.parse(text))
        if isinstance(kind, fields.Link):
            known = {} if kind.rel_model is Contact else self._colleagues()
            found = cache(lambda text: known.get(text.strip().casefold()) or kind.parse(text, self.context))
            return self._single(name, column, found)
        return self._single(name, column, lambda text: kind.parse(text, self.context))

    def _colleagues(self) -> dict[str, int]:
        if self._users is None:
            self._users = user_names()
        return self._users

    def _user(self, text: str) -> int | None:
        return self._colleagues().get(text.strip().casefold())

    def _birthday(self, column: str):
        self._headings.setdefault("birthday", column)
        order = self.plan.orders.get(column)

        def read(draft, text, _):
            day = day_of(text, order)
            if day.date() is None:
                draft.custom[column] = day.iso()
            else:
                draft.values["birthday"] = day.date()

        return read

    def _created_at(self, column: str):
        order = self.plan.orders.get(column)

        def read(draft, text, _):
            draft.created_at = instant(text, order)

        return read

    def _address(self, draft, values, label, label_column, members) -> None:
        data: dict[str, str] = {}
        for column, part in members:
            text = " ".join(values.get(column, "").split())
            if not text:
                continue
            part = "street" if part in ("street2", "address") else part
            between = "" if part in ("city", "region") and names.is_han(text) else ", "
            data[part] = f"{data[part]}{between}{text}" if part in data else text
        if data:
            named = _labelled(values.get(label_column, "")) if label_column else ""
            line = members[0][1] == "address"
            point = Point(one_line(data)[:500], named or label, {} if line else data)
            draft.add("addresses", same_key("addresses", point, self.region), point)

    # Settling a chunk

    def resume(self, batch) -> None:
        """Remember what an earlier part of this import made."""
        runs = Change.select(Change.first, Change.last).where(
            Change.batch_id == batch.id, Change.op == "create", Change.table == self.resource.table
        )
        for first, last in runs.tuples():
            for id in range(first, last + 1):
                self._fresh.add(id)
                self._seen.add(id)

    def committed(self) -> None:
        """The chunk is safe: remember whom it made and met."""
        for bits, person in self._met:
            if (id := person.id if person.record is None else person.record.id) is not None:
                bits.add(id)
        self._met = []

    def settle(self, drafts: list[Draft], batch) -> list[Outcome]:
        """What becomes of each row, in order; written under `batch` in the caller's transaction, unless it is None."""
        self.brought, self._met = 0, []
        index = self._index(drafts)
        chosen = [(draft, *self._choose(index, draft)) for draft in drafts]
        people = list(
            dict.fromkeys(person for _, person, outcome in chosen if person is not None and not outcome.state)
        )
        self._load([p for p in people if p.id is not None])
        homes = self._homes(
            index, [draft for draft, person, outcome in chosen if person is not None and not outcome.state]
        )
        for draft, person, outcome in chosen:
            if person is None or outcome.state:
                continue
            person.drafts.append(outcome)
            home = homes.get(draft.organisation)
            if person.imagined:
                outcome.state = UPDATED
            elif person.record is None:
                self._begin(person, draft, home)
                outcome.state = CREATED
            else:
                outcome.state = UPDATED if self._take(person, draft, home) else DUPLICATE
        self._keep_new_notes(people)
        if batch is not None:
            self._write(people, list(dict.fromkeys(homes.values())), batch)
        else:
            self._imagine(chosen, homes)
        return [outcome for _, _, outcome in chosen]

    def _imagine(self, chosen, homes) -> None:
        """A dry run: remember whom this chunk would have made, for the rows of the next ones."""
        new = {home for home in homes.values() if home.id is None and not home.imagined}
        self.brought = sum(not home.drafts for home in new)
        for draft, person, outcome in chosen:
            if person is not None and person.id is None and outcome.state:
                self._imagined.add(person, draft)
                new.add(person)
        for person in new:
            person.imagined, person.record, person.values, person.keys, person.drafts = True, None, {}, {}, []
            if person.kind == "organisation":
                self._imagined.organisations.setdefault(self._name_key(person.name), person)

    def _choose(self, index: _Index, draft: Draft) -> tuple[_Person | None, Outcome]:
        """The contact that a row belongs to, an existing or a new one, or what becomes of the row without one."""
        outcome = Outcome(draft.row, "", draft.who)
        kind, key = self._kind_of(draft), ""
        if kind == "organisation":
            key = self._name_key(draft.values.get("name") or draft.organisation)
        person, certain = index.match(draft, kind, key)
        if person is not None and not person.hidden:
            outcome.who = draft.who or person.name
        if person is not None and person.hidden:
            outcome.state, outcome.reason = self._hidden(person, certain)
            if outcome.state:
                return None, outcome
        elif person is not None and (self.mode == UPDATE or (person.fresh and certain)):
            index.add(person, draft)
            return person, outcome
        elif person is not None and self.mode == SKIP:
            outcome.state = DUPLICATE
            return None, outcome
        elif person is not None and certain and not person.fresh and draft.parts.get("external_ids"):
            outcome.state = REJECTED
            outcome.reason = str(
                Problem(N_("A contact with this external id exists already: %(name)s."), name=person.name)
            )
            return None, outcome
        return self._new(index, draft, kind, outcome)

    def _hidden(self, person: _Person, certain: bool) -> tuple[str, str]:
        if self.mode == SKIP:
            return DUPLICATE, ""
        if self.mode == UPDATE or certain:
            return REJECTED, str(
                Problem(N_("This contact exists already, but it is not among those that you may see."))
            )
        return "", ""

    def _new(self, index: _Index, draft: Draft, kind: str, outcome: Outcome) -> tuple[_Person | None, Outcome]:
        values = draft.values
        if not values.get("name"):
            # A firm without a person, or an address without a name: both are worth keeping.
            if draft.organisation:
                kind = values["kind"] = "organisation"
                values["name"], draft.organisation = draft.organisation, ""
            elif draft.parts.get("emails"):
                values["name"] = next(iter(draft.parts["emails"].values())).value
            else:
                outcome.state = REJECTED
                outcome.reason = str(
                    Problem(N_("“%(field)s” must be filled in."), field=self.resource.field_title("name"))
                )
                return None, outcome
        outcome.who = draft.who
        person = _Person(None, values["name"], kind, True)
        index.add(person, draft)
        if kind == "organisation":
            index.organisations.setdefault(self._name_key(person.name), person)
        return person, outcome

    @staticmethod
    def _kind_of(draft: Draft) -> str:
        named = draft.values.get("name")
        return draft.values.get("kind") or ("organisation" if not named and draft.organisation else "person")

    def _name_key(self, name: str) -> str:
        if name not in self._keys:
            if len(self._keys) > 50_000:
                self._keys.clear()
            self._keys[name] = sort_key(name)
        return self._keys[name]

    def _index(self, drafts: list[Draft]) -> _Index:
        """Everybody in the database whom a row of the chunk may be: one query for each way to match."""
        found: dict[str, dict[str, list[int]]] = {}
        for name, kind in (("external_ids", "external"), ("emails", "email"), ("phones", "phone")):
            keys = {key.removesuffix(" fax") for draft in drafts for key in draft.parts.get(name, ())}
            found[name] = _holders(kind, keys)
        ids = {id for by_key in found.values() for holders in by_key.values() for id in holders}
        people = self._people(ids)
        index = self._fill(self._imagined.copy(), found, people)
        keys = {self._name_key(d.organisation) for d in drafts if d.organisation}
        keys |= {
            self._name_key(d.values["name"])
            for d in drafts
            if self._kind_of(d) == "organisation" and "name" in d.values
        }
        for person in self._firms(keys, people):
            index.organisations.setdefault(self._name_key(person.name), person)
        return index

    @staticmethod
    def _fill(index: _Index, found, people) -> _Index:
        for key, holders in found["external_ids"].items():
            if holders[0] in people:
                index.external.setdefault(key, people[holders[0]])
        for name, into in (("emails", index.emails), ("phones", index.phones)):
            for key, holders in found[name].items():
                into[key] = [people[id] for id in holders if id in people] + [
                    p for p in into.get(key, ()) if p.id is None
                ]
        return index

    def _people(self, ids: set[int]) -> dict[int, _Person]:
        """Contacts by id, with name, kind, external ids, and whether the user may see them."""
        if not ids:
            return {}
        rows = list(Contact.select(Contact.id, Contact.name, Contact.kind).where(Contact.id << list(ids)).tuples())
        seen = None
        if self.resource.visible(self.user) is not None:
            query = self.resource.query(self.user, Contact.id).where(Contact.id << list(ids))
            seen = {id for (id,) in query.tuples()}
        people = {
            id: _Person(id, name, kind, id in self._fresh, seen is not None and id not in seen)
            for id, name, kind in rows
        }
        points = ContactPoint.select(ContactPoint.contact_id, ContactPoint.normal).where(
            ContactPoint.kind == "external", ContactPoint.contact_id << list(ids)
        )
        for id, key in points.tuples():
            if id in people:
                people[id].external.add(key)
        return people

    def _firms(self, keys: set[str], people: dict[int, _Person]) -> list[_Person]:
        """Organisations of these names, of those that the user may see."""
        if not keys:
            return []
        query = self.resource.query(self.user, Contact.id, Contact.name, Contact.kind).where(
            Contact.kind == "organisation", Contact.name_key << list(keys)
        )
        return [
            people.get(id) or _Person(id, name, kind, id in self._fresh)
            for id, name, kind in query.order_by(Contact.id).tuples()
        ]

    def _load(self, people: list[_Person]) -> None:
        """The records of contacts that may change, with their several-valued fields."""
        for chunk in chunks(people, 900):
            records = {r.id: r for r in Contact.select().where(Contact.id << [p.id for p in chunk])}
            self.resource.load_parts(list(records.values()))
            for person in chunk:
                person.record = records[person.id]

    def _homes(self, index: _Index, drafts: list[Draft]) -> dict[str, _Person]:
        """The organisations that people work for, by the name in the file; unknown ones are new contacts."""
        homes = {}
        for name in dict.fromkeys(d.organisation for d in drafts if d.organisation):
            key = self._name_key(name)
            if key not in index.organisations:
                person = index.organisations[key] = _Person(None, name, "organisation", True)
                person.record = self.resource.new(self.user)
                person.values = {"kind": "organisation", "name": name}
            homes[name] = index.organisations[key]
        return homes

    def _begin(self, person: _Person, draft: Draft, home: _Person | None) -> None:
        """A new contact from its first row."""
        person.record = self.resource.new(self.user)
        person.values = dict(draft.values)
        for name, values in draft.parts.items():
            person.keys[name] = values
            person.values[name] = list(values.values())
        if draft.custom:
            person.values["custom"] = _with_custom({}, draft.custom, True)
        if home is not None and home is not person:
            person.values["organisation"] = home
        person.notes = list(draft.notes)
        person.created_at = draft.created_at
        self._met += [(self._fresh, person), (self._seen, person)]

    def _take(self, person: _Person, draft: Draft, home: _Person | None) -> bool:
        """Add what a further row knows; whether that is news.

        The first row of a contact in this import overwrites single values; what later rows say otherwise is kept as
        text, so that an import done twice changes nothing.
        """
        record, news = person.record, False
        first = person.id is not None and person.id not in self._seen and not person.met
        if person.id is not None and not person.met:
            person.met = True
            self._met.append((self._seen, person))

        def present(name):
            return person.values[name] if name in person.values else self.kinds[name].get(record)

        custom, told = present("custom"), dict(draft.custom)
        given = dict(draft.values)
        if home is not None and home is not person:
            given["organisation"] = home if home.id is None else home.id
        for name, value in given.items():
            old = present(name)
            if old == value or (name == "kind" and not first):
                continue
            if first or self.kinds[name].empty(old):
                person.values[name] = value
                news = True
                if name == "name" and record.kind == "person" and not any(part in given for part in names.PARTS):
                    person.values |= dict(zip(names.PARTS, names.split(value), strict=False))
            elif name in self._headings and name != "name":
                told.setdefault(self._headings[name], draft.row.values[self._headings[name]])
        for name, values in draft.parts.items():
            keys = person.keys.get(name)
            if keys is None:
                keys = person.keys[name] = {same_key(name, v, self.region): v for v in present(name)}
            fresh = {key: value for key, value in values.items() if key not in keys}
            if fresh:
                keys |= fresh
                person.values[name] = [*present(name), *fresh.values()]
                news = True
        merged = _with_custom(custom, told, first)
        if merged != custom:
            person.values["custom"] = merged
            news = True
        person.notes += [note for note in draft.notes if note not in person.notes]
        return news

    def _keep_new_notes(self, people: list[_Person]) -> None:
        """Of the notes, those that are not on the contact's timeline yet; a row that brings one is news."""
        noted = [p for p in people if p.notes and p.id is not None]
        if not noted:
            return
        query = Entry.select(Entry.contact, Entry.text).where(
            Entry.contact << [p.id for p in noted], Entry.kind == "note", Entry.deleted_batch.is_null()
        )
        known = set(query.tuples())
        for person in noted:
            person.notes = [note for note in person.notes if (person.id, note) not in known]
            if person.notes:
                for outcome in person.drafts:
                    outcome.state = UPDATED

    def _write(self, people: list[_Person], homes: list[_Person], batch) -> None:
        brought = [home for home in homes if home.record is not None and home.id is None and not home.drafts]
        self.brought = len(brought)
        self._met += [(self._fresh, home) for home in brought]
        changed = [p for p in people if p.values]
        for kind in ("organisation", "person"):  # firms first: their people need the id
            group = [p for p in (*brought, *changed) if (p.kind == "organisation") == (kind == "organisation")]
            pairs = [(p.record, self._final(p)) for p in group]
            refused = {}
            for record, name, problem in self.resource.faults(pairs, self.user):
                refused.setdefault(
                    id(record), Problem(N_("%(column)s: %(problem)s"), column=name, problem=str(problem))
                )
            for person in group:
                if why := refused.get(id(person.record)):
                    person.notes = []
                    for outcome in person.drafts:
                        outcome.state, outcome.reason = REJECTED, str(why)
            pairs = [pair for pair in pairs if id(pair[0]) not in refused]
            if pairs:
                self.resource.write(pairs, batch, self.user)
        self._write_notes(people, batch)

    def _final(self, person: _Person) -> dict:
        """The values to write, with the keys of organisations that have been written before."""
        values = person.values
        home = values.get("organisation")
        if isinstance(home, _Person):
            values["organisation"] = home.record.id if home.record is not None else home.id
        if person.record.id is None and person.created_at is not None:
            person.record.created_at, person.record.updated_at = person.created_at, person.created_at
            person.record.__dict__["keep_dates"] = True
        return values

    def _write_notes(self, people: list[_Person], batch) -> None:
        entries = self.build.resources["entries"]
        pairs = []
        for person in people:
            for note in person.notes:
                values = {"contact": person.record.id, "kind": "note", "text": note}
                if person.created_at is not None:
                    values["at"] = person.created_at
                pairs.append((entries.new(self.user), values))
        if pairs:
            entries.write(pairs, batch, self.user)


def _holders(kind: str, keys: set[str]) -> dict[str, list[int]]:
    """Which contacts have these values, the oldest first."""
    found: dict[str, list[int]] = {}
    for chunk in chunks(list(keys), 5000):
        rows = (
            ContactPoint.select(ContactPoint.normal, ContactPoint.contact_id)
            .where(ContactPoint.kind == kind, ContactPoint.normal << chunk, ContactPoint.deleted_batch.is_null())
            .order_by(ContactPoint.contact_id)
        )
        for key, id in rows.tuples():
            holders = found.setdefault(key, [])
            if len(holders) < 20 and id not in holders:  # a switchboard's number is nobody's
                holders.append(id)
    return found


def _with_custom(custom: dict, told: dict[str, str], first: bool) -> dict:
    """Custom values with what a row says: a line more, or another value in place of a single one."""
    merged = dict(custom)
    for heading, text in told.items():
        lines = str(merged[heading]).split("\n") if merged.get(heading) else []
        new = [line for line in _lines(text) if line not in lines]
        if new:
            merged[heading] = "\n".join(new if first and len(lines) < 2 else (*lines, *new))
    return merged


def _lines(text: str) -> list[str]:
    """The lines of a text without blanks at their ends, without empty ones."""
    return list(dict.fromkeys(filter(None, (" ".join(line.split()) for line in text.split("\n")))))


def _group(column: str) -> str:
    """Which address of a row a column is a part of; our own export numbers them: "Address 2 State / province"."""
    own = re.match(rf"(?:{'|'.join(map(re.escape, i18n.every('Address')))})\s*(\d+)\s+\S", column)
    return own[1] if own else headings.group_of(column)


def _label_of(column: str) -> str:
    """work, home … of "Business Phone", "家庭电话"; "" of "Phone"."""
    words = re.findall(r"[a-z]+|[\u3400-\u9fff]+", headings.group_of(column).casefold())
    return next((_LABELS[word] for word in words if word in _LABELS), "")


def _labelled(text: str) -> str:
    """What a file calls the kind of a number, in our words, else as it is."""
    plain = text.split(":::")[0].strip(" *").casefold()
    for word in (plain, *reversed(plain.split())):
        if word in _LABELS:
            return _LABELS[word]
    return text.strip(" *")[:40]


def _language(text: str) -> str:
    folded = text.casefold()
    return (
        "zh"
        if folded[:2] in ("zh", "ch", "中文", "汉语", "简体", "繁体")
        else "en"
        if folded[:2] in ("en", "英文", "英语")
        else "other"
    )


__all__ = ["CREATE", "ContactRows"]
