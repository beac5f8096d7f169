"""What a file is: by its content first, by its name only where the content allows it. No database, no storage.

puremagic knows the signatures; here is only what follows from them for a file that strangers may have sent.
"""

import mimetypes
import re
from typing import NamedTuple

from .i18n import N_

#: So much of a file's beginning is looked at.
HEAD = 16 * 1024
UNKNOWN = "application/octet-stream"
PROGRAM = "application/x-executable"

#: Types that a browser may show in its own window, each in a sandbox; all others are downloads. Never HTML or SVG.
PREVIEWED = frozenset(
    (
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
        *("application/pdf", "text/plain", "text/csv", "text/markdown"),
        *("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "video/mp4", "video/webm"),
    )
)

#: Kind → (label, icon, hue); what people filter by.
KINDS = {
    "image": (N_("Image"), "photo", "purple"),
    "pdf": (N_("PDF"), "file-type-pdf", "red"),
    "document": (N_("Document"), "file-text", "blue"),
    "sheet": (N_("Spreadsheet"), "table", "green"),
    "slides": (N_("Presentation"), "presentation", "orange"),
    "sound": (N_("Sound or video"), "video", "cyan"),
    "archive": (N_("Archive"), "file-zip", "yellow"),
    "mail": (N_("Mail"), "mail", "azure"),
    "other": (N_("Other file"), "file", "gray"),
}

#: What the table of the system may lack, or says differently from one system to the next.
_TYPES = {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
    "gz": "application/gzip",
    "heic": "image/heic",
    "ics": "text/calendar",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "pages": "application/vnd.apple.pages",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "webp": "image/webp",
    "wps": "application/vnd.ms-works",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: Names of one type for another, as puremagic and old systems say them.
_SAME = {
    "application/x-gzip": "application/gzip",
    "application/x-rar-compressed": "application/vnd.rar",
    "application/x-zip-compressed": "application/zip",
    "audio/x-wav": "audio/wav",
    "image/heif": "image/heic",
    "image/x-ms-bmp": "image/bmp",
    "text/xml": "application/xml",
}
_FAMILIES = (
    ("pdf", "application/pdf"),
    ("image", "image/"),
    ("sound", "audio/|video/"),
    ("mail", "message/rfc822|application/vnd.ms-outlook"),
    ("sheet", "text/csv|.*(spreadsheet|ms-excel)"),
    ("slides", ".*(presentation|powerpoint)"),
    ("document", "text/|.*(wordprocessing|msword|opendocument.text|/rtf|apple.pages|ms-works)"),
    ("archive", "application/(zip|gzip|x-7z|vnd.rar|x-tar|x-bzip|x-xz)"),
)
#: How programs begin: Windows, Linux, macOS.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_PROGRAM_NAMES = frozenset(("", "bin", "class", "com", "dll", "dylib", "exe", "scr", "so", "sys"))
#: Containers: many programs keep their documents in one of these, and only the name says whose it is.
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_IN_ZIP = frozenset(("epub", "key", "numbers", "odg", "pages", "xlsm", "docm", "pptm", "vsdx", "xmind", "apk", "jar"))
_IN_OLE = frozenset(("doc", "dot", "et", "dps", "msg", "ppt", "pub", "vsd", "wps", "xls", "msi"))


class FileType(NamedTuple):
    """A type as the content has it, and whether the name says something else."""

    content_type: str
    disguised: bool = False

    @property
    def kind(self) -> str:
        return "other" if self.disguised else kind_of(self.content_type)


def extension(name: str) -> str:
    """`Contract.PDF` → pdf; "" without one."""
    found = re.search(r"\.([^.\s/\\]{1,12})$", name.strip())
    return found[1].casefold() if found else ""


def type_of_name(name: str) -> str:
    """The type that a name claims, "" when it claims none that is known."""
    ending = extension(name)
    known = _TYPES.get(ending) or mimetypes.guess_type(f"file.{ending}", strict=False)[0] or ""
    return _SAME.get(known, known)


def kind_of(content_type: str) -> str:
    """One of KINDS."""
    return next((kind for kind, pattern in _FAMILIES if re.match(pattern, content_type)), "other")


def look(head: bytes, name: str) -> FileType:
    """The type of a file whose content begins with `head` (HEAD bytes of it, or all there are) and that has a name."""
    claimed, ending = type_of_name(name), extension(name)
    if head.startswith(_PROGRAMS):
        return FileType(PROGRAM, ending not in _PROGRAM_NAMES)
    if not head:
        return FileType(claimed or UNKNOWN)
    if (head.startswith(_ZIP) and ending in _IN_ZIP) or (head.startswith(_OLE) and ending in _IN_OLE):
        return FileType(claimed or UNKNOWN)
    if _is_text(head):
        if claimed and not _textual(claimed):
            return FileType(_text_type(head), True)
        return FileType(claimed or _text_type(head))
    possible = _possible(head)
    if ending in possible or claimed in possible.values():
        return FileType(claimed or possible[ending] or UNKNOWN)
    best = next((found for found in possible.values() if found), UNKNOWN)
    if head.startswith(_ZIP):
        best = "application/zip"
    return FileType(best, bool(claimed) and _known_by_content(claimed))


def _possible(head: bytes) -> dict[str, str]:
    """Ending → type, of all that a content may be by its signature; the likeliest first."""
    import puremagic

    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return {}
    possible: dict[str, str] = {}
    for match in found:
        possible.setdefault(match.extension.lstrip("."), _SAME.get(match.mime_type, match.mime_type))
    return possible


def _is_text(head: bytes) -> bool:
    """Whether it reads as text, in whatever encoding: no control characters but blanks."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head) and not head.startswith((b"%PDF", b"{\\rtf"))


def _textual(content_type: str) -> bool:
    words = ("text/", "message/", "application/json", "application/xml", "application/javascript", "image/svg+xml")
    return content_type.startswith(words) or content_type.endswith(("+xml", "+json", "/x-sh", "/sql", "/yaml", "/toml"))


def _text_type(head: bytes) -> str:
    begins = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<(!doctype html|html|head|body|script|!--)", begins):
        return "text/html"
    return "image/svg+xml" if re.match(rb"<svg|<\?xml.{0,400}<svg", begins, re.DOTALL) else "text/plain"


def _known_by_content(content_type: str) -> bool:
    """Whether files of this type all begin alike, so that one that does not is something else."""
    return content_type in PREVIEWED or kind_of(content_type) in ("document", "sheet", "slides", "archive", "image")
