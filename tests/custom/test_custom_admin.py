"""Making, changing and removing fields in the browser: what works, and the clear answer where something must not be."""

import pytest

from core import Invalid, journal
from core.custom import indexes
from core.custom.models import CustomField
from core.undo import undo
from core.users import SYSTEM, Role

from .conftest import choices, rebuild

NEW = {"resource": "contacts", "kind": "text", "filtered": "yes"}


def text(answer):
    return answer.get_data(as_text=True)


def test_a_field_made_in_the_browser_is_in_form_page_list_and_filter(crm):
    client = crm.client("ann")
    made = client.post("/admin/fields/new", data=NEW | {"title": "Badge", "section": "Service", "help": "As printed"})
    assert made.status_code == 303, text(made)
    rebuild(crm)
    key = CustomField.get().key
    form = text(crm.client("bo").get("/contacts/new"))
    assert f'name="{key}"' in form and "Badge" in form and "Service" in form and "As printed" in form
    crm.client("bo").post("/contacts/new", data={"kind": "person", "name": "Ada", key: "B 17"})
    person = crm.contacts.model.get(crm.contacts.model.name == "Ada")
    page = text(crm.client("bo").get(f"/contacts/{person.id}"))
    assert "B 17" in page and "Service" in page
    listed = text(crm.client("bo").get(f"/contacts/?cols={key}&{key}=b+17&sort={key}"))
    assert "B 17" in listed and 'aria-sort="ascending"' in listed
    assert "Nothing matches" in text(crm.client("bo").get(f"/contacts/?{key}=other"))


def test_only_administrators_come_in(crm):
    key = crm.make("Badge")
    for who in ("mei", "bo", "ro"):
        client = crm.client(who)
        for path in ("/admin/fields/", "/admin/fields/1", "/admin/fields/new", "/admin/fields/1/erase"):
            assert client.get(path).status_code in (403, 404), (who, path)
        assert client.post("/admin/fields/new", data=NEW | {"title": "Mine"}).status_code == 403
        assert client.post(f"/admin/fields/{key[1:]}/access", data={}).status_code == 403
        assert client.post(f"/admin/fields/{key[1:]}/delete").status_code in (403, 404)
    assert CustomField.select().count() == 1


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"title": ""}, "must be filled in"),
        ({"title": "E-mail"}, "already"),
        ({"title": "邮箱"}, "already"),
        ({"title": "bADGE"}, "already"),
        ({"title": "X", "kind": "choice"}, "at least one choice"),
        ({"title": "X", "kind": "number", "default": "many"}, "not a number"),
        ({"title": "X", "kind": "date", "default": "soon"}, "not a date"),
        ({"title": "X", "kind": "choice", "options": "a\nb", "default": "c"}, "not one of"),
        ({"title": "X", "kind": "choice", "options": "a\nA"}, "two choices"),
        ({"title": "X", "kind": "choice", "options": "a, b"}, "cannot be a choice"),
        ({"title": "X", "resource": "roles"}, "Choose which records"),
        ({"title": "X", "resource": "nonsense"}, "Choose which records"),
        ({"title": "X", "kind": "nonsense"}, "not one of"),
    ],
)
def test_what_cannot_be_made_is_said_and_kept_in_the_form(crm, wrong, said):
    crm.make("Badge")
    answer = crm.client("ann").post("/admin/fields/new", data=NEW | {"help": "kept words"} | wrong)
    assert answer.status_code == 422
    assert said in text(answer) and "kept words" in text(answer)
    assert CustomField.select().count() == 1


def test_a_default_is_what_a_new_record_starts_with(crm):
    key, date, who = crm.make("Badge", default="B 1"), crm.make("Seen", "date", default="today"), ""
    who = crm.make("Buyer", "user", default="me")
    form = text(crm.client("bo").get("/contacts/new"))
    assert 'value="B 1"' in form and "Bo Member" in form
    record = crm.contacts.new(crm.bo)
    crm.contacts.save(crm.bo, record, {"name": "Ada"})
    values = {name: crm.contacts.kinds[name].get(record) for name in (key, date, who)}
    assert values[key] == "B 1" and values[date] is not None and values[who] == crm.bo.id


def test_required_is_asked_of_people_and_not_of_the_program(crm):
    old = crm.contact(name="Before")
    key = crm.make("Badge", required=True)
    with pytest.raises(Invalid) as caught:
        crm.contacts.save(crm.bo, crm.contacts.new(crm.bo), {"name": "Ada"})
    assert list(caught.value.errors) == [key]
    crm.contacts.save(crm.bo, crm.contacts.find(crm.bo, old.id), {"name": "Still fine"})
    crm.contacts.save(SYSTEM, crm.contacts.new(SYSTEM), {"name": "By mail"})


def test_a_renamed_field_keeps_its_values(crm):
    key = crm.make("Badge")
    record = crm.contact(**{key: "B 17"})
    crm.client("ann").post(f"/admin/fields/{key[1:]}/edit", data={"title": "Pass", "filtered": "yes"})
    rebuild(crm)
    page = text(crm.client("bo").get(f"/contacts/{record.id}"))
    assert "Pass" in page and "B 17" in page and "Badge" not in page


def test_the_kind_and_the_records_cannot_change(crm):
    key = crm.make("Badge")
    for wrong in ({"kind": "number"}, {"resource": "teams"}):
        answer = crm.client("ann").post(f"/admin/fields/{key[1:]}/edit", data={"title": "Badge"} | wrong)
        assert answer.status_code == 422 and "a new" in text(answer)
    assert crm.definition(key).kind == "text" and crm.definition(key).resource == "contacts"


def test_a_removed_field_keeps_its_values_and_comes_back(crm):
    key = crm.make("Badge")
    record = crm.contact(**{key: "B 17"})
    page = text(crm.client("ann").get(f"/admin/fields/{key[1:]}"))
    assert "1 record holds a value." in page
    crm.client("ann").post(f"/admin/fields/{key[1:]}/delete")
    rebuild(crm)
    assert key not in crm.contacts.kinds and indexes.present() == set()
    crm.contacts.save(SYSTEM, crm.contacts.find(SYSTEM, record.id), {"name": "Changed meanwhile"})
    listed = text(crm.client("ann").get("/admin/fields/"))
    assert "Badge" in listed and "1 record keeps its value" in listed
    batch = CustomField.get().deleted_batch
    crm.client("ann").post(f"/undo/{batch}")
    rebuild(crm)
    assert crm.contacts.kinds[key].get(crm.contacts.find(SYSTEM, record.id)) == "B 17"
    assert indexes.present() == {f"custom_{key}"}


def test_a_removed_field_does_not_come_back_beside_one_of_its_name(crm):
    key = crm.make("Badge")
    crm.client("ann").post(f"/admin/fields/{key[1:]}/delete")
    crm.make("Badge", "number")
    answer = crm.client("ann").post(f"/undo/{CustomField.get_by_id(int(key[1:])).deleted_batch}")
    assert answer.status_code == 422 and "already" in text(answer)


def test_erasing_asks_for_the_name_exports_and_leaves_the_rest(crm):
    key, other = crm.make("Badge"), crm.make("Size", "number")
    record = crm.contact(**{key: "B 17", other: 4})
    trashed = crm.contact(name="Trashed", **{key: "B 18"})
    crm.contacts.delete(SYSTEM, [trashed])
    assert crm.client("ann").get(f"/admin/fields/{key[1:]}/erase").status_code == 404, "only of a removed field"
    client = crm.client("ann")
    client.post(f"/admin/fields/{key[1:]}/delete")
    rebuild(crm)
    client, erase = crm.client("ann"), f"/admin/fields/{key[1:]}/erase"
    assert "2 records hold a value" in text(client.get(erase))
    assert client.post(erase, data={"confirm": "Bad"}).status_code == 422
    answer = client.post(erase, data={"confirm": "Badge"}, follow_redirects=False)
    name = answer.headers["Location"].partition("export=")[2]
    exported = client.get(f"/admin/modules/exports/{name}").get_data().decode("utf-8-sig")
    assert "B 17" in exported and "B 18" in exported and "Zhang Wei" in exported
    left = crm.contacts.find(SYSTEM, record.id).custom
    assert left == {other: "4"}
    assert "B 18" not in str(crm.contacts.model.get_by_id(trashed.id).custom)
    assert CustomField.select().count() == 1
    assert "Nothing matches" in text(client.get("/contacts/?q=17")), "the search has forgotten it"


def test_a_choice_that_rows_have_is_not_just_removed(crm):
    key = crm.make("Grade", "choice", options=choices("Gold", "Silver"))
    record = crm.contact(**{key: "Gold"})
    client, edit = crm.client("ann"), f"/admin/fields/{key[1:]}/edit"
    rows = {"options-0-value": "Gold", "options-0-label": "Gold", "options-0-hue": "red"}
    rows |= {"options-1-value": "Silver", "options-1-label": "Silver", "title": "Grade", "filtered": "yes"}
    for gone in ({"options-0-label": ""}, {"options-0-then": "remove"}):
        answer = client.post(edit, data=rows | gone)
        assert answer.status_code == 422 and "records that have it: 1" in text(answer), gone
        assert "options-0-then" in text(answer) and "replaced by" in text(answer), "the choice is still there to settle"
    client.post(edit, data=rows | {"options-1-then": "remove"})
    assert [o["value"] for o in crm.definition(key).options] == ["Gold"], "nobody has Silver"
    assert crm.contacts.find(SYSTEM, record.id).custom[key] == "Gold"


def test_a_retired_choice_is_kept_shown_and_not_offered(crm):
    key = crm.make("Grade", "choice", options=choices("Gold", "Silver"))
    have, new = crm.contact(**{key: "Gold"}), crm.contact(name="New")
    options = [o | {"retired": o["value"] == "Gold"} for o in choices("Gold", "Silver")]
    crm.custom_fields.save(crm.ann, crm.definition(key), {"options": options})
    rebuild(crm)
    client = crm.client("bo")
    assert "Gold" in text(client.get(f"/contacts/{have.id}"))
    assert 'value="Gold" selected' in text(client.get(f"/contacts/{have.id}/edit"))
    assert 'value="Gold"' not in text(client.get(f"/contacts/{new.id}/edit"))
    client.post(f"/contacts/{have.id}/edit", data={"kind": "person", "name": "Kept", key: "Gold"})
    assert crm.contacts.find(SYSTEM, have.id).custom[key] == "Gold"


@pytest.mark.parametrize("kind", ["choice", "choices"])
def test_a_replaced_choice_takes_its_rows_along_and_one_undo_brings_both_back(crm, kind):
    key = crm.make("Grade", kind, options=choices("Gold", "Silver"))
    listed = kind == "choices"
    record = crm.contact(**{key: ["Gold"] if listed else "Gold"})
    options = [choices("Gold")[0] | {"becomes": "Silver"}, *choices("Silver")]
    saved = crm.custom_fields.save(crm.ann, crm.definition(key), {"options": options})
    rebuild(crm)
    assert [o["value"] for o in crm.definition(key).options] == ["Silver"]
    assert crm.contacts.find(SYSTEM, record.id).custom[key] == (["Silver"] if listed else "Silver")
    undo(crm.build, crm.ann, journal.Batch.get_by_id(saved.batch.id))
    rebuild(crm)
    assert [o["value"] for o in crm.definition(key).options] == ["Gold", "Silver"]
    assert crm.contacts.find(SYSTEM, record.id).custom[key] == (["Gold"] if listed else "Gold")


def test_many_rows_get_their_other_choice_from_the_worker(crm, monkeypatch):
    from core.custom import resource
    from core.jobs import run_due

    monkeypatch.setattr(resource, "AT_ONCE", 1)
    key = crm.make("Grade", "choice", options=choices("Gold", "Silver"))
    records = [crm.contact(name=f"P{i}", **{key: "Gold"}) for i in range(3)]
    options = [choices("Gold")[0] | {"becomes": "Silver"}, *choices("Silver")]
    crm.custom_fields.save(crm.ann, crm.definition(key), {"options": options})
    rebuild(crm)
    assert crm.contacts.find(SYSTEM, records[0].id).custom[key] == "Gold"
    run_due(crm.app)
    assert {crm.contacts.find(SYSTEM, r.id).custom[key] for r in records} == {"Silver"}


def test_roles_that_do_not_see_a_field_do_not_meet_it_anywhere(crm):
    key = crm.make("Salary", "number")
    record = crm.contact(**{key: 4711})
    member = Role.get(Role.name == "member")
    crm.client("ann").post(f"/admin/fields/{key[1:]}/access", data={f"role-{member.id}": "hidden"})
    client = crm.client("bo")
    for path in (
        f"/contacts/?cols={key}&sort={key}&{key}=9",
        f"/contacts/{record.id}",
        f"/contacts/{record.id}/edit",
        f"/contacts/{record.id}/history",
        "/contacts/export?format=csv",
        "/contacts/export?format=json",
    ):
        said = text(client.get(path))
        assert "4711" not in said and "Salary" not in said and "4,711" not in said, path
    assert "Zhang Wei" in text(client.get(f"/contacts/?{key}=9")), "the filter does not count"
    assert "4,711" in text(crm.client("mei").get(f"/contacts/{record.id}"))
    crm.client("ann").post(f"/admin/fields/{key[1:]}/access", data={f"role-{member.id}": "locked"})
    client = crm.client("bo")
    assert "4,711" in text(client.get(f"/contacts/{record.id}"))
    assert client.get(f"/contacts/{record.id}/field/{key}?edit=1").status_code == 403
    assert Role.get(Role.name == "member").field_rules == {"contacts": {key: "locked"}}


def test_order_and_sections_stand_as_the_administrator_puts_them(crm):
    first, second = crm.make("Alpha", section="Z"), crm.make("Beta", section="Z")
    client = crm.client("ann")
    client.post(f"/admin/fields/{second[1:]}/act/up")
    rebuild(crm)
    assert list(crm.contacts.custom) == [second, first]
    form = text(crm.client("bo").get("/contacts/new"))
    assert form.index("Beta") < form.index("Alpha") and form.count(">Z<") == 1


def test_unticking_drops_the_index_and_the_filter(crm):
    key = crm.make("Badge")
    assert indexes.present() == {f"custom_{key}"} and key in crm.contacts.filters
    crm.client("ann").post(f"/admin/fields/{key[1:]}/edit", data={"title": "Badge", "filtered": ""})
    rebuild(crm)
    assert indexes.present() == set() and key not in crm.contacts.filters
    assert crm.contacts.kinds[key].sort_column is None


def test_a_large_table_gets_its_index_from_the_worker(crm, monkeypatch):
    from core.jobs import run_due

    monkeypatch.setattr(indexes, "AT_ONCE", 1)
    for i in range(3):
        crm.contact(name=f"P{i}")
    key = crm.make("Badge")
    assert indexes.present() == set() and key not in crm.contacts.filters and key in crm.contacts.fields
    assert "getting its index" in text(crm.client("ann").get("/admin/fields/"))
    before = crm.build.fields_stamp
    run_due(crm.app)
    assert indexes.present() == {f"custom_{key}"}
    rebuild(crm)
    assert key in crm.contacts.filters and crm.build.fields_stamp != before
