"""Chinese is complete: every text of core and of each bundled plugin has a translation with the same placeholders."""

import pkgutil
import re

import pytest
from babel.messages.pofile import read_po
from flask import g

import plugins as bundled
from core import messages
from core.app import build_of
from core.settings import Settings

MODULES = ["core", *sorted(item.name for item in pkgutil.iter_modules(bundled.__path__))]
PLACEHOLDER = re.compile(r"%\(\w+\)s")


@pytest.fixture
def build(tmp_path, request):
    module = request.node.callspec.params["module"] if hasattr(request.node, "callspec") else "core"
    return build_of(Settings(tmp_path, "", tmp_path / "none.toml", ""), [] if module == "core" else [module])


def catalog(build, module):
    path = messages.folder_of(build, module) / "translations" / "zh" / "LC_MESSAGES" / f"{module}.po"
    with path.open("rb") as file:
        return [m for m in read_po(file, locale="zh") if m.id]


@pytest.mark.parametrize("module", MODULES)
def test_no_string_lacks_its_chinese(module, build):
    lacking = messages.by_place(messages.missing(build, module, "zh"))
    assert lacking == {}, f"run: guanxi plugins messages {module}"


@pytest.mark.parametrize("module", MODULES)
def test_a_translation_has_the_placeholders_of_its_text(module, build):
    wrong = []
    for message in catalog(build, module):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if any(s and set(PLACEHOLDER.findall(s)) != set(PLACEHOLDER.findall(ids[-1])) for s in strings):
            wrong.append(ids[0])
    assert wrong == []


@pytest.mark.parametrize("module", MODULES)
def test_chinese_is_punctuated_as_chinese(module, build):
    halves = re.compile(r"[\u4e00-\u9fff][,;!?]|[\u4e00-\u9fff]\.(?!\w)")
    strings = [s for m in catalog(build, module) for s in (m.string if isinstance(m.string, tuple) else (m.string,))]
    assert [s for s in strings if halves.search(s)] == []


SOURCE = """
_("plain"); N_("marked"); i18n.gettext("by name", n=1); ngettext("%(n)s row", "%(n)s rows", 2)
raise Problem(N_("wrong %(what)s"), what=1)
raise Problem("bare problem")
ExchangeError("It broke.", "Mend it." if x else "Buy another.")
Sentence("Row %(row)s is odd.", row=1)
Card("a card", body); Panel(title="a panel", body=""); Column("name", "a column", load)
print("not shown"); later("nor this"); f(N_)
"""


def test_words_are_found_in_python():
    found = [w.text for w in messages.in_python(SOURCE)]
    assert sorted(found) == sorted(
        [
            "plain",
            "marked",
            "by name",
            "%(n)s row",
            "wrong %(what)s",
            "bare problem",
            "It broke.",
            "Mend it.",
            "Buy another.",
            "Row %(row)s is odd.",
            "a card",
            "a panel",
            "a column",
        ]
    )


def test_words_are_found_in_templates():
    found = list(
        messages.in_template('<a title="{{ _("one") }}">{% if a %}{{ ngettext("%(n)s x", "%(n)s xs", 2) }}{% endif %}')
    )
    assert [(w.text, w.plural) for w in found] == [("one", ""), ("%(n)s x", "%(n)s xs")]


def test_words_are_found_in_declarations(build):
    found = {w.text for w in messages.in_declarations(build, "core")}
    assert {
        "Contacts",
        "Owner",
        "Sign-in link",
        "Left a message",
        "May do everything, modules and users included.",
    } <= found


def test_collecting_twice_changes_nothing(build, tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "_file", lambda folder, domain, locale: tmp_path / f"{domain}.{locale}.po")
    messages.update(build, "core")
    first = (tmp_path / "core.zh.po").read_bytes()
    messages.update(build, "core")
    assert (tmp_path / "core.zh.po").read_bytes() == first


@pytest.mark.parametrize("name", ["mail", "sales", "webhooks", "tasks"])
def test_the_modules_page_knows_every_title_in_chinese(name, tmp_path):
    """Also where the module leaves the word to core's catalogue, which its own does not have."""
    from core.modules import Module, describe
    from core.trial import Trial

    with Trial(tmp_path / "guanxi") as trial, trial.app.app_context():
        g.language = "zh"
        module = Module(name, None, False, describe(trial.settings, name))
        assert re.search("[\u4e00-\u9fff]", module.title) and re.search("[\u4e00-\u9fff]", module.summary)
