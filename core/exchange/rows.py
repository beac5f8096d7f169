"""What every reader gives: one line of a table at a time."""

from dataclasses import dataclass

from .errors import Sentence


@dataclass(slots=True)
class Row:
    """One line of a table.

    `number` is its line in the file (its row in a workbook; of a card, where it begins), the first being 1. `values`
    goes from column to text, stripped. `problem` says why the row cannot be used as it is; `extra` are values beyond
    the heading.
    """

    number: int
    values: dict[str, str]
    problem: Sentence | None = None
    extra: tuple[str, ...] = ()
