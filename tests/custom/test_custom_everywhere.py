"""Custom fields in search, import, export, API, bulk edit, history, merge and duplicate rules: as built-in ones are."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from core import Conflict, journal, merge_contacts
from core.api import tokens
from core.api.openapi import document
from core.fields import Amount
from core.listing import Listing
from core.points import Point
from core.trial import Trial
from core.undo import undo
from core.users import SYSTEM
from tests.test_import import counts, run

from .conftest import choices, rebuild


def text(answer):
    return answer.get_data(as_text=True)


@pytest.fixture
def full(crm):
    """A field of every kind on contacts; `full.keys` by kind, `full.values` what a contact has in them."""
    friend = crm.contact(name="Friend")
    made = {
        "text": ("Badge", "B 17; a", {}),
        "longtext": ("Story", "Two\nlines", {}),
        "number": ("Size", "12.5", {}),
        "money": ("Budget", Amount(123450, "CNY"), {}),
        "date": ("Until", "2027-01-31", {}),
        "choice": ("Grade", "Gold", {"options": choices("Gold", "Silver")}),
        "choices": ("Likes", ["Tea", "Wine"], {"options": choices("Tea", "Wine", "Ale")}),
        "bool": ("Invited", True, {}),
        "contact": ("Brought by", friend.id, {}),
        "user": ("Cook", crm.bo.id, {}),
        "url": ("Menu", "https://menu.example/a", {}),
    }
    crm.keys = {kind: crm.make(title, kind, **more) for kind, (title, _, more) in made.items()}
    crm.values = {}
    for kind, (_, value, _) in made.items():
        own = crm.contacts.kinds[crm.keys[kind]]
        crm.values[crm.keys[kind]] = own.parse(value) if isinstance(value, str) else value
    crm.friend = friend
    return crm


def has(firm, record):
    """What a contact has in its custom fields."""
    fresh = firm.contacts.model.get_by_id(record if isinstance(record, int) else record.id)
    return {key: firm.contacts.kinds[key].get(fresh) for key in firm.contacts.custom}


def test_the_search_finds_texts(full):
    full.contact(name="Ada", **full.values)
    for words in ("17", "lines", "menu.example"):
        assert [r.name for r in Listing(full.contacts, full.bo, MultiDict({"q": words})).page.rows] == ["Ada"], words


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_export_is_read_back_by_its_labels(full, format):
    ada = full.contact(name="Ada", emails=[Point("ada@x.example")], **full.values)
    with full.app.app_context():
        data = full.client("ann").get(f"/contacts/export?format={format}&q=ada").get_data()
    full.contacts.delete(SYSTEM, [ada])
    report = run(full, data, name=f"people.{format}")
    assert counts(report) == (1, 0, 0, 0)
    again = full.contacts.query(SYSTEM).where(full.contacts.model.name == "Ada").get()
    assert has(full, again) == full.values
    assert full.contacts.kinds["custom"].get(again) == {}, "no column was left without a home"
    assert counts(run(full, data, name=f"people.{format}", duplicates="update"))[:2] == (0, 0), "twice changes nothing"


def test_an_import_says_what_it_cannot_read_and_keeps_other_headings_beside(full):
    key = full.keys
    report = run(full, "name,Size,Until,Grade,c99,Shoe\nAda,12.5,31.01.2027,gold,odd,42\nBea,many,,,,\n")
    assert counts(report) == (1, 0, 0, 1)
    ada = full.contacts.query(SYSTEM).where(full.contacts.model.name == "Ada").get()
    values = has(full, ada)
    assert (str(values[key["number"]]), values[key["choice"]]) == ("12.5", "Gold")
    assert values[key["date"]].isoformat() == "2027-01-31" and values[key["text"]] == ""
    assert full.contacts.kinds["custom"].get(ada) == {"“c99”": "odd", "Shoe": "42"}, (
        "a heading like a field's id is none"
    )
    page = text(full.client("ann").get(f"/contacts/{ada.id}"))
    assert "Shoe" in page and "_key" not in page


def test_json_has_values_and_the_api_takes_them(full):
    ada = full.contact(name="Ada", **full.values)
    client, token = full.client("ann"), tokens.add(full.build, full.ann, "t", ["*"], None)[1]
    head, key = {"Authorization": f"Bearer {token}"}, full.keys
    got = client.get(f"/api/v1/contacts/{ada.id}", headers=head).get_json()
    assert got[key["money"]] == {"minor": 123450, "currency": "CNY"} and got[key["number"]] == "12.5"
    assert got[key["choices"]] == ["Tea", "Wine"] and got[key["bool"]] is True and got[key["contact"]] == full.friend.id
    sent = {name: got[name] for name in full.values}
    made = client.post("/api/v1/contacts", headers=head, json={"name": "Bea"} | sent)
    assert made.status_code == 201 and has(full, made.get_json()["id"]) == full.values
    wrong = client.patch(
        f"/api/v1/contacts/{ada.id}",
        headers=head,
        json={key["choice"]: "Lead", key["number"]: "x", key["choices"]: ["?"]},
    )
    assert wrong.status_code == 422 and set(wrong.get_json()["error"]["fields"]) == {
        key["choice"],
        key["number"],
        key["choices"],
    }
    found = client.get(f"/api/v1/contacts?{key['choices']}=Wine&sort=-{key['date']}&limit=1", headers=head).get_json()
    assert [r["name"] for r in found["data"]] == ["Bea"] and found["next"]
    assert [r["name"] for r in client.get(found["next"], headers=head).get_json()["data"]] == ["Ada"]


def test_openapi_describes_them(full):
    with full.app.app_context():
        schema = document(full.build)["components"]["schemas"]["contacts"]["properties"]
    assert schema[full.keys["choice"]]["description"].startswith("Grade")
    assert schema[full.keys["choices"]]["type"] == ["array", "null"]
    assert schema[full.keys["money"]]["properties"].keys() == {"minor", "currency"}


def test_a_field_is_made_by_the_api_too(crm):
    client, token = crm.client("ann"), tokens.add(crm.build, crm.ann, "t", ["*"], None)[1]
    head = {"Authorization": f"Bearer {token}"}
    body = {
        "title": "Grade",
        "resource": "contacts",
        "kind": "choice",
        "options": [{"label": "Gold"}, {"label": "Silver"}],
    }
    made = client.post("/api/v1/custom_fields", headers=head, json=body)
    assert made.status_code == 201, made.get_json()
    for wrong in ({"options": ["x", 5]}, {"options": [{"label": "a;b"}]}, {"kind": "choice", "title": "Other"}):
        answer = client.post("/api/v1/custom_fields", headers=head, json=body | {"title": "New", "options": []} | wrong)
        assert answer.status_code == 422, wrong
    rebuild(crm)
    assert list(crm.contacts.kinds[f"c{made.get_json()['id']}"].labels) == ["Gold", "Silver"]
    other = tokens.add(crm.build, crm.bo, "t", ["*"], None)[1]
    refused = client.post("/api/v1/custom_fields", headers={"Authorization": f"Bearer {other}"}, json=body)
    assert refused.status_code == 403


def test_many_get_a_choice_at_once(full):
    people = [full.contact(name=f"P{i}") for i in range(3)]
    key, client = full.keys["choice"], full.client("mei")
    assert f'id="bulk-{key}"' in text(client.get("/contacts/"))
    form = {"act": "set", "field": key, "value": "Silver", "id": [p.id for p in people]}
    client.post("/contacts/bulk", data=form)
    assert {has(full, p)[key] for p in people} == {"Silver"}
    batch = journal.Batch.select().order_by(journal.Batch.id.desc()).first()
    undo(full.build, full.mei, batch)
    assert {has(full, p)[key] for p in people} == {""}


def test_the_history_says_what_it_was_and_gives_it_back(full):
    ada, key = full.contact(name="Ada", **full.values), full.keys
    record = full.contacts.find(full.ann, ada.id)
    nothing = {k: full.contacts.kinds[k].nothing for k in full.values}
    full.contacts.save(full.ann, record, nothing)
    assert has(full, ada) == nothing and full.contacts.model.get_by_id(ada.id).custom == {}
    client = full.client("ann")
    page = text(client.get(f"/contacts/{ada.id}/history"))
    for words in ("Badge", "B 17; a", "Gold", "Tea", "12.5", "¥1,234.50", "Friend", "Bo Member", "menu.example"):
        assert words in page, words
    change = journal.Change.select().where(journal.Change.op == "update").order_by(journal.Change.id.desc()).first()
    client.post(f"/contacts/{ada.id}/restore", data={"change": change.id, "field": key["choices"]})
    assert has(full, ada)[key["choices"]] == ["Tea", "Wine"]
    left = undo(full.build, full.ann, journal.Batch.get_by_id(change.batch_id))[1]
    assert has(full, ada) == full.values and len(left) <= 1


def test_a_merge_takes_values_along_and_what_pointed_to_the_merged_one(full):
    key = full.keys
    ada, double = full.contact(name="Ada", **{key["text"]: "mine"}), full.contact(name="Ada A", **full.values)
    fan = full.contact(name="Fan", **{key["contact"]: double.id})
    batch = merge_contacts(full.build, full.ann, ada, [double])
    assert has(full, ada) == full.values | {key["text"]: "mine"}
    assert has(full, fan)[key["contact"]] == ada.id
    undo(full.build, full.ann, batch)
    assert has(full, ada)[key["text"]] == "mine" and has(full, ada)[key["choice"]] == ""
    assert has(full, fan)[key["contact"]] == double.id and has(full, double) == full.values


def test_two_who_save_at_once_lose_nothing(full):
    ada, key = full.contact(name="Ada"), full.keys
    first, second = full.contacts.find(full.ann, ada.id), full.contacts.find(full.ann, ada.id)
    full.contacts.save(full.ann, first, {key["text"]: "one"})
    with pytest.raises(Conflict):
        full.contacts.save(full.ann, second, {key["number"]: Decimal(2)})
    assert has(full, ada)[key["text"]] == "one"


def test_duplicate_rules_compare_them(tmp_path):
    with Trial(tmp_path, "duplicates") as firm:
        firm.make("custom_fields", title="Card number", kind="text", resource="contacts")
        firm.rebuild()
        for name, card in (("Ada", "A 1"), ("Otto", "a-1"), ("Xenia", "9")):
            firm.make("contacts", name=name, c1=card)
        with firm.acting("ann") as build:
            assert build.resources["contacts"].plain(SYSTEM, ["c1"])[1]["c1"] == ["A 1", "a-1", "9"]
        assert "Card number" in firm.client("ann").get("/duplicates/rule/new").text
        firm.make("duplicates_rule", name="Card", conditions="c1 normalised")
        firm.run_jobs()
        with firm.acting("ann") as build:
            found = build.resources["duplicates_pair"].query(SYSTEM)
            assert [{str(pair.first), str(pair.second)} for pair in found] == [{"Ada", "Otto"}]


def test_a_link_to_what_somebody_may_not_see_tells_no_name(crm):
    key = crm.make("Brought by", "contact")
    hidden = crm.contact("li", name="Hidden Person")
    crm.contact(name="Ada", **{key: hidden.id})
    client, contact = crm.client("bo"), crm.contacts.query(crm.bo).get()
    for path in (f"/contacts/{contact.id}", f"/contacts/{contact.id}/edit", f"/contacts/?cols={key}"):
        page = text(client.get(path))
        assert "Hidden Person" not in page and "No access" in page, path
    exported = client.get("/contacts/export?format=csv").get_data().decode("utf-8-sig")
    assert "Ada" in exported and "Hidden Person" not in exported
    assert "was not found among those" in text(client.get(f"/contacts/?{key}={hidden.id}"))
    refused = client.post(f"/contacts/{contact.id}/edit", data={"name": "Ada", key: "Hidden Person"})
    assert refused.status_code == 422
