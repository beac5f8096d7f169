"""A document as PDF: Latin in Helvetica, which every program has, all else in a font that the file carries."""

import io
import re
from xml.sax.saxutils import escape

from . import letters, plugin
from .paper import Paper

_ = plugin.gettext

#: Latin letters and what goes with them, which Helvetica has and a Chinese font draws too wide.
LATIN = re.compile(
    "[\u0021-\u007e\u00a1-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026\u20ac][\u0020-\u007e\u00a1-\u00ff\u2013\u2014\u2018-\u201d\u2022\u2026\u20ac]*"
)
FOOT = 24  # points from the paper's edge to the words at the foot
WIDTH = 482  # points that a frame on A4 leaves between margins of 50 and its padding of 6


def render(paper: Paper) -> bytes:
    """The document as PDF bytes, in the language in force."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    styles = _styles(letters.ready())
    out = io.BytesIO()
    title = f"{paper.title} {paper.record.number}".strip()
    story, (foot, height) = _story(paper, styles), _foot(paper, styles)
    letters.ready()  # with those of the story
    margins = dict(leftMargin=50, rightMargin=50, topMargin=48, bottomMargin=max(56, FOOT + height + 12))
    page = SimpleDocTemplate(out, pagesize=A4, title=title, author=paper.firm, lang=_html_lang(paper), **margins)
    page.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _html_lang(paper) -> str:
    return "zh-CN" if paper.record.language == "zh" else "en"


def marked(text: str, bold: bool = False) -> str:
    """Text as a paragraph takes it: Latin in Helvetica, the rest in the Chinese font, line breaks kept."""
    face = "Helvetica-Bold" if bold else "Helvetica"
    out, at = [], 0
    for match in LATIN.finditer(text):
        out += [_drawn(text[at : match.start()]), f'<font name="{face}">{escape(match.group())}</font>']
        at = match.end()
    return "".join([*out, _drawn(text[at:])]).replace("\n", "<br/>")


def _drawn(text: str) -> str:
    """Text that is set in the embedded font."""
    letters.use(text)
    return escape(text)


def _styles(chinese: str):
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle

    base = ParagraphStyle(
        "base", fontName=chinese, fontSize=9.5, leading=14, wordWrap="CJK", textColor=HexColor("#222222")
    )
    return {
        "base": base,
        "small": ParagraphStyle("small", base, fontSize=8.5, leading=12, textColor=HexColor("#666666")),
        "right": ParagraphStyle("right", base, alignment=2),
        "firm": ParagraphStyle("firm", base, fontSize=13, leading=18),
        "title": ParagraphStyle("title", base, fontSize=20, leading=26, alignment=2),
        "head": ParagraphStyle("head", base, fontSize=10.5, leading=15, spaceBefore=6),
        "total": ParagraphStyle("total", base, fontSize=12, leading=17, alignment=2),
    }


def _story(paper, styles) -> list:
    from reportlab.platypus import Spacer

    parts = [*_top(paper, styles), Spacer(1, 14), *_words(paper.record.intro, styles), _table(paper, styles)]
    parts += [Spacer(1, 8), *_sums(paper, styles)]
    if paper.record.terms:
        parts += [Spacer(1, 14), _line(_("Terms"), styles["head"], True), *_words(paper.record.terms, styles)]
    return parts


def _line(text, style, bold=False):
    from reportlab.platypus import Paragraph

    return Paragraph(marked(text, bold), style)


def _words(text: str, styles) -> list:
    from reportlab.platypus import Spacer

    return [_line(text, styles["base"]), Spacer(1, 8)] if text else []


def _top(paper, styles) -> list:
    """Logo and firm, the title, then the customer beside the facts."""
    from reportlab.platypus import Image, Spacer, Table

    mark = _line(paper.firm, styles["firm"], True)
    if paper.logo:
        image = Image(io.BytesIO(paper.logo))
        scale = min(160 / image.imageWidth, 52 / image.imageHeight)
        image.drawWidth, image.drawHeight, image.hAlign = image.imageWidth * scale, image.imageHeight * scale, "LEFT"
        mark = [image, Spacer(1, 4), mark]
    who = [_line(paper.people["contact"], styles["base"], True)]
    if paper.people["attention"]:
        who.append(_line(_("Attn. %(name)s", name=paper.people["attention"]), styles["base"]))
    if paper.address:
        who.append(_line(paper.address, styles["base"]))
    if paper.part == "order" and paper.record.ship_to:
        who.append(_line(_("Deliver to") + ": " + paper.record.ship_to, styles["base"]))
    facts = Table(
        [[_line(label, styles["small"]), _line(text, styles["base"])] for label, text in paper.facts()],
        colWidths=[62, 188],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ],
    )
    head = Table([[mark, _line(paper.title, styles["title"], True)]], colWidths=[WIDTH - 250, 250], style=_PLAIN)
    body = Table([[who, facts]], colWidths=[WIDTH - 250, 250], style=_PLAIN)
    return [head, Spacer(1, 16), body, Spacer(1, 10), _line(paper.record.title, styles["head"], True)]


_PLAIN = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
]


def _table(paper, styles):
    """The lines; the head is repeated on each page."""
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import LongTable

    columns = [("", 22, "n"), (_("Description"), 0, "text"), (_("Quantity"), 62, "quantity"), (_("Price"), 74, "price")]
    if paper.has_discounts:
        columns.append((_("Discount"), 48, "discount"))
    if paper.has_tax:
        columns.append((_("Tax rate"), 38, "tax"))
    columns.append((_("Amount"), 80, "amount"))
    widths = [width or WIDTH - sum(w for _label, w, _name in columns) for _label, width, _name in columns]
    small, rules = (
        styles["small"],
        [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, 0), 0.75, HexColor("#222222"))],
    )
    right = _right_of(small)
    rows = [[_line(label, small if name in ("n", "text") else right) for label, _width, name in columns]]
    for number, line in paper.rows:
        at = len(rows)
        if line.kind in ("heading", "text"):
            style = styles["head"] if line.kind == "heading" else styles["base"]
            rows.append(["", _line(line.text, style, line.kind == "heading"), *[""] * (len(columns) - 2)])
            rules.append(("SPAN", (1, at), (-1, at)))
            continue
        rows.append([_cell(paper, line, number, name, styles) for _label, _width, name in columns])
        rules.append(("LINEBELOW", (0, at), (-1, at), 0.25, HexColor("#cccccc")))
    rules += [
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    rules += [("ALIGN", (2, 1), (-1, -1), "RIGHT"), ("FONT", (2, 1), (-1, -1), "Helvetica", 9.5, 14)]
    # A text may be longer than a page: its row is split then.
    return LongTable(rows, colWidths=widths, repeatRows=1, splitInRow=1, style=rules)


def _right_of(style):
    from reportlab.lib.styles import ParagraphStyle

    return ParagraphStyle(f"{style.name}-right", style, alignment=2)


def _cell(paper, line, number, name, styles):
    part = line.kind == "part"
    if name == "n":
        return _line(str(number or ""), styles["small"])
    if name == "text":
        return _line(f"– {line.text}" if part else line.text, styles["small"] if part else styles["base"])
    if name == "quantity":
        return _figure(f"{paper.number(line.quantity)} {line.unit}".strip(), styles)
    if part:
        return ""
    if name in ("price", "amount"):
        return _figure(paper.money(getattr(line, name)), styles)
    return _figure(paper.number(getattr(line, name), name) if getattr(line, name) else "", styles)


def _figure(text: str, styles):
    """A number in a cell: a plain string where Helvetica has all of it, which is drawn ten times as fast."""
    return text if not text or LATIN.fullmatch(text) else _line(text, styles["right"])


def sum_rows(paper) -> list[tuple[str, str, bool]]:
    """`(label, amount, whether it is the total)` below the lines, as page and PDF show them."""
    sums, record = paper.sums, paper.record
    if sums is None:
        return []
    found = []
    if sums.off:
        found.append((_("Lines"), paper.money(sums.lines), False))
        found.append(
            (_("Discount %(n)s", n=paper.number(record.discount, "discount")), f"−{paper.money(sums.off)}", False)
        )
    if sums.tax:
        found.append((_("Net"), paper.money(sums.net), False))
        word = _("Tax %(rate)s") if record.prices == "net" else _("Tax %(rate)s, included")
        found += [
            (word % {"rate": paper.number(rate, "tax")}, paper.money(n), False) for rate, n in sums.by_rate.items()
        ]
    return [*found, (_("Total"), paper.money(sums.total), True)]


def _sums(paper, styles) -> list:
    from reportlab.platypus import Table

    rows = [
        [
            _line(label, styles["total" if last else "right"], last),
            _line(amount, styles["total" if last else "right"], last),
        ]
        for label, amount, last in sum_rows(paper)
    ]
    return [Table(rows, colWidths=[WIDTH - 120, 120], style=_PLAIN)] if rows else []


def _foot(paper, styles):
    """Address and bank at the foot of each page, with its number: what draws it, and its height in points."""
    from reportlab.platypus import Paragraph

    foot = Paragraph(marked(paper.sender.strip()), styles["small"])

    def draw(canvas, page):
        foot.drawOn(canvas, 56, FOOT)
        number = Paragraph(marked(str(canvas.getPageNumber())), _right_of(styles["small"]))
        number.wrap(40, 20)
        number.drawOn(canvas, 56 + WIDTH - 40, FOOT)

    letters.ready()
    return draw, foot.wrap(WIDTH - 50, 600)[1]
