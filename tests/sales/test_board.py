"""The board, the calendar: what they show, in how many queries, and moving cards in a real browser."""

import pytest

from core.trial import queries
from plugins.sales.models import Deal
from tests.real.browser import PHONE, axe
from tests.trials import come_in, served

HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
BUDGET = 12


@pytest.mark.parametrize("who", ["ann", "bo"])
def test_the_board_stays_within_twelve_queries(shop, who):
    for n in range(40):
        contact = shop.contact(f"Lin {n}", owner="Bo")
        shop.deal(f"Kitchen {n}", stage=n % 4, contact=contact, amount=f"{n + 1}00 {'CNY' if n % 2 else 'USD'}")
    client = shop.client(who)
    for page in ("/sales/", "/sales/calendar", f"/sales/deal/{Deal.get().id}", "/", f"/contacts/{contact.id}"):
        client.get(page)
        with queries() as statements:
            assert client.get(page).status_code == 200
        # The one list of the home page gets deals, leads and customers at risk: a query each.
        assert len(statements) <= BUDGET + (3 if page == "/" else 0), "\n".join([page, *statements])


def test_columns_show_sums_by_currency_and_load_more_cards_by_scrolling(shop):
    for n in range(30):
        shop.deal(f"Kitchen {n:02}", amount=f"{100} CNY")
    shop.deal("Foreign", amount="7 USD")
    bo = shop.client("bo")
    page = bo.get("/sales/").text
    assert page.count('class="gx-deal') == 25 and "CN¥3,000 · $7" in page
    address = page.split('sales-more"><a')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    more = bo.get(address, headers=HX).text
    assert more.count('class="gx-deal') == 6 and "sales-more" not in more
    shown = {line.split('"')[0] for line in (page + more).split('id="deal-')[1:]}
    assert len(shown) == 31


def test_filters_by_owner_and_close(shop):
    shop.deal("Ours", expected_close="2000-01-01")
    shop.deal("Hers", by="mei")
    mei = shop.client("mei")
    assert "Ours" in mei.get("/sales/").text
    assert "Ours" not in mei.get("/sales/?owner=me").text
    overdue = mei.get("/sales/?close=overdue").text
    assert "Ours" in overdue and "Hers" not in overdue
    assert mei.get("/sales/?owner=xx&close=yy&pipeline=99999999999999").status_code == 200


def test_a_move_answers_with_the_card_and_new_sums(shop):
    deal = shop.deal(amount="100 CNY")
    answer = shop.client("bo").post(
        f"/sales/deal/{deal.id}/move", data={"stage": shop.stages[1].id, "version": deal.version}, headers=HX
    )
    assert answer.status_code == 200 and answer.headers["HX-Reswap"] == "none"
    assert f'id="deal-{deal.id}"' in answer.text and f'id="lane-{shop.stages[1].id}"' in answer.text
    assert 'data-version="2"' in answer.text and "/undo/" in answer.text


def test_the_second_of_two_who_drag_one_card_is_told_where_it_is(shop):
    deal = shop.deal()
    values = {"stage": shop.stages[1].id, "version": deal.version}
    assert shop.client("bo").post(f"/sales/deal/{deal.id}/move", data=values, headers=HX).status_code == 200
    values["stage"] = shop.stages[2].id
    answer = shop.client("mei").post(f"/sales/deal/{deal.id}/move", data=values, headers=HX)
    assert answer.status_code == 409 and "it is in “Needs understood” now" in answer.text
    assert answer.headers["HX-Retarget"] == "#board" and shop.again(deal).stage_id == shop.stages[1].id


def test_a_move_that_lacks_something_leads_to_the_page_that_asks(shop):
    shop.set_stage(1, asks=["amount"])
    deal = shop.deal()
    bo = shop.client("bo")
    address = f"/sales/deal/{deal.id}/move"
    answer = bo.post(address, data={"stage": shop.stages[1].id}, headers=HX)
    assert answer.headers["HX-Redirect"] == f"{address}?stage={shop.stages[1].id}&next=/sales/"
    assert 'name="amount"' in bo.get(f"{address}?stage={shop.stages[1].id}").text
    wrong = bo.post(address, data={"stage": shop.stages[1].id, "amount": "much"})
    assert wrong.status_code == 422 and 'value="much"' in wrong.text
    good = bo.post(address, data={"stage": shop.stages[1].id, "amount": "12", "next": "/sales/"})
    assert good.location == "/sales/" and shop.again(deal).stage_id == shop.stages[1].id


def test_a_firm_without_a_pipeline_starts_with_one_click(shop):
    with shop.acting("ann") as build:
        build.resources["sales_stage"].delete(shop.person("ann"), shop.stages)
        build.resources["sales_pipeline"].delete(shop.person("ann"), [shop.pipeline])
    assert "Ask an administrator" in shop.client("bo").get("/sales/").text
    assert shop.client("bo").post("/sales/start").status_code == 403
    assert "Start with a common pipeline" in shop.client("ann").get("/sales/").text
    shop.client("ann", "zh").post("/sales/start")
    assert len(shop.stages) == 4 and shop.stages[0].name in shop.client("bo").get("/sales/").text


def test_the_calendar_shows_deals_on_their_day(shop):
    shop.deal("Kitchen", expected_close="2027-03-05", amount="500 CNY")
    bo = shop.client("bo")
    assert "Kitchen" in bo.get("/sales/calendar?month=2027-03").text
    assert "Kitchen" not in bo.get("/sales/calendar?month=2027-05").text
    assert bo.get("/sales/calendar?month=nonsense").status_code == 200


def test_hidden_amounts_show_nowhere(shop):
    with shop.acting("ann") as build:
        role = shop.person("ro").role
        build.resources["roles"]  # the matrix writes the same column
        type(role).update(field_rules={"sales_deal": {"amount": "hidden"}}).where(type(role).id == role.id).execute()
    shop.deal(amount="777 CNY")
    ro = shop.client("ro")
    for page in ("/sales/", "/sales/deal/", "/sales/calendar", f"/sales/deal/{Deal.get().id}"):
        text = ro.get(page).text
        assert "Kitchen" in text or page == "/sales/calendar"
        assert "777" not in text


# In a real browser


@pytest.fixture
def site(shop):
    """The same behind an address: `site.address`."""
    with served(shop):
        yield shop


def lane_of(site, deal):
    return [s.id for s in site.stages].index(site.again(deal).stage_id)


def test_cards_move_by_mouse_by_keyboard_and_by_menu(site, page):
    deal = site.deal(amount="100 CNY")
    come_in(page, site)
    page.goto(f"{site.address}/sales/")
    assert axe(page) == []
    card = page.locator(f"#deal-{deal.id}")
    card.drag_to(page.locator(f'[data-sales-lane="{site.stages[1].id}"]'))
    page.get_by_text("Moved: Kitchen → Needs understood").wait_for()
    assert lane_of(site, deal) == 1
    card.get_by_role("link", name="Kitchen", exact=True).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("Moved: Kitchen → Offer made").wait_for()
    assert lane_of(site, deal) == 2
    card.get_by_role("link", name="Move “Kitchen”").click()
    page.locator("#sales-move").get_by_role("button", name="Won").click()
    page.get_by_text("Moved: Kitchen → Won").wait_for()
    assert site.again(deal).status == "won"
    page.locator(".toast").filter(has_text="Won").get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.").wait_for()
    assert lane_of(site, deal) == 2 and site.again(deal).status == "open"


def test_a_card_that_somebody_else_moved_goes_where_it_is(site, page):
    deal = site.deal()
    come_in(page, site)
    page.goto(f"{site.address}/sales/")
    site.change(deal, "mei", stage=site.stages[2].id)
    page.locator(f"#deal-{deal.id}").drag_to(page.locator(f'[data-sales-lane="{site.stages[1].id}"]'))
    page.get_by_text("it is in “Offer made” now").wait_for()
    page.locator(f'[data-sales-lane="{site.stages[2].id}"] #deal-{deal.id}').wait_for()
    assert lane_of(site, deal) == 2


def test_the_board_fits_a_phone_in_the_dark(site, new_page):
    site.deal(amount="100 CNY")
    page = new_page(viewport=PHONE, color_scheme="dark")
    come_in(page, site)
    for path in ("/sales/", "/sales/calendar", f"/sales/deal/{Deal.get().id}"):
        page.goto(site.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert axe(page) == []
