"""Pipelines, stages and reasons on screens."""

from core import N_, Problem, transaction

from ..models import Deal, Pipeline, Reason, Stage
from .common import Kept, Managed


class Pipelines(Kept):
    """Ways of selling; each has stages and a board."""

    model, label, plural, icon, hue = Pipeline, N_("Pipeline"), N_("Pipelines"), "layout-kanban", "indigo"
    columns = ("name", "place", "active")
    order = "place"
    page_template = "sales/pipeline.html"

    def in_use(self) -> list[Pipeline]:
        """Those that are in use, in order."""
        return [p for p in self.all().values() if p.active]

    def delete(self, user, records, **kwargs):
        """Raises Problem for one that holds deals: they must go somewhere first."""
        for record in records:
            n = Deal.select().where(Deal.pipeline == record.id, Deal.deleted_batch.is_null()).count()
            if n:
                raise Problem(
                    N_("“%(name)s” holds %(n)s deals. Move them to another pipeline first, or take it out of use."),
                    domain="sales",
                    name=record.name,
                    n=n,
                )
        return super().delete(user, records, **kwargs)


class Stages(Kept):
    """Steps of a pipeline."""

    model, label, plural, icon, hue = Stage, N_("Stage"), N_("Stages"), "columns-3", "blue"
    columns = ("name", "pipeline", "place", "probability", "forecast", "rot_days")
    fields = (
        "name",
        "pipeline",
        "place",
        "probability",
        "forecast",
        "rot_days",
        "hue",
        "asks",
        "checklist",
        "tasks",
    )
    filters = ("pipeline",)
    always_shown = ("checklist", "tasks")
    order = "place"

    def of(self, pipeline_id: int | None) -> list[Stage]:
        """The stages of a pipeline, in order."""
        return [s for s in self.all().values() if s.pipeline_id == pipeline_id]

    def first(self, pipeline_id: int | None = None) -> Stage | None:
        """Where a deal begins: in a pipeline, or in the first one in use. None when there are no stages."""
        pipelines = [pipeline_id] if pipeline_id else [p.id for p in self.build.by_model[Pipeline].in_use()]
        return next((stage for id in pipelines for stage in self.of(id)), None)

    def choices(self, user):
        return [(p.name, [(s.id, s.name) for s in self.of(p.id)]) for p in self.build.by_model[Pipeline].in_use()]

    def validate(self, user, record, values):
        errors = {}
        days = values.get("rot_days", record.rot_days)
        if days is not None and not 1 <= days <= 3650:
            errors["rot_days"] = Problem(N_("Give a number of days from 1 to 3650, or nothing."), "sales")
        return errors

    def held(self, stage: Stage) -> int:
        """How many deals stand in a stage, open or closed."""
        return Deal.select().where(Deal.stage == stage.id, Deal.deleted_batch.is_null()).count()

    def delete(self, user, records, **kwargs):
        """Raises Problem for a stage with deals in it: where they go is asked on a page of its own."""
        for record in records:
            if n := self.held(record):
                raise Problem(
                    N_("“%(name)s” holds %(n)s deals. Say where they go: %(where)s"),
                    domain="sales",
                    name=record.name,
                    n=n,
                    where=f"/sales/stage/{record.id}/remove",
                )
        return super().delete(user, records, **kwargs)

    def remove(self, user, record: Stage, target: Stage):
        """Delete a stage whose deals go to another one of the same pipeline; one batch, which can be undone."""
        self.demand(user, "delete")
        if target.id == record.id or target.pipeline_id != record.pipeline_id:
            raise Problem(N_("Choose another stage of the same pipeline."), "sales")
        deals = self.build.by_model[Deal]
        with transaction():
            held = list(Deal.select().where(Deal.stage == record.id, Deal.deleted_batch.is_null()))
            label = N_("Deleted the stage %(name)s")
            if not held:
                return super().delete(user, [record], label=label, name=record.name)
            pairs = [(deal, {"stage": target.id, "stage_since": deal.stage_since}) for deal in held]
            batch = deals.rehome(user, pairs, label, record.name)
            return super().delete(user, [record], batch=batch)


class Reasons(Managed):
    """Why deals are won or lost, and leads given up."""

    model, label, plural, icon, hue = Reason, N_("Reason"), N_("Reasons"), "message-question", "orange"
    columns = ("name", "kind", "place")
    order = "place"

    def choices(self, user):
        groups: dict[str, list] = {}
        for record in self.query(user).order_by(*self.in_order()):
            groups.setdefault(Reason.kind.named(record.kind), []).append((record.id, record.name))
        return list(groups.items())

    def of(self, kind: str) -> list[Reason]:
        """The reasons for one outcome, in order."""
        query = Reason.select().where(Reason.kind == kind, Reason.deleted_batch.is_null())
        return list(query.order_by(Reason.place, Reason.id))
