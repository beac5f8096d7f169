"""Contracts: parties, value, dates and stages, with their files, and a reminder before each one ends."""

from core import N_, ActionLink, Contact, NoticeKind, Plugin, hookimpl, resource_of
from plugins.sales.models import Deal

plugin = Plugin(
    name="contracts",
    title=N_("Contracts"),
    summary=N_("Contracts from draft to renewal: parties, value, dates, files, and a reminder before each one ends."),
    icon="writing-sign",
    hue="purple",
    default=True,
    requires=("sales",),
    notices=(
        NoticeKind("contract", N_("A contract of mine ends soon, begins, ends or is renewed"), "both", "contracts"),
    ),
)

# The manifest comes first, because these say `from . import plugin`.
from .approving import needs_of  # noqa: E402
from .demo import fill  # noqa: E402
from .jobs import ContractOptions, look_after  # noqa: E402
from .models import Contract  # noqa: E402
from .resources import Contracts, ContractSteps  # noqa: E402
from .views import blueprint, panels, worklist  # noqa: E402


@hookimpl
def resources():
    return [Contracts, ContractSteps]


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [look_after]


@hookimpl
def settings_form():
    return ContractOptions


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def worklist_items(user, until):
    """My contracts about whose end somebody must decide by then; one query, and one for the names."""
    return worklist(user, until)


@hookimpl
def record_panels(resource, record, user):
    """The contracts of a contact or a deal; the way of a contract and those under it. A query each."""
    return panels(record, user) if resource.model in (Contact, Deal, Contract) else []


@hookimpl
def record_actions(resource, record, user):
    """A contract with this contact, or about this deal with all that it knows."""
    contracts = resource_of(Contract)
    if not contracts.can(user, "create"):
        return []
    if resource.model is Contact:
        url = contracts.url("new", contact=record.id, next=resource.url("page", record))
    elif resource.model is Deal:
        url = contracts.url("new", **contracts.from_deal(user, record))
    else:
        return []
    return [ActionLink(contracts.label, url, contracts.icon, 60, plugin="contracts")]


@hookimpl
def quick_actions(user):
    contracts = resource_of(Contract)
    found = ActionLink(contracts.label, contracts.url("new"), contracts.icon, 30, "contracts")
    return [found] if contracts.can(user, "create") else []


# Data


@hookimpl
def grant_query(resource, user):
    """Beyond the role's scope: whoever may see a contact sees its contracts."""
    return resource.also_seen_by(user) if resource.model is Contract else None


@hookimpl
def validate_records(resource, records, user):
    """No two contracts have one number, also not when many are written together; an undo leaves those alone."""
    return resource.numbers_taken(records) if resource.model is Contract and user is not None else []


@hookimpl
def records_changed(resource, records, change):
    """A contact in other hands: its contracts are found by whoever may see it now."""
    if resource.model is Contact and change == "update":
        resource_of(Contract).reindex_of(records)


@hookimpl(optionalhook=True)
def approval_needs(resource, record, user):
    """A contract above the limit of who signs it must be approved."""
    return needs_of(resource.build, record, user) if resource.model is Contract else []


@hookimpl
def contacts_merged(survivor):
    resource_of(Contract).reindex_of([survivor])
