"""Numbers of documents: without gaps, because the count is written in the transaction of the document itself."""

import re

import peewee

from core import N_, Base, Problem

#: What a pattern may say: `Q-{year}-{n:4}`.
PLACES = re.compile(r"\{(year|yy|month|n)(?::(\d))?\}")


class Counter(Base):
    """The last number that was given under a pattern with everything but `{n}` filled in."""

    key = peewee.CharField(max_length=80, unique=True)
    last = peewee.IntegerField(default=0)

    @classmethod
    def next(cls, pattern: str, day) -> str:
        """The next number of a pattern on a day, such as Q-2026-0007. Inside the transaction that uses it."""
        key = fill(pattern, day, None)
        cls.insert(key=key, last=0).on_conflict_ignore().execute()
        # The update holds the row until the transaction ends: two at once get two numbers, a rollback gives it back.
        cls.update(last=cls.last + 1).where(cls.key == key).execute()
        return fill(pattern, day, cls.select(cls.last).where(cls.key == key).scalar())


def fill(pattern: str, day, n: int | None) -> str:
    """A pattern with a day and a number; with None the number stays as it is written."""

    def value(match):
        name, digits = match.groups()
        if name == "n":
            return match.group() if n is None else f"{n:0{digits or 1}d}"
        return {"year": f"{day:%Y}", "yy": f"{day:%y}", "month": f"{day:%m}"}[name]

    return PLACES.sub(value, pattern)


def check_pattern(pattern: str) -> str:
    """A pattern that gives every document a number of its own. Raises Problem."""
    pattern = " ".join(pattern.split())
    left = PLACES.sub("", pattern)
    if "{n" not in pattern or "{" in left or "}" in left or len(pattern) > 60:
        raise Problem(N_("Write a pattern with {n}, such as Q-{year}-{n:4}."), "orders")
    return pattern
