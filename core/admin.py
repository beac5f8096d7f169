"""The admin's pages: modules, the firm's settings, the journal."""

import datetime as dt
from functools import wraps

from flask import Blueprint, abort, current_app, g, request, send_file, url_for
from wtforms import BooleanField, Form, IntegerField, PasswordField, SelectField, StringField, ValidationError

from . import fields, htmx, i18n, journal, modules, shell
from .errors import Forbidden
from .i18n import N_, Problem
from .journal import Batch
from .sessions import SignIn
from .users import Role, User


def blueprint() -> Blueprint:
    bp = Blueprint("admin", __name__, url_prefix="/admin")
    for rule, view, methods in (
        ("/", index, ["GET"]),
        ("/modules", module_list, ["GET"]),
        ("/modules/<name>", module, ["GET", "POST"]),
        ("/modules/<name>/switch", switch, ["POST"]),
        ("/modules/<name>/remove", remove, ["GET", "POST"]),
        ("/modules/exports/<filename>", exported, ["GET"]),
        ("/firm", firm, ["GET", "POST"]),
        ("/journal", journal_page, ["GET"]),
        ("/journal/<int:id>", batch, ["GET"]),
    ):
        bp.add_url_rule(rule, view.__name__.removesuffix("_page"), _admin(view), methods=methods)
    return bp


def _admin(view):
    @wraps(view)
    def guarded(**values):
        if not g.user.is_admin:
            raise Forbidden("admin")
        return view(**values)

    return guarded


def _build():
    return current_app.extensions["guanxi"]


def index():
    build = _build()
    return shell.render(
        "core/admin.html",
        users=User.select().where(User.active, User.deleted_batch.is_null()).count(),
        roles=list(Role.select().where(Role.deleted_batch.is_null())),
        on=len(build.names),
    )


# Modules


def module_list():
    found = modules.modules(_build())
    kind, text = request.args.get("show", "all"), request.args.get("q", "").casefold()
    counts = {
        "all": len(found),
        "on": sum(m.on for m in found),
        "off": sum(not m.on for m in found),
        "third": sum(not m.found.bundled for m in found),
    }
    shown = [
        m
        for m in found
        if {"on": m.on, "off": not m.on, "third": not m.found.bundled}.get(kind, True)
        and (not text or text in f"{m.title} {m.summary} {m.name}".casefold())
    ]
    context = dict(modules=shown, counts=counts, show=kind, q=request.args.get("q", ""), notice=_notice(_build()))
    if htmx.is_partial():
        return htmx.fragment("core/modules.html", "cards", **context)
    return shell.render("core/modules.html", **context)


def _notice(build) -> str:
    """Why what runs differs from what plugins.toml says, or nothing."""
    if build.settings.safe_mode:
        return i18n.gettext("Safe mode: no module is running. Switch the faulty one off, then start without it.")
    if build.problem is not None:
        return i18n.gettext("plugins.toml was changed but is not in use: %(why)s", why=str(build.problem))
    return ""


def _module(name):
    return next((m for m in modules.modules(_build()) if m.name == name), None) or abort(404)


def module(name):
    """What it adds, what it needs, its settings."""
    found, build = _module(name), _build()
    form_class = build.settings_forms.get(name)
    options, form = build.options(name), None
    if form_class is not None:
        form = form_class(request.form if request.method == "POST" else None, data=options.all())
        if request.method == "POST" and form.validate():
            options.save(form.data)
            shell.flash(i18n.gettext("Settings of %(name)s saved.", name=found.title))
            return htmx.go(url_for("admin.module", name=name))
    elif request.method == "POST":
        abort(405)
    status = 422 if form is not None and form.errors else 200
    return shell.render(
        "core/module.html",
        module=found,
        form=form,
        pinned=options.pinned,
        unreadable=options.unreadable,
        rows=modules.rows_of(found),
        needed_by=modules.needed_by(build, name),
        setup=next((one.manifest.setup for one in build.loaded if one.name == name), ""),
        secret=PasswordField,
        check=BooleanField,
    ), status


def switch(name):
    build = _build()
    try:
        if request.form.get("on"):
            added = modules.enable(build, name)
            titles = {m.name: m.title for m in modules.modules(build)}
            said = i18n.gettext("%(name)s is on.", name=titles[name])
            also = [titles[n] for n in added if n != name]
            if also:
                said += " " + i18n.gettext("So are: %(others)s.", others=", ".join(also))
        else:
            title = _module(name).title
            modules.disable(build, name)
            said = i18n.gettext("%(name)s is off. Its data is kept.", name=title)
    except Problem as problem:
        shell.flash(str(problem), "danger")
    else:
        shell.flash(said)
    return htmx.go(url_for("admin.module_list"))


def remove(name):
    """Delete a module's data: row counts first, its name typed, an export written."""
    found = _module(name)
    rows = modules.rows_of(found)
    error = ""
    if request.method == "POST":
        if request.form.get("confirm", "").strip() != found.name:
            error = i18n.gettext("Type %(name)s to confirm. Nothing was removed.", name=found.name)
        else:
            try:
                path = modules.remove_data(_build(), found)
            except Problem as problem:
                error = str(problem)
            else:
                shell.flash(
                    i18n.gettext(
                        "The data of %(name)s was removed. Its export: %(file)s", name=found.title, file=path.name
                    )
                )
                return htmx.go(url_for("admin.module_list", export=path.name))
    return shell.render("core/module_remove.html", module=found, rows=rows, error=error), 422 if error else 200


def exported(filename):
    folder = _build().settings.data / "exports"
    path = (folder / filename).resolve()
    if path.parent != folder.resolve() or not path.is_file():
        abort(404)
    return send_file(path, as_attachment=True)


# The firm


class FirmForm(Form):
    firm = StringField(N_("Name of the firm"))
    currency = SelectField(N_("Currency"))
    region = SelectField(N_("Phone numbers without a country code are from"))
    timezone = StringField(N_("Time zone"))
    file_mb = IntegerField(N_("Largest file that may be attached, in MB"))
    file_refused = StringField(N_("Files that are refused, by their endings"))

    def validate_file_mb(self, field):
        if field.data is None or not 1 <= field.data <= 2000:
            raise ValidationError(i18n.gettext("Give a number from 1 to 2000."))


def firm():
    build = _build()
    options = build.options("core")
    form = FirmForm(request.form if request.method == "POST" else None, data=options.all())
    common = ["CNY", "USD", "EUR", "GBP", "HKD", "TWD", "JPY", "SGD", "AUD", "CAD", "CHF", "KRW", "MYR", "THB", "VND"]
    form.currency.choices = [(c, c) for c in common] + [
        (c, c) for c in sorted(fields.currencies() - set(common)) if len(c) == 3
    ]
    regions = [
        "CN",
        "HK",
        "TW",
        "SG",
        "US",
        "GB",
        "DE",
        "FR",
        "JP",
        "KR",
        "AU",
        "CA",
        "CH",
        "IN",
        "IT",
        "ES",
        "NL",
        "MY",
        "TH",
        "VN",
    ]
    from babel import Locale

    territories = Locale(i18n.language()).territories
    form.region.choices = [(r, territories.get(r, r)) for r in regions]
    if request.method == "POST" and form.validate():
        options.save({k: v.strip() if isinstance(v, str) else v for k, v in form.data.items()})
        shell.flash(i18n.gettext("Saved."))
        return htmx.go(url_for("admin.firm"))
    return shell.render("core/firm.html", form=form), 422 if form.errors else 200


# The journal

PAGE = 50


#: What the journal can be narrowed to; a module's own kinds of batches are found under "everything".
KINDS = {
    "create": N_("Created"),
    "update": N_("Changed"),
    "delete": N_("Deleted"),
    "import": N_("Imports"),
    "export": N_("Exports"),
    "bulk": N_("Many at once"),
    "merge": N_("Merges"),
    "handover": N_("Handovers"),
    "share": N_("Sharing"),
    "permission": N_("Users and permissions"),
    "token": N_("API tokens"),
    "undo": N_("Undone"),
}
#: Whose changes are changes of permissions.
_PERMISSION = ("users", "roles", "teams")


def journal_page():
    """Who did what and when, with Undo, and who signed in; keyset pages, newest first."""
    args = request.args
    people = {u.id: u for u in User.select()}
    context = dict(people=people, kinds=KINDS, args=args, days=_days(args))
    if args.get("kind") in ("sign-in", "refused"):
        rows, more = _sign_ins(args, people)
        return shell.render("core/journal.html", batches=[], sign_ins=rows, more=more, **context)
    query = _within(Batch.select().order_by(Batch.id.desc()), Batch, args)
    if args.get("user", type=int):
        query = query.where(Batch.user_id == args.get("user", type=int))
    if args.get("kind") == "permission":
        query = query.where(Batch.resource << _PERMISSION)
    elif args.get("kind"):
        query = query.where(Batch.kind == args["kind"])
    batches = list(query.limit(PAGE + 1))
    more, batches = len(batches) > PAGE, batches[:PAGE]
    return shell.render("core/journal.html", batches=batches, sign_ins=None, more=more, **context)


def _sign_ins(args, people) -> tuple[list[SignIn], bool]:
    """Tries to sign in, good ones or refused ones, of one person or of all; whether there are more."""
    query = _within(SignIn.select().order_by(SignIn.id.desc()), SignIn, args)
    query = query.where(SignIn.ok == (args["kind"] == "sign-in"))
    if args.get("user", type=int):
        person = people.get(args.get("user", type=int))
        query = query.where(SignIn.email == (person.email.casefold() if person else ""))
    rows = list(query.limit(PAGE + 1))
    return rows[:PAGE], len(rows) > PAGE


def _within(query, table, args):
    """Narrowed to the days and the page that the address asks for."""
    first, last = _days(args)
    if first:
        query = query.where(table.at >= fields.start_of_day(first))
    if last:
        query = query.where(table.at <= fields.start_of_day(last, end=True))
    if before := args.get("before", type=int):
        query = query.where(table.id < before)
    return query


def _days(args) -> tuple:
    """First and last day; nonsense is no day."""
    found = []
    for name in ("from", "to"):
        try:
            found.append(fields.parse_date(args.get(name, "")))
        except Problem:
            found.append(None)
    return tuple(found)


def batch(id):
    """The changes of one batch."""
    found = Batch.get_or_none(Batch.id == id) or abort(404)
    changes = list(journal.Change.select().where(journal.Change.batch_id == id).order_by(journal.Change.id).limit(200))
    person = User.get_or_none(User.id == found.user_id)
    return shell.render("core/batch.html", batch=found, changes=changes, person=person, said=_said(_build()))


#: What a change did, in words.
_OPS = {
    "create": N_("Created"),
    "update": N_("Changed"),
    "delete": N_("Deleted"),
    "restore": N_("Brought back"),
    "move": N_("Moved"),
    "merge": N_("Merged"),
}


def _said(build):
    """What the page says of a change: `(what, records, [(field, old, new), …])`; links are named, once each."""
    names: dict[tuple, str] = {}

    def value(kind, raw):
        if raw is None or kind is None:
            return raw
        raw = kind.unjson(raw)
        if isinstance(kind, fields.Link):
            key = (kind.rel_model, raw)
            if key not in names:
                names[key] = str(kind.rel_model.get_or_none(kind.rel_model.id == raw) or f"#{raw}")
            return names[key]
        return kind.show(raw) if not kind.empty(raw) else None

    def say(change):
        resource, lines = build.by_table.get(change.table), []
        if change.op == "update":
            lines = [(name, *pair) for name, pair in change.data.items()]
        elif change.op == "move":
            by_column = {f.column_name: f.name for f in resource.model._meta.sorted_fields} if resource else {}
            column = change.data["column"]
            lines = [(by_column.get(column, column), change.data["old"], change.data["new"])]
        kinds = resource.kinds if resource else {}
        shown = [
            (resource.field_title(n) if n in kinds else n, value(kinds.get(n), old), value(kinds.get(n), new))
            for n, old, new in lines
        ]
        return i18n.gettext(_OPS.get(change.op, change.op)), resource, shown

    return say


__all__ = ["blueprint", "dt"]
