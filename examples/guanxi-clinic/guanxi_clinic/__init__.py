"""Clinic: practitioners, services, and the appointments that patients book."""

from core import N_, Plugin, hookimpl

plugin = Plugin(
    name="clinic",
    title=N_("Clinic"),
    summary=N_("Practitioners, services, and the appointments that patients book."),
    version="1.0.0",
    vendor="Guanxi examples",
    icon="stethoscope",
    hue="teal",
)

# The manifest comes first, because these say `from . import plugin`.
from . import views  # noqa: E402
from .resources import Appointments, Practitioners, Services  # noqa: E402


@hookimpl
def resources():
    return [Appointments, Practitioners, Services]


@hookimpl
def blueprints():
    return [views.blueprint()]


@hookimpl
def nav_items(user):
    return views.nav_items(user)


@hookimpl
def home_cards(user):
    return views.home_cards(user)


@hookimpl
def record_panels(resource, record, user):
    return views.record_panels(resource, record, user)


@hookimpl
def record_actions(resource, record, user):
    return views.record_actions(resource, record, user)
