"""Grades: from what customers paid and prospects promise, with the rule shown; by hand with a reason; and credit."""

import datetime as dt

import pytest

from core import Contact, Invalid, Problem, fields
from core.notices import Notice
from core.testing import check_plugin
from plugins.grades.compute import grade_everybody
from plugins.grades.credit import credit_of
from plugins.grades.models import Grade, Level
from plugins.grades.resources import holders
from plugins.sales.jobs import sweep
from plugins.sales.models.pool import PoolStay


def pay(bank, amount, **values):
    return bank.paid(amount, keep_rest="yes", **values)


def confirm(bank, order, by="bo"):
    orders = bank.resource("orders_order")
    with bank.acting(by):
        return orders.mark_confirmed(bank.person(by), order)


def test_it_conforms():
    check_plugin("grades")


def test_a_customer_is_graded_by_what_was_paid_and_the_page_says_so(bank):
    pay(bank, "250000 CNY")
    assert bank.grade_of() == "B"
    assert bank.why() == "B: CN¥250,000 paid in 12 months ≥ CN¥200,000" or bank.why().startswith("B: ¥250,000 paid")
    page = bank.client("bo").get(f"/contacts/{bank.lin.id}").text
    assert 'id="panel-grade"' in page and "250,000 paid in 12 months" in page


def test_what_was_paid_before_the_window_does_not_count(bank):
    pay(bank, "250000 CNY", received_on=bank.day(-400))
    assert bank.grade_of() == "D" and bank.grade().kind == "customer"


def test_what_was_paid_back_does_not_count(bank):
    payment = pay(bank, "250000 CNY")
    bank.settle(kind="refund", payment=payment, amount="240000 CNY", reason="Cancelled")
    pay(bank, "1 CNY")
    assert bank.grade_of() == "D"


def test_other_currencies_count_at_todays_rate(bank):
    bank.make("sales_rate", currency="USD", day=bank.day(-10), rate="7")
    pay(bank, "30000 USD")
    assert bank.grade().created == 21_000_000 and bank.grade_of() == "B"


def test_a_prospect_is_graded_by_weighted_deals(bank):
    person = bank.contact("Lin Wei", owner="Bo", organisation=f"#{bank.lin.id}")
    values = {"contact": person, "organisation": bank.lin, "amount": "400000 CNY", "probability": "50"}
    bank.make("sales_deal", "bo", title="Kitchen", **values)
    grade = bank.grade()
    assert (grade.kind, grade.expected) == ("prospect", 20_000_000) and bank.grade_of() == "B"
    assert "in weighted open deals" in bank.why()
    assert bank.grade_of(person) == "B"


def test_who_has_neither_has_no_grade(bank):
    with bank.app.app_context():
        assert grade_everybody(bank.build, lambda done, total: None) == 0
    assert bank.grade() is None
    assert "panel-grade" not in bank.client("bo").get(f"/contacts/{bank.lin.id}").text


def test_by_hand_it_needs_a_reason_and_stays(bank):
    pay(bank, "250000 CNY")
    grade, best = bank.grade(), Level.get(Level.name == "A")
    with pytest.raises(Invalid, match="Say why it is set by hand"):
        bank.change(grade, by="mei", level=best.id)
    with pytest.raises(Problem, match="sees everybody's contacts"):
        bank.change(grade, by="bo", level=best.id, reason="A friend")
    bank.change(grade, by="mei", level=best.id, reason="A friend")
    pay(bank, "1 CNY", reference="second")
    assert bank.grade_of() == "A" and bank.why() == "By hand: A friend"
    bank.client("mei").post(f"/grades/grade/{grade.id}/act/by_rule")
    assert bank.grade_of() == "B" and not bank.grade().by_hand
    bank.undo()
    assert bank.grade_of() == "A"


def test_the_owner_is_told_of_another_grade(bank):
    pay(bank, "30000 CNY")
    assert bank.grade_of() == "C" and not Notice.select().where(Notice.kind == "grade").exists()
    pay(bank, "250000 CNY", reference="second")
    assert bank.grade_of() == "B"
    assert Notice.get(Notice.kind == "grade").title == "Lin & Co: grade C → B"


def test_a_changed_rule_holds_from_the_next_night(bank):
    pay(bank, "250000 CNY")
    assert bank.grade_of() == "B"
    bank.level("A", created="250000 CNY")
    with bank.app.app_context():
        assert grade_everybody(bank.build, lambda done, total: None) == 1
    assert bank.grade_of() == "A"


@pytest.mark.parametrize(
    "values, said",
    [
        ({"created": "-1 CNY"}, "cannot be less than zero"),
        ({"created": "100 USD"}, "no exchange rate for USD"),
        ({"credit_days": "-1"}, "from 0 to 1000"),
        ({"name": "b"}, "of this name already"),
    ],
)
def test_bad_rules_are_refused(bank, values, said):
    with pytest.raises(Invalid, match=said):
        bank.level("A", **values)


def test_a_grade_that_contacts_have_is_not_deleted(bank):
    pay(bank, "250000 CNY")
    assert bank.grade_of() == "B"
    level = Level.get(Level.name == "B")
    with bank.acting("ann"), pytest.raises(Problem, match="Contacts have the grade"):
        bank.resource("grades_level").delete(bank.person("ann"), [level])


def test_the_list_of_contacts_has_a_column(bank):
    pay(bank, "250000 CNY")
    bank.run_jobs()
    bo = bank.client("bo")
    page = bo.get("/contacts/?cols=name,grade").text
    assert "gx-c-teal" in page and ">B<" in page


# What a grade gets


def test_price_lists_know_the_grade(bank):
    pay(bank, "250000 CNY")
    bank.run_jobs()
    with bank.acting("bo"):
        assert bank.build.hook.customer_grade(contact_id=bank.lin.id) == "B"
        assert bank.build.hook.customer_grade(contact_id=bank.contact("Wu").id) == "D"


def test_an_order_within_the_limit_goes_on(bank):
    bank.level("D", credit_limit="1000 CNY")
    assert confirm(bank, bank.order("1000")).status == "confirmed"


def test_an_order_above_the_limit_waits_for_an_approval(bank):
    bank.level("D", credit_limit="1000 CNY")
    bank.due("600 CNY")
    order = bank.order("500")
    with pytest.raises(Problem, match="would owe .*1,100.* limit is .*1,000"):
        confirm(bank, order)
    approvals = bank.resource("orders_approval")
    with bank.acting("bo"):
        (asked,) = approvals.ask(bank.person("bo"), bank.resource("orders_order"), order)
    assert asked.kind == "credit" and asked.amount == 50000
    with bank.acting("mei"):
        approvals.decide(bank.person("mei"), asked, True)
    assert confirm(bank, bank.again(order)).status == "confirmed"


def test_binding_orders_count_until_they_are_planned_or_paid(bank):
    bank.level("D", credit_limit="1000 CNY")
    order = confirm(bank, bank.order("800"))

    def used():
        with bank.acting("ann"):
            return credit_of(bank.build, bank.lin.id, None).used

    assert used() == 80000
    sent = {"known": "", "id": "", "title": "All", "amount": "100%", "due": bank.day(9), "condition": ""}
    answer = bank.client("bo").post(f"/payments/plan/orders_order/{order.id}", data=sent)
    assert answer.status_code == 303 and used() == 80000
    bank.paid("300 CNY")
    assert used() == 50000


def test_a_limit_of_its_own_wins(bank):
    pay(bank, "250000 CNY")
    grade = bank.grade()
    bank.level("B", credit_limit="10 CNY")
    bank.change(grade, by="ann", credit_limit="5000 CNY", credit_days="7")
    with bank.acting("ann"):
        credit = credit_of(bank.build, bank.lin.id, Grade.get_by_id(grade.id))
    assert (credit.limit, credit.days, credit.free) == (500000, 7, 500000)


def test_without_orders_it_works_as_well(bank):
    bank.off("orders")
    pay(bank, "250000 CNY")
    assert bank.grade_of() == "B"
    assert bank.client("bo").get(f"/contacts/{bank.lin.id}").status_code == 200


def test_whoever_does_not_see_the_contact_does_not_see_its_grade(bank):
    pay(bank, "250000 CNY")
    grade = bank.grade()
    assert bank.client("li").get(f"/grades/grade/{grade.id}").status_code == 404
    assert "Lin" not in bank.client("li").get("/grades/grade/").text
    with bank.acting("ann"):
        assert holders([Level.get_by_id(grade.level_id)]) == {grade.level_id: 1}
    with bank.acting("li"):
        assert holders([Level.get_by_id(grade.level_id)]) == {}


# The pool


def test_who_has_not_ordered_for_long_falls_into_the_pool(bank):
    pool = bank.make("sales_pool", name="Sea", warn_days="1", spare_won="no")
    bank.make("sales_pool_rule", pool=pool, no_order_days="90")
    ordered = bank.contact("Wu", owner="Bo")
    long_ago = fields.utcnow() - dt.timedelta(days=120)
    Contact.update(created_at=long_ago).execute()
    confirm(bank, bank.order(contact=ordered))
    with bank.acting("ann") as build:
        assert sweep(build, None)["fell"] == 1
    assert (bank.again(bank.lin).owner_id, bank.again(ordered).owner_id) == (None, bank.cast.bo.id)
    assert PoolStay.get().why == "No order for 90 days"


def test_without_orders_such_a_rule_waits(bank):
    pool = bank.make("sales_pool", name="Sea", warn_days="1", spare_won="no")
    bank.make("sales_pool_rule", pool=pool, no_order_days="90")
    Contact.update(created_at=fields.utcnow() - dt.timedelta(days=120)).execute()
    bank.off("orders")
    with bank.acting("ann") as build:
        assert sweep(build, None)["fell"] == 0


def send_back(bank, order, quantity):
    """All of an order of one line goes out, and so many of it come back."""
    orders = bank.resource("orders_order")
    with bank.acting("bo"):
        (line,) = orders.lines_of(order)
        orders.ship(bank.person("bo"), order, {line.id: line.quantity})
        orders.ship(bank.person("bo"), order, {line.id: quantity}, kind="return")


def test_what_came_back_is_not_ordered(bank):
    with bank.app.app_context():
        bank.build.options("grades").save({"basis": "ordered"})
    order = confirm(bank, bank.order("100000", "3"))
    assert bank.grade_of() == "B" and bank.grade().created == 30_000_000
    send_back(bank, order, 2)
    assert bank.grade().created == 10_000_000 and bank.grade_of() != "B"


def test_what_came_back_is_not_owed(bank):
    bank.level("D", credit_limit="1000 CNY")
    send_back(bank, confirm(bank, bank.order("100", "8")), 3)
    with bank.acting("ann"):
        assert credit_of(bank.build, bank.lin.id, None).used == 50000
