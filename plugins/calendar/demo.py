"""Meetings of the demo firm: of its characters, around today."""

import datetime as dt

from .models import Meeting

#: Days from today, hour, minute, minutes, title, character, organiser (place in the cast), where, guests.
TOLD = (
    (0, 10, 0, 60, "二期样板房交底会", "zhang", 3, "东莞工厂 2 号会议室", ("zhang",)),
    (0, 14, 30, 45, "Handover of the Hangzhou drawings", "emily", 3, "Video call", ("emily",)),
    (1, 9, 30, 90, "量尺：书柜与玄关", "chen", 2, "静安区，客户家中", ()),
    (1, 15, 0, 60, "合同终稿会签", "ouyang", 1, "公司", ("ouyang",)),
    (2, 11, 0, 60, "Board of the school: safety certificates", "priya", 1, "Video call", ("priya",)),
    (3, 13, 30, 120, "展厅看样：胡桃木长桌", "liming", 1, "展厅", ()),
    (4, 10, 0, 60, "Window bench: second sketch", "sophie", 3, "Showroom", ("sophie",)),
    (-1, 16, 0, 45, "设计师返点月结", "xu", 1, "微信语音", ()),
    (-2, 9, 0, 30, "周例会", "", 0, "展厅二楼", ()),
    (5, 9, 0, 30, "周例会", "", 0, "展厅二楼", ()),
    (8, 14, 0, 60, "New shelf for David", "david", 2, "Workshop", ("david",)),
)
#: Days from today, how many days, title, character, organiser.
WHOLE = ((6, 3, "上海家具展", "", 0), (-4, 1, "Stocktaking", "", 3))


def fill(demo) -> None:
    """Each organised by somebody of the cast, most with the character as a guest."""
    rows = [_meeting(demo, *told) for told in TOLD if not told[5] or told[5] in demo.named]
    rows += [_whole(demo, *whole) for whole in WHOLE]
    demo.write(Meeting, sorted(rows, key=lambda row: row["starts_at"]))


def _meeting(demo, days, hour, minute, minutes, title, key, owner, place, guests) -> dict:
    starts = demo.at(days, hour, minute)
    return {
        "title": title,
        "contact": demo.named[key].id if key else None,
        "starts_at": starts,
        "ends_at": starts + dt.timedelta(minutes=minutes),
        "owner": demo.cast[owner].id,
        "place": place,
        "guests": [g for g in (_guest(demo.named[key]) for key in guests if key in demo.named) if g],
        "created_at": demo.past(4),
    }


def _guest(contact) -> dict | None:
    return {"name": contact.name, "email": contact.emails[0].value} if contact.emails else None


def _whole(demo, days, count, title, key, owner) -> dict:
    starts = demo.at(days, 9, 0)
    ends = starts + dt.timedelta(days=count - 1)
    return {
        "title": title,
        "starts_at": starts,
        "ends_at": ends,
        "all_day": True,
        "owner": demo.cast[owner].id,
        "created_at": demo.past(6),
    }
