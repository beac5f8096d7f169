"""Finding pairs: what is compared, who is compared with whom, and why two are a pair.

Nobody is compared with everybody. Each rule sorts the rows into blocks that a pair must share: of a rule with an equal
field, that field's value; of others, their words. A block that is too large to tell anything is left out, so that
100,000 rows cost minutes neither of time nor of memory.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, product
from typing import NamedTuple

from core import fold, normal_phone, sort_key, strip_legal

from .models import Condition

#: Rows of one block whose pairs are all compared; a larger one is split, or left out.
BLOCK = 300
#: Rows that are the same by a rule without anything to compare: beyond this, each is paired with the first only.
CLIQUE = 40
WORD = re.compile(r"\w+")


class Rule(NamedTuple):
    """What the finder needs of a rule: its name, its conditions, and how many of them must hold."""

    name: str
    conditions: list[Condition]
    needed: int


class Found(NamedTuple):
    """A pair of ids, its score of 0 to 100, the rule that found it first, and `[field, how, percent]` per reason."""

    a: int
    b: int
    score: int
    rule: str
    reasons: list


# Values ------------------------------------------------------------------------------------------------------------


def facts_of(rules: Iterable[Rule]) -> list[str]:
    """The columns that rules read, for `Resource.plain`."""
    own = {"addresses.road": "addresses.street", "addresses.number": "addresses.street"}
    return list(dict.fromkeys(own.get(c.field, c.field) for rule in rules for c in rule.conditions))


def _squash(text: str) -> str:
    return "".join(WORD.findall(fold(text))).replace("_", "")


def _spoken(text: str) -> list[str]:
    """Readings of a name: in its order and with sorted syllables, so that 张伟, Zhang Wei and Wei Zhang meet."""
    words = WORD.findall(sort_key(text).partition("\x01")[0])
    return ["".join(words), "".join(sorted(words))] if words else []


def _prepared(condition: Condition, value, region: str) -> tuple[str, ...]:
    """A value as this comparison sees it: one or more texts, none for an empty value."""
    values = value if isinstance(value, list) else [value]
    found: list[str] = []
    for each in values:
        if each is None or each == "":
            continue
        text = each.strftime("%Y%m%d") if isinstance(each, dt.date) else str(each)
        if condition.field == "addresses.number":
            text = next(iter(re.findall(r"\d+", text)), "")
        elif condition.field == "addresses.road":
            text = " ".join(w for w in WORD.findall(text) if not w.isdigit())
        if condition.how == "exact":
            found.append(text.strip())
        elif condition.how == "normalised":
            found.append(_squash(text))
        elif condition.how == "fuzzy":
            found.append(" ".join(sorted(WORD.findall(fold(text)))))
        elif condition.how == "pinyin":
            found += _spoken(text)
        elif condition.how == "phone":
            number = normal_phone(text, region)
            found += [number] if sum(c.isdigit() for c in number) > 5 else []
        else:
            found.append(_squash(strip_legal(text)))
    return tuple(dict.fromkeys(filter(None, found)))


class Table:
    """The rows of one run, prepared for its conditions; rows are numbered from 0 in the order of their ids."""

    def __init__(self, ids: list[int], columns: dict[str, list], rules: list[Rule], region: str = "CN"):
        self.ids, self.rules = ids, rules
        own = {"addresses.road": "addresses.street", "addresses.number": "addresses.street"}
        self.values: dict[Condition, list[tuple[str, ...]]] = {}
        for condition in dict.fromkeys(c._replace(threshold=0) for rule in rules for c in rule.conditions):
            raw = columns.get(own.get(condition.field, condition.field), [None] * len(ids))
            cache: dict = {}
            prepared = []
            for value in raw:
                key = tuple(value) if isinstance(value, list) else value
                if key not in cache:
                    cache[key] = _prepared(condition, value, region)
                prepared.append(cache[key])
            self.values[condition] = prepared

    def of(self, condition: Condition) -> list[tuple[str, ...]]:
        return self.values[condition._replace(threshold=0)]


# Comparing ---------------------------------------------------------------------------------------------------------


def likeness(condition: Condition, x: tuple[str, ...], y: tuple[str, ...]) -> float:
    """How alike two prepared values are, 0 to 1; 0 below the condition's threshold."""
    if not x or not y:
        return 0.0
    if condition.how != "fuzzy":
        return 0.0 if set(x).isdisjoint(y) else 1.0
    if x == y:
        return 1.0
    from rapidfuzz.distance.OSA import normalized_similarity

    least = condition.threshold / 100
    return max(normalized_similarity(p, q, score_cutoff=least) for p in x for q in y)


def _matcher(table: Table, rule: Rule) -> Callable[[int, int], bool]:
    """Whether a pair fulfils a rule; the cheap comparisons first, and no more of them than it takes."""
    from rapidfuzz.distance.OSA import normalized_similarity

    ordered = sorted(rule.conditions, key=lambda c: c.how == "fuzzy")
    parts = [(table.of(c), c.threshold / 100 if c.how == "fuzzy" else None) for c in ordered]
    needed, spare = rule.needed, len(parts) - rule.needed

    def matches(a: int, b: int) -> bool:
        hits, misses = 0, 0
        for values, least in parts:
            x, y = values[a], values[b]
            if not x or not y:
                hit = False
            elif x == y:
                hit = True
            elif least is None:
                hit = (len(x) > 1 or len(y) > 1) and not set(x).isdisjoint(y)
            elif len(x) == 1 == len(y):
                hit = normalized_similarity(x[0], y[0], score_cutoff=least) > 0
            else:
                hit = any(normalized_similarity(p, q, score_cutoff=least) > 0 for p in x for q in y)
            if hit:
                hits += 1
                if hits >= needed:
                    return True
            else:
                misses += 1
                if misses > spare:
                    return False
        return False

    return matches


def _explained(table: Table, rule: Rule, a: int, b: int) -> tuple[int, list]:
    """Score and reasons of a pair that fulfils a rule: how much of what both have is alike."""
    reasons, total, compared = [], 0.0, 0
    for condition in rule.conditions:
        x, y = table.of(condition)[a], table.of(condition)[b]
        if x and y:
            compared += 1
            like = likeness(condition, x, y)
            if like:
                total += like
                reasons.append([condition.field, condition.how, round(100 * like)])
    return round(100 * total / compared) if compared else 0, reasons


# Blocks ------------------------------------------------------------------------------------------------------------


def _candidates(table: Table, rule: Rule, only: set[int] | None) -> Iterator[tuple[int, Iterable[int]]]:
    """For each row, the earlier rows that are worth a comparison."""
    equal = [c for c in rule.conditions if c.how != "fuzzy"]
    fuzzy = [c for c in rule.conditions if c.how == "fuzzy"]
    if rule.needed == len(rule.conditions) and equal:
        keys = [list(product(*(table.of(c)[row] for c in equal))) for row in range(len(table.ids))]
        if fuzzy:
            keys = _split(keys, [table.of(c) for c in fuzzy])
        yield from _sharing(keys, 1, only, clique=not fuzzy)
        return
    columns = [(c, table.of(c)) for c in rule.conditions]
    alone = rule.needed == 1
    keys = []
    for row in range(len(table.ids)):
        mine: set = set()
        for place, (condition, values) in enumerate(columns):
            for text in values[row]:
                mine.update((place, word) for word in (text.split() if condition.how == "fuzzy" else (text,)))
                if alone and condition.how == "fuzzy":
                    joined = text.replace(" ", "")
                    mine |= {(place, "^" + joined[:4]), (place, joined[-4:] + "$")}
        keys.append(list(mine))
    yield from _sharing(keys, 1 if alone else 2, only)


def _split(keys: list[list], columns: list[list[tuple[str, ...]]]) -> list[list]:
    """Add words of the fuzzy fields to the keys of blocks that are too large: same city and a word of the name."""
    sizes = Counter(key for mine in keys for key in mine)
    if not sizes or max(sizes.values()) <= BLOCK:
        return keys
    out = []
    for row, mine in enumerate(keys):
        fine = [key for key in mine if sizes[key] <= BLOCK]
        words = {w for values in columns for text in values[row] for w in (*text.split(), "^" + text[:3])}
        out.append(fine + [(key, word) for key in mine if sizes[key] > BLOCK for word in words])
    return out


def _sharing(keys: list[list], least: int, only, clique: bool = False) -> Iterator[tuple[int, Iterable[int]]]:
    """For each row, the earlier ones that share `least` keys with it; keys of very many rows do not count.

    With `clique`, rows that share a key are pairs by that alone: of many such rows each meets the first one only.
    """
    sizes = Counter(key for mine in keys for key in mine)
    largest = max(BLOCK, len(keys) // 250)
    blocks: dict = defaultdict(list)
    for row, mine in enumerate(keys):
        shared: Counter = Counter()
        for key in mine:
            size = sizes[key]
            if size < 2 or (size > largest and not clique):
                continue
            block = blocks[key]
            if block:
                shared.update(block if not clique or size <= CLIQUE else block[:1])
            if not clique or size <= CLIQUE or not block:
                block.append(row)
        found: Iterable[int] = shared if least == 1 else [other for other, count in shared.items() if count >= least]
        if only is not None and row not in only:
            found = [other for other in found if other in only]
        if found:
            yield row, found


# A run -------------------------------------------------------------------------------------------------------------


def find(table: Table, only: Iterable[int] | None = None, progress: Callable | None = None) -> list[Found]:
    """All pairs that a rule finds, the best first. `only`: ids of which one must be in a pair.

    `progress(done, total)` is called now and then.
    """
    place = {id: row for row, id in enumerate(table.ids)}
    rows = None if only is None else {place[id] for id in only if id in place}
    best: dict[tuple[int, int], Found] = {}
    for turn, rule in enumerate(table.rules):
        matches = _matcher(table, rule)
        for done, (row, others) in enumerate(_candidates(table, rule, rows)):
            for other in others:
                if not matches(other, row):
                    continue
                score, reasons = _explained(table, rule, other, row)
                pair = (other, row)
                if pair in best:
                    mine = best[pair]
                    reasons = mine.reasons + [r for r in reasons if r not in mine.reasons]
                    best[pair] = mine._replace(score=max(score, mine.score), reasons=reasons)
                else:
                    best[pair] = Found(table.ids[other], table.ids[row], score, rule.name, reasons)
            if progress and done % 2000 == 0:
                progress(turn * len(table.ids) + row, len(table.rules) * len(table.ids))
    return sorted(best.values(), key=lambda found: (-found.score, found.a, found.b))


def everything(table: Table, rule: Rule, sample: int = 400) -> float:
    """The share of pairs that a rule finds among some rows, whoever they are: a rule for everybody is none."""
    rows = list(range(len(table.ids)))
    step = max(1, len(rows) // sample)
    matches = _matcher(table, rule)
    chosen = rows[::step][:sample]
    pairs = list(combinations(chosen, 2))
    return sum(matches(a, b) for a, b in pairs) / len(pairs) if pairs else 0.0
