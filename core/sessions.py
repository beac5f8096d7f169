"""Sessions: signing in, the session of a request, and the links by which somebody chooses a password."""

import datetime as dt
import hashlib
import secrets
from functools import cache

import peewee
from flask import current_app, g, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from .db import Base, Instant, columns_sql, db, hold, record_of, utcnow
from .i18n import N_, Problem
from .jobs import job
from .users import Role, User, hash_password


class Session(Base):
    """A sign-in on one device. Deleting the row ends it at the next request."""

    token_hash = peewee.CharField(max_length=64, unique=True)
    user = peewee.ForeignKeyField(User, backref="+")
    created_at = Instant(default=utcnow)
    seen_at = Instant(default=utcnow)
    expires_at = Instant()
    ip = peewee.CharField(max_length=45, default="")
    agent = peewee.CharField(max_length=200, default="")


class SignIn(Base):
    """An attempt to sign in, for the rate limit and the journal."""

    at = Instant(default=utcnow)
    email = peewee.CharField(max_length=254)
    ip = peewee.CharField(max_length=45, default="")
    ok = peewee.BooleanField()

    class Meta:
        indexes = ((("email", "at"), False), (("ip", "at"), False))


WINDOW = dt.timedelta(minutes=15)
TRIES_PER_EMAIL, TRIES_PER_IP = 6, 30


class TooManyTries(Problem):
    """Signing in is refused for a while."""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def sign_in(email: str, password: str) -> User:
    """Check a password and start a session in this request. Raises Problem (one for both faults) or TooManyTries."""
    email, ip, since = email.strip().casefold(), request.remote_addr or "", utcnow() - WINDOW
    recent = SignIn.select().where(SignIn.at > since, SignIn.ok == False)  # noqa: E712
    with db.atomic():
        hold(f"sign-in {email}")
        if (
            recent.where(SignIn.email == email[:254]).count() >= TRIES_PER_EMAIL
            or recent.where(SignIn.ip == ip).count() >= TRIES_PER_IP
        ):
            raise TooManyTries(N_("Too many tries. Wait %(n)s minutes and try again."), n=15)
        # Written down before the password is looked at, which takes long: many tries at once are counted, too.
        attempt = SignIn.create(email=email[:254], ip=ip, ok=False)
    user = User.select().where(peewee.fn.lower(User.email) == email, User.deleted_batch.is_null()).first()
    # The hash is computed for strangers too, so that the answer's time does not tell who exists.
    good = user.check_password(password) if user else (hash_password(password) and False)
    if not good:
        raise Problem(N_("E-mail and password do not fit together."))
    if not user.is_active:
        raise Problem(N_("This account is switched off. Ask an administrator."))
    with db.atomic():
        SignIn.update(ok=True).where(SignIn.id == attempt.id).execute()
        start_session(user)
    return user


def open_session(user: User, seconds: int, ip: str = "", agent: str = "") -> str:
    """Write down a session of so many seconds; its token, of which only a hash is kept."""
    token = secrets.token_urlsafe(32)
    ends = utcnow() + dt.timedelta(seconds=seconds)
    with db.atomic():
        Session.create(token_hash=_hash(token), user=user, expires_at=ends, ip=ip, agent=agent[:200])
    return token


def start_session(user: User) -> None:
    """Begin a session with a new token (a token from before the sign-in is worth nothing)."""
    from flask_login import login_user

    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    seconds = current_app.extensions["guanxi"].settings.session_seconds
    with db.atomic():
        token = open_session(user, seconds, request.remote_addr or "", request.user_agent.string or "")
        User.update(last_seen_at=utcnow()).where(User.id == user.id).execute()
    user.__dict__["token"] = token
    session.permanent = True
    login_user(user)
    g.user = user


def load_session(token: str) -> User | None:
    """The user of a session's token, read with the role in one query; None when it ended or the user is off."""
    now = utcnow()
    found = db.execute_sql(_session_sql(db.param), (_hash(token), Session.expires_at.db_value(now))).fetchone()
    if found is None:
        return None
    row, user, role = (record_of(model, found[start:end]) for model, start, end in _session_parts())
    user.__rel__["role"] = role
    user.__dict__["token"] = token
    user.__dict__["session_row"] = row
    if now - row.seen_at > dt.timedelta(minutes=10):
        with db.atomic():
            Session.update(seen_at=utcnow()).where(Session.id == row.id).execute()
            User.update(last_seen_at=utcnow()).where(User.id == user.id).execute()
    return user


@cache
def _session_sql(mark: str) -> str:
    """The query of every request; written once, since building it takes longer than running it."""
    columns = ", ".join((columns_sql(Session, "s"), columns_sql(User, "u"), columns_sql(Role, "r")))
    return (
        f"SELECT {columns} FROM core_session s"
        " JOIN core_user u ON u.id = s.user_id JOIN core_role r ON r.id = u.role_id"
        f" WHERE s.token_hash = {mark} AND s.expires_at > {mark} AND u.active AND u.deleted_batch IS NULL"
    )


@cache
def _session_parts() -> list[tuple[type[Base], int, int]]:
    """`(table, first column, column after the last)` of the rows of that query."""
    found, start = [], 0
    for model in (Session, User, Role):
        found.append((model, start, start + len(model._meta.sorted_fields)))
        start = found[-1][2]
    return found


def end_sessions(user: User, but: str = "") -> None:
    """End all sessions of a user, except that of the token `but`."""
    query = Session.delete().where(Session.user == user.id)
    if but:
        query = query.where(Session.token_hash != _hash(but))
    query.execute()


# Links that let somebody choose a password


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="guanxi-password")


def password_link_token(user: User) -> str:
    """A token for `/welcome/<token>`: good for three days and until the password changes."""
    return _signer().dumps([user.id, user.password_hash[-12:]])


def user_of_token(token: str) -> User | None:
    """The user whom a password link was made for, or None when it is spent or too old."""
    try:
        id, tail = _signer().loads(token, max_age=3 * 24 * 3600)
    except (BadData, ValueError, TypeError):
        return None
    user = User.get_or_none(User.id == id)
    return user if user is not None and user.is_active and user.password_hash[-12:] == tail else None


@job("core.sessions.tidy", every=3600)
def tidy(build, row):
    """Sessions that ended go, and tries to sign in after 90 days."""
    now = utcnow()
    with db.atomic():
        Session.delete().where(Session.expires_at < now).execute()
        SignIn.delete().where(SignIn.at < now - dt.timedelta(days=90)).execute()
