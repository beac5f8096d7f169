"""calendar"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "calendar_feed" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id"
        INTEGER NOT NULL, "number" INTEGER NOT NULL, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "calendar_feed_user_id" ON "calendar_feed" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "calendar_meeting" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "contact_id" INTEGER, "starts_at" DATETIME,
        "ends_at" DATETIME, "all_day" INTEGER NOT NULL, "place" TEXT NOT NULL, "guests" TEXT NOT NULL, "tell"
        INTEGER NOT NULL, "owner_id" INTEGER, "description" TEXT NOT NULL, "state" VARCHAR(60) NOT NULL,
        "zone" TEXT NOT NULL, "uid" TEXT NOT NULL, "sequence" INTEGER NOT NULL, FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_contact_id" ON "calendar_meeting" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_starts_at" ON "calendar_meeting" ("starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_owner_id_starts_at" ON "calendar_meeting" ("owner_id",
        "starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_state_starts_at" ON "calendar_meeting" ("state", "starts_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "calendar_guest" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "meeting_id"
        INTEGER NOT NULL, "email" VARCHAR(254) NOT NULL, "name" VARCHAR(120) NOT NULL, "user_id" INTEGER,
        "answer" VARCHAR(12) NOT NULL, "answered_at" DATETIME, "answered_sequence" INTEGER NOT NULL,
        "told_sequence" INTEGER NOT NULL, FOREIGN KEY ("meeting_id") REFERENCES "calendar_meeting" ("id"),
        FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_meeting_id" ON "calendar_guest" ("meeting_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_email" ON "calendar_guest" ("email")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_user_id" ON "calendar_guest" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "calendar_guest_meeting_id_email" ON "calendar_guest" ("meeting_id",
        "email")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "calendar_feed" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL,
        "number" INTEGER NOT NULL, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "calendar_feed_user_id" ON "calendar_feed" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "calendar_meeting" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "contact_id" INTEGER, "starts_at" TIMESTAMP, "ends_at"
        TIMESTAMP, "all_day" BOOLEAN NOT NULL, "place" TEXT NOT NULL, "guests" TEXT NOT NULL, "tell" BOOLEAN
        NOT NULL, "owner_id" INTEGER, "description" TEXT NOT NULL, "state" VARCHAR(60) NOT NULL, "zone" TEXT
        NOT NULL, "uid" TEXT NOT NULL, "sequence" INTEGER NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_contact_id" ON "calendar_meeting" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_starts_at" ON "calendar_meeting" ("starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_owner_id_starts_at" ON "calendar_meeting" ("owner_id",
        "starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_meeting_state_starts_at" ON "calendar_meeting" ("state", "starts_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "calendar_guest" ("id" SERIAL NOT NULL PRIMARY KEY, "meeting_id" INTEGER NOT
        NULL, "email" VARCHAR(254) NOT NULL, "name" VARCHAR(120) NOT NULL, "user_id" INTEGER, "answer"
        VARCHAR(12) NOT NULL, "answered_at" TIMESTAMP, "answered_sequence" INTEGER NOT NULL, "told_sequence"
        INTEGER NOT NULL, FOREIGN KEY ("meeting_id") REFERENCES "calendar_meeting" ("id"), FOREIGN KEY
        ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_meeting_id" ON "calendar_guest" ("meeting_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_email" ON "calendar_guest" ("email")
    """,
    """
    CREATE INDEX IF NOT EXISTS "calendar_guest_user_id" ON "calendar_guest" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "calendar_guest_meeting_id_email" ON "calendar_guest" ("meeting_id",
        "email")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
