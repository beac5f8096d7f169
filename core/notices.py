"""Notices: what a user should know, behind the bell."""

import functools
import operator
from dataclasses import dataclass
from typing import NamedTuple

import peewee

from . import i18n, journal
from .db import Base, Instant, Json, db, records, utcnow
from .notice_choices import Choices


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
    about=None,
    url: str = "",
    text: str = "",
    but=None,
    once: str = "",
    plugin: str = "core",
    **params,
) -> int:
    """Give users a notice, all but `but` (who did it); how many were new. Inside or outside a transaction.

    Where it goes (bell, mail, nowhere) is the choice of each user. `about` is the record that it is about: who may not
    see that is not told. `once` names the occasion: the same user gets it only once.
    """
    now, rows = utcnow(), []
    resource = build.by_model[type(about)].name if about is not None else ""
    for user in users:
        if user.id is None or (but is not None and user.id == but.id):
            continue
        choices = Choices.of(build, user)
        place = choices.place(plugin, kind)
        if place == "none":
            continue
        row = dict(user_id=user.id, at=now, kind=kind, plugin=plugin, message=message, params=params, text=text)
        row |= dict(url=url, once=once, resource=resource, record_id=about.id if about is not None else None)
        row |= dict(bell=place != "mail", mail_at=choices.mail_at(user, now) if place in ("both", "mail") else None)
        rows.append(row)
    if not rows:
        return 0
    with journal.transaction():
        return sum(bool(Notice.insert(row).on_conflict_ignore().as_rowcount().execute()) for row in rows)


def visible(build, user, rows: list) -> list:
    """Those of these rows (with `resource` and `record_id`) whose record the user may see; one query for all kinds.

    A notice loses its text where the user's role hides fields of such records: nobody knows what it was made of.
    """
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if row.resource:
            wanted.setdefault(row.resource, set()).add(row.record_id)
    asked = []
    for name, ids in wanted.items():
        resource = build.resources.get(name)
        if resource is not None:
            model = resource.model
            asked.append(resource.query(user, peewee.Value(name), model.id).where(model.id << list(ids)))
    seen = {("", None)}
    if asked:
        seen |= set(functools.reduce(operator.add, asked).tuples())
    shown = [row for row in rows if (row.resource, row.record_id if row.resource else None) in seen]
    for row in shown:
        if isinstance(row, Notice) and row.resource and build.resources[row.resource].hidden(user):
            row.text = ""
    return shown


class About(NamedTuple):
    """What a notice is about."""

    resource: str
    record_id: int | None


def unread(build, user) -> int:
    """How many notices the user has not read yet, of those that the user may still see; counted to 100."""
    # Written out: every page asks, and building the query takes longer than running it.
    sql = "SELECT resource, record_id FROM core_notice WHERE user_id = {} AND read_at IS NULL AND bell LIMIT 100"
    rows = [About(*row) for row in db.execute_sql(sql.format(db.param), (user.id,)).fetchall()]
    return len(visible(build, user, rows)) if rows else 0


@dataclass
class Group:
    """Notices of one kind about one thing: the newest, and how many more there are."""

    newest: Notice
    more: int = 0

    @property
    def read(self) -> bool:
        return self.newest.read_at is not None


def groups(build, user, limit: int) -> list[Group]:
    """The user's newest notices, those that say the same of the same thing as one."""
    query = Notice.select().where(Notice.user_id == user.id, Notice.bell)
    rows = visible(build, user, records(query.order_by(Notice.at.desc(), Notice.id.desc()).limit(300)))
    found: dict[tuple, Group] = {}
    for row in rows:
        thing = row.url.partition("#")[0] or row.id
        key = (row.plugin, row.kind, row.message, thing, row.read_at is None)
        if key in found:
            found[key].more += 1
        else:
            found[key] = Group(row)
    return list(found.values())[:limit]


def read(user, notice: Notice | None = None) -> None:
    """Mark a notice, and what is grouped with it, as read; or all."""
    query = Notice.update(read_at=utcnow()).where(Notice.user_id == user.id, Notice.read_at.is_null())
    if notice is not None:
        place = notice.url.partition("#")[0]
        same = (Notice.plugin == notice.plugin) & (Notice.kind == notice.kind) & (Notice.message == notice.message)
        there = (Notice.url == place) | Notice.url.startswith(f"{place}#")
        query = query.where((Notice.id == notice.id) | (same & there) if place else Notice.id == notice.id)
    with db.atomic():
        query.execute()
