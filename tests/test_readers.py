"""Reading CSV and XLSX: encodings, delimiters, bad rows, and files that are something else."""

import datetime
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.exchange.charsets import detect
from core.exchange.errors import ExchangeError
from core.exchange.readers import open_table, unique

SIMPLIFIED = "姓名,手机,公司\n沈志远,13812345678,杭州云帆科技有限公司\n欧阳晓雯,13912345678,上海亦舟贸易有限公司\n"
TRADITIONAL = "姓名,電話,公司\n陳大文,0912345678,長榮海運股份有限公司\n林美玲,0922333444,臺北市民生東路商行\n"
WESTERN = "Name;Straße;Ort\nJörg Müller;Königsallee 5;Düsseldorf\nJosé Peña;Calle Mayor 3;Málaga\n"


def table(data: bytes, name: str = "clients.csv", max_bytes: int = 10**6):
    return open_table(io.BytesIO(data), name, max_bytes=max_bytes)


def rows(data: bytes, name: str = "clients.csv"):
    return list(table(data, name).rows())


@pytest.mark.parametrize(
    "text,encoding,expected",
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "utf-8", "utf-8"),
        (WESTERN, "cp1252", "cp1252"),
        (WESTERN, "utf-8", "utf-8"),
    ],
)
def test_encodings_are_told_apart(text, encoding, expected):
    found = table(text.encode(encoding))
    assert found.encoding == expected
    assert found.columns == text.split("\n")[0].replace(";", ",").split(",")
    assert next(found.rows()).values[found.columns[0]] == text.split("\n")[1].replace(";", ",").split(",")[0]


@pytest.mark.parametrize(
    "text,encoding",
    [
        ("name,city\n李娜,Shanghai\n", "gb18030"),
        ("name,x\n翟煜,1\n", "gb18030"),
        ("Name,Company\nPeter,腾讯\n", "gb18030"),
        ("name;note\nAda;男\n", "gb18030"),
        ("name,city\n林美玲,Taipei\n", "big5"),
        ("張偉,台北\n", "big5"),
        ("name,c\n李,1\n", "big5"),
        ("name\nÄrger\n", "cp1252"),
        ("name,x\nZoë,1\n", "cp1252"),
        ("n;m\nØrsted;Ærø\n", "cp1252"),
        ("a,b\nAnn,€5\n", "cp1252"),
        ("a,b\n“Bob”,it’s\n", "cp1252"),
        ("a\nBjörk Guðmundsdóttir\n", "cp1252"),
        ("имя;город\nИван;Москва\nПётр;Санкт-Петербург\n", "cp1251"),
    ],
)
def test_a_few_characters_are_enough_to_tell_encodings(text, encoding):
    assert detect(io.BytesIO(text.encode(encoding))) == encoding


def test_utf16_without_a_mark_is_seen_in_english_too():
    assert detect(io.BytesIO("name\tphone\nBob\t1\n".encode("utf-16-le"))) == "utf-16-le"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found_although_others_occur(delimiter):
    lines = [["Name", "Note", "Phone"], ["Ann", '"a, b; c | d\te\nf"', "1"], ["Bob", "x", "2"]]
    found = table("\r\n".join(delimiter.join(line) for line in lines).encode())
    assert found.delimiter == delimiter
    assert [row.values["Note"] for row in found.rows()] == ["a, b; c | d\te\nf", "x"]


def test_a_german_heading_with_a_comma_is_still_cut_at_semicolons():
    assert table(b"Name, Vorname;Ort\nMeier, Jan;Ulm\nKunz;Bonn\n").columns == ["Name, Vorname", "Ort"]


def test_excel_names_its_delimiter():
    (row,) = rows(b"sep=;\r\na,x;b\r\n1;2\r\n")
    assert (row.number, row.values) == (3, {"a,x": "1", "b": "2"})


def test_one_column_is_a_table():
    assert [row.values for row in rows("姓名\n王芳\n".encode())] == [{"姓名": "王芳"}]


def test_line_ends_of_three_kinds():
    for end in (b"\n", b"\r\n", b"\r"):
        assert [row.number for row in rows(end.join((b"a,b", b"1,2", b"3,4")))] == [2, 3]


def test_ragged_rows_are_kept_with_their_problem():
    short, fine, long, trailing = rows(b"a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n")
    assert short.problem == "Row 2 has 2 values where the heading has 3."
    assert short.problem.params == {"row": 2, "found": 2, "expected": 3}
    assert short.problem.message % short.problem.params == short.problem
    assert fine.problem is trailing.problem is None
    assert long.extra == ("4",) and "4 values" in long.problem


def test_a_quotation_mark_without_end_costs_one_row():
    found = rows(b'a,b\n1,2\n3,"oh\n5,6\n"two\nlines",8\n9,10\n')
    assert [(row.number, row.values["a"], bool(row.problem)) for row in found] == [
        (2, "1", False),
        (3, "3", True),
        (4, "5", False),
        (5, "two\nlines", False),
        (7, "9", False),
    ]


def test_a_stray_quotation_mark_does_no_harm():
    found = rows(b'a,b\n12" pipe,x\n"big" one,y\n')
    assert [row.values for row in found] == [{"a": '12" pipe', "b": "x"}, {"a": "big one", "b": "y"}]


def test_a_row_in_another_encoding_is_a_problem_not_a_loss():
    lines = ["name,city"] + [f"沈志远{n},杭州" for n in range(30)]
    found = rows("\n".join(lines).encode() + b"\nJos\xe9,Paris\n")
    assert [row.problem for row in found[:-1]] == [None] * 30
    assert found[-1].problem == "Row 32 has characters that cannot be read as utf-8."


def test_blank_lines_and_blank_columns_do_not_count():
    assert [(row.number, row.values) for row in rows(b"\n\na,b,\n,,\n1,2,\n\n")] == [(5, {"a": "1", "b": "2"})]


def test_headings_become_unique_names():
    assert unique(["Phone", "", "Phone", " a\n b ", "Phone"]) == ["Phone", "Column 2", "Phone (2)", "a b", "Phone (3)"]


def test_too_many_columns_are_refused():
    with pytest.raises(ExchangeError, match="has 2001 columns, more than 1000"):
        table(b"a," * 2000 + b"a\n1\n")


def test_rows_can_be_read_twice_and_the_stream_stays_open():
    stream = io.BytesIO(SIMPLIFIED.encode())
    found = open_table(stream, "x.csv", max_bytes=1000)
    assert list(found.rows()) == list(found.rows())
    assert not stream.closed


def test_a_stream_that_cannot_go_back_is_copied_and_limited():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    assert len(list(open_table(Pipe(SIMPLIFIED.encode()), "x.csv", max_bytes=1000).rows())) == 2
    with pytest.raises(ExchangeError, match="larger"):
        open_table(Pipe(SIMPLIFIED.encode()), "x.csv", max_bytes=10)


def workbook(*lines, title_rows=0) -> bytes:
    book = openpyxl.Workbook()
    for number, line in enumerate(lines, 1 + title_rows):
        for place, value in enumerate(line, 1):
            book.active.cell(number, place, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_gives_text_as_a_person_sees_it():
    data = workbook(
        ["姓名", "手机", "生日", "时间", "折扣", "VIP"],
        ["王芳", 13800138000, datetime.date(1990, 3, 18), datetime.datetime(2024, 5, 6, 9, 30), 0.15, True],
        [None, None, None, None, None, None],
        ["李娜", None, None, None, -3, None],
    )
    found = rows(data, "clients.xlsx")
    assert list(found[0].values.values()) == [
        "王芳",
        "13800138000",
        "1990-03-18",
        "2024-05-06T09:30:00",
        "0.15",
        "true",
    ]
    assert (found[1].number, found[1].values["折扣"]) == (4, "-3")


def test_a_title_above_the_headings_of_a_workbook_is_skipped():
    data = workbook(["客户列表", None, None], ["姓名", "手机", "城市"], ["王芳", "1", "杭州"], title_rows=2)
    found = table(data, "clients.xlsx")
    assert found.columns == ["姓名", "手机", "城市"]
    assert [(row.number, row.values["姓名"]) for row in found.rows()] == [(5, "王芳")]


def archive(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr(name, "x" * 5000)
    return out.getvalue()


@pytest.mark.parametrize(
    "data,name,words",
    [
        (b"", "a.csv", "is empty"),
        (b" \r\n ", "a.csv", "is empty"),
        (b"\xef\xbb\xbf", "a.csv", "is empty"),
        (b",,,\n,,\n", "a.csv", "is empty"),
        (b"name,phone\n", "a.csv", "headings but no rows"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "a.csv", "is a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.xls", "old .xls"),
        (b"%PDF-1.7 ...", "a.csv", "PDF"),
        (b"<html><table><tr><td>1", "report.xls", "web page"),
        (bytes(range(256)) * 20, "a.csv", "not a table"),
        (archive("holiday.jpg"), "a.xlsx", "archive"),
        (archive("xl/workbook.xml"), "a.xlsx", "damaged"),
        (b"PK\x03\x04" + b"x" * 50, "a.xlsx", "damaged"),
        (b"name,phone\nAnn,1\n", "a.vcf", "no contact card"),
        (workbook(["name", "phone"]), "a.xlsx", "headings but no rows"),
        (workbook(), "a.xlsx", "is empty"),
    ],
)
def test_other_files_are_refused_with_advice(data, name, words):
    with pytest.raises(ExchangeError, match=words) as caught:
        table(data, name)
    error = caught.value
    assert error.advice and str(error) == f"{error.message % error.params} {error.advice % error.params}"
    assert name in str(error)


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(ExchangeError, match="The file is larger than 50 MB."):
        open_table(io.BytesIO(bytes(50 * 1024**2 + 1)), "a.csv", max_bytes=50 * 1024**2)


def test_a_workbook_that_unpacks_to_too_much_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("xl/workbook.xml", "0" * 3_000_000)
    with pytest.raises(ExchangeError, match="too much"):
        table(out.getvalue(), "bomb.xlsx", max_bytes=100_000)


def stretched(last: str) -> bytes:
    """A workbook of two filled cells, the second one far away: a kilobyte."""
    book = openpyxl.Workbook()
    book.active["A1"], book.active[last] = "name", "x"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("last", ["XFD1048576", "ALL120000"])
def test_a_workbook_that_is_stretched_over_everything_ends_nothing_but_its_own_reader(last):
    with pytest.raises(ExchangeError, match="bomb.xlsx unpacks to too much data. Save it as CSV"):
        table(stretched(last), "bomb.xlsx")


def test_a_cell_far_below_is_read():
    assert [row.number for row in table(stretched("A90000"), "a.xlsx").rows()] == [90000]


def drain(data: bytes, name: str) -> None:
    try:
        for row in table(data, name).rows():
            assert row.number > 0 and all(isinstance(value, str) for value in row.values.values())
    except ExchangeError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.sampled_from(["a.csv", "a.xlsx", "a.vcf", ""]))
def test_arbitrary_bytes_raise_nothing_else(data, name):
    drain(data, name)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(alphabet="ab,;|\t\"\n\r'é张\0", max_size=12), max_size=12),
    st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_arbitrary_tables_raise_nothing_else(lines, encoding):
    drain("\n".join(["a,b", *lines]).encode(encoding, "replace"), "a.csv")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_raises_nothing_else(place, bytes_):
    good = workbook(["name", "phone"], ["Ann", 1])
    place %= len(good)
    drain(good[:place] + bytes_ + good[place + len(bytes_) :], "a.xlsx")
