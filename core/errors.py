"""Why something is not done: each with what whoever asked must know."""

from .i18n import Problem


class NotFound(Exception):
    """No such record among those that this user may see."""


class Forbidden(Exception):
    """The user's role lacks a permission."""

    def __init__(self, permission: str):
        super().__init__(permission)
        self.permission = permission


class Conflict(Exception):
    """Somebody else saved the record since it was read. `current` is the record as it is now.

    `clashes` are the fields that both changed; `settled` is what the others come to when both changes are put together.
    """

    def __init__(self, current, clashes=(), settled=None):
        super().__init__(f"{current} was changed by somebody else")
        self.current, self.clashes, self.settled = current, list(clashes), settled or {}


class Invalid(ValueError):
    """Values that must not be saved: `errors` maps a field's name ("" for the record as a whole) to a Problem."""

    def __init__(self, errors: dict[str, Problem]):
        super().__init__("; ".join(f"{k}: {v}" if k else str(v) for k, v in errors.items()))
        self.errors = errors


class CannotUndo(Problem):
    """The batch as a whole cannot be undone."""
