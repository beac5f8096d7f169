"""Writes tables as CSV, XLSX and JSON, row by row, so that no spreadsheet runs what a stranger typed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import BinaryIO

from .errors import ExchangeError
from .values import SEPARATOR, defuse

EXCEL_ROWS = 1_048_576
EXCEL_TEXT = 32_767  # characters a cell holds
EXACT = 10**15  # beyond it a spreadsheet rounds whole numbers

Columns = Sequence[tuple[str, str]]


def write_csv(columns: Columns, rows: Iterable[dict], stream: BinaryIO) -> int:
    """Write rows as CSV in UTF-8 with a byte order mark, by which Excel knows that it is not some local encoding.

    In: (key, label) pairs, rows by key, a binary stream that stays open. Out: how many rows were written.
    """
    text = io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="", write_through=True)
    try:
        writer = csv.writer(text)
        writer.writerow([defuse(label) for _, label in columns])
        count = 0
        for row in rows:
            writer.writerow([_cell(row.get(key)) for key, _ in columns])
            count += 1
        return count
    finally:
        text.detach()


def write_xlsx(columns: Columns, rows: Iterable[dict], stream: BinaryIO, title: str = "Export") -> int:
    """Write rows as a workbook of one sheet, text as text whatever it begins with. In and out as for `write_csv`.

    Raises ExchangeError for more rows than a sheet holds.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(char for char in title if char not in r"[]:*?/\'")[:31] or "Export")
    sheet.freeze_panes = "A2"

    def cell(value: object) -> object:
        value = _native(value)
        if not isinstance(value, str):
            return value
        value = ILLEGAL_CHARACTERS_RE.sub("", value.encode("utf-8", "replace").decode())
        made = WriteOnlyCell(sheet, value[:EXCEL_TEXT])
        made.data_type = "s"  # an inline string, never a formula
        if defuse(value) != value:
            made.quotePrefix = True  # so it stays when somebody edits the cell
        return made

    def heading(label: str) -> object:
        made = cell(label)
        made.font = Font(bold=True)
        return made

    sheet.append([heading(label) for _, label in columns])
    count = 0
    try:
        for row in rows:
            count += 1
            if count >= EXCEL_ROWS:
                raise ExchangeError(
                    "An Excel sheet holds %(limit)s rows.", "Export a part of them, or choose CSV.", limit=EXCEL_ROWS
                )
            sheet.append([cell(row.get(key)) for key, _ in columns])
    except BaseException:
        sheet.close()  # or its half-written file complains later
        raise
    book.save(stream)
    return count


def write_json(columns: Columns, rows: Iterable[dict], stream: BinaryIO) -> int:
    """Write rows as one JSON array of objects by key, in UTF-8; lists and numbers stay what they are."""
    count = 0
    stream.write(b"[")
    for row in rows:
        line = json.dumps({key: row.get(key) for key, _ in columns}, ensure_ascii=False, default=_text)
        stream.write((",\n" if count else "\n").encode() + line.encode("utf-8", "replace"))
        count += 1
    stream.write(b"\n]\n")
    return count


def _text(value: object) -> str:
    """A value as our own reader takes it back: several values with "; " between, dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return SEPARATOR.join(map(_text, value))
    return str(value)


def _cell(value: object) -> str:
    return defuse(_text(value))


def _native(value: object) -> object:
    """A value as a workbook holds it: numbers and dates as such, all else as text; a time zone has no place there."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return value if -EXACT < value < EXACT else str(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None) if value.year >= 1900 else value.isoformat()
    if isinstance(value, date):
        return value if value.year >= 1900 else value.isoformat()
    return _text(value)
