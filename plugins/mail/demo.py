"""Mails of the demo firm: conversations with its characters, three that nobody filed yet, and templates."""

import datetime as dt

from .models import Letter, Mailbox, Template
from .sending import body

OURS = ("Qimu 其木", "hello@qimu.example.com")

#: Character, subject, and its mails: days ago, who of us wrote it (place in the cast) or None, what it says, state.
TOLD = (
    (
        "chen",
        "书柜方案与报价",
        (
            (
                6,
                None,
                "你好，\n\n上周在展厅看的胡桃木书柜，净高是 2.62 米。能发两版报价吗？一版带灯，一版不带。",
                "",
            ),
            (
                5,
                2,
                "陈女士，您好！\n\n报价如下：\n\n- **A 版** 带灯 ¥31,800\n- **B 版** 无灯 ¥28,600\n\n交期六周。",
                "sent",
            ),
            (1, None, "收到，谢谢。我们倾向 A 版，周末能来家里复尺吗？", ""),
        ),
    ),
    (
        "emily",
        "Counter for the Hangzhou store",
        (
            (
                9,
                None,
                "Hi,\n\nthe counter is 40 cm longer than the one in Anfu Road. Does the price change?",
                "",
            ),
            (8, 1, "Dear Emily,\n\nit does, by about 8 %. The new drawing follows on Monday.\n\nBest,\nHelen", "sent"),
            (2, None, "Great, that works for us. Please go ahead.", ""),
        ),
    ),
    (
        "priya",
        "Safety certificates",
        (
            (
                3,
                1,
                "Dear Priya,\n\nall certificates are in one file now, as your board asked.",
                "sent",
            ),
        ),
    ),
    (
        "david",
        "Your new shelf",
        (
            (
                0,
                2,
                "Hi David,\n\nthe 812 mm shelf is ready. Shall we send it?",
                "failed",
            ),
        ),
    ),
    (
        "ouyang",
        "合同终稿",
        (
            (4, 0, "欧阳总，您好！\n\n合同终稿请过目。如无修改，今天用印寄出。", "sent"),
            (3, None, "看过了，第七条的账期改成 45 天，其他没问题。", ""),
        ),
    ),
)
UNFILED = (
    (
        1,
        "Lena Vogt <lena@nordlicht.example>",
        "Oak benches for a café",
        "Hello,\n\nwe are opening in spring and need six benches.",
    ),
    (2, "林晓 <xiao.lin@example.net>", "想预约看展厅", "你好，请问周六下午展厅开放吗？我们想看看餐桌。"),
    (4, "Fairs Office <info@fair.example>", "Your stand in hall 5.2", "The plan of the hall is now online."),
)
TEMPLATES = (
    (
        "报价跟进",
        "{{ contact.first_name }}，关于您的报价",
        "{{ contact.first_name }}，您好！\n\n报价您看过了吗？如需调整尺寸或木料，直接回复即可。\n\n{{ user.name }}",
    ),
    (
        "Thank you for your visit",
        "Thank you for your visit, {{ contact.first_name }}",
        "Dear {{ contact.first_name }},\n\nthank you for visiting our showroom. If you have any questions about wood or"
        " delivery, just answer this mail.\n\nKind regards,\n{{ user.name }}\n{{ firm }}",
    ),
    (
        "交付后回访",
        "家具用得还顺手吗？",
        "{{ contact.first_name }}，您好！\n\n家具用得还顺手吗？有任何小问题，我们上门处理。\n\n{{ user.name }}",
    ),
)


def fill(demo) -> None:
    """A mailbox of the firm that is switched off (nothing is fetched in a demo), and what came and went."""
    box = demo.write(
        Mailbox,
        [{"name": OURS[0], "address": OURS[1], "host": "imap.qimu.example.com", "active": False, "strangers": True}],
    )[0]
    letters = [pair for told in TOLD if told[0] in demo.named for pair in _conversation(demo, box, *told)]
    letters += [_unfiled(demo, box, n, *row) for n, row in enumerate(UNFILED)]
    demo.build.by_model[Letter].write(letters, demo.batch)
    demo.write(Template, [{"name": n, "subject": s, "text": t} for n, s, t in TEMPLATES])


def _conversation(demo, box, key, subject, mails):
    contact = demo.named[key]
    demo.build.resources["contacts"].load_parts([contact])
    theirs = [contact.name, contact.emails[0].value if contact.emails else f"{key}@example.com"]
    before, text_before = "", ""
    for n, (days, who, text, state) in enumerate(mails):
        at = demo.past(days) if days else demo.now - dt.timedelta(hours=2)
        letter, id = _letter(at, f"{key}-{n}", f"{key}-0"), f"<{key}-{n}@qimu.example.com>"
        quote = "\n\n> " + text_before.replace("\n", "\n> ") if text_before else ""
        letter.references, letter.visible = before, len(text)
        values = {"contact": contact.id, "subject": ("Re: " if n else "") + subject, "text": text + quote, "at": at}
        if who is None:
            values |= {"direction": "in", "state": "received", "to": [list(OURS)], "mailbox": box.id}
            values |= {"sender": f"{theirs[0]} <{theirs[1]}>"}
        else:
            user = demo.cast[who]
            letter.html = body(text)[1]
            values |= {"direction": "out", "state": state, "user": user.id, "to": [theirs], "mailbox": box.id}
            values |= {"sender": f"{user.name} <{OURS[1]}>"}
        if state == "failed":
            values["answer"] = "550 5.1.1 Mailbox unavailable"
        before, text_before = f"{before} {id}".strip(), text
        yield letter, values


def _letter(at, id: str, thread: str) -> Letter:
    letter = Letter(created_at=at, updated_at=at)
    letter.__dict__["keep_dates"] = True
    letter.message_id, letter.thread = f"<{id}@qimu.example.com>", f"<{thread}@qimu.example.com>"
    return letter


def _unfiled(demo, box, n, days, sender, subject, text):
    at = demo.past(days)
    letter = _letter(at, f"unfiled-{n}", f"unfiled-{n}")
    letter.visible = len(text)
    values = {"subject": subject, "text": text, "at": at, "direction": "in", "state": "received", "sender": sender}
    return letter, values | {"to": [list(OURS)], "mailbox": box.id}
