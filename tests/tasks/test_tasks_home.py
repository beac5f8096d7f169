"""The worklist of the home page."""

from plugins.tasks.models import Task
from tests.tasks.conftest import days


def test_my_due_tasks_stand_in_the_worklist(firm):
    contact = firm.contact(firm.fang)
    firm.task(firm.fang, "Late", due_at=days(-3), contact=contact.id, priority="urgent")
    firm.task(firm.fang, "Tomorrow", due_at=days(1))
    firm.task(firm.fang, "Far away", due_at=days(9))
    firm.task(firm.fang, "Hers", due_at=days(0), assignee=firm.lin.id)
    firm.task(firm.fang, "Done", due_at=days(0), status="done")
    page = firm.sign_in(firm.fang).get("/").text
    worklist = page.split('id="worklist"')[1].split("</section>")[0]
    assert worklist.index("Late") < worklist.index("Tomorrow")
    assert "张伟" in worklist and "Urgent" in worklist and "Overdue" in worklist
    for other in ("Far away", "Hers", "Done<"):
        assert other not in worklist


def test_ticking_off_there_answers_with_the_list(firm):
    task = firm.task(firm.fang, "Late", due_at=days(-3))
    firm.task(firm.fang, "Also late", due_at=days(-2))
    fang = firm.sign_in(firm.fang)
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#worklist"}
    answer = fang.post(f"/tasks/task/{task.id}/act/done", headers=htmx)
    assert answer.status_code == 200 and "HX-Redirect" not in answer.headers
    assert "Also late" in answer.text and f'action="/tasks/task/{task.id}/act/done"' not in answer.text
    assert "/undo/" in answer.text
    assert Task.get_by_id(task.id).status == "done"


def test_off_takes_them_away(firm):
    firm.task(firm.fang, "Late", due_at=days(-3))
    firm.build_app([])
    assert "Late" not in firm.sign_in(firm.fang).get("/").text
