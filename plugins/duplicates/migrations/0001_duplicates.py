"""Rules, pairs, contacts to look at; and the rules that a new firm starts with."""

import datetime as dt

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "duplicates_fresh" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "contact_id" INTEGER NOT
        NULL)
    """,
    """
    CREATE TABLE "duplicates_pair" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT
        NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "first_id" INTEGER NOT NULL, "second_id" INTEGER NOT NULL, "score" INTEGER,
        "reasons" TEXT NOT NULL, "state" VARCHAR(60) NOT NULL, FOREIGN KEY ("first_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("second_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX "duplicates_pair_first_id" ON "duplicates_pair" ("first_id")
    """,
    """
    CREATE INDEX "duplicates_pair_second_id" ON "duplicates_pair" ("second_id")
    """,
    """
    CREATE INDEX "duplicates_pair_score" ON "duplicates_pair" ("score")
    """,
    """
    CREATE INDEX "duplicates_pair_state" ON "duplicates_pair" ("state")
    """,
    """
    CREATE TABLE "duplicates_rule" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT
        NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "active" INTEGER NOT NULL, "conditions" TEXT NOT NULL,
        "needed" INTEGER)
    """,
]
POSTGRES = [
    """
    CREATE TABLE "duplicates_fresh" ("id" SERIAL NOT NULL PRIMARY KEY, "contact_id" INTEGER NOT NULL)
    """,
    """
    CREATE TABLE "duplicates_pair" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "first_id" INTEGER NOT NULL, "second_id" INTEGER NOT NULL, "score" INTEGER, "reasons" TEXT NOT NULL,
        "state" VARCHAR(60) NOT NULL, FOREIGN KEY ("first_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("second_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX "duplicates_pair_first_id" ON "duplicates_pair" ("first_id")
    """,
    """
    CREATE INDEX "duplicates_pair_second_id" ON "duplicates_pair" ("second_id")
    """,
    """
    CREATE INDEX "duplicates_pair_score" ON "duplicates_pair" ("score")
    """,
    """
    CREATE INDEX "duplicates_pair_state" ON "duplicates_pair" ("state")
    """,
    """
    CREATE TABLE "duplicates_rule" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "name" TEXT NOT NULL, "active" BOOLEAN NOT NULL, "conditions" TEXT NOT NULL, "needed" INTEGER)
    """,
]
#: Name, conditions, how many must hold (None: all). Here as they were when this was written.
RULES = [
    ("Same e-mail and a similar name", "emails normalised\nname fuzzy 75", None),
    ("Same phone number and a similar name", "phones phone\nname fuzzy 75", None),
    ("Same name (pinyin) and same employer", "name pinyin\norganisation exact", None),
    ("Same name (pinyin) and same birthday", "name pinyin\nbirthday exact", None),
    ("Similar name at a similar address", "name fuzzy 80\naddresses.road fuzzy 75\naddresses.city normalised", None),
    ("Same organisation but for the legal form", "name legal\nkind exact\naddresses.city normalised", None),
    ("Same website and a similar name", "website normalised\nname fuzzy 75", None),
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
    mark = db.param
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0).isoformat(" ")
    for name, conditions, needed in RULES:
        db.execute_sql(
            'INSERT INTO "duplicates_rule" ("version", "created_at", "updated_at", "custom", "name", "active",'
            f' "conditions", "needed") VALUES (1, {mark}, {mark}, {mark}, {mark}, {mark}, {mark}, {mark})',
            (now, now, "{}", name, True, conditions, needed),
        )
