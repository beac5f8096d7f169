"""What a reader is told of batches of the journal: names only of records that they may still see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from . import i18n
from .db import chunks
from .journal import Batch, Change
from .undo import LeftAlone

#: A batch of more rows tells how many there were, and not what each of them is called.
MANY = 200


def titles(build, user, batches: list[Batch]) -> dict[int, str]:
    """Batch id → its title for a reader, in their language.

    The title names records of the batch's own kind. Whoever may not see one of them any more, the trash included, reads
    the name of the kind alone. A query, and one for each kind of record; none for an administrator.
    """
    if user.is_admin:
        return {batch.id: batch.title for batch in batches}
    few = {batch.id: batch.resource for batch in batches if batch.count <= MANY}
    wanted: dict[str, set[int]] = defaultdict(set)
    rows = []
    for id, table, first, last in (
        Change.select(Change.batch_id, Change.table, Change.first, Change.last)
        .where(Change.batch_id << list(few), Change.op != "move")
        .tuples()
    ):
        resource = build.by_table.get(table)
        if resource is not None and few[id] in ("", resource.name):
            rows.append((id, resource.name, set(range(first, last + 1))))
            wanted[resource.name] |= rows[-1][2]
    seen = _seen(build, user, wanted)
    unseen = {id for id, name, ids in rows if not ids <= seen[name]}
    return {batch.id: _kind(build, batch) if batch.id in unseen else batch.title for batch in batches}


def title(build, user, batch: Batch) -> str:
    """As `titles`, of one batch."""
    return titles(build, user, [batch])[batch.id]


def left_alone(build, user, left: list[LeftAlone]) -> list[LeftAlone]:
    """What an undo leaves alone, without the names of what the reader may not see."""
    if user.is_admin:
        return left
    wanted: dict[str, set[int]] = defaultdict(set)
    for item in left:
        wanted[item.resource].add(item.record_id)
    seen = _seen(build, user, wanted)
    return [x if x.record_id in seen[x.resource] else x._replace(title=_number(build, x)) for x in left]


def _seen(build, user, wanted: dict[str, Iterable[int]]) -> dict[str, set[int]]:
    """Of these ids of each kind of record, those that the user may see or could see before they were deleted."""
    found: dict[str, set[int]] = defaultdict(set)
    for name, ids in wanted.items():
        resource = build.resources.get(name)
        if resource is None:
            continue
        visible = resource.visible(user)
        for chunk in chunks(sorted(ids), 500):
            query = resource.model.select(resource.model.id).where(resource.model.id << chunk)
            found[name] |= {id for (id,) in (query if visible is None else query.where(visible)).tuples()}
    return found


def _kind(build, batch: Batch) -> str:
    resource = build.resources.get(batch.resource)
    return i18n.gettext("Changed %(what)s", what=resource.title) if resource else i18n.gettext("Change")


def _number(build, item: LeftAlone) -> str:
    resource = build.resources.get(item.resource)
    return f"{resource.singular if resource else item.resource} #{item.record_id}"
