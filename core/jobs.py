"""Background work: rows in the caller's transaction, run by a worker that leases what is due.

huey is only the clock and the thread pool. It takes a task off its queue before it runs and forgets those of a module
that is off; a row does neither.
"""

import datetime as dt
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import peewee

from .db import Base, Instant, Json, db, hold, is_postgres, renew_statistics, utcnow

log = logging.getLogger("guanxi.jobs")
#: Seconds that a job waits on SQLite while others write.
PATIENCE = 60

LEASE = dt.timedelta(minutes=5)


class Job(Base):
    """One piece of work. A lease that ran out runs again, so every job must be idempotent."""

    name = peewee.CharField(max_length=120)
    args = Json(default=dict)
    user_id = peewee.IntegerField(null=True)
    state = peewee.CharField(max_length=8, default="waiting")  # waiting, running, done, failed
    run_at = Instant(default=utcnow)
    leased_until = Instant(null=True)
    attempts = peewee.IntegerField(default=0)
    created_at = Instant(default=utcnow)
    finished_at = Instant(null=True)
    #: What the progress bar shows.
    done = peewee.IntegerField(default=0)
    total = peewee.IntegerField(default=0)
    result = Json(default=dict)
    error = peewee.TextField(default="")
    #: Set for the one row of a periodic job.
    every = peewee.IntegerField(null=True)

    class Meta:
        indexes = ((("state", "run_at"), False), (("name", "state"), False))

    def progress(self, done: int, total: int | None = None) -> None:
        """Move the progress bar and renew the lease. In a transaction of its own, short enough to disturb nobody."""
        self.done, self.total = done, self.total if total is None else total
        with db.atomic():
            Job.update(done=self.done, total=self.total, leased_until=utcnow() + LEASE).where(
                Job.id == self.id
            ).execute()


@dataclass(frozen=True)
class Work:
    """A function that the worker may run: `(build, job, **args)`."""

    name: str
    function: Callable
    every: int | None = None
    attempts: int = 3


def job(name: str, every: int | None = None, attempts: int = 3):
    """Mark a function `(build, job, **args)` as background work; `every` seconds makes it periodic."""

    def mark(function):
        function.work = Work(name, function, every, attempts)
        return function

    return mark


def later(function, user=None, at: dt.datetime | None = None, **args) -> Job:
    """Put work into the queue, inside the caller's transaction; `args` must be JSON."""
    with db.atomic():
        return Job.create(
            name=function.work.name, args=args, user_id=user.id if user else None, run_at=at or utcnow(), total=0
        )


def works(build) -> dict[str, Work]:
    """All work of a build, by name."""
    functions = list(build.core_jobs)
    for group in build.hook.jobs():
        functions += group
    return {f.work.name: f.work for f in functions}


def lease(names: list[str]) -> Job | None:
    """Take the next due row of these names, or one whose lease ran out; None when there is nothing to do."""
    now = utcnow()
    due = ((Job.state == "waiting") & (Job.run_at <= now)) | ((Job.state == "running") & (Job.leased_until < now))
    query = Job.select().where(due, Job.name << names).order_by(Job.run_at, Job.id).limit(1)
    # Looking before locking: an idle worker must not take the write lock twice a second.
    if query.first() is None:
        return None
    with db.atomic():
        # A query that ran keeps its answer: a copy looks again, now that nobody else can take the row.
        row = (query.for_update("FOR UPDATE SKIP LOCKED") if is_postgres() else query.clone()).first()
        if row is None:
            return None
        row.state, row.attempts, row.leased_until = "running", row.attempts + 1, now + LEASE
        row.save(only=[Job.state, Job.attempts, Job.leased_until])
    return row


class WorkerLost(Exception):
    """The process that ran a job was gone before it ended, as often as the job may be tried."""


def run(build, row: Job, work: Work) -> None:
    """Run one leased row and mark it; a failure is retried with growing pauses, then kept with its error."""
    try:
        if row.attempts > work.attempts:
            raise WorkerLost("the worker ended while it ran; look for the reason in its log, then start it again")
        result = work.function(build, row, **row.args) or {}
        state, error = "done", ""
    except Exception as fault:
        log.exception("Job %s %s failed", row.id, row.name)
        state, error, result = (
            ("failed" if row.attempts >= work.attempts else "waiting"),
            f"{type(fault).__name__}: {fault}",
            {},
        )
    with db.atomic():
        again = state == "waiting"
        values = {
            Job.state: state,
            Job.error: error,
            Job.result: result,
            Job.leased_until: None,
            Job.finished_at: None if again else utcnow(),
        }
        if again:
            values[Job.run_at] = utcnow() + dt.timedelta(seconds=15 * 2**row.attempts)
        if work.every and not again:
            values |= {Job.state: "waiting", Job.attempts: 0, Job.run_at: utcnow() + dt.timedelta(seconds=work.every)}
        Job.update(values).where(Job.id == row.id).execute()


def ensure_periodic(found: dict[str, Work]) -> None:
    """Give every periodic job its row."""
    for work in found.values():
        exists = Job.select().where(Job.name == work.name)
        if not work.every or exists.exists():
            continue
        with db.atomic():
            hold(work.name)
            if not exists.clone().exists():
                Job.create(name=work.name, every=work.every)


def run_due(app, limit: int = 100) -> int:
    """Run what is due, here and now, one after the other; how many. For tests and the command line."""
    build = app.extensions["guanxi"]
    found, count = works(build), 0
    with app.app_context():
        while count < limit and (row := lease(list(found))) is not None:
            run(build, row, found[row.name])
            count += 1
    return count


@job("core.tidy", every=3600)
def tidy(build, row):
    """Finished jobs go after 30 days; the database renews its statistics."""
    with db.atomic():
        Job.delete().where(Job.state == "done", Job.finished_at < utcnow() - dt.timedelta(days=30)).execute()
    renew_statistics()


class Worker:
    """The worker process: huey's consumer gives threads and a clock, the rows say what to do.

    `source()` gives the app to work with and may give a newer one at any time: the worker follows plugins.toml too.
    """

    def __init__(self, source: Callable, threads: int = 2, pause: float = 0.5):
        self.source, self.threads, self.pause = source, threads, pause

    def serve(self) -> None:
        """Work until the process is told to stop."""
        from huey import MemoryHuey, crontab  # noqa: F401
        from huey.consumer import Consumer

        huey = MemoryHuey("guanxi", results=False)

        @huey.task(name="turn")
        def turn():
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and not stopped():
                if not self.once():
                    time.sleep(self.pause)
            turn()

        consumer = Consumer(
            huey, workers=self.threads, periodic=False, check_worker_health=True, graceful_signal="TERM"
        )

        def stopped():
            return consumer.stop_flag.is_set() or os.getppid() == 1

        for _ in range(self.threads):
            turn()
        consumer.run()

    def once(self) -> bool:
        """Run one due row; whether there was one."""
        app = self.source()
        build = app.extensions["guanxi"]
        try:
            with app.app_context():
                db.connect(reuse_if_open=True)
                if not is_postgres():
                    # Nobody looks at a job: it waits longer for its turn to write than a request does.
                    db.execute_sql(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
                found = works(build)
                if "periodic" not in app.extensions.setdefault("guanxi.worker", set()):
                    ensure_periodic(found)
                    app.extensions["guanxi.worker"].add("periodic")
                row = lease(list(found))
                if row is None:
                    return False
                run(build, row, found[row.name])
                return True
        except peewee.DatabaseError:
            log.exception("The worker cannot reach the database")
            db.close()
            time.sleep(2)
            return False


__all__ = ["Job", "Worker", "job", "later", "run_due", "works"]
