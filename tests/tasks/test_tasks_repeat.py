"""Repetition: a task that is done makes its successor, once."""

import datetime as dt

import pytest

from core import Conflict, Invalid
from core.journal import Batch
from core.undo import undo
from plugins.tasks.models import Task
from tests.tasks.conftest import days


def successors(task):
    return list(Task.select().where(Task.previous == task.id, Task.deleted_batch.is_null()))


@pytest.mark.parametrize(
    ("repeat", "every", "due", "now", "expected"),
    [
        ("day", None, "2026-11-22T10:00", "2026-11-22T09:00", "2026-11-23T10:00"),
        ("day", 1, "2026-11-22T10:00", "2026-11-25T12:00", "2026-11-26T10:00"),
        ("week", 2, "2026-11-22T10:00", "2026-11-22T11:00", "2026-12-06T10:00"),
        ("month", None, "2026-01-31T10:00", "2026-01-31T11:00", "2026-02-28T10:00"),
        ("month", 1, "2026-12-15T10:00", "2026-12-16T11:00", "2027-01-15T10:00"),
        ("month", 3, "2026-11-30T10:00", "2026-11-30T11:00", "2027-02-28T10:00"),
        ("year", None, "2028-02-29T10:00", "2028-03-01T11:00", "2029-02-28T10:00"),
    ],
)
def test_when_it_comes_again(repeat, every, due, now, expected):
    instants = [dt.datetime.fromisoformat(text + "+00:00") for text in (due, now, expected)]
    assert Task(repeat=repeat, every=every, due_at=instants[0]).next_due(instants[1]) == instants[2]


def test_the_end_of_a_month_is_not_forgotten():
    task = Task(repeat="month", due_at=dt.datetime(2026, 2, 28, 10, tzinfo=dt.UTC), month_day=31)
    assert task.next_due(task.due_at).day == 31


def test_the_hour_stays_when_clocks_change(firm):
    firm.save("users", firm.lin, firm.fang, timezone="Europe/Berlin")
    due = dt.datetime(2027, 3, 27, 8, tzinfo=dt.UTC)  # 9:00, the day before summer time
    task = firm.task(firm.fang, due_at=due, repeat="day")
    assert Task.get_by_id(task.id).next_due(due) == dt.datetime(2027, 3, 28, 7, tzinfo=dt.UTC)


def test_done_makes_the_next_one(firm):
    contact = firm.contact(firm.fang)
    task = firm.task(firm.fang, due_at=days(-1), repeat="week", priority="high", contact=contact.id, description="Ask")
    fang = firm.sign_in(firm.fang)
    assert fang.post(f"/tasks/task/{task.id}/act/done").status_code == 303
    (following,) = successors(task)
    assert following.due_at == days(6) and following.status == "open" and following.done_at is None
    same = ("title", "contact_id", "assignee_id", "author_id", "priority", "repeat", "description")
    assert [getattr(following, n) for n in same] == [getattr(task, n) for n in same]
    assert "It comes again on" in fang.get("/tasks/task/").text
    done = Task.get_by_id(task.id)
    assert done.status == "done" and done.done_at is not None


def test_done_twice_makes_one(firm):
    task = firm.task(firm.fang, due_at=days(0), repeat="day")
    fang = firm.sign_in(firm.fang)
    for act in ("done", "done", "reopen", "done"):
        fang.post(f"/tasks/task/{task.id}/act/{act}")
    assert len(successors(task)) == 1


def test_two_people_at_once_make_one(firm):
    task = firm.task(firm.fang, due_at=days(0), repeat="day")
    first, second = Task.get_by_id(task.id), Task.get_by_id(task.id)
    firm.save("tasks_task", firm.fang, first, status="done")
    with pytest.raises(Conflict):
        firm.save("tasks_task", firm.lin, second, status="done")
    assert len(successors(task)) == 1


def test_the_form_and_the_bulk_bar_make_the_next_one_too(firm):
    one = firm.task(firm.fang, "One", due_at=days(0), repeat="day")
    two = firm.task(firm.fang, "Two", due_at=days(0), repeat="month")
    fang = firm.sign_in(firm.fang)
    fang.post(f"/tasks/task/{one.id}/edit", status="done", version="1")
    fang.post("/tasks/task/bulk", act="set", field="status", value="done", id=str(two.id))
    assert len(successors(one)) == len(successors(two)) == 1


def test_undo_takes_the_next_one_back(firm):
    task = firm.task(firm.fang, due_at=days(0), repeat="day")
    firm.sign_in(firm.fang).post(f"/tasks/task/{task.id}/act/done")
    with firm.app.app_context():
        _, left = undo(firm.build, firm.fang, Batch.select().order_by(Batch.id.desc()).first())
    again = Task.get_by_id(task.id)
    assert left == [] and successors(task) == []
    assert again.status == "open" and again.done_at is None and again.place < 1_000_000_000


def test_what_does_not_repeat_makes_nothing(firm):
    for status in ("done", "cancelled"):
        task = firm.task(firm.fang, due_at=days(0), repeat="day" if status == "cancelled" else "")
        firm.save("tasks_task", firm.fang, task, status=status)
        assert successors(task) == []


def test_bad_input(firm):
    with pytest.raises(Invalid, match="needs a due date"):
        firm.task(firm.fang, repeat="day")
    for every in (0, -1, 367):
        with pytest.raises(Invalid, match="from 1 to 366"):
            firm.task(firm.fang, repeat="day", due_at=days(1), every=every)
