"""What consents say taken together: for the panel of one contact, and for whoever sends to many."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import peewee

from core import N_, Problem, chunks, fields

from . import plugin
from .models import STRICTNESS, Channel, Consent, Purpose


class Line(NamedTuple):
    """One line of the panel: a channel (and a purpose), and what was last said of it."""

    channel: Channel
    purpose: Purpose | None
    consent: Consent | None
    #: As it is now: a consent whose time ran out is expired before the nightly job says so.
    state: str


def state_now(consent: Consent, now: dt.datetime) -> str:
    """The state of a consent at an instant."""
    if consent.state == "granted" and consent.expires_at and consent.expires_at <= now:
        return "expired"
    return consent.state


def strictest(consents: Iterable[Consent], now: dt.datetime) -> Consent:
    """Of several that hold (two contacts were merged), the one that counts until somebody decides."""
    return min(consents, key=lambda c: (STRICTNESS.index(state_now(c, now)), -c.given_at.timestamp(), -c.id))


def standing(resource, user, contact) -> list[Line]:
    """What a contact said, by channel and purpose; channels in use of which it said nothing, too. One query."""
    now = fields.utcnow()
    said = (Consent.channel == Channel.id) & (Consent.contact == contact.id) & Consent.current
    said = said & Consent.deleted_batch.is_null()
    if (rule := resource.visible(user)) is not None:
        said = said & rule
    query = (
        Channel.select(Channel, Consent, Purpose)
        .join(Consent, peewee.JOIN.LEFT_OUTER, on=said, attr="said")
        .join(Purpose, peewee.JOIN.LEFT_OUTER, on=Consent.purpose, attr="purpose")
        .where(Channel.deleted_batch.is_null(), Channel.active | Consent.id.is_null(False))
        .order_by(Channel.id, Purpose.id)
    )
    found: dict[tuple, list] = defaultdict(list)
    for channel in query:
        consent = getattr(channel, "said", None)
        if consent is not None and consent.id is None:
            consent = None
        found[channel.id, consent.purpose_id if consent else None].append((channel, consent))
    lines = []
    for rows in found.values():
        channel, consents = rows[0][0], [c for _, c in rows if c is not None]
        best = strictest(consents, now) if consents else None
        lines.append(
            Line(
                channel, best.purpose if best and best.purpose_id else None, best, state_now(best, now) if best else ""
            )
        )
    return lines


WHY = {
    "withdrawn": N_("Consent was withdrawn on %(day)s."),
    "refused": N_("It was refused on %(day)s."),
    "expired": N_("Consent ran out on %(day)s."),
    "": N_("There is no consent."),
}


def refused(contact_ids: Iterable[int], channel: str, purpose: str = "") -> dict[int, Problem]:
    """Of these contacts, those that must not be reached by this channel for this purpose, each with the reason.

    Raises Problem for a channel or purpose that the firm does not have: nothing is sent on a slip of the pen.
    """
    row = Channel.get_or_none(Channel.code == channel, Channel.deleted_batch.is_null())
    if row is None:
        raise Problem(
            N_("There is no channel “%(name)s”. Add it under Privacy, or use another one."), "privacy", name=channel
        )
    aim = _purpose(purpose)
    now, said = fields.utcnow(), defaultdict(list)
    for ids in chunks(contact_ids, 900):
        query = Consent.select().where(
            Consent.contact << ids, Consent.channel == row.id, Consent.deleted_batch.is_null()
        )
        for consent in query.order_by(Consent.given_at, Consent.id):
            said[consent.contact_id].append(consent)
        for id in ids:
            said.setdefault(id, [])
    found = {}
    for id, consents in said.items():
        why = _refusal(consents, row, aim, now)
        if why is not None:
            found[id] = why
    return found


def _purpose(name: str) -> Purpose | None:
    if not name:
        return None
    for purpose in Purpose.select().where(Purpose.deleted_batch.is_null()):
        if name.casefold() in (purpose.name.casefold(), str(purpose).casefold()):
            return purpose
    raise Problem(N_("There is no purpose “%(name)s”. Add it under Privacy, or use another one."), "privacy", name=name)


def _refusal(consents: list[Consent], channel: Channel, aim: Purpose | None, now) -> Problem | None:
    """Why this contact must not be reached, or None.

    What was said of everything and what was said of the purpose both count: a no to either is a no, unless a yes to
    the purpose came later.
    """
    general = _holding([c for c in consents if c.purpose_id is None], now)
    special = _holding([c for c in consents if aim is not None and c.purpose_id == aim.id], now)
    for one in (special, general):
        if one is None or state_now(one, now) not in ("refused", "withdrawn"):
            continue
        if one is general and special and state_now(special, now) == "granted" and special.given_at > general.given_at:
            continue
        return _say(state_now(one, now), one.given_at)
    if aim is None or not channel.asks:
        return None
    states = {state_now(c, now): c for c in (general, special) if c is not None}
    if "granted" in states:
        return None
    if "expired" in states:
        return _say("expired", states["expired"].expires_at or states["expired"].given_at)
    return _say("", None)


def _holding(consents: list[Consent], now) -> Consent | None:
    current = [c for c in consents if c.current] or consents[-1:]
    return strictest(current, now) if current else None


def _say(state: str, at) -> Problem:
    return Problem(WHY[state], plugin.name, day=f"{at:%Y-%m-%d}" if at else "")
