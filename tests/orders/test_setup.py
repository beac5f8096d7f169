"""Setting up: the letterhead with its logo on page, print and PDF; numbers; what is refused as a logo."""

import io
import re

import pytest
from PIL import Image

from core import attachments_of
from core.users import SYSTEM
from plugins.orders.models import Letterhead, Quote
from tests.trials import come_in

RED = (200, 30, 30, 255)


def picture(kind="PNG", size=(800, 200), mode="RGBA", color=RED) -> bytes:
    """A logo as a drawing program writes it: a bar in the middle, transparent around it where the mode allows."""
    image = Image.new(mode, size, (0, 0, 0, 0) if mode == "RGBA" else "white")
    image.paste(color[: 3 if mode == "RGB" else 4], (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@pytest.fixture
def ann(desk):
    return desk.client("ann")


def save(client, language="", logo=None, name="logo.png", **values):
    data = {"title": "Qimu Interiors", "sender": "88 Caoxi Road", "terms": "30 days"} | values
    if logo is not None:
        data["logo"] = (io.BytesIO(logo), name)
    return client.post(f"/orders/setup/letterhead?language={language}", data=data, content_type="multipart/form-data")


def logos(desk):
    with desk.acting("ann") as build:
        letterhead = Letterhead.get()
        return [f.name for f in attachments_of(SYSTEM, build.by_model[Letterhead], [letterhead])[letterhead.id]]


def test_administrators_find_it_in_the_menu_and_among_the_modules(desk, ann):
    assert "/orders/setup" in ann.get("/").text and "/orders/setup" in ann.get("/admin/modules/orders").text
    assert "/orders/setup" not in desk.client("bo").get("/").text
    assert desk.client("bo").get("/orders/setup").status_code == 403
    assert save(desk.client("bo")).status_code == 403 and not Letterhead.select().exists()


def test_the_logo_is_on_page_print_and_pdf(desk, ann):
    quote = None
    for version, (kind, mode) in enumerate((("PNG", "RGBA"), ("PNG", "RGB"), ("JPEG", "RGB"), ("WEBP", "RGBA"))):
        saved = save(ann, logo=picture(kind, mode=mode), name=f"{mode}.{kind.lower()}", version=version and "1")
        assert saved.status_code == 303
        quote = quote or desk.send(desk.quote())
        paths = (("bo", f"/orders/quote/{quote.id}"), ("bo", f"/orders/quote/{quote.id}/print"), (None, public(quote)))
        for who, path in paths:
            page = desk.client(who).get(path).text
            assert 'src="data:image/png;base64,' in page and "Qimu Interiors" in page and "88 Caoxi Road" in page, path
        paper = drawn(desk.client(None).get(f"{public(quote)}/pdf").data)
        # At the top left there is red, and around it the paper's white, whether or not the image was transparent.
        colors = {color for _n, color in paper.crop((90, 80, 500, 220)).getcolors(1 << 20)}
        assert RED[:3] in {tuple(round(c / 10) * 10 for c in color) for color in colors}, (kind, mode)
        assert (255, 255, 255) in colors and (0, 0, 0) not in colors, (kind, mode)


def public(quote) -> str:
    return f"/orders/q/{quote.secret}"


def drawn(pdf: bytes):
    """The first page as an image, two pixels for a point."""
    import pypdfium2

    return pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=2).to_pil().convert("RGB")


def test_a_new_logo_takes_the_place_of_the_old_one_and_undo_brings_it_back(desk, ann):
    save(ann, logo=picture(), name="one.png")
    save(ann, logo=picture(color=(0, 0, 250, 255)), name="two.png", version="1")
    assert logos(desk) == ["two.png"]
    desk.undo()
    assert logos(desk) == ["one.png"]
    save(ann, drop="yes", version="1")
    assert logos(desk) == []
    assert "data:image" not in ann.get("/orders/setup").text


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BOMB = io.BytesIO()
Image.new("1", (10_000, 6_000)).save(BOMB, "PNG")


REFUSED = {
    "logo.svg": (SVG, "is an SVG drawing"),
    "disguised.png": (SVG, "is an SVG drawing"),
    "text.png": (b"Not an image", "is no image that can be read"),
    "torn.png": (picture()[:400], "is no image that can be read"),
    "logo.pdf": (b"%PDF-1.7 ...", "is no image that can be read"),
    "nothing.png": (b"", "is empty"),
    "huge.png": (b"\x89PNG" + bytes(5_000_001), "larger than 5 MB"),
    "wide.png": (BOMB.getvalue(), "more than 50 million pixels"),
}


def test_what_is_no_logo_is_refused_and_what_was_typed_stays(desk, ann):
    for name, (content, said) in REFUSED.items():
        page = save(ann, logo=content, name=name, title="Typed name")
        assert page.status_code == 422 and said in page.text and name in page.text and "Typed name" in page.text, name
    assert not Letterhead.select().exists()


def test_each_language_has_its_own_and_falls_back_to_the_one_for_all(desk, ann):
    save(ann, title="Everybody")
    save(ann, "zh", title="栖木家居", terms="三十天")
    chinese = desk.send(desk.quote(language="zh"))
    english = desk.send(desk.quote(language="en", contact=desk.contact("Kim Ltd", owner="Bo")))
    assert "栖木家居" in desk.client(None).get(public(chinese)).text
    assert "Everybody" in desk.client(None).get(public(english)).text
    assert "三十天" in desk.client("bo").get("/orders/quote/write").text


def test_two_administrators_at_once_lose_nothing(desk, ann):
    save(ann)
    save(ann, title="First", version="1")
    page = save(ann, title="Second", version="1")
    assert page.status_code == 409 and "Somebody else" in page.text and Letterhead.get().title == "First"


def test_numbers_show_what_they_make_and_a_wrong_pattern_is_said(desk, ann):
    values = {"quote_number": "B{yy}-{n:3}", "order_number": "O-{n}", "delivery_number": "D-{n}", "valid_days": "14"}
    values |= {"prices": "gross"}
    page = ann.post("/orders/setup/numbers", data=values | {"order_number": "O-{nn}"})
    assert page.status_code == 422 and "{n}" in page.text and "B{yy}-{n:3}" in page.text
    assert ann.post("/orders/setup/numbers", data=values).status_code == 303
    assert re.search(r"B\d\d-007", ann.get("/orders/setup").text)
    quote = desk.send(desk.quote())
    assert re.fullmatch(r"B\d\d-001", quote.number) and Quote.get().prices == "gross"


# In a real browser


def test_a_logo_is_seen_before_it_is_saved(site, new_page, tmp_path):
    if "postgres" in site.settings.database_url:
        pytest.skip("the same browser")
    (tmp_path / "logo.png").write_bytes(picture())
    page = new_page()
    come_in(page, site, "ann")
    page.goto(f"{site.address}/orders/setup")
    page.set_input_files("[name=logo]", tmp_path / "logo.png")
    page.wait_for_selector('.orders-logo-box img[alt="logo.png"]')
    page.fill("[name=title]", "Qimu Interiors")
    page.click("text=Save the letterhead")
    page.wait_for_selector('.orders-logo-box img[src^="data:image/png"]')
    wide = page.evaluate("document.querySelector('.orders-logo-box img').naturalWidth")
    assert wide == 640 and page.input_value("[name=title]") == "Qimu Interiors"
