"""What follows from settlements: what is still due of an instalment, what is left of a payment; and balances.

These columns are derived, so they have no journal of their own: after every write and every undo of a settlement they
are computed anew from all settlements, in the same transaction, and nothing may be less than zero then.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import peewee

from core import N_, Problem, chunks, html

from .models import DUE, Instalment, Payment, Settlement


def rounded(value: Decimal) -> int:
    """A sum in whole minor units: half of one is one."""
    return int(value.to_integral_value(ROUND_HALF_UP))


def lock(model, ids: Iterable[int]) -> list:
    """These rows as they are now, kept from others until the transaction ends, in the order of their ids."""
    ids = list(ids)
    if not ids:
        return []
    query = model.select().where(model.id << ids).order_by(model.id)
    if not isinstance(model._meta.database.obj, peewee.SqliteDatabase):  # SQLite has one writer at a time
        query = query.for_update()
    return list(query)


def settle(build, instalments: Iterable[int], payments: Iterable[int]) -> None:
    """Compute anew what follows for these instalments and payments. Inside a transaction.

    Raises Problem when more was settled than is due, or than arrived: the transaction takes everything back.
    """
    for ids in chunks(sorted(set(instalments)), 500):
        _settle_instalments(ids)
    for ids in chunks(sorted(set(payments)), 500):
        _settle_payments(ids)


def _sum(link, record_id, *kinds):
    mine = Settlement.select(peewee.fn.SUM(Settlement.amount)).where(
        link == record_id, Settlement.deleted_batch.is_null(), *([Settlement.kind << kinds] if kinds else [])
    )
    return peewee.fn.COALESCE(mine, 0)


def _settle_instalments(ids: list[int]) -> None:
    mine = Instalment.id << ids
    last = Settlement.select(peewee.fn.MAX(Settlement.on)).where(
        Settlement.instalment == Instalment.id, Settlement.deleted_batch.is_null(), Settlement.kind == "match"
    )
    paid, waived = (_sum(Settlement.instalment, Instalment.id, kind) for kind in ("match", "write_off"))
    values = {Instalment.paid: paid, Instalment.waived: waived, Instalment.settled_on: last}
    Instalment.update(values).where(mine).execute()
    left = Instalment.amount - Instalment.paid - Instalment.waived
    state = peewee.Case(
        None,
        [
            ((left > 0) & (Instalment.paid + Instalment.waived == 0), "open"),
            (left > 0, "partly"),
            ((Instalment.paid == 0) & (Instalment.waived > 0), "waived"),
        ],
        "paid",
    )
    Instalment.update({Instalment.open: left, Instalment.state: state}).where(mine).execute()
    over = Instalment.select().where(mine, Instalment.open < 0).first()
    if over is not None:
        problem = N_("“%(title)s” would be paid by %(over)s too much. What was due of it is paid already.")
        raise Problem(problem, "payments", title=str(over), over=html.money(-over.open, over.amount_currency))


def _settle_payments(ids: list[int]) -> None:
    mine = Payment.id << ids
    Payment.update({Payment.free: Payment.amount - _sum(Settlement.payment, Payment.id)}).where(mine).execute()
    over = Payment.select().where(mine, Payment.free < 0).first()
    if over is not None:
        problem = N_("%(payment)s is used for %(over)s more than arrived. Take a settlement of it back first.")
        raise Problem(problem, "payments", payment=str(over), over=html.money(-over.free, over.amount_currency))


class Due(NamedTuple):
    """A part of an instalment that a payment can settle."""

    instalment: Instalment
    open: int


def spread(amount: int, due: list[Instalment], used: dict[int, int]) -> dict[int, int]:
    """Instalment id → how much of an amount settles it, the first first. `used` is what others have settled since."""
    found = {}
    for instalment in due:
        part = min(amount, instalment.open - used.get(instalment.id, 0))
        if part > 0:
            found[instalment.id] = part
            used[instalment.id] = used.get(instalment.id, 0) + part
            amount -= part
    return found


class Dues:
    """What payments may settle, for many of them at once: what one of them has used is not there for the next one.

    Made of `(contact id, id of the instalment that it names)` for each payment; two queries for five hundred of them.
    What others may not see is among it, as the bank does not ask either; only sums of it are told.
    """

    def __init__(self, wanted: Iterable[tuple[int, int | None]]):
        self._of: dict[tuple[int, str], list[Instalment]] = {}
        self._used: dict[int, int] = {}
        #: Instalments that payments name, by id.
        self.named: dict[int, Instalment] = {}
        wanted = list(wanted)
        due = Instalment.select().where(Instalment.state << DUE, Instalment.deleted_batch.is_null())
        for ids in chunks({contact for contact, _named in wanted}, 500):
            for one in due.where(Instalment.contact << ids).order_by(Instalment.due, Instalment.id):
                self._of.setdefault((one.contact_id, one.amount_currency), []).append(one)
        for ids in chunks({named for _contact, named in wanted} - {None}, 500):
            self.named |= {one.id: one for one in Instalment.select().where(Instalment.id << ids)}

    def of(self, contact_id: int, currency: str, named: int | None = None) -> list[Instalment]:
        """What a payment of a contact may settle, in this order: the one that it names, then by due date."""
        first = self.named.get(named)
        mine = [first] if first is not None and first.is_due and first.deleted_batch is None else []
        return mine + [one for one in self._of.get((contact_id, currency), ()) if one.id != named]

    def left(self, due: Iterable[Instalment]) -> int:
        """How much is still due of these."""
        return sum(max(0, one.open - self._used.get(one.id, 0)) for one in due)

    def settle(self, amount: int, due: list[Instalment]) -> dict[int, int]:
        """Instalment id → how much of an amount settles it, the first first."""
        return spread(amount, due, self._used)

    def use(self, parts: dict[int, int]) -> None:
        """Somebody said what settles what."""
        for id, minor in parts.items():
            self._used[id] = self._used.get(id, 0) + minor


# Balances

#: Days overdue of each column: name → (from, to), the last one open; "now" is not due yet.
BUCKETS = {
    "now": (None, 0),
    "30": (1, 30),
    "60": (31, 60),
    "90": (61, 90),
    "old": (91, None),
}


def days_of(bucket: str, today: dt.date) -> str:
    """The due dates of a bucket as a list's filter writes them."""
    least, most = BUCKETS[bucket]
    first = today - dt.timedelta(days=most) if most is not None else ""
    last = today - dt.timedelta(days=least) if least is not None else ""
    return f"{first}..{last}"


def bucket_of(today: dt.date):
    """An expression: the bucket of an instalment by its due date."""
    cases = [
        (Instalment.due >= today - dt.timedelta(days=most), name)
        for name, (_least, most) in BUCKETS.items()
        if most is not None
    ]
    return peewee.Case(None, cases, "old")


class Balance(NamedTuple):
    """What a contact owes in one currency, in minor units."""

    currency: str
    #: Bucket → what is still due.
    parts: dict[str, int]
    #: What was paid and settles nothing yet.
    credit: int
    #: When the next one is due that is not overdue; None for none.
    next_due: dt.date | None

    @property
    def open(self) -> int:
        return sum(self.parts.values())

    @property
    def overdue(self) -> int:
        return self.open - self.parts.get("now", 0)


def balances(build, user, contact_id: int, today: dt.date) -> list[Balance]:
    """What a contact owes and has left over, by currency, of what the user may see: one statement."""
    kind = bucket_of(today).alias("kind")
    total, first = peewee.fn.SUM(Instalment.open), peewee.fn.MIN(Instalment.due)
    due = build.by_model[Instalment].query(user, Instalment.amount_currency, kind, total, first)
    due = due.where(Instalment.contact == contact_id, Instalment.state << DUE)
    total, first = peewee.fn.SUM(Payment.free), peewee.fn.MIN(Payment.received_on)
    left = build.by_model[Payment].query(user, Payment.amount_currency, peewee.Value("credit"), total, first)
    left = left.where(Payment.contact == contact_id, Payment.free > 0)
    both = due.group_by(Instalment.amount_currency, kind) + left.group_by(Payment.amount_currency)
    found: dict[str, dict] = {}
    for currency, name, minor, day in both.tuples():
        found.setdefault(currency, {})[name] = (int(minor), Instalment.due.python_value(day))
    return [
        Balance(
            currency,
            {name: parts[name][0] for name in BUCKETS if name in parts},
            parts.get("credit", (0, None))[0],
            parts.get("now", (0, None))[1],
        )
        for currency, parts in sorted(found.items())
    ]
