"""Erasure: nothing tells of the person any more, in any table; what the books need stays without a name."""

import io
import json

import pytest

from core import N_, SYSTEM, erase, log, notify
from core.api.once import ApiAnswer
from core.contacts import Contact
from core.db import db
from core.errors import CannotUndo, Forbidden
from core.files import attach
from core.i18n import Problem
from core.jobs import Job
from core.journal import Batch
from core.merge import merge
from core.notices import Notice
from core.outbox import Mail, Outgoing, send_mails
from core.personal import Subject
from core.points import Point
from core.saved import View
from core.undo import undo

pytest_plugins = ["tests.people"]

S = "Quixotaur"  # the sentinel: in every text of the person

BOOKS = '''
"""A vendor's books: invoices stay, notes on them go; a case file and a plain table with a contact_id."""
import peewee
from core import Base, Contact, N_, Plugin, Record, Resource, fields, hookimpl

plugin = Plugin(name="books", title="Books", summary="Invoices.")
told = []

class Case(Record):
    title = fields.Text()
    contact = fields.Link(Contact, backref="cases")
    introducer = fields.Link(Contact, backref="introduced")

class Invoice(Record):
    number = fields.Text(personal=False)
    customer = fields.Link(Contact, backref="invoices", required=True)
    case = fields.Link(Case)
    address = fields.LongText()
    born = fields.Date(personal=True)
    total = fields.Money()

class Line(Record):
    invoice = fields.Link(Invoice, required=True)
    text = fields.Text(personal=False)

class Reminder(Record):
    case = fields.Link(Case, required=True)
    text = fields.Text(required=True)

class Visit(Base):
    contact_id = peewee.IntegerField()
    page = peewee.TextField()

class Paper(Base):
    resource = peewee.CharField(max_length=80)
    record_id = peewee.IntegerField()
    name = peewee.TextField()

class Cases(Resource):
    model, timeline, columns, search = Case, "contact", ("title", "contact", "introducer"), ("title",)

class Invoices(Resource):
    model, timeline, search = Invoice, "customer", ("address",)
    columns = ("number", "customer", "case", "address", "born", "total")
    keeps_on_erasure = N_("Invoices must be kept for the books.")

class Lines(Resource):
    model, columns, follows = Line, ("invoice", "text"), "invoice"

class Reminders(Resource):
    model, columns, follows = Reminder, ("case", "text"), "case"

@hookimpl
def resources():
    return [Cases, Invoices, Lines, Reminders]

@hookimpl
def contacts_erased(ids, told):
    globals()["told"].append((ids, told("Quixotaur")))
'''


@pytest.fixture
def books(tmp_path):
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "books.py").write_text(BOOKS)
    return folder


def dump() -> str:
    """Every row of every table of the database, as text; of the search index, too."""
    found = []
    for table in db.get_tables():
        for row in db.execute_sql(f'SELECT * FROM "{table}"').fetchall():
            found.append(f"{table}: " + " | ".join(str(v) for v in row))
    return "\n".join(found)


def telling() -> list[str]:
    return [line[:200] for line in dump().splitlines() if S.casefold() in line.casefold()]


def make(it, resource, by=SYSTEM, **values):
    found = it.build.resources[resource]
    return found.save(by, found.new(by), values)


def person(it, owner="bo"):
    return it.contact(
        f"Ada {S}",
        owner=owner,
        emails=f"ada@{S.lower()}.example",
        phones=f"+86 138 0000 1234; 13800001235 ({S}-home)",
        addresses=f"1 {S} Road, Town",
        accounts=f"wechat:{S}",
        external_ids=[Point(f"{S}-7", "erp")],
        nickname=f"{S}y",
        job_title=f"Head of {S}",
        website=f"https://{S.lower()}.example",
        birthday="1990-02-03",
        note=f"Likes {S}",
        tags=f"{S} tag; vip",
        source="Fair",
        stage="customer",
    )


def fill_core(it, a):
    """The sentinel in every table of core that can tell of a contact."""
    bo, ann = it.user("bo"), it.user("ann")
    friend = it.contact("Friend Li", owner="bo", note="A friend")
    log(it.build, bo, a, "note", f"Says {S}", title=f"About {S}", next_at=Batch.get_by_id(1).at, next_text=f"Ask {S}")
    make(it, "relationships", source=a.id, kind="family", target=friend.id, note=f"Wife of {S}")
    it.contacts.save(bo, it.again(a), {"name": f"Eve {S}", "note": f"No longer {S}", "job_title": "Boss"})
    it.contacts.save(bo, it.again(a), {"emails": [Point(f"new@{S.lower()}.example", "work")]})
    it.contacts.share(bo, it.again(a), user_id=it.user("li").id)
    notify(
        it.build,
        [ann],
        "mention",
        N_("%(who)s wrote on %(contact)s"),
        url=f"/contacts/{a.id}#entry-1",
        text=f"Hello {S}",
        who="Bo",
        contact=f"Eve {S}",
    )
    Job.create(
        name="core.import.check",
        state="done",
        result={"report": {"examples": {"rejected": [[2, f"Eve {S}", "twice"]]}}},
    )
    Job.create(name="mail.send", args={"to": f"new@{S.lower()}.example"})
    ApiAnswer.create(user_id=ann.id, key="k", request_hash="h", body={"data": {"id": a.id, "note": f"No longer {S}"}})
    to_her = Outgoing([("Eve", f"new@{S.lower()}.example")], "Hello", f"Dear {S}")
    to_ann = Outgoing([("Ann", "ann@firm.example")], f"{S} wrote", f"About {S}")
    other = Outgoing([("Li", "li@firm.example")], "Tea", "At four?")
    send_mails(it.build, [to_her, to_ann, other])
    folder = it.settings.data / "outbox"
    folder.mkdir(exist_ok=True)
    (folder / "1.eml").write_text(f"To: eve@x.example\nSubject: Hi\n\nDear Eve {S}\n")
    (folder / "2.eml").write_text("To: li@x.example\nSubject: Hi\n\nDear Li\n")
    View.create(resource="contacts", user_id=bo.id, name=f"Eve {S}", query=f"q=Eve+{S}&stage=customer")
    return friend


def test_nothing_in_the_database_tells_of_the_person_any_more(house, books):
    it = house("books", "tasks", "duplicates", vendors=books)
    ann = it.user("ann")
    twin = person(it)
    a = it.contact("Ada Twin", owner="bo", emails="twin@a.example", source="Fair")
    fill_core(it, twin)
    make(it, "tasks_task", ann, title=f"Call {S}", contact=twin.id, description=f"{S}!")
    make(it, "books_case", ann, title=f"Divorce of {S}", contact=twin.id)
    make(it, "duplicates_pair", first=twin.id, second=a.id, score=90)
    merge(it.build, ann, a, [it.again(twin)], {"name": f"Eve {S}"})
    assert len(telling()) > 20
    erase(it.build, ann, a.id)
    assert telling() == []
    assert [(mail.subject, mail.state) for mail in Mail.select().order_by(Mail.id)] == [
        ("▒", "cancelled"),
        ("Tea", "queued"),
    ]
    assert [path.name for path in (it.settings.data / "outbox").iterdir()] == ["2.eml"]
    assert [job.state for job in Job.select().where(Job.name == "mail.send")] == ["failed"], (
        "it is called off, not lost"
    )
    rest = it.again(a)
    assert (rest.name, rest.kind, rest.stage, rest.birthday, rest.source) == (f"#{a.id}", "person", "", None, "")
    assert it.again(twin).name == f"#{twin.id}"


def test_the_bytes_of_the_sqlite_file_are_gone_too(house, books):
    it = house("books", "tasks", vendors=books)
    if not it.settings.database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL's own vacuum removes them later")
    file = it.settings.data / "guanxi.db"
    a = person(it)
    fill_core(it, a)
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert S.encode() in file.read_bytes() and S.lower().encode() in file.read_bytes()
    erase(it.build, it.user("ann"), a.id)
    assert S.encode() not in file.read_bytes() and S.lower().encode() not in file.read_bytes()


def books_of(it, a, other):
    case = make(it, "books_case", title=f"Divorce of {S}", contact=a.id)
    make(it, "books_case", title="Sale", contact=other.id, introducer=a.id)
    invoice = make(
        it,
        "books_invoice",
        number="R-1",
        customer=a.id,
        case=case.id,
        address=f"{S} Road",
        born="1990-01-01",
        total=(12_50, "CNY"),
    )
    it.build.resources["books_invoice"].save(SYSTEM, invoice, {"total": (15_00, "CNY"), "address": f"2 {S} Road"})
    make(it, "books_line", invoice=invoice.id, text="Oak table")
    make(it, "books_reminder", case=case.id, text=f"Ask {S}")
    db.execute_sql(f"INSERT INTO books_visit (contact_id, page) VALUES ({a.id}, '{S}')")
    db.execute_sql(f"INSERT INTO books_paper (resource, record_id, name) VALUES ('books_case', {case.id}, '{S}.pdf')")
    return invoice


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
def test_the_books_stay_without_a_name_and_keep_their_totals(house, books, on):
    it = house("books", vendors=books)
    ann, a, other = it.user("ann"), person(it), it.contact("Other", owner="bo")
    invoice = books_of(it, a, other)
    if not on:
        it.switch()
    with it.app.app_context():
        done = erase(it.build, ann, a.id)
    assert telling() == []
    rows = db.execute_sql(
        "SELECT number, customer_id, address, born, total, total_currency, case_id FROM books_invoice"
    ).fetchall()
    assert rows == [("R-1", a.id, "", None, 1500, "CNY", None)]
    assert db.execute_sql("SELECT text FROM books_line").fetchall() == [("Oak table",)]
    assert db.execute_sql("SELECT title, introducer_id FROM books_case").fetchall() == [("Sale", None)]
    for table in ("books_reminder", "books_visit", "books_paper"):
        assert db.execute_sql(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    assert done.kept["books_invoice"] == 1 and done.gone["books_case"] == 1
    # What the journal says of the total stays: it is of the books.
    changes = db.execute_sql(
        "SELECT data FROM core_change WHERE op = 'update' AND \"table\" = 'books_invoice'"
    ).fetchall()
    assert [set(json.loads(data)) for (data,) in changes] == [{"total"}]
    assert it.again(invoice).version > invoice.version, "a form that is open meanwhile cannot write the address again"


def test_files_of_plugins_are_told(house, books):
    it = house("books", vendors=books)
    a = person(it)
    erase(it.build, it.user("ann"), a.id)
    import sys

    told = next(m.told for name, m in sys.modules.items() if name.endswith("books") and hasattr(m, "told"))
    assert told[-1] == ([a.id], True)


def test_an_anonymous_contact_counts_but_says_nothing(house, books):
    it = house("books", "tasks", vendors=books)
    ann, a = it.user("ann"), person(it)
    friend = fill_core(it, a)
    books_of(it, a, friend)
    make(it, "tasks_task", ann, title=f"Call {S}", contact=a.id)
    erase(it.build, ann, a.id, anonymous=True)
    left = [line for line in telling() if not line.startswith(("core_contact_point", "core_tag"))]
    assert left == []
    rest = it.again(a)
    assert (rest.deleted_batch, rest.name, rest.stage, rest.source, rest.roles) == (
        None,
        f"#{a.id}",
        "customer",
        "Fair",
        [],
    )
    assert "vip" in rest.tags and rest.emails == [] and rest.birthday is None
    assert db.execute_sql("SELECT count(*) FROM core_entry WHERE kind = 'note'").fetchone() == (1,)
    assert db.execute_sql("SELECT count(*) FROM core_relationship").fetchone() == (0,)
    assert db.execute_sql("SELECT title FROM tasks_task").fetchall() == [("—",)]


def test_an_erasure_leaves_others_alone(house):
    it = house("tasks")
    ann = it.user("ann")
    a, b = person(it), it.contact("Zhang Wei", owner="bo", emails="zw@b.example", note="Tall", tags="vip")
    friend = fill_core(it, a)
    log(it.build, it.user("bo"), b, "note", "Bought a table")
    it.contacts.save(ann, it.again(b), {"job_title": "Boss"})
    notify(it.build, [ann], "x", N_("Done."), url=f"/contacts/{b.id}", text="Zhang Wei")
    others = ("Zhang Wei", "Friend", "Bought")
    before = [line for line in dump().splitlines() if S not in line and any(name in line for name in others)]
    erase(it.build, ann, a.id)
    after = dump().splitlines()
    assert [line for line in before if line not in after] == []
    assert it.again(b).tags == ["vip"] and it.again(friend).note == "A friend"
    assert Notice.select().count() == 1


def test_what_was_written_before_cannot_be_undone_into_the_person_again(house):
    it = house()
    ann, a = it.user("ann"), person(it)
    b = it.contact("Twin", owner="bo")
    changed = it.contacts.save(ann, it.again(a), {"note": f"New {S}"}).batch
    merged = merge(it.build, ann, it.again(a), [b])
    undo(it.build, ann, Batch.get_by_id(merged.id))
    deleted = it.contacts.delete(ann, [it.again(a)])
    erase(it.build, ann, a.id)
    for batch in (changed, deleted):
        undo(it.build, ann, Batch.get_by_id(batch.id))
    last = Batch.select().where(Batch.kind == "erase").get()
    assert not last.undoable and not Batch.get_by_id(merged.id).undoable
    assert it.again(a).name == f"#{a.id}" and it.again(a).deleted_batch == last.id
    assert telling() == []
    assert it.again(b).name == "Twin" and it.again(b).deleted_batch is None


def test_erasing_twice_or_what_was_merged_away_is_refused(house):
    it = house()
    ann, a, b = it.user("ann"), person(it), it.contact("B")
    merge(it.build, ann, a, [b])
    with pytest.raises(Problem, match="gone already"):
        erase(it.build, ann, b.id)
    erase(it.build, ann, a.id)
    with pytest.raises(Problem, match="gone already"):
        erase(it.build, ann, a.id)
    with pytest.raises(Forbidden):
        erase(it.build, it.user("ro"), it.contact("C").id)


def test_an_erased_address_says_so(house):
    it = house()
    a = person(it)
    erase(it.build, it.user("ann"), a.id)
    answer = it.client("bo").get(f"/contacts/{a.id}")
    assert answer.status_code == 404 and "erased for good" in answer.text


def test_an_upload_with_the_person_in_it_goes_and_others_stay(house):
    from werkzeug.datastructures import FileStorage

    from core.exchange import uploads

    it = house()
    a, ann = person(it), it.user("ann")
    for text in (f"Name,Note\nAda {S},x\n", "Name\nBob\n"):
        uploads.keep(it.settings, FileStorage(io.BytesIO(text.encode()), "a.csv"), ann, "contacts", "en")
    erase(it.build, ann, a.id)
    left = list((it.settings.data / "imports").iterdir())
    assert [b"Bob" in (path / "upload").read_bytes() for path in left] == [True]


def test_a_subject_finds_its_rows_and_says_what_stays(house, books):
    it = house("books", vendors=books)
    a, other = person(it), it.contact("Other")
    books_of(it, a, other)
    parts = {part.table: part for part in Subject(it.build, a.id).parts()}
    assert parts["books_invoice"].why == "Invoices must be kept for the books."
    assert not parts["books_case"].stays and len(parts["books_case"].ids) == 1
    assert not parts["core_contact_point"].stays
    assert "books_line" not in parts
    assert Contact.get_by_id(other.id).name == "Other"


def test_files_and_fields_of_administrators_go_too(house):
    it = house("tasks")
    a, ann = person(it), it.user("ann")
    task = make(it, "tasks_task", title="Call", contact=a.id)
    for resource, record in (("contacts", a), ("tasks_task", task)):
        attach(ann, it.build.resources[resource], record, f"{S}.txt", io.BytesIO(f"About {S}".encode()))
    it.contacts.model.update(custom={"c1": S, "Heading": f"Of {S}"}).execute()
    stored = [path for path in it.settings.data.rglob("*") if path.is_file() and S.encode() in path.read_bytes()]
    assert len([path for path in stored if not path.name.startswith("guanxi.db")]) == 2
    erase(it.build, ann, a.id)
    assert telling() == []
    assert [p for p in it.settings.data.rglob("*") if p.is_file() and S.encode() in p.read_bytes()] == []


def test_an_undone_merge_is_not_undoable_again(house):
    it = house()
    ann, a, b = it.user("ann"), person(it), it.contact("B")
    merged = merge(it.build, ann, b, [a])
    back, _ = undo(it.build, ann, Batch.get_by_id(merged.id))
    erase(it.build, ann, a.id)
    assert telling() == []
    assert not Batch.get_by_id(back.id).undoable
    with pytest.raises(CannotUndo):
        undo(it.build, ann, Batch.get_by_id(merged.id))
