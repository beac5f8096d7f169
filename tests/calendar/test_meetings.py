"""Meetings: their form, guests, timeline, journal and API; and what is said about what cannot be."""

import datetime as dt

import pytest

from core import journal
from core.api import tokens
from core.errors import Invalid
from core.undo import undo
from plugins.calendar.models import Guest, Meeting
from tests.calendar.conftest import ZONE, at


def test_it_stands_above_the_timeline_while_it_is_to_come_and_in_it_afterwards(firm):
    contact = firm.contact("Lin", by="bo", owner="Bo")
    meeting = firm.meeting(title="Tasting", contact=contact, starts_at=at(3), place="Cellar")
    page = firm.client("bo").get(f"/contacts/{contact.id}").text
    assert "Tasting" in page and f"/calendar/meeting/{meeting.id}" in page
    assert f"/calendar/meeting/new?contact={contact.id}" in page.replace("&amp;", "&")


def test_guests_are_addresses_or_names_that_we_know(firm):
    firm.contact("王芳", by="bo", owner="Bo", emails="fang@example.com")
    meeting = firm.meeting(guests="王芳\nLi\nAda Lovelace <ada@shop.example>\nplain@shop.example\nADA@shop.example")
    assert firm.again(meeting).guests == [
        {"name": "王芳", "email": "fang@example.com"},
        {"name": "Li", "email": "li@example.com"},
        {"name": "Ada Lovelace", "email": "ada@shop.example"},
        {"name": "", "email": "plain@shop.example"},
    ]
    rows = {g.email: g.user_id for g in Guest.select()}
    assert rows["li@example.com"] == firm.cast.li.id and rows["fang@example.com"] is None
    page = firm.client("bo").get(f"/calendar/meeting/{meeting.id}").text
    assert "No answer yet" in page and "Ada Lovelace" in page
    form = firm.client("bo").get(f"/calendar/meeting/{meeting.id}/edit").text
    assert "王芳 &lt;fang@example.com&gt;" in form


def test_a_guest_who_cannot_be_reached_is_said_and_what_was_typed_is_kept(firm):
    secret = firm.contact("Lin", by="li", owner="Li", emails="lin@example.com")
    for guest in ("Nobody", "Lin", "a@b"):  # Lin is another's: as if not there
        answer = firm.client("bo").post(
            "/calendar/meeting/new", data={"title": "Visit", "starts_at": at(0), "guests": f"li@example.com\n{guest}"}
        )
        assert answer.status_code == 422 and guest in answer.text and "Visit" in answer.text
        assert "lin@example.com" not in answer.text
    assert Meeting.select().count() == 0 and secret


def test_guests_that_go_and_come_keep_the_others_answers(firm):
    meeting = firm.meeting(guests="li@example.com\nada@shop.example")
    Guest.update(answer="accepted").where(Guest.email == "ada@shop.example").execute()
    firm.change(meeting, guests="ada@shop.example\neve@shop.example")
    assert {g.email: g.answer for g in Guest.select()} == {"ada@shop.example": "accepted", "eve@shop.example": ""}
    with firm.acting("bo") as build:
        undo(build, firm.person("bo"), journal.Batch.select().order_by(journal.Batch.id.desc()).first())
    assert {g.email for g in Guest.select()} == {"ada@shop.example", "li@example.com"}


@pytest.mark.parametrize(
    "values, field, said",
    [
        ({"starts_at": at(0, "10:00"), "ends_at": at(0, "09:00")}, "ends_at", "before the beginning"),
        ({"starts_at": at(0), "ends_at": at(40)}, "ends_at", "at most 31 days"),
        ({"starts_at": ""}, "starts_at", "must be filled in"),
    ],
)
def test_times_that_cannot_be(firm, values, field, said):
    with firm.acting("bo"), pytest.raises(Invalid) as raised:
        firm.meeting(**{"title": "x", "starts_at": at(0)} | values) if values["starts_at"] else firm.make(
            "calendar_meeting", "bo", title="x"
        )
    with firm.acting("bo"):
        assert said in str(raised.value.errors[field])


def test_moved_it_keeps_its_length_and_all_day_has_no_hours(firm):
    meeting = firm.meeting(starts_at=at(0, "10:00"), ends_at=at(0, "12:30"))
    firm.change(meeting, starts_at=at(1, "15:00"))
    meeting = firm.again(meeting)
    assert meeting.ends_at - meeting.starts_at == dt.timedelta(hours=2, minutes=30)
    firm.change(meeting, all_day=True)
    meeting = firm.again(meeting)
    local = [instant.astimezone(ZONE) for instant in (meeting.starts_at, meeting.ends_at)]
    assert [f"{i:%H:%M}" for i in local] == ["00:00", "23:59"] and local[0].date() == local[1].date()


def test_an_undo_takes_a_new_meeting_away_and_a_move_back(firm):
    meeting = firm.meeting(starts_at=at(0, "10:00"))
    started = firm.again(meeting).starts_at
    firm.change(meeting, starts_at=at(2, "10:00"))
    with firm.acting("bo") as build:
        undo(build, firm.person("bo"), journal.Batch.select().order_by(journal.Batch.id.desc()).first())
    assert firm.again(meeting).starts_at == started


def test_a_merge_of_contacts_takes_its_meetings_along(firm):
    one, two = (firm.contact(name, by="ann", owner="Bo") for name in ("Lin", "Lin Wei"))
    meeting = firm.meeting("ann", contact=two)
    with firm.acting("ann") as build:
        from core import merge_contacts

        contacts = build.resources["contacts"]
        records = [firm.again(one), firm.again(two)]
        contacts.load_parts(records)
        merge_contacts(build, firm.person("ann"), records[0], [records[1]])
    assert firm.again(meeting).contact_id == one.id


def test_by_api_it_is_made_moved_and_cancelled(firm):
    with firm.app.app_context():
        _, token = tokens.add(firm.build, firm.cast.bo, "test", ["*"])
    client, sent = firm.app.test_client(), {"Authorization": f"Bearer {token}"}
    values = {
        "title": "Visit",
        "starts_at": "2027-03-01T10:00:00+08:00",
        "guests": [{"name": "", "email": "li@example.com"}],
    }
    made = client.post("/api/v1/calendar_meeting", json=values, headers=sent)
    assert made.status_code == 201 and made.json["ends_at"] == "2027-03-01T03:00:00+00:00"
    one = f"/api/v1/calendar_meeting/{made.json['id']}"
    moved = client.patch(one, json={"starts_at": "2027-03-02T10:00:00+08:00"}, headers=sent)
    assert moved.json["ends_at"] == "2027-03-02T03:00:00+00:00"
    assert client.post(f"{one}/actions/cancel", headers=sent).json["data"]["state"] == "cancelled"
    for guests in ("x", [1], [{"email": "a"}], [{"email": "a@b.example"}], {"a": 1}, None):
        wrong = client.patch(one, json={"guests": guests}, headers=sent)
        assert wrong.status_code == 422 and "guests" in wrong.json["error"]["fields"], guests
