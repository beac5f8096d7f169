"""Terminating a contract, and what contracts show on other records' pages and on the home page."""

import datetime as dt

import peewee
from flask import Blueprint, g, render_template, request
from markupsafe import Markup

from core import N_, Contact, Invalid, Panel, User, WorkItem, fields, flash, go, html, resource_of
from plugins.sales.models import Rate

from . import plugin
from .models import Contract, ContractStep

_ = plugin.gettext


def blueprint() -> Blueprint:
    """The one screen that is not list, page or form."""
    bp = Blueprint("contracts", __name__)
    bp.add_url_rule("/contracts/contract/<int:id>/terminate", "terminate", terminate, methods=["GET", "POST"])
    return bp


def terminate(id):
    """GET asks why and from when on, POST terminates."""
    contracts = resource_of(Contract)
    contract = contracts.find(g.user, id, "terminate")
    errors = {}
    if request.method == "POST":
        try:
            kind, context = contracts.kinds, contracts.build.context(g.user)
            reason = kind["reason"].parse(request.form.get("reason", ""), context)
            ends = kind["ends"].parse(request.form.get("ends", ""), context) or html.today()
            contracts.go(g.user, contract, "terminated", reason=reason, ends=ends)
        except Invalid as invalid:
            errors = invalid.errors
        else:
            flash(_("Terminated."), undo=contract.batch.id)
            return go(contracts.url("page", contract))
    context = dict(contract=contract, resource=contracts, errors=errors, typed=request.form, today=html.today())
    return render_template("contracts/terminate.html", **context), 422 if errors else 200


def panels(record, user) -> list[Panel]:
    """Contracts at the side of a contact, a deal or a framework contract; the way of a contract."""
    contracts = resource_of(Contract)
    if not contracts.can(user, "view"):
        return []
    if isinstance(record, Contact):
        mine = (Contract.contact == record.id) | (Contract.their_signatory == record.id)
        return _list(contracts, user, mine, {"contact": record.id})
    if isinstance(record, Contract):
        under = _list(contracts, user, Contract.framework == record.id, {"framework": record.id})
        return [*(under if record.kind == "framework" else []), *_way(record, user)]
    return _list(contracts, user, Contract.deal == record.id, {"deal": record.id})


def _list(contracts, user, condition, filters) -> list[Panel]:
    found, more = contracts.some(user, condition)
    if not found:
        return []
    body = render_template("contracts/_panel.html", contracts=found, more=more, resource=contracts, filters=filters)
    count = f"{len(found)}+" if more else len(found)
    title = N_("Under this contract") if "framework" in filters else contracts.plural
    return [Panel(title, Markup(body), contracts.icon, contracts.hue, count, 30, "contracts", "panel-contracts")]


def _way(contract, user) -> list[Panel]:
    steps = resource_of(ContractStep)
    if not steps.can(user, "view"):
        return []
    query = steps.query(user, ContractStep, User).join(User, peewee.JOIN.LEFT_OUTER, on=ContractStep.by)
    found = list(query.where(ContractStep.contract == contract.id).order_by(ContractStep.id.desc()).limit(20))
    if not found:
        return []
    body = render_template("contracts/_way.html", steps=steps.veil(user, found), resource=steps)
    return [Panel(N_("Way so far"), Markup(body), "route", steps.hue, None, 40, "contracts", "panel-way")]


def worklist(user, until: dt.datetime) -> list[WorkItem]:
    """The user's contracts about whose end somebody must decide."""
    contracts, rates = resource_of(Contract), resource_of(Rate)
    if not contracts.can(user, "view"):
        return []
    found = []
    for contract in contracts.to_decide(user, html.local(until).date()):
        day = contract.decide_by or contract.ends
        if day is None:  # the role hides it
            continue
        said = _("Ends on %(day)s") if contract.renewal == "no" else _("Give notice or let it go on, until %(day)s")
        about = (contract.number, str(contract.contact), said % {"day": html.short_date(day)})
        found.append(
            WorkItem(
                title=contract.title,
                due=fields.start_of_day(day, end=True),
                url=contracts.url("page", contract),
                subtitle=" · ".join(filter(None, about)),
                kind=contracts.singular,
                hue=contracts.hue,
                icon=contracts.icon,
                plugin="contracts",
                worth=rates.convert(contract.value, contract.value_currency, html.today()) or 0,
            )
        )
    return found
