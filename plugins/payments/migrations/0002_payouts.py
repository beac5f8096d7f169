"""payouts of commission"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "payments_payout" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT
        NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "partner_id" INTEGER NOT NULL, "amount" INTEGER, "on" DATE, "advance" INTEGER
        NOT NULL, "method" VARCHAR(60) NOT NULL, "note" TEXT NOT NULL, "by_id" INTEGER, "amount_currency"
        VARCHAR(3) NOT NULL, FOREIGN KEY ("partner_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "payments_payout_on_id" ON "payments_payout" ("on", "id")
    """,
    """
    CREATE INDEX "payments_payout_partner_id_on" ON "payments_payout" ("partner_id", "on")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "payments_payout" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "partner_id" INTEGER NOT NULL, "amount" BIGINT, "on" DATE, "advance" BOOLEAN NOT NULL, "method"
        VARCHAR(60) NOT NULL, "note" TEXT NOT NULL, "by_id" INTEGER, "amount_currency" VARCHAR(3) NOT NULL,
        FOREIGN KEY ("partner_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX "payments_payout_on_id" ON "payments_payout" ("on", "id")
    """,
    """
    CREATE INDEX "payments_payout_partner_id_on" ON "payments_payout" ("partner_id", "on")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
