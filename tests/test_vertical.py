"""The vertical of forty lines (examples/realestate.py): one file without migrations, and all that comes with it."""

import dataclasses
import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core import Contact
from core.app import build_of
from core.db import db
from core.journal import Batch
from core.plugins import PluginError
from core.timeline import Entry
from core.trial import Trial

VERTICAL = Path(__file__).parent.parent / "examples" / "realestate.py"


@pytest.fixture
def guanxi_folders(tmp_path):
    folder = tmp_path / "vertical"
    folder.mkdir()
    (folder / "realestate.py").write_text(VERTICAL.read_text("utf-8"), "utf-8")
    return [folder]


@pytest.fixture(params=["sqlite", "postgres"])
def guanxi_url(request):
    return "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture
def guanxi_plugins():
    return ["realestate"]


@pytest.fixture
def estate(guanxi):
    """The vertical switched on, with three houses."""
    for title, city, price in (
        ("海景公寓", "宁波", "3,200,000"),
        ("Lake house", "Hangzhou", "860000"),
        ("老房子", "宁波", ""),
    ):
        guanxi.make("realestate_property", title=title, city=city, price=price)
    return guanxi


def ids(page: str) -> list[str]:
    return re.findall(r'name="id" value="(\d+)"', page)


def test_it_has_forty_lines_at_most_and_is_one_file():
    assert len([line for line in VERTICAL.read_text("utf-8").splitlines() if line.strip()]) <= 40


def test_switched_on_it_has_its_tables_and_menu_entries(estate):
    assert {"realestate_property", "realestate_viewing"} <= set(db.get_tables())
    home = estate.client("bo").get("/").text
    assert 'href="/realestate/property/"' in home
    assert 'href="/realestate/viewing/"' in home


def test_list_shows_columns_and_values(estate):
    page = estate.client("ann").get("/realestate/property/").text
    assert "海景公寓" in page
    assert "¥3,200,000" in page
    assert "On the market" in page
    assert [h for h in ("Title", "City", "Price", "Status") if h in page] == ["Title", "City", "Price", "Status"]


def test_filters_narrow_the_list(estate):
    client = estate.client("ann")
    page = client.get("/realestate/property/?city=宁波").text
    assert "海景公寓" in page
    assert "Lake house" not in page
    assert "Lake house" not in client.get("/realestate/property/?status=sold").text


def test_a_filter_can_be_kept_as_a_view(estate):
    client = estate.client("ann")
    client.post("/realestate/property/views", data={"name": "In Ningbo", "query": "city=宁波"})
    page = client.get("/realestate/property/").text
    assert "In Ningbo" in page
    link = re.search(r'href="([^"]*view=\d+[^"]*)"', page).group(1).replace("&amp;", "&")
    assert "Lake house" not in client.get(link).text


def test_bulk_edit_changes_many_and_can_be_undone(estate):
    client = estate.client("ann")
    chosen = ids(client.get("/realestate/property/?city=宁波").text)
    answer = client.post(
        "/realestate/property/bulk", data={"act": "set", "field": "status", "value": "sold", "id": chosen}
    )
    assert answer.status_code == 303, answer.text
    assert len(ids(client.get("/realestate/property/?status=sold").text)) == 2
    client.post(f"/undo/{Batch.select().order_by(Batch.id.desc()).get().id}")
    assert ids(client.get("/realestate/property/?status=sold").text) == []


def test_pages_of_the_list_go_on_by_key(estate):
    for n in range(60):
        estate.make("realestate_property", title=f"Flat {n:02}")
    client, seen, url = estate.client("ann"), [], "/realestate/property/"
    while url:
        page = client.get(url).text
        seen += ids(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = following.group(1).replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 63


def test_the_page_shows_every_field(estate):
    page = estate.client("bo").get("/realestate/property/1")
    assert page.status_code == 200
    assert "海景公寓" in page.text
    assert "宁波" in page.text


def test_the_form_refuses_what_is_no_amount_and_keeps_what_was_typed(estate):
    answer = estate.client("ann").post("/realestate/property/new", data={"title": "Loft", "price": "dear"})
    assert answer.status_code == 422
    assert "is not an amount" in answer.text
    assert 'value="Loft"' in answer.text


def test_the_form_saves(estate):
    client = estate.client("ann")
    answer = client.post(
        "/realestate/property/new", data={"title": "Loft", "price": "12.50 USD", "city": "", "status": "open"}
    )
    assert answer.status_code == 303
    assert "$12.50" in client.get(answer.location).text


def test_search_finds_it_by_pinyin(estate):
    assert "海景公寓" in estate.client("ann").get("/search?q=haijing").text
    assert "海景公寓" in estate.client("ann").get("/search?q=hjgy").text


def test_export_gives_the_rows(estate):
    answer = estate.client("ann").get("/realestate/property/export?format=csv&city=宁波")
    assert answer.status_code == 200
    assert "海景公寓" in answer.get_data().decode("utf-8-sig")
    assert "Lake house" not in answer.text


def test_permissions_guard_every_door(estate):
    ro, nobody = estate.client("ro"), None
    assert ro.get("/realestate/property/1").status_code == 200
    for path in ("/realestate/property/new", "/realestate/property/1/edit", "/realestate/property/export"):
        assert ro.get(path).status_code == 403, path
    assert ro.post("/realestate/property/1/act/sell").status_code == 403
    estate.add_person("Nia", "nothing", grants={"*": []})
    nobody = estate.client("nia")
    for path in ("/realestate/property/", "/realestate/property/1"):
        assert nobody.get(path).status_code == 403, path
    assert "/realestate/" not in nobody.get("/").text


def test_the_button_acts_and_its_act_can_be_undone(estate):
    client = estate.client("bo")
    assert "Mark as sold" in client.get("/realestate/property/1").text
    client.post("/realestate/property/1/act/sell")
    assert "Sold" in client.get("/realestate/property/1").text
    history = client.get("/realestate/property/1/history").text
    assert "On the market" in history
    client.post(f"/undo/{Batch.select().order_by(Batch.id.desc()).get().id}")
    with estate.acting("bo") as build:
        assert build.resources["realestate_property"].find(estate.person("bo"), 1).status == "open"


def test_a_viewing_stands_on_the_contacts_timeline_and_stays_when_the_module_is_off(estate):
    mei = estate.contact("李梅", owner="Bo")
    when = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=3)
    estate.make("realestate_viewing", "bo", property="1", contact=mei, starts_at=when)
    page = estate.client("bo").get(f"/contacts/{mei.id}").text
    assert "海景公寓" in page or "Viewing" in page
    assert Entry.get().at == when
    with estate.acting("bo"):
        assert [v.starts_at for v in Contact.get_by_id(mei.id).related("viewings")] == [when]
    estate.off("realestate")
    assert Entry.get().permission == "realestate_viewing.view"
    assert estate.client("bo").get(f"/contacts/{mei.id}").status_code == 200


def test_off_it_is_gone_and_its_data_is_there_when_it_comes_back(estate):
    estate.off("realestate")
    answer = estate.client("ann").get("/realestate/property/")
    assert answer.status_code == 404
    assert "This module is off" in answer.text
    assert "/realestate/" not in estate.client("ann").get("/").text
    estate.on("realestate")
    assert "海景公寓" in estate.client("ann").get("/realestate/property/").text


def test_a_list_asks_no_query_per_row(estate):
    client = estate.client("ann")
    mei = estate.contact("李梅")
    for n in range(3):
        estate.make("realestate_viewing", property="1", contact=mei, starts_at=f"2026-11-2{n} 10:00")
    with estate.queries() as few:
        client.get("/realestate/viewing/")
    for n in range(20):
        estate.make("realestate_viewing", property="1", contact=mei, starts_at=f"2026-10-{n + 1:02} 10:00")
    with estate.queries() as many:
        client.get("/realestate/viewing/")
    assert len(many) == len(few) <= 12


# Mistakes in declarations: each fails when the app is built, with class, attribute and value

HEAD = """
from core import Contact, Plugin, Record, Resource, action, fields, hookimpl
plugin = Plugin(name="{name}", title="Wrong")
class House(Record):
    title = fields.Text()
    city = fields.Text(index=True)
    note = fields.JSON()
    contact = fields.Link(Contact, backref="{name}_houses")
class Houses(Resource):
    model = House
    columns = ("title",)
    {line}
@hookimpl
def resources():
    return [Houses]
"""

MISTAKES = {
    "columns": ('columns = ("titel",)', "Houses.columns: House has no 'titel'"),
    "text": ('columns = "title"', "Houses.columns: 'title' is text; write a tuple: ('title',)"),
    "more_columns": ('more_columns = ("colour",)', "Houses.more_columns: House has no 'colour'"),
    "fields": ('fields = ("titel",)', "Houses.fields: House has no 'titel'"),
    "filters": ('filters = ("town",)', "Houses.filters: House has no 'town'"),
    "unfilterable": ('filters = ("note",)', "Houses.filters: 'note' is of a kind that cannot be filtered"),
    "search": ('search = ("words",)', "Houses.search: House has no 'words'"),
    "order": ('order = "-title"', "Houses.order: House cannot be sorted by 'title'; give it an index"),
    "timeline": ('timeline = "customer"', "Houses.timeline: House has no Link 'customer'"),
    "timeline_kind": ('timeline = "title"', "Houses.timeline: House has no Link 'title'"),
    "timeline_at": ('timeline, timeline_at = "contact", "starts"', "Houses.timeline_at: House has no 'starts'"),
    "owner": ('owner = "seller"', "Houses.owner: House has no Link 'seller'"),
    "follows": ('follows = "street"', "Houses.follows: House has no Link 'street'"),
    "unknown": ('colums = ("title",)', "Houses.colums: a Resource has no such attribute"),
    "action": (
        '@action("Back")\n    def back(self, user, record): ...',
        "Houses.back: a Resource has something else of this name; call it otherwise",
    ),
    "model": ("model = dict", "Houses.model: <class 'dict'> is not a Record class"),
}


def built(tmp_path, guanxi, **files: str):
    """Build the app with plugins of these names and texts."""
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    settings = dataclasses.replace(guanxi.settings, plugin_folders=(tmp_path,))
    return build_of(settings, list(files))


@pytest.fixture
def plain(tmp_path):
    """SQLite is enough for what fails before a table is looked at."""
    with Trial(tmp_path / "plain") as trial:
        yield trial


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_declaration_names_class_attribute_and_value(mistake, tmp_path, plain):
    line, said = MISTAKES[mistake]
    name = f"wrong_{mistake}"
    with pytest.raises(PluginError) as error:
        built(tmp_path, plain, **{name: HEAD.format(name=name, line=line)})
    assert said in str(error.value)


def test_the_declaration_that_the_mistakes_start_from_is_right(tmp_path, plain):
    assert "right_house" in built(tmp_path, plain, right=HEAD.format(name="right", line="")).resources


def test_a_misspelt_hook_fails_and_is_named(tmp_path, plain):
    text = HEAD.format(name="misspelt", line="") + "\n@hookimpl\ndef ressources():\n    return []\n"
    with pytest.raises(PluginError, match="ressources"):
        built(tmp_path, plain, misspelt=text)


def test_a_hook_with_an_argument_that_does_not_exist_fails(tmp_path, plain):
    text = HEAD.format(name="argument", line="") + "\n@hookimpl\ndef home_cards(person):\n    return []\n"
    with pytest.raises(PluginError, match="person"):
        built(tmp_path, plain, argument=text)


def test_two_modules_that_want_one_backref_are_both_named(tmp_path, plain):
    one = HEAD.format(name="one", line="").replace("one_houses", "houses")
    two = HEAD.format(name="two", line="").replace("two_houses", "houses")
    with pytest.raises(PluginError) as error:
        built(tmp_path, plain, one=one, two=two)
    assert "'houses'" in str(error.value)
    assert "of one" in str(error.value)
    assert "of two" in str(error.value)


def test_two_resources_for_one_model_fail(tmp_path, plain):
    text = HEAD.format(name="twice", line="").replace(
        "    return [Houses]", "    return [Houses, type('More', (Houses,), {'__module__': __name__})]"
    )
    with pytest.raises(PluginError, match="More: Houses is the Resource"):
        built(tmp_path, plain, twice=text)


def test_a_link_to_something_without_a_resource_fails(tmp_path, plain):
    text = HEAD.format(name="lost", line="").replace("class House(", "class Street(Record):\n    pass\nclass House(")
    text = text.replace("note = fields.JSON()", "street = fields.Link(Street)")
    with pytest.raises(PluginError, match=re.escape("House.street: Street has no Resource")):
        built(tmp_path, plain, lost=text)


def test_a_reserved_name_and_a_name_that_is_not_the_files_are_refused(tmp_path, plain):
    with pytest.raises(PluginError, match="reserved"):
        built(tmp_path, plain, portal=HEAD.format(name="portal", line=""))
    with pytest.raises(PluginError, match="its manifest says name='other'"):
        built(tmp_path, plain, mine=HEAD.format(name="other", line=""))


# The tables of a plugin of one file

SHOP = """
from core import Plugin, Record, Resource, fields, hookimpl
plugin = Plugin(name="shop", title="Shop")
class Item(Record):
    title = fields.Text()
    {more}
class Items(Resource):
    model, columns = Item, ("title",)
@hookimpl
def resources():
    return [Items]
"""


@pytest.fixture
def shop(tmp_path, guanxi_url):
    """Run the command in a process of its own, as a vendor does after each edit of the file."""
    (tmp_path / "plugins.toml").write_text('enabled = ["shop"]\n')
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GUANXI_")} | {
        "GUANXI_DATA": str(tmp_path / "data"),
        "GUANXI_PLUGINS": str(tmp_path / "plugins.toml"),
        "GUANXI_PLUGIN_FOLDERS": str(tmp_path / "folder"),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    if guanxi_url:
        environ["GUANXI_DATABASE_URL"] = guanxi_url
    (tmp_path / "folder").mkdir()

    def migrate(more: str):
        (tmp_path / "folder" / "shop.py").write_text(SHOP.format(more=more))
        return subprocess.run(
            [sys.executable, "-m", "core.cli", "migrate"], env=environ, capture_output=True, text=True, timeout=60
        )

    return migrate


def test_an_additive_change_of_a_one_file_plugin_is_applied(shop):
    assert "create shop_item" in shop("").stdout
    done = shop('colour = fields.Text(default="red", index=True)\n    paid_at = fields.DateTime()')
    assert done.returncode == 0, done.stderr
    assert "add shop_item.colour" in done.stdout
    assert "add shop_item.colour_key" in done.stdout
    assert (
        "Nothing to do"
        in shop('colour = fields.Text(default="red", index=True)\n    paid_at = fields.DateTime()').stdout
    )


def test_a_change_that_is_not_additive_is_refused_with_advice(shop):
    shop("")
    refused = shop("colour = fields.Text(null=False, default=None)")
    assert refused.returncode == 1
    assert "shop_item.colour is new and may not be empty" in refused.stderr
    assert "guanxi plugins migration" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_a_column_of_another_type_is_refused_with_advice(shop):
    shop("size = fields.Integer()")
    refused = shop("size = fields.Text()")
    assert refused.returncode == 1
    assert "shop_item.size" in refused.stderr
    assert "guanxi plugins migration" in refused.stderr


def test_a_column_that_is_gone_is_refused_while_it_may_not_be_empty(shop):
    shop("size = fields.Integer(null=False, default=0)")
    refused = shop("")
    assert refused.returncode == 1
    assert "shop_item.size" in refused.stderr
