"""A firm with grades, orders and payments on, on SQLite and on PostgreSQL."""

import pytest

from plugins.grades.models import Grade, Level
from tests.payments.conftest import Till
from tests.trials import trial_of

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


fresh_bank = trial_of(Bank, *MODULES)


@pytest.fixture
def bank(fresh_bank):
    fresh_bank.lin = fresh_bank.contact("Lin & Co", owner="Bo", kind="organisation")
    return fresh_bank
