"""Which price wins, and price lists that contradict each other."""

import threading

import pytest

from core import Invalid
from core.db import db
from plugins.catalogue.models import PriceList
from plugins.catalogue.pricing import prices_of
from plugins.catalogue.resources import PriceLists


def test_the_list_price_holds_where_no_list_says_otherwise(shop):
    assert shop.price(shop.product()) == (10000, "List price")
    assert shop.price(shop.product("Gift", price="")) == (None, "The product has no price.")


def test_a_list_for_the_grade_wins_over_one_for_all_and_a_special_offer_over_both(shop):
    door = shop.product()
    shop.row(shop.list("All"), door, 90)
    shop.row(shop.list("Partners", grade="A"), door, 95)
    assert shop.price(door) == (9000, "All")
    assert shop.price(door, grade="a") == (9500, "Partners"), "also when it is dearer: the rule is one"
    shop.row(shop.list("Sale", special="yes"), door, 99)
    assert shop.price(door, grade="A") == (9900, "Sale")


def test_the_largest_quantity_that_is_reached_counts(shop):
    door, price_list = shop.product(), shop.list()
    for least, price in ((1, 95), (10, 80), (100, 70)):
        shop.row(price_list, door, price, min_quantity=str(least))
    assert [shop.price(door, n)[0] for n in (1, 9, 10, 99, 100, 5000)] == [9500, 9500, 8000, 8000, 7000, 7000]
    assert shop.price(door, 10)[1] == "Partners, from 10 on"


def test_a_list_that_has_the_product_only_from_more_on_leaves_it_to_the_next(shop):
    door = shop.product()
    shop.row(shop.list("Projects", grade="A"), door, 60, min_quantity="50")
    shop.row(shop.list("All"), door, 90)
    assert shop.price(door, 1, grade="A") == (9000, "All")
    assert shop.price(door, 50, grade="A")[0] == 6000


def test_dates_and_use_decide_which_lists_there_are(shop):
    door = shop.product()
    shop.row(shop.list("May", valid_from="2026-05-01", valid_until="2026-05-31"), door, 80)
    shop.row(shop.list("June", valid_from="2026-06-01"), door, 85)
    off = shop.list("Off", grade="A", active="no")
    shop.row(off, door, 1)
    days = ("2026-04-30", "2026-05-01", "2026-05-31", "2026-06-01")
    found = [shop.price(door, day=day, grade="A")[0] for day in days]
    assert found == [10000, 8000, 8000, 8500]


def test_another_currency_is_converted_only_where_the_caller_knows_how(shop):
    door = shop.product()
    assert shop.price(door, currency="USD") == (None, "There is no price in USD.")
    seen = []

    def convert(minor, source, target, day):
        seen.append((minor, source, target))
        return minor // 7

    assert shop.price(door, currency="USD", convert=convert) == (1428, "List price, converted from CNY")
    assert seen == [(10000, "CNY", "USD")]
    shop.row(shop.list("Export", "USD"), door, 15)
    assert shop.price(door, currency="USD", convert=convert) == (1500, "Export")


def test_a_thousand_lines_take_two_queries(shop):
    products = [shop.product(f"Part {n}") for n in range(40)]
    price_list = shop.list()
    for product in products[:20]:
        shop.row(price_list, product, 50)
    with shop.acting("bo"), shop.queries() as queries:
        found = prices_of([(products[n % 40], n) for n in range(1, 1001)], currency="CNY")
    assert len(queries) == 2 and len(found) == 1000
    assert sum(one.price.minor == 5000 for one in found) == 500


@pytest.mark.parametrize(
    ("first", "last"), [("", ""), ("2026-05-31", ""), ("", "2026-05-01"), ("2026-05-10", "2026-05-12")]
)
def test_lists_that_overlap_are_refused_and_the_other_one_is_named(shop, first, last):
    shop.list("Spring", grade="A", valid_from="2026-05-01", valid_until="2026-05-31")
    with pytest.raises(Invalid, match=r"“Spring” holds .* \(2026-05-01 – 2026-05-31\)"):
        shop.list("Other", grade="a", valid_from=first, valid_until=last)


def test_lists_that_do_not_meet_live_side_by_side(shop):
    shop.list("Spring", grade="A", valid_from="2026-05-01", valid_until="2026-05-31")
    for values in (
        {"valid_until": "2026-04-30"},
        {"valid_from": "2026-06-01"},
        {"currency": "USD"},
        {"special": "yes"},
        {"active": "no"},
    ):
        shop.list("Other", grade="A", **values)
    shop.list("Other", grade="B")


def test_bad_values_are_refused_each_with_a_sentence(shop):
    door, price_list = shop.product(sku="D-1"), shop.list()
    with pytest.raises(Invalid, match="less than zero"):
        shop.product("Cheap", price="-1 CNY")
    with pytest.raises(Invalid, match="“Door” has this SKU"):
        shop.product("Another", sku="D-1")
    with pytest.raises(Invalid, match="is in CNY"):
        shop.make("catalogue_price", price_list=price_list, product=door, price="5 USD")
    shop.row(price_list, door, 5)
    with pytest.raises(Invalid, match="already"):
        shop.row(price_list, door, 6)
    with pytest.raises(Invalid, match="before the first"):
        shop.list("Backwards", valid_from="2026-05-02", valid_until="2026-05-01")


def test_of_two_saves_at_once_that_overlap_one_is_refused(shop, monkeypatch):
    """Both looked before either wrote: the second look, behind the lock, tells the later one."""
    gate, look, answers = threading.Barrier(2), PriceLists.validate, {}

    def look_together(self, user, record, values):
        found = look(self, user, record, values)
        gate.wait(20)
        return found

    monkeypatch.setattr(PriceLists, "validate", look_together)
    clients = [shop.client("ann"), shop.client("ann")]

    def save(n):
        try:
            data = {"name": f"List {n}", "currency": "CNY", "valid_from": f"2026-0{n + 1}-01", "active": "yes"}
            answers[n] = clients[n].post("/catalogue/price_list/new", data=data)
        finally:
            db.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer.status_code for answer in answers.values()) == [303, 422]
    refused = next(answer.text for answer in answers.values() if answer.status_code == 422)
    assert "holds for the same customers" in refused and PriceList.select().count() == 1


def test_two_lists_that_overlap_are_not_put_to_use_together(shop):
    lists = [shop.list(name, active="no") for name in ("One", "Two")]
    with shop.acting("ann") as build, pytest.raises(Invalid):
        build.resources["catalogue_price_list"].save_many(
            shop.person("ann"), [(one, {"active": True}) for one in lists]
        )
    assert not PriceList.select().where(PriceList.active).exists()
