"""The PDF of a quote, as a reader's program finds it: sums, people, terms, many pages, and letters that it carries."""

import ctypes
import io
import re

import pypdfium2
import pytest

from plugins.orders import letters


def text_of(pdf: bytes) -> str:
    """What a PDF says, as a reader's program finds it."""
    return "\n".join(pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """What each page of it says."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(pdf))]


def pdf_of(desk, quote, who="bo") -> bytes:
    answer = desk.client(who).get(f"/orders/quote/{quote.id}/pdf")
    assert answer.status_code == 200 and answer.content_type == "application/pdf"
    return answer.data


def fonts_of(pdf: bytes) -> dict[str, bool]:
    """The fonts of all letters on all pages, and whether the file carries them."""
    raw, found = pypdfium2.raw, {}
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        for thing in page.get_objects([raw.FPDF_PAGEOBJ_TEXT]):
            font = raw.FPDFTextObj_GetFont(thing.raw)
            name = raw.FPDFFont_GetBaseFontName(font, None, 0)
            buffer = ctypes.create_string_buffer(name)
            raw.FPDFFont_GetBaseFontName(font, buffer, name)
            found[buffer.value.decode()] = bool(raw.FPDFFont_GetIsEmbedded(font))
    return found


def dense(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_says_what_the_page_says(desk, language):
    desk.make("orders_letterhead", "ann", title="栖木家居 Qimu", sender="88 Caoxi Road · 漕溪北路 88 号")
    contact = desk.contact("林芳 Lin Fang", owner="Bo")
    values = {
        "language": language,
        "terms": "30 days net · 三十天内付款",
        "discount": "10",
        "intro": "As we spoke · 如约",
    }
    quote = desk.quote(("橡木门 Oak door", 2, "1000"), contact=contact, **values)
    desk.line(quote, "Handle 把手", 4, "25.50", tax="13", discount="5", place=9)
    quote = desk.send(quote)
    text = dense(text_of(pdf_of(desk, quote)))
    words = {
        "zh": ("报价单", "编号", "有效期至", "条款", "合计", "折扣", "税率"),
        "en": ("Quote", "Number", "Validuntil", "Terms", "Total", "Discount", "Tax"),
    }
    sums = {"zh": ("¥2,096.90", "¥209.69", "¥1,887.21", "¥11.34", "¥1,898.55"), "en": ()}
    both = (quote.number, "林芳LinFang", "橡木门Oakdoor", "Handle把手", "30daysnet·三十天内付款", "Aswespoke·如约")
    for said in (*words[language], *both, "栖木家居Qimu", "88CaoxiRoad·漕溪北路88号", *sums[language]):
        assert said in text, said
    for amount in ("2,096.90", "209.69", "1,887.21", "1,898.55"):
        assert amount in text, amount


def test_the_file_carries_its_chinese_letters_and_stays_small(desk):
    quote = desk.quote(("橡木门，榉木踢脚线", 2, "100"), contact=desk.contact("喆昇珺", owner="Bo"), language="zh")
    pdf = pdf_of(desk, quote)
    fonts = fonts_of(pdf)
    chinese = {name: held for name, held in fonts.items() if not name.startswith("Helvetica")}
    assert chinese and all(chinese.values()), fonts
    assert len(pdf) < 120_000
    # The second one needs letters that the first had not, and the first is drawn as before.
    other = desk.quote(("龘靐齉", 1, "1"), contact=desk.contact("Lin", owner="Bo"), language="zh")
    assert "龘靐齉" in text_of(pdf_of(desk, other)) and "喆昇珺" in text_of(pdf_of(desk, quote))


def test_without_the_outlines_the_readers_program_draws_them(desk, monkeypatch):
    monkeypatch.setattr(letters, "_source", lambda: None)
    quote = desk.quote(("橡木门", 2, "100"), language="zh")
    pdf = pdf_of(desk, quote)
    assert "橡木门" in text_of(pdf) and any("STSong" in name for name in fonts_of(pdf))


def test_two_hundred_lines_break_over_pages_with_their_head_on_each(desk):
    quote = desk.quote(("Door", 1, "1"), language="en")
    lines = desk.build.resources["orders_quote_line"]
    with desk.acting("bo"):
        pairs = []
        for n in range(1, 200):
            name = f"Line {n}: " + ("加长型号实木复合门 with a very long name " * 4 if n % 9 == 0 else "Door 门")
            values = {"quote": quote.id, "text": name, "price": lines.kinds["price"].parse("10 CNY"), "place": n}
            pairs.append((lines.new(desk.person("bo")), values))
        lines.save_many(desk.person("bo"), pairs)
    pages = pages_of(pdf_of(desk, quote))
    assert len(pages) > 4
    for n, page in enumerate(pages, 1):
        assert ("Description" in page and "Amount" in page) or n == len(pages), n
        assert re.search(rf"^{n}\s*$", page, re.MULTILINE), n
    text = dense("".join(pages))
    assert all(f"Line{n}:" in text for n in range(1, 200)) and "1,991" in text


def test_nothing_runs_over_the_edge_of_the_paper(desk):
    """Texts of thousands of letters, with and without blanks, and a foot of many lines."""
    sender = "\n".join(f"Line {n} of the foot, as long as people write them" for n in range(12))
    desk.make("orders_letterhead", "ann", title="A firm with a name " * 6, sender=sender)
    quote = desk.quote(("W" * 400, 1, "1"), ("long " * 700, 1, "123456789.12"), ("门" * 1500, 1, "1"), language="en")
    desk.line(quote, "x\n" * 200, 1, "1", place=8)
    quote = desk.change(quote, intro="intro " * 1000, terms="terms " * 2000, title="T" * 200)
    pdf = pdf_of(desk, quote)
    for page in pypdfium2.PdfDocument(io.BytesIO(pdf)):
        width, height = page.get_size()
        for left, bottom, right, top in (thing.get_bounds() for thing in page.get_objects()):
            assert left > -1 and right < width + 1 and bottom > -1 and top < height + 1
    pages = pages_of(pdf)
    assert "Line 11 of the foot" in pages[0] and dense("".join(pages)).count("terms") >= 2000
    assert dense("".join(pages)).count("门") == 1500


def test_what_a_role_hides_is_not_in_its_pdf(desk):
    quote = desk.quote(("Door", 2, "100"), language="en")
    with desk.acting("ann"):
        role = type(desk.person("mei").role).get_by_id(desk.person("mei").role_id)
        role.field_rules = {"orders_quote_line": {"price": "hidden", "amount": "hidden"}}
        role.save()
    assert "200" not in text_of(pdf_of(desk, quote, "mei")) and "200" in text_of(pdf_of(desk, quote))
