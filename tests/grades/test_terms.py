"""How a customer pays by its grade: what the plan of an order or a contract begins with, and who sees it."""

import pytest

from core import Problem
from plugins.grades.models import Grade, Level
from plugins.payments.models import Instalment


@pytest.fixture
def order(bank):
    """A draft of 1,000, of a customer who is graded."""
    bank.paid("300000 CNY", keep_rest=True)
    bank.run_jobs()
    return bank.order(price="1000")


def plan_of(bank, order, who="bo", query=""):
    return bank.client(who).get(f"/payments/plan/orders_order/{order.id}{query}").text


def dues(page):
    """What stands in the fields of the page: amounts and days."""
    found = lambda name: [x.split('value="')[1].split('"')[0] for x in page.split(f'name="{name}"')[1:]]  # noqa: E731
    return [(a, d) for a, d in zip(found("amount"), found("due"), strict=True) if a]


def test_credit_days_make_one_instalment(bank, order):
    page = plan_of(bank, order)
    assert dues(page) == [("1000.00 CNY", bank.day(30))]
    assert "As grade B pays: 100% after 30 days." in page and "change it as you like" in page


def test_the_grades_own_plan_makes_parts(bank, order):
    bank.level("B", plan="30%, 60% + 20, 10%+45天")
    page = plan_of(bank, order)
    assert dues(page) == [("300.00 CNY", bank.day(0)), ("600.00 CNY", bank.day(20)), ("100.00 CNY", bank.day(45))]
    assert "As grade B pays: 30% at once · 60% after 20 days · 10% after 45 days." in page


def test_days_of_its_own_put_off_the_last_part(bank, order):
    bank.level("B", plan="30%, 70% + 20")
    bank.change(Grade.get(), by="ann", credit_days="90")
    page = plan_of(bank, order)
    assert dues(page) == [("300.00 CNY", bank.day(0)), ("700.00 CNY", bank.day(90))]
    assert "As agreed with this customer (grade B, 90 days of credit)" in page


def test_a_customer_without_a_grade_pays_as_the_last_one(bank):
    page = plan_of(bank, bank.order(price="1000"))
    assert dues(page) == [("1000.00 CNY", bank.day(0))]
    assert "As customers without a grade pay (D): 100% at once." in page


def test_another_way_or_none_is_a_click_away(bank, order):
    assert [d for _a, d in dues(plan_of(bank, order, query="?way=50-50"))] == [bank.day(0), bank.day(30)]
    empty = plan_of(bank, order, query="?way=none")
    assert dues(empty) == [] and 'href="?way=grade"' in empty and "As grade B pays" not in empty


def test_nothing_is_saved_before_somebody_does_and_then_it_is_no_more_proposed(bank, order):
    page = plan_of(bank, order)
    assert Instalment.select().count() == 0
    ((amount, due),) = dues(page)
    sent = {"known": "", "id": "", "title": "All", "amount": amount, "due": due, "condition": ""}
    bank.client("bo").post(f"/payments/plan/orders_order/{order.id}", data=sent)
    assert Instalment.select().count() == 1
    assert "As grade B pays" not in plan_of(bank, order)


def test_who_may_not_see_grades_reads_nothing_of_them(bank, order):
    role = bank.person("bo").role
    rules = {"grades_level": {"credit_days": "hidden"}}
    type(role).update(field_rules=rules).where(type(role).id == role.id).execute()
    page = plan_of(bank, order)
    assert dues(page) == [] and "grade" not in page.split("<main")[1]


@pytest.mark.parametrize(
    "plan, said",
    [
        ("30%, 60%", "add up to 100%; these make 90%"),
        ("a third, the rest later", "cannot be read"),
        ("50% + 30, 50%", "cannot be due before"),
        ("0%, 100%", "add up to 100%"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_words(bank, plan, said):
    with pytest.raises(Problem, match=said):
        bank.level("B", plan=plan)
    assert Level.get(Level.name == "B").plan == ""
