"""The task, and when a repeating one comes again."""

import calendar
import datetime as dt
import re
import zoneinfo

from core import N_, Contact, Record, User, fields, html

STATUSES = [("open", N_("Open"), "blue"), ("done", N_("Done"), "green"), ("cancelled", N_("Cancelled"), "gray")]
PRIORITIES = [
    ("low", N_("Low"), "gray"),
    ("normal", N_("Normal"), "gray"),
    ("high", N_("High"), "orange"),
    ("urgent", N_("Urgent"), "red"),
]
REPEATS = [
    ("day", N_("Daily")),
    ("week", N_("Weekly")),
    ("month", N_("Monthly")),
    ("year", N_("Yearly")),
]
#: A day without a time means its end for people at work.
END_OF_DAY = "18:00"


class Due(fields.DateTime):
    """When something is due: a date alone means the end of that working day; red in lists when it is past."""

    def parse(self, text, context=fields.NOBODY):
        if isinstance(text, str) and text.strip() and not re.search(r"\d\s*[:T]\s*\d", text):
            text = f"{text.strip()} {END_OF_DAY}"
        return super().parse(text, context)

    def cell(self):
        return lambda task: html.due(task.due_at, done=task.status != "open")

    def show(self, value):
        return html.moment(value)  # a value alone does not know whether its task is done


class Task(Record):
    """Something to do. One that repeats makes its successor when it is done."""

    title = fields.Text(label=N_("Task"), required=True, max_length=200)
    contact = fields.Link(Contact, label=N_("Contact"), backref="tasks", index=False)
    assignee = fields.Link(User, label=N_("Assignee"), index=False)
    author = fields.Link(User, label=N_("Given by"), index=False)
    due_at = Due(label=N_("Due"), index=True, due=True)
    priority = fields.Choice(PRIORITIES, label=N_("Priority"), default="normal")
    status = fields.Choice(STATUSES, label=N_("Status"), default="open", required=True)
    repeat = fields.Choice(REPEATS, label=N_("Repeats"))
    every = fields.Integer(
        label=N_("Every … days, weeks, months or years"), help=N_("2 with “weekly” is every other week.")
    )
    description = fields.LongText(label=N_("Description"), max_length=20_000)
    done_at = fields.DateTime(label=N_("Done on"))
    #: The task that this one came from by repetition.
    previous = fields.Link("self", label=N_("Repeats from"))
    #: The day of the month that was meant: after 28 February comes 31 March again.
    month_day = fields.Integer()
    #: Sorts the list: open by due date, then open without one, then the rest, newest first. See `Tasks.derive`.
    place = fields.Integer(label=N_("What to do first"), default=0, index=True)

    class Meta:
        indexes = ((("assignee", "status", "due_at"), False), (("contact", "status"), False), (("author",), False))

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    def next_due(self, now: dt.datetime) -> dt.datetime:
        """When it comes again: the first of its dates after this one and after `now`, at the assignee's same hour.

        Dates that went by meanwhile are left out, so that one day of holidays does not make ten tasks.
        """
        due, step = self._local_due, self.every or 1
        found, count = due, 0
        while found <= max(due, now):
            count += 1
            found = dt.datetime.combine(self._later(due.date(), step * count), due.time(), due.tzinfo)
        return found.astimezone(dt.UTC)

    @property
    def _local_due(self) -> dt.datetime:
        return self.due_at.astimezone(zoneinfo.ZoneInfo(self.assignee.timezone) if self.assignee_id else dt.UTC)

    def _later(self, day: dt.date, steps: int) -> dt.date:
        if self.repeat in ("day", "week"):
            return day + dt.timedelta(days=steps * (7 if self.repeat == "week" else 1))
        years, month = divmod(day.month - 1 + steps * (12 if self.repeat == "year" else 1), 12)
        year, month = day.year + years, month + 1
        wanted = self.month_day or day.day
        return dt.date(year, month, min(wanted, calendar.monthrange(year, month)[1]))

    def successor(self, now: dt.datetime) -> dict:
        """The values of the task that comes after this one."""
        same = ("title", "contact", "assignee", "author", "priority", "repeat", "every", "description")
        kinds = type(self)._meta.fields
        return {name: kinds[name].get(self) for name in same} | {
            "due_at": self.next_due(now),
            "previous": self.id,
            "month_day": self.month_day or self._local_due.day,
        }
