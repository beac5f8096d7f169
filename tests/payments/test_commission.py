"""A partner's commission: of the deals that they brought, as the customers pay or when the deal is won."""

import pytest

from plugins.payments.commissions import statement_of


@pytest.fixture
def partner(till):
    return till.contact("Xu Design", owner="Bo", roles="partner")


def won(till, partner, **values):
    values = {"title": "Kitchen", "contact": till.lin, "amount": "1000 CNY", "commission": "10"} | values
    return till.make("sales_deal", "bo", partner=partner, status="won", **values)


def statement(till, partner, who="bo"):
    with till.acting(who):
        return statement_of(till.person(who), partner.id)


def test_it_is_due_as_the_customer_pays(till, partner):
    deal = won(till, partner)
    contract = till.contract("Supply", contact=till.lin, value="1000 CNY", deal=deal)
    assert [(x.whole, x.due, x.paid) for x in statement(till, partner).lines] == [(10000, 0, None)]
    sent = {"known": "", "id": "", "title": "All", "amount": "100%", "due": till.day(9), "condition": ""}
    till.client("bo").post(f"/payments/plan/contracts_contract/{contract.id}", data=sent)
    till.paid("300 CNY")
    assert [(x.whole, x.due, x.paid) for x in statement(till, partner).lines] == [(10000, 3000, 30)]


def test_or_when_the_deal_is_won(till, partner):
    won(till, partner)
    with till.app.app_context():
        till.build.options("payments").save({"commission_due": "won"})
    assert statement(till, partner).due == 10000


def test_what_has_no_rate_is_said_and_counts_nothing(till, partner):
    won(till, partner, commission="")
    won(till, partner, amount="5 USD")
    found = statement(till, partner)
    assert (found.lines, found.unrated) == ([], 2)
    assert "2 deals count nothing" in till.client("bo").get(f"/payments/commission/{partner.id}").text


def test_the_page_is_for_those_who_see_partner_and_deals(till, partner):
    won(till, partner)
    bo = till.client("bo")
    assert f"/payments/commission/{partner.id}" in bo.get(f"/contacts/{partner.id}").text
    assert f"/payments/commission/{till.lin.id}" not in bo.get(f"/contacts/{till.lin.id}").text
    assert "Kitchen" in bo.get(f"/payments/commission/{partner.id}").text
    assert till.client("li").get(f"/payments/commission/{partner.id}").status_code == 404
    assert statement(till, partner, "li").lines == []
