"""Quotes and orders of the demo firm: a lead from the web that became a delivered order, and others on their way."""

import datetime as dt

from core import fields
from plugins.catalogue.models import Product
from plugins.sales.models import Deal, Lead
from plugins.sales.models.forecast import Target, first_day

from .models import (
    Approval,
    Comment,
    Counter,
    Delivery,
    DeliveryLine,
    Letterhead,
    Limit,
    Order,
    OrderLine,
    Quote,
    QuoteLine,
    Step,
)

SENDER = (
    "栖木家居 · 上海市徐汇区漕溪北路 88 号 · 021-5555 0188\n开户行：招商银行上海徐家汇支行 · 账号 1219 0000 8888 001"
)
SENDER_EN = "Qimu Interiors · 88 Caoxi North Road, Xuhui, Shanghai · +86 21 5555 0188"
TERMS = "1. 签约付 40%，发货前付 50%，验收后付 10%。\n2. 交货期：确认图纸后 35 天。\n3. 质保五年，五金终身维护。"
TERMS_EN = (
    "1. 40 % on signing, 50 % before shipping, 10 % after acceptance.\n2. Lead time: 35 days from approved drawings."
)
#: Headings, texts and SKUs with quantities, as people write quotes here.
KITCHEN = (
    "厨房",
    ("KC-600", 4),
    ("KC-800", 2),
    ("KW-600", 5),
    ("TQ-20", 6),
    "柜体为环保 E0 级板材，台面含前挡水。",
    ("SI-01", 12),
)
WARDROBE = ("主卧衣柜", ("WR-200", 18), ("WR-DR", 4), ("FL-03", 12), "安装", ("SI-01", 18), ("SD-01", 1))
PACKAGE = (("PK-3M", 1), ("KT-220", 1), ("SM-01", 1))
HOTEL = ("样板间 6 间", ("WR-150", 96), ("TS-12", 30), ("FD-02", 48), ("SI-01", 96))
ALL = (KITCHEN, WARDROBE, PACKAGE, HOTEL)
#: Who orders again and again: key of the contact, subject, products with quantities, and how many days ago.
REGULARS = (
    ("studio", "样板间五金补货", (("FH-01", 240), ("FD-02", 60)), (176, 141, 103, 68, 31)),
    ("hotel", "客房灯带更换", (("FL-03", 80),), (214, 165, 117, 70)),
    ("coffee", "Counter tops for the cafés", (("TS-12", 9), ("FH-01", 40)), (205, 142, 84, 22)),
    ("clinic", "诊室抽屉导轨", (("FD-02", 24),), (300, 270, 238)),
)
#: SKU → this quarter's target in yuan.
TARGETS = {"KC-600": 260_000, "WR-200": 420_000, "WR-150": 600_000, "PK-3M": 150_000}


def fill(demo) -> None:
    """Letterheads, the story of one lead, quotes in every state, orders in every state, and an approval that waits."""
    Story(demo).tell()


class Story:
    """The demo's quotes and orders."""

    def __init__(self, demo):
        self.demo, self.rng = demo, demo.random
        self.products = {p.sku: p for p in Product.select().where(Product.deleted_batch.is_null())}
        self.parts = demo.build.by_model[Product].components([p.id for p in self.products.values()])

    def tell(self) -> None:
        demo = self.demo
        heads = [("栖木家居", "zh", SENDER, TERMS), ("Qimu Interiors", "en", SENDER_EN, TERMS_EN)]
        demo.write(Letterhead, [dict(zip(("title", "language", "sender", "terms"), h, strict=True)) for h in heads])
        roles = {user.role.name: user.role_id for user in demo.cast}
        limits = (("member", 10, 50_000), ("manager", 25, 150_000))
        limits = [(roles[name], n, (most * 100, "CNY")) for name, n, most in limits if name in roles]
        demo.write(Limit, [dict(zip(("role", "discount", "contract"), limit, strict=True)) for limit in limits])
        deals = list(Deal.select().where(Deal.deleted_batch.is_null(), Deal.amount_currency == "CNY").order_by(Deal.id))
        with_people = [d for d in deals if d.contact_id or d.organisation_id]
        self._lead(with_people)
        won = [d for d in with_people if d.status == "won"][:22]
        for deal in sorted(won, key=lambda d: d.closed_at):
            self._bought(deal)
        states = ("draft", "sent", "sent", "expired", "declined", "sent", "draft")
        for deal, status in zip([d for d in with_people if d.is_open][:14], states * 2, strict=False):
            self._offered(deal, status)
        for deal in [d for d in with_people if d.status == "lost"][:9]:
            self._offered(deal, "declined", deal.closed_at - dt.timedelta(days=6))
        self._regulars()
        self._targets()

    # Pieces

    def _head(self, deal, made, **values) -> dict:
        customer = deal.organisation_id or deal.contact_id
        head = {"title": deal.title, "contact": customer, "deal": deal.id, "owner": deal.owner_id, "currency": "CNY"}
        if deal.organisation_id and deal.contact_id:
            head["attention"] = deal.contact_id
        return (
            head | {"day": made.date(), "prices": "net", "language": "zh", "terms": TERMS, "created_at": made} | values
        )

    def _lines(self, model, link: str, head, choice, discount=None) -> list:
        rows = []
        for what in choice:
            if isinstance(what, str):
                kind = "text" if len(what) > 12 else "heading"
                rows.append({"kind": kind, "text": what})
                continue
            rows += self._product(*what, discount)
        rows = [{link: head.id, "place": place, "created_at": head.created_at} | row for place, row in enumerate(rows)]
        return self.demo.write(model, rows)

    def _product(self, sku, quantity, discount) -> list[dict]:
        product, parts = self.products[sku], self.parts.get(self.products[sku].id, ())
        price = fields.Amount(product.price, product.price_currency)
        row = {"kind": "bundle" if parts else "item", "product": product.id, "text": product.name, "price": price}
        row |= {"quantity": quantity, "unit": product.unit, "tax": product.tax, "discount": discount, "why": "标准价"}
        below = [
            {"kind": "part", "product": part.product_id, "text": part.product.name, "unit": part.product.unit}
            | {"quantity": part.quantity * quantity}
            for part in parts
        ]
        return [row, *below]

    def _number(self, pattern: str, at) -> str:
        return Counter.next(pattern, at.date())

    def _step(self, kind, at, head, **values) -> None:
        row = {
            "kind": kind,
            "at": at,
            "contact": head.contact_id,
            "title": str(head),
            "created_at": at,
            "by": head.owner_id,
        }
        self.demo.write(Step, [row | values])

    def _quote(self, deal, made, status, choice, discount=None, **values):
        demo, sent = self.demo, made + dt.timedelta(hours=5)
        head = self._head(deal, made, valid_until=(made + dt.timedelta(days=30)).date(), status=status)
        if status != "draft":
            head |= {"number": self._number("Q-{year}-{n:4}", made), "sent_at": sent}
        (quote,) = demo.write(Quote, [head | values])
        self._lines(QuoteLine, "quote", quote, choice, discount)
        if status != "draft":
            self._step("sent", sent, quote, quote=quote.id)
        return quote

    # Stories

    def _lead(self, deals) -> None:
        """A lead from the web became a deal, which was quoted, commented, accepted, and delivered in parts."""
        demo = self.demo
        deal = next((d for d in deals if d.status == "won" and d.closed_at > demo.now - dt.timedelta(days=120)), None)
        if deal is None:
            return
        contact = deal.contact_id or deal.organisation_id
        lead = Lead.select().where(Lead.source == "Website", Lead.state == "converted", Lead.deal.is_null()).first()
        if lead is not None:
            demo.build.by_model[Lead].write([(lead, {"contact": contact, "deal": deal.id})], demo.batch)
        order = self._bought(deal, told=True)
        demo.write(Comment, [self._comment(order.quote_id, contact, deal)])

    def _comment(self, quote_id, contact, deal) -> dict:
        at = deal.closed_at - dt.timedelta(days=1)
        text = "台面能换成岩板吗？另外希望十五号前装好。"
        values = {"quote": quote_id, "contact": contact, "text": text, "name": "客户", "address": "203.0.113.24"}
        return values | {"created_at": at}

    def _bought(self, deal, told=False):
        """An accepted quote and its order, as far as time has gone."""
        demo, rng, closed = self.demo, self.rng, deal.closed_at
        choice = KITCHEN if told else rng.choice(ALL)
        made = closed - dt.timedelta(days=rng.randint(4, 15))
        decided = {
            "decided_at": closed,
            "decided_by": "客户" if told else "",
            "viewed_at": closed - dt.timedelta(days=1),
        }
        quote = self._quote(deal, made, "accepted", choice, rng.choice((None, None, 5)), **decided)
        self._step("viewed", decided["viewed_at"], quote, quote=quote.id, by=None)
        self._step("accepted", closed, quote, quote=quote.id, by=None)
        age = (demo.now - closed).days
        status = (
            "partial"
            if told
            else "closed"
            if age > 60
            else "delivered"
            if age > 30
            else rng.choice(("confirmed", "partial"))
        )
        later = min(closed + dt.timedelta(hours=3), demo.now)
        head = self._head(deal, later, quote=quote.id, status=status, due=(closed + dt.timedelta(days=35)).date())
        head |= {"number": self._number("O-{year}-{n:4}", later), "confirmed_at": later}
        (order,) = demo.write(Order, [head])
        lines = self._lines(OrderLine, "order", order, choice, quote.discount)
        self._step("confirmed", later, order, order=order.id)
        goods = [line for line in lines if line.is_goods]
        if status == "partial":
            self._deliver(
                order,
                {line.id: line.quantity for line in goods[: len(goods) // 2]},
                min(later + dt.timedelta(days=9), demo.now),
            )
        elif status in ("delivered", "closed"):
            self._deliver(
                order, {line.id: line.quantity for line in goods}, min(later + dt.timedelta(days=25), demo.now)
            )
            if choice is PACKAGE:  # one part of the bundle was damaged
                part = next(line for line in goods if line.kind == "part")
                self._send_back(order, part, 1, later + dt.timedelta(days=29))
        return order

    def _deliver(self, order, wanted, at, kind="delivery") -> None:
        row = {
            "number": self._number("D-{year}-{n:4}", at),
            "order": order.id,
            "contact": order.contact_id,
            "kind": kind,
            "by": order.owner_id,
        }
        carrier = self.rng.choice(("德邦 DPK3621884", "自送", "顺丰 SF1390044"))
        (delivery,) = self.demo.write(Delivery, [row | {"day": at.date(), "carrier": carrier, "created_at": at}])
        self.demo.write(
            DeliveryLine, [{"delivery": delivery.id, "line": id, "quantity": n} for id, n in wanted.items()]
        )
        step = "delivered" if kind == "delivery" else "returned"
        self._step(step, at, order, order=order.id, text=f"{delivery.number} · {carrier}")

    def _send_back(self, order, line, quantity, at) -> None:
        """So much of a line came back, unless that is still to come."""
        if at <= self.demo.now:
            self._deliver(order, {line.id: quantity}, at, "return")

    def _offered(self, deal, status, made=None) -> None:
        """A quote that is not accepted (yet), made at some instant; a draft may wait for an approval."""
        demo, rng = self.demo, self.rng
        days = rng.randint(35, 60) if status in ("expired", "declined") else rng.randint(0, 12)
        made = made or demo.past(days)
        more = {"reason": "价格高于预算", "decided_at": made + dt.timedelta(days=6)} if status == "declined" else {}
        waits = status == "draft" and rng.random() < 0.7
        quote = self._quote(deal, made, status, rng.choice(ALL), 15 if waits else None, **more)
        if status in ("expired", "declined"):
            self._step(
                status, made + dt.timedelta(days=6 if more else 30), quote, quote=quote.id, text=more.get("reason", "")
            )
        if waits and deal.owner_id is not None:
            why = "折扣 15% 超出权限 10%。"
            row = {"title": str(quote), "kind": "discount", "why": why, "percent": 15, "contact": quote.contact_id}
            row |= {"amount": fields.Amount(quote.total or 0, "CNY"), "owner": deal.owner_id, "asked_at": made}
            (approval,) = demo.write(Approval, [row | {"words": "二期还有 40 套，争取一次签下。", "created_at": made}])
            Approval.update(resource="orders_quote", record=quote.id).where(Approval.id == approval.id).execute()

    def _regulars(self) -> None:
        """Customers who order the same things every month or two and send a little of it back; one is late, and one was
        not heard of for long."""
        for key, title, choice, days in REGULARS:
            contact = self.demo.named.get(key)
            for ago in days if contact is not None else ():
                at = self.demo.past(ago)
                head = {"title": title, "contact": contact.id, "owner": contact.owner_id, "currency": "CNY"}
                head |= {"day": at.date(), "prices": "net", "status": "closed", "confirmed_at": at, "created_at": at}
                head |= {"number": self._number("O-{year}-{n:4}", at), "closed_at": at + dt.timedelta(days=7)}
                (order,) = self.demo.write(Order, [head | {"language": contact.language or "zh"}])
                lines = self._lines(OrderLine, "order", order, choice)
                self._step("confirmed", at, order, order=order.id)
                self._deliver(order, {line.id: line.quantity for line in lines}, at + dt.timedelta(days=5))
                if ago == days[-1]:
                    self._send_back(order, lines[0], max(1, lines[0].quantity // 12), at + dt.timedelta(days=11))

    def _targets(self) -> None:
        """What is to be sold of some products in this quarter."""
        start, rows = first_day("quarter", self.demo.now.date()), []
        for sku, base in TARGETS.items():
            sums = [fields.Amount(base * k, "CNY") for k in (100, 120, 150)]
            row = dict(zip(("base", "stretch", "challenge"), sums, strict=True))
            rows.append(row | {"product": self.products[sku].name, "period": "quarter", "start": start})
        self.demo.write(Target, rows)
