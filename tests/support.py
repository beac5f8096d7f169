"""A small firm on SQLite and on PostgreSQL: `firm` is an app with its cast and a database of its own for each test.

The tables are made once per process and engine; a test starts from a copy of them.
"""

import sys
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
from tests.real.databases import ENGINES

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
    """A database on one kind of server, which `fresh()` puts back, and apps by their plugins."""

    def __init__(self, kind: str, folder: Path, prepared):
        self.make = lambda: prepared(kind, Engine, self.prepare, folder / "firm.db")
        self.apps = {}
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
        """Make tables and cast."""
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
        """The database as it was when it had just been made."""
        self.settings = replace(self.settings, database_url=self.make())
        core_app.ensure_connected(self.settings)
        db.connect(reuse_if_open=True)


@pytest.fixture(scope="session")
def sqlite_engine(prepared, tmp_path_factory):
    return Engine("sqlite", tmp_path_factory.mktemp("sqlite"), prepared)


@pytest.fixture(scope="session")
def postgres_engine(prepared, tmp_path_factory):
    return Engine("postgres", tmp_path_factory.mktemp("postgres"), prepared)


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


@pytest.fixture(params=ENGINES)
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
