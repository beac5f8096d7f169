"""vCards as phones and mail programs really write them, and as we write them."""

import io

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from core.exchange.errors import ExchangeError
from core.exchange.readers import open_table
from core.exchange.vcards import write_vcards


def table(text: str | bytes):
    return open_table(io.BytesIO(text if isinstance(text, bytes) else text.encode()), "cards.vcf", max_bytes=10**6)


def card(*lines: str, version: str = "VERSION:3.0", end: str = "\r\n"):
    """The only row of a file with one card."""
    (row,) = table(end.join(["BEGIN:VCARD", version, *lines, "END:VCARD", ""])).rows()
    return row


def values(*lines: str, **options) -> dict[str, str]:
    row = card(*lines, **options)
    assert row.problem is None
    return row.values


def test_an_old_phone_writes_quoted_printable_over_several_lines():
    assert values(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=AC=A7=E9=98=B3;=E6=99=93=E9=9B=AF;;;",
        "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=AC=A7=E9=98=B3=",
        "=E6=99=93=E9=9B=AF",
        "TEL;CELL;PREF:138 1234 5678",
        "TEL;WORK;FAX:0571-88886666",
        version="VERSION:2.1",
    ) == {
        "name": "欧阳晓雯",
        "family_name": "欧阳",
        "given_name": "晓雯",
        "mobile": "138 1234 5678",
        "fax": "0571-88886666",
        "fax label": "work",
    }


def test_gbk_is_read_with_and_without_quoted_printable():
    quoted = "".join(f"={byte:02X}" for byte in "沈志远".encode("gbk"))
    assert values(f"FN;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:{quoted}", version="VERSION:2.1")["name"] == "沈志远"
    assert values(f"FN;ENCODING=QUOTED-PRINTABLE:{quoted}", version="VERSION:2.1")["name"] == "沈志远"
    (row,) = table("BEGIN:VCARD\nFN;CHARSET=GB2312:沈志远\nEND:VCARD\n".encode("gbk")).rows()
    assert row.values == {"name": "沈志远"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_files_in_any_encoding(encoding):
    text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:陳;大文;;;\r\nFN:陳大文\r\nORG:長榮海運股份有限公司\r\nEND:VCARD\r\n"
    (row,) = table(text.encode(encoding)).rows()
    assert (row.values["name"], row.values["organisation"]) == ("陳大文", "長榮海運股份有限公司")


def test_a_fold_may_cut_a_character_in_two():
    data = "NOTE:很长的备注".encode()
    folded = b"BEGIN:VCARD\nFN:X\n" + data[:9] + b"\r\n " + data[9:] + b"\nEND:VCARD\n"
    assert next(table(folded).rows()).values["note"] == "很长的备注"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_missing_version(end):
    assert (
        values("FN:Ann Lee", "NOTE:one\\ntwo\\, three\\; four", version="X-A:b", end=end)["note"]
        == "one\ntwo, three; four"
    )


def test_a_note_that_forgot_to_fold_is_kept():
    assert values("FN:Ann", "NOTE:first line", "second line", "TEL:12345678")["note"] == "first line\nsecond line"


def test_types_are_read_in_all_their_spellings():
    found = values(
        "FN:Ann",
        "TEL;CELL:1",
        "TEL;TYPE=cell:2",
        "TEL;TYPE=HOME,CELL:3",
        'TEL;TYPE="voice,cell":4',
        "TEL;type=CELL;type=pref:5",
        "TEL;VALUE=uri;TYPE=work:tel:+86-571-88886666",
        "item1.TEL:7",
        "item1.X-ABLabel:车",
    )
    assert [found[f"mobile{n}"] for n in ("", " 2", " 3", " 4", " 5")] == list("12345")
    assert (found["phone"], found["phone label"]) == ("+86-571-88886666", "work")
    assert (found["phone 2"], found["phone 2 label"]) == ("7", "车")


def test_apples_groups_and_labels():
    found = values(
        "FN:Ann",
        "item1.EMAIL;type=INTERNET;type=pref:ann@example.com",
        "item1.X-ABLabel:_$!<Work>!$_",
        "EMAIL;TYPE=home:a@home.example",
        "item2.ADR;type=WORK:;;5 Main St\\nFloor 2;Springfield;IL;62701;USA",
        "item2.X-ABADR:us",
    )
    assert (found["email"], found["email label"], found["email 2"], found["email 2 label"]) == (
        "ann@example.com",
        "work",
        "a@home.example",
        "home",
    )
    assert {key: text for key, text in found.items() if key.startswith("address")} == {
        "address street": "5 Main St\nFloor 2",
        "address city": "Springfield",
        "address region": "IL",
        "address postcode": "62701",
        "address country": "USA",
        "address label": "work",
    }


def test_photos_are_left_out():
    assert values("FN:Ann", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQ", " AAAQABAAD/2w==", "TEL:12345678") == {
        "name": "Ann",
        "phone": "12345678",
    }
    assert values("FN:Ann", "PHOTO;BASE64:", "/9j/4AAQSkZJRgABAQ", "AAAQABAAD/2w==", "") == {"name": "Ann"}


@pytest.mark.parametrize(
    "line,expected",
    [
        ("BDAY:19900318", "1990-03-18"),
        ("BDAY:1990-03-18", "1990-03-18"),
        ("BDAY;VALUE=date:1990-03-18T00:00:00Z", "1990-03-18"),
        ("BDAY:--0318", "--03-18"),
        ("BDAY:--03-18", "--03-18"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-18", "--03-18"),
        ("BDAY;VALUE=text:circa 1800", "circa 1800"),
    ],
)
def test_birthdays(line, expected):
    assert values("FN:Ann", line)["birthday"] == expected


def test_names_settle_themselves():
    assert values("N:Curie;Marie;;Dr.;")["name"] == "Dr. Marie Curie"
    assert values("N:沈志远;;;;", "FN:沈志远") == {"name": "沈志远"}
    assert values("FN:Only Full")["name"] == "Only Full"


def test_organisations_are_told_from_people():
    assert values("KIND:org", "FN:Acme") == {"name": "Acme", "kind": "organisation"}
    assert values("ORG:Acme;", "X-ABShowAs:COMPANY") == {"name": "Acme", "kind": "organisation"}
    assert values("N:;;;;", "FN:云帆科技", "ORG:云帆科技") == {"name": "云帆科技", "kind": "organisation"}
    person = values("FN:Ann Lee", "ORG:Acme;Sales", "TITLE:Buyer")
    assert (person["organisation"], person["department"], person["job_title"]) == ("Acme", "Sales", "Buyer")
    assert "kind" not in person


def test_accounts_tags_and_ids():
    assert values(
        "FN:Ann",
        "X-WECHAT:ann_wx",
        "X-QQ:123456",
        "IMPP;X-SERVICE-TYPE=Skype:skype:ann.lee",
        "UID:urn:uuid:ab-1",
        "X-SOCIALPROFILE;type=twitter;x-user=annlee:https://twitter.com/annlee",
        "CATEGORIES:VIP,Old\\, good",
        "URL:https://a.example",
        "URL:https://b.example",
        "NICKNAME:Annie",
        "GENDER:F",
    ) == {
        "name": "Ann",
        "account:wechat": "ann_wx",
        "account:qq": "123456",
        "account:skype": "ann.lee",
        "external_id": "ab-1",
        "account:twitter": "annlee",
        "tags": "VIP; Old, good",
        "website": "https://a.example",
        "website 2": "https://b.example",
        "nickname": "Annie",
        "gender": "F",
    }


def test_broken_cards_are_rows_with_a_problem_and_the_others_are_read():
    text = (
        "BEGIN:VCARD\nFN:Good One\nEND:VCARD\nBEGIN:VCARD\nNOTE:nobody\nEND:VCARD\nBEGIN:VCARD\nFN:No End\n"
        "BEGIN:VCARD\nFN:Bad Code\nNOTE;ENCODING=b:!!!\nEND:VCARD\nBEGIN:VCARD\nKIND:group\nFN:Friends\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:Good Two\nEND:VCARD\nBEGIN:VCARD\nFN:Cut off"
    )
    found = [(row.number, row.values.get("name"), row.problem) for row in table(text).rows()]
    assert found == [
        (1, "Good One", None),
        (4, None, "The card in line 4 has no name, e-mail address or phone."),
        (7, "No End", "The card in line 7 has no end."),
        (9, "Bad Code", "The card in line 9 has a value that cannot be decoded."),
        (13, "Friends", "The card in line 13 is a list of contacts, not a contact."),
        (17, "Good Two", None),
        (20, "Cut off", "The card in line 20 has no end."),
    ]


def test_columns_are_those_that_some_card_fills_in_a_fixed_order():
    found = table(
        "BEGIN:VCARD\nNOTE:x\nEMAIL:a@b.cd\nEMAIL:c@b.cd\nEND:VCARD\nBEGIN:VCARD\nFN:Ann\nTEL;CELL:1\nEND:VCARD\n"
    )
    assert found.columns == ["name", "email", "email 2", "mobile", "note"]


RECORDS = [
    {
        "name": "沈志远",
        "family_name": "沈",
        "given_name": "志远",
        "email": [("s@work.example", "work"), "s@home.example"],
        "mobile": ["+8613812345678"],
        "fax": "+8657188886666",
        "birthday": "--03-18",
        "tags": ["VIP, old", "a; b"],
        "gender": "M",
        "address": [
            (
                {"street": "文三路90号", "city": "杭州", "region": "浙江", "postcode": "310000", "country": "中国"},
                "work",
            )
        ],
        "organisation": "云帆科技",
        "department": "市场",
        "job_title": "经理",
        "external_id": "A-1",
        "website": ["https://a.example"],
        "account:wechat": "szy",
        "account:twitter": "szy2",
        "nickname": "Zhi",
        "note": "长" * 90 + "\r\nEND:VCARD\nBEGIN:VCARD",
    },
    {"kind": "organisation", "name": "Acme; Sons, Ltd", "phone": "+1 202 555 0100"},
]


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_we_write_we_read_again(version):
    out = io.BytesIO()
    assert write_vcards(RECORDS, out, version) == 2
    assert all(len(line) <= 75 for line in out.getvalue().split(b"\r\n"))
    person, firm = table(out.getvalue()).rows()
    found = person.values
    assert found["note"] == RECORDS[0]["note"].replace("\r\n", "\n")
    assert {
        key: found[key]
        for key in (
            "name",
            "family_name",
            "given_name",
            "email",
            "email label",
            "email 2",
            "mobile",
            "fax",
            "birthday",
            "gender",
            "address street",
            "address city",
            "account:wechat",
            "account:twitter",
            "organisation",
            "department",
            "external_id",
            "nickname",
        )
    } == {
        "name": "沈志远",
        "family_name": "沈",
        "given_name": "志远",
        "email": "s@work.example",
        "email label": "work",
        "email 2": "s@home.example",
        "mobile": "+8613812345678",
        "fax": "+8657188886666",
        "birthday": "--03-18",
        "gender": "M",
        "address street": "文三路90号",
        "address city": "杭州",
        "account:wechat": "szy",
        "account:twitter": "szy2",
        "organisation": "云帆科技",
        "department": "市场",
        "external_id": "A-1",
        "nickname": "Zhi",
    }
    assert firm.values == {"name": "Acme; Sons, Ltd", "kind": "organisation", "phone": "+1 202 555 0100"}


def test_another_program_reads_what_we_write():
    out = io.BytesIO()
    write_vcards(RECORDS, out, "3.0")
    person, firm = vobject.readComponents(out.getvalue().decode())
    assert (person.fn.value, person.n.value.family, person.adr.value.city, person.org.value) == (
        "沈志远",
        "沈",
        "杭州",
        ["云帆科技", "市场"],
    )
    assert [email.value for email in person.email_list] == ["s@work.example", "s@home.example"]
    assert firm.fn.value == "Acme; Sons, Ltd"


LINES = st.sampled_from(
    [
        "BEGIN:VCARD",
        "END:VCARD",
        "N:a;b",
        "FN:x",
        "TEL;TYPE=",
        "NOTE;QUOTED-PRINTABLE:a=",
        " fold",
        "AGENT:",
        "ADR:;;x",
        "BDAY:99999999",
        "item1.X-ABLabel:",
        "ORG:",
        "IMPP:",
        ":",
        ";",
        'X;Y=":z',
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES | st.text(max_size=20), max_size=15), st.sampled_from(["utf-8", "gb18030", "utf-16"]))
def test_arbitrary_cards_raise_nothing_else(lines, encoding):
    try:
        for row in table("\n".join(["BEGIN:VCARD", *lines]).encode(encoding, "replace")).rows():
            assert all(isinstance(text, str) and text for text in row.values.values())
    except ExchangeError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_stays_inside_its_card(text):
    out = io.BytesIO()
    write_vcards([{"name": "Ann", "note": text, "email": [(text or "x", text)], "nickname": text}], out)
    (row,) = table(out.getvalue()).rows()
    assert row.values["name"] == "Ann"
