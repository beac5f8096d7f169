"""Who asks us through a proxy, and how many may knock at once."""

import threading

import pytest

from core import network, sessions
from core.db import db
from core.i18n import Problem
from core.sessions import SignIn
from core.users import User
from tests.support import CAST, PASSWORD


@pytest.mark.parametrize(
    ("peer", "https", "named", "seen"),
    [
        ("127.0.0.1", False, "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", False, "198.51.100.1, 203.0.113.7", "203.0.113.7"),  # only the last one is our proxy's word
        ("::1", True, "2001:db8::7", "2001:db8::7"),
        ("172.18.0.2", True, "203.0.113.7", "203.0.113.7"),
        ("172.18.0.2", False, "203.0.113.7", "172.18.0.2"),
        ("93.184.216.34", True, "10.0.0.1", "93.184.216.34"),  # anybody can write such a header
        ("127.0.0.1", False, "<script>", "127.0.0.1"),
        ("127.0.0.1", False, "", "127.0.0.1"),
        ("", True, "203.0.113.7", ""),
    ],
)
def test_a_proxy_of_ours_is_believed_and_nobody_else(peer, https, named, seen):
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": named}
    network.Forwarded(lambda environ, start: [], https)(environ, None)
    assert environ["REMOTE_ADDR"] == seen


def test_wrong_tries_from_elsewhere_do_not_close_the_door_behind_a_proxy(firm):
    client = firm.app.test_client()
    for i in range(31):
        data = {"email": f"guess{i}@firm.example", "password": "wrong"}
        client.post("/login", data=data, headers={"X-Forwarded-For": "203.0.113.66"})
    data = {"email": CAST["bo"][1], "password": PASSWORD}
    assert client.post("/login", data=data, headers={"X-Forwarded-For": "203.0.113.66"}).status_code == 429
    assert client.post("/login", data=data, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 302
    assert "203.0.113.7" in client.get("/account").text


def test_many_tries_at_the_same_moment_are_counted_each(firm, monkeypatch):
    """The password takes long to look at: until then none of the others would have been counted."""
    gate, codes = threading.Barrier(12), []

    def slow(self, password):
        return False

    monkeypatch.setattr(User, "check_password", slow)

    def knock():
        gate.wait()
        with firm.app.test_request_context(method="POST"):
            try:
                sessions.sign_in(CAST["bo"][1], "wrong")
            except sessions.TooManyTries:
                codes.append("closed")
            except Problem:
                codes.append("wrong")
            finally:
                db.close()

    threads = [threading.Thread(target=knock) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count("wrong") == sessions.TRIES_PER_EMAIL and codes.count("closed") == 6
    assert SignIn.select().where(SignIn.ok).count() == 0
