"""orders in pool rules"""

from core import run_statements

SQLITE = [
    """
    ALTER TABLE "sales_pool_rule" ADD COLUMN "no_order_days" INTEGER
    """,
]
POSTGRES = [
    """
    ALTER TABLE "sales_pool_rule" ADD COLUMN "no_order_days" INTEGER
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
