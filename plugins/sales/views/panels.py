"""What sales shows at the side of a contact and of a deal."""

import peewee
from flask import render_template
from markupsafe import Markup

from core import N_, Contact, Panel, User, resource_of

from .. import plugin
from ..models import PARTS, Deal, DealContact, Move, Stage
from ..models.pool import Pool, PoolStay, Risk
from ..resources.common import span

_ = plugin.gettext

#: Why a customer falls in.
RISKS = {
    "quiet": N_("Nobody follows up."),
    "deal": N_("There is no new deal."),
    "win": N_("No deal was won."),
    "order": N_("There is no order."),
}


def of_contact(contact, user) -> list[Panel]:
    """A contact's deals; one query."""
    deals = resource_of(Deal)
    if not deals.can(user, "view"):
        return []
    found, more = deals.of_contact(user, contact)
    if not found and not deals.can(user, "create"):
        return []
    body = render_template("sales/_deals_panel.html", deals=found, more=more, contact=contact, resource=deals)
    count = f"{len(found)}+" if more else len(found)
    return [Panel(N_("Deals"), Markup(body), deals.icon, deals.hue, count, 10, "sales", "panel-deals")]


def of_deal(deal, user) -> list[Panel]:
    """Who takes part in the decision, and the deal's way through the stages; a query each."""
    return [*_people(deal, user), *_way(deal, user)]


def _people(deal, user) -> list[Panel]:
    parts = resource_of(DealContact)
    if not parts.can(user, "view"):
        return []
    visible = resource_of(Contact).query(user, Contact.id)
    query = parts.query(user, DealContact, Contact).join(Contact, on=DealContact.contact)
    people = list(query.where(DealContact.deal == deal.id, Contact.id << visible).order_by(DealContact.id).limit(30))
    order = [value for value, _label, _hue in PARTS]
    parts.veil(user, people)
    people.sort(key=lambda one: order.index(one.part) if one.part in order else 99)
    body = render_template("sales/_people_panel.html", people=people, deal=deal, parts=parts)
    return [Panel(parts.plural, Markup(body), parts.icon, parts.hue, len(people), 20, "sales", "panel-people")]


def _way(deal, user) -> list[Panel]:
    moves = resource_of(Move)
    if not moves.can(user, "view"):
        return []
    query = moves.query(user, Move, User).join(User, peewee.JOIN.LEFT_OUTER, on=Move.by)
    found = moves.veil(user, list(query.where(Move.deal == deal.id).order_by(Move.at.desc(), Move.id.desc()).limit(20)))
    if not found:
        return []
    spans = {move.id: span(move.seconds) for move in found if move.seconds}
    body = render_template("sales/_moves_panel.html", moves=found, stages=resource_of(Stage), spans=spans)
    return [Panel(N_("Way so far"), Markup(body), moves.icon, moves.hue, None, 30, "sales", "panel-moves")]


def of_pool(contact, user) -> list[Panel]:
    """When the user's own contact falls into the pool, and the way to give it back; one query."""
    pools, stays = resource_of(Pool), resource_of(PoolStay)
    if contact.owner_id != user.id or not stays.can(user, "view") or pools.of_owner(user.id) is None:
        return []
    risk = Risk.get_or_none(Risk.contact_id == contact.id)
    body = render_template("sales/_pool_panel.html", risk=risk, contact=contact, reasons=RISKS)
    return [Panel(N_("Public pool"), Markup(body), stays.icon, stays.hue, None, 60, "sales", "panel-pool")]
