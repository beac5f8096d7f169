"""What each user wants to be told, where, and when the mail goes out; kept among the user's preferences."""

import datetime as dt
import re
import zoneinfo
from dataclasses import dataclass

from . import i18n
from .i18n import N_, Problem

#: Where a notice may go.
PLACES = {
    "both": N_("Bell and e-mail"),
    "bell": N_("Bell"),
    "mail": N_("E-mail"),
    "none": N_("Not at all"),
}
#: When mails go out.
RHYTHMS = {
    "now": N_("At once, a few minutes together"),
    "daily": N_("Every morning"),
    "weekly": N_("On Monday morning"),
}
#: The hour of the morning's mail, in the user's zone; and how long a mail at once waits for more to say.
MORNING, GATHER = 8, dt.timedelta(minutes=3)


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice that users choose about: its name as given to `notify`, a label, where it goes at first."""

    name: str
    label: str
    place: str = "bell"
    plugin: str = "core"

    @property
    def title(self) -> str:
        return i18n.translate(self.label, self.plugin)

    @property
    def key(self) -> str:
        return f"{self.plugin}.{self.name}"


KINDS = (
    NoticeKind("mention", N_("Somebody mentions me"), "both"),
    NoticeKind("assigned", N_("A record is given to me"), "both"),
    NoticeKind("step", N_("A next step of mine is due"), "bell"),
    NoticeKind("entry", N_("Somebody writes on my contact"), "bell"),
    NoticeKind("access", N_("Somebody asks for access to my contact"), "both"),
)


def kinds(build) -> list[NoticeKind]:
    """All kinds: core's, then those that plugins declare in their manifest."""
    return [*KINDS, *(kind for plugin in build.loaded for kind in plugin.manifest.notices)]


@dataclass(frozen=True)
class Choices:
    """One user's choices, with the defaults where none was made."""

    places: dict[str, str]
    rhythm: str = "daily"
    #: Two times of the day in the user's zone between which no mail goes out, or None.
    quiet: tuple[dt.time, dt.time] | None = None

    @classmethod
    def of(cls, build, user) -> "Choices":
        """The choices of a user."""
        saved = user.preferences.get("notices", {})
        places = {kind.key: saved.get("places", {}).get(kind.key, kind.place) for kind in kinds(build)}
        quiet = saved.get("quiet")
        return cls(places, saved.get("rhythm", "daily"), tuple(map(_time, quiet)) if quiet else None)

    @classmethod
    def typed(cls, build, form) -> dict:
        """What a form says, as it is kept. Raises Problem for what is no choice or no time of the day."""
        places = {}
        for kind in kinds(build):
            place = form.get(kind.key, kind.place)
            if place not in PLACES:
                raise Problem(N_("Choose one of the places that are offered."))
            places[kind.key] = place
        rhythm = form.get("rhythm", "daily")
        if rhythm not in RHYTHMS:
            raise Problem(N_("Choose when the mail should come."))
        texts = [form.get("quiet_from", "").strip(), form.get("quiet_to", "").strip()]
        if bool(texts[0]) != bool(texts[1]):
            raise Problem(N_("Quiet hours need a beginning and an end; leave both empty for none."))
        quiet = [f"{_time(text):%H:%M}" for text in texts] if all(texts) else None
        return {"places": places, "rhythm": rhythm, "quiet": quiet}

    def place(self, plugin: str, kind: str) -> str:
        """Where a notice goes; one of a kind that nobody declared stands behind the bell."""
        return self.places.get(f"{plugin}.{kind}", "bell")

    def mail_at(self, user, now: dt.datetime) -> dt.datetime:
        """When a notice that comes up now is due to be mailed, in UTC."""
        zone = _zone(user)
        here = now.astimezone(zone)
        if self.rhythm == "now":
            at = here + GATHER
        else:
            at = dt.datetime.combine(here.date(), dt.time(MORNING), zone)
            days = 7 - here.weekday() if self.rhythm == "weekly" and here.weekday() else 0
            at += dt.timedelta(days=days)
            if at <= here:
                at += dt.timedelta(days=7 if self.rhythm == "weekly" else 1)
        return self._after_quiet(at).astimezone(dt.UTC)

    def _after_quiet(self, at: dt.datetime) -> dt.datetime:
        if self.quiet is None:
            return at
        start, end = self.quiet
        time = at.time()
        inside = start <= time < end if start <= end else time >= start or time < end
        if not inside:
            return at
        until = at.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return until if until > at else until + dt.timedelta(days=1)


def _time(text: str) -> dt.time:
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", text):
        raise Problem(N_("“%(text)s” is no time of the day. Write it like 22:30."), text=text[:20])
    hour, minute = map(int, text.split(":"))
    return dt.time(hour, minute)


def _zone(user) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(user.timezone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
