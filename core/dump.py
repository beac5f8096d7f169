"""Rows of a table as lines of JSON, whichever engine they come from."""

import base64
import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Iterator

#: Rows that are fetched at a time.
ROWS = 1_000


def _plain(value):
    """A database value as JSON has it: bytes as {"$b64": …}, times as the text that SQLite keeps."""
    if isinstance(value, (bytes, memoryview)):
        return {"$b64": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return str(value)


@contextlib.contextmanager
def _cursor(connection, table: str):
    """All rows of a table, fetched as they are needed, whichever driver it is."""
    if isinstance(connection, sqlite3.Connection):
        with contextlib.closing(connection.execute(f'SELECT * FROM "{table}"')) as cursor:
            yield cursor
        return
    with connection.transaction(), connection.cursor(name="guanxi_backup") as cursor:
        cursor.itersize = ROWS
        cursor.execute(f'SELECT * FROM "{table}"')
        yield cursor


def lines_of(connection, table: str) -> Iterator[bytes]:
    """The rows of a table as lines of JSON; `connection` is the driver's own."""
    with _cursor(connection, table) as cursor:
        names = [column[0] for column in cursor.description]
        for row in cursor:
            line = json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=_plain)
            yield line.encode() + b"\n"
