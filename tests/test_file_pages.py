"""Files in the browser, without JavaScript: panel, page, upload, versions; and bytes that are never a page of ours."""

import io

import pytest

from core.files import Attachment
from tests.support import HX
from tests.test_files import PDF, PNG, names, put, setting, told


def send(browser, url, *files, **form):
    return browser.post(url, data={"file": [(io.BytesIO(content), name) for name, content in files], **form})


def picture(size=(640, 480), kind="PNG"):
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


# Adding


def test_several_files_come_at_once_and_one_undo_takes_them_back(firm):
    contact, browser = firm.contact(), firm.client("bo")
    page = f"/contacts/{contact.id}"
    answer = send(browser, f"{page}/files", ("a.pdf", PDF), ("b.png", PNG), next=page)
    assert answer.status_code == 303 and answer.location == page
    assert sorted(names(firm, "bo", contact)) == ["a.pdf", "b.png"] and told(contact) == ["a.pdf, b.png"]
    text = browser.get(page).text
    assert "2 files added." in text and "a.pdf" in text and f'action="{page}/files"' in text
    [batch] = {int(part.partition('"')[0]) for part in text.split('action="/undo/')[1:]}
    browser.post(f"/undo/{batch}")
    assert names(firm, "bo", contact) == [] and told(contact) == []


def test_one_that_is_refused_costs_no_other_and_says_why(firm):
    contact, browser = firm.contact(), firm.client("bo")
    setting(firm, file_mb=1)
    files = (("good.pdf", PDF), ("big.pdf", PDF + bytes(1 << 20)), ("virus.exe", b"MZ12"), ("also.pdf", PDF + b"2"))
    answer = send(browser, f"/contacts/{contact.id}/files", *files)
    assert answer.status_code == 422
    assert "“big.pdf” was not added: it is larger than 1 MB" in answer.text and "“virus.exe”" in answer.text
    assert sorted(names(firm, "bo", contact)) == ["also.pdf", "good.pdf"]
    assert send(browser, f"/contacts/{contact.id}/files").status_code == 422  # nothing chosen


def test_a_request_may_be_larger_than_other_forms_but_not_endless(firm):
    contact, browser = firm.contact(), firm.client("bo")
    setting(firm, file_mb=3)
    firm.app.config["MAX_CONTENT_LENGTH"] = 1 << 20
    try:
        assert send(browser, f"/contacts/{contact.id}/files", ("a.pdf", PDF + bytes(2 << 20))).status_code == 303
        endless = send(browser, f"/contacts/{contact.id}/files", ("a.pdf", PDF + bytes(62 << 20)))
        assert endless.status_code == 413
        assert browser.post(f"/contacts/{contact.id}/edit", data={"name": "x" * (2 << 20)}).status_code == 413
    finally:
        firm.app.config["MAX_CONTENT_LENGTH"] = firm.engine.settings.max_upload


def test_the_script_sends_one_by_one_and_what_comes_together_stays_together(firm):
    contact, browser = firm.contact(), firm.client("bo")
    url, json = f"/contacts/{contact.id}/files", {"Accept": "application/json"}

    def one(name, content, **form):
        return browser.post(url, data={"file": (io.BytesIO(content), name), **form}, headers=json)

    batch = one("a.pdf", PDF).json["batch"]
    assert one("b.png", PNG, batch=batch).json == {"batch": batch, "refused": []}
    refused = one("c.exe", b"MZ12", batch=batch)
    assert refused.status_code == 422 and "c.exe" in refused.json["refused"][0]
    assert told(contact) == ["a.pdf, b.png"]
    panel = browser.get(f"{url}?part=panel-files&batch={batch}", headers=HX)
    assert 'id="panel-files"' in panel.text and "2 files added." in panel.text and f"/undo/{batch}" in panel.text
    assert "<html" not in panel.text
    foreign = firm.client("kim").post(url, data={"file": (io.BytesIO(PDF), "k.pdf"), "batch": batch}, headers=json)
    assert foreign.json["batch"] != batch  # nobody adds to what somebody else did


def test_whoever_may_not_edit_gets_neither_form_nor_upload(firm):
    contact = firm.contact()
    url = f"/contacts/{contact.id}/files"
    reader, stranger = firm.client("ro"), firm.client("li")
    assert 'id="panel-files"' not in reader.get(f"/contacts/{contact.id}").text  # an empty panel would say nothing
    put(firm, "bo", contact)
    page = reader.get(url)
    assert page.status_code == 200 and "合同.pdf" in page.text and "data-gx-files" not in page.text
    assert send(reader, url, ("a.pdf", PDF)).status_code == 403
    for answer in (stranger.get(url), send(stranger, url, ("a.pdf", PDF))):
        assert answer.status_code == 404
    assert names(firm, "ann", contact) == ["合同.pdf"]


def test_records_that_take_no_files_have_no_page_of_them(firm):
    browser = firm.client("ann")
    assert browser.get(f"/admin/users/{firm.bo.id}/files").status_code == 404
    assert "panel-files" not in browser.get(f"/admin/users/{firm.bo.id}").text


# Showing


def test_the_page_goes_on_from_key_to_key_in_as_many_queries_for_any_number(thingy):
    from core.trial import queries

    contact = thingy.contact()
    thing = thingy.things_thing.save(
        thingy.bo, thingy.things_thing.new(thingy.bo), {"title": "T", "contact": contact.id}
    )
    browser, url, seen = thingy.client("bo"), f"/contacts/{contact.id}/files", []
    for round_ in range(2):
        for n in range(30):
            put(thingy, "bo", (contact, thing)[n % 2], f"{round_} {n}.pdf", PDF)
        browser.get(url)
        with queries() as statements:
            text = browser.get(url).text
        seen.append(len(statements))
    assert text.count('class="gx-item"') == 50 and "1 29.pdf" in text and "0 9.pdf" not in text
    older = text.split("?before=")[1].partition('"')[0]
    text = browser.get(f"{url}?before={older}").text
    assert text.count('class="gx-item"') == 10 and "0 9.pdf" in text and "1 29.pdf" not in text
    assert seen[0] == seen[1] <= 8, seen


def test_the_panel_costs_a_records_page_one_query(thingy):
    from core.trial import queries

    contact, browser = thingy.contact(), thingy.client("bo")
    url = f"/contacts/{contact.id}"
    browser.get(url)
    with queries() as before:
        browser.get(url)
    for n in range(8):
        put(thingy, "bo", contact, f"{n}.png", PNG)
    with queries() as after:
        text = browser.get(url).text
    assert sum("core_attachment" in s for s in after) == 1 and len(after) <= 12
    assert "7.png" in text and "2.png" not in text.partition('id="panel-files"')[2] and "All files" in text
    assert sum("core_attachment" in s for s in before) == 1


def test_all_files_are_one_list_with_filters_and_the_records_that_they_belong_to(firm):
    contact = firm.contact(name="云栖里")
    put(firm, "bo", contact, category="contract")
    put(firm, "bo", contact, "photo.png", PNG)
    browser = firm.client("bo")
    text = browser.get("/files/").text
    assert "合同.pdf" in text and "photo.png" in text and "云栖里" in text
    text = browser.get("/files/?category=contract").text
    assert "合同.pdf" in text and "photo.png" not in text
    assert "合同.pdf" not in firm.client("li").get("/files/").text
    assert browser.get("/files/new").status_code == 422


# Bytes


def get(browser, file, query=""):
    return browser.get(f"/files/{file.id}/content{query}")


@pytest.mark.parametrize(
    ("name", "content", "shown", "sent_as"),
    [
        ("a.pdf", PDF, True, "application/pdf"),
        ("a.png", PNG, True, "image/png"),
        ("备注.txt", "你好".encode("gb18030") * 20, True, "text/plain; charset=gb18030"),
        ("a.csv", b"a,b\n1,2\n", True, "text/plain; charset=utf-8"),
        ("a.html", b"<html><script>alert(1)</script>", False, "application/octet-stream"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", False, "application/octet-stream"),
        ("a.xml", b"<?xml version='1.0'?><a/>", False, "application/octet-stream"),
        ("a.pdf", b"<html><script>alert(1)</script>", False, "application/octet-stream"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", False, "application/octet-stream"),
        ("noname", b"<html><script>alert(1)</script>", False, "application/octet-stream"),
    ],
)
def test_only_what_cannot_run_is_shown_and_all_of_it_in_a_sandbox(firm, name, content, shown, sent_as):
    file = put(firm, "bo", firm.contact(), name, content)
    answer = get(firm.client("bo"), file)
    assert answer.status_code == 200 and answer.data == content and answer.content_type == sent_as
    how = answer.headers["Content-Disposition"]
    assert how.startswith("inline" if shown else "attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "script" not in policy
    assert get(firm.client("bo"), file, "?download=1").headers["Content-Disposition"].startswith("attachment")


def test_a_file_whose_type_lies_is_said_to_and_not_shown(firm):
    file = put(firm, "bo", firm.contact(), "invoice.pdf", b"<html><script>alert(1)</script>")
    text = firm.client("bo").get(f"/files/{file.id}").text
    assert "not what its name says" in text and "text/html" in text and "<iframe" not in text


def test_a_name_of_any_letters_arrives(firm):
    file = put(firm, "bo", firm.contact(), '报价 "2026"\r\nX: 1.pdf')
    assert file.name == '报价 "2026" X: 1.pdf'
    how = get(firm.client("bo"), file).headers["Content-Disposition"]
    assert "filename*=UTF-8''%E6%8A%A5%E4%BB%B7" in how and "\n" not in how


def test_parts_of_a_file_and_what_has_not_changed(firm):
    file, browser = put(firm, "bo", firm.contact()), firm.client("bo")
    whole = get(browser, file)
    assert whole.headers["Accept-Ranges"] == "bytes" and int(whole.headers["Content-Length"]) == len(PDF)
    part = browser.get(f"/files/{file.id}/content", headers={"Range": "bytes=5-9"})
    assert part.status_code == 206 and part.data == PDF[5:10]
    assert part.headers["Content-Range"] == f"bytes 5-9/{len(PDF)}"
    beyond = browser.get(f"/files/{file.id}/content", headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416
    same = browser.get(f"/files/{file.id}/content", headers={"If-None-Match": whole.headers["ETag"]})
    assert same.status_code == 304 and "no-cache" in whole.headers["Cache-Control"]


def test_bytes_go_through_the_records_door_and_versions_too(firm):
    contact = firm.contact()
    file = put(firm, "bo", contact)
    put(firm, "bo", contact, content=PDF + b"2")
    browser = firm.client("bo")
    assert get(browser, file).data == PDF + b"2" and get(browser, file, "?revision=1").data == PDF
    assert get(browser, file, "?revision=3").status_code == 404
    urls = [f"/files/{file.id}", f"/files/{file.id}/content", f"/files/{file.id}/content?revision=1"]
    assert [firm.client("li").get(url).status_code for url in urls] == [404] * 3
    assert [firm.app.test_client().get(url).status_code for url in urls] == [302] * 3
    firm.contacts.delete(firm.bo, [contact])
    assert [browser.get(url).status_code for url in urls] == [404] * 3


def test_bytes_that_the_storage_lost_are_said_to_be(firm):
    from core.storage import storage

    file = put(firm, "bo", firm.contact())
    storage(firm.build.settings).remove([firm.files.revision(file).key])
    assert get(firm.client("bo"), file).status_code == 404


def test_an_image_has_a_small_picture_and_a_bomb_has_none(firm):
    from PIL import Image

    contact, browser = firm.contact(), firm.client("bo")
    photo = put(firm, "bo", contact, "photo.png", picture())
    for _ in range(2):  # made, then kept
        answer = browser.get(f"/files/{photo.id}/thumbnail")
        small = Image.open(io.BytesIO(answer.data))
        assert answer.content_type == "image/webp" and small.size == (320, 240)
    assert f"/files/{photo.id}/thumbnail" in browser.get(f"/contacts/{contact.id}").text
    huge = bytearray(picture((8, 8)))
    huge[16:24] = (30_000).to_bytes(4, "big") * 2
    for name, content in (("bomb.png", bytes(huge)), ("torn.png", PNG), ("a.pdf", PDF)):
        assert browser.get(f"/files/{put(firm, 'bo', contact, name, content).id}/thumbnail").status_code == 404


# One file's page


def test_a_new_version_may_have_another_name_but_must_be_of_the_same_kind(firm):
    contact, browser = firm.contact(), firm.client("bo")
    file = put(firm, "bo", contact)
    url = f"/files/{file.id}/revisions"
    assert send(browser, url, ("scan_0012.pdf", PDF + b"2")).status_code == 303
    assert names(firm, "bo", contact) == ["合同.pdf"] and Attachment.get_by_id(file.id).revision == 2
    wrong = send(browser, url, ("photo.png", PNG))
    assert wrong.status_code == 422 and ".pdf" in wrong.text
    assert browser.post(f"{url}/1/restore").status_code == 303 and get(browser, file).data == PDF
    assert browser.post(f"{url}/9/restore").status_code == 404
    reader = firm.client("ro")
    assert send(reader, url, ("x.pdf", PDF)).status_code == 403
    assert reader.post(f"{url}/1/restore").status_code == 403
    text = browser.get(f"/files/{file.id}").text
    assert text.count("Bring back") == 2 and "Bo Member" in text


def test_a_file_is_renamed_filed_and_deleted(firm):
    contact, browser = firm.contact(), firm.client("bo")
    file = put(firm, "bo", contact)
    url = f"/files/{file.id}"
    assert browser.post(f"{url}/edit", data={"name": "2026.pdf", "category": "contract"}).status_code == 303
    wrong = browser.post(f"{url}/edit", data={"name": "2026.exe", "category": ""})
    assert wrong.status_code == 422 and "Keep the ending" in wrong.text
    file = Attachment.get_by_id(file.id)
    assert (file.name, file.category) == ("2026.pdf", "contract")
    assert "contract" in browser.get(f"{url}/history").text.lower()
    answer = browser.post(f"{url}/delete", data={"next": f"/contacts/{contact.id}"})
    assert answer.status_code == 303 and answer.location == f"/contacts/{contact.id}"
    assert browser.get(url).status_code == 404 and told(contact) == []
    reader = firm.client("ro")
    again = put(firm, "bo", contact)
    assert reader.post(f"/files/{again.id}/delete").status_code == 403
    assert reader.get(f"/files/{again.id}/edit").status_code == 403
