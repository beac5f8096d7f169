"""Titles of the journal name nobody whom their reader may not see any more."""

import pytest

from core import journal_words
from core.fields import any_of
from core.journal import Batch
from core.trial import Trial
from core.undo import undo_plan


@pytest.fixture
def trial(tmp_path):
    with Trial(tmp_path / "guanxi") as trial:
        yield trial


def give(trial, record, to):
    with trial.acting("ann"):
        trial.resource("contacts").save(trial.person("ann"), trial.again(record), {"owner": trial.person(to).id})


def batch_of(record):
    return Batch.get_by_id(record.batch.id)


def test_who_lost_sight_of_a_contact_reads_of_its_kind_alone(trial):
    contact = trial.contact("Zhang Wei", "bo", owner="Bo")
    address = f"/undo/{contact.batch.id}"
    assert "Zhang Wei" in trial.client("bo").get(address).text
    give(trial, contact, "Li")
    page = trial.client("bo").get(address)
    assert page.status_code == 200 and "Zhang Wei" not in page.text and "Changed Contacts" in page.text
    listed = trial.client("bo").get(f"/contacts/?batch={contact.batch.id}").text
    assert "Zhang Wei" not in listed and "Changed Contacts" in listed
    assert "Zhang Wei" in trial.client("ann").get(address).text


def test_what_was_deleted_keeps_its_name_for_those_who_saw_it(trial):
    contact = trial.contact("Zhang Wei", "bo", owner="Bo")
    with trial.acting("ann") as build:
        batch = build.resources["contacts"].delete(trial.person("ann"), [contact])
        assert journal_words.title(build, trial.person("bo"), batch) == "Deleted Zhang Wei"
        assert journal_words.title(build, trial.person("li"), batch) == "Changed Contacts"


def test_what_an_undo_leaves_alone_is_named_for_those_who_see_it(trial):
    contact = trial.contact("Zhang Wei", "bo", owner="Bo")
    give(trial, contact, "Li")
    with trial.acting("ann") as build:
        left = undo_plan(build, batch_of(contact))
        told = [journal_words.left_alone(build, trial.person(who), left)[0].title for who in ("ann", "li", "bo")]
    assert told == ["Zhang Wei", "Zhang Wei", f"Contact #{contact.id}"]


def test_a_history_costs_two_queries_more_however_many_batches_it_has(trial):
    contact = trial.contact("Zhang Wei", "bo", owner="Bo")
    costs = []
    for n in range(6):
        with trial.acting("bo") as build:
            build.resources["contacts"].save(trial.person("bo"), trial.again(contact), {"nickname": f"W{n}"})
        with trial.queries() as seen:
            assert trial.client("bo").get(f"/contacts/{contact.id}/history").status_code == 200
        costs.append(len(seen))
    assert costs[1] == costs[-1]


def test_a_condition_of_hundreds_of_parts_is_read_by_the_database(trial):
    with trial.app.app_context():
        contacts = trial.resource("contacts").model
        assert contacts.select().where(any_of([contacts.id == n for n in range(-700, 0)])).count() == 0
        assert any_of([]) is None
