"""limits for contracts, and for whom a deputy decided"""

from core import run_statements

SQLITE = [
    """
    ALTER TABLE "orders_approval" ADD COLUMN "decided_for_id" INTEGER REFERENCES "core_user" ("id")
    """,
    """
    ALTER TABLE "orders_limit" ADD COLUMN "contract_currency" VARCHAR(3) NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE "orders_limit" ADD COLUMN "contract" INTEGER
    """,
]
POSTGRES = [
    """
    ALTER TABLE "orders_approval" ADD COLUMN "decided_for_id" INTEGER REFERENCES "core_user" ("id")
    """,
    """
    ALTER TABLE "orders_limit" ADD COLUMN "contract_currency" VARCHAR(3) NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE "orders_limit" ADD COLUMN "contract" BIGINT
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
