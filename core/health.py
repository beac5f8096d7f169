"""`guanxi check`: what could go wrong with an installation, one line each, with advice."""

import datetime as dt
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import peewee

from . import plugins
from .settings import MB, ConfigError, Settings
from .smtp import PORTS

OK, WARNING, ERROR = "ok", "warning", "error"
Line = tuple[str, str, str]

#: Less free space than this is a warning, less than a tenth of it an error.
LOW_DISK = 1024 * MB
#: Work that waits longer than this has no worker.
LATE = dt.timedelta(minutes=5)


def report(settings: Settings, echo: Callable[[str], None]) -> bool:
    """Print a line for each thing that was looked at; whether there was no error."""
    fine = True
    for state, what, text in lines(settings):
        echo(f"{state:<8} {what:<12} {text}")
        fine = fine and state != ERROR
    return fine


def lines(settings: Settings) -> Iterator[Line]:
    """`(ok | warning | error, what, sentence)`; nothing is changed by looking."""
    yield _data(settings)
    yield _disk(settings)
    yield _files(settings)
    yield from _plugins(settings)
    database = list(_database(settings))
    yield from database
    if all(state == OK for state, _, _ in database):
        yield _worker()
        yield _users()
        yield _outbox()
        yield from _encrypted(settings)
    yield _secret(settings)
    yield _base_url(settings)
    yield _mail_url("GUANXI_MAIL_URL", settings.mail_url, tuple(PORTS), "Mail goes to the outbox on disk.")
    yield _mail_url("GUANXI_INBOX_URL", settings.inbox_url, ("imap", "imaps"), "No mail is fetched.")


def _data(settings: Settings) -> Line:
    try:
        with tempfile.TemporaryFile(dir=settings.data) as file:
            file.write(b"guanxi")
            file.flush()
    except OSError as error:
        return ERROR, "data folder", f"{settings.data} cannot be written ({error.strerror}). Check owner and space."
    return OK, "data folder", str(settings.data)


def _disk(settings: Settings) -> Line:
    free = shutil.disk_usage(settings.data).free
    text = f"{free // MB:,} MB free."
    if free < LOW_DISK // 10:
        return ERROR, "disk", f"{text} Free some space now: soon nothing can be saved."
    if free < LOW_DISK:
        return WARNING, "disk", f"{text} Free some space: a backup needs as much as the database has."
    return OK, "disk", text


def _files(settings: Settings) -> Line:
    from .storage import storage

    try:
        place = storage(settings)
        key = place.put(io.BytesIO(b"guanxi")).key
        place.remove([key])
    except Exception as error:  # each kind of storage fails in its own way
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        return ERROR, "files", f"Attachments cannot be stored ({why}). Check GUANXI_FILES_URL and its credentials."
    return OK, "files", re.sub("//[^/@]*@", "//…@", place.url)


def _plugins(settings: Settings) -> Iterator[Line]:
    from .modules import _said, inspect

    if settings.safe_mode:
        yield WARNING, "plugins", "Safe mode: none is running. Unset GUANXI_SAFE_MODE when the faulty one is off."
    try:
        listed = plugins.enabled(settings.plugins_file)
    except ConfigError as error:
        yield ERROR, "plugins", str(error)
        return
    if not os.access(settings.plugins_file.parent, os.W_OK):
        where = settings.plugins_file.parent
        yield WARNING, "plugins", f"{where} cannot be written: modules cannot be switched in the browser."
    found = plugins.discover(settings)
    for name, info in inspect(settings, found).items():
        if "error" in info:
            advice = f" Or switch it off: guanxi plugins disable {name}" if name in listed else ""
            yield ERROR if name in listed else WARNING, "plugins", _said(info["error"]) + advice
    for name in listed:
        if name not in found:
            yield (
                ERROR,
                "plugins",
                f"{name} is listed in {settings.plugins_file} but not installed. "
                + (f"Install it with pip install guanxi-{name}, or: guanxi plugins disable {name}"),
            )
    yield OK, "plugins", f"on: {', '.join(n for n in listed if n in found) or 'none'}. {len(found)} installed."


def _database(settings: Settings) -> Iterator[Line]:
    from .assembly import build_of, ensure_connected, pending
    from .db import db, is_postgres

    try:
        ensure_connected(settings)
        if is_postgres():
            text = "PostgreSQL " + db.execute_sql("SHOW server_version").fetchone()[0]
        else:
            text = "SQLite " + db.execute_sql("SELECT sqlite_version()").fetchone()[0]
            broken = db.execute_sql("PRAGMA quick_check(1)").fetchone()[0]
            if broken != "ok":
                yield ERROR, "database", f"The file is damaged ({broken}). Restore a backup: guanxi restore FILE"
                return
        yield OK, "database", text
        if not db.get_tables():
            yield WARNING, "migrations", "The database is empty. The first start of guanxi serve makes its tables."
            return
        todo = pending(build_of(settings))
        if todo:
            yield ERROR, "migrations", f"{len(todo)} to do ({', '.join(todo[:3])}). Run: guanxi migrate"
        else:
            yield OK, "migrations", "The database is up to date."
    except (ConfigError, peewee.DatabaseError) as error:
        yield ERROR, "database", str(error).strip()


def _worker() -> Line:
    from .db import utcnow
    from .jobs import Job

    due = Job.run_at < utcnow() - LATE
    waiting = Job.select().where(Job.state == "waiting", due).count()
    stuck = Job.select().where(Job.state == "running", Job.leased_until < utcnow() - LATE).count()
    failed = Job.select().where(Job.state == "failed").count()
    last = Job.select(peewee.fn.MAX(Job.finished_at)).where(Job.finished_at.is_null(False)).scalar()
    text = f"The last job ended at {last:%Y-%m-%d %H:%M} UTC." if last else "No job has run yet."
    if waiting or stuck:
        return WARNING, "worker", f"{text} {waiting + stuck} are late. Start guanxi serve, or guanxi worker."
    if failed:
        return WARNING, "worker", f"{text} {failed} failed for good. The log of guanxi serve says why."
    return OK, "worker", text


def _outbox() -> Line:
    from .db import utcnow
    from .outbox import FAILED, QUEUED, Mail

    late = Mail.select().where(Mail.state == QUEUED, Mail.run_at < utcnow() - LATE).order_by(Mail.id)
    failed = Mail.select().where(Mail.state == FAILED).count()
    first = late.first()
    if first is not None:
        why = f" ({first.answer})" if first.answer else ""
        return WARNING, "outbox", f"{late.clone().count()} mails are late{why}. Look at Settings → Outbox."
    if failed:
        return WARNING, "outbox", f"{failed} mails failed. Settings → Outbox says why, and sends them again."
    return OK, "outbox", "Nothing is stuck."


def _users() -> Line:
    from .users import Role, User

    admins = User.select().join(Role).where(Role.admin, User.active, User.deleted_batch.is_null()).count()
    if not admins:
        return WARNING, "users", "There is no administrator yet. Open the page in a browser, or: guanxi user add"
    return OK, "users", f"{User.select().where(User.active, User.deleted_batch.is_null()).count()} may sign in."


def _encrypted(settings: Settings) -> Iterator[Line]:
    from .assembly import build_of
    from .options import Setting

    build = build_of(settings)
    for name in sorted({row.plugin for row in Setting.select().where(Setting.secret)}):
        lost = build.options(name).unreadable
        if lost:
            text = f"The secret key has changed: {name} cannot read {', '.join(lost)}. Enter them again in the browser."
            yield ERROR, "settings", text


def _secret(settings: Settings) -> Line:
    if os.environ.get("GUANXI_SECRET_KEY"):
        if len(settings.secret_key) < 32:
            return WARNING, "secret key", "GUANXI_SECRET_KEY is shorter than 32 characters. Take a longer random one."
        return OK, "secret key", "From the environment."
    path = settings.data / "secret_key"
    if path.stat().st_mode & 0o077:
        return WARNING, "secret key", f"{path} can be read by others. Run: chmod 600 {path}"
    return OK, "secret key", f"Made here and kept in {path}. Keep a copy elsewhere: it is in no backup."


def _base_url(settings: Settings) -> Line:
    if not settings.base_url:
        return WARNING, "base URL", "GUANXI_BASE_URL is not set: links in mails cannot be made, cookies allow http."
    parts = urlsplit(settings.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ERROR, "base URL", f"GUANXI_BASE_URL {settings.base_url!r} must be such as https://crm.example.com"
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return WARNING, "base URL", f"{settings.base_url} is not encrypted. Put a proxy with HTTPS in front."
    return OK, "base URL", settings.base_url


def _mail_url(name: str, url: str, schemes: tuple[str, ...], without: str) -> Line:
    if not url:
        return OK, "mail", f"{name} is not set. {without}"
    parts = urlsplit(url)
    try:
        good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number
        good = False
    if not good:
        example = f"{schemes[-1]}://user:password@mail.example.com"
        return ERROR, "mail", f"{name} must be such as {example}, with the port behind it if it is an unusual one"
    return OK, "mail", f"{name}: {parts.scheme}://{parts.hostname}"
