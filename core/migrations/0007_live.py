"""Open forms of colleagues; what a notice is about, and where it goes."""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "core_editing" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "resource" VARCHAR(80) NOT
        NULL, "record_id" INTEGER NOT NULL, "user_id" INTEGER NOT NULL, "at" DATETIME NOT NULL)
    """,
    """
    CREATE INDEX "core_editing_at" ON "core_editing" ("at")
    """,
    """
    CREATE UNIQUE INDEX "core_editing_resource_record_id_user_id" ON "core_editing" ("resource", "record_id",
        "user_id")
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "resource" VARCHAR(80) NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "record_id" INTEGER
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "bell" INTEGER NOT NULL DEFAULT 1
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "mail_at" DATETIME
    """,
    """
    CREATE INDEX "core_notice_mail" ON "core_notice" ("mail_at") WHERE "mail_at" IS NOT NULL
    """,
]
POSTGRES = [
    """
    CREATE TABLE "core_editing" ("id" SERIAL NOT NULL PRIMARY KEY, "resource" VARCHAR(80) NOT NULL,
        "record_id" INTEGER NOT NULL, "user_id" INTEGER NOT NULL, "at" TIMESTAMP NOT NULL)
    """,
    """
    CREATE INDEX "core_editing_at" ON "core_editing" ("at")
    """,
    """
    CREATE UNIQUE INDEX "core_editing_resource_record_id_user_id" ON "core_editing" ("resource", "record_id",
        "user_id")
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "resource" VARCHAR(80) NOT NULL DEFAULT ''
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "record_id" INTEGER
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "bell" BOOLEAN NOT NULL DEFAULT true
    """,
    """
    ALTER TABLE "core_notice" ADD COLUMN "mail_at" TIMESTAMP
    """,
    """
    CREATE INDEX "core_notice_mail" ON "core_notice" ("mail_at") WHERE "mail_at" IS NOT NULL
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
