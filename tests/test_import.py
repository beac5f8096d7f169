"""Import: what a file says comes in once, is matched, added, refused with a reason, and can be taken back."""

import csv
import datetime as dt
import io
import threading
from pathlib import Path

import pytest

from core.contacts import Contact
from core.db import db
from core.errors import Forbidden
from core.exchange import importer as importing
from core.exchange.importer import Importer, look, plan_for, speaking
from core.exchange.readers import open_table
from core.i18n import Problem
from core.journal import Batch, Change
from core.points import ContactPoint
from core.timeline import Entry
from core.trial import queries
from core.undo import undo
from core.users import SYSTEM

HERE = Path(__file__).parent
SHARED = HERE.parent.parent / "shared" / "data"
BIOGUIDE = {"bioguide": "external_id"}


def table_of(text, name="file.csv"):
    data = text if isinstance(text, bytes) else text.encode()
    return open_table(io.BytesIO(data), name, max_bytes=10**8)


def start(firm, text, given=None, duplicates="skip", resource="contacts", user=SYSTEM, rejects=None, name="file.csv"):
    table = table_of(text, name)
    resource = firm.build.resources[resource]
    plan = plan_for(resource, user, table, look(resource, table, False).samples, given, duplicates)
    return Importer(firm.build, resource, user, table, plan, rejects)


def run(firm, text, given=None, duplicates="skip", **more):
    """Import a text; the report, with its batch."""
    with firm.app.app_context(), speaking(SYSTEM):
        job = start(firm, text, given, duplicates, **more)
        batch = job.open("file.csv")
        report = job.run(batch)
    report.batch = batch
    return report


def counts(report):
    return report.created, report.updated, report.duplicate, report.rejected


def only(**where):
    contact = Contact.get(*(getattr(Contact, k) == v for k, v in where.items()), Contact.deleted_batch.is_null())
    return contact


def living():
    return Contact.select().where(Contact.deleted_batch.is_null()).count()


def files():
    yield "sample", HERE / "data" / "legislators.csv", HERE / "data" / "offices.csv", 25, 116
    if SHARED.is_dir():
        yield "full", SHARED / "legislators-current.csv", SHARED / "legislators-offices.csv", 537, 1312


@pytest.mark.parametrize("people, offices, n, m", [pytest.param(*f[1:], id=f[0]) for f in files()])
def test_legislators_and_their_offices_come_in_once(firm, people, offices, n, m):
    people, offices = people.read_bytes(), offices.read_bytes()
    assert counts(run(firm, people, BIOGUIDE)) == (n, 0, 0, 0)
    amy = only(name="Amy Klobuchar")
    assert (amy.birthday, amy.gender, amy.custom["party"]) == (dt.date(1960, 5, 25), "f", "Democrat")
    assert amy.custom["state"] == "MN" and amy.website == "https://www.klobuchar.senate.gov"
    assert {p.label for p in amy.accounts} == {"web", "twitter", "youtube"}
    assert [p.value for p in amy.phones] == ["202-224-3244"]
    assert counts(run(firm, offices, BIOGUIDE, "update")) == (0, m, 0, 0)
    amy = only(name="Amy Klobuchar")
    assert {a.city for a in amy.addresses} >= {"Minneapolis", "Moorhead", "Rochester", "Virginia"}
    assert ("202-224-1792", "fax") in [(p.value, p.label) for p in amy.phones]
    assert "K000367-moorhead" in amy.custom["office_id"] and "K000367-virginia" in amy.custom["office_id"]
    before = Change.select().count(), ContactPoint.select().count()
    assert counts(run(firm, people, BIOGUIDE)) == (0, 0, n, 0)
    assert counts(run(firm, people, BIOGUIDE, "update")) == (0, 0, n, 0)
    assert counts(run(firm, offices, BIOGUIDE, "update")) == (0, 0, m, 0)
    assert (Change.select().count(), ContactPoint.select().count()) == before


def test_undo_of_both_imports_leaves_nothing(firm):
    first = run(firm, (HERE / "data/legislators.csv").read_bytes(), BIOGUIDE)
    second = run(firm, (HERE / "data/offices.csv").read_bytes(), BIOGUIDE, "update")
    with firm.app.app_context():
        assert undo(firm.build, SYSTEM, second.batch)[1] == []
        assert len(only(name="Amy Klobuchar").phones) == 1
        assert "office_id" not in only(name="Amy Klobuchar").custom
        assert undo(firm.build, SYSTEM, first.batch)[1] == []
    assert living() == 0


def test_undo_of_an_import_that_created_and_then_added(firm, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 2)
    report = run(firm, "id,name,phone\n1,Ann,13800000001\n2,Bo,\n1,,13800000002\n", {"id": "external_id"})
    assert counts(report) == (2, 1, 0, 0)
    assert [p.value for p in only(name="Ann").phones] == ["13800000001", "13800000002"]
    with firm.app.app_context():
        assert undo(firm.build, SYSTEM, report.batch)[1] == []
    assert living() == 0


def test_a_dry_run_says_what_would_happen_and_writes_nothing(firm):
    run(firm, "name,email\nAnn,ann@a.example\n")
    text = "name,email\nAnn,ann@a.example\nBo,bo@a.example\nBo,bo@a.example\n,\nCy,not an address\n,x\n"
    before = living(), Batch.select().count(), Change.select().count()
    with firm.app.app_context(), speaking(SYSTEM):
        report = start(firm, text).check()
    assert (living(), Batch.select().count(), Change.select().count()) == before
    assert counts(report) == counts(run(firm, text)) == (1, 0, 2, 2)
    assert "not a full e-mail address" in report.examples["rejected"][0][2]


def test_a_match_is_by_external_id_then_email_then_phone_and_a_similar_name(firm):
    run(firm, "id,name,email,phone\n7,Zhang Wei,zw@a.example,13805742210\n", {"id": "external_id"})
    again = [
        ("id,name\n7,Somebody Else\n", {"id": "external_id"}, (0, 0, 1, 0)),
        ("name,email\nZ. Wei,ZW@A.example\n", {}, (0, 0, 1, 0)),
        ("name,phone\nZhang  Wei,+86 138 0574 2210\n", {}, (0, 0, 1, 0)),
        ("name,phone\nLi Na,+86 138 0574 2210\n", {}, (1, 0, 0, 0)),
        ("name\nZhang Wei\n", {}, (1, 0, 0, 0)),
        ("id,name,email\n8,Zhang Wei,zw@a.example\n", {"id": "external_id"}, (1, 0, 0, 0)),
    ]
    for text, given, expected in again:
        assert counts(run(firm, text, given)) == expected, text


def test_update_adds_to_lists_and_overwrites_single_values_only_where_the_file_has_one(firm):
    run(firm, "name,email,phone,job title,tags\nAnn Lee,ann@a.example,138 0000 0001,Buyer,VIP\n")
    run(
        firm,
        "name,email,phone,job title,tags,website\nAnn Lee,ann@a.example,+8613800000001,,vip; East,a.example\n",
        duplicates="update",
    )
    ann = only(name="Ann Lee")
    assert (ann.job_title, ann.website) == ("Buyer", "https://a.example")
    assert (len(ann.phones), len(ann.emails), ann.tags) == (1, 1, ["VIP", "East"])
    run(firm, "name,email,job title\nAnn Lee,ann@a.example,CEO\n", duplicates="update")
    assert only(name="Ann Lee").job_title == "CEO"


def test_create_makes_another_one_but_never_a_second_holder_of_an_external_id(firm):
    run(firm, "id,name,email\n1,Ann,a@a.example\n", {"id": "external_id"})
    assert counts(run(firm, "name,email\nAnn,a@a.example\n", duplicates="create")) == (1, 0, 0, 0)
    report = run(firm, "id,name\n1,Ann\n", {"id": "external_id"}, "create")
    assert counts(report) == (0, 0, 0, 1)
    assert "exists already" in report.examples["rejected"][0][2]


def test_people_are_linked_to_their_firm_which_is_made_once(firm):
    report = run(firm, "姓名,公司,邮箱\n张伟,海川物流,zw@hc.example\n李娜,海川物流,ln@hc.example\n")
    assert counts(report) == (2, 0, 0, 0) and report.more == 1
    home = only(kind="organisation")
    assert {c.organisation_id for c in Contact.select().where(Contact.kind == "person")} == {home.id}
    assert run(firm, "姓名,公司\n王芳,海川物流\n").more == 0
    assert counts(run(firm, "名称,类型,电话\n海川物流,公司,0574-88886666\n", duplicates="update")) == (0, 1, 0, 0)
    assert living() == 4 and only(kind="organisation").phones


def test_a_note_goes_to_the_timeline_once(firm):
    text = "name,email,notes\nAnn,a@a.example,Met at the fair\n"
    run(firm, text)
    assert [e.text for e in Entry.select()] == ["Met at the fair"]
    assert counts(run(firm, text, duplicates="update")) == (0, 0, 1, 0)
    assert counts(run(firm, "name,email,notes\nAnn,a@a.example,Called back\n", duplicates="update")) == (0, 1, 0, 0)
    assert {e.text for e in Entry.select()} == {"Met at the fair", "Called back"}
    assert only(name="Ann").last_activity_at is not None


def test_an_owner_is_found_and_an_unknown_one_is_kept_as_text(firm):
    run(firm, "name,email,owner\nA,a@a.example,bo@firm.example\nB,b@a.example,Bo Member\nC,c@a.example,Gone\n")
    assert only(name="A").owner_id == only(name="B").owner_id == firm.bo.id
    assert only(name="C").owner_id is None and only(name="C").custom == {"owner": "Gone"}


def test_choices_are_read_in_both_languages(firm):
    run(firm, "姓名,性别,客户阶段,角色\n张伟,男,客户,供应商\nAnn,Female,Lead,Partner\n")
    zhang, ann = only(name="张伟"), only(name="Ann")
    assert (zhang.gender, zhang.stage, zhang.roles) == ("m", "customer", ["supplier"])
    assert (ann.gender, ann.stage, ann.roles) == ("f", "lead", ["partner"])


def test_rejected_rows_are_kept_with_their_reason_and_come_in_once_mended(firm, tmp_path):
    path = tmp_path / "rejected.csv"
    text = "name,email,birthday\nAnn,a@a.example,1990-02-31\nBo,nonsense,\nCy,c@a.example,1990-03-01\n"
    text += "Di,d@a.example,,extra\n"
    report = run(firm, text, rejects=path)
    assert counts(report) == (1, 0, 0, 3)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["Row", "Reason", "name", "email", "birthday"]
    assert [r[0] for r in rows[1:]] == ["2", "3", "5"]
    assert "birthday: “1990-02-31” is not a date." in rows[1][1] and "email:" in rows[2][1] and "extra" in rows[3]
    mended = path.read_text("utf-8-sig").replace("1990-02-31", "1990-02-28").replace("nonsense", "b@a.example")
    mended = mended.replace(",extra", "")
    drop = {"Row": "drop", "Reason": "drop"}
    assert counts(run(firm, mended, drop)) == (3, 0, 0, 0)


def test_an_import_that_was_broken_off_goes_on_without_doing_a_row_twice(firm, monkeypatch, tmp_path):
    monkeypatch.setattr(importing, "CHUNK", 10)
    rows = [f"Person {i},{'bad' if i % 10 == 3 else f'p{i}@a.example'}" for i in range(35)]
    text, path = "name,email\n" + "\n".join(rows), tmp_path / "rejected.csv"
    with firm.app.app_context(), speaking(SYSTEM):
        job = start(firm, text, duplicates="create", rejects=path)
        batch = job.open("file.csv")

        def power_cut(done):
            if done == 20:
                raise RuntimeError("power cut")

        with pytest.raises(RuntimeError):
            job.run(batch, power_cut)
        assert living() == 18
        batch = Batch.get_by_id(batch.id)
        report = start(firm, text, duplicates="create", rejects=path).run(batch)
    assert counts(report) == (31, 0, 0, 4)
    assert living() == 31 and Batch.get_by_id(batch.id).count == 31
    assert len(path.read_text("utf-8").splitlines()) == 5


def test_two_imports_at_once_make_one_contact_of_one_external_id(firm):
    text = "id,name\n" + "\n".join(f"X{i},Person {i}" for i in range(300))
    faults = []

    def work():
        try:
            with firm.app.app_context():
                db.connect(reuse_if_open=True)
                run(firm, text, {"id": "external_id"}, "update")
        except Exception as fault:
            faults.append(fault)
        finally:
            db.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert faults == []
    assert living() == 300
    assert ContactPoint.select().where(ContactPoint.kind == "external").count() == 300


def test_the_number_of_queries_does_not_grow_with_the_rows(firm):
    def sent(n):
        rows = [f"{n}-{i},Person {n} {i},p{n}.{i}@a.example,Firm {n} {i % 7},hello {i}" for i in range(n)]
        with queries() as seen:
            assert run(firm, "id,name,email,company,note\n" + "\n".join(rows), {"id": "external_id"}).created == n
        return len(seen)

    assert sent(400) <= sent(100) + 15


def test_a_member_neither_sees_nor_changes_contacts_of_others(firm):
    theirs = firm.contact("li", name="Zhao Min", emails=firm.contacts.kinds["emails"].parse("zm@a.example"))
    text = "name,email,job title\nZhao Min,zm@a.example,CEO\nNew One,n@a.example,\n"
    report = run(firm, text, duplicates="update", user=firm.bo)
    assert counts(report) == (1, 0, 0, 1)
    assert "not among those that you may see" in report.examples["rejected"][0][2]
    assert Contact.get_by_id(theirs.id).job_title == ""
    assert only(name="New One").owner_id == firm.bo.id


def test_a_reader_may_not_import(firm):
    with pytest.raises(Forbidden):
        run(firm, "name\nAnn\n", user=firm.ro)


def test_a_wrong_column_or_field_is_named(firm):
    for given, said in (({"nix": "email"}, "no column “nix”"), ({"name": "nix"}, "“nix” is no field")):
        with pytest.raises(Problem, match=said):
            run(firm, "name\nAnn\n", given)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_every_encoding_and_delimiter_comes_in(firm, encoding):
    text = "姓名;手机;备注\n" + "".join(f"张伟{i};1380574{i:04};下周回电话给客户\n" for i in range(30))
    assert counts(run(firm, text.encode(encoding))) == (30, 0, 0, 0)
    assert only(name="张伟7").phones[0].label == "mobile"


def test_cards_come_in(firm):
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Ann Lee\nORG:Acme\nTEL;TYPE=CELL:13800000001\nEMAIL;TYPE=WORK:a@a.example\n"
    card += "ADR;TYPE=HOME:;;1 Road;Ningbo;Zhejiang;315000;China\nBDAY:1990-03-18\nEND:VCARD\n"
    assert counts(run(firm, card, name="a.vcf")) == (1, 0, 0, 0)
    ann = only(name="Ann Lee")
    assert (ann.phones[0].label, ann.emails[0].label, ann.addresses[0].label) == ("mobile", "work", "home")
    assert ann.addresses[0].city == "Ningbo" and str(ann.birthday) == "1990-03-18"
    assert counts(run(firm, card, name="a.vcf")) == (0, 0, 1, 0)


def test_activities_keep_their_author_and_date(firm):
    run(firm, "id,name,email\n7,Ann Lee,a@a.example\n8,Bo Li,b@a.example\n", {"id": "external_id"})
    text = (
        "client,type,date,user,text,direction\n"
        "id:7,call,2021-03-04 10:30,Bo Member,Asked for an offer,out\n"
        "a@a.example,note,2020/01/02,Some Body,Old note,\n"
        "Bo Li,meeting,2022-05-06T09:00,,Lunch,\n"
        "Nobody,note,2022-05-06,,Lost,\n"
    )
    report = run(firm, text, {"client": "contact"}, resource="entries")
    assert counts(report) == (3, 0, 0, 1) and "Nobody" in report.examples["rejected"][0][2]
    call, note, meeting = Entry.select().order_by(Entry.id)
    assert (call.author_id, call.kind, call.direction, str(call.at)) == (
        firm.bo.id,
        "call",
        "out",
        "2021-03-04 10:30:00+00:00",
    )
    assert note.author_id is None and note.custom == {"author": "Some Body"} and note.at.year == 2020
    assert meeting.author_id is None
    assert str(only(name="Ann Lee").last_activity_at) == "2021-03-04 10:30:00+00:00"
    assert counts(run(firm, text, {"client": "contact"}, resource="entries")) == (0, 0, 3, 1)
    assert "Some Body" in firm.client("ann").get(f"/contacts/{only(name='Ann Lee').id}").text


def test_records_of_a_module_come_in_by_their_labels_with_few_queries(thingy):
    thingy.contact(name="Ann Lee")
    rows = [f"Flat {i},Ningbo,{i},1200.50 USD,yes,On the market,2021-03-0{i % 9 + 1},Ann Lee" for i in range(200)]
    text = "Title,City,Rank,Price,Hot,Status,Day,Contact\n" + "\n".join(
        [*rows, ",,x,,,,,", "A,,x,,,,,", "B,,,,,,,Nobody"]
    )
    with queries() as seen:
        report = run(thingy, text, resource="things_thing")
    assert counts(report) == (200, 0, 0, 3) and len(seen) < 60
    assert [e[0] for e in report.examples["rejected"]] == [202, 203, 204]
    first = thingy.Thing.get(thingy.Thing.title == "Flat 7")
    assert (first.price, first.price_currency, first.hot, first.status, first.day.day) == (
        120050,
        "USD",
        True,
        "open",
        8,
    )
    assert first.contact.name == "Ann Lee" and Entry.select().where(Entry.resource == "things_thing").count() == 200
    assert counts(run(thingy, text, resource="things_thing")) == (0, 0, 200, 3)
    assert undo(thingy.build, SYSTEM, report.batch)[1] == []
    assert not thingy.Thing.select().where(thingy.Thing.deleted_batch.is_null()).exists()
    assert not Entry.select().where(Entry.deleted_batch.is_null()).exists()


def test_a_fault_that_a_hook_finds_rejects_its_row_alone(thingy):
    def validate(resource, records):
        return [(r, "title", Problem("No cellars.")) for r, values in records if values.get("title") == "Cellar"]

    thingy.rules.validate = validate
    report = run(thingy, "Title\nFlat\nCellar\nHouse\n", resource="things_thing")
    assert counts(report) == (2, 0, 0, 1) and report.examples["rejected"][0][2] == "No cellars."


def test_fields_that_a_role_may_not_change_are_not_imported(firm):
    role = firm.bo.role
    role.field_rules = {"contacts": {"job_title": "locked"}}
    role.save()
    text = "name,email,job title\nAnn,a@a.example,CEO\n"
    run(firm, text, user=firm.bo)
    ann = only(name="Ann")
    assert ann.job_title == "" and ann.custom == {"job title": "CEO"}
    with pytest.raises(Problem, match="is no field"):
        run(firm, text, {"job title": "job_title"}, user=firm.bo)
