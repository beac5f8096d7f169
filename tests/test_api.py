"""The JSON API: what works, what is forbidden, and what is said about what is wrong; on both engines."""

import datetime as dt
import threading

import pytest
from click.testing import CliRunner

from core.api import tokens
from core.api.once import ApiAnswer
from core.cli import main
from core.db import utcnow
from core.trial import queries
from core.undo import undo
from core.users import Role, User
from tests.api_cast import Firm

CONFLICT, FORBIDDEN, MISSING, STALE, WRONG = 409, 403, 404, 401, 422


@pytest.fixture
def firm(api_firm):
    return api_firm


def fault(answer, status: int) -> dict:
    """The error of an answer, in the one shape that all have."""
    assert answer.status_code == status, answer.text
    error = answer.json["error"]
    assert error["status"] == status and error["title"] and error["detail"]
    return error


# Works


def test_a_record_is_created_read_changed_and_deleted(firm):
    new = firm.call("mei", "POST", "/contacts", {"name": "王芳", "stage": "lead", "tags": ["VIP"]})
    assert new.status_code == 201
    contact = new.json
    assert new.headers["Location"] == f"/api/v1/contacts/{contact['id']}"
    assert (contact["family_name"], contact["owner"], contact["version"]) == ("王", firm.people["mei"].id, 1)
    changed = firm.call("mei", "PATCH", f"/contacts/{contact['id']}", {"job_title": "经理", "version": 1}).json
    assert (changed["job_title"], changed["stage"], changed["tags"], changed["version"]) == ("经理", "lead", ["VIP"], 2)
    assert firm.call("mei", "GET", f"/contacts/{contact['id']}").json == changed
    assert firm.call("mei", "DELETE", f"/contacts/{contact['id']}").status_code == 204
    fault(firm.call("mei", "GET", f"/contacts/{contact['id']}"), MISSING)


def test_every_kind_goes_in_and_comes_out_as_json(firm):
    contact = firm.add(name="Ada")["id"]
    sent = {
        "title": "First visit",
        "patient": contact,
        "at": "2026-11-22T10:30:00+08:00",
        "day": "2026-11-22",
        "price": {"minor": 123450, "currency": "CNY"},
        "weight": "61.25",
        "minutes": 45,
        "paid": True,
        "status": "done",
        "mail": "ada@firm.test",
        "site": "https://firm.test/",
        "notes": "One\nTwo",
        "extra": {"a": [1, 2.5, None, True]},
    }
    got = firm.add(path="/surgery_visit", **sent)
    assert {name: got[name] for name in sent} == sent | {"at": "2026-11-22T02:30:00+00:00"}
    emptied = firm.call(
        "ana", "PATCH", f"/surgery_visit/{got['id']}", dict.fromkeys(set(sent) - {"title", "paid", "extra"})
    ).json
    assert [emptied[n] for n in ("patient", "at", "price", "weight", "mail", "status")] == [None] * 4 + ["", ""]
    for name in ("extra", "paid"):  # columns that are never empty
        nothing = firm.call("ana", "PATCH", f"/surgery_visit/{got['id']}", {name: None})
        assert list(fault(nothing, WRONG)["fields"]) == [name]
    assert firm.add(path="/surgery_visit", title="x", weight=0.1)["weight"] == "0.1"


def test_lists_of_points_are_objects(firm):
    points = {
        "emails": [{"value": "ada@firm.test", "label": "work"}, {"value": "ada@home.test", "label": ""}],
        "phones": [{"value": "+86 138 0000 1234", "label": "mobile"}],
        "addresses": [{"value": "上海市南京路1号", "label": "work", "data": {"city": "上海市", "street": "南京路1号"}}],
        "external_ids": [{"value": "77", "label": "shop"}],
        "roles": ["customer"],
    }
    contact = firm.add(name="Ada", **points)
    assert {name: contact[name] for name in points} == points
    again = firm.call("ana", "POST", "/contacts", {"name": "Eve", "external_ids": points["external_ids"]})
    assert "external_ids" in fault(again, WRONG)["fields"]


def test_a_write_by_api_is_found_by_search_stands_in_the_journal_and_is_undone(firm):
    contact = firm.add(name="张伟")
    assert [r["id"] for r in firm.call("ana", "GET", "/contacts?q=zw").json["data"]] == [contact["id"]]
    from core import journal

    batch = journal.Batch.select().where(journal.Batch.resource == "contacts").get()
    assert (batch.kind, batch.user_id) == ("create", firm.people["ana"].id)
    with firm.app.app_context():
        undo(firm.build, firm.people["ana"], batch)
    fault(firm.call("ana", "GET", f"/contacts/{contact['id']}"), MISSING)


def test_a_record_with_a_timeline_link_is_filtered_and_sorted_as_in_the_list(firm):
    ada, eve = firm.add(name="Ada")["id"], firm.add(name="Eve")["id"]
    for title, patient, minutes in (("a", ada, 10), ("b", eve, 20), ("c", ada, 30)):
        firm.add(path="/surgery_visit", title=title, patient=patient, minutes=minutes)

    def titles(query):
        return [r["title"] for r in firm.call("ana", "GET", f"/surgery_visit?{query}").json["data"]]

    assert titles(f"patient={ada}&sort=-title") == ["c", "a"]
    assert titles("minutes=15..&sort=minutes") == ["b", "c"]
    assert titles("status=open&paid=no&sort=id") == ["a", "b", "c"]
    assert titles("patient=none") == []


def test_an_action_is_a_post(firm):
    visit = firm.add(path="/surgery_visit", title="x")["id"]
    done = firm.call("ana", "POST", f"/surgery_visit/{visit}/actions/finish")
    assert done.json["message"] == "Finished." and done.json["data"]["status"] == "done"
    fault(firm.call("ana", "POST", f"/surgery_visit/{visit}/actions/explode"), MISSING)
    fault(firm.call("rui", "POST", f"/surgery_visit/{visit}/actions/finish"), FORBIDDEN)


def test_head_and_options_are_answered(firm):
    assert firm.call("ana", "HEAD", "/contacts").status_code == 200
    options = firm.client.options("/api/v1/contacts")
    assert options.status_code == 200 and "POST" in options.headers["Allow"]


# Pages


def test_pages_neither_repeat_nor_miss_a_record_when_others_come_and_go_meanwhile(firm):
    names = [f"n{i:02}" for i in range(10)]
    ids = {name: firm.add(name=name)["id"] for name in names}
    seen, address = [], "/contacts?sort=name&limit=3"
    while address:
        page = firm.call("ana", "GET", address).json
        seen += [r["name"] for r in page["data"]]
        if len(seen) == 3:
            firm.add(name="a before all")
            firm.call("ana", "DELETE", f"/contacts/{ids['n00']}")
            firm.add(name="n04 and a half")
        address = page["next"]
    assert seen == [*names[:5], "n04 and a half", *names[5:]]


def test_records_without_a_value_come_last_and_are_paged_too(firm):
    for minutes in (2, None, 1, None, None):
        firm.add(path="/surgery_visit", title="x", minutes=minutes)
    seen, address = [], "/surgery_visit?sort=minutes&limit=2"
    while address:
        page = firm.call("ana", "GET", address).json
        seen += [r["minutes"] for r in page["data"]]
        address = page["next"]
    assert seen == [1, 2, None, None, None]


def test_a_cursor_that_we_did_not_make_is_refused(firm):
    for i in range(3):
        firm.add(name=f"n{i}")
    following = firm.call("ana", "GET", "/contacts?limit=1&sort=name").json["next"]
    assert firm.call("ana", "GET", following).status_code == 200
    other_order = following.replace("sort=name", "sort=-id")
    for address in (other_order, following + "x", "/contacts?after=WyJhIiwxXQ", "/contacts?after=%00"):
        assert "after" in fault(firm.call("ana", "GET", address), 400)["fields"]


def test_a_page_takes_the_same_few_queries_whatever_its_length(firm):
    for i in range(12):
        firm.add(name=f"n{i}", emails=[{"value": f"n{i}@firm.test"}], organisation=None)
    firm.call("ana", "GET", "/contacts")
    counts = [len(_queries(firm, f"/contacts?limit={limit}")) for limit in (1, 12)]
    assert counts[0] == counts[1] <= 4


def _queries(firm, path):
    with queries() as seen:
        assert firm.call("ana", "GET", path).status_code == 200
    return seen


# Who may


def test_without_a_token_nothing_is_answered_and_cookies_do_not_count(firm):
    signed_in = firm.app.test_client()
    signed_in.get("/login")
    page = signed_in.get("/login").text
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    done = signed_in.post("/login", data={"email": "mei@firm.test", "password": "password1", "csrf_token": csrf})
    assert done.status_code == 302 and signed_in.get("/contacts/").status_code == 200
    refused = signed_in.get("/api/v1/contacts")
    fault(refused, STALE)
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert signed_in.get("/api/v1/openapi.json").status_code == 200


def test_a_header_that_is_no_token_is_refused(firm):
    for header in ("", "Bearer", "Bearer ", "Basic YTpi", "Bearer gx_nobody", "Bearer \xff"):
        fault(firm.client.get("/api/v1/contacts", headers={"Authorization": header}), STALE)


def test_a_revoked_an_expired_and_a_switched_off_one_are_refused(firm):
    expired, revoked = firm.token("ana", expires=dt.date.today() + dt.timedelta(2)), firm.token("ana")
    for secret in (expired, revoked, firm.secrets["mei"]):
        assert firm.call("", "GET", "/contacts", token=secret).status_code == 200
    tokens.Token.update(expires_at=utcnow()).where(tokens.Token.expires_at.is_null(False)).execute()
    assert "expired" in fault(firm.call("", "GET", "/contacts", token=expired), STALE)["detail"]
    with firm.app.app_context():
        assert tokens.revoke(firm.people["ana"], tokens.of(firm.people["ana"])[0].id)
    assert "revoked" in fault(firm.call("", "GET", "/contacts", token=revoked), STALE)["detail"]
    assert firm.call("ana", "PATCH", f"/users/{firm.people['mei'].id}", {"active": False}).status_code == 200
    assert "switched off" in fault(firm.call("mei", "GET", "/contacts"), STALE)["detail"]


def test_programs_can_tell_what_is_wrong_with_a_token_by_a_header(firm):
    """RFC 6750: no token, one that is no good any more, and one that may too little."""

    def said(answer):
        return answer.headers["WWW-Authenticate"]

    expired, revoked = firm.token("ana", expires=dt.date.today() + dt.timedelta(2)), firm.token("ana")
    reader = firm.token("ana", "contacts.view")
    tokens.Token.update(expires_at=utcnow()).where(tokens.Token.expires_at.is_null(False)).execute()
    tokens.Token.update(revoked_at=utcnow()).where(tokens.Token.token_hash == tokens._hash(revoked)).execute()
    assert said(firm.client.get("/api/v1/contacts")) == 'Bearer realm="Guanxi"'
    for secret, word in ((expired, "expired"), (revoked, "revoked"), ("gx_nobody", "not known")):
        header = said(firm.call("", "GET", "/contacts", token=secret))
        assert 'error="invalid_token"' in header and word in header and header.isascii()
    refused = firm.call("", "POST", "/contacts", {"name": "x"}, token=reader)
    assert refused.status_code == FORBIDDEN
    assert said(refused) == 'Bearer realm="Guanxi", error="insufficient_scope", scope="contacts.create"'
    assert (
        "WWW-Authenticate" not in firm.call("rui", "POST", "/contacts", {"name": "x"}).headers
    )  # the role, not the token


def test_a_token_does_what_its_scopes_say_and_no_more(firm):
    contact = firm.add(name="Ada")["id"]
    reader, writer = firm.token("ana", "contacts.view"), firm.token("ana", "contacts.*", "surgery_visit.create")
    assert firm.call("", "GET", f"/contacts/{contact}", token=reader).status_code == 200
    for method, path in (("POST", "/contacts"), ("PATCH", f"/contacts/{contact}"), ("DELETE", f"/contacts/{contact}")):
        assert "contacts." in fault(firm.call("", method, path, {"name": "x"}, token=reader), FORBIDDEN)["detail"]
    assert firm.call("", "PATCH", f"/contacts/{contact}", {"name": "Eve"}, token=writer).status_code == 200
    fault(firm.call("", "GET", "/surgery_visit", token=writer), FORBIDDEN)
    visit = firm.call("", "POST", "/surgery_visit", {"title": "x"}, token=writer).json["id"]
    fault(firm.call("", "POST", f"/surgery_visit/{visit}/actions/finish", token=writer), FORBIDDEN)


def test_a_token_never_exceeds_the_role_of_its_user(firm):
    assert firm.call("rui", "GET", "/contacts").status_code == 200
    assert "contacts.create" in fault(firm.call("rui", "POST", "/contacts", {"name": "x"}), FORBIDDEN)["detail"]
    fault(firm.call("mei", "POST", "/users", {"name": "x"}), FORBIDDEN)
    fault(firm.call("mei", "GET", "/roles"), FORBIDDEN)


def test_scope_own_leaks_nothing(firm):
    mine = firm.add("mei", name="王芳 Mine")["id"]
    theirs = firm.add("bo", name="王芳 Theirs", external_ids=[{"value": "1", "label": "shop"}])["id"]
    visit = firm.add("bo", path="/surgery_visit", title="Secret", patient=theirs)["id"]
    for query in ("", "?q=fang", "?q=theirs", f"?owner={firm.people['bo'].id}", "?sort=-id"):
        found = [r["id"] for r in firm.call("mei", "GET", f"/contacts{query}").json["data"]]
        assert theirs not in found and (found == [mine] or query not in ("", "?q=fang"))
    nobody = 123456
    for method, body in (("GET", None), ("PATCH", {"name": "x", "version": 99}), ("DELETE", None)):
        answers = [firm.call("mei", method, f"/contacts/{id}", body) for id in (theirs, nobody)]
        assert answers[0].status_code == MISSING and answers[0].text == answers[1].text
    assert firm.call("mei", "GET", "/surgery_visit").json["data"] == []
    fault(firm.call("mei", "GET", f"/surgery_visit/{visit}"), MISSING)
    fault(firm.call("mei", "POST", f"/surgery_visit/{visit}/actions/finish"), MISSING)
    linked = [
        firm.call("mei", "POST", "/surgery_visit", {"title": "x", "patient": id}).json["error"]["fields"]["patient"]
        for id in (theirs, nobody)
    ]
    assert linked[0].replace(str(theirs), "") == linked[1].replace(str(nobody), "")
    filtered = [firm.call("mei", "GET", f"/surgery_visit?patient={id}") for id in (theirs, nobody)]
    assert [a.status_code for a in filtered] == [400, 400]


def test_a_record_that_is_given_away_is_shown_this_last_time(firm):
    mine = firm.add("mei", name="Ada")["id"]
    given = firm.call("mei", "PATCH", f"/contacts/{mine}", {"owner": firm.people["bo"].id})
    assert given.status_code == 200 and given.json["owner"] == firm.people["bo"].id
    fault(firm.call("mei", "GET", f"/contacts/{mine}"), MISSING)


def test_a_field_that_no_screen_shows_is_not_given_and_not_taken(firm):
    visit = firm.add(path="/surgery_visit", title="x")
    assert "secret_note" not in visit and "password_hash" not in firm.call("ana", "GET", "/users").text
    fields = fault(firm.call("ana", "PATCH", f"/surgery_visit/{visit['id']}", {"secret_note": "x"}), WRONG)["fields"]
    assert list(fields) == ["secret_note"]


def test_a_field_that_the_role_hides_is_neither_given_nor_found_out(firm):
    Role.update(field_rules={"contacts": {"stage": "hidden", "next_step_at": "hidden", "source": "locked"}}).where(
        Role.name == "member"
    ).execute()
    contact = firm.add("mei", name="Ada")
    firm.call("ana", "PATCH", f"/contacts/{contact['id']}", {"stage": "customer", "source": "fair"})
    shown = firm.call("mei", "GET", "/contacts").json["data"][0]
    assert not {"stage", "next_step_at"} & (shown.keys() | contact.keys()) and shown["source"] == "fair"
    assert "stage" in fault(firm.call("mei", "GET", "/contacts?stage=customer"), 400)["fields"]
    assert "sort" in fault(firm.call("mei", "GET", "/contacts?sort=next_step_at"), 400)["fields"]
    guesses = [firm.call("mei", "PATCH", f"/contacts/{contact['id']}", {"stage": s}) for s in ("customer", "lead")]
    assert {g.status_code for g in guesses} == {WRONG} and guesses[0].text == guesses[1].text
    locked = firm.call("mei", "PATCH", f"/contacts/{contact['id']}", {"source": "web"})
    assert "source" in fault(locked, WRONG)["fields"]
    stale = firm.call("mei", "PATCH", f"/contacts/{contact['id']}", {"name": "Eve", "version": 2})
    assert stale.status_code == 200
    stale = firm.call("mei", "PATCH", f"/contacts/{contact['id']}", {"name": "Ida", "version": 2})
    assert list(fault(stale, CONFLICT)["fields"]) == ["name"] and "stage" not in stale.json["current"]


def test_a_module_that_is_off_is_not_there(firm, tmp_path):
    firm.add(path="/surgery_visit", title="x")
    from core.app import create_app

    without = create_app(firm.settings, [])
    answer = without.test_client().get("/api/v1/surgery_visit", headers=_bearer(firm))
    assert "module that is off" in fault(answer, MISSING)["detail"]
    assert "/surgery_visit" not in without.test_client().get("/api/v1/openapi.json").json["paths"]
    fault(firm.call("ana", "GET", "/nonsense"), MISSING)


def _bearer(firm, who="ana"):
    return {"Authorization": f"Bearer {firm.secrets[who]}"}


def test_what_only_the_program_writes_takes_no_post(firm):
    assert firm.call("ana", "GET", "/surgery_stamp").json == {"data": [], "next": None}
    answer = firm.call("ana", "POST", "/surgery_stamp", {"text": "x"})
    fault(answer, 405)
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_too_many_requests_are_asked_to_wait(firm):
    firm.app.config["API_REQUESTS_A_MINUTE"] = 3
    answers = [firm.call("mei", "GET", "/contacts") for _ in range(9)]  # nine: a minute may end in between
    refused = next(a for a in answers if a.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 61 and fault(refused, 429)
    assert firm.call("bo", "GET", "/contacts").status_code == 200


def test_the_time_of_last_use_is_written_once_a_minute(firm):
    of_mei = tokens.Token.select().where(tokens.Token.user == firm.people["mei"].id)
    where = tokens.Token.id == of_mei.order_by(tokens.Token.id.desc()).get().id
    firm.call("mei", "GET", "/contacts")
    assert tokens.Token.get(where).last_used_at is not None
    for ago, renewed in ((dt.timedelta(seconds=30), False), (dt.timedelta(seconds=90), True)):
        at = utcnow() - ago
        tokens.Token.update(last_used_at=at).where(where).execute()
        firm.call("mei", "GET", "/contacts")
        assert (tokens.Token.get(where).last_used_at > at) is renewed


# What is wrong is named


def test_what_is_not_json_is_refused(firm):
    for body in ("", "{", '{"name": NaN}', "[" * 100_000, '"\\ud800', b"\xff\xfe", "1" * 5_000):
        answer = firm.call("ana", "POST", "/contacts", data=body, content_type="application/json")
        assert "not JSON" in fault(answer, 400)["detail"]


def test_json_of_another_shape_or_type_is_refused(firm):
    fault(firm.call("ana", "POST", "/contacts", [1]), WRONG)
    fault(firm.call("ana", "POST", "/contacts", data="name=x"), 415)
    large = firm.call("ana", "POST", "/contacts", {"name": "x", "note": "x" * 1_100_000})
    assert "1024 KB" in fault(large, 413)["detail"]


def test_every_field_at_fault_is_named_at_once_and_nothing_is_saved(firm):
    wrong = {
        "title": 5,
        "patient": 99999,
        "at": "2026-11-22 10:30",
        "day": "22.11.2026",
        "price": {"minor": 1.5, "currency": "CNY"},
        "weight": "heavy",
        "minutes": True,
        "paid": "yes",
        "status": "Open",
        "mail": "nobody",
        "site": "not a site",
        "notes": "a\0b",
        "colour": "red",
        "created_at": None,
    }
    first = fault(firm.call("ana", "POST", "/surgery_visit", wrong), WRONG)
    assert list(first["fields"]) == ["notes"]
    del wrong["notes"]
    error = fault(firm.call("ana", "POST", "/surgery_visit", wrong), WRONG)
    assert set(error["fields"]) == set(wrong) and all(error["fields"].values())
    assert "colour" in error["fields"]["colour"]
    assert "title" in fault(firm.call("ana", "POST", "/surgery_visit", {}), WRONG)["fields"]
    assert firm.call("ana", "GET", "/surgery_visit").json["data"] == []


def test_money_is_exact_or_refused(firm):
    wrong = [{"minor": m, "currency": c} for m, c in ((1, "XXQ"), (2**70, "CNY"), (1.5, "CNY"), (1, {}), ("1", "CNY"))]
    for price in (*wrong, {"minor": 1}, 5, "5 CNY"):
        answer = firm.call("ana", "POST", "/surgery_visit", {"title": "x", "price": price})
        assert list(fault(answer, WRONG)["fields"]) == ["price"]


def test_a_time_that_cannot_be_shown_everywhere_is_refused(firm):
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "2026-13-01T00:00:00Z"):
        assert "at" in fault(firm.call("ana", "POST", "/surgery_visit", {"title": "x", "at": at}), WRONG)["fields"]


def test_a_slip_in_a_parameter_is_named_and_does_not_give_everything(firm):
    firm.add(path="/surgery_visit", title="x")
    error = fault(firm.call("ana", "GET", "/surgery_visit?onwer=1&status=shut&sort=colour&limit=201&q=%00"), 400)
    assert set(error["fields"]) == {"onwer", "status", "sort", "limit", "q"}
    for query in ("status=", "patient=abc", "at=2026-99-99", "minutes=9..x", "limit=0", "limit=-1", "limit=x"):
        assert fault(firm.call("ana", "GET", f"/surgery_visit?{query}"), 400)["fields"]


def test_addresses_that_do_not_exist_answer_in_the_same_shape(firm):
    for path in ("/x/y/z", "/contacts/99999999999999999999", "/contacts/abc", "/contacts/"):
        fault(firm.client.get(f"/api/v1{path}"), MISSING)
    answer = firm.call("ana", "PUT", "/contacts", {})
    fault(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_errors_are_in_the_language_of_the_user(firm):
    User.update(language="zh").where(User.id == firm.people["mei"].id).execute()
    titles = {who: fault(firm.call(who, "GET", "/roles/1"), FORBIDDEN)["title"] for who in ("mei", "bo")}
    from core import i18n

    with firm.app.app_context():
        from flask import g

        g.language = "zh"
        assert titles["mei"] == i18n.gettext("You may not do this")
    assert titles["bo"] == "You may not do this"


# Two at once


def test_an_older_version_is_refused_with_the_record_as_it_is(firm):
    contact = firm.add(name="Ada")["id"]
    firm.call("ana", "PATCH", f"/contacts/{contact}", {"job_title": "CTO", "version": 1})
    answer = firm.call("ana", "PATCH", f"/contacts/{contact}", {"job_title": "CEO", "version": 1})
    fault(answer, CONFLICT)
    assert (answer.json["current"]["job_title"], answer.json["current"]["version"]) == ("CTO", 2)
    assert firm.call("ana", "GET", f"/contacts/{contact}").json["job_title"] == "CTO"


def test_a_create_sent_again_with_its_key_is_answered_again(firm):
    key, body = {"Idempotency-Key": "order-17"}, {"name": "Ada", "job_title": "CTO"}
    first = firm.call("ana", "POST", "/contacts", body, headers=key)
    again = firm.call("ana", "POST", "/contacts", body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201) and first.json == again.json
    assert "Idempotent-Replayed" not in first.headers and again.headers["Idempotent-Replayed"] == "true"
    assert len(firm.call("ana", "GET", "/contacts").json["data"]) == 1
    fault(firm.call("ana", "POST", "/contacts", {"name": "Eve"}, headers=key), WRONG)
    assert firm.call("bo", "POST", "/contacts", {"name": "Eve"}, headers=key).status_code == 201
    ApiAnswer.update(at=utcnow() - dt.timedelta(hours=25)).execute()
    assert firm.call("ana", "POST", "/contacts", {"name": "Eve"}, headers=key).status_code == 201
    assert ApiAnswer.select().count() == 1


def test_an_action_sent_again_with_its_key_is_answered_again(firm):
    visit = firm.add(path="/surgery_visit", title="x")["id"]
    path, key = f"/surgery_visit/{visit}/actions/finish", {"Idempotency-Key": "finish-1"}
    first, again = (firm.call("ana", "POST", path, headers=key) for _ in range(2))
    assert first.json == again.json and again.headers["Idempotent-Replayed"] == "true"
    assert again.json["data"]["version"] == 2
    other = firm.add(path="/surgery_visit", title="y")["id"]
    fault(firm.call("ana", "POST", f"/surgery_visit/{other}/actions/finish", headers=key), WRONG)
    fault(firm.call("ana", "POST", path, headers={"Idempotency-Key": "a b"}), 400)


def test_a_create_that_failed_may_be_corrected_with_the_same_key(firm):
    key = {"Idempotency-Key": "k"}
    fault(firm.call("ana", "POST", "/contacts", {"name": ""}, headers=key), WRONG)
    assert firm.call("ana", "POST", "/contacts", {"name": "Ada"}, headers=key).status_code == 201
    fault(firm.call("ana", "POST", "/contacts", {"name": "x"}, headers={"Idempotency-Key": "a b"}), 400)


def test_two_creates_with_one_key_at_the_same_moment_make_one_record(firm):
    answers, start = [], threading.Barrier(4)

    def send():
        client = firm.app.test_client()
        start.wait()
        headers = _bearer(firm) | {"Idempotency-Key": "same"}
        answers.append(client.post("/api/v1/contacts", json={"name": "Ada"}, headers=headers))
        from core.db import db

        db.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [a.status_code for a in answers] == [201] * 4
    assert len({a.json["id"] for a in answers}) == 1
    assert len(firm.call("ana", "GET", "/contacts").json["data"]) == 1


# Making tokens


def test_the_command_prints_a_token_once(firm, tmp_path, monkeypatch):
    for name, value in (
        ("GUANXI_DATA", tmp_path),
        ("GUANXI_DATABASE_URL", firm.settings.database_url),
        ("GUANXI_PLUGINS", firm.settings.plugins_file),
        ("GUANXI_SECRET_KEY", firm.settings.secret_key),
    ):
        monkeypatch.setenv(name, str(value))

    def run(*arguments):
        done = CliRunner().invoke(main, ["token", "add", *arguments])
        return done.exit_code, done.output.strip()

    status, secret = run("mei@firm.test", "--scope", "contacts.view", "--expires", f"{dt.date.today().year + 1}-12-31")
    assert status == 0 and secret.startswith("gx_")
    assert firm.call("", "GET", "/contacts", token=secret).status_code == 200
    fault(firm.call("", "POST", "/contacts", {"name": "x"}, token=secret), FORBIDDEN)
    assert tokens.Token.select().where(tokens.Token.token_hash.contains(secret)).count() == 0
    for wrong, said in (
        (["nobody@firm.test"], "no user"),
        (["mei@firm.test", "--scope", "cats.view"], "no resource"),
        (["mei@firm.test", "--scope", "contacts.eat"], ".view"),
        (["mei@firm.test", "--expires", "2020-01-01"], "passed"),
        (["mei@firm.test", "--expires", "soon"], "not a date"),
    ):
        status, output = run(*wrong)
        assert status == 1 and said in output and output.count("\n") == 0


def test_the_page_makes_a_token_shows_it_once_and_revokes_it(firm):
    client = firm.app.test_client()

    def csrf(page):
        return page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    page = client.get("/login")
    client.post("/login", data={"email": "mei@firm.test", "password": "password1", "csrf_token": csrf(page)})
    assert "/account/tokens" in client.get("/account").text
    page = client.get("/account/tokens")
    form = {"csrf_token": csrf(page), "name": "Web shop", "scope": ["contacts.view"], "expires": "2099-01-01"}
    made = client.post("/account/tokens", data=form)
    secret = made.text.partition('id="secret" value="')[2].partition('"')[0]
    assert firm.call("", "GET", "/contacts", token=secret).status_code == 200
    listed = client.get("/account/tokens").text
    assert "Web shop" in listed and secret not in listed and secret[:8] in listed
    for wrong in ({"name": ""}, {"scope": []}, {"scope": ["x.y"]}, {"expires": "2001-01-01"}, {"expires": "soon"}):
        assert client.post("/account/tokens", data=form | wrong).status_code == WRONG
    mine = tokens.Token.get(tokens.Token.name == "Web shop")
    others = tokens.Token.get(tokens.Token.user == firm.people["bo"].id)
    assert client.post(f"/account/tokens/{others.id}/revoke", data={"csrf_token": csrf(page)}).status_code == MISSING
    assert client.post(f"/account/tokens/{mine.id}/revoke", data={"csrf_token": csrf(page)}).status_code in (302, 303)
    fault(firm.call("", "GET", "/contacts", token=secret), STALE)
    assert firm.client.get("/account/tokens").status_code == 302


def test_the_examples_of_the_docs_work_as_they_stand(tmp_path, serve):
    """Each block of shell in docs/api.md is run by a real shell with a real curl, in order, against a real server."""
    import json
    import re
    import subprocess
    from pathlib import Path

    text = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
    blocks = [b for b in re.findall(r"```sh\n(.*?)```", text, re.S) if "curl" in b]
    firm = Firm(tmp_path, plugins=())
    url = firm.settings.database_url
    server = serve("--no-jobs", GUANXI_DATABASE_URL=url, GUANXI_DATA=str(tmp_path), GUANXI_SECRET_KEY="x" * 40)
    environment = {"PATH": "/usr/bin:/bin", "GUANXI": server.url, "TOKEN": firm.secrets["mei"]}

    def run(block):
        done = subprocess.run(["sh", "-c", block], env=environment, capture_output=True, text=True, check=True)
        return json.loads(done.stdout) if done.stdout else None

    created, read, changed, deleted, listed = map(run, blocks)
    assert created == read and created["name"] == "王芳" and created["id"] == 1
    assert (changed["job_title"], changed["version"], deleted) == ("经理", 2, None)
    assert listed == {"data": [], "next": None}
    shown = json.loads(re.search(r"```json\n(.*?)```", text, re.S).group(1))
    wrong = firm.call("mei", "POST", "/contacts", {"name": "x", "emails": [{"value": "fang"}]})
    assert wrong.json == shown
