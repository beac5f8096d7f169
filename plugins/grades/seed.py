"""What a firm starts with: four grades."""

from flask import g

from core import SYSTEM, fields, resource_of

from .models import Level

#: Name, hue, customers from, prospects from (in thousands of the firm's currency), credit days. Limits are the firm's.
LEVELS = (
    ("A", "green", 1000, 500, 60),
    ("B", "teal", 200, 100, 30),
    ("C", "blue", 20, 20, 14),
    ("D", "gray", 0, 0, 0),
)


def first_rows(user=None) -> None:
    """The four; nothing when there is a grade already. Raises Forbidden."""
    if Level.select().where(Level.deleted_batch.is_null()).exists():
        return
    user, levels = user or g.get("user") or SYSTEM, resource_of(Level)
    currency = levels.build.firm["currency"]
    amount = lambda n: fields.parse_money(f"{n * 1000}", currency)  # noqa: E731
    rows = [
        {
            "name": name,
            "place": place,
            "hue": hue,
            "created": amount(created),
            "expected": amount(expected),
            "credit_days": days,
        }
        for place, (name, hue, created, expected, days) in enumerate(LEVELS, 1)
    ]
    levels.save_many(user, [(levels.new(user), row) for row in rows])
