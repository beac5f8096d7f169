"""A small firm on SQLite and on PostgreSQL: `firm` is an app with its cast and a database of its own for each test.

The tables are made once per process and engine; a test starts from a copy of them.
"""

import shutil
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from core import app as core_app
from core import staff, users
from core.db import db
from core.sessions import open_session
from core.settings import Settings
from core.users import SYSTEM, User

MODULES = Path(__file__).with_name("modules")
PASSWORD = "correct horse"
#: name → (e-mail, role, team)
CAST = {
    "ann": ("Ann Admin", "ann@firm.example", "admin", None),
    "mei": ("梅 Manager", "mei@firm.example", "manager", "North"),
    "bo": ("Bo Member", "bo@firm.example", "member", "North"),
    "kim": ("Kim Teammate", "kim@firm.example", "team member", "North"),
    "li": ("Li Other", "li@firm.example", "member", "South"),
    "ro": ("Ro Reader", "ro@firm.example", "read-only", None),
}


class Engine:
    """One database server, a template with tables and cast, and apps by their plugins."""

    def __init__(self, folder: Path, make):
        self.folder, self.make, self.apps = folder, make, {}
        self.settings = Settings(
            data=folder,
            database_url="",
            plugins_file=folder / "plugins.toml",
            secret_key="tests",
            plugin_folders=(MODULES,),
            testing=True,
        )
        self.settings.plugins_file.write_text("enabled = []\n")

    def prepare(self, url: str) -> None:
        """Fill the template."""
        core_app.ensure_connected(replace(self.settings, database_url=url))
        build = core_app.build_of(self.settings, ["things", "mail"])
        core_app.migrate(build)
        app = core_app.create_app(replace(self.settings, database_url=url), [])
        with app.app_context():
            build, teams, password = app.extensions["guanxi"], {}, ""
            staff.seed_roles()
            users.Role.create(name="team member", scope="team", grants={"*": list(users.VERBS)})
            top = users.Team.create(name="Firm")
            for name in ("North", "South"):
                teams[name] = users.Team.create(name=name, parent=top).id
            for full_name, email, role, team in CAST.values():
                user = staff.add_user(build, SYSTEM, full_name, email, role, team=teams.get(team), timezone="UTC")
                if not password:
                    user.set_password(PASSWORD)
                    password = user.password_hash
            User.update(password_hash=password).execute()
        db.close()

    def new_app(self, names=()):
        """An app of these plugins, built now."""
        app = core_app.create_app(self.settings, list(names))
        app.config["WTF_CSRF_ENABLED"] = False
        app.test_client_class = Browser
        return app

    def app(self, names=()):
        """The app of these plugins; built once, since only its database changes from test to test."""
        if names not in self.apps:
            self.apps[names] = self.new_app(names)
        build = self.apps[names].extensions["guanxi"]
        build.forget_firm()
        build.drawn.clear()
        for values in (build.timeline.permissions, build.resources["files"].held):
            values._looked_at = None
        build.live.forget()
        build.live.catch_up()
        return self.apps[names]

    def fresh(self) -> None:
        """A database as the template was."""
        if db.obj is not None and not db.is_closed():
            db.close()
        self.make()
        core_app.ensure_connected(self.settings)
        db.connect(reuse_if_open=True)


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sqlite")
    template, file = folder / "template.db", folder / "firm.db"

    def make():
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        shutil.copyfile(template, file)

    engine = Engine(folder, make)
    engine.prepare(f"sqlite:///{template}")
    engine.settings = replace(engine.settings, database_url=f"sqlite:///{file}")
    return engine


@pytest.fixture(scope="session")
def postgres_engine(postgres, tmp_path_factory):
    import psycopg

    name = f"firm_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    url = postgres.get_uri(database=name)
    back = []

    def make():
        # Rows are put back instead of a database made anew, which takes a third of a second.
        server.execute(";".join(back))

    engine = Engine(tmp_path_factory.mktemp("postgres"), make)
    engine.prepare(url)
    engine.settings = replace(engine.settings, database_url=url)
    with psycopg.connect(url, autocommit=True) as server:
        rows = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        server.execute("CREATE SCHEMA seed")
        back.append("SET session_replication_role = replica")
        for (table,) in rows:
            server.execute(f"CREATE TABLE seed.{table} AS SELECT * FROM public.{table}")
            back.append(f"DELETE FROM public.{table}")
            if server.execute(f"SELECT count(*) FROM seed.{table}").fetchone()[0]:
                back.append(f"INSERT INTO public.{table} SELECT * FROM seed.{table}")
            sequence = server.execute(
                "SELECT pg_get_serial_sequence(%s, a.attname) FROM pg_attribute a "
                "WHERE attrelid = %s::regclass AND attname = 'id'",
                (table, table),
            ).fetchone()
            if sequence and sequence[0]:
                back.append(
                    f"SELECT setval('{sequence[0]}', (SELECT coalesce(max(id), 0) + 1 FROM seed.{table}), false)"
                )
        yield engine


class Browser(FlaskClient):
    """A client whose requests have an app context of their own, whatever the test has pushed."""

    def open(self, *args, **kwargs):
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Firm:
    """What a test holds: the app, its build, the cast by first name, and a browser for each of them."""

    def __init__(self, engine: Engine, *names: str):
        self.engine = engine
        self.switch(*names)

    def switch(self, *names: str):
        """Serve with these plugins from now on, on the same database."""
        self.names = names
        self.app = self.engine.app(names)
        self.build = self.app.extensions["guanxi"]
        return self

    def rebuild(self):
        """Serve with an app that is built now, as the switch does when the custom fields have changed."""
        self.app = self.engine.new_app(self.names)
        self.build = self.app.extensions["guanxi"]
        return self

    def __getattr__(self, name):
        if name in CAST:
            return User.select().where(User.email == CAST[name][1]).get()
        try:
            return self.build.resources[name]
        except KeyError:
            raise AttributeError(name) from None

    def client(self, name: str):
        """A browser that is signed in as one of the cast."""
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = open_session(getattr(self, name), 24 * 3600)
        return client

    def contact(self, owner="bo", **values):
        """A contact of a member of the cast."""
        contacts = self.build.resources["contacts"]
        user = getattr(self, owner) if owner else None
        record = contacts.new(user or SYSTEM)
        contacts.save(SYSTEM, record, {"name": "Zhang Wei", "owner": user.id if user else None, **values})
        return record


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request):
    found = request.getfixturevalue(f"{request.param}_engine")
    found.fresh()
    return found


@pytest.fixture
def firm(engine):
    """A firm with core only."""
    firm = Firm(engine)
    with firm.app.test_request_context():
        yield firm
    db.close()


@pytest.fixture
def thingy(engine):
    """A firm with the test module `things` switched on; `thingy.rules` are what its hooks do."""
    firm = Firm(engine, "things")
    module = sys.modules["guanxi_things"]
    module.forget()
    firm.rules, firm.Thing = module.rules, module.Thing
    with firm.app.test_request_context():
        yield firm
    module.forget()
    db.close()


HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
