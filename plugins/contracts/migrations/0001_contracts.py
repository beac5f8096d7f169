"""contracts"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "contracts_contract" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "number" TEXT NOT NULL, "title" TEXT NOT NULL, "kind"
        VARCHAR(60) NOT NULL, "contact_id" INTEGER NOT NULL, "their_signatory_id" INTEGER, "our_signatory_id"
        INTEGER, "value" INTEGER, "stage" VARCHAR(60) NOT NULL, "starts" DATE, "ends" DATE, "signed" DATE,
        "renewal" VARCHAR(60) NOT NULL, "renews_months" INTEGER, "notice_days" INTEGER, "remind_days" INTEGER,
        "owner_id" INTEGER, "deal_id" INTEGER, "framework_id" INTEGER, "reason" TEXT NOT NULL, "note" TEXT NOT
        NULL, "decide_by" DATE, "remind_on" DATE, "stage_since" DATETIME, "number_key" TEXT NOT NULL,
        "title_key" TEXT NOT NULL, "value_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("their_signatory_id") REFERENCES "core_contact" ("id"), FOREIGN
        KEY ("our_signatory_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("owner_id") REFERENCES
        "core_user" ("id"), FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY
        ("framework_id") REFERENCES "contracts_contract" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_their_signatory_id" ON "contracts_contract"
        ("their_signatory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_ends" ON "contracts_contract" ("ends")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_signed" ON "contracts_contract" ("signed")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_deal_id" ON "contracts_contract" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_framework_id" ON "contracts_contract" ("framework_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_decide_by" ON "contracts_contract" ("decide_by")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_number_key" ON "contracts_contract" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_title_key" ON "contracts_contract" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_stage_ends" ON "contracts_contract" ("stage", "ends")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_contact_id_stage" ON "contracts_contract" ("contact_id",
        "stage")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_owner_id_stage_remind_on" ON "contracts_contract"
        ("owner_id", "stage", "remind_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_kind_stage" ON "contracts_contract" ("kind", "stage")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "contracts_contract_once" ON "contracts_contract" ("number_key") WHERE
        "deleted_batch" IS NULL AND "number_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "contracts_contract_step" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "contract_id" INTEGER NOT NULL, "contact_id" INTEGER
        NOT NULL, "stage" VARCHAR(60) NOT NULL, "renewed_until" DATE, "at" DATETIME, "by_id" INTEGER, "note"
        TEXT NOT NULL, FOREIGN KEY ("contract_id") REFERENCES "contracts_contract" ("id"), FOREIGN KEY
        ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_contract_id" ON "contracts_contract_step"
        ("contract_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_contact_id" ON "contracts_contract_step"
        ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_stage_at" ON "contracts_contract_step" ("stage", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_at_id" ON "contracts_contract_step" ("at", "id")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "contracts_contract" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "number" TEXT NOT NULL, "title" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL,
        "contact_id" INTEGER NOT NULL, "their_signatory_id" INTEGER, "our_signatory_id" INTEGER, "value"
        BIGINT, "stage" VARCHAR(60) NOT NULL, "starts" DATE, "ends" DATE, "signed" DATE, "renewal" VARCHAR(60)
        NOT NULL, "renews_months" INTEGER, "notice_days" INTEGER, "remind_days" INTEGER, "owner_id" INTEGER,
        "deal_id" INTEGER, "framework_id" INTEGER, "reason" TEXT NOT NULL, "note" TEXT NOT NULL, "decide_by"
        DATE, "remind_on" DATE, "stage_since" TIMESTAMP, "number_key" TEXT COLLATE "C" NOT NULL, "title_key"
        TEXT COLLATE "C" NOT NULL, "value_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("their_signatory_id") REFERENCES "core_contact" ("id"), FOREIGN
        KEY ("our_signatory_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("owner_id") REFERENCES
        "core_user" ("id"), FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY
        ("framework_id") REFERENCES "contracts_contract" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_their_signatory_id" ON "contracts_contract"
        ("their_signatory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_ends" ON "contracts_contract" ("ends")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_signed" ON "contracts_contract" ("signed")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_deal_id" ON "contracts_contract" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_framework_id" ON "contracts_contract" ("framework_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_decide_by" ON "contracts_contract" ("decide_by")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_number_key" ON "contracts_contract" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_title_key" ON "contracts_contract" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_stage_ends" ON "contracts_contract" ("stage", "ends")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_contact_id_stage" ON "contracts_contract" ("contact_id",
        "stage")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_owner_id_stage_remind_on" ON "contracts_contract"
        ("owner_id", "stage", "remind_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_kind_stage" ON "contracts_contract" ("kind", "stage")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "contracts_contract_once" ON "contracts_contract" ("number_key") WHERE
        "deleted_batch" IS NULL AND "number_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "contracts_contract_step" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER
        NOT NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "contract_id" INTEGER NOT NULL, "contact_id" INTEGER NOT NULL, "stage"
        VARCHAR(60) NOT NULL, "renewed_until" DATE, "at" TIMESTAMP, "by_id" INTEGER, "note" TEXT NOT NULL,
        FOREIGN KEY ("contract_id") REFERENCES "contracts_contract" ("id"), FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_contract_id" ON "contracts_contract_step"
        ("contract_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_contact_id" ON "contracts_contract_step"
        ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_stage_at" ON "contracts_contract_step" ("stage", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "contracts_contract_step_at_id" ON "contracts_contract_step" ("at", "id")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
