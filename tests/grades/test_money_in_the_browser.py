"""Contracts, payments and grades in a real browser: a plan is written and paid; every screen is WCAG 2.2 AA."""

import pytest
from playwright.sync_api import expect

from core.db import db
from plugins.payments.models import Instalment, Payment
from tests.grades.conftest import MODULES, Bank
from tests.trials import LOOKS, come_in, hindrances, served


@pytest.fixture
def site(tmp_path):
    with Bank(tmp_path / "guanxi", *MODULES, "contracts") as bank:
        bank.lin = bank.contact("Lin & Co", owner="Ann", kind="organisation", emails="lin@co.example", roles="partner")
        with served(bank):
            yield bank
    db.close()


def test_a_plan_is_written_and_paid_by_keyboard(site, new_page):
    contract = site.contract("Supply", "ann", contact=site.lin, value="1000 CNY", owner="Ann")
    page = new_page()
    come_in(page, site, "ann")
    page.goto(f"{site.address}/payments/plan/contracts_contract/{contract.id}")
    page.get_by_role("link", name="30-70").press("Enter")
    page.get_by_label("Amount 2").fill("600")
    page.get_by_label("Amount 2").press("Enter")
    page.get_by_role("button", name="Put the difference into the last one").press("Enter")
    page.wait_for_url(f"{site.address}/contracts/contract/{contract.id}")
    assert [i.amount for i in Instalment.select().order_by(Instalment.number)] == [30000, 70000]
    page.get_by_role("link", name="Record a payment").press("Enter")
    assert page.locator("#amount").input_value() == "300.00 CNY"
    page.locator("#amount").fill("1500")
    page.locator("#amount").press("Enter")
    assert "is for nothing yet" in page.locator("[role=alert]").first.inner_text()
    page.locator("#keep_rest").check()
    page.get_by_role("button", name="Record a payment").dblclick()
    expect(page).to_have_url(f"{site.address}/contracts/contract/{contract.id}")
    page.wait_for_load_state()
    assert [(p.amount, p.free) for p in Payment.select()] == [(150000, 120000)]
    assert "paid" in page.locator("#panel-instalments").inner_text()


@pytest.fixture
def filled(site):
    """One of everything; the addresses of its pages."""
    lin = site.lin
    contract = site.contract("Supply", "ann", contact=lin, value="1000 CNY", stage="running", ends="2030-01-01")
    late, paid = site.due("500 CNY", days=-40, by="ann", owner="Ann"), site.due("100 CNY", by="ann", owner="Ann")
    payment = site.paid("700 CNY", "ann", keep_rest="yes", towards=paid)
    site.due("90 CNY", days=-100, by="ann", owner="Ann")
    invoice = site.make("payments_invoice", "ann", contact=lin, amount="113 CNY", tax_percent="13", state="draft")
    deal = site.make("sales_deal", "ann", title="Kitchen", contact=lin, partner=lin, amount="9 CNY", commission="5")
    grade = site.grade()
    return [
        "/contracts/contract/",
        f"/contracts/contract/{contract.id}",
        f"/contracts/contract/{contract.id}/edit",
        f"/contracts/contract/{contract.id}/terminate",
        f"/sales/deal/{deal.id}",
        f"/contacts/{lin.id}",
        "/payments/receivables",
        "/payments/instalment/",
        f"/payments/instalment/{late.id}",
        f"/payments/payment/{payment.id}",
        f"/payments/use/{payment.id}",
        f"/payments/receive?contact={lin.id}",
        f"/payments/remind/{late.id}",
        f"/payments/plan/contracts_contract/{contract.id}?way=30-60-10",
        f"/payments/statement/{lin.id}",
        f"/payments/commission/{lin.id}",
        f"/payments/invoice/{invoice.id}/print",
        "/payments/reports/collected",
        f"/grades/grade/{grade.id}",
        "/grades/level/",
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen(filled, site, new_page, look):
    found = hindrances(new_page(**LOOKS[look]), site, filled)
    assert not found, "\n".join(found)
