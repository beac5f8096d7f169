"""What belongs to a contact, in every table, and what of it is personal: for exports of a subject, and for erasure.

Which tables point to a contact is read from the database's catalogue, as merging does, so that a module that is off
takes part. What stays when a contact goes, and which fields say something of a person, each Resource declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import i18n, modules, plugins
from .contacts import Contact
from .db import db, pointing_to, run, tables_with
from .i18n import N_
from .journal import Batch, Change
from .merge import is_off
from .personal_rules import Rule, rule_of

CONTACTS, POINTS = "core_contact", "core_contact_point"
#: Tables of the program itself, which are searched and cleaned in their own ways.
OWN = frozenset(("core_search", "core_change", "core_batch"))


@dataclass
class Part:
    """The rows of one table that belong to a contact."""

    table: str
    ids: list[int]
    #: What they are called, in the reader's language.
    title: str
    #: Why they stay, in the reader's language; "" when they go.
    why: str = ""
    #: Whether they belong to a module that is off.
    off: bool = False
    rule: Rule = field(default_factory=Rule)

    @property
    def stays(self) -> bool:
        return bool(self.why)


class Subject:
    """A contact, the contacts that were merged into it, and every row that belongs to them.

    Rows belong to a contact by the Link that their timeline or visibility follows, by a Link that must be filled in,
    by `resource` and `record_id`, or by a column `contact_id`; what belongs to such a row belongs to the contact, too.
    Rows that only mention it (who introduced a deal) are in `mentions`.
    """

    def __init__(self, build, contact_id: int):
        self.build = build
        self.ids = _with_merged(contact_id)
        self.rows: dict[str, set[int]] = {CONTACTS: set(self.ids)}
        self._keyed = set(tables_with("id"))
        self._about = [t for t in tables_with("resource", "record_id", "id") if t not in OWN]
        self._follow()

    # Which rows

    def _follow(self) -> None:
        waiting = [(CONTACTS, list(self.ids))]
        while waiting:
            table, ids = waiting.pop()
            if table != CONTACTS and self.rule(table).keeps:
                continue  # what belongs to a record that stays stays with it
            for part, where, values in self._parts_of(table, ids):
                found = {id for (id,) in run(f'SELECT "id" FROM "{part}" WHERE {where}', *values).fetchall()}
                found -= self.rows.get(part, set())
                if found:
                    self.rows.setdefault(part, set()).update(found)
                    waiting.append((part, sorted(found)))

    def _parts_of(self, table: str, ids: list[int]) -> Iterator[tuple[str, str, tuple]]:
        links = [link for link in pointing_to(table) if link[0] in self._keyed]
        for part, column in links:
            if self._owns(part, column, table):
                yield part, f'"{column}" = ANY(?)', (ids,)
        name = self.resource_name(table)
        for part in self._about:
            yield part, '"resource" = ? AND "record_id" = ANY(?)', (name, ids)
        if table == CONTACTS:
            for part in tables_with("contact_id", "id"):
                if (part, "contact_id") not in links:
                    yield part, '"contact_id" = ANY(?)', (ids,)

    def _owns(self, part: str, column: str, table: str) -> bool:
        """Whether rows of `part` belong to the row of `table` that this column names, and do not just mention it."""
        if part == CONTACTS:
            return False  # an organisation's people are subjects of their own
        if self._required(part, column):
            return True
        resource = self.build.by_table.get(part)
        if resource is not None:
            main = {resource.timeline, resource.follows} - {""}
            if main & resource.links.keys():
                return column in {resource.links[name].column_name for name in main}
        if table != CONTACTS:
            return False
        return column == "contact_id" or [c for t, c in pointing_to(table) if t == part] == [column]

    def _required(self, table: str, column: str) -> bool:
        return next((not c.null for c in db.get_columns(table) if c.name == column), False)

    def resource_name(self, table: str) -> str:
        """The name of a table's Resource; of a module that is off it is the table's."""
        resource = self.build.by_table.get(table)
        return resource.name if resource is not None else table

    # What is to become of them

    def rule(self, table: str) -> Rule:
        """What is declared of a table, also by a module that is off but installed."""
        resource = self.build.by_table.get(table)
        if resource is not None:
            if table not in self._rules:
                self._rules[table] = rule_of(resource)
            return self._rules[table]
        return self._rules_of_off.get(table, Rule()) if is_off(self.build, table) else Rule()

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {}

    @cached_property
    def _rules_of_off(self) -> dict[str, Rule]:
        found = plugins.discover(self.build.settings)
        off = {name: item for name, item in found.items() if name not in self.build.names}
        infos = modules.inspect(self.build.settings, off).values() if off else ()
        return {table: Rule(**rule) for info in infos for table, rule in info.get("personal", {}).items()}

    def parts(self, anonymous: bool = False) -> list[Part]:
        """The rows by table, the contact's own table left out: those that go first, those that stay with the reason.

        With `anonymous`, what an anonymous contact keeps: all records whose personal fields can be emptied.
        """
        needed = {} if anonymous else self._needed()
        found = []
        for table, ids in self.rows.items():
            if table == CONTACTS:
                continue
            rule, off = self.rule(table), is_off(self.build, table)
            title = i18n.translate(rule.plural, rule.domain) if rule.plural else table_title(self.build, table)
            because = self._staying(table, rule, anonymous) or needed.get(table, set())
            if because:
                found.append(Part(table, sorted(because), title, self._why(rule, anonymous), off, rule))
            if ids - because:
                found.append(Part(table, sorted(ids - because), title, "", off, rule))
        return sorted(found, key=lambda part: (part.stays, part.title))

    def _staying(self, table: str, rule: Rule, anonymous: bool) -> set[int]:
        if anonymous and table == POINTS:
            plain = [p.kind for p in self.build.resources["contacts"].parts.values() if not p.personal]
            return {row["id"] for row in self.read(table, self.rows[table]) if row["kind"] in plain}
        keeps = rule.keeps or (anonymous and rule.anonymous and not self._attached(table))
        return set(self.rows[table]) if keeps else set()

    def _attached(self, table: str) -> bool:
        """Whether its rows hang on any record (files): of a contact that has become nobody's, they are nobody's."""
        return table in self._about and not any(t == table for t, _ in pointing_to(CONTACTS))

    def _why(self, rule: Rule, anonymous: bool) -> str:
        if rule.keeps:
            return i18n.translate(rule.keeps, rule.domain)
        if anonymous:
            return i18n.gettext("They stay for the statistics, without what is personal.")
        return i18n.gettext("Records that must stay belong to them.")

    def _needed(self) -> dict[str, set[int]]:
        """Rows that would go, but that rows which stay cannot be without: table → ids."""
        found: dict[str, set[int]] = {}
        waiting = [(table, ids) for table, ids in self.rows.items() if table != CONTACTS and self.rule(table).keeps]
        while waiting:
            table, ids = waiting.pop()
            for target in self.rows.keys() - {CONTACTS}:
                for child, column in pointing_to(target):
                    if child != table or self.rule(target).keeps or not self._required(table, column):
                        continue
                    rows = run(f'SELECT "{column}" FROM "{table}" WHERE "id" = ANY(?)', sorted(ids)).fetchall()
                    held = {id for (id,) in rows} & self.rows[target] - found.get(target, set())
                    if held:
                        found.setdefault(target, set()).update(held)
                        waiting.append((target, held))
        return found

    def mentions(self, gone: dict[str, Iterable[int]]) -> Iterator[tuple[str, str, list[int]]]:
        """`(table, column, ids)`: rows with a column that names a row of `gone`, and that may be empty."""
        for table, ids in gone.items():
            for other, column in pointing_to(table):
                if other not in self._keyed or self._required(other, column) or column == "merged_into_id":
                    continue
                if table == CONTACTS and self._owns(other, column, table):
                    continue
                rows = run(f'SELECT "id" FROM "{other}" WHERE "{column}" = ANY(?)', sorted(ids)).fetchall()
                if rows:
                    yield other, column, sorted(id for (id,) in rows)

    # Reading them

    def read(self, table: str, ids: Iterable[int]) -> Iterator[dict[str, Any]]:
        """Rows of a table as the database has them, by column."""
        ids = sorted(ids)
        for start in range(0, len(ids), 1000):
            cursor = run(f'SELECT * FROM "{table}" WHERE "id" = ANY(?) ORDER BY "id"', ids[start : start + 1000])
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield dict(zip(columns, row, strict=True))

    def history(self) -> Iterator[tuple[str, Change, Batch]]:
        """What the journal knows of these rows: `(table, change, batch)` of each that was created or changed alone."""
        for table, ids in sorted(self.rows.items()):
            ids = sorted(ids)
            for start in range(0, len(ids), 500):
                query = Change.select(Change, Batch).join(Batch, on=(Change.batch_id == Batch.id), attr="batch")
                query = query.where(Change.table == table, Change.first << ids[start : start + 500])
                for change in query.where(Change.first == Change.last, Change.op != "move").order_by(Change.id):
                    yield table, change, change.batch

    def writers(self, since) -> set[int]:
        """Ids of the users who wrote any of these rows since an instant."""
        query = Change.select(Change.table, Change.first, Change.last, Batch.user_id)
        query = query.join(Batch, on=(Change.batch_id == Batch.id)).where(
            Batch.at >= since, Batch.user_id.is_null(False)
        )
        return {
            user
            for table, first, last, user in query.tuples()
            if any(first <= id <= last for id in self.rows.get(table, ()))
        }


def in_trash(before):
    """A subquery of the ids of contacts that were deleted before an instant; merged and erased ones are left out."""
    deleted = Batch.select(Batch.id).where(Batch.at < before, Batch.kind != "erase")
    return Contact.select(Contact.id).where(Contact.deleted_batch << deleted, Contact.merged_into.is_null())


def _with_merged(contact_id: int) -> list[int]:
    """A contact's id and those of the contacts that were merged into it, and into those."""
    found = [contact_id]
    for id in found:
        query = Contact.select(Contact.id).where(Contact.merged_into == id).tuples()
        found += [other for (other,) in query if other not in found]
    return found


def table_title(build, table: str) -> str:
    """What the rows of a table are called, in the reader's language; of one without a Resource, whose they are."""
    resource = build.by_table.get(table)
    if resource is not None:
        return resource.title
    if table in TITLES:
        return i18n.gettext(TITLES[table])
    manifest = build.manifest(table.partition("_")[0])
    if manifest is None:
        return table.replace("_", " ").capitalize()
    return i18n.gettext("%(module)s: further rows", module=i18n.translate(manifest.title, manifest.name))


TITLES = {
    "core_contact_point": N_("E-mails, phones, addresses, accounts and tags"),
    "core_share": N_("Shares with colleagues"),
    "core_notice": N_("Notices"),
    "core_editing": N_("Open forms"),
    "core_revision": N_("Versions of files"),
}
