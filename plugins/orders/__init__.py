"""Orders: quotes with a one-screen editor, orders, deliveries in parts, and approvals."""

from core import N_, ActionLink, Contact, NavItem, NoticeKind, Plugin, hookimpl, resource_of
from plugins.sales.models import Deal

from . import hookspecs

plugin = Plugin(
    name="orders",
    title=N_("Quotes and orders"),
    summary=N_("Quotes written on one screen and answered by a link, orders, deliveries in parts, and approvals."),
    icon="file-invoice",
    hue="blue",
    requires=("sales", "catalogue"),
    default=True,
    setup="/orders/setup",
    notices=(
        NoticeKind("quote", N_("A customer answers or comments a quote of mine, or did not get it"), "both", "orders"),
        NoticeKind("approval", N_("Somebody asks me for an approval, or it was decided"), "both", "orders"),
    ),
)

# The manifest comes first, because these say `from . import plugin`.
from .demo import fill  # noqa: E402
from .jobs import expire, mailed  # noqa: E402
from .models import Approval, Order, Quote  # noqa: E402
from .resources import ALL, reports  # noqa: E402
from .resources.deal_products import ProductsOfDeals  # noqa: E402
from .settings import OrderOptions  # noqa: E402
from .views import blueprint, habits, panels  # noqa: E402


@hookimpl
def resources():
    return ALL


@hookimpl
def blueprints():
    return [blueprint()]


@hookimpl
def jobs():
    return [expire, mailed]


@hookimpl
def settings_form():
    return OrderOptions


@hookimpl
def demo_data(demo):
    fill(demo)


# Pages


@hookimpl
def nav_items(user):
    """Quotes and orders; approvals where there is somebody to ask; what administrators set up."""
    found = []
    for model, order in ((Quote, 50), (Order, 55), (Approval, 58)):
        resource = resource_of(model)
        if resource.can(user, "view") and not (model is Approval and resource.build.alone):
            found.append(NavItem(resource.plural, resource.base, resource.icon, "Sales", order, "orders"))
    if user.is_admin:
        found.append(NavItem(N_("Set up quotes and orders"), plugin.setup, "settings", "Sales", 91, "orders"))
    return found


@hookimpl
def quick_actions(user):
    found = ((resource_of(Quote), 30), (resource_of(Order), 31))
    return [ActionLink(r.label, r.url("new"), r.icon, order, "orders") for r, order in found if r.can(user, "create")]


@hookimpl
def record_panels(resource, record, user):
    """A contact's quotes, purchases and habits, a deal's quotes and orders, a record's approvals; a query each."""
    if resource.model is Contact:
        return [*panels.of_contact(record, user), *habits.of_contact(record, user)]
    if hasattr(resource, "may_need_approval"):
        return panels.of_approvals(resource, record, user, resource.may_need_approval(record))
    return panels.of_deal(record, user) if resource.model is Deal else []


@hookimpl
def grant_query(resource, user):
    """Beyond the role's scope: a deputy sees what waits for somebody who is away."""
    return resource.seen_by_deputy(user) if resource.model is Approval else None


@hookimpl
def worklist_items(user, until):
    """Approvals that wait for me, my quotes that end, my orders and reorders that are due; a query each."""
    return [*panels.work(user, until), *habits.work(user, until)]


@hookimpl
def newest_order():
    """The pool's rules ask who has not ordered for long."""
    return Order.newest_of_contact()


@hookimpl
def deal_products():
    """Forecast and targets by product."""
    return ProductsOfDeals()


@hookimpl
def sales_reports():
    """Sales with margin, won and lost by product, demand."""
    return reports.REPORTS


__all__ = ["hookspecs", "plugin"]
