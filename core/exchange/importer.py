"""Import of a table into a Resource: read, match and write by chunks, under one batch that can be undone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

import peewee
from flask import g

from .. import i18n, journal
from ..i18n import N_, Problem
from . import dates, headings
from .contact_rows import ContactRows
from .lookups import known_sources
from .outcome import REJECTED, SKIP, UPDATE, Outcome
from .readers import Row, Table
from .record_rows import RecordRows
from .targets import CUSTOM, DROP, checked, suggest
from .values import defuse

#: Rows that are read, matched and written as one transaction: long enough to be fast, short enough to let others write.
CHUNK = 1000
SAMPLES = 200
EXAMPLES = 5


@dataclass
class Plan:
    """What to do with a file: column → target, what to do with duplicates, and what its ids are called."""

    mapping: dict[str, str]
    duplicates: str = SKIP
    #: The source of external ids; by default the name of their column.
    source: str = ""
    #: Date column → "dmy" or "mdy".
    orders: dict[str, str] = field(default_factory=dict)

    def json(self) -> dict:
        return asdict(self)


@dataclass
class Look:
    """A first look through a whole file: how many rows, a few of them, and which column identifies one."""

    rows: int
    samples: list[dict[str, str]]
    identifier: str = ""


@dataclass
class Report:
    """What became of the rows: each one is counted once. `more` counts organisations that people brought along."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    duplicate: int = 0
    rejected: int = 0
    more: int = 0
    #: State → `[line, who, reason]` of the first few.
    examples: dict[str, list[list]] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        self.rows += 1
        setattr(self, outcome.state, getattr(self, outcome.state) + 1)
        shown = self.examples.setdefault(outcome.state, [])
        if len(shown) < EXAMPLES:
            shown.append([outcome.row.number, outcome.who, outcome.reason])


class Superseded(Exception):
    """Another worker carries on with this import."""


def look(resource, table: Table, identify: bool = True) -> Look:
    """Read a table once: its number of rows, samples, and (with `identify`) the column that is an external id."""
    count, samples = 0, []

    def values() -> Iterator[dict[str, str]]:
        nonlocal count
        for row in table.rows():
            count += 1
            if len(samples) < SAMPLES:
                samples.append(row.values)
            yield row.values

    found = None
    if identify and resource.name == "contacts" and table.kind != "vcard":
        found = headings.propose_external_id(table.columns, values(), known_sources())
    for _ in values() if not count else ():
        pass
    return Look(count, samples, found or "")


def plan_for(
    resource,
    user,
    table: Table,
    samples: list[dict[str, str]],
    given: dict[str, str] | None = None,
    duplicates: str = SKIP,
) -> Plan:
    """A plan with every column mapped by itself, but for those that are `given`. Raises Problem for unknown ones."""
    mapping = suggest(resource, user, table.columns, samples)
    checked(resource, user, table.columns, given or {})
    for column, target in (given or {}).items():
        taken = [other for other, its in mapping.items() if its == target and other not in given]
        for other in taken if target == "external_id" else ():
            mapping[other] = CUSTOM  # somebody said which one it is
        mapping[column] = target
    orders = {column: dates.order(row.get(column, "") for row in samples) for column in table.columns}
    return Plan(mapping, duplicates, orders=orders)


@contextmanager
def speaking(user, language: str = ""):
    """Say reasons in a language and read times in a user's zone, outside a request too. Needs an app context."""
    before = {name: g.get(name) for name in ("user", "language", "timezone")}
    g.pop("timezone", None)
    g.user, g.language = user, language or getattr(user, "language", "") or "en"
    try:
        yield
    finally:
        for name, value in before.items():
            g.pop(name, None)
            if value is not None:
                setattr(g, name, value)


class Importer:
    """One run of one plan over one table, by one user. Needs an app context, for languages.

    `rejects` is a file that gets the rejected rows with their reasons. Reading the rows raises ExchangeError when the
    file cannot be read on; what was committed until then stays, and a second run with the same batch goes on there.
    """

    def __init__(self, build, resource, user, table: Table, plan: Plan, rejects: Path | None = None):
        self.build, self.resource, self.user, self.table, self.plan = build, resource, user, table, plan
        self.rejects, self.report = rejects, Report()
        self.rows = (ContactRows if resource.name == "contacts" else RecordRows)(build, resource, user, plan, table)
        self.resource.demand(user, "import")
        self.resource.demand(user, "create")
        if resource.name == "contacts" and "note" in plan.mapping.values():
            build.resources["entries"].demand(user, "create")
        if plan.duplicates == UPDATE:
            self.resource.demand(user, "edit")

    def check(self, progress: Callable[[int], None] | None = None) -> Report:
        """What `run` would do, without writing anything."""
        for chunk in self._chunks(self.table.rows()):
            outcomes = self._outcomes(chunk, None)
            self.rows.committed()
            self._count(outcomes)
            if progress:
                progress(self.report.rows)
        return self.report

    def open(self, filename: str) -> journal.Batch:
        """The batch that the import is written under."""
        with journal.transaction():
            return journal.open_batch(self.user, "import", N_("Imported %(file)s"), self.resource.name, file=filename)

    def run(self, batch: journal.Batch, progress: Callable[[int], None] | None = None) -> Report:
        """Write all rows. A run that was broken off goes on after the last chunk that it committed."""
        state = batch.params
        if state.get("report"):
            self.report = Report(**deepcopy(state["report"]))
            self.rows.resume(batch)
        if progress:
            progress(self.report.rows)
        for chunk in self._chunks(islice(self.table.rows(), self.report.rows, None)):
            self._write(chunk, batch)
            if progress:
                progress(self.report.rows)
        return self.report

    def _chunks(self, rows: Iterable[Row]) -> Iterator[list]:
        """Rows with what was read of them: a draft, or the reason why there is none."""
        rows = iter(rows)
        while chunk := list(islice(rows, CHUNK)):
            yield [(row, *self._read(row)) for row in chunk]

    def _read(self, row: Row):
        if row.problem is not None:
            return None, i18n.gettext(row.problem.message, **row.problem.params)
        try:
            return self.rows.read(row), ""
        except Problem as problem:
            return None, str(problem)

    def _outcomes(self, chunk, batch) -> list[Outcome]:
        settled = iter(self.rows.settle([draft for _, draft, _ in chunk if draft is not None], batch))
        return [
            next(settled)
            if draft is not None
            else Outcome(row, REJECTED, next(filter(None, row.values.values()), ""), why)
            for row, draft, why in chunk
        ]

    def _write(self, chunk, batch) -> None:
        """One chunk, with the journal's note of how far the import came, in one transaction."""
        count, state, before = batch.count, batch.params, asdict(self.report)
        for attempt in range(5):
            try:
                with journal.transaction():
                    outcomes = self._outcomes(chunk, batch)
                    self._count(outcomes)
                    batch.params = state | {
                        "report": asdict(self.report),
                        "rejects": self._reject(outcomes, state.get("rejects", 0)),
                    }
                    self._claim(batch, state)
                break
            except (peewee.IntegrityError, peewee.OperationalError) as error:
                # Another import wrote the same external id between our look and our write: now it is there to be found.
                again = isinstance(error, peewee.IntegrityError) or "deadlock" in str(error)
                if attempt == 4 or not again:
                    raise
            batch.count, batch.params, self.report = count, state, Report(**deepcopy(before))
        self.rows.committed()

    def _claim(self, batch, state) -> None:
        """Save how far the import came, unless another worker did (our lease ran out while we were slow)."""
        params = journal.Batch.params
        written = journal.Batch.update({params: batch.params}).where(journal.Batch.id == batch.id, params == state)
        if not written.execute():
            raise Superseded(f"batch {batch.id}")

    def _count(self, outcomes) -> None:
        for outcome in outcomes:
            self.report.count(outcome)
        self.report.more += self.rows.brought

    def _reject(self, outcomes, offset: int) -> int:
        """Write the rejected rows of a chunk behind what is committed; the new length of the file."""
        rejected = [o for o in outcomes if o.state == REJECTED]
        if self.rejects is None or not rejected:
            return offset
        text = io.StringIO()
        writer = csv.writer(text)
        if not offset:
            writer.writerow([i18n.gettext("Row"), i18n.gettext("Reason"), *map(defuse, self.table.columns)])
        for outcome in rejected:
            cells = [outcome.row.values.get(column, "") for column in self.table.columns]
            writer.writerow([outcome.row.number, *map(defuse, (outcome.reason, *cells, *outcome.row.extra))])
        data = text.getvalue().encode("utf-8" if offset else "utf-8-sig", "replace")
        with self.rejects.open("r+b" if self.rejects.exists() else "wb") as file:
            file.truncate(offset)
            file.seek(offset)
            file.write(data)
        return offset + len(data)


__all__ = ["CUSTOM", "DROP", "Importer", "Look", "Outcome", "Plan", "Report", "look", "plan_for"]
