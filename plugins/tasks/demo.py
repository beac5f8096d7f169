"""Tasks of the demo firm: told ones of its characters, and a scatter over the other contacts."""

from .models import Task

#: Title, character or "", assignee and author (places in the cast), days from now, priority, repeat, every, text.
TOLD = (
    ("二期样板房排产表发给张总", "zhang", 3, 3, 0, "urgent", "", None, "胡桃木两间，周五前给交期承诺。"),
    ("书柜方案：两版报价", "chen", 2, 2, 1, "high", "", None, "预算 ¥30,000，书房净高 2.62 米。"),
    (
        "Check the Hangzhou drawings",
        "emily",
        3,
        1,
        -2,
        "high",
        "",
        None,
        "The counter is 40 cm longer than in Anfu Road.",
    ),
    ("Collect the safety certificates", "priya", 1, 1, 2, "normal", "", None, "The board wants them in one file."),
    ("合同终稿请陆晴核对税号", "ouyang", 1, 0, 0, "high", "", None, ""),
    ("换货的两包白橡到仓验收", "gu", 0, 0, -1, "high", "", None, "含水率不超过 9%。"),
    ("New shelf for David, 812 mm", "david", 2, 1, 1, "normal", "", None, ""),
    ("上门修补李明家餐桌", "liming", 2, 1, 4, "normal", "", None, "带木蜡油和 240 目砂纸。"),
    ("给王阿姨送保养套装", "wang", 2, 2, 6, "low", "", None, ""),
    ("Sketch for the window bench", "sophie", 3, 3, 3, "normal", "", None, "2.4 m, storage underneath, lane house."),
    ("设计师返点对账", "xu", 1, 0, 5, "normal", "month", None, "每月五号前发给许清和。"),
    ("周一例会：本周送货安排", "", 1, 0, 2, "normal", "week", None, ""),
    ("盘点木料库存", "", 0, 0, 8, "normal", "month", 3, "白橡、黑胡桃、樱桃木。"),
    ("Water the plants in the showroom", "", 3, 1, 0, "low", "week", None, ""),
    ("回看小红书私信", "", 2, 1, 0, "normal", "day", None, "当天回复。"),
    ("Renew the fire insurance", "", 0, 0, 21, "high", "year", None, ""),
    ("整理展厅照片", "", 2, 2, None, "low", "", None, ""),
)
CHORES = (
    ("回访安装效果", "Ask how the furniture holds up"),
    ("寄送木样", "Post wood samples"),
    ("更新报价单", "Update the quote"),
    ("确认量尺时间", "Agree a time to measure"),
    ("发送图纸 PDF", "Send the drawings as PDF"),
    ("开票并寄出", "Send the invoice"),
    ("约送货时间", "Book the delivery"),
    ("节日问候", "Send season's greetings"),
)


def fill(demo) -> None:
    """About one task for every fourth contact: two thirds of them done, the others due around now."""
    rows = [_told(demo, *told) for told in TOLD if not told[1] or told[1] in demo.named]
    others = demo.contacts[len(demo.named) :]
    rows += [_chore(demo, contact) for contact in demo.random.sample(others, len(others) // 4)]
    rows.sort(key=lambda row: row["created_at"])
    demo.write(Task, rows)


def _told(demo, title, key, assignee, author, days, priority, repeat, every, text) -> dict:
    return {
        "title": title,
        "contact": demo.named[key].id if key else None,
        "assignee": demo.cast[assignee].id,
        "author": demo.cast[author].id,
        "due_at": None if days is None else demo.due(days),
        "priority": priority,
        "repeat": repeat,
        "every": every,
        "description": text,
        "created_at": demo.past(demo.random.randint(1, 9) + max(0, -(days or 0))),
    }


def _chore(demo, contact) -> dict:
    rng = demo.random
    done, owner = rng.random() < 0.66, contact.owner_id
    given = demo.past(rng.randint(8, 60)) if done else demo.past(rng.randint(1, 10))
    row = {
        "title": rng.choice(CHORES)[contact.language == "en"],
        "contact": contact.id,
        "assignee": owner,
        "author": owner if rng.random() < 0.7 else demo.cast[rng.choice((0, 1))].id,
        "due_at": demo.due(rng.randint(-4, 20)),
        "priority": rng.choices(("low", "normal", "high"), (20, 65, 15))[0],
        "created_at": given,
    }
    if done:
        days = (demo.now - given).days
        closed = demo.past(rng.randint(0, max(0, days - 2)))
        row |= {"status": "done", "done_at": closed, "due_at": closed, "updated_at": closed}
    return row
