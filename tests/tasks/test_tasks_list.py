"""Tasks as a list, a page and a form."""

from tests.tasks.conftest import days


def test_a_task_is_made_by_the_form_and_shown(firm):
    fang = firm.sign_in(firm.fang)
    answer = fang.post("/tasks/task/new", title="Send the quote", due_at="2026-12-01", priority="high")
    assert answer.status_code == 303
    page = fang.get(answer.location).text
    assert "Send the quote" in page and "High" in page
    task = firm.build.by_table["tasks_task"].model.get(title="Send the quote")
    assert (task.assignee_id, task.author_id, task.status) == (firm.fang.id, firm.fang.id, "open")
    assert task.due_at.isoformat() == "2026-12-01T10:00:00+00:00"  # a date alone: 18:00 in Shanghai


def test_the_list_shows_what_to_do_first(firm):
    done = firm.task(firm.fang, "Done one", due_at=days(-9))
    firm.save("tasks_task", firm.fang, done, status="done")
    for title, due in (("No date", None), ("Next week", days(7)), ("Overdue", days(-1)), ("Tomorrow", days(1))):
        firm.task(firm.fang, title, due_at=due)
    text = firm.sign_in(firm.fang).get("/tasks/task/").text
    places = [text.index(f">{title}<") for title in ("Overdue", "Tomorrow", "Next week", "No date", "Done one")]
    assert places == sorted(places)


def test_presets_are_tabs_and_filter(firm):
    firm.task(firm.fang, "Mine and late", due_at=days(-2))
    firm.task(firm.fang, "Mine and later", due_at=days(20))
    firm.task(firm.fang, "Hers", assignee=firm.lin.id, due_at=days(-2))
    lin = firm.sign_in(firm.lin)
    overdue = lin.get("/tasks/task/?status=open&due_at=overdue").text
    assert "Mine and late" in overdue and "Hers" in overdue and "Mine and later" not in overdue
    mine = lin.get("/tasks/task/?assignee=me&status=open").text
    assert "Hers" in mine and "Mine and late" not in mine
    assert 'href="/tasks/task/?assignee=me&amp;status=open" aria-current="page"' in mine
    given = firm.sign_in(firm.fang).get("/tasks/task/?author=me&status=open").text
    assert "Hers" in given


def test_bad_input_comes_back_with_the_form(firm):
    fang = firm.sign_in(firm.fang)
    answer = fang.post("/tasks/task/new", title="", due_at="soon", priority="extreme")
    assert answer.status_code == 422
    assert "is not a date and time" in answer.text and "is not one of" in answer.text
    assert 'value="soon"' in answer.text
    assert fang.post("/tasks/task/new", title=" ").status_code == 422
    assert "None yet" in fang.get("/tasks/task/").text


def test_nonsense_in_the_address_is_said(firm):
    assert "is not one of" in firm.sign_in(firm.fang).get("/tasks/task/?status=sideways").text


def test_reading_only_is_reading_only(firm):
    task = firm.task(firm.fang)
    rui = firm.sign_in(firm.rui)
    page = rui.get(f"/tasks/task/{task.id}").text
    assert "Call back" in page and "/act/done" not in page
    assert rui.get("/tasks/task/new").status_code == 403
    assert rui.post(f"/tasks/task/{task.id}/act/done").status_code == 403
    assert type(task).get_by_id(task.id).status == "open"


def test_wrong_method(firm):
    task = firm.task(firm.fang)
    assert firm.sign_in(firm.fang).get(f"/tasks/task/{task.id}/act/done").status_code == 405
