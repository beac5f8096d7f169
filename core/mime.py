"""Mails as text on the wire: addresses read as people type them, and a message put together from its parts."""

import base64
import datetime as dt
import re
from collections.abc import Iterable, Sequence
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, getaddresses

from . import fields
from .i18n import N_, Problem

#: The old policy: the new one takes three times as long for a message, more than handing it to the server.
POLICY = compat32.clone(linesep="\r\n", max_line_length=998)
UTF8 = Charset("utf-8")
UTF8.header_encoding, UTF8.body_encoding = SHORTEST, BASE64

#: A name and an address; the name may be empty.
Address = tuple[str, str]
#: Headers that `headers` may not set, since they are arguments of their own.
OWN_HEADERS = frozenset(("from", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version"))


def parse_addresses(text: str) -> list[Address]:
    """`Wei <wei@a.example>, li@b.example; …` as people type it, also with full-width commas. Raises Problem."""
    plain = re.sub(r'[;；，、\n]+(?=(?:[^"]*"[^"]*")*[^"]*$)', ",", text or "")
    found: list[Address] = []
    for part in re.split(r',(?=(?:[^"]*"[^"]*")*[^"]*$)', plain):
        if part.strip():
            found.append(parse_address(part))
    return found


def parse_address(text: str) -> Address:
    """One address with or without a name. Raises Problem."""
    name, address = (getaddresses([" ".join(text.split())]) or [("", "")])[0]
    return " ".join(name.split()), fields.parse_email(address or text.strip())


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
    files = list(files)
    parts = [_text(text, "plain")]
    if html:
        parts.append(_text(html, "html"))
    parts += [_calendar(*f) for f in files if f[1].startswith("text/calendar")]
    body = parts[0] if len(parts) == 1 else MIMEMultipart("alternative", _subparts=parts)
    if files:
        body = MIMEMultipart("mixed", _subparts=[body, *(_file(*f) for f in files)])
    body["From"] = _formatted(sender)
    body["To"] = ", ".join(_formatted(a) for a in to) or "undisclosed-recipients:;"
    if cc := list(cc):
        body["Cc"] = ", ".join(_formatted(a) for a in cc)
    body["Subject"] = _encoded(subject)
    body["Date"] = format_datetime(date)
    body["Message-ID"] = message_id
    for name, value in (headers or {}).items():
        body[name] = _encoded(value)
    return body.as_bytes(policy=POLICY)


def _encoded(text: str) -> str:
    """A header's text, as an encoded word where it is not ASCII, folded at the usual length."""
    text = re.sub(r"[\r\n\0]+", " ", text)
    return text if text.isascii() and len(text) < 70 else Header(text, UTF8, maxlinelen=74).encode(linesep="\r\n")


def _formatted(address: Sequence[str]) -> str:
    name, mailbox = address
    local, _, domain = mailbox.rpartition("@")
    if not domain.isascii():
        mailbox = f"{local}@{domain.encode('idna').decode()}"
    if not local.isascii():  # only over SMTPUTF8, where nothing is encoded
        return f'"{name}" <{mailbox}>' if name else mailbox
    return formataddr((name, mailbox), UTF8) if name else mailbox


def _text(text: str, kind: str) -> MIMEText:
    """A text part; plain ASCII stays readable on the wire."""
    plain = text.isascii() and max(map(len, text.split("\n"))) < 900
    return MIMEText(text, kind, "us-ascii" if plain else UTF8)


def _file(name: str, type: str, content: bytes) -> MIMEBase:
    kind, _, rest = type.partition("/")
    part = MIMEBase(kind or "application", rest.partition(";")[0] or "octet-stream")
    part.set_payload(base64.encodebytes(content).decode("ascii"))
    part["Content-Transfer-Encoding"] = "base64"
    part.add_header("Content-Disposition", "attachment", filename=name if name.isascii() else ("utf-8", "", name))
    return part


def _calendar(name: str, type: str, content: bytes) -> MIMEText:
    """An invitation where mail programs look for it: as another form of the text, with its method."""
    part = MIMEText(content.decode("utf-8"), "calendar", UTF8)
    if method := re.search(r"method=(\w+)", type):
        part.set_param("method", method.group(1))
    return part


__all__ = ["Address", "message", "parse_address", "parse_addresses", "shown"]
