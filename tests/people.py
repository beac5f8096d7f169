"""A firm of five on SQLite and PostgreSQL, for tests of merging and duplicates: `house("duplicates")` gives its app."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from core import app as core_app
from core import staff
from core.db import db
from core.sessions import open_session
from core.settings import Settings
from core.users import SYSTEM, Role, User
from tests.real.databases import ENGINES

#: name → role; members see their own contacts only.
CAST = {"ann": "admin", "mei": "manager", "bo": "member", "li": "member", "ro": "read-only"}


class Browser(FlaskClient):
    """A client whose requests have an app context of their own, whatever the test has pushed."""

    def open(self, *args, **kwargs):
        with self.application.app_context():
            return super().open(*args, **kwargs)


class Firm:
    """The app of some plugins, its cast by name, and a browser for each of them."""

    def __init__(self, url: str, folder: Path, *plugins: str, vendors: Path | None = None):
        self.settings = Settings(
            data=folder,
            database_url=url,
            plugins_file=folder / "plugins.toml",
            secret_key="tests",
            plugin_folders=(vendors,) if vendors else (),
            testing=True,
        )
        self.settings.plugins_file.write_text("enabled = []\n")
        core_app.ensure_connected(self.settings)
        self.switch(*plugins)
        if User.select().exists():
            return
        staff.seed_roles()
        with self.app.app_context():
            for name, role in CAST.items():
                staff.add_user(self.build, SYSTEM, name.capitalize(), f"{name}@firm.example", role, timezone="UTC")

    def switch(self, *plugins: str):
        """Serve with these plugins from now on."""
        core_app.migrate(core_app.build_of(self.settings, list(plugins)))
        self.app = core_app.create_app(self.settings, list(plugins))
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.app.test_client_class = Browser
        self.build = self.app.extensions["guanxi"]
        return self

    @property
    def contacts(self):
        return self.build.resources["contacts"]

    def user(self, name: str) -> User:
        return User.select(User, Role).join(Role).where(User.email == f"{name}@firm.example").get()

    def client(self, name: str):
        client = self.app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = open_session(self.user(name), 24 * 3600)
        return client

    def contact(self, name="Zhang Wei", owner="bo", **values):
        """A contact of a member of the cast; texts are parsed as a form would."""
        contacts = self.contacts
        record = contacts.new(SYSTEM)
        context = self.build.context(self.user("ann"))
        values = {k: contacts.kinds[k].parse(v, context) if isinstance(v, str) else v for k, v in values.items()}
        contacts.save(SYSTEM, record, {"name": name, "owner": self.user(owner).id if owner else None, **values})
        return record

    def again(self, record):
        """A record as the database has it now."""
        return type(record).get_by_id(record.id)


@pytest.fixture(params=ENGINES)
def house(request, prepared, tmp_path, tmp_path_factory):
    """Make the firm with some plugins on, once in a test: house("duplicates"), house("wine", vendors=folder)."""
    contexts, before = [], db.obj

    def make(*plugins, vendors=None):
        ours = () if vendors else plugins  # a vendor's are another test's

        def fill(url):
            Firm(url, tmp_path_factory.mktemp("first"), *ours)
            db.close()

        url = prepared(request.param, (Firm, ours), fill, tmp_path / "guanxi.db")
        made = Firm(url, tmp_path, *plugins, vendors=vendors)
        contexts.append(made.app.app_context())
        contexts[-1].push()
        return made

    yield make
    for context in reversed(contexts):
        context.pop()
    if not db.is_closed():
        db.close()
    db.initialize(before)
