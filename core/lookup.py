"""The search over every Resource, for one user."""

from __future__ import annotations

from collections.abc import Iterable

from . import search
from .db import db, listed
from .resource import Resource


def lookup(user, resources: Iterable[Resource], text: str, limit: int = 20) -> list[search.Hit]:
    """What the user may see of what they look for among these Resources, as `search.find` orders it.

    Rows that hooks grant or limit are asked of the tables, since the index knows owners and shares only. Where the role
    hides fields, only names are looked at: a hidden phone number must not answer whether it is there.
    """
    resources = [r for r in resources if r.can(user, "view")]
    special = [r for r in resources if r.ruled(user) or r.hidden(user)]
    hits = search.find(text, {r.name: r.access_by_role(user) for r in resources if r not in special}, limit)
    if user.by_team:  # who is in which team may have changed since it was written into the index
        hits = _still_seen(user, resources, hits)
    if not special or not search.parse(text):
        return hits
    for resource in (r for r in special if search.knows(text, r.name)):
        found = resource.query(user).where(resource.model.id << resource.matching(user, text))
        records = list(found.order_by(resource.model.id.desc()).limit(limit))
        resource.load_parts(records)
        hidden = resource.hidden(user)
        resource.veil(user, records)
        hits += [search.Hit(resource.name, r.id, str(r), "" if hidden else resource.subtitle(r)) for r in records]
    key = search.sort_key(text)
    return sorted(hits, key=lambda hit: search.sort_key(hit.title) != key)[:limit]


def _still_seen(user, resources, hits: list[search.Hit]) -> list[search.Hit]:
    """The hits whose rows the user may see; one query for each kind of record among them."""
    seen = set()
    for resource in resources:
        ids = [hit.record_id for hit in hits if hit.resource == resource.name]
        if ids:
            query = resource.query(user, resource.model.id).where(resource.model.id << listed(ids))
            seen |= {(resource.name, id) for (id,) in db.execute(query).fetchall()}
    return [hit for hit in hits if (hit.resource, hit.record_id) in seen]
