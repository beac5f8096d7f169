"""Import in the browser: a file, its columns, a look at what would happen, the import itself, and the way back."""

import io
import re
from pathlib import Path

import pytest

from core import jobs
from core.contacts import Contact
from core.exchange import uploads

DATA = Path(__file__).parent / "data"
PEOPLE = DATA / "legislators.csv"


def upload(client, name="legislators.csv", data=None, resource="contacts"):
    file = (io.BytesIO(PEOPLE.read_bytes() if data is None else data), name)
    return client.post(f"/import/{resource}", data={"file": file}, content_type="multipart/form-data")


def chosen(page):
    """The columns' targets as a browser would send them."""
    return dict(re.findall(r'name="(target-\d+)">.*?value="([^"]*)" selected', page))


def through(firm, client, duplicates="skip", **upload_values):
    """From the upload to the result's page; its address and text."""
    address = upload(client, **upload_values).location
    client.post(address, data=chosen(client.get(address).text) | {"duplicates": duplicates})
    jobs.run_due(firm.app)
    client.post(f"{address}/run")
    jobs.run_due(firm.app)
    return address, client.get(f"{address}/run").text


def living():
    return Contact.select().where(Contact.deleted_batch.is_null()).count()


def test_from_upload_to_result_and_back(firm):
    client = firm.client("ann")
    answer = upload(client)
    assert answer.status_code == 303
    page = client.get(answer.location).text
    assert "Tells whose row it is" in page and "C000127 · K000367" in page
    assert chosen(page)["target-0"] == "external_id" and chosen(page)["target-6"] == "name"
    answer = client.post(answer.location, data=chosen(page) | {"duplicates": "skip"})
    assert "Checking the rows" in client.get(answer.location).text
    jobs.run_due(firm.app)
    page = client.get(answer.location).text
    assert "Nothing was written yet" in page and living() == 0
    assert re.search(r'id="state-created".*?<div class="h1 m-0">25</div>', page, re.DOTALL)
    address = answer.location.removesuffix("/check")
    client.post(f"{address}/run")
    client.post(f"{address}/run")  # a second click
    assert jobs.run_due(firm.app) == 1
    page = client.get(f"{address}/run").text
    assert "Done: 25 rows were read." in page and living() == 25
    shown = client.get(re.search(r"/contacts/\?batch=\d+", page)[0]).text
    assert "Amy Klobuchar" in shown and "Imported legislators.csv" in shown
    undo = re.search(r"/undo/\d+", page)[0]
    answer = client.post(undo, data={"next": f"{address}/run"})
    assert living() == 0 and "This import was undone." in client.get(answer.location).text


def test_a_column_can_be_sent_elsewhere_kept_or_left_out(firm):
    client = firm.client("ann")
    address = upload(client, data=b"who,what,why,x\nAnn,Acme,because,1\n", name="f.csv").location
    targets = {"target-0": "name", "target-1": "organisation", "target-2": "custom", "target-3": "drop"}
    client.post(address, data=targets)
    client.post(f"{address}/run")
    jobs.run_due(firm.app)
    ann = Contact.get(Contact.name == "Ann")
    assert ann.organisation.name == "Acme" and ann.custom == {"why": "because"}
    assert "because" in client.get(f"/contacts/{ann.id}").text


def test_rejected_rows_are_shown_and_downloaded(firm):
    client = firm.client("ann")
    address, page = through(firm, client, data=b"name,email\nAnn,a@a.example\nBo,nonsense\n", name="f.csv")
    assert "not a full e-mail address" in page
    answer = client.get(f"{address}/rejected")
    assert answer.headers["Content-Disposition"] == "attachment; filename=f-rejected.csv"
    assert "email: “nonsense” is not a full e-mail address" in answer.text


@pytest.mark.parametrize(
    "name, data, said",
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "photo.png is a picture. Choose a CSV, XLSX or vCard file."),
        ("empty.csv", b"", "empty.csv is empty."),
        ("program", bytes(range(256)) * 20, "is not a table."),
        ("old.xls", b"\xd0\xcf\x11\xe0" + bytes(100), "old.xls is an old .xls file or has a password."),
    ],
)
def test_a_wrong_file_gets_a_sentence_and_leaves_nothing(firm, name, data, said):
    room = firm.build.settings.data / "imports"
    before = set(room.glob("*/*"))
    answer = upload(firm.client("ann"), name, data)
    assert answer.status_code == 422 and said in answer.text and "Nothing was imported." in answer.text
    assert set(room.glob("*/*")) == before


def test_a_file_that_is_too_large_gets_a_sentence(firm):
    answer = upload(firm.client("ann"), "big.csv", b"name\n" + b"x" * (firm.build.settings.max_upload + 1))
    assert answer.status_code == 413 and "larger than 40 MB" in answer.text


def test_ragged_rows_are_rejected_one_by_one(firm):
    _, page = through(firm, firm.client("ann"), data=b"name,phone\nAnn,13800000001\nBo\nCy,1,2\n", name="f.csv")
    assert living() == 1 and "Row 3 has 1 values where the heading has 2." in page


def test_an_upload_is_its_owners_alone(firm):
    address = upload(firm.client("ann")).location
    for path in (address, f"{address}/check", f"{address}/run", f"{address}/rejected"):
        assert firm.client("mei").get(path).status_code == 404
    assert firm.client("mei").post(f"{address}/run").status_code == 404
    assert firm.client("ann").get("/import/contacts/..%2f..").status_code == 404


def test_who_may_not_import_is_told_so(firm):
    client = firm.client("ro")
    assert client.get("/import/contacts").status_code == 403
    assert upload(client).status_code == 403
    assert firm.client("bo").get("/import/users").status_code == 403
    assert firm.client("ann").get("/import/nothing").status_code == 404


def test_the_pages_speak_chinese(firm):
    client = firm.client("ann")
    client.post("/language/zh")
    assert client.get("/import/contacts").status_code == 200
    address = upload(client, data="姓名,邮箱\n张伟,zw@hc.example\n".encode(), name="客户.csv").location
    assert chosen(client.get(address).text) == {"target-0": "name", "target-1": "email"}


def test_uploads_go_after_a_week(firm, monkeypatch):
    upload(firm.client("ann"))
    assert uploads.tidy(firm.build.settings) == 0
    now = uploads.time.time()
    monkeypatch.setattr(uploads.time, "time", lambda: now + uploads.KEPT + 60)
    assert uploads.tidy(firm.build.settings) >= 1


def test_entries_are_imported_in_the_browser_too(firm):
    contact = firm.contact(name="Ann Lee")
    client = firm.client("ann")
    data = b"contact,date,author,text\nAnn Lee,2021-03-04,Old Hand,Asked for an offer\n"
    _, page = through(firm, client, data=data, name="notes.csv", resource="entries")
    assert "Done: 1 rows were read." in page
    assert "Old Hand" in client.get(f"/contacts/{contact.id}").text


def test_the_wizard_in_a_browser(serve, page, tmp_path):
    server = serve()
    page.goto(server.url)
    for name, value in (("firm", "Firm"), ("name", "Ann"), ("email", "ann@firm.example"), ("password", "secret-pass")):
        page.fill(f"[name={name}]", value)
    page.locator("form .btn-primary").click()
    page.wait_for_url(f"{server.url}/")
    page.goto(f"{server.url}/import/contacts")
    page.set_input_files("#import-file", PEOPLE)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="See what would happen").wait_for()
    page.get_by_role("button", name="See what would happen").click()
    page.locator("#state-created .h1", has_text="25").wait_for(timeout=30_000)
    page.get_by_role("button", name="Import now").click()
    page.get_by_text("Done: 25 rows were read.").wait_for(timeout=30_000)
    page.get_by_role("link", name="See what came in").click()
    page.get_by_role("link", name="Amy Klobuchar").wait_for()
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    page.locator("[data-gx-confirmed]").click()
    page.get_by_text("This import was undone.").wait_for()
    page.goto(f"{server.url}/contacts/")
    assert page.get_by_role("link", name="Amy Klobuchar").count() == 0


def test_a_file_of_those_who_are_there_says_what_to_choose(firm):
    client = firm.client("ann")
    through(firm, client)
    page = through(firm, client, name="again.csv")[1]
    assert "All of them are there already" not in page, "only before the import"
    address = upload(client).location
    client.post(address, data=chosen(client.get(address).text) | {"duplicates": "skip"})
    jobs.run_due(firm.app)
    page = client.get(f"{address}/check").text
    assert "choose “Add what the file knows”" in page and "Amy Klobuchar" in page
