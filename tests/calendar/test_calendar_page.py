"""The calendar's page: what stands in it, whose, where, and who may see it."""

import datetime as dt
import re

import pytest
from bs4 import BeautifulSoup

from core.db import db
from core.resource import DeclarationError
from core.testing import check_plugin
from core.trial import Trial
from core.users import Role
from plugins.calendar.models import Meeting
from tests.calendar.conftest import ZONE, Firm, at, today


def titles(page):
    return [b.text for b in BeautifulSoup(page, "html.parser").select(".cal-item b")]


def test_meetings_tasks_next_steps_and_logged_meetings_stand_on_their_days(firm):
    contact = firm.contact("Lin", by="bo", owner="Bo")
    firm.meeting(title="Tasting", contact=contact, place="Cellar")
    firm.task(title="Call Lin", contact=contact)
    firm.make(
        "entries",
        "bo",
        contact=contact,
        kind="meeting",
        text="Met at the fair",
        at=at(0, "08:30"),
        next_at=at(0, "16:00"),
        next_text="Send the offer",
    )
    firm.make("entries", "bo", contact=contact, kind="call", text="Only a call", at=at(0, "08:00"))
    for view in ("day", "week", "month"):
        page = firm.page(view=view)
        assert sorted(titles(page)) == ["Call Lin", "Met at the fair", "Send the offer", "Tasting"], view
        assert "Lin" in page and "Cellar" in page
    assert titles(firm.page(view="day", day=today() + dt.timedelta(days=1))) == []


def test_a_vertical_s_records_stand_in_it_by_their_timeline_at(tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "estate.py").write_text(
        """
from core import Contact, Plugin, Record, Resource, fields, hookimpl
plugin = Plugin(name="estate", title="Estate", summary="Viewings.")
class Viewing(Record):
    contact = fields.Link(Contact, backref="estate_viewings")
    starts_at = fields.DateTime(index=True)
class Viewings(Resource):
    model, nav, timeline, timeline_at, hue = Viewing, "Sales", "contact", "starts_at", "teal"
    columns = ("contact", "starts_at")
class Letter(Record):
    title = fields.Text()
    contact = fields.Link(Contact, backref="estate_letters")
    came_at = fields.DateTime(index=True)
class Letters(Resource):
    model, timeline, timeline_at, calendar_at = Letter, "contact", "came_at", None
    columns = ("title", "contact", "came_at")
class Deed(Record):
    title = fields.Text()
    signed = fields.Date(index=True)
class Deeds(Resource):
    model, calendar_at = Deed, "signed"
    columns = ("title", "signed")
@hookimpl
def resources():
    return [Viewings, Letters, Deeds]
""",
        "utf-8",
    )
    with Trial(tmp_path / "firm", "calendar", "estate", folders=[folder]) as firm:
        lin = firm.contact("Lin", by="bo", owner="Bo")
        firm.make("estate_viewing", "ann", contact=lin, starts_at=at(0, "11:00"))
        firm.make("estate_deed", "bo", title="Deed of sale", signed=today().isoformat())
        firm.make("estate_letter", "bo", title="Came today", contact=lin, came_at=at(0, "09:00"))
        page = firm.client("bo").get("/calendar/?view=day").text
        assert titles(page) == ["Deed of sale", "Viewing"] and "Lin" in page and "gx-c-teal" in page
        assert "Viewing" not in titles(firm.client("li").get("/calendar/?view=day&who=all").text)
        firm.off("estate")
        assert titles(firm.client("bo").get("/calendar/?view=day").text) == []


def test_mails_do_not_stand_in_it(tmp_path):
    with Firm(tmp_path / "firm", "calendar", "mail") as firm:
        page = firm.page()
        assert "hide=calendar_meeting" in page and "hide=mail_letter" not in page
        db.close()


def test_a_calendar_at_that_is_no_date_fails_at_build(tmp_path):
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "wrongly.py").write_text(
        """
from core import Plugin, Record, Resource, fields, hookimpl
plugin = Plugin(name="wrongly", title="x", summary="x")
class Thing(Record):
    title = fields.Text()
class Things(Resource):
    model, calendar_at = Thing, "title"
    columns = ("title",)
@hookimpl
def resources():
    return [Things]
""",
        "utf-8",
    )
    with pytest.raises(DeclarationError, match="Things.calendar_at: Thing has no date or time 'title'"):
        Trial(tmp_path / "firm", "wrongly", folders=[folder])


# Whose, and what may be seen


def test_mine_my_team_s_everybody_s_and_one_person_s(firm):
    firm.meeting("bo", "Of Bo")
    firm.meeting("mei", "Of Mei")
    firm.meeting("li", "Of Li")
    assert titles(firm.page("mei")) == ["Of Mei"]
    assert sorted(titles(firm.page("mei", who="team"))) == ["Of Bo", "Of Mei"]
    assert sorted(titles(firm.page("mei", who="all"))) == ["Of Bo", "Of Li", "Of Mei"]
    assert titles(firm.page("mei", who=firm.cast.li.id)) == ["Of Li"]
    assert "Li" in firm.page("mei", who=firm.cast.li.id)


def test_in_another_s_calendar_a_member_sees_only_what_the_member_may_see(firm):
    firm.meeting("li", "Secret of Li")
    firm.meeting("li", "With Bo", guests="bo@example.com")
    assert titles(firm.page("bo", who="all")) == ["With Bo"]
    assert titles(firm.page("bo")) == ["With Bo"]
    hidden = firm.page("bo", who=firm.cast.li.id)
    assert "Secret" not in hidden


def test_a_meeting_is_seen_by_its_guests_and_by_whoever_sees_its_contact(firm):
    contact = firm.contact("Lin", by="bo", owner="Bo")
    meeting = firm.make("calendar_meeting", "mei", title="About Lin", starts_at=at(0), contact=contact)
    invited = firm.make("calendar_meeting", "mei", title="With Li", starts_at=at(0), guests="LI@example.com")
    for who, one, sees in (("bo", meeting, 200), ("li", meeting, 404), ("li", invited, 200), ("bo", invited, 404)):
        assert firm.client(who).get(f"/calendar/meeting/{one.id}").status_code == sees


def test_a_date_that_the_role_hides_does_not_stand_in_the_calendar(firm):
    firm.task(title="Hidden by its date")
    Role.update(field_rules={"tasks_task": {"due_at": "hidden"}}).where(Role.name == "member").execute()
    page = firm.page("bo")
    assert "Hidden by its date" not in page and "hide=tasks_task" not in page


def test_without_the_permission_there_is_no_calendar(firm):
    firm.add_person("Nia", "nothing", grants={"*": []})
    nia = firm.client("nia")
    for path in ("/calendar/", "/calendar/feed"):
        assert nia.get(path).status_code == 403
    assert "/calendar/" not in nia.get("/").text
    assert firm.client(None).get("/calendar/").status_code == 302
    reader = firm.client("ro").get("/calendar/").text
    assert "/calendar/meeting/new" not in reader


def test_a_kind_is_switched_off_and_on(firm):
    firm.meeting(title="Tasting")
    firm.task(title="Call")
    page = firm.page(hide="tasks_task")
    assert titles(page) == ["Tasting"] and "eye" not in titles(page)
    link = BeautifulSoup(page, "html.parser").select_one(".cal-legend .is-off")["href"]
    assert titles(firm.client("bo").get(link).text) == ["Call", "Tasting"]


# Where


def block(page, title):
    found = next(a for a in BeautifulSoup(page, "html.parser").select(".cal-body .cal-item") if a.b.text == title)
    return {c[4]: int(c[5:]) for c in found["class"] if re.fullmatch(r"cal-[tnxw]\d+", c)}


def test_a_block_stands_at_its_hour_and_what_is_at_the_same_time_beside_it(firm):
    firm.meeting(title="Early", starts_at=at(0, "09:15"), ends_at=at(0, "10:45"))
    firm.meeting(title="Beside", starts_at=at(0, "10:00"), ends_at=at(0, "11:00"))
    firm.meeting(title="After", starts_at=at(0, "11:00"), ends_at=at(0, "11:30"))
    page = firm.page(view="day")
    assert block(page, "Early") == {"t": 6, "n": 6, "x": 1, "w": 6}
    assert block(page, "Beside") == {"t": 9, "n": 4, "x": 7, "w": 6}
    assert block(page, "After") == {"t": 13, "n": 2, "x": 1, "w": 12}


def test_the_hours_reach_from_the_earliest_to_the_latest(firm):
    assert "07:00" not in firm.page() and "18:00" not in BeautifulSoup(firm.page(), "html.parser").text
    firm.meeting(title="Flight", starts_at=at(0, "05:30"), ends_at=at(0, "21:15"))
    page = firm.page(view="day")
    assert "05:00" in page and "21:00" in page and "04:00" not in page
    assert block(page, "Flight")["t"] == 3


def test_what_goes_past_midnight_stands_on_both_days(firm):
    firm.meeting(title="Night", starts_at=at(0, "22:00"), ends_at=at(1, "02:00"))
    for days in (0, 1):
        assert titles(firm.page(view="day", day=today() + dt.timedelta(days=days))) == ["Night"]
    firm.meeting(title="Till midnight", starts_at=at(3, "22:00"), ends_at=at(4, "00:00"))
    assert titles(firm.page(view="day", day=today() + dt.timedelta(days=3))) == ["Till midnight"]
    assert titles(firm.page(view="day", day=today() + dt.timedelta(days=4))) == []


def test_days_begin_where_the_reader_is(firm):
    firm.meeting(title="Morning", starts_at=at(0, "07:00"))  # the evening before, in London
    with firm.acting("ann") as build:
        build.resources["users"].save(firm.person("ann"), firm.person("mei"), {"timezone": "Europe/London"})
    assert titles(firm.page("mei", view="day", who="all", day=today())) == []
    assert titles(firm.page("mei", view="day", who="all", day=today() - dt.timedelta(days=1))) == ["Morning"]


def test_an_all_day_meeting_keeps_its_days_wherever_it_is_read(firm):
    meeting = firm.meeting(title="Fair", starts_at=at(2, "09:00"), ends_at=at(3, "18:00"), all_day="yes")
    days = [today() + dt.timedelta(days=n) for n in (2, 3)]
    assert list(firm.again(meeting).days) == days
    with firm.acting("ann") as build:
        build.resources["users"].save(firm.person("ann"), firm.person("mei"), {"timezone": "America/Los_Angeles"})
    for n in range(1, 5):
        shown = titles(firm.page("mei", view="day", who="all", day=today() + dt.timedelta(days=n)))
        assert shown == (["Fair"] if n in (2, 3) else [])


def test_nonsense_in_the_address_is_this_week_of_one_s_own(firm):
    firm.meeting(title="Tasting")
    assert titles(firm.page(view="year", day="2026-02-31", who="99999", hide="%00")) == ["Tasting"]
    for day in ("9999-12-31", "0001-01-01", "x" * 300):
        assert titles(firm.page(day=day)) == ["Tasting"]


def test_the_steps_before_and_after_are_days_weeks_and_months(firm):
    def steps(**query):
        page = BeautifulSoup(firm.page(**query), "html.parser")
        return [re.search(r"day=([\d-]+)", page.select_one(f"a[rel={rel}]")["href"])[1] for rel in ("prev", "next")]

    assert steps(view="month", day="2026-01-31") == ["2025-12-01", "2026-02-01"]
    assert steps(view="week", day="2026-03-01") == ["2026-02-22", "2026-03-08"]
    assert steps(view="day", day="2026-02-28") == ["2026-02-27", "2026-03-01"]


def test_a_click_on_a_day_or_an_hour_begins_a_meeting_there(firm):
    page = BeautifulSoup(firm.page(view="day"), "html.parser")
    slot = next(a for a in page.select("a.cal-slot") if "T10%3A00" in a["href"])
    form = firm.client("bo").get(slot["href"]).text
    assert f'value="{at(0, "10:00")}"' in form
    made = firm.client("bo").post(
        slot["href"],
        data={"title": "Here", "starts_at": at(0, "10:00"), "ends_at": "", "guests": "", "state": "planned"},
    )
    assert made.status_code == 303 and made.location.startswith("/calendar/")
    meeting = Meeting.get()
    assert meeting.ends_at - meeting.starts_at == dt.timedelta(hours=1)
    assert meeting.starts_at.astimezone(ZONE).hour == 10


def test_the_page_takes_the_same_few_queries_for_one_meeting_and_for_many(firm):
    contact = firm.contact("Lin", by="bo", owner="Bo")

    def count():
        client, counts = firm.client("bo"), []
        for _ in range(4):  # what core reads again every ten seconds is not of this page
            with firm.queries() as seen:
                client.get("/calendar/?view=month&who=all")
            counts.append(len(seen))
        return min(counts)

    firm.meeting(title="One", contact=contact)
    few = count()
    for i in range(15):
        firm.meeting(title=f"n{i}", contact=contact, guests="li@example.com")
        firm.task(title=f"t{i}", contact=contact)
    assert count() <= few + 1 and few <= 13


def test_done_tasks_and_cancelled_meetings_are_crossed_out(firm):
    meeting, task = firm.meeting(title="Off"), firm.task(title="Done")
    firm.client("bo").post(f"/calendar/meeting/{meeting.id}/act/cancel")
    firm.client("bo").post(f"/tasks/task/{task.id}/act/done")
    over = BeautifulSoup(firm.page(), "html.parser").select(".cal-item.is-over b")
    assert sorted(b.text for b in over) == ["Done", "Off"]


def test_today_s_meetings_stand_on_the_home_page(firm):
    assert "In the calendar today" not in firm.client("bo").get("/").text
    firm.meeting(title="Tasting", place="Cellar")
    home = firm.client("bo").get("/").text
    assert "In the calendar today" in home and "Tasting" in home and "10:00 – 11:00" in home


def test_it_speaks_chinese(firm):
    page = firm.page(language="zh", view="month")
    assert "日历" in page and f"{today().year}年{today().month}月" in page


def test_it_keeps_to_the_rules():
    check_plugin("calendar")
