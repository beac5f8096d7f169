"""The timeline: log, edit, delete, pin, mention, next steps; whose entries show where."""

import datetime as dt

import pytest

from core import Forbidden, Invalid, timeline
from core.contacts import Contact
from core.db import utcnow
from core.notices import Notice, notify
from core.timeline import Entry, mentioned
from core.users import SYSTEM, Role, User
from tests.support import HX

HOUR = dt.timedelta(hours=1)


def log(firm, contact, text="Hello", user="bo", kind="note", **values):
    return timeline.log(firm.build, getattr(firm, user), contact, kind, text, **values)


def test_a_call_is_logged_with_all_it_has(firm):
    contact = firm.contact()
    data = {"kind": "call", "text": "About the quote", "direction": "out", "minutes": "8", "outcome": "reached"}
    answer = firm.client("bo").post(f"/contacts/{contact.id}/timeline", data=data)
    assert answer.status_code == 303
    entry = Entry.get()
    assert (entry.kind, entry.author_id, entry.duration, entry.outcome) == ("call", firm.bo.id, 480, "reached")
    page = firm.client("bo").get(f"/contacts/{contact.id}").text
    assert "About the quote" in page and "8 min" in page
    assert f"<b>{firm.bo.name}</b>" in page and "&lt;" not in page.partition('id="stream"')[2]
    assert Contact.get_by_id(contact.id).last_activity_at == entry.at


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "note", "text": ""},
        {"kind": "hack", "text": "x"},
        {"kind": "call", "text": "x", "minutes": "many"},
        {"kind": "call", "text": "x", "outcome": "won"},
        {"kind": "note", "text": "x", "at": "yesterday"},
        {"kind": "note", "text": "x", "next_text": "Call"},
        {"kind": "note", "text": "x", "next_at": "2026-99-99"},
        {"kind": "note", "text": "x", "next_at": "2026-11-22", "next_user": "999999"},
        {"kind": "note", "text": "x", "next_at": "2026-11-22", "next_user": "²"},
        {"kind": "note", "text": "x" * 200_000},
    ],
)
def test_nonsense_comes_back_with_the_form(firm, data):
    contact, browser = firm.contact(), firm.client("bo")
    for headers in ({}, HX):
        answer = browser.post(f"/contacts/{contact.id}/timeline", data=data, headers=headers)
        assert answer.status_code == 422
        assert data["text"][:1000] in answer.text
    assert Entry.select().count() == 0


def test_only_who_sees_the_contact_and_may_write_logs(firm):
    contact = firm.contact()
    url, data = f"/contacts/{contact.id}/timeline", {"kind": "note", "text": "x"}
    assert firm.client("li").post(url, data=data).status_code == 404
    assert firm.client("ro").post(url, data=data).status_code == 403
    assert Entry.select().count() == 0


def test_the_author_edits_with_history_and_others_do_not(firm):
    contact = firm.contact("kim")
    entry = log(firm, contact, "First version", user="kim")
    url = f"/timeline/{entry.id}/form"
    assert firm.client("mei").post(url, data={"text": "Forged"}).status_code == 403
    assert firm.client("mei").get(url, headers=HX).status_code == 403
    assert firm.client("kim").post(url, data={"text": "Second version", "title": ""}).status_code == 303
    assert Entry.get_by_id(entry.id).text == "Second version"
    history = firm.client("kim").get(f"/timeline/{entry.id}/history").text
    assert "First version" in history and "Second version" in history


def test_no_other_door_changes_somebody_elses_entry(firm):
    entry = log(firm, firm.contact("kim"), "Original", user="kim")
    browser, id = firm.client("mei"), entry.id
    browser.post(f"/timeline/{id}/edit", data={"text": "Forged"})
    browser.post(f"/timeline/{id}/field/text", data={"text": "Forged"})
    browser.post(f"/timeline/{id}/delete")
    browser.post(f"/timeline/{id}/remove")
    browser.post("/timeline/bulk", data={"act": "delete", "id": [id]})
    again = Entry.get_by_id(id)
    assert (again.text, again.deleted_batch) == ("Original", None)
    assert firm.client("ann").post(f"/timeline/{id}/edit", data={"text": "By an administrator"}).status_code == 303


def test_an_entry_of_a_record_is_changed_there_only(thingy):
    contact, things = thingy.contact(), thingy.things_thing
    record = things.new(thingy.bo)
    things.save(thingy.bo, record, {"title": "Viewing", "contact": contact.id})
    entry, browser = Entry.get(Entry.resource == "things_thing"), thingy.client("ann")
    for url in (f"/timeline/{entry.id}/form", f"/timeline/{entry.id}/edit"):
        assert browser.post(url, data={"text": "x", "title": "y"}).status_code in (403, 422)
    for url in (f"/timeline/{entry.id}/delete", f"/timeline/{entry.id}/remove"):
        assert browser.post(url).status_code in (403, 422)
    assert Entry.get_by_id(entry.id).deleted_batch is None
    things.save(thingy.bo, record, {"title": "Second viewing"})
    assert Entry.get_by_id(entry.id).title == "Second viewing"


def test_a_deleted_entry_is_gone_and_can_come_back(firm):
    contact = firm.contact()
    old = log(firm, contact, "Older", at=utcnow() - 5 * HOUR)
    entry = log(firm, contact, "Newer")
    firm.client("bo").post(f"/timeline/{entry.id}/remove")
    page = firm.client("bo").get(f"/contacts/{contact.id}").text
    assert "Newer" not in page and "Older" in page
    assert Contact.get_by_id(contact.id).last_activity_at == old.at
    firm.client("bo").post(f"/undo/{Entry.get_by_id(entry.id).deleted_batch}")
    assert "Newer" in firm.client("bo").get(f"/contacts/{contact.id}").text
    assert Contact.get_by_id(contact.id).last_activity_at == entry.at


def test_an_entry_that_moves_to_another_contact_leaves_no_trace_on_the_first(firm):
    first, second = firm.contact(name="First"), firm.contact(name="Second")
    entry = log(firm, first, next_at=utcnow() + HOUR)
    firm.entries.save(firm.bo, entry, {"contact": second.id})
    first, second = Contact.get_by_id(first.id), Contact.get_by_id(second.id)
    assert (first.last_activity_at, first.next_step_at) == (None, None)
    assert second.last_activity_at == entry.at and second.next_step_at == entry.next_at


def test_pins_and_entries_to_come_stand_above_the_feed(firm):
    contact = firm.contact()
    pinned, coming = log(firm, contact, "Pinned one"), log(firm, contact, "Next month", at=utcnow() + 700 * HOUR)
    for i in range(3):
        log(firm, contact, f"Note {i}")
    firm.client("bo").post(f"/timeline/{pinned.id}/pin")
    soon, above, feed, _ = firm.build.timeline.page(firm.bo, contact)
    assert [e.id for e in soon] == [coming.id] and [e.id for e in above] == [pinned.id]
    assert [e.text for e in feed] == ["Note 2", "Note 1", "Note 0"] and firm.build.timeline.stream(
        firm.bo, contact
    ) == (feed, "")
    page = firm.client("bo").get(f"/contacts/{contact.id}").text
    assert page.count("Next month") == 1 and page.index("Next month") < page.index("Note 2")
    firm.client("bo").post(f"/timeline/{pinned.id}/pin")
    assert len(firm.build.timeline.stream(firm.bo, contact)[0]) == 4


def test_the_feed_goes_on_by_keyset_even_within_one_second(firm, monkeypatch):
    monkeypatch.setattr(firm.build.timeline, "PAGE", 8)
    contact, at = firm.contact(), utcnow() - HOUR
    ids = [log(firm, contact, f"Note {i}", at=at - dt.timedelta(seconds=i // 10)).id for i in range(35)]
    found, cursor = [], ""
    while True:
        entries, cursor = firm.build.timeline.stream(firm.bo, contact, before=cursor)
        found += [e.id for e in entries]
        if not cursor:
            break
    expected = [e.id for e in Entry.select().order_by(Entry.at.desc(), Entry.id.desc())]
    assert found == expected and sorted(found) == sorted(ids)


@pytest.mark.parametrize("before", ["x", "20260101T000000-", "99999999T999999-1", "20260101T000000-" + "9" * 40])
def test_a_mangled_cursor_harms_nothing(firm, before):
    contact = firm.contact()
    log(firm, contact)
    answer = firm.client("bo").get(f"/contacts/{contact.id}/timeline?before={before}", headers=HX)
    assert answer.status_code in (200, 422)


def test_the_feed_is_filtered_by_kind_and_module(thingy):
    contact, things = thingy.contact(), thingy.things_thing
    log(thingy, contact, "A note")
    log(thingy, contact, "A call", kind="call")
    things.save(thingy.bo, things.new(thingy.bo), {"title": "A thing", "contact": contact.id})
    see = lambda *args: {str(e) for e in thingy.build.timeline.stream(thingy.bo, contact, *args)[0]}  # noqa: E731
    assert see() == {"A note", "A call", "A thing"}
    assert see(["call"]) == {"A call"} and see((), ["things"]) == {"A thing"} and see(["note"], ["things"]) == set()
    page = thingy.client("bo").get(f"/contacts/{contact.id}?kind=call").text
    assert "A call" in page and "A note" not in page


def test_a_mention_gives_a_notice_to_the_one_who_is_meant(firm):
    contact = firm.contact("kim")
    data = {"kind": "note", "text": "@kim @BoMember please look, not ann@firm.example"}
    firm.client("mei").post(f"/contacts/{contact.id}/timeline", data=data)
    told = {User.get_by_id(n.user_id).name for n in Notice.select().where(Notice.kind == "mention")}
    assert told == {"Kim Teammate", "Bo Member"}
    browser = firm.client("kim")
    assert "mentioned you" in browser.get("/notices").text
    notice = Notice.get(Notice.user_id == firm.kim.id)
    assert browser.get(f"/notices/{notice.id}").location.startswith(f"/contacts/{contact.id}")
    assert firm.client("li").get(f"/notices/{notice.id}").status_code == 404
    assert Notice.get_by_id(notice.id).read_at


def test_who_is_meant_by_a_mention(firm):
    users = [User(name="王小明", email="w@x"), User(name="Ann Lee", email="ann.l@x"), User(name="Ann Lo", email="lo@x")]
    names = lambda text: [u.name for u in mentioned(text, users)]  # noqa: E731
    assert names("@王小明你好") == ["王小明"]
    assert names("@王小明 @AnnLee") == ["王小明", "Ann Lee"]
    assert names("@Ann what") == [] and names("@ann.l hi") == ["Ann Lee"] and names("@nobody @") == []


def test_a_notice_for_one_occasion_is_given_once(firm):
    one = lambda: notify(firm.build, [firm.bo, firm.li], "due", "Due", once="task 7")  # noqa: E731
    assert (one(), one(), Notice.select().count()) == (2, 0, 2)


def test_a_next_step_goes_to_the_home_page_and_is_ticked_off(firm):
    contact = firm.contact()
    data = {"kind": "note", "text": "Hi", "next_at": "2026-01-02", "next_text": "Send the quote"}
    browser = firm.client("bo")
    browser.post(f"/contacts/{contact.id}/timeline", data=data)
    home = browser.get("/").text
    assert "Send the quote" in home and "Overdue" in home
    assert "Send the quote" not in firm.client("mei").get("/").text
    entry = Entry.get()
    assert Contact.get_by_id(contact.id).next_step_at == entry.next_at
    part = browser.post(f"/timeline/{entry.id}/done", headers=HX | {"HX-Target": "div#worklist"})
    assert part.status_code == 200 and "Send the quote" not in part.text.partition("gx-toast")[0]
    assert "Send the quote" not in browser.get("/").text
    assert Contact.get_by_id(contact.id).next_step_at is None
    browser.post(f"/timeline/{entry.id}/done")
    assert "Send the quote" in browser.get("/").text


def test_a_next_step_may_be_somebody_elses(firm):
    contact = firm.contact()
    log(firm, contact, next_at=utcnow(), next_text="Yours now", next_user=firm.kim.id)
    assert "Yours now" in firm.client("kim").get("/").text
    assert "Yours now" not in firm.client("bo").get("/").text


def test_an_organisation_shows_its_peoples_entries_that_the_reader_may_see(firm):
    works = firm.contact("bo", name="Works", kind="organisation")
    mine = firm.contact("bo", name="Mine", organisation=works.id)
    hidden = firm.contact("li", name="Hidden", organisation=works.id)
    related = firm.contact("bo", name="Related")
    firm.relationships.save(
        SYSTEM, firm.relationships.new(SYSTEM), {"source": related.id, "kind": "employee", "target": works.id}
    )
    for contact in (works, mine, hidden, related):
        log(firm, contact, f"About {contact.name}", user="ann")
    see = lambda user: {e.text for e in firm.build.timeline.stream(getattr(firm, user), works)[0]}  # noqa: E731
    assert see("bo") == {"About Works", "About Mine", "About Related"}
    assert see("ann") == {"About Works", "About Mine", "About Related", "About Hidden"}
    firm.contacts.delete(SYSTEM, [mine])
    assert "About Mine" not in see("bo")


def test_entries_of_a_module_that_is_off_stay_readable_for_those_who_were_allowed(thingy):
    contact, things = thingy.contact(), thingy.things_thing
    things.save(thingy.bo, things.new(thingy.bo), {"title": "A secret viewing", "contact": contact.id})
    role = Role.get_by_id(thingy.kim.role_id)
    Role.update(grants=role.grants | {"things_thing": []}).where(Role.id == role.id).execute()
    for names in (("things",), ()):
        thingy.switch(*names)
        see = lambda name: "A secret viewing" in thingy.client(name).get(f"/contacts/{contact.id}").text  # noqa: E731
        assert see("bo") and see("mei") and see("ann") and not see("kim"), names
        assert thingy.client("kim").get(f"/contacts/{contact.id}").status_code == 200


def test_log_asks_for_permission_and_words(firm):
    contact = firm.contact()
    with pytest.raises(Forbidden):
        log(firm, contact, user="ro")
    with pytest.raises(Invalid):
        log(firm, contact, text="")
    assert Notice.select().count() == 0


def test_nobody_writes_in_a_colleagues_name(firm):
    contact, browser = firm.contact("bo"), firm.client("bo")
    form = {"contact": f"#{contact.id}", "kind": "note", "text": "I owe Bo a bonus", "author": f"#{firm.ann.id}"}
    answer = browser.post("/timeline/new", data=form)
    assert answer.status_code == 422 and "in another name" in answer.text and Entry.select().count() == 0
    mine = timeline.log(firm.build, firm.bo, contact, "note", "Mine")
    for author in (firm.li.id, None):
        with pytest.raises(Invalid):
            firm.entries.save(firm.bo, Entry.get_by_id(mine.id), {"author": author})
    firm.entries.save(firm.bo, Entry.get_by_id(mine.id), {"author": firm.bo.id, "text": "Still mine"})
    assert firm.client("ann").post("/timeline/new", data=form | {"author": f"#{firm.bo.id}"}).status_code == 303
