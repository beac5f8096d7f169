"""Outbox: mails on their way"""

from core.db import run_statements

SQLITE = [
    """
    CREATE TABLE "core_mail" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "message_id" VARCHAR(250) NOT
        NULL, "user_id" INTEGER, "sender" TEXT NOT NULL, "to" TEXT NOT NULL, "cc" TEXT NOT NULL, "bcc" TEXT
        NOT NULL, "subject" TEXT NOT NULL, "text" TEXT NOT NULL, "html" TEXT NOT NULL, "headers" TEXT NOT
        NULL, "files" TEXT NOT NULL, "state" VARCHAR(9) NOT NULL, "run_at" DATETIME NOT NULL, "leased_until"
        DATETIME, "attempts" INTEGER NOT NULL, "left" TEXT NOT NULL, "answer" TEXT NOT NULL, "refused" TEXT
        NOT NULL, "then" VARCHAR(120) NOT NULL, "created_at" DATETIME NOT NULL, "due_at" DATETIME NOT NULL,
        "ended_at" DATETIME)
    """,
    """
    CREATE UNIQUE INDEX "core_mail_message_id" ON "core_mail" ("message_id")
    """,
    """
    CREATE INDEX "core_mail_state_run_at" ON "core_mail" ("state", "run_at")
    """,
    """
    CREATE INDEX "core_mail_user_id_id" ON "core_mail" ("user_id", "id")
    """,
    """
    CREATE TABLE "core_mail_file" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "hash" TEXT NOT NULL,
        "data" BLOB NOT NULL, "created_at" DATETIME NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX "core_mail_file_hash" ON "core_mail_file" ("hash")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "core_mail" ("id" SERIAL NOT NULL PRIMARY KEY, "message_id" VARCHAR(250) NOT NULL, "user_id"
        INTEGER, "sender" TEXT NOT NULL, "to" TEXT NOT NULL, "cc" TEXT NOT NULL, "bcc" TEXT NOT NULL,
        "subject" TEXT NOT NULL, "text" TEXT NOT NULL, "html" TEXT NOT NULL, "headers" TEXT NOT NULL, "files"
        TEXT NOT NULL, "state" VARCHAR(9) NOT NULL, "run_at" TIMESTAMP NOT NULL, "leased_until" TIMESTAMP,
        "attempts" INTEGER NOT NULL, "left" TEXT NOT NULL, "answer" TEXT NOT NULL, "refused" TEXT NOT NULL,
        "then" VARCHAR(120) NOT NULL, "created_at" TIMESTAMP NOT NULL, "due_at" TIMESTAMP NOT NULL, "ended_at"
        TIMESTAMP)
    """,
    """
    CREATE UNIQUE INDEX "core_mail_message_id" ON "core_mail" ("message_id")
    """,
    """
    CREATE INDEX "core_mail_state_run_at" ON "core_mail" ("state", "run_at")
    """,
    """
    CREATE INDEX "core_mail_user_id_id" ON "core_mail" ("user_id", "id")
    """,
    """
    CREATE TABLE "core_mail_file" ("id" SERIAL NOT NULL PRIMARY KEY, "hash" TEXT COLLATE "C" NOT NULL, "data"
        BYTEA NOT NULL, "created_at" TIMESTAMP NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX "core_mail_file_hash" ON "core_mail_file" ("hash")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
