"""The screens that are not of a record: the overview, a contact's privacy page, erasure with its preview, the check."""

import datetime as dt
import hashlib

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, send_file

from core import (
    N_,
    SYSTEM,
    Contact,
    NotFound,
    Problem,
    Subject,
    User,
    fields,
    in_trash,
    later,
    normal_phone,
    resource_of,
)

from . import certificates, plugin, subject
from .jobs import erase, export, follow
from .models import Channel, Consent, Erasure, Export, Hold, Purpose, Rule, Run
from .resources import may_decide

_ = plugin.gettext

#: Whoever wrote something of a contact so long ago may be at work on it.
LATELY = dt.timedelta(minutes=15)


def blueprint() -> Blueprint:
    bp = Blueprint("privacy", __name__)
    for rule, view, methods in (
        ("/privacy/", overview, ["GET", "POST"]),
        ("/privacy/contacts/<int:id>", person, ["GET"]),
        ("/privacy/contacts/<int:id>/exports", exports, ["POST"]),
        ("/privacy/contacts/<int:id>/erasure", erasure, ["GET", "POST"]),
        ("/privacy/export/<int:id>/file", download, ["GET"]),
        ("/privacy/rule/<int:id>/runs", runs, ["POST"]),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=methods)
    return bp


def _demand() -> None:
    if not may_decide(g.user):
        resource_of(Erasure).demand(g.user, "view")
        abort(403)


def _contact(id: int) -> Contact:
    """A contact that the user may see and decide over; an administrator also one in the trash.

    Raises Forbidden, NotFound.
    """
    _demand()
    contacts = resource_of(Contact)
    trashed = Contact.id << in_trash(fields.utcnow() + dt.timedelta(days=1))
    contact = g.user.is_admin and Contact.get_or_none(Contact.id == id, trashed)
    contact = contact or contacts.find(g.user, id)
    contacts.load_parts([contact])
    return contact


def overview():
    """Where everything is, and whether somebody was erased: an address or a number is looked up by its hash."""
    _demand()
    found, asked = None, ""
    if request.method == "POST":
        asked = request.form.get("reach", "").strip()
        build = current_app.extensions["guanxi"]
        kind = "email" if "@" in asked else "phone"
        value = asked.casefold() if kind == "email" else normal_phone(asked, build.firm["region"])
        found = certificates.known_as([certificates.mark(build, kind, value)]) if asked else None
    counted = [
        (resource_of(model), resource_of(model).query(g.user).where(*where).count())
        for model, where in (
            (Consent, [Consent.current]),
            (Channel, [Channel.active]),
            (Purpose, [Purpose.active]),
            (Rule, []),
            (Run, []),
            (Erasure, [Erasure.state == "done"]),
            (Export, [Export.state == "ready"]),
            (Hold, []),
        )
        if resource_of(model).can(g.user, "view")
    ]
    return render_template("privacy/overview.html", counted=counted, found=found, asked=asked)


def person(id):
    """What can be done with one contact's data: history of consent, exports, holds, erasure."""
    contact = _contact(id)
    consents, holds, made = resource_of(Consent), resource_of(Hold), resource_of(Export)
    history = list(
        consents.query(g.user)
        .where(Consent.contact == id)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(50)
    )
    consents.load_links(history, ("channel", "purpose", "recorded_by"))
    exported = list(made.query(g.user).where(Export.contact == id).order_by(Export.id.desc()).limit(10))
    made.load_links(exported, ("by",))
    return render_template(
        "privacy/person.html",
        contact=contact,
        contacts=resource_of(Contact),
        consents=consents,
        history=history,
        holds=holds,
        hold=certificates.hold_of(contact),
        exports=exported,
        now=fields.utcnow(),
        waiting=certificates.being_erased(contact),
        erasures=resource_of(Erasure),
        made=made,
    )


def exports(id):
    """Let the worker put everything about a contact into one file."""
    contact = _contact(id)
    made = resource_of(Export)
    made.demand(g.user, "create")
    if certificates.being_erased(contact):
        raise Problem(
            N_("%(name)s is being erased: there is nothing to export any more."), plugin.name, name=str(contact)
        )
    if Export.select().where(Export.contact == id, Export.state == "waiting", Export.deleted_batch.is_null()).exists():
        raise Problem(N_("An export of %(name)s is being made already."), plugin.name, name=str(contact))
    record = made.save(
        SYSTEM,
        made.new(g.user),
        {"contact": id, "by": g.user.id},
        label=N_("%(who)s exported the data of %(name)s"),
        who=g.user.name,
        name=str(contact),
    )
    job = later(export, g.user, export=record.id)
    return redirect(f"/jobs/{job.id}", 303)


def download(id):
    """The zip, for those who may decide and see the contact."""
    _demand()
    record = resource_of(Export).find(g.user, id)
    path = subject.file_of(current_app.extensions["guanxi"].settings, record)
    if record.state != "ready" or not path.is_file():
        raise NotFound("privacy_export")
    return send_file(path, "application/zip", as_attachment=True, download_name=f"contact-{record.contact_id}.zip")


def erasure(id):
    """GET: exactly what goes and what stays. POST: do it, once its name was typed and nothing changed since."""
    contact = _contact(id)
    resource_of(Erasure).demand(g.user, "create")
    resource_of(Contact).demand(g.user, "delete")
    anonymous = request.values.get("mode") == "anonymise"
    errors, status = [], 200
    preview = Preview(contact, anonymous)
    if request.method == "POST":
        errors = preview.faults(request.form)
        if not errors:
            return _begin(contact, "anonymise" if anonymous else "erase", request.form.get("reason", ""))
        status = 422
    return render_template(
        "privacy/erasure.html",
        contact=contact,
        preview=preview,
        errors=errors,
        typed=request.form,
        reasons=Erasure.reason.options,
    ), status


def _begin(contact, mode, reason):
    if reason not in Erasure.reason.labels:
        reason = "request"
    record = certificates.begin(g.user, contact, mode, reason)
    job = later(erase, g.user, erasure=record.id)
    return redirect(f"/jobs/{job.id}", 303)


class Preview:
    """What an erasure would do to a contact now."""

    def __init__(self, contact, anonymous: bool):
        build = current_app.extensions["guanxi"]
        self.contact, self.anonymous = contact, anonymous
        whole = Subject(build, contact.id)
        parts = whole.parts(anonymous)
        self.goes = [part for part in parts if not part.stays]
        self.stays = [part for part in parts if part.stays]
        self.hold = certificates.hold_of(contact)
        others = whole.writers(fields.utcnow() - LATELY) - {g.user.id}
        #: Somebody who wrote something of this contact a moment ago.
        self.busy = User.get_or_none(User.id << list(others)) if others else None
        said = [(part.table, part.stays, part.ids) for part in parts]
        #: Of what was shown: somebody who adds a note meanwhile makes it another one.
        self.token = hashlib.sha256(repr((contact.version, said)).encode()).hexdigest()[:16]

    def faults(self, form) -> list[str]:
        """Why it is not done yet, in the reader's language."""
        found = []
        if " ".join(form.get("name", "").split()) != " ".join(self.contact.name.split()):
            found.append(_("Type the name exactly as it is: %(name)s", name=self.contact.name))
        if form.get("token") != self.token:
            found.append(_("Something was added or changed since you looked. Look at the list again, then confirm."))
        if self.busy and not form.get("sure"):
            found.append(_("%(who)s is working on this contact. Tick that you have agreed on it.", who=self.busy.name))
        return found


def runs(id):
    """Follow a rule now."""
    rules = resource_of(Rule)
    rule = rules.find(g.user, id, "edit")
    if not rule.active:
        raise Problem(N_("Look at the preview and switch the rule on first."), plugin.name)
    job = later(follow, g.user, rule=rule.id)
    return redirect(f"/jobs/{job.id}", 303)
