"""The indexes that sort contacts name the owner: a member of one team looks into no other rows"""

from core.db import run_statements

INDEXES = {
    "list": '"name_key", "id"',
    "by_stage": '"stage", "name_key", "id"',
    "by_kind": '"kind", "name_key", "id"',
    "by_active": '"last_activity_at", "id"',
    "by_next": '"next_step_at", "id"',
    "by_created": '"created_at", "id"',
}
STATEMENTS = [
    statement
    for name, columns in INDEXES.items()
    for statement in (
        f'DROP INDEX "core_contact_{name}"',
        f'CREATE INDEX "core_contact_{name}" ON "core_contact" ({columns}, "owner_id", "deleted_batch")'
        ' WHERE "deleted_batch" IS NULL',
    )
]


def up(migrator, db):
    run_statements(db, STATEMENTS, STATEMENTS)
