"""Regions as a tree, and what other currencies were worth."""

import peewee

from core import N_, Record, User, fields

from .kinds import OneOf


class Territory(Record):
    """A region; it may be part of a larger one."""

    name = fields.Text(label=N_("Territory"), required=True, max_length=80)
    parent = OneOf("self", label=N_("Part of"))
    owner = fields.Link(User, label=N_("Responsible"), backref="territories")
    regions = fields.LongText(
        label=N_("Regions in it"),
        help=N_("One a line, as leads and addresses name them: 上海, Zhejiang. A lead from there belongs here."),
        max_length=4000,
    )

    @property
    def names(self) -> list[str]:
        """The lines of `regions`, folded for comparison."""
        return [line.strip().casefold() for line in self.regions.splitlines() if line.strip()]


class Rate(Record):
    """What one unit of a currency is worth in the firm's own, from a day on."""

    currency = fields.Currency(label=N_("Currency"), required=True)
    day = fields.Date(label=N_("Valid from"), required=True, index=True)
    rate = fields.Number(
        label=N_("Worth"), required=True, help=N_("One unit of it in the firm's currency, such as 7.12."), decimals=6
    )

    def __str__(self):
        return f"{self.currency} {self.day}"


Rate.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX "sales_rate_once" ON "sales_rate" ("currency", "day") WHERE "deleted_batch" IS NULL'
    )
)
