"""The composer, a conversation, the list of unfiled mails, and one's own mail settings."""

from flask import Blueprint, current_app, g, render_template, request, url_for
from markupsafe import Markup

from core import (
    N_,
    Contact,
    Problem,
    User,
    attachments_of,
    flash,
    foreign,
    fragment,
    go,
    html,
    is_ours,
    is_partial,
    outbox,
    resource_of,
    transaction,
    with_toast,
)

from . import filing, placeholders, plugin
from .composer import Composer
from .models import Letter, Mailbox
from .sending import contacts_of, markdown, send

_ = plugin.gettext
#: Letters of a conversation that are shown.
MOST = 100
UNFILED_PAGE = 30


def blueprint() -> Blueprint:
    bp = Blueprint("mail", __name__, url_prefix="/mail")
    for rule, view, methods in (
        ("/compose", compose, ["GET", "POST"]),
        ("/fill", fill, ["POST"]),
        ("/preview", preview, ["POST"]),
        ("/template/preview", template_preview, ["POST"]),
        ("/unfiled", unfiled, ["GET"]),
        ("/settings", settings, ["GET", "POST"]),
        ("/letter/<int:id>/html", page, ["GET"]),
        ("/letter/<int:id>/state", state, ["GET"]),
        ("/letter/<int:id>/file", file, ["POST"]),
        ("/letter/<int:id>/aside", aside, ["POST"]),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=methods)
    bp.add_app_template_global(conversation, "mail_conversation")
    bp.add_app_template_global(files_of, "mail_files")
    bp.add_app_template_global(words, "mail_words")
    bp.add_app_template_global(placeholders.known, "mail_placeholders")
    bp.add_app_template_global(foreign.has_remote_images, "has_remote_images")
    return bp


def _build():
    return current_app.extensions["guanxi"]


def _letters():
    return resource_of(Letter)


def _read(id) -> Letter:
    """A letter as this reader may see it; it is not to be saved."""
    return _letters().veil(g.user, [_letters().find(g.user, id)])[0]


# Writing


def compose():
    """GET: the composer for a contact, or to answer or forward a letter. POST: queue the mail."""
    _letters().demand(g.user, "create")
    composer = Composer(_build(), g.user, request.values, begins=request.method == "GET")
    if request.method == "POST":
        try:
            draft = composer.draft(request.files.getlist("files"))
            letter = send(_build(), g.user, composer.contact, draft)
        except Problem as problem:
            if is_partial():
                return fragment("mail/compose.html", "errors", composer=composer, error=str(problem)), 422
            return render_template("mail/compose.html", composer=composer, error=str(problem)), 422
        said = _("The mail to %(name)s goes out.", name=str(composer.contact))
        if composer.hold:
            said = _("The mail to %(name)s goes out in %(n)s seconds.", name=str(composer.contact), n=composer.hold)
        if is_partial() and request.form.get("inline"):  # the page stays, with whatever else was begun on it
            return with_toast(Markup('<p class="gx-2 small m-0">{}</p>').format(said), said, undo=letter.batch.id)
        flash(said, undo=letter.batch.id)
        back = request.form.get("next")
        return go(back if is_ours(back) else resource_of(Contact).url("page", composer.contact))
    context = dict(composer=composer, error="")
    if is_partial():
        return fragment("mail/compose.html", "form", **context)
    return render_template("mail/compose.html", **context)


def fill():
    """The composer again, with the words of the chosen template in it."""
    _letters().demand(g.user, "create")
    context = dict(composer=Composer(_build(), g.user, request.form, begins=True), error="")
    if is_partial():
        return fragment("mail/compose.html", "words", **context)
    return render_template("mail/compose.html", **context)


def preview():
    """What the contact will read, while it is typed; placeholders filled, or what is wrong with them."""
    _letters().demand(g.user, "create")
    return render_template("mail/_preview.html", preview=Composer(_build(), g.user, request.form).preview())


def template_preview():
    """A template as the newest contact would read it, while it is typed."""
    contacts = resource_of(Contact)
    contact = contacts.query(g.user).order_by(Contact.id.desc()).first()
    if contact is None:
        return _("Add a contact first: the preview is made for it.")
    composer = Composer(_build(), g.user, request.form.to_dict() | {"contact": str(contact.id)})
    return render_template("mail/_preview.html", preview=composer.preview())


# Reading


def drawn(user, entries) -> dict[int, Markup]:
    """How letters stand on a timeline; one query. Those that this user may not read are left out."""
    letters = _letters()
    ids = [entry.record_id for entry in entries]
    columns = [f for f in Letter._meta.sorted_fields if f.name != "html"]
    found = {x.id: x for x in letters.veil(user, list(letters.query(user, *columns).where(Letter.id << ids)))}
    may_write = letters.can(user, "create")
    return {
        entry.id: Markup(render_template("mail/_entry.html", letter=letter, entry=entry, may_write=may_write))
        for entry in entries
        if (letter := found.get(entry.record_id)) is not None
    }


def words(letter: Letter, most: int = 500_000) -> Markup:
    """What a letter says, without the mail that it quotes: what we write is Markdown, what comes is plain text."""
    text = letter.reply[:most]
    return Markup(foreign.clean(markdown(text))) if letter.direction == "out" else html.paragraphs(text)


def conversation(letter: Letter) -> list[Letter]:
    """The letters of a conversation that the reader may see, oldest first; a mail to several contacts once."""
    if not letter.thread:
        return [letter]
    query = _letters().query(g.user).where(Letter.thread == letter.thread).order_by(Letter.at, Letter.id).limit(MOST)
    once = {x.message_id or x.id: x for x in _letters().veil(g.user, list(query))}
    once[letter.message_id or letter.id] = letter
    return sorted(once.values(), key=lambda x: (x.at or x.created_at, x.id))


def page(id):
    """The HTML of a letter, for its frame; remote images when `images` asks for them."""
    letter = _read(id)
    files = {file.name: file for file in files_of([letter])[letter.id]} if letter.inline else {}

    def inline(content_id: str) -> str:
        file = files.get(letter.inline.get(content_id, ""))
        return url_for("file.content", id=file.id) if file is not None else ""

    return foreign.framed(letter.html, images="images" in request.args, inline=inline)


def files_of(letters: list[Letter]) -> dict[int, list]:
    """The attachments of letters that the reader was found to see; one query."""
    return attachments_of(g.user, _letters(), letters)


def state(id):
    """The state of a letter that is on its way, asked again until it has arrived."""
    return render_template("mail/_state.html", letter=_read(id))


# Unfiled


def unfiled():
    """Mails of unknown senders, newest first, each with a guess whose it is."""
    letters = _letters()
    letters.demand(g.user, "view")
    query = letters.query(g.user).where(Letter.contact.is_null(), ~Letter.set_aside)
    if before := request.args.get("before", type=int):
        query = query.where(Letter.id < before)
    found = list(query.order_by(Letter.id.desc()).limit(UNFILED_PAGE + 1))
    shown = letters.veil(g.user, found[:UNFILED_PAGE])
    return render_template(
        "mail/unfiled.html", letters=shown, more=len(found) > UNFILED_PAGE, guesses=_guesses(shown), address=_address
    )


def _address(letter) -> tuple[str, str]:
    """Name and address of whom an unfiled letter is from, or to."""
    name, _sep, rest = letter.sender.rpartition(" <")
    mine = (name, rest.rstrip(">"))
    return mine if letter.direction == "in" else tuple((letter.to or [mine])[0])


def _guesses(letters) -> dict[int, list[Contact]]:
    """Letter → contacts who have the address by now."""
    known = contacts_of(_build(), g.user, [_address(x)[1] for x in letters])
    return {x.id: known.get(_address(x)[1].casefold(), []) for x in letters}


def _unfiled(id) -> Letter:
    letter = _letters().find(g.user, id, "edit")
    if letter.contact_id is not None:
        raise Problem(N_("Somebody filed it already."), "mail")
    return letter


def file(id):
    """File a letter under a contact."""
    letter = _unfiled(id)
    contacts = resource_of(Contact)
    context = _build().context(g.user)
    chosen = Letter.contact.parse(request.form.get("contact", ""), context)
    if chosen is None:
        raise Problem(N_("Choose the contact first."), "mail")
    contact = contacts.find(g.user, chosen)
    filing.file_under(_build(), g.user, letter, contact)
    flash(_("Filed under %(name)s.", name=str(contact)), undo=letter.batch.id)
    return go("/mail/unfiled")


def aside(id):
    """Take a letter off the list of unfiled ones; it is kept."""
    letter = _unfiled(id)
    said = N_("Set aside: %(subject)s")
    _letters().save(g.user, letter, {"set_aside": True}, label=said, subject=letter.subject or _("(no subject)"))
    flash(_("Set aside. The search still finds it."), undo=letter.batch.id)
    return go("/mail/unfiled")


# One's own settings


def settings():
    """Signature and mailboxes."""
    mailboxes = resource_of(Mailbox)
    if request.method == "POST":
        signature = request.form.get("signature", "").replace("\r\n", "\n").strip()[:5000]
        preferences = dict(g.user.preferences) | {"mail.signature": signature}
        with transaction():
            User.update(preferences=preferences).where(User.id == g.user.id).execute()
        flash(_("Signature saved."))
        return go("/mail/settings")
    return render_template(
        "mail/settings.html",
        signature=g.user.preferences.get("mail.signature", ""),
        mailboxes=mailboxes.veil(g.user, mailboxes.of(g.user)),
        resource=mailboxes,
        sender=outbox.sender(_build().settings),
    )
