"""plan of payment of a grade"""

from core import run_statements

SQLITE = [
    """
    ALTER TABLE "grades_level" ADD COLUMN "plan" TEXT NOT NULL DEFAULT ''
    """,
]
POSTGRES = [
    """
    ALTER TABLE "grades_level" ADD COLUMN "plan" TEXT NOT NULL DEFAULT ''
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
