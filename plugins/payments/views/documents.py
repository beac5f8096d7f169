"""An invoice as a page to print or keep as PDF, and a customer's statement of account."""

from flask import Blueprint, abort, g, render_template

from core import Contact, fields, html, resource_of
from plugins.sales.models import Deal

from .. import plugin
from ..commissions import statement_of
from ..ledger import BUCKETS, balances
from ..models import DUE, Instalment, Invoice, Payment
from .common import bucket_names

_ = plugin.gettext

#: Rows of a statement at most.
MOST = 500


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/payments/invoice/<int:id>/print", "invoice", invoice)
    bp.add_url_rule("/payments/statement/<int:id>", "statement", statement)
    bp.add_url_rule("/payments/commission/<int:id>", "commission", commission)


def invoice(id):
    """The invoice alone, as paper has it."""
    invoices = resource_of(Invoice)
    one = invoices.find(g.user, id)
    invoices.load_links([one], ["contact"])
    invoices.veil(g.user, [one])
    net = tax = None
    if one.amount is not None and one.tax_percent is not None:
        whole = fields.decimal.Decimal(one.amount)
        net = int((whole * 100 / (100 + fields.decimal.Decimal(one.tax_percent))).to_integral_value())
        tax = one.amount - net
    return render_template(
        "payments/invoice_print.html",
        one=one,
        resource=invoices,
        net=net,
        tax=tax,
        firm=invoices.build.firm["firm"],
        money=html.money,
    )


def statement(id):
    """What is due and what was paid of one contact, of what the user may see; made to be printed."""
    instalments, payments = resource_of(Instalment), resource_of(Payment)
    instalments.demand(g.user, "view")
    contact = resource_of(Contact).find(g.user, id)
    due = instalments.query(g.user).where(Instalment.contact == id, Instalment.state << DUE)
    paid = payments.query(g.user).where(Payment.contact == id) if payments.can(g.user, "view") else []
    if paid != []:
        paid = payments.veil(g.user, list(paid.order_by(Payment.received_on.desc(), Payment.id.desc()).limit(MOST)))
    today = html.today()
    return render_template(
        "payments/statement.html",
        contact=contact,
        due=instalments.veil(g.user, list(due.order_by(Instalment.due, Instalment.id).limit(MOST))),
        paid=paid,
        balances=[] if {"open", "due"} & instalments.hidden(g.user) else balances(instalments.build, g.user, id, today),
        buckets=BUCKETS,
        names=bucket_names(),
        today=today,
        firm=instalments.build.firm["firm"],
        instalments=instalments,
        payments=payments,
        money=html.money,
    )


def commission(id):
    """What a partner brought and gets for it, of the deals that the user may see; made to be printed."""
    deals, instalments = resource_of(Deal), resource_of(Instalment)
    for resource in (deals, instalments):
        resource.demand(g.user, "view")
    hidden = {"amount", "partner", "commission", "status"} & deals.hidden(g.user)
    if hidden or {"amount", "paid"} & instalments.hidden(g.user):
        abort(403)
    partner = resource_of(Contact).find(g.user, id)
    return render_template(
        "payments/commission.html",
        partner=partner,
        found=statement_of(g.user, id),
        deals=deals,
        currency=deals.build.firm["currency"],
        firm=deals.build.firm["firm"],
        when_paid=deals.build.options("payments")["commission_due"] == "paid",
        today=html.today(),
        money=html.money,
    )
