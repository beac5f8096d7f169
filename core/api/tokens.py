"""Tokens: what opens the API. Kept hashed, with scopes and an end; one never allows more than its user's role does."""

import datetime as dt
import hashlib
import secrets
import threading
import time

import peewee

from .. import fields, journal
from ..db import Base, Instant, Json, db, utcnow
from ..i18n import N_, Problem
from ..users import Role, User
from .errors import ApiError

#: Requests a minute of one token, in one web process.
RATE = 600
#: The verbs that a scope may name, beside a Resource's actions.
VERBS = ("view", "create", "edit", "delete")


class Token(Base):
    """A key to the API in the name of a user; the row holds its hash only."""

    user = peewee.ForeignKeyField(User, backref="+")
    name = peewee.CharField(max_length=80)
    #: Its first letters, so that people can tell their tokens apart.
    prefix = peewee.CharField(max_length=12)
    token_hash = peewee.CharField(max_length=64, unique=True)
    #: `contacts.view`, `contacts.*` or `*`: the calls that it may make.
    scopes = Json(default=list)
    created_at = Instant(default=utcnow)
    expires_at = Instant(null=True)
    last_used_at = Instant(null=True)
    revoked_at = Instant(null=True)

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= utcnow()

    def covers(self, permission: str) -> bool:
        """Whether its scopes name `<resource>.<verb>`; what the user's role says is asked elsewhere."""
        return any(scope in self.scopes for scope in ("*", permission, permission.rpartition(".")[0] + ".*"))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add(build, user, name: str, scopes: list[str], expires: dt.date | None = None) -> tuple[Token, str]:
    """Make a token of a user, good until the end of a day. Out: its row, and the secret, which nobody can read again.

    Raises Problem for a scope that does not exist or a day that has passed.
    """
    name = " ".join(name.split())[:80]
    if not name:
        raise Problem(N_("Give the token a name that says who uses it."))
    if not scopes:
        raise Problem(N_("Choose at least one scope."))
    for scope in scopes:
        _check(build, scope)
    until = fields.start_of_day(expires, end=True) if expires else None
    if until is not None and until <= utcnow():
        raise Problem(N_("The day on which the token ends has passed already. Choose a later one."))
    secret = "gx_" + secrets.token_urlsafe(32)
    with journal.transaction():
        row = Token.create(
            user=user,
            name=name,
            prefix=secret[:8],
            token_hash=_hash(secret),
            scopes=list(dict.fromkeys(scopes)),
            expires_at=until,
        )
        journal.open_batch(user, "token", N_("Made the API token “%(name)s”"), name=name)
    return row, secret


def _check(build, scope: str) -> None:
    if scope == "*":
        return
    name, _, verb = scope.rpartition(".")
    resource = build.resources.get(name)
    if resource is None:
        known = ", ".join(build.resources)
        raise Problem(N_("“%(scope)s” names no resource. There are: %(known)s."), scope=scope, known=known)
    verbs = ("*", *VERBS, *resource.actions)
    if verb not in verbs:
        raise Problem(
            N_("“%(scope)s” does not end in one of: %(verbs)s."), scope=scope, verbs=", ".join(f".{v}" for v in verbs)
        )


def revoke(user, id: int) -> bool:
    """End one of the user's own tokens; whether there was one."""
    with journal.transaction():
        mine = Token.get_or_none(Token.id == id, Token.user == user.id, Token.revoked_at.is_null())
        if mine is None:
            return False
        Token.update(revoked_at=utcnow()).where(Token.id == mine.id).execute()
        journal.open_batch(user, "token", N_("Revoked the API token “%(name)s”"), name=mine.name)
    return True


def of(user) -> list[Token]:
    """A user's tokens that were not revoked, newest first."""
    return list(Token.select().where(Token.user == user.id, Token.revoked_at.is_null()).order_by(Token.id.desc()))


def authenticate(header: str) -> Token:
    """The token of an Authorization header, with its user and role, by one query. Raises ApiError (401)."""
    scheme, _, secret = header.strip().partition(" ")
    secret = secret.strip()
    if scheme.casefold() != "bearer" or not secret:
        text = N_("Send the header “Authorization: Bearer <token>”. Tokens are made under My account.")
        raise ApiError(401, Problem(text), WWW_Authenticate=challenge())
    found = Token.select(Token, User, Role).join(User).join(Role).where(Token.token_hash == _hash(secret)).first()
    if found is None:
        raise _refusal(N_("This token is not known here."))
    if found.revoked_at is not None:
        raise _refusal(N_("This token was revoked. Make a new one under My account."))
    if found.expired:
        raise _refusal(N_("This token has expired. Make a new one under My account."))
    if not found.user.is_active:
        raise _refusal(N_("The account of this token is switched off. Ask an administrator."))
    _note_use(found)
    return found


def _refusal(message: str) -> ApiError:
    challenged = challenge("invalid_token", error_description=message)
    return ApiError(401, Problem(message), WWW_Authenticate=challenged)


def challenge(error: str = "", **more: str) -> str:
    """The header by which programs tell a token that is no good from one that may too little (RFC 6750), in English."""
    parts = {"realm": "Guanxi"} | ({"error": error} if error else {}) | more
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())


def _note_use(token: Token) -> None:
    """Once a minute is enough to know, and keeps reading free of writes."""
    now = utcnow()
    if token.last_used_at is None or now - token.last_used_at >= dt.timedelta(minutes=1):
        with db.atomic():
            Token.update(last_used_at=now).where(Token.id == token.id).execute()


class Limiter:
    """Counts requests by the minute, in this process."""

    def __init__(self):
        self._lock = threading.Lock()
        self._minute, self._counts = 0, {}

    def take(self, key, rate: int) -> None:
        """Count one request. Raises ApiError (429) when more than `rate` came in this minute."""
        now = time.monotonic()
        with self._lock:
            if int(now // 60) != self._minute:
                self._minute, self._counts = int(now // 60), {}
            self._counts[key] = self._counts.get(key, 0) + 1
            spent = self._counts[key] > rate
        if spent:
            wait = int(60 - now % 60) + 1
            problem = Problem(
                N_("More than %(rate)s requests in a minute. Wait %(n)s seconds and go on."), rate=rate, n=wait
            )
            raise ApiError(429, problem, Retry_After=str(wait))
