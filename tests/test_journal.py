"""The journal and undo: every act can be taken back, and what was changed since is left alone and said."""

import datetime as dt
import re
import threading

import pytest

from core import Invalid, Problem, fields, journal
from core.contacts import Contact
from core.db import db
from core.errors import CannotUndo
from core.journal import Batch, Change
from core.points import ContactPoint, Point
from core.undo import undo as take_back
from core.undo import undo_plan
from tests.support import PASSWORD


def undo(firm, batch, user=None):
    return take_back(firm.build, user or firm.ann, Batch.get_by_id(batch.id))


def find(firm, id):
    return firm.contacts.find(firm.ann, id)


def titles(firm, text):
    return [hit["title"] for hit in firm.client("ann").get(f"/contacts/pick?q={text}").json]


def test_undo_of_a_create_puts_it_into_the_trash(firm):
    contact = firm.contact(emails=[Point("zw@x.example")])
    new, left = undo(firm, contact.batch)
    assert left == [] and new.undo_of == contact.batch.id
    assert Batch.get_by_id(contact.batch.id).undone_by == new.id
    assert not firm.contacts.exists(firm.ann, contact.id)
    assert titles(firm, "zhang") == []


def test_undo_of_an_update_gives_the_old_values_back(firm):
    contact = firm.contact(job_title="Buyer", stage="lead")
    firm.contacts.save(firm.bo, contact, {"job_title": "Director", "stage": "customer", "owner": firm.li.id})
    _, left = undo(firm, contact.batch)
    again = find(firm, contact.id)
    assert left == [] and (again.job_title, again.stage, again.owner_id) == ("Buyer", "lead", firm.bo.id)
    assert firm.client("bo").get("/contacts/pick?q=zhang").json, "the search's scope words went back too"


def test_undo_of_an_undo_does_it_again(firm):
    contact = firm.contact(job_title="Buyer")
    firm.contacts.save(firm.bo, contact, {"job_title": "Director"})
    first, _ = undo(firm, contact.batch)
    second, left = undo(firm, first)
    assert left == [] and find(firm, contact.id).job_title == "Director"
    undo(firm, second)
    assert find(firm, contact.id).job_title == "Buyer"


def test_undo_of_the_undo_of_a_create(firm):
    contact = firm.contact()
    away, _ = undo(firm, contact.batch)
    back, left = undo(firm, away)
    assert left == [] and find(firm, contact.id)
    undo(firm, back)
    assert not firm.contacts.exists(firm.ann, contact.id)


def test_undo_of_the_undo_of_a_delete_of_something_that_was_edited_before(firm):
    contact = firm.contact()
    firm.contacts.save(firm.bo, contact, {"job_title": "CEO"})
    batch = firm.contacts.delete(firm.bo, [contact])
    back, _ = undo(firm, batch)
    assert find(firm, contact.id).job_title == "CEO"
    _, left = undo(firm, back)
    assert left == [] and not firm.contacts.exists(firm.ann, contact.id)


def test_a_batch_that_made_and_changed_one_record_is_taken_back_whole(firm):
    """An import does so: two lines of the file are one contact."""
    contacts = firm.contacts
    record = contacts.new(firm.bo)
    with journal.transaction():
        batch = journal.open_batch(firm.bo, "import", "Import", "contacts")
        contacts.save(firm.bo, record, {"name": "Amy"}, batch=batch)
        contacts.save(firm.bo, record, {"phones": [Point("202 224 3244")]}, batch=batch)
    _, left = undo(firm, batch)
    assert left == [] and not contacts.exists(firm.ann, record.id)


def test_what_was_changed_since_is_left_alone_and_listed_before_anything_is_written(firm):
    contact = firm.contact(job_title="Buyer", source="Fair")
    firm.contacts.save(firm.bo, contact, {"job_title": "Director", "source": "Web"})
    batch = contact.batch
    firm.contacts.save(firm.li, contact, {"job_title": "CEO"})
    planned = undo_plan(firm.build, Batch.get_by_id(batch.id))
    assert [(p.record_id, p.reason) for p in planned] == [(contact.id, "changed since")]
    assert find(firm, contact.id).source == "Web"
    _, left = undo(firm, batch)
    again = find(firm, contact.id)
    assert left == planned and (again.job_title, again.source) == ("CEO", "Fair")


def test_a_new_record_that_somebody_worked_on_since_stays(firm):
    contact = firm.contact()
    firm.contacts.save(firm.bo, contact, {"job_title": "CEO"})
    made = Batch.select().where(Batch.kind == "create", Batch.resource == "contacts").get()
    _, left = undo(firm, made)
    assert [p.title for p in left] == ["Zhang Wei"] and firm.contacts.exists(firm.ann, contact.id)


def test_a_list_gives_back_only_what_the_batch_changed(firm):
    contact = firm.contact(tags=["old", "kept"])
    firm.contacts.save(firm.bo, contact, {"tags": ["kept", "new"]})
    batch = contact.batch
    firm.contacts.save(firm.li, contact, {"tags": ["kept", "new", "later"]})
    _, left = undo(firm, batch)
    assert left == [] and sorted(find(firm, contact.id).tags) == ["kept", "later", "old"]
    assert firm.contacts.query(firm.ann).where(Contact.id << ContactPoint.select(ContactPoint.contact_id)).count() == 1


def test_an_edit_of_what_was_deleted_since_is_left_alone(firm):
    contact = firm.contact(job_title="Buyer", external_ids=[Point("1", "erp")])
    firm.contacts.save(firm.bo, contact, {"job_title": "Director", "emails": [Point("zw@x.example")]})
    batch = contact.batch
    firm.contacts.delete(firm.bo, [contact])
    _, left = undo(firm, batch)
    assert [p.record_id for p in left] == [contact.id]
    assert titles(firm, "zhang") == [], "a record in the trash came back into the search"
    assert Contact.get_by_id(contact.id).job_title == "Director"


def test_undo_of_a_delete_when_its_external_id_was_given_away(firm):
    key = [Point("1", "erp")]
    first, other = firm.contact(external_ids=key), firm.contact(name="Bystander")
    batch = firm.contacts.delete(firm.bo, [first, other])
    second = firm.contact(name="Second", external_ids=key)
    _, left = undo(firm, batch)
    assert [p.record_id for p in left] == [first.id]
    assert firm.contacts.exists(firm.ann, other.id) and firm.contacts.exists(firm.ann, second.id)


def test_undo_of_an_update_when_its_unique_value_was_given_away(firm):
    li = firm.li
    firm.users.save(firm.ann, li, {"email": "new@firm.example"})
    batch = li.batch
    bo = firm.bo
    firm.users.save(firm.ann, bo, {"email": "li@firm.example"})
    _, left = undo(firm, batch)
    assert [p.record_id for p in left] == [li.id]


def test_a_second_undo_is_refused(firm):
    contact = firm.contact()
    undo(firm, contact.batch)
    with pytest.raises(CannotUndo, match="already"):
        undo(firm, contact.batch)
    with pytest.raises(CannotUndo, match="already"):
        undo_plan(firm.build, Batch.get_by_id(contact.batch.id))


def test_of_two_undos_at_the_same_moment_one_is_refused(firm):
    contact = firm.contact(job_title="a")
    firm.contacts.save(firm.bo, contact, {"job_title": "b"})
    ready, results = threading.Barrier(2), []

    def press():
        with firm.app.app_context():
            batch = Batch.get_by_id(contact.batch.id)
            ready.wait()
            try:
                results.append(take_back(firm.build, firm.ann, batch))
            except CannotUndo:
                results.append(None)
            finally:
                db.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert results.count(None) == 1 and len(results) == 2
    assert Batch.select().where(Batch.kind == "undo").count() == 1
    assert find(firm, contact.id).job_title == "a"


def test_a_long_batch_committed_by_chunks_is_undone_as_one(firm):
    contacts = firm.contacts
    with journal.transaction():
        batch = journal.open_batch(firm.bo, "import", "Import", "contacts")
    for chunk in range(3):
        pairs = [(contacts.new(firm.bo), {"name": f"Person {chunk}.{i}", "tags": ["x"]}) for i in range(400)]
        contacts.save_many(firm.bo, pairs, batch=batch)
    assert Batch.get_by_id(batch.id).count == 1200
    assert Change.select().where(Change.batch_id == batch.id).count() == 3, "runs of ids, not a row each"
    touched = contacts.query(firm.bo).order_by(Contact.id).offset(700).first()
    contacts.save(firm.bo, touched, {"job_title": "CEO"})
    _, left = undo(firm, batch)
    assert [p.record_id for p in left] == [touched.id]
    assert [r.id for r in contacts.query(firm.bo)] == [touched.id]


def test_a_move_is_undone_where_nobody_moved_it_on(firm):
    a, b, c = (firm.contact(name=n) for n in "ABC")
    ids, bo, li, kim = [a.id, b.id, c.id], firm.bo.id, firm.li.id, firm.kim.id
    with journal.transaction():
        batch = journal.open_batch(firm.ann, "merge", "Moved", "contacts")
        Contact.update(owner=li).where(Contact.id << ids).execute()
        journal.note_move(batch, "core_contact", "owner_id", bo, li, ids)
    firm.contacts.save(firm.ann, find(firm, c.id), {"owner": kim})
    back, left = undo(firm, batch)
    assert [find(firm, i).owner_id for i in ids] == [bo, bo, kim]
    assert [p.record_id for p in left] == [c.id]
    undo(firm, back)
    assert [find(firm, i).owner_id for i in ids] == [li, li, kim]


def test_undo_waits_for_a_module_that_is_off(thingy):
    things = thingy.things_thing
    record = things.new(thingy.bo)
    things.save(thingy.bo, record, {"title": "Thing"})
    thingy.switch()
    page = thingy.client("ann").get(f"/undo/{record.batch.id}")
    assert "module that is off" in page.text
    with pytest.raises(CannotUndo, match="Switch it on"):
        undo(thingy, record.batch)
    thingy.switch("things")
    undo(thingy, record.batch)
    assert not thingy.things_thing.exists(thingy.ann, record.id)


def test_undo_of_a_record_takes_its_timeline_entry_along(thingy):
    contact, things = thingy.contact(), thingy.things_thing
    record = things.new(thingy.bo)
    things.save(thingy.bo, record, {"title": "A viewing", "contact": contact.id})
    browser = thingy.client("bo")
    assert "A viewing" in browser.get(f"/contacts/{contact.id}").text
    batch = things.delete(thingy.bo, [record])
    assert "A viewing" not in browser.get(f"/contacts/{contact.id}").text
    undo(thingy, batch)
    assert "A viewing" in browser.get(f"/contacts/{contact.id}").text


def test_only_who_did_it_or_an_administrator_may_undo(firm):
    contact = firm.contacts.new(firm.bo)
    firm.contacts.save(firm.bo, contact, {"name": "Mine"})
    url = f"/undo/{contact.batch.id}"
    assert firm.client("li").post(url).status_code == 403
    assert firm.client("mei").get(url).status_code == 403
    assert firm.client("bo").get(url).status_code == 200
    assert firm.client("ann").post(url).status_code == 303
    assert not firm.contacts.exists(firm.ann, contact.id)


def test_who_may_no_longer_write_may_no_longer_undo(firm):
    contact = firm.contacts.new(firm.bo)
    firm.contacts.save(firm.bo, contact, {"name": "Mine"})
    bo, reader = firm.bo, firm.ro.role_id
    firm.users.save(firm.ann, bo, {"role": reader})
    assert firm.client("bo").post(f"/undo/{contact.batch.id}").status_code == 403
    assert firm.contacts.exists(firm.ann, contact.id)


def test_a_records_history_shows_the_batch_that_made_it(firm):
    contacts = firm.contacts
    pairs = [(contacts.new(firm.bo), {"name": f"Person {i}"}) for i in range(9)]
    batch = contacts.save_many(firm.bo, pairs)
    for record, _ in pairs:
        assert [b.id for _, b in journal.history("core_contact", record.id)] == [batch.id]


def test_undo_of_the_first_administrators_creation_is_refused(firm):
    """Otherwise nobody could ever sign in again: the set-up page is gone too."""
    ann = firm.ann
    made = next(b for c, b in journal.history("core_user", ann.id) if c.op == "create")
    with pytest.raises((Problem, Invalid), match="last administrator"):
        undo(firm, made)
    assert firm.ann.is_active


# The page


def listed(firm, address: str) -> list[str]:
    """The rows of the journal's page, as text."""
    page = firm.client("ann").get(f"/admin/journal?{address}").text
    if "<tbody>" in page:
        page = page.partition("<tbody>")[2].partition("</tbody>")[0]
        parts = page.split("<tr>")[1:]
    else:
        parts = page.partition("</form>")[2].partition("</section>")[0].split('<div class="gx-item">')[1:]
    return [re.sub(r"<[^>]*>", " ", part) for part in parts if "Nothing yet" not in part]


def test_the_journal_shows_who_signed_in_and_who_was_refused(firm):
    stranger = firm.app.test_client()
    stranger.post("/login", data={"email": "bo@firm.example", "password": "wrong"})
    stranger.post("/login", data={"email": "nobody@else.example", "password": "wrong"})
    stranger.post("/login", data={"email": "bo@firm.example", "password": PASSWORD})
    good, bad = listed(firm, "kind=sign-in"), listed(firm, "kind=refused")
    assert len(good) == 1 and "bo@firm.example" in good[0] and "signed in" in good[0]
    assert len(bad) == 2 and "nobody@else.example" in bad[0] and "bo@firm.example" in bad[1]
    assert len(listed(firm, f"kind=refused&user={firm.bo.id}")) == 1
    assert not listed(firm, f"kind=sign-in&user={firm.li.id}")


def test_the_journal_is_narrowed_to_exports_to_a_person_and_to_days(firm):
    firm.contact("li", name="Ada")
    firm.client("mei").get("/contacts/export?format=csv")
    exports = listed(firm, "kind=export")
    assert len(exports) == 1 and "Export" in exports[0]
    assert not listed(firm, f"kind=export&user={firm.bo.id}") and listed(firm, f"kind=export&user={firm.mei.id}")
    last_week = fields.utcnow() - dt.timedelta(days=7)
    Batch.update(at=last_week).where(Batch.kind == "export").execute()
    day, today = last_week.date(), fields.utcnow().date()
    assert len(listed(firm, f"from={day}&to={day}")) == 1
    assert listed(firm, f"from={today}") and not [row for row in listed(firm, f"from={today}") if "Export" in row]
    assert listed(firm, "to=1999-01-01") == [] and listed(firm, "from=nonsense") == listed(firm, "")
