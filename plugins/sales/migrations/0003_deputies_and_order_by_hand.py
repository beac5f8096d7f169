"""deputies of who is away; cards in an order of one's own: at first that of the board, with room between them"""

from core import run_statements

SQLITE = [
    """
    ALTER TABLE "sales_absence" ADD COLUMN "deputy_id" INTEGER REFERENCES "core_user" ("id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_deputy_id" ON "sales_absence" ("deputy_id")
    """,
    """
    ALTER TABLE "sales_deal" ADD COLUMN "rank" INTEGER
    """,
    """
    UPDATE "sales_deal" SET "rank" = CAST("place" AS BIGINT) * 4294967296 + "id" * 1024
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_stage_id_status_rank_id" ON "sales_deal" ("stage_id", "status", "rank", "id")
    """,
]
POSTGRES = [
    """
    ALTER TABLE "sales_absence" ADD COLUMN "deputy_id" INTEGER REFERENCES "core_user" ("id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_deputy_id" ON "sales_absence" ("deputy_id")
    """,
    """
    ALTER TABLE "sales_deal" ADD COLUMN "rank" BIGINT
    """,
    """
    UPDATE "sales_deal" SET "rank" = CAST("place" AS BIGINT) * 4294967296 + "id" * 1024
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_stage_id_status_rank_id" ON "sales_deal" ("stage_id", "status", "rank", "id")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
