"""Acts on many records: chosen, or all that match; at once or by the worker; always with undo."""

import re

import pytest

from core import bulk
from core.contacts import Contact
from core.jobs import Job, run_due
from core.journal import Batch
from core.users import SYSTEM, Role


@pytest.fixture
def crowd(firm):
    contacts = firm.contacts
    pairs = [
        (contacts.new(SYSTEM), {"name": f"P{i}", "owner": (firm.bo if i % 2 else firm.li).id, "tags": ["old"]})
        for i in range(10)
    ]
    contacts.save_many(SYSTEM, pairs)
    firm.ids = [r.id for r, _ in pairs]
    return firm


def act(firm, who="bo", **data):
    return firm.client(who).post("/contacts/bulk", data=data)


def test_those_chosen_and_seen_are_changed_and_no_others(crowd):
    answer = act(crowd, act="set", field="stage", value="lead", id=crowd.ids)
    assert answer.status_code == 303
    assert {r.id for r in Contact.select().where(Contact.stage == "lead")} == set(crowd.ids[1::2])


def test_all_that_match_the_lists_filters(crowd):
    act(crowd, "ann", act="add", field="tags", value="VIP", all="1", query=f"owner={crowd.li.id}&sort=name")
    tagged = {r.id for r in crowd.contacts.query(SYSTEM) if r.tags == ["old", "VIP"]}
    assert tagged == set(crowd.ids[::2])
    act(crowd, "ann", act="remove", field="tags", value="old", all="1", query="tags=vip")
    assert {tuple(r.tags) for r in crowd.contacts.query(SYSTEM)} == {("VIP",), ("old",)}


def test_delete_and_undo_from_the_toast(crowd):
    browser = crowd.client("bo")
    browser.post("/contacts/bulk", data={"act": "delete", "id": crowd.ids})
    assert crowd.contacts.query(SYSTEM).count() == 5
    undo = re.search(r"/undo/(\d+)", browser.get("/contacts/").text).group(1)
    browser.post(f"/undo/{undo}")
    assert crowd.contacts.query(SYSTEM).count() == 10


def test_a_handover_moves_what_the_search_shows(crowd):
    act(crowd, "ann", act="set", field="owner", value=f"#{crowd.kim.id}", all="1", query="")
    assert len(crowd.client("kim").get("/contacts/pick?q=p").json) == 10
    assert crowd.client("li").get("/contacts/pick?q=p").json == []


def test_very_many_are_left_to_the_worker(crowd, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    monkeypatch.setattr(bulk, "CHUNK", 3)
    answer = act(crowd, "ann", act="set", field="stage", value="lead", all="1", query="")
    row = Job.get(Job.name == "core.bulk")
    assert answer.location == f"/jobs/{row.id}" and Contact.select().where(Contact.stage == "lead").count() == 0
    run_due(crowd.app)
    row = Job.get_by_id(row.id)
    assert (row.state, row.done, row.total, row.result["count"]) == ("done", 10, 10, 10), row.error
    assert Contact.select().where(Contact.stage == "lead").count() == 10
    assert f"/undo/{row.result['batch']}" in crowd.client("ann").get(f"/jobs/{row.id}").text
    crowd.client("ann").post(f"/undo/{row.result['batch']}")
    assert Contact.select().where(Contact.stage == "lead").count() == 0
    assert Batch.get_by_id(row.result["batch"]).undone_by


def test_the_worker_looks_again_what_the_user_may(crowd, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    act(crowd, act="delete", id=crowd.ids[1::2])
    bo, reader = crowd.bo, crowd.ro.role_id
    crowd.users.save(crowd.ann, bo, {"role": reader})
    run_due(crowd.app)
    assert crowd.contacts.query(SYSTEM).count() == 10


def test_what_the_role_locks_is_locked_for_many_too(crowd):
    rules = {"contacts": {"owner": "locked", "tags": "locked", "stage": "hidden"}}
    Role.update(field_rules=rules).where(Role.name == "member").execute()
    mine = crowd.ids[1]
    for data in (
        {"act": "set", "field": "owner", "value": f"#{crowd.li.id}"},
        {"act": "add", "field": "tags", "value": "new"},
        {"act": "remove", "field": "tags", "value": "old"},
        {"act": "set", "field": "stage", "value": "lead"},
    ):
        assert act(crowd, id=mine, **data).status_code == 422, data
    record = crowd.contacts.find(SYSTEM, mine)
    crowd.contacts.load_parts([record])
    assert (record.owner_id, record.tags, record.stage) == (crowd.bo.id, ["old"], "")
    assert [a.name for a in bulk.offered(crowd.contacts, crowd.bo)] == ["merge", "delete"]


def test_nonsense_is_answered(crowd):
    browser = crowd.client("bo")
    for path, data in (
        ("/contacts/bulk", {"act": "delete", "id": ["²", "9" * 5000, "x"]}),
        ("/timeline/bulk", {"act": "remove", "field": "tags", "value": "x", "id": 1}),
        ("/contacts/bulk", {"act": "remove", "field": "stage", "value": "lead", "id": 1}),
        ("/contacts/bulk", {"act": "set", "field": "password_hash", "value": "x", "id": 1}),
    ):
        assert browser.post(path, data=data).status_code == 422, data["act"]
