"""Sending the bytes of a file, so that what a stranger uploaded is never a page of ours; and thumbnails of images."""

import warnings
from io import BytesIO

from flask import Response, abort, current_app, request, send_file

from . import filetypes
from .exchange import charsets
from .files import THUMBNAIL, Attachment, Revision
from .storage import Storage, storage

#: A sandbox of its own, without scripts, forms or anything from elsewhere; only our own pages may frame it.
POLICY = (
    "sandbox; default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
)
#: Types that a browser might run: they travel as bytes without a type.
_ACTIVE = ("html", "xml", "svg", "javascript", "ecmascript", "x-sh", "x-executable", "xsl", "mathml")

#: Pixels along the longer side of a thumbnail, and of an image that is too large to be made small here.
SIDE, MOST_PIXELS = 320, 50_000_000
_DRAWN = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/bmp": "BMP"}


def previewed(file: Attachment | Revision) -> bool:
    """Whether the browser may show it itself."""
    return file.content_type in filetypes.PREVIEWED and not file.disguised


def send(file: Attachment, revision: Revision, download: bool) -> Response:
    """One version's bytes: in the browser's own window where that is safe, else as a download. Answers to Range."""
    place = storage(current_app.extensions["guanxi"].settings)
    inline, charset = previewed(revision) and not download, ""
    try:
        stream = place.open(revision.key)
    except FileNotFoundError:
        abort(404, "The storage of the files does not have it any more.")
    if inline and revision.content_type.startswith("text/"):
        content_type, charset = "text/plain", _charset(stream)
    elif inline:
        content_type = revision.content_type
    else:
        content_type = _harmless(revision)
    answer = send_file(
        stream, content_type, as_attachment=not inline, download_name=file.name, conditional=False, etag=False
    )
    if charset:
        answer.mimetype_params["charset"] = charset
    answer.content_length = revision.size
    answer.last_modified = revision.at
    answer.set_etag(revision.sha256)
    answer.cache_control.no_cache, answer.cache_control.private = True, True
    _guard(answer)
    return answer.make_conditional(request.environ, accept_ranges=True, complete_length=revision.size)


def thumbnail(revision: Revision) -> Response:
    """A small WebP of an image, made once and kept beside it; 404 for what cannot be drawn."""
    place = storage(current_app.extensions["guanxi"].settings)
    key = f"{revision.key}.{THUMBNAIL}"
    try:
        stream = place.open(key)
    except FileNotFoundError:
        stream = _draw(place, revision, key)
    answer = send_file(stream, "image/webp", max_age=3600)
    answer.cache_control.private = True
    answer.cache_control.public = None
    _guard(answer)
    return answer


def drawn(file: Attachment | Revision) -> bool:
    """Whether it has a thumbnail."""
    return file.content_type in _DRAWN and not file.disguised


def _draw(place: Storage, revision: Revision, key: str) -> BytesIO:
    """The thumbnail of an image, and keep it. Aborts with 404."""
    from PIL import Image, ImageOps

    if not drawn(revision):
        abort(404)
    small = BytesIO()
    try:
        with place.open(revision.key) as stream, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(stream, formats=[_DRAWN[revision.content_type]])
            if image.width * image.height > MOST_PIXELS:
                abort(404)
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            image.thumbnail((SIDE, SIDE))
            image = ImageOps.exif_transpose(image)
            image.convert("RGBA" if image.has_transparency_data else "RGB").save(small, "WEBP", quality=80)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        abort(404)  # broken, or meant to break whoever draws it
    small.seek(0)
    place.add(key, small)
    small.seek(0)
    return small


def _harmless(revision: Revision) -> str:
    active = any(word in revision.content_type for word in _ACTIVE)
    return filetypes.UNKNOWN if active or revision.disguised else revision.content_type


def _charset(stream) -> str:
    found = charsets.detect(stream) or "utf-8"
    stream.seek(0)
    return found.removesuffix("-sig")


def _guard(answer: Response) -> None:
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
