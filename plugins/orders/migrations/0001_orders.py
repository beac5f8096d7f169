"""orders"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "orders_approval" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record"
        INTEGER, "kind" TEXT NOT NULL, "why" TEXT NOT NULL, "percent" DECIMAL(5, 2), "amount" INTEGER,
        "contact_id" INTEGER, "owner_id" INTEGER, "asked_at" DATETIME, "words" TEXT NOT NULL, "state"
        VARCHAR(60) NOT NULL, "decided_by_id" INTEGER, "decided_at" DATETIME, "answer" TEXT NOT NULL,
        "title_key" TEXT NOT NULL, "kind_key" TEXT NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, FOREIGN
        KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user"
        ("id"), FOREIGN KEY ("decided_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_contact_id" ON "orders_approval" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_title_key" ON "orders_approval" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_kind_key" ON "orders_approval" ("kind_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_resource_record" ON "orders_approval" ("resource", "record")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_state_asked_at" ON "orders_approval" ("state", "asked_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_owner_id_state" ON "orders_approval" ("owner_id", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_quote" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "number" TEXT NOT NULL, "revision" INTEGER NOT
        NULL, "previous_id" INTEGER, "status" VARCHAR(60) NOT NULL, "contact_id" INTEGER NOT NULL,
        "attention_id" INTEGER, "deal_id" INTEGER, "owner_id" INTEGER, "day" DATE, "valid_until" DATE,
        "currency" TEXT NOT NULL, "prices" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL, "discount"
        DECIMAL(5, 2), "intro" TEXT NOT NULL, "terms" TEXT NOT NULL, "note" TEXT NOT NULL, "net" INTEGER,
        "tax" INTEGER, "total" INTEGER, "value" INTEGER, "sent_at" DATETIME, "viewed_at" DATETIME,
        "decided_at" DATETIME, "decided_by" TEXT NOT NULL, "decided_from" TEXT NOT NULL, "reason" TEXT NOT
        NULL, "secret" VARCHAR(60) NOT NULL, "title_key" TEXT NOT NULL, "number_key" TEXT NOT NULL,
        "net_currency" VARCHAR(3) NOT NULL, "tax_currency" VARCHAR(3) NOT NULL, "total_currency" VARCHAR(3)
        NOT NULL, FOREIGN KEY ("previous_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("attention_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY ("owner_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_previous_id" ON "orders_quote" ("previous_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_contact_id" ON "orders_quote" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_attention_id" ON "orders_quote" ("attention_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_deal_id" ON "orders_quote" ("deal_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_quote_secret" ON "orders_quote" ("secret")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_title_key" ON "orders_quote" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_number_key" ON "orders_quote" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_owner_id_status" ON "orders_quote" ("owner_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_status_valid_until" ON "orders_quote" ("status", "valid_until")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_status_sent_at" ON "orders_quote" ("status", "sent_at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_quote_version_once" ON "orders_quote" ("number", "revision")
        WHERE "deleted_batch" IS NULL AND "number" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_comment" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "quote_id" INTEGER NOT NULL, "contact_id" INTEGER, "text" TEXT NOT
        NULL, "name" TEXT NOT NULL, "author_id" INTEGER, "address" TEXT NOT NULL, FOREIGN KEY ("quote_id")
        REFERENCES "orders_quote" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN
        KEY ("author_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_comment_quote_id" ON "orders_comment" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_comment_contact_id" ON "orders_comment" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_counter" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "key"
        VARCHAR(80) NOT NULL, "last" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_counter_key" ON "orders_counter" ("key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_order" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "number" TEXT NOT NULL, "status" VARCHAR(60)
        NOT NULL, "contact_id" INTEGER NOT NULL, "attention_id" INTEGER, "deal_id" INTEGER, "quote_id"
        INTEGER, "owner_id" INTEGER, "day" DATE, "due" DATE, "reference" TEXT NOT NULL, "ship_to" TEXT NOT
        NULL, "currency" TEXT NOT NULL, "prices" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL,
        "discount" DECIMAL(5, 2), "intro" TEXT NOT NULL, "terms" TEXT NOT NULL, "note" TEXT NOT NULL, "net"
        INTEGER, "tax" INTEGER, "total" INTEGER, "value" INTEGER, "confirmed_at" DATETIME, "closed_at"
        DATETIME, "secret" VARCHAR(60) NOT NULL, "title_key" TEXT NOT NULL, "number_key" TEXT NOT NULL,
        "net_currency" VARCHAR(3) NOT NULL, "tax_currency" VARCHAR(3) NOT NULL, "total_currency" VARCHAR(3)
        NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("attention_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY
        ("quote_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_contact_id" ON "orders_order" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_attention_id" ON "orders_order" ("attention_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_deal_id" ON "orders_order" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_quote_id" ON "orders_order" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_day" ON "orders_order" ("day")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_due" ON "orders_order" ("due")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_secret" ON "orders_order" ("secret")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_title_key" ON "orders_order" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_number_key" ON "orders_order" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_owner_id_status" ON "orders_order" ("owner_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_status_due" ON "orders_order" ("status", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_status_confirmed_at" ON "orders_order" ("status", "confirmed_at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_quote_once" ON "orders_order" ("quote_id") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_number_once" ON "orders_order" ("number") WHERE
        "deleted_batch" IS NULL AND "number" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_delivery" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "number" TEXT NOT NULL, "order_id" INTEGER NOT NULL, "contact_id"
        INTEGER, "kind" VARCHAR(60) NOT NULL, "day" DATE, "carrier" TEXT NOT NULL, "note" TEXT NOT NULL,
        "by_id" INTEGER, "number_key" TEXT NOT NULL, FOREIGN KEY ("order_id") REFERENCES "orders_order"
        ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_order_id" ON "orders_delivery" ("order_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_contact_id" ON "orders_delivery" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_day" ON "orders_delivery" ("day")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_number_key" ON "orders_delivery" ("number_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_order_line" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "order_id" INTEGER NOT NULL, "place" INTEGER NOT NULL, "kind"
        VARCHAR(60) NOT NULL, "product_id" INTEGER, "text" TEXT NOT NULL, "quantity" DECIMAL(18, 4) NOT NULL,
        "unit" TEXT NOT NULL, "price" INTEGER, "discount" DECIMAL(5, 2), "tax" DECIMAL(5, 2), "amount"
        INTEGER, "why" TEXT NOT NULL, "delivered" DECIMAL(18, 4) NOT NULL, "returned" DECIMAL(18, 4) NOT NULL,
        "price_currency" VARCHAR(3) NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("order_id")
        REFERENCES "orders_order" ("id"), FOREIGN KEY ("product_id") REFERENCES "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_line_product_id" ON "orders_order_line" ("product_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_line_order_id_place_id" ON "orders_order_line" ("order_id",
        "place", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_delivery_line" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "delivery_id" INTEGER NOT NULL, "line_id" INTEGER NOT
        NULL, "quantity" DECIMAL(18, 4), FOREIGN KEY ("delivery_id") REFERENCES "orders_delivery" ("id"),
        FOREIGN KEY ("line_id") REFERENCES "orders_order_line" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_line_delivery_id" ON "orders_delivery_line" ("delivery_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_line_line_id" ON "orders_delivery_line" ("line_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_letterhead" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "language" VARCHAR(60) NOT NULL, "sender" TEXT
        NOT NULL, "terms" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_limit" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "role_id" INTEGER NOT NULL, "discount" DECIMAL(5, 2), FOREIGN KEY
        ("role_id") REFERENCES "core_role" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_limit_role_id" ON "orders_limit" ("role_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_limit_once" ON "orders_limit" ("role_id") WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_quote_line" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "quote_id" INTEGER NOT NULL, "place" INTEGER NOT NULL, "kind"
        VARCHAR(60) NOT NULL, "product_id" INTEGER, "text" TEXT NOT NULL, "quantity" DECIMAL(18, 4) NOT NULL,
        "unit" TEXT NOT NULL, "price" INTEGER, "discount" DECIMAL(5, 2), "tax" DECIMAL(5, 2), "amount"
        INTEGER, "why" TEXT NOT NULL, "price_currency" VARCHAR(3) NOT NULL, "amount_currency" VARCHAR(3) NOT
        NULL, FOREIGN KEY ("quote_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("product_id") REFERENCES
        "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_line_product_id" ON "orders_quote_line" ("product_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_line_quote_id_place_id" ON "orders_quote_line" ("quote_id",
        "place", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_step" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "contact_id" INTEGER, "quote_id"
        INTEGER, "order_id" INTEGER, "at" DATETIME, "by_id" INTEGER, "title" TEXT NOT NULL, "text" TEXT NOT
        NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("quote_id") REFERENCES
        "orders_quote" ("id"), FOREIGN KEY ("order_id") REFERENCES "orders_order" ("id"), FOREIGN KEY
        ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_contact_id" ON "orders_step" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_quote_id" ON "orders_step" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_order_id" ON "orders_step" ("order_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_at_id" ON "orders_step" ("at", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_visit" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "at" DATETIME,
        "visitor" VARCHAR(64) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_visit_at" ON "orders_visit" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_visit_visitor" ON "orders_visit" ("visitor")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "orders_approval" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "resource" VARCHAR(80) NOT NULL, "record" INTEGER,
        "kind" TEXT NOT NULL, "why" TEXT NOT NULL, "percent" NUMERIC(5, 2), "amount" BIGINT, "contact_id"
        INTEGER, "owner_id" INTEGER, "asked_at" TIMESTAMP, "words" TEXT NOT NULL, "state" VARCHAR(60) NOT
        NULL, "decided_by_id" INTEGER, "decided_at" TIMESTAMP, "answer" TEXT NOT NULL, "title_key" TEXT
        COLLATE "C" NOT NULL, "kind_key" TEXT COLLATE "C" NOT NULL, "amount_currency" VARCHAR(3) NOT NULL,
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("owner_id") REFERENCES
        "core_user" ("id"), FOREIGN KEY ("decided_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_contact_id" ON "orders_approval" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_title_key" ON "orders_approval" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_kind_key" ON "orders_approval" ("kind_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_resource_record" ON "orders_approval" ("resource", "record")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_state_asked_at" ON "orders_approval" ("state", "asked_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_approval_owner_id_state" ON "orders_approval" ("owner_id", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_quote" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "title" TEXT NOT NULL, "number" TEXT NOT NULL, "revision" INTEGER NOT NULL,
        "previous_id" INTEGER, "status" VARCHAR(60) NOT NULL, "contact_id" INTEGER NOT NULL, "attention_id"
        INTEGER, "deal_id" INTEGER, "owner_id" INTEGER, "day" DATE, "valid_until" DATE, "currency" TEXT NOT
        NULL, "prices" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL, "discount" NUMERIC(5, 2),
        "intro" TEXT NOT NULL, "terms" TEXT NOT NULL, "note" TEXT NOT NULL, "net" BIGINT, "tax" BIGINT,
        "total" BIGINT, "value" BIGINT, "sent_at" TIMESTAMP, "viewed_at" TIMESTAMP, "decided_at" TIMESTAMP,
        "decided_by" TEXT NOT NULL, "decided_from" TEXT NOT NULL, "reason" TEXT NOT NULL, "secret" VARCHAR(60)
        NOT NULL, "title_key" TEXT COLLATE "C" NOT NULL, "number_key" TEXT COLLATE "C" NOT NULL,
        "net_currency" VARCHAR(3) NOT NULL, "tax_currency" VARCHAR(3) NOT NULL, "total_currency" VARCHAR(3)
        NOT NULL, FOREIGN KEY ("previous_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("attention_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY ("owner_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_previous_id" ON "orders_quote" ("previous_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_contact_id" ON "orders_quote" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_attention_id" ON "orders_quote" ("attention_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_deal_id" ON "orders_quote" ("deal_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_quote_secret" ON "orders_quote" ("secret")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_title_key" ON "orders_quote" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_number_key" ON "orders_quote" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_owner_id_status" ON "orders_quote" ("owner_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_status_valid_until" ON "orders_quote" ("status", "valid_until")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_status_sent_at" ON "orders_quote" ("status", "sent_at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_quote_version_once" ON "orders_quote" ("number", "revision")
        WHERE "deleted_batch" IS NULL AND "number" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_comment" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "quote_id" INTEGER NOT NULL, "contact_id" INTEGER, "text" TEXT NOT NULL, "name" TEXT
        NOT NULL, "author_id" INTEGER, "address" TEXT NOT NULL, FOREIGN KEY ("quote_id") REFERENCES
        "orders_quote" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("author_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_comment_quote_id" ON "orders_comment" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_comment_contact_id" ON "orders_comment" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_counter" ("id" SERIAL NOT NULL PRIMARY KEY, "key" VARCHAR(80) NOT NULL,
        "last" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_counter_key" ON "orders_counter" ("key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_order" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "title" TEXT NOT NULL, "number" TEXT NOT NULL, "status" VARCHAR(60) NOT NULL,
        "contact_id" INTEGER NOT NULL, "attention_id" INTEGER, "deal_id" INTEGER, "quote_id" INTEGER,
        "owner_id" INTEGER, "day" DATE, "due" DATE, "reference" TEXT NOT NULL, "ship_to" TEXT NOT NULL,
        "currency" TEXT NOT NULL, "prices" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL, "discount"
        NUMERIC(5, 2), "intro" TEXT NOT NULL, "terms" TEXT NOT NULL, "note" TEXT NOT NULL, "net" BIGINT, "tax"
        BIGINT, "total" BIGINT, "value" BIGINT, "confirmed_at" TIMESTAMP, "closed_at" TIMESTAMP, "secret"
        VARCHAR(60) NOT NULL, "title_key" TEXT COLLATE "C" NOT NULL, "number_key" TEXT COLLATE "C" NOT NULL,
        "net_currency" VARCHAR(3) NOT NULL, "tax_currency" VARCHAR(3) NOT NULL, "total_currency" VARCHAR(3)
        NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("attention_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"), FOREIGN KEY
        ("quote_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_contact_id" ON "orders_order" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_attention_id" ON "orders_order" ("attention_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_deal_id" ON "orders_order" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_quote_id" ON "orders_order" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_day" ON "orders_order" ("day")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_due" ON "orders_order" ("due")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_secret" ON "orders_order" ("secret")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_title_key" ON "orders_order" ("title_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_number_key" ON "orders_order" ("number_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_owner_id_status" ON "orders_order" ("owner_id", "status")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_status_due" ON "orders_order" ("status", "due")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_status_confirmed_at" ON "orders_order" ("status", "confirmed_at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_quote_once" ON "orders_order" ("quote_id") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_order_number_once" ON "orders_order" ("number") WHERE
        "deleted_batch" IS NULL AND "number" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_delivery" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "number" TEXT NOT NULL, "order_id" INTEGER NOT NULL, "contact_id" INTEGER,
        "kind" VARCHAR(60) NOT NULL, "day" DATE, "carrier" TEXT NOT NULL, "note" TEXT NOT NULL, "by_id"
        INTEGER, "number_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY ("order_id") REFERENCES "orders_order"
        ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_order_id" ON "orders_delivery" ("order_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_contact_id" ON "orders_delivery" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_day" ON "orders_delivery" ("day")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_number_key" ON "orders_delivery" ("number_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_order_line" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "order_id" INTEGER NOT NULL, "place" INTEGER NOT NULL, "kind" VARCHAR(60) NOT
        NULL, "product_id" INTEGER, "text" TEXT NOT NULL, "quantity" NUMERIC(18, 4) NOT NULL, "unit" TEXT NOT
        NULL, "price" BIGINT, "discount" NUMERIC(5, 2), "tax" NUMERIC(5, 2), "amount" BIGINT, "why" TEXT NOT
        NULL, "delivered" NUMERIC(18, 4) NOT NULL, "returned" NUMERIC(18, 4) NOT NULL, "price_currency"
        VARCHAR(3) NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("order_id") REFERENCES
        "orders_order" ("id"), FOREIGN KEY ("product_id") REFERENCES "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_line_product_id" ON "orders_order_line" ("product_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_order_line_order_id_place_id" ON "orders_order_line" ("order_id",
        "place", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_delivery_line" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "delivery_id" INTEGER NOT NULL, "line_id" INTEGER NOT NULL, "quantity"
        NUMERIC(18, 4), FOREIGN KEY ("delivery_id") REFERENCES "orders_delivery" ("id"), FOREIGN KEY
        ("line_id") REFERENCES "orders_order_line" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_line_delivery_id" ON "orders_delivery_line" ("delivery_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_delivery_line_line_id" ON "orders_delivery_line" ("line_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_letterhead" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "language" VARCHAR(60) NOT NULL, "sender" TEXT NOT
        NULL, "terms" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_limit" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "role_id" INTEGER NOT NULL, "discount" NUMERIC(5, 2), FOREIGN KEY ("role_id")
        REFERENCES "core_role" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_limit_role_id" ON "orders_limit" ("role_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "orders_limit_once" ON "orders_limit" ("role_id") WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_quote_line" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "quote_id" INTEGER NOT NULL, "place" INTEGER NOT NULL, "kind" VARCHAR(60) NOT
        NULL, "product_id" INTEGER, "text" TEXT NOT NULL, "quantity" NUMERIC(18, 4) NOT NULL, "unit" TEXT NOT
        NULL, "price" BIGINT, "discount" NUMERIC(5, 2), "tax" NUMERIC(5, 2), "amount" BIGINT, "why" TEXT NOT
        NULL, "price_currency" VARCHAR(3) NOT NULL, "amount_currency" VARCHAR(3) NOT NULL, FOREIGN KEY
        ("quote_id") REFERENCES "orders_quote" ("id"), FOREIGN KEY ("product_id") REFERENCES
        "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_line_product_id" ON "orders_quote_line" ("product_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_quote_line_quote_id_place_id" ON "orders_quote_line" ("quote_id",
        "place", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_step" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "contact_id" INTEGER, "quote_id" INTEGER, "order_id"
        INTEGER, "at" TIMESTAMP, "by_id" INTEGER, "title" TEXT NOT NULL, "text" TEXT NOT NULL, FOREIGN KEY
        ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("quote_id") REFERENCES "orders_quote"
        ("id"), FOREIGN KEY ("order_id") REFERENCES "orders_order" ("id"), FOREIGN KEY ("by_id") REFERENCES
        "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_contact_id" ON "orders_step" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_quote_id" ON "orders_step" ("quote_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_order_id" ON "orders_step" ("order_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_step_at_id" ON "orders_step" ("at", "id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "orders_visit" ("id" SERIAL NOT NULL PRIMARY KEY, "at" TIMESTAMP, "visitor"
        VARCHAR(64) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_visit_at" ON "orders_visit" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "orders_visit_visitor" ON "orders_visit" ("visitor")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
