"""Grading: what contacts paid (or ordered) and what is expected of them, and which grade that makes."""

import peewee

from core import N_, SYSTEM, Contact, User, chunks, fields, html, notify, transaction
from plugins.payments.models import Payment, Settlement
from plugins.sales.models import Deal, Rate
from plugins.sales.models.forecast import months_later

from .models import Grade, Level

#: Contacts in one transaction.
CHUNK = 500


def sums(build, ids: list[int] | None = None) -> tuple[dict[int, int], dict[int, int]]:
    """What was created and what is expected by contact, minor units of the firm's currency; of some contacts or all.

    Who ever paid or ordered is in the first one, with 0 where it was before the window.
    """
    options, rates, today = build.options("grades").all(), build.by_model[Rate], html.today()
    start = months_later(today, -options["months"])
    created: dict[int, int] = {}

    def add(rows):
        for contact, currency, minor in rows:
            value = rates.convert(int(minor or 0), currency, today) or 0
            created[contact] = created.get(contact, 0) + value

    orders = build.resources.get("orders_order") if options["basis"] == "ordered" else None
    if orders is not None:
        add(_ordered(orders.model, start, ids))
        back = orders.returned(SYSTEM, orders.model.contact, *_among(orders.model.contact, ids), since=start)
        add((contact, currency, -minor) for contact, currency, minor in back)
    else:
        add(_paid(start, ids))
        add(_paid_back(start, ids))
    return created, _expected(ids)


def _paid(start, ids):
    within = peewee.Case(None, [(Payment.received_on >= start, Payment.amount)], 0)
    query = Payment.select(Payment.contact, Payment.amount_currency, peewee.fn.SUM(within))
    query = query.where(Payment.deleted_batch.is_null(), *_among(Payment.contact, ids))
    return query.group_by(Payment.contact, Payment.amount_currency).tuples()


def _paid_back(start, ids):
    query = Settlement.select(Settlement.contact, Settlement.amount_currency, peewee.fn.SUM(Settlement.amount) * -1)
    query = query.where(
        Settlement.kind == "refund",
        Settlement.on >= start,
        Settlement.deleted_batch.is_null(),
        *_among(Settlement.contact, ids),
    )
    return query.group_by(Settlement.contact, Settlement.amount_currency).tuples()


def _ordered(order, start, ids):
    within = peewee.Case(None, [(order.confirmed_at >= fields.start_of_day(start), order.total)], 0)
    query = order.select(order.contact, order.total_currency, peewee.fn.SUM(within)).where(
        order.deleted_batch.is_null(),
        order.confirmed_at.is_null(False),
        order.status != "cancelled",
        *_among(order.contact, ids),
    )
    return query.group_by(order.contact, order.total_currency).tuples()


def _expected(ids) -> dict[int, int]:
    """Weighted open deals, of the organisation and of the person alike."""
    found: dict[int, int] = {}
    worth = peewee.fn.SUM(Deal.value * peewee.fn.COALESCE(Deal.probability, 0))
    for link in (Deal.organisation, Deal.contact):
        query = Deal.select(link, worth).where(
            Deal.status == "open", Deal.deleted_batch.is_null(), link.is_null(False), *_among(link, ids)
        )
        if link is Deal.contact:  # a deal with both is not counted twice where they are the same
            query = query.where(Deal.organisation.is_null() | (Deal.organisation != Deal.contact))
        for contact, weighted in query.group_by(link).tuples():
            found[contact] = found.get(contact, 0) + int(weighted or 0) // 100
    return found


def _among(column, ids) -> list:
    return [] if ids is None else [column << ids]


def grade_contacts(build, ids: list[int], batch=None) -> int:
    """Grade some contacts anew; how many have another grade now."""
    changed = 0
    for chunk in chunks(sorted(set(ids)), CHUNK):
        created, expected = sums(build, chunk)
        changed += _write(build, chunk, created, expected, batch)
    return changed


def grade_everybody(build, progress) -> int:
    """Grade all contacts that paid, ordered or have a deal, and those who have a grade; how many changed."""
    created, expected = sums(build)
    had = {id for (id,) in Grade.select(Grade.contact).where(Grade.deleted_batch.is_null()).tuples()}
    ids, changed = sorted({*created, *expected, *had}), 0
    for n, chunk in enumerate(chunks(ids, CHUNK)):
        progress(n * CHUNK, len(ids))
        changed += _write(build, chunk, created, expected, None)
    return changed


def _write(build, ids, created, expected, batch) -> int:
    """Write grades of some contacts: numbers without a journal, for they are derived; changes of the grade with one."""
    grades, levels = build.by_model[Grade], build.by_model[Level]
    alive = {
        id for (id,) in Contact.select(Contact.id).where(Contact.id << ids, Contact.deleted_batch.is_null()).tuples()
    }
    known = {g.contact_id: g for g in Grade.select().where(Grade.contact << ids, Grade.deleted_batch.is_null())}
    currency, now, pairs, numbers = build.firm["currency"], fields.utcnow(), [], []
    for id in ids:
        if id not in alive or (id not in known and id not in created and not expected.get(id)):
            continue
        kind = "customer" if id in created else "prospect"
        value = created.get(id, 0) if kind == "customer" else expected.get(id, 0)
        level = levels.fitting(kind, value)
        grade = known.get(id) or Grade(contact=id)
        grade.kind, grade.computed_at = kind, now
        Grade.created.set(grade, fields.Amount(created.get(id, 0), currency))
        Grade.expected.set(grade, fields.Amount(expected.get(id, 0), currency))
        if grade.id is None or (not grade.by_hand and grade.level_id != (level.id if level else None)):
            pairs.append((grade, {"contact": id, "level": level.id if level else None}))
        if grade.id is not None:
            numbers.append(grade)
    with transaction():
        if numbers:
            same = {Grade.computed_at: now, Grade.created_currency: currency, Grade.expected_currency: currency}
            Grade.update(same).where(Grade.id << [grade.id for grade in numbers]).execute()
            Grade.bulk_update(numbers, [Grade.kind, Grade.created, Grade.expected], batch_size=100)
        if pairs:
            before = {grade.contact_id: grade.level_id for grade, _values in pairs if grade.id}
            if batch is None:
                label = N_("Graded %(n)s contacts by the rules")
                grades.save_many(SYSTEM, pairs, label=label, n=len(pairs))
            else:
                grades.write(pairs, batch, SYSTEM)
            _tell(build, [grade for grade, _values in pairs if grade.contact_id in before], before)
    return len(pairs)


def _tell(build, grades, before) -> None:
    """The owners of contacts that came to another grade."""
    levels, contacts = build.by_model[Level], build.by_model[Contact]
    query = (
        Contact.select(Contact, User)
        .join(User, on=Contact.owner)
        .where(Contact.id << [grade.contact_id for grade in grades], User.active)
    )
    now = {grade.contact_id: grade.level_id for grade in grades}
    for contact in query:
        name = lambda id: levels.one(id).name if levels.one(id) else "—"  # noqa: E731
        notify(
            build,
            [contact.owner],
            "grade",
            N_("%(name)s: grade %(before)s → %(after)s"),
            plugin="grades",
            about=contact,
            url=contacts.url("page", contact),
            name=contact.name,
            before=name(before[contact.id]),
            after=name(now[contact.id]),
        )
