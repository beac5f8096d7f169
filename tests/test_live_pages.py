"""Two people at two browsers, on two workers: they see each other's changes, and lose nothing."""

import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.real.browser import PHONE, axe
from tests.real.server import running

#: Milliseconds until a change must be seen; it takes four seconds when the machine does nothing else.
SOON = 30_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "core.cli", "demo", "--contacts", "40"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    lines = (folder / "instance" / "demo-sign-ins.txt").read_text("utf-8").splitlines()
    people = {role: (email, password) for role, email, password in (line.split("\t") for line in lines)}
    with running(folder, "--workers", "2") as server:
        yield server.url, people


@pytest.fixture
def two(demo, new_page):
    """The administrator's browser, and the manager's."""
    url, people = demo
    pages = []
    for role in ("admin", "manager"):
        page = new_page(base_url=url)
        email, password = people[role]
        page.goto("/login")
        page.fill("[name=email]", email)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/")
        page.goto("/account")
        page.select_option("[name=language]", "en")
        page.click("form:has([name=language]) button.btn-primary")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        pages.append(page)
    return pages


def edit(page, name, text):
    """Change a field in place."""
    page.click(f"#field-{name} .gx-pencil")
    page.fill(f"#field-{name} [name={name}]", text)
    page.click(f"#field-{name} .btn-primary")


def test_a_change_is_seen_with_who_made_it_and_nothing_typed_is_touched(two):
    mine, theirs = two
    for page in two:
        page.goto("/contacts/2")
    mine.fill("#compose textarea", "half a sentence")
    mine.click("#field-job_title .gx-pencil")
    box = mine.locator("[data-gx-inline] input:not([type=hidden])").first
    box.fill("my own words")
    theirs.fill("#compose textarea", "They want walnut")
    theirs.click("#compose .btn-primary")
    expect(mine.locator("#stream")).to_contain_text("They want walnut", timeout=SOON)
    expect(mine.locator("#live-said")).to_contain_text("changed this just now")
    expect(mine.locator("#compose textarea")).to_have_value("half a sentence")
    expect(box).to_have_value("my own words")
    theirs.goto("/contacts/2/edit")
    theirs.fill("[name=website]", "https://walnut.example")
    theirs.click("#record-form > div:last-child .btn-primary")
    expect(mine.locator("#info")).to_contain_text("walnut.example", timeout=SOON)
    expect(box).to_have_value("my own words")


def test_a_row_of_a_list_changes_in_place_and_a_new_one_comes(two):
    mine, theirs = two
    mine.goto("/contacts/?sort=-id")
    theirs.goto("/contacts/2")
    edit(theirs, "job_title", "Keeper of keys")
    expect(mine.locator("#row-2")).to_contain_text("Keeper of keys", timeout=SOON)
    theirs.goto("/contacts/new")
    theirs.fill("[name=name]", "Newcomer Lin")
    theirs.click("#record-form .btn-primary")
    theirs.wait_for_url(re.compile(r"/contacts/\d+$"))
    expect(mine.locator("#rows tbody tr").first).to_contain_text("Newcomer Lin", timeout=SOON)
    assert axe(mine) == []


def test_a_selection_is_not_taken_away(two):
    mine, theirs = two
    mine.goto("/contacts/?sort=-id")
    mine.check("#row-3 [data-gx-row]")
    theirs.goto("/contacts/2")
    with mine.expect_response(lambda answer: "/live?" in answer.url and "refresh" in answer.text(), timeout=SOON):
        edit(theirs, "job_title", "Keeper of clocks")
    expect(mine.locator(".gx-bulk")).to_be_visible()
    mine.uncheck("#row-3 [data-gx-row]")
    expect(mine.locator("#row-2")).to_contain_text("Keeper of clocks", timeout=SOON)


def test_a_deleted_record_is_said_on_its_open_page(two):
    mine, theirs = two
    for page in two:
        page.goto("/contacts/5")
    theirs.click(".gx-actions [aria-label=More]")
    theirs.click(".gx-actions .gx-t-danger")
    theirs.click("[data-gx-confirmed]")
    theirs.wait_for_url("**/contacts/")
    expect(mine.locator("#live-warning")).to_contain_text("in the meantime", timeout=SOON)
    assert axe(mine) == []


def test_two_forms_of_one_record_ask_field_by_field(two):
    mine, theirs = two
    for page in two:
        page.goto("/contacts/7/edit")
    expect(mine.locator("[data-gx-editing]")).to_contain_text("is editing this too", timeout=SOON)
    theirs.fill("[name=job_title]", "Their title")
    theirs.fill("[name=emails-0-value]", "theirs@firm.example")
    theirs.fill("[name=website]", "https://theirs.example")
    theirs.click("#record-form > div:last-child .btn-primary")
    theirs.wait_for_url("**/contacts/7")
    mine.fill("[name=job_title]", "My title")
    mine.fill("[name=note]", "My note")
    mine.click("#record-form > div:last-child .btn-primary")
    question = mine.get_by_role("group", name="Job title")
    expect(question).to_contain_text("Mine: My title")
    expect(question).to_contain_text("Their title")
    expect(mine.locator("[name=website]")).to_have_value("https://theirs.example")
    expect(mine.locator("[name=note]")).to_have_value("My note")
    assert axe(mine) == []
    mine.set_viewport_size(PHONE)
    assert mine.evaluate("document.documentElement.scrollWidth <= innerWidth")
    question.get_by_label("Their title").check()
    mine.click("#record-form > div:last-child .btn-primary")
    mine.wait_for_url("**/contacts/7")
    for said in ("Their title", "theirs@firm.example", "theirs.example", "My note"):
        expect(mine.locator("#info")).to_contain_text(said)


def test_what_was_deleted_under_an_open_form_is_restored_with_what_was_typed(two):
    mine, theirs = two
    mine.goto("/contacts/9/edit")
    mine.fill("[name=job_title]", "Not lost")
    theirs.goto("/contacts/9")
    theirs.click(".gx-actions [aria-label=More]")
    theirs.click(".gx-actions .gx-t-danger")
    theirs.click("[data-gx-confirmed]")
    theirs.wait_for_url("**/contacts/")
    mine.click("#record-form > div:last-child .btn-primary")
    expect(mine.locator("[role=alert]").first).to_contain_text("deleted this while you were typing")
    expect(mine.locator("[name=job_title]")).to_have_value("Not lost")
    mine.click("text=Restore and save")
    mine.wait_for_url("**/contacts/9")
    expect(mine.locator("#field-job_title")).to_contain_text("Not lost")


def test_signing_out_elsewhere_leaves_what_was_typed(two):
    mine, _ = two
    mine.goto("/contacts/2")
    mine.fill("#compose textarea", "half a sentence")
    elsewhere = mine.context.new_page()
    elsewhere.goto("/")
    elsewhere.click("header .dropdown:last-child > button")
    elsewhere.click("form[action='/logout'] button")
    expect(mine.locator("#live-warning")).to_contain_text("signed out", timeout=SOON)
    expect(mine.locator("#compose textarea")).to_have_value("half a sentence")
