"""Demand: what quotes ask for by month, who is likely to order again, and the honest silence about the rest."""

import csv
import datetime as dt
import io

import pytest

from core.db import utcnow
from plugins.orders.models import Quote
from plugins.orders.resources import regulars
from plugins.orders.resources.regulars import Habit
from plugins.sales.models import Pipeline
from plugins.sales.models.forecast import day_after, first_day
from plugins.sales.resources.reports import Span
from tests.orders.sold import SPAN, TODAY, order, rows

MONTH = first_day("month", TODAY)


@pytest.fixture
def asked(desk):
    """Open deals with quotes for doors; Lin orders hinges every thirty days or so."""
    desk.door, desk.hinge = desk.product("Door", unit="m²"), desk.product("Hinge", "1 CNY")
    desk.lin = desk.contact("Lin", owner="Bo")
    for title, months, chance, status in (
        ("Now", 0, "50", "open"),
        ("Overdue", -2, "50", "open"),
        ("Next", 1, "25", "open"),
        ("Far", 9, "10", "open"),
        ("Lost", 0, "50", "lost"),
    ):
        day = day_after("month", MONTH, months).isoformat()
        deal = desk.make("sales_deal", "bo", title=title, expected_close=day, probability=chance)
        desk.quote((desk.door, 40, "100"), deal=deal, contact=desk.lin)
        if status == "lost":
            with desk.acting("ann"):
                reason = desk.build.resources["sales_reason"].model.get(kind="lost").id
            desk.change(desk.again(deal), status="lost", reason=reason)
    return desk


def regular(desk, *days_ago, contact=None, by="bo", product=None):
    for ago in days_ago:
        order(desk, (product or desk.hinge, 100, "1"), contact=contact or desk.lin, ago=ago, by=by)


def by_product(desk, who="ann", span=SPAN):
    return {row[0]: row[1:] for row in rows(desk, "demand-product", who, span)[0]}


def test_quotes_of_open_deals_count_by_probability_in_the_month_of_their_close(asked):
    assert by_product(asked) == {"Door": [0.0, 50.0, 40.0, 10.0, 0, 0, 0, 0, 4.0]}


def test_only_the_newest_quote_of_a_deal_without_an_order_counts(asked):
    deal = asked.make("sales_deal", "bo", title="Twice", expected_close=str(MONTH), probability="100")
    asked.quote((asked.door, 900, "1"), deal=deal, contact=asked.lin)
    asked.quote((asked.door, 1, "1"), deal=deal, contact=asked.lin)
    assert by_product(asked)["Door"][2] == 41.0
    order(asked, (asked.door, 1, "1"), deal=deal, contact=asked.lin)
    assert by_product(asked)["Door"][:3] == [1.0, 50.0, 40.0], "it was ordered, and is asked for no more"


def test_a_bundle_asks_for_its_parts(desk):
    kit, door = desk.product("Kit"), desk.product("Door")
    desk.make("catalogue_component", "ann", bundle=kit, product=door, quantity="2")
    deal = desk.make("sales_deal", "bo", title="Kit", expected_close=str(MONTH), probability="50")
    quote = desk.quote(("Freight", 1, "1"), deal=deal)
    desk.line(quote, kit, 3, "100", kind="bundle")
    desk.line(quote, door, 6, None, kind="part")
    assert by_product(desk) == {"Door": [0.0, 3.0, 3.0, 0, 0, 0, 0, 0, 0]}


def test_quotes_without_a_deal_count_by_how_many_such_were_accepted(asked):
    waiting = asked.send(asked.quote((asked.door, 10, "1"), contact=asked.lin))
    _found, _total, made = rows(asked, "demand-product")
    assert "fewer than 10 were answered" in made.note and by_product(asked)["Door"][1] == 50.0
    with asked.app.app_context():
        for n in range(10):
            values = {"title": f"Old {n}", "contact": asked.lin.id, "currency": "CNY", "sent_at": utcnow()}
            Quote.create(**values, status="accepted" if n < 3 else "declined", title_key="", owner=asked.cast.bo.id)
    _found, _total, made = rows(asked, "demand-product")
    assert "3 of 10" in made.note and waiting.valid_until is not None
    assert by_product(asked)["Door"][1] == 53.0


def test_regular_customers_are_expected_after_the_usual_time_with_the_usual_quantity(asked):
    regular(asked, 100, 70, 41, 10)
    (row,), _total, _made = rows(asked, "demand-customer")
    due = TODAY + dt.timedelta(days=20)
    assert row == ["Lin", "Hinge", 20, due.isoformat(), 100.0, 30, 4, (TODAY - dt.timedelta(days=10)).isoformat()]
    ahead = [due]
    while ahead[-1] < day_after("month", MONTH, 6):
        ahead.append(ahead[-1] + dt.timedelta(days=30))
    expected = [0.0] * 6
    for day in ahead[:-1]:
        expected[(day.year - MONTH.year) * 12 + day.month - MONTH.month] += 100
    found = by_product(asked)["Hinge"]
    assert found[0] == 400.0 and found[1] == sum(expected) and found[2:8] == expected


def test_late_ones_stand_out_and_silent_ones_are_expected_no_more(asked):
    wu, ma = asked.contact("Wu", owner="Bo"), asked.contact("Ma", owner="Bo")
    regular(asked, 65, 50, 35)
    regular(asked, 100, 90, 80, contact=wu)
    regular(asked, 62, 31, 1, contact=ma)
    found, _total, made = rows(asked, "demand-customer")
    assert [row[0] for row in found] == ["Lin", "Ma", "Wu"]
    assert [row[2].text for row in made.rows] == ["20 days late", "in 29 days", "silent"]
    assert made.rows[0][2].hue == "red" and made.rows[2][2].hue == "gray"
    assert by_product(asked)["Hinge"][2] >= 100.0, "who is late is expected now"
    page = asked.client("ann").get("/sales/reports/demand-customer").text
    assert "20 days late" in page and "Croston" in page


def test_fewer_than_three_days_of_orders_are_no_habit(asked):
    regular(asked, 40, 10, 10)
    assert rows(asked, "demand-customer")[0] == [] and "Hinge" not in by_product(asked)
    regular(asked, 70)
    assert rows(asked, "demand-customer")[0][0][6] == 3


def test_cancelled_returned_and_old_orders_and_products_no_longer_sold_make_no_habit(asked):
    regular(asked, 70, 40)
    asked.act("cancel", order(asked, (asked.hinge, 1, "1"), contact=asked.lin, ago=10))
    returned = order(asked, (asked.hinge, 5, "1"), contact=asked.lin, ago=20)
    asked.ship(returned, "5")
    asked.ship(returned, "5", kind="return")
    regular(asked, 4 * 365)
    assert rows(asked, "demand-customer")[0] == []
    regular(asked, 10)
    assert len(rows(asked, "demand-customer")[0]) == 1
    asked.change(asked.hinge, "ann", active="no")
    assert rows(asked, "demand-customer")[0] == []


def test_a_habit_by_itself():
    today = dt.date(2026, 3, 1)
    habit = Habit(1, "Lin", 1, "Hinge", 5, 10, 3.0, dt.date(2026, 2, 15))
    assert (habit.next, habit.late(today), habit.silent(today)) == (dt.date(2026, 2, 25), 4, False)
    assert list(habit.ahead(today, dt.date(2026, 3, 22))) == [dt.date(2026, 3, d) for d in (1, 11, 21)]
    assert habit.silent(dt.date(2026, 3, 18)) and not list(habit.ahead(dt.date(2026, 3, 18), dt.date(2026, 9, 1)))


def test_every_number_opens_what_it_comes_from(asked):
    regular(asked, 100, 70, 40, 10)
    _found, _total, made = rows(asked, "demand-product")
    for row in made.rows:
        for cell in row[1:]:
            if cell.value:
                key = cell.url.partition("row=")[2]
                sources, whole, _made = rows(asked, "demand-product", span=Span(SPAN.first, SPAN.last, row=key))
                assert sources and whole[-1] == cell.value
    door = next(row for row in made.rows if row[0].value == "Door")
    page = asked.client("ann").get(door[3].url).text
    assert "Kitchen" in page and "50%" in page and "20" in page


def test_of_one_pipeline_only_its_deals(asked):
    regular(asked, 70, 40, 10)
    with asked.app.app_context():
        pipeline = Pipeline.select().order_by(Pipeline.id).first().id
    assert list(by_product(asked, span=Span(SPAN.first, SPAN.last, pipeline))) == ["Door"]


def test_members_see_the_demand_of_their_own_customers(asked):
    regular(asked, 70, 40, 10)
    assert by_product(asked, "li") == {} and rows(asked, "demand-customer", "li")[0] == []


@pytest.mark.parametrize("name", ["demand-product", "demand-customer"])
def test_pages_and_files(asked, name):
    regular(asked, 70, 40, 10)
    ann = asked.client("ann", "zh")
    for query in ("", "row=none", "row=1.9", "row=1.x", f"row={asked.hinge.id}.0", "pipeline=1"):
        assert ann.get(f"/sales/reports/{name}?{query}").status_code == 200
    assert len(list(csv.reader(io.StringIO(ann.get(f"/sales/reports/{name}?format=csv").text)))) >= 2
    assert asked.dim(orders_order_line=["quantity"]).get(f"/sales/reports/{name}").status_code == 403


def test_habits_are_one_query_however_many_customers(asked):
    counts = []
    for n in range(2):
        regular(asked, 70, 40, 10, contact=asked.contact(f"Regular {n}", owner="Bo"))
        with asked.acting("ann"):
            person = asked.person("ann")
            regulars.habits(person)
            with asked.queries() as made:
                assert len(regulars.habits(person)) == n + 1
            counts.append(len(made))
    assert counts == [1, 1]


# On other pages


def test_a_contacts_page_says_what_is_due_and_the_owners_worklist_what_is_late(asked):
    regular(asked, 65, 50, 35)
    wu, ma = asked.contact("Wu", owner="Bo"), asked.contact("Ma", owner="Bo")
    regular(asked, 62, 31, 1, contact=wu)
    regular(asked, 200, 190, 180, contact=ma)
    bo = asked.client("bo")
    panels = {c.id: bo.get(f"/contacts/{c.id}").text.partition('id="panel-habits"')[2] for c in (asked.lin, wu, ma)}
    assert "20 days late" in panels[asked.lin.id] and "usually 100 every 15 days" in panels[asked.lin.id]
    assert "days late" not in panels[wu.id] and "usually 100 every 30 days" in panels[wu.id]
    assert panels[ma.id] == "", "who was silent for long is not expected"
    home = bo.get("/").text
    assert "Lin · Hinge" in home and "Wu · Hinge" not in home and "Ma · Hinge" not in home
    assert "Lin · Hinge" not in asked.client("ann").get("/").text, "it is not Ann's customer"
