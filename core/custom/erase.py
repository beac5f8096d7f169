"""Erasing the values of a removed field for good: an export first, then row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from flask import current_app

from .. import fields, journal
from ..db import records, utcnow
from ..exchange.writers import write_csv
from ..i18n import N_
from ..jobs import job
from ..users import User
from .models import CustomField, kind_of

CHUNK = 500


def rows(build, definition) -> Iterator[list]:
    """The records that hold a value, those in the trash too, by chunks."""
    resource = build.resources[definition.resource]
    kind, model, last = kind_of(definition, resource), resource.model, 0
    while chunk := records(model.select().where(kind.is_null(False), model.id > last).order_by(model.id).limit(CHUNK)):
        yield chunk
        last = chunk[-1].id


def total(build, definition) -> int:
    """How many records hold a value, those in the trash too."""
    resource = build.resources[definition.resource]
    return resource.model.select().where(kind_of(definition, resource).is_null(False)).count()


def export(build, definition) -> Path:
    """Write id, name and value of every record that holds one into the data folder's exports. Raises OSError."""
    kind = kind_of(definition, build.resources[definition.resource])
    folder = build.settings.data / "exports"
    folder.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"\W+", "-", definition.title).strip("-") or definition.key
    path = folder / f"{definition.resource}-{slug}-{utcnow():%Y%m%d-%H%M%S}.csv"
    columns = [("id", "id"), ("name", "name"), ("value", definition.title)]
    found = (
        {"id": record.id, "name": str(record), "value": kind.text(kind.get(record))}
        for chunk in rows(build, definition)
        for record in chunk
    )
    with path.open("wb") as stream:
        write_csv(columns, found, stream)
    return path


def erase(build, definition, user, progress=None) -> int:
    """Take the values out of every record, and the definition out of the trash; how many records there were.

    Not to be undone. What the journal says of earlier changes stays in it.
    """
    resource = build.resources[definition.resource]
    kind, number = kind_of(definition, resource), 0
    for chunk in rows(build, definition):
        with journal.transaction():
            for record in chunk:
                record.custom = {k: v for k, v in record.custom.items() if k not in (kind.name, kind.more)}
                resource.model.update(custom=record.custom, version=resource.model.version + 1).where(
                    resource.model.id == record.id
                ).execute()
            living = [record for record in chunk if record.deleted_batch is None]
            if living and isinstance(kind, fields.Text) and resource.searched:
                resource.load_parts(living)
                resource.index(living)
        number += len(chunk)
        if progress:
            progress(number, None)
    with journal.transaction():
        said = N_("Erased the values of the field %(name)s (records: %(n)s)")
        journal.open_batch(user, "delete", said, "custom_fields", name=definition.title, n=number)
        journal.Batch.update(count=0).where(
            journal.Batch.id == definition.deleted_batch, journal.Batch.count == 1
        ).execute()  # its removal cannot be undone any more
        CustomField.delete().where(CustomField.id == definition.id).execute()
    return number


@job("core.custom_erase")
def erase_job(build, row, field):
    """Erase the values of many records."""
    definition = CustomField.get_or_none(CustomField.id == field, CustomField.deleted_batch.is_null(False))
    if definition is None:
        return {}
    row.progress(0, total(build, definition))
    with current_app.test_request_context():
        number = erase(build, definition, User.get_or_none(User.id == row.user_id), row.progress)
    return {"count": number, "back": "custom_fields"}


__all__ = ["erase", "erase_job", "export", "total"]
