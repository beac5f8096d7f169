"""Which mails took a quote to the customer."""

from core import run_statements

SQLITE = [
    """
    CREATE TABLE "orders_mailing" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "quote_id" INTEGER NOT
        NULL, "mail_id" INTEGER NOT NULL, "told" INTEGER NOT NULL)
    """,
    """
    CREATE INDEX "orders_mailing_quote_id" ON "orders_mailing" ("quote_id")
    """,
    """
    CREATE INDEX "orders_mailing_mail_id" ON "orders_mailing" ("mail_id")
    """,
]
POSTGRES = [
    """
    CREATE TABLE "orders_mailing" ("id" SERIAL NOT NULL PRIMARY KEY, "quote_id" INTEGER NOT NULL, "mail_id"
        INTEGER NOT NULL, "told" BOOLEAN NOT NULL)
    """,
    """
    CREATE INDEX "orders_mailing_quote_id" ON "orders_mailing" ("quote_id")
    """,
    """
    CREATE INDEX "orders_mailing_mail_id" ON "orders_mailing" ("mail_id")
    """,
]


def up(migrator, db):
    run_statements(db, SQLITE, POSTGRES)
