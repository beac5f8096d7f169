"""Customer grades 客户评级: by what was paid or is expected, with the rule shown; what each grade gets, and credit."""

from core import N_, Contact, NoticeKind, Plugin, hookimpl, later, resource_of
from plugins.payments.models import Payment
from plugins.sales.models import Deal

plugin = Plugin(
    name="grades",
    title=N_("Customer grades"),
    summary=N_("Grades by what customers paid or promise, with the rule shown: prices, terms, credit days and limit."),
    icon="award",
    hue="yellow",
    default=True,
    requires=("sales", "payments"),
    notices=(NoticeKind("grade", N_("The grade of a customer of mine has changed"), "bell", "grades"),),
)

# The manifest comes first, because these say `from . import plugin`.
from .credit import need_of  # noqa: E402
from .demo import fill  # noqa: E402
from .jobs import GradeOptions, grade_all, grade_some  # noqa: E402
from .models import Grade, Level  # noqa: E402
from .resources import Grades, Levels  # noqa: E402
from .seed import first_rows  # noqa: E402
from .views import columns, panels  # noqa: E402


@hookimpl
def resources():
    return [Grades, Levels]


@hookimpl
def jobs():
    return [grade_all, grade_some]


@hookimpl
def settings_form():
    return GradeOptions


@hookimpl
def plugin_enabled(name):
    """Four grades to begin with."""
    first_rows()


@hookimpl(tryfirst=True)  # the demo asks from the last to the first: orders come before what is paid for them
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def record_panels(resource, record, user):
    """A contact's grade with its rule and its credit; a query, and three where there is a limit."""
    return panels(record, user) if resource.model is Contact else []


@hookimpl
def contact_columns(user):
    """The grade in the list of contacts; one query."""
    return columns(user)


# Data


@hookimpl
def records_changed(resource, records):
    """Who paid, ordered, sent goods back or has a deal is graded anew, in the background."""
    ids = set()
    if resource.model is Deal:
        ids = {id for deal in records for id in (deal.organisation_id, deal.contact_id)}
    elif resource.model is Payment or resource.name in ("orders_order", "orders_delivery"):
        ids = {record.contact_id for record in records}
    if ids - {None}:
        later(grade_some, ids=sorted(ids - {None})[:5000])


@hookimpl(optionalhook=True)
def customer_grade(contact_id):
    """Price lists name grades."""
    return resource_of(Grade).name_for(contact_id)


@hookimpl(optionalhook=True)
def approval_needs(resource, record, user):
    """An order above the customer's credit limit must be approved."""
    need = need_of(resource.build, record) if resource.name == "orders_order" else None
    return [need] if need is not None else []


__all__ = ["Level", "plugin"]
