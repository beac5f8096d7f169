"""A real Chromium: `browser` for the session, `page` for a test, `axe(page)` for what hinders people."""

import os
from pathlib import Path

import pytest

from tests.real import browser_setup

FLAGS = [  # quiet, alone, and able to run as root in a container
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
DEFAULTS = {"viewport": DESKTOP, "locale": "en-GB", "timezone_id": "Asia/Shanghai"}


@pytest.fixture(scope="session")
def browser():
    """An installed Chromium, headless. Without one the test is skipped with advice; in CI it fails."""
    path = browser_setup.find()
    if not path:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(browser_setup.ADVICE)
    from playwright.sync_api import sync_playwright  # here: tests without a browser start faster

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    """Open pages that share nothing, one for each person in a test: new_page(viewport=PHONE, color_scheme="dark").

    A script error, a missing asset or a breach of the Content-Security-Policy on any of them fails the test at its end;
    a test that means to cause one clears `page.errors`.
    """
    contexts, errors = [], []

    def open_page(**options):
        context = browser.new_context(**DEFAULTS | options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.errors = errors
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: is_error(message) and errors.append(f"{page.url}: {message.text}"))
        page.on("response", lambda answer: is_missing(answer) and errors.append(f"{answer.url}: {answer.status}"))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_page):
    """One page at desktop size, in English."""
    return new_page()


def is_error(message):
    # An answer of 404 or 422 is logged as an error too, but tests ask for those on purpose.
    return message.type == "error" and not message.text.startswith("Failed to load resource")


def is_missing(answer):
    return answer.status >= 400 and answer.request.resource_type in ("font", "image", "script", "stylesheet")


def axe(page, within=None):
    """Return one line for each breach of WCAG 2.0 to 2.2 A and AA or good practice on the page: empty is good.

    `within` is a CSS selector to look at a part only. The script comes in through the debugger, so that the page keeps
    its Content-Security-Policy.
    """
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    debugger.detach()
    found = page.evaluate(
        "([part, rules]) => axe.run(part || document, {runOnly: rules, resultTypes: ['violations'], preload: false})",
        [within, RULES],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {' '.join(map(str, node['target']))}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
