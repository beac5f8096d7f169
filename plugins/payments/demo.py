"""Payments of the demo firm: plans of contracts and orders, most of it paid, something overdue, some credit."""

import datetime as dt

from core import SYSTEM

from .commissions import statement_of
from .models import Instalment, Invoice, Payment, Payout
from .subjects import KINDS, Subject

#: Title, percent, days from the start of what is paid for.
PARTS = (("定金 Deposit", 30, 0), ("发货前 Before delivery", 60, 35), ("验收后 After acceptance", 10, 75))
#: Of which told contracts the last part that is due was paid by how many percent.
LATE = {"云栖里酒店一期": 50, "Care and maintenance": 0}
METHODS = ("transfer", "transfer", "transfer", "wechat", "alipay", "bill")


def fill(demo) -> None:
    """A plan for every signed contract and confirmed order; what is due by now is paid, but for one of twelve."""
    subjects = [subject for name in KINDS for subject in _subjects(demo, name)]
    if not subjects:
        return
    rows = [row for subject, start in subjects for row in _plan(demo, subject, start)]
    made = _write(demo, rows)
    _pay(demo, made)
    _invoice(demo, made)
    _pay_out(demo)


def _subjects(demo, name) -> list[tuple[Subject, dt.date]]:
    """What is paid for of one kind, and since when."""
    resource, found = demo.build.resources.get(name), []
    if resource is None:
        return []
    names = KINDS[name]
    for record in resource.query(SYSTEM).order_by(resource.model.id):
        value, contact = resource.kinds[names.value].get(record), resource.kinds[names.contact].get(record)
        state = getattr(record, "stage", None) or record.status
        if not value or not value[0] or state in ("draft", "review", "terminated", "cancelled"):
            continue
        start = getattr(record, "signed", None) or getattr(record, "day", None) or record.created_at.date()
        owner = resource.kinds[names.owner].get(record)
        found.append((Subject(resource, record, contact, owner, value), start))
    return found


def _plan(demo, subject, start) -> list[tuple[Subject, dict]]:
    rows, left = [], subject.value[0]
    for n, (title, percent, days) in enumerate(PARTS, 1):
        share = left if n == len(PARTS) else subject.value[0] * percent // 100
        left -= share
        values = {"title": title, "number": n, "amount": (share, subject.value[1])}
        values |= {"due": start + dt.timedelta(days=days), "condition": "" if n < len(PARTS) else "验收单签字后"}
        rows.append((subject, values | subject.values()))
    return rows


def _write(demo, rows) -> list[Instalment]:
    """The instalments, through the Resource, each with what it is for."""
    resource = demo.build.by_model[Instalment]
    pairs = []
    for subject, values in rows:
        one = subject.mark(Instalment())
        one.created_at = one.updated_at = demo.past(max(1, (demo.now.date() - values["due"]).days + 10))
        one.__dict__["keep_dates"] = True
        pairs.append((one, values))
    resource.write(pairs, demo.batch)
    return [one for one, _values in pairs]


def _pay(demo, made) -> None:
    """What is due by now, the most of it in time; of the told ones the last part is overdue, or paid in part."""
    rng, today, rows = demo.random, demo.now.date(), []
    due = [one for one in made if one.due < today]
    last = {one.about: one.id for one in due}
    for one in due:
        told = next((percent for title, percent in LATE.items() if title in one.about), None)
        percent = 100
        if one.id == last[one.about]:
            recent = (today - one.due).days < 120
            percent = told if told is not None else rng.choice((0, 50, 100, 100, 100, 100)) if recent else 100
        if not percent:
            continue
        when = min(one.due + dt.timedelta(days=rng.choice((-2, 0, 1, 3, 9))), today)
        rows.append(
            {
                "contact": one.contact_id,
                "amount": (one.amount * percent // 100, one.amount_currency),
                "received_on": when,
                "method": rng.choice(METHODS),
                "reference": f"{when:%y%m%d}{rng.randint(10_000, 99_999)}",
                "towards": one.id,
                "owner": one.owner_id,
                "created_at": min(demo.now, dt.datetime.combine(when, dt.time(3), dt.UTC)),
            }
        )
    if "wang" in demo.named:
        person = demo.named["wang"]
        rows.append(
            {
                "contact": person.id,
                "amount": (80_000, "CNY"),
                "received_on": today - dt.timedelta(days=4),
                "method": "wechat",
                "reference": "",
                "keep_rest": True,
                "owner": person.owner_id,
                "note": "预付保养费",
                "created_at": demo.past(4),
            }
        )
    rows.sort(key=lambda row: row["created_at"])
    demo.write(Payment, rows)


def _invoice(demo, made) -> None:
    """An invoice for every other instalment that is paid."""
    rows = []
    paid = [one for one in Instalment.select().where(Instalment.id << [i.id for i in made]) if one.state == "paid"]
    for n, one in enumerate(paid[::2], 1):
        when = one.settled_on
        rows.append(
            {
                "number": f"INV-{when.year}-{n:04d}",
                "kind": "special" if n % 3 else "normal",
                "contact": one.contact_id,
                "instalment": one.id,
                "about": one.about,
                "what": one.title,
                "amount": (one.amount, one.amount_currency),
                "tax_percent": 13,
                "issued_on": when,
                "state": "issued",
                "owner": one.owner_id,
                "created_at": min(demo.now, dt.datetime.combine(when, dt.time(4), dt.UTC)),
            }
        )
    if rows:
        demo.write(Invoice, rows)


def _pay_out(demo) -> None:
    """The partner who brought deals got about half of what is due, in two parts."""
    studio = demo.named.get("studio")
    due = statement_of(SYSTEM, studio.id).due if studio is not None else 0
    part, rows = due // 400_00 * 100_00, []
    for n, days in enumerate((40, 9) if part else (), 1):
        when = demo.past(days)
        row = {"partner": studio.id, "amount": (part, demo.build.firm["currency"]), "on": when.date()}
        rows.append(row | {"by": demo.cast[1].id, "note": f"佣金结算第 {n} 期", "created_at": when})
    if rows:
        demo.write(Payout, rows)
