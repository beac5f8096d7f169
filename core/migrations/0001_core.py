"""The tables of the core."""

from core import search
from core.db import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "core_api_answer" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id"
        INTEGER NOT NULL, "key" VARCHAR(200) NOT NULL, "request_hash" VARCHAR(64) NOT NULL, "body" TEXT NOT
        NULL, "at" DATETIME NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_api_answer_at" ON "core_api_answer" ("at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_api_answer_user_id_key" ON "core_api_answer" ("user_id", "key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_batch" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "at" DATETIME
        NOT NULL, "user_id" INTEGER, "kind" VARCHAR(20) NOT NULL, "resource" VARCHAR(80) NOT NULL, "label"
        TEXT NOT NULL, "params" TEXT NOT NULL, "count" INTEGER NOT NULL, "undo_of" INTEGER, "undone_by"
        INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_batch_at" ON "core_batch" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_batch_user_id" ON "core_batch" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_change" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "batch_id"
        INTEGER NOT NULL, "op" VARCHAR(8) NOT NULL, "table" VARCHAR(80) NOT NULL, "first" INTEGER NOT NULL,
        "last" INTEGER NOT NULL, "data" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_change_batch_id" ON "core_change" ("batch_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_change_table_first" ON "core_change" ("table", "first")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_role" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER
        NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "scope" VARCHAR(60) NOT NULL, "admin" INTEGER NOT NULL,
        "grants" TEXT NOT NULL, "field_rules" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_team" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER
        NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, FOREIGN KEY ("parent_id")
        REFERENCES "core_team" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_team_parent_id" ON "core_team" ("parent_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_user" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER
        NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "email" TEXT NOT NULL, "password_hash" TEXT NOT NULL,
        "role_id" INTEGER NOT NULL, "team_id" INTEGER, "language" VARCHAR(60) NOT NULL, "timezone" TEXT NOT
        NULL, "active" INTEGER NOT NULL, "last_seen_at" DATETIME, "preferences" TEXT NOT NULL, FOREIGN KEY
        ("role_id") REFERENCES "core_role" ("id"), FOREIGN KEY ("team_id") REFERENCES "core_team" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_user_role_id" ON "core_user" ("role_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_user_team_id" ON "core_user" ("team_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_user_email" ON "core_user" (lower("email")) WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_contact" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "name" TEXT NOT NULL, "family_name" TEXT
        NOT NULL, "given_name" TEXT NOT NULL, "middle_name" TEXT NOT NULL, "prefix" TEXT NOT NULL, "suffix"
        TEXT NOT NULL, "nickname" TEXT NOT NULL, "organisation_id" INTEGER, "job_title" TEXT NOT NULL,
        "website" TEXT NOT NULL, "birthday" DATE, "gender" VARCHAR(60) NOT NULL, "stage" VARCHAR(60) NOT NULL,
        "owner_id" INTEGER, "channel" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL, "source" TEXT NOT
        NULL, "note" TEXT NOT NULL, "last_activity_at" DATETIME, "next_step_at" DATETIME, "merged_into_id"
        INTEGER, "name_key" TEXT NOT NULL, FOREIGN KEY ("organisation_id") REFERENCES "core_contact" ("id"),
        FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("merged_into_id") REFERENCES
        "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_organisation_id" ON "core_contact" ("organisation_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_list" ON "core_contact" ("name_key", "id", "deleted_batch") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_owner" ON "core_contact" ("owner_id", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_stage" ON "core_contact" ("stage", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_kind" ON "core_contact" ("kind", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_active" ON "core_contact" ("last_activity_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_next" ON "core_contact" ("next_step_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_created" ON "core_contact" ("created_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_owner_active" ON "core_contact" ("owner_id",
        "last_activity_at", "id", "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_merged" ON "core_contact" ("merged_into_id") WHERE
        "merged_into_id" IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_contact_point" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "contact_id" INTEGER NOT NULL, "kind" VARCHAR(10) NOT NULL, "label" VARCHAR(40) NOT NULL, "value" TEXT
        NOT NULL, "normal" TEXT NOT NULL, "data" TEXT NOT NULL, "position" INTEGER NOT NULL, "deleted_batch"
        INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_point_contact_id_kind_position" ON "core_contact_point"
        ("contact_id", "kind", "position")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_point_kind_normal_contact_id" ON "core_contact_point" ("kind",
        "normal", "contact_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_contact_point_external" ON "core_contact_point" ("normal") WHERE
        "kind" = 'external' AND "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_entry" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "at" DATETIME NOT NULL, "kind"
        VARCHAR(60) NOT NULL, "author_id" INTEGER, "title" TEXT NOT NULL, "text" TEXT NOT NULL, "direction"
        VARCHAR(60) NOT NULL, "duration" INTEGER, "outcome" VARCHAR(60) NOT NULL, "pinned" INTEGER NOT NULL,
        "next_at" DATETIME, "next_text" TEXT NOT NULL, "next_user_id" INTEGER, "next_done_at" DATETIME,
        "permission" VARCHAR(120) NOT NULL, "plugin" VARCHAR(40) NOT NULL, "resource" VARCHAR(80) NOT NULL,
        "record_id" INTEGER, "mentions" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact"
        ("id"), FOREIGN KEY ("author_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("next_user_id")
        REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_contact_id_at_id" ON "core_entry" ("contact_id", "at", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_resource_record_id" ON "core_entry" ("resource", "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_author_id_at" ON "core_entry" ("author_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_next" ON "core_entry" ("next_user_id", "next_at") WHERE "next_at"
        IS NOT NULL AND "next_done_at" IS NULL AND "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_permission" ON "core_entry" ("permission") WHERE "permission" <> ''
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_open" ON "core_entry" ("contact_id", "next_at") WHERE "next_at" IS
        NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_job" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name"
        VARCHAR(120) NOT NULL, "args" TEXT NOT NULL, "user_id" INTEGER, "state" VARCHAR(8) NOT NULL, "run_at"
        DATETIME NOT NULL, "leased_until" DATETIME, "attempts" INTEGER NOT NULL, "created_at" DATETIME NOT
        NULL, "finished_at" DATETIME, "done" INTEGER NOT NULL, "total" INTEGER NOT NULL, "result" TEXT NOT
        NULL, "error" TEXT NOT NULL, "every" INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_job_state_run_at" ON "core_job" ("state", "run_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_job_name_state" ON "core_job" ("name", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_notice" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id"
        INTEGER NOT NULL, "at" DATETIME NOT NULL, "kind" VARCHAR(40) NOT NULL, "plugin" VARCHAR(40) NOT NULL,
        "message" TEXT NOT NULL, "params" TEXT NOT NULL, "text" TEXT NOT NULL, "url" TEXT NOT NULL, "read_at"
        DATETIME, "once" VARCHAR(120) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_notice_user_id_read_at" ON "core_notice" ("user_id", "read_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_notice_user_id_at" ON "core_notice" ("user_id", "at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_notice_once" ON "core_notice" ("user_id", "once") WHERE "once" <>
        ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_relationship" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "source_id" INTEGER NOT NULL, "kind" VARCHAR(60) NOT NULL,
        "target_id" INTEGER NOT NULL, "note" TEXT NOT NULL, FOREIGN KEY ("source_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("target_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_relationship_source_id" ON "core_relationship" ("source_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_relationship_target_id" ON "core_relationship" ("target_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_session" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "token_hash"
        VARCHAR(64) NOT NULL, "user_id" INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "seen_at" DATETIME
        NOT NULL, "expires_at" DATETIME NOT NULL, "ip" VARCHAR(45) NOT NULL, "agent" VARCHAR(200) NOT NULL,
        FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_session_token_hash" ON "core_session" ("token_hash")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_session_user_id" ON "core_session" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_setting" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "plugin"
        VARCHAR(40) NOT NULL, "key" VARCHAR(80) NOT NULL, "value" TEXT, "secret" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_setting_plugin_key" ON "core_setting" ("plugin", "key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_share" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "resource"
        VARCHAR(80) NOT NULL, "record_id" INTEGER NOT NULL, "user_id" INTEGER, "team_id" INTEGER, "by_id"
        INTEGER, "at" DATETIME NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_record_id" ON "core_share" ("resource", "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_user_id_record_id" ON "core_share" ("resource", "user_id",
        "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_team_id_record_id" ON "core_share" ("resource", "team_id",
        "record_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_sign_in" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "at" DATETIME
        NOT NULL, "email" VARCHAR(254) NOT NULL, "ip" VARCHAR(45) NOT NULL, "ok" INTEGER NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_sign_in_email_at" ON "core_sign_in" ("email", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_sign_in_ip_at" ON "core_sign_in" ("ip", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_tag" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "name" VARCHAR(60)
        NOT NULL, "key" TEXT NOT NULL, "hue" VARCHAR(10) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_tag_key" ON "core_tag" ("key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_token" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id"
        INTEGER NOT NULL, "name" VARCHAR(80) NOT NULL, "prefix" VARCHAR(12) NOT NULL, "token_hash" VARCHAR(64)
        NOT NULL, "scopes" TEXT NOT NULL, "created_at" DATETIME NOT NULL, "expires_at" DATETIME,
        "last_used_at" DATETIME, "revoked_at" DATETIME, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_token_user_id" ON "core_token" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_token_token_hash" ON "core_token" ("token_hash")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_view" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "resource"
        VARCHAR(80) NOT NULL, "user_id" INTEGER NOT NULL, "name" VARCHAR(60) NOT NULL, "query" TEXT NOT NULL,
        "shared" INTEGER NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_view_resource_user_id" ON "core_view" ("resource", "user_id")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "core_api_answer" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT
        NULL, "key" VARCHAR(200) NOT NULL, "request_hash" VARCHAR(64) NOT NULL, "body" TEXT NOT NULL, "at"
        TIMESTAMP NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_api_answer_at" ON "core_api_answer" ("at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_api_answer_user_id_key" ON "core_api_answer" ("user_id", "key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_batch" ("id" SERIAL NOT NULL PRIMARY KEY, "at" TIMESTAMP NOT NULL,
        "user_id" INTEGER, "kind" VARCHAR(20) NOT NULL, "resource" VARCHAR(80) NOT NULL, "label" TEXT NOT
        NULL, "params" TEXT NOT NULL, "count" INTEGER NOT NULL, "undo_of" INTEGER, "undone_by" INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_batch_at" ON "core_batch" ("at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_batch_user_id" ON "core_batch" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_change" ("id" SERIAL NOT NULL PRIMARY KEY, "batch_id" INTEGER NOT NULL,
        "op" VARCHAR(8) NOT NULL, "table" VARCHAR(80) NOT NULL, "first" INTEGER NOT NULL, "last" INTEGER NOT
        NULL, "data" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_change_batch_id" ON "core_change" ("batch_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_change_table_first" ON "core_change" ("table", "first")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_role" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "scope" VARCHAR(60) NOT NULL, "admin" BOOLEAN NOT NULL, "grants"
        TEXT NOT NULL, "field_rules" TEXT NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_team" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "parent_id" INTEGER, FOREIGN KEY ("parent_id") REFERENCES
        "core_team" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_team_parent_id" ON "core_team" ("parent_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_user" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "email" TEXT NOT NULL, "password_hash" TEXT NOT NULL, "role_id"
        INTEGER NOT NULL, "team_id" INTEGER, "language" VARCHAR(60) NOT NULL, "timezone" TEXT NOT NULL,
        "active" BOOLEAN NOT NULL, "last_seen_at" TIMESTAMP, "preferences" TEXT NOT NULL, FOREIGN KEY
        ("role_id") REFERENCES "core_role" ("id"), FOREIGN KEY ("team_id") REFERENCES "core_team" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_user_role_id" ON "core_user" ("role_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_user_team_id" ON "core_user" ("team_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_user_email" ON "core_user" (lower("email")) WHERE "deleted_batch"
        IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_contact" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "kind" VARCHAR(60) NOT NULL, "name" TEXT NOT NULL, "family_name" TEXT NOT NULL,
        "given_name" TEXT NOT NULL, "middle_name" TEXT NOT NULL, "prefix" TEXT NOT NULL, "suffix" TEXT NOT
        NULL, "nickname" TEXT NOT NULL, "organisation_id" INTEGER, "job_title" TEXT NOT NULL, "website" TEXT
        NOT NULL, "birthday" DATE, "gender" VARCHAR(60) NOT NULL, "stage" VARCHAR(60) NOT NULL, "owner_id"
        INTEGER, "channel" VARCHAR(60) NOT NULL, "language" VARCHAR(60) NOT NULL, "source" TEXT NOT NULL,
        "note" TEXT NOT NULL, "last_activity_at" TIMESTAMP, "next_step_at" TIMESTAMP, "merged_into_id"
        INTEGER, "name_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY ("organisation_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"), FOREIGN KEY
        ("merged_into_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_organisation_id" ON "core_contact" ("organisation_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_list" ON "core_contact" ("name_key", "id", "deleted_batch") WHERE
        "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_owner" ON "core_contact" ("owner_id", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_stage" ON "core_contact" ("stage", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_kind" ON "core_contact" ("kind", "name_key", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_active" ON "core_contact" ("last_activity_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_next" ON "core_contact" ("next_step_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_created" ON "core_contact" ("created_at", "id",
        "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_by_owner_active" ON "core_contact" ("owner_id",
        "last_activity_at", "id", "deleted_batch") WHERE "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_merged" ON "core_contact" ("merged_into_id") WHERE
        "merged_into_id" IS NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_contact_point" ("id" SERIAL NOT NULL PRIMARY KEY, "contact_id" INTEGER
        NOT NULL, "kind" VARCHAR(10) NOT NULL, "label" VARCHAR(40) NOT NULL, "value" TEXT NOT NULL, "normal"
        TEXT COLLATE "C" NOT NULL, "data" TEXT NOT NULL, "position" INTEGER NOT NULL, "deleted_batch" INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_point_contact_id_kind_position" ON "core_contact_point"
        ("contact_id", "kind", "position")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_contact_point_kind_normal_contact_id" ON "core_contact_point" ("kind",
        "normal", "contact_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_contact_point_external" ON "core_contact_point" ("normal") WHERE
        "kind" = 'external' AND "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_entry" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "at" TIMESTAMP NOT NULL, "kind" VARCHAR(60) NOT NULL,
        "author_id" INTEGER, "title" TEXT NOT NULL, "text" TEXT NOT NULL, "direction" VARCHAR(60) NOT NULL,
        "duration" INTEGER, "outcome" VARCHAR(60) NOT NULL, "pinned" BOOLEAN NOT NULL, "next_at" TIMESTAMP,
        "next_text" TEXT NOT NULL, "next_user_id" INTEGER, "next_done_at" TIMESTAMP, "permission" VARCHAR(120)
        NOT NULL, "plugin" VARCHAR(40) NOT NULL, "resource" VARCHAR(80) NOT NULL, "record_id" INTEGER,
        "mentions" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("author_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("next_user_id") REFERENCES "core_user"
        ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_contact_id_at_id" ON "core_entry" ("contact_id", "at", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_resource_record_id" ON "core_entry" ("resource", "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_author_id_at" ON "core_entry" ("author_id", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_next" ON "core_entry" ("next_user_id", "next_at") WHERE "next_at"
        IS NOT NULL AND "next_done_at" IS NULL AND "deleted_batch" IS NULL
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_permission" ON "core_entry" ("permission") WHERE "permission" <> ''
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_entry_open" ON "core_entry" ("contact_id", "next_at") WHERE "next_at" IS
        NOT NULL
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_job" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(120) NOT NULL,
        "args" TEXT NOT NULL, "user_id" INTEGER, "state" VARCHAR(8) NOT NULL, "run_at" TIMESTAMP NOT NULL,
        "leased_until" TIMESTAMP, "attempts" INTEGER NOT NULL, "created_at" TIMESTAMP NOT NULL, "finished_at"
        TIMESTAMP, "done" INTEGER NOT NULL, "total" INTEGER NOT NULL, "result" TEXT NOT NULL, "error" TEXT NOT
        NULL, "every" INTEGER)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_job_state_run_at" ON "core_job" ("state", "run_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_job_name_state" ON "core_job" ("name", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_notice" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL,
        "at" TIMESTAMP NOT NULL, "kind" VARCHAR(40) NOT NULL, "plugin" VARCHAR(40) NOT NULL, "message" TEXT
        NOT NULL, "params" TEXT NOT NULL, "text" TEXT NOT NULL, "url" TEXT NOT NULL, "read_at" TIMESTAMP,
        "once" VARCHAR(120) NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_notice_user_id_read_at" ON "core_notice" ("user_id", "read_at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_notice_user_id_at" ON "core_notice" ("user_id", "at")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_notice_once" ON "core_notice" ("user_id", "once") WHERE "once" <>
        ''
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_relationship" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "source_id" INTEGER NOT NULL, "kind" VARCHAR(60) NOT NULL, "target_id" INTEGER
        NOT NULL, "note" TEXT NOT NULL, FOREIGN KEY ("source_id") REFERENCES "core_contact" ("id"), FOREIGN
        KEY ("target_id") REFERENCES "core_contact" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_relationship_source_id" ON "core_relationship" ("source_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_relationship_target_id" ON "core_relationship" ("target_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_session" ("id" SERIAL NOT NULL PRIMARY KEY, "token_hash" VARCHAR(64) NOT
        NULL, "user_id" INTEGER NOT NULL, "created_at" TIMESTAMP NOT NULL, "seen_at" TIMESTAMP NOT NULL,
        "expires_at" TIMESTAMP NOT NULL, "ip" VARCHAR(45) NOT NULL, "agent" VARCHAR(200) NOT NULL, FOREIGN KEY
        ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_session_token_hash" ON "core_session" ("token_hash")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_session_user_id" ON "core_session" ("user_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_setting" ("id" SERIAL NOT NULL PRIMARY KEY, "plugin" VARCHAR(40) NOT
        NULL, "key" VARCHAR(80) NOT NULL, "value" TEXT, "secret" BOOLEAN NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_setting_plugin_key" ON "core_setting" ("plugin", "key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_share" ("id" SERIAL NOT NULL PRIMARY KEY, "resource" VARCHAR(80) NOT
        NULL, "record_id" INTEGER NOT NULL, "user_id" INTEGER, "team_id" INTEGER, "by_id" INTEGER, "at"
        TIMESTAMP NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_record_id" ON "core_share" ("resource", "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_user_id_record_id" ON "core_share" ("resource", "user_id",
        "record_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_share_resource_team_id_record_id" ON "core_share" ("resource", "team_id",
        "record_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_sign_in" ("id" SERIAL NOT NULL PRIMARY KEY, "at" TIMESTAMP NOT NULL,
        "email" VARCHAR(254) NOT NULL, "ip" VARCHAR(45) NOT NULL, "ok" BOOLEAN NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_sign_in_email_at" ON "core_sign_in" ("email", "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_sign_in_ip_at" ON "core_sign_in" ("ip", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_tag" ("id" SERIAL NOT NULL PRIMARY KEY, "name" VARCHAR(60) NOT NULL,
        "key" TEXT COLLATE "C" NOT NULL, "hue" VARCHAR(10) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_tag_key" ON "core_tag" ("key")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_token" ("id" SERIAL NOT NULL PRIMARY KEY, "user_id" INTEGER NOT NULL,
        "name" VARCHAR(80) NOT NULL, "prefix" VARCHAR(12) NOT NULL, "token_hash" VARCHAR(64) NOT NULL,
        "scopes" TEXT NOT NULL, "created_at" TIMESTAMP NOT NULL, "expires_at" TIMESTAMP, "last_used_at"
        TIMESTAMP, "revoked_at" TIMESTAMP, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_token_user_id" ON "core_token" ("user_id")
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "core_token_token_hash" ON "core_token" ("token_hash")
    """,
    """
    CREATE TABLE IF NOT EXISTS "core_view" ("id" SERIAL NOT NULL PRIMARY KEY, "resource" VARCHAR(80) NOT NULL,
        "user_id" INTEGER NOT NULL, "name" VARCHAR(60) NOT NULL, "query" TEXT NOT NULL, "shared" BOOLEAN NOT
        NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "core_view_resource_user_id" ON "core_view" ("resource", "user_id")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
    search.create_index(db)
