"""Invitations by mail: what guests are sent when a meeting is planned, changed or called off, and what they answer."""

from email.utils import parseaddr

from flask import current_app

from core import N_, User, fields, html, notify, send_mail, transaction

from . import ics, plugin
from .models import Guest, Meeting

_ = plugin.gettext

#: What an answer is called in a notice.
SAID = {
    "accepted": N_("%(who)s accepted: %(title)s"),
    "tentative": N_("%(who)s may come: %(title)s"),
    "declined": N_("%(who)s declined: %(title)s"),
}
SUBJECTS = {
    "new": N_("Invitation: %(title)s, %(when)s"),
    "changed": N_("Changed: %(title)s, %(when)s"),
    "off": N_("Cancelled: %(title)s, %(when)s"),
}


def tell(build, user, meetings: list[Meeting]) -> None:
    """Write to the guests who do not know the present version of these meetings, in the transaction of the write."""
    for meeting in meetings:
        if not _worth_telling(meeting):
            continue
        guests = list(Guest.select().where(Guest.meeting == meeting.id).order_by(Guest.id))
        behind = [g for g in guests if g.told_sequence < meeting.sequence and g.user_id != meeting.owner_id]
        if not meeting.is_on:
            call_off(build, user, meeting, [g for g in behind if g.told_sequence >= 0])
        else:
            for guest in behind:
                kind = "changed" if guest.told_sequence >= 0 else "new"
                _send(build, user, meeting, guest, kind, ics.invitation(meeting, guests))
            _notice(build, user, meeting, [g for g in behind if g.told_sequence < 0])
        ids = [g.id for g in behind]
        Guest.update(told_sequence=meeting.sequence).where(Guest.id << ids).execute()


def call_off(build, user, meeting: Meeting, guests: list[Guest]) -> None:
    """Tell guests who were invited that they are not any more, or that there is nothing to come to."""
    if _worth_telling(meeting):
        for guest in guests:
            _send(build, user, meeting, guest, "off", ics.cancellation(meeting, guest))


def _worth_telling(meeting: Meeting) -> bool:
    return meeting.tell and meeting.ends_at > fields.utcnow()


def _send(build, user, meeting, guest, kind: str, content: bytes) -> None:
    organiser = meeting.owner if meeting.owner_id else user
    method = "CANCEL" if kind == "off" else "REQUEST"
    send_mail(
        build,
        [(guest.name, guest.email)],
        _(SUBJECTS[kind], title=meeting.title, when=when(meeting)),
        _text(meeting, organiser, kind),
        user=user,
        sender=(organiser.name, organiser.email),
        files=[("invite.ics", f"text/calendar; method={method}", content)],
    )


def when(meeting: Meeting) -> str:
    """Day and hours in words, in the writer's zone, which is named."""
    if meeting.all_day:
        first, last = meeting.days
        return html.short_date(first) + (f" – {html.short_date(last)}" if last > first else "")
    start, end = html.local(meeting.starts_at), html.local(meeting.ends_at)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{html.short_date(end.date())} {end:%H:%M}"
    return f"{html.short_date(start.date())} {start:%H:%M} – {until} ({start.tzinfo})"


def _text(meeting, organiser, kind: str) -> str:
    """For those whose program does not know what to do with the calendar beside it."""
    if kind == "off":
        first = _("%(who)s has called this meeting off.", who=organiser.name)
    elif kind == "changed":
        first = _("%(who)s has changed this meeting.", who=organiser.name)
    else:
        first = _("%(who)s invites you to a meeting.", who=organiser.name)
    lines = [first, "", meeting.title, when(meeting), meeting.place, "", meeting.description]
    return "\n".join(lines).strip() + "\n"


def _notice(build, user, meeting, guests) -> None:
    colleagues = User.select().where(User.id << [g.user_id for g in guests if g.user_id], User.active)
    notify(
        build,
        list(colleagues),
        "meeting",
        N_("%(who)s invites you: %(title)s"),
        but=user,
        plugin="calendar",
        url=build.by_model[Meeting].url("page", meeting),
        text=when(meeting),
        who=user.name,
        title=meeting.title,
    )


# Answers


def read_answers(message, contact) -> None:
    """Take note of the answers in a mail that was fetched: who accepted, declined, or may come.

    Only the guest answers for the guest: the mail must come from that address, or from the contact who has it.
    """
    parts = [p for p in message.walk() if not p.is_multipart() and p.get_content_type() == "text/calendar"]
    found = [answer for part in parts for answer in ics.answers(part.get_payload(decode=True) or b"")]
    if not found:
        return
    sender = parseaddr(str(message.get("from", "")))[1].casefold()
    theirs = {point.value.casefold() for point in contact.emails} if contact is not None else set()
    senders = theirs if sender in theirs else {sender}
    for answer in found:
        if answer.email in senders:
            _take(answer)


def _take(answer: ics.Answer) -> None:
    """Write an answer down, unless it is to an older version of the meeting, or older than the one we have."""
    build = current_app.extensions["guanxi"]
    query = Guest.select(Guest, Meeting).join(Meeting)
    guest = query.where(Meeting.uid == answer.uid, Guest.email == answer.email).first()
    if guest is None or guest.meeting.deleted_batch is not None or answer.sequence < guest.meeting.sequence:
        return
    if (guest.answered_at is not None and answer.at < guest.answered_at) or guest.answer == answer.said:
        return
    meeting = guest.meeting
    with transaction():
        said = {"answer": answer.said, "answered_at": answer.at, "answered_sequence": answer.sequence}
        Guest.update(said).where(Guest.id == guest.id).execute()
        if meeting.owner_id:
            notify(
                build,
                [meeting.owner],
                "meeting",
                SAID[answer.said],
                plugin="calendar",
                url=build.by_model[Meeting].url("page", meeting),
                once=f"answer-{guest.id}-{answer.said}-{answer.at:%Y%m%d%H%M%S}",
                who=guest.name or guest.email,
                title=meeting.title,
            )
