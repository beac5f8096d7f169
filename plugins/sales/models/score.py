"""What a lead's score is made of: rules that people write, and frequencies that are counted.

The learned part is a naive Bayes classifier over the leads whose outcome is known, W won and L lost ones. For each
feature f (source, campaign, region, product, whether there is an e-mail, phone, company) with k_f known values, and a
lead's value v of it,

    weight(f, v) = ln( (won(f, v) + 1) / (W + k_f) ) - ln( (lost(f, v) + 1) / (L + k_f) )
    odds         = ln( (W + 1) / (L + 1) ) + the sum of the weights
    learned      = 1 / (1 + e^-odds)

so that a value that was never seen weighs about nothing (Laplace's rule: one more of each). The score in percent is the
learned part, or 50 as long as there are fewer than `ENOUGH` won or lost leads, plus the points of the rules, kept
within 1 and 99. A feature's share in it, as shown, is what the percentage would lose without that feature.
"""

import math
from typing import NamedTuple

import peewee

from core import N_, Base, Problem, Record, fields

#: Features that are counted: name → label. Those of `HAS` are yes or no.
FEATURES = {
    "source": N_("Source"),
    "campaign": N_("Campaign"),
    "region": N_("Region"),
    "product": N_("Interested in"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "company": N_("Company"),
}
HAS = frozenset(("email", "phone", "company"))
#: Won and lost leads, each, that it takes before the score learns.
ENOUGH = 20

TESTS = [
    ("is", N_("is")),
    ("contains", N_("contains")),
    ("filled", N_("is filled in")),
    ("empty", N_("is empty")),
    ("least", N_("is at least")),
]


class ScoreRule(Record):
    """Points that a lead gets or loses for one of its fields."""

    name = fields.Text(label=N_("Rule"), required=True, max_length=120)
    field = fields.Choice(
        [
            *((name, label) for name, label in FEATURES.items()),
            ("job_title", N_("Job title")),
            ("message", N_("Message")),
            ("budget", N_("Budget")),
        ],
        label=N_("Field"),
        required=True,
        default="source",
    )
    test = fields.Choice(TESTS, label=N_("Test"), default="is", required=True)
    value = fields.Text(label=N_("Value"), max_length=160)
    points = fields.Integer(label=N_("Points"), required=True, default=5, help=N_("Percentage points, from −50 to 50."))
    active = fields.Bool(label=N_("In use"), default=True)

    def fits(self, text: str) -> bool:
        """Whether the rule's test is true of a field's text (of a budget: whole units of its currency)."""
        text, wanted = (text or "").strip().casefold(), self.value.strip().casefold()
        if self.test == "filled":
            return bool(text)
        if self.test == "empty":
            return not text
        if self.test == "least":
            try:
                return bool(text) and float(text) >= float(wanted)
            except ValueError:
                return False
        return text == wanted if self.test == "is" else bool(wanted) and wanted in text


class Frequency(Base):
    """How often a value of a feature was among won and among lost leads; the row without a feature counts all."""

    feature = peewee.CharField(max_length=20)
    value = peewee.TextField(default="")
    won = peewee.IntegerField(default=0)
    lost = peewee.IntegerField(default=0)

    class Meta:
        indexes = ((("feature", "value"), True),)


class Share(NamedTuple):
    """What one feature or rule does to a score: percentage points, and why in words."""

    label: str
    value: str
    points: int
    learned: bool


class Bayes:
    """The learned part, from frequencies: `{feature: {value: (won, lost)}}` and the totals."""

    def __init__(self, won: int, lost: int, counts: dict[str, dict[str, tuple[int, int]]]):
        self.won, self.lost, self.counts = won, lost, counts
        self.weights = {
            feature: {value: self._weight(*both, len(values)) for value, both in values.items()}
            for feature, values in counts.items()
        }
        self.base = math.log((won + 1) / (lost + 1))

    @property
    def knows_enough(self) -> bool:
        return min(self.won, self.lost) >= ENOUGH

    def _weight(self, won: int, lost: int, known: int) -> float:
        return math.log((won + 1) / (self.won + known)) - math.log((lost + 1) / (self.lost + known))

    def weight(self, feature: str, value: str) -> float:
        """What a value speaks for or against; 0 for one that was never seen."""
        return self.weights.get(feature, {}).get(value, 0.0)

    def odds(self, values: dict[str, str]) -> float:
        """The logarithm of the odds of a lead with these values."""
        return self.base + sum(self.weight(feature, value) for feature, value in values.items())

    def shares(self, values: dict[str, str]) -> dict[str, int]:
        """Feature → percentage points that it adds; without those that add nothing."""
        odds = self.odds(values)
        found = {f: round(100 * (logistic(odds) - logistic(odds - self.weight(f, v)))) for f, v in values.items()}
        return {feature: points for feature, points in found.items() if points}


def logistic(odds: float) -> float:
    """Odds as a share of 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def clamp(percent: float) -> int:
    """Nothing is sure: 1 to 99."""
    return max(1, min(99, round(percent)))


def check_rule(test: str, value: str, points: int | None) -> dict[str, Problem]:
    """What is wrong with a rule, by field."""
    errors = {}
    if test in ("is", "contains", "least") and not value.strip():
        errors["value"] = Problem(N_("Say which value."), "sales")
    if test == "least" and value.strip() and not value.strip().replace(".", "", 1).isdecimal():
        errors["value"] = Problem(N_("“At least” needs a number."), "sales")
    if points is not None and not (-50 <= points <= 50 and points):
        errors["points"] = Problem(N_("Give points from −50 to 50, and not 0."), "sales")
    return errors
