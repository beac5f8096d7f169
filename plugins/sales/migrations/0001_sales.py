"""sales"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE IF NOT EXISTS "sales_absence" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "person_id" INTEGER NOT NULL, "first" DATE, "last" DATE, "why" TEXT
        NOT NULL, FOREIGN KEY ("person_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_person_id" ON "sales_absence" ("person_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_first" ON "sales_absence" ("first")
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
    CREATE TABLE IF NOT EXISTS "sales_assign_rule" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" INTEGER NOT
        NULL, "sources" TEXT NOT NULL, "regions" TEXT NOT NULL, "products" TEXT NOT NULL, "territory_id"
        INTEGER, "people" TEXT NOT NULL, "strategy" VARCHAR(60) NOT NULL, "capacity" INTEGER, "last_user_id"
        INTEGER, FOREIGN KEY ("territory_id") REFERENCES "sales_territory" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_assign_rule_place" ON "sales_assign_rule" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_assign_rule_territory_id" ON "sales_assign_rule" ("territory_id")
    """,
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
        NULL, "campaign" TEXT NOT NULL, "territory_id" INTEGER, "partner_id" INTEGER, "commission"
        DECIMAL(5, 2), "reason_id" INTEGER, "reason_note" TEXT NOT NULL, "note" TEXT NOT NULL, "stage_since"
        DATETIME,
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
    CREATE TABLE IF NOT EXISTS "sales_dispute" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "by_id" INTEGER, "against_id" INTEGER,
        "claim" TEXT NOT NULL, "state" VARCHAR(60) NOT NULL, "decided_by_id" INTEGER, "decided_at" DATETIME,
        "decision" TEXT NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("by_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("against_id") REFERENCES "core_user" ("id"),
        FOREIGN KEY ("decided_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_contact_id" ON "sales_dispute" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_state" ON "sales_dispute" ("state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_by_id_state" ON "sales_dispute" ("by_id", "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_against_id_state" ON "sales_dispute" ("against_id", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_frequency" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "feature"
        VARCHAR(20) NOT NULL, "value" TEXT NOT NULL, "won" INTEGER NOT NULL, "lost" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_frequency_feature_value" ON "sales_frequency" ("feature",
        "value")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_holding" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "contact_id"
        INTEGER NOT NULL, "since" DATETIME)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_holding_contact_id" ON "sales_holding" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_lead" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "company" TEXT NOT NULL, "job_title" TEXT NOT
        NULL, "email" TEXT NOT NULL, "phone" TEXT NOT NULL, "region" TEXT NOT NULL, "product" TEXT NOT NULL,
        "budget" INTEGER, "message" TEXT NOT NULL, "source" TEXT NOT NULL, "campaign" TEXT NOT NULL,
        "owner_id" INTEGER, "state" VARCHAR(60) NOT NULL, "score" INTEGER, "territory_id" INTEGER, "reason_id"
        INTEGER, "next_step_at" DATETIME, "contact_id" INTEGER, "deal_id" INTEGER, "assigned_why" TEXT NOT
        NULL, "outcome" VARCHAR(60) NOT NULL, "converted_at" DATETIME, "name_key" TEXT NOT NULL, "region_key"
        TEXT NOT NULL, "product_key" TEXT NOT NULL, "budget_currency" VARCHAR(3) NOT NULL, "source_key" TEXT
        NOT NULL, "campaign_key" TEXT NOT NULL, FOREIGN KEY ("owner_id") REFERENCES "core_user" ("id"),
        FOREIGN KEY ("territory_id") REFERENCES "sales_territory" ("id"), FOREIGN KEY ("reason_id") REFERENCES
        "sales_reason" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("deal_id") REFERENCES "sales_deal" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_score" ON "sales_lead" ("score")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_territory_id" ON "sales_lead" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_reason_id" ON "sales_lead" ("reason_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_contact_id" ON "sales_lead" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_deal_id" ON "sales_lead" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_name_key" ON "sales_lead" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_region_key" ON "sales_lead" ("region_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_product_key" ON "sales_lead" ("product_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_source_key" ON "sales_lead" ("source_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_campaign_key" ON "sales_lead" ("campaign_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_state_owner_id" ON "sales_lead" ("state", "owner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_owner_id_state_score" ON "sales_lead" ("owner_id", "state",
        "score")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_outcome" ON "sales_lead" ("outcome")
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
    CREATE TABLE IF NOT EXISTS "sales_pool" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" INTEGER NOT
        NULL, "people" TEXT NOT NULL, "max_held" INTEGER, "max_claims" INTEGER, "lock_days" INTEGER NOT NULL,
        "warn_days" INTEGER NOT NULL, "spare_won" INTEGER NOT NULL, "shows" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_place" ON "sales_pool" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_move" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "pool_id" INTEGER, "kind" VARCHAR(60)
        NOT NULL, "at" DATETIME, "before_id" INTEGER, "after_id" INTEGER, "by_id" INTEGER, "why" TEXT NOT
        NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("pool_id") REFERENCES
        "sales_pool" ("id"), FOREIGN KEY ("before_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("after_id")
        REFERENCES "core_user" ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_contact_id" ON "sales_pool_move" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_at_id" ON "sales_pool_move" ("at", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_after_id_kind_at" ON "sales_pool_move" ("after_id", "kind",
        "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_before_id_at" ON "sales_pool_move" ("before_id", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_rule" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "pool_id" INTEGER NOT NULL, "level" VARCHAR(60) NOT NULL,
        "quiet_days" INTEGER, "no_deal_days" INTEGER, "no_win_days" INTEGER, FOREIGN KEY ("pool_id")
        REFERENCES "sales_pool" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_rule_pool_id" ON "sales_pool_rule" ("pool_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_stay" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "pool_id" INTEGER NOT NULL, "contact_id" INTEGER NOT NULL, "since"
        DATETIME, "before_id" INTEGER, "why" TEXT NOT NULL, "until" DATETIME, FOREIGN KEY ("pool_id")
        REFERENCES "sales_pool" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN
        KEY ("before_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_contact_id" ON "sales_pool_stay" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_pool_id_until_since" ON "sales_pool_stay" ("pool_id", "until",
        "since")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_since_id" ON "sales_pool_stay" ("since", "id")
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
    """
    CREATE TABLE IF NOT EXISTS "sales_risk" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "contact_id"
        INTEGER NOT NULL, "owner_id" INTEGER NOT NULL, "pool_id" INTEGER NOT NULL, "falls_at" DATETIME, "why"
        VARCHAR(10) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_risk_contact_id" ON "sales_risk" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_risk_owner_id_falls_at" ON "sales_risk" ("owner_id", "falls_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_score_rule" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "field" VARCHAR(60) NOT NULL, "test"
        VARCHAR(60) NOT NULL, "value" TEXT NOT NULL, "points" INTEGER NOT NULL, "active" INTEGER NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_snapshot" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "day" DATE,
        "period" VARCHAR(10) NOT NULL, "start" DATE, "owner_id" INTEGER NOT NULL, "won" INTEGER NOT NULL,
        "commit_sum" INTEGER NOT NULL, "best" INTEGER NOT NULL, "weighted" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_snapshot_period_start_day_owner_id" ON "sales_snapshot"
        ("period", "start", "day", "owner_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_submission" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "at"
        DATETIME, "visitor" VARCHAR(64) NOT NULL, "form_id" INTEGER NOT NULL, "token" VARCHAR(80) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_submission_token" ON "sales_submission" ("token")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_submission_visitor_at" ON "sales_submission" ("visitor", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_target" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "person_id" INTEGER, "team_id" INTEGER, "product" TEXT NOT NULL,
        "territory_id" INTEGER, "period" VARCHAR(60) NOT NULL, "start" DATE, "base" INTEGER, "stretch"
        INTEGER, "challenge" INTEGER, "base_currency" VARCHAR(3) NOT NULL, "stretch_currency" VARCHAR(3) NOT
        NULL, "challenge_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("person_id") REFERENCES "core_user"
        ("id"), FOREIGN KEY ("team_id") REFERENCES "core_team" ("id"), FOREIGN KEY ("territory_id") REFERENCES
        "sales_territory" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_territory_id" ON "sales_target" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_start" ON "sales_target" ("start")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_person_id_period_start" ON "sales_target" ("person_id", "period",
        "start")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_web_form" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version"
        INTEGER NOT NULL, "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch"
        INTEGER, "custom" TEXT NOT NULL, "title" TEXT NOT NULL, "intro" TEXT NOT NULL, "thanks" TEXT NOT NULL,
        "asks" TEXT NOT NULL, "products" TEXT NOT NULL, "consent" TEXT NOT NULL, "source" TEXT NOT NULL,
        "campaign" TEXT NOT NULL, "active" INTEGER NOT NULL, "slug" VARCHAR(40) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_web_form_slug" ON "sales_web_form" ("slug")
    """,
]
POSTGRES = [
    """
    CREATE TABLE IF NOT EXISTS "sales_absence" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "person_id" INTEGER NOT NULL, "first" DATE, "last" DATE, "why" TEXT NOT NULL, FOREIGN
        KEY ("person_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_person_id" ON "sales_absence" ("person_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_absence_first" ON "sales_absence" ("first")
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
    CREATE TABLE IF NOT EXISTS "sales_assign_rule" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" BOOLEAN NOT NULL,
        "sources" TEXT NOT NULL, "regions" TEXT NOT NULL, "products" TEXT NOT NULL, "territory_id" INTEGER,
        "people" TEXT NOT NULL, "strategy" VARCHAR(60) NOT NULL, "capacity" INTEGER, "last_user_id" INTEGER,
        FOREIGN KEY ("territory_id") REFERENCES "sales_territory" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_assign_rule_place" ON "sales_assign_rule" ("place")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_assign_rule_territory_id" ON "sales_assign_rule" ("territory_id")
    """,
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
    CREATE TABLE IF NOT EXISTS "sales_dispute" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "by_id" INTEGER, "against_id" INTEGER, "claim" TEXT NOT
        NULL, "state" VARCHAR(60) NOT NULL, "decided_by_id" INTEGER, "decided_at" TIMESTAMP, "decision" TEXT
        NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("by_id")
        REFERENCES "core_user" ("id"), FOREIGN KEY ("against_id") REFERENCES "core_user" ("id"), FOREIGN KEY
        ("decided_by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_contact_id" ON "sales_dispute" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_state" ON "sales_dispute" ("state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_by_id_state" ON "sales_dispute" ("by_id", "state")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_dispute_against_id_state" ON "sales_dispute" ("against_id", "state")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_frequency" ("id" SERIAL NOT NULL PRIMARY KEY, "feature" VARCHAR(20) NOT
        NULL, "value" TEXT NOT NULL, "won" INTEGER NOT NULL, "lost" INTEGER NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_frequency_feature_value" ON "sales_frequency" ("feature",
        "value")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_holding" ("id" SERIAL NOT NULL PRIMARY KEY, "contact_id" INTEGER NOT
        NULL, "since" TIMESTAMP)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_holding_contact_id" ON "sales_holding" ("contact_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_lead" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "company" TEXT NOT NULL, "job_title" TEXT NOT NULL, "email" TEXT
        NOT NULL, "phone" TEXT NOT NULL, "region" TEXT NOT NULL, "product" TEXT NOT NULL, "budget" BIGINT,
        "message" TEXT NOT NULL, "source" TEXT NOT NULL, "campaign" TEXT NOT NULL, "owner_id" INTEGER, "state"
        VARCHAR(60) NOT NULL, "score" INTEGER, "territory_id" INTEGER, "reason_id" INTEGER, "next_step_at"
        TIMESTAMP, "contact_id" INTEGER, "deal_id" INTEGER, "assigned_why" TEXT NOT NULL, "outcome"
        VARCHAR(60) NOT NULL, "converted_at" TIMESTAMP, "name_key" TEXT COLLATE "C" NOT NULL, "region_key"
        TEXT COLLATE "C" NOT NULL, "product_key" TEXT COLLATE "C" NOT NULL, "budget_currency" VARCHAR(3) NOT
        NULL, "source_key" TEXT COLLATE "C" NOT NULL, "campaign_key" TEXT COLLATE "C" NOT NULL, FOREIGN KEY
        ("owner_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("territory_id") REFERENCES "sales_territory"
        ("id"), FOREIGN KEY ("reason_id") REFERENCES "sales_reason" ("id"), FOREIGN KEY ("contact_id")
        REFERENCES "core_contact" ("id"), FOREIGN KEY ("deal_id") REFERENCES "sales_deal" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_score" ON "sales_lead" ("score")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_territory_id" ON "sales_lead" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_reason_id" ON "sales_lead" ("reason_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_contact_id" ON "sales_lead" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_deal_id" ON "sales_lead" ("deal_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_name_key" ON "sales_lead" ("name_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_region_key" ON "sales_lead" ("region_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_product_key" ON "sales_lead" ("product_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_source_key" ON "sales_lead" ("source_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_campaign_key" ON "sales_lead" ("campaign_key")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_state_owner_id" ON "sales_lead" ("state", "owner_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_owner_id_state_score" ON "sales_lead" ("owner_id", "state",
        "score")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_lead_outcome" ON "sales_lead" ("outcome")
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
    CREATE TABLE IF NOT EXISTS "sales_pool" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "name" TEXT NOT NULL, "place" INTEGER NOT NULL, "active" BOOLEAN NOT NULL, "people"
        TEXT NOT NULL, "max_held" INTEGER, "max_claims" INTEGER, "lock_days" INTEGER NOT NULL, "warn_days"
        INTEGER NOT NULL, "spare_won" BOOLEAN NOT NULL, "shows" TEXT NOT NULL)
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_place" ON "sales_pool" ("place")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_move" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "contact_id" INTEGER NOT NULL, "pool_id" INTEGER, "kind" VARCHAR(60) NOT NULL,
        "at" TIMESTAMP, "before_id" INTEGER, "after_id" INTEGER, "by_id" INTEGER, "why" TEXT NOT NULL, FOREIGN
        KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY ("pool_id") REFERENCES "sales_pool"
        ("id"), FOREIGN KEY ("before_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("after_id") REFERENCES
        "core_user" ("id"), FOREIGN KEY ("by_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_contact_id" ON "sales_pool_move" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_at_id" ON "sales_pool_move" ("at", "id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_after_id_kind_at" ON "sales_pool_move" ("after_id", "kind",
        "at")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_move_before_id_at" ON "sales_pool_move" ("before_id", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_rule" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "pool_id" INTEGER NOT NULL, "level" VARCHAR(60) NOT NULL, "quiet_days"
        INTEGER, "no_deal_days" INTEGER, "no_win_days" INTEGER, FOREIGN KEY ("pool_id") REFERENCES
        "sales_pool" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_rule_pool_id" ON "sales_pool_rule" ("pool_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_pool_stay" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "pool_id" INTEGER NOT NULL, "contact_id" INTEGER NOT NULL, "since" TIMESTAMP,
        "before_id" INTEGER, "why" TEXT NOT NULL, "until" TIMESTAMP, FOREIGN KEY ("pool_id") REFERENCES
        "sales_pool" ("id"), FOREIGN KEY ("contact_id") REFERENCES "core_contact" ("id"), FOREIGN KEY
        ("before_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_contact_id" ON "sales_pool_stay" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_pool_id_until_since" ON "sales_pool_stay" ("pool_id", "until",
        "since")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_pool_stay_since_id" ON "sales_pool_stay" ("since", "id")
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
    """
    CREATE TABLE IF NOT EXISTS "sales_risk" ("id" SERIAL NOT NULL PRIMARY KEY, "contact_id" INTEGER NOT NULL,
        "owner_id" INTEGER NOT NULL, "pool_id" INTEGER NOT NULL, "falls_at" TIMESTAMP, "why" VARCHAR(10) NOT
        NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_risk_contact_id" ON "sales_risk" ("contact_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_risk_owner_id_falls_at" ON "sales_risk" ("owner_id", "falls_at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_score_rule" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT
        NULL, "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER,
        "custom" TEXT NOT NULL, "name" TEXT NOT NULL, "field" VARCHAR(60) NOT NULL, "test" VARCHAR(60) NOT
        NULL, "value" TEXT NOT NULL, "points" INTEGER NOT NULL, "active" BOOLEAN NOT NULL)
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_snapshot" ("id" SERIAL NOT NULL PRIMARY KEY, "day" DATE, "period"
        VARCHAR(10) NOT NULL, "start" DATE, "owner_id" INTEGER NOT NULL, "won" BIGINT NOT NULL, "commit_sum"
        BIGINT NOT NULL, "best" BIGINT NOT NULL, "weighted" BIGINT NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_snapshot_period_start_day_owner_id" ON "sales_snapshot"
        ("period", "start", "day", "owner_id")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_submission" ("id" SERIAL NOT NULL PRIMARY KEY, "at" TIMESTAMP, "visitor"
        VARCHAR(64) NOT NULL, "form_id" INTEGER NOT NULL, "token" VARCHAR(80) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_submission_token" ON "sales_submission" ("token")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_submission_visitor_at" ON "sales_submission" ("visitor", "at")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_target" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "person_id" INTEGER, "team_id" INTEGER, "product" TEXT NOT NULL, "territory_id"
        INTEGER, "period" VARCHAR(60) NOT NULL, "start" DATE, "base" BIGINT, "stretch" BIGINT, "challenge"
        BIGINT, "base_currency" VARCHAR(3) NOT NULL, "stretch_currency" VARCHAR(3) NOT NULL,
        "challenge_currency" VARCHAR(3) NOT NULL, FOREIGN KEY ("person_id") REFERENCES "core_user" ("id"),
        FOREIGN KEY ("team_id") REFERENCES "core_team" ("id"), FOREIGN KEY ("territory_id") REFERENCES
        "sales_territory" ("id"))
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_territory_id" ON "sales_target" ("territory_id")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_start" ON "sales_target" ("start")
    """,
    """
    CREATE INDEX IF NOT EXISTS "sales_target_person_id_period_start" ON "sales_target" ("person_id", "period",
        "start")
    """,
    """
    CREATE TABLE IF NOT EXISTS "sales_web_form" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL,
        "created_at" TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom"
        TEXT NOT NULL, "title" TEXT NOT NULL, "intro" TEXT NOT NULL, "thanks" TEXT NOT NULL, "asks" TEXT NOT
        NULL, "products" TEXT NOT NULL, "consent" TEXT NOT NULL, "source" TEXT NOT NULL, "campaign" TEXT NOT
        NULL, "active" BOOLEAN NOT NULL, "slug" VARCHAR(40) NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX IF NOT EXISTS "sales_web_form_slug" ON "sales_web_form" ("slug")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
