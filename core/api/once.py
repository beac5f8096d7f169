"""Idempotency keys: a create that is sent again (a lost answer, a retry) is answered again, not done again."""

import datetime as dt

import peewee
from flask import current_app

from .. import journal
from ..db import Base, Instant, Json, utcnow
from ..i18n import N_, Problem
from .errors import ApiError

#: How long an answer is kept.
KEPT = dt.timedelta(hours=24)


class ApiAnswer(Base):
    """The answer that a create with a key got."""

    user_id = peewee.IntegerField()
    key = peewee.CharField(max_length=200)
    #: Of address and body: the same key with another request is a mistake of the client.
    request_hash = peewee.CharField(max_length=64)
    body = Json(default=dict)
    at = Instant(default=utcnow, index=True)

    class Meta:
        indexes = ((("user_id", "key"), True),)


class _Taken(Exception):
    """Somebody else with this key was first."""


def run(user, key: str, request_hash: str, make) -> tuple[dict, bool]:
    """`make()` and keep what it gives, in one transaction; or what it gave the first time, and True.

    Failures are not kept: what was corrected may be sent with the same key. Raises ApiError (422) when the key belongs
    to another request, and whatever `make` raises.
    """
    found = _find(user, key, request_hash)
    if found is None:
        try:
            return _first(user, key, request_hash, make), False
        except _Taken:
            found = _find(user, key, request_hash)
            if found is None:  # the other one was undone in this moment
                raise ApiError(409, Problem(N_("A request with this key is being answered. Send it again."))) from None
    return found, True


def _find(user, key, request_hash) -> dict | None:
    row = ApiAnswer.get_or_none(ApiAnswer.user_id == user.id, ApiAnswer.key == key, ApiAnswer.at > utcnow() - KEPT)
    if row is None:
        return None
    if row.request_hash != request_hash:
        raise ApiError(422, Problem(N_("This Idempotency-Key was used for another request. Make a new key for each.")))
    return row.body


def _first(user, key, request_hash, make) -> dict:
    with journal.transaction():
        ApiAnswer.delete().where(ApiAnswer.at <= utcnow() - KEPT).execute()
        try:
            # The unique index decides: on PostgreSQL a second one waits here until the first is done.
            row = ApiAnswer.create(user_id=user.id, key=key, request_hash=request_hash)
        except peewee.IntegrityError:
            raise _Taken from None
        body = make()
        # As JSON writes it, so that the second answer has the letters of the first.
        ApiAnswer.update(body=current_app.json.loads(current_app.json.dumps(body))).where(
            ApiAnswer.id == row.id
        ).execute()
    return body
