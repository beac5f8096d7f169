"""The database handle, the base of all tables, and each plugin's migrations.

Embedded SQLite by default, PostgreSQL by URL; the rest of the code says `db.atomic()`, around writes only.
"""

import datetime as dt
import json
import re
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path

import peewee
from peewee import SQL, DatabaseProxy, Model, NodeList
from playhouse import db_url
from playhouse.migrations import Runner

from .settings import ConfigError

#: The one piece of module-level state: the handle that every Record is bound to.
db = DatabaseProxy()


def connect(url: str) -> peewee.Database:
    """Open `url` (`sqlite:///file` or `postgresql://…`) and bind `db` to it. Raises ConfigError with advice."""
    try:
        if url.startswith("sqlite"):
            # IMMEDIATE: a deferred transaction that reads and then writes fails at once when another one writes.
            handle = db_url.connect(
                url,
                lock_type="IMMEDIATE",
                pragmas={"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": "normal"},
            )
        elif url.startswith("postgres"):
            handle = db_url.connect(url, prefer_psycopg3=True)
        else:
            raise ValueError("it starts with neither sqlite:/// nor postgresql://")
        if db.obj is not None and not db.obj.is_closed():
            db.obj.close()
        db.initialize(handle)
        handle.connect(reuse_if_open=True)
        handle.execute_sql("SELECT 1")
    except (ValueError, RuntimeError) as error:
        raise ConfigError(f"GUANXI_DATABASE_URL cannot be used: {error}.") from error
    except peewee.DatabaseError as error:
        why = str(error).strip().partition("\n")[0]
        raise ConfigError(f"The database does not open ({why}). {_advice(str(error))}") from error
    return handle


def _advice(message: str) -> str:
    if "unable to open" in message:
        return "Check that the folder in GUANXI_DATABASE_URL exists and can be written."
    if "not a database" in message:
        return "The file is not a SQLite database: restore a backup, or move it away to start afresh."
    if "locked" in message:
        return "Another program holds it: close that program and try again."
    if "full" in message:
        return "The disk is full: free some space and try again; nothing was lost."
    return "Check that the server runs and that GUANXI_DATABASE_URL names it rightly."


def is_postgres(database=None) -> bool:
    """Whether the handle (default: the one in use) talks to PostgreSQL."""
    database = database or db
    return isinstance(getattr(database, "obj", database), peewee.PostgresqlDatabase)


def renew_statistics() -> None:
    """Let SQLite look at some rows of each index, so that it chooses between them; PostgreSQL does so by itself.

    About a second at a million contacts. (`PRAGMA optimize` looks only at tables that its own connection read.)
    """
    if not is_postgres():
        db.execute_sql("PRAGMA analysis_limit = 1000")
        db.execute_sql("ANALYZE")


def utcnow() -> dt.datetime:
    """Now, in UTC, to the second: what every stored time is made of."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


class Id(peewee.AutoField):
    """A key that is never given twice, so that the journal's ids stay true after rows have gone for good."""

    def ddl(self, ctx):
        node = super().ddl(ctx)
        return node if is_postgres(self.model._meta.database) else NodeList((node, SQL("AUTOINCREMENT")))


@lru_cache(1024)
def _stored(value: dt.datetime) -> str:
    """A point in time as it is stored; a batch has the same one in thousands of rows."""
    if value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return value.replace(microsecond=0).isoformat(" ")


class Instant(peewee.DateTimeField):
    """A point in time, stored in UTC without a zone, given back as an aware datetime in UTC."""

    def db_value(self, value):
        if isinstance(value, dt.datetime):
            return _stored(value)
        return value

    def python_value(self, value):
        if isinstance(value, str):
            value = dt.datetime.fromisoformat(value)
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


class Json(peewee.TextField):
    """A JSON document kept as text, alike on both engines."""

    def db_value(self, value):
        if value in ({}, []):  # most documents are
            return "{}" if value == {} else "[]"
        return value if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value):
        if value == "{}":  # most custom fields, of most records
            return {}
        return value if value is None else json.loads(value)


class Key(peewee.TextField):
    """Text that is compared byte by byte (sort keys, normalised values), whatever the database's own collation."""

    def ddl_datatype(self, ctx):
        return SQL('TEXT COLLATE "C"') if is_postgres(self.model._meta.database) else SQL("TEXT")


def plugin_of(module: str) -> str:
    """The plugin of a Python module: `plugins.sales.models` → sales, `guanxi_wine` → wine, `core.x` → core."""
    top, _, rest = module.partition(".")
    if top == "plugins":
        return rest.partition(".")[0]
    return top.removeprefix("guanxi_")


def snake(name: str) -> str:
    """CamelCase → camel_case."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Base(Model):
    """A table of ours: named `<plugin>_<model>`. What people work with derives from `record.Record` instead."""

    id = Id()

    class Meta:
        database = db
        legacy_table_names = False

        def table_function(model):
            return f"{plugin_of(model.__module__)}_{snake(model.__name__)}"


def records(*queries) -> list:
    """The rows of a query for whole records of one table (`Model.select().where(…)`), read at once; of several, one
    after the other, asked at once.

    Several times as fast as peewee's own loop, which sets every column of every row through a descriptor, and writes
    the list of columns anew for every query.
    """
    model, whole = queries[0].model, [query.clone() for query in queries]
    for query in whole:
        query._returning = (SQL(columns_sql(model, '"t1"')),)
    if len(whole) == 1:
        return [record_of(model, row) for row in db.execute(whole[0]).fetchall()]
    parts = [query.sql() for query in whole]
    text = " UNION ALL ".join(f"SELECT * FROM ({sql}) AS part" for sql, _ in parts)
    rows = db.execute_sql(text, [value for _, values in parts for value in values]).fetchall()
    return [record_of(model, row) for row in rows]


def listed(values) -> SQL:
    """Ids, or texts, for `column << listed(values)`: a few hundred take peewee's own way longer than their query."""
    values = list(values)
    if all(isinstance(value, int) for value in values):
        return SQL(f"({', '.join(map(str, values)) or 'NULL'})")
    return SQL(f"({', '.join([db.param] * len(values))})", values)


def chunks(items, size: int) -> Iterator[list]:
    """The items in lists of at most `size`; peewee's own costs as much for one item as for `size` of them."""
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


def records_by_id(model, ids) -> list:
    """Whole records of one table by their ids, in no order. The SQL is plain, since every page asks this."""
    found = []
    for chunk in chunks(ids, 900):
        marks = ", ".join([db.param] * len(chunk))
        rows = db.execute_sql(f'{_select(model)} WHERE "id" IN ({marks})', chunk).fetchall()
        found += [record_of(model, row) for row in rows]
    return found


@lru_cache
def _select(model) -> str:
    table = model._meta.table_name
    return f'SELECT {columns_sql(model, chr(34) + table + chr(34))} FROM "{table}"'


def record_of(model, row):
    """A record of a row that has all columns of `columns_sql`."""
    names, converters = _columns(model)
    record = model.__new__(model)
    record.__data__ = values = dict(zip(names, row, strict=True))
    record.__rel__, record._dirty = {}, set()
    for name, convert in converters:
        if values[name] is not None:
            values[name] = convert(values[name])
    return record


@lru_cache
def columns_sql(model, alias: str) -> str:
    """All columns of a table, for the selection of a query where it has this alias."""
    return ", ".join(f'{alias}."{f.column_name}"' for f in model._meta.sorted_fields)


@lru_cache
def _columns(model) -> tuple[tuple[str, ...], tuple]:
    """Names of a table's fields in order, and `(name, function)` of those whose values are not taken as they come."""
    plain = (peewee.IntegerField, peewee.TextField, peewee.CharField, peewee.ForeignKeyField)
    as_it_comes = (peewee.Field.python_value, peewee.ForeignKeyField.python_value)
    fields = model._meta.sorted_fields
    converted = (f for f in fields if not (isinstance(f, plain) and type(f).python_value in as_it_comes))
    return tuple(f.name for f in fields), tuple((f.name, f.python_value) for f in converted)


class Values:
    """The different texts in an indexed column, looked up every ten seconds; of what this process writes it hears.

    For a column with few of them, whose use never shows more when it is known late.
    """

    PAUSE = 10

    def __init__(self, field):
        self._field, self._known = field, set()
        self._looked_at: float | None = None

    def all(self) -> set[str]:
        """The values; "" is none."""
        if self._looked_at is None or time.monotonic() - self._looked_at > self.PAUSE:
            # Walks the index from one value to the next; DISTINCT would read every row.
            column = self._field.column_name
            of = f'SELECT MIN({column}) FROM "{self._field.model._meta.table_name}" WHERE'
            rows = db.execute_sql(
                f"WITH RECURSIVE p(v) AS ({of} {column} <> '' UNION ALL SELECT ({of} {column} <> '' AND {column} > p.v)"
                " FROM p WHERE p.v IS NOT NULL) SELECT v FROM p WHERE v IS NOT NULL"
            )
            self._known, self._looked_at = {v for (v,) in rows}, time.monotonic()
        return self._known

    def add(self, value: str) -> None:
        """This value was written here: nobody need wait for the next look."""
        self._known.add(value)


def new_ids(model: type[Base], count: int) -> list[int]:
    """Reserve `count` keys of a table inside the running write transaction, so that a batch knows its ids at once."""
    table = model._meta.table_name
    if is_postgres():
        cursor = db.execute_sql(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", (f'"{table}"', count)
        )
        return [row[0] for row in cursor.fetchall()]
    # The write lock is held (IMMEDIATE), so nobody else can take the numbers that follow.
    row = db.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    first = (row[0] if row else 0) + 1
    return list(range(first, first + count))


def hold(name: str) -> None:
    """Keep a name until the running transaction ends: whoever asks for the same one waits.

    For rules over several rows, which another transaction must not break meanwhile: hold, then look, then write.
    """
    if is_postgres():  # SQLite has one writer at a time
        db.execute_sql("SELECT pg_advisory_xact_lock(%s)", (zlib.crc32(name.encode()),))


def insert_rows(model: type[Base], columns: list[str], rows: list[tuple]) -> None:
    """Insert many rows of raw values in few statements, in the caller's transaction."""
    fields = [
        model._meta.columns[name] if name in model._meta.columns else model._meta.fields[name] for name in columns
    ]
    names = ", ".join(f'"{f.column_name}"' for f in fields)
    mark = "%s" if is_postgres() else "?"
    _many(f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({", ".join([mark] * len(fields))})', rows)


def update_rows(model: type[Base], columns: Sequence[str], rows: list[tuple]) -> int:
    """Write many rows that change the same columns in one go, in the caller's transaction; how many were written.

    A row is its raw values, its id, and the version that it must still have; the version goes up by one.
    """
    mark = "%s" if is_postgres() else "?"
    changes = ", ".join([*(f'"{column}" = {mark}' for column in columns), '"version" = "version" + 1'])
    return _many(f'UPDATE "{model._meta.table_name}" SET {changes} WHERE "id" = {mark} AND "version" = {mark}', rows)


def _many(sql: str, rows: list[tuple]) -> int:
    """Run a statement once for each row; how many rows it touched. Logged as peewee logs its own."""
    peewee.logger.debug((sql, rows))
    cursor = db.cursor()
    try:
        cursor.executemany(sql, rows)
    except Exception as error:
        _reraise(error)
    return cursor.rowcount


def pointing_to(table: str) -> list[tuple[str, str]]:
    """`(table, column)` of every foreign key to `table`, from the database's own catalogue.

    So a module that is off, or one that is not even installed any more, takes part in merges and erasure.
    """
    if is_postgres():
        rows = db.execute_sql(
            "SELECT c.relname, a.attname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
            " JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)"
            " WHERE k.contype = 'f' AND k.confrelid = %s::regclass ORDER BY 1, 2",
            (f'"{table}"',),
        )
    else:
        rows = db.execute_sql(
            'SELECT m.name, f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f'
            " WHERE m.type = 'table' AND f.\"table\" = ? ORDER BY 1, 2",
            (table,),
        )
    return [tuple(row) for row in rows.fetchall()]


def tables_with(*columns: str) -> list[str]:
    """The tables that have all these columns, from the database's own catalogue."""
    if is_postgres():
        sql = (
            "SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema()"
            f" AND column_name IN ({', '.join(['%s'] * len(columns))}) GROUP BY 1 HAVING count(*) = %s ORDER BY 1"
        )
    else:
        sql = (
            "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
            f" AND c.name IN ({', '.join('?' * len(columns))}) GROUP BY 1 HAVING count(*) = ? ORDER BY 1"
        )
    return [name for (name,) in db.execute_sql(sql, (*columns, len(columns))).fetchall()]


def run(sql: str, *values):
    """Execute SQL with `?` for values and `= ANY(?)` for a list of numbers, on either engine; the cursor."""
    if is_postgres():
        return db.execute_sql(sql.replace("?", "%s"), values)
    values = tuple(json.dumps(v) if isinstance(v, list) else v for v in values)
    return db.execute_sql(sql.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))"), values)


def _reraise(error: Exception):
    """Errors of the driver as peewee's own, as `execute_sql` would give them."""
    for base in type(error).__mro__:  # psycopg's UniqueViolation is an IntegrityError
        cls = getattr(peewee, base.__name__, None)
        if isinstance(cls, type) and issubclass(cls, peewee.PeeweeException):
            raise cls(*error.args) from error
    raise error


# Migrations


class OldCode(ConfigError):
    """The database has seen migrations that this code does not know."""


def core_migrations() -> Path | None:
    """Core's own migrations."""
    folder = Path(__file__).parent / "migrations"
    return folder if folder.is_dir() else None


def runner(plugin: str, folder: Path) -> Runner:
    return Runner(db.obj, str(folder), table_name=f"{plugin}_migration")


def pending(plugin: str, folder: Path | None, models: list[type[Base]]) -> list[str]:
    """What `migrate` would do, in words; empty when the tables are as the code expects them.

    Raises OldCode when the database is newer than the code.
    """
    if folder is None:
        return _missing(models)
    status = runner(plugin, folder).status()
    unknown = [m.name for m in status if m.path is None]
    if unknown:
        raise OldCode(
            f"The database is newer than this program: {plugin} {unknown[-1]} is unknown here. "
            "Install the newer version again, or restore the backup from before the upgrade."
        )
    return [m.name for m in status if m.applied is None]


def migrate(plugin: str, folder: Path | None, models: list[type[Base]]) -> list[str]:
    """Bring a plugin's tables up to date; the names of what was done. Raises ConfigError with advice."""
    if folder is None:
        done = _missing(models)
        _add(models)
        return done
    pending(plugin, folder, models)
    done = runner(plugin, folder).up()
    if done and not is_postgres():
        broken = db.execute_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise ConfigError(
                f"{plugin}: after {done[-1]} rows of {broken[0][0]} point to nothing. Restore the backup."
            )
    return done


def _missing(models) -> list[str]:
    """Tables and columns that the models have and the database lacks. Raises ConfigError for what is not additive."""
    wanted = []
    for model in models:
        table = model._meta.table_name
        if not db.table_exists(table):
            wanted.append(f"create {table}")
            continue
        columns = {c.name: c for c in db.get_columns(table)}
        have, need = set(columns), set(model._meta.columns)
        for name in sorted(need & have):
            old, new = _family(columns[name].data_type), _family(_datatype(model._meta.columns[name]))
            if old != new:
                raise ConfigError(f"{table}.{name} is {old} in the database and {new} in the code. {BY_HAND}")
        for name in sorted(have - need):
            if not columns[name].null and columns[name].default is None:
                raise ConfigError(
                    f"{table}.{name} is gone from the code, but the database wants a value for it in each new row. "
                    f"Keep the field. {BY_HAND}"
                )
        wanted += [f"add {table}.{name}" for name in sorted(need - have)]
        for name in sorted(need - have):
            field = model._meta.columns[name]
            if not field.null and field.default is None:
                raise ConfigError(
                    f"{table}.{name} is new and may not be empty, but old rows have no value for it. "
                    f"Give it a default. {BY_HAND}"
                )
    return wanted


BY_HAND = "Or write a migration by hand, into the file that this makes: guanxi plugins migration NAME --empty"


def _datatype(field) -> str:
    """A field's type as the engine in use calls it."""
    context = field.model._meta.database.get_sql_context()
    return context.sql(field.ddl_datatype(context)).query()[0]


def _family(datatype: str) -> str:
    """What a column holds, in one word for both engines: lengths and spellings of a type do not matter."""
    name = datatype.lower()
    for family, marks in (
        ("big integer", ("bigint", "bigserial")),
        ("integer", ("int", "serial")),
        ("yes or no", ("bool",)),
        ("text", ("char", "text")),
        ("a decimal", ("decimal", "numeric")),
        ("a time", ("timestamp", "datetime")),
        ("a date", ("date",)),
    ):
        if any(mark in name for mark in marks):
            return family
    return name


def _add(models) -> None:
    for model in peewee.sort_models(models):
        table = model._meta.table_name
        if not db.table_exists(table):
            db.create_tables([model], safe=False)
            continue
        have = {c.name for c in db.get_columns(table)}
        for name, field in model._meta.columns.items():
            if name not in have:
                for sql in add_column(model, field):
                    db.execute_sql(sql)
        have_indexes = {i.name for i in db.get_indexes(table)}
        for index in model._meta.fields_to_index():
            if index._name not in have_indexes:
                db.execute(index)


def add_column(model, field, engine: str = "") -> list[str]:
    """The statements that add one column to an existing table, its default and index included."""
    default = field.default() if callable(field.default) else field.default
    postgres = engine == "postgres" if engine else is_postgres()
    ddl = model._meta.database.get_sql_context().sql(field.ddl(model._meta.database.get_sql_context())).query()[0]
    if default is not None:
        ddl += f" DEFAULT {_literal(field.db_value(default), postgres)}"
    found = [f'ALTER TABLE "{model._meta.table_name}" ADD COLUMN {ddl}']
    for index in model._meta.fields_to_index():
        if [getattr(e, "name", None) for e in getattr(index, "_expressions", ())] == [field.name]:
            found.append(model._meta.database.get_sql_context().sql(index).query()[0])
    return found


def _literal(value, postgres: bool) -> str:
    if isinstance(value, bool):
        return ("true" if value else "false") if postgres else str(int(value))
    if isinstance(value, (int, float)):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def run_statements(database, sqlite: list[str], postgres: list[str]) -> None:
    """For migrations: run the statements of the engine in use."""
    for statement in postgres if is_postgres(database) else sqlite:
        database.execute_sql(statement)


@contextmanager
def speaking(engine: str, models):
    """Bind models to an unconnected database of `engine` (sqlite, postgres), to render its DDL."""
    if engine == "postgres":
        handle = peewee.PostgresqlDatabase(None, prefer_psycopg3=True)
    else:
        handle = peewee.SqliteDatabase(None)
    with handle.bind_ctx(models, bind_refs=False, bind_backrefs=False):
        yield handle


def ddl(models, engine: str) -> list[str]:
    """The statements that create these models' tables and indexes on an engine, in order."""
    statements = []
    with speaking(engine, models):
        for model in peewee.sort_models(models):
            schema = model._schema
            statements.append(schema._create_table(safe=False).query()[0])
            statements += [ctx.query()[0] for ctx in schema._create_indexes(safe=False)]
    return statements
