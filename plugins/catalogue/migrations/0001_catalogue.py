"""catalogue"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "catalogue_category" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, "place"
        INTEGER NOT NULL, "name_key" TEXT NOT NULL, FOREIGN KEY ("parent_id") REFERENCES "catalogue_category"
        ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_category_parent_id" ON "catalogue_category" ("parent_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_category_name_key" ON "catalogue_category" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_product" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "sku" TEXT NOT NULL, "category_id" INTEGER,
        "unit" TEXT NOT NULL, "price" INTEGER, "cost" INTEGER, "tax" DECIMAL(5, 2), "active" INTEGER NOT NULL,
        "description" TEXT NOT NULL, "name_key" TEXT NOT NULL, "sku_key" TEXT NOT NULL, "price_currency"
        VARCHAR(3) NOT NULL, "cost_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("category_id") REFERENCES
        "catalogue_category" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_category_id" ON "catalogue_product" ("category_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_name_key" ON "catalogue_product" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_sku_key" ON "catalogue_product" ("sku_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_active_name_key" ON "catalogue_product" ("active",
        "name_key")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "catalogue_product_sku_once" ON "catalogue_product" ("sku_key") WHERE
        "deleted_batch" IS NULL AND "sku_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_component" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "bundle_id" INTEGER NOT NULL, "product_id" INTEGER
        NOT NULL, "quantity" DECIMAL(18, 4) NOT NULL, "place" INTEGER NOT NULL, FOREIGN KEY ("bundle_id")
        REFERENCES "catalogue_product" ("id"), FOREIGN KEY ("product_id") REFERENCES "catalogue_product"
        ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_component_bundle_id" ON "catalogue_component" ("bundle_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_component_product_id" ON "catalogue_component" ("product_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_price_list" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "version" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL,
        "deleted_batch" INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "grade" TEXT NOT NULL,
        "currency" TEXT NOT NULL, "valid_from" DATE, "valid_until" DATE, "special" INTEGER NOT NULL, "active"
        INTEGER NOT NULL, "name_key" TEXT NOT NULL, "currency_key" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_valid_from" ON "catalogue_price_list" ("valid_from")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_name_key" ON "catalogue_price_list" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_currency_key" ON "catalogue_price_list" ("currency_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_price" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "price_list_id" INTEGER NOT NULL, "product_id" INTEGER NOT NULL,
        "min_quantity" DECIMAL(18, 4) NOT NULL, "price" INTEGER, "price_currency" VARCHAR(3) NOT NULL, FOREIGN
        KEY ("price_list_id") REFERENCES "catalogue_price_list" ("id"), FOREIGN KEY ("product_id") REFERENCES
        "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_product_id_price_list_id_min_quantity" ON "catalogue_price"
        ("product_id", "price_list_id", "min_quantity")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "catalogue_price_once" ON "catalogue_price" ("price_list_id",
        "product_id", "min_quantity") WHERE "deleted_batch" IS NULL
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "catalogue_category" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, "place" INTEGER NOT NULL,
        "name_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY ("parent_id") REFERENCES "catalogue_category"
        ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_category_parent_id" ON "catalogue_category" ("parent_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_category_name_key" ON "catalogue_category" ("name_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_product" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "sku" TEXT NOT NULL, "category_id" INTEGER, "unit" TEXT
        NOT NULL, "price" BIGINT, "cost" BIGINT, "tax" NUMERIC(5, 2), "active" BOOLEAN NOT NULL, "description"
        TEXT NOT NULL, "name_key" TEXT COLLATE "C" NOT NULL, "sku_key" TEXT COLLATE "C" NOT NULL,
        "price_currency" VARCHAR(3) NOT NULL, "cost_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("category_id")
        REFERENCES "catalogue_category" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_category_id" ON "catalogue_product" ("category_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_name_key" ON "catalogue_product" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_sku_key" ON "catalogue_product" ("sku_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_product_active_name_key" ON "catalogue_product" ("active",
        "name_key")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "catalogue_product_sku_once" ON "catalogue_product" ("sku_key") WHERE
        "deleted_batch" IS NULL AND "sku_key" <> ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_component" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "bundle_id" INTEGER NOT NULL, "product_id" INTEGER NOT NULL, "quantity"
        NUMERIC(18, 4) NOT NULL, "place" INTEGER NOT NULL, FOREIGN KEY ("bundle_id") REFERENCES
        "catalogue_product" ("id"), FOREIGN KEY ("product_id") REFERENCES "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_component_bundle_id" ON "catalogue_component" ("bundle_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_component_product_id" ON "catalogue_component" ("product_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_price_list" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "grade" TEXT NOT NULL, "currency" TEXT NOT NULL,
        "valid_from" DATE, "valid_until" DATE, "special" BOOLEAN NOT NULL, "active" BOOLEAN NOT NULL,
        "name_key" TEXT COLLATE "C" NOT NULL, "currency_key" TEXT COLLATE "C" NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_valid_from" ON "catalogue_price_list" ("valid_from")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_name_key" ON "catalogue_price_list" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_list_currency_key" ON "catalogue_price_list" ("currency_key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "catalogue_price" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "price_list_id" INTEGER NOT NULL, "product_id" INTEGER NOT NULL,
        "min_quantity" NUMERIC(18, 4) NOT NULL, "price" BIGINT, "price_currency" VARCHAR(3) NOT NULL, FOREIGN
        KEY ("price_list_id") REFERENCES "catalogue_price_list" ("id"), FOREIGN KEY ("product_id") REFERENCES
        "catalogue_product" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "catalogue_price_product_id_price_list_id_min_quantity" ON "catalogue_price"
        ("product_id", "price_list_id", "min_quantity")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "catalogue_price_once" ON "catalogue_price" ("price_list_id",
        "product_id", "min_quantity") WHERE "deleted_batch" IS NULL
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
