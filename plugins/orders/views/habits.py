"""Who is likely to order again: a panel of a contact, and the late ones in the worklist of their owner."""

import datetime as dt
from collections.abc import Iterator

from flask import render_template
from markupsafe import Markup

from core import N_, Contact, Panel, WorkItem, fields, html

from .. import plugin
from ..models import Order
from ..resources import regulars
from ..resources.figures import quantity

_ = plugin.gettext

#: Rows of a panel and items of a worklist; the report has all.
SHOWN = 5


def of_contact(contact, user) -> list[Panel]:
    """What a contact is likely to order again, the next first; one query."""
    today = html.today()
    found = regulars.habits(user, Order.contact == contact.id) if regulars.may(user) else []
    found = sorted((habit for habit in found if not habit.silent(today)), key=lambda habit: habit.next)
    if not found:
        return []
    body = render_template("orders/_habits_panel.html", habits=found[:SHOWN], today=today, quantity=quantity)
    title = N_("Likely to order again")
    return [Panel(title, Markup(body), "repeat", "teal", len(found), 14, "orders", "panel-habits")]


def work(user, until: dt.datetime) -> Iterator[WorkItem]:
    """My customers whose next order is due; one query."""
    if not regulars.may(user):
        return
    today = html.today()
    due = [habit for habit in regulars.habits(user, Contact.owner == user.id) if habit.next <= until.date()]
    due = [habit for habit in due if not habit.silent(today)]
    for habit in sorted(due, key=lambda habit: habit.next)[:SHOWN]:
        usual = _("usually %(quantity)s every %(n)s days", quantity=quantity(habit.quantity), n=habit.interval)
        at, url = fields.start_of_day(habit.next, end=True), f"/contacts/{habit.contact}"
        title, kind = f"{habit.customer} · {habit.what}", _("Likely to order again")
        yield WorkItem(title, at, url, usual, kind, "teal", "", "repeat", "orders")
