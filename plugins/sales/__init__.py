"""Sales: deals on a board, leads, the public pool, scores, targets and forecast."""

from core import N_, ActionLink, Contact, Entry, NavItem, NoticeKind, Plugin, hookimpl, resource_of

from . import hookspecs

plugin = Plugin(
    name="sales",
    title=N_("Sales"),
    summary=N_("Deals on a board, leads from first word to deal, a public pool, scores, targets and forecast."),
    icon="layout-kanban",
    hue="indigo",
    default=True,
    setup="/sales/setup",
    notices=(
        NoticeKind("lead", N_("I am given a lead"), "both", "sales"),
        NoticeKind("pool", N_("A customer of mine falls into the pool, or I am given one"), "bell", "sales"),
        NoticeKind("dispute", N_("Somebody contests a customer, or it was decided"), "both", "sales"),
    ),
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .jobs import score, snapshot, sweep  # noqa: E402
from .models import Deal, Lead  # noqa: E402
from .models.pool import PoolStay  # noqa: E402
from .resources import ALL  # noqa: E402
from .resources.mailed import SalesOptions, take_letters  # noqa: E402
from .resources.pool import note_owners, owner_changes  # noqa: E402
from .seed import first_rows  # noqa: E402
from .views import blueprint, panels, worklist  # noqa: E402


@hookimpl
def resources():
    return ALL


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [sweep, score, snapshot]


@hookimpl
def settings_form():
    return SalesOptions


@hookimpl
def plugin_enabled(name):
    """The first pipeline, in the language of whoever switches it on."""
    first_rows()


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def nav_items(user):
    """Deals for everybody; the rest where there are colleagues to share it with."""
    deals, leads, stays = resource_of(Deal), resource_of(Lead), resource_of(PoolStay)
    if not deals.can(user, "view"):
        return []
    found = [NavItem(N_("Deals"), "/sales/", deals.icon, "Sales", 10, "sales")]
    if deals.build.alone:
        return found
    if leads.can(user, "view"):
        found.append(NavItem(leads.plural, leads.base, leads.icon, "Sales", 20, "sales"))
    if stays.can(user, "view"):
        found.append(NavItem(stays.plural, stays.base, stays.icon, "Sales", 30, "sales"))
    found.append(NavItem(N_("Forecast"), "/sales/forecast", "target-arrow", "Sales", 40, "sales"))
    found.append(NavItem(N_("Sales reports"), "/sales/reports", "chart-funnel", "Insight", 10, "sales"))
    if user.owners(deals.name) is None and deals.can(user, "edit"):
        found.append(NavItem(N_("Set up sales"), "/sales/setup", "adjustments", "Sales", 90, "sales"))
    return found


@hookimpl
def quick_actions(user):
    deals, leads = resource_of(Deal), resource_of(Lead)
    found = [ActionLink(N_("Deal"), deals.url("new"), deals.icon, 20, "sales")] if deals.can(user, "create") else []
    if leads.can(user, "create") and not leads.build.alone:
        found.append(ActionLink(N_("Lead"), leads.url("new"), leads.icon, 21, "sales"))
    return found


@hookimpl
def worklist_items(user, until):
    """Deals, leads and customers that need me, the most valuable of each first; a query each."""
    return worklist.items(user, until)


@hookimpl
def record_panels(resource, record, user):
    """A contact's deals and its pool (a query each); who decides on a deal, and its way (a query each)."""
    if resource.model is Contact:
        return [*panels.of_contact(record, user), *panels.of_pool(record, user)]
    return panels.of_deal(record, user) if resource.model is Deal else []


# Data


@hookimpl
def validate_records(resource, records):
    """Nothing is wrong with them; but only here both the old and the new owner are known."""
    if resource.model is Contact:
        owner_changes(records)
    return []


@hookimpl
def records_changed(resource, records, change, user):
    """Talking keeps deals from rotting; a new owner of a contact has the full time; mails of strangers may be leads."""
    if resource.name == "mail_letter" and change == "create":
        take_letters(resource.build, records)
    elif resource.model is Entry and change == "create":
        resource_of(Deal).freshen({r.contact_id for r in records if not r.resource})
    elif resource.model is Contact and change == "update":
        note_owners(records, user)


__all__ = ["hookspecs", "plugin"]
