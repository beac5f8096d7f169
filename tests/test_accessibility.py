"""Every page of the demo firm in a real browser: no axe fault, no script error, nothing wider than the screen."""

import subprocess
import sys

import pytest

from tests.real.browser import DESKTOP, PHONE, axe
from tests.real.server import running

PAGES = [
    "/",
    "/contacts/",
    "/contacts/?owner=me&stage=customer",
    "/contacts/1",
    "/contacts/2",
    "/contacts/new",
    "/contacts/1/edit",
    "/contacts/1/history",
    "/contacts/1/share",
    "/timeline/",
    "/tasks/task/",
    "/tasks/task/new",
    "/privacy/",
    "/privacy/contacts/2",
    "/privacy/contacts/2/erasure",
    "/privacy/consent/",
    "/privacy/consent/1",
    "/privacy/consent/new?contact=2",
    "/privacy/rule/1",
    "/calendar/",
    "/calendar/?view=day",
    "/calendar/?view=month&who=all",
    "/calendar/feed",
    "/calendar/meeting/1",
    "/calendar/meeting/new",
    "/webhooks/endpoint/",
    "/webhooks/endpoint/1",
    "/webhooks/endpoint/new",
    "/webhooks/endpoint/1/secret",
    "/webhooks/delivery/",
    "/webhooks/delivery/3",
    "/search?q=zhang",
    "/import/contacts",
    "/notices",
    "/account",
    "/help",
    "/admin/",
    "/admin/modules",
    "/admin/modules/tasks",
    "/admin/users/",
    "/admin/users/1",
    "/admin/roles/3",
    "/admin/fields/",
    "/admin/fields/1",
    "/admin/fields/1/edit",
    "/admin/fields/new?resource=contacts",
    "/admin/journal",
    "/admin/firm",
    "/nowhere",
]
LOOKS = {
    "light-1440-en": dict(viewport=DESKTOP, color_scheme="light", locale="en-GB"),
    "dark-390-zh": dict(viewport=PHONE, color_scheme="dark", locale="zh-CN"),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    made = subprocess.run(
        [sys.executable, "-m", "core.cli", "demo", "--contacts", "60"], cwd=folder, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    role, email, password = (folder / "instance" / "demo-sign-ins.txt").read_text("utf-8").splitlines()[0].split("\t")
    assert role == "admin"
    with running(folder) as server:
        yield server, email, password


@pytest.mark.parametrize("look", LOOKS)
def test_pages_have_no_fault(demo, new_page, look):
    server, email, password = demo
    page = new_page(**LOOKS[look])
    page.goto(f"{server.url}/login")
    faults = [f"/login: {fault}" for fault in axe(page)]
    page.fill("#email", email)
    page.fill("#password", password)
    page.click("form .btn-primary")
    page.wait_for_url(f"{server.url}/")
    for path in PAGES:
        page.goto(f"{server.url}{path}")
        faults += [f"{path}: {fault}" for fault in axe(page)]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{path}: {wide} pixels too wide")
    page.errors[:] = [error for error in page.errors if "404" not in error]
    assert not faults, "\n".join(faults)
