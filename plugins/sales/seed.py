"""What a firm starts with: a common pipeline and reasons, in the reader's language."""

from flask import g

from core import N_, SYSTEM, resource_of

from . import plugin
from .models import Pipeline, Reason, Stage

_ = plugin.gettext

#: Name, probability, forecast, hue, days until it rots.
STAGES = (
    (N_("First contact"), 10, "pipeline", "azure", 14),
    (N_("Needs understood"), 30, "pipeline", "blue", 14),
    (N_("Offer made"), 50, "best", "indigo", 21),
    (N_("Negotiation"), 75, "commit", "purple", 14),
)
REASONS = (
    ("won", N_("Product")),
    ("won", N_("Service")),
    ("won", N_("Price")),
    ("won", N_("Recommendation")),
    ("lost", N_("Too expensive")),
    ("lost", N_("A competitor was chosen")),
    ("lost", N_("No budget")),
    ("lost", N_("Project was put off")),
    ("lost", N_("No answer any more")),
    ("lead", N_("Not a fit")),
    ("lead", N_("Cannot be reached")),
    ("lead", N_("Only comparing prices")),
    ("lead", N_("Spam")),
)


def first_rows(user=None) -> None:
    """A pipeline with stages, and reasons; nothing when there is a pipeline already. Raises Forbidden."""
    if Pipeline.select().where(Pipeline.deleted_batch.is_null()).exists():
        return
    user = user or g.get("user") or SYSTEM
    pipelines, stages, reasons = resource_of(Pipeline), resource_of(Stage), resource_of(Reason)
    pipeline = pipelines.save(user, pipelines.new(user), {"name": _("Sales"), "place": 1})
    rows = [
        {
            "name": _(name),
            "pipeline": pipeline.id,
            "place": n,
            "probability": probability,
            "forecast": forecast,
            "hue": hue,
            "rot_days": rot,
        }
        for n, (name, probability, forecast, hue, rot) in enumerate(STAGES, 1)
    ]
    stages.save_many(user, [(stages.new(user), row) for row in rows], batch=pipeline.batch)
    if not Reason.select().where(Reason.deleted_batch.is_null()).exists():
        rows = [{"name": _(name), "kind": kind, "place": n} for n, (kind, name) in enumerate(REASONS, 1)]
        reasons.save_many(user, [(reasons.new(user), row) for row in rows], batch=pipeline.batch)
