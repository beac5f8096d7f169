"""Rows that hold a value of a custom field, and giving them another choice where one goes."""

import peewee

from .. import journal
from ..jobs import job
from ..users import User
from .models import CustomField, kind_of


def holders(build, definition, value: str | None = None) -> peewee.ModelSelect:
    """The ids of the records that hold a value of this field (or this one value of a choice), without the trash."""
    resource = build.resources[definition.resource]
    kind, model = kind_of(definition, resource), resource.model
    query = model.select(model.id).where(model.deleted_batch.is_null())
    if value is None:
        return query.where(kind.is_null(False))
    return query.where(kind.has(value).is_null(False) if definition.kind == "choices" else kind == value)


def replace(build, field: int, old: str, new: str, batch: int, user=None, chunk: int = 500, progress=None) -> None:
    """Give every row that has one option of a choice another one, under a batch. Inside a transaction or by chunks."""
    definition, batch = CustomField.get_by_id(field), journal.Batch.get_by_id(batch)
    resource = build.resources[definition.resource]
    name, done = definition.key, 0
    query = holders(build, definition, old)
    total = query.count() if progress else 0
    if name not in resource.kinds:
        resource.add_field(kind_of(definition, resource))
    while ids := [id for (id,) in query.clone().limit(chunk).tuples()]:
        with journal.transaction():
            kind, pairs = resource.kinds[name], []
            records = list(resource.model.select().where(resource.model.id << ids))
            resource.load_parts(records)
            for record in records:
                have = kind.get(record)
                value = list(dict.fromkeys(new if v == old else v for v in have)) if isinstance(have, list) else new
                pairs.append((record, {name: value}))
            resource.write(pairs, batch, user)
        done += len(ids)
        if progress:
            progress(done, total)


@job("core.custom_replace", attempts=1)
def replace_job(build, row, field, old, new, batch):
    """Give many rows another choice."""
    user = User.get_or_none(User.id == row.user_id)
    replace(build, field, old, new, batch, user=user, progress=row.progress)
