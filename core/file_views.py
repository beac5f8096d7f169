"""Files in the browser: the panel and the page of a record's files, adding them, and the page of one file."""

import datetime as dt

from flask import Blueprint, abort, current_app, g, jsonify, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from . import file_sending, files, filetypes, htmx, i18n, intake, shell
from .contacts import Contact
from .db import records, utcnow
from .files import Attachment
from .i18n import N_, Problem
from .journal import Batch
from .pages import Panel
from .settings import MB

#: Files in the panel, and on a page.
FEW, PAGE = 5, 50
#: Files that one request may bring.
MOST = 20
#: How long what is uploaded one by one joins what was begun, so that one Undo takes it all back.
TOGETHER = dt.timedelta(hours=1)


def blueprint() -> Blueprint:
    bp = Blueprint("file", __name__, url_prefix="/files/<int:id>")
    bp.add_url_rule("/content", "content", content)
    bp.add_url_rule("/thumbnail", "thumbnail", thumbnail)
    bp.add_url_rule("/revisions", "revise", revise, methods=["POST"])
    bp.add_url_rule("/revisions/<int:number>/restore", "restore", restore, methods=["POST"])
    return bp


def init_app(app, build) -> None:
    """Let requests that bring files be larger than others; before anything reads their form."""

    @app.url_value_preprocessor
    def room(endpoint, values):
        name = (endpoint or "").partition(".")[2]
        if request.method == "POST" and (name == "files" or endpoint == "file.revise"):
            request.max_content_length = MOST * intake.limit_of(build) + MB

    app.jinja_env.globals.update(file_look=look_of, file_form=form_of, has_thumbnail=file_sending.drawn)


def _build():
    return current_app.extensions["guanxi"]


def _files() -> files.Attachments:
    return _build().resources["files"]


def look_of(file: Attachment) -> tuple[str, str]:
    """The icon and the hue of a file's kind."""
    _, icon, hue = filetypes.KINDS.get(file.kind, filetypes.KINDS["other"])
    return icon, hue


# Of a record


def panel(resource, record, user) -> list[Panel]:
    """The newest files of a record (of a contact: of all that links to it) and a place to drop more; one query."""
    if not resource.attachments:
        return []
    found = records(_of(resource, record, user).limit(FEW + 1))
    may_add = resource.can(user, "edit")
    if not found and not may_add:
        return []
    more, shown = len(found) > FEW, found[:FEW]
    body = Markup()
    if found:
        context = dict(resource=resource, record=record, files=shown, more=more)
        body += Markup(htmx.fragment("core/_files.html", "panel", **context))
    if may_add:
        body += form_of(resource, record, "#panel-files")
    title = N_("Documents") if resource.model is Contact else N_("Files")
    count = f"{FEW}+" if more else len(found)
    return [Panel(title, body, "paperclip", "cyan", count, order=40, id="panel-files")]


def form_of(resource, record, target: str) -> Markup:
    """Where files are added to a record; `target` is the element that shows the new list."""
    build = resource.build
    mb = build.firm["file_mb"]

    def draw():
        return shell.render_part("core/_file_form.html", target=target, mb=mb)

    url = resource.url("files", record)
    back = url if target == "#files" else resource.url("page", record)
    return shell.filled(shell.once(build, draw, "file form", target, mb), url=url, next=back, token=generate_csrf())


def _of(resource, record, user):
    found = _files()
    return found.about(user, record) if resource.model is Contact else found.of(user, resource, [record.id])


def on_record(resource, id):
    """GET: all files of a record, newest first, by pages. POST: add some."""
    record = resource.find(g.user, id)
    if not resource.attachments:
        abort(404)
    if request.method == "POST":
        return _upload(resource, record)
    if htmx.is_partial() and request.args.get("part") == "panel-files":
        found = panel(resource, record, g.user)
        return _said(current_app.jinja_env.globals["panel_of"](found[0]) if found else "")
    return _page(resource, record)


def _page(resource, record, refused=(), status=200):
    query = _of(resource, record, g.user)
    before = request.args.get("before", "")
    if before.isdecimal():
        query = query.where(Attachment.id < int(before[:18]))
    found = records(query.limit(PAGE + 1))
    more, found = len(found) > PAGE, found[:PAGE]
    all_files = _files()
    all_files.load_holders(found)
    all_files.load_links(found, ["author"])
    context = dict(
        resource=resource,
        record=record,
        files=found,
        before=before,
        older=found[-1].id if more else None,
        may_add=resource.can(g.user, "edit"),
        refused=refused,
    )
    if htmx.is_partial() and request.args.get("part") == "files":
        return _said(htmx.fragment("core/files.html", "listed", **context))
    return shell.render("core/files.html", **context), status


def _said(body):
    """A fragment, and a toast with Undo when files were just added."""
    batch = _batch(request.args.get("batch"))
    if batch is None:
        return body
    said = i18n.ngettext("One file added.", "%(n)s files added.", batch.count)
    return htmx.with_toast(body, said, undo=batch.id)


def _upload(resource, record):
    """Add what was sent: each file for itself, so that one that is refused does not cost the others."""
    sent = [one for one in request.files.getlist("file") if one.filename]
    if not sent:
        raise Problem(N_("Choose a file first."))
    batch, refused = _batch(request.form.get("batch")), []
    category = request.form.get("category", "")
    category = category if category in dict(Attachment.category.labels) else ""
    for one in sent[:MOST]:
        try:
            file = files.attach(g.user, resource, record, one.filename, one.stream, category=category, batch=batch)
            batch = file.__dict__["batch"] or batch
        except Problem as problem:
            refused.append(str(problem))
    for one in sent[MOST:]:
        text = N_("“%(name)s” was not added: at most %(n)s files at once.")
        refused.append(str(Problem(text, name=one.filename, n=MOST)))
    undo = batch.id if batch is not None else None
    if request.accept_mimetypes.best == "application/json":
        return jsonify({"batch": undo, "refused": refused}), 422 if refused else 200
    added = len(sent) - len(refused)
    if added:
        shell.flash(i18n.ngettext("One file added.", "%(n)s files added.", added), undo=undo)
    if refused:
        return _page(resource, record, refused, 422)
    wanted = request.form.get("next")
    return htmx.go(wanted if htmx.is_ours(wanted) else resource.url("files", record))


def _batch(text) -> Batch | None:
    """The batch that this user's upload began, to be continued; None for any other."""
    if not text or not text.isdecimal() or len(text) > 9:
        return None
    since = utcnow() - TOGETHER
    return Batch.get_or_none(
        Batch.id == int(text),
        Batch.user_id == g.user.id,
        Batch.resource == "files",
        Batch.undone_by.is_null(),
        Batch.at > since,
    )


# Of one file


def page_context(build, user, file) -> dict:
    """What a file's page shows beyond any record's."""
    found = build.resources["files"]
    revisions = found.revisions(file)
    people = {u.id: u for u in files.User.select().where(files.User.id << {r.author_id for r in revisions})}
    found.load_holders([file])
    holder = build.resources.get(file.resource)
    if holder is None:  # its module is off, or the role hides what a file belongs to
        file.holder = None
    return dict(
        revisions=revisions,
        people=people,
        holder=holder,
        may_edit=holder is not None and holder.can(user, "edit"),
        previewed=file_sending.previewed(file),
        claimed=filetypes.extension(file.name),
    )


def content(id):
    """The bytes of a file: `?revision=` an older version, `?download=1` never in the browser's own window."""
    file = _files().find(g.user, id)
    revision = _files().revision(file, request.args.get("revision", type=int))
    return file_sending.send(file, revision, "download" in request.args)


def thumbnail(id):
    """A small picture of an image."""
    file = _files().find(g.user, id)
    return file_sending.thumbnail(_files().revision(file))


def revise(id):
    """A new version, whatever the uploaded file is called; its type must be the same."""
    file = _files().find(g.user, id, "edit")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Problem(N_("Choose a file first."))
    ending = filetypes.extension(file.name)
    if filetypes.extension(sent.filename) != ending:
        text = N_("The new version must be a .%(ending)s file, too. Add another kind of file as a file of its own.")
        raise Problem(text, ending=ending)
    holder = _build().resources[file.resource]
    record = holder.find(g.user, file.record_id, "edit")
    kept = intake.keep(_build(), file.name, sent.stream)
    batch = _files().add(g.user, holder, record, kept, file=file).__dict__["batch"]
    said = i18n.gettext("New version of %(file)s.", file=file.name) if batch else i18n.gettext("It is the same file.")
    shell.flash(said, undo=batch.id if batch else None)
    return htmx.go(_files().url("page", file))


def restore(id, number):
    """Make an older version the present one."""
    file = _files().find(g.user, id, "edit")
    batch = _files().bring_back(g.user, file, number)
    shell.flash(i18n.gettext("Version %(n)s is back, as the newest one.", n=number), undo=batch.id)
    return htmx.go(_files().url("page", file))


__all__ = ["blueprint", "init_app", "on_record", "page_context", "panel"]
