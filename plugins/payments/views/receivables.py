"""The page of receivables, and the reports of payments."""

import datetime as dt

from flask import Blueprint, abort, g, render_template, request, url_for

from core import fields, html, resource_of
from plugins.sales.resources.reports import Span
from plugins.sales.views.insight import csv_file, days_asked, periods

from .. import plugin
from ..ledger import BUCKETS, days_of
from ..models import Instalment, Invoice, Payment, Settlement
from ..resources.receivables import REPORTS, ageing
from .common import bucket_names

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/payments/receivables", "receivables", receivables)
    bp.add_url_rule("/payments/reports", "reports", reports)
    bp.add_url_rule("/payments/reports/<name>", "report", report)


def receivables():
    """What is due by age, by owner and by customer; `?owner=me` for one's own."""
    instalments = resource_of(Instalment)
    instalments.demand(g.user, "view")
    if {"amount", "open", "due", "owner", "contact", "state"} & instalments.hidden(g.user):
        abort(403)
    today = html.today()
    own = request.args.get("owner") == "me"
    found = ageing(g.user, today, g.user.id if own else None)
    if request.args.get("format") == "csv":
        instalments.demand(g.user, "export")
        return csv_file(f"receivables-{today}", *_as_table(found))
    return render_template(
        "payments/receivables.html",
        found=found,
        own=own,
        names=bucket_names(),
        days={name: days_of(name, today) for name in BUCKETS},
        week=f"{today}..{today + dt.timedelta(days=7)}",
        instalments=instalments,
        payments=resource_of(Payment),
        tabs=_tabs(),
        money=html.money,
        me=g.user,
    )


def _tabs() -> list:
    """The lists of payments that the user may see."""
    found = [resource_of(model) for model in (Instalment, Payment, Invoice, Settlement)]
    return [resource for resource in found if resource.can(g.user, "view")]


def _as_table(found) -> tuple[list[str], list[list]]:
    heads = [_("Currency"), _("Owner"), *bucket_names().values(), _("All")]
    text = lambda minor, currency: Instalment.amount.text(fields.Amount(minor, currency)).partition(" ")[0]  # noqa: E731
    rows = []
    for one in found:
        for row in [*one.owners, one.total]:
            name = _("All") if row is one.total else row.name or _("Nobody")
            sums = [*(row.parts.get(bucket, 0) for bucket in BUCKETS), row.open]
            rows.append([one.currency, name, *(text(minor, one.currency) for minor in sums)])
    return heads, rows


def reports():
    """The first report."""
    return report("collected")


def report(name):
    """One report of a period, on the page or as a file."""
    if name not in REPORTS:
        abort(404)
    _title, make, model, needs = REPORTS[name]
    resource = resource_of(model)
    resource.demand(g.user, "view")
    if set(needs) & resource.hidden(g.user):
        abort(403)
    span = Span(*days_asked())
    made = make(g.user, span)
    if request.args.get("format") == "csv":
        resource.demand(g.user, "export")
        return csv_file(f"{name}-{span.first}-{span.last}", made.heads, [[c.value for c in row] for row in made.rows])
    return render_template(
        "sales/report.html",
        title=_("Payment reports"),
        domain="payments",
        address=lambda name, **values: url_for("payments.report", name=name, **values),
        report=made,
        reports=REPORTS,
        span=span,
        ranges=periods(),
        pipelines=(),
        may_export=resource.can(g.user, "export"),
    )
