"""Who sees a task: its assignee's scope, who gave it, and whoever may see its contact."""

import pytest

from core import NotFound
from core.lookup import lookup
from tests.tasks.conftest import days


def sees(firm, user, task):
    with firm.app.app_context():
        try:
            return bool(firm.build.resources["tasks_task"].find(user, task.id))
        except NotFound:
            return False


def finds(firm, user, text):
    with firm.app.app_context():
        tasks = firm.build.resources["tasks_task"]
        return [hit.record_id for hit in lookup(user, [tasks], text)]


def test_a_members_own_task_is_nobody_elses(firm):
    task = firm.task(firm.fang, "Private errand")
    assert sees(firm, firm.fang, task) and sees(firm, firm.lin, task) and not sees(firm, firm.gao, task)
    assert finds(firm, firm.fang, "errand") == [task.id] and finds(firm, firm.gao, "errand") == []
    gao = firm.sign_in(firm.gao)
    assert gao.get(f"/tasks/task/{task.id}").status_code == 404
    assert gao.post(f"/tasks/task/{task.id}/act/done").status_code == 404
    assert "Private errand" not in gao.get("/tasks/task/").text


def test_who_gave_it_still_sees_it(firm):
    task = firm.task(firm.fang, "Measure twice", assignee=firm.gao.id)
    assert sees(firm, firm.fang, task) and sees(firm, firm.gao, task)
    assert finds(firm, firm.fang, "twice") == [task.id]


def test_whoever_sees_the_contact_sees_its_tasks(firm):
    contact = firm.contact(firm.gao)
    task = firm.task(firm.lin, "Quote for oak", contact=contact.id)
    assert sees(firm, firm.gao, task) and not sees(firm, firm.fang, task)
    assert finds(firm, firm.gao, "oak") == [task.id] and finds(firm, firm.fang, "oak") == []


def test_a_handover_of_the_contact_hands_its_tasks_over(firm):
    contact = firm.contact(firm.gao)
    task = firm.task(firm.lin, "Quote for oak", contact=contact.id, due_at=days(1))
    firm.save("contacts", firm.lin, contact, owner=firm.fang.id)
    assert sees(firm, firm.fang, task) and not sees(firm, firm.gao, task)
    assert finds(firm, firm.fang, "oak") == [task.id] and finds(firm, firm.gao, "oak") == []


def test_the_teams_scope_shows_the_teams_tasks(firm):
    task = firm.task(firm.fang)
    role = firm.gao.role
    role.scope = "team"
    role.save()
    gao = type(firm.gao).get_by_id(firm.gao.id)
    assert sees(firm, gao, task)


@pytest.mark.parametrize("scope", ["own", "team"])
def test_nobodys_task_is_for_those_who_see_all(firm, scope):
    task = firm.task(firm.lin, assignee=None)
    role = firm.gao.role
    role.scope = scope
    role.save()
    assert not sees(firm, type(firm.gao).get_by_id(firm.gao.id), task) and sees(firm, firm.lin, task)
