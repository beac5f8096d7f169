"""Reads CSV, XLSX and vCard files as one kind of table, row by row, and never loses a row in silence."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from . import workbook
from .charsets import detect
from .errors import ExchangeError, Sentence
from .rows import Row
from .values import arm, clean
from .vcards import columns, read_vcards

DELIMITERS = ",;\t|"
HEAD = 64 * 1024  # characters by which a text file is judged
MOST_COLUMNS = 1000
UNPACKED = 10  # how many times `max_bytes` a workbook may hold once unpacked

ADVICE = "Choose a CSV, XLSX or vCard file."
SAVE_AS = "Open it in the program that made it, save it as XLSX or CSV, and choose that file."
FOREIGN = (  # how a file of another kind begins, and what to say of it
    (
        b"\xd0\xcf\x11\xe0",
        "%(name)s is an old .xls file or has a password.",
        "Open it in a spreadsheet program and save it as .xlsx without a password.",
    ),
    (b"%PDF", "%(name)s is a PDF document.", ADVICE),
    (b"\x89PNG", "%(name)s is a picture.", ADVICE),
    (b"\xff\xd8\xff", "%(name)s is a picture.", ADVICE),
    (b"GIF8", "%(name)s is a picture.", ADVICE),
    (b"<!doctype", "%(name)s is a web page.", SAVE_AS),
    (b"<html", "%(name)s is a web page.", SAVE_AS),
    (b"<table", "%(name)s is a web page.", SAVE_AS),
    (b"<?xml", "%(name)s is an XML file.", SAVE_AS),
    (b"{\\rtf", "%(name)s is a text document.", SAVE_AS),
)


@dataclass
class Table:
    """A file opened for reading: `kind` is "csv", "xlsx" or "vcard"; columns are unique and never empty.

    Each call of `rows()` starts again at the first row; use one iterator at a time, and leave the stream open.
    """

    kind: str
    columns: list[str]
    read: Callable[[], Iterator[Row]] = field(repr=False)
    encoding: str = ""
    delimiter: str = ""

    def rows(self) -> Iterator[Row]:
        """The rows, read as they are asked for."""
        return self.read()


def open_table(stream: BinaryIO, filename: str, *, max_bytes: int) -> Table:
    """Open a CSV, XLSX or vCard file by what is in it; `filename` is only for sentences and for an empty guess.

    In: a binary stream at any position, and the size in bytes that is still accepted. Out: a Table with at least one
    row. Raises ExchangeError for a file that is too large, empty, or of another kind.
    """
    stream = _seekable(stream, max_bytes)
    name = filename or "file"
    stream.seek(0)
    head = stream.read(4096)
    if not head.strip():
        raise ExchangeError("%(name)s is empty.", ADVICE, name=name)
    for mark, message, advice in FOREIGN:
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:16].lower().startswith(mark.lower()):
            raise ExchangeError(message, advice, name=name)
    table = _workbook(stream, name, max_bytes) if head.startswith(b"PK\x03\x04") else _text(stream, name)
    if next(table.rows(), None) is None:
        raise ExchangeError("%(name)s has headings but no rows.", "Choose a file with at least one row.", name=name)
    return table


def unique(headings: list[str]) -> list[str]:
    """Headings as column names: stripped, an empty one numbered by its place, a second "Phone" called "Phone (2)".

    Raises ExchangeError for more columns than anybody maps.
    """
    if len(headings) > MOST_COLUMNS:
        raise ExchangeError(
            "The file has %(found)s columns, more than %(limit)s.",
            "Keep only those that you need.",
            found=len(headings),
            limit=MOST_COLUMNS,
        )
    columns: dict[str, None] = {}
    for place, heading in enumerate(headings, 1):
        base = name = " ".join(heading.split()) or f"Column {place}"
        count = 1
        while name in columns:
            count += 1
            name = f"{base} ({count})"
        columns[name] = None
    return list(columns)


def _seekable(stream: BinaryIO, max_bytes: int) -> BinaryIO:
    """The stream itself, or a copy on disk of one that cannot go back; checked for its size."""
    if not stream.seekable():
        copy = tempfile.TemporaryFile()  # noqa: SIM115 (the table reads on from it)
        shutil.copyfileobj(_Limited(stream, max_bytes), copy)
        return copy
    if stream.seek(0, io.SEEK_END) > max_bytes:
        raise _too_large(max_bytes)
    return stream


class _Limited:
    """Reads no further than `limit` bytes, so that an endless upload does not fill the disk."""

    def __init__(self, stream: BinaryIO, limit: int):
        self.stream, self.limit, self.left = stream, limit, limit

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise _too_large(self.limit)
        return data


def _too_large(max_bytes: int) -> ExchangeError:
    limit = max_bytes / 1024 / 1024
    return ExchangeError(
        "The file is larger than %(limit)s MB.",
        "Split it into several files.",
        limit=f"{limit:.0f}" if limit >= 1 else f"{limit:.2g}",
    )


# Text: CSV and vCard


def _text(stream: BinaryIO, name: str) -> Table:
    encoding = detect(stream)
    if encoding is None:
        raise ExchangeError("%(name)s is not a table.", ADVICE, name=name)
    with _decoded(stream, encoding) as text:
        head = text.read(HEAD)
    if _binary(head):
        raise ExchangeError("%(name)s is not a table.", ADVICE, name=name)
    if re.match(r"[\s\ufeff]*BEGIN:VCARD", head, re.IGNORECASE):
        found = columns(stream, encoding)
        return Table("vcard", found, lambda: read_vcards(stream, encoding), _plain(encoding))
    if name.lower().endswith((".vcf", ".vcard")):
        raise ExchangeError("%(name)s holds no contact card.", ADVICE, name=name)
    return _csv(stream, encoding, head, name)


@contextmanager
def _decoded(stream: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The stream as text from its start. What cannot be decoded becomes U+FFFD; the stream stays open afterwards."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, "replace", newline="")
    try:
        yield text
    finally:
        text.detach()


def _binary(text: str) -> bool:
    odd = sum(char < " " and char not in "\t\r\n\f\v\x1a" for char in text)
    return odd + text.count("\ufffd") > len(text) / 20


def _plain(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _csv(stream: BinaryIO, encoding: str, head: str, name: str) -> Table:
    lines = io.StringIO(head, newline="").readlines()
    if len(head) == HEAD and len(lines) > 1:
        lines.pop()  # it was cut off
    skip = re.match(r'\ufeff?"?sep=(.)"?\r?\n', head, re.IGNORECASE)  # Excel's own way of naming the delimiter
    delimiter = skip[1] if skip else _delimiter(lines)

    def records() -> Iterator[tuple[int, list[str], Sentence | None]]:
        with _decoded(stream, encoding) as text:
            if skip:
                next(text, None)
            yield from _records(text, delimiter, 1 if skip else 0)

    heading = next((values for _, values, _ in records() if any(values)), None)
    if heading is None:
        raise ExchangeError("%(name)s is empty.", ADVICE, name=name)
    while heading and not heading[-1]:
        heading.pop()  # every line ends in a delimiter: that makes no column
    columns = unique(heading)

    def rows() -> Iterator[Row]:
        filled = (record for record in records() if any(record[1]))
        next(filled)
        for number, values, problem in filled:
            yield _row(number, values, columns, problem or _unreadable(number, values, encoding))

    return Table("csv", columns, rows, _plain(encoding), delimiter)


def _unreadable(number: int, values: list[str], encoding: str) -> Sentence | None:
    if any("\ufffd" in value for value in values):
        return Sentence(
            "Row %(row)s has characters that cannot be read as %(encoding)s.", row=number, encoding=_plain(encoding)
        )
    return None


def _row(number: int, values: list[str], columns: list[str], problem: Sentence | None) -> Row:
    """Values under their columns, with a problem where their number is not that of the heading."""
    found, expected = len(values), len(columns)
    extra = tuple(values[expected:])
    if not any(extra):
        found, extra = min(found, expected), ()
    if problem is None and found != expected:
        problem = Sentence(
            "Row %(row)s has %(found)s values where the heading has %(expected)s.",
            row=number,
            found=found,
            expected=expected,
        )
    values += [""] * (expected - len(values))
    return Row(number, dict(zip(columns, values, strict=False)), problem, extra)


class _Lines:
    """Hands lines to csv.reader, counts them, and keeps those of the record under way to read them again."""

    def __init__(self, source: Iterator[str], number: int):
        self.source, self.number, self.ended = source, number, False
        self.again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.source, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number += 1
        self.taken.append(line)
        return line

    def return_all_but_first(self) -> str:
        first, *rest = self.taken
        self.again.extendleft(reversed(rest))
        self.number -= len(rest)
        self.ended = False
        return first


def _records(text: Iterator[str], delimiter: str, before: int) -> Iterator[tuple[int, list[str], Sentence | None]]:
    """CSV records as (line number, values, problem).

    A quotation mark without an end would swallow all lines after it: then the line it stands in is the problem, and
    the others are read again.
    """
    lines = _Lines(text, before)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.taken.clear()
        number, problem = lines.number + 1, None
        try:
            values = next(reader, None)
        except csv.Error:
            open_end = len(lines.taken) > 1 or lines.ended
            values, problem = _mended(lines.return_all_but_first(), delimiter, number, open_end)
        if values is None:
            return
        yield number, [clean(arm(value)) for value in values], problem


def _mended(line: str, delimiter: str, number: int, open_end: bool) -> tuple[list[str], Sentence | None]:
    """The values of one line that is not proper CSV; a stray quotation mark within a value does no harm."""
    try:
        values = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter), Sentence("Row %(row)s has a value that is too long.", row=number)
    if open_end:
        return line.split(delimiter), Sentence("Row %(row)s has a quotation mark that is never closed.", row=number)
    return values, None


def _delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most lines into as many values as the heading."""

    def fitness(delimiter: str) -> tuple[float, int]:
        widths = [len(values) for _, values, _ in _records(iter(lines[:200]), delimiter, 0) if any(values)]
        if not widths or widths[0] < 2:
            return 0.0, 0
        return round(widths.count(widths[0]) / len(widths), 1), widths[0]

    best = max(DELIMITERS, key=fitness)
    return best if fitness(best)[1] else ","


# Workbooks


def _workbook(stream: BinaryIO, name: str, max_bytes: int) -> Table:
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
    except Exception as error:  # zipfile raises many kinds for a damaged file
        raise ExchangeError("%(name)s is damaged.", SAVE_AS, name=name) from error
    if not any(member.filename.lower() == "xl/workbook.xml" for member in members):
        raise ExchangeError("%(name)s is an archive or another kind of document.", ADVICE, name=name)
    if sum(member.file_size for member in members) > UNPACKED * max_bytes:
        raise ExchangeError("%(name)s unpacks to too much data.", "Save it as CSV, or split it up.", name=name)
    lines = _unpacked(stream, name)

    def records() -> Iterator[tuple[int, list[str]]]:
        lines.seek(0)
        for number, cells in map(json.loads, lines):
            values = [clean(cell) for cell in cells]
            if any(values):
                yield number, values

    def title_and_heading() -> tuple[int, list[str]]:
        """How many filled rows come before the data, and the heading; a lone title above it is skipped."""
        seen = records()
        (_, one), (_, two) = next(seen, (0, [])), next(seen, (0, []))
        titled = sum(map(bool, one)) == 1 and sum(map(bool, two)) > 2
        return (2, two) if titled else (1, one)

    skip, heading = title_and_heading()
    if not heading:
        raise ExchangeError("%(name)s is empty.", ADVICE, name=name)
    while not heading[-1]:
        heading.pop()
    columns = unique(heading)

    def rows() -> Iterator[Row]:
        for place, (number, values) in enumerate(records()):
            if place >= skip:
                width = len(columns)
                extra = tuple(values[width:]) if any(values[width:]) else ()
                yield _row(number, values[:width] + [""] * (width - len(values)) + list(extra), columns, None)

    return Table("xlsx", columns, rows)


def _unpacked(stream: BinaryIO, name: str) -> BinaryIO:
    """The rows of a workbook, a line of JSON each, in a file that is gone when nobody holds it any more."""
    lines = tempfile.TemporaryFile()  # noqa: SIM115 (the table reads on from it)
    with tempfile.TemporaryFile() as copy:
        stream.seek(0)
        shutil.copyfileobj(stream, copy)
        copy.seek(0)
        outcome = workbook.read(copy, lines)
    if outcome == workbook.TOO_LARGE:
        raise ExchangeError("%(name)s unpacks to too much data.", "Save it as CSV, or split it up.", name=name)
    if outcome == workbook.DAMAGED:
        raise ExchangeError("%(name)s is damaged.", SAVE_AS, name=name)
    return lines
