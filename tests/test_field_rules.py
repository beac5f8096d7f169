"""Fields that a role may not see, or see and not change."""

import pytest

from core import Invalid
from core.points import Point
from core.users import Role


@pytest.fixture
def ruled(firm):
    """Bo's role hides e-mails and job titles of contacts, and locks their stage."""
    contact = firm.contact(
        job_title="Secret Buyer", stage="customer", emails=[Point("bo.secret@haichuan.example", "work")]
    )
    rules = {"contacts": {"emails": "hidden", "job_title": "hidden", "stage": "locked"}}
    Role.update(field_rules=rules).where(Role.name == "member").execute()
    firm.person = contact
    return firm


def test_a_hidden_field_is_on_no_page(ruled):
    client = ruled.client("bo")
    for path in (
        "/contacts/",
        "/contacts/?cols=emails,job_title,stage",
        f"/contacts/{ruled.person.id}",
        f"/contacts/{ruled.person.id}/edit",
        f"/contacts/{ruled.person.id}/history",
        "/search?q=zhang",
        "/contacts/pick?q=zhang",
    ):
        text = client.get(path).get_data(as_text=True)
        assert "Zhang Wei" in text, path
        assert "Secret Buyer" not in text and "bo.secret" not in text, path


def test_others_still_see_it(ruled):
    text = ruled.client("mei").get(f"/contacts/{ruled.person.id}").get_data(as_text=True)
    assert "Secret Buyer" in text and "bo.secret" in text


def test_a_hidden_field_answers_no_search(ruled):
    client = ruled.client("bo")
    for path in ("/search?q=bo.secret", "/search?q=secret", "/contacts/?q=haichuan", "/contacts/?q=buyer"):
        assert f'href="/contacts/{ruled.person.id}"' not in client.get(path).get_data(as_text=True), path
    for path in ("/search?q=zhang", "/contacts/?q=wei"):
        assert f'href="/contacts/{ruled.person.id}"' in client.get(path).get_data(as_text=True), path


def test_a_hidden_field_neither_filters_nor_sorts(ruled):
    Role.update(field_rules={"contacts": {"stage": "hidden"}}).where(Role.name == "member").execute()
    ruled.contact(name="Aaron", stage="lead")
    text = ruled.client("bo").get("/contacts/?stage=lead").get_data(as_text=True)
    assert f'href="/contacts/{ruled.person.id}"' in text, "the filter must not have counted"
    assert 'value="opportunity"' not in text, "no filter offers it, no bulk act sets it"


def test_a_locked_field_is_seen_and_not_changed(ruled):
    client, address = ruled.client("bo"), f"/contacts/{ruled.person.id}"
    assert "Customer" in client.get(address).get_data(as_text=True)
    assert client.get(f"{address}/field/stage?edit=1").status_code == 403
    assert 'name="stage"' not in client.get(f"{address}/edit").get_data(as_text=True)
    with pytest.raises(Invalid) as caught:
        ruled.contacts.save(ruled.bo, ruled.contacts.find(ruled.bo, ruled.person.id), {"stage": "lead"})
    assert list(caught.value.errors) == ["stage"]


def test_an_edit_keeps_what_the_person_does_not_see(ruled):
    client, address = ruled.client("bo"), f"/contacts/{ruled.person.id}"
    assert client.post(f"{address}/edit", data={"version": "1", "name": "Zhang Wei Min"}).status_code == 303
    saved = ruled.contacts.find(ruled.ann, ruled.person.id)
    assert (saved.name, saved.job_title, saved.stage) == ("Zhang Wei Min", "Secret Buyer", "customer")
    assert [p.value for p in saved.emails] == ["bo.secret@haichuan.example"]


def test_an_administrator_sets_rules_and_rights_in_the_browser(firm):
    role = Role.get(Role.name == "member")
    data = {
        "*": ["view", "edit"],
        "contacts": ["view"],
        "inherit-entries": "1",
        "inherit-relationships": "1",
        "contacts:emails": "hidden",
        "contacts:stage": "locked",
    }
    assert firm.client("ann").post(f"/admin/roles/{role.id}/permissions", data=data).status_code == 303
    bo = firm.bo
    assert bo.can("contacts.view") and not bo.can("contacts.edit") and bo.can("entries.edit")
    assert bo.field_rules("contacts") == {"emails": "hidden", "stage": "locked"}
    assert firm.client("bo").post(f"/admin/roles/{role.id}/permissions", data=data).status_code == 403


def test_rights_of_a_module_that_is_off_are_kept(firm):
    role = Role.get(Role.name == "member")
    kept = {"*": ["view"], "wine_cellar": ["view", "edit"]}
    Role.update(grants=kept, field_rules={"wine_cellar": {"price": "hidden"}}).where(Role.id == role.id).execute()
    firm.client("ann").post(f"/admin/roles/{role.id}/permissions", data={"*": ["view"]})
    role = Role.get_by_id(role.id)
    assert role.grants["wine_cellar"] == ["view", "edit"] and role.field_rules["wine_cellar"] == {"price": "hidden"}
