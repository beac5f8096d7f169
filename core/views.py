"""List, page, form, delete, action and bulk for any Resource. No rule of the business lives here."""

import logging
import re

from flask import Blueprint, abort, current_app, g, jsonify, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from . import bulk, conflicts, file_views, forms, home, html, htmx, i18n, journal, journal_words, merge, shell
from .contact_views import contact_context
from .db import utcnow
from .editing import Editing
from .erasure import erased_address
from .errors import Conflict, Forbidden, Invalid, NotFound
from .exchange.views import send_export
from .fields import Several
from .hooks import in_order, safely
from .i18n import N_, Problem
from .listing import Listing
from .lookup import lookup
from .notices import Notice, notify
from .permissions import page_context
from .saved import View
from .users import User

log = logging.getLogger("guanxi")


def blueprint(resource) -> Blueprint:
    """All pages of one Resource. The blueprint's name is the Resource's."""
    bp = Blueprint(resource.name, __name__, url_prefix=resource.path)
    screens = Screens(resource)
    for rule, endpoint, methods in (
        ("/", "list", ("GET",)),
        ("/new", "new", ("GET", "POST")),
        ("/pick", "pick", ("GET",)),
        ("/bulk", "bulk", ("POST",)),
        ("/count", "count", ("GET",)),
        ("/export", "export", ("GET",)),
        ("/views", "views", ("POST",)),
        ("/views/<int:view_id>/delete", "drop_view", ("POST",)),
        ("/columns", "columns", ("POST",)),
        ("/<int:id>", "page", ("GET",)),
        ("/<int:id>/edit", "edit", ("GET", "POST")),
        ("/<int:id>/delete", "delete", ("POST",)),
        ("/<int:id>/field/<name>", "field", ("GET", "POST")),
        ("/<int:id>/history", "history", ("GET",)),
        ("/<int:id>/files", "files", ("GET", "POST")),
        ("/<int:id>/restore", "restore", ("POST",)),
        ("/<int:id>/share", "share", ("GET", "POST")),
        ("/<int:id>/act/<name>", "act", ("POST",)),
    ):
        bp.add_url_rule(rule, endpoint, getattr(screens, endpoint), methods=methods)
    return bp


class Screens:
    """The views of one Resource."""

    def __init__(self, resource):
        self.resource = resource

    @property
    def build(self):
        return current_app.extensions["guanxi"]

    # List

    def listing(self, args=None, size=None) -> Listing:
        extra = ()
        if self.resource.name == "contacts":
            found = safely(self.build.hook.contact_columns.get_hookimpls(), log, user=g.user)
            extra = [c for c in in_order(found) if hasattr(c, "load")]
        return Listing(self.resource, g.user, request.args if args is None else args, extra, size)

    def list(self):
        self.resource.demand(g.user, "view")
        listing = self.listing()
        context = dict(
            resource=self.resource,
            listing=listing,
            views=View.of(g.user, self.resource.name),
            current=request.query_string.decode(),
            can=lambda verb: self.resource.can(g.user, verb),
            bulk_actions=bulk.offered(self.resource, g.user),
        )
        listing.conditions  # noqa: B018 - nonsense in the address is said on the page
        if htmx.is_partial():
            return htmx.fragment(self.resource.list_template, "listing", **context)
        return shell.render(self.resource.list_template, **context)

    def count(self):
        self.resource.demand(g.user, "view")
        return f"{self.listing().exact_count():,}"

    def pick(self):
        """Names and ids for an autocompletion, as JSON."""
        text = request.args.get("q", "").strip()
        if text:
            hits = lookup(g.user, [self.resource], text, limit=12)
            found = [{"id": h.record_id, "title": h.title, "subtitle": h.subtitle} for h in hits]
        else:
            records = list(self.resource.query(g.user).order_by(self.resource.model.id.desc()).limit(12))
            self.resource.load_parts(records)
            self.resource.veil(g.user, records)
            found = [{"id": r.id, "title": str(r), "subtitle": self.resource.subtitle(r)} for r in records]
        return jsonify(found)

    def views(self):
        """Keep the present filters, order and columns as a tab."""
        name = " ".join(request.form.get("name", "").split())[:60]
        if not name:
            raise Problem(N_("Give the view a name."))
        view = View.keep(
            g.user, self.resource.name, name, request.form.get("query", ""), bool(request.form.get("shared"))
        )
        shell.flash(i18n.gettext("View “%(name)s” saved.", name=name))
        return htmx.go(f"{self.resource.url()}?{view.query}&view={view.id}")

    def drop_view(self, view_id):
        View.drop(g.user, view_id)
        shell.flash(i18n.gettext("View deleted."))
        return htmx.go(self.resource.url())

    def columns(self):
        """Remember which columns this user wants to see."""
        listing = self.listing(MultiDict())
        wanted = [n for n in request.form.getlist("column") if n in listing.offered]
        preferences = dict(g.user.preferences)
        preferences[f"columns.{self.resource.name}"] = wanted
        type(g.user).update(preferences=preferences).where(type(g.user).id == g.user.id).execute()
        return htmx.go(request.form.get("back") if htmx.is_ours(request.form.get("back")) else self.resource.url())

    # One record

    def find(self, id, verb="view"):
        return self.resource.find(g.user, id, verb)

    def _demand_writable(self) -> None:
        """What only the program writes has no form, whatever a role allows."""
        if not (self.resource.writable or self.resource.editable):
            abort(404)

    def page(self, id):
        record = self.find(id)
        self.resource.load_parts([record])
        self.resource.veil(g.user, [record])
        more = {}
        if self.resource.name == "contacts":
            more = contact_context(self.build, g.user, record)
        else:
            self.resource.load_links([record])
        panels = [file_views.panel(self.resource, record, g.user)]
        panels += safely(
            self.build.hook.record_panels.get_hookimpls(), log, resource=self.resource, record=record, user=g.user
        )
        actions = safely(
            self.build.hook.record_actions.get_hookimpls(), log, resource=self.resource, record=record, user=g.user
        )
        context = dict(
            resource=self.resource,
            record=record,
            panels=in_order(panels),
            links=in_order([self.resource.page_links(g.user, record), *actions]),
            actions=self.actions(record),
            can=lambda verb: self.resource.can(g.user, verb),
            hidden=self.resource.hidden(g.user),
            locked=self.resource.locked(g.user),
        )
        if self.resource.name == "roles":
            context |= page_context(self.build, record)
        elif self.resource.name == "files":
            context |= file_views.page_context(self.build, g.user, record)
        return shell.render(self.resource.page_template, **context, **more)

    def actions(self, record):
        """The actions whose buttons this user gets for a record as it is now."""
        allowed = [a for a in self.resource.actions.values() if self.resource.can(g.user, a.name)]
        allowed = [a for a in allowed if a.when is None or a.when(record)]
        return sorted(allowed, key=lambda a: (a.order, a.label))

    def new(self):
        self._demand_writable()
        self.resource.demand(g.user, "create")
        record = self.resource.new(g.user)
        if request.method == "GET":
            self._prefill(record)
            return self._form(record, forms.bind(self.resource, g.user, record))
        return self._save(record, N_("%(name)s created."))

    def _prefill(self, record):
        """`?contact=12` fills a field, so that a button elsewhere can lead here."""
        context = self.build.context(g.user)
        for name in self.resource.open_fields(g.user):
            if name in request.args:
                kind = self.resource.kinds[name]
                try:
                    kind.set(record, kind.parse(request.args[name], context))
                except Problem:
                    continue

    def edit(self, id):
        self._demand_writable()
        try:
            record = self.find(id, "edit")
        except NotFound:
            if request.method == "GET" or erased_address() or (record := self._deleted(id)) is None:
                raise
        self.resource.load_parts([record])
        if request.method == "GET":
            return self._form(record, forms.bind(self.resource, g.user, record))
        return self._save(record, N_("%(name)s saved."))

    def _deleted(self, id):
        """A record that somebody deleted while its form was open, of those that the user could see."""
        self.resource.demand(g.user, "edit")
        model = self.resource.model
        query = model.select().where(model.id == id, model.deleted_batch.is_null(False))
        rule = self.resource.visible(g.user)
        return (query if rule is None else query.where(rule)).first()

    def _form(self, record, form, general=(), questions=(), status=200, version=None):
        gone = self._gone(record) if record.deleted_batch is not None else None
        context = dict(
            resource=self.resource,
            record=record,
            form=form,
            general=general,
            questions=questions,
            gone=gone,
            version=record.version if version is None else version,
        )
        if htmx.is_partial():
            return htmx.fragment(self.resource.form_template, "form", **context), status
        return shell.render(self.resource.form_template, **context), status

    def _save(self, record, said):
        form = forms.bind(self.resource, g.user, record, request.form)
        forms.take_theirs(form, request.form, record)
        general, questions, version = [], [], _version()
        lost = record.deleted_batch is not None and "restore" not in request.form
        if forms.check(form) and not lost:
            try:
                self._write(record, forms.values_of(form), version)
                undo = record.batch.id if record.batch.count else None
                shell.flash(i18n.gettext(said, name=str(record)), undo=undo)
                return htmx.go(self._next(record))
            except Invalid as error:
                general = forms.put_errors(form, error.errors)
            except Conflict as error:
                forms.put_settled(form, error.settled)
                questions = conflicts.questions(self.resource, error.clashes)
                version = error.current.version
        return self._form(record, form, general, questions, 422, version)

    def _write(self, record, values, version):
        if record.deleted_batch is not None:
            self.resource.restore(g.user, record, values, version)
            return
        known = record.id
        self.resource.save(g.user, record, values, version=version)
        if known:
            Editing.done(g.user, self.resource.name, known)

    def _gone(self, record) -> dict:
        """What can be done about a record that was deleted: the contact that it was merged into, or a restore."""
        into = merge.survivor_of(self.build, g.user, record.id) if self.resource.name == "contacts" else None
        batch = journal.Batch.get_or_none(journal.Batch.id == record.deleted_batch)
        by = User.get_or_none(User.id == batch.user_id) if batch else None
        return {
            "into": self.resource.url("page", into) if into else "",
            "by": by.name if by else i18n.gettext("Somebody else"),
            "restore": not into
            and getattr(record, "merged_into_id", None) is None
            and self.resource.can(g.user, "delete"),
        }

    def _next(self, record):
        wanted = request.args.get("next") or request.form.get("next")
        return wanted if htmx.is_ours(wanted) else self.resource.url("page", record)

    def delete(self, id):
        self._demand_writable()
        record = self.find(id, "delete")
        batch = self.resource.delete(g.user, [record])
        shell.flash(i18n.gettext("%(name)s deleted.", name=str(record)), undo=batch.id)
        wanted = request.form.get("next")
        return htmx.go(wanted if htmx.is_ours(wanted) else self.resource.url())

    def files(self, id):
        return file_views.on_record(self.resource, id)

    def act(self, id, name):
        action = self.resource.actions.get(name) or abort(404)
        record = self.find(id, name)
        answer = action.function(self.resource, g.user, record)
        if isinstance(answer, str) and answer.startswith("/"):
            return htmx.go(answer)
        batch = record.__dict__.get("batch")
        undo = batch.id if batch and batch.count else None
        said = answer or i18n.translate(action.label, self.resource.domain) + " ✓"
        if home.is_worklist():
            return home.ticked_off(said, undo)
        shell.flash(said, undo=undo)
        wanted = request.form.get("next")
        return htmx.go(wanted if htmx.is_ours(wanted) else self.resource.url("page", record))

    def field(self, id, name):
        """One field in place: its form on GET with `edit`, its value otherwise; a POST saves it."""
        if name not in self.resource.shown_fields(g.user):
            abort(404)
        record = self.find(id)
        self.resource.load_parts([record])
        if request.method == "GET" and "edit" not in request.args:
            return self._value(record, name)
        self._demand_writable()
        self.resource.demand(g.user, "edit")
        if name in self.resource.locked(g.user):
            raise Forbidden(f"{self.resource.name}.{name}")
        if request.method == "GET":
            return self._inline(record, name, forms.bind(self.resource, g.user, record, names=[name]))
        form = forms.bind(self.resource, g.user, record, request.form, [name])
        forms.take_theirs(form, request.form, record)
        general, questions, version = [], [], _version()
        if forms.check(form):
            try:
                self.resource.save(g.user, record, forms.values_of(form), version=version)
            except Invalid as error:
                general = forms.put_errors(form, error.errors)
            except Conflict as error:
                forms.put_settled(form, error.settled)
                questions = conflicts.questions(self.resource, error.clashes)
                version = error.current.version
            else:
                if not htmx.is_partial():
                    return htmx.go(self.resource.url("page", record))
                said = i18n.gettext("%(field)s saved.", field=self.resource.field_title(name))
                return htmx.with_toast(
                    self._value(record, name, True), said, undo=record.batch.id if record.batch.count else None
                )
        return self._inline(record, name, form, general, questions, version), 422

    def _value(self, record, name, saved=False):
        self.resource.load_links([record], [name] if name in self.resource.links else [])
        return htmx.fragment(
            "core/_field.html",
            "value",
            resource=self.resource,
            record=record,
            name=name,
            saved=saved,
            editable=self.resource.can(g.user, "edit"),
        )

    def _inline(self, record, name, form, general=(), questions=(), version=None):
        context = dict(
            resource=self.resource,
            record=record,
            name=name,
            form=form,
            general=general,
            questions=questions,
            version=record.version if version is None else version,
        )
        if not htmx.is_partial():
            return shell.render("core/_field_page.html", **context)
        return htmx.fragment("core/_field.html", "form", **context)

    def history(self, id):
        record = self.find(id)
        self.resource.veil(g.user, [record])
        entries = journal.history(self.resource.table, record.id)
        people = {u.id: u for u in User.select().where(User.id << list({b.user_id for _, b in entries} - {None}))}
        batches = list({batch.id: batch for _, batch in entries}.values())
        return shell.render(
            "core/history.html",
            titles=journal_words.titles(self.resource.build, g.user, batches),
            resource=self.resource,
            record=record,
            entries=entries,
            people=people,
            said=self._said,
            hidden=self.resource.hidden(g.user),
            open_fields=self.resource.open_fields(g.user) if self.resource.can(g.user, "edit") else [],
        )

    def restore(self, id):
        """Give one field the value that it had before a change."""
        self._demand_writable()
        record = self.find(id, "edit")
        change = journal.Change.get_or_none(journal.Change.id == request.form.get("change", type=int)) or abort(404)
        name = request.form.get("field", "")
        # What has no place in the form, such as how far a quote has come, has verbs of its own and no way back here.
        if name not in self.resource.open_fields(g.user) or name not in change.data:
            abort(404)
        if (change.op, change.table, change.first) != ("update", self.resource.table, record.id):
            abort(404)
        kind = self.resource.kinds[name]
        self.resource.load_parts([record])
        self.resource.save(
            g.user,
            record,
            {name: kind.unjson(change.data[name][0])},
            label=N_("Restored a value of %(what)s"),
            what=str(record),
        )
        said = i18n.gettext("%(field)s is as it was before.", field=self.resource.field_title(name))
        shell.flash(said, undo=record.batch.id if record.batch.count else None)
        return htmx.go(self.resource.url("history", record))

    def share(self, id):
        """Who sees this record beyond the scope of their role; add and take back."""
        record = self.find(id, "edit")
        shares = self.build.shares
        if not self.resource.owner:
            abort(404)
        if request.method == "POST":
            kind, _, number = request.form.get("who", "").partition(":")
            if kind not in ("user", "team") or not (number.isdecimal() and len(number) < 10):
                raise Problem(N_("Choose a colleague or a team first."))
            take_back = bool(request.form.get("take_back"))
            self.resource.share(g.user, record, **{f"{kind}_id": int(number)}, take_back=take_back)
            if kind == "user" and not take_back:
                self._tell_shared(record, int(number))
            shell.flash(i18n.gettext("No longer shared.") if take_back else i18n.gettext("Shared."))
            if asked := request.form.get("notice", type=int):  # the button of a notice: it is dealt with
                Notice.update(read_at=utcnow()).where(Notice.id == asked, Notice.user_id == g.user.id).execute()
                return htmx.go(url_for("notices.page"))
            return htmx.go(self.resource.url("share", record))
        rows = list(shares.select().where(shares.resource == self.resource.name, shares.record_id == id))
        return shell.render("core/share.html", resource=self.resource, record=record, rows=rows)

    def _tell_shared(self, record, user_id: int) -> None:
        notify(
            self.build,
            User.select().where(User.id == user_id, User.active),
            "assigned",
            N_("%(who)s shared %(name)s with you"),
            url=self.resource.url("page", record),
            once=f"share {self.resource.name} {record.id} {html.today()}",
            but=g.user,
            who=g.user.name,
            name=str(record),
        )

    def _said(self, name, value):
        """An old or new value of a change, as people see it."""
        kind = self.resource.kinds.get(name)
        if kind is None:
            return str(value)
        try:
            value = kind.unjson(value)
            if name in self.resource.links and value is not None:
                return self.build.by_model[kind.rel_model].linked(g.user, [value])[value].link
            if isinstance(kind, Several) or value is not None:
                return kind.show(value)
        except (ValueError, TypeError, KeyError):
            return str(value)
        return ""

    # Many

    def bulk(self):
        return bulk.run(self, request.form)

    def export(self):
        self.resource.demand(g.user, "export")
        return send_export(self.build, self.resource, self.listing(), request.args.get("format", "csv"))


def _version() -> int | None:
    """The version that the form was drawn from; None when it names none."""
    text = request.form.get("version", "")
    return int(text) or None if re.fullmatch(r"[0-9]{1,9}", text) else None


__all__ = ["Markup", "Screens", "blueprint", "url_for"]
