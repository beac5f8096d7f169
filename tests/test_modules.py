"""The Modules page: what it shows of good and bad plugins, switching them, removing their data."""

import json
import re
import sqlite3
import sys
import textwrap
import threading
import time
import zipfile

import pytest
from werkzeug.test import Client

from core import modules as modules_room
from core import plugins
from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db
from core.jobs import Job, Worker, later
from core.modules import describe, disable, enable, modules, remove_data
from core.settings import Settings
from core.staff import add_user
from core.switch import Switch
from core.users import SYSTEM

PASSWORD = "correct horse"
WINE = """
from core import Plugin, Record, Resource, Contact, fields, hookimpl, job
plugin = Plugin(name="{name}", title="Wine", summary="Cellars.", vendor="Vintner", requires={requires})
class {model}(Record):
    title = fields.Text()
    contact = fields.Link(Contact, backref="{name}_wines")
class {model}s(Resource):
    model, nav, columns = {model}, "Sales", ("title", "contact")
@job("{name}.count")
def count(build, row):
    return {{"counted": 1}}
@hookimpl
def resources():
    return [{model}s]
@hookimpl
def jobs():
    return [count]
{more}
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    return (
        f"sqlite:///{tmp_path / 'guanxi.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    )


@pytest.fixture
def place(tmp_path, url):
    """A firm with an administrator, an empty plugins.toml and a folder for plugins."""
    before = set(sys.modules)
    yield Place(tmp_path, url)
    db.close()
    for name in [m for m in sys.modules if m.startswith("guanxi_") and m not in before]:
        del sys.modules[name]


class Place:
    def __init__(self, folder, url, **more):
        self.folder, self.plugins = folder, folder / "plugins"
        self.plugins.mkdir(exist_ok=True)
        self.toml = folder / "plugins.toml"
        if not self.toml.exists():
            self.toml.write_text("# ours\nenabled = [] # none yet\n")
        self.settings = Settings.from_env(
            {"GUANXI_DATABASE_URL": url, "GUANXI_PLUGINS": str(self.toml)},
            data=folder / "data",
            plugin_folders=(self.plugins,),
            **more,
        )
        ensure_connected(self.settings)
        if not db.get_tables():
            migrate(build_of(self.settings, []))
            app = create_app(self.settings, [])
            with app.app_context():
                add_user(app.extensions["guanxi"], SYSTEM, "Ada", "ada@example.com", "admin", PASSWORD)

    def put(self, name, code=None, requires="()", more=""):
        """Write a plugin; its name must be new to this process, for a module is imported once."""
        if code is None:
            code = WINE.format(name=name, requires=requires, model=name.capitalize().replace("_", ""), more=more)
        (self.plugins / f"{name}.py").write_text(textwrap.dedent(code))
        return name

    @property
    def build(self):
        found = build_of(self.settings)
        found.create_app = create_app
        return found

    def card(self, name):
        with create_app(self.settings).app_context() as context:
            return next(m for m in modules(context.app.extensions["guanxi"]) if m.name == name)

    def on(self):
        return plugins.enabled(self.toml)

    def enable(self, name):
        return enable(self.build, name)

    def refused(self, name):
        """The sentence of a switch-on that is refused, having checked that it left everything as it was."""
        before = self.toml.read_bytes(), sorted(db.get_tables()), Job.select().count()
        with pytest.raises(modules_room.Switching) as problem:
            self.enable(name)
        assert (self.toml.read_bytes(), sorted(db.get_tables()), Job.select().count()) == before
        return str(problem.value)


class Admin:
    """A signed-in administrator at the switch, as a WSGI server would call it."""

    def __init__(self, place):
        self.switch = Switch(lambda: create_app(place.settings), place.toml)
        self.client = Client(self.switch)
        self.post("/login", "/login", email="ada@example.com", password=PASSWORD)

    def get(self, path):
        answer = self.client.get(path, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def post(self, form, path, **data):
        text = self.get(form)[1]
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
        answer = self.client.post(path, data={"csrf_token": token, **data}, follow_redirects=True)
        return answer.status_code, answer.get_data(as_text=True)

    def path(self, resource):
        app = self.switch.current()
        with app.test_request_context():
            return app.extensions["guanxi"].resources[resource].url()

    def flip(self, name, on=True):
        return self.post("/admin/modules", f"/admin/modules/{name}/switch", **({"on": "1"} if on else {}))


def test_a_card_says_what_a_plugin_adds_before_it_is_on(place):
    place.put("wine_a", more="@hookimpl\ndef home_cards(user):\n    return []\n")
    card = place.card("wine_a")
    assert (card.title, card.vendor, card.on, card.error) == ("Wine", "Vintner", False, "")
    assert card.info["tables"] == ["wine_a_winea"]
    assert card.info["jobs"] == ["wine_a.count"]
    assert card.info["hooks"] == ["home_cards", "jobs", "resources"]
    assert "wine_a_winea.view" in card.info["permissions"]
    assert card.info["menu"] == ["Wineas"]
    assert "guanxi_wine_a" not in sys.modules


def test_a_card_speaks_chinese_also_where_the_word_is_known_to_core_alone(place):
    app = create_app(place.settings)
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        titles = {m.name: m.title for m in modules(app.extensions["guanxi"]) if m.found.bundled}
    assert titles["sales"] == "销售" and titles["mail"] == "邮件"
    assert [name for name, title in titles.items() if title.isascii()] == []


def test_switching_on_and_off_in_the_browser(place):
    place.put("wine_b")
    admin = Admin(place)
    assert "wine_b_wineb" not in db.get_tables()
    status, text = admin.flip("wine_b")
    assert status == 200 and "Wine is on." in text
    assert place.on() == ["wine_b"]
    path = admin.path("wine_b_wineb")
    assert admin.get(path)[0] == 200
    status, text = admin.flip("wine_b", on=False)
    assert status == 200 and "Its data is kept" in text
    status, text = admin.get(path)
    assert status == 404 and "is off" in text
    assert "wine_b_wineb" in db.get_tables()


def test_comments_of_plugins_toml_are_kept(place):
    place.put("wine_c")
    place.toml.write_text("# mine\nenabled = []\n\n[settings.tasks] # pinned\nremind_hours = 24\n")
    place.enable("wine_c")
    assert place.toml.read_text() == '# mine\nenabled = ["wine_c"]\n\n[settings.tasks] # pinned\nremind_hours = 24\n'


def test_what_a_plugin_requires_is_switched_on_along_and_kept_while_it_is_needed(place):
    place.put("cellar")
    place.put("tasting", requires='("cellar",)')
    admin = Admin(place)
    _, text = admin.flip("tasting")
    assert "So are: Wine" in text and place.on() == ["cellar", "tasting"]
    _, text = admin.flip("cellar", on=False)
    assert "need it. Switch them off first." in text and place.on() == ["cellar", "tasting"]


BAD = {
    "syntax": ("def (:\n", "line 1 of bad_syntax.py is not Python"),
    "raises": ("1 / 0\n", "does not import (ZeroDivisionError: division by zero)"),
    "leaves": ("import sys\nsys.exit(3)\n", "does not import (SystemExit: 3)"),
    "dies": ("import os\nos._exit(0)\n", "ends the program when it is imported"),
    "hangs": ("import time\ntime.sleep(600)\n", "takes too long to import"),
    "nothing": ("x = 1\n", "has no line plugin = Plugin(name='bad_nothing'"),
    "othername": ('from core import Plugin\nplugin = Plugin(name="other", title="X")\n', "name='other'"),
    "attribute": (
        WINE.format(name="bad_attribute", requires="()", model="Bad", more="Bads.columns = ('titel',)\n"),
        "Bads.columns: Bad has no 'titel'",
    ),
    "hook": (
        WINE.format(name="bad_hook", requires="()", model="Bad", more="@hookimpl\ndef hom_cards(user): return []\n"),
        "hom_cards",
    ),
    "needs": (WINE.format(name="bad_needs", requires='("nowhere",)', model="Bad", more=""), "requires nowhere, which"),
}


def test_each_bad_plugin_says_so_on_its_own_card_and_harms_nothing(place, monkeypatch):
    monkeypatch.setattr(modules_room, "INSPECT_SECONDS", 3)
    monkeypatch.setattr(modules_room, "INSPECT_SECONDS_EACH", 0.3)
    for kind, (code, _) in BAD.items():
        place.put(f"bad_{kind}", code)
    place.put("good_one")
    place.put(
        "noisy", more="print('{\"hello\": 1}'); print('x' * 100_000)\nimport atexit; atexit.register(print, 'bye')\n"
    )
    admin = Admin(place)
    status, text = admin.get("/admin/modules")
    assert status == 200
    cards = dict(re.findall(r'<article class="card gx-s4" id="module-(\w+)">(.*?)</article>', text, re.S))
    for kind, (_, sentence) in BAD.items():
        card = cards[f"bad_{kind}"].replace("&#39;", "'").replace("&#34;", '"')
        assert sentence in card, kind
        assert 'role="switch"' not in card
    for name in ("good_one", "noisy"):
        assert "Cannot be used" not in cards[name] and 'role="switch"' in cards[name]
    for kind, (_, sentence) in BAD.items():
        assert sentence in place.refused(f"bad_{kind}")
    assert admin.flip("good_one")[0] == 200 and place.on() == ["good_one"]


def test_a_second_look_costs_no_child_until_code_changes(place, monkeypatch):
    place.put("wine_d")
    place.card("wine_d")
    asked = []
    real = modules_room._child
    monkeypatch.setattr(modules_room, "_child", lambda settings, names: asked.append(names) or real(settings, names))
    place.card("wine_d")
    assert asked == []
    place.put("wine_d", "def (:\n")
    assert "is not Python" in place.card("wine_d").error
    assert asked == [["wine_d"]]


def test_a_failing_migration_leaves_everything_as_it_was(place):
    folder = place.plugins / "wine_e"
    (folder / "migrations").mkdir(parents=True)
    (folder / "__init__.py").write_text(WINE.format(name="wine_e", requires="()", model="Winee", more=""))
    (folder / "migrations" / "0001_first.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('CREATE TABLE wine_e_winee (id INTEGER PRIMARY KEY)')\n"
    )
    (folder / "migrations" / "0002_second.py").write_text(
        "def up(migrator, db):\n    db.execute_sql('SELECT nonsense')\n"
    )
    assert "nonsense" in place.refused("wine_e")
    assert place.card("wine_e").on is False


def test_a_failing_plugin_enabled_leaves_everything_as_it_was(place):
    place.put(
        "wine_f",
        more=(
            "from core import later\n@hookimpl\ndef plugin_enabled(name):\n"
            "    later(count)\n    raise KeyError('grapes')\n"
        ),
    )
    assert "its first rows could not be made (KeyError: 'grapes')" in place.refused("wine_f")


def test_plugin_enabled_seeds_rows(place):
    place.put("wine_g", more="@hookimpl\ndef plugin_enabled(name):\n    from core import later\n    later(count)\n")
    place.enable("wine_g")
    assert Job.select().where(Job.name == "wine_g.count").count() == 1


def test_a_broken_plugins_toml_while_serving_changes_nothing_and_is_told(place):
    place.put("wine_h")
    admin = Admin(place)
    admin.flip("wine_h")
    path = admin.path("wine_h_wineh")
    good = place.toml.read_text()
    place.toml.write_text("enabled = [nonsense")
    assert admin.get(path)[0] == 200
    status, text = admin.get("/admin/modules")
    assert status == 200 and "is not in use" in text and "is not TOML" in text
    assert admin.get("/admin/firm")[0] == 200
    _, text = admin.flip("wine_h", on=False)
    assert "is not TOML" in text and place.toml.read_text() == "enabled = [nonsense"
    place.toml.write_text(good)
    assert "is not in use" not in admin.get("/admin/modules")[1]


def test_a_plugin_that_is_on_and_breaks_is_left_out_at_the_next_start(place):
    place.put("wine_i")
    place.put("wine_j")
    place.enable("wine_j")
    place.toml.write_text('enabled = ["wine_i", "wine_j", "gone"]\n')
    place.put("wine_i", "def (:\n")
    admin = Admin(place)
    assert admin.switch.app.extensions["guanxi"].names == ["wine_j"]
    cards = {m.name: m for m in modules(admin.switch.app.extensions["guanxi"])}
    assert "is not Python" in cards["wine_i"].error and cards["wine_i"].on
    assert "not installed" in cards["gone"].error and cards["gone"].on
    assert cards["wine_j"].error == ""
    for name in ("gone", "wine_i"):
        assert admin.flip(name, on=False)[0] == 200
    assert place.on() == ["wine_j"]


def test_a_name_that_is_not_installed_stays_listed_when_others_are_switched(place):
    place.put("wine_k")
    place.toml.write_text('enabled = ["gone"]\n')
    place.enable("wine_k")
    assert place.on() == ["gone", "wine_k"]


def test_other_code_than_was_imported_asks_for_a_restart(place):
    place.put("wine_l")
    place.enable("wine_l")
    assert not place.card("wine_l").restart
    time.sleep(0.02)
    place.put("wine_l", more="# a newer version\n")
    assert place.card("wine_l").restart
    assert "Restart needed" in Admin(place).get("/admin/modules")[1]


def test_two_admins_at_once_lose_no_switch(place):
    names = [place.put(f"race_{letter}") for letter in "abcd"]
    place.card(names[0])  # inspected beforehand, so that all four start together
    build, errors = place.build, []

    def flip(name):
        try:
            enable(build, name)
        except Exception as error:
            errors.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=flip, args=(name,)) for name in names]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert errors == [] and place.on() == names


def test_removing_data_shows_rows_writes_an_export_and_wants_the_name(place):
    place.put("wine_m")
    admin = Admin(place)
    admin.flip("wine_m")
    build = admin.switch.current().extensions["guanxi"]
    with admin.switch.app.app_context():
        resource = build.resources["wine_m_winem"]
        for title in ("Rioja", "茅台"):
            resource.save(SYSTEM, resource.model(), {"title": title})
        later(next(f for group in build.hook.jobs() for f in group))
    with pytest.raises(modules_room.Switching, match="off first"):
        remove_data(build, place.card("wine_m"))
    admin.flip("wine_m", on=False)
    _, text = admin.get("/admin/modules/wine_m/remove")
    assert "wine_m_winem" in text and re.search(r'gx-num">2<', text)
    status, text = admin.post("/admin/modules/wine_m/remove", "/admin/modules/wine_m/remove", confirm="wine")
    assert status == 422 and "Nothing was removed" in text and "wine_m_winem" in db.get_tables()
    status, text = admin.post("/admin/modules/wine_m/remove", "/admin/modules/wine_m/remove", confirm="wine_m")
    assert status == 200 and "was removed" in text and "wine_m_winem" not in db.get_tables()
    assert Job.select().where(Job.name == "wine_m.count").count() == 0
    [export] = (place.settings.data / "exports").iterdir()
    with zipfile.ZipFile(export) as archive:
        rows = [json.loads(line) for line in archive.read("wine_m_winem.jsonl").splitlines()]
    assert [row["title"] for row in rows] == ["Rioja", "茅台"]
    assert admin.client.get(f"/admin/modules/exports/{export.name}").status_code == 200
    assert admin.get("/admin/modules/exports/..%2fsecret_key")[0] == 404
    assert admin.flip("wine_m")[0] == 200 and "wine_m_winem" in db.get_tables()


def test_data_that_others_point_to_is_not_removed(place):
    place.put("vat")
    place.enable("vat")
    db.execute_sql("CREATE TABLE pump_pipe (id INTEGER PRIMARY KEY, vat_id INTEGER REFERENCES vat_vat (id))")
    disable(place.build, "vat")
    with pytest.raises(modules_room.Switching, match="pump_pipe point to it"):
        remove_data(place.build, place.card("vat"))
    assert "vat_vat" in db.get_tables()


def test_safe_mode_runs_no_plugin_and_switches_off(place):
    place.put("wine_n")
    place.enable("wine_n")
    safe = Place(place.folder, place.settings.database_url, safe_mode=True)
    admin = Admin(safe)
    assert admin.switch.app.extensions["guanxi"].names == []
    _, text = admin.get("/admin/modules")
    assert "Safe mode" in text and 'aria-checked="true"' in text
    admin.flip("wine_n", on=False)
    assert place.on() == []


def test_trace_hooks_prints_calls(place, capfd):
    traced = Place(place.folder, place.settings.database_url, trace_hooks=True)
    traced.put("wine_o")
    traced.enable("wine_o")
    create_app(traced.settings)
    assert re.search(r"^hook resources: wine_o$", capfd.readouterr().err, re.M)


def test_the_job_worker_follows_the_switch(place):
    place.put("wine_p")
    switch = Switch(lambda: create_app(place.settings), place.toml)
    worker = Worker(switch.current)
    place.enable("wine_p")
    build = place.build
    while worker.once():
        pass
    disable(build, "wine_p")
    count = next(f for group in build.hook.jobs() for f in group)
    row = later(count)
    assert worker.once() is False and Job.get_by_id(row.id).state == "waiting"
    place.enable("wine_p")
    assert worker.once() is True and Job.get_by_id(row.id).state == "done"


def test_members_may_not_switch(place):
    with create_app(place.settings).app_context() as context:
        add_user(context.app.extensions["guanxi"], SYSTEM, "Bo", "bo@example.com", "member", PASSWORD)
    place.put("wine_q")
    admin = Admin(place)
    token = re.search(r'name="csrf_token" value="([^"]+)"', admin.get("/admin/modules")[1])[1]
    assert token
    member = Client(admin.switch)
    text = member.get("/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    member.post("/login", data={"csrf_token": token, "email": "bo@example.com", "password": PASSWORD})
    assert member.get("/admin/modules").status_code == 403
    text = member.get("/account").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', text)[1]
    answer = member.post("/admin/modules/wine_q/switch", data={"csrf_token": token, "on": "1"})
    assert answer.status_code == 403 and place.on() == []


def test_a_copy_of_an_embedded_database_is_made_before_tables_change(tmp_path):
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'guanxi.db'}")
    place.put("wine_r")
    place.enable("wine_r")
    [copy] = (place.settings.data / "backups").iterdir()
    assert copy.name.startswith("before-wine_r-")
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM core_user").fetchone() == (1,)


def test_description_is_the_same_from_folder_and_from_package(tmp_path, monkeypatch):
    """Bundled plugins and pip packages are modules on the path; a loose file is loaded from its path."""
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'guanxi.db'}")
    package = tmp_path / "site" / "guanxi_barrel"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(WINE.format(name="barrel", requires="()", model="Barrel", more=""))
    info = tmp_path / "site" / "guanxi_barrel-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guanxi-barrel\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text("[guanxi.plugins]\nbarrel = guanxi_barrel\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = plugins.discover(place.settings)["barrel"]
    assert (found.distribution, found.version, found.bundled) == ("guanxi-barrel", "2.1", False)
    card = place.card("barrel")
    assert card.error == "" and card.info["jobs"] == ["barrel.count"] and card.info["hooks"] == ["jobs", "resources"]
    assert describe(place.settings, "barrel")["tables"] == ["barrel_barrel"]
