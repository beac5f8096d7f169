"""The list, page and form of tasks, and what follows when one is done or given to somebody."""

import datetime as dt

import peewee

from core import N_, SYSTEM, Contact, Problem, Resource, User, action, chunks, fields, html, notify, resource_of

from . import plugin
from .models import Task

_ = plugin.gettext


class Tasks(Resource):
    """Tasks.

    Who sees one: by the role's scope (own, team, all) whoever it is assigned to; beyond that who gave it, and whoever
    may see its contact (see `grant_query`). On a timeline it stands where it was given, once done where it was done.
    """

    model, nav, icon, hue = Task, "Work", "checkbox", "azure"
    owner, tells_owner = "assignee", False
    timeline, timeline_at, calendar_at = "contact", "done_at", "due_at"
    columns = ("title", "contact", "priority", "status", "assignee", "due_at")
    more_columns = ("author", "repeat", "done_at", "created_at")
    fields = ("title", "contact", "due_at", "assignee", "priority", "status", "repeat", "every", "description")
    filters = ("status", "due_at", "assignee", "priority", "contact", "author")
    search = ("description",)
    order = "place"
    presets = (
        (N_("Mine"), "assignee=me&status=open"),
        (N_("Overdue"), "status=open&due_at=overdue"),
        (N_("Today"), "status=open&due_at=today"),
        (N_("Next 7 days"), "status=open&due_at=next7"),
        (N_("Given by me"), "author=me&status=open"),
    )

    # Reading

    def also_seen_by(self, user):
        """Tasks that a user sees beyond the role's scope, as an expression."""
        contacts = resource_of(Contact).query(user, Contact.id)
        return (Task.author == user.id) | (Task.contact << contacts)

    def due_by(self, user, until: dt.datetime, limit: int = 50) -> list[Task]:
        """A user's open tasks that are due until then, the most overdue first, with their contacts. Two queries."""
        query = self.query(user).where(Task.assignee == user.id, Task.status == "open", Task.due_at <= until)
        found = list(query.order_by(Task.due_at).limit(limit))
        self.load_links(found, ["contact"], user)
        return self.veil(user, found)

    def open_of(self, user, contact, limit: int = 8) -> tuple[list[Task], bool]:
        """What a panel shows of a contact's open tasks, with assignees, and whether there are more. One query."""
        shown = (Task.id, Task.title, Task.due_at, Task.priority, Task.repeat, Task.assignee, User.id, User.name)
        query = self.query(user, *shown).join(User, peewee.JOIN.LEFT_OUTER, on=Task.assignee)
        found = list(
            query.where(Task.contact == contact.id, Task.status == "open").order_by(Task.place).limit(limit + 1)
        )
        return self.veil(user, found[:limit]), len(found) > limit

    # Writing

    def new(self, user, **values):
        task = super().new(user, **values)
        task.author_id = user.id
        return task

    def validate(self, user, record, values):
        errors = {}
        if values.get("repeat", record.repeat) and not values.get("due_at", record.due_at):
            errors["due_at"] = Problem(N_("A task that repeats needs a due date."), "tasks")
        every = values.get("every", record.every)
        if every is not None and not 1 <= every <= 366:
            errors["every"] = Problem(N_("Give a number from 1 to 366."), "tasks")
        return errors

    def derive(self, record):
        """The place in the list, in minutes since 1970: open ones by due date, those without, then the closed ones."""
        super().derive(record)
        if not record.is_open:
            record.place = 2_000_000_000 - _minutes(record.done_at or fields.utcnow())
        else:
            record.place = _minutes(record.due_at) if record.due_at else 1_000_000_000

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":  # what followed is taken back by the same undo
            return super().write(pairs, batch, user)
        pairs = [(task, self._completed(task, values)) for task, values in pairs]
        finished = [t for t, values in pairs if t.id and t.is_open and values.get("status") == "done"]
        given = [t for t, values in pairs if t.id is None or values.get("assignee", t.assignee_id) != t.assignee_id]
        changed = super().write(pairs, batch, user)
        self._repeat(finished, batch, user)
        if user is not None and not user.is_system:
            self._tell(user, given, finished)
        return changed

    def _completed(self, task, values) -> dict:
        """The values and what follows from them."""
        status = values.get("status", task.status)
        if status != "done" and task.done_at:
            values = values | {"done_at": None}
        elif status == "done" and not values.get("done_at", task.done_at):
            values = values | {"done_at": fields.utcnow()}
        if task.id and values.get("due_at", task.due_at) != task.due_at:
            values = values | {"month_day": None}
        return values

    def _repeat(self, finished, batch, user) -> None:
        """Make the successors, once: of two updates at a time the second fails, and later ones find them here."""
        finished = [t for t in finished if t.repeat and t.due_at]
        if not finished:
            return
        ids = [t.id for t in finished]
        rows = Task.select(Task.previous).where(Task.previous << ids, Task.deleted_batch.is_null()).tuples()
        have = {previous for (previous,) in rows}
        finished = [t for t in finished if t.id not in have]
        self.load_links(finished, ["assignee"], SYSTEM)
        successors = [(Task(), t.successor(fields.utcnow())) for t in finished]
        if successors:
            super().write(successors, batch, user)
        for task, (successor, _values) in zip(finished, successors, strict=True):
            task.__dict__["followed_by"] = successor

    def _tell(self, user, given, finished) -> None:
        """Tell people what they were given, and that what they gave away is done."""
        for message, many, tasks, who in (
            (N_("%(who)s gave you a task"), N_("%(who)s gave you %(n)s tasks"), given, "assignee_id"),
            (
                N_("%(who)s finished your task"),
                N_("%(who)s finished %(n)s of your tasks"),
                finished,
                "author_id",
            ),
        ):
            theirs: dict[int, list[Task]] = {}
            for task in tasks:
                if getattr(task, who) not in (None, user.id):
                    theirs.setdefault(getattr(task, who), []).append(task)
            for person in User.select().where(User.id << list(theirs), User.active) if theirs else ():
                mine = theirs[person.id]
                one = len(mine) == 1
                notify(
                    self.build,
                    [person],
                    "task",
                    message if one else many,
                    plugin="tasks",
                    about=mine[0] if one else None,
                    url=self.url("page", mine[0]) if one else self.url(),
                    text=mine[0].title,
                    who=user.name,
                    n=len(mine),
                )

    @action(N_("Done"), icon="check", order=10, when=lambda task: task.is_open)
    def done(self, user, record):
        self.save(user, record, {"status": "done"}, label=N_("Finished “%(title)s”"), title=record.title)
        following = record.__dict__.get("followed_by")
        if following is not None:
            return _("Done. It comes again on %(day)s.", day=html.short_date(html.local(following.due_at).date()))

    @action(N_("Reopen"), icon="rotate", order=20, when=lambda task: not task.is_open)
    def reopen(self, user, record):
        self.save(user, record, {"status": "open"}, label=N_("Reopened “%(title)s”"), title=record.title)

    # What others show of a task

    def entry_text(self, record):
        return ("✓ " if record.status == "done" else "") + record.title, record.description

    def index(self, records):
        self.load_links(records, ["contact"], SYSTEM)
        super().index(records)

    def scope_words(self, record):
        """Found by whoever has the task, gave it, owns its contact, or was shown the task itself."""
        people = {record.author_id, record.contact.owner_id if record.contact_id else None} - {None}
        return " ".join({*super().scope_words(record).split(), *(f"o{id}" for id in people)})

    def reindex_of(self, contacts) -> None:
        """The tasks of these contacts into the search index again: the contacts' owners may be others now."""
        for ids in chunks([c.id for c in contacts], 500):
            found = list(Task.select().where(Task.contact << ids, Task.deleted_batch.is_null()))
            if found:
                self.index(found)


def _minutes(instant: dt.datetime) -> int:
    return int(instant.timestamp() // 60)
