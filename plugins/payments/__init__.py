"""Payments 回款: what is due by instalments, what arrived, what is overdue, invoices, and each customer's balance."""

from core import N_, ActionLink, Contact, NavItem, NoticeKind, Plugin, Problem, hookimpl, resource_of
from plugins.sales.models import Deal
from plugins.sales.resources.common import WithContact

plugin = Plugin(
    name="payments",
    title=N_("Payments"),
    summary=N_("Plans of payment, what arrived and what is overdue, reminders, invoices, and each customer's balance."),
    icon="cash",
    hue="green",
    default=True,
    requires=("sales",),
    notices=(NoticeKind("due", N_("A payment to me is due soon or overdue"), "both", "payments"),),
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .models import Instalment, Payment, Payout, Settlement  # noqa: E402
from .reminders import PaymentOptions, remind  # noqa: E402
from .resources import ALL, Together  # noqa: E402
from .subjects import kind_of, of, still_due  # noqa: E402
from .views import blueprint, panels, worklist  # noqa: E402


@hookimpl
def resources():
    return ALL


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [remind]


@hookimpl
def settings_form():
    return PaymentOptions


@hookimpl(tryfirst=True)  # the demo asks from the last to the first: orders come before what is paid for them
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def nav_items(user):
    if not resource_of(Instalment).can(user, "view"):
        return []
    return [NavItem(N_("Receivables"), "/payments/receivables", "report-money", "Sales", 60, "payments")]


@hookimpl
def quick_actions(user):
    payments = resource_of(Payment)
    found = ActionLink(payments.label, payments.url("new"), payments.icon, 31, "payments")
    return [found] if payments.can(user, "create") else []


@hookimpl
def worklist_items(user, until):
    """What is due to me and not paid, the largest first; a query, and one for the names."""
    return worklist.items(user, until)


@hookimpl
def record_panels(resource, record, user):
    """A contact's balance; the plan of a contract or an order; what settles an instalment. A query each."""
    if resource.model is Contact:
        return panels.of_contact(record, user)
    if resource.model in (Instalment, Payment):
        return panels.of_settlements(resource, record, user)
    return panels.of_subject(resource, record, user) if kind_of(resource) else []


@hookimpl
def record_actions(resource, record, user):
    """The plan of a contract or an order; a partner's commission."""
    if resource.model is Contact and "partner" in record.roles and resource_of(Deal).can(user, "view"):
        return [ActionLink(N_("Commission"), f"/payments/commission/{record.id}", "percentage", 70, "payments")]
    if kind_of(resource) is None or not resource_of(Instalment).can(user, "edit"):
        return []
    url = f"/payments/plan/{resource.name}/{record.id}"
    return [ActionLink(N_("Payment plan"), url, "calendar-dollar", 55, "payments")]


# Data


@hookimpl
def grant_query(resource, user):
    """Beyond the role's scope: whoever may see a contact sees what is due and paid."""
    mine = resource.plugin == "payments" and (isinstance(resource, WithContact) or resource.model is Settlement)
    return resource.also_seen_by(user) if mine else None


@hookimpl
def validate_records(resource, records, user):
    """Nobody settles more than is due, also not by many records at once; nothing is due of a cancelled order."""
    if kind_of(resource):
        return still_due(resource, records)
    if user is None and resource.model is not Payout:  # an undo leaves alone what has become impossible
        return []
    return resource.faults_together(records) if isinstance(resource, Together) else []


@hookimpl
def records_changed(resource, records, change):
    """A contact in other hands; and what is planned for a contract or an order keeps it from being deleted."""
    if resource.model is Contact and change == "update":
        _reindex(records)
    elif change == "delete" and kind_of(resource):
        for record in records:
            mine = of(Instalment, resource.name, record.id)
            if Instalment.select().where(mine, Instalment.deleted_batch.is_null()).exists():
                problem = N_("Payments are planned for “%(name)s”. Delete that plan first, or end it instead.")
                raise Problem(problem, "payments", name=str(record))


@hookimpl
def contacts_merged(survivor):
    _reindex([survivor])


def _reindex(contacts) -> None:
    for resource in resource_of(Instalment).build.resources.values():
        if resource.plugin == "payments" and isinstance(resource, WithContact):
            resource.reindex_of(contacts)
