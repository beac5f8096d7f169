"""What stands in the one list of the home page: payments that are due to me."""

import datetime as dt

from core import WorkItem, fields, html, resource_of
from plugins.sales.models import Rate

from .. import plugin
from ..models import Instalment

_ = plugin.gettext


def items(user, until: dt.datetime) -> list[WorkItem]:
    """A user's instalments that are due by then; two queries."""
    instalments, rates = resource_of(Instalment), resource_of(Rate)
    if not instalments.can(user, "view") or {"due", "open"} & instalments.hidden(user):
        return []
    today = html.today()
    return [
        WorkItem(
            title=str(one),
            due=fields.start_of_day(one.due, end=True),
            url=instalments.url("page", one),
            subtitle=" · ".join(
                filter(None, (str(one.contact) if one.contact_id else "", html.money(one.open, one.amount_currency)))
            ),
            kind=_("Overdue payment") if one.due < today else _("Payment due"),
            hue="red" if one.due < today else instalments.hue,
            icon=instalments.icon,
            plugin="payments",
            worth=rates.convert(one.open, one.amount_currency, today) or 0,
        )
        for one in instalments.overdue(user, html.local(until).date())
    ]
