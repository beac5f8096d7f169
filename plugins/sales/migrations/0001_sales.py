"""sales"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "sales_pipeline" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" INTEGER NOT
        NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pipeline_place" ON "sales_pipeline" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_stage" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "pipeline_id" INTEGER NOT NULL, "place" INTEGER
        NOT NULL, "probability" INTEGER NOT NULL, "forecast" VARCHAR(60) NOT NULL, "hue" VARCHAR(60) NOT NULL,
        "rot_days" INTEGER, "asks" TEXT NOT NULL, "checklist" TEXT NOT NULL, "tasks" TEXT NOT NULL, FOREIGN
        KEY ("pipeline_id") REFERENCES "sales_pipeline" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_pipeline_id" ON "sales_stage" ("pipeline_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_place" ON "sales_stage" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_of" ON "sales_stage" ("pipeline_id", "place") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_territory" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, "owner_id" INTEGER,
        "regions" TEXT NOT NULL, FOREIGN KEY ("parent_id") REFERENCES "sales_territory" ("id"), FOREIGN KEY
        ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_territory_parent_id" ON "sales_territory" ("parent_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_territory_owner_id" ON "sales_territory" ("owner_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_reason" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "place" INTEGER
        NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_reason_place" ON "sales_reason" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_deal" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "contact_id" INTEGER, "organisation_id"
        INTEGER, "pipeline_id" INTEGER, "stage_id" INTEGER, "status" VARCHAR(60) NOT NULL, "amount" INTEGER,
        "probability" INTEGER, "forecast" VARCHAR(60) NOT NULL, "expected_close" DATE, "owner_id" INTEGER,
        "next_step" TEXT NOT NULL, "next_step_at" DATETIME, "competitors" TEXT NOT NULL, "source" TEXT NOT
        NULL, "campaign" TEXT NOT NULL, "territory_id" INTEGER, "partner_id" INTEGER, "commission" DECIMAL(5,
        2), "reason_id" INTEGER, "reason_note" TEXT NOT NULL, "note" TEXT NOT NULL, "stage_since" DATETIME,
        "closed_at" DATETIME, "ticked" TEXT NOT NULL, "rots_at" DATETIME, "value" INTEGER, "place" INTEGER NOT
        NULL, "title_key" TEXT NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, "source_key" TEXT NOT NULL,
        "campaign_key" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("organisation_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("pipeline_id") REFERENCES
        "sales_pipeline" ("id"), FOREIGN KEY ("stage_id") REFERENCES "sales_stage" ("id"), FOREIGN KEY
        ("owner_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("territory_id") REFERENCES "sales_territory"
        ("id"), FOREIGN KEY ("partner_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("reason_id")
        REFERENCES "sales_reason" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_id" ON "sales_deal" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_organisation_id" ON "sales_deal" ("organisation_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_expected_close" ON "sales_deal" ("expected_close")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_territory_id" ON "sales_deal" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_partner_id" ON "sales_deal" ("partner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_reason_id" ON "sales_deal" ("reason_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_rots_at" ON "sales_deal" ("rots_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_title_key" ON "sales_deal" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_source_key" ON "sales_deal" ("source_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_campaign_key" ON "sales_deal" ("campaign_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_stage_id_status_place_id" ON "sales_deal" ("stage_id", "status",
        "place", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_pipeline_id_status" ON "sales_deal" ("pipeline_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_owner_id_status_expected_close" ON "sales_deal" ("owner_id",
        "status", "expected_close")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_status_closed_at" ON "sales_deal" ("status", "closed_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_owner_id_next_step_at" ON "sales_deal" ("owner_id", "next_step_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_deal_contact" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "deal_id" INTEGER NOT NULL, "contact_id" INTEGER NOT
        NULL, "part" VARCHAR(60) NOT NULL, "note" TEXT NOT NULL, FOREIGN KEY ("deal_id") REFERENCES
        "sales_deal" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_deal_id" ON "sales_deal_contact" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_contact_id" ON "sales_deal_contact" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_move" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "deal_id" INTEGER NOT NULL, "contact_id" INTEGER, "pipeline_id"
        INTEGER, "from_stage_id" INTEGER, "to_stage_id" INTEGER, "status" VARCHAR(60) NOT NULL, "at" DATETIME,
        "by_id" INTEGER, "seconds" INTEGER, "note" TEXT NOT NULL, FOREIGN KEY ("deal_id") REFERENCES
        "sales_deal" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("pipeline_id") REFERENCES "sales_pipeline" ("id"), FOREIGN KEY ("from_stage_id") REFERENCES
        "sales_stage" ("id"), FOREIGN KEY ("to_stage_id") REFERENCES "sales_stage" ("id"), FOREIGN KEY
        ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_deal_id" ON "sales_move" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_contact_id" ON "sales_move" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_pipeline_id_at" ON "sales_move" ("pipeline_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_to_stage_id_at" ON "sales_move" ("to_stage_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_from_stage_id_at" ON "sales_move" ("from_stage_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_at_id" ON "sales_move" ("at", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_rate" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "currency" TEXT NOT NULL, "day" DATE, "rate" DECIMAL(18, 6))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_rate_day" ON "sales_rate" ("day")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_rate_once" ON "sales_rate" ("currency", "day") WHERE
        "deleted_batch" IS NULL
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "sales_pipeline" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" BOOLEAN NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pipeline_place" ON "sales_pipeline" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_stage" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "pipeline_id" INTEGER NOT NULL, "place" INTEGER NOT NULL,
        "probability" INTEGER NOT NULL, "forecast" VARCHAR(60) NOT NULL, "hue" VARCHAR(60) NOT NULL,
        "rot_days" INTEGER, "asks" TEXT NOT NULL, "checklist" TEXT NOT NULL, "tasks" TEXT NOT NULL, FOREIGN
        KEY ("pipeline_id") REFERENCES "sales_pipeline" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_pipeline_id" ON "sales_stage" ("pipeline_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_place" ON "sales_stage" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_stage_of" ON "sales_stage" ("pipeline_id", "place") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_territory" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, "owner_id" INTEGER, "regions" TEXT
        NOT NULL, FOREIGN KEY ("parent_id") REFERENCES "sales_territory" ("id"), FOREIGN KEY ("owner_id")
        REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_territory_parent_id" ON "sales_territory" ("parent_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_territory_owner_id" ON "sales_territory" ("owner_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_reason" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "place" INTEGER NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_reason_place" ON "sales_reason" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_deal" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "title" TEXT NOT NULL, "contact_id" INTEGER, "organisation_id" INTEGER, "pipeline_id"
        INTEGER, "stage_id" INTEGER, "status" VARCHAR(60) NOT NULL, "amount" BIGINT, "probability" INTEGER,
        "forecast" VARCHAR(60) NOT NULL, "expected_close" DATE, "owner_id" INTEGER, "next_step" TEXT NOT NULL,
        "next_step_at" TIMESTAMP, "competitors" TEXT NOT NULL, "source" TEXT NOT NULL, "campaign" TEXT NOT
        NULL, "territory_id" INTEGER, "partner_id" INTEGER, "commission" NUMERIC(5, 2), "reason_id" INTEGER,
        "reason_note" TEXT NOT NULL, "note" TEXT NOT NULL, "stage_since" TIMESTAMP, "closed_at" TIMESTAMP,
        "ticked" TEXT NOT NULL, "rots_at" TIMESTAMP, "value" BIGINT, "place" INTEGER NOT NULL, "title_key"
        TEXT COLLATE "C" NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, "source_key" TEXT COLLATE "C" NOT
        NULL, "campaign_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact"
        ("id"), FOREIGN KEY ("organisation_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("pipeline_id")
        REFERENCES "sales_pipeline" ("id"), FOREIGN KEY ("stage_id") REFERENCES "sales_stage" ("id"), FOREIGN
        KEY ("owner_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("territory_id") REFERENCES
        "sales_territory" ("id"), FOREIGN KEY ("partner_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("reason_id") REFERENCES "sales_reason" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_id" ON "sales_deal" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_organisation_id" ON "sales_deal" ("organisation_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_expected_close" ON "sales_deal" ("expected_close")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_territory_id" ON "sales_deal" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_partner_id" ON "sales_deal" ("partner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_reason_id" ON "sales_deal" ("reason_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_rots_at" ON "sales_deal" ("rots_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_title_key" ON "sales_deal" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_source_key" ON "sales_deal" ("source_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_campaign_key" ON "sales_deal" ("campaign_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_stage_id_status_place_id" ON "sales_deal" ("stage_id", "status",
        "place", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_pipeline_id_status" ON "sales_deal" ("pipeline_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_owner_id_status_expected_close" ON "sales_deal" ("owner_id",
        "status", "expected_close")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_status_closed_at" ON "sales_deal" ("status", "closed_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_owner_id_next_step_at" ON "sales_deal" ("owner_id", "next_step_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_deal_contact" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "deal_id" INTEGER NOT NULL, "contact_id" INTEGER NOT NULL, "part" VARCHAR(60)
        NOT NULL, "note" TEXT NOT NULL, FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY
        ("contact_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_deal_id" ON "sales_deal_contact" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_deal_contact_contact_id" ON "sales_deal_contact" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_move" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "deal_id" INTEGER NOT NULL, "contact_id" INTEGER, "pipeline_id" INTEGER,
        "from_stage_id" INTEGER, "to_stage_id" INTEGER, "status" VARCHAR(60) NOT NULL, "at" TIMESTAMP, "by_id"
        INTEGER, "seconds" INTEGER, "note" TEXT NOT NULL, FOREIGN KEY ("deal_id") REFERENCES "sales_deal"
        ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("pipeline_id")
        REFERENCES "sales_pipeline" ("id"), FOREIGN KEY ("from_stage_id") REFERENCES "sales_stage" ("id"),
        FOREIGN KEY ("to_stage_id") REFERENCES "sales_stage" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_deal_id" ON "sales_move" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_contact_id" ON "sales_move" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_pipeline_id_at" ON "sales_move" ("pipeline_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_to_stage_id_at" ON "sales_move" ("to_stage_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_from_stage_id_at" ON "sales_move" ("from_stage_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_move_at_id" ON "sales_move" ("at", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_rate" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "currency" TEXT NOT NULL, "day" DATE, "rate" NUMERIC(18, 6))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_rate_day" ON "sales_rate" ("day")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_rate_once" ON "sales_rate" ("currency", "day") WHERE
        "deleted_batch" IS NULL
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
