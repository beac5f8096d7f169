"""What can go wrong around Guanxi: each thing gets one clear sentence with advice, and nothing is lost."""

import contextlib
import re
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import psutil
import psycopg
import pytest
from werkzeug import test as werkzeug_test

from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db
from core.settings import Settings
from core.staff import add_user
from core.users import SYSTEM
from tests.real.client import Client, add_admin, guanxi

EMPTY = "enabled = []\n"


def one_line(done, *words, status=1):
    """The sentence of a command that failed: one line on standard error, no traceback."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert len(lines) == 1 and lines[0].startswith("guanxi: "), done.stderr
    for word in words:
        assert word in lines[0], lines[0]
    return lines[0]


@pytest.fixture
def firm(tmp_path):
    """A folder with a set-up firm."""
    (tmp_path / "plugins.toml").write_text(EMPTY)
    add_admin(tmp_path)
    return tmp_path


def database(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "instance" / "guanxi.db", isolation_level=None, check_same_thread=False)


# The surroundings: on standard error


def test_plugins_toml_that_is_not_toml(firm):
    (firm / "plugins.toml").write_text("enabled = [oops\n")
    for command in (["serve"], ["user", "list"], ["plugins", "enable", "tasks"], ["migrate"]):
        one_line(guanxi(firm, *command), "plugins.toml is not TOML", "Mend that line")
    done = guanxi(firm, "check")
    assert done.returncode == 1 and re.search(r"^error +plugins .*is not TOML", done.stdout, re.M)
    (firm / "plugins.toml").write_text('enabled = "tasks"\n')
    one_line(guanxi(firm, "user", "list"), "must be a list of names")
    (firm / "plugins.toml").write_text("enabled = []\nsettings = 3\n")
    one_line(guanxi(firm, "user", "list"), "[settings.tasks]")
    # Safe mode is the way in.
    assert guanxi(firm, "user", "list", GUANXI_SAFE_MODE="1").returncode == 0


def test_a_data_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    for where in ("file", "file/below"):
        one_line(guanxi(tmp_path, "user", "list", GUANXI_DATA=where), "cannot be written", "GUANXI_DATA")


def test_a_folder_where_plugins_toml_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = guanxi(tmp_path, "user", "list", GUANXI_PLUGINS="file/plugins.toml")
    one_line(done, "plugins.toml cannot be read")


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("nonsense", "GUANXI_DATABASE_URL"),
        ("mysql://u@h/d", "neither sqlite:/// nor postgresql://"),
        ("sqlite:////nowhere/at/all.db", "Check that the folder"),
        ("postgresql://u:secret@127.0.0.1:1/d", "Check that the server runs"),
    ],
)
def test_a_database_url_that_leads_nowhere(tmp_path, url, word):
    (tmp_path / "plugins.toml").write_text(EMPTY)
    line = one_line(guanxi(tmp_path, "serve", GUANXI_DATABASE_URL=url), word)
    assert "secret" not in line
    assert re.search(r"^error +database", guanxi(tmp_path, "check", GUANXI_DATABASE_URL=url).stdout, re.M)


def test_a_file_that_is_not_a_database(tmp_path):
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "guanxi.db").write_bytes(b"not a database, but long enough to be looked at" * 50)
    (tmp_path / "plugins.toml").write_text(EMPTY)
    one_line(guanxi(tmp_path, "serve"), "restore a backup")


def test_a_database_that_is_newer_than_the_code(firm):
    database(firm).execute("INSERT INTO core_migration (name, applied) VALUES ('9999_future', '2030-01-01')")
    for command in (["serve"], ["migrate"], ["user", "list"]):
        one_line(guanxi(firm, *command), "newer than this program", "9999_future", "Install the newer version")
    assert re.search(r"^error +database .*newer", guanxi(firm, "check").stdout, re.M)


def test_a_database_that_lacks_a_migration(firm):
    with contextlib.closing(database(firm)) as connection:
        connection.execute("DROP TABLE core_migration")
        connection.execute("CREATE TABLE core_migration (id INTEGER PRIMARY KEY, name TEXT, applied TEXT)")
    one_line(guanxi(firm, "serve"), "Run: guanxi migrate")


def test_a_port_in_use(firm):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        one_line(guanxi(firm, "serve", "--port", port), f"Port {port}", "--port")


def test_a_locked_database_at_the_command(firm):
    with contextlib.closing(database(firm)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        done = guanxi(firm, "user", "add", "bo@example.com", "--role", "member", "--password-stdin", input="12345678\n")
        assert 4 < time.monotonic() - began < 20
        one_line(done, "locked", "close that program")
    assert "bo@example.com" not in guanxi(firm, "user", "list").stdout


# While people work: in the browser


@pytest.fixture(params=["sqlite", "postgres"])
def inside(request, tmp_path):
    """A signed-in administrator inside this process, with an upload limit of 1 MB."""
    url = f"sqlite:///{tmp_path / 'guanxi.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    (tmp_path / "plugins.toml").write_text(EMPTY)
    environ = {"GUANXI_DATABASE_URL": url, "GUANXI_PLUGINS": str(tmp_path / "plugins.toml")}
    settings = Settings.from_env(environ, data=tmp_path / "data", max_upload=1024 * 1024)
    ensure_connected(settings)
    migrate(build_of(settings))
    app = create_app(settings)
    with app.app_context():
        add_user(app.extensions["guanxi"], SYSTEM, "Ada", "ada@example.com", "admin", "correct horse")
    inside = Inside(werkzeug_test.Client(app), settings)
    inside.post("/login", "/login", email="ada@example.com", password="correct horse")
    yield inside
    db.close()


class Inside:
    def __init__(self, client, settings):
        self.client, self.settings = client, settings

    def post(self, page, path, headers=None, **data):
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(page).get_data(as_text=True))[1]
        answer = self.client.post(path, data={"csrf_token": token, **data}, headers=headers)
        return answer.status_code, answer.get_data(as_text=True)


def test_an_upload_over_the_limit(inside):
    status, text = inside.post("/admin/firm", "/admin/firm", firm="x" * 2_000_000)
    assert status == 413 and "larger than 1 MB" in text and "<nav" in text
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    status, text = inside.post("/admin/firm", "/admin/firm", headers=partial, firm="x" * 2_000_000)
    assert status == 413 and "larger than 1 MB" in text and "<html" not in text


@pytest.mark.parametrize("inside", ["sqlite"], indirect=True)
def test_a_full_disk(inside):
    """SQLite refuses to grow, exactly as it does when the disk has no room."""
    pages = db.execute_sql("PRAGMA page_count").fetchone()[0]
    db.execute_sql(f"PRAGMA max_page_count={pages + 1}")
    status, text = inside.post("/admin/firm", "/admin/firm", firm="x" * 200_000)
    assert status == 503 and "disk of the server is full" in text
    db.execute_sql("PRAGMA max_page_count=1000000")
    assert inside.post("/admin/firm", "/admin/firm", firm="Full again")[0] == 303
    assert "Full again" in inside.client.get("/admin/firm").get_data(as_text=True)


@pytest.mark.parametrize("inside", ["sqlite"], indirect=True)
def test_a_locked_database(inside):
    with contextlib.closing(sqlite3.connect(inside.settings.data.parent / "guanxi.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert inside.client.get("/contacts/").status_code == 200  # reading goes on
        began = time.monotonic()
        status, text = inside.post("/admin/firm", "/admin/firm", firm="Locked out")
        assert 4 < time.monotonic() - began < 12
        assert status == 503 and "busy with another program" in text and "Nothing was changed" in text
        other.execute("ROLLBACK")
    assert inside.post("/admin/firm", "/admin/firm", firm="Let in")[0] == 303


@pytest.mark.parametrize("inside", ["postgres"], indirect=True)
def test_postgresql_started_anew(inside):
    """Connections that broke meanwhile are replaced; nobody sees an error."""
    with psycopg.connect(inside.settings.database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid() "
            "AND datname = current_database()"
        )
    assert inside.client.get("/contacts/").status_code == 200


@pytest.mark.parametrize("inside", ["postgres"], indirect=True)
def test_postgresql_is_gone_and_comes_back(inside):
    url = inside.settings.database_url
    name = re.search(r"guanxi_\w+", url)[0]
    with psycopg.connect(url.replace(name, "postgres"), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        other.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        answer = inside.client.get("/contacts/")
        assert answer.status_code == 503 and "did not answer" in answer.get_data(as_text=True)
        assert inside.client.get("/healthz").status_code == 503
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert inside.client.get("/contacts/").status_code == 200


# The server and its processes


def test_another_secret_key_ends_sessions_and_encrypted_settings_say_so(firm, serve):
    (firm / "extra").mkdir()
    (firm / "extra" / "post.py").write_text(
        "from wtforms import Form, PasswordField\nfrom core import Plugin, hookimpl\n"
        "plugin = Plugin(name='post', title='Post')\nclass Settings(Form):\n    password = PasswordField('Password')\n"
        "@hookimpl\ndef settings_form():\n    return Settings\n"
    )
    (firm / "plugins.toml").write_text('enabled = ["post"]\n')
    extra = {"GUANXI_PLUGIN_FOLDERS": str(firm / "extra")}
    with contextlib.ExitStack() as stack:
        from tests.real.server import running

        server = stack.enter_context(running(firm, **extra))
        client = Client(server.url, "ada@example.com")
        assert client.post("/admin/modules/post", "/admin/modules/post", password="hush")[0] == 200
        assert "secret key of this server" not in client.get("/admin/modules/post")[1]
    assert b"hush" not in (firm / "instance" / "guanxi.db").read_bytes()
    (firm / "instance" / "secret_key").unlink()
    server = serve(folder=firm, **extra)
    client.url = server.url
    assert 'name="password"' in client.get("/contacts/")[1]  # the sign-in page
    client = Client(server.url, "ada@example.com")
    assert "secret key of this server has changed" in client.get("/admin/modules/post")[1]
    done = guanxi(firm, "check", **extra)
    assert done.returncode == 1 and "post cannot read password" in done.stdout


def children(server):
    return [p for p in psutil.Process(server.process.pid).children() if alive(p)]


def alive(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def jobs_done(folder):
    with contextlib.closing(database(folder)) as connection:
        query = "SELECT max(finished_at) FROM core_job WHERE name = 'core.tidy'"
        return connection.execute(query).fetchone()[0]


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {seconds} seconds")


def test_killed_workers_are_started_again_and_the_end_is_quick(firm, serve):
    server = serve("--workers", "2")
    before = {p.pid for p in children(server)}
    assert len(before) == 3  # two for the web, one for jobs
    until(lambda: jobs_done(firm))
    for pid in sorted(before):
        psutil.Process(pid).send_signal(signal.SIGKILL)
        until(lambda pid=pid: len(now := children(server)) == 3 and pid not in {p.pid for p in now})
        until(lambda: server.get("/healthz")[0] == 200)
        time.sleep(6)  # killed twice within five seconds, the server gives up: a crash loop
    with contextlib.closing(database(firm)) as connection:
        connection.execute("UPDATE core_job SET finished_at = NULL, run_at = '2020-01-01 00:00:00'")
    until(lambda: jobs_done(firm))
    left = children(server)
    began = time.monotonic()
    server.process.terminate()
    assert server.process.wait(10) == 0
    assert time.monotonic() - began < 6
    assert not [p for p in left if alive(p)]
    assert "Traceback" not in server.log
    assert "The job worker ended" in server.log
    assert "huey" not in server.log and "[WARNING]" not in server.log


def test_a_killed_supervisor_leaves_no_worker_behind(firm, serve):
    server = serve("--workers", "2")
    left = children(server)
    server.process.kill()
    server.process.wait()
    until(lambda: not [p for p in left if alive(p)])


def test_an_interrupt_at_the_terminal_is_a_quiet_end(firm, serve):
    server = serve()
    server.process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        assert server.process.wait(10) == 0
    assert "Traceback" not in server.log and server.log.strip().count("\n") == 0
