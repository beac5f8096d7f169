"""Reads vCard 2.1, 3.0 and 4.0 as phones and mail programs really write them, and writes 4.0 or 3.0.

A card becomes a Row like that of a table. Its columns are the names of contact targets; a second e-mail address is
"email 2", the kind of it "email 2 label", the city of a second address "address 2 city".
"""

from __future__ import annotations

import base64
import binascii
import io
import quopri
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from .. import names
from . import dates
from .charsets import detect
from .errors import ExchangeError, Sentence
from .rows import Row
from .values import SEPARATOR, clean

ADDRESS = ("street2", "street", "city", "region", "postcode", "country")  # the order of ADR, after its post office box
ORDER = (
    "kind",
    "name",
    "prefix",
    "given_name",
    "middle_name",
    "family_name",
    "suffix",
    "nickname",
    "organisation",
    "department",
    "job_title",
    "birthday",
    "gender",
    "email",
    "mobile",
    "phone",
    "fax",
    "address",
    "website",
    "account",
    "tags",
    "language",
    "external_id",
    "note",
)
SINGLE = {"FN": "name", "NICKNAME": "nickname", "TITLE": "job_title", "UID": "external_id", "LANG": "language"}
KEPT = ("ANNIVERSARY", "RELATED", "X-ANNIVERSARY", "X-ASSISTANT", "X-MANAGER", "X-SPOUSE")  # no home, yet not lost
SERVICES = {"weixin": "wechat", "sinaweibo": "weibo", "google-talk": "gtalk", "x": "twitter"}
ACCOUNT = re.compile(
    r"X-(QQ|WECHAT|WEIXIN|WEIBO|SINAWEIBO|SKYPE|TWITTER|FACEBOOK|LINKEDIN|YOUTUBE|INSTAGRAM|WHATSAPP|"
    r"TELEGRAM|LINE|AIM|ICQ|MSN|YAHOO|JABBER|GOOGLE-TALK)(?:-USERNAME|-ID)?$"
)
PROPERTY = re.compile(r'(?:([\w-]+)\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
UNQUOTED = re.compile(r"(?:([\w-]+)\.)?([\w-]+)((?:;[^:]*)?):(.*)", re.DOTALL)
LABELS = {"home", "work", "other", "school", "main", "pager", "car"}
NOT_ACCOUNTS = {"internet", "pref", "home", "work", "other"}


@dataclass
class Property:
    """One line of a card, unfolded and decoded; `params` are upper-case, a bare value counts as a TYPE."""

    group: str
    name: str
    params: dict[str, list[str]]
    value: str

    def types(self) -> set[str]:
        return {kind.lower() for kind in self.params.get("TYPE", ())}

    def parts(self, separator: str = ";") -> list[str]:
        """The components of a structured value, unescaped."""
        held = self.value.replace("\\\\", "\0")
        return [clean(_unescaped(part)) for part in re.split(rf"(?<!\\){separator}", held)]

    def text(self) -> str:
        return clean(_unescaped(self.value.replace("\\\\", "\0")))


@dataclass
class Card:
    """The lines of a card as they come, and the line of the file where it begins."""

    number: int
    lines: list[bytes] = field(default_factory=list)
    problem: Sentence | None = None


def _unescaped(text: str) -> str:
    return re.sub(r"\\([nN,;:])", lambda m: "\n" if m[1] in "nN" else m[1], text).replace("\0", "\\")


# Reading


def columns(stream: BinaryIO, encoding: str) -> list[str]:
    """Every column that some card of the file fills, in a fixed order."""
    found = {column for row in read_vcards(stream, encoding) for column in row.values}
    return sorted(found, key=_place) or ["name"]


def _place(column: str) -> tuple:
    base, number, rest = re.fullmatch(r"([\w-]+?)(?::.*)?(?: (\d+))?(?: (.*))?", column).groups()
    part = ADDRESS.index(rest) if rest in ADDRESS else len(ADDRESS) if rest else -1
    return (ORDER.index(base) if base in ORDER else len(ORDER), int(number or 1), part, column)


def read_vcards(stream: BinaryIO, encoding: str = "utf-8") -> Iterator[Row]:
    """The cards of a file as rows; a broken one has a `problem`, and the others are read all the same.

    In: a seekable binary stream, and the encoding of the text that says nothing else itself. Nothing is raised for bad
    cards.
    """
    for card in _cards(_lines(stream, encoding)):
        yield _row(card, "utf-8" if encoding.startswith("utf") else encoding)


def _lines(stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    """Physical lines as bytes: a fold may cut a character in two, and each line may have an encoding of its own."""
    stream.seek(0)
    wide = encoding.startswith(("utf-16", "utf-32"))
    text = io.TextIOWrapper(stream, encoding if wide else "latin-1", "replace", newline=None)
    try:
        for line in text:
            yield line.rstrip("\n").encode("utf-8" if wide else "latin-1", "replace")
    finally:
        text.detach()


def _cards(lines: Iterable[bytes]) -> Iterator[Card]:
    """Lines between BEGIN and END; an agent's card inside a card is left out, a missing END is a problem."""
    card, inner = None, 0
    for number, line in enumerate(lines, 1):
        mark = line.strip(b" \t\xef\xbb\xbf").upper().replace(b" ", b"")
        if mark == b"BEGIN:VCARD":
            if card and card.lines and card.lines[-1].upper().startswith(b"AGENT"):
                inner += 1
                continue
            if card:
                yield _unfinished(card)
            card, inner = Card(number), 0
        elif mark == b"END:VCARD" and inner:
            inner -= 1
        elif mark == b"END:VCARD" and card:
            yield card
            card = None
        elif card and not inner:
            card.lines.append(line)
    if card:
        yield _unfinished(card)


def _unfinished(card: Card) -> Card:
    card.problem = Sentence("The card in line %(row)s has no end.", row=card.number)
    return card


def _logical(lines: list[bytes]) -> Iterator[str]:
    """Lines joined where they were folded, where quoted-printable runs on, and where a writer forgot to do either."""
    whole: list[str] = []
    soft = False
    for raw in lines:
        line = raw.decode("latin-1")
        if whole and soft:
            whole[-1] = whole[-1][:-1]
            whole.append(line.lstrip(" \t") if line[:1] in " \t" else line)
        elif whole and line[:1] in (" ", "\t"):
            whole.append(line[1:])
        elif whole and line and not UNQUOTED.match(line):
            whole.append(line if _is_base64(whole[0]) else "\\n" + line)
        elif line:
            if whole:
                yield "".join(whole)
            whole = [line]
        soft = bool(whole) and line.endswith("=") and "QUOTED-PRINTABLE" in whole[0].partition(":")[0].upper()
    if whole:
        yield "".join(whole)


def _is_base64(head: str) -> bool:
    return bool(re.search(r";(ENCODING=)?(B|BASE64)\b", head.partition(":")[0].upper()))


def _property(line: str, encoding: str) -> Property | None:
    """One logical line taken apart. Raises ValueError for an encoded value that cannot be decoded."""
    match = PROPERTY.fullmatch(line) or UNQUOTED.fullmatch(line)
    if not match:
        return None
    group, name, head, value = match.groups()
    params: dict[str, list[str]] = {}
    for param in re.findall(r';((?:[^";]|"[^"]*")*)', head):
        key, equals, text = param.partition("=")
        key, text = (key.upper(), text) if equals else ("TYPE", key)
        if not equals and text.upper() in ("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"):
            key = "ENCODING"
        decoded = _decode(text.encode("latin-1"), encoding)
        params.setdefault(key, []).extend(part.strip() for part in decoded.replace('"', "").split(",") if part.strip())
    if name.upper() in ("PHOTO", "LOGO", "SOUND", "KEY"):
        return None
    data, how = value.encode("latin-1"), params.get("ENCODING", [""])[0].upper()
    if how == "QUOTED-PRINTABLE":
        data = quopri.decodestring(data)
    elif how in ("B", "BASE64"):
        data = base64.b64decode(re.sub(rb"\s", b"", data), validate=True)
    text = _decode(data, params.get("CHARSET", [""])[0] or encoding)
    return Property((group or "").lower(), name.upper(), params, text)


def _decode(data: bytes, encoding: str) -> str:
    """UTF-8 if it is, whatever the card says; else as it says, GBK as its superset; else by its looks."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    encoding = "gb18030" if encoding.lower() in ("gbk", "gb2312", "x-gbk") else encoding
    for each in (encoding, detect(io.BytesIO(data)) or "latin-1"):
        try:
            return data.decode(each)
        except (LookupError, UnicodeError):
            continue
    return data.decode("latin-1")


def _row(card: Card, encoding: str) -> Row:
    builder = _Builder()
    problem = card.problem
    for line in _logical(card.lines):
        try:
            each = _property(line, encoding)
        except (binascii.Error, ValueError):
            problem = problem or Sentence(
                "The card in line %(row)s has a value that cannot be decoded.", row=card.number
            )
            continue
        if each:
            builder.add(each)
    values = builder.values()
    if builder.kind == "group":
        problem = problem or Sentence("The card in line %(row)s is a list of contacts, not a contact.", row=card.number)
    elif not values.keys() & {"name", "family_name", "given_name", "organisation", "email", "phone", "mobile"}:
        problem = problem or Sentence("The card in line %(row)s has no name, e-mail address or phone.", row=card.number)
    return Row(card.number, values, problem)


class _Builder:
    """Collects the properties of one card under the names of contact targets."""

    def __init__(self):
        self.kind = ""
        self.single: dict[str, str] = {}
        self.several: list[tuple[str, str | dict, str, str]] = []  # target, value, label, group
        self.labels: dict[str, str] = {}
        self.notes: list[str] = []
        self.tags: list[str] = []

    def add(self, it: Property) -> None:
        handler = getattr(self, "_" + it.name.lower().replace("-", "_"), None)
        account = ACCOUNT.match(it.name)
        if handler:
            handler(it)
        elif it.name in SINGLE:
            self._set(SINGLE[it.name], it.text().removeprefix("urn:uuid:"))
        elif account:
            self._account(account[1].lower(), it.text())
        elif it.name in KEPT:
            self._set(it.name.lower(), it.text())

    def _set(self, target: str, text: str) -> None:
        if text:
            self.single.setdefault(target, text)

    def _many(self, target: str, value: str | dict, it: Property) -> None:
        if value:
            label = next((kind for kind in sorted(it.types()) if kind in LABELS or kind.startswith("x-")), "")
            self.several.append((target, value, label.removeprefix("x-"), it.group))

    def _account(self, service: str, text: str) -> None:
        service = re.sub(r"[^\w-]", "", service)[:30] or "social"
        self._set("account:" + SERVICES.get(service, service), text)

    def _n(self, it: Property) -> None:
        for target, text in zip(names.PARTS, it.parts(), strict=False):
            self._set(target, text)

    def _org(self, it: Property) -> None:
        company, *department = it.parts()
        self._set("organisation", company)
        self._set("department", " / ".join(filter(None, department)))

    def _role(self, it: Property) -> None:
        self.single.setdefault("role", it.text())

    def _tel(self, it: Property) -> None:
        types = it.types()
        target = "fax" if "fax" in types else "mobile" if types & {"cell", "iphone", "mobile"} else "phone"
        self._many(target, re.sub(r"(?i)^tel:", "", it.text()), it)

    def _email(self, it: Property) -> None:
        self._many("email", re.sub(r"(?i)^mailto:", "", it.text()), it)

    def _url(self, it: Property) -> None:
        self._many("website", it.text(), it)

    def _adr(self, it: Property) -> None:
        box, *parts = (it.parts() + [""] * 7)[:7]
        address = {part: text for part, text in zip(ADDRESS, parts, strict=True) if text}
        if box:
            address["street2"] = " ".join(filter(None, (box, address.get("street2"))))
        self._many("address", address, it)

    def _label(self, it: Property) -> None:
        if not any(target == "address" for target, *_ in self.several):
            self._many("address", {"": it.text()} if it.text() else {}, it)

    def _bday(self, it: Property) -> None:
        text = it.text()
        omitted = it.params.get("X-APPLE-OMIT-YEAR", [""])[0]
        with suppress(ExchangeError):  # "circa 1800" stays: whoever takes the row decides
            text = dates.parse(text).iso()
        self._set("birthday", "-" + text[4:] if omitted and text.startswith(omitted) else text)

    def _gender(self, it: Property) -> None:
        self._set("gender", next(filter(None, it.parts()), ""))

    _x_gender = _gender

    def _note(self, it: Property) -> None:
        self.notes.append(it.text())

    def _categories(self, it: Property) -> None:
        self.tags += it.parts(",")

    def _kind(self, it: Property) -> None:
        self.kind = it.text().lower()

    _x_addressbookserver_kind = _kind

    def _x_abshowas(self, it: Property) -> None:
        self.kind = "org" if it.text().upper() == "COMPANY" else self.kind

    def _x_ablabel(self, it: Property) -> None:
        self.labels[it.group] = re.sub(r"_\$!<(.*)>!\$_", r"\1", it.text()).lower()

    def _x_socialprofile(self, it: Property) -> None:
        service = next((kind for kind in sorted(it.types()) if kind not in NOT_ACCOUNTS), "")
        user = next(iter(it.params.get("X-USER", ())), "")
        text = it.text()
        service = service or _service(text)
        self._account(service, user or re.sub(r"(?i)^(x-apple|[\w-]+):(?!//)", "", text))

    _socialprofile = _x_socialprofile

    def _impp(self, it: Property) -> None:
        scheme, colon, user = it.text().partition(":")
        named = next(iter(it.params.get("X-SERVICE-TYPE", it.params.get("SERVICE-TYPE", ()))), "").lower()
        self._account(named or scheme.lower() or "im", user.removeprefix("//") if colon else scheme)

    def values(self) -> dict[str, str]:
        """The columns of the row."""
        single = dict(self.single)
        single.setdefault("job_title", single.pop("role", ""))
        _settle_names(single)
        if self.kind in ("org", "organization") or (single.get("organisation") and not _person(single)):
            single["name"] = single.get("name") or single.pop("organisation", "")
            if single.get("organisation") == single["name"]:
                del single["organisation"]
            single["kind"] = "organisation"
        elif self.kind == "individual":
            single["kind"] = "person"
        single["note"] = "\n".join(filter(None, self.notes))
        single["tags"] = SEPARATOR.join(dict.fromkeys(filter(None, self.tags)))
        return {column: text for column, text in (single | self._numbered()).items() if text}

    def _numbered(self) -> dict[str, str]:
        found: dict[str, str] = {}
        count: dict[str, int] = {}
        for target, value, label, group in self.several:
            count[target] = count.get(target, 0) + 1
            column = target if count[target] == 1 else f"{target} {count[target]}"
            parts = value if isinstance(value, dict) else {"": value}
            found |= {f"{column} {part}".rstrip(): text for part, text in parts.items()}
            found[f"{column} label"] = (group and self.labels.get(group)) or label
        return found


def _settle_names(single: dict[str, str]) -> None:
    """Phones put a whole Chinese name into one part; a card without FN gets its display name from its parts."""
    parts = {part: single.get(part, "") for part in names.PARTS}
    filled = [text for text in parts.values() if text]
    name = single.get("name") or names.join(*parts.values())
    if len(filled) == 1 and len(name) > 1 and filled[0] == name and names.is_han(name):
        for part in names.PARTS:
            single.pop(part, None)
    single["name"] = name


def _person(single: dict[str, str]) -> bool:
    """Whether a card with an organisation tells of a person too: a name that is not the organisation's."""
    return any(single.get(part) for part in names.PARTS) or single.get("name", "") not in ("", single["organisation"])


def _service(url: str) -> str:
    host = re.match(r"(?:https?://)?(?:www\.|m\.)?([\w-]+)\.", url)
    return host[1].lower() if host else "social"


# Writing


def write_vcards(records: Iterable[dict], stream: BinaryIO, version: str = "4.0") -> int:
    """Write records as cards, one after another. Out: how many.

    In: dicts by contact target. The values of email, phone, mobile, fax, website, address and tags are a text, or a
    list of texts or of (value, label) pairs; an address is a text or a dict of its parts; the rest are texts.
    `version` is "4.0" or "3.0"; raises ValueError for another.
    """
    if version not in ("3.0", "4.0"):
        raise ValueError(f"vCard {version} cannot be written, only 3.0 and 4.0")
    count = 0
    for record in records:
        lines = ("BEGIN:VCARD", f"VERSION:{version}", *_written(record, version), "END:VCARD")
        stream.writelines(map(_folded, lines))
        count += 1
    return count


def _written(record: dict, version: str) -> Iterator[str]:
    organisation = record.get("kind") == "organisation"
    parts = [record.get(part) or "" for part in names.PARTS]
    emails = _values(record.get("email"))
    name = record.get("name") or names.join(*parts) or record.get("organisation") or (emails[0][0] if emails else "?")
    yield "FN:" + _escaped(name)
    yield "N:" + ";".join(map(_escaped, parts))
    if version == "4.0":
        yield "KIND:" + ("org" if organisation else "individual")
    elif organisation:
        yield "X-ABSHOWAS:COMPANY"
    company = record.get("organisation") or (name if organisation else "")
    if company:
        yield "ORG:" + ";".join(_escaped(text) for text in (company, record.get("department")) if text)
    for key, target in (
        ("NICKNAME", "nickname"),
        ("TITLE", "job_title"),
        ("NOTE", "note"),
        ("UID", "external_id"),
        ("LANG", "language"),
        ("GENDER" if version == "4.0" else "X-GENDER", "gender"),
    ):
        if record.get(target):
            yield f"{key}:{_escaped(record[target])}"
    if record.get("birthday"):
        yield _birthday(str(record["birthday"]), version)
    for key, target, kind in (
        ("EMAIL", "email", ""),
        ("TEL", "mobile", "cell"),
        ("TEL", "phone", "voice"),
        ("TEL", "fax", "fax"),
        ("URL", "website", ""),
    ):
        for value, label in _values(record.get(target)):
            yield f"{key}{_types(kind, label)}:{_escaped(value)}"
    for value, label in _values(record.get("address")):
        address = value if isinstance(value, dict) else {"street": value}
        yield f"ADR{_types('', label)}:;" + ";".join(_escaped(address.get(part)) for part in ADDRESS)
    tags = [value for value, _ in _values(record.get("tags"))]
    if tags:
        yield "CATEGORIES:" + ",".join(map(_escaped, tags))
    for key, value in record.items():
        if key.startswith("account:") and value:
            yield _social(key.removeprefix("account:"), str(value))


def _values(value: object) -> list[tuple]:
    """A text, a list of texts or of (value, label) pairs as such pairs, without empty ones."""
    several = value if isinstance(value, list) else [value]
    pairs = [each if isinstance(each, tuple) else (each, "") for each in several]
    return [(each, label) for each, label in pairs if each]


def _social(service: str, value: str) -> str:
    if service in ("wechat", "qq", "weibo"):
        return f"X-{service.upper()}:{_escaped(value)}"
    return f"X-SOCIALPROFILE{_types(service, '')}:{_escaped(value)}"


def _types(*kinds: str) -> str:
    plain = [re.sub(r'["\x00-\x1f\x7f]', "", kind or "") for kind in kinds]
    return "".join(";TYPE=" + (f'"{kind}"' if re.search(r"[^\w-]", kind) else kind) for kind in plain if kind)


def _birthday(text: str, version: str) -> str:
    if version == "4.0":
        return "BDAY:" + ("--" + text[2:].replace("-", "") if text.startswith("--") else text.replace("-", ""))
    # 3.0 knows no date without a year; this is how Apple writes one, and others read it.
    return "BDAY;X-APPLE-OMIT-YEAR=1604:1604-" + text[2:] if text.startswith("--") else "BDAY:" + text


def _escaped(value: object) -> str:
    text = re.sub(r"\r\n?", "\n", str(value or ""))
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """A line as UTF-8, folded to 75 bytes without cutting a character in two."""
    data, pieces = line.encode("utf-8", "replace"), []
    room = 75
    while len(data) > room:
        cut = room
        while data[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(data[:cut])
        data, room = data[cut:], 74
    return b"\r\n ".join([*pieces, data]) + b"\r\n"
