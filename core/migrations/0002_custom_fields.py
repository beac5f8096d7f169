"""Custom fields: what administrators add to records."""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "core_custom_field" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT
        NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "resource" TEXT NOT NULL, "title" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL,
        "options" TEXT NOT NULL, "help" TEXT NOT NULL, "section" TEXT NOT NULL, "position" INTEGER NOT NULL,
        "required" INTEGER NOT NULL, "default" TEXT NOT NULL, "filtered" INTEGER NOT NULL)
    """,
]
POSTGRES = [
    """
    CREATE TABLE "core_custom_field" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "resource" TEXT NOT NULL, "title" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "options"
        TEXT NOT NULL, "help" TEXT NOT NULL, "section" TEXT NOT NULL, "position" INTEGER NOT NULL, "required"
        BOOLEAN NOT NULL, "default" TEXT NOT NULL, "filtered" BOOLEAN NOT NULL)
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
