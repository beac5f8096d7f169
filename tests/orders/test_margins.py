"""Sales with margin, and won and lost by product: the sums, their lines, and who sees what."""

import csv
import io
from dataclasses import replace

import pytest

from plugins.sales.models import Pipeline
from tests.orders.sold import SPAN, order, rows

WAYS = ("sales-person", "sales-territory", "sales-product", "sales-category", "sales-customer")


@pytest.fixture
def sold(desk):
    """Bo sold doors and something without a product, Li sold handles; the doors' cost is known."""
    parent = desk.make("catalogue_category", "ann", name="Goods")
    category = desk.make("catalogue_category", "ann", name="Doors", parent=parent)
    desk.door = desk.product("Door", "100 CNY", cost="60 CNY", category=category)
    desk.handle = desk.product("Handle", "10 CNY")
    desk.east = desk.make("sales_territory", name="East")
    desk.town = desk.make("sales_territory", name="Town", parent=desk.east)
    deal = desk.make("sales_deal", "bo", title="Kitchen", amount="500 CNY", territory=desk.town)
    desk.lin, desk.wu = desk.contact("Lin", owner="Bo"), desk.contact("Wu", owner="Li")
    order(desk, (desk.door, 4, "100"), ("Freight", 1, "50"), contact=desk.lin, deal=deal, discount="10")
    order(desk, (desk.handle, 5, "10"), by="li", contact=desk.wu)
    return desk


def test_margin_is_after_every_discount_and_without_tax(desk):
    door = desk.product("Door", cost="60 CNY")
    line = {"product": door, "text": "Door", "quantity": "2", "price": "113 CNY", "tax": "13", "discount": "10"}
    order(desk, line, prices="gross", discount="50")
    ((name, orders, quantity, sales, share, _back, unknown, margin, rate),), total, _made = rows(desk, "sales-product")
    assert (name, orders, quantity, share) == ("Door", 1, 2.0, 100.0)
    assert (sales, unknown, margin) == ("90.00 CNY", "0.00 CNY", "-30.00 CNY") and rate == -33.3
    assert total[3] == "90.00 CNY" and total[7] == "-30.00 CNY"


def test_by_person_with_what_has_no_known_cost(sold):
    found, total, _made = rows(sold, "sales-person")
    assert found == [
        ["Bo", 1, "405.00 CNY", 89.0, "0.00 CNY", "45.00 CNY", "120.00 CNY", 33.3],
        ["Li", 1, "50.00 CNY", 11.0, "0.00 CNY", "50.00 CNY", "0.00 CNY", ""],
    ]
    assert total == ["All", 2, "455.00 CNY", "", "0.00 CNY", "95.00 CNY", "120.00 CNY", 33.3]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_comes_to_the_same_and_every_row_to_its_lines(sold, way):
    _found, total, made = rows(sold, way)
    assert [cell for cell in total if str(cell).endswith("CNY")] == [
        "455.00 CNY",
        "0.00 CNY",
        "95.00 CNY",
        "120.00 CNY",
    ]
    sales = made.heads.index("Sales")
    for row in made.rows:
        page = sold.client("ann").get(row[sales].url)
        assert page.status_code == 200
        key = row[sales].url.rpartition("row=")[2]
        lines, whole, _made = rows(sold, way, span=replace(SPAN, row=key))
        assert lines and whole[5] == row[sales].value and whole[7] == row[-2].value


def test_territories_and_categories_are_named_with_what_they_are_part_of(sold):
    assert [row[0] for row in rows(sold, "sales-territory")[0]] == ["East / Town", "—"]
    assert [row[0] for row in rows(sold, "sales-category")[0]] == ["Goods / Doors", "—"]
    assert [row[0] for row in rows(sold, "sales-customer")[0]] == ["Lin", "Wu"]


def test_a_bundle_costs_what_its_parts_cost(desk):
    kit, door, knob = desk.product("Kit", "300 CNY"), desk.product("Door", cost="60 CNY"), desk.product("Knob")
    desk.make("catalogue_component", "ann", bundle=kit, product=door, quantity="2")
    bundle = {"product": kit, "text": "Kit", "kind": "bundle", "quantity": "3", "price": "300 CNY"}
    part = {"product": door, "text": "Door", "kind": "part", "quantity": "6"}
    order(desk, bundle, part)
    assert [row[:4] + row[6:8] for row in rows(desk, "sales-product")[0]] == [
        ["Kit", 1, 3.0, "900.00 CNY", "0.00 CNY", "540.00 CNY"]
    ]
    desk.make("catalogue_component", "ann", bundle=kit, product=knob)
    assert rows(desk, "sales-product")[0][0][6] == "900.00 CNY", "of one part the cost is not known"


def test_other_currencies_at_the_rates_of_their_days(desk):
    door = desk.product("Door", cost="10 USD")
    left_out = order(desk, (door, 1, "20"), currency="USD")
    assert left_out.value is None
    assert "no exchange rate: 1." in rows(desk, "sales-product")[2].note
    desk.make("sales_rate", "ann", currency="USD", day=str(SPAN.first), rate="7")
    order(desk, (door, 2, "20"), currency="USD")
    (row,), _total, _made = rows(desk, "sales-product")
    assert (row[3], row[7]) == ("280.00 CNY", "140.00 CNY")


def test_drafts_cancelled_and_older_orders_and_other_pipelines_do_not_count(sold):
    sold.act("cancel", order(sold, (sold.door, 9, "1000")))
    order(sold, (sold.door, 9, "1000"), ago=60)
    sold.make("orders_order", "bo", title="Draft", contact=sold.lin)
    assert rows(sold, "sales-person")[1][2] == "455.00 CNY"
    with sold.app.app_context():
        pipeline = Pipeline.select().order_by(Pipeline.id).first().id
    found, _total, _made = rows(sold, "sales-person", span=replace(SPAN, pipeline=pipeline))
    assert [row[:3] for row in found] == [["Bo", 1, "405.00 CNY"]], "the other order has no deal"


def test_a_member_sees_their_own_sales(sold):
    found, total, _made = rows(sold, "sales-product", "li")
    assert [row[0] for row in found] == ["Handle"] and total[3] == "50.00 CNY"


@pytest.mark.parametrize("way", WAYS)
def test_pages_and_files(sold, way):
    ann = sold.client("ann", "zh")
    for query in ("", "row=none", "row=999", "row=1.x", "pipeline=1"):
        assert ann.get(f"/sales/reports/{way}?{query}").status_code == 200
    table = list(csv.reader(io.StringIO(ann.get(f"/sales/reports/{way}?format=csv").text)))
    assert len(table) >= 3 and "455.00 CNY" in table[-1]
    assert sold.client("ro").get(f"/sales/reports/{way}?format=csv").status_code == 403


def test_who_may_not_see_costs_sees_no_margins(sold):
    page = sold.dim(catalogue_product=["cost"]).get("/sales/reports/sales-product").text
    assert "Door" in page and "Margin %" not in page and "120" not in page


@pytest.mark.parametrize("hidden", [{"orders_order_line": ["price"]}, {"orders_order": ["total"]}])
def test_who_may_not_see_amounts_sees_none_of_these_reports(sold, hidden):
    client = sold.dim(**hidden)
    assert client.get("/sales/reports/sales-product").status_code == 403
    page = client.get("/sales/reports")
    assert page.status_code == 200 and "/sales/reports/sales-person" not in page.text


def test_a_report_costs_the_same_however_many_orders(sold):
    counts = []
    for batch in range(2):
        with sold.acting("ann"):
            person, (reports,) = sold.person("ann"), sold.build.hook.sales_reports()
            reports["sales-product"].make(person, SPAN)
            with sold.queries() as asked:
                reports["sales-product"].make(person, SPAN)
        counts.append(len(asked))
        for n in range(3):
            order(sold, (sold.product(f"Shelf {n} {batch}"), 1, "10"))
    assert counts == [3, 3]


# Won and lost


def test_won_and_lost_by_the_products_of_the_newest_quote_or_order(sold):
    for title, amount, status in (("A", "300 CNY", "won"), ("B", "90 CNY", "lost")):
        deal = sold.make("sales_deal", "bo", title=title, amount=amount)
        sold.quote((sold.handle, 1, "1000"), deal=deal, contact=sold.lin)
        sold.quote((sold.door, 2, "100"), (sold.handle, 10, "10"), deal=deal, contact=sold.lin)
        with sold.acting("ann"):
            reason = sold.build.resources["sales_reason"].model.get(kind="lost").id
        sold.change(sold.again(deal), status=status, **({"reason": reason} if status == "lost" else {}))
    found, _total, made = rows(sold, "outcomes")
    assert found == [
        ["Door", 1, 1, 50.0, "200.00 CNY", "60.00 CNY"],
        ["Handle", 1, 1, 50.0, "100.00 CNY", "30.00 CNY"],
    ]
    page = sold.client("ann").get(made.rows[0][4].url).text
    assert ">A</a>" in page and ">B</a>" not in page and "200" in page
    assert sold.client("ann", "zh").get("/sales/reports/outcomes?format=csv").mimetype == "text/csv"
