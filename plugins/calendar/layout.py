"""Where things stand on a page: rows of a quarter of an hour, and lanes for what takes place at the same time."""

import datetime as dt
from dataclasses import dataclass, field

from .items import Item

#: The hours that are shown even when nothing is in them.
FIRST_HOUR, LAST_HOUR = 8, 18
#: Lanes side by side; a fifth thing at one time stands in the last.
LANES = 4


@dataclass(frozen=True)
class Block:
    """An item at its place in a day: a row and so many of them (of 15 minutes), lane and lanes."""

    item: Item
    row: int
    rows: int
    lane: int
    lanes: int

    @property
    def classes(self) -> str:
        """The classes of the stylesheet that put it there."""
        width = 12 // self.lanes
        return f"cal-t{self.row} cal-n{self.rows} cal-x{self.lane * width + 1} cal-w{width}"


@dataclass
class Day:
    """A day as drawn: what has no hour above, what has one below."""

    date: dt.date
    #: All-day things first, then what is due.
    above: list[Item] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def items(self) -> list[Item]:
        """What takes place, then what is due: a cell of the month has room for a few."""
        return [i for i in (*self.above, *(b.item for b in self.blocks)) if not i.todo] + [
            i for i in self.above if i.todo
        ]


def hours(items: list[Item], days: list[dt.date]) -> tuple[int, int]:
    """The first hour and the one after the last that must be shown."""
    timed = [i for i in items if not i.all_day and not i.todo]
    first = [0 if i.start.date() < days[0] else i.start.hour for i in timed]
    last = [24 if i.end.date() > i.start.date() else i.end.hour + bool(i.end.minute) for i in timed]
    return min([FIRST_HOUR, *first]), max([LAST_HOUR, *last])


def days_of(items: list[Item], days: list[dt.date], first_hour: int = 0, last_hour: int = 24) -> list[Day]:
    """The items on their days; one that goes past midnight stands on each of its days."""
    found = []
    for date in days:
        here = [item for item in items if item.on(date)]
        day = Day(date, [i for i in here if i.all_day or i.todo])
        timed = [i for i in here if not i.all_day and not i.todo and not _only_midnight(i, date)]
        day.blocks = _blocks(timed, date, first_hour, last_hour)
        found.append(day)
    return found


def _only_midnight(item: Item, date: dt.date) -> bool:
    """Whether it ended at the very beginning of this day."""
    return item.start.date() < date and item.end.date() == date and item.end.time() == dt.time()


def _blocks(items: list[Item], date: dt.date, first_hour: int, last_hour: int) -> list[Block]:
    spans, groups = [], []
    for item in sorted(items, key=lambda i: (i.start, -i.end.timestamp(), i.id)):
        start = _quarter(item.start) if item.start.date() == date else 0
        end = _quarter(item.end, up=True) if item.end.date() == date else 96
        start = max(start, first_hour * 4)
        spans.append((item, start, min(max(end, start + 2), last_hour * 4)))
    for span in spans:  # a group is what hangs together by overlapping
        if groups and span[1] < max(end for _, _, end in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [block for group in groups for block in _laid_out(group, first_hour)]


def _laid_out(group, first_hour: int) -> list[Block]:
    """Each into the first lane that is free."""
    ends, lanes = [], []
    for _, start, end in group:
        lane = next((i for i, taken in enumerate(ends) if taken <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = end
        lanes.append(min(lane, LANES - 1))
    count = min(len(ends), LANES)
    return [
        Block(item, start - first_hour * 4 + 1, max(end - start, 1), lane, count)
        for (item, start, end), lane in zip(group, lanes, strict=True)
    ]


def _quarter(instant: dt.datetime, up: bool = False) -> int:
    minutes = instant.hour * 60 + instant.minute
    return -(-minutes // 15) if up else minutes // 15
