"""What quotes and orders show at the side of a contact and of a deal, and what waits for whom."""

from flask import render_template, url_for
from markupsafe import Markup
from peewee import JOIN

from core import N_, Panel, User, WorkItem, fields, html, resource_of
from plugins.sales.models import Rate

from .. import plugin
from ..models import Approval, Order, Quote
from ..resources import returns
from ..resources.approvals import shown

_ = plugin.gettext

#: States of an order of which something may have come back.
SENT = ("partial", "delivered", "closed")
#: Rows of a panel; the rest is a click away.
SHOWN = 6


def of_contact(contact, user) -> list[Panel]:
    """A contact's quotes and purchase history: a query each, and one for what came back."""
    mine = lambda model: (model.contact == contact.id) | (model.attention == contact.id)  # noqa: E731
    who = {"contact": contact.id}
    return [*_documents(Quote, mine(Quote), who, 12, user), *_documents(Order, mine(Order), who, 13, user)]


def of_deal(deal, user) -> list[Panel]:
    """A deal's quotes and orders: a query each, and one for what came back."""
    who = {"deal": deal.id}
    quotes = _documents(Quote, Quote.deal == deal.id, who, 12, user)
    return [*quotes, *_documents(Order, Order.deal == deal.id, who, 13, user)]


def _documents(model, where, who: dict, order: int, user) -> list[Panel]:
    resource = resource_of(model)
    if not resource.can(user, "view"):
        return []
    query = resource.query(user).where(where)
    if model is Quote:  # of a quote its newest version tells
        query = query.where(Quote.status != "replaced")
    found = list(query.order_by(model.id.desc()).limit(SHOWN + 1))
    may = resource.can(user, "create")
    if not found and not (may and model is Quote):
        return []
    more, found = len(found) > SHOWN, resource.veil(user, found[:SHOWN])
    filled = {"records": found, "more": more, "resource": resource, "who": who, "may": may}
    body = render_template("orders/_panel.html", back=came_back(found, user) if model is Order else {}, **filled)
    title = N_("Purchases") if model is Order and "contact" in who else resource.plural
    count = f"{SHOWN}+" if more else len(found)
    id = f"panel-{resource.part}s"
    return [Panel(title, Markup(body), resource.icon, resource.hue, count, order, "orders", id)]


def came_back(orders, user) -> dict[int, str]:
    """Order id → what came back of it, as text; one query, or none where nothing went out or the role hides it."""
    ids = [order.id for order in orders if order.status in SENT]
    if not ids or not returns.may(user):
        return {}
    found = returns.returned(user, Order.id, Order.id << ids)
    return {id: html.money(minor, currency) for id, currency, minor in found}


def of_approvals(resource, record, user, may_ask: bool) -> list[Panel]:
    """What of another module's record must be approved, and what was asked and decided; a query, two at most.

    `may_ask`: whether it can go on from here at all, so that a need is said.
    """
    approvals = resource_of(Approval)
    may_ask = may_ask and resource.can(user, "edit")
    needs = approvals.needs(resource, record, user) if may_ask else []
    found = []
    if approvals.can(user, "view"):
        mine = (Approval.resource == resource.name) & (Approval.record == record.id)
        query = approvals.query(user, Approval, User).join(User, JOIN.LEFT_OUTER, on=Approval.decided_by)
        found = approvals.veil(user, list(query.where(mine).order_by(Approval.id.desc()).limit(SHOWN)))
    if not found and not needs:
        return []
    body = render_template(
        "orders/_approvals_panel.html",
        approvals=found,
        needs=needs,
        asked=approvals.is_asked(resource, record, needs) if needs else False,
        resource=approvals,
        ask_url=url_for("orders.ask", name=resource.name, id=record.id),
    )
    return [Panel(approvals.plural, Markup(body), approvals.icon, approvals.hue, None, 8, "orders", "panel-approvals")]


def work(user, until) -> list[WorkItem]:
    """Approvals that wait for me, quotes of mine that end soon, orders of mine that are due; a query each."""
    return [*_approvals(user), *_ending(user, until), *_due(user, until)]


def _approvals(user):
    approvals = resource_of(Approval)
    if not approvals.can(user, "decide") or (user.role.scope == "own" and not approvals.away_for(user)):
        return []
    found = approvals.query(user).where(Approval.state == "asked").order_by(Approval.asked_at).limit(30)
    rates = resource_of(Rate)
    for one in found:
        if approvals.may_decide(user, one):
            yield WorkItem(
                title=one.title,
                due=one.asked_at,
                url=approvals.url("page", one),
                subtitle=_asked_for(one),
                kind=_("Approval"),
                hue="orange",
                icon=approvals.icon,
                plugin="orders",
                worth=rates.convert(one.amount, one.amount_currency, html.today()) or 0,
            )


def _asked_for(approval) -> str:
    """What a question is about, in the reader's language: its reason was written in the asker's."""
    if approval.percent is None:
        return approval.why
    amount = Approval.amount.get(approval)
    said = _("A discount of %(n)s%%", n=shown(approval.percent))
    return f"{said} · {html.money(*amount)}" if amount else said


def _ending(user, until):
    quotes = resource_of(Quote)
    if not quotes.can(user, "view"):
        return
    mine = quotes.query(user).where(Quote.owner == user.id, Quote.status == "sent")
    found = mine.where(Quote.valid_until <= until.date()).order_by(Quote.valid_until).limit(30)
    for quote in quotes.veil(user, list(found)):
        yield _item(quotes, quote, quote.valid_until, _("Quote ends"))


def _due(user, until):
    orders = resource_of(Order)
    if not orders.can(user, "view"):
        return
    mine = orders.query(user).where(Order.owner == user.id, Order.status << ["confirmed", "partial"])
    found = mine.where(Order.due <= until.date()).order_by(Order.due).limit(30)
    for order in orders.veil(user, list(found)):
        yield _item(orders, order, order.due, _("To deliver"))


def _item(resource, record, day, kind: str) -> WorkItem:
    at = fields.start_of_day(day, end=True) if day else record.updated_at
    worth = record.value or 0
    url = resource.url("page", record)
    return WorkItem(str(record), at, url, "", kind, resource.hue, "", resource.icon, "orders", worth)
