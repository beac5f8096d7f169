"""Import beside its floor: `executemany` of the rows that the import wrote, into all the tables that it filled."""

import csv
import io
import random
import shutil
import time
from pathlib import Path

from core.app import create_app, ensure_connected
from core.db import db
from core.exchange.importer import Importer, look, plan_for
from core.exchange.readers import open_table
from core.users import SYSTEM

from . import data

COLUMNS = ("Name", "Job title", "Company", "E-mail", "Phone", "City", "Tags", "Note")


def people(count: int) -> bytes:
    """A CSV file of people whom the database does not have, with their firms, tags and a note."""
    rng = random.Random(7)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for i in range(count):
        person = data._contact(rng, 5 * i + 1)
        columns = person["columns"]
        writer.writerow(
            [
                columns["name"],
                columns["job_title"],
                f"Import {i % (count // 20 + 1)} Ltd",
                f"import{i}@bench{i % 100}.example",
                f"139{i:08d}",
                person["city"],
                ", ".join(person["tags"]),
                data.SAID[i % len(data.SAID)],
            ]
        )
    return text.getvalue().encode()


def measure(folder: Path, source: Path, quick: bool) -> dict:
    """Rows of the file per second, imported and by the floor, each into a fresh copy of the database `source`."""
    count = 1_000 if quick else 10_000
    file = people(count)
    settings = data.settings_for(folder)
    copy = folder / "guanxi.db"
    _fresh(source, copy)
    app = create_app(settings)
    before = _last_rows()
    with app.app_context():
        build = app.extensions["guanxi"]
        began = time.perf_counter()
        table = open_table(io.BytesIO(file), "people.csv", max_bytes=100_000_000)
        contacts = build.resources["contacts"]
        importer = Importer(build, contacts, SYSTEM, table, plan_for(contacts, table, look(contacts, table).samples))
        result = importer.run(importer.open("people.csv"))
        seconds = time.perf_counter() - began
    assert result.created > count * 0.9, result
    written = _new_rows(before)
    _fresh(source, copy)
    ensure_connected(settings)
    began = time.perf_counter()
    with db.atomic():
        for name, (columns, rows) in written.items():
            marks = ", ".join("?" * len(columns))
            names = ", ".join(f'"{c}"' for c in columns)
            db.cursor().executemany(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', rows)
    floor = time.perf_counter() - began
    db.close()
    return {
        "rows": count,
        "rows_per_second": round(count / seconds, 1),
        "floor_rows_per_second": round(count / floor, 1),
        "times_floor": round(seconds / floor, 2),
        "tables": {name: len(rows) for name, (_, rows) in written.items()},
    }


def _fresh(source: Path, copy: Path) -> None:
    db.close()
    for old in copy.parent.glob("guanxi.db*"):
        old.unlink()
    shutil.copy(source, copy)


def _last_rows() -> dict[str, int]:
    """The last row of every table, but for those that the full-text index keeps for itself."""
    names = db.execute_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%_fts%'"
    ).fetchall()
    return {name: db.execute_sql(f'SELECT COALESCE(MAX(rowid), 0) FROM "{name}"').fetchone()[0] for (name,) in names}


def _new_rows(before: dict[str, int]) -> dict[str, tuple[list[str], list[tuple]]]:
    """Table → its columns and the rows that are new; the full-text index's are those of the table that it indexes."""
    found = {}
    for name, last in before.items():
        cursor = db.execute_sql(f'SELECT * FROM "{name}" WHERE rowid > ? ORDER BY rowid', (last,))
        columns, rows = [column[0] for column in cursor.description], cursor.fetchall()
        if rows:
            found[name] = columns, rows
    words = db.execute_sql(
        "SELECT id, words, scope FROM core_search WHERE id > ? ORDER BY id", (before["core_search"],)
    )
    found["core_search_fts"] = ["rowid", "words", "scope"], words.fetchall()
    return found
