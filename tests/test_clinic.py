"""A vendor's pip package (examples/guanxi-clinic), installed beside a running server, switched on in the browser.

Its own tests lie in its own folder and run along with ours.
"""

import http.cookiejar
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
PASSWORD = "a long password"


class Browser:
    """Pages of a running server, with cookies and the forms' tokens."""

    def __init__(self, url: str):
        self.url, self.page = url, ""
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )

    def get(self, path: str, **form) -> int:
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(self.url + path, data, timeout=30) as answer:
                status, self.page = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, self.page = error.code, error.read().decode()
        return status

    def post(self, path: str, **form) -> int:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page).group(1)
        return self.get(path, csrf_token=token, **form)


@pytest.fixture
def site(tmp_path):
    """A folder on the server's path where pip puts packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def browser(serve, site, tmp_path):
    """An administrator signed in at a real server, which was started before the package was installed."""
    (tmp_path / "plugins.toml").write_text("# ours\nenabled = []\n")
    path = os.pathsep.join((str(site), str(TOP)))
    server = serve(PYTHONPATH=path)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("GUANXI_")} | {"PYTHONPATH": path}
    command = [
        sys.executable,
        "-m",
        "core.cli",
        "user",
        "add",
        "ann@example.com",
        "--role",
        "admin",
        "--password-stdin",
    ]
    subprocess.run(command, cwd=tmp_path, env=environ, input=PASSWORD, text=True, check=True, timeout=60)
    browser = Browser(server.url)
    browser.get("/login")
    browser.post("/login", email="ann@example.com", password=PASSWORD)
    browser.server = server
    return browser


def install(site: Path) -> None:
    """What `pip install guanxi-clinic` does, from the folder of its sources."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site)]
    subprocess.run([*command, str(TOP / "examples" / "guanxi-clinic")], check=True, timeout=300)


def test_installed_while_the_server_runs_it_is_switched_on_and_off_in_the_browser(browser, site, tmp_path):
    assert browser.get("/admin/modules") == 200
    assert "Clinic" not in browser.page
    install(site)

    assert browser.get("/admin/modules") == 200
    assert "Guanxi examples" in browser.page
    assert "Practitioners, services, and the appointments that patients book." in browser.page
    assert browser.get("/clinic/day") == 404

    browser.get("/admin/modules")
    assert browser.post("/admin/modules/clinic/switch", on="1") == 200
    assert browser.get("/clinic/day") == 200
    assert "Day plan" in browser.page
    assert browser.get("/") == 200
    assert "Appointments today" in browser.page
    assert browser.get("/clinic/practitioner/new") == 200
    assert browser.post("/clinic/practitioner/new", name="陈医生", room="201") == 200
    assert "陈医生" in browser.page
    assert (tmp_path / "plugins.toml").read_text().startswith("# ours\n")

    browser.get("/admin/modules")
    assert browser.post("/admin/modules/clinic/switch", off="1") == 200
    assert browser.get("/clinic/day") == 404
    assert "This module is off" in browser.page
    assert browser.server.process.poll() is None

    browser.get("/admin/modules")
    browser.post("/admin/modules/clinic/switch", on="1")
    assert browser.get("/clinic/practitioner/") == 200
    assert "陈医生" in browser.page


def test_its_wheel_carries_templates_migrations_and_translations(site):
    install(site)
    package = site / "guanxi_clinic"
    assert (package / "templates" / "clinic" / "day.html").exists()
    assert (package / "migrations" / "0001_first_tables.py").exists()
    assert (package / "translations" / "zh" / "LC_MESSAGES" / "clinic.po").exists()
