"""The calendar: meetings with guests, and everything else that has a date, by day, week and month, and as a feed."""

from flask import render_template
from markupsafe import Markup

from core import N_, ActionLink, Card, NavItem, Panel, Plugin, hookimpl, resource_of

plugin = Plugin(
    name="calendar",
    title=N_("Calendar"),
    summary=N_("Meetings, tasks, next steps and whatever else has a date: by day, week and month, and on your phone."),
    icon="calendar",
    hue="purple",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .invitations import read_answers  # noqa: E402
from .items import today_of  # noqa: E402
from .models import Guest, Meeting  # noqa: E402
from .resources import Meetings  # noqa: E402
from .views import blueprint  # noqa: E402


@hookimpl
def resources():
    return [Meetings]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def nav_items(user):
    if not resource_of(Meeting).can(user, "view"):
        return []
    return [NavItem(plugin.title, "/calendar/", plugin.icon, "Work", 20, plugin.name)]


@hookimpl
def quick_actions(user):
    meetings = resource_of(Meeting)
    if not meetings.can(user, "create"):
        return []
    return [ActionLink(N_("Meeting"), meetings.url("new"), meetings.icon, 45, plugin.name)]


@hookimpl
def home_cards(user):
    """What has its hour today; nothing when the day is free."""
    if not resource_of(Meeting).can(user, "view"):
        return []
    found = today_of(user)
    if not found:
        return []
    body = render_template("calendar/card.html", items=found)
    return [Card(N_("In the calendar today"), Markup(body), 5, 20, plugin.name)]


@hookimpl
def record_actions(resource, record, user):
    """A meeting with this contact, and back to the contact afterwards."""
    meetings = resource_of(Meeting)
    if resource.name != "contacts" or not meetings.can(user, "create"):
        return []
    url = meetings.url("new", contact=record.id, next=resource.url("page", record))
    return [ActionLink(N_("Plan a meeting"), url, "calendar-plus", 60, plugin.name)]


@hookimpl
def record_panels(resource, record, user):
    """Who comes to a meeting, and what they answered; one query."""
    if resource.model is not Meeting or not record.guests:
        return []
    found = list(Guest.select().where(Guest.meeting == record.id).order_by(Guest.id))
    body = Markup(render_template("calendar/guests.html", guests=found))
    return [Panel(N_("Guests"), body, "users", "purple", len(found), 10, plugin.name, "panel-guests")]


# Data


@hookimpl
def contacts_erased(ids, told):
    resource_of(Meeting).forget(told)


@hookimpl
def mail_received(message, contact):
    read_answers(message, contact)


@hookimpl
def grant_query(resource, user):
    """Beyond the role's scope: who is invited sees a meeting, and whoever may see its contact."""
    return resource.also_seen_by(user) if resource.model is Meeting else None
