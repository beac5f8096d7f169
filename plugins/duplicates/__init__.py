"""Duplicates: rules that find contacts that are there twice, while typing, after an import and over everything."""

from flask import render_template
from markupsafe import Markup

from core import N_, ActionLink, Contact, NavItem, Panel, Plugin, hookimpl, later, resource_of

plugin = Plugin(
    name="duplicates",
    title=N_("Duplicates"),
    summary=N_("Rules that find contacts that are there twice, explained with a score and reasons, ready to merge."),
    icon="copy",
    hue="orange",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from .commands import duplicates  # noqa: E402
from .jobs import check_fresh, search_all, sweep  # noqa: E402
from .models import Fresh, Pair  # noqa: E402
from .resources import Pairs, Rules, pairs_of  # noqa: E402
from .views import blueprint  # noqa: E402


@hookimpl
def resources():
    return [Pairs, Rules]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [check_fresh, search_all, sweep]


@hookimpl
def commands():
    return [duplicates]


@hookimpl
def nav_items(user):
    pairs = resource_of(Pair)
    if not pairs.can(user, "view"):
        return []
    return [NavItem(plugin.title, pairs.url(state="open"), plugin.icon, "Customers", 60, plugin.name)]


@hookimpl
def records_changed(resource, records, change, user):
    """New and changed contacts are looked at by the worker: here they are only written down."""
    if resource.name != "contacts" or change == "delete":
        return
    waiting = Fresh.select().exists()
    for start in range(0, len(records), 500):
        rows = [(r.id,) for r in records[start : start + 500]]
        Fresh.insert_many(rows, fields=[Fresh.contact_id]).execute()
    if not waiting:
        later(check_fresh)


@hookimpl
def record_panels(resource, record, user):
    """On a contact's page: who may be the same, of those that the user may see; one query."""
    if resource.model is not Contact or not resource_of(Pair).can(user, "view"):
        return []
    found = pairs_of(user, record)
    if not found:
        return []
    body = Markup(render_template("duplicates/panel.html", found=found, record=record, pairs=resource_of(Pair)))
    return [Panel(N_("Possible duplicates"), body, plugin.icon, plugin.hue, len(found), 5, plugin.name, "duplicates")]


@hookimpl
def record_actions(resource, record, user):
    if resource.model is not Pair or record.state != "open":
        return []
    return [ActionLink(N_("Compare and merge"), record.merge_url, "arrows-join", 5, plugin.name, primary=True)]
