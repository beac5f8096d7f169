"""`python -m bench.merge`: a merge of two contacts with many timeline entries, and its undo, beside the bare SQL.

The bare SQL moves the same rows in one transaction: by the contact for the merge, by their ids for the undo.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click

from core.app import build_of, create_app, ensure_connected, migrate
from core.contacts import Contact
from core.db import db, insert_rows, run
from core.journal import Batch
from core.merge import merge
from core.settings import Settings
from core.timeline import Entry
from core.undo import undo
from core.users import SYSTEM


def timed(function) -> float:
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) * 1000


def fill(build, count: int) -> tuple[Contact, Contact]:
    """Two contacts with `count` entries each."""
    contacts, both = build.resources["contacts"], []
    for name in ("Zhang Wei", "Zhang Wei 2"):
        both.append(contacts.new(SYSTEM))
        contacts.save(SYSTEM, both[-1], {"name": name})
    blank = Entry(text="A note of a usual length, which is not much longer than this line.")
    columns = [f for f in Entry._meta.sorted_fields if f.name != "id"]
    with db.atomic():
        for contact in both:
            row = {f.column_name: f.db_value(getattr(blank, f.column_name)) for f in columns}
            row["contact_id"] = contact.id
            days = (f"{2015 + i % 10}-{i % 12 + 1:02}-{i % 28 + 1:02} {i % 24:02}:00:00" for i in range(count))
            insert_rows(Entry, list(row), [tuple((row | {"at": day}).values()) for day in days])
    return tuple(both)


def bare(one: int, other: int) -> tuple[float, float]:
    """Milliseconds of the bare SQL there and back."""
    ids = [i for (i,) in run("SELECT id FROM core_entry WHERE contact_id = ?", other).fetchall()]

    def there():
        with db.atomic():
            run("UPDATE core_entry SET contact_id = ? WHERE contact_id = ?", one, other)

    def back():
        with db.atomic():
            run("UPDATE core_entry SET contact_id = ? WHERE id = ANY(?)", other, ids)

    return timed(there), timed(back)


def ours(build, one: int, other: int) -> tuple[float, float]:
    """Milliseconds of a merge and of its undo."""
    survivor, gone = Contact.get_by_id(one), Contact.get_by_id(other)
    made = []
    there = timed(lambda: made.append(merge(build, SYSTEM, survivor, [gone])))
    back = timed(lambda: undo(build, SYSTEM, Batch.get_by_id(made[0].id)))
    return there, back


@click.command()
@click.option("--entries", default=10_000, show_default=True, help="Entries of each contact.")
@click.option("--rounds", default=7, show_default=True)
@click.option("--url", default="", help="A database to use; by default SQLite in a temporary folder.")
def main(entries, rounds, url):
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        plugins = Path(folder) / "plugins.toml"
        plugins.write_text('enabled = ["duplicates", "tasks"]\n')
        settings = replace(
            Settings.from_env(),
            data=Path(folder),
            plugins_file=plugins,
            database_url=url or f"sqlite:///{folder}/bench.db",
        )
        ensure_connected(settings)
        migrate(build_of(settings))
        app = create_app(settings)
        with app.app_context():
            build = app.extensions["guanxi"]
            one, other = fill(build, entries)
            runs = [(*bare(one.id, other.id), *ours(build, one.id, other.id)) for _ in range(rounds)]
        db.close()
    floor, floor_back, mine, mine_back = (statistics.median(column) for column in zip(*runs, strict=True))
    click.echo(f"Two contacts with {entries:,} entries each, median of {rounds} rounds in one run, milliseconds.\n")
    click.echo("| | bare SQL | Guanxi | ratio |\n|---|---|---|---|")
    click.echo(f"| merge | {floor:.0f} | {mine:.0f} | {mine / floor:.2f} |")
    click.echo(f"| undo | {floor_back:.0f} | {mine_back:.0f} | {mine_back / floor_back:.2f} |")


if __name__ == "__main__":
    main()
