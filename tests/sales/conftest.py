"""A firm with Sales on (and Tasks beside it), on SQLite and on PostgreSQL."""

import datetime as dt

from core.db import utcnow
from plugins.sales.models import Deal, Pipeline, Reason, Stage
from tests.trials import Acting, trial_of


class Shop(Acting):
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

    def reason(self, kind="lost"):
        return Reason.select().where(Reason.kind == kind).order_by(Reason.place).first()


shop = trial_of(Shop, "tasks", "sales")


def age(deal, days):
    """Let a deal be untouched for some days."""
    Deal.update(rots_at=utcnow() - dt.timedelta(days=days), stage_since=utcnow() - dt.timedelta(days=days + 20)).where(
        Deal.id == deal.id
    ).execute()
