"""A message as bytes → what we keep of it; whatever a mail program or a spammer made of it, nothing here fails."""

import datetime as dt
import hashlib
import html as html_module
import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, compat32, default
from email.utils import getaddresses, parsedate_to_datetime
from functools import cached_property, lru_cache

import nh3

Address = list[str]
_ID = re.compile(r"<[^<>\s]{1,240}>")
_PLAIN = re.compile(r'\s*(?:"?([^"<>@,;:()\[\]\\]*?)"?\s*<)?([\w.+-]+@[\w.-]+)>?\s*', re.ASCII)
#: Characters of a text that we keep; a log file pasted into a mail must not fill the database.
LONGEST = 500_000


class _Quick(EmailPolicy):
    """Python's usual policy; `Content-Type` and the like, the same in most mails, are not taken apart for each anew."""

    def header_fetch_parse(self, name, value):
        known = name[:8].lower() == "content-"
        return _content_header(name, value) if known else super().header_fetch_parse(name, value)


@lru_cache(maxsize=512)
def _content_header(name: str, value: str):
    return default.header_fetch_parse(name, value)


QUICK = _Quick()


@dataclass
class File:
    """A part that is no text: an attachment, or an image of the HTML with its content id."""

    name: str
    type: str
    content: bytes
    content_id: str = ""


@dataclass
class Parsed:
    """What a message says. Addresses are `[name, address]`, the address lower-cased."""

    message_id: str
    references: list[str]
    at: dt.datetime
    #: Its date as it stands there.
    date: str
    sender: Address
    to: list[Address]
    cc: list[Address]
    subject: str
    text: str
    html: str
    raw: bytes
    #: The message, read by the tolerant policy, which leaves headers as they stand.
    tree: EmailMessage
    files: list[File] = field(default_factory=list)
    #: Of a delivery report: `(recipient, answer)` of those who did not get it, and the Message-ID of what was sent.
    bounced: list[tuple[str, str]] = field(default_factory=list)
    bounced_id: str = ""
    #: A report, an absence note or a newsletter: nobody wrote it to us.
    automatic: bool = False
    #: Its structure or encoding is broken: what could be read is here, the rest in the raw message.
    broken: bool = False

    @cached_property
    def digest(self) -> str:
        """The same for the same mail in any folder or mailbox, whatever headers were added on the way."""
        said = (self.message_id, self.sender[1], self.date, self.subject, self.text, self.html)
        return hashlib.sha256("\0".join(said).encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def message(self) -> EmailMessage:
        """As the hook `mail_received` gets it: the same message, which from now on gives its headers decoded."""
        for part in self.tree.walk():
            part.policy = QUICK
        return self.tree


def read(raw: bytes, received: dt.datetime) -> Parsed:
    """Read a message; `received` is the instant when it has no date that can be read."""
    message = message_from_bytes(raw, EmailMessage, policy=compat32)
    senders = addresses(message, "from") or addresses(message, "sender") or [["", ""]]
    ids = _ID.findall(f"{_raw(message, 'references')} {_raw(message, 'in-reply-to')}")
    found = Parsed(
        message_id=next(iter(_ID.findall(_raw(message, "message-id"))), ""),
        references=list(dict.fromkeys(ids))[-50:],
        at=_date(_raw(message, "date"), received),
        date=_raw(message, "date"),
        sender=senders[0],
        to=addresses(message, "to"),
        cc=addresses(message, "cc"),
        subject=clean(" ".join(header(_raw(message, "subject")).split()))[:900],
        text="",
        html="",
        raw=raw,
        tree=message,
        automatic=_automatic(message),
    )
    _Body(found).read(message)
    return found


def _raw(message: Message, name: str) -> str:
    """A header as it stands in the message, or "": reading it must not fail."""
    try:
        return str(message.get(name) or "")
    except (ValueError, LookupError, TypeError, IndexError):
        return ""


def header(value: str) -> str:
    """A header's text with its encoded words read, also those of an unknown charset, and bytes that are none."""
    if value.isascii() and "=?" not in value:
        return value
    try:
        parts = decode_header(value)
    except (ValueError, LookupError, TypeError):
        return value
    return "".join(p if isinstance(p, str) else decode(p, c if c != "unknown-8bit" else "") for p, c in parts)


def decode(content: bytes, charset: str | None) -> str:
    """Bytes in the charset that is said, in UTF-8, or in the one that they look like. Never fails."""
    name = (charset or "").strip("\"' ").lower()
    if name in ("gb2312", "gbk", "x-gbk", "gb_2312-80", "cp936"):
        name = "gb18030"  # holds all of them, and programs say the smaller one
    for one in (name, "utf-8"):
        try:
            if one:
                return content.decode(one)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(content[:20_000]).best()
    return content.decode(best.encoding if best else "latin-1", "replace")


def clean(text: str) -> str:
    """Without what a database or a page cannot hold: zero bytes and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def addresses(message: Message, name: str) -> list[Address]:
    """The addresses of a header, as `[name, address]`."""
    values = [str(v).replace("\r", "").replace("\n", " ") for v in message.get_all(name, [])]
    if len(values) == 1 and (plain := _PLAIN.fullmatch(values[0])):  # nine of ten, at a tenth of the cost
        pairs = [(plain.group(1) or "", plain.group(2))]
    else:
        try:
            pairs = getaddresses(values)
        except RecursionError:  # it goes as deep as brackets are nested; the rest of the mail is read all the same
            pairs = []
    found = []
    for said, mailbox in pairs:
        mailbox = clean(mailbox.strip().lower())
        if "@" in mailbox and len(mailbox) < 255:
            found.append([clean(" ".join(header(said).split()))[:200], mailbox])
    return found[:500]


def _date(text: str, received: dt.datetime) -> dt.datetime:
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return received
    # A clock that goes wrong must not put a mail above next year's appointments.
    return at.replace(microsecond=0) if at.year >= 1990 and at <= received + dt.timedelta(days=1) else received


def _automatic(message: Message) -> bool:
    said = _raw(message, "auto-submitted").strip().lower()
    bulk = _raw(message, "precedence").strip().lower() in ("bulk", "list", "junk", "auto_reply")
    return said not in ("", "no") or bulk or bool(_raw(message, "list-id") or _raw(message, "x-autoreply"))


class _Body:
    """A walk through the parts of a message."""

    def __init__(self, found: Parsed):
        self.found, self.texts, self.pages = found, [], []

    def read(self, message: Message) -> None:
        if message.get_content_type() == "multipart/report":
            self._report(message)
        self._part(message, 0)
        found = self.found
        found.html = clean("\n".join(self.pages))[:LONGEST]
        found.text = clean("\n\n".join(self.texts)).replace("\r\n", "\n").strip()[:LONGEST]
        if not found.text and found.html:
            found.text = text_of(found.html)[:LONGEST]

    def _part(self, part: Message, depth: int) -> None:
        self.found.broken = self.found.broken or bool(part.defects)
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            inner = part.get_payload() if depth < 20 else []
            if kind == "multipart/alternative" and _texts(inner):
                inner = [p for p in inner if p.get_content_type() != "text/rtf"]
            for one in inner:
                self._part(one, depth + 1)
            return
        name = _file_name(part)
        wanted = {"text/plain": self.texts, "text/html": self.pages}.get(kind)
        if wanted is not None and not name and part.get_content_disposition() != "attachment":
            wanted.append(self._text(part))
        elif kind != "message/delivery-status":
            self._file(part, kind, name)

    def _text(self, part: Message) -> str:
        content = self._content(part)
        charset = part.get_content_charset("")
        try:
            return content.decode(charset or "ascii")
        except (UnicodeDecodeError, LookupError):
            self.found.broken = self.found.broken or not charset.startswith("gb")
            return decode(content, charset)

    def _content(self, part: Message) -> bytes:
        try:
            content = part.get_payload(decode=True)
        except (ValueError, LookupError, TypeError):
            content = None
        if content is None:
            payload = part.get_payload()
            content = payload.encode("utf-8", "surrogateescape") if isinstance(payload, str) else b""
        return content

    def _file(self, part: Message, kind: str, name: str) -> None:
        if kind == "message/rfc822":
            inner = part.get_payload()
            content = inner[0].as_bytes() if isinstance(inner, list) and inner else self._content(part)
            name = name or "mail.eml"
        else:
            content = self._content(part)
        if content:
            id = _raw(part, "content-id").strip("<> \r\n")
            name = self._unlike_others(name or _made_up(kind, len(self.found.files)))
            self.found.files.append(File(name, kind, content, id))

    def _unlike_others(self, name: str) -> str:
        """Two photos of one name are two files, not a photo and its next version."""
        taken = {f.name.casefold() for f in self.found.files}
        stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}){dot}{ending}"
        return name

    def _report(self, message: Message) -> None:
        """A delivery report: who did not get what."""
        for part in message.walk():
            kind = part.get_content_type()
            if kind == "message/delivery-status" and isinstance(part.get_payload(), list):
                for block in part.get_payload():
                    if _raw(block, "action").strip().lower() == "failed":
                        recipient = _raw(block, "original-recipient") or _raw(block, "final-recipient")
                        said = _raw(block, "diagnostic-code") or _raw(block, "status")
                        answer = " ".join(said.rpartition("smtp;")[2].split())[:500]
                        self.found.bounced.append((recipient.rpartition(";")[2].strip().lower(), answer))
            elif kind in ("message/rfc822", "text/rfc822-headers"):
                inner = part.get_payload()
                said = inner[0] if isinstance(inner, list) and inner else message_from_bytes(self._content(part))
                self.found.bounced_id = next(iter(_ID.findall(_raw(said, "message-id"))), "")


def _texts(parts) -> bool:
    return any(p.get_content_type() in ("text/plain", "text/html") for p in parts)


def _file_name(part: Message) -> str:
    if "content-disposition" not in part and "name" not in str(part.get("content-type", "")).lower():
        return ""
    try:
        name = part.get_filename("") or ""
    except (ValueError, LookupError, TypeError):
        name = ""
    # Only the last part of a path, as some programs send one.
    return clean(" ".join(re.split(r"[/\\]", header(name))[-1].split()))[:180].strip(". ")


def _made_up(kind: str, number: int) -> str:
    endings = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "text/calendar": "ics", "text/html": "html"}
    ending = endings.get(kind) or re.sub(r"\W", "", kind.partition("/")[2])[:8] or "bin"
    return f"{kind.partition('/')[0]}-{number + 1}.{ending}"


def text_of(html: str) -> str:
    """What a reader without HTML would see."""
    html = re.sub(r"(?is)<(style|script|head|title)\b.*?</\1\s*>", " ", html)
    html = re.sub(r"\s+", " ", html)
    html = re.sub(r"(?i)<blockquote\b[^>]*>", "\n\n&gt; ", html)
    html = re.sub(r"(?i)<(?:br|/p|/div|/tr|/h[1-6]|/li|/table|hr)\b[^>]*>", "\n", html)
    html = re.sub(r"(?i)<li\b[^>]*>", "• ", html)
    text = html_module.unescape(nh3.clean(html, tags=set()))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
