"""Tasks"""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "tasks_task" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "version" INTEGER NOT NULL,
        "created_at" DATETIME NOT NULL, "updated_at" DATETIME NOT NULL, "deleted_batch" INTEGER, "custom" TEXT
        NOT NULL, "title" TEXT NOT NULL, "contact_id" INTEGER, "assignee_id" INTEGER, "author_id" INTEGER,
        "due_at" DATETIME, "priority" VARCHAR(60) NOT NULL, "status" VARCHAR(60) NOT NULL, "repeat"
        VARCHAR(60) NOT NULL, "every" INTEGER, "description" TEXT NOT NULL, "done_at" DATETIME, "previous_id"
        INTEGER, "month_day" INTEGER, "place" INTEGER NOT NULL, FOREIGN KEY ("contact_id") REFERENCES
        "core_contact" ("id"), FOREIGN KEY ("assignee_id") REFERENCES "core_user" ("id"), FOREIGN KEY
        ("author_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("previous_id") REFERENCES "tasks_task"
        ("id"))
    """,
    """
    CREATE INDEX "tasks_task_due_at" ON "tasks_task" ("due_at")
    """,
    """
    CREATE INDEX "tasks_task_previous_id" ON "tasks_task" ("previous_id")
    """,
    """
    CREATE INDEX "tasks_task_place" ON "tasks_task" ("place")
    """,
    """
    CREATE INDEX "tasks_task_assignee_id_status_due_at" ON "tasks_task" ("assignee_id", "status", "due_at")
    """,
    """
    CREATE INDEX "tasks_task_contact_id_status" ON "tasks_task" ("contact_id", "status")
    """,
    """
    CREATE INDEX "tasks_task_author_id" ON "tasks_task" ("author_id")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "tasks_task" ("id" SERIAL NOT NULL PRIMARY KEY, "version" INTEGER NOT NULL, "created_at"
        TIMESTAMP NOT NULL, "updated_at" TIMESTAMP NOT NULL, "deleted_batch" INTEGER, "custom" TEXT NOT NULL,
        "title" TEXT NOT NULL, "contact_id" INTEGER, "assignee_id" INTEGER, "author_id" INTEGER, "due_at"
        TIMESTAMP, "priority" VARCHAR(60) NOT NULL, "status" VARCHAR(60) NOT NULL, "repeat" VARCHAR(60) NOT
        NULL, "every" INTEGER, "description" TEXT NOT NULL, "done_at" TIMESTAMP, "previous_id" INTEGER,
        "month_day" INTEGER, "place" INTEGER NOT NULL, FOREIGN KEY ("contact_id") REFERENCES "core_contact"
        ("id"), FOREIGN KEY ("assignee_id") REFERENCES "core_user" ("id"), FOREIGN KEY ("author_id")
        REFERENCES "core_user" ("id"), FOREIGN KEY ("previous_id") REFERENCES "tasks_task" ("id"))
    """,
    """
    CREATE INDEX "tasks_task_due_at" ON "tasks_task" ("due_at")
    """,
    """
    CREATE INDEX "tasks_task_previous_id" ON "tasks_task" ("previous_id")
    """,
    """
    CREATE INDEX "tasks_task_place" ON "tasks_task" ("place")
    """,
    """
    CREATE INDEX "tasks_task_assignee_id_status_due_at" ON "tasks_task" ("assignee_id", "status", "due_at")
    """,
    """
    CREATE INDEX "tasks_task_contact_id_status" ON "tasks_task" ("contact_id", "status")
    """,
    """
    CREATE INDEX "tasks_task_author_id" ON "tasks_task" ("author_id")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
