"""Acts on many records: chosen, or all that match; at once or by the worker; always with undo."""

import re

import pytest

from core import bulk
from core.contacts import Contact
from core.jobs import Job, run_due
from core.journal import Batch
from core.users import SYSTEM


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
