"""Merging contacts: everything goes over to the one that stays, and comes back."""

import pytest

from core import log
from core.api import tokens
from core.contacts import Contact, Relationship, by_external_id
from core.db import db, pointing_to, utcnow
from core.errors import CannotUndo, Forbidden
from core.i18n import Problem
from core.journal import Batch
from core.merge import merge
from core.points import ContactPoint, Point
from core.search import find
from core.timeline import Entry
from core.undo import undo, undo_plan
from core.users import SYSTEM

pytest_plugins = ["tests.people"]

VENDOR = '''
"""A vendor's module with rows that point to contacts in three ways."""
import peewee
from core import Contact, Plugin, Record, Resource, fields, hookimpl

plugin = Plugin(name="wine", title="Wine", summary="Tastings.")
merged = []

class Tasting(Record):
    title = fields.Text()
    contact = fields.Link(Contact, backref="tastings")
    guest_of = fields.Link(Contact, backref="guests")

class Guest(Record):
    list_name = fields.Text()
    contact = fields.Link(Contact)
    class Meta:
        indexes = ((("list_name", "contact"), True),)

class Tastings(Resource):
    model, timeline, columns, search = Tasting, "contact", ("title", "contact"), ("title",)

class Guests(Resource):
    model, follows, columns = Guest, "contact", ("list_name", "contact")

@hookimpl
def resources():
    return [Tastings, Guests]

@hookimpl
def contacts_merged(survivor, merged):
    globals()["merged"].append((survivor.id, [m.id for m in merged]))
'''


@pytest.fixture
def wine(tmp_path):
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "wine.py").write_text(VENDOR)
    return folder


def snapshot(*tables):
    """Rows of tables, without what an undo may leave otherwise: version and time of the last change."""
    found = {}
    for table in tables:
        cursor = db.execute_sql(f'SELECT * FROM "{table}" ORDER BY id')
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        found[table] = [{k: v for k, v in row.items() if k not in ("version", "updated_at")} for row in rows]
    return found


def words(it, text, user):
    return [h.record_id for h in find(text, {"contacts": it.contacts.access(it.user(user))})]


def test_lists_are_united_and_empty_fields_filled(house):
    it = house()
    a = it.contact("Zhang Wei", emails="wei@a.cn", phones="138 0000 1111 (mobile)", job_title="Buyer", tags="vip")
    b = it.contact(
        "Zhang Wei 2",
        emails="WEI@a.cn; w2@a.cn",
        phones="+86 138-0000-1111",
        website="https://a.cn",
        note="Tall",
        tags="tea",
    )
    merge(it.build, it.user("bo"), a, [b])
    a = it.again(a)
    assert [p.value.casefold() for p in a.emails] == ["wei@a.cn", "w2@a.cn"]
    assert [p.value for p in a.phones] == ["138 0000 1111"] and a.phones[0].label == "mobile"
    assert a.tags == ["vip", "tea"]
    assert (a.name, a.job_title, a.website, a.note) == ("Zhang Wei", "Buyer", "https://a.cn", "Tall")
    assert it.again(b).deleted_batch and it.again(b).merged_into_id == a.id


def test_picked_values_win_and_a_name_brings_its_parts(house):
    it = house()
    a, b = it.contact("Bill Smith", job_title="Buyer"), it.contact("William Smith-Jones", job_title="Head buyer")
    merge(it.build, it.user("bo"), a, [b], {"name": b.name, "job_title": "Head buyer"})
    a = it.again(a)
    assert (a.name, a.given_name, a.family_name, a.job_title) == (
        "William Smith-Jones",
        "William",
        "Smith-Jones",
        "Head buyer",
    )


def test_entries_relationships_and_people_go_over_and_come_back(house):
    it = house()
    bo = it.user("bo")
    a = it.contact("Acme", kind="organisation")
    b = it.contact("ACME Ltd", kind="organisation", external_ids=[Point("77", "erp")])
    c = it.contact("Carla", organisation=b.id)
    log(it.build, bo, a, "note", "first")
    log(it.build, bo, b, "call", "second", next_at=utcnow(), next_text="send it")
    relations = it.build.resources["relationships"]
    for source, target in ((c, a), (c, b), (a, b)):
        relations.save(SYSTEM, relations.new(SYSTEM), {"source": source.id, "kind": "partner", "target": target.id})
    tables = ("core_contact", "core_contact_point", "core_entry", "core_relationship")
    before = snapshot(*tables)
    batch = merge(it.build, bo, a, [b])
    alive = list(Relationship.select().where(Relationship.deleted_batch.is_null()))
    assert [(r.source_id, r.target_id) for r in alive] == [(c.id, a.id)], "no double, none with itself"
    assert Entry.select().where(Entry.contact == a.id).count() == 2
    assert it.again(c).organisation_id == a.id
    assert it.again(a).next_step_at is not None
    assert by_external_id("erp", "77") == a.id
    assert batch.title == "Merged ACME Ltd into Acme"
    _, left = undo(it.build, bo, Batch.get_by_id(batch.id))
    assert left == []
    after = snapshot(*tables)
    points = [{k: v for k, v in p.items() if k != "id"} for p in after["core_contact_point"]]
    assert sorted(map(str, points)) == sorted(
        str({k: v for k, v in p.items() if k != "id"}) for p in before["core_contact_point"]
    )
    for table in ("core_contact", "core_entry", "core_relationship"):
        assert after[table] == before[table]


def test_rows_of_a_module_that_is_off_go_over_and_come_back(house, wine):
    it = house("wine", vendors=wine)
    a, b = it.contact("Zhang Wei", owner="bo"), it.contact("Zhang Wei", owner="li")
    tastings = it.build.resources["wine_tasting"]
    row = tastings.new(SYSTEM)
    tastings.save(SYSTEM, row, {"title": "Riesling", "contact": b.id, "guest_of": b.id})
    it.switch()
    with it.app.app_context():
        assert ("wine_tasting", "guest_of_id") in pointing_to("core_contact")
        batch = merge(it.build, it.user("ann"), a, [b])
        it.switch("wine")
    with it.app.app_context():
        assert {it.again(row).contact_id, it.again(row).guest_of_id} == {a.id}
        entry = Entry.get(Entry.resource == "wine_tasting")
        assert entry.contact_id == a.id
        seen = find("riesling", {"wine_tasting": it.build.resources["wine_tasting"].access(it.user("bo"))})
        assert [h.record_id for h in seen] == [row.id], "who sees the survivor finds what came with it"
        it.switch()
    with it.app.app_context():
        undo(it.build, it.user("ann"), Batch.get_by_id(batch.id))
        assert {it.again(row).contact_id, it.again(row).guest_of_id} == {b.id}
        assert Entry.get(Entry.resource == "wine_tasting").contact_id == b.id


def test_derived_entries_stay_those_of_their_records(house, wine):
    it = house("wine", vendors=wine)
    a, b = it.contact(), it.contact()
    tastings = it.build.resources["wine_tasting"]
    row = tastings.new(SYSTEM)
    tastings.save(SYSTEM, row, {"title": "Riesling", "contact": b.id})
    merge(it.build, it.user("bo"), a, [b])
    tastings.save(SYSTEM, it.again(row), {"title": "Silvaner"})
    assert [(e.contact_id, e.title) for e in Entry.select()] == [(a.id, "Silvaner")]
    import guanxi_wine

    assert guanxi_wine.merged[-1] == (a.id, [b.id])


def test_on_the_same_list_twice_keeps_one_and_the_undo_restores_both(house, wine):
    it = house("wine", vendors=wine)
    a, b = it.contact(), it.contact()
    guests = it.build.resources["wine_guest"]
    rows = []
    for contact, name in ((a, "Xmas"), (b, "Xmas"), (b, "Easter")):
        rows.append(guests.new(SYSTEM))
        guests.save(SYSTEM, rows[-1], {"list_name": name, "contact": contact.id})
    batch = merge(it.build, it.user("bo"), a, [b])
    now = [it.again(r) for r in rows]
    assert [r.contact_id for r in now] == [a.id, b.id, a.id] and [bool(r.deleted_batch) for r in now] == [
        False,
        True,
        False,
    ]
    undo(it.build, it.user("bo"), Batch.get_by_id(batch.id))
    now = [it.again(r) for r in rows]
    assert [r.contact_id for r in now] == [a.id, b.id, b.id] and not any(r.deleted_batch for r in now)


def test_what_was_added_to_the_survivor_stays_and_is_listed(house):
    it = house()
    bo = it.user("bo")
    a, b = it.contact("A. Zhang"), it.contact("Zhang", emails="z@a.cn")
    log(it.build, bo, b, "note", "old")
    batch = merge(it.build, bo, a, [b])
    a = it.again(a)
    it.contacts.save(bo, a, {"emails": [*a.emails, Point("new@a.cn")], "job_title": "Boss"})
    log(it.build, bo, a, "note", "new")
    assert [item.title for item in undo_plan(it.build, Batch.get_by_id(batch.id))] == ["new"]
    _, left = undo(it.build, bo, Batch.get_by_id(batch.id))
    assert [(item.resource, item.title, item.reason) for item in left] == [("entries", "new", "added after the merge")]
    a, b = it.again(a), it.again(b)
    assert [p.value for p in a.emails] == ["new@a.cn"] and a.job_title == "Boss"
    assert [p.value for p in b.emails] == ["z@a.cn"] and b.deleted_batch is None and b.merged_into_id is None
    assert [e.text for e in Entry.select().where(Entry.contact == b.id)] == ["old"]
    assert words(it, "zhang", "bo") == [b.id, a.id] or set(words(it, "zhang", "bo")) == {a.id, b.id}


def test_the_undo_can_be_undone(house):
    it = house()
    a, b = it.contact("A"), it.contact("B")
    log(it.build, it.user("bo"), b, "note", "old")
    batch = merge(it.build, it.user("bo"), a, [b])
    again, _ = undo(it.build, it.user("bo"), Batch.get_by_id(batch.id))
    undo(it.build, it.user("bo"), Batch.get_by_id(again.id))
    assert it.again(b).deleted_batch and it.again(b).merged_into_id == a.id
    assert Entry.get().contact_id == a.id


def test_the_later_of_two_merges_is_undone_first(house):
    it = house()
    bo = it.user("bo")
    a, b, c = it.contact("A"), it.contact("B"), it.contact("C")
    first = merge(it.build, bo, b, [a])
    second = merge(it.build, bo, c, [it.again(b)])
    assert it.again(a).merged_into_id == c.id
    with pytest.raises(CannotUndo, match="itself merged"):
        undo(it.build, bo, Batch.get_by_id(first.id))
    undo(it.build, bo, Batch.get_by_id(second.id))
    undo(it.build, bo, Batch.get_by_id(first.id))
    assert [it.again(x).merged_into_id for x in (a, b, c)] == [None, None, None]
    assert Contact.select().where(Contact.deleted_batch.is_null()).count() == 3


def test_custom_values_are_united_and_taken_back(house):
    it = house()
    a, b = it.contact(), it.contact()
    Contact.update(custom={"x": "1"}).where(Contact.id == a.id).execute()
    Contact.update(custom={"x": "2", "y": "3"}).where(Contact.id == b.id).execute()
    batch = merge(it.build, it.user("bo"), a, [b])
    assert it.again(a).custom == {"x": "1", "y": "3"}
    undo(it.build, it.user("bo"), Batch.get_by_id(batch.id))
    assert it.again(a).custom == {"x": "1"}


def test_an_employer_merged_into_its_employee_is_not_its_own_organisation(house):
    it = house()
    org = it.contact("Studio Li", kind="organisation")
    person = it.contact("Li", organisation=org.id)
    merge(it.build, it.user("bo"), person, [org], {"kind": "person"})
    assert it.again(person).organisation_id is None


# Bad input


def test_with_itself(house):
    it = house()
    a = it.contact()
    with pytest.raises(Problem, match="with itself"):
        merge(it.build, it.user("bo"), a, [a])


def test_merged_by_somebody_else_meanwhile(house):
    it = house()
    a, b, c = it.contact("A"), it.contact("B"), it.contact("C")
    merge(it.build, it.user("ann"), c, [b])
    with pytest.raises(Problem, match="B was merged into C in the meantime"):
        merge(it.build, it.user("bo"), a, [b])
    assert it.again(a).version == 1


def test_one_that_one_may_not_see(house):
    it = house()
    a, b = it.contact("A", owner="bo"), it.contact("B", owner="li")
    with pytest.raises(Problem, match="may not see"):
        merge(it.build, it.user("bo"), a, [b])
    with pytest.raises(Forbidden):
        merge(it.build, it.user("ro"), a, [b])
    assert it.again(b).deleted_batch is None


def test_a_person_and_an_organisation_only_when_said_so(house):
    it = house()
    a, b = it.contact("Li"), it.contact("Li Ltd", kind="organisation")
    with pytest.raises(Problem, match="person and one an organisation"):
        merge(it.build, it.user("bo"), a, [b])
    merge(it.build, it.user("bo"), a, [b], {"kind": "organisation"})
    assert it.again(a).kind == "organisation"


def test_an_external_id_taken_meanwhile_stops_the_undo_and_loses_nothing(house):
    it = house()
    bo = it.user("bo")
    a, b = it.contact("A"), it.contact("B", external_ids=[Point("1", "erp")])
    batch = merge(it.build, bo, a, [b])
    it.contacts.save(bo, it.again(a), {"external_ids": []})
    c = it.contact("C", external_ids=[Point("1", "erp")])
    with pytest.raises(CannotUndo, match="unique"):
        undo(it.build, bo, Batch.get_by_id(batch.id))
    assert Batch.get_by_id(batch.id).undone_by is None and it.again(b).deleted_batch
    assert ContactPoint.select().where(ContactPoint.contact_id == c.id).count() == 1


# Pages


def test_the_page_compares_merges_and_the_old_address_leads_on(house):
    it = house()
    a = it.contact("Zhang Wei", job_title="Buyer", emails="a@a.cn")
    b = it.contact("Zhang W.", job_title="Head buyer", emails="b@a.cn")
    log(it.build, it.user("bo"), b, "note", "hello")
    client = it.client("bo")
    answer = client.post("/contacts/bulk", data={"act": "merge", "id": [a.id, b.id]})
    assert answer.status_code == 303
    html = client.get(answer.location).text
    assert "Head buyer" in html and "a@a.cn" in html and "Timeline" in html
    answer = client.post(
        "/contacts/merge",
        data={"id": [a.id, b.id], "survivor": a.id, "field-job_title": b.id, f"version-{a.id}": a.version},
    )
    assert answer.location == f"/contacts/{a.id}"
    assert "merged into" in client.get(f"/contacts/{a.id}").text
    assert it.again(a).job_title == "Head buyer"
    moved = client.get(f"/contacts/{b.id}?kind=note")
    assert (moved.status_code, moved.location) == (301, f"/contacts/{a.id}?kind=note")
    assert moved.headers["Cache-Control"] == "no-store", "an undo must bring the old address back"
    assert client.get(f"/contacts/{b.id}/timeline").location == f"/contacts/{a.id}/timeline"
    assert it.client("li").get(f"/contacts/{b.id}").status_code == 404, "nothing leaks to who may not see it"
    assert it.client("ann").get(f"/contacts/{b.id}").status_code == 301
    batch = Batch.get(Batch.kind == "merge")
    client.post(f"/undo/{batch.id}")
    assert client.get(f"/contacts/{b.id}").status_code == 200


def test_the_picker_for_the_second_one_offers_who_looks_alike(house):
    it = house()
    a, b = it.contact("Zhang Wei"), it.contact("张伟")
    client = it.client("bo")
    html = client.get(f"/contacts/merge?id={a.id}").text
    assert f"id={b.id}" in html and "张伟" in html
    assert 'name="survivor"' in client.get(f"/contacts/merge?id={a.id}&other={b.id}").text


@pytest.mark.parametrize("ids", [[0], [0, 0], [0, 1, 2, 3, 4, 5]])
def test_too_few_too_many_or_the_same_twice_is_said(house, ids):
    it = house()
    rows = [it.contact(f"C{i}") for i in range(6)]
    answer = it.client("bo").post("/contacts/bulk", data={"act": "merge", "id": [rows[i].id for i in ids]})
    if answer.status_code == 303:
        answer = it.client("bo").get(answer.location)
    assert answer.status_code == 422


def test_who_may_not_delete_has_no_merge(house):
    it = house()
    a, b = it.contact(), it.contact()
    client = it.client("ro")
    assert client.get(f"/contacts/merge?id={a.id}&id={b.id}").status_code == 403
    assert "/contacts/merge" not in client.get(f"/contacts/{a.id}").text
    assert "/contacts/merge" in it.client("bo").get(f"/contacts/{a.id}").text


def test_a_contact_changed_since_the_page_was_shown_is_not_overwritten(house):
    it = house()
    a, b = it.contact("A"), it.contact("B")
    it.contacts.save(SYSTEM, it.again(a), {"job_title": "New"})
    data = {"id": [a.id, b.id], "survivor": b.id, f"version-{a.id}": 1}
    assert it.client("bo").post("/contacts/merge", data=data).status_code == 409
    assert it.again(a).deleted_batch is None


def test_the_api_leads_on_too(house):
    it = house()
    a, b = it.contact("A"), it.contact("B")
    merge(it.build, it.user("bo"), a, [b])
    for name, status in (("bo", 301), ("li", 404)):
        _, secret = tokens.add(it.build, it.user(name), "test", ["*"])
        header = {"Authorization": f"Bearer {secret}"}
        answer = it.app.test_client().get(f"/api/v1/contacts/{b.id}", headers=header)
        assert answer.status_code == status
        assert answer.location == (f"/api/v1/contacts/{a.id}" if status == 301 else None)
