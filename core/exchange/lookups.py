"""What several kinds of rows look up or read alike: days, instants, colleagues, sources of external ids."""

import re

from .. import fields
from ..i18n import Problem
from ..points import ContactPoint
from ..users import User
from . import dates
from .errors import ExchangeError


def known_sources() -> list[str]:
    """The sources of external ids that contacts have."""
    kind = ContactPoint.kind == "external"
    return [label for (label,) in ContactPoint.select(ContactPoint.label).where(kind).distinct().limit(50).tuples()]


def day_of(text: str, order: str | None) -> dates.Day:
    """A day as people write it. Raises Problem."""
    try:
        return dates.parse(text, order)
    except ExchangeError as error:
        raise Problem(error.message, **error.params) from None


def instant(text: str, order: str | None):
    """A point in time: as the browser writes it, or any date that people write. Raises Problem."""
    try:
        return fields.parse_instant(text)
    except Problem:
        day = day_of(text, order).date()
        if day is None:
            raise
        clock = re.search(r"(\d{1,2}):(\d{2})(?::\d{2})?\s*([AaPp][Mm])?", text)
        if clock:
            hour = int(clock[1]) % 12 + 12 * (clock[3].lower() == "pm") if clock[3] else int(clock[1])
            return fields.parse_instant(f"{day.isoformat()}T{hour:02}:{clock[2]}")
        return fields.start_ofday_of(day)


def user_names() -> dict[str, int]:
    """Users by e-mail and by name, case-folded; a name that two have is nobody's."""
    found: dict[str, int | None] = {}
    for id, name, email in User.select(User.id, User.name, User.email).where(User.deleted_batch.is_null()).tuples():
        for key in {name.casefold(), email.casefold()}:
            found[key] = None if key in found else id
    return {key: id for key, id in found.items() if id is not None}
