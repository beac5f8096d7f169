"""Receivables: what is due by age, by owner and by customer; and the reports of payments."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import peewee

from core import N_, Contact, fields, html, names_of_users, resource_of
from plugins.sales.models import Rate
from plugins.sales.resources.reports import Cell, Report, Span

from .. import plugin
from ..ledger import BUCKETS, bucket_of
from ..models import DUE, Instalment, Payment, Settlement

_ = plugin.gettext

#: Customers in the list of those who owe the most.
MOST = 20


@dataclass
class Row:
    """What is still due of somebody's instalments in one currency, by bucket; minor units."""

    id: int | None
    name: str
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        return sum(self.parts.values())

    @property
    def overdue(self) -> int:
        return self.open - self.parts.get("now", 0)


@dataclass
class Ageing:
    """Receivables in one currency: a row for each owner, the customers who owe the most, and all together."""

    currency: str
    owners: list[Row] = field(default_factory=list)
    customers: list[Row] = field(default_factory=list)
    total: Row = field(default_factory=lambda: Row(None, ""))
    credit: int = 0


def ageing(user, today: dt.date, owner: int | None = None) -> list[Ageing]:
    """What is due of all that the user may see, by currency, the largest first; of one owner if asked. Five queries."""
    instalments, found = resource_of(Instalment), {}
    mine = [Instalment.owner == owner] if owner else []
    names = names_of_users
    for column, attribute, load in ((Instalment.owner, "owners", names), (Instalment.contact, "customers", None)):
        rows: dict[tuple, Row] = {}
        for id, currency, bucket, minor in _sums(instalments, user, column, today, mine):
            row = rows.setdefault((currency, id), Row(id, ""))
            row.parts[bucket] = row.parts.get(bucket, 0) + int(minor)
        known = load(id for _c, id in rows) if load else {}
        for (currency, _id), row in rows.items():
            one = found.setdefault(currency, Ageing(currency))
            row.name = known.get(row.id, "")
            getattr(one, attribute).append(row)
    for one in found.values():
        one.owners.sort(key=lambda row: -row.open)
        one.customers = sorted(one.customers, key=lambda row: (-row.overdue, -row.open))[:MOST]
        for row in one.owners:
            for bucket, minor in row.parts.items():
                one.total.parts[bucket] = one.total.parts.get(bucket, 0) + minor
    _name_customers(user, found)
    _add_credit(user, found, owner)
    return sorted(found.values(), key=lambda one: -one.total.open)


def _sums(instalments, user, column, today, conditions):
    bucket = bucket_of(today).alias("bucket")
    query = instalments.query(user, column, Instalment.amount_currency, bucket, peewee.fn.SUM(Instalment.open))
    query = query.where(Instalment.state << DUE, *conditions)
    return query.group_by(column, Instalment.amount_currency, bucket).tuples()


def _name_customers(user, found: dict[str, Ageing]) -> None:
    ids = {row.id for one in found.values() for row in one.customers}
    known = resource_of(Contact).linked(user, ids) if ids else {}
    for one in found.values():
        for row in one.customers:
            row.name = known[row.id].__dict__["link"] if row.id in known else ""


def _add_credit(user, found: dict[str, Ageing], owner: int | None) -> None:
    payments = resource_of(Payment)
    if not payments.can(user, "view") or {"free", "amount"} & payments.hidden(user):
        return
    query = payments.query(user, Payment.amount_currency, peewee.fn.SUM(Payment.free)).where(Payment.free > 0)
    if owner:
        query = query.where(Payment.owner == owner)
    for currency, minor in query.group_by(Payment.amount_currency).tuples():
        found.setdefault(currency, Ageing(currency)).credit = int(minor)


# Reports


class Sums:
    """Sums of several currencies in the firm's own, at today's rates; `missing` are currencies without one."""

    def __init__(self):
        self.rates, self.today = resource_of(Rate), html.today()
        self.currency, self.missing = self.rates.build.firm["currency"], set()

    def add(self, minor, currency: str) -> int:
        """An amount in the firm's currency; 0 when there is no rate."""
        value = self.rates.convert(int(minor or 0), currency, self.today)
        if value is None:
            self.missing.add(currency)
        return value or 0

    def cell(self, minor: int, url: str = "") -> Cell:
        text = Payment.amount.text(fields.Amount(minor, self.currency))
        return Cell(html.money(minor, self.currency), text, url if minor else "")

    def note(self, said: str = "") -> str:
        """The report's last line."""
        if not self.missing:
            return said
        lacks = _("Left out, without an exchange rate: %(names)s.", names=", ".join(sorted(self.missing)))
        return " ".join(filter(None, (said, lacks)))


def _share(part: int, whole: int) -> Cell:
    return Cell(f"{100 * part / whole:.0f}%", round(100 * part / whole, 1)) if whole else Cell("—", "")


def collected(user, span: Span) -> Report:
    """What was planned for these days, what of it is paid, and what arrived in them, by owner. Three queries."""
    instalments, payments, sums = resource_of(Instalment), resource_of(Payment), Sums()
    rows: dict[int | None, dict[str, int]] = {}
    query = instalments.query(
        user,
        Instalment.owner,
        Instalment.amount_currency,
        peewee.fn.SUM(Instalment.amount - Instalment.waived),
        peewee.fn.SUM(Instalment.paid),
        peewee.fn.SUM(Instalment.open),
    ).where(Instalment.due.between(span.first, span.last))
    for owner, currency, *three in query.group_by(Instalment.owner, Instalment.amount_currency).tuples():
        row = rows.setdefault(owner, {})
        for name, minor in zip(("planned", "paid", "open"), three, strict=True):
            row[name] = row.get(name, 0) + sums.add(minor, currency)
    query = payments.query(user, Payment.owner, Payment.amount_currency, peewee.fn.SUM(Payment.amount)).where(
        Payment.received_on.between(span.first, span.last)
    )
    for owner, currency, minor in query.group_by(Payment.owner, Payment.amount_currency).tuples():
        row = rows.setdefault(owner, {})
        row["arrived"] = row.get("arrived", 0) + sums.add(minor, currency)
    names = names_of_users(rows)
    heads = [_("Owner"), _("Due in these days"), _("of it paid"), _("Rate"), _("Still due"), _("Arrived")]
    report = Report("collected", _("Planned and received"), heads)
    for owner, row in sorted(rows.items(), key=lambda item: -item[1].get("planned", 0)):
        name = names.get(owner, "—")
        who = {"owner": owner or "none"}
        due = instalments.url(due=span.text, **who)
        report.rows.append(
            [
                Cell(name, name),
                sums.cell(row.get("planned", 0), due),
                sums.cell(row.get("paid", 0), due),
                _share(row.get("paid", 0), row.get("planned", 0)),
                sums.cell(row.get("open", 0), instalments.url(due=span.text, state="open,partly", **who)),
                sums.cell(row.get("arrived", 0), payments.url(received_on=span.text, **who)),
            ]
        )
    report.note = sums.note(_("In the firm's currency, at today's rates. What was written off is left out."))
    return report


def customers(user, span: Span) -> Report:
    """Who paid how much in these days. Two queries."""
    payments, sums, rows = resource_of(Payment), Sums(), {}
    columns = (Payment.contact, Payment.amount_currency, peewee.fn.SUM(Payment.amount), peewee.fn.COUNT(Payment.id))
    query = payments.query(user, *columns).where(Payment.received_on.between(span.first, span.last))
    for contact, currency, minor, count in query.group_by(Payment.contact, Payment.amount_currency).tuples():
        had = rows.get(contact, (0, 0))
        rows[contact] = (had[0] + sums.add(minor, currency), had[1] + count)
    order = sorted(rows.items(), key=lambda item: -item[1][0])[:200]
    known = resource_of(Contact).linked(user, [id for id, _row in order])
    heads = [_("Customer"), _("Received"), _("Payments"), _("Share of all")]
    report = Report("customers", _("Received by customer"), heads)
    total = sum(minor for minor, _count in rows.values())
    for id, (minor, count) in order:
        seen = not known[id].__dict__.get("masked")
        name, url = str(known[id]), payments.url(contact=id, received_on=span.text)
        page = f"/contacts/{id}" if seen else ""
        report.rows.append(
            [Cell(name, name, page), sums.cell(minor, url), Cell(f"{count:,}", count, url), _share(minor, total)]
        )
    report.note = sums.note(_("In the firm's currency, at today's rates."))
    return report


def lost(user, span: Span) -> Report:
    """What was written off or paid back in these days, and why. One query."""
    settlements, sums, rows = resource_of(Settlement), Sums(), {}
    columns = (Settlement.kind, Settlement.reason, Settlement.amount_currency)
    query = settlements.query(user, *columns, peewee.fn.SUM(Settlement.amount), peewee.fn.COUNT(Settlement.id))
    query = query.where(Settlement.kind != "match", Settlement.on.between(span.first, span.last)).group_by(*columns)
    for kind, reason, currency, minor, count in query.tuples():
        had = rows.get((kind, reason), (0, 0))
        rows[kind, reason] = (had[0] + sums.add(minor, currency), had[1] + count)
    report = Report("lost", _("Written off and paid back"), [_("What"), _("Reason"), _("Sum"), _("Number")])
    for (kind, reason), (minor, count) in sorted(rows.items(), key=lambda item: -item[1][0]):
        name, url = Settlement.kind.named(kind), settlements.url(kind=kind, on=span.text)
        report.rows.append(
            [Cell(name, name), Cell(reason, reason), sums.cell(minor, url), Cell(f"{count:,}", count, url)]
        )
    report.note = sums.note()
    return report


#: Every report, in order: name → its title, what makes it, and the fields that it needs to see.
REPORTS: dict[str, tuple[str, Callable[..., Report], type, tuple[str, ...]]] = {
    "collected": (N_("Planned and received"), collected, Instalment, ("amount", "open", "paid", "owner", "due")),
    "customers": (N_("Received by customer"), customers, Payment, ("amount", "contact")),
    "lost": (N_("Written off and paid back"), lost, Settlement, ("amount", "reason")),
}

__all__ = ["BUCKETS", "REPORTS", "Ageing", "ageing"]
