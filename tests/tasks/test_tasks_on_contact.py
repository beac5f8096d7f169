"""A contact's page: panel, button, timeline; also when Tasks is off."""

import re

from core import Entry
from plugins.tasks.models import Task
from tests.tasks.conftest import days


def test_the_panel_lists_open_tasks_and_takes_a_new_one(firm):
    contact = firm.contact(firm.fang)
    firm.task(firm.fang, "Old story", contact=contact.id, status="done")
    fang = firm.sign_in(firm.fang)
    page = fang.get(f"/contacts/{contact.id}").text
    panel = page.split('id="panel-tasks"')[1].split("</details>")[0]
    assert "Nothing to do for this contact." in panel
    action = re.search(r'action="(/tasks/task/new\?next=[^"]+)"', panel).group(1)
    answer = fang.post(action, title="Measure the window", contact=contact.id, due_at="2026-12-01")
    assert answer.location == f"/contacts/{contact.id}#panel-tasks"
    panel = fang.get(f"/contacts/{contact.id}").text.split('id="panel-tasks"')[1].split("</details>")[0]
    assert "Measure the window" in panel and "Old story" not in panel


def test_ticking_off_in_the_panel_leads_back_to_the_contact(firm):
    contact = firm.contact(firm.fang)
    task = firm.task(firm.fang, contact=contact.id)
    fang = firm.sign_in(firm.fang)
    answer = fang.post(f"/tasks/task/{task.id}/act/done", next=f"/contacts/{contact.id}#panel-tasks")
    assert answer.location == f"/contacts/{contact.id}#panel-tasks"
    page = fang.get(f"/contacts/{contact.id}").text
    assert "✓ Call back" in page and "/undo/" in page


def test_the_button_fills_the_form(firm):
    contact = firm.contact(firm.fang)
    fang = firm.sign_in(firm.fang)
    page = fang.get(f"/contacts/{contact.id}").text
    address = re.search(rf'href="(/tasks/task/new\?contact={contact.id}&amp;next=[^"]+)"', page).group(1)
    address = address.replace("&amp;", "&")
    assert f'value="张伟 #{contact.id}"' in fang.get(address).text
    answer = fang.post(address, title="Send the quote", contact=f"张伟 #{contact.id}")
    assert answer.location == f"/contacts/{contact.id}"


def test_the_timeline_says_who_gave_it_and_what_became_of_it(firm):
    contact = firm.contact(firm.fang)
    task = firm.task(firm.fang, "Send the quote", contact=contact.id, due_at=days(3), description="With the oak doors")
    entry = Entry.get(Entry.contact == contact.id)
    assert (entry.title, entry.text, entry.author_id) == ("Send the quote", "With the oak doors", firm.fang.id)
    firm.save("tasks_task", firm.fang, Task.get_by_id(task.id), status="done")
    entry = Entry.get(Entry.contact == contact.id)
    assert entry.title == "✓ Send the quote" and entry.at == Task.get_by_id(task.id).done_at


def test_off_keeps_data_and_readable_entries_and_on_brings_all_back(firm):
    contact = firm.contact(firm.fang)
    task = firm.task(firm.fang, "Send the quote", contact=contact.id)
    firm.build_app([])
    fang = firm.sign_in(firm.fang)
    page = fang.get(f"/contacts/{contact.id}").text
    assert "Send the quote" in page and "panel-tasks" not in page and f"/tasks/task/{task.id}" not in page
    gone = fang.get(f"/tasks/task/{task.id}")
    assert gone.status_code == 404 and "is off" in gone.text
    assert "/tasks/" not in fang.get("/").text
    firm.build_app(["tasks"])
    assert "Send the quote" in firm.sign_in(firm.fang).get(f"/tasks/task/{task.id}").text


def test_entries_of_a_module_that_is_off_are_for_those_who_were_allowed(firm):
    contact = firm.contact(firm.lin)
    firm.task(firm.lin, "Secret plan", contact=contact.id)
    role = firm.rui.role
    role.grants = {"contacts": ["view"], "entries": ["view"]}
    role.save()
    for names in (["tasks"], []):
        firm.build_app(names)
        rui = firm.sign_in(firm.rui)
        page = rui.get(f"/contacts/{contact.id}")
        assert page.status_code == 200 and "Secret plan" not in page.text
        assert rui.get("/tasks/task/").status_code == (403 if names else 404)
        assert "Secret plan" in firm.sign_in(firm.lin).get(f"/contacts/{contact.id}").text
