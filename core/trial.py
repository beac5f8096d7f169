"""`Trial`: a built app over a fresh database with a small cast of people, for tests and for the conformance checks.

Everything in it is real: database, migrations, sign-in sessions, CSRF tokens, the journal and the job queue.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import uuid
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

from flask import g
from flask.testing import FlaskClient

from . import app as apps
from . import db, jobs, modules, plugins, sessions, staff
from .errors import Invalid
from .settings import ConfigError, Settings
from .users import SYSTEM, User

#: The cast: name → role, team. A member sees own records only; Bo and Li are in different teams.
CAST = {
    "Ann": ("admin", None),
    "Mei": ("manager", "North"),
    "Bo": ("member", "North"),
    "Li": ("member", "South"),
    "Ro": ("read-only", "South"),
}


@contextmanager
def queries():
    """Inside: a list that fills with the SQL statements that are sent."""
    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.msg[0] if isinstance(record.msg, tuple) else str(record.msg))
    logger = logging.getLogger("peewee")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield seen
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


class Client(FlaskClient):
    """A browser without a screen: it follows the trial's newest app and carries its CSRF token by itself."""

    def __init__(self, trial: Trial, user: User | None, language: str):
        self.trial, self.user = trial, user
        super().__init__(trial.app)
        self.environ_base |= {"HTTP_ACCEPT_LANGUAGE": language}
        if user is not None:
            self._sign_in(user)

    @property
    def application(self):
        return self.trial.app

    @application.setter
    def application(self, app):
        """Set by werkzeug; the trial knows which app is the newest."""

    def _sign_in(self, user):
        token = sessions.open_session(user, 24 * 3600, agent="trial")
        csrf = hashlib.sha1(os.urandom(64)).hexdigest()
        with self.session_transaction() as session:
            session["_user_id"], session["_fresh"], session["csrf_token"] = token, True, csrf
        from itsdangerous import URLSafeTimedSerializer

        signer = URLSafeTimedSerializer(self.trial.app.secret_key, salt="wtf-csrf-token")
        self.environ_base |= {"HTTP_X_CSRFTOKEN": signer.dumps(csrf)}

    def ask(self, path: str, **values):
        """GET as htmx does it: the answer is a fragment."""
        return self.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"}, **values)


class Trial:
    """A built app over a fresh data folder. Close it (or use `with`) to give the database handle back.

    `plugins` are switched on; `url` is an empty database (default: SQLite in `folder`); `folders` are searched for
    plugins beside the bundled and the installed ones. Raises PluginError or ConfigError as `create_app` does.
    """

    def __init__(self, folder: Path | str, *plugins_on: str, url: str = "", folders=(), language: str = "en"):
        self.folder, self.language = Path(folder), language
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "plugins.toml"
        plugins.write_enabled(file, list(plugins_on))
        sqlite = self.folder / "guanxi.db"
        self._before = db.db.obj
        if not url and not sqlite.exists():
            shutil.copy(_first_database(), sqlite)
        self.settings = Settings(
            data=self.folder,
            database_url=url or f"sqlite:///{sqlite}",
            plugins_file=file,
            secret_key="trial" * 8,
            plugin_folders=tuple(Path(f) for f in folders),
            testing=True,
        )
        try:
            apps.ensure_connected(self.settings)
            try:
                self.app = apps.create_app(self.settings, list(plugins_on))
            except apps.PendingMigrations:
                apps.migrate(apps.build_of(self.settings, list(plugins_on)))
                self.app = apps.create_app(self.settings, list(plugins_on))
            self._cast()
            with self.app.app_context():
                for name in self.build.names:
                    modules._plugin_enabled(self.build, name)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self) -> None:
        """Close the database and put back the handle that was in use before."""
        if db.db.obj is not None and db.db.obj is not self._before:
            db.db.close()
        if self._before is not None:
            db.db.initialize(self._before)

    @property
    def build(self):
        return self.app.extensions["guanxi"]

    def resource(self, name: str):
        return self.build.resources[name]

    # People

    def _cast(self) -> None:
        teams, found = {}, {}
        with self.app.app_context():
            existing = {user.name: user for user in User.select()}
            for name, (role, team) in CAST.items():
                if name in existing:
                    found[name.lower()] = existing[name]
                    continue
                if team and team not in teams:
                    resource = self.resource("teams")
                    teams[team] = resource.save(SYSTEM, resource.new(SYSTEM), {"name": team}).id
                values = {"team": teams[team]} if team else {}
                email = f"{name.lower()}@example.com"
                found[name.lower()] = staff.add_user(
                    self.build, SYSTEM, name, email, role, timezone="Asia/Shanghai", **values
                )
        self.cast = SimpleNamespace(**found)

    def person(self, who: str | User) -> User:
        """A person of the cast by name, read afresh."""
        name = who.name if isinstance(who, User) else who
        return User.select().where(User.name == name.capitalize()).get()

    def add_person(self, name: str, role: str = "member", grants: dict | None = None, **values) -> User:
        """Another user; with `grants` in a role of its own that may do just that."""
        with self.app.app_context():
            if grants is not None:
                resource = self.resource("roles")
                record = resource.new(SYSTEM)
                record.grants = grants
                resource.save(SYSTEM, record, {"name": role, "scope": values.pop("scope", "all")})
            return staff.add_user(self.build, SYSTEM, name, f"{name.lower()}@example.com", role, **values)

    def client(self, who: str | User | None = "ann", language: str = "") -> Client:
        """A signed-in test client; `None` for a stranger. Its POSTs carry the CSRF token."""
        return Client(self, None if who is None else self.person(who), language or self.language)

    @contextmanager
    def acting(self, who: str | User = "ann"):
        """Inside: an app context in which this person acts, and the built app as its value."""
        user = SYSTEM if who is SYSTEM else self.person(who)
        with self.app.test_request_context(environ_base={"HTTP_ACCEPT_LANGUAGE": self.language}):
            g.user = None if user is SYSTEM else user
            yield self.build

    # Records

    def make(self, resource: str, by: str | User = "ann", /, **values):
        """Save a record; texts are parsed as a form would. Raises Invalid."""
        found = self.resource(resource)
        with self.acting(by):
            user = g.user or SYSTEM
            record = found.new(user)
            context = self.build.context(user)
            parsed = {
                name: found.kinds[name].parse(value, context) if isinstance(value, str) else value
                for name, value in values.items()
            }
            for name, value in parsed.items():
                if getattr(value, "_meta", None) is not None:
                    parsed[name] = value.id
            return found.save(user, record, parsed)

    def contact(self, name: str = "Zhang Wei", by: str | User = "ann", **values):
        """A contact, by default a person; `emails="a@b.example"`, `owner="Bo"` and the like are parsed."""
        return self.make("contacts", by, name=name, **values)

    def again(self, record):
        """A record as the database has it now."""
        return type(record).get_by_id(record.id)

    # Plugins

    def on(self, *names: str) -> None:
        """Switch plugins on as the Modules page does, child process included."""
        for name in names:
            with self.acting("ann"):
                modules.enable(self.build, name)
        self.rebuild()

    def off(self, *names: str) -> None:
        """Switch plugins off as the Modules page does."""
        for name in names:
            with self.acting("ann"):
                modules.disable(self.build, name)
        self.rebuild()

    def rebuild(self) -> None:
        """Build the app for what plugins.toml says now, as the switch does on the next request.

        Raises what is wrong with a plugin; the switch would leave that one out.
        """
        self.app = apps.create_app(self.settings)
        for error in self.build.broken.values():
            raise error

    def run_jobs(self, limit: int = 100) -> int:
        """Run the jobs that are due, here and now; how many."""
        return jobs.run_due(self.app, limit)

    queries = staticmethod(queries)


@lru_cache(maxsize=1)
def _first_database() -> Path:
    """A SQLite file with core's tables, made once per process: every fresh trial starts from a copy."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="guanxi-trial-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "first.db"
    settings = Settings(folder, f"sqlite:///{path}", folder / "plugins.toml", "trial", testing=True)
    before = db.db.obj
    db.connect(settings.database_url)
    try:
        apps.migrate(apps.build_of(settings, []))
        db.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.db.close()
        if before is not None:
            db.db.initialize(before)
    return path


@contextmanager
def fresh_database(server: str):
    """The URL of an empty database on a PostgreSQL server, dropped afterwards. `server` is a URL with any database."""
    import psycopg

    name = f"guanxi_{uuid.uuid4().hex}"
    if not server.startswith("postgres"):
        raise ConfigError("GUANXI_TEST_DATABASE_URL must be the URL of a PostgreSQL server, postgresql://…")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield _with_database(server, name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _with_database(url: str, name: str) -> str:
    from urllib.parse import urlsplit, urlunsplit

    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


__all__ = ["CAST", "Client", "Invalid", "Trial", "fresh_database"]
