"""Endpoints and the log in the browser and by API: who may, the secret once, trial, resend, filters."""

import datetime as dt

import pytest

from core.api import tokens
from core.db import utcnow
from core.testing import check_plugin
from plugins.webhooks.models import Delivery, Endpoint
from plugins.webhooks.verify import verify


def secret_in(page):
    return page.partition('id="secret" value="')[2].partition('"')[0]


def test_an_administrator_makes_one_and_is_shown_its_secret_once(firm, receiver):
    ann = firm.client("ann")
    form = ann.get("/webhooks/endpoint/new").text
    assert 'value="contacts.created"' in form and 'value="tasks_task.deleted"' in form
    assert "webhooks_delivery.created" not in form
    made = ann.post(
        "/webhooks/endpoint/new",
        data={
            "name": "Shop",
            "url": receiver.url,
            "events": ["", "contacts.created", "contacts.updated"],
            "active": "yes",
            "user": f"Ann #{firm.cast.ann.id}",
        },
    )
    endpoint = Endpoint.get()
    assert made.status_code == 303 and made.location.endswith(f"/webhooks/endpoint/{endpoint.id}")
    assert endpoint.events == ["contacts.created", "contacts.updated"] and endpoint.user_id == firm.cast.ann.id
    page = ann.get(f"/webhooks/endpoint/{endpoint.id}").text
    assert "Show the secret" in page and "whsec_" not in page
    address = f"/webhooks/endpoint/{endpoint.id}/secret"
    assert "whsec_" not in ann.get(address).text.replace("whsec_…", "")
    secret = secret_in(ann.post(address).text)
    assert secret == firm.secret(endpoint) and secret not in Endpoint.get().secret
    assert "Show the secret" not in ann.get(f"/webhooks/endpoint/{endpoint.id}").text
    assert secret not in ann.get(f"/webhooks/endpoint/{endpoint.id}/history").text


def test_a_new_secret_and_for_a_day_the_old_one_sign(firm, receiver):
    endpoint, ann = firm.endpoint(receiver.url, "contacts.created"), firm.client("ann")
    address = f"/webhooks/endpoint/{endpoint.id}/secret"
    old, new = (secret_in(ann.post(address).text) for _ in range(2))
    assert old and new and old != new
    firm.contact()
    firm.work()
    _, headers, body = receiver.got[0]
    assert verify(new, headers, body) and verify(old, headers, body)
    Endpoint.update(rotated_at=utcnow() - dt.timedelta(days=1, minutes=1)).execute()
    firm.contact("Second")
    firm.work()
    _, headers, body = receiver.got[1]
    assert verify(new, headers, body) and not verify(old, headers, body)


def test_only_administrators_come_near(firm, receiver):
    endpoint = firm.endpoint(receiver.url)
    firm.contact()
    row = firm.log()[0]
    for who in ("mei", "bo", "ro"):
        client = firm.client(who)
        for path in (
            "/webhooks/endpoint/",
            f"/webhooks/endpoint/{endpoint.id}",
            "/webhooks/delivery/",
            f"/webhooks/delivery/{row.id}",
            f"/webhooks/endpoint/{endpoint.id}/secret",
        ):
            assert client.get(path).status_code == 403, (who, path)
        assert client.post(f"/webhooks/endpoint/{endpoint.id}/secret").status_code == 403
        assert client.post(f"/webhooks/delivery/{row.id}/act/resend").status_code == 403
        assert "/webhooks/" not in client.get("/").text
    assert firm.client(None).get("/webhooks/endpoint/").status_code == 302


def test_a_trial_is_sent_and_its_answer_stands_in_the_log(firm, receiver):
    endpoint, ann = firm.endpoint(receiver.url, "tasks_task.*"), firm.client("ann")
    ann.post(f"/webhooks/endpoint/{endpoint.id}/act/ping")
    firm.work()
    assert receiver.payload(receiver.got[0])["type"] == "webhooks.ping"
    page = ann.get(f"/webhooks/endpoint/{endpoint.id}").text
    assert "webhooks.ping" in page and "Delivered" in page
    shown = ann.get(f"/webhooks/delivery/{firm.log()[0].id}").text
    assert "webhook-id: msg_" in shown and "ok" in shown and "It arrived." in shown


def test_sent_again_by_hand_it_has_the_same_id(firm, receiver):
    firm.endpoint(receiver.url, "contacts.created")
    firm.contact()
    firm.work()
    row, ann = firm.log()[0], firm.client("ann")
    ann.post(f"/webhooks/delivery/{row.id}/act/resend")
    firm.work()
    assert [got[1]["webhook-id"] for got in receiver.got] == [row.message_id] * 2
    assert receiver.got[0][2] == receiver.got[1][2]
    assert len(firm.log()) == 1 and len(firm.log()[0].tries) == 2


def test_all_that_failed_is_sent_again_at_once(firm, receiver):
    endpoint, ann = firm.endpoint(receiver.url, "contacts.created"), firm.client("ann")
    for i in range(4):
        firm.contact(f"n{i}")
    Delivery.update(state="failed").execute()
    ann.post(f"/webhooks/endpoint/{endpoint.id}/act/retry")
    firm.work()
    assert len(receiver.got) == 4 and {row.state for row in firm.log()} == {"delivered"}


def test_one_that_waits_is_tried_now_by_hand(firm, receiver):
    receiver.answers = [500]
    firm.endpoint(receiver.url, "contacts.created")
    firm.contact()
    firm.work()
    row, ann = firm.log()[0], firm.client("ann")
    assert "Try now" in ann.get(f"/webhooks/delivery/{row.id}").text
    ann.post(f"/webhooks/delivery/{row.id}/act/hurry")
    firm.work()
    assert firm.log()[0].state == "delivered"


def test_the_log_is_filtered(firm, receiver):
    receiver.answers = [200, 500]
    endpoint = firm.endpoint(receiver.url, "contacts.created", "tasks_task.created")
    firm.contact("A")
    firm.make("tasks_task", title="B")
    firm.work()
    ann = firm.client("ann")

    def events(query):
        page = ann.get(f"/webhooks/delivery/?{query}").text
        return [f">{event}</a>" in page for event in ("contacts.created", "tasks_task.created")]

    assert events("") == [True, True]
    assert events("state=delivered") == [True, False]
    assert events("state=waiting") == [False, True]
    assert events("event=tasks_task.created") == [False, True]
    assert events(f"endpoint={endpoint.id}&at=today") == [True, True]


@pytest.mark.parametrize(
    "language, word", [("en", "Everything, also of modules to come"), ("zh", "全部记录，包括以后启用的模块")]
)
def test_its_pages_speak_both_languages(firm, receiver, language, word):
    endpoint = firm.endpoint(receiver.url)
    client = firm.client("ann", language)
    pages = "".join(
        client.get(path).text
        for path in ("/webhooks/endpoint/", "/webhooks/endpoint/new", f"/webhooks/endpoint/{endpoint.id}")
    )
    assert word in pages


def test_by_api_an_endpoint_is_made_and_its_secret_given(firm, receiver):
    with firm.app.app_context():
        _, token = tokens.add(firm.build, firm.cast.ann, "test", ["webhooks_endpoint.*"])
        _, member = tokens.add(firm.build, firm.cast.bo, "test", ["*"])
    sent = {"Authorization": f"Bearer {token}"}
    client = firm.app.test_client()
    values = {"name": "ERP", "url": receiver.url, "events": ["contacts.*"], "user": firm.cast.ann.id}
    made = client.post("/api/v1/webhooks_endpoint", json=values, headers=sent)
    assert made.status_code == 201 and made.json["events"] == ["contacts.*"] and "secret" not in made.json
    revealed = client.post(f"/api/v1/webhooks_endpoint/{made.json['id']}/actions/reveal", headers=sent)
    assert revealed.json["message"] == firm.secret(Endpoint.get())
    for events in (["contacts.exploded"], "x", 5, {}, [1], [["x"]], []):
        wrong = client.post("/api/v1/webhooks_endpoint", json=values | {"events": events}, headers=sent)
        assert wrong.status_code == 422 and "events" in wrong.json["error"]["fields"], events
    refused = client.get("/api/v1/webhooks_endpoint", headers={"Authorization": f"Bearer {member}"})
    assert refused.status_code == 403


def test_it_keeps_to_the_rules():
    check_plugin("webhooks")
