"""`Record`: what every table that people work with has in common."""

import re

import peewee

from . import fields
from .db import Base, utcnow
from .i18n import N_


class Headings(fields.JSON):
    """What an import found no field for, by heading. The same document keeps the values of custom fields.

    Neither sees the other: a save of one leaves the other as it is.
    """

    #: Keys of the document that belong to custom fields.
    OWN = re.compile(r"c[1-9][0-9]*(_key)?")

    def get(self, record):
        return {k: v for k, v in (getattr(record, self.name) or {}).items() if not self.OWN.fullmatch(k)}

    def set(self, record, value):
        own = {k: v for k, v in (getattr(record, self.name) or {}).items() if self.OWN.fullmatch(k)}
        # A heading that reads like the id of a field is kept under quotes.
        named = {f"“{k}”" if self.OWN.fullmatch(k) else k: v for k, v in (value or {}).items()}
        setattr(record, self.name, named | own)


class Record(Base):
    """Something that people work with: it has a version, a trash mark and room for custom fields.

    Rows are read through `Resource.query(user)` and written through `Resource.save/delete`, nowhere else.
    """

    #: Goes up with every save; a save that started from an older one is refused (`Conflict`).
    version = peewee.IntegerField(default=1)
    created_at = fields.DateTime(label=N_("Created"), default=utcnow)
    updated_at = fields.DateTime(label=N_("Updated"), default=utcnow)
    #: The batch that put the record into the trash, or NULL.
    deleted_batch = peewee.IntegerField(null=True)
    #: Values of custom fields under the field's id, and what an import found no field for.
    custom = Headings(label=N_("More"), default=dict)

    def related(self, name: str):
        """The records that point here through a Link with this `backref`, as a query, whichever plugin declares it.

        Raises LookupError when no plugin that is on declares it.
        """
        from flask import current_app

        return current_app.extensions["guanxi"].related(self, name)

    def __str__(self):
        """The record's name on screens: by default its first text field."""
        for name, field in self._meta.fields.items():
            if isinstance(field, fields.Text):
                return field.named(getattr(self, name))
        return f"#{self.id}"
