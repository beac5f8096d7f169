"""Approvals: discounts above a role's limit, what other modules demand, and who decides."""

import pluggy
import pytest

from core import Problem, User
from core.notices import Notice
from plugins.orders.models import Approval, Limit
from plugins.orders.resources import Need, NeedsApproval

pluggy_mark = pluggy.HookimplMarker("guanxi")


def limit(desk, role, percent):
    with desk.acting("ann"):
        role = User.role.rel_model.get(User.role.rel_model.name == role)
    desk.make("orders_limit", "ann", role=role, discount=str(percent))


def ask(desk, record, words="A large customer"):
    """Bo asks for what a document needs; the new approvals."""
    with desk.acting("bo") as build:
        approvals, heads = build.resources["orders_approval"], build.by_model[type(record)]
        return approvals.ask(desk.person("bo"), heads, desk.again(record), words)


def test_without_a_limit_nobody_needs_to_ask(desk):
    assert desk.send(desk.quote(discount="60")).status == "sent"


def test_a_discount_above_the_limit_waits_until_a_manager_says_yes(desk):
    limit(desk, "member", 10)
    quote = desk.quote(discount="15")
    with pytest.raises(NeedsApproval, match="15% is above the limit of 10%"):
        desk.send(quote)
    page = desk.client("bo").get(f"/orders/quote/{quote.id}/send").text
    assert "must be approved first" in page
    desk.client("bo").post(f"/orders/quote/{quote.id}/ask", data={"words": "A large customer"})
    desk.client("bo").post(f"/orders/quote/{quote.id}/ask", data={"words": "A second click"})
    approval = Approval.get()
    assert "A discount of 15% · CN" in desk.client("mei").get("/").text
    assert "折扣 15% · ¥" in desk.client("mei", "zh").get("/").text, "in the reader's language, whatever the asker's"
    assert (approval.words, approval.percent, approval.owner_id) == ("A large customer", 15, desk.cast.bo.id)
    assert Notice.select().where(Notice.user_id == desk.cast.mei.id, Notice.kind == "approval").count() == 1
    with pytest.raises(NeedsApproval):
        desk.send(quote)
    desk.client("mei").post(f"/orders/approval/{approval.id}/act/approve")
    assert desk.again(approval).state == "approved" and desk.again(approval).decided_by_id == desk.cast.mei.id
    assert Notice.select().where(Notice.user_id == desk.cast.bo.id, Notice.kind == "approval").count() == 1
    assert desk.send(quote).status == "sent"


def test_what_was_approved_does_not_cover_more(desk):
    limit(desk, "member", 10)
    quote = desk.quote(discount="15")
    (approval,) = ask(desk, quote)
    desk.act("approve", approval, "mei")
    desk.line(quote, "More", 1, "100", place=9)
    with pytest.raises(NeedsApproval):
        desk.send(quote)
    assert len(ask(desk, quote)) == 1, "it is asked for anew"


def test_a_price_typed_below_the_catalogue_is_a_discount_too(desk):
    limit(desk, "member", 10)
    door = desk.product("Door", "100 CNY")
    quote = desk.quote((door, 2, "80"))
    with pytest.raises(NeedsApproval, match="20%"):
        desk.send(quote)
    assert desk.send(desk.quote((door, 2, "95"))).status == "sent"


def test_who_may_decide(desk):
    limit(desk, "member", 10)
    limit(desk, "manager", 20)
    small, large = desk.quote(discount="15"), desk.quote(discount="30")
    (one,), (two,) = ask(desk, small), ask(desk, large)
    for who, approval in (("bo", one), ("li", one), ("mei", two)):
        with pytest.raises(Problem, match="may not decide"):
            desk.act("approve", approval, who)
    desk.act("approve", one, "mei")
    desk.act("decide", two, "ann", False, "Too much")
    assert desk.again(two).state == "refused" and desk.again(two).answer == "Too much"
    with pytest.raises(Problem, match="decided already: Approved"):
        desk.act("decide", one, "ann", False)


def test_approvals_are_kept_for_ever_and_written_by_the_program_alone(desk):
    limit(desk, "member", 10)
    (approval,) = ask(desk, desk.quote(discount="15"))
    with desk.acting("ann") as build, pytest.raises(Problem, match="kept for ever"):
        build.resources["orders_approval"].delete(desk.person("ann"), [approval])
    with pytest.raises(Problem, match="on the page"):
        desk.make("orders_approval", "ann", title="Made up")
    desk.act("withdraw", approval)
    assert desk.again(approval).state == "withdrawn"


def test_another_module_can_demand_one_before_an_order_is_confirmed(desk):
    class Credit:
        @pluggy_mark
        def approval_needs(self, resource, record, user):
            if resource.name == "orders_order" and (record.total or 0) > 15000:
                return [Need("credit", "This is above the credit limit.", amount=resource.kinds["total"].get(record))]
            return []

    desk.build.manager.register(Credit())
    order = desk.make("orders_order", "bo", title="Kitchen", contact=desk.contact("Lin", owner="Bo"))
    desk.make("orders_order_line", "bo", order=order, text="Door", quantity="2", price="100 CNY")
    with pytest.raises(NeedsApproval, match="above the credit limit"):
        desk.confirm(order)
    sent = desk.client("bo").post(f"/orders/order/{order.id}/act/confirm", follow_redirects=True)
    assert "must be approved first" in sent.text and "above the credit limit" in sent.text
    (approval,) = ask(desk, order)
    assert approval.kind == "credit"
    desk.act("approve", approval, "mei")
    assert desk.confirm(order).status == "confirmed"


def test_the_order_of_an_approved_quote_needs_no_second_approval(desk):
    limit(desk, "member", 10)
    quote = desk.quote(discount="15")
    (approval,) = ask(desk, quote)
    desk.act("approve", approval, "mei")
    order = desk.accept(desk.send(quote))
    assert desk.confirm(order).status == "confirmed"
    assert Limit.select().count() == 1
