"""Reminders, and their settings."""

import datetime as dt
import zoneinfo

import peewee
from wtforms import BooleanField, Form, IntegerField, ValidationError

from core import N_, SYSTEM, User, fields, job, notify

from . import plugin
from .models import Task

QUARTER_OF_AN_HOUR = 15 * 60
#: How long after its due time a task is still worth a reminder, when the worker did not run.
LATE = dt.timedelta(days=1)


class Reminders(Form):
    """The settings on the module's page."""

    remind = BooleanField(N_("Remind people of their tasks before they are due"), default=True)
    remind_hours = IntegerField(N_("Hours before"), default=24)

    def validate_remind_hours(self, field):
        if field.data is None or not 1 <= field.data <= 336:
            raise ValidationError(plugin.gettext("Give a number from 1 to 336: two weeks at most."))


@job("tasks.remind", every=QUARTER_OF_AN_HOUR)
def remind(build, row):
    """A notice for every open task that is due soon; the same due time only once, however often this runs."""
    options = build.options("tasks").all()
    if not options["remind"]:
        return {"sent": 0}
    now, sent = fields.utcnow(), 0
    tasks = build.by_model[Task]
    due = tasks.query(SYSTEM, Task, User).join(User, peewee.JOIN.INNER, on=Task.assignee)
    due = due.where(
        Task.status == "open",
        Task.due_at.between(now - LATE, now + dt.timedelta(hours=options["remind_hours"])),
        User.active,
    )
    for task in list(due):  # SQLite refuses to write while a query of the same connection is being read
        local = task.due_at.astimezone(zoneinfo.ZoneInfo(task.assignee.timezone))
        sent += notify(
            build,
            [task.assignee],
            "reminder",
            N_("Due on %(when)s: %(title)s"),
            plugin="tasks",
            about=task,
            url=tasks.url("page", task),
            once=f"tasks-{task.id}-{task.due_at:%Y%m%d%H%M}",
            when=f"{local:%Y-%m-%d %H:%M}",
            title=task.title,
        )
    return {"sent": sent}
