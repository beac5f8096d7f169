"""Every screen of quotes, orders and the catalogue with something on it: WCAG 2.2 AA, no overflow on a phone."""

import pytest

from tests.orders.sold import TODAY
from tests.orders.sold import order as sold
from tests.trials import LOOKS, hindrances


@pytest.fixture
def filled(site):
    """One of everything; the addresses of its pages."""
    if "postgres" in site.settings.database_url:
        pytest.skip("the same browser")
    kit, door = site.product("Kit", "500 CNY", sku="K-1"), site.product("Door", description="Oak")
    site.make("catalogue_component", bundle=kit, product=door, quantity="4")
    price_list = site.make("catalogue_price_list", name="Partners", currency="CNY", grade="A")
    site.make("catalogue_price", price_list=price_list, product=door, price="90 CNY", min_quantity="10")
    contact = site.contact("Lin Wei", owner="Bo")
    with site.acting("ann"):
        member = type(site.person("bo").role).get(name="member")
    site.make("orders_limit", "ann", role=member, discount="5")
    draft = site.quote((door, 3, "100"), contact=contact, discount="20", intro="As we spoke", terms="30 days")
    site.line(draft, "Kitchen", kind="heading", price=None, place=9)
    site.client("bo").post(f"/orders/quote/{draft.id}/ask", data={"words": "A large one"})
    sent = site.send(site.quote((kit, 1, "500"), contact=contact))
    order = site.accept(site.send(site.quote(("Door", 5, "10"), contact=contact)))
    order = site.confirm(order)
    site.ship(order, "2")
    for ago in (90, 60, 31):
        sold(site, (door, 5, "100"), contact=contact, ago=ago)
    deal = site.make("sales_deal", "bo", title="Flat", amount="900 CNY", expected_close=str(TODAY), contact=contact)
    site.quote((door, 3, "100"), contact=contact, deal=deal)
    site.make("sales_target", product="Door", start=str(TODAY), base="500 CNY")
    return [
        "/sales/forecast?by=product",
        "/sales/forecast?by=team",
        f"/sales/forecast/deals?by=product&key={door.id}&number=commit",
        "/sales/target/new",
        "/sales/reports/sales-product?first=2020-01-01",
        f"/sales/reports/sales-product?first=2020-01-01&row={door.id}",
        "/sales/reports/demand-product",
        f"/sales/reports/demand-product?row={door.id}",
        "/sales/reports/demand-customer",
        "/orders/quote/",
        "/orders/quote/write",
        f"/orders/quote/{draft.id}",
        f"/orders/quote/{draft.id}/write",
        f"/orders/quote/{draft.id}/send",
        f"/orders/quote/{draft.id}/print",
        f"/orders/quote/{sent.id}",
        f"/orders/quote/{sent.id}/decline",
        f"/orders/q/{sent.secret}",
        f"/orders/order/{order.id}",
        f"/orders/order/{order.id}/deliver",
        f"/orders/order/{order.id}/ask",
        "/orders/setup",
        f"/orders/quote/{sent.id}/send",
        "/orders/approval/",
        "/orders/approval/1",
        "/orders/approval/1/refuse",
        f"/contacts/{contact.id}",
        "/catalogue/product/",
        f"/catalogue/product/{kit.id}",
        f"/catalogue/price_list/{price_list.id}",
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen(filled, site, new_page, look):
    found = hindrances(new_page(**LOOKS[look]), site, filled)
    assert not found, "\n".join(found)
