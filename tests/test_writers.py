"""Writing CSV, XLSX and JSON that no spreadsheet runs, and that we read again."""

import csv
import datetime
import io
import json
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.exchange import writers
from core.exchange.errors import ExchangeError
from core.exchange.readers import open_table
from core.exchange.values import arm, clean, defuse, split

COLUMNS = [("name", "姓名"), ("phone", "Phone"), ("n", "N")]
RISKY = ["=1+1", "+86 138 1234 5678", "-5", "@SUM(A1)", "\tx", "'=quoted", "=cmd|' /C calc'!A0", "＝1", "-5+cmd"]


def written(write, rows, columns=COLUMNS) -> bytes:
    out = io.BytesIO()
    assert write(columns, iter(rows), out) == len(rows)
    assert not out.closed
    return out.getvalue()


def read(data: bytes, name: str, column: str = "姓名") -> list[str]:
    return [row.values[column] for row in open_table(io.BytesIO(data), name, max_bytes=10**7).rows()]


def test_csv_has_a_mark_for_excel_and_labels_for_people():
    data = written(writers.write_csv, [{"name": "沈志远", "phone": None, "n": 3}])
    assert data == "\ufeff姓名,Phone,N\r\n沈志远,,3\r\n".encode()


def test_csv_defuses_formulas_but_not_negative_numbers():
    data = written(writers.write_csv, [{"name": text, "n": -5} for text in RISKY]).decode("utf-8-sig")
    cells = [line["姓名"] for line in csv.DictReader(io.StringIO(data, newline=""))]
    assert cells == [
        "'=1+1",
        "'+86 138 1234 5678",
        "-5",
        "'@SUM(A1)",
        "'\tx",
        "''=quoted",
        "'=cmd|' /C calc'!A0",
        "'＝1",
        "'-5+cmd",
    ]


@pytest.mark.parametrize("write,name", [(writers.write_csv, "a.csv"), (writers.write_xlsx, "a.xlsx")])
def test_risky_values_survive_the_round_trip(write, name):
    data = written(write, [{"name": text, "phone": "x"} for text in RISKY])
    assert read(data, name) == [text.strip() for text in RISKY]


def test_xlsx_holds_text_as_text_and_numbers_as_numbers():
    rows = [{"name": text, "phone": "x", "n": Decimal("1.50")} for text in RISKY]
    sheet = openpyxl.load_workbook(io.BytesIO(written(writers.write_xlsx, rows))).active
    lines = list(sheet.iter_rows(min_row=2))
    assert [line[0].value for line in lines] == RISKY
    assert {line[0].data_type for line in lines} == {"s"}
    assert lines[0][0].quotePrefix
    assert lines[0][2].value == 1.5 and lines[0][2].data_type == "n"


def test_dates_lists_and_odd_characters():
    rows = [
        {"name": ["a", "b"], "phone": datetime.date(1990, 3, 18), "n": True},
        {"name": "bell\x07 \ud800", "phone": datetime.datetime(2024, 5, 6, 7, 8, tzinfo=datetime.UTC), "n": 10**17},
        {"name": "x" * 40_000, "phone": datetime.date(1850, 1, 1), "n": None},
    ]
    sheet = openpyxl.load_workbook(io.BytesIO(written(writers.write_xlsx, rows))).active
    assert [cell.value for cell in sheet[2]] == ["a; b", datetime.datetime(1990, 3, 18), True]
    assert [cell.value for cell in sheet[3]] == ["bell ?", datetime.datetime(2024, 5, 6, 7, 8), "1" + "0" * 17]
    assert sheet["B4"].value == "1850-01-01" and len(sheet["A4"].value) == 32_767
    assert b"a; b,1990-03-18,true\r\n" in written(writers.write_csv, rows)


def test_a_sheet_has_an_end(monkeypatch):
    monkeypatch.setattr(writers, "EXCEL_ROWS", 3)
    with pytest.raises(ExchangeError, match="An Excel sheet holds 3 rows."):
        writers.write_xlsx(COLUMNS, ({"name": "x"} for _ in range(3)), io.BytesIO())


def test_json_is_an_array_by_key():
    rows = [{"name": "沈志远", "phone": ["1", "2"], "n": datetime.date(1990, 3, 18), "secret": 1}, {"name": "=1"}]
    data = written(writers.write_json, rows)
    assert json.loads(data) == [
        {"name": "沈志远", "phone": ["1", "2"], "n": "1990-03-18"},
        {"name": "=1", "phone": None, "n": None},
    ]
    assert "沈志远".encode() in data
    assert json.loads(written(writers.write_json, [])) == []


def test_rows_are_taken_one_by_one():
    out = io.BytesIO()

    def rows():
        for number in range(2000):
            yield {"name": str(number)}
        assert out.tell() > 1000

    writers.write_csv(COLUMNS, rows(), out)


@given(st.text(max_size=20))
def test_defusing_is_undone_for_any_text(text):
    safe = defuse(text)
    assert arm(safe) == text
    assert safe[:1] not in tuple("=+@\t\r\n")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=15), min_size=1, max_size=5))
def test_any_text_survives_csv(texts):
    texts = [clean(text) for text in texts]
    data = written(writers.write_csv, [{"name": text, "phone": "x", "n": 1} for text in texts])
    assert read(data, "a.csv") == texts


def test_several_values_in_a_cell():
    assert split("a; b；c ::: d\ne;;a") == ["a", "b", "c", "d", "e"]
    assert split("VIP，老客户、A,B", commas=True) == ["VIP", "老客户", "A", "B"]
    assert split("Main St 5, Springfield; x", commas=True) == ["Main St 5, Springfield", "x"]
    assert split("") == []
