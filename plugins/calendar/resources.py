"""Meetings on screens, in the API and on timelines."""

import zoneinfo

from core import N_, Contact, Problem, Resource, User, action, resource_of, transaction

from . import invitations, plugin
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
        "tell",
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
        return errors

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":  # for the guests an undo is another change
            pairs = [(meeting, values | {"sequence": meeting.sequence + 1}) for meeting, values in pairs]
        else:
            pairs = [(meeting, self._completed(meeting, values, user)) for meeting, values in pairs]
        moved = {m.id for m, values in pairs if m.id and self._moves(m, values)}
        changed = super().write(pairs, batch, user)
        who = self._teller(batch, user)
        self._seat([meeting for meeting in changed if meeting.guests or meeting.version > 1], who)
        if moved:  # who said yes to another hour has not said yes to this one
            Guest.update(answer="").where(Guest.meeting << moved).execute()
        if who is not None:
            invitations.tell(self.build, who, [meeting for meeting in changed if meeting.guests])
        return changed

    def put_in_trash(self, records, batch, user=None):
        who = self._teller(batch, user)
        for meeting in records if who is not None else ():
            if meeting.guests and meeting.is_on:
                told = Guest.select().where(Guest.meeting == meeting.id, Guest.told_sequence >= 0)
                invitations.call_off(self.build, who, meeting, list(told))
                Guest.update(told_sequence=-1).where(Guest.meeting == meeting.id).execute()
        super().put_in_trash(records, batch, user)

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        if (who := self._teller(batch, user)) is not None:
            invitations.tell(self.build, who, [meeting for meeting in records if meeting.guests])

    def _teller(self, batch, user):
        """In whose name guests are written to; None when no person did this."""
        if user is None and batch.kind == "undo":
            user = User.get_or_none(User.id == batch.user_id)
        return None if user is None or user.is_system else user

    def _moves(self, meeting, values: dict) -> bool:
        times = ("starts_at", "ends_at", "all_day")
        return any(name in values and values[name] != getattr(meeting, name) for name in times)

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

    def _seat(self, meetings, who) -> None:
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
        gone = [g for id, seats in have.items() for email, g in seats.items() if (id, email) not in wanted]
        for meeting in meetings if who is not None else ():
            told = [g for g in gone if g.meeting_id == meeting.id and g.told_sequence >= 0]
            invitations.call_off(self.build, who, meeting, told)
        if gone:
            Guest.delete().where(Guest.id << [g.id for g in gone]).execute()

    def forget(self, told) -> None:
        """Take guests out of meetings who were erased; `told(text)` says whether a text tells of them.

        Past the journal, which would keep them.
        """
        gone = [g for g in Guest.select() if told(g.email) or (g.name and told(g.name))]
        lost = {(g.meeting_id, g.email) for g in gone}
        with transaction():
            for meeting in Meeting.select().where(Meeting.id << [id for id, _ in lost]):
                meeting.guests = [g for g in meeting.guests if (meeting.id, g["email"].casefold()) not in lost]
                Meeting.update(guests=meeting.guests).where(Meeting.id == meeting.id).execute()
                self.build.timeline.derive(self, [meeting], "delete" if meeting.deleted_batch else "update")
            Guest.delete().where(Guest.id << [g.id for g in gone]).execute()

    def _users(self, emails: set[str]) -> dict[str, int]:
        if not emails:
            return {}
        rows = User.select(User.id, User.email).where(User.active, User.deleted_batch.is_null()).tuples()
        return {email.casefold(): id for id, email in rows if email.casefold() in emails}

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
