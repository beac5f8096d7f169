"""Invitations: what guests get by mail, what follows from changes, and the answers that come back."""

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import icalendar
import pytest

from core import Mail, fields, journal
from core.db import db
from core.notices import Notice
from core.outbox import finished
from core.undo import undo
from plugins.calendar.invitations import read_answers
from plugins.calendar.models import Guest
from plugins.mail.filing import Filing
from plugins.mail.models import Letter, Mailbox
from tests.calendar.conftest import Firm, at


def sent(firm):
    """`(to, method, event)` of each mail in the outbox, in order."""
    found = []
    for mail in Mail.select().order_by(Mail.id):
        message = message_from_bytes(finished(mail, {}), policy=default)
        part = next(p for p in message.walk() if p.get_content_type() == "text/calendar")
        calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        assert part.get_param("method") == str(calendar["method"])
        found.append((message["to"], str(calendar["method"]), calendar.walk("VEVENT")[0]))
    return found


def reply(meeting, email, said, sequence=0, sender="", when=None):
    """A mail as a calendar program sends it when somebody answers."""
    stamp = (when or dt.datetime.now(dt.UTC)).strftime("%Y%m%dT%H%M%SZ")
    content = (
        "BEGIN:VCALENDAR\r\nPRODID:-//Somebody//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{meeting.uid}\r\nDTSTAMP:{stamp}\r\nSEQUENCE:{sequence}\r\nORGANIZER:mailto:bo@example.com\r\n"
        f'ATTENDEE;PARTSTAT={said};CN="Ada":MAILTO:{email}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender or f"Ada <{email}>", "bo@example.com", "Re"
    message.set_content("Yes")
    message.add_alternative(content.encode(), maintype="text", subtype="calendar", params={"method": "REPLY"})
    return message_from_bytes(message.as_bytes(), policy=default)


def answer(firm, message, contact=None):
    with firm.acting("ann"):
        read_answers(message, contact)


def said(email="ada@shop.example"):
    return Guest.get(Guest.email == email).answer


def test_a_guest_is_sent_an_invitation_that_a_calendar_understands(firm):
    meeting = firm.meeting(title="品酒会", starts_at=at(3), place="Cellar", guests="Ada <ada@shop.example>\nLi")
    (to, method, event), (second, _, _) = sent(firm)
    meeting = firm.again(meeting)
    assert "ada@shop.example" in to and "li@example.com" in second and method == "REQUEST"
    assert str(event["uid"]) == meeting.uid and event["sequence"] == 0 and str(event["summary"]) == "品酒会"
    assert event["dtstart"].dt == meeting.starts_at and event["dtend"].dt == meeting.ends_at
    assert str(event["organizer"]).lower() == "mailto:bo@example.com"
    states = {str(a).lower(): str(a.params["PARTSTAT"]) for a in event["attendee"]}
    assert states == {"mailto:ada@shop.example": "NEEDS-ACTION", "mailto:li@example.com": "NEEDS-ACTION"}
    mail = Mail.select().order_by(Mail.id).first()
    assert "Invitation: 品酒会" in mail.subject and "Bo invites you" in mail.text and "Cellar" in mail.text
    notice = Notice.get(Notice.user_id == firm.cast.li.id)
    assert "invites you" in notice.title


def test_a_change_is_sent_with_a_higher_sequence_and_nothing_when_nothing_changed(firm):
    meeting = firm.meeting(starts_at=at(3), guests="ada@shop.example")
    firm.change(meeting, starts_at=at(4))
    firm.change(meeting, starts_at=at(4))
    firm.change(meeting, contact=firm.contact("Lin", by="bo", owner="Bo").id)
    assert [(m, e["sequence"]) for _, m, e in sent(firm)] == [("REQUEST", 0), ("REQUEST", 1)]
    assert Mail.select().order_by(Mail.id.desc()).first().subject.startswith("Changed:")


def test_cancelled_deleted_and_uninvited_are_told_to_those_who_knew(firm):
    meeting = firm.meeting(starts_at=at(3), guests="ada@shop.example\neve@shop.example")
    firm.change(meeting, guests="ada@shop.example")
    firm.client("bo").post(f"/calendar/meeting/{meeting.id}/act/cancel")
    firm.client("bo").post(f"/calendar/meeting/{meeting.id}/act/revive")
    firm.client("bo").post(f"/calendar/meeting/{meeting.id}/delete")
    found = [(to.partition("@")[0], m, str(e["status"]), e["sequence"]) for to, m, e in sent(firm)]
    assert found == [
        ("ada", "REQUEST", "CONFIRMED", 0),
        ("eve", "REQUEST", "CONFIRMED", 0),
        ("eve", "CANCEL", "CANCELLED", 1),
        ("ada", "REQUEST", "CONFIRMED", 1),
        ("ada", "CANCEL", "CANCELLED", 2),
        ("ada", "REQUEST", "CONFIRMED", 3),
        ("ada", "CANCEL", "CANCELLED", 3),
    ]


def test_an_undo_is_told_as_another_change(firm):
    meeting = firm.meeting(title="Visit", starts_at=at(3), guests="ada@shop.example")
    firm.change(meeting, title="Visit to the cellar")
    with firm.acting("bo") as build:
        undo(build, firm.person("bo"), journal.Batch.select().order_by(journal.Batch.id.desc()).first())
    assert [(str(e["summary"]), e["sequence"]) for _, _, e in sent(firm)] == [
        ("Visit", 0),
        ("Visit to the cellar", 1),
        ("Visit", 2),
    ]


def test_nobody_is_written_to_about_the_past_or_when_it_is_switched_off(firm):
    firm.meeting(starts_at=at(-3), guests="ada@shop.example")
    firm.meeting(starts_at=at(3), guests="ada@shop.example", tell="no")
    firm.meeting(starts_at=at(3), guests="bo@example.com")  # the organiser
    assert Mail.select().count() == 0


@pytest.mark.parametrize("word", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_an_answer_is_taken_note_of_shown_and_told_to_the_organiser(firm, word):
    meeting = firm.again(firm.meeting(title="Tasting", starts_at=at(3), guests="Ada <ada@shop.example>"))
    answer(firm, reply(meeting, "ada@shop.example", word))
    assert said() == word.lower()
    shown = {"ACCEPTED": "Accepted", "TENTATIVE": "Perhaps", "DECLINED": "Declined"}[word]
    assert shown in firm.client("bo").get(f"/calendar/meeting/{meeting.id}").text
    notices = [n.title for n in Notice.select().where(Notice.user_id == firm.cast.bo.id)]
    assert len(notices) == 1 and notices[0].startswith("Ada ") and "Tasting" in notices[0]
    answer(firm, reply(meeting, "ada@shop.example", word))  # fetched twice
    assert Notice.select().where(Notice.user_id == firm.cast.bo.id).count() == 1


def test_an_answer_to_an_older_version_or_from_before_does_not_count(firm):
    meeting = firm.meeting(starts_at=at(3), guests="ada@shop.example")
    now = dt.datetime.now(dt.UTC)
    answer(firm, reply(firm.again(meeting), "ada@shop.example", "ACCEPTED", when=now))
    answer(firm, reply(firm.again(meeting), "ada@shop.example", "DECLINED", when=now - dt.timedelta(hours=1)))
    assert said() == "accepted"
    firm.change(meeting, starts_at=at(5))
    assert said() == ""  # yes to another day is no yes to this one
    answer(firm, reply(firm.again(meeting), "ada@shop.example", "ACCEPTED", sequence=0))
    assert said() == ""
    answer(firm, reply(firm.again(meeting), "ada@shop.example", "ACCEPTED", sequence=1))
    assert said() == "accepted"


def test_nobody_answers_for_somebody_else(firm):
    meeting = firm.again(firm.meeting(starts_at=at(3), guests="ada@shop.example"))
    answer(firm, reply(meeting, "ada@shop.example", "ACCEPTED", sender="Mallory <mallory@evil.example>"))
    assert said() == ""
    ada = firm.contact("Ada", by="bo", owner="Bo", emails="ada@shop.example\nada@home.example")
    answer(firm, reply(meeting, "ada@shop.example", "ACCEPTED", sender="ada@home.example"), ada)
    assert said() == "accepted"  # the same person, from home


@pytest.mark.parametrize("strangers", [True, False])
def test_a_colleague_s_answer_and_one_of_nobody_we_know_count_when_they_are_fetched(tmp_path, strangers):
    with Firm(tmp_path / "firm", "calendar", "mail") as firm:
        meeting = firm.again(firm.meeting(starts_at=at(3), guests="Li\nada@shop.example"))
        with firm.acting("ann") as build:
            box = Mailbox.create(
                name="Bo", address="bo@example.com", host="x", user=firm.cast.bo.id, strangers=strangers
            )
            mails = [reply(meeting, "li@example.com", "ACCEPTED"), reply(meeting, "ada@shop.example", "DECLINED")]
            Filing(build, box).keep([(m.as_bytes(), fields.utcnow()) for m in mails], lambda: None)
        assert (said("li@example.com"), said("ada@shop.example")) == ("accepted", "declined")
        assert Letter.select().count() == 2 * strangers
        assert Notice.select().where(Notice.user_id == firm.cast.bo.id, Notice.kind == "meeting").count() == 2
        db.close()


def test_a_broken_or_hostile_calendar_does_no_harm(firm):
    meeting = firm.again(firm.meeting(starts_at=at(3), guests="ada@shop.example"))
    for content in (b"", b"\xff\xfe", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n", b"hello", b"BEGIN:VEVENT\r\n" * 50):
        message = EmailMessage()
        message["From"] = "ada@shop.example"
        message.set_content("x")
        message.add_alternative(content, maintype="text", subtype="calendar")
        answer(firm, message)
    for wrong in ("uid-of-nobody", "'; DROP TABLE calendar_guest; --"):
        meeting.uid = wrong
        answer(firm, reply(meeting, "ada@shop.example", "ACCEPTED"))
    assert said() == ""


def test_a_guest_who_is_erased_is_no_guest_any_more(firm):
    from core.erasure import erase

    ada = firm.contact("Ada Lovelace", by="bo", owner="Bo", emails="ada@shop.example")
    lin = firm.contact("Lin", by="bo", owner="Bo")
    meeting = firm.meeting(starts_at=at(3), contact=lin, guests="Ada <ada@shop.example>\nli@example.com")
    with firm.acting("ann") as build:
        erase(build, firm.person("ann"), ada.id)
    assert [g["email"] for g in firm.again(meeting).guests] == ["li@example.com"]
    assert [g.email for g in Guest.select()] == ["li@example.com"]
    assert "Ada" not in firm.client("bo").get(f"/contacts/{lin.id}").text
