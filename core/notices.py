"""Notices: what a user should know, behind the bell."""

import peewee

from . import i18n, journal
from .db import Base, Instant, Json, db, utcnow


class Notice(Base):
    """One notice for one user. `message` is a constant sentence, filled from `params` in the reader's language."""

    user_id = peewee.IntegerField()
    at = Instant(default=utcnow)
    kind = peewee.CharField(max_length=40)
    plugin = peewee.CharField(max_length=40, default="core")
    message = peewee.TextField()
    params = Json(default=dict)
    text = peewee.TextField(default="")
    url = peewee.TextField(default="")
    #: The record that it is about, if any: who may no longer see that, does not see this.
    resource = peewee.CharField(max_length=80, default="")
    record_id = peewee.IntegerField(null=True)
    #: Whether it stands behind the bell, and when it is due to be sent by mail (NULL: not, or sent already).
    bell = peewee.BooleanField(default=True)
    mail_at = Instant(null=True)
    read_at = Instant(null=True)
    #: Says the same thing only once: a reminder that runs again finds it here.
    once = peewee.CharField(max_length=120, default="")

    class Meta:
        indexes = ((("user_id", "read_at"), False), (("user_id", "at"), False))

    @property
    def title(self) -> str:
        return i18n.translate(self.message, self.plugin, **self.params)


Notice.add_index(
    peewee.SQL('CREATE UNIQUE INDEX "core_notice_once" ON "core_notice" ("user_id", "once") WHERE "once" <> \'\'')
)
Notice.add_index(peewee.SQL('CREATE INDEX "core_notice_mail" ON "core_notice" ("mail_at") WHERE "mail_at" IS NOT NULL'))


def notify(
    build,
    users,
    kind: str,
    message: str,
    *,
    url: str = "",
    text: str = "",
    but=None,
    once: str = "",
    plugin: str = "core",
    **params,
) -> int:
    """Give users a notice, all but `but` (who did it); how many were new. Inside or outside a transaction.

    `once` names the occasion: the same user gets it only once.
    """
    rows = [
        dict(user_id=u.id, kind=kind, plugin=plugin, message=message, params=params, text=text, url=url, once=once)
        for u in users
        if u.id is not None and (but is None or u.id != but.id)
    ]
    if not rows:
        return 0
    with journal.transaction():
        return sum(bool(Notice.insert(row).on_conflict_ignore().as_rowcount().execute()) for row in rows)


def unread(user) -> int:
    """How many notices the user has not read yet; counted to 100."""
    # Written out: every page asks, and building the query takes longer than running it.
    counted = "SELECT COUNT(*) FROM (SELECT 1 FROM core_notice WHERE user_id = {} AND read_at IS NULL LIMIT 100) AS n"
    return db.execute_sql(counted.format(db.param), (user.id,)).fetchone()[0]
