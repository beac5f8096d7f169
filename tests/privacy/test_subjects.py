"""A person's data on the way out: the export, the erasure with its certificate, holds, and being known again."""

import io
import json
import zipfile

import pytest

from core import SYSTEM, log
from core.db import db
from core.files import attach
from core.jobs import run_due
from core.journal import Batch
from core.notices import Notice
from core.undo import undo
from tests.privacy.test_erasure import BOOKS, S, books_of, fill_core, make, person, telling

pytest_plugins = ["tests.people"]


def genuine(it, certificate) -> bool:
    return it.build.resources["privacy_erasure"].genuine(it.again(certificate))


@pytest.fixture
def it(house):
    return house("privacy", "tasks")


def model(it, name):
    return it.build.resources[f"privacy_{name}"].model


def form_of(it, who, contact, mode="erase", **more):
    """What the preview's form sends, with the token that the page carries."""
    page = it.client(who).get(f"/privacy/contacts/{contact.id}/erasure?mode={mode}").text
    token = page.partition('name="token" value="')[2].partition('"')[0]
    return {"token": token, "mode": mode, "name": it.again(contact).name, "reason": "request", "sure": "1"} | more


def erase(it, who, contact, **more):
    path = f"/privacy/contacts/{contact.id}/erasure"
    answer = it.client(who).post(path, data=form_of(it, who, contact, **more))
    run_due(it.app)
    return answer


def test_the_export_has_everything_of_every_module(house, tmp_path):
    folder = tmp_path / "vendors"
    folder.mkdir()
    (folder / "books.py").write_text(BOOKS)
    it = house("privacy", "tasks", "books", vendors=folder)
    a = person(it)
    friend = fill_core(it, a)
    books_of(it, a, friend)
    make(it, "tasks_task", title=f"Call {S}", contact=a.id)
    attach(it.user("ann"), it.contacts, a, "passport.txt", io.BytesIO(b"Passport of Eve"))
    it.switch("privacy", "tasks")  # the books are off
    ann = it.client("ann")
    with it.app.app_context():
        answer = ann.post(f"/privacy/contacts/{a.id}/exports")
        assert answer.location.startswith("/jobs/")
        run_due(it.app)
        export = model(it, "export").select().get()
        page = ann.get(f"/privacy/contacts/{a.id}").text
        assert f"/privacy/export/{export.id}/file" in page
        data = ann.get(f"/privacy/export/{export.id}/file").data
    archive = zipfile.ZipFile(io.BytesIO(data))
    found = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert [archive.read(n) for n in archive.namelist() if n.endswith("passport.txt")] == [b"Passport of Eve"]
    assert found["contacts.json"][0]["name"] == f"Eve {S}"
    assert found["tasks_task.json"][0]["title"] == f"Call {S}"
    assert found["books_invoice.json"][0]["number"] == "R-1", "also of a module that is off"
    assert found["relationships.json"][0]["target"] == "Friend Li"
    assert any(row["value"] == f"Eve@{S}".lower() or "new@" in row["value"] for row in found["core_contact_point.json"])
    assert any(row["text"] == f"Says {S}" for row in found["entries.json"])
    assert any("No longer" in str(row["values"]) for row in found["journal.json"])
    assert found["index.json"]["records"]["books_visit.json"] == 1
    assert "password" not in data.decode("latin-1")
    assert Notice.select().where(Notice.plugin == "privacy").count() == 1


def test_an_export_goes_after_its_days_and_with_its_contact(it):
    from plugins.privacy import subject

    a = it.contact()
    for _ in range(2):
        it.client("ann").post(f"/privacy/contacts/{a.id}/exports")
        run_due(it.app)
    first = model(it, "export").select().order_by(model(it, "export").id).get()
    model(it, "export").update(until="2020-01-01 00:00:00").where(model(it, "export").id == first.id).execute()
    assert subject.tidy(it.build) == 1
    assert it.client("ann").get(f"/privacy/export/{first.id}/file").status_code == 404
    folder = it.settings.data / "subject-exports" / str(a.id)
    assert len(list(folder.iterdir())) == 1
    erase(it, "ann", a)
    assert not folder.exists() and model(it, "export").select().count() == 0


def test_only_those_who_decide_come_near(it):
    a = it.contact(owner="bo")
    paths = ("/privacy/", f"/privacy/contacts/{a.id}", f"/privacy/contacts/{a.id}/erasure", "/privacy/erasure/")
    for who in ("bo", "mei", "ro"):
        for path in (*paths, "/privacy/rule/", "/privacy/hold/", "/privacy/export/"):
            assert it.client(who).get(path).status_code == 403, (who, path)
        assert it.client(who).post(f"/privacy/contacts/{a.id}/exports").status_code == 403
        assert f"/privacy/contacts/{a.id}" not in it.client(who).get(f"/contacts/{a.id}").text
    for path in paths:
        assert it.client("ann").get(path).status_code == 200


def test_the_preview_says_what_goes_and_what_stays_and_changes_nothing(it):
    a = person(it)
    fill_core(it, a)
    before = telling()
    page = it.client("ann").get(f"/privacy/contacts/{a.id}/erasure").text
    for words in ("This goes for good", "This stays", "cannot be undone", "Relationship", "A certificate"):
        assert words in page
    assert telling() == before


def test_a_certificate_stays_and_nothing_else_tells_of_the_person(it):
    a = person(it)
    fill_core(it, a)
    answer = erase(it, "ann", a, reason="request")
    assert answer.status_code == 303 and answer.location.startswith("/jobs/")
    assert telling() == []
    certificate = model(it, "erasure").select().get()
    assert (certificate.state, certificate.number, certificate.mode, certificate.reason) == (
        "done",
        a.id,
        "erase",
        "request",
    )
    assert certificate.by_id == it.user("ann").id and genuine(it, certificate)
    page = it.client("ann").get(f"/privacy/erasure/{certificate.id}").text
    assert "It says what it said when it was sealed" in page and certificate.digest in page
    db.execute_sql("UPDATE privacy_erasure SET reason = 'mistake'")
    assert not genuine(it, certificate)
    assert "changed after it was sealed" in it.client("ann").get(f"/privacy/erasure/{certificate.id}").text


def test_the_name_must_be_typed_and_nothing_may_have_changed(it):
    a = it.contact("Zhang Wei", owner="bo")
    ann, path = it.client("ann"), f"/privacy/contacts/{a.id}/erasure"
    answer = ann.post(path, data=form_of(it, "ann", a, name="Zhang"))
    assert answer.status_code == 422 and "exactly as it is" in answer.text and 'value="Zhang"' in answer.text
    form = form_of(it, "ann", a)
    log(it.build, it.user("bo"), a, "note", "Bought a table")
    answer = ann.post(path, data=form)
    assert answer.status_code == 422 and "since you looked" in answer.text
    assert run_due(it.app) == 0 and it.again(a).name == "Zhang Wei"


def test_somebody_at_work_on_the_contact_is_named(it):
    a = it.contact("Zhang Wei", owner="bo")
    log(it.build, it.user("bo"), a, "note", "Bought a table")
    assert "Bo wrote something" in it.client("ann").get(f"/privacy/contacts/{a.id}/erasure").text
    form = form_of(it, "ann", a)
    del form["sure"]
    answer = it.client("ann").post(f"/privacy/contacts/{a.id}/erasure", data=form)
    assert answer.status_code == 422 and "Bo is working on this contact" in answer.text


def test_a_form_that_was_open_meanwhile_gets_a_clear_answer(it):
    a = it.contact("Zhang Wei", owner="bo")
    erase(it, "ann", a)
    answer = it.client("bo").post(f"/contacts/{a.id}/edit", data={"name": "Zhang Wei", "version": "1"})
    assert answer.status_code == 404 and "erased for good" in answer.text
    assert it.again(a).name == f"#{a.id}"


def test_export_and_erasure_do_not_cross(it):
    a = it.contact("Zhang Wei")
    ann = it.client("ann")
    ann.post(f"/privacy/contacts/{a.id}/exports")
    answer = ann.post(f"/privacy/contacts/{a.id}/erasure", data=form_of(it, "ann", a))
    assert answer.status_code == 422 and "is being exported" in answer.text
    assert ann.post(f"/privacy/contacts/{a.id}/exports").status_code == 422
    run_due(it.app)
    form = form_of(it, "ann", a)
    assert ann.post(f"/privacy/contacts/{a.id}/erasure", data=form).status_code == 303
    answer = ann.post(f"/privacy/contacts/{a.id}/exports")
    assert answer.status_code == 422 and "is being erased" in answer.text
    again = ann.post(f"/privacy/contacts/{a.id}/erasure", data=form_of(it, "ann", a))
    assert again.status_code == 422 and "is being erased already" in again.text
    run_due(it.app)
    assert it.again(a).name == f"#{a.id}"


def test_a_contact_on_hold_is_kept(it):
    a = it.contact("Zhang Wei")
    hold = make(it, "privacy_hold", contact=a.id, reason="Law suit 12")
    ann = it.client("ann")
    assert "Law suit 12" in ann.get(f"/contacts/{a.id}").text
    assert "Law suit 12" in ann.get(f"/privacy/contacts/{a.id}/erasure").text
    answer = erase(it, "ann", a)
    assert answer.status_code == 422
    it.build.resources["privacy_hold"].delete(SYSTEM, [hold])
    assert erase(it, "ann", a).status_code == 303
    assert it.again(a).name == f"#{a.id}"


def test_a_hold_that_comes_between_decision_and_deed_stops_it(it):
    a = it.contact("Zhang Wei")
    it.client("ann").post(f"/privacy/contacts/{a.id}/erasure", data=form_of(it, "ann", a))
    make(it, "privacy_hold", contact=a.id, reason="Law suit 12")
    run_due(it.app)
    certificate = model(it, "erasure").select().get()
    assert certificate.state == "failed" and "Law suit 12" in certificate.problem
    assert it.again(a).name == "Zhang Wei"


def test_a_decision_can_be_undone_until_it_is_carried_out_and_never_after(it):
    a, ann = it.contact("Zhang Wei"), it.user("ann")
    path = f"/privacy/contacts/{a.id}/erasure"
    it.client("ann").post(path, data=form_of(it, "ann", a))
    undo(it.build, ann, Batch.select().order_by(Batch.id.desc()).get())
    run_due(it.app)
    assert it.again(a).name == "Zhang Wei"
    assert erase(it, "ann", a).status_code == 303
    certificate = model(it, "erasure").select().order_by(model(it, "erasure").id.desc()).get()
    for batch in list(Batch.select().where(Batch.resource == "privacy_erasure", Batch.undone_by.is_null())):
        undo(it.build, ann, batch)
    assert it.again(certificate).state == "done" and it.again(certificate).deleted_batch is None
    assert genuine(it, certificate)


def test_an_administrator_erases_what_is_in_the_trash(it):
    a = it.contact("Zhang Wei", owner="bo", emails="zw@a.example")
    it.contacts.delete(it.user("bo"), [a])
    assert "in the trash" in it.client("ann").get(f"/privacy/contacts/{a.id}").text
    assert erase(it, "ann", a).status_code == 303
    assert it.again(a).name == f"#{a.id}" and it.again(a).emails == []
    assert it.client("ann").get(f"/privacy/contacts/{a.id}").status_code == 404


def test_a_role_that_is_given_it_by_name_decides_and_one_that_may_look_only_looks(it):
    roles = it.build.resources["roles"]
    a = it.contact("Zhang Wei", owner="mei")
    mei = it.user("mei")
    own = {"privacy_erasure": ["view"], "privacy_export": ["view", "create"]}
    roles.save(SYSTEM, mei.role, {"grants": mei.role.grants | own})
    page = it.client("mei").get(f"/privacy/contacts/{a.id}").text
    assert "Make an export" in page and "Erase" not in page
    assert it.client("mei").get(f"/privacy/contacts/{a.id}/erasure").status_code == 403
    assert it.client("mei").post(f"/privacy/contacts/{a.id}/exports").status_code == 303
    run_due(it.app)
    export = model(it, "export").select().get()
    assert f"/privacy/export/{export.id}/file" in it.client("mei").get(f"/privacy/export/{export.id}").text
    assert it.client("mei").get(f"/privacy/export/{export.id}/file").status_code == 200
    roles.save(SYSTEM, it.again(mei.role), {"grants": mei.role.grants | {"privacy_erasure": ["view", "create"]}})
    assert erase(it, "mei", a).status_code == 303 and it.again(a).name == f"#{a.id}"


def test_who_was_erased_is_known_again(it):
    a = it.contact("Zhang Wei", emails="zw@a.example", phones="138 0000 1234")
    erase(it, "ann", a)
    back = it.contact("Wei Zhang", owner="bo", phones="+86 138-0000-1234")
    assert "was erased on" in it.client("bo").get(f"/contacts/{back.id}").text
    notice = Notice.select().where(Notice.kind == "privacy").get()
    assert notice.user_id == it.user("ann").id and "Wei Zhang" in notice.title
    ann = it.client("ann")
    for asked, said in (("ZW@a.example", "Erased on"), ("13800001234", "Erased on"), ("x@y.example", "Nobody with")):
        assert said in ann.post("/privacy/", data={"reach": asked}).text
    other = it.contact("Other", emails="o@a.example")
    assert "was erased on" not in it.client("ann").get(f"/contacts/{other.id}").text


def test_an_anonymous_contact_has_a_certificate_too(it):
    a = it.contact("Zhang Wei", stage="customer", emails="zw@a.example")
    erase(it, "ann", a, mode="anonymise")
    assert model(it, "erasure").select().get().mode == "anonymise"
    assert (it.again(a).name, it.again(a).stage, it.again(a).deleted_batch) == (f"#{a.id}", "customer", None)
    assert it.client("ann").get(f"/contacts/{a.id}").status_code == 200
