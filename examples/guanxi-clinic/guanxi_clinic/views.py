"""What the generated screens do not give: the day plan, the card of today, the panel of a patient."""

import datetime as dt

from flask import Blueprint, g, render_template, request, url_for
from markupsafe import Markup

from core import N_, ActionLink, Card, NavItem, Panel, fields, html, resource_of

from .models import Appointment, Practitioner


def blueprint() -> Blueprint:
    bp = Blueprint("clinic", __name__, url_prefix="/clinic")
    bp.add_url_rule("/day", "day", day)
    return bp


def of_day(user, day: dt.date) -> list[Appointment]:
    """The appointments of a day in the reader's zone that the user may see, with all that their drawing needs."""
    resource = resource_of(Appointment)
    query = resource.query(user).where(
        Appointment.starts_at >= fields.start_of_day(day),
        Appointment.starts_at <= fields.start_of_day(day, end=True),
        Appointment.state != "cancelled",
    )
    found = list(query.order_by(Appointment.starts_at, Appointment.id))
    resource.load_links(found, ("contact", "practitioner"))
    return found


def day():
    """One column for each practitioner who has appointments on `?date=` (default: today)."""
    resource = resource_of(Appointment)
    resource.demand(g.user, "view")
    try:
        shown = dt.date.fromisoformat(request.args.get("date", ""))
    except ValueError:
        shown = html.today()
    columns: dict[Practitioner, list[Appointment]] = {}
    for appointment in of_day(g.user, shown):
        columns.setdefault(appointment.practitioner, []).append(appointment)
    return render_template(
        "clinic/day.html",
        resource=resource,
        day=shown,
        before=shown - dt.timedelta(days=1),
        after=shown + dt.timedelta(days=1),
        columns=sorted(columns.items(), key=lambda pair: pair[0].name_key),
    )


def nav_items(user):
    if resource_of(Appointment).can(user, "view"):
        return [NavItem(N_("Day plan"), url_for("clinic.day"), "calendar-time", "Clinic", 10, "clinic")]
    return []


def home_cards(user):
    resource = resource_of(Appointment)
    if not resource.can(user, "view"):
        return []
    found = of_day(user, html.today())
    body = render_template("clinic/_appointments.html", resource=resource, appointments=found, who=True)
    return [Card(N_("Appointments today"), Markup(body), width=5, order=30, plugin="clinic")]


def record_panels(resource, record, user):
    """A patient's next and last appointments; one query, and one for the names."""
    mine = resource_of(Appointment)
    if resource.name != "contacts" or not mine.can(user, "view"):
        return []
    found = list(
        mine.query(user).where(Appointment.contact == record.id).order_by(Appointment.starts_at.desc()).limit(5)
    )
    if not found:
        return []
    body = render_template("clinic/_appointments.html", resource=mine, appointments=found, who=False)
    return [Panel(N_("Appointments"), Markup(body), "calendar-heart", "teal", len(found), plugin="clinic")]


def record_actions(resource, record, user):
    mine = resource_of(Appointment)
    if resource.name != "contacts" or not mine.can(user, "create"):
        return []
    return [ActionLink(N_("Book"), mine.url("new", contact=record.id), "calendar-plus", plugin="clinic")]
