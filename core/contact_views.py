"""What a contact's page has beyond any record's: timeline, next steps, relationships, tags, duplicates while typing."""

import datetime as dt

from flask import Blueprint, abort, current_app, g, request, url_for
from itsdangerous import BadData, URLSafeSerializer

from . import conflicts, fields, forms, home, html, htmx, i18n, journal, merge, shell, timeline
from .contacts import STAGES, Contact, relations_of, similar
from .db import records, utcnow
from .errors import Conflict, Invalid
from .i18n import N_, Problem
from .notices import notify
from .timeline import Entry
from .users import Role, User


def blueprint() -> Blueprint:
    bp = Blueprint("contact", __name__)
    for rule, endpoint, view, methods in (
        ("/contacts/<int:id>/timeline", "stream", stream, ["GET", "POST"]),
        ("/contacts/<int:id>/relations", "relate", relate, ["POST"]),
        ("/contacts/<int:id>/relations/<int:relation>/delete", "unrelate", unrelate, ["POST"]),
        ("/contacts/similar", "likely", likely, ["GET"]),
        ("/contacts/ask/<token>", "ask_for_access", ask_for_access, ["POST"]),
        ("/contacts/merge", "merge", merge_page, ["GET", "POST"]),
        ("/timeline/<int:id>/form", "entry_form", entry_form, ["GET", "POST"]),
        ("/timeline/<int:id>/remove", "entry_delete", entry_delete, ["POST"]),
        ("/timeline/<int:id>/pin", "pin", pin, ["POST"]),
        ("/timeline/<int:id>/done", "next_done", next_done, ["POST"]),
    ):
        bp.add_url_rule(rule, endpoint, view, methods=methods)
    return bp


def _build():
    return current_app.extensions["guanxi"]


def contact_context(build, user, contact) -> dict:
    """All that the contact page shows beyond a record's."""
    coming, pinned, entries, cursor = build.timeline.page(user, contact, *_filters())
    relations = relations_of(build, user, contact)
    links, people = build.resources["relationships"].links, _people(build, user, contact)
    others = [(relation, links[relation.far_end(contact)]) for relation in relations]
    build.timeline.dress(contact, [*coming, *pinned, *entries], others, known=people)
    return dict(
        entries=entries,
        cursor=cursor,
        coming=coming,
        pinned=pinned,
        timeline=build.timeline,
        kinds=[k for k in build.timeline.kinds.values() if k.by_hand],
        chosen=_filters(),
        stages=STAGES,
        relations=[r for r in relations if r.other(contact).deleted_batch is None],
        people=people,
        tomorrow=(html.today() + dt.timedelta(days=1)).isoformat(),
        modules=[p.manifest for p in build.loaded],
    )


def _filters():
    return [k for k in request.args.getlist("kind") if k], [p for p in request.args.getlist("plugin") if p]


def _people(build, user, contact) -> list[Contact]:
    """The people whose employer this organisation is, of those that the user may see."""
    if not contact.is_organisation:
        return []
    query = build.resources["contacts"].query(user).where(Contact.organisation == contact.id)
    return build.resources["contacts"].veil(user, records(query.order_by(Contact.name_key).limit(30)))


def _contact(id, verb="view"):
    return _build().resources["contacts"].find(g.user, id, verb)


# Timeline


def stream(id):
    """GET: a page of the feed. POST: log a note, call, meeting, e-mail or message, with a next step."""
    build, contact = _build(), _contact(id)
    if request.method == "GET":
        kinds, plugins = _filters()
        entries, cursor = build.timeline.stream(g.user, contact, kinds, plugins, request.args.get("before", ""))
        build.timeline.dress(contact, entries)
        context = dict(
            record=contact,
            entries=entries,
            cursor=cursor,
            timeline=build.timeline,
            chosen=(kinds, plugins),
            continued=bool(request.args.get("before")),
            previous=request.args.get("day", ""),
        )
        if htmx.is_partial():
            return htmx.fragment("core/_feed.html", "feed", **context)
        return htmx.go(build.resources["contacts"].url("page", contact, **request.args.to_dict()))
    return _log(build, contact)


def _log(build, contact):
    form, typed = request.form, request.form.to_dict()
    try:
        values = _entry_values(build, form)
        kind = form.get("kind", "note")
        if kind not in build.timeline.kinds or not build.timeline.kinds[kind].by_hand:
            raise Problem(
                N_("“%(text)s” is not one of: %(options)s."), text=kind, options=", ".join(build.timeline.kinds)
            )
        entry = timeline.log(build, g.user, contact, kind, **values)
    except Invalid as invalid:
        return _composer(build, contact, typed, [str(p) for p in invalid.errors.values()])
    except Problem as problem:
        return _composer(build, contact, typed, [str(problem)])
    _tell_owner(build, contact, entry)
    said = i18n.gettext("%(kind)s saved.", kind=build.timeline.kind(kind).title)
    if not htmx.is_partial():
        shell.flash(said, undo=entry.batch.id)
        return htmx.go(build.resources["contacts"].url("page", contact))
    return _timeline(build, Contact.get_by_id(contact.id), said, entry.batch.id)


def _timeline(build, contact, said, undo):
    """The whole timeline as it is now, with a message."""
    context = contact_context(build, g.user, contact) | dict(
        record=contact, typed={}, errors=[], continued=False, previous=""
    )
    return htmx.with_toast(htmx.fragment("core/_timeline.html", "timeline", **context), said, undo=undo)


def _composer(build, contact, typed, errors):
    """The form again, with what was typed and what is wrong with it."""
    context = contact_context(build, g.user, contact) | dict(record=contact, typed=typed, errors=errors)
    if htmx.is_partial():
        return htmx.fragment("core/_timeline.html", "composer", **context), 422
    return shell.render("core/composer.html", **context), 422


def _entry_values(build, form) -> dict:
    """The composer's inputs as an entry's values. Raises Problem naming the input."""
    context, kinds, values = build.context(g.user), build.resources["entries"].kinds, {}
    for name in ("text", "title", "direction", "outcome", "at", "next_text"):
        if name in form:
            values[name] = kinds[name].parse(form[name], context)
    if values.get("at") is None:
        values.pop("at", None)
    if form.get("minutes", "").strip():
        values["duration"] = 60 * fields.Integer.parse(kinds["duration"], form["minutes"], context)
    if "next_at" in form:
        values["next_at"] = _next_at(form)
    if form.get("next_user", "").strip():
        values["next_user"] = kinds["next_user"].parse(f"#{form['next_user'].strip().lstrip('#')}", context)
    return values


def _next_at(form):
    """A next step's date, or date and time; a date alone means the end of the working day."""
    text = form["next_at"].strip()
    if not text:
        return None
    if "T" in text or ":" in text:
        return fields.parse_instant(text)
    day = fields.parse_date(text)
    return dt.datetime.combine(day, dt.time(18), i18n.timezone()).astimezone(dt.UTC)


def _tell_owner(build, contact, entry):
    """Somebody wrote on my customer: without a notice it sinks like a stone."""
    if contact.owner_id and contact.owner_id != g.user.id and contact.owner_id not in entry.mentions:
        owner = User.get_or_none(User.id == contact.owner_id, User.active)
        if owner is not None:
            notify(
                build,
                [owner],
                "entry",
                N_("%(who)s wrote on %(contact)s"),
                about=entry,
                url=timeline.contact_url(build, contact, entry),
                text=str(entry)[:200],
                who=g.user.name,
                contact=str(contact),
                but=g.user,
            )


def _entry(id, verb="view"):
    return _build().resources["entries"].find(g.user, id, verb)


def _may_change(entry) -> None:
    if entry.resource or (entry.author_id != g.user.id and not g.user.is_admin):
        abort(403)


def entry_form(id):
    """Edit an entry in place; its history keeps what it said before."""
    build, entry = _build(), _entry(id, "edit")
    _may_change(entry)
    names = ["title", "text", "at", "direction", "duration", "outcome", "next_at", "next_text"]
    resource = build.resources["entries"]
    form = forms.bind(resource, g.user, entry, request.form if request.method == "POST" else None, names)
    general, questions, version = [], [], entry.version
    if request.method == "POST":
        forms.take_theirs(form, request.form, entry)
        version = request.form.get("version", type=int)
    if request.method == "POST" and forms.check(form):
        try:
            resource.save(
                g.user,
                entry,
                forms.values_of(form),
                label=N_("Changed an entry of %(name)s"),
                version=version,
                name=str(entry.contact),
            )
            return _redraw(entry, i18n.gettext("Entry saved."))
        except Invalid as invalid:
            general = forms.put_errors(form, invalid.errors)
        except Conflict as conflict:
            forms.put_settled(form, conflict.settled)
            questions, version = conflicts.questions(resource, conflict.clashes), conflict.current.version
    status = 422 if request.method == "POST" else 200
    context = dict(entry=entry, form=form, general=general, questions=questions, version=version)
    if htmx.is_partial():
        return htmx.fragment("core/_entry_form.html", "form", **context), status
    return shell.render("core/_entry_form.html", **context), status


def _redraw(entry, said, undo=True):
    """The whole timeline again, since an edit may move an entry."""
    build, contact = _build(), Contact.get_by_id(entry.contact_id)
    batch = entry.__dict__.get("batch")
    undo_id = batch.id if undo and batch is not None and batch.count else None
    if not htmx.is_partial() or request.htmx.target_id != "timeline":
        shell.flash(said, undo=undo_id)
        return htmx.go(build.resources["contacts"].url("page", contact))
    return _timeline(build, contact, said, undo_id)


def entry_delete(id):
    entry = _entry(id, "delete")
    _may_change(entry)
    batch = (
        _build()
        .resources["entries"]
        .delete(g.user, [entry], label=N_("Deleted an entry of %(name)s"), name=str(entry.contact))
    )
    entry.__dict__["batch"] = batch
    return _redraw(entry, i18n.gettext("Entry deleted."))


def pin(id):
    entry = _entry(id, "edit")
    _build().resources["entries"].write_pin(g.user, entry)
    return _redraw(entry, i18n.gettext("Pinned.") if entry.pinned else i18n.gettext("No longer pinned."))


def next_done(id):
    """Tick a next step off (or on again)."""
    build, entry = _build(), _entry(id)
    if entry.next_user_id != g.user.id and not build.resources["entries"].can(g.user, "edit"):
        abort(403)
    done = None if entry.next_done_at else utcnow()
    with journal.transaction():
        batch = journal.open_batch(
            g.user, "update", N_("Ticked off: %(what)s"), "entries", what=entry.next_text or str(entry)
        )
        build.resources["entries"].write([(entry, {"next_done_at": done})], batch, g.user)
    said = i18n.gettext("Done.") if done else i18n.gettext("Open again.")
    if home.is_worklist():
        return home.ticked_off(said, batch.id)
    entry.__dict__["batch"] = batch
    return _redraw(entry, said)


# Relationships


def relate(id):
    """Say what this contact is to another one, from either side: the choice is `kind>` or `kind<`."""
    build, contact = _build(), _contact(id, "edit")
    resource = build.resources["relationships"]
    kind, side = request.form.get("kind", "")[:-1], request.form.get("kind", "")[-1:]
    other = resource.kinds["target"].parse(request.form.get("other", ""), build.context(g.user))
    if other is None:
        raise Problem(N_("Choose the other contact first."))
    source, target = (contact.id, other) if side == ">" else (other, contact.id)
    record = resource.new(g.user)
    values = {
        "source": source,
        "target": target,
        "kind": resource.kinds["kind"].parse(kind),
        "note": request.form.get("note", "").strip(),
    }
    resource.save(g.user, record, values, label=N_("Related %(name)s"), name=str(contact))
    shell.flash(i18n.gettext("Relationship saved."), undo=record.batch.id)
    return htmx.go(build.resources["contacts"].url("page", contact))


def unrelate(id, relation):
    build, contact = _build(), _contact(id, "edit")
    resource = build.resources["relationships"]
    record = resource.find(g.user, relation)
    batch = resource.delete(g.user, [record], label=N_("Ended a relationship of %(name)s"), name=str(contact))
    shell.flash(i18n.gettext("Relationship removed."), undo=batch.id)
    return htmx.go(build.resources["contacts"].url("page", contact))


# Duplicates while typing


def likely(id=None):
    """Contacts that may be the one being typed: a fragment below the form's name."""
    args = request.args
    emails = [v for k, v in args.items(multi=True) if k.startswith("emails-") and k.endswith("-value")]
    phones = [v for k, v in args.items(multi=True) if k.startswith("phones-") and k.endswith("-value")]
    but = args.get("id", type=int)
    found = similar(_build(), g.user, args.get("name", ""), emails, phones, but)
    people = {
        u.id: u
        for u in User.select().where(User.id << list({f.contact.owner_id for f in found if not f.visible} - {None}))
    }
    tokens = {f.contact.id: _asking().dumps(f.contact.id) for f in found if not f.visible}
    return shell.render_part("core/_likely.html", found=found, people=people, tokens=tokens)


def _asking() -> URLSafeSerializer:
    """Signs the ids of contacts in a masked result, so that nobody asks about ids at random."""
    return URLSafeSerializer(current_app.secret_key, salt="guanxi-ask")


def ask_for_access(token):
    """Tell the owner of a contact that somebody came upon it who may not see it; nothing of the contact is shown."""
    build = _build()
    try:
        id = _asking().loads(token)
    except BadData:
        abort(404)
    contact = Contact.get_or_none(Contact.id == id, Contact.deleted_batch.is_null()) or abort(404)
    owner = User.get_or_none(User.id == contact.owner_id, User.active, User.deleted_batch.is_null())
    asked = [owner] if owner else list(_admins())
    day = html.today().isoformat()
    notify(
        build,
        asked,
        "access",
        N_("%(who)s asks for access to %(contact)s"),
        about=contact,
        url=build.resources["contacts"].url("share", contact, who=f"user:{g.user.id}"),
        once=f"access {contact.id} {g.user.id} {day}",
        who=g.user.name,
        contact=str(contact),
        but=g.user,
    )
    said = i18n.gettext(
        "%(name)s was asked for access.", name=owner.name if owner else i18n.gettext("An administrator")
    )
    if htmx.is_partial():
        return htmx.toast_only(said)
    shell.flash(said)
    return htmx.go(build.resources["contacts"].url())


def _admins():
    return User.select().join(Role).where(Role.admin, User.active, User.deleted_batch.is_null())


# Merging


def merge_page():
    """GET: 2 to 5 contacts side by side (or a picker for the second one). POST: merge them."""
    build = _build()
    contacts = build.resources["contacts"]
    for verb in ("edit", "delete"):
        contacts.demand(g.user, verb)
    args = request.form if request.method == "POST" else request.args
    records = _chosen(build, args)
    if not records:
        raise Problem(N_("Nothing is selected."))
    if request.method == "POST":
        return _merge(build, records, args)
    if len(records) == 1:
        return _second_one(build, records[0])
    if len(records) > merge.MOST:
        raise Problem(N_("Choose 2 to %(n)s contacts to merge."), n=merge.MOST)
    # Whom people write to most lately is likelier to be the one that everybody knows.
    oldest = dt.datetime.min.replace(tzinfo=dt.UTC)
    records.sort(key=lambda r: (str(r.id) != args.get("survivor"), -(r.last_activity_at or oldest).timestamp(), r.id))
    return shell.render(
        "core/merge.html",
        resource=contacts,
        records=records,
        lines=merge.compare(build, g.user, records),
        moving=merge.moving(build, g.user, records),
        mixed=len({r.kind for r in records}) > 1,
    )


def _chosen(build, args) -> list[Contact]:
    """The contacts of `?id=1&id=2`, of those that the user may see. Raises Problem for the others."""
    texts = [*args.getlist("id"), *(t for t in args.getlist("other") if t.strip())]
    context = build.context(g.user)
    ids = [build.resources["relationships"].kinds["target"].parse(t, context) for t in texts if t.strip()]
    if len(ids) != len(set(ids)):
        raise Problem(N_("A contact cannot be merged with itself. Choose another one."))
    rows = {r.id: r for r in build.resources["contacts"].query(g.user).where(Contact.id << ids)}
    return [rows[i] for i in ids if i in rows]


def _second_one(build, record):
    """Whom to merge with: a picker, and whoever looks alike."""
    build.resources["contacts"].load_parts([record])
    emails, phones = [p.value for p in record.emails], [p.value for p in record.phones]
    found = [f for f in similar(build, g.user, record.name, emails, phones, record.id) if f.visible]
    return shell.render("core/merge_with.html", resource=build.resources["contacts"], record=record, found=found)


def _merge(build, records, form):
    contacts = build.resources["contacts"]
    by_id = {str(r.id): r for r in records}
    survivor = by_id.get(form.get("survivor", ""))
    if survivor is None:
        raise Problem(N_("Choose the contact that stays."))
    for record in records:
        if form.get(f"version-{record.id}", record.version, type=int) != record.version:
            raise Conflict(record)
    contacts.load_parts(records)
    values = {}
    for name in set(contacts.fields) - contacts.locked(g.user):
        giver = by_id.get(form.get(f"field-{name}", ""))
        if giver is not None:
            values[name] = contacts.kinds[name].get(giver)
    batch = merge.merge(build, g.user, survivor, [r for r in records if r is not survivor], values)
    shell.flash(i18n.gettext("%(others)s merged into %(name)s.", **batch.params), undo=batch.id)
    return htmx.go(contacts.url("page", survivor))


__all__ = ["Entry", "blueprint", "contact_context", "url_for"]
