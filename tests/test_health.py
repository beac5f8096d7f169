"""`guanxi check`: one line for each thing, with advice; status 1 when there is an error."""

import contextlib
import re
import sqlite3

from tests.real.client import add_admin, guanxi


def states(done):
    """`{what: [state, …]}` of what was printed."""
    found = {}
    for state, what in re.findall(r"^(ok|warning|error) +(.+?)  ", done.stdout, re.M):
        found.setdefault(what, []).append(state)
    return found


def test_a_healthy_firm(tmp_path):
    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    add_admin(tmp_path)
    done = guanxi(tmp_path, "check", GUANXI_BASE_URL="https://crm.example.com", GUANXI_MAIL_URL="smtp://u:p@host:587")
    assert done.returncode == 0, done.stdout
    assert {state for found in states(done).values() for state in found} <= {"ok"}
    assert "u:p" not in done.stdout


def test_an_empty_folder_needs_a_first_start(tmp_path):
    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    done = guanxi(tmp_path, "check")
    assert done.returncode == 0 and states(done)["migrations"] == ["warning"]


def test_faults_are_told_one_by_one(tmp_path):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / "bent.py").write_text("def (:\n")
    (tmp_path / "plugins.toml").write_text("enabled = []\n")
    add_admin(tmp_path)
    (tmp_path / "plugins.toml").write_text('enabled = ["bent", "gone"]\n')
    with contextlib.closing(sqlite3.connect(tmp_path / "instance" / "guanxi.db", isolation_level=None)) as database:
        database.execute("UPDATE core_user SET active = 0")
        database.execute(
            "INSERT INTO core_job (name, args, state, run_at, attempts, created_at, done, total, result, error) "
            "VALUES ('x', '{}', 'waiting', '2020-01-01 00:00:00', 0, '2020-01-01 00:00:00', 0, 0, '{}', '')"
        )
    (tmp_path / "instance" / "secret_key").chmod(0o644)
    done = guanxi(
        tmp_path,
        "check",
        GUANXI_PLUGIN_FOLDERS=str(tmp_path / "extra"),
        GUANXI_BASE_URL="crm.example.com",
        GUANXI_MAIL_URL="smtp://host:port",
        GUANXI_INBOX_URL="pop3://host",
    )
    assert done.returncode == 1
    assert "bent: line 1 of bent.py is not Python" in done.stdout
    assert "guanxi plugins disable bent" in done.stdout and "pip install guanxi-gone" in done.stdout
    found = states(done)
    assert found["plugins"] == ["error", "error", "ok"]
    assert found["worker"] == ["warning"] and "1 are late" in done.stdout
    assert found["users"] == ["warning"] and found["secret key"] == ["warning"]
    assert found["base URL"] == ["error"] and found["mail"] == ["error", "error"]
