"""The score of leads: rules and learned frequencies together, one by one and for all of them at once."""

from collections.abc import Callable
from itertools import groupby

import peewee

from core import N_, chunks, fields, transaction

from .. import plugin
from ..models import LIVE, Lead
from ..models.score import ENOUGH, FEATURES, HAS, Bayes, Frequency, ScoreRule, Share, check_rule, clamp, logistic
from .common import Managed

_ = plugin.gettext

CHUNK = 5000


class ScoreRules(Managed):
    """Points for what a lead says."""

    model, icon, hue = ScoreRule, "stars", "yellow"
    label, plural = N_("Scoring rule"), N_("Scoring rules")
    columns = ("name", "field", "test", "value", "points", "active")
    order = "id"

    def validate(self, user, record, values):
        get = lambda name: values.get(name, getattr(record, name))  # noqa: E731
        return check_rule(get("test"), get("value") or "", get("points"))


def value_of(feature: str, text) -> str:
    """A field's value as it is counted: folded text, or whether there is any."""
    text = (text or "").strip()
    return ("yes" if text else "no") if feature in HAS else text.casefold()


def read_bayes() -> Bayes:
    """The learned part as it was counted last. One query."""
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    won = lost = 0
    for row in Frequency.select(Frequency.feature, Frequency.value, Frequency.won, Frequency.lost).tuples():
        if row[0] == "":
            won, lost = row[2], row[3]
        else:
            counts.setdefault(row[0], {})[row[1]] = (row[2], row[3])
    return Bayes(won, lost, counts)


def read_rules() -> list[ScoreRule]:
    """The rules in use. One query."""
    return list(ScoreRule.select().where(ScoreRule.active, ScoreRule.deleted_batch.is_null()).order_by(ScoreRule.id))


class Scorer:
    """Scores single leads; reads rules and frequencies once, when first asked."""

    def __init__(self, build):
        self.build = build
        self._bayes: Bayes | None = None

    def _read(self) -> None:
        if self._bayes is None:
            self._bayes, self._rules = read_bayes(), read_rules()

    @property
    def bayes(self) -> Bayes:
        self._read()
        return self._bayes

    def score(self, lead, values: dict | None = None) -> int:
        """Percent of a lead, as it is after `values` are set."""
        self._read()
        get = self._getter(lead, values or {})
        rules = sum(rule.points for rule in self._rules if rule.fits(get(rule.field)))
        return clamp(self._learned(get) + rules)

    def explain(self, lead) -> list[Share]:
        """What made the score: each feature and rule with its points, the strongest first."""
        self._read()
        get = self._getter(lead, {})
        found = [
            Share(_("Rule “%(name)s”", name=rule.name), "", rule.points, False)
            for rule in self._rules
            if rule.fits(get(rule.field))
        ]
        if self._bayes.knows_enough:
            values = {feature: value_of(feature, get(feature)) for feature in FEATURES}
            for feature, points in self._bayes.shares(values).items():
                found.append(Share(_(FEATURES[feature]), self._said(feature, get(feature)), points, True))
        return sorted(found, key=lambda share: -abs(share.points))

    @staticmethod
    def _said(feature: str, text: str) -> str:
        if feature in HAS:
            return _("given") if (text or "").strip() else _("missing")
        return text or _("unknown")

    def _learned(self, get: Callable[[str], str]) -> float:
        if not self._bayes.knows_enough:
            return 50.0
        return 100 * logistic(self._bayes.odds({f: value_of(f, get(f)) for f in FEATURES}))

    @staticmethod
    def _getter(lead, values: dict) -> Callable[[str], str]:
        def get(name: str) -> str:
            if name == "budget":
                amount = values["budget"] if "budget" in values else Lead.budget.get(lead)
                return Lead.budget.text(amount).partition(" ")[0] if amount else ""
            value = values[name] if name in values else getattr(lead, name)
            return value or ""

        return get


def learn_and_score(progress: Callable | None = None) -> dict:
    """Count anew, and bring the scores of all live leads up to date; how many of each, for the job's result.

    Scores are derived from what the journal keeps, and are written without it.
    """
    rules = read_rules()
    known = _known()
    bayes = _count(known)
    _keep(bayes)
    changed = _score_all(bayes, rules, progress)
    return {"won": bayes.won, "lost": bayes.lost, "changed": changed}


def _columns() -> list:
    """The features as they are counted, in SQL: folded keys, and 1 or 0 for what is there or not."""
    # Written out: PostgreSQL does not see that two parameters are the same expression.
    empty, yes, no = peewee.SQL("''"), peewee.SQL("'yes'"), peewee.SQL("'no'")
    return [
        peewee.Case(None, [(getattr(Lead, f) != empty, yes)], no) if f in HAS else getattr(Lead, f) for f in FEATURES
    ]


def _known() -> list[tuple]:
    """Groups of leads with a known outcome: outcome, their values, how many."""
    columns = _columns()
    query = Lead.select(Lead.outcome, *columns, peewee.fn.COUNT(Lead.id)).where(
        Lead.outcome << ("won", "lost"), Lead.deleted_batch.is_null()
    )
    return list(query.group_by(Lead.outcome, *columns).tuples())


def _count(groups: list[tuple]) -> Bayes:
    """Frequencies of every value of every feature."""
    counts: dict[str, dict[str, list[int]]] = {f: {} for f in FEATURES}
    totals = {"won": 0, "lost": 0}
    for outcome, *values, n in groups:
        totals[outcome] += n
        for feature, value in zip(FEATURES, values, strict=True):
            both = counts[feature].setdefault(value.strip().casefold(), [0, 0])
            both[outcome == "lost"] += n
    frozen = {f: {v: (won, lost) for v, (won, lost) in values.items()} for f, values in counts.items()}
    return Bayes(totals["won"], totals["lost"], frozen)


def _keep(bayes: Bayes) -> None:
    rows = [("", "", bayes.won, bayes.lost)]
    rows += [(f, v, won, lost) for f, values in bayes.counts.items() for v, (won, lost) in values.items()]
    columns = [Frequency.feature, Frequency.value, Frequency.won, Frequency.lost]
    with transaction():
        Frequency.delete().execute()
        for chunk in chunks(rows, 500):
            Frequency.insert_many(chunk, fields=columns).execute()


class _Weights(dict):
    """A feature's value as it is stored → its weight; each spelling is folded and looked up once."""

    def __init__(self, bayes: Bayes, feature: str):
        self.bayes, self.feature = bayes, feature

    def __missing__(self, stored: str) -> float:
        self[stored] = found = self.bayes.weight(self.feature, stored.strip().casefold())
        return found


def _score_all(bayes: Bayes, rules: list[ScoreRule], progress) -> int:
    """Score every live lead; how many scores changed."""
    asked = [r.field for r in rules if r.field not in FEATURES or r.field in HAS]
    more = [getattr(Lead, name) for name in dict.fromkeys(asked) if name != "budget"]
    names = [*FEATURES, *(field.name for field in more)]
    budget = any(r.field == "budget" for r in rules)
    columns = [*_columns(), *more, *([Lead.budget, Lead.budget_currency] if budget else [])]
    query = Lead.select(Lead.id, Lead.score, *columns).where(Lead.state << LIVE, Lead.deleted_batch.is_null())
    tables = [_Weights(bayes, feature) for feature in FEATURES]
    wanted: list[tuple[int, int]] = []
    for id, old, *values in Lead._meta.database.execute(query).fetchall():  # as they are stored: texts and numbers
        learned = 50.0
        if bayes.knows_enough:
            odds = bayes.base + sum([table[value] for table, value in zip(tables, values, strict=False)])
            learned = 100 * logistic(odds)
        score = clamp(learned + (_points(rules, names, values, budget) if rules else 0))
        if score != old:
            wanted.append((score, id))
    wanted.sort()
    done = 0
    for score, group in groupby(wanted, key=lambda pair: pair[0]):
        for chunk in chunks([id for _score, id in group], CHUNK):
            with transaction():
                Lead.update(score=score).where(Lead.id << chunk).execute()
            done += len(chunk)
            if progress:
                progress(done, len(wanted))
    return len(wanted)


def _points(rules, names: list[str], values: list, budget: bool) -> int:
    """The points of the rules that fit a lead of which these values were read."""
    known = len(FEATURES)
    texts = dict(zip(names[:known], values, strict=False))
    for name in HAS:
        texts[name] = "" if texts[name] == "no" else "x"
    texts |= dict(zip(names[known:], values[known:], strict=False))
    if budget:
        minor, currency = values[-2:]
        amount = fields.Amount(minor, currency) if minor is not None else None
        texts["budget"] = Lead.budget.text(amount).partition(" ")[0] if amount else ""
    return sum(rule.points for rule in rules if rule.fits(texts.get(rule.field, "")))


__all__ = ["ENOUGH", "ScoreRules", "Scorer", "learn_and_score"]
