"""Phone numbers come to one form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.phones import digits, normal, region_of, same, several


@pytest.mark.parametrize(
    "text,region,expected",
    [
        ("138 1234 5678", "CN", "+8613812345678"),
        ("+86 138-1234-5678", "US", "+8613812345678"),
        ("0086 13812345678", "US", "+8613812345678"),
        ("8613812345678", "CN", "+8613812345678"),
        ("０１０－８８８８６６６６", "CN", "+861088886666"),
        ("(0571) 8888 6666", "CN", "+8657188886666"),
        ("010-88886666-801", "CN", "+861088886666;ext=801"),
        ("0571 88886666转8001", "CN", "+8657188886666;ext=8001"),
        ("400-820-8820", "CN", "+864008208820"),
        ("95588", "CN", "95588"),
        ("88886666", "CN", "88886666"),
        ("202-224-3441", "US", "+12022243441"),
        ("(202) 224-3441 x12", "US", "+12022243441;ext=12"),
        ("202.224.3441 ext. 12", "US", "+12022243441;ext=12"),
        ("202-224-3441", "CN", "+12022243441"),
        ("+1 202 224 3441", "CN", "+12022243441"),
        ("1-800-FLOWERS", "US", "+18003569377"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 20 7946 0958", "CN", "+442079460958"),
        ("0912-345-678", "TW", "+886912345678"),
        ("tel:+86-10-88886666;ext=12", "CN", "+861088886666;ext=12"),
        ("n/a", "CN", ""),
        ("", "CN", ""),
        ("+", "CN", ""),
        ("12", "CN", "12"),
    ],
)
def test_numbers_in_one_form(text, region, expected):
    assert normal(text, region) == expected


def test_the_form_is_stable():
    for text in ("+8613812345678", "+12022243441;ext=12", "95588"):
        assert normal(text) == normal(text, "US") == text


def test_same():
    assert same("138 1234 5678", "+86-13812345678")
    assert same("650 253 0000", "+16502530000", "GB")
    assert not same("202-224-3441 x1", "202-224-3441 x2")
    assert not same("88886666", "010-88886666")
    assert not same("", "") and not same("n/a", "-")


def test_several_numbers_in_a_cell():
    assert several("13812345678/010-88886666") == ["13812345678", "010-88886666"]
    assert several("13812345678、13912345678") == ["13812345678", "13912345678"]
    assert several("010-88886666/01") == ["010-88886666/01"]
    assert several(" ") == []


def test_digits():
    assert digits("+86 １３8-12") == "861381 2".replace(" ", "")


@pytest.mark.parametrize(
    "text,region",
    [
        ("zh", "CN"),
        ("zh-TW", "TW"),
        ("zh_Hant", "TW"),
        ("en", "US"),
        ("en_GB", "GB"),
        ("de", "DE"),
        ("US", "US"),
        ("China", "CN"),
        ("中国", "CN"),
        ("美国", "US"),
        ("USA", "US"),
        ("UK", "GB"),
        ("Deutschland", "DE"),
        ("台湾", "TW"),
        ("", "CN"),
        ("nowhere", "CN"),
    ],
)
def test_regions(text, region):
    assert region_of(text) == region


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=25) | st.text("0123456789+-() x;ext=转#", max_size=25), st.sampled_from(["CN", "US", "DE", "XX"])
)
def test_any_text_is_taken(text, region):
    found = normal(text, region)
    assert found.isascii()
    assert same(text, text, region) == bool(found)
    assert isinstance(several(text), list) and isinstance(region_of(text), str)
