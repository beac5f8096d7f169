"""Targets, forecast, snapshots and reports: the sums, their records, and who sees what."""

import csv
import datetime as dt
import io
import re

import pytest

from core import Invalid
from core.db import utcnow
from plugins.sales.jobs import snapshot
from plugins.sales.models import Deal
from plugins.sales.models.forecast import Snapshot, Target, day_after, first_day
from plugins.sales.resources.forecast import as_foreseen, forecast
from plugins.sales.resources.reports import REPORTS, Span

TODAY = utcnow().date()
START = first_day("quarter", TODAY)
#: A day of this quarter that has not passed, so that a deal may close on it.
SOON = max(TODAY, day_after("quarter", START) - dt.timedelta(days=3)).isoformat()


@pytest.fixture
def firm(shop):
    """Bo and Li with deals of this quarter, and one of the next."""
    shop.deal("Won", amount="100 CNY", status="won")
    shop.deal("Sure", stage=3, amount="200 CNY", expected_close=SOON)
    shop.deal("Maybe", stage=2, amount="400 CNY", expected_close=SOON)
    shop.deal("Vague", stage=0, amount="800 CNY", expected_close=SOON)
    shop.deal("Omitted", stage=0, amount="1600 CNY", expected_close=SOON, forecast="omit")
    shop.deal("Later", stage=3, amount="3200 CNY", expected_close=day_after("quarter", START, 1).isoformat())
    shop.deal("Hers", by="li", stage=3, amount="10 CNY", expected_close=SOON)
    return shop


def made(shop, who="ann", period="quarter", start=START):
    with shop.acting(who):
        return forecast(shop.person(who), period, start)


def test_commit_best_case_and_weighted(firm):
    bo = next(line for line in made(firm).lines if line.name == "Bo")
    assert (bo.won, bo.commit_sum, bo.best_case) == (10000, 30000, 70000)
    assert bo.weighted == 10000 + 15000 + 20000 + 8000
    assert made(firm).total.commit_sum == 31000
    assert made(firm, start=day_after("quarter", START)).total.commit_sum == 320000


def test_a_member_sees_their_own_sums_only(firm):
    found = made(firm, "li")
    assert [line.name for line in found.lines] == ["Li"] and found.total.commit_sum == 1000
    page = firm.client("li").get("/sales/forecast").text
    assert "<td>Li" in page and "<td>Bo" not in page


def test_gap_to_the_target_and_targets_of_months_add_up(firm):
    firm.make("sales_target", person=firm.cast.bo, start=TODAY.isoformat(), base="1000 CNY", stretch="1200 CNY")
    for month in range(3):
        start = day_after("month", START, month).isoformat()
        firm.make("sales_target", person=firm.cast.li, period="month", start=start, base="5 CNY")
    lines = {line.name: line for line in made(firm).lines}
    assert lines["Bo"].target == (100000, 120000, 120000) and lines["Bo"].gap == 70000
    assert lines["Li"].target == (1500, 1500, 1500) and lines["Li"].gap == 500
    assert made(firm).total.target == (101500, 121500, 121500)
    firm.make("sales_target", start=START.isoformat(), base="2000 CNY")
    assert made(firm).total.target == (200000, 200000, 200000)


def rows_behind(client, address):
    """What the file of the deals behind a number says: title → what it counts for; "All" is the sum."""
    _head, *rows = csv.reader(io.StringIO(client.get(f"{address}&format=csv").text.lstrip("\ufeff")))
    return {row[0]: row[-1] for row in rows}


def numbers_of(client, address):
    """Every number of a forecast that is a link: number and line, its text, its address."""
    found = re.findall(r'<a href="(/sales/forecast/deals[^"]+)">([^<]+)</a>', client.get(address).text)
    return [(url.replace("&amp;", "&"), text) for url, text in found]


@pytest.mark.parametrize("by", ["person", "team", "territory"])
def test_every_number_opens_the_deals_that_it_counts(firm, by):
    client = firm.client("ann")
    numbers = numbers_of(client, f"/sales/forecast?start={START}&by={by}")
    assert len(numbers) >= 8  # the four above, and those of each line
    for address, text in numbers:
        rows = rows_behind(client, address)
        whole = rows.pop("All")
        assert sum(float(said.split()[0]) for said in rows.values()) == float(whole.split()[0])
        assert float(whole.split()[0]) == pytest.approx(float(re.sub(r"[^0-9.]", "", text)), abs=0.5)


def test_commit_has_what_is_won_and_weighted_what_each_deal_is_likely_to_bring(firm):
    client, owner = firm.client("ann"), firm.cast.bo.id
    behind = lambda number: rows_behind(client, f"/sales/forecast/deals?by=person&key={owner}&number={number}")  # noqa: E731
    assert behind("commit") == {"Sure": "200.00 CNY", "Won": "100.00 CNY", "All": "300.00 CNY"}
    assert behind("best").keys() == {"Maybe", "Sure", "Won", "All"}
    weighted = {"Vague": "80.00 CNY", "Maybe": "200.00 CNY", "Sure": "150.00 CNY", "Won": "100.00 CNY"}
    assert behind("weighted") == weighted | {"All": "530.00 CNY"}
    page = client.get(f"/sales/forecast/deals?by=person&key={owner}&number=commit").text
    assert "¥300" in page and "Maybe" not in page


def test_what_is_behind_a_number_is_no_more_than_one_may_see(firm):
    everybody = rows_behind(firm.client("li"), "/sales/forecast/deals?by=person&number=best")
    assert everybody == {"Hers": "10.00 CNY", "All": "10.00 CNY"}
    for values in (
        "by=person&key=999&number=won",
        "by=x&number=won",
        "by=person&number=x",
        "by=person&key=x&number=won",
    ):
        assert firm.client("li").get(f"/sales/forecast/deals?{values}").status_code == 404
    assert firm.client("li").get(f"/sales/forecast/deals?by=person&key={firm.cast.bo.id}&number=won").status_code == 404


def test_a_forecast_costs_the_same_however_many_deals(firm):
    with firm.acting("ann"):
        person = firm.person("ann")
        forecast(person, "quarter", START)
        with firm.queries() as few:
            forecast(person, "quarter", START)
    for n in range(30):
        firm.deal(f"More {n}", amount="1 CNY", expected_close=SOON)
    with firm.acting("ann"), firm.queries() as many:
        forecast(person, "quarter", START)
    assert len(few) == len(many) <= 4


def test_snapshots_are_kept_once_a_day_and_shown(firm):
    with firm.acting("ann") as build:
        snapshot(build, None)
        snapshot(build, None)
        assert Snapshot.select().where(Snapshot.period == "quarter", Snapshot.start == START).count() == 2
        Snapshot.update(day=TODAY - dt.timedelta(days=7)).execute()
        firm.change(Deal.get(Deal.title == "Sure"), status="won")
        snapshot(build, None)
        history = as_foreseen(firm.person("ann"), "quarter", START)
        assert [(row[1], row[2]) for row in history] == [(30000, 31000), (10000, 31000)]
        assert [row[1] for row in as_foreseen(firm.person("li"), "quarter", START)] == [0, 0]
    assert "How it was foreseen" in firm.client("bo").get("/sales/forecast").text


def test_two_currencies_and_a_missing_rate(firm):
    firm.deal("Dollars", stage=3, amount="10 USD", expected_close=SOON)
    assert made(firm).total.unrated == 1
    assert "1 deal is left out" in firm.client("ann").get("/sales/forecast").text
    firm.make("sales_rate", currency="USD", day=(TODAY - dt.timedelta(days=9)).isoformat(), rate="7")
    found = made(firm)
    assert found.total.unrated == 0 and found.total.commit_sum == 31000 + 7000


def test_a_won_deal_keeps_the_rate_of_its_day(firm):
    day = TODAY - dt.timedelta(days=20)
    firm.make("sales_rate", currency="USD", day=day.isoformat(), rate="7")
    deal = firm.deal("Dollars", amount="10 USD", status="won")
    Deal.update(closed_at=utcnow() - dt.timedelta(days=10)).where(Deal.id == deal.id).execute()
    firm.make("sales_rate", currency="USD", day=TODAY.isoformat(), rate="8")
    assert firm.again(deal).value == 7000
    assert firm.again(firm.deal("Open dollars", amount="10 USD")).value == 8000


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stretch": "5 CNY"}, "go upwards"),
        ({"stretch": "2000 USD"}, "same currency"),
        ({"team": 1, "person": True}, "not both"),
    ],
)
def test_bad_targets(shop, values, said):
    if values.get("person"):
        values = {"person": shop.cast.bo, "team": shop.cast.bo.team_id}
    with pytest.raises(Invalid, match=said):
        shop.make("sales_target", start=TODAY.isoformat(), base="10 CNY", **values)
    shop.make("sales_target", start=TODAY.isoformat(), base="10 CNY")
    with pytest.raises(Invalid, match="target for this period"):
        shop.make("sales_target", start=START.isoformat(), base="20 CNY")
    assert Target.select().count() == 1 and Target.get().start == START
    shop.make("sales_target", start=TODAY.isoformat(), base="10 CNY", product="Oak door")
    with pytest.raises(Invalid, match="target for this period"):
        shop.make("sales_target", start=TODAY.isoformat(), base="10 CNY", product="OAK  door")


def test_members_see_their_own_targets(shop):
    for name in ("bo", "li"):
        shop.make("sales_target", person=getattr(shop.cast, name), start=TODAY.isoformat(), base="10 CNY")
    text = shop.client("bo").get("/sales/target/").text
    assert "Bo" in text.split("<tbody>")[1] and "Li" not in text.split("<tbody>")[1].split("</tbody>")[0]
    assert shop.client("bo").get("/sales/target/new").status_code == 403


# Reports


def rows_of(shop, name, who="ann", **values):
    with shop.acting(who):
        span = Span(TODAY - dt.timedelta(days=30), TODAY + dt.timedelta(days=1), **values)
        return [[cell.value for cell in row] for row in REPORTS[name][1](shop.person(who), span).rows]


def test_the_funnel_counts_who_came_and_who_went_on(shop):
    first, second = shop.deal("A"), shop.deal("B")
    shop.deal("C")
    shop.change(first, stage=shop.stages[1].id)
    shop.change(first, status="won")
    shop.change(second, status="lost", reason=shop.reason().id)
    rows = rows_of(shop, "funnel")
    assert [row[1:5] for row in rows[:2]] == [[3, 1, 33.3, 1], [1, 0, 100.0, 0]]
    assert rows[-1][1] == 1


def test_reasons_leaderboard_competitors_and_partners(shop):
    partner = shop.contact("Partner", owner="Bo")
    shop.deal("A", amount="100 CNY", status="won", competitors="IKEA; 和木", partner=partner, commission="5")
    deal = shop.deal("B", amount="50 CNY", competitors="IKEA")
    shop.change(deal, status="lost", reason=shop.reason().id)
    assert [r[1:3] for r in rows_of(shop, "reasons")] == [["not said", 1], ["Too expensive", 1]]
    assert rows_of(shop, "rivals") == [["IKEA", 1, 1, 50.0, "50.00 CNY"], ["和木", 1, 0, 100.0, "0.00 CNY"]]
    assert rows_of(shop, "partners") == [["Partner", 1, "100.00 CNY", "5.00 CNY"]]
    assert rows_of(shop, "leaderboard")[0][1:5] == ["Bo", "100.00 CNY", 1, 1]
    assert rows_of(shop, "leaderboard", "li") == []


def test_activity_and_sources(shop):
    contact = shop.contact("Lin", owner="Bo")
    for kind in ("call", "call", "note"):
        shop.make("entries", "bo", contact=contact, kind=kind, text="x")
    shop.make("sales_lead", "bo", name="Wang", source="Fair")
    (row,) = rows_of(shop, "activity")
    assert row[0] == "Bo" and row[-1] == 3
    shop.make("sales_deal", "bo", title="Kitchen", contact=contact, stage=shop.stages[0].id)  # an entry, but no talk
    page = shop.client("ann").get("/sales/reports/activity").text
    whole = re.search(r'href="([^"]+)">3</a>', page)[1].replace("&amp;", "&")
    assert shop.client("ann").get(f"{whole.replace('?', 'export?', 1)}&format=csv").text.count("\n") == 4
    assert rows_of(shop, "origins")[0][:3] == ["Fair", 1, 0]


@pytest.mark.parametrize("name", list(REPORTS))
def test_every_report_is_a_page_and_a_file(firm, name):
    ann = firm.client("ann", "zh")
    assert ann.get(f"/sales/reports/{name}").status_code == 200
    answer = ann.get(f"/sales/reports/{name}?format=csv")
    assert answer.mimetype == "text/csv"
    assert len(list(csv.reader(io.StringIO(answer.text)))) >= 1
    assert ann.get(f"/sales/reports/{name}?first=nonsense&last=2026-99-99&pipeline=x").status_code == 200


def test_unknown_reports_and_forbidden_exports(shop):
    assert shop.client("ann").get("/sales/reports/nothing").status_code == 404
    assert shop.client("ro").get("/sales/reports/funnel?format=csv").status_code == 403
    assert shop.client(None).get("/sales/forecast").status_code == 302


def test_what_a_stranger_typed_is_no_formula_in_the_file(shop):
    for source in ("=1+1", "＝2+2", "'=3+3", ""):  # full-width signs run in East Asian spreadsheets
        shop.make("sales_lead", "bo", name="Wang", source=source)
    text = shop.client("ann").get("/sales/reports/origins?format=csv").text
    cells = {cell for row in csv.reader(io.StringIO(text)) for cell in row}
    assert {"'=1+1", "'＝2+2", "''=3+3"} <= cells and "'" not in cells


def test_alone_there_is_only_the_board(shop):
    from core import User

    page = shop.client("ann").get("/").text
    assert "/sales/forecast" in page and "/sales/lead/" in page
    User.update(active=False).where(User.id != shop.cast.ann.id).execute()
    shop.build.forget_firm()
    page = shop.client("ann").get("/").text
    assert 'href="/sales/"' in page and "/sales/forecast" not in page and "/sales/lead/" not in page
