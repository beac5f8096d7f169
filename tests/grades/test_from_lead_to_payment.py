"""The whole of sales in a real browser: a stranger's enquiry becomes a paid order, and a page tells the story."""

import re

import pytest
from playwright.sync_api import expect

from core import User
from core.db import db
from plugins.orders.models import Order, Quote
from plugins.payments.models import Instalment
from plugins.sales.models import Deal, Lead
from plugins.sales.views import leads
from tests.grades.conftest import MODULES, Bank
from tests.real.browser import PHONE
from tests.trials import come_in, served


@pytest.fixture
def site(tmp_path):
    """A firm with a form for strangers, whose leads are Bo's, and one product."""
    with Bank(tmp_path / "guanxi", *MODULES) as bank:
        bank.form = bank.make("sales_web_form", title="Book a visit", asks=["email", "message"], source="Website")
        bank.make("sales_assign_rule", name="All", people=[bank.cast.bo.id])
        bank.make("catalogue_product", name="Kitchen", sku="K-1", price="1000 CNY", tax="13")
        User.update(language="en").execute()
        with served(bank):
            yield bank
    db.close()


def test_a_lead_from_the_web_becomes_a_paid_order(site, new_page):
    stranger, bo = new_page(viewport=PHONE), new_page()
    _asks(stranger, site)
    come_in(bo, site)
    site.run_jobs()
    contact = _converts(bo, site)
    quote = _quotes(bo, site)
    _accepts(stranger, site, quote)
    order = _delivers(bo, site)
    _is_paid(bo, site, order)
    site.run_jobs()
    assert Deal.get().status == "won"
    _tells(bo, site, contact)


def _asks(page, site):
    page.goto(site.address + site.form.path)
    page.get_by_label("Name").fill("Wu Lan")
    page.get_by_label("E-mail").fill("wu@lan.example")
    page.get_by_label("Message").fill("A kitchen for twelve")
    page.wait_for_timeout(1000 * leads.FASTEST)  # quicker is only a machine
    page.get_by_role("button", name="Send").click()
    page.get_by_role("status").wait_for()


def _converts(page, site):
    lead = Lead.get()
    assert lead.owner_id == site.cast.bo.id and lead.source == "Website"
    page.goto(f"{site.address}/sales/lead/{lead.id}/convert")
    page.get_by_label("Amount").fill("1000")
    page.get_by_role("button", name="Convert").dblclick()
    expect(page).not_to_have_url(re.compile("/convert$"))  # the second press ends the way that the first one began
    page.wait_for_load_state()
    assert Deal.select().count() == 1
    return Deal.get().contact


def _quotes(page, site):
    page.goto(f"{site.address}/sales/deal/{Deal.get().id}")
    page.locator("#panel-quotes").get_by_role("link", name="Quote").last.click()
    page.get_by_role("combobox", name="Product or text").fill("K-1")
    page.get_by_role("option", name="Kitchen").click()
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("button", name="Send").first.click()
    page.get_by_label("I send it myself").check()
    page.get_by_role("button", name="Send").click()
    page.get_by_text("The customer reads and answers it here").wait_for()
    return Quote.get()


def _accepts(page, site, quote):
    page.goto(f"{site.address}/orders/q/{quote.secret}")
    page.locator("[name=name]").fill("Wu Lan")
    page.locator("[name=agree]").check()
    page.locator("button[value=accept]").dblclick()
    page.locator("button[value=accept]").wait_for(state="detached")
    assert Order.select().count() == 1


def _delivers(page, site):
    order = Order.get()
    page.goto(f"{site.address}/orders/order/{order.id}")
    if order.is_draft:
        page.get_by_role("button", name="Confirm").click()
    page.get_by_role("button", name="Deliver").click()
    page.get_by_role("button", name="Enter the delivery").click()
    page.get_by_text("was entered").wait_for()
    return Order.get()


def _is_paid(page, site, order):
    page.goto(f"{site.address}/payments/plan/orders_order/{order.id}")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Record a payment").first.click()
    page.get_by_role("button", name="Record a payment").click()
    page.wait_for_url(f"{site.address}/orders/order/{order.id}")
    assert [(i.open, i.state) for i in Instalment.select()] == [(0, "paid")]


def _tells(page, site, contact):
    """Every step is on the contact's page, from the enquiry to the money, in its reader's language."""
    page.goto(f"{site.address}/contacts/{contact.id}")
    told, steps = (
        page.locator("main").inner_text(),
        [
            "Lead: Wu Lan (Website)",
            "A kitchen for twelve",
            "Quote sent: Q-",
            "Quote read: Q-",
            "Quote accepted: Q-",
            "Ordered: Wu Lan\nCN¥1,130",
            "✓ Won: Wu Lan",
            "Order confirmed: O-",
            "Delivered: O-",
            "1 × Kitchen",
            "Payment received: CN¥1,130",
        ],
    )
    assert [step for step in steps if step not in told] == [], told
