"""An index for the contacts of one stage that a few people own: a filter of a member of a small team"""

from core.db import run_statements

STATEMENTS = [
    'CREATE INDEX IF NOT EXISTS "core_contact_by_owner_stage" ON "core_contact"'
    ' ("owner_id", "stage", "name_key", "id", "deleted_batch") WHERE "deleted_batch" IS NULL'
]


def up(migrator, db):
    run_statements(db, STATEMENTS, STATEMENTS)
