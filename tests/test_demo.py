"""`guanxi demo`: a lifelike firm, only in an empty database."""

import datetime as dt
import os
import stat
import subprocess
import sys

import pytest

from core import Contact, Entry, User, plugins, search
from core.app import build_of, create_app, ensure_connected, migrate
from core.contacts import Relationship
from core.db import db, utcnow
from core.demo import DemoError, fill
from core.journal import Batch
from core.points import ContactPoint
from core.settings import Settings
from plugins.tasks.models import Task


@pytest.fixture(params=["sqlite", "postgres"])
def app(request, tmp_path):
    environ = {"GUANXI_DATA": str(tmp_path / "data"), "GUANXI_PLUGINS": str(tmp_path / "plugins.toml")}
    if request.param == "postgres":
        environ["GUANXI_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    yield _app(Settings.from_env(environ, testing=True))
    db.close()


def _app(settings):
    plugins.write_enabled(settings.plugins_file, ["tasks"])
    ensure_connected(settings)
    migrate(build_of(settings))
    return create_app(settings)


def run(app, *args, **kwargs):
    with app.app_context():
        return fill(app.extensions["guanxi"], *args, **kwargs)


def test_it_makes_a_firm_that_five_people_sign_in_to(app):
    signs = run(app)
    assert [s.role for s in signs] == ["admin", "manager", "member", "member", "read-only"]
    path = app.extensions["guanxi"].settings.data / "demo-sign-ins.txt"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert path.read_text("utf-8").splitlines() == [f"{s.role}\t{s.email}\t{s.password}" for s in signs]
    client = app.test_client()
    assert signs[0].password in client.get("/login").text
    assert all(user.check_password(signs[0].password) for user in User.select())
    assert app.extensions["guanxi"].firm["firm"] == "栖木家居 Qimu Interiors"


def test_it_looks_lived_in(app):
    run(app)
    assert Contact.select().count() == 240
    assert {c.language for c in Contact.select(Contact.language)} == {"zh", "en"}
    now = utcnow()
    assert Entry.select().where(Entry.at > now, Entry.resource == "").count() == 0
    assert Entry.select().where(Entry.at < now - dt.timedelta(days=120)).count() > 20
    assert Entry.select().where(Entry.pinned).count() > 3
    for user in User.select().order_by(User.id).limit(4):
        mine = Entry.select().where(Entry.next_user == user.id, Entry.next_done_at.is_null())
        assert mine.where(Entry.next_at < now).exists() and mine.where(Entry.next_at > now).exists()
    assert Task.select().where(Task.status == "open", Task.due_at < now).exists()
    for kind in ("email", "phone", "address", "account", "tag", "role"):
        assert ContactPoint.select().where(ContactPoint.kind == kind).count() > 20, kind


def test_zhang_wei_is_found_and_his_wife_is_family(app):
    run(app)
    hits = [hit.title for hit in search.find("zw", {"contacts": None})]
    assert "张伟" in hits
    (family,) = Relationship.select().where(Relationship.note == "夫妻")
    assert (family.source.name, family.target.name) == ("陈默", "张伟")
    assert family.target.organisation.kind == "organisation" and family.source.organisation_id is None


def test_a_seed_makes_the_same_firm(tmp_path):
    def made(name, seed):
        environ = {"GUANXI_DATA": str(tmp_path / name), "GUANXI_PLUGINS": str(tmp_path / "plugins.toml")}
        run(_app(Settings.from_env(environ, testing=True)), 60, seed)
        tables = (
            Contact.select(Contact.name, Contact.stage, Contact.owner, Contact.last_activity_at),
            Entry.select(Entry.contact, Entry.text, Entry.at, Entry.next_at),
            Task.select(Task.title, Task.due_at, Task.status),
            ContactPoint.select(ContactPoint.value),
        )
        return [list(table.order_by(table.model.id).tuples()) for table in tables]

    first, again, other = made("one", 7), made("two", 7), made("three", 8)
    assert first == again and first != other


@pytest.mark.parametrize("contacts", [1, 5, 30])
def test_small_ones_work_too(app, contacts):
    run(app, contacts)
    assert Contact.select().count() == contacts


def test_a_database_with_data_is_left_alone(app):
    run(app, 5)
    with pytest.raises(DemoError, match="5 users, 5 contacts"):
        run(app, 5)
    assert User.select().count() == 5


def test_a_failure_leaves_nothing(app, monkeypatch):
    build = app.extensions["guanxi"]

    def broken(demo):
        raise LookupError("no wood")

    (implementation,) = build.hook.demo_data.get_hookimpls()
    monkeypatch.setattr(implementation, "function", broken)
    with pytest.raises(DemoError, match="The module tasks could not make its part of the demo"):
        run(app, 5)
    for model in (User, Contact, Entry, Task, Batch, ContactPoint):
        assert model.select().count() == 0, model
    assert not (build.settings.data / "demo-sign-ins.txt").exists()


def test_the_command_prints_the_sign_ins_and_refuses_a_second_time(tmp_path):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GUANXI_")}
    environ |= {"GUANXI_DATA": str(tmp_path), "GUANXI_PLUGINS": str(tmp_path / "plugins.toml"), "COLUMNS": "100"}
    (tmp_path / "plugins.toml").write_text('enabled = ["tasks"]\n')
    command = [sys.executable, "-m", "core.cli", "demo", "--contacts", "12", "--seed", "3"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    password = (tmp_path / "demo-sign-ins.txt").read_text("utf-8").split()[2]
    assert done.stdout.count(password) == 5 and "沈静宜" in done.stdout
    again = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert again.returncode == 1 and len(again.stderr.splitlines()) == 1 and "was left alone" in again.stderr
    wrong = subprocess.run([*command[:-1], "x"], env=environ, capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
