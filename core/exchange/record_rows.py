"""Rows of a file as records of any Resource: its fields read them, and rows that are there already are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .. import fields
from ..contacts import Contact, store
from ..db import chunks
from ..i18n import N_, Problem
from ..points import ContactPoint, external_key, normal
from ..words import sort_key
from .lookups import day_of, instant, known_sources, user_names
from .outcome import CREATE, CREATED, DUPLICATE, REJECTED, Outcome
from .readers import Row
from .targets import CUSTOM, DROP, alternatives


@dataclass(slots=True)
class Draft:
    """What one row says: values that are read already, and the texts of links that a chunk looks up together."""

    row: Row
    values: dict = field(default_factory=dict)
    links: dict[str, list[str]] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)


class RecordRows:
    """Reads rows as drafts, and settles a chunk of them. A row that a record repeats in full is a duplicate."""

    def __init__(self, build, resource, user, plan, table):
        self.build, self.resource, self.user, self.plan = build, resource, user, plan
        self.context, self.kinds = build.context(user), resource.kinds
        self.brought = 0
        self._users: dict[str, int] | None = None
        self._found: dict[tuple[str, str], int | Problem] = {}
        self._imagined: set = set()
        self._readers = []
        self._columns: dict[str, str] = {}
        for column in table.columns:
            target = plan.mapping.get(column, CUSTOM)
            if target != DROP:
                self._columns.setdefault(target, column)
                self._readers.append((column, target, self._reader(column, target)))

    def _reader(self, column: str, target: str):
        if target == CUSTOM:
            return lambda draft, text: draft.custom.__setitem__(column, text)
        kind, order = self.kinds[target], self.plan.orders.get(column)
        if target in self.resource.links:
            return lambda draft, text: draft.links.setdefault(target, []).append(text)
        if isinstance(kind, fields.Choice):
            return self._choice(column, target, kind)
        if isinstance(kind, fields.DateTime):
            return lambda draft, text: draft.values.__setitem__(target, instant(text, order))
        if isinstance(kind, fields.Date):
            return lambda draft, text: draft.values.__setitem__(target, day_of(text, order).date())
        return lambda draft, text: draft.values.__setitem__(target, kind.parse(text, self.context))

    def _choice(self, column: str, target: str, kind):
        known = alternatives(kind)

        def read(draft, text):
            value = known.get(text.casefold())
            if value is None and self.resource.name == "entries" and target == "kind":
                draft.custom[column] = (
                    text  # another system has kinds of its own: the entry is worth more than its kind
                )
                return
            draft.values[target] = kind.parse(text, self.context) if value is None else value

        return read

    def read(self, row: Row) -> Draft:
        """What a row says. Raises Problem naming the column whose value cannot be used."""
        draft = Draft(row)
        for column, _, reader in self._readers:
            text = row.values.get(column)
            if text:
                try:
                    reader(draft, text)
                except Problem as problem:
                    raise Problem(N_("%(column)s: %(problem)s"), column=column, problem=str(problem)) from None
        return draft

    # Settling a chunk

    def resume(self, batch) -> None:
        """Nothing to remember: what was written is found as a duplicate."""

    def committed(self) -> None:
        """Nothing to remember."""

    def settle(self, drafts: list[Draft], batch) -> list[Outcome]:
        """What becomes of each row, in order; written under `batch` in the caller's transaction, unless it is None."""
        self._look_up(drafts)
        outcomes, pairs = [], []
        there = self._present(drafts) if self.plan.duplicates != CREATE else set()
        for draft in drafts:
            outcome = Outcome(draft.row, "", next(filter(None, draft.row.values.values()), ""))
            outcomes.append(outcome)
            try:
                values = self._values(draft)
            except Problem as problem:
                outcome.state, outcome.reason = REJECTED, str(problem)
                continue
            mark = self._mark(values)
            if self.plan.duplicates != CREATE and mark in there:
                outcome.state = DUPLICATE
                continue
            record = self.resource.new(self.user)
            if "author" in self._columns and self.resource.name == "entries":
                record.author_id = None  # the author is the file's to say, and not whoever imports
            errors = self.resource.problems(self.user, record, values)
            if errors:
                outcome.state, outcome.reason = REJECTED, " ".join(map(str, errors.values()))
                continue
            outcome.state = CREATED
            there.add(mark)
            if batch is None:
                self._imagined.add(mark)
            pairs.append((record, values, outcome))
        self._write(pairs, batch)
        return outcomes

    def _write(self, triples, batch) -> None:
        pairs = [(record, values) for record, values, _ in triples]
        refused = (
            {id(record): problem for record, _, problem in self.resource.faults(pairs, self.user)} if pairs else {}
        )
        for record, _, outcome in triples:
            if id(record) in refused:
                outcome.state, outcome.reason = REJECTED, str(refused[id(record)])
        pairs = [pair for pair in pairs if id(pair[0]) not in refused]
        if pairs and batch is not None:
            self.resource.write(pairs, batch, self.user)

    def _values(self, draft: Draft) -> dict:
        values = dict(draft.values)
        for name, texts in draft.links.items():
            found = [self._found[name, text] for text in texts]
            hit = next((id for id in found if not isinstance(id, Problem)), None)
            if hit is not None:
                values[name] = hit
            elif self.kinds[name].rel_model.__name__ == "User" and not self.kinds[name].required:
                # Somebody who has left, or works elsewhere: kept as text.
                draft.custom["author" if name == "author" else self._columns[name]] = texts[0]
            else:
                raise Problem(
                    N_("%(column)s: %(problem)s"), column=self.resource.field_title(name), problem=str(found[0])
                )
        if draft.custom:
            values["custom"] = {heading: " ".join(text.split()) for heading, text in draft.custom.items()}
        return values

    # Duplicates

    def _mark(self, values: dict):
        """What makes two rows the same: all that the file says of them."""
        return tuple(self._comparable(name, values.get(name)) for name in self._compared())

    def _compared(self) -> list[str]:
        return [
            name for name in self._columns if name != CUSTOM and name not in self.resource.parts and name != "author"
        ]

    def _comparable(self, name: str, value):
        if value is None:
            value = self.kinds[name].default
            value = None if callable(value) else value
        return tuple(sorted(value.items())) if isinstance(value, dict) else value

    def _present(self, drafts: list[Draft]) -> set:
        """The marks of records that may be those of the rows: found by a link or else by a text that they share."""
        anchor = next((n for n in self._columns if n in self.resource.links), None) or next(
            (n for n in self._columns if n in self.kinds and isinstance(self.kinds[n], fields.Text)), None
        )
        if anchor is None:
            return set(self._imagined)
        if anchor in self.resource.links:
            wanted = {self._found[anchor, t] for d in drafts for t in d.links.get(anchor, ())}
            wanted = {id for id in wanted if not isinstance(id, Problem)}
        else:
            wanted = {d.values[anchor] for d in drafts if anchor in d.values}
        marks = set(self._imagined)
        for chunk in chunks(list(wanted), 900):
            for record in self.resource.query(self.user).where(self.kinds[anchor] << chunk):
                marks.add(tuple(self._comparable(n, self.kinds[n].get(record)) for n in self._compared()))
        return marks

    # Links

    def _look_up(self, drafts: list[Draft]) -> None:
        """Find what the links of a chunk name: contacts and users together, others one by one but only once."""
        wanted: dict[str, set[str]] = {}
        for draft in drafts:
            for name, texts in draft.links.items():
                wanted.setdefault(name, set()).update(t for t in texts if (name, t) not in self._found)
        if len(self._found) > 100_000:
            self._found.clear()
            wanted = {n: {t for d in drafts for t in d.links.get(n, ())} for n in self.resource.links}
        for name, texts in wanted.items():
            model = self.kinds[name].rel_model
            if model is Contact:
                found = self._contacts(texts)
            elif model.__name__ == "User":
                found = self._people(texts)
            else:
                found = {text: self._one(name, text) for text in texts}
            for text in texts:
                self._found[name, text] = found.get(text) or Problem(
                    N_("“%(text)s” was not found among those that you may see."), text=text
                )

    def _one(self, name: str, text: str):
        try:
            return self.kinds[name].parse(text, self.context)
        except Problem as problem:
            return problem

    def _people(self, texts: set[str]) -> dict[str, int]:
        if self._users is None:
            self._users = user_names()
        found = {text: self._users.get(text.strip().casefold()) for text in texts}
        return {text: id for text, id in found.items() if id}

    def _contacts(self, texts: set[str]) -> dict[str, int | Problem]:
        """Contacts that the user may see, by external id (`source:id` or the id alone), e-mail, name, or `Name #id`."""
        ways = (self._by_number, self._by_external_id, self._by_email, self._by_name)
        found: dict[str, int | Problem] = {}
        for way in ways:
            rest = [text for text in texts if text not in found]
            for chunk in chunks(rest, 2000):
                for text, ids in way(chunk).items():
                    if len(ids) == 1:
                        found[text] = next(iter(ids))
                    elif ids:
                        found[text] = Problem(
                            N_("“%(text)s” fits %(n)s records. Choose one from the list."), text=text, n=len(ids)
                        )
        return found

    def _seen(self, ids):
        return self.build.resources["contacts"].query(self.user, Contact.id).where(Contact.id << list(ids))

    def _by_number(self, texts) -> dict[str, set[int]]:
        numbers = {text: int(m[1]) for text in texts if (m := re.search(r"#(\d{1,18})$", text))}
        seen = {id for (id,) in self._seen(set(numbers.values())).tuples()} if numbers else set()
        return {text: {id} for text, id in numbers.items() if id in seen}

    def _points(self, kind: str, column, keys: dict[str, str]) -> dict[str, set[int]]:
        """Visible contacts whose value of a kind has one of these keys; `keys` is text → key."""
        rows = ContactPoint.select(column, ContactPoint.contact_id).where(
            ContactPoint.kind == kind, column << list(set(keys.values())), ContactPoint.deleted_batch.is_null()
        )
        holders: dict[str, set[int]] = {}
        for key, id in rows.where(ContactPoint.contact_id << self._all()).tuples():
            holders.setdefault(key, set()).add(id)
        return {text: holders[key] for text, key in keys.items() if key in holders}

    def _all(self):
        return self.build.resources["contacts"].query(self.user, Contact.id)

    def _by_external_id(self, texts) -> dict[str, set[int]]:
        if not hasattr(self, "_sources"):
            self._sources = known_sources()
        named = {text: external_key(*text.split(":", 1)) for text in texts if ":" in text}
        found = self._points("external", ContactPoint.normal, named) if named else {}
        for source in self._sources:
            rest = {text: external_key(source, text) for text in texts if text not in found}
            found |= self._points("external", ContactPoint.normal, rest) if rest else {}
        return found

    def _by_email(self, texts) -> dict[str, set[int]]:
        emails = {text: normal("email", text, store.region) for text in texts if "@" in text}
        return self._points("email", ContactPoint.normal, emails) if emails else {}

    def _by_name(self, texts) -> dict[str, set[int]]:
        keys = {text: sort_key(text) for text in texts}
        query = self.build.resources["contacts"].query(self.user, Contact.name_key, Contact.id)
        holders: dict[str, set[int]] = {}
        for key, id in query.where(Contact.name_key << list(set(keys.values()))).tuples():
            holders.setdefault(key, set()).add(id)
        return {text: holders[key] for text, key in keys.items() if key in holders}
