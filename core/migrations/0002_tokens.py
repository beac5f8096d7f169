"""API tokens"""

from core.db import run_statements

SQLITE = [
    """
    CREATE TABLE "core_api_answer" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" INTEGER NOT
        NULL, "key" VARCHAR(200) NOT NULL, "request_hash" VARCHAR(64) NOT NULL, "body" TEXT NOT NULL, "at"
        DATETIME NOT NULL)
    """,
    """
    CREATE INDEX "core_api_answer_at" ON "core_api_answer" ("at")
    """,
    """
    CREATE UNIQUE INDEX "core_api_answer_user_id_key" ON "core_api_answer" ("user_id", "key")
    """,
    """
    CREATE TABLE "core_token" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" INTEGER NOT NULL,
        "name" VARCHAR(80) NOT NULL, "prefix" VARCHAR(12) NOT NULL, "token_hash" VARCHAR(64) NOT NULL,
        "scopes" TEXT NOT NULL, "created_at" DATETIME NOT NULL, "expires_at" DATETIME, "last_used_at"
        DATETIME, "revoked_at" DATETIME, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "core_token_user_id" ON "core_token" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX "core_token_token_hash" ON "core_token" ("token_hash")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "core_api_answer" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "key"
        VARCHAR(200) NOT NULL, "request_hash" VARCHAR(64) NOT NULL, "body" TEXT NOT NULL, "at" TIMESTAMP NOT
        NULL)
    """,
    """
    CREATE INDEX "core_api_answer_at" ON "core_api_answer" ("at")
    """,
    """
    CREATE UNIQUE INDEX "core_api_answer_user_id_key" ON "core_api_answer" ("user_id", "key")
    """,
    """
    CREATE TABLE "core_token" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL, "name"
        VARCHAR(80) NOT NULL, "prefix" VARCHAR(12) NOT NULL, "token_hash" VARCHAR(64) NOT NULL, "scopes" TEXT
        NOT NULL, "created_at" TIMESTAMP NOT NULL, "expires_at" TIMESTAMP, "last_used_at" TIMESTAMP,
        "revoked_at" TIMESTAMP, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "core_token_user_id" ON "core_token" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX "core_token_token_hash" ON "core_token" ("token_hash")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
