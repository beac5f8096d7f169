"""no table of what instalments and invoices have in common"""

from core import run_statements

SQLITE = POSTGRES = [
    """
    DROP TABLE IF EXISTS "payments_for_something"
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
