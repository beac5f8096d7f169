"""The firm's logo: what is taken as one, and how it is drawn on paper."""

import io
import warnings
from typing import BinaryIO

from core import N_, Problem

#: Bytes of the file, and pixels of the image, that are taken at most.
MOST_BYTES, MOST_PIXELS = 5_000_000, 50_000_000
#: What is read, by Pillow's names. No SVG: it may carry scripts, and PDFs do not take it as it is.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
#: Pixels that a drawn logo has at most, wide and high: four for each point that it takes on paper.
DRAWN = (640, 208)


def check(name: str, stream: BinaryIO) -> None:
    """See that an upload can be the logo; the stream is at its beginning afterwards. Raises Problem."""
    content = stream.read(MOST_BYTES + 1)
    stream.seek(0)
    if not content:
        raise Problem(N_("“%(name)s” is empty. Choose another file."), "orders", name=name)
    if len(content) > MOST_BYTES:
        said = N_("“%(name)s” is larger than 5 MB. A logo 1,000 pixels wide is plenty: save it smaller.")
        raise Problem(said, "orders", name=name)
    if b"<svg" in content[:2000].lower():
        said = N_("“%(name)s” is an SVG drawing, which PDFs do not take. Save it as PNG, 1,000 pixels wide.")
        raise Problem(said, "orders", name=name)
    draw(io.BytesIO(content), name)


def draw(stream: BinaryIO, name: str = "") -> bytes:
    """An image as a PNG, no larger than it is shown, and still transparent. Raises Problem for what is none."""
    from PIL import Image, ImageOps

    out = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(stream, formats=FORMATS)
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            image.draft("RGB", (DRAWN[0] * 2, DRAWN[1] * 2))
            image = ImageOps.exif_transpose(image)
            image = image.convert("RGBA" if image.has_transparency_data else "RGB")
            image.thumbnail(DRAWN)
            image.save(out, "PNG")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        said = N_("“%(name)s” has more than 50 million pixels. A logo 1,000 pixels wide is plenty: save it smaller.")
        raise Problem(said, "orders", name=name) from None
    except (OSError, ValueError, SyntaxError):
        said = N_("“%(name)s” is no image that can be read. Choose a PNG or JPEG.")
        raise Problem(said, "orders", name=name) from None
    return out.getvalue()
