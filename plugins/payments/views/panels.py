"""What payments show at the side of a contact, of a contract or an order, of an instalment and of a payment."""

from flask import render_template
from markupsafe import Markup

from core import N_, Panel, html, resource_of

from ..ledger import BUCKETS, balances, days_of
from ..models import Instalment, Payment, Settlement
from ..subjects import subject_of
from .common import bucket_names


def of_contact(contact, user) -> list[Panel]:
    """A contact's balance by currency with its ageing, and its credit; one query."""
    instalments, payments = resource_of(Instalment), resource_of(Payment)
    if not instalments.can(user, "view") or {"amount", "open", "due"} & instalments.hidden(user):
        return []
    today = html.today()
    found = balances(instalments.build, user, contact.id, today)
    if not found:
        return []
    body = render_template(
        "payments/_balance_panel.html",
        balances=found,
        contact=contact,
        instalments=instalments,
        payments=payments,
        names=bucket_names(),
        days={name: days_of(name, today) for name in BUCKETS},
        money=html.money,
    )
    return [Panel(N_("Payments"), Markup(body), payments.icon, payments.hue, None, 35, "payments", "panel-payments")]


def of_subject(resource, record, user) -> list[Panel]:
    """The plan of a contract or an order, and what of it was paid; one query."""
    instalments = resource_of(Instalment)
    if not instalments.can(user, "view"):
        return []
    subject = subject_of(user, resource, record)
    if subject is None:
        return []
    found = list(instalments.query(user).where(subject.mine).order_by(Instalment.number, Instalment.id).limit(60))
    if not found:
        return []
    instalments.veil(user, found)
    hidden = {"amount", "paid", "open"} & instalments.hidden(user)
    body = render_template(
        "payments/_plan_panel.html",
        instalments=found,
        resource=instalments,
        subject=subject,
        paid=None if hidden else sum(i.paid or 0 for i in found),
        planned=None if hidden else sum(i.amount or 0 for i in found),
        today=html.today(),
        money=html.money,
    )
    title = N_("Payment plan")
    return [
        Panel(title, Markup(body), instalments.icon, instalments.hue, len(found), 25, "payments", "panel-instalments")
    ]


def of_settlements(resource, record, user) -> list[Panel]:
    """What settles an instalment, or what a payment settles; one query, and one for the names."""
    settlements = resource_of(Settlement)
    if not settlements.can(user, "view"):
        return []
    link = Settlement.instalment if isinstance(record, Instalment) else Settlement.payment
    found = list(settlements.query(user).where(link == record.id).order_by(Settlement.id.desc()).limit(50))
    if not found:
        return []
    other = "payment" if isinstance(record, Instalment) else "instalment"
    settlements.load_links(found, [other], user)
    body = render_template(
        "payments/_settlements_panel.html",
        settlements=settlements.veil(user, found),
        resource=settlements,
        other=other,
        back=resource.url("page", record),
    )
    title, icon, hue = settlements.plural, settlements.icon, settlements.hue
    return [Panel(title, Markup(body), icon, hue, len(found), 20, "payments", "panel-settlements")]
