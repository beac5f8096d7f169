"""An invoice as a page to print or keep as PDF, and a customer's statement of account."""

from decimal import Decimal

from flask import Blueprint, abort, g, render_template, request

from core import Contact, fields, html, resource_of
from plugins.sales.models import Deal
from plugins.sales.views.insight import csv_file

from .. import plugin
from ..commissions import statement_of
from ..ledger import BUCKETS, balances, rounded
from ..models import DUE, Instalment, Invoice, Payment, Payout
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
        net = rounded(Decimal(one.amount) * 100 / (100 + Decimal(one.tax_percent)))
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
    """What a partner brought, gets for it and got, of the deals that the user may see; to be printed, or as a file."""
    deals, instalments, payouts = resource_of(Deal), resource_of(Instalment), resource_of(Payout)
    for resource in (deals, instalments):
        resource.demand(g.user, "view")
    hidden = {"amount", "partner", "commission", "status"} & deals.hidden(g.user)
    if hidden or {"amount", "paid"} & instalments.hidden(g.user):
        abort(403)
    partner, found = resource_of(Contact).find(g.user, id), statement_of(g.user, id)
    currency = deals.build.firm["currency"]
    if "amount" in payouts.hidden(g.user):
        found.payouts, found.paid_out = [], 0
    sees_all = payouts.can(g.user, "view") and payouts.sees_all(g.user) and "amount" not in payouts.hidden(g.user)
    if request.args.get("format") == "csv":
        deals.demand(g.user, "export")
        return csv_file(f"commission-{id}", *_commission_rows(deals, found, currency, sees_all))
    payouts.load_links(found.payouts, ["by"])
    return render_template(
        "payments/commission.html",
        partner=partner,
        found=found,
        most=MOST,
        deals=deals,
        payouts=payouts,
        sees_all=sees_all,
        currency=currency,
        firm=deals.build.firm["firm"],
        when_paid=deals.build.options("payments")["commission_due"] == "paid",
        may_export=deals.can(g.user, "export"),
        left=Payout.amount.text(fields.Amount(max(0, found.open), currency)),
        today=html.today(),
        money=html.money,
    )


def _commission_rows(deals, found, currency: str, sees_all: bool) -> tuple[list[str], list[list]]:
    """Heads and rows of a statement of commission: a line for each deal and each payout, and the sums."""
    heads = [_("What"), _("Day"), _("Amount"), _("Commission rate"), _("Commission"), _("Due"), _("Paid out")]
    text = lambda minor: Deal.amount.text(fields.Amount(minor, currency))  # noqa: E731
    rows = []
    for line in found.lines:
        deal, day = line.deal, html.local(line.deal.closed_at).date().isoformat() if line.deal.closed_at else ""
        amount, rate = deals.kinds["amount"].text(Deal.amount.get(deal)), Deal.commission.text(deal.commission)
        rows.append([deal.title, day, amount, f"{rate}%", text(line.whole), text(line.due), ""])
    for one in found.payouts:
        paid = Payout.amount.text(Payout.amount.get(one))
        rows.append([one.note or _("Payout"), one.on.isoformat(), "", "", "", "", paid])
    rows.append([_("All"), "", "", "", text(found.whole), text(found.due), text(found.paid_out)])
    if sees_all:
        rows.append([_("Still to be paid out"), "", "", "", "", text(found.open), ""])
    return heads, rows
