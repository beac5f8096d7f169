"""`guanxi backup` and `guanxi restore`: one zip with the database, the attachments and plugins.toml, verified twice.

SQLite is copied page by page while it serves. PostgreSQL is written as JSON lines, one file a table, from one snapshot.
Either can be restored on either engine, which is also the way to move from one to the other.
"""

import base64
import contextlib
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

import peewee

from .assembly import build_of, ensure_connected, migrate, migrations_of
from .db import chunks, db, is_postgres, utcnow
from .dump import ROWS, lines_of
from .settings import ConfigError, Settings
from .storage import CHUNK, storage

FORMAT = 1
MANIFEST, SQLITE, TOML = "manifest.json", "guanxi.db", "plugins.toml"

#: Tables that a new database fills by itself, or that nobody would miss: rows there do not make it non-empty.
NOT_DATA = re.compile(r"core_(role|job|setting|session|sign_in|search.*)|\w+_migration")
#: The search index differs between the engines; it is made anew.
INDEX = re.compile(r"core_search(_fts.*)?")


class BackupError(ConfigError):
    """A backup that cannot be written, read or applied; one sentence with advice."""


# Writing


def backup(settings: Settings, target: Path) -> dict:
    """Write a backup while everything goes on, and read it again to be sure; its manifest. Raises BackupError."""
    if target.exists():
        raise BackupError(f"{target} exists already. Give another name, or move it away.")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".guanxi-") as folder:
            with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                os.chmod(partial, 0o600)  # it holds all that the firm knows
                manifest = _write(settings, archive, Path(folder))
            verify(partial)
            os.replace(partial, target)
    except (OSError, sqlite3.Error, peewee.DatabaseError) as error:
        why = getattr(error, "strerror", None) or str(error).strip()
        raise BackupError(
            f"The backup {target} cannot be written ({why}). Free some space, or name another folder."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def _write(settings: Settings, archive: zipfile.ZipFile, folder: Path) -> dict:
    from . import __version__

    sums: dict[str, str] = {}
    manifest = {
        "format": FORMAT,
        "guanxi": __version__,
        "at": utcnow().isoformat(),
        "engine": "postgres" if is_postgres() else "sqlite",
    }
    manifest |= (_write_postgres if is_postgres() else _write_sqlite)(archive, folder, sums)
    if settings.plugins_file.exists():
        _add(archive, TOML, [settings.plugins_file.read_bytes()], sums)
    _write_files(settings, archive, sums)
    manifest["sha256"] = sums
    archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def _add(archive, name: str, parts: Iterable[bytes], sums: dict) -> int:
    digest, count = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            count += 1
    sums[name] = digest.hexdigest()
    return count


def _add_file(archive, name: str, path: Path, sums: dict) -> None:
    with path.open("rb") as file:
        _add(archive, name, iter(lambda: file.read(1 << 20), b""), sums)


def _write_files(settings: Settings, archive, sums: dict) -> None:
    """The attachments, wherever they are stored, after the rows: no row is without its file. Thumbnails stay."""
    place = storage(settings)
    for key in sorted(place.all()):
        if "." in key:
            continue
        with contextlib.suppress(FileNotFoundError), place.open(key) as file:  # erased in this moment
            _add(archive, f"files/{key}", iter(lambda file=file: file.read(CHUNK), b""), sums)


def _write_sqlite(archive, folder: Path, sums: dict) -> dict:
    path = folder / SQLITE
    with contextlib.closing(sqlite3.connect(path)) as copy:
        db.connection().backup(copy)
        copy.execute("PRAGMA journal_mode=delete")  # one file, without a write-ahead log beside it
        state = _state(_run_on(copy))
    _add_file(archive, SQLITE, path, sums)
    return state


def _write_postgres(archive, folder: Path, sums: dict) -> dict:
    connection = db.connection()
    with db.atomic():
        db.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        state = _state(lambda sql: db.execute_sql(sql).fetchall())
        for table in state["tables"]:
            if not INDEX.fullmatch(table):
                state["tables"][table] = _add(archive, f"tables/{table}.jsonl", lines_of(connection, table), sums)
    return state


def _run_on(connection: sqlite3.Connection) -> Callable:
    return lambda sql: connection.execute(sql).fetchall()


def _state(run: Callable) -> dict:
    """Tables with row counts, migrations by plugin, and the keys given last, of the database that `run` asks."""
    postgres = is_postgres()
    names = [row[0] for row in run(_TABLES_POSTGRES if postgres else _TABLES_SQLITE)]
    counted = {name: run(f'SELECT count(*) FROM "{name}"')[0][0] for name in names}
    return {
        "tables": counted,
        "migrations": {
            name.removesuffix("_migration"): sorted(row[0] for row in run(f'SELECT name FROM "{name}"'))
            for name in names
            if name.endswith("_migration")
        },
        "keys": {name: last for name, last in run(_KEYS_POSTGRES if postgres else _KEYS_SQLITE) if last},
    }


_TABLES_SQLITE = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
_TABLES_POSTGRES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
_KEYS_SQLITE = "SELECT name, seq FROM sqlite_sequence"
_KEYS_POSTGRES = """
    SELECT t.relname, s.last_value FROM pg_sequences s JOIN pg_class q ON q.relname = s.sequencename
    JOIN pg_depend d ON d.objid = q.oid AND d.deptype IN ('a', 'i') JOIN pg_class t ON t.oid = d.refobjid
    WHERE s.schemaname = current_schema() AND q.relkind = 'S'"""


def verify(path: Path) -> dict:
    """The manifest of a backup whose every part is as it was written. Raises BackupError."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] > FORMAT:
                raise BackupError(f"{path} was written by Guanxi {manifest['guanxi']}. Install that version first.")
            names = set(archive.namelist()) - {MANIFEST}
            if names != set(manifest["sha256"]) or not all(map(_harmless, names)):
                raise BackupError(f"{path} has parts too many or too few. Use another backup.")
            for name, wanted in manifest["sha256"].items():
                with archive.open(name) as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != wanted:
                        raise BackupError(f"{path}: {name} is damaged. Use another backup.")
    except FileNotFoundError as error:
        raise BackupError(f"There is no file {path}. Check its name.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path} is not a backup of Guanxi, or it is damaged. Use another one.") from error
    return manifest


def _harmless(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return False
    return name in (SQLITE, TOML) or path.parts[0] == "files" or bool(re.fullmatch(r"tables/\w+\.jsonl", name))


# Restoring


def restore(settings: Settings, source: Path, force: bool = False, echo: Callable = print) -> dict:
    """Put back what a backup holds; its manifest. Raises BackupError, and then nothing has changed.

    A database with data in it is refused; with `force` a backup of it is written first.
    """
    manifest = verify(source)
    if _has_data():
        if not force:
            raise BackupError(
                "The database has data in it already. Name an empty one by GUANXI_DATABASE_URL or GUANXI_DATA, "
                "or add --force: then a backup of the present data is written first."
            )
        folder = settings.data / "backups"
        folder.mkdir(exist_ok=True)
        before = folder / f"before-restore-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S-%f}.zip"
        backup(settings, before)
        echo(f"The present data was copied to {before}")
    try:
        with tempfile.TemporaryDirectory(dir=settings.data, prefix=".restore-") as folder:
            place = Path(folder)
            with zipfile.ZipFile(source) as archive:
                archive.extractall(place)
            _restore_files(settings, place)
            _restore_database(settings, manifest, place)
            _restore_plugins(settings, place)
    except (OSError, sqlite3.Error, peewee.DatabaseError) as error:
        why = getattr(error, "strerror", None) or str(error).strip().partition("\n")[0]
        raise BackupError(f"{source} cannot be restored ({why}). Nothing was changed.") from error
    return manifest


def _has_data() -> bool:
    names = [name for name in db.get_tables() if not NOT_DATA.fullmatch(name)]
    return any(db.execute_sql(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in names)


def _restore_database(settings: Settings, manifest: dict, place: Path) -> None:
    if not is_postgres() and manifest["engine"] == "sqlite":
        _check_known(settings, manifest, place, exactly=False)
        _put_sqlite(place / SQLITE)
        return
    build = _check_known(settings, manifest, place, exactly=True)
    if is_postgres():
        with db.atomic():  # tables of PostgreSQL come and go in a transaction like rows
            for name in db.get_tables():
                db.execute_sql(f'DROP TABLE "{name}" CASCADE')
            _fill(build, manifest, place)
        return
    fresh = place / "fresh.db"
    beside = replace(settings, database_url=f"sqlite:///{fresh}")
    try:
        ensure_connected(beside)
        _fill(build_of(beside, build.names), manifest, place)
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        db.close()
        ensure_connected(settings)
    _put_sqlite(fresh)


def _put_sqlite(path: Path) -> None:
    """Copy a database over the one in use, in one transaction, so that a server that still runs sees it too."""
    with contextlib.closing(sqlite3.connect(path)) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise BackupError("The database in the backup is damaged. Use another backup.")
        copy.backup(db.connection())


def _check_known(settings: Settings, manifest: dict, place: Path, exactly: bool):
    """A build of every plugin whose tables the backup has. Raises BackupError when the code here does not fit."""
    from . import plugins

    found = plugins.discover(settings)
    tables = manifest["tables"]
    listed = plugins.enabled(place / TOML) if (place / TOML).exists() else []
    wanted = [n for n in found if n in listed or any(t.startswith(f"{n}_") for t in tables)]
    build = build_of(settings, wanted)
    known: dict[str, set] = {}
    for name, folder, _ in migrations_of(build):
        known[name] = {p.stem for p in folder.glob("[0-9]*.py")} if folder else set()
    for name, done in manifest["migrations"].items():
        newer = sorted(set(done) - known.get(name, set())) if name in known else []
        if newer:
            raise BackupError(
                f"The backup is newer than this program: {name} {newer[-1]} is unknown here. "
                f"Install Guanxi {manifest['guanxi']} and its modules first."
            )
        older = sorted(known.get(name, set()) - set(done))
        if exactly and older:
            raise BackupError(
                f"The backup is older than this program: it lacks {name} {older[0]}. Restore it on its own kind of "
                "database, run guanxi migrate, and write a new backup to move."
            )
    if exactly:
        ours = {m._meta.table_name for _, _, models in migrations_of(build) for m in models}
        ours |= {f"{name}_migration" for name in known}
        strange = [t for t in tables if t not in ours and not INDEX.fullmatch(t)]
        if strange:
            raise BackupError(
                f"No module that is installed here knows the table {strange[0]}. Install its module first."
            )
    return build


def _fill(build, manifest: dict, place: Path) -> None:
    """Make empty tables and put the backup's rows into them; then the search index."""
    migrate(build)
    tables = [t for t in manifest["tables"] if not INDEX.fullmatch(t)]
    with _without_foreign_keys(tables), db.atomic():
        for table in reversed(tables):
            db.execute_sql(f'DELETE FROM "{table}"')
        with _source(manifest, place) as rows_of:
            for table in tables:
                count = _load(table, rows_of(table))
                if count != manifest["tables"][table]:
                    raise BackupError(f"{table} has {count} rows of {manifest['tables'][table]}. Use another backup.")
        _set_keys(manifest["keys"], tables)
    _index(build)


@contextlib.contextmanager
def _source(manifest: dict, place: Path):
    """A function that gives a table's rows as dictionaries."""
    if manifest["engine"] == "postgres":

        def lines(table):
            with (place / "tables" / f"{table}.jsonl").open("rb") as file:
                yield from map(json.loads, file)

        yield lines
        return
    with contextlib.closing(sqlite3.connect(place / SQLITE)) as connection:
        yield lambda table: map(json.loads, lines_of(connection, table))


@contextlib.contextmanager
def _without_foreign_keys(tables: list[str]):
    """Rows may come in any order; at the end every one must point to something."""
    if not is_postgres():
        db.execute_sql("PRAGMA foreign_keys=0")
        try:
            yield
            broken = db.execute_sql("PRAGMA foreign_key_check").fetchone()
        finally:
            db.execute_sql("PRAGMA foreign_keys=1")
        if broken:
            raise BackupError(f"Rows of {broken[0]} in the backup point to nothing. Use another backup.")
        return
    keys = db.execute_sql(
        "SELECT r.relname, c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class r "
        "ON r.oid = c.conrelid WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace"
    ).fetchall()
    for table, name, _ in keys:
        db.execute_sql(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    yield
    for table, name, definition in keys:
        db.execute_sql(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {definition}')


def _load(table: str, rows: Iterable[dict]) -> int:
    """Insert rows into an empty table; how many."""
    columns = {c.name: c.data_type.lower() for c in db.get_columns(table)}
    mark = "%s" if is_postgres() else "?"
    count, sql, cursor = 0, "", db.connection().cursor()
    names: list[str] = []
    for chunk in chunks(rows, ROWS):
        if not names:
            names = list(chunk[0])
            if set(names) != set(columns):
                odd = sorted(set(names) ^ set(columns))
                raise BackupError(
                    f"{table}.{odd[0]} is in the backup or here, but not in both. Install the same version."
                )
            listed = ", ".join(f'"{n}"' for n in names)
            sql = f'INSERT INTO "{table}" ({listed}) VALUES ({", ".join([mark] * len(names))})'
        cursor.executemany(sql, [[_back(row[n], columns[n]) for n in names] for row in chunk])
        count += len(chunk)
    return count


def _back(value, kind: str):
    """A JSON value as the column wants it: SQLite keeps truth as 0 and 1."""
    if isinstance(value, dict) and "$b64" in value:
        return base64.b64decode(value["$b64"])
    if kind.startswith("bool") and value is not None:
        return bool(value)
    return value


def _set_keys(keys: dict[str, int], tables: list[str]) -> None:
    """Go on counting where the old database stopped, so that no key is given twice."""
    for table in tables:
        if table not in keys:
            continue
        if is_postgres():
            db.execute_sql("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (f'"{table}"', keys[table]))
        else:
            db.execute_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
            db.execute_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, keys[table]))


def _index(build) -> None:
    """Write the search index of everything."""
    from .app import create_app

    app = create_app(build.settings, build.names)
    with app.test_request_context():  # a record's name may need addresses
        for resource in app.extensions["guanxi"].resources.values():
            query = resource.model.select().where(resource.model.deleted_batch.is_null()).order_by(resource.model.id)
            last = 0
            while records := list(query.where(resource.model.id > last).limit(ROWS)):
                last = records[-1].id
                resource.load_parts(records)
                resource.load_links(records)
                with db.atomic():
                    resource.index(records)


def _restore_files(settings: Settings, place: Path) -> None:
    """Attachments, first: a name always means the same bytes, so what is there stays, and what is not is added."""
    for path in sorted((place / "files").rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                storage(settings).add(path.relative_to(place / "files").as_posix(), file)


def _restore_plugins(settings: Settings, place: Path) -> None:
    """plugins.toml, last: all that could fail has been done. What it replaces is kept aside."""
    if not (place / TOML).exists():
        return
    target = settings.plugins_file
    content = (place / TOML).read_bytes()
    if target.exists() and target.read_bytes() != content:
        kept = settings.data / "backups" / f"replaced-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S-%f}"
        kept.mkdir(parents=True, exist_ok=True)
        shutil.copy2(target, kept / TOML)
    beside = target.with_name(f".{target.name}.restore")
    beside.write_bytes(content)
    os.replace(beside, target)  # a server that runs builds its app anew
