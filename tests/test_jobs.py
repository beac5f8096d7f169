"""Background work: rows that are leased, retried, kept, and waiting while their module is off."""

import datetime as dt
import threading

import pytest

from core import jobs, journal
from core.db import db, is_postgres, utcnow
from core.jobs import Job, ensure_periodic, later, lease, run_due, works


@pytest.fixture
def work(thingy):
    found = works(thingy.build)
    Job.delete().execute()
    return found["things.work"].function


def due():
    Job.update(run_at=utcnow() - dt.timedelta(seconds=1)).where(Job.state == "waiting").execute()


def test_work_is_done_once_with_its_arguments(thingy, work):
    row = later(work, thingy.bo, colour="红")
    assert run_due(thingy.app) == 1 and run_due(thingy.app) == 0
    again = Job.get_by_id(row.id)
    assert thingy.rules.ran == [{"colour": "红"}]
    assert (again.state, again.attempts, again.user_id, again.leased_until) == ("done", 1, thingy.bo.id, None)
    assert again.finished_at


def test_work_of_a_transaction_that_fails_is_not_there(thingy, work):
    def fail():
        with journal.transaction():
            later(work)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert Job.select().count() == 0


def test_work_for_later_waits(thingy, work):
    later(work, at=utcnow() + dt.timedelta(hours=1))
    assert run_due(thingy.app) == 0


def test_a_failure_is_tried_again_with_growing_pauses_and_then_kept(thingy, work):
    def broken(build, row, **args):
        raise ValueError("no ink")

    thingy.rules.work = broken
    row, pauses = later(work), []
    for _ in range(3):
        due()
        before = utcnow()
        assert run_due(thingy.app) == 1
        pauses.append((Job.get_by_id(row.id).run_at - before).total_seconds())
    again = Job.get_by_id(row.id)
    assert (again.state, again.attempts, again.error) == ("failed", 3, "ValueError: no ink")
    assert 25 < pauses[0] < pauses[1]
    due()
    assert run_due(thingy.app) == 0


def test_a_lease_that_ran_out_is_taken_again(thingy, work):
    row = later(work)
    assert lease(["things.work"]).id == row.id
    assert lease(["things.work"]) is None, "a leased row is nobody else's"
    Job.update(leased_until=utcnow() - dt.timedelta(seconds=1)).execute()
    assert run_due(thingy.app) == 1 and Job.get_by_id(row.id).state == "done"


def test_work_that_takes_its_worker_down_is_not_tried_for_ever(thingy, work):
    row = later(work)
    for _ in range(3):
        assert lease(["things.work"])
        Job.update(leased_until=utcnow() - dt.timedelta(seconds=1)).execute()
    run_due(thingy.app)
    again = Job.get_by_id(row.id)
    assert again.state == "failed" and again.error and thingy.rules.ran == []


def test_progress_moves_the_bar_and_renews_the_lease(thingy, work):
    def slow(build, row, **args):
        Job.update(leased_until=utcnow()).execute()
        row.progress(3, 10)
        again = Job.get_by_id(row.id)
        assert (again.done, again.total) == (3, 10) and again.leased_until > utcnow() + dt.timedelta(minutes=1)
        return {"count": 3}

    thingy.rules.work = slow
    row = later(work, thingy.bo)
    run_due(thingy.app)
    assert Job.get_by_id(row.id).result == {"count": 3}
    assert thingy.client("bo").get(f"/jobs/{row.id}").status_code == 200
    assert thingy.client("li").get(f"/jobs/{row.id}").status_code == 404


def test_eight_workers_never_do_one_piece_twice(thingy, work):
    for i in range(20):
        later(work, n=i)

    def labour():
        while run_due(thingy.app, limit=1):
            pass
        db.close()

    threads = [threading.Thread(target=labour) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert sorted(a["n"] for a in thingy.rules.ran) == list(range(20))


def test_a_job_waits_longer_than_a_request_for_its_turn_to_write(thingy, monkeypatch):
    seen = []
    ask = "SHOW lock_timeout" if is_postgres() else "PRAGMA busy_timeout"
    monkeypatch.setattr(jobs, "works", lambda build: seen.append(db.execute_sql(ask).fetchone()[0]) or {})
    jobs.Worker(lambda: thingy.app).once()
    assert seen == ["0" if is_postgres() else 60_000]  # PostgreSQL waits for as long as it takes


def test_a_periodic_job_has_one_row_and_comes_again(thingy, work):
    found = works(thingy.build)
    threads = [threading.Thread(target=lambda: (ensure_periodic(found), db.close())) for _ in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert Job.select().where(Job.name == "things.clock").count() == 1
    run_due(thingy.app)
    row = Job.get(Job.name == "things.clock")
    assert thingy.rules.ran == ["clock"] and row.state == "waiting" and row.attempts == 0
    assert 50 < (row.run_at - utcnow()).total_seconds() <= 60


def test_work_of_a_module_that_is_off_waits(thingy, work):
    row = later(work, n=1)
    thingy.switch()
    assert run_due(thingy.app) == 0 and Job.get_by_id(row.id).state == "waiting"
    thingy.switch("things")
    assert run_due(thingy.app) == 1
