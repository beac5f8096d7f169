"""A leaver: the account is off at once, and what was theirs goes to colleagues in one batch that can be undone."""

import pytest

from core import handover, jobs, timeline
from core.api import tokens
from core.contacts import Contact
from core.db import utcnow
from core.journal import Batch
from core.notices import Notice
from core.sessions import Session
from core.timeline import Entry
from core.undo import undo, undo_plan
from core.users import SYSTEM, Team, User
from tests.support import HX


def post(firm, name="bo", by="ann", **choices):
    return firm.client(by).post(f"/admin/users/{getattr(firm, name).id}/handover", data=choices)


def owners(firm):
    return [id for (id,) in Contact.select(Contact.owner).order_by(Contact.id).tuples()]


def last(kind="handover"):
    return Batch.select().where(Batch.kind == kind).order_by(Batch.id.desc()).get()


def test_one_step_disables_moves_ends_sessions_and_tokens_and_tells(firm):
    contact = firm.contact("bo", name="钱学森")
    bos, (_, secret) = firm.client("bo"), tokens.add(firm.build, firm.bo, "phone", ["*"])
    assert post(firm, to=f"user:{firm.li.id}").status_code == 303
    assert not firm.bo.active and Session.select().where(Session.user == firm.bo.id).count() == 0
    assert bos.get("/account").status_code == 302
    answer = firm.app.test_client().get("/api/v1/contacts", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert Contact.get_by_id(contact.id).owner_id == firm.li.id
    li = firm.client("li")
    assert "钱学森" in li.get("/contacts/").text and "钱学森" in li.get("/search?q=qian").text
    assert "1 records of Bo Member" in li.get("/notices").text


def test_undo_brings_the_records_back_and_opens_no_account(firm):
    contact = firm.contact("bo", name="钱学森")
    post(firm, to=f"user:{firm.li.id}")
    page = firm.client("ann").get(f"/undo/{last().id}").text
    assert "an undo does not open it again" in page
    assert firm.client("ann").post(f"/undo/{last().id}").status_code == 303
    assert Contact.get_by_id(contact.id).owner_id == firm.bo.id and not firm.bo.active
    assert "钱学森" not in firm.client("li").get("/search?q=qian").text
    assert "钱学森" not in firm.client("li").get("/contacts/").text


def test_what_was_given_on_since_stays_where_it_is(firm):
    one, _ = firm.contact("bo"), firm.contact("bo")
    post(firm, to=f"user:{firm.li.id}")
    firm.contacts.save(firm.ann, Contact.get_by_id(one.id), {"owner": firm.kim.id})
    assert [left.record_id for left in undo_plan(firm.build, last())] == [one.id]
    undo(firm.build, firm.ann, last())
    assert owners(firm) == [firm.kim.id, firm.bo.id]


def test_a_team_gets_one_after_the_other_and_the_leaver_nothing(firm):
    for _ in range(5):
        firm.contact("bo")
    north = Team.get(Team.name == "North").id
    assert post(firm, to=f"team:{north}").status_code == 303
    assert sorted(owners(firm)) == sorted([firm.mei.id] * 3 + [firm.kim.id] * 2)


def test_records_of_a_contact_follow_it_to_the_same_colleague(thingy):
    for n in range(6):
        contact = thingy.contact("bo", name=f"C{n}")
        record = thingy.things_thing.new(thingy.bo)
        thingy.things_thing.save(thingy.bo, record, {"title": f"T{n}", "contact": contact.id})
    thingy.things_thing.save(thingy.bo, thingy.things_thing.new(thingy.bo), {"title": "alone"})
    post(thingy, to=f"team:{thingy.bo.team_id}")
    rows = thingy.Thing.select(thingy.Thing.owner, Contact.owner).join(Contact).tuples()
    assert len(rows) == 6 and all(mine == theirs for mine, theirs in rows)
    assert thingy.Thing.select().where(thingy.Thing.owner == thingy.bo.id).count() == 0


def test_each_kind_has_its_own_choice(thingy):
    thingy.contact("bo")
    thingy.things_thing.save(thingy.bo, thingy.things_thing.new(thingy.bo), {"title": "stays"})
    post(thingy, to=f"user:{thingy.li.id}", **{"things_thing.owner_id": "stay"})
    assert owners(thingy) == [thingy.li.id]
    assert thingy.Thing.get().owner_id == thingy.bo.id


def test_a_module_that_is_off_takes_part(thingy):
    things = thingy.things_thing
    things.save(thingy.bo, things.new(thingy.bo), {"title": "Villa Sunset"})
    thingy.switch()
    page = thingy.client("ann").get(f"/admin/users/{thingy.bo.id}/handover?to=user:{thingy.li.id}").text
    assert "Things thing" in page and "module is off" in page
    post(thingy, to=f"user:{thingy.li.id}")
    thingy.switch("things")
    assert thingy.Thing.get().owner_id == thingy.li.id
    assert "Villa Sunset" in thingy.client("li").get("/search?q=sunset").text
    undo(thingy.build, thingy.ann, last())
    assert thingy.Thing.get().owner_id == thingy.bo.id
    assert "Villa Sunset" not in thingy.client("li").get("/search?q=sunset").text


def test_open_next_steps_go_along_and_done_ones_do_not(firm):
    contact = firm.contact("li")
    firm.contacts.share(firm.li, contact, user_id=firm.bo.id)
    for text in ("Call back", "Long done"):
        timeline.log(firm.build, firm.bo, contact, "note", "x", next_at=utcnow(), next_text=text)
    Entry.update(next_done_at=utcnow()).where(Entry.next_text == "Long done").execute()
    post(firm, to=f"user:{firm.li.id}")
    assert dict(Entry.select(Entry.next_text, Entry.next_user).tuples()) == {
        "Call back": firm.li.id,
        "Long done": firm.bo.id,
    }
    assert "Call back" in firm.client("li").get("/").text


def test_records_in_the_trash_stay_there(firm):
    contact = firm.contact("bo")
    firm.contacts.delete(firm.bo, [contact])
    post(firm, to=f"user:{firm.li.id}")
    assert Contact.get_by_id(contact.id).owner_id == firm.bo.id and not firm.bo.active


def test_the_preview_counts_and_changes_nothing(firm):
    for _ in range(3):
        firm.contact("bo")
    firm.client("bo")
    url = f"/admin/users/{firm.bo.id}/handover"
    page = firm.client("ann").get(f"{url}?to=team:{firm.bo.team_id}").text
    assert "What will happen" in page and "about 2 each" in page and "sign-ins (1)" in page
    assert firm.bo.active and set(owners(firm)) == {firm.bo.id}


def test_a_large_one_is_left_to_the_worker_in_one_batch(firm, monkeypatch):
    monkeypatch.setattr(handover, "AT_ONCE", 3)
    monkeypatch.setattr(handover, "CHUNK", 2)
    for _ in range(5):
        firm.contact("bo")
    answer = post(firm, to=f"user:{firm.li.id}")
    assert answer.location.startswith("/jobs/") and not firm.bo.active, "the door is shut before the work begins"
    assert set(owners(firm)) == {firm.bo.id}
    jobs.run_due(firm.app)
    assert set(owners(firm)) == {firm.li.id} and last().count == 5
    page = firm.client("ann").get(answer.location).text
    assert "Done: 5 records" in page and f"/undo/{last().id}" in page
    undo(firm.build, firm.ann, last())
    assert set(owners(firm)) == {firm.bo.id}


def test_a_job_that_was_cut_off_goes_on_and_tells_the_whole_number(firm, monkeypatch):
    monkeypatch.setattr(handover, "CHUNK", 2)
    for _ in range(5):
        firm.contact("bo")
    batch, plan = handover.begin(firm.ann, firm.bo, 5), {"core_contact.owner_id": [firm.li.id]}

    class Cut(Exception):
        pass

    def cut(done, total):
        raise Cut

    with pytest.raises(Cut):
        handover.carry_out(firm.build, firm.ann, firm.bo, plan, batch, cut)
    assert owners(firm).count(firm.li.id) == 2
    handover.carry_out(firm.build, firm.ann, firm.bo, plan, Batch.get_by_id(batch.id))
    assert set(owners(firm)) == {firm.li.id} and Batch.get_by_id(batch.id).count == 5
    assert [n.params["n"] for n in Notice.select().where(Notice.kind == "assigned")] == [5]


def test_a_form_that_was_open_gives_nothing_back_to_the_leaver(firm):
    contact = firm.contact("bo")
    post(firm, to=f"user:{firm.li.id}")
    data = {"name": "X", "kind": "person", "owner": f"Bo Member #{firm.bo.id}", "version": contact.version}
    assert firm.client("ann").post(f"/contacts/{contact.id}/edit", data=data).status_code == 422
    assert Contact.get_by_id(contact.id).owner_id == firm.li.id


def test_bad_choices_change_nothing_and_say_why(firm):
    firm.contact("bo")
    li = firm.li
    firm.users.save(firm.ann, li, {"active": False})
    empty = Team.create(name="Empty")
    for to, said in (
        ("", "Choose a colleague or a team"),
        ("user:99999", "Choose a colleague or a team"),
        ("user:x", "Choose a colleague or a team"),
        (f"user:{firm.bo.id}", "cannot hand over to themselves"),
        (f"user:{li.id}", "may not sign in"),
        (f"team:{empty.id}", "Nobody else in this team"),
    ):
        answer = post(firm, to=to)
        assert answer.status_code == 422 and said in answer.text, to
    assert firm.bo.active and owners(firm) == [firm.bo.id]


def test_a_receiver_must_be_able_to_see_them(firm):
    firm.contact("bo")
    role = firm.li.role
    role.grants = {"*": list(role.grants["*"]), "contacts": []}
    role.save()
    answer = post(firm, to=f"user:{firm.li.id}")
    assert answer.status_code == 422 and "may not see Contacts" in answer.text and firm.bo.active


def test_nobody_disables_themselves_and_the_last_administrator_stays(firm):
    answer = post(firm, "ann", to=f"user:{firm.bo.id}")
    assert answer.status_code == 422 and "your own account" in answer.text and firm.ann.active
    with pytest.raises(Exception, match="administrator"):
        handover.disable(firm.build, SYSTEM, firm.ann)
    assert firm.ann.active


@pytest.mark.parametrize("name", ["mei", "bo", "ro"])
def test_only_administrators_may(firm, name):
    url = f"/admin/users/{firm.li.id}/handover"
    assert firm.client(name).get(url).status_code == firm.client(name).post(url).status_code == 403
    assert "/handover" not in firm.client(name).get(f"/admin/users/{firm.li.id}").text
    assert f"{url}" in firm.client("ann").get(f"/admin/users/{firm.li.id}").text


def test_the_journal_says_what_moved(firm):
    firm.contact("bo")
    post(firm, to=f"user:{firm.li.id}")
    page = firm.client("ann").get(f"/admin/journal/{last().id}").text
    assert "Bo Member" in page and "Li Other" in page
    assert firm.client("ann").get("/admin/journal?kind=handover", headers=HX).status_code == 200
    assert "Switched off the account of Bo Member" in firm.client("ann").get("/admin/journal").text


def test_who_is_off_already_can_be_handed_over_later(firm):
    firm.contact("bo")
    firm.users.save(firm.ann, firm.bo, {"active": False})
    assert post(firm, to=f"user:{firm.li.id}").status_code == 303
    assert owners(firm) == [firm.li.id] and User.get_by_id(firm.bo.id).active is False
