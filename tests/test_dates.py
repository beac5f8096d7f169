"""Dates as people write them."""

import contextlib
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.exchange.dates import order, parse
from core.exchange.errors import ExchangeError


@pytest.mark.parametrize(
    "text,iso",
    [
        ("1958-10-13", "1958-10-13"),
        ("1958/1/3", "1958-01-03"),
        ("19581013", "1958-10-13"),
        ("13.10.1958", "1958-10-13"),
        ("10/13/1958", "1958-10-13"),
        ("1990年3月18日", "1990-03-18"),
        ("90年3月18日", "1990-03-18"),
        ("民國79年3月18日", "1990-03-18"),
        ("3月18日", "--03-18"),
        ("--0318", "--03-18"),
        ("--02-29", "--02-29"),
        ("32950", "1990-03-18"),
        ("32950.5", "1990-03-18"),
        ("18.03.90", "1990-03-18"),
        ("13 Oct 1958", "1958-10-13"),
        ("October 13, 1958", "1958-10-13"),
        ("13th of October 1958", "1958-10-13"),
        ("Oct 13", "--10-13"),
        ("1990-03-18 00:00:00", "1990-03-18"),
        ("1990-03-18T10:20:30+08:00", "1990-03-18"),
        ("3/18/1990 12:00 AM", "1990-03-18"),
    ],
)
def test_one_date(text, iso):
    assert parse(text).iso() == iso


def test_a_day_is_a_date_if_it_has_a_year():
    assert parse("1990-03-18").date() == datetime.date(1990, 3, 18)
    assert parse("3月18日").date() is None


def test_the_column_settles_day_and_month():
    assert order(["01/02/2020", "25/12/2020", "03/04/2020"]) == "dmy"
    assert order(["01/02/2020", "12/25/2020"]) == "mdy"
    assert order(["01.02.2020"]) == "dmy" and order(["01/02/2020"]) == "mdy" and order([]) == "mdy"
    assert parse("03/04/2020", "dmy").iso() == "2020-04-03"


@pytest.mark.parametrize(
    "text", ["", "soon", "1990-13-01", "1990-02-30", "2019-02-29", "99/99/1999", "1990-03", "12 Foo 1990", "0000-01-01"]
)
def test_what_is_no_date_is_an_error_with_advice(text):
    with pytest.raises(ExchangeError, match="is not a date. Write it like 1990-03-18."):
        parse(text)


@given(st.text(max_size=25) | st.text("0123456789-/.年月日 :T", max_size=20), st.sampled_from([None, "dmy", "mdy"]))
def test_any_text_is_a_date_or_an_error(text, by):
    with contextlib.suppress(ExchangeError):
        assert parse(parse(text, by).iso()) == parse(text, by)
