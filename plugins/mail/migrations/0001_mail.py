"""Mail"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "mail_mailbox" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT NULL,
        "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER, "custom" TEXT
        NOT NULL, "name" TEXT NOT NULL, "address" TEXT NOT NULL, "user_id" INTEGER, "private" INTEGER NOT
        NULL, "strangers" INTEGER NOT NULL, "host" TEXT NOT NULL, "port" INTEGER, "security" VARCHAR(60) NOT
        NULL, "login" TEXT NOT NULL, "password" TEXT NOT NULL, "folders" TEXT NOT NULL, "since" DATE, "active"
        INTEGER NOT NULL, "checked_at" DATETIME, "error" TEXT NOT NULL, "of_environment" INTEGER NOT NULL,
        "busy_until" DATETIME, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "mail_mailbox_user_id" ON "mail_mailbox" ("user_id")
    """,
    """
    CREATE TABLE "mail_folder" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "mailbox_id" INTEGER NOT
        NULL, "name" VARCHAR(200) NOT NULL, "uidvalidity" INTEGER NOT NULL, "last_uid" INTEGER NOT NULL,
        FOREIGN KEY ("mailbox_id") REFERENCES "mail_mailbox" ("id"))
    """,
    """
    CREATE INDEX "mail_folder_mailbox_id" ON "mail_folder" ("mailbox_id")
    """,
    """
    CREATE UNIQUE INDEX "mail_folder_mailbox_id_name" ON "mail_folder" ("mailbox_id", "name")
    """,
    """
    CREATE TABLE "mail_letter" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT NULL,
        "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER, "custom" TEXT
        NOT NULL, "subject" TEXT NOT NULL, "contact_id" INTEGER, "at" DATETIME, "direction" VARCHAR(60) NOT
        NULL, "state" VARCHAR(60) NOT NULL, "user_id" INTEGER, "mailbox_id" INTEGER, "sender" TEXT NOT NULL,
        "text" TEXT NOT NULL, "answer" TEXT NOT NULL, "private" INTEGER NOT NULL, "to" TEXT NOT NULL, "cc"
        TEXT NOT NULL, "html" TEXT NOT NULL, "visible" INTEGER NOT NULL, "message_id" TEXT NOT NULL,
        "references" TEXT NOT NULL, "thread" TEXT NOT NULL, "mail_id" INTEGER, "file_names" TEXT NOT NULL,
        "inline" TEXT NOT NULL, "set_aside" INTEGER NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"), FOREIGN KEY
        ("mailbox_id") REFERENCES "mail_mailbox" ("id"))
    """,
    """
    CREATE INDEX "mail_letter_at" ON "mail_letter" ("at")
    """,
    """
    CREATE INDEX "mail_letter_state" ON "mail_letter" ("state")
    """,
    """
    CREATE INDEX "mail_letter_user_id" ON "mail_letter" ("user_id")
    """,
    """
    CREATE INDEX "mail_letter_mailbox_id" ON "mail_letter" ("mailbox_id")
    """,
    """
    CREATE INDEX "mail_letter_message_id" ON "mail_letter" ("message_id")
    """,
    """
    CREATE INDEX "mail_letter_mail_id" ON "mail_letter" ("mail_id")
    """,
    """
    CREATE INDEX "mail_letter_contact_id_at" ON "mail_letter" ("contact_id", "at")
    """,
    """
    CREATE INDEX "mail_letter_thread_at" ON "mail_letter" ("thread", "at")
    """,
    """
    CREATE INDEX "mail_letter_unfiled" ON "mail_letter" ("at", "id") WHERE "contact_id" IS NULL AND
        "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE "mail_seen" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "digest" TEXT NOT NULL,
        "message_id" TEXT NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX "mail_seen_digest" ON "mail_seen" ("digest")
    """,
    """
    CREATE INDEX "mail_seen_message_id" ON "mail_seen" ("message_id")
    """,
    """
    CREATE TABLE "mail_template" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT NULL,
        "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER, "custom" TEXT
        NOT NULL, "name" TEXT NOT NULL, "subject" TEXT NOT NULL, "text" TEXT NOT NULL, "user_id" INTEGER,
        "name_key" TEXT NOT NULL, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "mail_template_user_id" ON "mail_template" ("user_id")
    """,
    """
    CREATE INDEX "mail_template_name_key" ON "mail_template" ("name_key")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "mail_mailbox" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "name" TEXT NOT NULL, "address" TEXT NOT NULL, "user_id" INTEGER, "private" BOOLEAN NOT NULL,
        "strangers" BOOLEAN NOT NULL, "host" TEXT NOT NULL, "port" INTEGER, "security" VARCHAR(60) NOT NULL,
        "login" TEXT NOT NULL, "password" TEXT NOT NULL, "folders" TEXT NOT NULL, "since" DATE, "active"
        BOOLEAN NOT NULL, "checked_at" TIMESTAMP, "error" TEXT NOT NULL, "of_environment" BOOLEAN NOT NULL,
        "busy_until" TIMESTAMP, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "mail_mailbox_user_id" ON "mail_mailbox" ("user_id")
    """,
    """
    CREATE TABLE "mail_folder" ("id" SERIAL NOT NULL PRIMARY KEY, "mailbox_id" INTEGER NOT NULL, "name"
        VARCHAR(200) NOT NULL, "uidvalidity" BIGINT NOT NULL, "last_uid" BIGINT NOT NULL, FOREIGN KEY
        ("mailbox_id") REFERENCES "mail_mailbox" ("id"))
    """,
    """
    CREATE INDEX "mail_folder_mailbox_id" ON "mail_folder" ("mailbox_id")
    """,
    """
    CREATE UNIQUE INDEX "mail_folder_mailbox_id_name" ON "mail_folder" ("mailbox_id", "name")
    """,
    """
    CREATE TABLE "mail_letter" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "subject" TEXT NOT NULL, "contact_id" INTEGER, "at" TIMESTAMP, "direction" VARCHAR(60) NOT NULL,
        "state" VARCHAR(60) NOT NULL, "user_id" INTEGER, "mailbox_id" INTEGER, "sender" TEXT NOT NULL, "text"
        TEXT NOT NULL, "answer" TEXT NOT NULL, "private" BOOLEAN NOT NULL, "to" TEXT NOT NULL, "cc" TEXT NOT
        NULL, "html" TEXT NOT NULL, "visible" INTEGER NOT NULL, "message_id" TEXT COLLATE "C" NOT NULL,
        "references" TEXT NOT NULL, "thread" TEXT COLLATE "C" NOT NULL, "mail_id" INTEGER, "file_names" TEXT
        NOT NULL, "inline" TEXT NOT NULL, "set_aside" BOOLEAN NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"), FOREIGN KEY
        ("mailbox_id") REFERENCES "mail_mailbox" ("id"))
    """,
    """
    CREATE INDEX "mail_letter_at" ON "mail_letter" ("at")
    """,
    """
    CREATE INDEX "mail_letter_state" ON "mail_letter" ("state")
    """,
    """
    CREATE INDEX "mail_letter_user_id" ON "mail_letter" ("user_id")
    """,
    """
    CREATE INDEX "mail_letter_mailbox_id" ON "mail_letter" ("mailbox_id")
    """,
    """
    CREATE INDEX "mail_letter_message_id" ON "mail_letter" ("message_id")
    """,
    """
    CREATE INDEX "mail_letter_mail_id" ON "mail_letter" ("mail_id")
    """,
    """
    CREATE INDEX "mail_letter_contact_id_at" ON "mail_letter" ("contact_id", "at")
    """,
    """
    CREATE INDEX "mail_letter_thread_at" ON "mail_letter" ("thread", "at")
    """,
    """
    CREATE INDEX "mail_letter_unfiled" ON "mail_letter" ("at", "id") WHERE "contact_id" IS NULL AND
        "deleted_batch" IS NULL
    """,
    """
    CREATE TABLE "mail_seen" ("id" SERIAL NOT NULL PRIMARY KEY, "digest" TEXT COLLATE "C" NOT NULL,
        "message_id" TEXT COLLATE "C" NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX "mail_seen_digest" ON "mail_seen" ("digest")
    """,
    """
    CREATE INDEX "mail_seen_message_id" ON "mail_seen" ("message_id")
    """,
    """
    CREATE TABLE "mail_template" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "name" TEXT NOT NULL, "subject" TEXT NOT NULL, "text" TEXT NOT NULL, "user_id" INTEGER, "name_key"
        TEXT COLLATE "C" NOT NULL, FOREIGN KEY ("user_id") REFERENCES "core_user" ("id"))
    """,
    """
    CREATE INDEX "mail_template_user_id" ON "mail_template" ("user_id")
    """,
    """
    CREATE INDEX "mail_template_name_key" ON "mail_template" ("name_key")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
