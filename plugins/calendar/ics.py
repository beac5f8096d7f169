"""iCalendar (RFC 5545) and invitations (RFC 5546): what we write, and the answers that we read."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import icalendar

from core import fields

from .items import Item
from .models import Guest, Meeting

PRODUCT = "-//Guanxi//Calendar//EN"


def _calendar() -> icalendar.Calendar:
    found = icalendar.Calendar()
    found.add("prodid", PRODUCT)
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    return found


def feed(items: list[Item], name: str, base_url: str) -> bytes:
    """A calendar of these items. The same items give the same bytes."""
    found = _calendar()
    found.add("x-wr-calname", name)
    found.add("refresh-interval", dt.timedelta(minutes=30), parameters={"value": "DURATION"})
    place = hashlib.sha256(base_url.encode()).hexdigest()[:12]
    for item in items:
        found.add_component(_of_item(item, base_url, place))
    return found.to_ical()


def _of_item(item: Item, base_url: str, place: str) -> icalendar.Event:
    record, event = item.record, icalendar.Event()
    if isinstance(record, Meeting):
        _fill(event, record)
    else:
        event.add("uid", f"{item.kind.name}-{item.id}@{place}.guanxi")
        event.add("dtstamp", record.updated_at)
        event.add("last-modified", record.updated_at)
        event.add("sequence", record.version - 1)
        event.add("summary", _summary(item))
        if item.todo or item.all_day:
            event.add("dtstart", item.start.date())
            event.add("dtend", item.end.date() + dt.timedelta(days=1))
            event.add("transp", "TRANSPARENT")
        else:
            event.add("dtstart", item.start.astimezone(dt.UTC))
            event.add("dtend", item.end.astimezone(dt.UTC))
    if item.subtitle and "description" not in event:
        event.add("description", item.subtitle)
    event.add("url", base_url + item.url)
    event.add("categories", [item.kind.label])
    return event


def _summary(item: Item) -> str:
    """What is to be done stands at the top of its day, with its hour in words."""
    if not item.todo:
        return item.title
    return f"{'☑' if item.over else '☐'} {item.start:%H:%M} {item.title}"


def _fill(event: icalendar.Event, meeting: Meeting) -> None:
    event.add("uid", meeting.uid)
    event.add("dtstamp", meeting.updated_at)
    event.add("last-modified", meeting.updated_at)
    event.add("sequence", meeting.sequence)
    event.add("summary", meeting.title)
    event.add("status", "CONFIRMED" if meeting.is_on else "CANCELLED")
    if meeting.place:
        event.add("location", meeting.place)
    if meeting.description:
        event.add("description", meeting.description)
    if meeting.all_day:
        first, last = meeting.days
        event.add("dtstart", first)
        event.add("dtend", last + dt.timedelta(days=1))
    else:
        event.add("dtstart", meeting.starts_at.astimezone(dt.UTC))
        event.add("dtend", meeting.ends_at.astimezone(dt.UTC))


# Invitations


def invitation(meeting: Meeting, guests: list[Guest]) -> bytes:
    """What guests are sent when a meeting is planned or changed (METHOD:REQUEST)."""
    return _invitation(meeting, guests, "REQUEST")


def cancellation(meeting: Meeting, guest: Guest) -> bytes:
    """What a guest is sent who need not come (METHOD:CANCEL)."""
    return _invitation(meeting, [guest], "CANCEL")


def _invitation(meeting, guests, method: str) -> bytes:
    found, event = _calendar(), icalendar.Event()
    found.add("method", method)
    _fill(event, meeting)
    if method == "CANCEL":
        event["status"] = icalendar.vText("CANCELLED")
    if meeting.owner_id:
        organiser = icalendar.vCalAddress(f"mailto:{meeting.owner.email}")
        organiser.params["CN"] = icalendar.vText(meeting.owner.name)
        event.add("organizer", organiser)
    for guest in guests:
        attendee = icalendar.vCalAddress(f"mailto:{guest.email}")
        attendee.params["CN"] = icalendar.vText(guest.name or guest.email)
        attendee.params["ROLE"] = icalendar.vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = icalendar.vText(guest.answer.upper() or "NEEDS-ACTION")
        attendee.params["RSVP"] = icalendar.vText("TRUE")
        event.add("attendee", attendee)
    found.add_component(event)
    return found.to_ical()


class Answer(NamedTuple):
    """What a guest answered: accepted, tentative or declined, to which version of which meeting, and when."""

    uid: str
    email: str
    said: str
    sequence: int
    at: dt.datetime


def answers(content: bytes) -> list[Answer]:
    """The answers in a calendar that came by mail; none when it is something else, or broken."""
    try:
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
        return [
            answer
            for calendar in calendars
            if str(calendar.get("method", "")).upper() == "REPLY"
            for event in calendar.walk("VEVENT")
            for answer in _answers(event)
        ]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):  # whatever a stranger sent
        return []


def _answers(event) -> Iterator[Answer]:
    attendees = event.get("attendee", [])
    stamp = event["dtstamp"].dt if "dtstamp" in event else fields.utcnow()
    at = stamp if isinstance(stamp, dt.datetime) and stamp.tzinfo else fields.utcnow()
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        said = str(attendee.params.get("PARTSTAT", "")).lower()
        if said in ("accepted", "tentative", "declined"):
            email = str(attendee).partition(":")[2].strip().casefold()
            yield Answer(str(event.get("uid", "")), email, said, int(event.get("sequence", 0)), at.astimezone(dt.UTC))
