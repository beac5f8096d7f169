"""A small firm with Tasks on, on SQLite and on PostgreSQL, and people who click through it."""

import datetime as dt
import re
from functools import cache

import pytest

from core import plugins
from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db
from core.settings import Settings
from core.staff import add_user
from core.users import SYSTEM, Team, User
from tests.real.databases import ENGINES

PASSWORD = "correct horse"


@cache
def password_hash():
    """Hashing takes its time on purpose: once is enough."""
    user = User()
    user.set_password(PASSWORD)
    return user.password_hash


class Firm:
    """The app, its build, and the cast: `lin` (admin), `fang` and `gao` (a team of members), `rui` (read-only)."""

    def __init__(self, settings):
        self.settings = settings
        self.build_app(["tasks"])
        with self.app.app_context():
            if not User.select().exists():
                self._hire()
            for user in User.select():
                setattr(self, user.name.lower(), user)

    def _hire(self):
        team = self.build.resources["teams"].save(SYSTEM, Team(), {"name": "Sales"})
        for name, role in (("lin", "admin"), ("fang", "member"), ("gao", "member"), ("rui", "read-only")):
            values = {"team": team.id, "timezone": "Asia/Shanghai"}
            add_user(self.build, SYSTEM, name.title(), f"{name}@example.com", role, **values)
        User.update(password_hash=password_hash()).execute()

    def build_app(self, names):
        """Serve this set of plugins from now on, as the switch would."""
        plugins.write_enabled(self.settings.plugins_file, names)
        ensure_connected(self.settings)
        migrate(build_of(self.settings))
        self.app = create_app(self.settings)
        self.build = self.app.extensions["guanxi"]

    def save(self, resource, user, record=None, **values):
        """Save a record the way a form does, and give it back."""
        with self.app.app_context():
            resource = self.build.resources[resource]
            record = resource.save(user, record if record is not None else resource.new(user), values)
            return resource.model.get_by_id(record.id)

    def task(self, user, title="Call back", **values):
        return self.save("tasks_task", user, title=title, **values)

    def contact(self, owner, name="张伟", **values):
        return self.save("contacts", owner, name=name, owner=owner.id, **values)

    def sign_in(self, user):
        return Person(self.app, user)


class Person:
    """Somebody at a browser without JavaScript: `get` and `post` give the answer; forms carry their token."""

    def __init__(self, app, user):
        self.client = app.test_client()
        self.token = ""
        self.get("/login")
        assert self.post("/login", email=user.email, password=PASSWORD).status_code == 302
        self.get("/account")

    def get(self, path, **headers):
        answer = self.client.get(path, headers=headers)
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
        self.token = found.group(1) if found else self.token
        return answer

    def post(self, path, headers=None, **form):
        return self.client.post(path, data={"csrf_token": self.token, **form}, headers=headers)


@pytest.fixture(params=ENGINES)
def firm(request, prepared, tmp_path, tmp_path_factory):
    def fill(url):
        Firm(settings_in(tmp_path_factory.mktemp("first"), url))
        db.close()

    (tmp_path / "data").mkdir()
    yield Firm(settings_in(tmp_path, prepared(request.param, Firm, fill, tmp_path / "data" / "guanxi.db")))
    db.close()


def settings_in(folder, url):
    environ = {"GUANXI_DATA": str(folder / "data"), "GUANXI_PLUGINS": str(folder / "plugins.toml")}
    (folder / "plugins.toml").write_text('enabled = ["tasks"]\n')
    return Settings.from_env(environ | {"GUANXI_DATABASE_URL": url}, testing=True)


def days(n, hour=10):
    """An instant `n` days from now, at this hour in Shanghai."""
    zone = dt.timezone(dt.timedelta(hours=8))
    day = dt.datetime.now(zone).date() + dt.timedelta(days=n)
    return dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)
