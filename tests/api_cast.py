"""The cast of the API's tests: a firm with two members, an admin and a reader, and a small vertical of one file."""

import pytest

from core.api import tokens
from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db
from core.settings import Settings
from core.staff import add_user
from core.users import SYSTEM, Team, User
from tests.real.databases import ENGINES

SURGERY = """
from core import Contact, Plugin, Record, Resource, action, fields, hookimpl

plugin = Plugin(name="surgery", title="Surgery", summary="Visits.")

class Visit(Record):
    title = fields.Text(required=True, index=True)
    patient = fields.Link(Contact, backref="visits")
    at = fields.DateTime(index=True)
    day = fields.Date(index=True)
    price = fields.Money(index=True)
    weight = fields.Number()
    minutes = fields.Integer(index=True)
    paid = fields.Bool(index=True)
    status = fields.Choice([("open", "Open"), ("done", "Done")], default="open")
    mail = fields.Email()
    site = fields.URL()
    notes = fields.LongText()
    extra = fields.JSON(default=dict)
    secret_note = fields.Text()

class Visits(Resource):
    model, nav = Visit, "Work"
    columns = ("title", "patient", "at", "status")
    fields = ("title", "patient", "at", "day", "price", "weight", "minutes", "paid", "status", "mail", "site", "notes",
              "extra")
    filters = ("status", "patient", "at", "paid", "minutes", "title")
    follows = "patient"

    @action("Finish")
    def finish(self, user, record):
        self.save(user, record, {"status": "done"})
        return "Finished."

class Stamp(Record):
    text = fields.Text()

class Stamps(Resource):
    model, writable = Stamp, False
    columns = ("text",)

@hookimpl
def resources():
    return [Visits, Stamps]
"""
PEOPLE = {"ana": "admin", "mei": "member", "bo": "member", "rui": "read-only"}
#: Of those who sign in in a browser too; each costs the time of a good hash.
PASSWORDS = {"mei": "password1"}


def settings_in(folder, url: str = "") -> Settings:
    """Settings whose plugins are those of a folder, with the surgery in it."""
    (folder / "extra").mkdir(exist_ok=True)
    (folder / "extra" / "surgery.py").write_text(SURGERY, "utf-8")
    (folder / "plugins.toml").touch()
    return Settings(
        data=folder,
        database_url=url or f"sqlite:///{folder / 'guanxi.db'}",
        plugins_file=folder / "plugins.toml",
        secret_key="a secret of this test",
        plugin_folders=(folder / "extra",),
        testing=True,
    )


class Firm:
    """A built app with its people: `firm.call("mei", "GET", "/contacts")`."""

    def __init__(self, folder, url: str = "", plugins=("surgery",)):
        self.settings = settings_in(folder, url)
        ensure_connected(self.settings)
        migrate(build_of(self.settings, sorted({"surgery", *plugins})))
        self.app = create_app(self.settings, list(plugins))
        self.build = self.app.extensions["guanxi"]
        self.client = self.app.test_client()
        self.people, self.secrets = {}, {}
        with self.app.app_context():
            if not User.select().exists():
                self._hire()
            for user in User.select():
                name = user.name.lower()
                self.people[name] = user
                self.secrets[name] = self.token(name)

    def _hire(self) -> None:
        team = Team.create(name="Sales").id
        for name, role in PEOPLE.items():
            mail, password = f"{name}@firm.test", PASSWORDS.get(name, "")
            add_user(self.build, SYSTEM, name.title(), mail, role, password, team=team)

    def token(self, who: str, *scopes: str, expires=None) -> str:
        with self.app.app_context():
            return tokens.add(self.build, self.people[who], "test", list(scopes) or ["*"], expires)[1]

    def call(self, who: str, method: str, path: str, json=None, *, token: str = "", headers=(), **more):
        """One request to /api/v1 with the token of a person, or any other."""
        sent = {"Authorization": f"Bearer {token or self.secrets[who]}", **dict(headers)}
        path = path if path.startswith("/api/") else f"/api/v1{path}"
        return self.client.open(path, method=method, json=json, headers=sent, **more)

    def add(self, who: str = "ana", path: str = "/contacts", **values) -> dict:
        """Create a record by the API, and give it back."""
        answer = self.call(who, "POST", path, values)
        assert answer.status_code == 201, answer.text
        return answer.json


@pytest.fixture(params=ENGINES)
def api_firm(request, prepared, tmp_path, tmp_path_factory):
    """The firm on either engine."""

    def fill(url):
        Firm(tmp_path_factory.mktemp("first"), url)
        db.close()

    return Firm(tmp_path, prepared(request.param, Firm, fill, tmp_path / "guanxi.db"))
