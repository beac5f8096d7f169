"""What can become of a row, and of one whose record is there already."""

from dataclasses import dataclass

from ..i18n import N_
from .rows import Row

#: What becomes of a row whose record is there already.
SKIP, UPDATE, CREATE = "skip", "update", "create"
MODES = {
    SKIP: N_("Leave it as it is"),
    UPDATE: N_("Add what the file knows"),
    CREATE: N_("Make another one"),
}
CREATED, UPDATED, DUPLICATE, REJECTED = "created", "updated", "duplicate", "rejected"


@dataclass(slots=True)
class Outcome:
    """What became of one row: created, updated, duplicate or rejected; `who` names it, `reason` says why."""

    row: Row
    state: str
    who: str = ""
    reason: str = ""
