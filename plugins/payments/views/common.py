"""What several screens of payments share."""

from core import N_, Problem, fields, html

from .. import plugin
from ..models import Instalment

_ = plugin.gettext


def bucket_names() -> dict[str, str]:
    """The columns of an ageing in the reader's language."""
    return {
        "now": _("Not due yet"),
        "30": _("1–30 days"),
        "60": _("31–60 days"),
        "90": _("61–90 days"),
        "old": _("over 90 days"),
    }


def read_parts(form, instalments: list[Instalment], currency: str) -> tuple[dict[int, int], dict[str, Problem]]:
    """What was typed beside instalments, as minor units by id, and what is wrong with it, by field.

    Only those in this currency are looked at; empty ones are left out.
    """
    parts, errors = {}, {}
    for one in instalments:
        name = f"part-{one.id}"
        if one.amount_currency != currency or not form.get(name, "").strip():
            continue
        try:
            amount = fields.parse_money(form[name], currency)
            if amount.currency != currency or amount.minor < 0:
                raise Problem(N_("Give an amount in %(currency)s."), "payments", currency=currency)
            if amount.minor > one.open:
                left = html.money(one.open, currency)
                raise Problem(N_("Only %(left)s is still due of it."), "payments", left=left)
        except Problem as problem:
            errors[name] = problem
        else:
            if amount.minor:
                parts[one.id] = amount.minor
    return parts, errors


def read_form(form) -> dict | None:
    """The values of a form that was sent; None when something in it cannot be read, which its fields say."""
    for field in form:
        field.errors = tuple(field.process_errors)
    return None if any(field.errors for field in form) else {field.name: field.data for field in form}


def put_errors(form, errors: dict[str, Problem]) -> dict[str, Problem]:
    """Put what is wrong on the form's fields; what belongs to none of them comes back."""
    rest = {}
    for name, problem in errors.items():
        if name in form:
            form[name].errors = (*form[name].errors, problem)
        else:
            rest[name] = problem
    return rest
