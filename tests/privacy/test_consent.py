"""Consent: what was said stays, the newest holds, the stricter one after a merge; and who may be reached."""

import datetime as dt

import pytest

from core import SYSTEM, may_contact, refusals
from core.api import tokens
from core.db import utcnow
from core.errors import Forbidden, Invalid
from core.i18n import Problem
from core.journal import Batch
from core.merge import merge
from core.timeline import Entry
from core.trial import queries
from core.undo import undo
from plugins.privacy.jobs import expire

pytest_plugins = ["tests.people"]


@pytest.fixture
def it(house):
    return house("privacy")


def say(it, contact, channel, state, days=0, purpose="", by="bo", **more):
    consents = it.build.resources["privacy_consent"]
    user = it.user(by) if by else SYSTEM
    context = it.build.context(user)
    values = {
        "contact": contact.id,
        "channel": consents.kinds["channel"].parse(channel, context),
        "purpose": consents.kinds["purpose"].parse(purpose, context),
        "state": state,
        "given_at": utcnow() - dt.timedelta(days=days),
        "source": "verbal",
    }
    return consents.save(user, consents.new(user), values | more)


def current(it, contact):
    model = it.build.resources["privacy_consent"].model
    rows = model.select().where(model.contact == contact.id, model.current).order_by(model.id)
    return [(str(c.channel), c.state) for c in rows]


def test_a_new_statement_supersedes_and_the_old_one_stays(it):
    a = it.contact()
    first = say(it, a, "email", "granted", days=3, proof="Form 12")
    second = say(it, a, "email", "withdrawn")
    say(it, a, "phone", "granted")
    assert current(it, a) == [("E-mail", "withdrawn"), ("Phone", "granted")]
    assert (it.again(first).state, it.again(first).proof, it.again(first).current) == ("granted", "Form 12", False)
    assert second.recorded_by_id == it.user("bo").id
    undo(it.build, it.user("bo"), Batch.get_by_id(second.batch.id))
    assert ("E-mail", "granted") in current(it, a)


def test_an_older_statement_that_comes_later_by_import_does_not_hold(it):
    a = it.contact()
    say(it, a, "email", "withdrawn", days=1)
    say(it, a, "email", "granted", days=100)
    assert current(it, a) == [("E-mail", "withdrawn")]


def test_nobody_changes_or_deletes_what_was_said(it):
    a = it.contact()
    said = say(it, a, "email", "refused")
    consents = it.build.resources["privacy_consent"]
    with pytest.raises(Invalid, match="stays as it was recorded"):
        consents.save(it.user("ann"), said, {"state": "granted"})
    with pytest.raises(Problem, match="stays as it was recorded"):
        consents.delete(it.user("ann"), [said])
    page = it.client("ann").get(f"/privacy/consent/{said.id}").text
    assert f"/privacy/consent/{said.id}/edit" not in page
    assert it.client("ann").post(f"/privacy/consent/{said.id}/edit", data={"state": "granted"}).status_code == 422
    with pytest.raises(Forbidden):
        say(it, a, "email", "granted", by="ro")


@pytest.mark.parametrize(
    "more, words",
    [
        ({"given_at": utcnow() + dt.timedelta(days=2)}, "in the future"),
        ({"expires_at": utcnow() - dt.timedelta(days=20)}, "run out before"),
        ({"source": ""}, "must be filled in"),
    ],
)
def test_what_cannot_be_is_refused(it, more, words):
    with pytest.raises(Invalid, match=words):
        say(it, it.contact(), "email", "granted", **more)


def test_it_stands_on_the_timeline_with_its_proof(it):
    a = it.contact()
    say(it, a, "email", "granted", purpose="Newsletter", proof="Signed at the fair")
    entry = Entry.select().where(Entry.contact == a.id).get()
    assert (entry.title, entry.text) == ("E-mail (Newsletter): Granted", "Signed at the fair")


def test_advertising_needs_a_yes_and_service_mail_only_no_no(it):
    a = it.contact()
    assert may_contact(it.build, a, "email") and not may_contact(it.build, a, "email", "Newsletter")
    assert may_contact(it.build, a, "phone", "Offers"), "of the phone the firm said: unless somebody says no"
    say(it, a, "email", "granted", days=9)
    assert may_contact(it.build, a, "email", "Newsletter")
    say(it, a, "email", "withdrawn", days=5, purpose="Newsletter")
    assert not may_contact(it.build, a, "email", "Newsletter") and may_contact(it.build, a, "email", "Offers")
    say(it, a, "email", "refused", days=3)
    assert not may_contact(it.build, a, "email") and not may_contact(it.build, a, "email", "Offers")
    say(it, a, "email", "granted", days=1, purpose="Offers")
    assert may_contact(it.build, a, "email", "Offers") and not may_contact(it.build, a, "email", "Surveys")


def test_each_refusal_says_why_and_many_are_asked_at_once(it):
    a, b, c = it.contact("A"), it.contact("B"), it.contact("C")
    say(it, a, "sms", "withdrawn", days=2)
    say(it, b, "sms", "granted", days=400, expires_at=utcnow() - dt.timedelta(days=30))
    found = refusals(it.build, [a.id, b.id, c.id], "sms", "Offers")
    assert "was withdrawn on" in str(found[a.id])
    assert "ran out on" in str(found[b.id])
    assert str(found[c.id]) == "There is no consent."
    assert refusals(it.build, [c.id], "sms") == {}


def test_a_slip_of_the_pen_sends_nothing(it):
    a = it.contact()
    for channel, purpose in (("e-mial", ""), ("email", "Newsleter")):
        with pytest.raises(Problem, match="There is no"):
            may_contact(it.build, a, channel, purpose)


def test_without_the_module_nobody_refuses(house):
    it = house()
    assert may_contact(it.build, it.contact(), "email", "Newsletter")


def test_after_a_merge_the_stricter_one_holds_until_somebody_decides(it):
    a, b = it.contact("A"), it.contact("B")
    say(it, a, "email", "granted", days=1)
    say(it, b, "email", "withdrawn", days=50)
    batch = merge(it.build, it.user("bo"), a, [b])
    assert sorted(current(it, a)) == [("E-mail", "granted"), ("E-mail", "withdrawn")]
    assert not may_contact(it.build, a, "email")
    assert "Withdrawn" in it.client("bo").get(f"/contacts/{a.id}").text
    undo(it.build, it.user("bo"), Batch.get_by_id(batch.id))
    assert may_contact(it.build, a, "email") and not may_contact(it.build, b, "email")
    merge(it.build, it.user("bo"), it.again(a), [it.again(b)])
    say(it, a, "email", "granted")
    assert current(it, a) == [("E-mail", "granted")] and may_contact(it.build, a, "email", "Offers")


def test_one_click_on_the_contacts_page(it):
    a, bo = it.contact(), it.client("bo")
    page = bo.get(f"/contacts/{a.id}")
    assert "panel-consent" in page.text and "Nothing said yet" in page.text
    channel = it.build.resources["privacy_channel"].model.get(code="email")
    for state in ("granted", "withdrawn"):
        form = {"contact": a.id, "channel": channel.id, "source": "verbal", "state": state}
        answer = bo.post(f"/privacy/consent/new?next=/contacts/{a.id}", data=form)
        assert answer.status_code == 303 and answer.location == f"/contacts/{a.id}", answer.text
        assert current(it, a) == [("E-mail", state)]
    assert it.client("li").post("/privacy/consent/new", data=form).status_code == 422, "not Li's contact"


def test_the_panel_costs_one_query(it):
    a = it.contact()
    for channel in ("email", "phone", "sms"):
        say(it, a, channel, "granted", purpose="Offers")
    bo = it.client("bo")
    bo.get(f"/contacts/{a.id}")
    with queries() as seen:
        bo.get(f"/contacts/{a.id}")
    assert len([q for q in seen if 'JOIN "privacy_consent"' in q]) == 1, seen


def test_consent_that_lasts_runs_out(it):
    channels = it.build.resources["privacy_channel"]
    channel = channels.model.get(code="email")
    channels.save(it.user("ann"), channel, {"months": 12})
    a = it.contact()
    said = say(it, a, "email", "granted", days=400)
    assert 360 < (said.expires_at - said.given_at).days < 370
    assert not may_contact(it.build, a, "email", "Offers"), "also before the nightly job"
    assert expire(it.build) == 1 and expire(it.build) == 0
    assert current(it, a) == [("E-mail", "expired")]


def test_the_firm_adds_a_channel_of_its_own(it):
    channels, ann = it.build.resources["privacy_channel"], it.user("ann")
    own = channels.save(ann, channels.new(ann), {"name": "Door to door"})
    assert own.code == "door_to_door"
    a = it.contact()
    say(it, a, "Door to door", "refused")
    assert not may_contact(it.build, a, "door_to_door")
    with pytest.raises(Problem, match="Switch it off instead"):
        channels.delete(ann, [own])
    with pytest.raises(Invalid, match="it stays"):
        channels.save(ann, own, {"code": "door"})
    with pytest.raises(Invalid, match="Another channel"):
        channels.save(ann, channels.new(ann), {"name": "Mail", "code": "email"})
    with pytest.raises(Forbidden):
        channels.save(it.user("mei"), channels.new(ann), {"name": "Fax"})


def test_another_module_records_an_unsubscribe_without_knowing_this_one(it):
    a = it.contact()
    it.build.resources["privacy_consent"].record(SYSTEM, a, "email", "withdrawn", "link", "Letter 7", "Newsletter")
    assert not may_contact(it.build, a, "email", "Newsletter")


def test_import_export_and_api_come_by_themselves(it):
    a = it.contact("Zhang Wei", emails="zw@a.example")
    say(it, a, "email", "granted", purpose="Offers")
    text = it.client("ann").get("/privacy/consent/export?format=csv").text
    assert "Zhang Wei" in text and "Offers" in text
    _, token = tokens.add(it.build, it.user("ann"), "t", ["privacy_consent.view"])
    answer = it.client("ann").get("/api/v1/privacy_consent", headers={"Authorization": f"Bearer {token}"})
    assert [row["state"] for row in answer.json["data"]] == ["granted"]


def test_a_member_sees_the_consents_of_visible_contacts_only(it):
    say(it, it.contact("Mine", owner="bo"), "email", "granted")
    say(it, it.contact("Theirs", owner="li"), "email", "granted", by="li")
    text = it.client("bo").get("/privacy/consent/").text
    assert "Mine" in text and "Theirs" not in text
    assert "Mine" in it.client("bo").get("/privacy/consent/?q=min").text, "found by the contact's name"
    assert "Mine" not in it.client("bo").get("/privacy/consent/?q=theirs").text
