"""A firm with grades, orders and payments on, on SQLite and on PostgreSQL."""

import shutil

import pytest

from core.db import db
from plugins.grades.models import Grade, Level
from tests.payments.conftest import Till

MODULES = ("sales", "catalogue", "orders", "payments", "grades")


class Bank(Till):
    """A till in which `bank.grade_of(contact)` is the name of the grade that the jobs make of it."""

    def grade(self, contact=None):
        self.run_jobs()
        return Grade.get_or_none(Grade.contact == (contact or self.lin).id, Grade.deleted_batch.is_null())

    def grade_of(self, contact=None):
        grade = self.grade(contact)
        return grade and grade.level_id and Level.get_by_id(grade.level_id).name

    def level(self, which, /, **values):
        return self.change(Level.get(Level.name == which), by="ann", **values)

    def why(self, contact=None, who="ann"):
        with self.acting(who):
            return self.build.by_model[Grade].why(self.grade(contact))

    def order(self, price="100", quantity="1", contact=None, by="bo"):
        """A draft of one line; its total is price × quantity."""
        values = {"title": "Kitchen", "contact": contact or self.lin, "currency": "CNY", "owner": by.capitalize()}
        order = self.make("orders_order", by, **values)
        line = {"order": order, "kind": "item", "text": "Cupboard", "quantity": quantity, "price": f"{price} CNY"}
        self.make("orders_order_line", by, **line)
        return self.again(order)


@pytest.fixture(scope="session")
def first_bank(tmp_path_factory):
    """An SQLite file with tables and cast: every bank on SQLite starts from a copy."""
    folder = tmp_path_factory.mktemp("bank")
    with Bank(folder, *MODULES):
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "guanxi.db"


@pytest.fixture(params=["sqlite", "postgres"])
def bank(request, tmp_path):
    folder, url = tmp_path / "guanxi", ""
    folder.mkdir()
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        shutil.copy(request.getfixturevalue("first_bank"), folder / "guanxi.db")
    with Bank(folder, *MODULES, url=url) as trial:
        trial.lin = trial.contact("Lin & Co", owner="Bo", kind="organisation")
        yield trial
