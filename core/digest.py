"""Notices by mail, each user's due ones in one mail; and the notices of next steps that come due."""

import datetime as dt

from flask import g

from . import i18n, journal, notices
from .db import db, records, utcnow
from .i18n import N_
from .jobs import job
from .notices import Notice, notify
from .outbox import send_mail
from .timeline import Entry, contact_url
from .users import User

#: How long before it is due a next step is told (a day's steps in its morning), and how long after, if nobody ran.
AHEAD, LATE = dt.timedelta(hours=9), dt.timedelta(days=1)
#: Notices that one mail lists.
MOST = 50


@job("core.steps", every=900)
def steps(build, row):
    """A notice for each next step that is due; for the same due time only once, however often this runs."""
    now, sent = utcnow(), 0
    due = Entry.select().where(
        Entry.next_at.between(now - LATE, now + AHEAD),
        Entry.next_done_at.is_null(),
        Entry.deleted_batch.is_null(),
        Entry.next_user.is_null(False),
    )
    entries = records(due.order_by(Entry.next_at).limit(5000))
    build.resources["entries"].load_links(entries, ("contact", "next_user"))
    for entry in entries:
        if entry.next_user is None or not entry.next_user.is_active:
            continue
        once = f"step-{entry.id}-{entry.next_at:%Y%m%d%H%M}"
        build.timeline.veil(entry.next_user, [entry])
        sent += notify(
            build,
            [entry.next_user],
            "step",
            N_("Due today: %(what)s · %(contact)s"),
            about=entry,
            url=contact_url(build, entry.contact, entry),
            once=once,
            what=entry.next_text or str(entry),
            contact=str(entry.contact),
        )
    return {"sent": sent}


@job("core.digest", every=60)
def digest(build, row):
    """A mail to everybody who has notices that are due by mail; what was read or lost from sight is left out."""
    now, sent = utcnow(), 0
    people = [id for (id,) in Notice.select(Notice.user_id).where(Notice.mail_at <= now).distinct().tuples()]
    for user in list(User.select().where(User.id << people)) if people else ():
        with journal.transaction():
            due = (Notice.user_id == user.id) & (Notice.mail_at <= now)
            rows = records(Notice.select().where(due).order_by(Notice.at.desc(), Notice.id.desc()))
            told = notices.visible(build, user, [row for row in rows if row.read_at is None])
            if told and user.is_active:
                _send(build, user, told)
                sent += 1
            Notice.update(mail_at=None).where(Notice.id << [row.id for row in rows]).execute()
    return {"sent": sent}


def _send(build, user, told: list[Notice]) -> None:
    """The mail of one user, in the user's language."""
    g.language = user.language or build.firm["language"] or "en"
    try:
        base = build.settings.base_url
        lines = []
        for row in told[:MOST]:
            lines += [
                f"• {row.title}",
                *([f"  {row.text}"] if row.text else []),
                *([f"  {base}{row.url}"] if base else []),
                "",
            ]
        if len(told) > MOST:
            lines += [i18n.ngettext("… and %(n)s more", "… and %(n)s more", len(told) - MOST), ""]
        why = i18n.gettext("You chose to get this by mail. Change it under My account → Notifications.")
        lines += ["-- ", f"{why} {base}/account/notices" if base else why]
        first = told[0].title
        more = len(told) - 1
        subject = f"{first} (+{more})" if more else first
        send_mail(build, [(user.name, user.email)], subject, "\n".join(lines))
    finally:
        del g.language


@job("core.notices.tidy", every=3600)
def tidy(build, row):
    """Notices go 90 days after they were read."""
    with db.atomic():
        Notice.delete().where(Notice.read_at < utcnow() - dt.timedelta(days=90)).execute()


JOBS = (steps, digest, tidy)
