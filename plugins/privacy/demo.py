"""Consents of the demo firm, and a retention rule that rests."""

from .models import Channel, Consent, Hold, Purpose

#: Channel, state, source, days ago, purpose or "", proof; of the characters with a story.
TOLD = {
    "zhang": (
        ("email", "granted", "form", 120, "Newsletter", "展厅登记表第 3 条，签名原件在前台。"),
        ("phone", "granted", "verbal", 118, "", ""),
        ("sms", "refused", "verbal", 118, "", "不要发短信，有事打电话。"),
    ),
    "emily": (
        ("email", "granted", "web", 200, "", "Ticked the box on the contact form."),
        ("email", "withdrawn", "link", 12, "Newsletter", "Unsubscribed from the October letter."),
    ),
    "chen": (("wechat", "granted", "event", 60, "", "家装节扫码，勾选同意接收新品信息。"),),
    "wang": (("post", "granted", "contract", 90, "", "保养卡背面签字。"), ("phone", "refused", "phone", 30, "", "")),
    "david": (("email", "granted", "contract", 45, "Offers", "Clause 9 of the order."),),
}


def fill(demo) -> None:
    """What the characters said, and consent to e-mail of every third other contact."""
    channels = {row.code: row.id for row in Channel.select()}
    purposes = {row.name: row.id for row in Purpose.select()}
    rows = []
    for key, told in TOLD.items():
        if key not in demo.named:
            continue
        contact = demo.named[key]
        for code, state, source, days, purpose, proof in told:
            values = {"state": state, "source": source, "proof": proof, "given_at": demo.past(days)}
            rows.append(_row(contact, channels[code], purposes.get(purpose), values))
    others = demo.contacts[len(demo.named) :]
    for contact in demo.random.sample(others, len(others) // 3):
        code = demo.random.choice(("email", "email", "wechat", "phone"))
        state = demo.random.choices(("granted", "refused", "withdrawn"), (80, 12, 8))[0]
        values = {"state": state, "source": demo.random.choice(("form", "web", "event", "verbal"))}
        rows.append(_row(contact, channels[code], None, values | {"given_at": demo.past(demo.random.randint(1, 200))}))
    rows.sort(key=lambda row: row["given_at"])
    demo.write(Consent, rows)
    if "ouyang" in demo.named:
        demo.write(Hold, [{"contact": demo.named["ouyang"].id, "reason": "合同争议处理中，资料须保留。"}])


def _row(contact, channel: int, purpose: int | None, values: dict) -> dict:
    owner = contact.owner_id
    return {"contact": contact.id, "channel": channel, "purpose": purpose, "recorded_by": owner} | values
