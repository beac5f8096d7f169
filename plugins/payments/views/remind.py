"""A reminder to a customer by mail, which somebody reads before it goes out."""

from flask import Blueprint, g, render_template, request

from core import N_, Contact, Problem, flash, go, html, resource_of

from .. import plugin
from ..models import Instalment
from ..reminders import letter, write_to

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register the screen."""
    bp.add_url_rule("/payments/remind/<int:id>", "remind", remind, methods=["GET", "POST"])


def remind(id):
    """GET shows the mail, POST sends it."""
    instalments = resource_of(Instalment)
    instalment = instalments.find(g.user, id, "edit")
    contact = resource_of(Contact).find(g.user, instalment.contact_id)
    problem, status = None, 200
    subject, text = letter(instalments.build, instalment, contact)
    if request.method == "POST":
        subject, text = request.form.get("subject", "").strip()[:300], request.form.get("text", "").strip()[:20_000]
        try:
            if not instalment.is_due:
                raise Problem(N_("Nothing of this is due any more."), "payments")
            if not subject or not text:
                raise Problem(N_("Write a subject and a text."), "payments")
            if instalment.reminded_on == html.today() and not request.form.get("again"):
                raise Problem(N_("A reminder went out today already. Tick that another one is to go."), "payments")
            write_to(instalments.build, g.user, instalment, contact, subject, text)
        except Problem as raised:
            problem, status = raised, 422
        else:
            flash(_("The reminder is on its way."))
            return go(instalments.url("page", instalment))
    resource_of(Contact).load_parts([contact])
    resource_of(Contact).veil(g.user, [contact])
    context = dict(instalment=instalment, contact=contact, subject=subject, text=text, problem=problem)
    page = render_template("payments/remind.html", **context, resource=instalments, again=bool(problem))
    return page, status
