"""Sales: deals on a board, leads, the public pool, scores, targets and forecast."""

import datetime as dt

from core import N_, ActionLink, Contact, Entry, NavItem, Plugin, WorkItem, fields, hookimpl, resource_of

plugin = Plugin(
    name="sales",
    title=N_("Sales"),
    summary=N_("Deals on a board, leads from first word to deal, a public pool, scores, targets and forecast."),
    icon="layout-kanban",
    hue="indigo",
    default=True,
)

# The manifest comes first, because these say `from . import plugin`.
from .models import Deal  # noqa: E402
from .resources import ALL  # noqa: E402
from .seed import first_rows  # noqa: E402
from .views import blueprint, panels  # noqa: E402

_ = plugin.gettext


@hookimpl
def resources():
    return ALL


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def plugin_enabled(name):
    """The first pipeline, in the language of whoever switches it on."""
    first_rows()


# Pages


@hookimpl
def nav_items(user):
    if not resource_of(Deal).can(user, "view"):
        return []
    return [NavItem(N_("Deals"), "/sales/", "layout-kanban", "Sales", 10, "sales")]


@hookimpl
def quick_actions(user):
    deals = resource_of(Deal)
    return [ActionLink(N_("Deal"), deals.url("new"), deals.icon, 20, "sales")] if deals.can(user, "create") else []


@hookimpl
def worklist_items(user, until):
    """My deals that rot or whose next step is due, the most valuable first; one query."""
    deals, now = resource_of(Deal), fields.utcnow()
    if not deals.can(user, "view"):
        return []
    found = []
    for deal in deals.overdue(user, until):
        rots = deal.rots(now)
        due = min(filter(None, (deal.rots_at if rots else None, deal.next_step_at)), default=now)
        amount = deals.kinds["amount"].show(deals.kinds["amount"].get(deal))
        found.append(
            WorkItem(
                title=deal.next_step if deal.next_step and not rots else deal.title,
                due=due if due <= until else until - dt.timedelta(days=1),
                url=deals.url("page", deal),
                subtitle=" · ".join(filter(None, (deal.title, str(deal.contact) if deal.contact_id else "", amount))),
                kind=_("Rotting deal") if rots else _("Next step"),
                hue="orange" if rots else "indigo",
                icon="flame" if rots else "layout-kanban",
                plugin="sales",
            )
        )
    return found


@hookimpl
def record_panels(resource, record, user):
    """A contact's deals (one query); who decides on a deal, and its way (a query each)."""
    if resource.model is Contact:
        return panels.of_contact(record, user)
    return panels.of_deal(record, user) if resource.model is Deal else []


@hookimpl
def records_changed(resource, records, change):
    """Talking with a contact keeps its deals from rotting."""
    if resource.model is Entry and change == "create":
        resource_of(Deal).freshen({r.contact_id for r in records if not r.resource})
