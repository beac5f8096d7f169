"""The feed: a secret address, what stands in it, zones and whole days, and an answer of 304 when nothing changed."""

import datetime as dt

import icalendar

from core.users import User
from tests.calendar.conftest import at, today


def address(firm, who="bo"):
    page = firm.client(who).get("/calendar/feed").text
    return "/calendar" + page.partition('id="address" value="')[2].partition('"')[0].partition("/calendar")[2]


def read(firm, path):
    answer = firm.client(None).get(path)
    assert answer.status_code == 200 and answer.mimetype == "text/calendar"
    return answer, icalendar.Calendar.from_ical(answer.data)


def events(firm, who="bo"):
    return {str(e["summary"]): e for e in read(firm, address(firm, who))[1].walk("VEVENT")}


def test_it_is_read_without_signing_in_and_has_one_s_own_things(firm):
    contact = firm.contact("Lin", by="bo", owner="Bo")
    meeting = firm.meeting(
        title="Tasting; with “Lin”, 品酒", contact=contact, place="Cellar 2", description="Bring\nglasses"
    )
    firm.meeting("li", "Of Li")
    firm.meeting("li", "With Bo", guests="bo@example.com")
    firm.task(title="Call Lin", contact=contact)
    found = events(firm)
    assert set(found) == {"Tasting; with “Lin”, 品酒", "With Bo", "☐ 15:00 Call Lin"}
    event = found["Tasting; with “Lin”, 品酒"]
    start = dt.datetime.fromisoformat(at(0, "10:00") + "+08:00").astimezone(dt.UTC)
    assert event["dtstart"].dt == start and event["dtend"].dt - start == dt.timedelta(hours=1)
    assert event["dtstart"].to_ical().endswith(b"Z")
    assert (str(event["location"]), str(event["description"])) == ("Cellar 2", "Bring\nglasses")
    assert str(event["url"]).endswith(f"/calendar/meeting/{meeting.id}")
    assert str(event["uid"]) == firm.again(meeting).uid


def test_what_is_due_and_whole_days_are_dates(firm):
    firm.task(title="Call")
    firm.meeting(title="Fair", starts_at=at(2), ends_at=at(3), all_day="yes")
    found = events(firm)
    task, fair = found["☐ 15:00 Call"], found["Fair"]
    assert task["dtstart"].dt == today() and task["dtend"].dt == today() + dt.timedelta(days=1)
    assert str(task["transp"]) == "TRANSPARENT"
    assert fair["dtstart"].dt == today() + dt.timedelta(days=2) and fair["dtend"].dt == today() + dt.timedelta(days=4)


def test_a_changed_meeting_keeps_its_uid_and_raises_its_sequence(firm):
    meeting = firm.meeting(title="Tasting")
    before = events(firm)["Tasting"]
    firm.change(meeting, starts_at=at(1, "12:00"))
    moved = events(firm)["Tasting"]
    assert moved["uid"] == before["uid"] and (before["sequence"], moved["sequence"]) == (0, 1)
    assert moved["dtend"].dt - moved["dtstart"].dt == dt.timedelta(hours=1)  # it moved as a whole
    firm.client("bo").post(f"/calendar/meeting/{meeting.id}/act/cancel")
    off = events(firm)["Tasting"]
    assert str(off["status"]) == "CANCELLED" and off["sequence"] == 2


def test_uids_of_other_records_stay_when_they_change(firm):
    task = firm.task(title="Call")
    before = events(firm)["☐ 15:00 Call"]
    firm.change(task, title="Call back")
    after = events(firm)["☐ 15:00 Call back"]
    assert before["uid"] == after["uid"] and after["sequence"] == 1
    firm.change(task, status="done")
    assert "☑ 15:00 Call back" in events(firm)


def test_nothing_new_is_answered_by_304(firm):
    firm.meeting(title="Tasting")
    path = address(firm)
    first, _ = read(firm, path)
    assert first.headers["ETag"] and "no-store" not in first.headers["Cache-Control"]
    again = firm.client(None).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    firm.meeting(title="Another")
    changed = firm.client(None).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]


def test_a_new_address_makes_the_old_one_worthless(firm):
    old = address(firm)
    assert "is a new one" in firm.client("bo").post("/calendar/feed").text
    new = address(firm)
    assert old != new and firm.client(None).get(old).status_code == 404
    assert firm.client(None).get(new).status_code == 200
    assert firm.client(None).get(address(firm, "li")).status_code == 200  # others keep theirs


def test_a_guessed_a_changed_and_a_switched_off_one_s_address_open_nothing(firm):
    path = address(firm)
    for wrong in ("/calendar/feed/x.ics", path.replace(".ics", "x.ics"), path.replace("/feed/", "/feed/A")):
        assert firm.client(None).get(wrong).status_code == 404
    User.update(active=False).where(User.id == firm.cast.bo.id).execute()
    assert firm.client(None).get(path).status_code == 404


def test_it_loses_what_the_user_may_no_longer_see(firm):
    contact = firm.contact("Lin", by="ann", owner="Bo")
    firm.make("calendar_meeting", "ann", title="About Lin", starts_at=at(0), contact=contact, guests="bo@example.com")
    assert "About Lin" in events(firm)
    firm.client("ann").post("/calendar/meeting/1/edit", data={"title": "About Lin", "guests": "", "contact": ""})
    assert "About Lin" not in events(firm)


def test_it_is_in_the_language_of_its_owner(firm):
    with firm.acting("ann") as build:
        build.resources["users"].save(firm.person("ann"), firm.person("bo"), {"language": "zh"})
    firm.task(title="Call")
    event = events(firm)["☐ 15:00 Call"]
    assert "任务" in event["categories"].to_ical().decode()
