"""Single cells: several values in one, and text that a spreadsheet must not run as a formula."""

import re

SEPARATOR = "; "
_BETWEEN = re.compile(r" ::: |[;；\n]")
_COMMAS = re.compile(r"[,，、]")
_RISKY = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")  # full-width signs run in East Asian spreadsheets
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
_NEGATIVE = re.compile(r"-[0-9]+(?:[.,][0-9]+)?")


def split(text: str, commas: bool = False) -> list[str]:
    """The values of one cell: split at semicolons, line ends and Google's " ::: "; without empty ones or repeats.

    With `commas` also at commas, if nothing else separates: good for tags, wrong for addresses.
    """
    parts = _BETWEEN.split(text)
    if commas and len(parts) == 1:
        parts = _COMMAS.split(text)
    return list(dict.fromkeys(part for part in map(str.strip, parts) if part))


def defuse(text: str) -> str:
    """`text` as a spreadsheet shows it without running it: an apostrophe before what looks like a formula.

    Negative numbers stay as they are. `arm` undoes exactly this, for any text.
    """
    return "'" + text if _RISKY.match(text) and not _NEGATIVE.fullmatch(text) else text


def arm(text: str) -> str:
    """`text` without the apostrophe that `defuse`, or a careful program elsewhere, put before it."""
    return text[1:] if _DEFUSED.match(text) else text


def clean(text: str) -> str:
    """`text` without NUL characters and without blanks around it, wide ones included; lines end in a line feed."""
    return text.replace("\0", "").replace("\r\n", "\n").strip(" \t\r\n\xa0\u3000\ufeff")
