"""Privacy: consent with its history, what is known of a person in one file, erasure, and how long data is kept."""

from flask import render_template
from markupsafe import Markup

from core import N_, ActionLink, Contact, NavItem, Panel, Plugin, hookimpl, resource_of

plugin = Plugin(
    name="privacy",
    title=N_("Privacy"),
    summary=N_(
        "Consent for each channel with proof and history, exports and erasure of a person's data, retention rules."
    ),
    icon="shield-lock",
    hue="purple",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from . import certificates, consent, subject  # noqa: E402
from .demo import fill  # noqa: E402
from .jobs import JOBS  # noqa: E402
from .resources import Channels, Consents, Erasures, Exports, Holds, Purposes, Rules, Runs, may_decide  # noqa: E402
from .retention import preview_panel  # noqa: E402
from .views import blueprint  # noqa: E402


@hookimpl
def resources():
    return [Channels, Purposes, Consents, Holds, Erasures, Exports, Rules, Runs]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return JOBS


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def nav_items(user):
    if not may_decide(user):
        return []
    return [NavItem(plugin.title, "/privacy/", plugin.icon, "Customers", 75, plugin.name)]


@hookimpl
def record_panels(resource, record, user):
    """On a contact: what it consented to, and whether it is held or was erased before; on a rule: its preview."""
    if resource.name == "privacy_rule":
        return [preview_panel(record)]
    if resource.model is not Contact:
        return []
    return [*_consent_panel(record, user), *_notes(record)]


def _consent_panel(record, user):
    from .models import Consent

    consents = resource_of(Consent)
    if not consents.can(user, "view"):
        return []
    lines = consent.standing(consents, user, record)
    body = render_template("privacy/panel.html", lines=lines, record=record, consents=consents)
    said = sum(line.consent is not None for line in lines)
    return [Panel(N_("Consent"), Markup(body), "mail-check", "teal", said or None, 45, plugin.name, "panel-consent")]


def _notes(record):
    """What must be known before anything is done with this contact; a query each."""
    hold, erased = certificates.hold_of(record), certificates.erased_before(record)
    if not hold and not erased:
        return []
    body = render_template("privacy/notes.html", hold=hold, erased=erased, record=record)
    return [Panel(plugin.title, Markup(body), plugin.icon, "orange", None, 4, plugin.name, "panel-privacy")]


@hookimpl
def record_actions(resource, record, user):
    if resource.name == "privacy_export" and record.state == "ready":
        return [
            ActionLink(N_("Download"), f"/privacy/export/{record.id}/file", "download", 5, plugin.name, primary=True)
        ]
    if resource.model is not Contact or not may_decide(user):
        return []
    return [ActionLink(plugin.title, f"/privacy/contacts/{record.id}", plugin.icon, 80, plugin.name)]


# Data


@hookimpl
def contact_refusals(contact_ids, channel, purpose):
    return consent.refused(contact_ids, channel, purpose)


@hookimpl
def records_changed(resource, records, change, user):
    """Somebody who was erased comes back, by an import or by hand: whoever did it is told."""
    if resource.model is Contact and change != "delete":
        certificates.warn(resource.build, records, user)


@hookimpl
def contacts_erased(ids):
    subject.forget(ids)
