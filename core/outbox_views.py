"""The admin's page of the outbox: what waits, what failed and why, and sending it again."""

from flask import Blueprint, Response, abort, current_app, g, request, url_for

from . import htmx, i18n, journal, mime, outbox, shell
from .errors import Forbidden
from .foreign import framed
from .i18n import N_
from .outbox import CANCELLED, FAILED, QUEUED, SENDING, SENT, STATE_HUES, STATE_WORDS, Mail
from .smtp import MailURL
from .users import User

PAGE = 50
#: Tab → the states that it shows.
TABS = {
    "": (N_("All"), outbox.STATES),
    "waiting": (N_("Waiting"), (QUEUED, SENDING)),
    "failed": (N_("Failed"), (FAILED,)),
    "sent": (N_("Sent"), (SENT,)),
    "cancelled": (N_("Cancelled"), (CANCELLED,)),
}


def blueprint() -> Blueprint:
    bp = Blueprint("outbox", __name__, url_prefix="/admin/outbox")
    for rule, view, methods in (
        ("/", mails, ["GET"]),
        ("/resend", resend_all, ["POST"]),
        ("/<int:id>", mail, ["GET"]),
        ("/<int:id>/html", html, ["GET"]),
        ("/<int:id>.eml", source, ["GET"]),
        ("/<int:id>/resend", resend, ["POST"]),
        ("/<int:id>/cancel", cancel, ["POST"]),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=methods)
    bp.before_request(_only_admins)
    return bp


def _only_admins():
    if not g.user.is_admin:
        raise Forbidden("admin")


def _settings():
    return current_app.extensions["guanxi"].settings


def mails():
    """Newest first, by state; keyset pages."""
    tab = request.args.get("state", "")
    query = Mail.select().where(Mail.state << TABS.get(tab, TABS[""])[1]).order_by(Mail.id.desc())
    if before := request.args.get("before", type=int):
        query = query.where(Mail.id < before)
    found = list(query.limit(PAGE + 1))
    trouble = Mail.select(Mail.answer).where(Mail.state == QUEUED, Mail.attempts == 0, Mail.answer != "").limit(1)
    url = _settings().mail_url
    return shell.render(
        "core/outbox.html",
        mails=found[:PAGE],
        more=len(found) > PAGE,
        tab=tab,
        tabs=TABS,
        trouble=i18n.gettext(trouble.scalar() or ""),
        server=MailURL.parse(url).host if url else "",
        folder=_settings().data / "outbox",
        **_words(),
    )


def _words() -> dict:
    return {"words": STATE_WORDS, "hues": STATE_HUES, "shown": mime.shown}


def _mail(id) -> Mail:
    return Mail.get_or_none(Mail.id == id) or abort(404)


def _may_read(found: Mail) -> bool:
    """Mails of colleagues are theirs alone; without an SMTP server this page is the way to see what was sent."""
    return not _settings().mail_url or found.user_id in (None, g.user.id)


def mail(id):
    found = _mail(id)
    sender = User.get_or_none(User.id == found.user_id)
    return shell.render("core/outbox_mail.html", mail=found, person=sender, readable=_may_read(found), **_words())


def html(id):
    """The HTML of a mail, for its frame."""
    found = _mail(id)
    if not _may_read(found):
        abort(403)
    return framed(found.html, images="images" in request.args)


def source(id):
    """The message as it goes over the wire, for a mail program."""
    found = _mail(id)
    if not _may_read(found):
        abort(403)
    answer = Response(outbox.finished(found), mimetype="message/rfc822")
    answer.headers["Content-Disposition"] = f"attachment; filename=mail-{id}.eml"
    return answer


def resend(id):
    found = _mail(id)
    return _done(outbox.resend([found]), N_("Resent the mail “%(subject)s”"), found, i18n.gettext("Queued again."))


def cancel(id):
    found = _mail(id)
    done = len(outbox.cancel([found]))
    return _done(done, N_("Cancelled the mail “%(subject)s”"), found, i18n.gettext("Cancelled. It will not be sent."))


def _done(count: int, label: str, found: Mail, said: str):
    if count:
        journal.open_batch(g.user, "mail", label, subject=found.subject)
        shell.flash(said)
    else:
        shell.flash(i18n.gettext("Too late: its state is “%(s)s”.", s=i18n.gettext(STATE_WORDS[found.state])), "danger")
    return htmx.go(url_for("outbox.mail", id=found.id))


def resend_all():
    """Queue every failed mail again."""
    count = outbox.resend(list(Mail.select().where(Mail.state == FAILED)))
    journal.open_batch(g.user, "mail", N_("Resent %(n)s failed mails"), n=count)
    shell.flash(i18n.gettext("%(n)s mails are queued again.", n=count))
    return htmx.go(url_for("outbox.mails"))
