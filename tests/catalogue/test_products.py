"""Products: categories, bundles, who may change them, import and export."""

import io

import pytest

from core import Forbidden, Invalid
from plugins.catalogue.models import Product


def test_a_filter_by_a_category_finds_what_is_in_its_parts(shop):
    cabinets = shop.make("catalogue_category", name="Cabinets")
    kitchen = shop.make("catalogue_category", name="Kitchen", parent=cabinets)
    shop.product("Drawer", category=kitchen)
    shop.product("Stone", category=shop.make("catalogue_category", name="Worktops"))
    page = shop.client("bo").get(f"/catalogue/product/?category={cabinets.id}").text
    assert "Drawer" in page and "Stone" not in page


def test_a_category_cannot_be_part_of_itself(shop):
    top = shop.make("catalogue_category", name="Top")
    below = shop.make("catalogue_category", name="Below", parent=top)
    with shop.acting("ann") as build, pytest.raises(Invalid, match="part of itself"):
        build.resources["catalogue_category"].save(shop.person("ann"), shop.again(top), {"parent": below.id})


def test_a_bundle_shows_its_parts_and_does_not_nest(shop):
    door, hinge, kit = shop.product("Door"), shop.product("Hinge", price="2 CNY"), shop.product("Kit")
    shop.make("catalogue_component", bundle=kit, product=door, quantity="1")
    shop.make("catalogue_component", bundle=kit, product=hinge, quantity="3")
    page = shop.client("bo").get(f"/catalogue/product/{kit.id}").text
    assert "Made of" in page and "Hinge" in page
    for values, said in (
        ({"bundle": kit, "product": kit}, "part of itself"),
        ({"bundle": shop.product("Set"), "product": kit}, "is a bundle itself"),
        ({"bundle": door, "product": hinge}, "is part of a bundle"),
    ):
        with pytest.raises(Invalid, match=said):
            shop.make("catalogue_component", quantity="1", **values)


def test_members_read_the_catalogue_and_managers_write_it(shop):
    shop.product("Door")
    assert "Door" in shop.client("bo").get("/catalogue/product/").text
    with pytest.raises(Forbidden):
        shop.make("catalogue_product", "bo", name="Own")
    assert shop.client("bo").get("/catalogue/price_list/new").status_code == 403
    assert shop.make("catalogue_product", "mei", name="Window").id


def test_products_are_found_by_pinyin_and_sku(shop):
    shop.product("整体衣柜", sku="WR-200")
    found = shop.client("bo").get("/catalogue/product/pick?q=zhengtiyigui").json
    assert [one["subtitle"] for one in found] == ["WR-200"]
    assert shop.client("bo").get("/catalogue/product/pick?q=wr-200").json == found


def test_products_come_and_go_as_a_file(shop):
    shop.make("catalogue_category", name="Kitchen")
    shop.product("Drawer", sku="D-1", tax="13", category=shop.make("catalogue_category", name="Cabinets"))
    text = shop.client("mei").get("/catalogue/product/export?format=csv").data.decode("utf-8-sig")
    assert "D-1" in text and "Cabinets" in text and "100.00 CNY" in text
    file = shop.folder / "products.csv"
    file.write_text("Product,SKU,Category,List price,Tax (%)\nSink,S-1,Kitchen,250,13\n", "utf-8")
    from click.testing import CliRunner

    from core.cli import main

    env = {"GUANXI_DATA": str(shop.folder), "GUANXI_PLUGINS": str(shop.folder / "plugins.toml")}
    env["GUANXI_DATABASE_URL"] = shop.settings.database_url
    done = CliRunner(env=env).invoke(main, ["import", "catalogue_product", str(file)])
    assert done.exit_code == 0, done.output
    sink = Product.get(Product.sku == "S-1")
    assert (sink.price, sink.price_currency, sink.category.name) == (25000, "CNY", "Kitchen")
    assert io.StringIO(text).readline().strip()
