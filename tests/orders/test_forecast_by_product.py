"""The forecast by team, territory and product: it adds up to the one by person, and opens the deals behind it."""

import csv
import datetime as dt
import io

import pytest

from core import User
from plugins.sales.models.forecast import day_after, first_day
from plugins.sales.resources.forecast import WAYS, forecast
from tests.orders.sold import TODAY, order

START = first_day("quarter", TODAY)
#: A day of this quarter that has not passed, so that a deal may close on it.
SOON = max(TODAY, day_after("quarter", START) - dt.timedelta(days=3)).isoformat()


@pytest.fixture
def planned(desk):
    """Deals of Bo and Li in this quarter: with a quote, with an order, with a line of no product, with no lines."""
    desk.door, desk.knob = desk.product("Door"), desk.product("Knob", "1 CNY")
    desk.east = desk.make("sales_territory", name="East")
    desk.town = desk.make("sales_territory", name="Town", parent=desk.east)
    stages = {s.forecast: s.id for s in desk.build.resources["sales_stage"].model.select()}

    def deal(title, by, amount, stage="commit", **values):
        values = {"expected_close": SOON, "stage": stages[stage]} | values
        return desk.make("sales_deal", by, title=title, amount=f"{amount} CNY", **values)

    kitchen = deal("Kitchen", "bo", 1000, territory=desk.town)
    desk.quote((desk.knob, 1, "999"), deal=kitchen)
    desk.quote((desk.door, 3, "100"), (desk.knob, 100, "1"), deal=kitchen, discount="50")
    flat = deal("Flat", "li", 300, "best", territory=desk.east)
    desk.quote((desk.knob, 1, "5"), deal=flat, by="li", contact=desk.contact("Wu", owner="Li"))
    order(desk, (desk.door, 1, "10"), ("Freight", 1, "20"), deal=flat, by="li", contact=desk.contact("Wu", owner="Li"))
    deal("Empty", "bo", 70, "pipeline")
    won = deal("Won", "bo", 11)
    desk.quote((desk.door, 7, "3.33"), (desk.knob, 1, "3.33"), deal=won)
    desk.change(won, status="won")
    return desk


def made(desk, by, who="ann"):
    with desk.acting(who):
        found = forecast(desk.person(who), "quarter", START, by=by)
    return found, {line.name: line for line in found.lines}


def test_every_way_comes_to_the_same(planned):
    planned.make("sales_target", person=planned.cast.bo, start=START.isoformat(), base="5000 CNY")
    totals = []
    for way in WAYS:
        found, _lines = made(planned, way)
        total = found.total
        totals.append((total.won, total.commit_sum, total.best_case, total.weighted, total.unrated, total.target))
        rows = [line for line in found.lines if not line.depth]
        assert sum(line.weighted * 100 + line.expected % 100 for line in rows) // 100 == total.weighted
        assert sum(line.best_case for line in rows) == total.best_case
    assert len(set(totals)) == 1 and totals[0][:3] == (1100, 101100, 131100)


def test_a_deals_amount_is_divided_among_the_lines_of_its_newest_order_or_quote(planned):
    _found, lines = made(planned, "product")
    assert (lines["Door"].committed, lines["Knob"].committed) == (75000, 25000)
    assert lines["Door"].best == 10000 and lines["Knob"].best == 0, "the order counts, not the quote"
    assert (lines["Door"].won, lines["Knob"].won) == (962, 138), "of 11.00, 7:1 and rounded"
    assert (lines[""].best, lines[""].rest, lines[""].committed) == (20000, 7000, 0), (
        "freight, and a deal without lines"
    )


def test_a_territory_has_those_below_it_in_it(planned):
    planned.make("sales_target", territory=planned.town, start=START.isoformat(), base="2000 CNY")
    found, lines = made(planned, "territory")
    assert [(line.name, line.depth) for line in found.lines] == [("East", 0), ("Town", 1), ("", 0)]
    assert (lines["East"].best_case, lines["Town"].best_case) == (130000, 100000)
    assert lines["East"].target == lines["Town"].target == (200000,) * 3 and lines["East"].gap == 100000
    assert found.total.target is None, "a territory's target is a part, and the firm has none"


def test_a_teams_target_is_its_own_or_what_its_people_plan(planned):
    team = planned.build.resources["teams"].model
    with planned.acting("ann"):
        whole = team.create(name="Sales")
        north = team.create(name="North", parent=whole)
        User.update(team=north.id).where(User.id == planned.cast.bo.id).execute()
        User.update(team=None).where(User.id == planned.cast.li.id).execute()
    for person, base in (("bo", 500), ("li", 40)):
        planned.make("sales_target", person=getattr(planned.cast, person), start=START.isoformat(), base=f"{base} CNY")
    found, lines = made(planned, "team")
    assert [(line.name, line.depth) for line in found.lines] == [("Sales", 0), ("North", 1), ("", 0)]
    assert lines["Sales"].target == (50000,) * 3 and lines["Sales"].committed == 100000
    assert found.total.target == (54000,) * 3
    planned.make("sales_target", team=whole, start=START.isoformat(), base="900 CNY")
    for way in WAYS:
        assert made(planned, way)[0].total.target == (94000,) * 3, "the team's, and Li's, who is in none"


def test_a_products_target_is_found_by_its_name_however_it_is_written(planned):
    planned.make("sales_target", product="  DOOR ", start=START.isoformat(), base="2000 CNY")
    planned.make("sales_target", product="Window", start=START.isoformat(), base="10 CNY")
    found, lines = made(planned, "product")
    assert lines["Door"].target == (200000,) * 3 and lines["Door"].gap == 200000 - 75962
    assert lines["Window"].key is None and lines["Window"].gap == 1000 and found.total.target is None
    page = planned.client("ann").get("/sales/forecast?by=product").text
    assert "not in the catalogue" in page
    form = planned.client("ann").get("/sales/target/new").text
    assert '<option value="Door">' in form and 'list="product-list"' in form


@pytest.mark.parametrize("way", list(WAYS))
def test_every_way_is_a_page_and_a_file(planned, way):
    ann = planned.client("ann", "zh")
    for period in ("month", "quarter", "year"):
        assert ann.get(f"/sales/forecast?by={way}&period={period}").status_code == 200
    table = list(csv.reader(io.StringIO(ann.get(f"/sales/forecast?by={way}&format=csv").text)))
    assert table[-1][1:3] == ["11.00 CNY", "1011.00 CNY"] and len(table) >= 4


@pytest.mark.parametrize(
    ("way", "name", "deals"),
    [("product", "Door", {"Kitchen"}), ("territory", "East", {"Kitchen"}), ("team", "", set())],
)
def test_numbers_open_their_deals(planned, way, name, deals):
    page = planned.client("ann").get(f"/sales/forecast?by={way}").text
    row = page.partition(f"<td>{name}" if name else "<tfoot>")[2].partition("</tr>")[0]
    links = [part.partition('"')[0].replace("&amp;", "&") for part in row.split('href="')[1:]]
    (commits,) = [link for link in links if "number=commit" in link]
    text = planned.client("ann").get(commits).text.partition("<tbody>")[2]
    assert {title for title in ("Kitchen", "Flat", "Empty") if f">{title}</a>" in text} == (deals or {"Kitchen"})


def test_deals_without_a_product_are_listed_with_what_is_left_of_them(planned):
    address = f"/sales/forecast/deals?period=quarter&start={START}&by=product&key=0&number=weighted"
    text = planned.client("ann").get(address).text
    assert ">Flat</a>" in text and ">Empty</a>" in text and ">Kitchen</a>" not in text
    assert planned.client("ann").get(address.replace("key=0", "key=999")).status_code == 404


def test_a_member_sees_the_products_of_their_own_deals(planned):
    _found, lines = made(planned, "product", "li")
    assert (lines["Door"].best, lines["Door"].committed) == (10000, 0) and "Knob" not in lines


@pytest.mark.parametrize("hidden", [{"orders_quote_line": ["price"]}, {"orders_order": ["deal"]}])
def test_no_division_by_what_is_hidden(planned, hidden):
    client = planned.dim(**hidden)
    assert client.get("/sales/forecast?by=product").status_code == 403
    assert client.get(f"/sales/forecast/deals?by=product&number=won&key={planned.door.id}").status_code == 403
    page = client.get("/sales/forecast").text
    assert "by=team" in page and "by=product" not in page


def test_it_costs_the_same_however_many_deals(planned):
    counts = []
    for batch in range(2):
        with planned.acting("ann"):
            person = planned.person("ann")
            for way in WAYS:
                forecast(person, "quarter", START, by=way)
                with planned.queries() as asked:
                    forecast(person, "quarter", START, by=way)
                counts.append((way, len(asked)))
        for n in range(3):
            deal = planned.make("sales_deal", "bo", title=f"More {n}", amount="5 CNY", expected_close=SOON)
            planned.quote((planned.product(f"Shelf {batch} {n}"), 1, "1"), deal=deal)
    assert counts[:4] == counts[4:] == [("person", 4), ("team", 5), ("territory", 3), ("product", 6)]


def plan(desk, base, **values):
    desk.make("sales_target", start=START.isoformat(), base=f"{base} CNY", **values)


def test_a_target_of_a_product_in_a_territory_is_a_part_of_both(planned):
    west = planned.make("sales_territory", name="West")
    plan(planned, 300, product="Door", territory=planned.east)
    plan(planned, 200, product="Door", territory=west)
    plan(planned, 50, product="Knob", territory=planned.east)
    _found, products = made(planned, "product")
    assert (products["Door"].target[0], products["Knob"].target[0]) == (50000, 5000)
    found, territories = made(planned, "territory")
    assert (territories["East"].target[0], territories["West"].target[0]) == (35000, 20000)
    assert "Town" not in territories or territories["Town"].target is None
    assert found.total.target is None, "they are parts, and the firm has none"
    plan(planned, 450, product="door")
    plan(planned, 400, territory=planned.east)
    assert made(planned, "product")[1]["Door"].target[0] == 45000, "what is planned of the whole wins"
    assert made(planned, "territory")[1]["East"].target[0] == 40000


def test_the_same_plan_by_people_and_by_territory_is_counted_once(planned):
    plan(planned, 300, product="Door", territory=planned.east)
    plan(planned, 100, product="Door", territory=planned.town)
    plan(planned, 120, product="Door", person=planned.cast.bo)
    plan(planned, 130, product="Door", person=planned.cast.li)
    assert made(planned, "product")[1]["Door"].target[0] == 30000, "Town is in East, and 300 are more than 250"
    plan(planned, 80, product="Door", person=planned.cast.ann)
    assert made(planned, "product")[1]["Door"].target[0] == 33000


def test_a_person_in_a_territory_with_a_product_is_a_part_of_each(planned):
    for person, base in (("bo", 40), ("li", 60)):
        plan(planned, base, product="Door", territory=planned.town, person=getattr(planned.cast, person))
    assert made(planned, "product")[1]["Door"].target[0] == 10000
    _found, lines = made(planned, "territory")
    assert lines["Town"].target[0] == lines["East"].target[0] == 10000
    assert all(line.target is None for line in made(planned, "person")[0].lines)


def test_a_territory_has_the_larger_of_its_products_and_what_is_below_it(planned):
    plan(planned, 200, territory=planned.town)
    plan(planned, 50, product="Door", territory=planned.east)
    assert made(planned, "territory")[1]["East"].target[0] == 20000
    plan(planned, 250, product="Knob", territory=planned.east)
    assert made(planned, "territory")[1]["East"].target[0] == 30000


def test_a_members_part_of_a_teams_plan_of_a_product_is_not_added_to_it(planned):
    with planned.acting("ann"):
        team = planned.build.resources["teams"].model.create(name="Sales")
        User.update(team=team.id).where(User.id == planned.cast.bo.id).execute()
        User.update(team=None).where(User.id == planned.cast.li.id).execute()
    plan(planned, 100, product="Door", team=team)
    plan(planned, 40, product="Door", person=planned.cast.bo)
    plan(planned, 5, product="Door", person=planned.cast.li)
    assert made(planned, "product")[1]["Door"].target[0] == 10500
