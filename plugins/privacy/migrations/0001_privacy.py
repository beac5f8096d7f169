"""Channels, consents, holds, certificates, exports, rules; and what a new firm starts with."""

import datetime as dt

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "privacy_channel" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "code" TEXT NOT NULL, "asks" INTEGER NOT NULL,
        "months" INTEGER, "active" INTEGER NOT NULL)
    """,
    """
    CREATE TABLE "privacy_purpose" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "active" INTEGER NOT NULL)
    """,
    """
    CREATE TABLE "privacy_consent" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "channel_id" INTEGER NOT NULL,
        "purpose_id" INTEGER, "state" VARCHAR(60) NOT NULL, "source" VARCHAR(60) NOT NULL, "given_at"
        DATETIME, "expires_at" DATETIME, "proof" TEXT NOT NULL, "recorded_by_id" INTEGER, "current" INTEGER
        NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("channel_id")
        REFERENCES "privacy_channel" ("id"), FOREIGN KEY ("purpose_id") REFERENCES "privacy_purpose" ("id"),
        FOREIGN KEY ("recorded_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_consent_channel_id" ON "privacy_consent" ("channel_id")
    """,
    """
    CREATE INDEX "privacy_consent_purpose_id" ON "privacy_consent" ("purpose_id")
    """,
    """
    CREATE INDEX "privacy_consent_state" ON "privacy_consent" ("state")
    """,
    """
    CREATE INDEX "privacy_consent_source" ON "privacy_consent" ("source")
    """,
    """
    CREATE INDEX "privacy_consent_given_at" ON "privacy_consent" ("given_at")
    """,
    """
    CREATE INDEX "privacy_consent_expires_at" ON "privacy_consent" ("expires_at")
    """,
    """
    CREATE INDEX "privacy_consent_recorded_by_id" ON "privacy_consent" ("recorded_by_id")
    """,
    """
    CREATE INDEX "privacy_consent_current" ON "privacy_consent" ("current")
    """,
    """
    CREATE INDEX "privacy_consent_contact_id_current" ON "privacy_consent" ("contact_id",
        "current")
    """,
    """
    CREATE TABLE "privacy_erasure" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "number" INTEGER, "mode" VARCHAR(60) NOT NULL, "reason" VARCHAR(60)
        NOT NULL, "state" VARCHAR(60) NOT NULL, "by_id" INTEGER, "done_at" DATETIME, "report" TEXT, "digest"
        TEXT NOT NULL, "problem" TEXT NOT NULL, FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_erasure_number" ON "privacy_erasure" ("number")
    """,
    """
    CREATE INDEX "privacy_erasure_reason" ON "privacy_erasure" ("reason")
    """,
    """
    CREATE INDEX "privacy_erasure_state" ON "privacy_erasure" ("state")
    """,
    """
    CREATE INDEX "privacy_erasure_by_id" ON "privacy_erasure" ("by_id")
    """,
    """
    CREATE INDEX "privacy_erasure_done_at" ON "privacy_erasure" ("done_at")
    """,
    """
    CREATE TABLE "privacy_export" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "state" VARCHAR(60) NOT NULL, "by_id"
        INTEGER, "size" INTEGER, "until" DATETIME, FOREIGN KEY ("contact_id") REFERENCES "core_contact"
        ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_export_contact_id" ON "privacy_export" ("contact_id")
    """,
    """
    CREATE INDEX "privacy_export_state" ON "privacy_export" ("state")
    """,
    """
    CREATE INDEX "privacy_export_by_id" ON "privacy_export" ("by_id")
    """,
    """
    CREATE INDEX "privacy_export_until" ON "privacy_export" ("until")
    """,
    """
    CREATE TABLE "privacy_fingerprint" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "erasure_id" INTEGER NOT NULL, "kind" VARCHAR(10) NOT NULL, "digest" VARCHAR(64) NOT NULL)
    """,
    """
    CREATE INDEX "privacy_fingerprint_erasure_id" ON "privacy_fingerprint" ("erasure_id")
    """,
    """
    CREATE INDEX "privacy_fingerprint_digest" ON "privacy_fingerprint" ("digest")
    """,
    """
    CREATE TABLE "privacy_hold" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "reason" TEXT NOT NULL, "until" DATE,
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX "privacy_hold_contact_id" ON "privacy_hold" ("contact_id")
    """,
    """
    CREATE INDEX "privacy_hold_until" ON "privacy_hold" ("until")
    """,
    """
    CREATE TABLE "privacy_rule" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" VARCHAR(60) NOT NULL, "stage"
        VARCHAR(60) NOT NULL, "role" VARCHAR(60) NOT NULL, "months" INTEGER, "settled" INTEGER NOT NULL, "act"
        VARCHAR(60) NOT NULL, "active" INTEGER NOT NULL)
    """,
    """
    CREATE INDEX "privacy_rule_active" ON "privacy_rule" ("active")
    """,
    """
    CREATE TABLE "privacy_run" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "rule_id" INTEGER NOT NULL, "at" DATETIME, "act" VARCHAR(60) NOT
        NULL, "done" INTEGER NOT NULL, "held" INTEGER NOT NULL, "failed" INTEGER NOT NULL, "note" TEXT NOT
        NULL, FOREIGN KEY ("rule_id") REFERENCES "privacy_rule" ("id"))
    """,
    """
    CREATE INDEX "privacy_run_rule_id" ON "privacy_run" ("rule_id")
    """,
    """
    CREATE INDEX "privacy_run_at" ON "privacy_run" ("at")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "privacy_channel" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "code" TEXT NOT NULL, "asks" BOOLEAN NOT NULL, "months"
        INTEGER, "active" BOOLEAN NOT NULL)
    """,
    """
    CREATE TABLE "privacy_purpose" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "active" BOOLEAN NOT NULL)
    """,
    """
    CREATE TABLE "privacy_consent" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "channel_id" INTEGER NOT NULL, "purpose_id"
        INTEGER, "state" VARCHAR(60) NOT NULL, "source" VARCHAR(60) NOT NULL, "given_at" TIMESTAMP,
        "expires_at" TIMESTAMP, "proof" TEXT NOT NULL, "recorded_by_id" INTEGER, "current" BOOLEAN NOT NULL,
        FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("channel_id") REFERENCES
        "privacy_channel" ("id"), FOREIGN KEY ("purpose_id") REFERENCES "privacy_purpose" ("id"), FOREIGN KEY
        ("recorded_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_consent_channel_id" ON "privacy_consent" ("channel_id")
    """,
    """
    CREATE INDEX "privacy_consent_purpose_id" ON "privacy_consent" ("purpose_id")
    """,
    """
    CREATE INDEX "privacy_consent_state" ON "privacy_consent" ("state")
    """,
    """
    CREATE INDEX "privacy_consent_source" ON "privacy_consent" ("source")
    """,
    """
    CREATE INDEX "privacy_consent_given_at" ON "privacy_consent" ("given_at")
    """,
    """
    CREATE INDEX "privacy_consent_expires_at" ON "privacy_consent" ("expires_at")
    """,
    """
    CREATE INDEX "privacy_consent_recorded_by_id" ON "privacy_consent" ("recorded_by_id")
    """,
    """
    CREATE INDEX "privacy_consent_current" ON "privacy_consent" ("current")
    """,
    """
    CREATE INDEX "privacy_consent_contact_id_current" ON "privacy_consent" ("contact_id",
        "current")
    """,
    """
    CREATE TABLE "privacy_erasure" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "number" INTEGER, "mode" VARCHAR(60) NOT NULL, "reason" VARCHAR(60) NOT NULL,
        "state" VARCHAR(60) NOT NULL, "by_id" INTEGER, "done_at" TIMESTAMP, "report" TEXT, "digest" TEXT NOT
        NULL, "problem" TEXT NOT NULL, FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_erasure_number" ON "privacy_erasure" ("number")
    """,
    """
    CREATE INDEX "privacy_erasure_reason" ON "privacy_erasure" ("reason")
    """,
    """
    CREATE INDEX "privacy_erasure_state" ON "privacy_erasure" ("state")
    """,
    """
    CREATE INDEX "privacy_erasure_by_id" ON "privacy_erasure" ("by_id")
    """,
    """
    CREATE INDEX "privacy_erasure_done_at" ON "privacy_erasure" ("done_at")
    """,
    """
    CREATE TABLE "privacy_export" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "state" VARCHAR(60) NOT NULL, "by_id" INTEGER, "size"
        INTEGER, "until" TIMESTAMP, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "privacy_export_contact_id" ON "privacy_export" ("contact_id")
    """,
    """
    CREATE INDEX "privacy_export_state" ON "privacy_export" ("state")
    """,
    """
    CREATE INDEX "privacy_export_by_id" ON "privacy_export" ("by_id")
    """,
    """
    CREATE INDEX "privacy_export_until" ON "privacy_export" ("until")
    """,
    """
    CREATE TABLE "privacy_fingerprint" ("id" SERIAL NOT NULL PRIMARY KEY, "erasure_id" INTEGER
        NOT NULL, "kind" VARCHAR(10) NOT NULL, "digest" VARCHAR(64) NOT NULL)
    """,
    """
    CREATE INDEX "privacy_fingerprint_erasure_id" ON "privacy_fingerprint" ("erasure_id")
    """,
    """
    CREATE INDEX "privacy_fingerprint_digest" ON "privacy_fingerprint" ("digest")
    """,
    """
    CREATE TABLE "privacy_hold" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "reason" TEXT NOT NULL, "until" DATE, FOREIGN KEY
        ("contact_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX "privacy_hold_contact_id" ON "privacy_hold" ("contact_id")
    """,
    """
    CREATE INDEX "privacy_hold_until" ON "privacy_hold" ("until")
    """,
    """
    CREATE TABLE "privacy_rule" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "place" VARCHAR(60) NOT NULL, "stage" VARCHAR(60) NOT NULL,
        "role" VARCHAR(60) NOT NULL, "months" INTEGER, "settled" BOOLEAN NOT NULL, "act" VARCHAR(60) NOT NULL,
        "active" BOOLEAN NOT NULL)
    """,
    """
    CREATE INDEX "privacy_rule_active" ON "privacy_rule" ("active")
    """,
    """
    CREATE TABLE "privacy_run" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "rule_id" INTEGER NOT NULL, "at" TIMESTAMP, "act" VARCHAR(60) NOT NULL, "done" INTEGER
        NOT NULL, "held" INTEGER NOT NULL, "failed" INTEGER NOT NULL, "note" TEXT NOT NULL, FOREIGN KEY
        ("rule_id") REFERENCES "privacy_rule" ("id"))
    """,
    """
    CREATE INDEX "privacy_run_rule_id" ON "privacy_run" ("rule_id")
    """,
    """
    CREATE INDEX "privacy_run_at" ON "privacy_run" ("at")
    """,
]


#: The channels, purposes and the rule of a new firm, as they were when this was written.
CHANNELS = [
    ("E-mail", "email", True),
    ("Phone", "phone", False),
    ("SMS", "sms", True),
    ("WeChat", "wechat", True),
    ("Post", "post", False),
]
PURPOSES = ["Newsletter", "Offers", "Surveys"]
RULE = {
    "name": "Leads without a word for two years",
    "place": "contacts",
    "stage": "lead",
    "role": "",
    "months": 24,
    "settled": True,
    "act": "anonymise",
    "active": False,
}


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
    for name, code, asks in CHANNELS:
        _insert(db, "privacy_channel", name=name, code=code, asks=asks, active=True)
    for name in PURPOSES:
        _insert(db, "privacy_purpose", name=name, active=True)
    _insert(db, "privacy_rule", **RULE)


def _insert(db, table, **values):
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0).isoformat(" ")
    values |= {"version": 1, "created_at": now, "updated_at": now, "custom": "{}"}
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join([db.param] * len(values))
    db.execute_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', tuple(values.values()))
