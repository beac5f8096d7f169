"""Two people save one record: what each changed is put together, what both changed is asked about, nothing is lost."""

import re

import pytest

from core import Conflict, journal, timeline
from core.contacts import Contact
from core.points import Point
from core.users import Role
from tests.support import HX


def field(text, name):
    """The value of an input of a page."""
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="{name}"', text)[1]


def now(firm, contact):
    return firm.contacts.find(firm.ann, contact.id)


def test_fields_that_only_one_changed_are_put_together(firm):
    contact = firm.contact(name="Zhang Wei", job_title="Buyer")
    firm.contacts.save(firm.ann, now(firm, contact), {"website": "https://wei.example"}, version=1)
    mine = {"name": "Zhang Wei", "job_title": "Head of buying", "website": ""}
    firm.contacts.save(firm.bo, now(firm, contact), mine, version=1)
    found = now(firm, contact)
    assert (found.job_title, found.website, found.version) == ("Head of buying", "https://wei.example", 3)


def test_what_both_changed_to_the_same_is_no_conflict(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.save(firm.ann, now(firm, contact), {"job_title": "CEO"}, version=1)
    firm.contacts.save(firm.bo, now(firm, contact), {"job_title": "CEO"}, version=1)
    assert now(firm, contact).job_title == "CEO"


def test_a_clash_says_what_it_was_what_they_made_of_it_and_what_mine_is(firm):
    contact = firm.contact(job_title="Buyer", nickname="Wei")
    for title in ("CTO", "CEO"):
        record = now(firm, contact)
        firm.contacts.save(firm.ann, record, {"job_title": title}, version=record.version)
    with pytest.raises(Conflict) as caught:
        firm.contacts.save(firm.bo, now(firm, contact), {"job_title": "CFO", "nickname": "Vee"}, version=1)
    (clash,) = caught.value.clashes
    assert (clash.name, clash.before, clash.theirs, clash.mine) == ("job_title", "Buyer", "CEO", "CFO")
    assert clash.who == firm.ann.id and caught.value.settled == {"nickname": "Vee"}
    assert now(firm, contact).nickname == "Wei"


@pytest.mark.parametrize(
    ("theirs", "mine", "together"),
    [
        (["a@x.example", "b@x.example"], ["a@x.example", "c@x.example"], ["a@x.example", "b@x.example", "c@x.example"]),
        ([], ["a@x.example", "c@x.example"], ["c@x.example"]),
        (["b@x.example"], ["a@x.example"], ["b@x.example"]),
        (["b@x.example"], ["c@x.example"], None),
        (["b@x.example"], ["b@x.example"], ["b@x.example"]),
        (["b@x.example"], [], None),
        ([], [], []),
    ],
)
def test_several_values_are_put_together_one_by_one(firm, theirs, mine, together):
    contact = firm.contact(emails=[Point("a@x.example")])
    firm.contacts.save(firm.ann, now(firm, contact), {"emails": [Point(v) for v in theirs]}, version=1)
    save = lambda: firm.contacts.save(  # noqa: E731
        firm.bo, now(firm, contact), {"emails": [Point(v) for v in mine]}, version=1
    )
    if together is None:
        with pytest.raises(Conflict) as caught:
            save()
        assert [c.name for c in caught.value.clashes] == ["emails"]
    else:
        save()
        assert [p.value for p in now(firm, contact).emails] == together


def test_a_step_that_the_journal_no_longer_knows_is_asked_about(firm):
    contact = firm.contact(job_title="Buyer", nickname="Wei")
    firm.contacts.save(firm.ann, now(firm, contact), {"job_title": "CEO"}, version=1)
    journal.Change.delete().where(journal.Change.op == "update").execute()
    with pytest.raises(Conflict) as caught:
        firm.contacts.save(firm.bo, now(firm, contact), {"job_title": "CFO", "nickname": "Wei"}, version=1)
    assert [(c.name, c.known) for c in caught.value.clashes] == [("job_title", False)]


def test_two_at_the_same_moment_both_get_through(firm):
    contact = firm.contact(job_title="Buyer", nickname="Wei")
    mine, theirs = now(firm, contact), now(firm, contact)
    firm.contacts.save(firm.ann, theirs, {"job_title": "CEO"}, version=1)
    firm.contacts.save(firm.bo, mine, {"nickname": "Vee"}, version=1)
    assert (now(firm, contact).job_title, now(firm, contact).nickname, mine.version) == ("CEO", "Vee", 3)


def test_the_form_asks_field_by_field_and_keeps_what_was_typed(firm):
    contact = firm.contact(job_title="Buyer", nickname="Wei", website="")
    url = f"/contacts/{contact.id}/edit"
    ann, bo = firm.client("ann"), firm.client("bo")
    form = {"name": "Zhang Wei", "version": "1"}
    ann.post(url, data=form | {"job_title": "CEO", "nickname": "Wei", "website": "https://theirs.example"})
    asked = bo.post(url, data=form | {"job_title": "CFO", "nickname": "Vee", "website": ""})
    assert asked.status_code == 422
    assert "Ann Admin:" in asked.text and "<b>CEO</b>" in asked.text and "<b>CFO</b>" in asked.text
    assert "Before: Buyer" in re.sub(r"\s+", " ", asked.text)
    assert field(asked.text, "job_title") == "CFO" and field(asked.text, "nickname") == "Vee"
    assert field(asked.text, "website") == "https://theirs.example" and field(asked.text, "version") == "2"
    again = form | {"version": "2", "nickname": "Vee", "website": "https://theirs.example", "job_title": "CFO"}
    assert bo.post(url, data=again | {"keep-job_title": "theirs"}).status_code == 303
    found = now(firm, contact)
    assert (found.job_title, found.nickname, found.website) == ("CEO", "Vee", "https://theirs.example")


def test_mine_is_saved_when_i_choose_it(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.save(firm.ann, now(firm, contact), {"job_title": "CEO"})
    url = f"/contacts/{contact.id}/edit"
    form = {"name": "Zhang Wei", "job_title": "CFO"}
    bo = firm.client("bo")
    assert bo.post(url, data=form | {"version": "1"}).status_code == 422
    assert bo.post(url, data=form | {"version": "2", "keep-job_title": "mine"}).status_code == 303
    assert now(firm, contact).job_title == "CFO"


def test_a_form_that_fails_for_another_reason_still_knows_what_it_was_drawn_from(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.save(firm.ann, now(firm, contact), {"job_title": "CEO"})
    wrong = firm.client("bo").post(
        f"/contacts/{contact.id}/edit", data={"name": "x", "birthday": "tea", "version": "1"}
    )
    assert wrong.status_code == 422 and field(wrong.text, "version") == "1"


def test_a_field_in_place_asks_too(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.save(firm.ann, now(firm, contact), {"job_title": "CEO"})
    bo, url = firm.client("bo"), f"/contacts/{contact.id}/field/job_title"
    asked = bo.post(url, data={"job_title": "CFO", "version": "1"}, headers=HX)
    assert asked.status_code == 422 and "<b>CEO</b>" in asked.text and field(asked.text, "version") == "2"
    kept = bo.post(url, data={"job_title": "CFO", "version": "2", "keep-job_title": "theirs"}, headers=HX)
    assert kept.status_code == 200 and now(firm, contact).job_title == "CEO"
    other = bo.post(f"/contacts/{contact.id}/field/nickname", data={"nickname": "Vee", "version": "1"}, headers=HX)
    assert other.status_code == 200 and now(firm, contact).nickname == "Vee"


def test_an_entry_asks_too(firm):
    contact = firm.contact()
    entry = timeline.log(firm.build, firm.bo, contact, "note", "First")
    url = f"/timeline/{entry.id}/form"
    firm.client("ann").post(url, data={"text": "Theirs", "version": "1"}, headers=HX)
    asked = firm.client("bo").post(url, data={"text": "Mine", "version": "1"}, headers=HX)
    assert asked.status_code == 422 and "Theirs" in asked.text and "Mine" in asked.text


def test_what_was_deleted_while_it_was_edited_can_be_restored_with_what_was_typed(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.delete(firm.ann, [now(firm, contact)])
    bo, url = firm.client("bo"), f"/contacts/{contact.id}/edit"
    form = {"name": "Zhang Wei", "job_title": "CFO", "version": "1"}
    asked = bo.post(url, data=form)
    assert asked.status_code == 422 and "Ann Admin deleted this" in asked.text
    assert field(asked.text, "job_title") == "CFO" and "Restore and save" in asked.text
    assert bo.post(url, data=form | {"restore": "1"}).status_code == 303
    assert now(firm, contact).job_title == "CFO"


def test_a_deleted_record_of_others_stays_unknown(firm):
    contact = firm.contact("ann")
    firm.contacts.delete(firm.ann, [now(firm, contact)])
    url = f"/contacts/{contact.id}/edit"
    assert firm.client("bo").post(url, data={"name": "x", "restore": "1"}).status_code == 404
    assert firm.client("bo").get(url).status_code == 404
    assert Contact.get_by_id(contact.id).deleted_batch


def test_who_may_not_delete_may_not_restore(firm):
    Role.update(grants={"*": ["view", "create", "edit"]}).where(Role.name == "member").execute()
    contact = firm.contact()
    firm.contacts.delete(firm.ann, [now(firm, contact)])
    bo, url = firm.client("bo"), f"/contacts/{contact.id}/edit"
    assert "Restore and save" not in bo.post(url, data={"name": "x", "version": "1"}).text
    assert bo.post(url, data={"name": "x", "version": "1", "restore": "1"}).status_code == 403


def test_a_contact_that_was_merged_away_leads_to_the_other_one(firm):
    from core import merge

    kept, gone = firm.contact(name="Kept"), firm.contact(name="Gone")
    merge.merge(firm.build, firm.ann, kept, [gone], {})
    asked = firm.client("bo").post(f"/contacts/{gone.id}/edit", data={"name": "Typed", "version": "1"})
    assert asked.status_code == 422 and f'href="/contacts/{kept.id}"' in asked.text and 'value="Typed"' in asked.text
    assert "Restore and save" not in asked.text
