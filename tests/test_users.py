"""Coming in and staying in: sign-in, sessions, passwords, the first administrator and the last one."""

import datetime as dt
import re
import threading
import time

import pytest

from core import Invalid, Problem, staff
from core.db import db, utcnow
from core.sessions import Session, SignIn, password_link_token
from core.staff import add_user
from core.users import SYSTEM, Role, User
from tests.support import CAST, PASSWORD


def sign_in(firm, name="bo", password=PASSWORD, client=None, **values):
    client = client or firm.app.test_client()
    return client, client.post("/login", data={"email": CAST[name][1], "password": password, **values})


def is_in(client):
    return client.get("/account").status_code == 200


def test_signing_in_and_out(firm):
    client, answer = sign_in(firm)
    assert answer.status_code == 302 and answer.location == "/" and is_in(client)
    assert client.get("/login").location == "/"
    client.post("/logout")
    assert not is_in(client) and Session.select().count() == 0


def test_the_address_is_folded(firm):
    answer = firm.app.test_client().post("/login", data={"email": " BO@Firm.Example ", "password": PASSWORD})
    assert answer.location == "/"


def test_a_wrong_password_and_a_stranger_get_the_same_answer(firm):
    _, wrong = sign_in(firm, password="wrong")
    stranger = firm.app.test_client().post("/login", data={"email": "no@firm.example", "password": "wrong"})
    assert wrong.status_code == stranger.status_code == 422
    strip = lambda page: re.sub(r'value="[^"]*"', "", page)  # noqa: E731
    assert strip(wrong.text) == strip(stranger.text)


@pytest.mark.parametrize("email", ["", "\x00", "a" * 5000, "bo@firm.example\x00", "'; --", "张@x"])
def test_nonsense_at_the_door_is_refused(firm, email):
    answer = firm.app.test_client().post("/login", data={"email": email, "password": "\x00"})
    assert answer.status_code == 422


def test_six_wrong_tries_close_the_door_for_a_quarter_of_an_hour(firm):
    for _ in range(6):
        assert sign_in(firm, password="wrong")[1].status_code == 422
    client, answer = sign_in(firm)
    assert answer.status_code == 429 and not is_in(client)
    assert sign_in(firm, "li")[1].status_code == 302, "others are not shut out"
    SignIn.update(at=utcnow() - dt.timedelta(minutes=16)).execute()
    assert sign_in(firm)[1].status_code == 302


def test_thirty_wrong_tries_from_one_address_close_it_for_all(firm):
    for i in range(30):
        SignIn.create(email=f"guess{i}@x.example", ip="127.0.0.1", ok=False)
    assert sign_in(firm)[1].status_code == 429


def test_a_session_from_before_the_sign_in_is_worth_nothing(firm):
    client = firm.app.test_client()
    client.get("/login")
    with client.session_transaction() as session:
        session["planted"] = "by an attacker"
    sign_in(firm, client=client)
    with client.session_transaction() as session:
        first = session["_user_id"]
        assert "planted" not in session
    client.post("/logout")
    sign_in(firm, client=client)
    with client.session_transaction() as session:
        assert session["_user_id"] != first
        session["_user_id"] = first
    assert not is_in(client), "the token of a session that ended still opens"


def test_a_session_expires(firm):
    client, _ = sign_in(firm)
    Session.update(expires_at=utcnow() - dt.timedelta(seconds=1)).execute()
    assert not is_in(client)


def test_a_disabled_user_is_out_at_the_next_request(firm):
    client, _ = sign_in(firm)
    bo = firm.bo
    firm.users.save(firm.ann, bo, {"active": False})
    assert not is_in(client)
    answer = sign_in(firm)[1]
    assert answer.status_code == 422 and "switched off" in answer.text


def test_a_deleted_user_is_out_at_the_next_request(firm):
    client, _ = sign_in(firm)
    firm.users.delete(firm.ann, [firm.bo])
    assert not is_in(client)
    assert sign_in(firm)[1].status_code == 422


def test_a_new_role_counts_at_the_next_request(firm):
    client = firm.client("bo")
    assert client.get("/contacts/new").status_code == 200
    bo, reader = firm.bo, firm.ro.role_id
    firm.users.save(firm.ann, bo, {"role": reader})
    assert client.get("/contacts/new").status_code == 403


def test_a_new_password_ends_the_other_sessions(firm):
    here, there = sign_in(firm)[0], sign_in(firm)[0]
    wrong = here.post("/account/password", data={"old": "wrong", "password": "another one"})
    assert wrong.status_code == 422 and is_in(there)
    short = here.post("/account/password", data={"old": PASSWORD, "password": "short"})
    assert short.status_code == 422 and "8 characters" in short.text
    here.post("/account/password", data={"old": PASSWORD, "password": "another one"})
    assert is_in(here) and not is_in(there)
    assert sign_in(firm)[1].status_code == 422
    assert sign_in(firm, password="another one")[1].status_code == 302


def test_a_device_is_signed_out_from_afar_by_its_owner_only(firm):
    here, there = sign_in(firm)[0], sign_in(firm)[0]
    row = Session.select().order_by(Session.id.desc()).get()
    firm.client("li").post(f"/account/sessions/{row.id}/end")
    assert is_in(there)
    here.post(f"/account/sessions/{row.id}/end")
    assert is_in(here) and not is_in(there)


def test_a_password_link_works_once(firm):
    token = password_link_token(firm.li)
    old, client = sign_in(firm, "li")[0], firm.app.test_client()
    assert "Li Other" in client.get(f"/welcome/{token}").text
    assert client.post(f"/welcome/{token}", data={"password": "short"}).status_code == 422
    assert client.post(f"/welcome/{token}", data={"password": "brand new one"}).location == "/"
    assert is_in(client) and not is_in(old)
    assert firm.app.test_client().post(f"/welcome/{token}", data={"password": "and again"}).status_code == 410
    assert firm.app.test_client().get("/welcome/nonsense").status_code == 410


def test_a_password_link_of_a_disabled_user_is_dead(firm):
    token, li = password_link_token(firm.li), firm.li
    firm.users.save(firm.ann, li, {"active": False})
    assert firm.app.test_client().get(f"/welcome/{token}").status_code == 410


def test_only_an_administrator_makes_password_links(firm):
    url = f"/admin/users/{firm.li.id}/act/sign_in_link"
    assert firm.client("mei").post(url).status_code == 403
    client = firm.client("ann")
    client.post(url)
    assert "/welcome/" in client.get(f"/admin/users/{firm.li.id}").text


def test_the_set_up_page_is_there_only_while_there_is_nobody(firm):
    client = firm.app.test_client()
    assert client.get("/setup").status_code == 404
    assert (
        client.post("/setup", data={"name": "Eve", "email": "eve@x.example", "password": PASSWORD}).status_code == 404
    )
    Session.delete().execute()
    User.delete().execute()
    assert client.get("/").location.startswith("/login")
    assert client.get("/login").location == "/setup"
    bad = client.post("/setup", data={"name": "", "email": "eve", "password": "x"})
    assert bad.status_code == 422 and User.select().count() == 0
    data = {"name": "Eve", "email": "eve@x.example", "password": PASSWORD, "firm": "Eve & Co"}
    assert client.post("/setup", data=data).location == "/"
    assert is_in(client) and firm.users.model.get().is_admin
    assert client.get("/setup").status_code == 404


def test_the_last_administrator_stays(firm):
    client, ann = firm.client("ann"), firm.ann
    for values in ({"active": ""}, {"role": f"#{firm.ro.role_id}"}):
        page = client.post(f"/admin/users/{ann.id}/edit", data={"name": "Ann", **values})
        assert page.status_code == 422 and "last administrator" in page.text
    assert "last administrator" in client.post(f"/admin/users/{ann.id}/delete").text
    assert "last role" in client.post(f"/admin/roles/{ann.role_id}/edit", data={"name": "admin", "admin": ""}).text
    assert firm.ann.is_active and firm.ann.is_admin


def test_the_last_two_administrators_are_not_deleted_in_one_go(firm):
    other = add_user(firm.build, SYSTEM, "Second", "two@firm.example", "admin")
    client = firm.client("ann")
    client.post("/admin/users/bulk", data={"act": "delete", "id": [firm.ann.id, other.id]})
    assert User.select().join(Role).where(Role.admin, User.active, User.deleted_batch.is_null()).exists()
    with pytest.raises(Problem):
        firm.users.delete(firm.ann, [firm.ann, other])
    firm.users.delete(firm.ann, [other])


def test_members_read_users_but_change_only_their_own_name(firm):
    client = firm.client("bo")
    assert client.get("/admin/users/").status_code == 200
    assert client.get("/admin/users/new").status_code == 403
    assert client.post(f"/admin/users/{firm.li.id}/edit", data={"name": "X"}).status_code == 403
    assert client.post(f"/admin/users/{firm.li.id}/field/name", data={"name": "X"}).status_code == 403
    assert client.post("/admin/users/bulk", data={"act": "delete", "id": [firm.li.id]}).status_code == 403
    for page in ("/admin/", "/admin/modules", "/admin/journal", "/admin/firm", "/admin/roles/"):
        assert client.get(page).status_code == 403, page
    client.post("/account", data={"name": "Bo Renamed", "role": f"#{firm.ann.role_id}", "timezone": "Europe/Berlin"})
    assert (firm.bo.name, firm.bo.is_admin, firm.bo.timezone) == ("Bo Renamed", False, "Europe/Berlin")
    assert client.post("/account", data={"timezone": "Mars/Olympus"}).status_code == 422


def test_two_users_cannot_have_one_address(firm):
    page = firm.client("ann").post(
        "/admin/users/new",
        data={"name": "B", "email": "BO@firm.example", "role": f"#{firm.bo.role_id}", "active": "yes"},
    )
    assert page.status_code == 422 and "Another user has this" in page.text


def test_roles_that_come_with_the_program_are_named_in_the_readers_language(firm):
    Role.create(name="Fitters")
    User.update(language="zh").where(User.id == firm.ann.id).execute()
    page = firm.client("ann").get("/admin/roles/").text
    assert "管理员" in page and "只读" in page and "Fitters" in page and "read-only" not in page


def test_two_administrators_who_demote_each_other_at_once_leave_one(firm, monkeypatch):
    """Each of both sees the other one still there, unless the second waits for the first."""
    real, gate, said = staff._other_admins, threading.Barrier(2), []

    def slowly(*args):
        found = real(*args)
        time.sleep(0.1)
        return found

    roles = {role.name: role.id for role in Role.select()}
    firm.users.save(SYSTEM, firm.mei, {"role": roles["admin"]})
    pairs = [(firm.ann, firm.mei), (firm.mei, firm.ann)]
    monkeypatch.setattr(staff, "_other_admins", slowly)

    def demote(by, whom):
        with firm.app.test_request_context():
            gate.wait()
            try:
                firm.users.save(by, whom, {"role": roles["member"]})
            except (Problem, Invalid) as problem:
                said.append(str(problem))
            finally:
                db.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 1 and real(None)
