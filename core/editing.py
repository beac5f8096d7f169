"""Who has a form of which record open: a quiet warning, no lock."""

import datetime as dt

import peewee

from .db import Base, Instant, db, utcnow
from .users import User

#: How long an open form counts without a sign of life, and how often it gives one.
ALIVE = dt.timedelta(seconds=60)
RENEW = dt.timedelta(seconds=30)


class Editing(Base):
    """A user's open form of a record."""

    resource = peewee.CharField(max_length=80)
    record_id = peewee.IntegerField()
    user_id = peewee.IntegerField()
    at = Instant(default=utcnow, index=True)

    class Meta:
        indexes = ((("resource", "record_id", "user_id"), True),)

    @classmethod
    def note(cls, user, resource: str, record_id: int) -> None:
        """The form is open now."""
        row = dict(resource=resource, record_id=record_id, user_id=user.id, at=utcnow())
        with db.atomic():
            cls.delete().where(cls.at < utcnow() - ALIVE).execute()
            cls.insert(row).on_conflict(
                conflict_target=[cls.resource, cls.record_id, cls.user_id], update={cls.at: row["at"]}
            ).execute()

    @classmethod
    def done(cls, user, resource: str, record_id: int) -> None:
        """The form was saved. Inside the caller's transaction or in its own."""
        cls.delete().where(cls.resource == resource, cls.record_id == record_id, cls.user_id == user.id).execute()

    @classmethod
    def now(cls) -> dict[tuple[str, int], list[tuple[int, str, bool]]]:
        """`(resource, id)` → user, name and whether the sign of life is fresh, for every open form. One query."""
        rows = (
            cls.select(cls.resource, cls.record_id, cls.user_id, User.name, cls.at)
            .join(User, on=(User.id == cls.user_id))
            .where(cls.at > utcnow() - ALIVE)
            .tuples()
        )
        found: dict[tuple[str, int], list[tuple[int, str, bool]]] = {}
        for resource, id, user_id, name, at in rows:
            found.setdefault((resource, id), []).append((user_id, name, at > utcnow() - RENEW))
        return found
