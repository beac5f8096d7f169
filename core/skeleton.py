"""`guanxi plugins new NAME`: a vendor's plugin as a pip package, whose tests pass at once."""

from pathlib import Path
from string import Template

from .plugins import Plugin
from .settings import ConfigError, Settings

#: Path in the new folder → text; `$name`, `$title` and `$package` are filled in.
FILES = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "guanxi-$dashed"
version = "0.1.0"
description = "$title, a module of the CRM Guanxi"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["guanxi"]

[project.entry-points."guanxi.plugins"]
$name = "$package"

[tool.hatch.build.targets.wheel]
packages = ["$package"]

[tool.pytest.ini_options]
pythonpath = ["."]
testpaths = ["tests"]
""",
    "README.md": """\
# $title

A module of the CRM [Guanxi](https://pypi.org/project/guanxi/). What it is for, in one paragraph, is for you to write.

    pip install -e . && pytest          # its tests
    guanxi plugins enable $name     # or switch it on in the browser, on the page Modules
    guanxi plugins migration $name  # after a change of models.py
    guanxi plugins messages $name   # after a change of words; then translate $package/translations
    guanxi plugins check $name      # does it keep to the rules?
""",
    "$package/__init__.py": '''\
"""$title: the manifest and the hooks."""

from core import Plugin, hookimpl

plugin = Plugin(
    name="$name",
    title="$title",
    summary="Things that belong to contacts.",
    vendor="You",
    icon="puzzle",
    hue="teal",
)


@hookimpl
def resources():
    from .resources import Items

    return [Items]
''',
    "$package/models.py": '''\
"""What is kept. A rule or verb of the business is a method here."""

from core import Contact, N_, Record, fields


class Item(Record):
    """Something of a contact, at some time."""

    title = fields.Text(label=N_("Title"), required=True, index=True)
    contact = fields.Link(Contact, label=N_("Contact"), backref="${name}_items")
    at = fields.DateTime(label=N_("When"), index=True)
    price = fields.Money(label=N_("Price"))
    state = fields.Choice(
        [("planned", N_("Planned"), "blue"), ("finished", N_("Finished"), "green")],
        label=N_("State"),
        default="planned",
        index=True,
    )
''',
    "$package/resources.py": '''\
"""What the screens show: list, page, form, search, import and export follow from it."""

from core import N_, Resource, action

from .models import Item


class Items(Resource):
    """Items, in the menu's group Sales and on the timeline of their contact."""

    model, nav, icon, hue = Item, "Sales", "puzzle", "teal"
    label, plural = N_("Item"), N_("Items")
    columns = ("title", "contact", "at", "price", "state")
    filters = ("state", "at")
    search = ("title",)
    timeline, timeline_at = "contact", "at"

    @action(N_("Finish"), icon="check")
    def finish(self, user, record):
        """Mark it as finished; can be undone like every save."""
        self.save(user, record, {"state": "finished"})
''',
    "tests/conftest.py": '''\
"""The fixture `guanxi` comes with Guanxi itself: see `core.testing`."""

from pathlib import Path

import pytest


@pytest.fixture
def guanxi_plugins():
    return ["$name"]


@pytest.fixture
def guanxi_folders():
    return [Path(__file__).parent.parent]
''',
    "tests/test_$name.py": '''\
"""$title in use, and the rules that every module keeps to."""

from pathlib import Path

from core.testing import check_plugin


def test_an_item_stands_in_the_list_and_on_the_timeline(guanxi):
    contact = guanxi.contact("Lin", owner="Bo")
    guanxi.make("${name}_item", "bo", title="First", contact=contact, at="2026-01-02 10:00", price="12.50 CNY")
    bo = guanxi.client("bo")
    assert "First" in bo.get("/$name/item/").text
    assert "First" in bo.get(f"/contacts/{contact.id}").text


def test_a_member_does_not_see_the_items_of_anothers_contact(guanxi):
    contact = guanxi.contact("Lin", owner="Bo")
    guanxi.make("${name}_item", "bo", title="First", contact=contact)
    assert "First" not in guanxi.client("li").get("/$name/item/").text


def test_the_button_finishes_it(guanxi):
    item = guanxi.make("${name}_item", title="First")
    assert "Finish" in guanxi.client("ann").get(f"/$name/item/{item.id}").text
    guanxi.client("ann").post(f"/$name/item/{item.id}/act/finish")
    assert guanxi.again(item).state == "finished"


def test_it_speaks_chinese(guanxi):
    assert "项目" in guanxi.client("ann", "zh").get("/$name/item/").text


def test_it_keeps_to_the_rules():
    check_plugin("$name", folders=[Path(__file__).parent.parent])
''',
    ".gitignore": "__pycache__/\n*.egg-info/\ndist/\ninstance/\nplugins.toml\n",
}

#: The skeleton's own words, so that a vendor starts with a complete translation.
WORDS = {
    "Things that belong to contacts.": "属于联系人的项目。",
    "Item": "项目",
    "Items": "项目",
    "Title": "标题",
    "Price": "价格",
    "State": "状态",
    "Planned": "计划中",
    "Finished": "已完成",
    "Finish": "标记完成",
}


def write(name: str, folder: Path | str = ".", title: str = "") -> Path:
    """Write the plugin `name` into `folder/guanxi-<name>`, which is returned. Raises ConfigError, with nothing written.

    Its migration and its word list are made by the same code as the commands `plugins migration` and `messages`.
    """
    from .app import build_of
    from .messages import update
    from .migration_files import write as write_migration

    title = title or name.replace("_", " ").capitalize()
    Plugin(name=name, title=title)  # a name that cannot be one is refused here
    top = Path(folder).resolve() / f"guanxi-{name.replace('_', '-')}"
    if top.exists():
        raise ConfigError(f"{top} exists already. Choose another name or folder.")
    filled = {"name": name, "title": title, "package": f"guanxi_{name}", "dashed": name.replace("_", "-")}
    for path, text in FILES.items():
        target = top / Template(path).substitute(filled)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Template(text).substitute(filled), "utf-8")
    build = build_of(Settings(top, "", top / "none.toml", "", plugin_folders=(top,)), [name])
    package = top / f"guanxi_{name}"
    write_migration(name, package / "migrations", build.models(name), "First tables")
    update(build, name)
    _translate(package / "translations" / "zh" / "LC_MESSAGES" / f"{name}.po", WORDS | {title: title})
    return top


def _translate(path: Path, words: dict[str, str]) -> None:
    from babel.messages.pofile import read_po, write_po

    with path.open("rb") as file:
        catalog = read_po(file, locale="zh")
    for message in catalog:
        message.string = message.string or words.get(message.id, "")
    with path.open("wb") as file:
        write_po(file, catalog, width=110, include_lineno=False)
