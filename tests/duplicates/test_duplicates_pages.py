"""Merging and duplicates in a real browser: side by side, Undo, rules; on a phone, in the dark, in both languages."""

import pytest

from core.contacts import Contact
from core.db import db
from core.jobs import run_due
from tests.real.browser import PHONE, axe
from tests.trials import served

pytest_plugins = ["tests.people"]


@pytest.fixture
def site(house):
    """The firm behind a real server, and its address."""
    it = house("duplicates")
    for name in ("bo", "ann"):
        user = it.user(name)
        user.set_password("correct horse")
        type(user).update(password_hash=user.password_hash).where(type(user).id == user.id).execute()
    it.contact("Ann Lee", emails="a@a.cn", phones="138 0013 8000", job_title="Buyer", tags="vip", note="Likes tea")
    it.contact("Anne Lee", emails="a@a.cn; anne@b.cn", job_title="Head buyer", website="https://b.cn")
    run_due(it.app)
    with served(it):
        yield it
    db.close()


def sign_in(page, site, name="bo"):
    page.goto(f"{site.address}/login")
    page.fill("[name=email]", f"{name}@firm.example")
    page.fill("[name=password]", "correct horse")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.address}/")


def test_two_contacts_become_one_and_two_again(site, page):
    sign_in(page, site)
    page.goto(f"{site.address}/contacts/")
    for box in page.locator("[data-gx-row]").all():
        box.check()
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url("**/contacts/merge**")
    assert axe(page) == []
    page.get_by_label("Head buyer").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    page.wait_for_url("**/contacts/*")
    assert "anne@b.cn" in page.content() and "Head buyer" in page.content()
    assert Contact.select().where(Contact.deleted_batch.is_null()).count() == 1
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.").wait_for()
    assert Contact.select().where(Contact.deleted_batch.is_null()).count() == 2


def test_a_pair_leads_to_the_comparison_on_a_phone(site, new_page):
    page = new_page(viewport=PHONE, color_scheme="dark", locale="zh-CN")
    sign_in(page, site)
    page.goto(f"{site.address}/duplicates/pair/?state=open")
    assert axe(page) == []
    page.locator("table a.btn").first.click()
    page.wait_for_url("**/contacts/merge**")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_rule_is_written_with_choices(site, page):
    sign_in(page, site, "ann")
    page.goto(f"{site.address}/duplicates/rule/new")
    page.fill("[name=name]", "By site")
    page.select_option("[name=conditions-0-field]", "website")
    page.select_option("[name=conditions-1-field]", "name")
    page.select_option("[name=conditions-1-how]", "fuzzy")
    page.get_by_role("button", name="Condition").click()
    assert page.locator("[name=conditions-2-field]").count() == 1
    assert axe(page) == []
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/duplicates/rule/*")
    page.get_by_role("heading", name="By site").wait_for()
