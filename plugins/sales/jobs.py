"""Background work: customers that fall into a pool, scores, and snapshots of the forecast."""

import datetime as dt
import zoneinfo
from contextlib import contextmanager

import peewee
from flask import g

from core import N_, Contact, User, chunks, fields, job, notify, resource_of, transaction

from . import plugin
from .models import Deal
from .models.pool import Holding, Pool, PoolRule, PoolStay, Risk
from .resources.forecast import take_snapshot
from .resources.scores import learn_and_score

_ = plugin.gettext

HOUR, DAY = 3600, 24 * 3600
#: Contacts that fall in one transaction.
CHUNK = 200
#: Why a customer falls in, by the rule's term; with `%(n)s` days.
REASONS = {
    "quiet": N_("No follow-up for %(n)s days"),
    "deal": N_("No new deal for %(n)s days"),
    "win": N_("No won deal for %(n)s days"),
    "order": N_("No order for %(n)s days"),
}
#: Stages of those who bought.
BOUGHT = ("customer", "advocate")


@job("sales.pool", every=HOUR)
def sweep(build, row):
    """Take neglected customers back to their pools, warn of those that come next, and note them for the worklist."""
    with as_the_firm(build):
        return _sweep(build)


@contextmanager
def as_the_firm(build):
    """Inside, days are those of the firm's zone, and texts are in its language, or in that of its first user."""
    before = {name: g.get(name) for name in ("language", "timezone")}
    first = User.select(User.language).where(User.active, User.language != "").order_by(User.id).tuples().first()
    g.language = build.firm["language"] or (first[0] if first else "en")
    g.timezone = zoneinfo.ZoneInfo(build.firm["timezone"])
    try:
        yield
    finally:
        for name, value in before.items():
            g.pop(name, None)
            if value:
                setattr(g, name, value)


def _sweep(build) -> dict:
    pools = resource_of(Pool)
    fell, risks = 0, []
    for pool in pools.in_use():
        for rule in PoolRule.select().where(PoolRule.pool == pool.id, PoolRule.deleted_batch.is_null()):
            for term, days in rule.terms.items():
                due = _due(pools, pool, rule, term, days, pool.warn_days or 0)
                now = fields.utcnow()
                gone = [contact for contact, falls_at in due if falls_at <= now]
                fell += _fall(gone, _(REASONS[term], n=days))
                risks += [(c, pool, falls_at, term) for c, falls_at in due if falls_at > now]
    return {"fell": fell, "warned": _note_risks(build, risks)}


def _due(pools, pool, rule, term, days, ahead) -> list[tuple[Contact, dt.datetime]]:
    """Contacts that fall under a rule's term within `ahead` days, and when; those of other pools' owners left out."""
    cutoff = fields.utcnow() - dt.timedelta(days=days) + dt.timedelta(days=ahead)
    owners = [u.id for u in User.select(User.id) if pools.of_owner(u.id) and pools.of_owner(u.id).id == pool.id]
    if not owners:
        return []
    last = _last(pools.build, term)
    if last is None:
        return []
    since = Holding.select(peewee.fn.MAX(Holding.since)).where(Holding.contact_id == Contact.id)
    query = Contact.select(Contact, last.alias("last_at"), since.alias("since_at")).where(
        Contact.deleted_batch.is_null(),
        Contact.owner << owners,
        Contact.created_at < cutoff,
        peewee.fn.COALESCE(last, Contact.created_at) < cutoff,
        peewee.fn.COALESCE(since, Contact.created_at) < cutoff,
    )
    if rule.level:
        query = query.where(Contact.stage == rule.level)
    if pool.spare_won:
        query = query.where(Contact.stage.not_in(BOUGHT))
    found = []
    for contact in query.order_by(Contact.id):
        times = [contact.created_at, _instant(contact.last_at), _instant(contact.since_at)]
        found.append((contact, max(filter(None, times)) + dt.timedelta(days=days)))
    return found


def _last(build, term):
    """An expression: when what a term asks for happened last with a contact; None where no module knows."""
    if term == "order":
        return build.hook.newest_order()
    if term == "quiet":
        return peewee.fn.COALESCE(Contact.last_activity_at, Contact.created_at)
    return _newest_deal(Deal.closed_at, Deal.status == "won") if term == "win" else _newest_deal(Deal.created_at)


def _newest_deal(column, *conditions):
    """A subquery: the newest of a contact's deals, as a person or as an organisation."""
    whose = (Deal.contact == Contact.id) | (Deal.organisation == Contact.id)
    return Deal.select(peewee.fn.MAX(column)).where(whose, Deal.deleted_batch.is_null(), *conditions)


def _instant(value) -> dt.datetime | None:
    """What a subquery gives for a point in time, on either engine."""
    return fields.DateTime.python_value(Contact.created_at, value) if value is not None else None


def _fall(contacts: list[Contact], why: str) -> int:
    """Take contacts in; the owners are told once for all of theirs."""
    stays = resource_of(PoolStay)
    owners: dict[int, list[str]] = {}
    for contact in contacts:
        owners.setdefault(contact.owner_id, []).append(contact.name)
    for start in range(0, len(contacts), CHUNK):
        stays.take_in(contacts[start : start + CHUNK], "fell", why, None)
    for person in User.select().where(User.id << list(owners), User.active) if owners else ():
        names = owners[person.id]
        said = N_("%(n)s of your customers went back to the pool")
        url, text = stays.url(), ", ".join(names[:5])
        notify(stays.build, [person], "pool", said, plugin="sales", url=url, text=text, n=len(names))
    return len(contacts)


def _note_risks(build, risks) -> int:
    """Write down what is about to fall, and warn each owner once for each of them."""
    rows: dict[int, tuple] = {}
    for contact, pool, falls_at, term in sorted(risks, key=lambda risk: risk[2]):
        rows.setdefault(contact.id, (contact, pool, falls_at, term))
    with transaction():
        Risk.delete().execute()
        values = [(c.id, c.owner_id, p.id, at, term) for c, p, at, term in rows.values()]
        for chunk in chunks(values, 500):
            names = [Risk.contact_id, Risk.owner_id, Risk.pool_id, Risk.falls_at, Risk.why]
            Risk.insert_many(chunk, fields=names).execute()
    people = {u.id: u for u in User.select().where(User.active)}
    contacts, warned = resource_of(Contact), 0
    for contact, _pool, falls_at, _term in rows.values():
        if contact.owner_id in people:
            warned += notify(
                build,
                [people[contact.owner_id]],
                "pool",
                N_("%(name)s falls into the pool on %(day)s"),
                plugin="sales",
                about=contact,
                url=contacts.url("page", contact),
                once=f"sales-pool-{contact.id}-{falls_at:%Y%m%d}",
                name=contact.name,
                day=f"{falls_at:%Y-%m-%d}",
            )
    return warned


@job("sales.score", every=DAY)
def score(build, row):
    """Learn from the leads whose outcome is known, and score all live ones anew."""
    return learn_and_score(row.progress)


@job("sales.snapshot", every=DAY)
def snapshot(build, row):
    """Keep today's forecast, so that it can be compared with what came."""
    return {"rows": take_snapshot()}
