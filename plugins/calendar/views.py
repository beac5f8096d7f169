"""The calendar's page, and the secret address of one's feed."""

import calendar
import datetime as dt
from urllib.parse import urlencode

from babel.dates import format_date, format_skeleton
from flask import Blueprint, Response, abort, g, render_template, request
from flask_babel import get_locale

from core import Forbidden, html, public, resource_of

from . import feed, plugin
from .items import Window, colleagues, items, kinds
from .layout import days_of, hours
from .models import Meeting

_ = plugin.gettext

VIEWS = ("day", "week", "month")
#: Lines in a cell of the month, and above the hours of a day of the week; the rest is behind a link.
IN_CELL, IN_STRIP = 4, 5


def blueprint() -> Blueprint:
    bp = Blueprint("calendar", __name__, url_prefix="/calendar")
    bp.add_url_rule("/", "page", page)
    bp.add_url_rule("/feed", "feed_page", feed_page, methods=["GET", "POST"])
    bp.add_url_rule("/feed/<token>.ics", "feed", feed_file)
    return bp


class View:
    """What the address asks for; nonsense in it is today's week of one's own."""

    def __init__(self, user, args):
        self.user, self.args = user, args
        self.name = args.get("view") if args.get("view") in VIEWS else "week"
        self.today = html.today()
        self.day = _day(args.get("day"), self.today)
        self.hidden = frozenset(filter(None, args.get("hide", "").split(",")))
        self.who, self.people = self._people()

    def _people(self) -> tuple[str, list[int]]:
        wanted, everybody = self.args.get("who", "me"), colleagues()
        if wanted == "all":
            return wanted, [person.id for person in everybody]
        if wanted == "team" and self.user.team_id:
            return wanted, [person.id for person in everybody if person.team_id == self.user.team_id]
        if chosen := [person.id for person in everybody if str(person.id) == wanted]:
            return wanted, chosen
        return "me", [self.user.id]

    @property
    def days(self) -> list[dt.date]:
        """The days that are shown."""
        if self.name == "day":
            return [self.day]
        if self.name == "week":
            first = self.day - dt.timedelta(days=self.day.weekday())
            return [first + dt.timedelta(days=n) for n in range(7)]
        first = self.day.replace(day=1)
        first -= dt.timedelta(days=first.weekday())
        last = self.day.replace(day=calendar.monthrange(self.day.year, self.day.month)[1])
        weeks = (last - first).days // 7 + 1
        return [first + dt.timedelta(days=n) for n in range(7 * weeks)]

    @property
    def title(self) -> str:
        locale, days = get_locale(), self.days
        if self.name == "day":
            return format_date(self.day, "full", locale=locale)
        if self.name == "month":
            return format_skeleton("yMMMM", _noon(self.day), locale=locale)
        return f"{html.short_date(days[0])} – {html.short_date(days[-1])}"

    def step(self, forward: bool) -> str:
        """The address of what comes after or before."""
        if self.name == "month":
            inside = self.day.replace(day=1) + dt.timedelta(days=31 if forward else -1)
            return self.address(day=inside.replace(day=1))
        length = dt.timedelta(days=1 if self.name == "day" else 7)
        return self.address(day=self.day + length if forward else self.day - length)

    def address(self, **changed) -> str:
        """The address of this page with other values; what is usual is left out."""
        values = {"view": self.name, "day": self.day, "who": self.who, "hide": ",".join(sorted(self.hidden))} | changed
        usual = {"view": "week", "day": self.today, "who": "me", "hide": ""}
        kept = {name: value for name, value in values.items() if value != usual[name]}
        return "/calendar/" + (f"?{urlencode(kept, safe=',')}" if kept else "")

    def toggled(self, kind) -> str:
        return self.address(hide=",".join(sorted(self.hidden ^ {kind.name})))


def _day(text: str | None, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        return today
    return day if 1900 <= day.year <= 2200 else today


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12))


def page():
    """A day, a week or a month."""
    meetings = resource_of(Meeting)
    meetings.demand(g.user, "view")
    view = View(g.user, request.args)
    days = view.days
    found, more = items(g.user, Window(days[0], days[-1], view.people, view.hidden))
    first, last = hours(found, days)
    now = html.local(dt.datetime.now(dt.UTC))
    return render_template(
        "calendar/page.html",
        view=view,
        days=days_of(found, days, first, last),
        first=first,
        last=last,
        now_row=(now.hour - first) * 4 + now.minute // 15 + 1 if first <= now.hour < last else 0,
        legend=kinds(g.user),
        people=colleagues(),
        names={person.id: person.name for person in colleagues()},
        meetings=meetings,
        more=more,
        in_cell=IN_CELL,
        in_strip=IN_STRIP,
        weekday=lambda day: format_date(day, "EEE", locale=get_locale()),
        spoken=lambda day: format_date(day, "full", locale=get_locale()),
    )


def feed_page():
    """The address of one's own feed; a POST makes a new one, and the old one is worth nothing from then on."""
    if not resource_of(Meeting).can(g.user, "view"):
        raise Forbidden("calendar_meeting.view")
    renewed = request.method == "POST"
    if renewed:
        feed.renew(g.user)
    return render_template("calendar/feed.html", address=feed.address(g.user), renewed=renewed)


@public
def feed_file(token):
    """A person's calendar for phones and other programs: whoever knows the address may read it."""
    user = feed.user_of(token) or abort(404)
    g.user = user  # language and time zone are theirs
    answer = Response(feed.write(user), content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=300"
    answer.headers["Content-Disposition"] = 'inline; filename="guanxi.ics"'
    answer.add_etag()
    return answer.make_conditional(request)
