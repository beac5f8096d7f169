"""webhooks"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "webhooks_endpoint" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "url" TEXT NOT NULL, "events" TEXT NOT NULL,
        "user_id" INTEGER NOT NULL, "active" INTEGER NOT NULL, "paused_at" DATETIME, "pause_fault" VARCHAR(20)
        NOT NULL, "secret" TEXT NOT NULL, "old_secret" TEXT NOT NULL, "rotated_at" DATETIME, "secret_shown_at"
        DATETIME, "failing_since" DATETIME, "failures" INTEGER NOT NULL, "rest_until" DATETIME, FOREIGN KEY
        ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE TABLE IF NOT EXISTS "webhooks_delivery" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "endpoint_id" INTEGER NOT NULL, "event" TEXT NOT NULL, "message_id"
        TEXT NOT NULL, "at" DATETIME NOT NULL, "state" VARCHAR(60) NOT NULL, "resource" VARCHAR(80) NOT NULL,
        "record_id" INTEGER NOT NULL, "by_id" INTEGER, "next_at" DATETIME NOT NULL, "leased_until" DATETIME,
        "attempts" INTEGER NOT NULL, "status" INTEGER, "delivered_at" DATETIME, "body" TEXT NOT NULL, "answer"
        TEXT NOT NULL, "tries" TEXT NOT NULL, "event_key" TEXT NOT NULL, FOREIGN KEY ("endpoint_id")
        REFERENCES "webhooks_endpoint" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_at" ON "webhooks_delivery" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_state" ON "webhooks_delivery" ("state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_event_key" ON "webhooks_delivery" ("event_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_endpoint_id_state_next_at" ON "webhooks_delivery"
        ("endpoint_id", "state", "next_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_endpoint_id_resource_record_id_state" ON "webhooks_delivery"
        ("endpoint_id", "resource", "record_id", "state")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "webhooks_endpoint" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "url" TEXT NOT NULL, "events" TEXT NOT NULL, "user_id"
        INTEGER NOT NULL, "active" BOOLEAN NOT NULL, "paused_at" TIMESTAMP, "pause_fault" VARCHAR(20) NOT
        NULL, "secret" TEXT NOT NULL, "old_secret" TEXT NOT NULL, "rotated_at" TIMESTAMP, "secret_shown_at"
        TIMESTAMP, "failing_since" TIMESTAMP, "failures" INTEGER NOT NULL, "rest_until" TIMESTAMP, FOREIGN KEY
        ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE TABLE IF NOT EXISTS "webhooks_delivery" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "endpoint_id" INTEGER NOT NULL, "event" TEXT NOT NULL, "message_id" TEXT NOT
        NULL, "at" TIMESTAMP NOT NULL, "state" VARCHAR(60) NOT NULL, "resource" VARCHAR(80) NOT NULL,
        "record_id" INTEGER NOT NULL, "by_id" INTEGER, "next_at" TIMESTAMP NOT NULL, "leased_until" TIMESTAMP,
        "attempts" INTEGER NOT NULL, "status" INTEGER, "delivered_at" TIMESTAMP, "body" TEXT NOT NULL,
        "answer" TEXT NOT NULL, "tries" TEXT NOT NULL, "event_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY
        ("endpoint_id") REFERENCES "webhooks_endpoint" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_at" ON "webhooks_delivery" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_state" ON "webhooks_delivery" ("state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_event_key" ON "webhooks_delivery" ("event_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_endpoint_id_state_next_at" ON "webhooks_delivery"
        ("endpoint_id", "state", "next_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "webhooks_delivery_endpoint_id_resource_record_id_state" ON "webhooks_delivery"
        ("endpoint_id", "resource", "record_id", "state")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
