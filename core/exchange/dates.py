"""Dates as people write them in spreadsheets, read one by one; the order of day and month is settled by column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from .errors import ExchangeError

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONGEST = 60  # characters; no date is longer
EXCEL_DAY_0 = date(1899, 12, 30)
TIME = re.compile(
    r"(?<=[\d日號号])(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"\s*(?:[AaPp][Mm])?\s*(?:Z|[+-]\d{2}:?\d{2})?$"
)
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
CHINESE = re.compile(r"(?:(民國|民国)?\s*(\d{2,4})\s*年\s*)?(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
YEARLESS = re.compile(r"--(\d{2})-?(\d{2})")
NUMBERS = re.compile(r"(\d{1,2})[-/.]\s*(\d{1,2})[-/.]\s*(\d{4}|\d{2})")
DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-.\s]*(?:of\s+)?([a-z]{3})[a-z]*\.?(?:[-,\s]+(\d{4}))?")
MONTH_DAY = re.compile(r"([a-z]{3})[a-z]*\.?\s*(\d{1,2})(?:st|nd|rd|th)?(?:[,\s]+(\d{4}))?")
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")


class Day(NamedTuple):
    """A calendar day; `year` is None for a birthday of which only month and day are known."""

    year: int | None
    month: int
    day: int

    def iso(self) -> str:
        """ISO text: 1990-03-18, or --03-18 without a year."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}" if self.year else f"--{self.month:02}-{self.day:02}"

    def date(self) -> date | None:
        """As a date, or None without a year."""
        return date(self.year, self.month, self.day) if self.year else None


def order(texts: Iterable[str]) -> str:
    """Whether a column writes the day or the month first: "dmy" or "mdy", by the dates that can only be one of them.

    Without any such date, dots mean day first and slashes month first.
    """
    votes = dots = 0
    for text in texts:
        if match := NUMBERS.match(text.strip()):
            first, second = int(match[1]), int(match[2])
            votes += (first > 12) - (second > 12)
            dots += 1 if "." in text else -1
    return "dmy" if (votes or dots) > 0 else "mdy"


def parse(text: str, order: str | None = None) -> Day:
    """Read one date. In: text, and "dmy" or "mdy" for its column (by default: dots mean day first). Out: a Day.

    A time of day is left away. Raises ExchangeError for what is no date, or one that no calendar has.
    """
    plain = TIME.sub("", text.strip()[:LONGEST])
    found = _parts(plain, order or ("dmy" if "." in plain else "mdy"))
    try:
        # A birthday without a year may be 29 February, as there is one in 2000.
        date(2000 if found.year is None else found.year, found.month, found.day)
    except (AttributeError, ValueError):
        raise ExchangeError("“%(text)s” is not a date.", "Write it like 1990-03-18.", text=text.strip()[:40]) from None
    return found


def _parts(text: str, order: str) -> Day | None:
    """What the text says, unchecked; None if it has the shape of no date."""
    if match := YEAR_FIRST.fullmatch(text) or COMPACT.fullmatch(text):
        return Day(*map(int, match.groups()))
    if match := CHINESE.fullmatch(text):
        era, year, month, day = match.groups()
        return Day(_full(year, era) if year else None, int(month), int(day))
    if match := YEARLESS.fullmatch(text):
        return Day(None, int(match[1]), int(match[2]))
    if match := NUMBERS.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        day, month = (first, second) if order == "dmy" else (second, first)
        return Day(_full(match[3]), month, day)
    if match := SERIAL.fullmatch(text):
        serial = EXCEL_DAY_0 + timedelta(days=int(float(text)))
        return Day(serial.year, serial.month, serial.day)
    return _named(text.lower())


def _named(text: str) -> Day | None:
    """Dates with an English month: 13 Oct 1958, October 13, 1958."""
    if match := DAY_MONTH.fullmatch(text):
        day, month, year = match.groups()
    elif match := MONTH_DAY.fullmatch(text):
        month, day, year = match.groups()
    else:
        return None
    return Day(int(year) if year else None, MONTHS.index(month) + 1, int(day)) if month in MONTHS else None


def _full(year: str, era: str | None = None) -> int:
    """A year in full: two digits are the last hundred years, and year 1 of the Republic of China is 1912."""
    number = int(year)
    if era:
        return number + 1911
    if number >= 100:
        return number
    century = date.today().year // 100 * 100
    return century + number if century + number <= date.today().year else century - 100 + number
