"""The switch: another set of plugins while everybody keeps working; a broken set leaves the old one serving."""

import threading
from dataclasses import replace

import pytest
from werkzeug.test import Client

from core import app as core_app
from core.db import db
from core.plugins import PluginError, enabled, write_enabled
from core.switch import Switch


@pytest.fixture
def switch(engine, tmp_path):
    """A Switch over a plugins.toml of its own; broken modules can be put into `switch.folder`."""
    file = tmp_path / "plugins.toml"
    file.write_text("# kept\nenabled = []\n")
    (tmp_path / "modules").mkdir()
    folders = (*engine.settings.plugin_folders, tmp_path / "modules")
    settings = replace(engine.settings, plugins_file=file, plugin_folders=folders)
    made = Switch(lambda: core_app.create_app(settings), file)
    made.folder, made.settings = tmp_path / "modules", settings
    yield made
    db.close()


def names(switch):
    return switch.current().extensions["guanxi"].names


def status(switch, url):
    return Client(switch).get(url).status_code


def test_the_next_request_has_the_new_set(switch):
    before = switch.app
    assert status(switch, "/healthz") == 200 and names(switch) == []
    write_enabled(switch.path, ["things"])
    assert status(switch, "/things/thing/") == 302 and names(switch) == ["things"] and switch.app is not before
    assert switch.path.read_text().startswith("# kept")
    write_enabled(switch.path, [])
    assert names(switch) == [] and enabled(switch.path) == []


@pytest.mark.parametrize(
    "text",
    [
        "enabled = [",
        'enabled = "things"',
        "enabled = [1]",
        'enabled = ["things", "nowhere"]',
        "\xff\xfe",
        'enabled = ["things", "bad"]',
    ],
)
def test_a_file_that_is_no_good_leaves_the_old_set_serving(switch, text):
    write_enabled(switch.path, ["things"])
    assert names(switch) == ["things"]
    (switch.folder / "bad.py").write_text("def broken(:\n")
    switch.path.write_bytes(text.encode("latin-1"))
    served = switch.current()
    assert names(switch) == ["things"] and switch.current() is served
    assert status(switch, "/healthz") == 200
    switch.path.write_text("enabled = []\n")
    assert names(switch) == []


def test_a_file_that_is_gone_means_nothing_is_on(switch):
    write_enabled(switch.path, ["things"])
    assert names(switch) == ["things"]
    switch.path.unlink()
    assert names(switch) == []


def test_many_threads_build_once_and_none_gets_an_old_answer(switch, monkeypatch):
    builds, build = [], switch.build
    switch.build = lambda: builds.append(1) or build()
    wrong, stop = [], threading.Event()

    def ask():
        client = Client(switch)
        while not stop.is_set():
            if client.get("/healthz").status_code != 200:
                wrong.append(1)
        db.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    [t.start() for t in threads]
    try:
        for i in range(6):
            write_enabled(switch.path, ["things"] if i % 2 == 0 else [])
            assert names(switch) == (["things"] if i % 2 == 0 else [])
    finally:
        stop.set()
        [t.join() for t in threads]
    assert not wrong and len(builds) == 6


def test_a_misspelt_hook_and_a_wrong_declaration_are_named(switch):
    (switch.folder / "wrong_hook.py").write_text(
        "from core import Plugin, hookimpl\nplugin = Plugin(name='wrong_hook', title='X')\n"
        "@hookimpl\ndef home_crads(user):\n    return []\n"
    )
    (switch.folder / "wrong_name.py").write_text(
        "from core import Plugin, Record, Resource, fields, hookimpl\nplugin = Plugin(name='wrong_name', title='X')\n"
        "class Cellar(Record):\n    title = fields.Text()\n"
        "class Cellars(Resource):\n    model, columns = Cellar, ('titel',)\n"
        "@hookimpl\ndef resources():\n    return [Cellars]\n"
    )
    with pytest.raises(PluginError, match="home_crads"):
        core_app.build_of(switch.settings, ["wrong_hook"])
    with pytest.raises(PluginError, match=r"Cellars\.columns: Cellar has no 'titel'"):
        core_app.build_of(switch.settings, ["wrong_name"])
