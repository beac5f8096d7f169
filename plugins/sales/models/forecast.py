"""Targets, and the forecast as it was day by day."""

import calendar
import datetime as dt

import peewee

from core import N_, Base, Record, User, fields

from .kinds import OneOf, ProductName
from .territories import Territory

Team = User.team.rel_model

PERIODS = [("month", N_("Month")), ("quarter", N_("Quarter")), ("year", N_("Year"))]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Target(Record):
    """What a person, a team or the firm wants to sell in a period: for sure, with effort, at best."""

    person = fields.Link(User, label=N_("Salesperson"), index=False)
    team = fields.Link(Team, label=N_("Team"), help=N_("Neither person nor team: the whole firm."), index=False)
    product = ProductName(
        label=N_("Product"), max_length=200, help=N_("As the catalogue names it; empty: of all products.")
    )
    territory = OneOf(Territory, label=N_("Territory"))
    period = fields.Choice(PERIODS, label=N_("Period"), default="quarter", required=True)
    start = fields.Date(label=N_("From day"), required=True, help=N_("Any day of the period."), index=True)
    base = fields.Money(label=N_("Base"), required=True)
    stretch = fields.Money(label=N_("Stretch"))
    challenge = fields.Money(label=N_("Challenge"))

    class Meta:
        indexes = ((("person", "period", "start"), False),)

    def __str__(self):
        who = self.person if self.person_id else self.team if self.team_id else "*"
        return f"{who} · {self.start:%Y-%m}"


class Snapshot(Base):
    """What was won and foreseen for a period on a day, by owner; minor units of the firm's currency."""

    day = fields.Date()
    period = peewee.CharField(max_length=10)
    start = fields.Date()
    #: 0 for deals of nobody.
    owner_id = peewee.IntegerField(default=0)
    won = peewee.BigIntegerField(default=0)
    commit_sum = peewee.BigIntegerField(default=0)
    best = peewee.BigIntegerField(default=0)
    weighted = peewee.BigIntegerField(default=0)

    class Meta:
        indexes = ((("period", "start", "day", "owner_id"), True),)


def first_day(period: str, day: dt.date) -> dt.date:
    """The first day of the period that a day is in."""
    months = MONTHS[period]
    return dt.date(day.year, (day.month - 1) // months * months + 1, 1)


def day_after(period: str, start: dt.date, times: int = 1) -> dt.date:
    """The first day of the period after the one that begins at `start`; `times` may be negative."""
    year, month = divmod(start.month - 1 + MONTHS[period] * times, 12)
    return dt.date(start.year + year, month + 1, 1)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or before; a month's last day stays one, and stands for days it lacks."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month + 1, last if was_last else min(day.day, last))
