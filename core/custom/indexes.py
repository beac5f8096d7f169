"""The expression indexes of custom fields: made and dropped as administrators tick, in the background for many rows."""

import logging

from .. import journal
from ..db import db, is_postgres, run
from ..jobs import job, later
from . import stamp
from .models import CustomField, index_names, kind_of

log = logging.getLogger("guanxi")

#: A table with more rows than this gets its index from the worker: no request waits for it.
AT_ONCE = 20_000


def present() -> set[str]:
    """The names of the custom fields' indexes that there are and that work."""
    if is_postgres():
        sql = (
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE i.indisvalid AND n.nspname = current_schema() AND c.relname LIKE 'custom\\_c%%'"
        )
    else:
        sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'custom\\_c%' ESCAPE '\\'"
    return {name for (name,) in db.execute_sql(sql).fetchall()}


def wanted(build) -> dict[str, str]:
    """Name → `ON …` of the indexes that the definitions of this build ask for."""
    found = {}
    for definition in CustomField.select().where(CustomField.deleted_batch.is_null(), CustomField.filtered):
        resource = build.resources.get(definition.resource)
        if resource is not None:
            kind = kind_of(definition, resource)
            found |= {name: f'"{resource.table}" {what}' for name, what in index_names(kind).items()}
    return found


def settle(build) -> bool:
    """Make the indexes that are missing and drop those that nobody wants any more; whether there was anything to do.

    Outside a transaction: PostgreSQL then goes on writing to the table meanwhile.
    """
    have, want = present(), wanted(build)
    keep = {f"custom_{d.key}" for d in _elsewhere(build)}
    gone = [name for name in have - set(want) if "_".join(name.split("_")[:2]) not in keep]
    missing = [name for name in want if name not in have]
    beside = " CONCURRENTLY" if is_postgres() else ""
    for name in [
        *gone,
        *missing,
    ]:  # of those that are missing, too: one that failed half-way is there and does not work
        db.execute_sql(f'DROP INDEX{beside} IF EXISTS "{name}"')
    for name in missing:
        db.execute_sql(f'CREATE INDEX{beside} "{name}" ON {want[name]}')
    if missing and is_postgres():
        for table in {want[name].split(" ", 1)[0] for name in missing}:
            db.execute_sql(f"ANALYZE {table}")
    return bool(gone or missing)


def _elsewhere(build) -> list[CustomField]:
    """Definitions of modules that are off: their indexes wait as their values do."""
    rows = CustomField.select().where(CustomField.deleted_batch.is_null(), CustomField.filtered)
    return [definition for definition in rows if definition.resource not in build.resources]


def follow(build, definitions) -> None:
    """After definitions were written: settle the indexes at once where that is quick, else by the worker."""
    tables = {build.resources[d.resource].table for d in definitions if d.resource in build.resources}
    if any(_is_large(table) for table in tables):
        later(index_job)
    else:
        journal.after_commit(_settle_now, build)


def _settle_now(build) -> None:
    try:
        settle(build)
    except Exception:
        # The field is saved; the worker tries again, and until then lists do not filter by it.
        log.exception("The indexes of custom fields could not be made; the worker will try again")
        later(index_job)


def _is_large(table: str) -> bool:
    sql = f'SELECT count(*) FROM (SELECT 1 AS "one" FROM "{table}" LIMIT {AT_ONCE + 1}) AS "some"'
    return run(sql).fetchone()[0] > AT_ONCE


@job("core.custom_indexes")
def index_job(build, row):
    """Settle the indexes of large tables."""
    if settle(build):
        with journal.transaction():
            stamp.renew(build)


@job("core.custom_indexes_hourly", every=3600)
def hourly_job(build, row):
    """Mend what a restored backup or a rebuilt table lacks."""
    index_job(build, row)


JOBS = (index_job, hourly_job)
