"""The page of one's own tokens, under My account: list, make (shown once), revoke."""

from flask import Blueprint, abort, current_app, g, request, url_for

from .. import fields, htmx, i18n, shell
from ..i18n import Problem
from . import tokens


def blueprint() -> Blueprint:
    bp = Blueprint("tokens", __name__, url_prefix="/account/tokens")
    bp.add_url_rule("", "page", page, methods=["GET", "POST"])
    bp.add_url_rule("/<int:id>/revoke", "revoke", revoke, methods=["POST"])
    return bp


def page():
    """GET: the tokens and the form. POST: make one; its secret is in this one answer and nowhere else."""
    build, form = current_app.extensions["guanxi"], request.form
    error = secret = ""
    if request.method == "POST":
        try:
            expires = fields.parse_date(form.get("expires", ""))
            _, secret = tokens.add(build, g.user, form.get("name", ""), form.getlist("scope"), expires)
        except Problem as problem:
            error = str(problem)
    seen = [resource for resource in build.resources.values() if resource.can(g.user, "view")]
    return shell.render(
        "core/tokens.html",
        tokens=tokens.of(g.user),
        resources=sorted(seen, key=lambda resource: resource.title),
        verbs=(*tokens.VERBS, "*"),
        secret=secret,
        error=error,
        form=form if error else {},
        chosen=form.getlist("scope") if error else ["*"],
    ), 422 if error else 200


def revoke(id):
    if not tokens.revoke(g.user, id):
        abort(404)
    shell.flash(i18n.gettext("The token was revoked; whoever uses it is refused from now on."))
    return htmx.go(url_for("tokens.page"))
