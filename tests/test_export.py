"""Export: exactly the list, in columns that an import reads back, and nothing that a spreadsheet would run."""

import csv
import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from werkzeug.datastructures import MultiDict

from core.contacts import Contact
from core.exchange.export import everything, export
from core.journal import Batch
from core.listing import Listing
from core.trial import queries
from core.undo import undo
from core.users import SYSTEM
from tests.test_import import BIOGUIDE, counts, run

DATA = Path(__file__).parent / "data"


def exported(firm, format, user=None):
    stream = io.BytesIO()
    with firm.app.app_context():
        export(firm.build, user or SYSTEM, everything(firm.contacts, user or SYSTEM), format, stream)
    return stream.getvalue()


def rows_of(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture
def filled(firm):
    run(firm, (DATA / "legislators.csv").read_bytes(), BIOGUIDE)
    run(firm, (DATA / "offices.csv").read_bytes(), BIOGUIDE, "update")
    text = "姓名,公司,手机,邮箱,标签,地址,角色\n张伟,海川物流,13805742210,zw@hc.example,VIP;华东,宁波市江东路1号,客户\n"
    run(firm, text)
    return firm


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_what_was_exported_comes_in_again_as_it_was(filled, format):
    first, before = exported(filled, format), exported(filled, "csv")
    assert counts(run(filled, first, duplicates="update", name=f"file.{format}"))[:2] == (0, 0)
    with filled.app.app_context():
        for batch in Batch.select().where(Batch.kind == "import", Batch.count > 0).order_by(Batch.id.desc()):
            undo(filled.build, SYSTEM, batch)
    assert Contact.select().where(Contact.deleted_batch.is_null()).count() == 0
    run(filled, first, duplicates="update", name=f"file.{format}")
    strip = [{k: v for k, v in row.items() if k != "Created"} for row in rows_of(exported(filled, "csv"))]
    assert strip == [{k: v for k, v in row.items() if k != "Created"} for row in rows_of(before)]


def test_cards_come_in_again_without_adding_anything(filled):
    assert counts(run(filled, exported(filled, "vcf"), duplicates="update", name="a.vcf"))[0] == 0


def test_an_export_is_exactly_the_filtered_list_in_its_order(filled):
    client = filled.client("ann")
    answer = client.get("/contacts/export?format=csv&kind=person&sort=-name")
    names = [row["Name"] for row in rows_of(answer.data)]
    assert names == sorted(names, key=lambda n: "zhang" if n == "张伟" else n.casefold(), reverse=True)
    assert len(names) == 26 and "海川物流" not in names
    assert [r["Name"] for r in rows_of(client.get("/contacts/export?format=csv&q=klob").data)] == ["Amy Klobuchar"]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=contacts-")


def test_json_and_excel_hold_the_same_records(filled):
    records = json.loads(exported(filled, "json"))
    assert len(records) == 27
    zhang = next(r for r in records if r["name"] == "张伟")
    assert zhang["organisation"]["name"] == "海川物流" and zhang["phones"][0]["label"] == "mobile"
    sheet = load_workbook(io.BytesIO(exported(filled, "xlsx"))).active
    assert sheet.max_row == 28


def test_no_formula_leaves_the_house(firm):
    firm.contact(name="=HYPERLINK(1)", job_title="+cmd|' /C calc'!A0", custom={"@risk": "-1+1"})
    text = exported(firm, "csv").decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["Name"], row["Job title"], row["'@risk"]) == ("'=HYPERLINK(1)", "'+cmd|' /C calc'!A0", "'-1+1")
    sheet = load_workbook(io.BytesIO(exported(firm, "xlsx"))).active
    assert {cell.data_type for row in sheet for cell in row if cell.value} <= {"s", "d", "n"}


def test_a_member_exports_what_he_may_see_and_a_reader_nothing(firm):
    firm.contact("bo", name="Mine")
    firm.contact("li", name="Theirs")
    assert [r["Name"] for r in rows_of(firm.client("bo").get("/contacts/export?format=csv").data)] == ["Mine"]
    assert firm.client("ro").get("/contacts/export?format=csv").status_code == 403
    assert firm.client("bo").get("/contacts/export?format=exe").status_code == 422


def test_the_journal_knows_of_an_export_that_cannot_be_undone(firm):
    firm.contact(name="Ann")
    firm.client("ann").get("/contacts/export?format=csv")
    batch = Batch.select().where(Batch.kind == "export").get()
    assert batch.user_id == firm.ann.id and not batch.undoable


def test_an_export_of_more_than_one_chunk_has_every_row_once_in_the_lists_order(firm, monkeypatch):
    monkeypatch.setattr("core.exchange.export.CHUNK", 3)
    for n, title in enumerate(["CEO", "", "CTO", "CEO", "", "", "CEO", "CFO"]):
        firm.contact(name=f"Person {n}", job_title=title)
    for address in ("sort=name", "sort=-name", "sort=-id", "sort=stage", "sort=last_activity_at"):
        text = firm.client("ann").get(f"/contacts/export?format=csv&{address}").text
        names = [row["Name"] for row in rows_of(text.encode())]
        with firm.app.test_request_context():
            listing = Listing(firm.contacts, firm.ann, MultiDict([tuple(address.split("="))]), size=50)
            assert names == [r.name for r in listing.page.rows] and len(set(names)) == 8, address


def test_the_queries_grow_with_the_chunks_and_not_with_the_rows(filled):
    with queries() as seen:
        exported(filled, "csv")
    assert len(seen) <= 20


@pytest.mark.parametrize(
    ("format", "type_"),
    [("csv", "text/csv; charset=utf-8"), ("vcf", "text/vcard; charset=utf-8"), ("json", "application/json")],
)
def test_a_download_says_its_type_once(firm, format, type_):
    firm.contact("ann")
    assert firm.client("ann").get(f"/contacts/export?format={format}").headers["Content-Type"] == type_
