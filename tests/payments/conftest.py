"""A firm with Payments on, and Contracts and Sales beside it, on SQLite and on PostgreSQL."""

import datetime as dt
import zoneinfo

import pytest

from plugins.payments.models import Instalment
from tests.contracts.conftest import Office
from tests.trials import trial_of

MODULES = ("sales", "contracts", "payments")


class Till(Office):
    """An office in which `till.due("1000 CNY", days=-10)` and `till.paid("600 CNY")` are short.

    `till.lin` is the contact whose they are, owned by Bo.
    """

    lin = None

    @property
    def today(self) -> dt.date:
        return dt.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai")).date()

    def day(self, days: int) -> str:
        return (self.today + dt.timedelta(days=days)).isoformat()

    def due(self, amount="1000 CNY", days=10, title="Deposit", by="bo", **values):
        values.setdefault("contact", self.lin)
        return self.make("payments_instalment", by, title=title, amount=amount, due=self.day(days), **values)

    def paid(self, amount="1000 CNY", by="bo", **values):
        values.setdefault("contact", self.lin)
        return self.make("payments_payment", by, amount=amount, **values)

    def settle(self, by="ann", **values):
        return self.make("payments_settlement", by, **values)

    def sums(self, *instalments):
        """Paid, written off and still due of each, and its state."""
        rows = [Instalment.get_by_id(i.id) for i in instalments]
        return [(i.paid, i.waived, i.open, i.state) for i in rows]


fresh_till = trial_of(Till, *MODULES)


@pytest.fixture
def till(fresh_till):
    fresh_till.lin = fresh_till.contact("Lin & Co", owner="Bo", emails="lin@co.example")
    return fresh_till
