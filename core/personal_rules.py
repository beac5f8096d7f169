"""What a Resource declares of its table for exports of a subject and for erasure: what stays, and what is emptied."""

from typing import Any, NamedTuple

from . import fields

#: What stands in place of a personal text that must not be empty.
BLANK = "—"


class Rule(NamedTuple):
    """What a Resource declares of its table."""

    #: Why its records stay when their contact is erased; "" when they go.
    keeps: str = ""
    domain: str = "core"
    #: Whether its records may stay, emptied, when their contact is made anonymous.
    anonymous: bool = False
    #: Column → what it holds once it is emptied.
    blank: dict[str, Any] = {}
    #: Fields under which the journal keeps these columns' values.
    names: list[str] = []
    #: What many of the records are called.
    plural: str = ""


def rule_of(resource) -> Rule:
    """The rule of a Resource that is on; all of it is JSON."""
    blank, meta = {}, resource.model._meta
    # The fields that administrators made lie in the column `custom`, which is emptied as a whole.
    personal = [name for name, kind in resource.kinds.items() if kind.personal or name in resource.custom]
    for name in personal:
        kind = resource.kinds[name]
        if isinstance(kind, fields.Several) or name in resource.custom:
            continue
        for companion in (meta.fields[c] for c in kind.companions):
            blank[companion.column_name] = None if companion.null else ""
        blank[kind.column_name] = _empty(kind)
    return Rule(
        resource.keeps_on_erasure, resource.domain, resource.anonymous, blank, [*personal, "custom"], resource.plural
    )


def _empty(kind):
    if kind.null:
        return None
    if isinstance(kind, fields.JSON):
        return kind.db_value(kind.default() if callable(kind.default) else {})
    return BLANK if kind.required else ""
