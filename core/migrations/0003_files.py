"""Files on records, and their versions."""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "core_attachment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT
        NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "category" VARCHAR(60) NOT NULL, "kind" VARCHAR(60) NOT
        NULL, "size" INTEGER NOT NULL, "content_type" TEXT NOT NULL, "disguised" INTEGER NOT NULL, "author_id"
        INTEGER, "revision" INTEGER NOT NULL, "resource" TEXT NOT NULL, "record_id" INTEGER NOT NULL,
        "name_key" TEXT NOT NULL, FOREIGN KEY ("author_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "core_attachment_author_id" ON "core_attachment" ("author_id")
    """,
    """
    CREATE INDEX "core_attachment_name_key" ON "core_attachment" ("name_key")
    """,
    """
    CREATE INDEX "core_attachment_resource_record_id" ON "core_attachment" ("resource", "record_id")
    """,
    """
    CREATE INDEX "core_attachment_kind" ON "core_attachment" ("kind")
    """,
    """
    CREATE INDEX "core_attachment_category" ON "core_attachment" ("category")
    """,
    """
    CREATE TABLE "core_revision" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "attachment_id" INTEGER NOT
        NULL, "number" INTEGER NOT NULL, "key" VARCHAR(80) NOT NULL, "size" INTEGER NOT NULL, "content_type"
        VARCHAR(120) NOT NULL, "disguised" INTEGER NOT NULL, "sha256" VARCHAR(64) NOT NULL, "author_id"
        INTEGER, "at" DATETIME NOT NULL, "batch_id" INTEGER NOT NULL, "entry_id" INTEGER, "void" INTEGER NOT
        NULL, FOREIGN KEY ("attachment_id") REFERENCES "core_attachment" ("id"))
    """,
    """
    CREATE INDEX "core_revision_key" ON "core_revision" ("key")
    """,
    """
    CREATE INDEX "core_revision_batch_id" ON "core_revision" ("batch_id")
    """,
    """
    CREATE INDEX "core_revision_entry_id" ON "core_revision" ("entry_id")
    """,
    """
    CREATE UNIQUE INDEX "core_revision_attachment_id_number" ON "core_revision" ("attachment_id", "number")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "core_attachment" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "name" TEXT NOT NULL, "category" VARCHAR(60) NOT NULL, "kind" VARCHAR(60) NOT NULL, "size" INTEGER NOT
        NULL, "content_type" TEXT NOT NULL, "disguised" BOOLEAN NOT NULL, "author_id" INTEGER, "revision"
        INTEGER NOT NULL, "resource" TEXT NOT NULL, "record_id" INTEGER NOT NULL, "name_key" TEXT COLLATE "C"
        NOT NULL, FOREIGN KEY ("author_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "core_attachment_author_id" ON "core_attachment" ("author_id")
    """,
    """
    CREATE INDEX "core_attachment_name_key" ON "core_attachment" ("name_key")
    """,
    """
    CREATE INDEX "core_attachment_resource_record_id" ON "core_attachment" ("resource", "record_id")
    """,
    """
    CREATE INDEX "core_attachment_kind" ON "core_attachment" ("kind")
    """,
    """
    CREATE INDEX "core_attachment_category" ON "core_attachment" ("category")
    """,
    """
    CREATE TABLE "core_revision" ("id" SERIAL NOT NULL PRIMARY KEY, "attachment_id" INTEGER NOT NULL, "number"
        INTEGER NOT NULL, "key" VARCHAR(80) NOT NULL, "size" INTEGER NOT NULL, "content_type" VARCHAR(120) NOT
        NULL, "disguised" BOOLEAN NOT NULL, "sha256" VARCHAR(64) NOT NULL, "author_id" INTEGER, "at" TIMESTAMP
        NOT NULL, "batch_id" INTEGER NOT NULL, "entry_id" INTEGER, "void" BOOLEAN NOT NULL, FOREIGN KEY
        ("attachment_id") REFERENCES "core_attachment" ("id"))
    """,
    """
    CREATE INDEX "core_revision_key" ON "core_revision" ("key")
    """,
    """
    CREATE INDEX "core_revision_batch_id" ON "core_revision" ("batch_id")
    """,
    """
    CREATE INDEX "core_revision_entry_id" ON "core_revision" ("entry_id")
    """,
    """
    CREATE UNIQUE INDEX "core_revision_attachment_id_number" ON "core_revision" ("attachment_id", "number")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
