"""Tasks: what somebody should do by when, alone or for a contact."""

from flask import render_template
from markupsafe import Markup

from core import N_, ActionLink, NoticeKind, Panel, Plugin, WorkItem, hookimpl, resource_of

plugin = Plugin(
    name="tasks",
    title=N_("Tasks"),
    summary=N_("To-dos with a due date, for a contact or not, that repeat, remind and stand in everybody's day."),
    icon="checkbox",
    hue="azure",
    default=True,
    notices=(
        NoticeKind("task", N_("I am given a task, or one that I gave is done"), "both", "tasks"),
        NoticeKind("reminder", N_("A task of mine is due soon"), "bell", "tasks"),
    ),
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .jobs import Reminders, remind  # noqa: E402
from .models import Task  # noqa: E402
from .resources import Tasks  # noqa: E402


@hookimpl
def resources():
    return [Tasks]


@hookimpl
def jobs():
    return [remind]


@hookimpl
def settings_form():
    return Reminders


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def worklist_items(user, until):
    """My open tasks in the one list on the home page; one query."""
    tasks = resource_of(Task)
    return [
        WorkItem(
            title=task.title,
            due=task.due_at,
            url=tasks.url("page", task),
            subtitle=str(task.contact) if task.contact_id else "",
            kind=plugin.gettext("Urgent") if task.priority == "urgent" else plugin.gettext("Task"),
            hue="red" if task.priority == "urgent" else tasks.hue,
            done_url=tasks.url("act", task, name="done") if tasks.can(user, "done") else "",
            icon=tasks.icon,
            plugin="tasks",
        )
        for task in tasks.due_by(user, until)
    ]


@hookimpl
def record_panels(resource, record, user):
    """The open tasks of a contact, and a line to add one; one query."""
    tasks = resource_of(Task)
    if resource.name != "contacts" or not tasks.can(user, "view"):
        return []
    found, more = tasks.open_of(user, record)
    body = Markup(render_template("tasks/panel.html", tasks=found, more=more, contact=record, resource=tasks))
    count = f"{len(found)}+" if more else len(found)
    return [Panel(plugin.title, body, tasks.icon, tasks.hue, count, order=20, plugin="tasks", id="panel-tasks")]


@hookimpl
def record_actions(resource, record, user):
    """A new task for this contact, and back to the contact afterwards."""
    tasks = resource_of(Task)
    if resource.name != "contacts" or not tasks.can(user, "create"):
        return []
    url = tasks.url("new", contact=record.id, next=resource.url("page", record))
    return [ActionLink(N_("Task"), url, tasks.icon, plugin="tasks")]


# Data


@hookimpl
def grant_query(resource, user):
    """Beyond the role's scope: who gave a task sees it, and whoever may see a contact sees its tasks."""
    return resource.also_seen_by(user) if resource.model is Task else None


@hookimpl
def records_changed(resource, records, change):
    """A contact in other hands: its tasks are found by whoever may see it now."""
    if resource.name == "contacts" and change == "update":
        resource_of(Task).reindex_of(records)


@hookimpl
def contacts_merged(survivor):
    resource_of(Task).reindex_of([survivor])
