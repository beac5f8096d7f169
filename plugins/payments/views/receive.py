"""Recording a payment with what it is for, and using a credit for what is due."""

import secrets

from flask import Blueprint, g, render_template, request

from core import N_, Contact, Invalid, Problem, bind_form, fields, flash, go, html, is_ours, resource_of

from .. import plugin
from ..ledger import spread
from ..models import DUE, Instalment, Payment, Settlement
from ..subjects import find
from .common import put_errors, read_form, read_parts

_ = plugin.gettext

#: The fields of the form, beside those of the instalments.
NAMES = ("amount", "received_on", "method", "reference", "keep_rest", "note")
#: Open instalments that stand on the page; what is beyond them is settled by date all the same.
MOST = 60


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/payments/receive", "receive", receive, methods=["GET", "POST"])
    bp.add_url_rule("/payments/use/<int:id>", "use", use, methods=["GET", "POST"])


def receive():
    """A payment of one contact: `?contact=`, `?towards=` (an instalment) or `?resource=&record=` says whose."""
    payments = resource_of(Payment)
    payments.demand(g.user, "create")
    contact, chosen = _whose()
    if contact is None:
        return go(payments.url("new"))
    due = _open_of(contact, chosen)
    payment = payments.new(g.user, contact=contact.id, owner=contact.owner_id or g.user.id)
    if request.method == "GET":
        first = chosen[:1] or due[:1]
        if first:
            same = [i for i in chosen or due[:1] if i.amount_currency == first[0].amount_currency]
            payments.kinds["amount"].set(payment, fields.Amount(sum(i.open for i in same), same[0].amount_currency))
        form = bind_form(payments, g.user, payment, names=NAMES)
        typed = {f"part-{i.id}": _number(i.open, i.amount_currency) for i in chosen}
        return _draw(contact, due, form, typed, {}, secrets.token_urlsafe(12))
    return _record(payments, payment, contact, due)


def _record(payments, payment, contact, due):
    token = request.form.get("token", "")[:60]
    if before := _recorded(token):
        return before
    form = bind_form(payments, g.user, payment, request.form, NAMES)
    values, errors = read_form(form), {}
    if values is not None:
        amount = values["amount"]
        parts, errors = read_parts(request.form, due, amount.currency if amount else "")
        if parts:
            payment.__dict__["split"] = parts
        payment.token = token or payment.token
        values |= {"contact": contact.id, "owner": contact.owner_id or g.user.id}
        values |= {"towards": _towards(due)} if request.args.get("towards") else {}
        if not errors:
            errors = _saved(payments, payment, values)
        if not errors:
            flash(_("%(payment)s recorded.", payment=str(payment)), undo=payment.batch.id)
            return _onwards(payment)
        if before := _recorded(token):  # the other press of the button was quicker
            return before
    return _draw(contact, due, form, request.form, put_errors(form, errors), token), 422


def _towards(due) -> int | None:
    return due[0].id if due else None


def _saved(payments, payment, values) -> dict[str, Problem]:
    """Save it; what is wrong, by field."""
    try:
        payments.save(g.user, payment, values)
    except Invalid as invalid:
        return invalid.errors
    except Problem as problem:
        return {"": problem}
    return {}


def _recorded(token: str):
    """The way to the payment that an earlier press of the same button recorded."""
    before = Payment.get_or_none(Payment.token == token, Payment.deleted_batch.is_null()) if token else None
    if before is None:
        return None
    flash(_("This payment is recorded already."))
    return _onwards(before)


def _onwards(payment: Payment):
    """Where the form came from, else the payment's page; the second press of a button leads where the first one did."""
    wanted = request.args.get("next")
    return go(wanted if is_ours(wanted) else resource_of(Payment).url("page", payment))


def _whose() -> tuple[Contact | None, list[Instalment]]:
    """The contact that the address names, and the instalments that it names. Raises NotFound or Forbidden."""
    args, instalments = request.args, resource_of(Instalment)
    number = lambda name: int(args[name]) if args.get(name, "").isdecimal() and len(args[name]) < 10 else None  # noqa: E731
    contacts, chosen = resource_of(Contact), []
    id = number("contact")
    if number("towards"):
        chosen = [instalments.find(g.user, number("towards"))]
        id = chosen[0].contact_id
    elif args.get("resource") and number("record"):
        subject = find(instalments.build, g.user, args["resource"], number("record"))
        query = instalments.query(g.user).where(subject.mine, Instalment.state << DUE)
        chosen, id = list(query.order_by(Instalment.due, Instalment.id).limit(1)), subject.contact_id
    if id is None:
        return None, []
    if chosen:  # whoever sees the instalment may say that it was paid
        return Contact.get_by_id(id), chosen
    return contacts.find(g.user, id), []


def _open_of(contact, chosen) -> list[Instalment]:
    """What the user may see of what is due of a contact, what was chosen first."""
    query = resource_of(Instalment).query(g.user).where(Instalment.contact == contact.id, Instalment.state << DUE)
    found = list(query.order_by(Instalment.due, Instalment.id).limit(MOST))
    ids = {i.id for i in chosen}
    return [*chosen, *(i for i in found if i.id not in ids)]


def _number(minor: int, currency: str) -> str:
    """An amount without its currency, as it is typed beside an instalment."""
    return Payment.amount.text(fields.Amount(minor, currency)).partition(" ")[0]


def _draw(contact, due, form, typed, errors, token):
    return render_template(
        "payments/receive.html",
        contact=contact,
        may_see=resource_of(Contact).exists(g.user, contact.id),
        due=due,
        form=form,
        typed=typed,
        errors=errors,
        token=token,
        resource=resource_of(Payment),
        money=html.money,
        today=html.today(),
    )


def use(id):
    """What of a payment settles nothing yet, for what is due."""
    payments, settlements = resource_of(Payment), resource_of(Settlement)
    payment = payments.find(g.user, id, "use")
    settlements.demand(g.user, "create")
    contact = Contact.get_by_id(payment.contact_id)
    due = [i for i in _open_of(contact, []) if i.amount_currency == payment.amount_currency]
    errors: dict = {}
    if request.method == "GET":
        parts = spread(payment.free or 0, due, {})
        typed = {f"part-{i}": _number(minor, payment.amount_currency) for i, minor in parts.items()}
    else:
        typed = request.form
        parts, errors = read_parts(request.form, due, payment.amount_currency)
        if not errors:
            errors = _use(settlements, payment, parts)
        if not errors:
            return go(payments.url("page", payment))
    context = dict(payment=payment, contact=contact, due=due, typed=typed, errors=errors, resource=payments)
    status = 422 if errors else 200
    return render_template("payments/use.html", **context, money=html.money, today=html.today()), status


def _use(settlements, payment, parts: dict[int, int]) -> dict[str, Problem]:
    """Settle these instalments; what is wrong, by field."""
    if not parts:
        return {"": Problem(N_("Enter at least one amount."), "payments")}
    rows = []
    for instalment, minor in parts.items():
        amount = fields.Amount(minor, payment.amount_currency)
        row = {"kind": "match", "payment": payment.id, "instalment": instalment, "amount": amount}
        rows.append((settlements.new(g.user), row))
    try:
        label = N_("Used %(payment)s for what is due")
        batch = settlements.save_many(g.user, rows, label=label, payment=str(payment))
    except Invalid as invalid:
        return invalid.errors
    except Problem as problem:
        return {"": problem}
    flash(_("Settled."), undo=batch.id)
    return {}
