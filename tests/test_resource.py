"""Records through their Resource: the only door to rows."""

import re
import threading

import pytest

from core import Conflict, Contact, Forbidden, Invalid, NotFound, Problem
from core.api import tokens
from core.db import db, new_ids
from core.journal import Batch, Change
from core.points import Point
from core.trial import queries


def test_save_makes_and_changes_a_record(firm):
    contact = firm.contact(job_title="Buyer")
    assert contact.id and contact.version == 1
    firm.contacts.save(firm.bo, contact, {"job_title": "Director"}, version=1)
    again = firm.contacts.find(firm.bo, contact.id)
    assert (again.job_title, again.version) == ("Director", 2)


def test_a_save_without_a_change_writes_nothing(firm):
    contact, batches = firm.contact(tags=["VIP"]), Change.select().count()
    firm.contacts.save(firm.bo, contact, {"name": "Zhang Wei", "tags": ["VIP"]})
    assert firm.contacts.find(firm.bo, contact.id).version == 1
    assert Change.select().count() == batches


def test_save_many_is_one_batch_and_one_transaction(firm):
    contacts = firm.contacts
    pairs = [(contacts.new(firm.bo), {"name": f"Person {i}"}) for i in range(5)]
    batch = contacts.save_many(firm.bo, pairs)
    assert batch.count == 5 and Batch.get_by_id(batch.id).count == 5
    bad = [(contacts.new(firm.bo), {"name": "Good"}), (contacts.new(firm.bo), {"name": ""})]
    with pytest.raises(Invalid) as caught:
        contacts.save_many(firm.bo, bad)
    assert list(caught.value.errors) == ["name"]
    assert contacts.query(firm.bo).count() == 5


def test_a_failure_in_the_middle_leaves_nothing_behind(firm):
    contacts = firm.contacts
    key = Point("1", "erp")
    with pytest.raises(Invalid):
        contacts.save_many(firm.bo, [(contacts.new(firm.bo), {"name": n, "external_ids": [key]}) for n in ("A", "B")])
    assert contacts.query(firm.bo).count() == 0
    assert Batch.select().where(Batch.resource == "contacts").count() == 0


def test_many_records_are_changed_in_few_statements_and_one_that_somebody_else_changed_stops_all(firm):
    contacts = firm.contacts
    ids = [firm.contact(name=f"Person {i}").id for i in range(30)]
    mine = [contacts.find(firm.bo, id) for id in ids]
    with queries() as statements:
        contacts.save_many(firm.bo, [(c, {"job_title": f"Number {c.id}"}) for c in mine])
    written = [sql for sql in statements if sql.startswith(('UPDATE "core_contact"', 'INSERT INTO "core_change'))]
    assert len(written) == 2, written
    assert [contacts.find(firm.bo, id).job_title for id in ids] == [f"Number {id}" for id in ids]
    mine = [contacts.find(firm.bo, id) for id in ids]
    contacts.save(firm.bo, contacts.find(firm.bo, ids[17]), {"job_title": "Theirs"})
    pairs = [
        (c, {"job_title": "Mine"} if c.id % 2 else {"job_title": "Mine", "website": "https://x.example"}) for c in mine
    ]
    before = Change.select().count()
    with pytest.raises(Conflict) as caught:
        contacts.save_many(firm.bo, pairs)
    assert caught.value.current.id == ids[17] and caught.value.current.job_title == "Theirs"
    assert not contacts.query(firm.bo).where(Contact.job_title == "Mine").exists()
    assert Change.select().count() == before and {c.version for c in mine} == {2}


def test_a_record_that_comes_twice_in_one_batch_is_written_in_order(firm):
    contact = firm.contact()
    pairs = [(contact, {"job_title": "First", "website": "https://a.example"}), (contact, {"job_title": "Second"})]
    firm.contacts.save_many(firm.bo, pairs)
    again = firm.contacts.find(firm.bo, contact.id)
    assert (again.job_title, again.website, again.version) == (
        "Second",
        "https://a.example",
        3,
    ) and contact.version == 3


def test_the_second_of_two_saves_is_told(firm):
    contact = firm.contact()
    mine, yours = (firm.contacts.find(firm.bo, contact.id) for _ in range(2))
    firm.contacts.save(firm.bo, mine, {"job_title": "A"}, version=1)
    with pytest.raises(Conflict) as caught:
        firm.contacts.save(firm.bo, yours, {"job_title": "B"}, version=1)
    yours.version = 1
    with pytest.raises(Conflict) as caught:
        firm.contacts.save(firm.bo, yours, {"job_title": "B"})
    assert caught.value.current.job_title == "A"
    assert firm.contacts.find(firm.bo, contact.id).job_title == "A"


def test_required_and_validate_are_asked_on_create_and_on_change(firm):
    with pytest.raises(Invalid):
        firm.contact(name="")
    contact = firm.contact()
    with pytest.raises(Invalid, match="organisation"):
        firm.contacts.save(firm.bo, contact, {"organisation": contact.id})
    with pytest.raises(Invalid, match="filled in"):
        firm.contacts.save(firm.bo, contact, {"name": ""})


def test_a_hook_may_refuse_and_the_whole_batch_stays_out(thingy):
    thingy.rules.validate = lambda resource, records: [(records[0][0], "name", Problem("Not on Sundays"))]
    with pytest.raises(Invalid, match="Not on Sundays"):
        thingy.contact()
    thingy.rules.validate = None
    assert thingy.contacts.query(thingy.ann).count() == 0


def test_a_hook_that_raises_inside_takes_the_write_back(thingy):
    def changed(resource, records, change):
        raise RuntimeError("broken")

    thingy.rules.changed = changed
    with pytest.raises(RuntimeError):
        thingy.contact()
    thingy.rules.changed = None
    assert thingy.contacts.query(thingy.ann).count() == 0


def test_committed_comes_after_the_commit_and_its_failure_stops_nothing(thingy):
    seen = []

    def committed(resource, ids, change):
        seen.append((resource.name, ids, change, db.in_transaction()))
        raise RuntimeError("the other side is down")

    thingy.rules.committed = committed
    contact = thingy.contact()
    assert seen == [("contacts", [contact.id], "create", False)]
    assert thingy.contacts.exists(thingy.bo, contact.id)


def test_find_tells_apart_what_is_not_there_and_what_is_not_allowed(firm):
    contact = firm.contact()
    with pytest.raises(NotFound):
        firm.contacts.find(firm.bo, contact.id + 1)
    with pytest.raises(NotFound):
        firm.contacts.find(firm.li, contact.id)
    with pytest.raises(Forbidden):
        firm.contacts.find(firm.ro, contact.id, "edit")


def test_the_trash_is_left_out_everywhere(firm):
    contact = firm.contact(emails=[Point("zw@x.example")])
    firm.contacts.delete(firm.bo, [contact])
    assert not firm.contacts.exists(firm.ann, contact.id)
    assert firm.contacts.named(firm.ann, "Zhang Wei") == []
    assert firm.client("ann").get("/contacts/pick?q=zhang").json == []
    assert "Zhang Wei" not in firm.client("ann").get("/contacts/").text


def test_an_external_id_belongs_to_one_contact_outside_the_trash(firm):
    key = [Point("B000574", "bioguide")]
    first = firm.contact(external_ids=key)
    with pytest.raises(Invalid, match="external id"):
        firm.contact(external_ids=[Point("B000574", "BioGuide")])
    firm.contacts.delete(firm.bo, [first])
    second = firm.contact(external_ids=key)
    assert firm.contacts.find(firm.bo, second.id).external_ids == key


def test_one_external_id_in_two_spellings_is_refused_in_a_sentence(firm):
    with pytest.raises(Invalid):
        firm.contact(external_ids=[Point("1", "erp"), Point("1", "ERP")])


def test_two_at_once_make_one_outside_record_into_one_contact(firm):
    results = []

    def make():
        with firm.app.app_context():
            try:
                results.append(firm.contact(external_ids=[Point("7", "erp")]).id)
            except Invalid as error:
                results.append(error)
            finally:
                db.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sum(isinstance(r, int) for r in results) == 1, results
    assert len(results) == 4


def test_a_key_is_never_given_twice(thingy):
    Thing = thingy.Thing
    with db.atomic():
        first = new_ids(Thing, 3)
        for id in first:
            Thing.insert(id=id, title="x").execute()
    Thing.delete().execute()
    with db.atomic():
        again = new_ids(Thing, 2)
    assert first == [1, 2, 3] and min(again) > 3
    # A row that got its key from the database itself counts too.
    record = Thing.create(title="y")
    with db.atomic():
        assert min(new_ids(Thing, 1)) > record.id


def test_eight_at_once_get_keys_of_their_own(thingy):
    things, got = thingy.things_thing, []

    def make(n):
        with thingy.app.app_context():
            pairs = [(things.new(thingy.bo), {"title": f"{n}.{i}"}) for i in range(5)]
            things.save_many(thingy.bo, pairs)
            got.extend(r.id for r, _ in pairs)
            db.close()

    threads = [threading.Thread(target=make, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(set(got)) == 40 and thingy.Thing.select().count() == 40


def test_an_unchanged_form_is_no_change(firm):
    """A form shows times to the minute and links by name; sending it back must not count as typing."""
    organisation = firm.contact("li", kind="organisation", name="Hidden Ltd")
    contact = firm.contact(organisation=organisation.id)
    browser = firm.client("bo")
    answer = browser.post(
        f"/contacts/{contact.id}/edit",
        data={
            "version": "1",
            "name": "Zhang Wei",
            "organisation": f"Hidden Ltd #{organisation.id}",
            "job_title": "CEO",
        },
    )
    assert answer.status_code == 303, answer.text
    again = firm.contacts.find(firm.bo, contact.id)
    assert (again.organisation_id, again.job_title) == (organisation.id, "CEO")


def test_a_link_that_is_masked_comes_back_unchanged_and_another_hidden_record_is_refused(firm):
    """In the form, in place and by the API: leaving alone what one may not see is no change, guessing is refused."""
    organisation = firm.contact("li", kind="organisation", name="Hidden Ltd")
    other = firm.contact("li", kind="organisation", name="Other Hidden Ltd")
    contact = firm.contact(organisation=organisation.id)
    browser, base = firm.client("bo"), f"/contacts/{contact.id}"
    with firm.app.app_context():
        token = tokens.add(firm.build, firm.bo, "programs", ["*"])[1]
    headers = {"Authorization": f"Bearer {token}"}

    def linked():
        return firm.contacts.find(firm.bo, contact.id).organisation_id

    def patch(id):
        return firm.app.test_client().patch(
            f"/api/v1{base}", json={"organisation": id, "version": version()}, headers=headers
        )

    def version():
        return firm.contacts.find(firm.bo, contact.id).version

    for path in (f"{base}/edit", f"{base}/field/organisation?edit=1"):
        page = browser.get(path).text
        shown = re.search(r'name="organisation"[^>]*value="([^"]*)"', page)[1]
        assert shown == f"No access #{organisation.id}" and "Hidden" not in page
        saved = browser.post(path.partition("?")[0], data={"version": "1", "name": "Zhang Wei", "organisation": shown})
        assert saved.status_code in (200, 303) and (linked(), version()) == (organisation.id, 1)
        for guess in (f"No access #{other.id}", f"#{other.id}", str(other.id), "Other Hidden Ltd", "Hidden Ltd"):
            form = {"version": "1", "name": "Zhang Wei", "organisation": guess}
            answer = browser.post(path.partition("?")[0], data=form)
            assert answer.status_code == 422 and "was not found among those that you may see" in answer.text, guess
            assert (linked(), version()) == (organisation.id, 1), "nothing was saved"
    assert patch(organisation.id).status_code == 200 and (linked(), version()) == (organisation.id, 1)
    assert patch(other.id).status_code == 422 and linked() == organisation.id
    assert patch(None).status_code == 200 and linked() is None, "it may be taken away"
    assert patch(organisation.id).status_code == 422 and linked() is None, "and not be given again"


def test_saving_a_form_keeps_the_seconds_of_a_time_that_nobody_touched(thingy):
    from tests.test_fields import EVERYTHING

    things = thingy.things_thing
    record = things.new(thingy.bo)
    things.save(thingy.bo, record, EVERYTHING)
    page = thingy.client("bo").post(
        f"/things/thing/{record.id}/edit", data={"version": "1", "at": "2026-03-04T05:06", "title": "New"}
    )
    assert page.status_code == 303
    again = things.find(thingy.bo, record.id)
    assert (again.title, again.at) == ("New", EVERYTHING["at"])
