"""The wheel: all that Guanxi needs is inside, and it runs where there is nothing but Python."""

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.real.server import running

ROOT = Path(__file__).parent.parent
ASSETS = (
    "NOTICE",
    "echarts.common.min.js",
    "htmx.min.js",
    "icons.zip",
    "Sortable.min.js",
    "tabler.min.css",
    "tabler.min.js",
    "tom-select.bootstrap5.min.css",
    "tom-select.complete.min.js",
)


def run(*command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    [file] = folder.glob("guanxi-*.whl")
    return file


@pytest.fixture(scope="module")
def names(wheel):
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def venv(wheel, tmp_path_factory):
    """An empty environment with the wheel in it. It borrows our dependencies: their folder is put on its path without
    being a site folder, so that the .pth file in there, which leads to this checkout, is not read."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "borrowed.pth").write_text("\n".join(sorted(borrowed)))
    return folder


def test_holds_core_and_plugins_and_no_other_top_name(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"core", "plugins"}


def test_holds_every_file_of_the_house(names):
    tracked = run("git", "ls-files", "core", "plugins", "templates", "static", "plugins.toml", cwd=ROOT).splitlines()
    housed = [name if name.startswith(("core/", "plugins/")) else f"core/_house/{name}" for name in tracked]
    assert sorted(set(housed) - names) == []


def test_holds_the_browser_assets_and_not_those_of_tests(names):
    vendor = "core/_house/static/vendor/"
    assert {vendor + asset for asset in ASSETS} <= names
    assert not [name for name in names if "axe" in Path(name).name]


def test_holds_translations_for_core_and_for_each_plugin_that_has_some(names):
    folders = {path.parent for path in ROOT.glob("core/translations/*/LC_MESSAGES")}
    folders |= {path.parent for path in ROOT.glob("plugins/*/translations/*/LC_MESSAGES")}
    assert folders
    for folder in folders:
        assert [name for name in names if name.startswith(folder.relative_to(ROOT).as_posix())], folder


def test_carries_any_icon_by_name(wheel):
    with zipfile.ZipFile(wheel).open("core/_house/static/vendor/icons.zip") as file, zipfile.ZipFile(file) as icons:
        assert icons.read("outline/user.svg").startswith(b"<svg")
        assert icons.read("filled/star.svg").startswith(b"<svg")


def test_names_the_licence_of_each_package_it_ships(wheel):
    text = zipfile.ZipFile(wheel).read("core/_house/static/vendor/NOTICE").decode()
    for package in ("@tabler/core", "@tabler/icons", "echarts", "zrender", "htmx.org", "sortablejs", "tom-select"):
        assert f"\n{package} " in text


def test_is_what_an_empty_environment_imports(venv, tmp_path):
    place = run(venv / "bin" / "python", "-c", "import core; print(core.__file__)", cwd=tmp_path)
    assert Path(place).is_relative_to(venv)


def test_serves_in_an_empty_environment_and_an_empty_folder(venv, tmp_path):
    with running(tmp_path, command=(str(venv / "bin" / "guanxi"),)) as server:
        status, text = server.get("/login")
        assert status == 200
        assert "<html" in text
