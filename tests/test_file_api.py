"""Files by the API: list, add, read, remove, each as the record that they are on allows."""

import io

import pytest

from tests.test_files import PDF, PNG


@pytest.fixture
def firm(api_firm):
    return api_firm


def add(firm, who, path, name="合同.pdf", content=PDF, **more):
    form = {"file": (io.BytesIO(content), name), **more.pop("form", {})}
    return firm.call(who, "POST", f"{path}/files", data=form, **more)


def test_a_file_is_added_listed_read_in_parts_and_removed(firm):
    path = f"/contacts/{firm.add('mei', name='Zhang')['id']}"
    made = add(firm, "mei", path, form={"category": "contract"})
    assert made.status_code == 201, made.text
    file = made.json
    assert (file["name"], file["size"], file["category"], file["revision"]) == ("合同.pdf", len(PDF), "contract", 1)
    assert (file["resource"], file["content_type"]) == ("contacts", "application/pdf") and "key" not in file
    assert firm.call("mei", "GET", made.headers["Location"]).json["name"] == "合同.pdf"
    assert add(firm, "mei", path, content=PDF + b"2").json["revision"] == 2
    [listed] = firm.call("mei", "GET", f"{path}/files").json["data"]
    content = firm.call("mei", "GET", listed["content"])
    assert content.data == PDF + b"2" and content.headers["Content-Disposition"].startswith("attachment")
    assert content.headers["Content-Security-Policy"].startswith("sandbox")
    assert firm.call("mei", "GET", f"{listed['content']}?revision=1").data == PDF
    assert firm.call("mei", "GET", listed["content"], headers={"Range": "bytes=0-3"}).data == b"%PDF"
    assert firm.call("mei", "DELETE", f"/files/{file['id']}").status_code == 204
    assert firm.call("mei", "GET", f"{path}/files").json == {"data": [], "next": None}
    assert firm.call("mei", "GET", listed["content"]).status_code == 404


def test_pages_follow_one_another(firm, monkeypatch):
    from core.api import files

    monkeypatch.setattr(files, "PAGE", 2)
    path = f"/contacts/{firm.add('mei', name='Zhang')['id']}"
    for n in range(3):
        add(firm, "mei", path, f"{n}.png", PNG)
    first = firm.call("mei", "GET", f"{path}/files").json
    rest = firm.call("mei", "GET", first["next"]).json
    assert [f["name"] for f in first["data"] + rest["data"]] == ["2.png", "1.png", "0.png"] and rest["next"] is None
    assert firm.call("mei", "GET", f"{path}/files?after=x").status_code == 400


def test_the_door_is_that_of_the_record(firm):
    path = f"/contacts/{firm.add('mei', name='Zhang')['id']}"
    file = add(firm, "mei", path).json
    for method, address, statuses in (
        ("GET", f"{path}/files", {"bo": 404, "rui": 200}),
        ("GET", f"/files/{file['id']}/content", {"bo": 404, "rui": 200}),
        ("GET", f"/files/{file['id']}", {"bo": 404, "rui": 200}),
        ("DELETE", f"/files/{file['id']}", {"bo": 404, "rui": 403}),
    ):
        for who, status in statuses.items():
            assert firm.call(who, method, address).status_code == status, (method, address, who)
    assert add(firm, "bo", path).status_code == 404 and add(firm, "rui", path).status_code == 403
    assert add(firm, "ana", f"/users/{firm.people['bo'].id}").status_code == 404
    only_tasks = firm.token("mei", "surgery_visit.view")
    assert firm.call("", "GET", f"/files/{file['id']}/content", token=only_tasks).status_code == 403
    assert firm.call("", "GET", f"{path}/files", token=only_tasks).status_code == 403
    reads = firm.token("mei", "contacts.view")
    assert firm.call("", "GET", f"/files/{file['id']}/content", token=reads).status_code == 200
    assert add(firm, "", path, token=reads).status_code == 403
    assert firm.call("", "DELETE", f"/files/{file['id']}", token=reads).status_code == 403


def test_what_cannot_be_taken_is_said(firm):
    path = f"/contacts/{firm.add('mei', name='Zhang')['id']}"
    for answer, status, said in (
        (add(firm, "mei", path, "a.exe", b"MZ12"), 422, "program"),
        (add(firm, "mei", path, "a.pdf", b""), 422, "empty"),
        (add(firm, "mei", path, form={"category": "nonsense"}), 422, "nonsense"),
        (firm.call("mei", "POST", f"{path}/files", {"file": "x"}), 422, "multipart"),
        (firm.call("mei", "POST", "/files", {"name": "x"}), 405, "program"),
    ):
        assert answer.status_code == status and said in answer.json["error"]["detail"], answer.text
    large = add(firm, "mei", path, "a.pdf", PDF + bytes(25 << 20))
    assert large.status_code == 422 and "25 MB" in large.json["error"]["detail"]
    assert firm.call("mei", "GET", f"{path}/files").json["data"] == []
    assert add(firm, "mei", path, "a.pdf", PDF + bytes(2 << 20)).status_code == 201  # more than other bodies may have


def test_the_document_tells_of_it(firm):
    paths = firm.call("mei", "GET", "/openapi.json").json["paths"]
    assert set(paths["/contacts/{id}/files"]) == {"parameters", "get", "post"}
    assert "delete" in paths["/files/{id}"] and "get" in paths["/files/{id}/content"]
    assert "/users/{id}/files" not in paths and "/surgery_visit/{id}/files" in paths
