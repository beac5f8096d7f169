"""What a receiver is told: signed, in order, once, as the endpoint's user may see it, and nothing lost."""

import base64
import datetime as dt
import hmac
import json

import pytest

from core import SYSTEM, journal
from core.db import utcnow
from core.errors import Invalid
from core.jobs import Job
from core.trial import Trial, queries
from core.undo import undo
from core.users import Role, User
from plugins.webhooks.models import Delivery, Endpoint
from plugins.webhooks.verify import verify


def save(firm, record, by="ann", **values):
    with firm.acting(by) as build:
        resource = build.by_model[type(record)]
        return resource.save(firm.person(by), firm.again(record), values)


def test_create_change_and_delete_are_told_with_the_json_of_the_api(firm, receiver):
    endpoint = firm.endpoint(receiver.url, "contacts.*")
    contact = firm.contact("王芳", emails="fang@example.com", tags="VIP")
    firm.work()
    save(firm, contact, job_title="经理")
    firm.work()
    with firm.acting("ann") as build:
        build.resources["contacts"].delete(firm.person("ann"), [firm.again(contact)])
    firm.work()
    assert receiver.told == [(f"contacts.{w}", contact.id) for w in ("created", "updated", "deleted")]
    first, second, third = map(receiver.payload, receiver.got)
    assert first["data"]["name"] == "王芳" and first["data"]["emails"][0]["value"] == "fang@example.com"
    assert first["by"] == firm.cast.ann.id and dt.datetime.fromisoformat(first["timestamp"]).tzinfo
    assert (second["data"]["job_title"], third["data"]["name"]) == ("经理", "王芳")
    from core.api import tokens

    with firm.app.app_context():
        _, token = tokens.add(firm.build, firm.cast.ann, "test", ["*"])
    other = firm.contact("Ada")
    firm.work()
    by_api = firm.app.test_client().get(f"/api/v1/contacts/{other.id}", headers={"Authorization": f"Bearer {token}"})
    assert receiver.payload(receiver.got[-1])["data"] == by_api.json
    assert all(row.state == "delivered" and row.attempts == 1 for row in firm.log())
    assert all(firm.is_signed(endpoint, got) for got in receiver.got)


def test_the_signature_is_that_of_standard_webhooks(firm, receiver):
    endpoint = firm.endpoint(receiver.url)
    firm.contact()
    firm.work()
    path, headers, body = receiver.got[0]
    assert path == "/hook" and headers["content-type"].startswith("application/json")
    assert headers["webhook-id"].startswith("msg_") and "." not in headers["webhook-id"]
    key = base64.b64decode(firm.secret(endpoint).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body.decode()}".encode()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert 24 <= len(key) <= 64


def test_the_example_for_receivers_refuses_what_is_not_ours(firm, receiver):
    endpoint = firm.endpoint(receiver.url)
    firm.contact()
    firm.work()
    _, headers, body = receiver.got[0]
    secret, now = firm.secret(endpoint), int(headers["webhook-timestamp"])
    assert verify(secret, headers, body, now)
    assert not verify(secret, headers, body + b" ", now)
    assert not verify(secret, headers | {"webhook-id": "msg_other"}, body, now)
    assert not verify(secret, headers, body, now + 301)
    assert not verify("whsec_" + base64.b64encode(b"x" * 32).decode(), headers, body, now)


def test_only_what_is_asked_for_is_told(firm, receiver):
    firm.endpoint(receiver.url, "tasks_task.updated", "contacts.deleted")
    contact = firm.contact()
    task = firm.make("tasks_task", title="Call")
    save(firm, task, title="Call back")
    save(firm, contact, job_title="x")
    firm.work()
    assert receiver.told == [("tasks_task.updated", task.id)]


def test_nothing_is_told_of_what_is_rolled_back(firm, receiver):
    firm.endpoint(receiver.url)

    def broken():
        with journal.transaction():
            firm.contact()
            raise RuntimeError

    with firm.acting("ann"), pytest.raises(RuntimeError):
        broken()
    firm.work()
    assert receiver.got == [] and firm.log() == []


def test_a_whole_batch_is_told_record_by_record_and_an_undo_too(firm, receiver):
    firm.endpoint(receiver.url, "contacts.*")
    with firm.acting("ann") as build:
        contacts, ann = build.resources["contacts"], firm.person("ann")
        batch = contacts.save_many(ann, [(contacts.new(ann), {"name": f"n{i}"}) for i in range(120)])
    firm.work()
    assert len(receiver.told) == 120 and {event for event, _ in receiver.told} == {"contacts.created"}
    with firm.acting("ann") as build:
        undo(build, firm.person("ann"), batch)
    firm.work()
    assert [event for event, _ in receiver.told[120:]] == ["contacts.deleted"] * 120


def test_a_write_that_nobody_wants_to_hear_of_costs_one_query(firm):
    with queries() as without:
        firm.contact("a")
    firm.endpoint("https://shop.example.com/", "tasks_task.*")
    with queries() as with_one:
        firm.contact("b")
    assert len([s for s in with_one if "webhooks_endpoint" in s]) == 1 and len(with_one) <= len(without) + 1


# In whose name


def test_the_endpoint_is_sent_what_its_user_may_see_and_nothing_else(firm, receiver):
    firm.endpoint(receiver.url, "contacts.*", user="bo")
    hers = firm.contact("Theirs", owner="Li")
    his = firm.contact("His", owner="Bo")
    save(firm, hers, job_title="secret")
    firm.work()
    assert receiver.told == [("contacts.created", his.id)]
    assert [row.state for row in firm.log()] == ["skipped", "delivered", "skipped"]
    assert all(row.body == "" for row in firm.log() if row.state == "skipped")
    with firm.acting("ann") as build:
        build.resources["contacts"].delete(firm.person("ann"), [firm.again(hers), firm.again(his)])
    firm.work()
    assert receiver.told[1:] == [("contacts.deleted", his.id)]


def test_a_field_that_the_role_hides_is_not_sent(firm, receiver):
    Role.update(field_rules={"contacts": {"job_title": "hidden"}}).where(Role.name == "member").execute()
    firm.endpoint(receiver.url, "contacts.*", user="bo")
    firm.contact("His", owner="Bo", job_title="Spy")
    firm.work()
    data = receiver.payload(receiver.got[0])["data"]
    assert data["name"] == "His" and "job_title" not in data


def test_what_the_user_may_no_longer_see_is_not_sent_again(firm, receiver):
    receiver.answers = [500]
    firm.endpoint(receiver.url, "contacts.created", user="bo")
    contact = firm.contact("His", owner="Bo")
    firm.work()
    save(firm, contact, owner=firm.cast.li.id)
    firm.pass_time(minutes=2)
    assert len(receiver.got) == 1 and firm.log()[0].state == "skipped"


def test_a_user_who_is_switched_off_pauses_the_endpoint(firm, receiver):
    endpoint = firm.endpoint(receiver.url, user="bo")
    User.update(active=False).where(User.id == firm.cast.bo.id).execute()
    firm.contact("His", owner="Bo")
    firm.work()
    assert receiver.got == [] and firm.again(endpoint).pause_fault == "user"


# Order and doubles


def test_a_record_s_events_arrive_in_order_although_the_first_fails(firm, receiver):
    receiver.answers = [500]
    firm.endpoint(receiver.url, "contacts.*")
    first, second = firm.contact("First"), firm.contact("Second")
    save(firm, first, job_title="x")
    firm.work()
    # The other record goes on; the first one's change waits for its creation.
    assert receiver.told == [("contacts.created", first.id), ("contacts.created", second.id)]
    firm.pass_time(minutes=1)
    assert receiver.told[2:] == [("contacts.created", first.id), ("contacts.updated", first.id)]


def test_a_retry_carries_the_same_id_and_body_and_a_new_time(firm, receiver):
    receiver.answers = [500, 502]
    firm.endpoint(receiver.url, "contacts.created")
    contact = firm.contact("Before")
    firm.work()
    save(firm, contact, name="After")
    firm.pass_time(minutes=1)
    firm.pass_time(minutes=10)
    (_, first, body), (_, second, again), (_, third, once_more) = receiver.got
    assert first["webhook-id"] == second["webhook-id"] == third["webhook-id"]
    assert body == again == once_more and json.loads(body)["data"]["name"] == "Before"
    row = firm.log()[0]
    assert (row.state, row.attempts, [t["status"] for t in row.tries]) == ("delivered", 3, [500, 502, 200])


def test_two_workers_do_not_send_the_same_one(firm, receiver):
    endpoint = firm.endpoint(receiver.url, "contacts.created")
    firm.contact()
    with firm.acting(SYSTEM) as build:
        from plugins.webhooks.delivering import Turn

        one, two = Turn(build, endpoint.id), Turn(build, endpoint.id)
        assert one._may() and two._may()
        assert one._claim() is not None and two._claim() is None


def test_what_a_lost_worker_had_claimed_is_sent_when_the_claim_has_run_out(firm, receiver):
    firm.endpoint(receiver.url, "contacts.created")
    firm.contact()
    Delivery.update(leased_until=utcnow() + dt.timedelta(seconds=50)).execute()
    firm.work()
    assert receiver.got == []
    Delivery.update(leased_until=utcnow() - dt.timedelta(seconds=1)).execute()
    Job.delete().execute()  # the queue was lost, too: the sweep finds it
    with firm.acting(SYSTEM) as build:
        from plugins.webhooks.delivering import sweep

        sweep(build, None)
    assert len(receiver.got) == 1


# Endpoints on and off


def test_what_happens_while_it_is_off_is_not_kept_and_of_a_module_that_is_off_waits(firm, receiver):
    endpoint = firm.endpoint(receiver.url, "*")
    Endpoint.update(active=False).where(Endpoint.id == endpoint.id).execute()
    firm.contact()
    assert firm.log() == []
    Endpoint.update(active=True).where(Endpoint.id == endpoint.id).execute()
    task = firm.make("tasks_task", title="Call")
    firm.off("tasks")
    firm.work()
    assert receiver.got == [] and firm.log()[0].state == "waiting"
    assert "module is off" in firm.log()[0].fault
    firm.on("tasks")
    firm.pass_time(hours=1, minutes=1)
    with firm.acting(SYSTEM) as build:
        from plugins.webhooks.delivering import sweep

        sweep(build, None)
    assert receiver.told == [("tasks_task.created", task.id)]


def test_old_rows_of_the_log_go(firm, receiver):
    firm.endpoint(receiver.url)
    firm.contact(), firm.contact()
    firm.work()
    Delivery.update(at=utcnow() - dt.timedelta(days=31)).where(Delivery.id == firm.log()[0].id).execute()
    with firm.acting(SYSTEM) as build:
        from plugins.webhooks.delivering import sweep

        sweep(build, None)
    assert len(firm.log()) == 1


# Bad input


@pytest.mark.parametrize(
    "url, word",
    [
        ("http://127.0.0.1:9/", "internal address"),
        ("http://localhost/", "internal address"),
        ("http://[::1]/", "internal address"),
        ("http://169.254.169.254/latest/meta-data", "internal address"),
        ("http://[::ffff:10.0.0.1]/", "internal address"),
        ("http://192.168.1.4/", "internal address"),
        ("http://ann:pw@shop.example.com/", "Leave name and password out"),
        ("ftp://shop.example.com/", "not a web address"),
        ("http://[::1/", "not a web address"),
    ],
)
def test_an_address_that_cannot_be_right_is_refused_with_the_reason(tmp_path, url, word):
    with Trial(tmp_path / "firm", "webhooks") as firm:
        answer = firm.client("ann").post(
            "/webhooks/endpoint/new", data={"name": "Shop", "url": url, "events": "*", "active": "yes"}
        )
        assert answer.status_code == 422 and word in answer.text and "Shop" in answer.text
        assert Endpoint.select().count() == 0


def test_a_chinese_domain_and_path_are_written_as_http_takes_them(firm):
    endpoint = firm.endpoint("https://网店.example.com:8443/钩子?a=b&c=d#top")
    assert endpoint.url == "https://xn--hxt814e.example.com:8443/%E9%92%A9%E5%AD%90?a=b&c=d"


def test_an_event_that_does_not_exist_is_refused(firm):
    for events, word in (("contacts.exploded", "contacts.exploded"), ("nothing.created", "nothing.created")):
        with pytest.raises(Invalid) as raised:
            firm.make("webhooks_endpoint", "ann", name="x", url="https://shop.example.com", events=events)
        assert word in str(raised.value.errors["events"])
    with pytest.raises(Invalid):
        firm.make("webhooks_endpoint", "ann", name="x", url="https://shop.example.com", events="")


def test_networks_in_the_settings_are_checked(firm):
    ann = firm.client("ann")
    wrong = ann.post("/admin/modules/webhooks", data={"allow": "office", "pause_days": "3", "keep_days": "30"})
    assert wrong.status_code == 422 and "office" in wrong.text and "is not a network" in wrong.text
    assert (
        ann.post("/admin/modules/webhooks", data={"allow": "", "pause_days": "0", "keep_days": "30"}).status_code == 422
    )


def test_a_contact_that_is_erased_leaves_the_log_and_its_receivers_are_told_by_number(firm, receiver):
    from core.erasure import erase

    firm.endpoint(receiver.url, "*")
    ada, eve = firm.contact("Ada Lovelace", emails="ada@shop.example"), firm.contact("Eve")
    task = firm.make("tasks_task", title="Call Ada Lovelace")
    firm.work()
    with firm.acting("ann") as build:
        erase(build, firm.person("ann"), ada.id)
    firm.work()
    assert receiver.payload(receiver.got[-1])["data"] == {"id": ada.id}
    assert receiver.told[-1] == ("contacts.erased", ada.id)
    left = {(row.event, row.record_id) for row in firm.log()}
    assert ("contacts.created", eve.id) in left and ("contacts.created", ada.id) not in left
    assert ("tasks_task.created", task.id) not in left
    assert not any("Lovelace" in row.body for row in firm.log())
