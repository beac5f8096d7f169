"""The reference in docs/ is what the code says; a stale page, an attribute or a hook without words fails."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core import fields, hookspecs, resource
from core.settings import ENVIRONMENT
from docs import __main__ as docs

TOP = Path(__file__).parent.parent


@pytest.mark.parametrize("path", docs.PAGES)
def test_a_page_is_what_the_code_says(path):
    # In a process of its own: other tests load plugins, which add to what is there.
    code = f"from docs.__main__ import stale; raise SystemExit({path!r} in stale())"
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, timeout=60)
    assert done.returncode == 0, f"docs/{path} is stale: run python -m docs"


def test_every_attribute_of_a_resource_is_explained():
    found = docs.attributes_of(resource, "Resource")
    assert [a.names for a in found if not a.comment] == []
    assert {n for a in found for n in a.list} >= {"model", "columns", "filters", "timeline", "timeline_at", "page_size"}


def test_an_attribute_without_a_comment_is_noticed(tmp_path):
    (tmp_path / "x.py").write_text("class Resource:\n    #: Said.\n    a: int = 1\n    b: int = 2\n\n    c: int = 3\n")
    module = type("module", (), {"__file__": str(tmp_path / "x.py")})
    assert [(a.list, a.comment) for a in docs.attributes_of(module, "Resource")] == [(["a", "b"], "Said."), (["c"], "")]


def test_every_hook_is_explained():
    specs = [f for f in vars(hookspecs).values() if hasattr(f, "guanxi_spec")]
    assert len(specs) >= 22
    assert [f.__name__ for f in specs if not f.__doc__] == []
    text = (TOP / "docs/reference/hooks.md").read_text("utf-8")
    assert [f.__name__ for f in specs if f"### {f.__name__}\n" not in text] == []


def test_every_kind_of_field_is_explained():
    text = (TOP / "docs/reference/fields.md").read_text("utf-8")
    for name in fields.__all__:
        cls = getattr(fields, name)
        if isinstance(cls, type) and issubclass(cls, fields.Kind) and cls is not fields.Kind:
            assert f"## {name}\n\n{cls.__doc__[:20]}" in text


def test_every_variable_of_the_environment_is_explained():
    sources = [p.read_text("utf-8") for p in (TOP / "core").rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"\bGUANXI_[A-Z_]*[A-Z]\b", text)}
    assert read == set(ENVIRONMENT)


def test_a_sample_of_the_vendors_page_is_code_that_tests_run():
    text = (TOP / "docs/vendors.md").read_text("utf-8")
    cuts = docs.CUT.findall(text)
    assert len(cuts) >= 6
    assert len(re.findall("```python", text)) == sum(kind == "python" for *_, kind in cuts)


def test_links_between_the_pages_lead_somewhere():
    broken = [
        f"{path.name}: {target}"
        for path in (TOP / "docs").rglob("*.md")
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_every_room_of_core_has_its_line():
    from pathlib import Path

    core = Path(__file__).resolve().parent.parent / "core"
    said = (core.parent / "docs" / "architecture.md").read_text("utf-8")
    rooms = [path for path in core.rglob("*.py") if path.name != "__init__.py" and "migrations" not in path.parts]
    assert not [str(path.relative_to(core)) for path in rooms if f"`{path.relative_to(core).as_posix()}`" not in said]
