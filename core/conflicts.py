"""Two people save one record: what each of them changed is put together, and what both changed is asked about.

What the record was like when somebody opened its form is read back from the journal, so a form carries nothing but the
version that it was drawn from.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from . import fields, i18n
from .i18n import N_, Problem
from .journal import Batch, Change
from .users import names_of_users


class Theirs(NamedTuple):
    """A field that others changed: its value before that (as `kind.json` gave it), who changed it last and when."""

    before: Any
    who: int | None
    at: Any


@dataclass
class Clash:
    """A field that both changed, in values of its kind. `known` says whether `before` could be found out."""

    name: str
    before: Any
    theirs: Any
    mine: Any
    known: bool = True
    who: int | None = None
    at: Any = None


#: In place of a value: both changed it.
BOTH = object()


def since(resource, record, version: int) -> tuple[dict[str, Theirs], bool]:
    """The fields that were changed after `version`, and whether the journal still knows of every step."""
    steps = record.version - version
    rows = (
        Change.select(Change.data, Batch.user_id, Batch.at)
        .join(Batch, on=(Change.batch_id == Batch.id))
        .where(Change.table == resource.table, Change.first == record.id, Change.op == "update")
        .order_by(Change.id.desc())
        .limit(steps)
        .tuples()
    )
    found: dict[str, Theirs] = {}
    rows = list(rows)
    for data, who, at in rows:  # the newest first: the oldest says what was before, the newest who was the last
        for name, (old, _new) in data.items():
            last = found.get(name)
            found[name] = Theirs(old, *(last[1:] if last else (who, at)))
    return found, len(rows) == steps


def settle(resource, record, values: dict, version: int) -> tuple[dict, list[Clash]]:
    """What to save of `values`, typed by somebody who saw `version`, into the record as it is now; and what clashes."""
    changed, complete = since(resource, record, version)
    settled, clashes = {}, []
    for name, mine in values.items():
        kind = resource.kinds[name]
        theirs = changed.get(name)
        if theirs is None and complete:
            settled[name] = mine
            continue
        now = kind.get(record)
        if _same(kind, mine, now):
            settled[name] = now
            continue
        before = kind.unjson(theirs.before) if theirs else None
        found = together(kind, before, now, mine) if theirs else BOTH
        if found is BOTH:
            who, at = theirs[1:] if theirs else (None, None)
            clashes.append(Clash(name, before, now, mine, theirs is not None, who, at))
        else:
            settled[name] = found
    return settled, clashes


def together(kind, before, theirs, mine):
    """Both changes of one field as one value, or BOTH when they cannot be had together."""
    if _same(kind, mine, before):
        return theirs
    if _same(kind, theirs, before):
        return mine
    if isinstance(kind, fields.Several):
        return _lists(before, theirs, mine)
    if all(isinstance(value, dict) for value in (before, theirs, mine)):
        return _documents(before, theirs, mine)
    return BOTH


def _same(kind, one, other) -> bool:
    # By their texts, too: a form shows a time without its seconds.
    return one == other or (not isinstance(kind, fields.Several) and kind.text(one) == kind.text(other))


def _lists(before, theirs, mine):
    """Additions and removals of both, unless both replaced the same value."""
    removed = [v for v in before if v not in mine]
    added = [v for v in mine if v not in before]
    both_removed = [v for v in removed if v not in theirs]
    they_added = [v for v in theirs if v not in before]
    if both_removed and (added or they_added) and added != they_added:
        return BOTH
    return [v for v in theirs if v not in removed] + [v for v in added if v not in theirs]


def _documents(before: dict, theirs: dict, mine: dict):
    found = dict(theirs)
    for key in before.keys() | mine.keys():
        if mine.get(key) == before.get(key):
            continue
        if theirs.get(key) not in (before.get(key), mine.get(key)):
            return BOTH
        if key in mine:
            found[key] = mine[key]
        else:
            found.pop(key, None)
    return found


# For people


class Question(NamedTuple):
    """A clash as a form asks about it, in words."""

    name: str
    title: str
    mine: Any
    theirs: Any
    before: Any
    known: bool
    who: str
    at: Any


def questions(resource, clashes: list[Clash]) -> list[Question]:
    """The clashes with names of people and linked records: at most two queries and one for each kind of link."""
    people = names_of_users(c.who for c in clashes)
    return [
        Question(
            c.name,
            resource.field_title(c.name),
            *(_shown(resource.kinds[c.name], value) or "—" for value in (c.mine, c.theirs, c.before)),
            c.known,
            people.get(c.who, i18n.gettext("Somebody else")),
            c.at,
        )
        for c in clashes
    ]


def _shown(kind, value):
    if isinstance(kind, fields.Link) and value is not None:
        target = kind.rel_model.get_or_none(kind.rel_model.id == value)
        return str(target) if target is not None else f"#{value}"
    return kind.show(value)


def problems(resource, clashes: list[Clash]) -> dict[str, Problem]:
    """One sentence for each clashing field, for programs."""
    text = N_("Somebody else changed it to “%(theirs)s” since that version.")
    return {c.name: Problem(text, theirs=resource.kinds[c.name].text(c.theirs)) for c in clashes}
