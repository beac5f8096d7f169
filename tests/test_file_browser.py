"""Files in a real browser: dropped and chosen, one by one with progress, previewed in a sandbox."""

import pytest

from tests.real.browser import PHONE, axe
from tests.test_files import PDF

HTML = "<html><script>document.title = 'run'; parent.document.title = 'broken out'</script>"


@pytest.fixture
def contact(serve, page):
    """The page of a new contact, with somebody signed in."""
    server = serve()
    page.goto(server.url)
    for name, value in (("firm", "Firm"), ("name", "Ann"), ("email", "ann@firm.example"), ("password", "secret-pass")):
        page.fill(f"[name={name}]", value)
    page.locator("form .btn-primary").click()
    page.wait_for_url(f"{server.url}/")
    page.goto(f"{server.url}/contacts/new")
    page.fill("[name=name]", "Zhang Wei")
    page.locator("main form .btn-primary").click()
    page.wait_for_url(f"{server.url}/contacts/1")
    page.goto(f"{server.url}/contacts/1")  # without the toast of the new contact
    return f"{server.url}/contacts/1"


def picture():
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "PNG")
    return out.getvalue()


def drop(page, *files):
    """Drop files in the middle of the page, as from a folder."""
    data = page.evaluate_handle(
        """files => { const data = new DataTransfer();
        for (const [name, type, text] of files) data.items.add(new File([text], name, {type}));
        return data; }""",
        [list(file) for file in files],
    )
    page.dispatch_event("main", "dragover", {"dataTransfer": data})
    assert page.locator(".gx-drop.is-over").count() == 1
    page.dispatch_event("main", "drop", {"dataTransfer": data})


def test_files_are_dropped_on_a_page_and_one_undo_takes_them_back(contact, page):
    page.fill("[data-gx-composer] textarea", "half a note")
    files = [("a.txt", "text/plain", "one"), ("setup.exe", "", "MZ two"), ("b.txt", "text/plain", "three")]
    drop(page, *files)
    page.get_by_text("2 files added.").wait_for()
    panel = page.locator("#panel-files")
    panel.get_by_role("link", name="a.txt", exact=True).wait_for()
    panel.locator(".gx-uploads").get_by_text("“setup.exe” was not added").wait_for()
    assert page.input_value("[data-gx-composer] textarea") == "half a note"  # nothing that was typed is lost
    with page.expect_event("load"):  # the page is drawn anew, with what is left
        page.locator(".toast").get_by_role("button", name="Undo").click()
    assert page.get_by_role("link", name="a.txt", exact=True).count() == 0


def test_what_is_too_large_is_said_before_it_is_sent(contact, page):
    page.evaluate("document.querySelector('[data-gx-files]').dataset.max = 0.00001")
    page.set_input_files("#panel-files-input", {"name": "big.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("“big.pdf” was not added").wait_for()
    assert page.locator(".toast").count() == 0


def test_an_image_and_a_page_that_wants_to_run(contact, page):
    files = [
        {"name": "photo.png", "mimeType": "image/png", "buffer": picture()},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": HTML.encode()},
        {"name": "page.html", "mimeType": "text/html", "buffer": HTML.encode()},
    ]
    page.set_input_files("#panel-files-input", files)
    page.get_by_text("3 files added.").wait_for()
    faults = axe(page, "#panel-files")
    assert page.evaluate("[...document.querySelectorAll('#panel-files img')].every(i => i.decode())")
    page.get_by_role("link", name="photo.png", exact=True).first.click()
    page.locator(".gx-preview img").wait_for()
    faults += axe(page)
    page.goto(contact)
    page.locator("#panel-files").get_by_role("link", name="notes.txt", exact=True).click()
    frame = page.frame_locator(".gx-preview iframe")
    frame.get_by_text("broken out").wait_for()  # the text of the page, not what it does
    assert page.title().startswith("notes.txt")
    faults += axe(page)
    page.goto(contact)
    page.locator("#panel-files").get_by_role("link", name="page.html", exact=True).click()
    assert page.locator(".gx-preview iframe").count() == 0
    page.goto(f"{contact}/files")
    faults += axe(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    faults += axe(page)
    assert not faults, "\n".join(faults)
