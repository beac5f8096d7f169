"""Databases that are filled once per process and put back for each test: `prepared("postgres", key, fill, file)`.

    def test_…(prepared, tmp_path):
        url = prepared("sqlite", "my firm", fill, tmp_path / "guanxi.db")  # as fill(url) left it

Filling takes seconds (tables, people, modules), putting back takes hundredths of one.
"""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Hashable
from contextlib import closing
from pathlib import Path

import pytest

from core.db import db

ENGINES = ("sqlite", "postgres")
#: What the tables are: any CREATE, ALTER, DROP or TRUNCATE makes it another.
SHAPE = """
SELECT md5(string_agg(concat_ws(' ', oid, relname, relfilenode, relnatts, relchecks), ',' ORDER BY oid)),
    (SELECT md5(string_agg(oid::text, ',' ORDER BY oid)) FROM pg_attrdef)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


class Kept:
    """A database on our PostgreSQL with a memory of what was in it: `put_back()`, then it is at `url`.

    Rows are put back in place, which takes a tenth of the time of a new database. Only when a test has changed the
    tables themselves the database is copied anew.
    """

    def __init__(self, postgres, fill: Callable[[str], None]):
        self.postgres, self.name = postgres, f"kept_{uuid.uuid4().hex[:12]}"
        self.url = postgres.get_uri(database=self.name)
        self._on_server(f"CREATE DATABASE {self.name}")
        fill(self.url)
        with _connected(self.url) as connection:
            _remember(connection)
            self.shape = connection.execute(SHAPE).fetchone()
        self._on_server(_ALONE.format(self.name), f"CREATE DATABASE {self.name}_first TEMPLATE {self.name}")
        self.connection = _connected(self.url)

    def put_back(self) -> None:
        """Give back the tables and rows of the beginning. Whoever is still connected is thrown out."""
        self.connection.execute(_ALONE.format(self.name))
        if self.connection.execute(SHAPE).fetchone() == self.shape:
            self.connection.execute("CALL first.put_back()")
            return
        self.connection.close()
        self._on_server(
            f"DROP DATABASE {self.name} WITH (FORCE)", f"CREATE DATABASE {self.name} TEMPLATE {self.name}_first"
        )
        self.connection = _connected(self.url)
        self.shape = self.connection.execute(SHAPE).fetchone()

    def _on_server(self, *statements: str) -> None:
        with _connected(self.postgres.get_uri()) as server:
            for statement in statements:
                server.execute(statement)


_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()"


def _connected(url: str):
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _remember(connection) -> None:
    """Copy all rows into the schema `first`, and write the procedure that brings them back."""
    connection.execute("CREATE SCHEMA first")
    steps = ["SET LOCAL session_replication_role = replica;"]  # no trigger, no foreign key is looked at
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    for (table,) in tables:
        connection.execute(f"CREATE TABLE first.{table} AS SELECT * FROM public.{table}")
        steps.append(f"DELETE FROM public.{table};")
        if connection.execute(f"SELECT count(*) FROM first.{table}").fetchone()[0]:
            steps.append(f"INSERT INTO public.{table} SELECT * FROM first.{table};")
    sequences = connection.execute(
        "SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL "
        "FROM pg_sequences WHERE schemaname = 'public'"
    )
    for sequence, value, called in sequences.fetchall():
        steps.append(f"PERFORM setval('public.{sequence}', {value}, {called});")
    body = "\n".join(steps)
    connection.execute(f"CREATE PROCEDURE first.put_back() LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$")


@pytest.fixture(scope="session")
def prepared(request, tmp_path_factory):
    """Make databases ready: `prepared(engine, key, fill, file)` is the URL of one in which all is as `fill(url)` left.

    `fill` is called once per process for each key. On SQLite the database is `file`, a copy; on PostgreSQL `file` is of
    no use, and a second call with the same key takes away what the first one gave.
    """
    files, kept = {}, {}

    def copy_of(key, fill, file):
        if key not in files:
            first = tmp_path_factory.mktemp("prepared") / "first.db"
            fill(f"sqlite:///{first}")
            with closing(sqlite3.connect(first)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            files[key] = first
        for end in ("-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        shutil.copyfile(files[key], file)
        return f"sqlite:///{file}"

    def ready(engine: str, key: Hashable, fill: Callable[[str], None], file: Path) -> str:
        if db.obj is not None and not db.is_closed():
            db.close()  # of the test before; to the same database, it would be taken for a good one
        if engine == "sqlite":
            return copy_of(key, fill, file)
        if key not in kept:
            kept[key] = Kept(request.getfixturevalue("postgres"), fill)
        kept[key].put_back()
        return kept[key].url

    yield ready
    for database in kept.values():
        database.connection.close()
