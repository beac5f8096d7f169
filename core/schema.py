"""What a database's tables are like, read from its own catalogue: so that two of them can be compared."""

from __future__ import annotations

import re

import peewee

from .db import is_postgres


def describe(database: peewee.Database, tables: list[str]) -> dict[str, dict[str, str]]:
    """`{table: {what: how}}`: columns with type, NULL, default and key, indexes and foreign keys, order aside."""
    read = _postgres if is_postgres(database) else _sqlite
    return {table: read(database, table) for table in tables}


def _sqlite(database, table: str) -> dict[str, str]:
    found = {}
    for _, name, kind, notnull, default, key in database.execute_sql(f'PRAGMA table_info("{table}")').fetchall():
        found[f"column {name}"] = _column(kind, notnull, default, key)
    for row in database.execute_sql(f'PRAGMA foreign_key_list("{table}")').fetchall():
        found[f"foreign key {row[3]}"] = f"{row[2]}.{row[4]} update {row[5]} delete {row[6]}"
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
    for name, sql in database.execute_sql(query, (table,)).fetchall():
        found[f"index {name}"] = _plain(sql)
    for _, name, _, origin, _ in database.execute_sql(f'PRAGMA index_list("{table}")').fetchall():
        if origin == "u":  # of a UNIQUE in the table's own text
            columns = database.execute_sql(f'PRAGMA index_info("{name}")').fetchall()
            found[f"unique {', '.join(c[2] for c in columns)}"] = "yes"
    sql = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if sql:
        found["keys are never given twice"] = str("AUTOINCREMENT" in sql[0].upper())
    return found


def _postgres(database, table: str) -> dict[str, str]:
    found = {}
    columns = """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid),
            (SELECT collname FROM pg_collation c JOIN pg_type t ON t.oid = a.atttypid
                WHERE c.oid = a.attcollation AND c.oid <> t.typcollation)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    """
    for name, kind, notnull, default, collation in database.execute_sql(columns, (f'"{table}"',)).fetchall():
        if collation:
            kind += f" collate {collation}"
        found[f"column {name}"] = _column(kind, notnull, default, "")
    constraints = (
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = to_regclass(%s) AND contype <> 'n'"
    )
    for name, text in database.execute_sql(constraints, (f'"{table}"',)).fetchall():
        # A foreign key's own name follows from the table's at the time it was made: what it says is what counts.
        found[f"constraint {text}" if "FOREIGN" in text else f"constraint {name}"] = text
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s"
    for name, text in database.execute_sql(indexes, (table,)).fetchall():
        found[f"index {name}"] = _plain(text)
    return found


def _column(kind, notnull, default, key) -> str:
    parts = [kind.lower(), "not null" if notnull else "null"]
    if default is not None:
        parts.append(f"default {default}")
    if key:
        parts.append("key")
    return " ".join(parts)


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql.replace("IF NOT EXISTS ", "")).strip()


def differences(migrated: dict, modelled: dict, models: list) -> list[str]:
    """How tables made by migrations differ from tables made from models, in words; empty when they are the same.

    A default in the database is right when the model has the same one: `ADD COLUMN … NOT NULL` cannot do without.
    """
    by_table = {m._meta.table_name: m for m in models}
    found = []
    for table, wanted in modelled.items():
        have = migrated.get(table, {})
        if not any(what.startswith("column") for what in have):
            found.append(f"{table}: the migrations make no such table")
            continue
        for what in sorted(wanted.keys() | have.keys()):
            a, b = have.get(what), wanted.get(what)
            if a == b or (a and b and what.startswith("column") and _without_default(a, by_table[table], what) == b):
                continue
            found.append(f"{table} {what}: {a or 'missing'} by migrations, {b or 'missing'} by models")
    return found


def _without_default(said: str, model, what: str) -> str:
    match = re.fullmatch(r"(.*?) default (.*)", said)
    if not match:
        return said
    field = model._meta.columns.get(what.removeprefix("column "))
    default = getattr(field, "default", None)
    if default is None:
        return said
    if callable(default) and not isinstance(default(), (dict, list)):
        return match.group(1)  # made anew each time, such as now: any constant will do for the old rows
    value = field.db_value(default() if callable(default) else default)
    text = re.sub(r"::[\w ]+$", "", match.group(2)).strip("'")
    same = str(value).lower() == text.lower() or (isinstance(value, bool) and str(int(value)) == text)
    return match.group(1) if same else said


def compare(url_a: str, url_b: str, migrate, models: list) -> list[str]:
    """Fill one empty database by `migrate()` and another from models; the differences. The handle in use is given back.

    `migrate` is called with the first database in use.
    """
    from . import db

    before, tables = db.db.obj, [m._meta.table_name for m in models]
    try:
        first = db.connect(url_a)
        migrate()
        migrated = describe(first, tables)
        first.close()
        second = db.connect(url_b)
        for model in peewee.sort_models(models):
            model.create_table(safe=False)
        modelled = describe(second, tables)
        second.close()
    finally:
        if before is not None:
            db.db.initialize(before)
    return differences(migrated, modelled, models)
