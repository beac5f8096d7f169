"""`guanxi plugins new`: a vendor's package whose tests pass at once; `migration` and `messages` in a vendor's day."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def guanxi_command(tmp_path):
    """Run `guanxi` in a process of its own, in an empty folder, with the plugin that it may have written."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GUANXI_")} | {
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        "GUANXI_PLUGIN_FOLDERS": str(tmp_path / "guanxi-wine"),
    }

    def run(*arguments, module="core.cli", folder=tmp_path, timeout=300):
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=timeout)

    return run


@pytest.fixture
def wine(guanxi_command, tmp_path) -> Path:
    done = guanxi_command("plugins", "new", "wine", "--title", "Wine cellar")
    assert done.returncode == 0, done.stderr
    return tmp_path / "guanxi-wine"


def test_the_tests_of_a_new_plugin_pass_at_once(guanxi_command, wine):
    done = guanxi_command("-q", "-p", "no:cacheprovider", module="pytest", folder=wine)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_it_says_what_to_do_next(guanxi_command, tmp_path):
    assert "pip install -e . && pytest" in guanxi_command("plugins", "new", "beer").stdout


def test_it_has_the_shape_that_the_design_asks_for(wine):
    assert 'name = "guanxi-wine"' in (wine / "pyproject.toml").read_text()
    assert 'wine = "guanxi_wine"' in (wine / "pyproject.toml").read_text()
    assert {p.name for p in (wine / "guanxi_wine").iterdir()} >= {
        "__init__.py",
        "models.py",
        "resources.py",
        "migrations",
        "translations",
    }
    assert 'msgstr ""\n\n' not in (wine / "guanxi_wine/translations/zh/LC_MESSAGES/wine.po").read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "said"), [("portal", "reserved"), ("Wine", "lower-case"), ("wine-cellar", "lower-case")]
)
def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_written(guanxi_command, tmp_path, name, said):
    done = guanxi_command("plugins", "new", name)
    assert done.returncode == 1
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(guanxi_command, wine):
    done = guanxi_command("plugins", "new", "wine")
    assert done.returncode == 1
    assert "exists already" in done.stderr


def test_a_new_field_gets_its_migration_and_its_words(guanxi_command, wine):
    assert guanxi_command("plugins", "enable", "wine").returncode == 0
    models = wine / "guanxi_wine" / "models.py"
    models.write_text(models.read_text() + '    year = fields.Integer(label=N_("Vintage"), default=2020, index=True)\n')
    done = guanxi_command("plugins", "migration", "wine", "--title", "vintage")
    assert "0002_vintage.py" in done.stdout, done.stderr
    assert "ADD COLUMN" in (wine / "guanxi_wine/migrations/0002_vintage.py").read_text()
    assert "wine 0002_vintage" in guanxi_command("migrate").stdout
    assert "Nothing to do" in guanxi_command("plugins", "migration", "wine").stdout
    assert "1 without a translation" in guanxi_command("plugins", "messages", "wine").stdout
    catalog = (wine / "guanxi_wine/translations/zh/LC_MESSAGES/wine.po").read_text("utf-8")
    assert 'msgid "Vintage"' in catalog
    assert 'msgstr "标记完成"' in catalog  # what was translated stays

    checked = guanxi_command("plugins", "check", "wine")
    assert checked.returncode == 1
    assert [line for line in checked.stdout.splitlines() if line.startswith("FAIL")] == [
        line for line in checked.stdout.splitlines() if "translation" in line
    ]
    assert "ok    Its migrations make the tables that its models say" in checked.stdout


def test_words_that_are_gone_are_kept_as_obsolete(guanxi_command, wine):
    resources = wine / "guanxi_wine" / "resources.py"
    resources.write_text(resources.read_text().replace('N_("Finish")', 'N_("Drink up")'))
    guanxi_command("plugins", "messages", "wine")
    catalog = (wine / "guanxi_wine/translations/zh/LC_MESSAGES/wine.po").read_text("utf-8")
    assert '#~ msgid "Finish"' in catalog
    assert re.search(r'\nmsgid "Drink up"\nmsgstr ""', catalog)
