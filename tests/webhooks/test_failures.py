"""Receivers that fail: each way has a clear state, is tried again sensibly, and loses and doubles nothing."""

import socket

import pytest

from core import is_internal, network, networks
from core.db import utcnow
from core.notices import Notice
from plugins.webhooks import sending
from plugins.webhooks.models import PAUSES, Endpoint
from plugins.webhooks.sending import Fault, Sender


@pytest.fixture
def quick(monkeypatch):
    """Whoever does not answer is given up after half a second."""
    monkeypatch.setattr(sending, "PATIENCE", 0.5)
    monkeypatch.setattr(sending.Sender.__init__, "__defaults__", ((), 0.5))


def fault_of(firm):
    return firm.log()[-1].tries[-1]["fault"]


@pytest.mark.parametrize(
    "answer, fault, said",
    [
        (500, "status", "answered 500"),
        ((302, {"Location": "http://127.0.0.1:1/other"}, b""), "redirect", "http://127.0.0.1:1/other"),
        (("garbage", {}, b""), "broken", "cannot be understood"),
        (("never", {}, b""), "timeout", "No answer within 0.5 seconds"),
        (("drip", {}, b""), "timeout", "No answer within 0.5 seconds"),
    ],
)
def test_an_answer_that_is_none_is_kept_and_tried_again(firm, receiver, quick, answer, fault, said):
    receiver.answers = [answer]
    firm.endpoint(receiver.url, "contacts.created")
    contact = firm.contact()
    firm.work()
    row = firm.log()[0]
    assert (row.state, row.attempts, fault_of(firm)) == ("waiting", 1, fault)
    assert said in row.fault and row.next_at > utcnow()
    assert len(receiver.got) == 1
    receiver.release.set()
    firm.pass_time(minutes=1)
    assert firm.log()[0].state == "delivered" and receiver.told == [("contacts.created", contact.id)] * 2


def test_nobody_there_and_no_such_name(firm):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    endpoint = firm.endpoint(f"http://127.0.0.1:{port}/")
    firm.contact()
    firm.work()
    assert fault_of(firm) == "refused" and "No connection" in firm.log()[-1].fault
    Endpoint.update(url="http://nobody.invalid/").where(Endpoint.id == endpoint.id).execute()
    firm.pass_time(minutes=1)
    assert fault_of(firm) == "dns" and "nobody.invalid" in firm.log()[-1].fault


def test_a_long_answer_is_cut_and_a_hostile_one_does_no_harm(firm, receiver):
    hostile = b"<script>alert(1)</script>\0\xff" + b"x" * 1_000_000
    receiver.answers = [(500, {}, hostile), (200, {}, b"fine")]
    firm.endpoint(receiver.url, "contacts.created")
    firm.contact(), firm.contact("Second")
    firm.work()
    row = firm.log()[0]
    assert len(row.answer) <= 2000 and "\0" not in row.answer
    page = firm.client("ann").get(f"/webhooks/delivery/{row.id}").text
    assert "&lt;script&gt;" in page and "<script>alert" not in page
    assert firm.log()[1].state == "delivered"


def test_the_pauses_grow_and_after_the_last_it_has_failed_and_the_next_one_goes(firm, receiver):
    receiver.answers = [500] * (len(PAUSES) + 1)
    firm.settings_of(pause_days=30)
    firm.endpoint(receiver.url, "contacts.*")
    contact = firm.contact()
    waits = []
    for _ in range(len(PAUSES) + 1):
        firm.work()
        row = firm.log()[0]
        waits.append((row.next_at - utcnow()).total_seconds())
        firm.pass_time(days=1, hours=3)
    row = firm.log()[0]
    assert (row.state, row.attempts) == ("failed", len(PAUSES) + 1)
    assert sum(PAUSES) > 2.5 * 24 * 3600
    with firm.acting("ann") as build:
        build.resources["contacts"].save(firm.person("ann"), firm.again(contact), {"job_title": "x"})
    firm.work()
    assert firm.log()[1].state == "delivered"


def test_a_receiver_may_say_when_to_come_back(firm, receiver):
    receiver.answers = [(503, {"Retry-After": "7200"}, b"")]
    firm.endpoint(receiver.url)
    firm.contact()
    firm.work()
    wait = (firm.log()[0].next_at - utcnow()).total_seconds()
    assert 7100 < wait <= 7200


def test_after_three_failures_in_a_row_the_receiver_is_left_in_peace(firm, receiver):
    receiver.answers = [500] * 20
    endpoint = firm.endpoint(receiver.url, "contacts.created")
    for i in range(10):
        firm.contact(f"n{i}")
    firm.work()
    assert len(receiver.got) == 3 and firm.again(endpoint).rest_until > utcnow()
    receiver.answers = []
    firm.pass_time(minutes=2)
    assert {row.state for row in firm.log()} == {"delivered"}
    endpoint = firm.again(endpoint)
    assert (endpoint.failures, endpoint.failing_since, endpoint.rest_until) == (0, None, None)


def test_days_of_failures_pause_the_endpoint_and_tell_the_administrators(firm, receiver):
    receiver.answers = [500] * 100
    endpoint = firm.endpoint(receiver.url, "contacts.created")
    first = firm.contact("First")
    firm.work()
    firm.pass_time(days=2)
    assert firm.again(endpoint).paused_at is None
    firm.pass_time(days=1, hours=1)
    endpoint = firm.again(endpoint)
    assert endpoint.paused_at is not None
    notices = list(Notice.select().where(Notice.kind == "webhooks"))
    assert [n.user_id for n in notices] == [firm.cast.ann.id] and "Shop" in notices[0].title
    came = len(receiver.got)
    second = firm.contact("Second")
    firm.pass_time(days=1)
    assert len(receiver.got) == came
    receiver.answers = []
    ann = firm.client("ann")
    assert "Resume" in ann.get(f"/webhooks/endpoint/{endpoint.id}").text
    ann.post(f"/webhooks/endpoint/{endpoint.id}/act/resume")
    firm.work()
    assert receiver.told[came:] == [("contacts.created", first.id), ("contacts.created", second.id)]


def test_410_pauses_at_once(firm, receiver):
    receiver.answers = [410]
    endpoint = firm.endpoint(receiver.url)
    firm.contact()
    firm.work()
    assert firm.again(endpoint).pause_fault == "gone"


def test_another_secret_key_of_the_server_says_so(firm, receiver):
    endpoint = firm.endpoint(receiver.url)
    Endpoint.update(secret="garbage").execute()
    firm.contact()
    firm.work()
    assert receiver.got == [] and firm.again(endpoint).pause_fault == "secret"
    assert "Make a new one" in firm.log()[0].fault


# Internal addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a00:1",
    ],
)
def test_internal_in_every_spelling(address):
    assert is_internal(address)


def test_the_internet_is_not_internal_and_a_network_can_be_allowed():
    for address in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"):
        assert not is_internal(address)
    allowed = networks("192.168.1.0/24, fd00::/8")
    assert not is_internal("192.168.1.7", allowed) and not is_internal("fd00::7", allowed)
    assert not is_internal("::ffff:192.168.1.7", allowed)
    assert is_internal("192.168.2.7", allowed) and is_internal("127.0.0.1", allowed)


def test_an_address_that_turns_out_to_be_internal_is_not_asked(firm, receiver):
    firm.endpoint(receiver.url, "contacts.created")
    firm.settings_of(allow="")
    firm.contact()
    firm.work()
    assert receiver.got == [] and fault_of(firm) == "internal"
    assert "127.0.0.1 is an internal address" in firm.log()[0].fault
    firm.settings_of(allow="127.0.0.1")
    firm.pass_time(minutes=1)
    assert len(receiver.got) == 1


def test_a_name_that_leads_elsewhere_the_second_time_gains_nothing(receiver, monkeypatch):
    port, asked = int(receiver.url.rpartition(":")[2].partition("/")[0]), []
    answers = iter(["93.184.216.34", "127.0.0.1"])

    def look_up(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(network.socket, "getaddrinfo", look_up)
    connected = []

    def connect(self, host, port, *rest):
        connected.append(host)
        raise sending.httpcore.ConnectError("not from here")

    monkeypatch.setattr(sending.httpcore.SyncBackend, "connect_tcp", connect)
    with Sender() as sender:
        with pytest.raises(Fault) as first:
            sender.post(f"http://rebind.example:{port}/", b"{}", {})
        with pytest.raises(Fault) as second:
            sender.post(f"http://rebind.example:{port}/", b"{}", {})
    assert (first.value.code, second.value.code) == ("refused", "internal")
    # One question for each connection, and the address that was looked at is the one that was connected to.
    assert asked == ["rebind.example"] * 2 and connected == ["93.184.216.34"]


def test_a_connection_is_kept_open_from_one_delivery_to_the_next(firm, receiver, monkeypatch):
    made, real = [], sending._Guard.connect_tcp
    monkeypatch.setattr(sending._Guard, "connect_tcp", lambda *args, **more: made.append(1) or real(*args, **more))
    firm.endpoint(receiver.url, "contacts.created")
    firm.contact("Ada")
    with firm.acting("ann") as build:
        contacts, ann = build.resources["contacts"], firm.person("ann")
        contacts.save_many(ann, [(contacts.new(ann), {"name": f"n{i}"}) for i in range(4)])
    firm.work()
    assert len(receiver.got) == 5 and len(made) == 1
