"""What stands in the one list of the home page: deals, leads, and customers about to fall into the pool."""

import datetime as dt

import peewee

from core import Contact, WorkItem, fields, html, resource_of

from .. import plugin
from ..models import Deal, Lead, Rate
from ..models.pool import Risk

_ = plugin.gettext

#: Customers that stand in the list at a time.
MOST = 10


def items(user, until: dt.datetime) -> list[WorkItem]:
    """All of them; three queries."""
    return [*_deals(user, until), *_leads(user, until), *_risks(user, until)]


def _deals(user, until) -> list[WorkItem]:
    deals, now, found = resource_of(Deal), fields.utcnow(), []
    if not deals.can(user, "view"):
        return []
    for deal in deals.overdue(user, until):
        rots = deal.rots(now)
        amount = deals.kinds["amount"].show(deals.kinds["amount"].get(deal))
        title = deal.title if rots or not deal.next_step else deal.next_step
        about = (deal.title if title != deal.title else "", str(deal.contact) if deal.contact_id else "", amount)
        found.append(
            WorkItem(
                title=title,
                due=min(filter(None, (deal.rots_at if rots else None, deal.next_step_at)), default=now),
                url=deals.url("page", deal),
                subtitle=" · ".join(filter(None, about)),
                kind=_("Rotting deal") if rots else _("Next step"),
                hue="orange" if rots else "indigo",
                icon="flame" if rots else deals.icon,
                plugin="sales",
                worth=deal.value or 0 if deal.amount is not None else 0,  # of a hidden amount neither its order
            )
        )
    return found


def _leads(user, until) -> list[WorkItem]:
    leads, rates = resource_of(Lead), resource_of(Rate)
    if not leads.can(user, "view"):
        return []
    return [
        WorkItem(
            title=str(lead),
            due=lead.next_step_at or lead.created_at + dt.timedelta(days=1),
            url=leads.url("page", lead),
            subtitle=" · ".join(filter(None, (lead.company, lead.product, f"{lead.score}%" if lead.score else ""))),
            kind=_("New lead") if lead.state == "new" else _("Lead"),
            hue=leads.hue,
            done_url=leads.url("act", lead, name="work") if lead.state == "new" and leads.can(user, "work") else "",
            icon=leads.icon,
            plugin="sales",
            worth=(rates.convert(lead.budget, lead.budget_currency, html.today()) or 0) * (lead.score or 0) // 100,
        )
        for lead in leads.due(user, until)
    ]


def _risks(user, until) -> list[WorkItem]:
    """Own customers that fall into the pool soon, the most valuable first: by their open deals."""
    contacts = resource_of(Contact)
    if not contacts.can(user, "view"):
        return []
    worth = Deal.select(peewee.fn.SUM(Deal.value)).where(
        Deal.contact == Contact.id, Deal.status == "open", Deal.deleted_batch.is_null()
    )
    query = (
        contacts.query(user, Contact.id, Contact.name, Risk.falls_at, worth.alias("worth"))
        .join(Risk, on=(Risk.contact_id == Contact.id))
        .where(Risk.owner_id == user.id, Contact.owner == user.id)
        .order_by(peewee.fn.COALESCE(worth, 0).desc(), Risk.falls_at)
        .limit(MOST)
    )
    return [
        WorkItem(
            title=name,
            due=Risk.falls_at.python_value(falls_at),
            url=f"{contacts.base}{id}#compose",
            subtitle=_("Falls into the public pool unless somebody follows up"),
            kind=_("Pool"),
            hue="cyan",
            icon="ripple",
            plugin="sales",
            worth=int(worth or 0),
        )
        for id, name, falls_at, worth in query.tuples()
    ]
