"""When something goes wrong: one sentence, the right status, nothing lost, and the next request works."""

import pytest

from core.db import db, is_postgres
from core.resource import Resource
from tests.support import HX


@pytest.fixture
def serving(thingy):
    """The app as it serves: a crash is a page, not an exception."""
    thingy.app.testing = False
    yield thingy
    thingy.app.testing = True


def test_a_page_that_is_not_there(serving):
    for name in ("ann", "ro"):
        for url in ("/nowhere", "/contacts/4711", "/contacts/x", "/things/nothing/"):
            answer = serving.client(name).get(url)
            assert answer.status_code == 404 and "Nothing here" in answer.text
    assert serving.client("ann").get("/nowhere", headers=HX).status_code == 404


def test_a_page_of_a_module_that_is_off_says_so(serving):
    serving.switch()
    answer = serving.client("ann").get("/things/thing/")
    assert answer.status_code == 404 and "which is off" in answer.text


def test_a_wrong_method(serving):
    answer = serving.client("ann").get("/contacts/bulk")
    assert answer.status_code == 405 and "GET" in answer.text


def test_what_a_role_may_not_is_named(serving):
    answer = serving.client("ro").get("/contacts/new")
    assert answer.status_code == 403 and "contacts.create" in answer.text


def test_a_crash_is_a_page_and_a_toast(serving, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(Resource, "query", broken)
    browser = serving.client("ann")
    answer = browser.get("/contacts/")
    assert answer.status_code == 500 and "went wrong" in answer.text and "secret detail" not in answer.text
    part = browser.get("/contacts/", headers=HX)
    assert part.status_code == 200 and part.headers["HX-Reswap"] == "none" and "went wrong" in part.text


def test_a_panel_or_card_that_raises_is_one_sentence(serving):
    def broken(*args):
        raise RuntimeError("a secret detail")

    serving.rules.panel = serving.rules.card = broken
    contact, browser = serving.contact(), serving.client("bo")
    for url in ("/", f"/contacts/{contact.id}"):
        answer = browser.get(url)
        assert answer.status_code == 200 and "of the module Things failed" in answer.text, url
        assert "secret detail" not in answer.text


def test_the_database_goes_away_and_comes_back(serving):
    """After a restart of PostgreSQL every thread must find its way back by itself."""
    if not is_postgres():
        pytest.skip("an embedded database does not restart")
    browser = serving.client("ann")
    assert browser.get("/contacts/").status_code == 200
    import psycopg

    pid = db.execute_sql("SELECT pg_backend_pid()").fetchone()[0]
    with psycopg.connect(serving.engine.settings.database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))
    answers = [browser.get("/contacts/").status_code for _ in range(2)]
    assert answers[1] == 200, answers


def test_a_locked_database_is_said(serving, monkeypatch):
    if is_postgres():
        pytest.skip("SQLite locks the whole file")
    import sqlite3

    contact, browser = serving.contact(), serving.client("ann")
    db.execute_sql("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(serving.engine.settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = browser.post(f"/contacts/{contact.id}/edit", data={"name": "New"})
        assert answer.status_code == 503 and "busy" in answer.text
        assert browser.get(f"/contacts/{contact.id}").status_code == 200, "readers go on"
        other.execute("ROLLBACK")
        assert browser.post(f"/contacts/{contact.id}/edit", data={"name": "New"}).status_code == 303
    finally:
        other.close()


def test_a_conflict_keeps_what_was_typed(serving):
    contact = serving.contact()
    serving.contacts.save(serving.bo, contact, {"name": "Changed by Bo"})
    data = {"version": "1", "name": "Typed by Ann"}
    answer = serving.client("ann").post(f"/contacts/{contact.id}/edit", data=data)
    assert answer.status_code == 422 and "Typed by Ann" in answer.text
    inline = serving.client("ann").post(f"/contacts/{contact.id}/field/name", data=data, headers=HX)
    assert inline.status_code == 422 and "Typed by Ann" in inline.text
    assert serving.contacts.find(serving.ann, contact.id).name == "Changed by Bo"


@pytest.mark.parametrize("version", ["x", "²", "-1", "99999999999999999999", ""])
def test_a_version_that_is_none_does_not_crash(serving, version):
    contact = serving.contact()
    for url in ("edit", "field/name"):
        answer = serving.client("ann").post(f"/contacts/{contact.id}/{url}", data={"version": version, "name": "N"})
        assert answer.status_code in (303, 422), url


def test_nul_and_broken_bytes_in_a_form(serving):
    browser = serving.client("ann")
    answer = browser.post(
        "/contacts/new", data={"kind": "person", "name": "A\0B", "emails-0-value": "\0", "tags": "\0"}
    )
    assert answer.status_code in (303, 422)
    answer = browser.post(
        "/contacts/new", data=b"kind=person&name=%ff%fe%ed%a0%80", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (303, 422)
    assert browser.get("/contacts/").status_code == 200
    for name in ("emails-²-value", "emails--value", "emails-99999999999999999999-value", "emails-0-", "phones-0-x"):
        assert browser.post("/contacts/new", data={"name": "N", name: "x@y.example"}).status_code in (303, 422), name


def test_a_bulk_act_with_nonsense(serving):
    contact, browser = serving.contact(), serving.client("ann")
    for data in (
        {"act": "delete", "id": "²"},
        {"act": "delete", "id": "99999999999999999999999"},
        {"act": "delete"},
        {"act": "explode", "id": contact.id},
        {"act": "set", "field": "name", "value": "x", "id": contact.id},
        {"act": "set", "field": "stage", "value": "lost", "id": contact.id},
        {"act": "set", "field": "stage", "value": "", "id": contact.id},
        {"act": "set", "field": "owner", "value": "#4711", "id": contact.id},
        {"act": "add", "field": "tags", "value": "x" * 100, "id": contact.id},
    ):
        assert browser.post("/contacts/bulk", data=data).status_code in (303, 422), data
    assert serving.contacts.find(serving.ann, contact.id).version == 1
