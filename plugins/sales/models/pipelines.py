"""Pipelines, their stages, and the reasons why deals are won or lost."""

import re

import peewee

from core import N_, Record, fields, html, resource_of

from .kinds import OneOf, Percent, Ticks

#: How sure a deal is for the forecast, from sure to not counted.
FORECASTS = [
    ("commit", N_("Commit"), "green"),
    ("best", N_("Best case"), "blue"),
    ("pipeline", N_("Pipeline"), "gray"),
    ("omit", N_("Left out"), "gray"),
]
#: Fields of a deal that a stage may ask for before a deal enters it.
ASKABLE = (
    "contact",
    "organisation",
    "amount",
    "expected_close",
    "next_step",
    "next_step_at",
    "source",
    "competitors",
    "territory",
    "note",
)


class Pipeline(Record):
    """A way of selling: its own stages, its own board."""

    name = fields.Text(label=N_("Pipeline"), required=True, max_length=80)
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."), index=True)
    active = fields.Bool(label=N_("In use"), default=True)


class Stage(Record):
    """A step of a pipeline: a column of its board."""

    name = fields.Text(label=N_("Stage"), required=True, max_length=80)
    pipeline = OneOf(Pipeline, label=N_("Pipeline"), required=True, backref="stages")
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."), index=True)
    probability = Percent(label=N_("Probability (%)"), default=10)
    forecast = fields.Choice(FORECASTS, label=N_("In the forecast as"), default="pipeline")
    hue = fields.Choice([(name, name.capitalize(), name) for name in html.HUES], label=N_("Colour"), default="blue")
    rot_days = fields.Integer(
        label=N_("Rots after … days"), help=N_("A deal that nobody touches for so long stands out. Empty: never.")
    )
    asks = Ticks(lambda: askable(), label=N_("Must be filled in before a deal comes here"))
    checklist = fields.LongText(
        label=N_("Checklist"),
        help=N_("One item a line; all must be ticked before a deal goes on from here."),
        max_length=4000,
    )
    tasks = fields.LongText(
        label=N_("Tasks that a deal brings here"),
        help=N_("One a line, with the days that they have: “Send the drawings +3”. Needs the module Tasks."),
        max_length=4000,
    )

    @property
    def items(self) -> list[str]:
        """The lines of the checklist."""
        return [line.strip() for line in self.checklist.splitlines() if line.strip()]

    @property
    def templates(self) -> list[tuple[str, int]]:
        """Title and days of each task that a deal brings here."""
        found = []
        for line in filter(None, map(str.strip, self.tasks.splitlines())):
            title, days = re.fullmatch(r"(.*?)(?:\s*\+(\d{1,3}))?", line).groups()
            found.append((title[:200], int(days or 0)))
        return found


def askable() -> list[tuple[str, str]]:
    """The fields that a stage may ask for: name and label in the reader's language."""
    deals = resource_of(Stage).build.by_table["sales_deal"]
    return [(name, deals.field_title(name)) for name in ASKABLE]


class Reason(Record):
    """Why deals are won or lost, or leads are given up."""

    name = fields.Text(label=N_("Reason"), required=True, max_length=120)
    kind = fields.Choice(
        [("won", N_("Won"), "green"), ("lost", N_("Lost"), "red"), ("lead", N_("Lead given up"), "orange")],
        label=N_("For"),
        default="lost",
        required=True,
    )
    place = fields.Integer(label=N_("Place"), default=0, help=N_("Lower comes first."), index=True)


Stage.add_index(
    peewee.SQL('CREATE INDEX "sales_stage_of" ON "sales_stage" ("pipeline_id", "place") WHERE "deleted_batch" IS NULL')
)
