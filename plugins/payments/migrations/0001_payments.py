"""payments"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "payments_for_something" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER,
        "about" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_instalment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER,
        "about" TEXT NOT NULL, "title" TEXT NOT NULL, "number" INTEGER NOT NULL, "contact_id" INTEGER NOT
        NULL, "amount" INTEGER, "due" DATE, "condition" TEXT NOT NULL, "owner_id" INTEGER, "quiet" INTEGER NOT
        NULL, "state" VARCHAR(60) NOT NULL, "open" INTEGER, "paid" INTEGER, "waived" INTEGER, "settled_on"
        DATE, "currency" TEXT NOT NULL, "reminded_on" DATE, "reminders" INTEGER NOT NULL, "amount_currency"
        VARCHAR(3) NOT NULL, "open_currency" VARCHAR(3) NOT NULL, "paid_currency" VARCHAR(3) NOT NULL,
        "waived_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_state_due" ON "payments_instalment" ("state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_due_id" ON "payments_instalment" ("due", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_contact_id_state_due" ON "payments_instalment"
        ("contact_id", "state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_owner_id_state_due" ON "payments_instalment" ("owner_id",
        "state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_resource_record_id" ON "payments_instalment" ("resource",
        "record_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_instalment_once" ON "payments_instalment" ("resource",
        "record_id", "number") WHERE "deleted_batch" IS NULL AND "record_id" IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_invoice" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER, "about" TEXT
        NOT NULL, "number" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "contact_id" INTEGER NOT NULL,
        "made_out_to" TEXT NOT NULL, "tax_number" TEXT NOT NULL, "address" TEXT NOT NULL, "instalment_id"
        INTEGER, "what" TEXT NOT NULL, "amount" INTEGER, "tax_percent" DECIMAL(5, 2), "issued_on" DATE,
        "state" VARCHAR(60) NOT NULL, "owner_id" INTEGER, "note" TEXT NOT NULL, "number_key" TEXT NOT NULL,
        "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("instalment_id") REFERENCES "payments_instalment" ("id"), FOREIGN KEY ("owner_id")
        REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_instalment_id" ON "payments_invoice" ("instalment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_number_key" ON "payments_invoice" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_issued_on_id" ON "payments_invoice" ("issued_on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_state_issued_on" ON "payments_invoice" ("state", "issued_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_contact_id_state" ON "payments_invoice" ("contact_id",
        "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_owner_id_state" ON "payments_invoice" ("owner_id", "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_resource_record_id" ON "payments_invoice" ("resource",
        "record_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_invoice_once" ON "payments_invoice" ("kind", "number_key")
        WHERE "deleted_batch" IS NULL AND "number_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_payment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "amount" INTEGER, "received_on" DATE,
        "method" VARCHAR(60) NOT NULL, "reference" TEXT NOT NULL, "towards_id" INTEGER, "keep_rest" INTEGER
        NOT NULL, "owner_id" INTEGER, "note" TEXT NOT NULL, "free" INTEGER, "token" VARCHAR(60),
        "amount_currency" VARCHAR(3) NOT NULL, "free_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("towards_id") REFERENCES "payments_instalment" ("id"),
        FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_free" ON "payments_payment" ("free")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_payment_token" ON "payments_payment" ("token")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_received_on_id" ON "payments_payment" ("received_on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_contact_id_received_on" ON "payments_payment" ("contact_id",
        "received_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_owner_id_received_on" ON "payments_payment" ("owner_id",
        "received_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_reference" ON "payments_payment" ("reference")
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_settlement" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "payment_id" INTEGER,
        "instalment_id" INTEGER, "contact_id" INTEGER, "amount" INTEGER, "on" DATE, "reason" TEXT NOT NULL,
        "by_id" INTEGER, "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("payment_id") REFERENCES
        "payments_payment" ("id"), FOREIGN KEY ("instalment_id") REFERENCES "payments_instalment" ("id"),
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_payment_id" ON "payments_settlement" ("payment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_instalment_id" ON "payments_settlement" ("instalment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_kind_on" ON "payments_settlement" ("kind", "on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_on_id" ON "payments_settlement" ("on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_contact_id_on" ON "payments_settlement" ("contact_id",
        "on")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "payments_for_something" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER
        NOT NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER, "about" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_instalment" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER, "about" TEXT NOT NULL,
        "title" TEXT NOT NULL, "number" INTEGER NOT NULL, "contact_id" INTEGER NOT NULL, "amount" BIGINT,
        "due" DATE, "condition" TEXT NOT NULL, "owner_id" INTEGER, "quiet" BOOLEAN NOT NULL, "state"
        VARCHAR(60) NOT NULL, "open" BIGINT, "paid" BIGINT, "waived" BIGINT, "settled_on" DATE, "currency"
        TEXT NOT NULL, "reminded_on" DATE, "reminders" INTEGER NOT NULL, "amount_currency" VARCHAR(3) NOT
        NULL, "open_currency" VARCHAR(3) NOT NULL, "paid_currency" VARCHAR(3) NOT NULL, "waived_currency"
        VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_state_due" ON "payments_instalment" ("state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_due_id" ON "payments_instalment" ("due", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_contact_id_state_due" ON "payments_instalment"
        ("contact_id", "state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_owner_id_state_due" ON "payments_instalment" ("owner_id",
        "state", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_instalment_resource_record_id" ON "payments_instalment" ("resource",
        "record_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_instalment_once" ON "payments_instalment" ("resource",
        "record_id", "number") WHERE "deleted_batch" IS NULL AND "record_id" IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_invoice" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER, "about" TEXT NOT NULL,
        "number" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "contact_id" INTEGER NOT NULL, "made_out_to" TEXT
        NOT NULL, "tax_number" TEXT NOT NULL, "address" TEXT NOT NULL, "instalment_id" INTEGER, "what" TEXT
        NOT NULL, "amount" BIGINT, "tax_percent" NUMERIC(5, 2), "issued_on" DATE, "state" VARCHAR(60) NOT
        NULL, "owner_id" INTEGER, "note" TEXT NOT NULL, "number_key" TEXT COLLATE "C" NOT NULL,
        "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("instalment_id") REFERENCES "payments_instalment" ("id"), FOREIGN KEY ("owner_id")
        REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_instalment_id" ON "payments_invoice" ("instalment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_number_key" ON "payments_invoice" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_issued_on_id" ON "payments_invoice" ("issued_on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_state_issued_on" ON "payments_invoice" ("state", "issued_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_contact_id_state" ON "payments_invoice" ("contact_id",
        "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_owner_id_state" ON "payments_invoice" ("owner_id", "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_invoice_resource_record_id" ON "payments_invoice" ("resource",
        "record_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_invoice_once" ON "payments_invoice" ("kind", "number_key")
        WHERE "deleted_batch" IS NULL AND "number_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_payment" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "amount" BIGINT, "received_on" DATE, "method"
        VARCHAR(60) NOT NULL, "reference" TEXT NOT NULL, "towards_id" INTEGER, "keep_rest" BOOLEAN NOT NULL,
        "owner_id" INTEGER, "note" TEXT NOT NULL, "free" BIGINT, "token" VARCHAR(60), "amount_currency"
        VARCHAR(3) NOT NULL, "free_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("towards_id") REFERENCES "payments_instalment" ("id"), FOREIGN KEY
        ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_free" ON "payments_payment" ("free")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "payments_payment_token" ON "payments_payment" ("token")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_received_on_id" ON "payments_payment" ("received_on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_contact_id_received_on" ON "payments_payment" ("contact_id",
        "received_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_owner_id_received_on" ON "payments_payment" ("owner_id",
        "received_on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_payment_reference" ON "payments_payment" ("reference")
    """,
    """
    CREATE TABLE IF NOT EXISTS "payments_settlement" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "payment_id" INTEGER, "instalment_id" INTEGER,
        "contact_id" INTEGER, "amount" BIGINT, "on" DATE, "reason" TEXT NOT NULL, "by_id" INTEGER,
        "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("payment_id") REFERENCES "payments_payment"
        ("id"), FOREIGN KEY ("instalment_id") REFERENCES "payments_instalment" ("id"), FOREIGN KEY
        ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_payment_id" ON "payments_settlement" ("payment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_instalment_id" ON "payments_settlement" ("instalment_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_kind_on" ON "payments_settlement" ("kind", "on")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_on_id" ON "payments_settlement" ("on", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "payments_settlement_contact_id_on" ON "payments_settlement" ("contact_id",
        "on")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
