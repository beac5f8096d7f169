"""Asking for the approval of another module's record, such as a contract."""

from flask import Blueprint, abort, current_app, g, render_template, request

from core import flash, go, resource_of

from .. import plugin
from ..models import Approval

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register this screen."""
    bp.add_url_rule("/orders/ask/<name>/<int:id>", "ask", ask, methods=["GET", "POST"])


def ask(name, id):
    """GET says what must be approved before a record goes on; POST asks for it."""
    resource = current_app.extensions["guanxi"].resources.get(name) or abort(404)
    record, approvals = resource.find(g.user, id, "edit"), resource_of(Approval)
    if request.method == "POST":
        made = approvals.ask(g.user, resource, record, request.form.get("words", "").strip()[:2000])
        flash(_("Asked. You get a notice when it is decided.") if made else _("Nothing more had to be asked for."))
        return go(resource.url("page", record))
    needs = approvals.needs(resource, record, g.user)
    page = {"needs": needs, "waiting": approvals.is_asked(resource, record, needs), "ask_url": request.path}
    return render_template("orders/ask.html", resource=resource, record=record, **page)


__all__ = ["add_to"]
