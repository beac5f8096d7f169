"""Meetings on screens, in the API and on timelines."""

import zoneinfo

from core import N_, Contact, Problem, Resource, User, action, resource_of

from . import plugin
from .models import LONGEST, USUAL, Guest, Meeting, invited, new_uid, whole_days

#: What guests must hear of when it changes.
TOLD = ("title", "starts_at", "ends_at", "all_day", "place", "description", "state", "guests")


class Meetings(Resource):
    """Meetings.

    Who sees one: by the role's scope whoever organises it; beyond that who is invited, and whoever may see its contact.
    """

    model, icon, hue = Meeting, "users", "purple"
    label, plural = N_("Meeting"), N_("Meetings")
    owner, timeline, timeline_at = "owner", "contact", "starts_at"
    calendar_end = "ends_at"
    columns = ("title", "contact", "starts_at", "ends_at", "place", "owner", "state")
    fields = (
        "title",
        "contact",
        "starts_at",
        "ends_at",
        "all_day",
        "place",
        "guests",
        "owner",
        "description",
        "state",
    )
    filters = ("starts_at", "owner", "contact", "state")
    search = ("place", "description")
    order = "-starts_at"
    presets = (
        (N_("Mine"), "owner=me"),
        (N_("Today"), "starts_at=today"),
        (N_("Next 7 days"), "starts_at=next7"),
    )

    def also_seen_by(self, user):
        """Meetings that a user sees beyond the role's scope, as an expression."""
        contacts = resource_of(Contact).query(user, Contact.id)
        return (Meeting.id << invited(user.id)) | (Meeting.contact << contacts)

    # Writing

    def validate(self, user, record, values):
        errors = {}
        starts, ends = values.get("starts_at", record.starts_at), values.get("ends_at", record.ends_at)
        if starts and ends and "ends_at" in values:
            if ends < starts:
                errors["ends_at"] = Problem(N_("The end is before the beginning."), plugin.name)
            elif ends - starts > LONGEST:
                errors["ends_at"] = Problem(N_("A meeting lasts at most %(n)s days."), plugin.name, n=LONGEST.days)
        guests = values.get("guests", record.guests)
        if not _are_guests(guests):
            text = N_("Guests are a list of objects with “email” and “name”.")
            errors["guests"] = Problem(text, plugin.name)
        return errors

    def write(self, pairs, batch, user=None):
        if batch.kind != "undo":
            pairs = [(meeting, self._completed(meeting, values, user)) for meeting, values in pairs]
        changed = super().write(pairs, batch, user)
        self._seat([meeting for meeting in changed if meeting.guests or meeting.version > 1])
        return changed

    def _completed(self, meeting, values: dict, user) -> dict:
        """The values and what follows from them: the end, whole days, and the version that guests are told."""
        now = {name: values.get(name, getattr(meeting, name)) for name in ("starts_at", "ends_at", "all_day", "zone")}
        starts, ends = now["starts_at"], now["ends_at"]
        if meeting.id and "starts_at" in values and "ends_at" not in values and ends:
            ends = starts + (ends - meeting.starts_at)  # moved as a whole
        if starts is None:
            return values
        moved = not meeting.id or {"starts_at", "ends_at", "all_day"} & values.keys()
        if moved and now["all_day"]:
            now["zone"] = self._zone(user)
            starts, ends = whole_days(starts, ends, now["zone"])
        elif moved and (ends is None or ends <= starts):
            ends = starts + USUAL
        values = values | {"starts_at": starts, "ends_at": ends, "zone": now["zone"]}
        if not meeting.uid:
            values["uid"] = new_uid()
        elif any(name in values and values[name] != self.kinds[name].get(meeting) for name in TOLD):
            values["sequence"] = meeting.sequence + 1
        return values

    def _zone(self, user) -> str:
        name = user.timezone if user is not None and not user.is_system else self.build.firm["timezone"]
        try:
            return zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return "UTC"

    def _seat(self, meetings) -> None:
        """Bring the table of guests up to what the meetings say; what somebody answered stays."""
        if not meetings:
            return
        have: dict[int, dict[str, Guest]] = {}
        for guest in Guest.select().where(Guest.meeting << [m.id for m in meetings]):
            have.setdefault(guest.meeting_id, {})[guest.email] = guest
        wanted = {(m.id, g["email"].casefold()): g for m in meetings for g in m.guests}
        new = [(key, g) for key, g in wanted.items() if key[1] not in have.get(key[0], ())]
        users = self._users({email for (_, email), _ in new})
        rows = [
            {"meeting": id, "email": email, "name": guest["name"][:120], "user": users.get(email)}
            for (id, email), guest in new
        ]
        if rows:
            Guest.insert_many(rows).execute()
        gone = [g.id for id, seats in have.items() for email, g in seats.items() if (id, email) not in wanted]
        if gone:
            self._uninvited(gone)
            Guest.delete().where(Guest.id << gone).execute()

    def _users(self, emails: set[str]) -> dict[str, int]:
        if not emails:
            return {}
        rows = User.select(User.id, User.email).where(User.active, User.deleted_batch.is_null()).tuples()
        return {email.casefold(): id for id, email in rows if email.casefold() in emails}

    def _uninvited(self, ids: list[int]) -> None:
        """Guests who are none any more."""

    @action(N_("Cancel the meeting"), icon="calendar-off", order=20, when=lambda m: m.is_on)
    def cancel(self, user, record):
        self.save(user, record, {"state": "cancelled"}, label=N_("Cancelled “%(title)s”"), title=record.title)

    @action(N_("It takes place after all"), icon="calendar-check", order=20, when=lambda m: not m.is_on)
    def revive(self, user, record):
        self.save(user, record, {"state": "planned"}, label=N_("Planned “%(title)s” again"), title=record.title)

    # What others show of a meeting

    def entry_text(self, record):
        said = " · ".join(filter(None, (record.place, self.kinds["guests"].show(record.guests))))
        return ("" if record.is_on else "✗ ") + record.title, "\n".join(filter(None, (said, record.description)))

    def subtitle(self, record):
        return record.place


def _are_guests(value) -> bool:
    """Whether an API gave a list of guests; the form's kind makes nothing else."""
    return isinstance(value, list) and all(
        isinstance(g, dict)
        and g.keys() == {"name", "email"}
        and isinstance(g["name"], str)
        and isinstance(g["email"], str)
        and "@" in g["email"]
        for g in value
    )
