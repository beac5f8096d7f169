"""First tables"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "clinic_practitioner" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "room" TEXT NOT NULL,
        "name_key" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_practitioner_name_key" ON "clinic_practitioner" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "clinic_service" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "minutes" INTEGER NOT NULL, "price" INTEGER,
        "name_key" TEXT NOT NULL, "price_currency" VARCHAR(3) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_service_name_key" ON "clinic_service" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "clinic_appointment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "practitioner_id"
        INTEGER NOT NULL, "service_id" INTEGER NOT NULL, "starts_at" DATETIME, "state" VARCHAR(60) NOT NULL,
        "note" TEXT NOT NULL, "ends_at" DATETIME, "title" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("practitioner_id") REFERENCES "clinic_practitioner" ("id"),
        FOREIGN KEY ("service_id") REFERENCES "clinic_service" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_contact_id" ON "clinic_appointment" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_practitioner_id" ON "clinic_appointment"
        ("practitioner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_service_id" ON "clinic_appointment" ("service_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_starts_at" ON "clinic_appointment" ("starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_state" ON "clinic_appointment" ("state")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "clinic_practitioner" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "room" TEXT NOT NULL, "name_key" TEXT COLLATE "C" NOT
        NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_practitioner_name_key" ON "clinic_practitioner" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "clinic_service" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "minutes" INTEGER NOT NULL, "price" BIGINT, "name_key" TEXT
        COLLATE "C" NOT NULL, "price_currency" VARCHAR(3) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_service_name_key" ON "clinic_service" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "clinic_appointment" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "practitioner_id" INTEGER NOT NULL,
        "service_id" INTEGER NOT NULL, "starts_at" TIMESTAMP, "state" VARCHAR(60) NOT NULL, "note" TEXT NOT
        NULL, "ends_at" TIMESTAMP, "title" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact"
        ("id"), FOREIGN KEY ("practitioner_id") REFERENCES "clinic_practitioner" ("id"), FOREIGN KEY
        ("service_id") REFERENCES "clinic_service" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_contact_id" ON "clinic_appointment" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_practitioner_id" ON "clinic_appointment"
        ("practitioner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_service_id" ON "clinic_appointment" ("service_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_starts_at" ON "clinic_appointment" ("starts_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "clinic_appointment_state" ON "clinic_appointment" ("state")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
