"""Orders: confirmed, delivered in parts, what comes back, and what the contact's page shows."""

import pytest

from core import Entry, Invalid, Problem
from plugins.orders.models import Delivery, Order, OrderLine


def test_a_confirmed_order_has_a_number_and_stays_as_it_is(desk):
    order = desk.order()
    assert order.status == "confirmed" and order.number.startswith("O-") and order.number.endswith("-0001")
    with desk.acting("bo") as build, pytest.raises(Invalid, match="stays as it is"):
        build.resources["orders_order"].save(desk.person("bo"), desk.again(order), {"discount": 10})
    with pytest.raises(Problem, match="confirmed already"):
        desk.confirm(order)


def test_deliveries_in_parts_until_nothing_is_open(desk):
    order = desk.order(("Door", 5, "100"), ("Handle", 2, "10"))
    first = desk.ship(order, "2")
    assert first.number.startswith("D-") and desk.again(order).status == "partial"
    assert [line.delivered for line in desk.lines(order)] == [2, 0]
    desk.ship(order, "3", "2")
    assert desk.again(order).status == "delivered"
    assert [line.open for line in desk.lines(order)] == [0, 0]
    page = desk.client("bo").get(f"/orders/order/{order.id}").text
    assert first.number in page and "Deliveries and returns" in page
    told = Entry.select().where(Entry.contact == order.contact_id, Entry.title.startswith("Delivered"))
    assert told.count() == 2 and "2 × Door" in told.order_by(Entry.id).first().text


def test_never_more_than_was_ordered(desk):
    order = desk.order(("Door", 5, "100"))
    desk.ship(order, "3")
    for quantity, said in (("3", "Of “Door” 2 are still"), ("-1", "less than zero"), ("0", "at least one")):
        with pytest.raises(Problem, match=said):
            desk.ship(order, quantity)
    assert Delivery.select().count() == 1 and desk.lines(order)[0].delivered == 3
    answer = desk.client("bo").post(f"/orders/order/{order.id}/deliver", data={f"line-{desk.lines(order)[0].id}": "9"})
    assert answer.status_code == 422 and "Of “Door” 2 are still" in answer.text and 'value="9"' in answer.text


def test_what_comes_back_is_at_most_what_went_out(desk):
    order = desk.order(("Door", 5, "100"))
    with pytest.raises(Problem, match="Nothing was delivered"):
        desk.ship(order, "1", kind="return")
    desk.ship(order, "5")
    desk.ship(order, "2", kind="return")
    line = desk.lines(order)[0]
    assert (line.delivered, line.returned) == (5, 2) and desk.again(order).status == "delivered"
    with pytest.raises(Problem, match="3 can come back"):
        desk.ship(order, "4", kind="return")


def test_a_delivery_can_be_undone_and_is_counted_no_more(desk):
    order = desk.order(("Door", 5, "100"))
    desk.ship(order, "5")
    assert desk.undo() == []
    assert desk.again(order).status == "confirmed" and desk.lines(order)[0].delivered == 0
    desk.ship(order, "5")
    assert desk.again(order).status == "delivered"


def test_closing_and_cancelling(desk):
    order = desk.order()
    desk.act("cancel", order)
    assert desk.again(order).status == "cancelled"
    with pytest.raises(Problem, match="is “Cancelled” by now"):
        desk.act("close", order)
    with pytest.raises(Problem, match="nothing can be delivered"):
        desk.ship(order, "1")
    other = desk.order()
    desk.ship(other, "1")
    with pytest.raises(Problem, match="is “Delivered in part” by now"):
        desk.act("cancel", other)
    desk.act("close", other)
    assert desk.again(other).status == "closed" and desk.again(other).closed_at


def test_a_bundle_is_taken_apart_and_its_parts_are_delivered(desk):
    kit, door = desk.product("Kit", "500 CNY"), desk.product("Door")
    desk.make("catalogue_component", bundle=kit, product=door, quantity="4")
    rows = desk.client("bo").get(f"/orders/rows?product={kit.id}&key=n1&quantity=2&currency=CNY").text
    assert 'value="500.00"' in rows and 'data-per="4"' in rows and 'value="8"' in rows
    order = desk.make("orders_order", "bo", title="Kit", contact=desk.contact("Lin", owner="Bo"))
    desk.make(
        "orders_order_line", "bo", order=order, kind="bundle", product=kit, text="Kit", quantity="2", price="500 CNY"
    )
    desk.make("orders_order_line", "bo", order=order, kind="part", product=door, text="Door", quantity="8", place="1")
    order = desk.confirm(order)
    assert order.total == 100000
    part = desk.lines(order)[1]
    with desk.acting("bo") as build:
        build.resources["orders_order"].ship(desk.person("bo"), desk.again(order), {part.id: 8})
    assert desk.again(order).status == "delivered"


def test_the_contact_and_the_deal_show_what_was_bought(desk):
    contact = desk.contact("Lin", owner="Bo")
    deal = desk.make("sales_deal", "bo", title="Kitchen deal", contact=contact)
    order = desk.order(contact=contact, deal=deal)
    bo = desk.client("bo")
    for page in (bo.get(f"/contacts/{contact.id}").text, bo.get(f"/sales/deal/{deal.id}").text):
        assert order.number in page and "200" in page
    assert order.number not in desk.client("ro").get("/contacts/").text


def test_a_colleague_of_another_team_sees_nothing_of_it(desk):
    contact = desk.contact("Lin", owner="Bo")
    order, quote = desk.order(contact=contact), desk.quote(contact=contact)
    li = desk.client("li")
    for path in (f"/orders/order/{order.id}", f"/orders/quote/{quote.id}", f"/orders/quote/{quote.id}/pdf"):
        assert li.get(path).status_code == 404
    assert "Kitchen" not in li.get("/orders/order/").text
    assert li.get(f"/api/v1/orders_order_line/{desk.lines(order)[0].id}").status_code in (401, 404)


def test_what_is_due_and_what_ends_is_on_my_list(desk):
    desk.make("orders_order", "bo", title="Late one", contact=desk.contact("Lin", owner="Bo"), due="2026-01-02")
    order = Order.get()
    desk.make("orders_order_line", "bo", order=order, text="Door", quantity="1", price="5 CNY")
    desk.confirm(order)
    assert "Late one" in desk.client("bo").get("/").text
    assert "Late one" not in desk.client("li").get("/").text
    assert OrderLine.select().count() == 1


def test_who_may_not_see_quantities_delivers_nothing(desk):
    order = desk.order()
    OrderLine.update(unit="crates").execute()
    path, dim = f"/orders/order/{order.id}/deliver", desk.dim(orders_order_line=["unit", "quantity"])
    assert "crates" in desk.client("bo").get(path).text
    assert "Your role hides quantities" in dim.get(path, follow_redirects=True).text
