"""The Chinese letters of PDFs: those that are used, drawn as TrueType from Noto Sans SC, so that a file carries them.

reportlab embeds TrueType alone, and the font that we have has cubic outlines. So the letters that documents of this
process have used so far are made into a small font, which grows when a new one comes; reportlab embeds of it what a
document uses.
"""

import io
import threading
from functools import cache

#: What the font is called in PDFs, and what stands in where the package with the outlines is missing: a name that the
#: reader's program must have letters for.
NAME, SPARE = "GuanxiSC", "STSong-Light"
#: How far an outline may be off, in thousandths of the letter's height.
OFF = 1.0

_lock = threading.Lock()


def use(text: str) -> None:
    """Draw the letters of a text that is about to be set."""
    source = _source()
    if source is not None:
        with _lock:
            source.draw(text)


def ready() -> str:
    """Hand reportlab a font with all letters that were drawn so far; its name."""
    from reportlab.pdfbase import pdfmetrics

    source = _source()
    if source is None:
        if SPARE not in pdfmetrics.getRegisteredFontNames():
            from reportlab.pdfbase.cidfonts import UnicodeCIDFont

            pdfmetrics.registerFont(UnicodeCIDFont(SPARE))
        return SPARE
    with _lock:
        if source.grown:
            from reportlab.pdfbase.ttfonts import TTFont

            font = TTFont(NAME, io.BytesIO(source.font()))
            if NAME in pdfmetrics.getRegisteredFontNames():
                # reportlab registers a name once. A document that is being drawn goes on with the larger face, which
                # has all letters of the one before.
                pdfmetrics.getFont(NAME).face = font.face
            else:
                pdfmetrics.registerFont(font)
    return NAME


@cache
def _source() -> "_Source | None":
    """The outlines; None where the package is not installed."""
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError:
        return None
    return _Source(sans_path())


class _Source:
    """A font with cubic outlines, and its letters that were drawn so far."""

    def __init__(self, path):
        from fontTools.ttLib import TTFont

        self.file = TTFont(path, lazy=True)
        self.names, self.shapes = self.file.getBestCmap(), self.file.getGlyphSet()
        #: Code point → name of the letter; the letters and their widths by name.
        self.known: dict[int, str] = {}
        self.letters, self.widths = {}, {}
        #: Whether `font` would be larger than the last time.
        self.grown = True
        self._draw_one(".notdef")
        self.draw(" ")

    def draw(self, text: str) -> None:
        """Draw the letters of a text that were not drawn before."""
        for code in {ord(c) for c in text} - self.known.keys():
            if code in self.names:
                name, self.grown = self.names[code], True
                self._draw_one(name)
                self.known[code] = name

    def _draw_one(self, name: str) -> None:
        from fontTools.pens.cu2quPen import Cu2QuPen
        from fontTools.pens.ttGlyphPen import TTGlyphPen

        pen, shape = TTGlyphPen(None), self.shapes[name]
        shape.draw(Cu2QuPen(pen, OFF, reverse_direction=True))
        self.letters[name], self.widths[name] = pen.glyph(), (round(shape.width), 0)

    def font(self) -> bytes:
        """A TrueType font of the letters drawn so far."""
        from fontTools.fontBuilder import FontBuilder

        made, line = FontBuilder(self.file["head"].unitsPerEm, isTTF=True), self.file["hhea"]
        made.setupGlyphOrder(list(self.letters))
        made.setupCharacterMap(self.known)
        made.setupGlyf(self.letters)
        made.setupHorizontalMetrics(self.widths)
        made.setupHorizontalHeader(ascent=line.ascent, descent=line.descent)
        made.setupNameTable({"familyName": NAME, "styleName": "Regular", "psName": NAME})
        made.setupOS2(sTypoAscender=line.ascent, sTypoDescender=line.descent)
        made.setupPost()
        out = io.BytesIO()
        made.save(out)
        self.grown = False
        return out.getvalue()
