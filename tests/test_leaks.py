"""The leak walk: nobody meets a word of a record, or of a field, that their role may not see, at any address."""

from pathlib import Path

import pytest

import plugins
from core import leaks
from core.leaks.world import words_in

#: Every bundled module.
WALKED = sorted(file.parent.name for file in Path(plugins.__file__).parent.glob("*/__init__.py"))
#: Database → who asks there: an administrator, an owner of half of the records and a stranger; a role that hides fields
#: and one that may nothing. `guanxi check --leaks` walks as every role.
READERS = {"sqlite": ("ann", "bo", None), "postgres": ("ann", "dim", "nia")}


@pytest.mark.parametrize("engine", READERS)
def test_nobody_meets_what_they_may_not_see(engine, request):
    url = request.getfixturevalue("postgres_url") if engine == "postgres" else ""
    report = leaks.run(*WALKED, url=url, readers=READERS[engine])
    assert not report.leaks, "\n" + "\n".join(map(str, report.leaks[:40]))
    assert not report.unvisited, "every address is asked:\n" + "\n".join(report.unvisited)
    # A leak of each word would be seen.
    assert not report.unmade and not report.unmet, "\n".join(report.lines())
    assert report.words > 400 and report.requests > 5000


#: Everybody above.
ALL = ("ann", "bo", "dim", "nia", None)
LEAKY = """
from flask import Blueprint
from core import Contact, Panel, Plugin, hookimpl
from markupsafe import Markup

plugin = Plugin(name="leaky", title="Leaky", summary="Says what it must not.")

def view():
    return " ".join(c.job_title for c in Contact.select())

def unknown(what):
    return "nothing"

@hookimpl
def blueprints():
    bp = Blueprint("leaky", __name__)
    bp.add_url_rule("/leaky/all", "all", view)
    bp.add_url_rule("/leaky/<what>/more", "more", unknown)
    return [bp]

@hookimpl
def record_panels(resource, record, user):
    if resource.name != "contacts":
        return []
    return [Panel("All", Markup(", ").join(c.name for c in Contact.select()))]
"""


def test_a_module_that_leaks_is_caught_at_its_page_and_in_its_panel(tmp_path):
    (tmp_path / "guanxi_leaky").mkdir()
    (tmp_path / "guanxi_leaky" / "__init__.py").write_text(LEAKY)
    found = leaks.run("leaky", folders=(tmp_path,), readers=ALL, under=("/leaky", "/contacts"))
    met = {(leak.reader, leak.path.partition("?")[0].rpartition("/")[0]) for leak in found.leaks}
    assert ("bo", "/leaky") in met and ("dim", "/leaky") in met and ("nia", "/leaky") in met
    assert ("bo", "/contacts") in met and ("dim", "/contacts") not in met, "of names they may see all"
    assert not [leak for leak in found.leaks if leak.reader == "ann"], "she may see all of it"
    assert found.unvisited == ["GET /leaky/<what>/more"] and not found.clean
    assert any("bo meets contacts" in line for line in found.lines())


def test_words_are_found_however_they_are_written():
    assert words_in("<b>ZQ00001QZ</b> ¥909,000,109.00 +86 139 0900 0109 born 1931-07-19") == {
        "zq00001qz",
        "909000109",
        "1931",
    }
    assert not words_in("zq1qz 90900 19310 2026")
