"""The demo firm's own fields: what a shop for interiors keeps of its customers."""

import datetime as dt
import random

from ..fields import Amount
from .models import CustomField
from .resource import extend

SECTION = "合作 Account"


def _options(*pairs):
    return [{"value": label, "label": label, "hue": hue, "retired": False} for label, hue in pairs]


GRADES = _options(
    ("战略 Strategic", "purple"), ("重点 Key", "orange"), ("普通 Standard", "blue"), ("观察 Watch", "gray")
)
LIKES = _options(
    ("家具 Furniture", "teal"), ("灯具 Lighting", "yellow"), ("织物 Textiles", "pink"), ("定制 Bespoke", "green")
)
FIELDS = (
    {"title": "客户等级 Grade", "kind": "choice", "options": GRADES, "section": SECTION},
    {
        "title": "合同到期 Contract until",
        "kind": "date",
        "section": SECTION,
        "help": "到期前两个月联系。Call two months before.",
    },
    {"title": "年度预算 Yearly budget", "kind": "money", "section": SECTION},
    {"title": "关注品类 Interests", "kind": "choices", "options": LIKES, "section": SECTION},
)


class OwnFields:
    """Makes the definitions when it is made; then gives the values of one contact after the other.

    Its dice are its own, so that the rest of the demo is what it is without it.
    """

    def __init__(self, demo, seed: int):
        self.random, self.today = random.Random(f"fields {seed}"), demo.now.date()
        rows = [row | {"resource": "contacts", "position": i} for i, row in enumerate(FIELDS, 1)]
        self.grade, self.until, self.budget, self.likes = (d.key for d in demo.write(CustomField, rows))
        extend(demo.build)

    def of(self, values: dict) -> dict:
        """The values of a contact and its own fields: customers have most of them, and people only interests."""
        rng, found = self.random, {}
        if values.get("stage") in ("customer", "advocate"):
            grade = rng.choices(GRADES, (8, 22, 60, 10))[0]["value"]
            if values["kind"] == "organisation":
                found[self.grade] = grade
                found[self.until] = self.today + dt.timedelta(rng.randint(-40, 500))
                found[self.budget] = Amount(rng.randint(3, 80) * 1_000_000, "CNY")
        if rng.random() < 0.6:
            likes = {option["value"] for option in rng.sample(LIKES, rng.randint(1, 2))}
            found[self.likes] = [option["value"] for option in LIKES if option["value"] in likes]
        return values | found


__all__ = ["OwnFields"]
