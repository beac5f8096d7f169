"""Payments of orders: no commission of what came back, and nothing due of what was cancelled."""

import pytest

from plugins.payments.commissions import statement_of
from plugins.payments.models import Instalment
from tests.payments.conftest import Till
from tests.trials import trial_of

fresh = trial_of(Till, "sales", "catalogue", "orders", "payments")


@pytest.fixture
def till(fresh):
    """Xu brought a deal of 1,000; its order of 10 × 100 went out, and 3 of it came back."""
    fresh.lin, fresh.xu = fresh.contact("Lin", owner="Bo"), fresh.contact("Xu", owner="Bo", roles="partner")
    values = {"title": "Kitchen", "contact": fresh.lin, "amount": "1000 CNY", "commission": "10", "partner": fresh.xu}
    deal = fresh.make("sales_deal", "bo", status="won", **values)
    order = fresh.make("orders_order", "bo", title="Kitchen", contact=fresh.lin, deal=deal, currency="CNY")
    fresh.make("orders_order_line", "bo", order=order, text="Door", quantity="10", price="100 CNY")
    orders = fresh.resource("orders_order")
    with fresh.acting("bo"):
        bo = fresh.person("bo")
        order = orders.mark_confirmed(bo, order)
        (line,) = orders.lines_of(order)
        orders.ship(bo, order, {line.id: 10})
        orders.ship(bo, order, {line.id: 3}, kind="return")
    fresh.order = order
    return fresh


def lines(till):
    with till.acting("bo"):
        return [(one.whole, one.due, one.back) for one in statement_of(till.person("bo"), till.xu.id).lines]


def test_what_came_back_takes_its_commission_with_it(till):
    with till.app.app_context():
        till.build.options("payments").save({"commission_due": "won"})
    assert lines(till) == [(7000, 7000, 30)]
    assert "30% came back" in till.client("bo").get(f"/payments/commission/{till.xu.id}").text


def test_who_paid_for_what_they_kept_has_paid_for_all_of_it(till):
    sent = {"known": "", "id": "", "title": "All", "amount": "100%", "due": till.day(9), "condition": ""}
    till.client("bo").post(f"/payments/plan/orders_order/{till.order.id}", data=sent)
    till.paid("500 CNY")
    assert lines(till) == [(7000, 5000, 30)]
    till.paid("200 CNY")
    assert lines(till) == [(7000, 7000, 30)]
    till.paid("300 CNY")
    assert lines(till) == [(7000, 7000, 30)]


def test_an_order_is_not_cancelled_while_something_is_due_for_it(till):
    order = till.make("orders_order", "bo", title="Hall", contact=till.lin, currency="CNY")
    till.make("orders_order_line", "bo", order=order, text="Door", quantity="1", price="100 CNY")
    sent = {"known": "", "id": "", "title": "All", "amount": "100%", "due": till.day(9), "condition": ""}
    bo = till.client("bo")
    bo.post(f"/payments/plan/orders_order/{order.id}", data=sent)
    answer = bo.post(f"/orders/order/{order.id}/act/cancel")
    assert answer.status_code == 422 and "still due for" in answer.text
    assert till.again(order).status == "draft"
    till.client("ann").post(f"/payments/instalment/{Instalment.get().id}/delete")
    assert bo.post(f"/orders/order/{order.id}/act/cancel").status_code in (302, 303)
    assert till.again(order).status == "cancelled"
