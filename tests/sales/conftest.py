"""A firm with Sales on (and Tasks beside it), on SQLite and on PostgreSQL."""

import datetime as dt
import shutil

import pytest

from core.db import db, utcnow
from core.journal import Batch, undo
from core.trial import Trial
from plugins.sales.models import Deal, Pipeline, Reason, Stage


class Shop(Trial):
    """A trial with a pipeline of four stages: `shop.stages` in order, `shop.deal("Kitchen", stage=2)`."""

    @property
    def pipeline(self):
        return Pipeline.select().order_by(Pipeline.id).first()

    @property
    def stages(self):
        pipeline = Pipeline.select().where(Pipeline.deleted_batch.is_null()).order_by(Pipeline.id).first()
        return list(
            Stage.select().where(Stage.pipeline == pipeline.id, Stage.deleted_batch.is_null()).order_by(Stage.place)
        )

    def set_stage(self, index, **values):
        """Change a stage by its place, from 0."""
        with self.acting("ann") as build:
            resource, stage = build.resources["sales_stage"], self.stages[index]
            resource.save(self.person("ann"), stage, values)

    def deal(self, title="Kitchen", by="bo", stage=None, **values):
        if stage is not None:
            values["stage"] = self.stages[stage].id
        return self.make("sales_deal", by, title=title, **values)

    def change(self, record, by="bo", **values):
        """Save values of a record as a person; texts are parsed. The record as it is now."""
        resource = self.build.by_model[type(record)]
        with self.acting(by):
            person = self.person(by)
            context = self.build.context(person)
            parsed = {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in values.items()}
            resource.save(person, self.again(record), parsed)
        return self.again(record)

    def reason(self, kind="lost"):
        return Reason.select().where(Reason.kind == kind).order_by(Reason.place).first()

    def undo(self, by="ann"):
        """Take the newest batch back; what was left alone."""
        with self.acting(by):
            return undo(self.build, self.person(by), Batch.select().order_by(Batch.id.desc()).first())[1]


@pytest.fixture(scope="session")
def first_shop(tmp_path_factory):
    """An SQLite file with tables, cast and pipeline: every shop on SQLite starts from a copy."""
    folder = tmp_path_factory.mktemp("shop")
    with Shop(folder, "tasks", "sales"):
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "guanxi.db"


@pytest.fixture(params=["sqlite", "postgres"])
def shop(request, tmp_path):
    folder, url = tmp_path / "guanxi", ""
    folder.mkdir()
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        shutil.copy(request.getfixturevalue("first_shop"), folder / "guanxi.db")
    with Shop(folder, "tasks", "sales", url=url) as trial:
        yield trial


def age(deal, days):
    """Let a deal be untouched for some days."""
    Deal.update(rots_at=utcnow() - dt.timedelta(days=days), stage_since=utcnow() - dt.timedelta(days=days + 20)).where(
        Deal.id == deal.id
    ).execute()
