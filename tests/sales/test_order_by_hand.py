"""Cards in an order that people make: by mouse, by keyboard and without JavaScript; kept, and clear when two do it."""

import pytest

from core.trial import queries
from plugins.sales.models import Deal
from plugins.sales.resources import order
from tests.real.browser import PHONE, axe
from tests.sales.conftest import age
from tests.trials import come_in, served

HX = {"HX-Request": "true", "HX-Request-Type": "partial"}
NAMES = ("One", "Two", "Three", "Four")


@pytest.fixture
def cards(shop):
    """Four cards in the first column, from the top: One, Two, Three, Four."""
    made = {name: shop.deal(name, amount="100 CNY") for name in reversed(NAMES)}
    return {name: made[name] for name in NAMES}


def column(shop, stage=0, who="bo", query="?sort=hand"):
    """The titles of a column from the top, as the page shows them."""
    lane = shop.client(who).get(f"/sales/{query}").text.split(f'data-sales-lane="{shop.stages[stage].id}"')[1]
    lane = lane.split("</ol>")[0]
    return [part.split(">")[1].split("<")[0] for part in lane.split('class="gx-ell" href')[1:]]


def put(shop, deal, who="bo", stage=0, version=None, **where):
    values = {"stage": shop.stages[stage].id, "version": version or shop.again(deal).version, **where}
    return shop.client(who).post(f"/sales/deal/{deal.id}/move", data=values, headers=HX)


def test_what_comes_new_is_on_top(shop, cards):
    assert column(shop) == list(NAMES)


def test_a_card_stays_where_it_was_put(shop, cards):
    assert put(shop, cards["Four"], after=cards["One"].id).status_code == 200
    assert column(shop) == ["One", "Four", "Two", "Three"]
    put(shop, cards["Three"], after="")
    put(shop, cards["One"], after=cards["Two"].id)
    assert column(shop) == ["Three", "Four", "Two", "One"]
    shop.change(cards["Two"], title="Zwei", expected_close="2000-01-01")
    assert column(shop) == ["Three", "Four", "Zwei", "One"], "what else changes does not move it"
    assert column(shop, query="?sort=close")[0] == "Zwei"


def test_the_board_stays_in_the_order_that_somebody_chose(shop, cards):
    put(shop, cards["Four"], after="")
    bo = shop.client("bo")
    assert "data-sales-hand" not in bo.get("/sales/").text
    assert "data-sales-hand" in bo.get("/sales/?sort=hand").text
    assert "data-sales-hand" in bo.get("/sales/").text
    assert "data-sales-hand" not in bo.get("/sales/?sort=close").text
    assert "data-sales-hand" not in shop.client("mei").get("/sales/").text
    assert bo.get("/sales/?sort=nonsense").status_code == 200


def test_another_column_takes_it_at_its_place(shop, cards):
    put(shop, cards["One"], stage=1, after="")
    put(shop, cards["Two"], stage=1, after=cards["One"].id)
    put(shop, cards["Three"], stage=1, after=cards["One"].id)
    assert column(shop, 1) == ["One", "Three", "Two"] and column(shop) == ["Four"]
    shop.change(cards["Four"], stage=shop.stages[1].id)
    assert column(shop, 1)[0] == "Four", "what comes by another way is on top"


def test_one_write_for_each_move(shop, cards):
    values = {"stage": shop.stages[0].id, "version": 1, "after": cards["One"].id}
    bo = shop.client("bo")
    with queries() as statements:
        bo.post(f"/sales/deal/{cards['Four'].id}/move", data=values, headers=HX)
    written = [sql for sql in statements if sql.startswith('UPDATE "sales_deal"')]
    assert len(written) == 1, "\n".join(written)


def test_where_it_is_crowded_room_is_made(shop, cards, monkeypatch):
    spread, called = order.spread, []
    monkeypatch.setattr(order, "spread", lambda stage: called.append(stage) or spread(stage))
    first = cards["One"]
    for n in range(60):
        moving = cards[("Three", "Four")[n % 2]]
        assert put(shop, moving, after=first.id).status_code == 200
    assert column(shop) == ["One", "Four", "Three", "Two"]
    assert 1 <= len(called) <= 6
    assert {d.version for d in Deal.select().where(Deal.id << [first.id, cards["Two"].id])} == {1}


def test_equal_places_get_room_too(shop, cards):
    Deal.update(rank=7).execute()
    shown = column(shop)
    by_name = {name: cards[name] for name in shown}
    put(shop, by_name[shown[3]], after=by_name[shown[0]].id)
    assert column(shop) == [shown[0], shown[3], shown[1], shown[2]]


def test_an_undo_puts_it_back(shop, cards):
    put(shop, cards["Four"], after="")
    assert shop.undo("bo") == []
    assert column(shop) == list(NAMES)
    put(shop, cards["One"], stage=1, after="")
    shop.undo("bo")
    assert column(shop) == list(NAMES)


def test_putting_in_order_is_not_touching(shop, cards):
    age(cards["Four"], 3)
    before = shop.again(cards["Four"]).rots_at
    put(shop, cards["Four"], after="")
    assert shop.again(cards["Four"]).rots_at == before
    shop.change(cards["Four"], next_step="Call")
    assert shop.again(cards["Four"]).rots_at != before


# Two people at once


def test_the_second_of_two_who_move_one_card_is_told(shop, cards):
    assert put(shop, cards["Four"], after="").status_code == 200
    answer = put(shop, cards["Four"], "mei", version=1, after=cards["One"].id)
    assert answer.status_code == 409 and "Somebody else changed “Four” in the meantime" in answer.text
    assert answer.headers["HX-Retarget"] == "#board"
    assert column(shop) == ["Four", "One", "Two", "Three"]


def test_below_a_card_that_has_left_the_column_nothing_is_put(shop, cards):
    put(shop, cards["One"], "mei", stage=2)
    answer = put(shop, cards["Four"], after=cards["One"].id)
    assert answer.status_code == 409 and "The column has changed in the meantime" in answer.text
    assert "data-sales-lane" in answer.text and column(shop) == ["Two", "Three", "Four"]
    assert put(shop, cards["Four"], after="99999").status_code == 409


def test_two_cards_put_below_the_same_one_are_both_there(shop, cards):
    put(shop, cards["Three"], after=cards["One"].id)
    put(shop, cards["Four"], "mei", after=cards["One"].id)
    assert column(shop) == ["One", "Four", "Three", "Two"]


def test_nobody_learns_of_cards_that_they_do_not_see(shop, cards):
    hers = shop.deal("Hers", by="li")
    assert put(shop, hers, "bo", after="").status_code == 404
    assert put(shop, cards["One"], after=hers.id).status_code == 409


@pytest.mark.parametrize("after", ["x", "-1", "1" * 40, "１"])
def test_nonsense_changes_no_order(shop, cards, after):
    assert put(shop, cards["Four"], after=after).status_code in (200, 409)
    assert column(shop) == list(NAMES)


# Many cards


def test_more_cards_come_in_this_order_and_the_board_stays_within_twelve_queries(shop):
    for n in range(60):
        shop.deal(f"Kitchen {n:02}")
    bo = shop.client("bo")
    page = bo.get("/sales/?sort=hand").text
    titles, rest = column(shop), page
    with queries() as statements:
        bo.get("/sales/")
    assert len(statements) <= 12
    while "sales-more" in rest:
        address = rest.split('sales-more"><a')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
        assert "sort=hand" in address
        rest = bo.get(address, headers=HX).text
        titles += [part.split(">")[1].split("<")[0] for part in rest.split('class="gx-ell" href')[1:]]
    assert titles == [f"Kitchen {n:02}" for n in reversed(range(60))]
    for bad in ("x", "1", "_", "9" * 30 + "_1"):
        assert bo.get(f"/sales/lane/{shop.stages[0].id}?after={bad}", headers=HX).status_code == 200


# Without JavaScript, and in a real browser


def test_without_javascript_buttons_move_it(shop, cards):
    bo, two = shop.client("bo"), cards["Two"]
    page = bo.get(f"/sales/deal/{two.id}/move").text
    assert "To the top" in page and "To the end" in page
    for to, expected in (
        ("up", ["Two", "One", "Three", "Four"]),
        ("up", ["Two", "One", "Three", "Four"]),
        ("down", ["One", "Two", "Three", "Four"]),
        ("end", ["One", "Three", "Four", "Two"]),
        ("down", ["One", "Three", "Four", "Two"]),
        ("top", ["Two", "One", "Three", "Four"]),
    ):
        sent = {"to": to, "version": shop.again(two).version, "next": "/sales/"}
        assert bo.post(f"/sales/deal/{two.id}/move", data=sent).location == "/sales/"
        assert column(shop) == expected, to


@pytest.fixture
def site(shop):
    with served(shop):
        yield shop


def test_by_mouse_and_by_keyboard(site, cards, page):
    come_in(page, site)
    page.goto(f"{site.address}/sales/")
    page.get_by_label("Order of the cards").select_option("By hand")
    page.locator("[data-sales-hand]").wait_for()
    assert axe(page) == []
    page.locator(f"#deal-{cards['Four'].id}").drag_to(
        page.locator(f"#deal-{cards['One'].id}"), target_position={"x": 40, "y": 4}
    )
    page.get_by_text("Moved: Four").wait_for()
    assert column(site) == ["Four", "One", "Two", "Three"]
    page.locator(f"#deal-{cards['One'].id}").get_by_role("link", name="One", exact=True).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.get_by_text("Moved: One").wait_for()
    assert column(site) == ["Four", "Two", "One", "Three"]
    page.wait_for_function(f"document.activeElement.closest('#deal-{cards['One'].id}')")
    page.reload()
    titles = page.locator(f'[data-sales-lane="{site.stages[0].id}"] .gx-deal a.gx-ell').all_text_contents()
    assert titles == ["Four", "Two", "One", "Three"]


def test_the_other_order_is_not_changed_by_dragging_within_a_column(site, cards, page):
    come_in(page, site)
    page.goto(f"{site.address}/sales/")
    page.locator(f"#deal-{cards['Four'].id}").drag_to(page.locator(f"#deal-{cards['One'].id}"))
    page.locator(f"#deal-{cards['Two'].id}").get_by_role("link", name="Two", exact=True).focus()
    page.keyboard.press("Shift+ArrowDown")
    page.locator(f"#deal-{cards['Two'].id}").get_by_role("link", name="Two", exact=True).focus()
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_text("Moved: Two").wait_for()
    assert {d.title: d.version for d in Deal.select()} == {"One": 1, "Two": 2, "Three": 1, "Four": 1}


def test_it_fits_a_phone(site, cards, new_page):
    page = new_page(viewport=PHONE, color_scheme="dark", locale="zh-CN")
    come_in(page, site)
    for path in ("/sales/?sort=hand", f"/sales/deal/{cards['One'].id}/move"):
        page.goto(site.address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert axe(page) == []
