"""Reminders, and notices to whom a task is given."""

from core.jobs import ensure_periodic, run_due, works
from core.notices import Notice
from plugins.tasks.models import Task
from tests.tasks.conftest import days


def notices(user):
    return list(Notice.select().where(Notice.user_id == user.id).order_by(Notice.id))


def run(firm):
    """What the worker does every quarter of an hour."""
    from core.jobs import Job

    with firm.app.app_context():
        ensure_periodic(works(firm.build))
        Job.update(run_at=days(-1)).execute()
    run_due(firm.app)


def test_a_task_that_is_due_soon_reminds_once(firm):
    task = firm.task(firm.fang, "Call the mill", due_at=days(0, hour=23))
    run(firm), run(firm)
    (notice,) = notices(firm.fang)
    assert notice.url == f"/tasks/task/{task.id}"
    assert notice.title.endswith("23:00: Call the mill")
    page = firm.sign_in(firm.fang).get("/notices").text
    assert "Call the mill" in page


def test_another_due_time_reminds_again(firm):
    task = firm.task(firm.fang, due_at=days(0, hour=23))
    run(firm)
    firm.save("tasks_task", firm.fang, task, due_at=days(0, hour=22))
    run(firm)
    assert len(notices(firm.fang)) == 2


def test_what_is_far_away_done_or_nobodys_does_not_remind(firm):
    firm.task(firm.fang, due_at=days(5))
    firm.task(firm.fang, due_at=days(0, hour=23), status="done")
    firm.task(firm.fang, due_at=days(0, hour=23), assignee=None)
    firm.task(firm.fang)
    run(firm)
    assert Notice.select().count() == 0


def test_the_hours_and_the_switch_are_settings(firm):
    firm.task(firm.fang, due_at=days(5))
    lin = firm.sign_in(firm.lin)
    assert 'name="remind_hours"' in lin.get("/admin/modules/tasks").text
    assert lin.post("/admin/modules/tasks", remind="y", remind_hours="0").status_code == 422
    lin.post("/admin/modules/tasks", remind="y", remind_hours="240")
    run(firm)
    assert len(notices(firm.fang)) == 1
    firm.task(firm.fang, due_at=days(4))
    lin.post("/admin/modules/tasks", remind_hours="240")
    run(firm)
    assert len(notices(firm.fang)) == 1


def test_members_may_not_change_the_settings(firm):
    assert firm.sign_in(firm.fang).post("/admin/modules/tasks", remind_hours="9").status_code == 403


def test_whom_a_task_is_given_gets_a_notice_and_who_gave_it_hears_of_the_end(firm):
    task = firm.task(firm.fang, "Measure", assignee=firm.gao.id)
    (notice,) = notices(firm.gao)
    assert notice.title == "Fang gave you a task" and notice.text == "Measure"
    firm.save("tasks_task", firm.gao, task, status="done")
    (notice,) = notices(firm.fang)
    assert notice.title == "Gao finished your task"


def test_many_at_once_are_one_notice(firm):
    tasks = [firm.task(firm.fang, f"Task {i}") for i in range(3)]
    firm.sign_in(firm.fang).post(
        "/tasks/task/bulk", act="set", field="assignee", value=f"#{firm.gao.id}", id=[str(t.id) for t in tasks]
    )
    (notice,) = notices(firm.gao)
    assert notice.title == "Fang gave you 3 tasks"


def test_what_one_gives_oneself_is_no_news(firm):
    task = firm.task(firm.fang)
    firm.save("tasks_task", firm.fang, task, status="done")
    assert Notice.select().count() == 0


def test_jobs_of_a_module_that_is_off_wait(firm):
    firm.task(firm.fang, due_at=days(0, hour=23))
    with firm.app.app_context():
        ensure_periodic(works(firm.build))
    firm.build_app([])
    run_due(firm.app)
    assert Notice.select().count() == 0
    firm.build_app(["tasks"])
    run_due(firm.app)
    assert len(notices(firm.fang)) == 1 and Task.select().count() == 1
