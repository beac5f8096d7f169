"""The finder: which values meet, which pairs a rule finds, and that nobody is compared with everybody."""

import random
import time

import pytest

from core.i18n import Problem
from plugins.duplicates import finder
from plugins.duplicates.models import Condition, read_conditions


def pairs(rows, *lines, needed=None):
    """The pairs of row numbers (from 1) that one rule finds; rows are dictionaries."""
    conditions = read_conditions("\n".join(lines))
    rule = finder.Rule("test", conditions, needed or len(conditions))
    columns = {name: [row.get(name) for row in rows] for name in finder.facts_of([rule])}
    found = finder.find(finder.Table(list(range(1, len(rows) + 1)), columns, [rule]))
    return {(f.a, f.b): f for f in found}


@pytest.mark.parametrize(
    ("how", "one", "other"),
    [
        ("exact", "A-1", " A-1 "),
        ("normalised", "Ünal & Söhne", "unal  SOHNE"),
        ("normalised", "ＡＢＣ", "abc"),
        ("fuzzy 85", "Katherine Miller", "Miller Katharine"),
        ("pinyin", "张伟", "Zhang Wei"),
        ("pinyin", "张伟", "wei zhang"),
        ("pinyin", "欧阳娜娜", "ouyangnana"),
        ("phone", "138 0013 8000", "+86-13800138000"),
        ("phone", "+1 (202) 224-3441", "0012022243441"),
        ("legal", "Acme GmbH", "ACME"),
        ("legal", "北京远山科技有限公司", "北京远山科技"),
        ("legal", "Smith & Co., Ltd.", "smith"),
    ],
)
def test_the_same(how, one, other):
    assert pairs([{"name": one}, {"name": other}], f"name {how}")


@pytest.mark.parametrize(
    ("how", "one", "other"),
    [
        ("exact", "a", "A"),
        ("normalised", "Acme Ltd", "Acme"),
        ("fuzzy 85", "John Smith", "Jane Smyth"),
        ("pinyin", "张伟", "章鱼"),
        ("phone", "110", "110"),
        ("legal", "Acme North", "Acme South Ltd"),
        ("fuzzy 85", "", ""),
        ("exact", None, None),
    ],
)
def test_not_the_same(how, one, other):
    assert not pairs([{"name": one}, {"name": other}], f"name {how}")


def test_all_conditions_must_hold_or_as_many_as_said():
    rows = [
        {"name": "Ann", "city": "Bonn", "job": "cook"},
        {"name": "Ann", "city": "Bonn", "job": "pilot"},
        {"name": "Ann", "city": "Köln", "job": "baker"},
    ]
    lines = ("name exact", "city exact", "job exact")
    assert set(pairs(rows, *lines)) == set()
    assert set(pairs(rows, *lines, needed=2)) == {(1, 2)}
    assert len(pairs(rows, *lines, needed=1)) == 3


def test_any_of_several_values_is_enough():
    rows = [{"emails": ["a@x.cn", "B@x.cn"]}, {"emails": ["b@x.cn"]}, {"emails": ["c@x.cn"]}]
    assert set(pairs(rows, "emails normalised")) == {(1, 2)}


def test_score_and_reasons_say_how_alike():
    found = pairs([{"name": "Maria Lopez", "tel": ["13800138000"]}, {"name": "Maria Lopes", "tel": ["+8613800138000"]}],
                  "name fuzzy 80", "tel phone")[(1, 2)]  # fmt: skip
    assert found.score == 95
    assert found.reasons == [["name", "fuzzy", 91], ["tel", "phone", 100]]


def test_house_number_and_street_of_one_line():
    rows = [{"addresses.street": ["6, tullaroop street"]}, {"addresses.street": ["Tullaroop Street 6"]}]
    assert pairs(rows, "addresses.number exact", "addresses.road fuzzy 90")


@pytest.mark.parametrize("line", ["name", "name sounds", "name fuzzy 20", "name fuzzy 101", "name exact and more"])
def test_a_line_that_is_no_condition_is_said(line):
    with pytest.raises(Problem):
        read_conditions(line)


def test_conditions_read_back():
    text = "name fuzzy 85\nemails normalised"
    assert read_conditions(text) == [Condition("name", "fuzzy", 85), Condition("emails", "normalised")]
    assert "\n".join(map(str, read_conditions(text))) == text


def test_only_pairs_with_new_rows_are_looked_for():
    rows = [{"name": n} for n in ("Ann", "Ann", "Bob", "Bob")]
    rule = finder.Rule("r", read_conditions("name exact"), 1)
    table = finder.Table([1, 2, 3, 4], {"name": [r["name"] for r in rows]}, [rule])
    assert [(f.a, f.b) for f in finder.find(table, only=[4])] == [(3, 4)]


def test_thousands_with_one_value_do_not_make_millions_of_pairs():
    rows = [{"tel": "010-88886666"} for _ in range(5000)]
    assert len(pairs(rows, "tel phone")) == 4999


def test_a_large_block_is_split_by_the_words_of_the_name():
    chance = random.Random(1)
    names = [
        "".join(chance.choices("abcdefghij", k=7)) + " " + "".join(chance.choices("klmnop", k=7)) for _ in range(3000)
    ]
    rows = [{"city": "Berlin", "name": name} for name in names] + [{"city": "Berlin", "name": names[5].upper()}]
    began = time.perf_counter()
    assert (6, 3001) in pairs(rows, "city exact", "name fuzzy 90")
    assert time.perf_counter() - began < 20, "all against all would take minutes"
