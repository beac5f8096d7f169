"""Grades of the demo firm: by what it was paid; one set by hand, and limits of credit."""

from core import SYSTEM, fields

from .compute import grade_everybody
from .models import Grade, Level
from .seed import first_rows

#: Grade → credit limit in thousands, days to deliver, terms, and the same as a plan.
GETS = {
    "A": (1500, 20, "30% 定金，验收后 60 天 · 30% deposit, rest 60 days after acceptance", "30%, 70% + 60"),
    "B": (400, 30, "30% 定金，发货前付清 60% · 30% deposit, 60% before delivery", "30%, 60% + 30, 10% + 60"),
    "C": (80, 35, "50% 定金，发货前付清 · 50% deposit, rest before delivery", "50%, 50% + 35"),
    "D": (20, 40, "款到发货 · Paid before delivery", "100%"),
}


def fill(demo) -> None:
    """The rules, everybody graded by them, and one old friend who was graded by hand."""
    first_rows(SYSTEM)
    levels = demo.build.by_model[Level]
    rows = []
    for level in levels.best():
        limit, days, terms, plan = GETS[level.name]
        values = {"credit_limit": fields.Amount(limit * 100_000, "CNY"), "delivery_days": days, "terms": terms}
        values["plan"] = plan
        rows.append((level, values))
    levels.write(rows, demo.batch)
    grade_everybody(demo.build, lambda done, total: None)
    best = next(level for level in levels.best() if level.name == "B")
    friend = demo.named.get("xu")
    if friend is None:
        return
    grade = Grade.get_or_none(Grade.contact == friend.id) or Grade(contact=friend.id)
    values = {"contact": friend.id, "level": best.id, "by_hand": True, "reason": "常年介绍客户 · Brings us customers"}
    demo.build.by_model[Grade].write([(grade, values)], demo.batch)
