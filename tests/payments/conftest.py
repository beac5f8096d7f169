"""A firm with Payments on, and Contracts and Sales beside it, on SQLite and on PostgreSQL."""

import datetime as dt
import shutil
import zoneinfo

import pytest

from core.db import db
from plugins.payments.models import Instalment
from tests.contracts.conftest import Office

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


@pytest.fixture(scope="session")
def first_till(tmp_path_factory):
    """An SQLite file with tables and cast: every till on SQLite starts from a copy."""
    folder = tmp_path_factory.mktemp("till")
    with Till(folder, *MODULES):
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "guanxi.db"


@pytest.fixture(params=["sqlite", "postgres"])
def till(request, tmp_path):
    folder, url = tmp_path / "guanxi", ""
    folder.mkdir()
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        shutil.copy(request.getfixturevalue("first_till"), folder / "guanxi.db")
    with Till(folder, *MODULES, url=url) as trial:
        trial.lin = trial.contact("Lin & Co", owner="Bo", emails="lin@co.example")
        yield trial
