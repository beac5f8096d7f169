"""Reads a workbook in a process of its own, where one that was made to break its reader breaks nothing else.

A workbook of a kilobyte may say that its last cell is the last of all sheets: the reader asks for half a terabyte then,
and its process ends. Run as a program, this file reads a workbook at standard input and writes the filled rows of its
first visible sheet that has any, one `[number, [text, …]]` as JSON a line. It imports nothing of ours, for speed.
"""

import json
import subprocess
import sys
from contextlib import suppress
from datetime import date, datetime, time
from typing import BinaryIO

#: Bytes of memory and seconds that a workbook may take; enough for ten million cells.
MEMORY, SECONDS = 1024**3, 120
#: What became of it, as the exit status of the process says it.
READ, DAMAGED, TOO_LARGE = 0, 3, 4


def read(workbook: BinaryIO, rows: BinaryIO) -> int:
    """READ, DAMAGED or TOO_LARGE. In: two files of the disk; `rows` gets the lines, none for an empty workbook."""
    command = [sys.executable, "-I", __file__, str(MEMORY)]
    try:
        done = subprocess.run(command, stdin=workbook, stdout=rows, stderr=subprocess.PIPE, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return TOO_LARGE
    if done.returncode in (READ, DAMAGED, TOO_LARGE):
        return done.returncode
    return TOO_LARGE if b"memory allocation" in done.stderr else DAMAGED


def _cell(cell: object) -> str:
    """A cell as text: whole numbers without ".0", dates as ISO, a date at midnight without its time."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _sheet():
    """The first visible sheet that has cells, or None."""
    import python_calamine as calamine

    book = calamine.load_workbook(sys.stdin.buffer)
    for sheet in book.sheets_metadata:
        if sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet:
            found = book.get_sheet_by_name(sheet.name)
            if found.start:
                return found
    return None


def _main() -> int:
    with suppress(ImportError):  # where there is no such limit, the system's own holds
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheet = _sheet()
        for number, cells in enumerate(sheet.iter_rows() if sheet else (), 1):
            values = [_cell(cell) for cell in cells]
            if any(values):
                sys.stdout.write(json.dumps([number, values]) + "\n")
    except MemoryError:
        return TOO_LARGE
    except BaseException as error:  # calamine raises many kinds, and panics
        return TOO_LARGE if "capacity overflow" in str(error) else DAMAGED
    return READ


if __name__ == "__main__":
    sys.exit(_main())
