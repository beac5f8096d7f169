"""Notices on screen: the list behind the bell, and the page where everybody chooses what they want to be told."""

from flask import Blueprint, abort, current_app, g, request, url_for

from . import htmx, i18n, notices, shell
from .db import db
from .i18n import Problem
from .notice_choices import PLACES, RHYTHMS, Choices, kinds
from .notices import Notice
from .users import User


def blueprint() -> Blueprint:
    bp = Blueprint("notices", __name__)
    bp.add_url_rule("/notices", "page", page)
    bp.add_url_rule("/notices/read", "read", read, methods=["POST"])
    bp.add_url_rule("/notices/<int:id>", "follow", follow)
    bp.add_url_rule("/account/notices", "choices", choices, methods=["GET", "POST"])
    return bp


def page():
    build = current_app.extensions["guanxi"]
    if htmx.is_partial():
        return htmx.fragment("core/notices.html", "list", groups=notices.groups(build, g.user, 8), menu=True)
    return shell.render("core/notices.html", groups=notices.groups(build, g.user, 50), menu=False)


def read():
    notices.read(g.user)
    return htmx.go(url_for("notices.page"))


def follow(id):
    notice = Notice.get_or_none(Notice.id == id, Notice.user_id == g.user.id) or abort(404)
    notices.read(g.user, notice)
    return htmx.go(notice.url or url_for("notices.page"))


def choices():
    """Where each kind of notice goes, how often mails come, and the quiet hours."""
    build, error = current_app.extensions["guanxi"], ""
    chosen = Choices.of(build, g.user)
    quiet = [f"{time:%H:%M}" for time in chosen.quiet] if chosen.quiet else ["", ""]
    places, rhythm = chosen.places, chosen.rhythm
    if request.method == "POST":
        try:
            kept = Choices.typed(build, request.form)
            user = User.get_by_id(g.user.id)
            # What was chosen for kinds of modules that are off stays.
            before = user.preferences.get("notices", {}).get("places", {})
            kept["places"] = before | kept["places"]
            with db.atomic():
                User.update(preferences=user.preferences | {"notices": kept}).where(User.id == user.id).execute()
            shell.flash(i18n.gettext("Your choices were saved."))
            return htmx.go(url_for("notices.choices"))
        except Problem as problem:
            error, form = str(problem), request.form
            places = {key: form.get(key, place) for key, place in places.items()}
            rhythm, quiet = form.get("rhythm", rhythm), [form.get("quiet_from", ""), form.get("quiet_to", "")]
    context = dict(kinds=kinds(build), places=places, rhythm=rhythm, quiet=quiet, error=error)
    return shell.render("core/notice_choices.html", **context, PLACES=PLACES, RHYTHMS=RHYTHMS), 422 if error else 200
