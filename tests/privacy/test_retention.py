"""Retention: rules that say how long contacts are kept, looked at before anything happens."""

import datetime as dt

import pytest

from core import SYSTEM, log
from core.contacts import Contact
from core.db import utcnow
from core.errors import Forbidden, Invalid
from core.jobs import run_due
from core.journal import Batch
from core.merge import merge
from core.undo import undo
from plugins.privacy import retention

pytest_plugins = ["tests.people"]
LONG_AGO = utcnow() - dt.timedelta(days=1000)


@pytest.fixture
def it(house):
    return house("privacy", "tasks")


def old(it, name, stage="lead", **values):
    a = it.contact(name, stage=stage, **values)
    Contact.update(created_at=LONG_AGO).where(Contact.id == a.id).execute()
    return a


def rule(it, by="ann", **values):
    rules = it.build.resources["privacy_rule"]
    user = it.user(by)
    return rules.save(user, rules.new(user), {"name": "Old leads", "stage": "lead", "months": 24} | values)


def matched(found):
    return sorted(contact.name for contact in retention.matching(found))


def test_a_rule_finds_who_is_silent_and_has_nothing_open(it):
    old(it, "Silent")
    old(it, "Customer", stage="customer")
    it.contact("New", stage="lead")
    called, tasked, stepped, held = old(it, "Called"), old(it, "Tasked"), old(it, "Stepped"), old(it, "Held")
    log(it.build, it.user("ann"), called, "call", "Hello")
    log(it.build, it.user("ann"), stepped, "call", "Hi", at=LONG_AGO, next_at=utcnow(), next_text="send")
    tasks = it.build.resources["tasks_task"]
    tasks.save(SYSTEM, tasks.new(SYSTEM), {"title": "Call", "contact": tasked.id})
    Contact.update(last_activity_at=LONG_AGO).where(Contact.id == tasked.id).execute()
    holds = it.build.resources["privacy_hold"]
    holds.save(SYSTEM, holds.new(SYSTEM), {"contact": held.id, "reason": "Law suit"})
    assert matched(rule(it)) == ["Silent"]
    assert matched(rule(it, settled=False)) == ["Silent", "Stepped", "Tasked"]


def test_a_rule_empties_the_trash(it):
    fresh, stale, kept, merged = (it.contact(name) for name in ("Fresh", "Stale", "Kept", "Merged"))
    merge(it.build, it.user("ann"), kept, [merged])
    for contact in (fresh, stale):
        batch = it.contacts.delete(it.user("ann"), [contact])
    Batch.update(at=LONG_AGO).where(Batch.id != fresh.deleted_batch).execute()
    found = rule(it, place="trash", stage="", months=12, act="erase")
    assert matched(found) == ["Stale"] and batch.id == stale.deleted_batch
    assert retention.follow(it.build, found).done == 1
    assert it.again(stale).name == f"#{stale.id}" and it.again(fresh).name == "Fresh"
    assert matched(found) == []
    for wrong, words in (({"act": "trash"}, "in the trash already"), ({"months": None}, "how many months")):
        with pytest.raises(Invalid, match=words):
            rule(it, **({"place": "trash", "months": 12, "act": "erase"} | wrong))


def test_a_rule_that_would_match_everybody_is_refused(it):
    with pytest.raises(Invalid, match="every contact"):
        rule(it, stage="", months=None)
    for n in range(25):
        old(it, f"Lead {n}")
    with pytest.raises(Invalid, match="25 of 25 contacts"):
        rule(it, months=12)
    with pytest.raises(Invalid, match="from 1 to 600"):
        rule(it, months=0)
    with pytest.raises(Forbidden):
        rule(it, by="mei")


def test_a_rule_that_became_too_wide_does_nothing_and_says_so(it):
    found = rule(it)
    for n in range(25):
        old(it, f"Lead {n}")
    run = retention.follow(it.build, found)
    assert run.done == 0 and "25 of 25" in run.note
    assert Contact.select().where(Contact.name.startswith("Lead")).count() == 25


def test_nothing_happens_before_the_rule_is_switched_on(it):
    a, found = old(it, "Silent", emails="s@a.example"), rule(it)
    ann = it.client("ann")
    page = ann.get(f"/privacy/rule/{found.id}").text
    assert "Silent" in page and "nothing happens before you switch it on" in page
    assert ann.post(f"/privacy/rule/{found.id}/runs").status_code == 422
    daily(it)
    assert it.again(a).name == "Silent"
    ann.post(f"/privacy/rule/{found.id}/act/switch_on")
    assert ann.post(f"/privacy/rule/{found.id}/runs").location.startswith("/jobs/")
    run_due(it.app)
    assert it.again(a).name == f"#{a.id}" and it.again(a).emails == []
    certificate = it.build.resources["privacy_erasure"].model.get()
    assert (certificate.reason, certificate.mode, certificate.state) == ("retention", "anonymise", "done")
    run = it.build.resources["privacy_run"].model.get()
    assert (run.done, run.failed, run.note) == (1, 0, "")
    assert matched(it.again(found)) == [], "an anonymous contact is not made anonymous again"


def daily(it):
    from plugins.privacy.jobs import daily as job

    return job(it.build, type("Row", (), {"progress": staticmethod(lambda *a: None)})())


@pytest.mark.parametrize("act", ["erase", "anonymise", "trash"])
def test_every_night_rules_in_use_are_followed(it, act):
    a, b = old(it, "Silent"), it.contact("New", stage="lead")
    found = rule(it, act=act)
    it.build.resources["privacy_rule"].save(it.user("ann"), found, {"active": True})
    assert daily(it)["retained"] == 1
    gone = it.again(a)
    assert (gone.deleted_batch is None) == (act == "anonymise")
    assert (gone.name == "Silent") == (act == "trash")
    assert it.again(b).deleted_batch is None
    if act == "trash":
        batch = Batch.get_by_id(gone.deleted_batch)
        assert batch.title == "Retention: Old leads"
        undo(it.build, it.user("ann"), batch)
        assert it.again(a).deleted_batch is None


def test_a_rule_whose_conditions_change_must_be_looked_at_again(it):
    found, rules, ann = rule(it), it.build.resources["privacy_rule"], it.user("ann")
    rules.save(ann, found, {"active": True})
    rules.save(ann, found, {"name": "Other name"})
    assert it.again(found).active
    rules.save(ann, found, {"months": 12})
    assert not it.again(found).active


def test_the_first_rule_rests(it):
    first = it.build.resources["privacy_rule"].model.get(name="Leads without a word for two years")
    assert not first.active and first.act == "anonymise"
