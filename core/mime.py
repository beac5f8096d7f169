"""Mails as text on the wire: addresses read as people type them, and a message put together from its parts."""

import base64
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Sequence
from email.header import Header
from email.utils import encode_rfc2231, format_datetime, getaddresses, quote
from functools import lru_cache

from . import fields
from .i18n import N_, Problem

#: Characters of an encoded word: in UTF-8 and base64 they stay below its 75 letters.
LETTERS = 11

#: What stands between commas and their like; within quotation marks they are letters like others.
_PARTS = re.compile(r'(?:"[^"]*"|[^",;；，、\n]|"(?![^"]*"))+')

#: A name and an address; the name may be empty.
Address = tuple[str, str]
#: Headers that `headers` may not set, since they are arguments of their own.
OWN_HEADERS = frozenset(("from", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version"))


def parse_addresses(text: str) -> list[Address]:
    """`Wei <wei@a.example>, li@b.example; …` as people type it, also with full-width commas. Raises Problem."""
    return [parse_address(part) for part in _PARTS.findall(text or "") if part.strip()]


def parse_address(text: str) -> Address:
    """One address with or without a name. Raises Problem."""
    text = " ".join(text.split())
    try:
        name, address = (getaddresses([text]) or [("", "")])[0]
    except RecursionError:  # it goes as deep as brackets are nested
        name, address = "", ""
    return " ".join(name.split()), fields.parse_email(address or text)


def shown(address: Sequence[str]) -> str:
    """An address as people read it: `Wei Zhang <wei@a.example>`."""
    name, mailbox = address
    return f"{name} <{mailbox}>" if name else mailbox


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Further headers; a line break in one would let its author write others. Raises Problem."""
    for name, value in headers.items():
        if not re.fullmatch(r"[!-9;-~]+", name) or name.lower() in OWN_HEADERS:
            raise Problem(N_("“%(name)s” cannot be set as a header of a mail."), name=name)
        if re.search(r"[\r\n\0]", value):
            raise Problem(N_("The header “%(name)s” has a line break in it."), name=name)
    return headers


def message(
    *,
    message_id: str,
    date: dt.datetime,
    sender: Sequence[str],
    to: Iterable[Sequence[str]],
    cc: Iterable[Sequence[str]] = (),
    subject: str = "",
    text: str = "",
    html: str = "",
    headers: dict[str, str] | None = None,
    files: Iterable[tuple[str, str, bytes]] = (),
) -> bytes:
    """A finished message with CRLF line ends. `files` are `(name, type, content)`; a calendar is a form of the text."""
    files, mark = list(files), uuid.uuid4().hex
    forms = [_text(text, "plain")]
    if html:
        forms.append(_text(html, "html"))
    forms += [_calendar(*f) for f in files if f[1].startswith("text/calendar")]
    body = forms[0] if len(forms) == 1 else _together("alternative", f"a{mark}", forms)
    if files:
        body = _together("mixed", f"m{mark}", [body, *(_file(*f) for f in files)])
    lines = [
        f"From: {_formatted(*sender)}",
        f"To: {_listed(to) or 'undisclosed-recipients:;'}",
        *([f"Cc: {_listed(cc)}"] if cc else ()),
        f"Subject: {_encoded(subject)}",
        f"Date: {format_datetime(date)}",
        f"Message-ID: {message_id}",
        *(f"{name}: {_encoded(value)}" for name, value in (headers or {}).items()),
        "MIME-Version: 1.0",
    ]
    # UTF-8 only over SMTPUTF8: an address that cannot be written otherwise.
    return "\r\n".join(lines).encode("utf-8") + b"\r\n" + body


# Put together here: the email package takes three times as long for a message, more than handing it to the server.


def _together(kind: str, mark: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
    line = f"--{mark}\r\n".encode()
    return head + b"".join(line + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()


def _text(text: str, kind: str, more: str = "") -> bytes:
    """A text part; plain ASCII stays readable on the wire."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if text.isascii() and max(map(len, lines)) < 900:
        head = f'Content-Type: text/{kind}; charset="us-ascii"{more}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n'
        return (head + "\r\n".join(lines)).encode() + b"\r\n"
    head = f'Content-Type: text/{kind}; charset="utf-8"{more}\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode() + _base64("\r\n".join(lines).encode("utf-8"))


def _base64(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


def _file(name: str, type: str, content: bytes) -> bytes:
    said = f'filename="{name}"' if re.fullmatch(r"[\w .()+-]+", name, re.ASCII) else ""
    said = said or f"filename*={encode_rfc2231(name, 'utf-8')}"
    kind = type.partition(";")[0].strip()
    kind = kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind, re.ASCII) else "application/octet-stream"
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; {said}\r\n\r\n"
    )
    return head.encode() + _base64(content)


def _calendar(name: str, type: str, content: bytes) -> bytes:
    """An invitation where mail programs look for it: as another form of the text, with its method."""
    method = re.search(r"method=(\w+)", type)
    return _text(content.decode("utf-8"), "calendar", f"; method={method.group(1)}" if method else "")


def _encoded(text: str) -> str:
    """A header's text, as encoded words where it is not ASCII, folded at the usual length."""
    text = re.sub(r"[\r\n\0]+", " ", text)
    if text.isascii():
        return text if len(text) < 900 else Header(text, maxlinelen=74).encode(linesep="\r\n")
    words = (text[i : i + LETTERS].encode("utf-8") for i in range(0, len(text), LETTERS))
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)


@lru_cache(maxsize=1024)
def _formatted(name: str, mailbox: str) -> str:
    local, _, domain = mailbox.rpartition("@")
    if not domain.isascii():
        mailbox = f"{local}@{domain.encode('idna').decode()}"
    if not name:
        return mailbox
    return f"{_encoded(name)} <{mailbox}>" if not name.isascii() else f'"{quote(name)}" <{mailbox}>'


def _listed(addresses: Iterable[Sequence[str]]) -> str:
    return ",\r\n ".join(_formatted(*address) for address in addresses)


__all__ = ["Address", "message", "parse_address", "parse_addresses", "shown"]
