"""The search index learns the teams of owners: a job writes them, where there are teams already."""

from core.db import run_statements

FIND_AGAIN = """
    INSERT INTO "core_job"
        ("name", "args", "state", "run_at", "attempts", "created_at", "done", "total", "result", "error")
        SELECT 'core.refind', '{}', 'waiting', CURRENT_TIMESTAMP, 0, CURRENT_TIMESTAMP, 0, 0, '{}', ''
        WHERE EXISTS (SELECT 1 FROM "core_team")
    """


def up(migrator, db):
    run_statements(db, [FIND_AGAIN], [FIND_AGAIN])
