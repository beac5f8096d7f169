"""A plugin is switched on and off while people work, on two real web processes: no error, no stale answer."""

import threading
import time

import psutil

from core.plugins import enabled
from tests.real.client import Client, add_admin

FLIPS = 20
PLUGIN = """
from core import Plugin, Record, Resource, fields, hookimpl
plugin = Plugin(name="vine", title="Vine")
class Plant(Record):
    title = fields.Text()
class Plants(Resource):
    model, nav, columns = Plant, "Sales", ("title",)
@hookimpl
def resources():
    return [Plants]
"""
PAGES = ("/", "/contacts/", "/vine/plant/", "/admin/modules", "/healthz")


def web_memory(server):
    """Resident bytes of all processes of a server."""
    parent = psutil.Process(server.process.pid)
    return sum(p.memory_info().rss for p in [parent, *parent.children(recursive=True)])


def test_twenty_switches_under_load(tmp_path, serve):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "vine.py").write_text(PLUGIN)
    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    add_admin(tmp_path)
    server = serve("--workers", "2", GUANXI_PLUGIN_FOLDERS=str(tmp_path / "extra"))
    admin = Client(server.url, "ada@example.com")
    stop, answers, wrong = threading.Event(), [], []

    def work():
        client = Client(server.url, "ada@example.com")
        while not stop.is_set():
            for page in PAGES:
                status, text = client.get(page)
                answers.append(status)
                if status != 200 and not (status == 404 and page == "/vine/plant/"):
                    wrong.append((page, status, text[:200]))

    people = [threading.Thread(target=work) for _ in range(6)]
    for person in people:
        person.start()
    stale, memory, times = [], [], []
    try:
        for flip in range(FLIPS):
            on = flip % 2 == 0
            began = time.monotonic()
            status, text = admin.flip("vine", on)
            times.append(time.monotonic() - began)
            assert status == 200 and ("Vine is on." if on else "Vine is off.") in text, (status, text[:300])
            # New connections, so that both processes are asked.
            seen = [admin.get("/vine/plant/")[0] for _ in range(8)]
            stale += [(flip, seen)] if set(seen) != {200 if on else 404} else []
            memory.append(web_memory(server))
    finally:
        stop.set()
        for person in people:
            person.join()
    print(
        f"{len(answers)} answers, slowest switch {max(times):.1f} s, "
        f"memory {memory[3] >> 20} MB after 4 switches and {memory[-1] >> 20} MB after {FLIPS}"
    )
    assert wrong == []
    assert stale == []
    assert len(answers) > 50
    assert enabled(tmp_path / "plugins.toml") == []
    assert "Traceback" not in server.log
    assert memory[-1] < memory[3] * 1.15, [m >> 20 for m in memory]
