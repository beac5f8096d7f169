"""A file on its way in: its name made clean, its size and type checked, its bytes stored. No row is written here."""

import unicodedata
from io import BytesIO
from typing import BinaryIO, NamedTuple

from . import filetypes
from .i18n import N_, Problem
from .settings import MB
from .storage import Stored, TooLarge, storage


class Kept(NamedTuple):
    """A file whose bytes are stored and that no record has yet."""

    name: str
    stored: Stored
    type: filetypes.FileType


def keep(build, filename: str, stream: BinaryIO) -> Kept:
    """Store what a stream has left. Raises Problem when it is empty, too large or of a kind that the firm refuses.

    Never inside a transaction: it writes to a disk or over the network.
    """
    name, limit = clean_name(filename), limit_of(build)
    head = stream.read(filetypes.HEAD)
    if not head:
        raise Problem(N_("“%(name)s” is empty and was not added."), name=name)
    type_ = filetypes.look(head, name)
    refused = refused_of(build)
    if filetypes.extension(name) in refused or (type_.content_type == filetypes.PROGRAM and "exe" in refused):
        text = N_("“%(name)s” was not added: files of this kind can run as a program. The firm's settings refuse them.")
        raise Problem(text, name=name)
    try:
        stored = storage(build.settings).put(_Rejoined(head, stream), limit)
    except TooLarge:
        text = N_("“%(name)s” was not added: it is larger than %(n)s MB. Make it smaller, or share it by a link.")
        raise Problem(text, name=name, n=limit // MB) from None
    return Kept(name, stored, type_)


class _Rejoined:
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO):
        self.head, self.rest = BytesIO(head), rest

    def read(self, size: int) -> bytes:
        return self.head.read(size) or self.rest.read(size)


def limit_of(build) -> int:
    """Bytes that one file may have."""
    return int(build.firm["file_mb"]) * MB


def refused_of(build) -> frozenset[str]:
    """Endings that the firm takes no files of."""
    return frozenset(e.strip(" .").casefold() for e in build.firm["file_refused"].split(",")) - {""}


def clean_name(text: str) -> str:
    """A file's name without folders, and without letters that cannot be seen and could hide its ending."""
    name = unicodedata.normalize("NFC", text.replace("\\", "/").rpartition("/")[2])
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(name.split()).strip(". ")
    ending = filetypes.extension(name)
    if len(name) > 200:
        name = name[: 199 - len(ending)] + f".{ending}" if ending else name[:200]
    return name or "file"
