"""What came back: taken off sales and margin on the day of the return, by every way and down to the lines."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from plugins.orders.models import Delivery, OrderLine
from tests.orders.sold import SPAN, TODAY, order, rows

WAYS = ("sales-person", "sales-territory", "sales-product", "sales-category", "sales-customer")


def back(desk, sold, *quantities, by="bo", ago=0):
    """All of an order goes out, and so much of each line that can be delivered comes back."""
    goods = [line for line in desk.lines(sold) if line.is_goods]
    desk.act("ship", sold, by, {line.id: line.quantity for line in goods})
    wanted = {line.id: Decimal(n) for line, n in zip(goods, quantities, strict=False)}
    day = TODAY - dt.timedelta(days=ago)
    return desk.act("ship", sold, by, wanted, kind="return", day=day)


def sales(desk, way="sales-product", who="ann", span=SPAN):
    """Name → sales, came back, margin; and the sums of all."""
    found, total, made = rows(desk, way, who, span)
    at = [made.heads.index(head) for head in ("Sales", "Came back", "Margin") if head in made.heads]
    return {row[0]: [row[i] for i in at] for row in found}, [total[i] for i in at]


@pytest.fixture
def trade(desk):
    """Bo sold four doors with 10 % off the whole and one came back; Li sold handles and all of them came back."""
    parent = desk.make("catalogue_category", "ann", name="Goods")
    category = desk.make("catalogue_category", "ann", name="Doors", parent=parent)
    desk.door = desk.product("Door", "100 CNY", cost="60 CNY", category=category)
    desk.handle = desk.product("Handle", "10 CNY")
    east = desk.make("sales_territory", name="East")
    deal = desk.make("sales_deal", "bo", title="Kitchen", amount="500 CNY", territory=east)
    lin, wu = desk.contact("Lin", owner="Bo"), desk.contact("Wu", owner="Li")
    desk.doors = order(desk, (desk.door, 4, "100"), ("Freight", 1, "50"), contact=lin, deal=deal, discount="10")
    desk.handles = order(desk, (desk.handle, 5, "10"), by="li", contact=wu)
    back(desk, desk.doors, 1)
    back(desk, desk.handles, 5, by="li")
    return desk


def test_a_part_that_came_back_takes_its_net_price_and_its_cost_with_it(trade):
    found, total = sales(trade)
    assert found == {
        "Door": ["270.00 CNY", "90.00 CNY", "90.00 CNY"],
        "—": ["45.00 CNY", "0.00 CNY", "0.00 CNY"],
        "Handle": ["0.00 CNY", "50.00 CNY", "0.00 CNY"],
    }
    assert total == ["315.00 CNY", "140.00 CNY", "90.00 CNY"]
    quantities = {row[0]: row[2] for row in rows(trade, "sales-product")[0]}
    assert quantities == {"Door": 3.0, "—": 1.0, "Handle": 0.0}


def test_every_way_comes_to_the_same_and_every_row_to_its_lines(trade):
    for way in WAYS:
        assert sales(trade, way)[1] == ["315.00 CNY", "140.00 CNY", "90.00 CNY"]
        made = rows(trade, way)[2]
        at, margin = made.heads.index("Sales"), made.heads.index("Margin")
        for row in made.rows:
            url = next(cell.url for cell in row[1:] if cell.url)
            lines, whole, _made = rows(trade, way, span=replace(SPAN, row=url.rpartition("row=")[2]))
            assert lines and (whole[5], whole[7]) == (row[at].value, row[margin].value)
            assert trade.client("ann").get(url).status_code == 200


def test_the_lines_of_a_row_name_what_came_back_and_its_day(trade):
    url = rows(trade, "sales-person")[2].rows[0][1].url
    lines, _total, _made = rows(trade, "sales-person", span=replace(SPAN, row=url.rpartition("row=")[2]))
    assert [row[2:6] for row in lines if row[4] < 0] == [[TODAY.isoformat(), "Came back: Door", -1.0, "-90.00 CNY"]]


def test_it_counts_on_the_day_on_which_it_came_back(desk):
    door = desk.product("Door", cost="60 CNY")
    old = order(desk, (door, 4, "100"), ago=60)
    back(desk, old, 1, ago=10)
    found, total, made = rows(desk, "sales-product")
    assert (found[0][:4], found[0][5], total[3]) == (["Door", 0, -1.0, "-100.00 CNY"], "100.00 CNY", "-100.00 CNY")
    assert "less what came back" in made.note
    then = replace(SPAN, first=TODAY - dt.timedelta(days=90), last=TODAY - dt.timedelta(days=40))
    assert rows(desk, "sales-product", span=then)[1][3] == "400.00 CNY", "what is over stays as it was"
    both = replace(SPAN, first=TODAY - dt.timedelta(days=90))
    assert rows(desk, "sales-product", span=both)[1][3] == "300.00 CNY"


def test_prices_with_tax_and_both_discounts(desk):
    door = desk.product("Door", cost="60 CNY")
    line = {"product": door, "text": "Door", "quantity": "2", "price": "113 CNY", "tax": "13", "discount": "10"}
    back(desk, order(desk, line, prices="gross", discount="50"), 1)
    assert sales(desk)[0] == {"Door": ["45.00 CNY", "45.00 CNY", "-15.00 CNY"]}


def test_other_currencies_at_the_rate_of_their_order(desk):
    door = desk.product("Door", cost="10 USD")
    desk.make("sales_rate", "ann", currency="USD", day=str(SPAN.first), rate="7")
    sold = order(desk, (door, 4, "20"), currency="USD")
    order(desk, (door, 1, "100"))
    desk.make("sales_rate", "ann", currency="USD", day=str(TODAY), rate="8")
    back(desk, sold, 3)
    worth = OrderLine.get(OrderLine.order == sold.id).order.value
    assert sales(desk)[1][:2] == [f"{worth / 400 + 100:.2f} CNY", f"{worth * 3 / 400:.2f} CNY"]
    assert sales(desk)[1][2] == f"{worth / 400 + 100 - 2 * 80:.2f} CNY"


def bundle(desk, first, second, quantity=3):
    """An order of so many kits of 300: two of the first part and one of the second in each."""
    kit = desk.product("Kit", "300 CNY", cost="120 CNY")
    head = {"product": kit, "text": "Kit", "kind": "bundle", "quantity": str(quantity), "price": "300 CNY"}
    parts = [
        {"product": part, "text": part.name, "kind": "part", "quantity": str(n * quantity)}
        for part, n in ((first, 2), (second, 1))
    ]
    return order(desk, {"product": first, "text": "Spare", "quantity": "1", "price": "100 CNY"}, head, *parts)


def test_a_part_of_a_bundle_is_the_share_that_list_prices_give_it(desk):
    made = bundle(desk, desk.product("Door", "90 CNY"), desk.product("Knob", "20 CNY"))
    back(desk, made, 0, 1)
    # a door is 90 of the 200 that the parts of one kit cost by themselves
    assert sales(desk)[0]["Kit"] == ["765.00 CNY", "135.00 CNY", "459.00 CNY"]
    assert sales(desk)[0]["Door"] == ["100.00 CNY", "0.00 CNY", "0.00 CNY"]


def test_a_whole_bundle_that_came_back_leaves_nothing(desk):
    back(desk, bundle(desk, desk.product("Door", "90 CNY"), desk.product("Knob", "20 CNY")), 1, 6, 3)
    assert sales(desk) == (
        {"Kit": ["0.00 CNY", "900.00 CNY", "0.00 CNY"], "Door": ["0.00 CNY", "100.00 CNY", "0.00 CNY"]},
        ["0.00 CNY", "1000.00 CNY", "0.00 CNY"],
    )


def test_parts_are_alike_where_one_has_no_list_price(desk):
    back(desk, bundle(desk, desk.product("Door", "90 CNY"), desk.product("Knob", None)), 0, 0, 1)
    assert sales(desk)[0]["Kit"][:2] == ["750.00 CNY", "150.00 CNY"]


def test_two_bundles_in_one_order_do_not_mix(desk):
    door, knob = desk.product("Door", "90 CNY"), desk.product("Knob", "20 CNY")
    cheap, dear = desk.product("Cheap", "100 CNY"), desk.product("Dear", "1000 CNY")
    lines = []
    for kit, price in ((cheap, "100 CNY"), (dear, "1000 CNY")):
        lines.append({"product": kit, "text": kit.name, "kind": "bundle", "quantity": "1", "price": price})
        lines += [{"product": part, "text": part.name, "kind": "part", "quantity": "1"} for part in (door, knob)]
    back(desk, order(desk, *lines), 0, 0, 1, 1)
    assert {name: row[:2] for name, row in sales(desk)[0].items()} == {
        "Cheap": ["100.00 CNY", "0.00 CNY"],
        "Dear": ["0.00 CNY", "1000.00 CNY"],
    }


def test_an_undone_return_is_sold_again(trade):
    trade.undo()
    assert sales(trade)[1] == ["365.00 CNY", "90.00 CNY", "90.00 CNY"]


def test_a_member_sees_what_came_back_to_them(trade):
    assert sales(trade, who="li")[0] == {"Handle": ["0.00 CNY", "50.00 CNY", "0.00 CNY"]}


@pytest.mark.parametrize("hidden", [{"orders_delivery": ["day"]}, {"orders_order_line": ["returned"]}])
def test_who_may_not_see_returns_sees_none_of_these_reports(trade, hidden):
    assert trade.dim(**hidden).get("/sales/reports/sales-product").status_code == 403
    assert Delivery.select().count() == 4


def test_the_purchases_of_a_contact_and_the_order_say_what_came_back(trade):
    bo = trade.client("bo")
    for path in (f"/contacts/{trade.doors.contact_id}", f"/orders/order/{trade.doors.id}"):
        assert "90 came back" in bo.get(path).text.replace(".00", "")
    assert "came back" not in trade.dim(orders_delivery=["day"]).get(f"/contacts/{trade.doors.contact_id}").text


def test_what_went_out_is_counted_without_a_statement_per_line(desk):
    many = order(desk, *((f"Line {n}", 2, "1") for n in range(9)))
    lines = {line.id: Decimal(2) for line in desk.lines(many)}
    with desk.queries() as asked:
        desk.act("ship", many, "bo", lines)
    assert {line.delivered for line in desk.lines(many)} == {2}
    assert len([sql for sql in asked if 'UPDATE "orders_order_line"' in str(sql)]) == 2
