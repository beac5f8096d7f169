"""Coming in: the first administrator, sign-in, choosing a password, one's own account."""

from flask import Blueprint, abort, current_app, g, redirect, request, session, url_for
from flask_login import logout_user

from . import fields, forms, htmx, i18n, journal, sessions, shell, staff
from .db import db, hold
from .i18n import N_, Problem
from .sessions import Session
from .settings import ConfigError
from .users import SYSTEM, User


def public(view):
    """A view that needs no sign-in."""
    view.public = True
    return view


def blueprint() -> Blueprint:
    bp = Blueprint("auth", __name__)
    bp.add_url_rule("/login", "login", login, methods=["GET", "POST"])
    bp.add_url_rule("/logout", "logout", logout, methods=["POST"])
    bp.add_url_rule("/setup", "setup", setup, methods=["GET", "POST"])
    bp.add_url_rule("/welcome/<token>", "welcome", welcome, methods=["GET", "POST"])
    bp.add_url_rule("/language/<code>", "language", language, methods=["POST"])
    bp.add_url_rule("/account", "account", account, methods=["GET", "POST"])
    bp.add_url_rule("/account/password", "password", password, methods=["POST"])
    bp.add_url_rule("/account/sessions/<int:id>/end", "end_session", end_session, methods=["POST"])
    return bp


def _no_users() -> bool:
    return not User.select().exists()


def _safe_next() -> str:
    wanted = request.values.get("next", "")
    return wanted if htmx.is_ours(wanted) else "/"


@public
def login():
    if g.get("user"):
        return redirect("/")
    if _no_users():
        return redirect(url_for("auth.setup"))
    error, status = "", 200
    if request.method == "POST":
        try:
            sessions.sign_in(request.form.get("email", ""), request.form.get("password", ""))
            return redirect(_safe_next())
        except sessions.TooManyTries as problem:
            error, status = str(problem), 429
        except Problem as problem:
            error, status = str(problem), 422
    demo = _demo_sign_ins()
    return shell.render(
        "core/login.html", error=error, email=request.form.get("email", ""), next=_safe_next(), demo=demo
    ), status


def _demo_sign_ins() -> list[list[str]]:
    """The printed sign-ins of a demo firm, shown at its door; empty anywhere else."""
    path = current_app.extensions["guanxi"].settings.data / "demo-sign-ins.txt"
    try:
        return [line.split("\t") for line in path.read_text("utf-8").splitlines() if line.count("\t") == 2]
    except OSError:
        return []


@public
def logout():
    user = g.get("user")
    if user is not None:
        with db.atomic():
            Session.delete().where(Session.id == user.__dict__["session_row"].id).execute()
        logout_user()
    keep = session.get("language")
    session.clear()
    if keep:
        session["language"] = keep
    return redirect(url_for("auth.login"))


@public
def setup():
    """The first administrator of a new firm; there is no such page once somebody is there."""
    if not _no_users():
        abort(404)
    build, errors, form = current_app.extensions["guanxi"], {}, request.form
    if request.method == "POST":
        try:
            # Two people at this page at once: the check is inside the write transaction, so the second one is told.
            with journal.transaction():
                hold("setup")
                if not _no_users():
                    abort(404)
                user = staff.add_user(
                    build,
                    SYSTEM,
                    form.get("name", ""),
                    form.get("email", ""),
                    "admin",
                    form.get("password", ""),
                    language=i18n.language(),
                )
                build.options("core").save({"firm": form.get("firm", "").strip() or "Guanxi"})
            sessions.start_session(user)
            return redirect("/")
        except Problem as problem:
            errors = {"": problem}
        except ValueError as invalid:
            errors = getattr(invalid, "errors", {"": invalid})
    return shell.render("core/setup.html", errors=errors, form=form), 422 if errors else 200


@public
def welcome(token):
    """Choose a password by a link that an administrator made."""
    user = sessions.user_of_token(token)
    error = ""
    if user is not None and request.method == "POST":
        try:
            user.set_password(request.form.get("password", ""))
            with db.atomic():
                User.update(password_hash=user.password_hash).where(User.id == user.id).execute()
                sessions.end_sessions(user)
            sessions.start_session(user)
            return redirect("/")
        except Problem as problem:
            error = str(problem)
    status = 410 if user is None else 422 if error else 200
    return shell.render("core/welcome.html", person=user, error=error), status


@public
def language(code):
    if code not in i18n.LANGUAGES:
        abort(404)
    session["language"] = code
    if g.get("user"):
        with db.atomic():
            User.update(language=code).where(User.id == g.user.id).execute()
    return redirect(_safe_next())


OWN_FIELDS = ["name", "language", "timezone"]


def account():
    resource = current_app.extensions["guanxi"].resources["users"]
    user = User.get_by_id(g.user.id)
    form = forms.bind(resource, g.user, user, request.form if request.method == "POST" else None, OWN_FIELDS)
    if request.method == "POST" and forms.check(form):
        values = forms.values_of(form)
        errors = resource.problems(user, user, values)
        if not errors:
            with journal.transaction():
                batch = journal.open_batch(g.user, "update", N_("Changed %(what)s"), "users", what=user.name)
                resource.write([(user, values)], batch, g.user)
            shell.flash(i18n.gettext("Your account was saved."))
            return htmx.go(url_for("auth.account"))
        forms.put_errors(form, errors)
    return _account_page(form)


def _account_page(form, error=""):
    sessions = Session.select().where(Session.user == g.user.id).order_by(Session.seen_at.desc())
    here = g.user.__dict__["session_row"].id
    return shell.render(
        "core/account.html", form=form, sessions=list(sessions), here=here, error=error
    ), 422 if error or form.errors else 200


def password():
    try:
        if not g.user.check_password(request.form.get("old", "")):
            raise Problem(N_("The present password is not right."))
        g.user.set_password(request.form.get("password", ""))
    except Problem as problem:
        resource = current_app.extensions["guanxi"].resources["users"]
        return _account_page(forms.bind(resource, g.user, User.get_by_id(g.user.id), None, OWN_FIELDS), str(problem))
    with db.atomic():
        User.update(password_hash=g.user.password_hash).where(User.id == g.user.id).execute()
        sessions.end_sessions(g.user, but=g.user.get_id())
    shell.flash(i18n.gettext("The password was changed; your other devices are signed out."))
    return htmx.go(url_for("auth.account"))


def end_session(id):
    with db.atomic():
        Session.delete().where(Session.id == id, Session.user == g.user.id).execute()
    shell.flash(i18n.gettext("That device is signed out."))
    return htmx.go(url_for("auth.account"))


__all__ = ["ConfigError", "blueprint", "fields", "public"]
