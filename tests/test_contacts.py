"""Contacts: what they have, what they are to each other, and the warning of a likely duplicate."""

import pytest

from core import Invalid
from core.contacts import similar
from core.points import ContactPoint, Point, Tag
from core.users import SYSTEM


def form(**more):
    return {"kind": "person", "name": "张伟", **more}


def test_the_form_takes_several_of_everything(firm):
    data = form(
        **{
            "emails-0-value": "zw@Haichuan.example",
            "emails-0-label": "work",
            "emails-1-value": "zw@home.example",
            "phones-0-value": "138 0574 2210",
            "phones-0-label": "mobile",
            "phones-1-value": "",
            "addresses-0-street": "1 Road",
            "addresses-0-city": "宁波",
            "tags": "VIP; 华东；vip2",
            "roles": ["", "customer", "supplier"],
            "external_ids-0-label": "erp",
            "external_ids-0-value": "K-7",
        }
    )
    answer = firm.client("bo").post("/contacts/new", data=data)
    assert answer.status_code == 303
    contact = firm.contacts.find(firm.bo, int(answer.location.rpartition("/")[2]))
    assert contact.emails == [Point("zw@haichuan.example", "work"), Point("zw@home.example", "")]
    assert [p.value for p in contact.phones] == ["138 0574 2210"] and contact.roles == ["customer", "supplier"]
    assert contact.addresses[0].data == {"street": "1 Road", "city": "宁波"}
    assert contact.tags == ["VIP", "华东", "vip2"] and {t.name for t in Tag.select()} == set(contact.tags)
    assert contact.owner_id == firm.bo.id and (contact.family_name, contact.given_name) == ("张", "伟")
    normal = {p.normal for p in ContactPoint.select().where(ContactPoint.kind == "phone")}
    assert normal == {"+8613805742210"}


def test_a_faulty_form_keeps_all_that_was_typed(firm):
    data = form(**{"name": "", "emails-0-value": "zw@", "birthday": "soon", "job_title": "Buyer", "tags": "a; b"})
    answer = firm.client("bo").post("/contacts/new", data=data)
    assert answer.status_code == 422
    for typed in ('value="zw@"', 'value="soon"', 'value="Buyer"', "a; b"):
        assert typed in answer.text, typed
    assert firm.contacts.query(SYSTEM).count() == 0


@pytest.mark.parametrize(
    "point", [{"emails": "x"}, {"phones": "12"}, {"roles": "boss"}, {"tags": "x" * 61}, {"website": "x y"}]
)
def test_what_is_wrong_is_said_in_a_sentence(firm, point):
    (name, text), context = *point.items(), firm.build.context(firm.bo)
    with pytest.raises(ValueError, match=text[:5]):
        firm.contacts.kinds[name].parse(text, context)


def test_several_values_survive_text_and_json(firm):
    values = {
        "emails": [Point("a@x.example", "work"), Point("b@x.example")],
        "phones": [Point("+86 138", "mobile"), Point("1234")],
        "accounts": [Point("zw", "wechat"), Point("https://x.example/a", "web")],
        "external_ids": [Point("K-7", "erp")],
        "tags": ["VIP", "华东"],
        "roles": ["customer"],
    }
    contact, context = firm.contact(**values), firm.build.context(firm.bo)
    for name, value in values.items():
        kind = firm.contacts.kinds[name]
        assert kind.get(firm.contacts.find(firm.bo, contact.id)) == value
        assert kind.unjson(kind.json(value)) == value
        assert [getattr(v, "value", v) for v in kind.parse(kind.text(value), context)] == [
            getattr(v, "value", v) for v in value
        ], name


def test_a_relationship_is_read_from_both_pages(firm):
    son, director = firm.contact(name="Private customer"), firm.contact(name="Director")
    browser = firm.client("bo")
    browser.post(f"/contacts/{son.id}/relations", data={"kind": "introduced<", "other": f"Director #{director.id}"})
    assert "introduced</" in browser.get(f"/contacts/{son.id}").text.replace(" ", "")
    one = browser.get(f"/contacts/{director.id}").text
    assert "introduced by" in one and "Private customer" in one
    again = browser.post(f"/contacts/{son.id}/relations", data={"kind": "introduced<", "other": f"#{director.id}"})
    assert again.status_code == 422 and "exists already" in again.text
    wrong = [("family>", other) for other in ("", f"#{son.id}", "#4711", "nobody")] + [("x", f"#{director.id}")]
    for kind, other in wrong:
        answer = browser.post(f"/contacts/{son.id}/relations", data={"kind": kind, "other": other})
        assert answer.status_code == 422, (kind, other)
    relation = firm.relationships.query(SYSTEM).get()
    browser.post(f"/contacts/{director.id}/relations/{relation.id}/delete")
    assert "Private customer" not in browser.get(f"/contacts/{director.id}").text


def test_a_relationship_to_a_hidden_contact_does_not_show(firm):
    mine, hidden = firm.contact(name="Mine"), firm.contact("li", name="Hidden one")
    values = {"source": mine.id, "kind": "family", "target": hidden.id}
    firm.relationships.save(SYSTEM, firm.relationships.new(SYSTEM), values)
    assert "Hidden one" not in firm.client("bo").get(f"/contacts/{mine.id}").text
    assert "Hidden one" in firm.client("ann").get(f"/contacts/{mine.id}").text
    with pytest.raises(Invalid):
        firm.relationships.save(SYSTEM, firm.relationships.new(SYSTEM), values)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"name": "张伟"}, "same name"),
        ({"name": "Zhang Wei"}, "same pinyin"),
        ({"name": "X", "emails": ["ZW@x.example"]}, "same e-mail"),
        ({"phones": ["13805742210"]}, "same phone"),
        ({"phones": ["+86 (138) 0574-2210"]}, "same phone"),
    ],
)
def test_a_likely_duplicate_is_found_while_typing(firm, typed, reason):
    contact = firm.contact(name="张伟", emails=[Point("zw@x.example")], phones=[Point("138 0574 2210")])
    firm.contact(name="李娜", emails=[Point("ln@x.example")])
    found = similar(firm.build, firm.bo, **typed)
    assert [(f.contact.id, f.visible) for f in found] == [(contact.id, True)] and reason in found[0].reasons
    assert similar(firm.build, firm.bo, **typed, but=contact.id) == []


def test_nothing_alike_is_no_warning(firm):
    firm.contact(name="张伟", phones=[Point("138 0574 2210")])
    for typed in ({"name": ""}, {"name": "张"}, {"name": "Amy"}, {"phones": ["2210"]}, {"emails": [""]}):
        assert similar(firm.build, firm.bo, **typed) == [], typed


def test_a_duplicate_that_one_may_not_see_is_masked(firm):
    contact = firm.contact("li", name="张伟", emails=[Point("zw@x.example")], job_title="Secret job")
    url = "/contacts/similar?emails-0-value=zw@x.example"
    masked = firm.client("bo").get(url).text
    assert "张伟" not in masked and "Secret" not in masked and f"/contacts/{contact.id}" not in masked
    assert "Li Other" in masked, "whom to ask"
    assert "张伟" in firm.client("ann").get(url).text


def test_a_firm_in_another_country_finds_its_own_phones(firm):
    """The setting of the firm says how a number without a country code is meant."""
    firm.build.options("core").save({"region": "US"})
    contact = firm.contact(phones=[Point("(202) 224-3244")])
    assert [f.contact.id for f in similar(firm.build, firm.bo, phones=["+1 202 224 3244"])] == [contact.id]


def test_a_contact_that_comes_back_from_the_trash_is_found_by_its_points(firm):
    contact = firm.contact(emails=[Point("zw@x.example")], tags=["VIP"])
    batch = firm.contacts.delete(SYSTEM, [contact])
    assert similar(firm.build, firm.ann, emails=["zw@x.example"]) == []
    firm.client("ann").post(f"/undo/{batch.id}")
    assert similar(firm.build, firm.ann, emails=["zw@x.example"]) and firm.contacts.find(firm.bo, contact.id).tags


def test_initials_find_a_person_among_many_firms_that_have_them_too(firm):
    firm.contact("ann", name="张伟")
    for i in range(40):
        firm.contact("ann", name=f"青禾织物有限公司{i}", kind="organisation")
    found = firm.client("ann").get("/contacts/pick?q=zw").json
    assert found[0]["title"] == "张伟"
