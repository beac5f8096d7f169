"""A firm with Contracts on (and Sales, which it requires), on SQLite and on PostgreSQL."""

import shutil

import pytest

from core.db import db
from core.journal import Batch, undo
from core.trial import Trial


class Office(Trial):
    """A trial in which `office.contract("Supply", stage="running")` and `office.undo()` are short."""

    def contract(self, title="Supply", by="bo", **values):
        if "contact" not in values:
            values["contact"] = self.contact("Lin & Co", owner="Bo")
        values.setdefault("starts", "2026-01-01")
        return self.make("contracts_contract", by, title=title, **values)

    def change(self, record, by="bo", **values):
        """Save values of a record as a person; texts are parsed. The record as it is now."""
        resource = self.build.by_model[type(record)]
        with self.acting(by):
            person = self.person(by)
            context = self.build.context(person)
            parsed = {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in values.items()}
            resource.save(person, self.again(record), parsed)
        return self.again(record)

    def undo(self, by="ann"):
        """Take the newest batch back; what was left alone."""
        with self.acting(by):
            return undo(self.build, self.person(by), Batch.select().order_by(Batch.id.desc()).first())[1]


@pytest.fixture(scope="session")
def first_office(tmp_path_factory):
    """An SQLite file with tables and cast: every office on SQLite starts from a copy."""
    folder = tmp_path_factory.mktemp("office")
    with Office(folder, "sales", "contracts"):
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "guanxi.db"


@pytest.fixture(params=["sqlite", "postgres"])
def office(request, tmp_path):
    folder, url = tmp_path / "guanxi", ""
    folder.mkdir()
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        shutil.copy(request.getfixturevalue("first_office"), folder / "guanxi.db")
    with Office(folder, "sales", "contracts", url=url) as trial:
        yield trial
