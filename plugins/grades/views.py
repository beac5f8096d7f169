"""What grades show on a contact's page and in the list of contacts."""

from flask import render_template
from markupsafe import Markup

from core import N_, Column, Panel, html, resource_of

from .credit import credit_of
from .models import Grade, Level


def panels(contact, user) -> list[Panel]:
    """A contact's grade, why it is this one, what it gets, and how much of its credit is used."""
    grades = resource_of(Grade)
    if not grades.can(user, "view") or {"level", "created", "expected", "credit_limit"} & grades.hidden(user):
        return []
    grade = grades.query(user).where(Grade.contact == contact.id).first()
    if grade is None:
        return []
    build, level = grades.build, grades.level_for(grade)
    body = render_template(
        "grades/_panel.html",
        grade=grade,
        level=level,
        why=grades.why(grade),
        credit=credit_of(build, contact.id, grade) if _sees_all_of(contact, user, build) else None,
        currency=build.firm["currency"],
        contact=contact,
        resource=grades,
        money=html.money,
        may_change=grades.can(user, "edit") and user.owners("contacts") is None,
    )
    return [Panel(N_("Grade"), Markup(body), grades.icon, grades.hue, None, 15, "grades", "panel-grade")]


def _sees_all_of(contact, user, build) -> bool:
    """Whether the user may see what the contact owes as a whole: the plans of payment, and their sums."""
    instalments = build.resources["payments_instalment"]
    return instalments.can(user, "view") and not {"amount", "open"} & instalments.hidden(user)


def columns(user) -> list[Column]:
    """The grade of each contact of a page; one query."""
    grades = resource_of(Grade)
    if not grades.can(user, "view") or "level" in grades.hidden(user):
        return []
    return [Column("grade", N_("Grade"), lambda contacts: _levels_of(user, contacts), _tag, domain="grades")]


def _levels_of(user, contacts) -> dict[int, Level]:
    grades, levels = resource_of(Grade), resource_of(Level)
    query = grades.query(user, Grade.contact, Grade.level).where(Grade.contact << [c.id for c in contacts])
    found = {contact: levels.one(level) for contact, level in query.tuples()}
    return {contact: level for contact, level in found.items() if level is not None}


def _tag(level: Level) -> Markup:
    return html.tag(level.name, level.hue)
