"""Names taken apart, put together and compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from core.names import initials, join, similar, split, strip_legal


def reading(name: str) -> str:
    return " ".join(lazy_pinyin(name))


@pytest.mark.parametrize(
    "full,parts",
    [
        ("沈志远", "沈|志远|||"),
        ("欧阳晓雯", "欧阳|晓雯|||"),
        ("諸葛亮", "諸葛|亮|||"),
        ("上官", "上官||||"),
        ("王芳", "王|芳|||"),
        ("王 芳", "王|芳|||"),
        ("王先生", "王|||先生|"),
        ("李总", "李|||总|"),
        ("欧阳老师", "欧阳|||老师|"),
        ("陈玉总经理", "陈|玉||总经理|"),
        ("王建工", "王|建工|||"),
        ("艾米·克洛布彻", "克洛布彻|艾米|||"),
        ("Amy Klobuchar", "Klobuchar|Amy|||"),
        ("Dr. Maria de la Cruz Jr.", "de la Cruz|Maria||Dr.|Jr."),
        ("Ludwig van Beethoven", "van Beethoven|Ludwig|||"),
        ("John Q. Public III", "Public|John|Q.||III"),
        ("Smith, John Q., Jr.", "Smith|John|Q.||Jr."),
        ("O'Brien, Pat", "O'Brien|Pat|||"),
        ("Vincent V. Price", "Price|Vincent|V.||"),
        ("Madonna", "|Madonna|||"),
        ("Don Bacon", "Bacon|Don|||"),
        ("M. Night Shyamalan", "Shyamalan|M.|Night||"),
        ("Mr. Miller", "Miller|||Mr.|"),
        ("ZHANG Wei", "ZHANG|Wei|||"),
        ("J. R. R. Tolkien", "Tolkien|J.|R. R.||"),
        ("", "||||"),
        (" , ", "||||"),
    ],
)
def test_names_are_taken_apart(full, parts):
    assert "|".join(split(full)) == parts


def test_a_hint_puts_the_family_name_first():
    assert split("Zhang Wei", "zh")[:2] == ("Zhang", "Wei")
    assert split("Zhang Wei")[:2] == ("Wei", "Zhang")


@pytest.mark.parametrize(
    "name",
    [
        "沈志远",
        "欧阳晓雯",
        "王先生",
        "艾米·克洛布彻",
        "Dr. Maria de la Cruz Jr.",
        "John Q. Public III",
        "Madonna",
        "Mr. Miller",
    ],
)
def test_names_are_put_together_again(name):
    assert join(*split(name)) == name


@pytest.mark.parametrize(
    "name,expected",
    [
        ("沈志远", "志远"),
        ("王芳", "王芳"),
        ("王先生", "王"),
        ("欧阳晓雯", "晓雯"),
        ("Amy Klobuchar", "AK"),
        ("Ludwig van Beethoven", "LB"),
        ("madonna", "M"),
        ("Dr. Maria de la Cruz", "MC"),
        ("", ""),
        ("!!", ""),
    ],
)
def test_initials(name, expected):
    assert initials(name) == expected


@pytest.mark.parametrize(
    "name,expected",
    [
        ("杭州云帆科技有限公司", "杭州云帆科技"),
        ("东海贸易股份有限公司", "东海贸易"),
        ("小田科技有限责任公司", "小田科技"),
        ("海蓝集团", "海蓝"),
        ("中原保险(集团)股份有限公司", "中原保险"),
        ("有限公司", "有限公司"),
        ("Acme Co., Ltd.", "Acme"),
        ("Acme Inc.", "Acme"),
        ("Müller & Co. KG", "Müller"),
        ("Weber GmbH & Co. KG", "Weber"),
        ("Dupont S.A.", "Dupont"),
        ("Foo Holdings LLC", "Foo"),
        ("Ltd", "Ltd"),
        ("Costa Coffee", "Costa Coffee"),
    ],
)
def test_legal_forms_are_left_away(name, expected):
    assert strip_legal(name) == expected


@pytest.mark.parametrize(
    "a,b,low,high",
    [
        ("John Smith", "Smith, John", 1, 1),
        ("Bob Smith", "Robert Smith", 1, 1),
        ("José Peña", "jose pena", 1, 1),
        ("Dr. John A. Smith", "John Smith", 0.9, 0.99),
        ("J. Smith", "John Smith", 0.85, 0.99),
        ("Amy Klobuchar", "Amy Klobucher", 0.85, 0.99),
        ("John Smith", "Jane Smith", 0, 0.8),
        ("Anna Li", "Anna Lee", 0, 0.8),
        ("Mary Jones", "Mark Johnson", 0, 0.8),
        ("Amy", "Amy Klobuchar", 0, 0.5),
        ("张伟", "张伟", 1, 1),
        ("张伟", "Zhang Wei", 0.9, 0.99),
        ("张伟", "Wei Zhang", 0.9, 0.99),
        ("欧阳娜娜", "Nana Ouyang", 0.9, 0.99),
        ("张伟", "章薇", 0.7, 0.84),
        ("张伟", "李娜", 0, 0.5),
        ("", "", 0, 0),
        ("", "Ann", 0, 0),
    ],
)
def test_likeness(a, b, low, high):
    assert low <= similar(a, b, reading) <= high
    assert similar(a, b, reading) == pytest.approx(similar(b, a, reading), abs=0.05)


def test_without_readings_scripts_stay_apart():
    assert similar("张伟", "Zhang Wei") < 0.3


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([None, "zh"]))
def test_any_text_is_a_name(a, b, hint):
    assert isinstance(join(*split(a, hint)), str) and isinstance(initials(a), str) and isinstance(strip_legal(a), str)
    assert 0 <= similar(a, b, reading) <= 1
