"""grades"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "grades_level" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "hue" VARCHAR(60) NOT
        NULL, "created" INTEGER, "expected" INTEGER, "credit_limit" INTEGER, "credit_days" INTEGER,
        "delivery_days" INTEGER, "terms" TEXT NOT NULL, "name_key" TEXT NOT NULL, "created_currency"
        VARCHAR(3) NOT NULL, "expected_currency" VARCHAR(3) NOT NULL, "credit_limit_currency" VARCHAR(3) NOT
        NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_level_place" ON "grades_level" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_level_name_key" ON "grades_level" ("name_key")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "grades_level_once" ON "grades_level" ("name_key") WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "grades_grade" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "level_id" INTEGER, "kind" VARCHAR(60)
        NOT NULL, "created" INTEGER, "expected" INTEGER, "by_hand" INTEGER NOT NULL, "reason" TEXT NOT NULL,
        "credit_limit" INTEGER, "credit_days" INTEGER, "computed_at" DATETIME, "created_currency" VARCHAR(3)
        NOT NULL, "expected_currency" VARCHAR(3) NOT NULL, "credit_limit_currency" VARCHAR(3) NOT NULL,
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("level_id") REFERENCES
        "grades_level" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_created" ON "grades_grade" ("created")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_expected" ON "grades_grade" ("expected")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_level_id_kind" ON "grades_grade" ("level_id", "kind")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_kind_id" ON "grades_grade" ("kind", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_by_hand_id" ON "grades_grade" ("by_hand", "id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "grades_grade_once" ON "grades_grade" ("contact_id") WHERE
        "deleted_batch" IS NULL
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "grades_level" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "hue" VARCHAR(60) NOT NULL, "created"
        BIGINT, "expected" BIGINT, "credit_limit" BIGINT, "credit_days" INTEGER, "delivery_days" INTEGER,
        "terms" TEXT NOT NULL, "name_key" TEXT COLLATE "C" NOT NULL, "created_currency" VARCHAR(3) NOT NULL,
        "expected_currency" VARCHAR(3) NOT NULL, "credit_limit_currency" VARCHAR(3) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_level_place" ON "grades_level" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_level_name_key" ON "grades_level" ("name_key")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "grades_level_once" ON "grades_level" ("name_key") WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "grades_grade" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "level_id" INTEGER, "kind" VARCHAR(60) NOT NULL,
        "created" BIGINT, "expected" BIGINT, "by_hand" BOOLEAN NOT NULL, "reason" TEXT NOT NULL,
        "credit_limit" BIGINT, "credit_days" INTEGER, "computed_at" TIMESTAMP, "created_currency" VARCHAR(3)
        NOT NULL, "expected_currency" VARCHAR(3) NOT NULL, "credit_limit_currency" VARCHAR(3) NOT NULL,
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("level_id") REFERENCES
        "grades_level" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_created" ON "grades_grade" ("created")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_expected" ON "grades_grade" ("expected")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_level_id_kind" ON "grades_grade" ("level_id", "kind")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_kind_id" ON "grades_grade" ("kind", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "grades_grade_by_hand_id" ON "grades_grade" ("by_hand", "id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "grades_grade_once" ON "grades_grade" ("contact_id") WHERE
        "deleted_batch" IS NULL
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
