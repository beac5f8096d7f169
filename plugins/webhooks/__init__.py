"""Webhooks: tell another program what was created, changed or deleted, signed, in order, and until it has heard."""

from flask import render_template
from markupsafe import Markup

from core import N_, ActionLink, NavItem, Panel, Plugin, hookimpl, resource_of

plugin = Plugin(
    name="webhooks",
    title=N_("Webhooks"),
    summary=N_("Tells other programs what was created, changed or deleted: signed, retried, with a log."),
    icon="webhook",
    hue="indigo",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from .delivering import deliver, sweep  # noqa: E402
from .demo import fill  # noqa: E402
from .models import Delivery, Endpoint  # noqa: E402
from .resources import Deliveries, Endpoints  # noqa: E402
from .settings import Limits  # noqa: E402
from .views import blueprint  # noqa: E402


@hookimpl
def resources():
    return [Endpoints, Deliveries]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [deliver, sweep]


@hookimpl
def settings_form():
    return Limits


@hookimpl
def demo_data(demo):
    fill(demo)


@hookimpl
def nav_items(user):
    endpoints = resource_of(Endpoint)
    if not endpoints.can(user, "view"):
        return []
    return [NavItem(plugin.title, endpoints.url(), plugin.icon, N_("Connections"), 80, plugin.name)]


@hookimpl
def record_actions(resource, record, user):
    if resource.model is not Endpoint or not resource.can(user, "edit"):
        return []
    label = N_("New secret") if record.secret_shown_at else N_("Show the secret")
    url = f"{resource.url('page', record)}/secret"
    return [ActionLink(label, url, "key", 5, plugin.name)]


@hookimpl
def record_panels(resource, record, user):
    """How an endpoint does, and what was sent to it last; one query."""
    deliveries = resource_of(Delivery)
    if resource.model is not Endpoint or not deliveries.can(user, "view"):
        return []
    found = list(deliveries.query(user).where(Delivery.endpoint == record.id).order_by(Delivery.id.desc()).limit(8))
    body = Markup(render_template("webhooks/panel.html", endpoint=record, found=found, resource=deliveries))
    return [Panel(N_("Deliveries"), body, "send", "indigo", None, 10, plugin.name, "panel-deliveries")]


@hookimpl
def records_changed(resource, records, change, user):
    """In the transaction of the write, so that nothing is lost: what is to be told is only written down here."""
    if resource.plugin != plugin.name:
        resource_of(Endpoint).note(resource, records, change, user)


@hookimpl
def contacts_erased(ids, told):
    """The log forgets them, and receivers are told by number that they should, too."""
    resource_of(Delivery).forget(ids, told)
    resource_of(Endpoint).note_erased(ids)
