"""A change of the fields is there at the next request, in every process; lists and pages ask no more than before."""

import uuid

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from core.custom import indexes, stamp
from core.custom.models import CustomField
from core.listing import Listing
from core.options import Setting
from core.switch import Switch
from core.trial import queries
from core.users import SYSTEM
from tests.real.client import PASSWORD, add_admin
from tests.real.server import running

from .conftest import choices, rebuild


@pytest.fixture
def switch(crm, tmp_path):
    """A switch that serves this firm, as a process of `guanxi serve` does."""
    made = Switch(crm.engine.new_app, crm.engine.settings.plugins_file, stamp.file(crm.engine.settings))
    yield made
    stamp.file(crm.engine.settings).unlink(missing_ok=True)


def fields(switch):
    return [kind.title for kind in switch.current().extensions["guanxi"].resources["contacts"].custom.values()]


def test_the_next_request_of_every_process_has_the_fields(crm, switch):
    other = Switch(crm.engine.new_app, *switch.paths)
    assert fields(switch) == fields(other) == []
    crm.client("ann").post("/admin/fields/new", data={"title": "Badge", "resource": "contacts", "kind": "text"})
    assert fields(switch) == fields(other) == ["Badge"]
    app = switch.current()
    assert Client(switch).get("/healthz").status_code == 200 and switch.current() is app, "built once"
    crm.client("ann").post("/admin/fields/1/delete")
    assert fields(switch) == fields(other) == []
    crm.client("ann").post(f"/undo/{CustomField.get().deleted_batch}")
    assert fields(switch) == fields(other) == ["Badge"]


def test_another_machine_sees_it_when_it_reads_the_settings_of_the_firm(crm, switch):
    definition = CustomField.create(resource="contacts", title="Badge", kind="text")
    Setting.create(plugin="core", key=stamp.KEY, value=uuid.uuid4().hex)
    build = switch.current().extensions["guanxi"]
    assert fields(switch) == [], "the file of this machine was not touched"
    build.forget_firm()
    assert build.firm["currency"] == "CNY" and stamp.KEY not in build.firm
    assert fields(switch) == ["Badge"]
    build = switch.current().extensions["guanxi"]
    build.forget_firm()
    assert build.firm and switch.current().extensions["guanxi"] is build, "and that was that"
    assert definition.key in build.resources["contacts"].kinds


def test_lists_and_pages_ask_no_more_with_fields_than_without(crm):
    owner = crm.bo.id
    firm = crm.contact(name="Works", kind="organisation")
    for i in range(5):
        crm.contact(name=f"P{i}", organisation=firm.id)
    pages = ("/contacts/?cols=organisation,owner", "/contacts/2", "/contacts/2/edit")

    def asked():
        rebuild(crm)
        client, found = crm.client("ann"), {}
        for _ in range(2):  # the first time draws menus and reads the settings of the firm
            for page in pages:
                with queries() as seen:
                    assert client.get(page).status_code == 200
                found[page.partition(",")[0]] = len(seen)
        return found

    before = asked()
    keys = [crm.make(f"F{i}", kind) for i, kind in enumerate(("text", "number", "date", "bool", "contact", "user"))]
    keys.append(crm.make("Likes", "choices", options=choices("Tea", "Ale")))
    values = ["x", 1, None, True, firm.id, owner, ["Tea"]]
    for record in list(crm.contacts.query(SYSTEM)):
        crm.contacts.save(SYSTEM, record, dict(zip(keys, values, strict=True)))
    pages = (f"{pages[0]},{','.join(keys)}", *pages[1:])
    after = asked()
    assert list(after.values())[:2] == list(before.values())[:2]
    # A form reads each record that a link of its own names, those of built-in links, too.
    assert after["/contacts/2/edit"] <= before["/contacts/2/edit"] + 2


def test_a_vendors_records_have_them_too(thing_crm):
    things, kinds = thing_crm.build.resources["things_thing"], {}
    for title, kind in (("Cellar", "text"), ("Bottles", "number"), ("Taster", "contact")):
        kinds[kind] = thing_crm.make(title, kind, resource="things_thing")
    things = thing_crm.build.resources["things_thing"]
    friend = thing_crm.contact(name="Friend")
    for title, n in (("b", 2), ("a", 10), ("c", None)):
        values = {kinds["text"]: f"Cellar no{n}", kinds["number"]: n, kinds["contact"]: friend.id}
        things.save(SYSTEM, things.new(SYSTEM), {"title": title} | values)

    def names(**address):
        return [r.title for r in Listing(things, thing_crm.ann, MultiDict(address)).page.rows]

    assert names(sort=f"-{kinds['number']}") == ["a", "b", "c"]
    assert names(**{kinds["number"]: "5.."}) == ["a"] and names(q="cellar no10") == ["a"]
    client = thing_crm.client("ann")
    page = client.get("/things/thing/1").get_data(as_text=True)
    assert "Cellar no2" in page and "Friend" in page and "Taster" in page
    export = client.get("/things/thing/export?format=csv").get_data().decode("utf-8-sig")
    assert "Cellar,Bottles,Taster" in export.splitlines()[0] and f"Friend #{friend.id}" in export
    client.post("/things/thing/new", data={"title": "d", kinds["text"]: "Cellar d", kinds["contact"]: "Friend"})
    assert names(q="cellar d") == ["d"]


def test_a_module_that_is_off_keeps_fields_values_and_index(thing_crm):
    key = thing_crm.make("Cellar", resource="things_thing")
    things = thing_crm.build.resources["things_thing"]
    things.save(SYSTEM, things.new(SYSTEM), {"title": "a", key: "deep"})
    thing_crm.switch()
    rebuild(thing_crm)
    listed = thing_crm.client("ann").get("/admin/fields/").get_data(as_text=True)
    assert "Cellar" in listed and "of a module that is off" in listed
    assert "They keep their values" in thing_crm.client("ann").get(f"/admin/fields/{key[1:]}").get_data(as_text=True)
    indexes.settle(thing_crm.build)
    assert indexes.present() == {f"custom_{key}"}
    thing_crm.switch("things")
    rebuild(thing_crm)
    things = thing_crm.build.resources["things_thing"]
    assert things.kinds[key].get(things.query(SYSTEM).get()) == "deep" and key in things.filters


def test_in_a_real_browser_a_choice_is_made_and_used_by_a_colleague_at_once(tmp_path, new_page):
    for email in ("ada@example.com", "bea@example.com"):
        add_admin(tmp_path, email)
    with running(tmp_path, "--workers", "2") as server:
        people = []
        for email in ("ada@example.com", "bea@example.com"):
            page = new_page()
            page.set_default_timeout(30_000)  # a change of the fields has each process build its app anew
            page.goto(f"{server.url}/login")
            page.fill("#email", email)
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(f"{server.url}/")
            people.append(page)
        ada, bea = people
        ada.goto(f"{server.url}/admin/fields/new?resource=contacts")
        ada.fill("#title", "Grade")
        assert not ada.locator(".gx-if-choices").is_visible(), "only a choice has choices"
        ada.select_option("#kind", "choice")
        for i, label in enumerate(("Gold", "Silver", "Bronze", "Tin")):
            if i == 3:
                ada.click("[data-gx-add-row]")
            ada.fill(f"[name=options-{i}-label]", label)
        ada.click("#record-form .btn-primary")
        ada.wait_for_selector("text=No record holds a value yet.")
        bea.goto(f"{server.url}/contacts/new")
        bea.fill("#name", "Ada Lovelace")
        bea.select_option("#c1", "Tin")
        bea.click("#record-form .btn-primary")
        bea.wait_for_url("**/contacts/1")
        assert bea.locator("#field-c1").inner_text().strip() == "Tin"
        ada.goto(f"{server.url}/admin/fields/1/edit")
        ada.select_option("[name=options-3-then]", "remove")
        ada.click("#record-form .btn-primary")
        ada.wait_for_selector("text=records that have it: 1")
        ada.select_option("[name=options-3-then]", "=Gold")
        ada.click("#record-form .btn-primary")
        ada.wait_for_url("**/admin/fields/1")
        bea.goto(f"{server.url}/contacts/?cols=c1&c1=Gold")
        assert bea.locator("tbody tr").count() == 1 and "Gold" in bea.locator("tbody").inner_text()
        ada.errors.clear()  # the 422 of the form that was sent back
