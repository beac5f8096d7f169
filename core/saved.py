"""Saved views: a list's filters, order and columns under a name, as a tab."""

from urllib.parse import parse_qsl, urlencode

import peewee

from .db import Base, db, records
from .i18n import N_, Problem


class View(Base):
    """One tab of one list. `query` is the list's address after the `?`."""

    resource = peewee.CharField(max_length=80)
    user_id = peewee.IntegerField()
    name = peewee.CharField(max_length=60)
    query = peewee.TextField(default="")
    shared = peewee.BooleanField(default=False)

    class Meta:
        indexes = ((("resource", "user_id"), False),)

    @classmethod
    def of(cls, user, resource: str) -> list["View"]:
        """The user's own views, and behind them those that colleagues share, which never push one's own out."""
        found = cls.select().where(cls.resource == resource, (cls.user_id == user.id) | cls.shared)
        return records(found.order_by((cls.user_id == user.id).desc(), cls.id).limit(30))

    @classmethod
    def keep(cls, user, resource: str, name: str, query: str, shared: bool) -> "View":
        """Save a view; one of the same name is replaced. Pages and fragments are left out of the query."""
        pairs = [(k, v) for k, v in parse_qsl(query) if k not in ("after", "before", "view", "fragment")]
        with db.atomic():
            cls.delete().where(cls.user_id == user.id, cls.resource == resource, cls.name == name).execute()
            return cls.create(user_id=user.id, resource=resource, name=name, query=urlencode(pairs), shared=shared)

    @classmethod
    def drop(cls, user, id: int) -> None:
        """Delete a view of one's own; an administrator may delete any."""
        where = cls.id == id if user.is_admin else (cls.id == id) & (cls.user_id == user.id)
        with db.atomic():
            if not cls.delete().where(where).execute():
                raise Problem(N_("This view belongs to somebody else."))
