"""Sales of the demo firm: two pipelines, deals on their way, leads, a pool, targets and what was foreseen."""

import datetime as dt

from core import SYSTEM, fields

from .models import (
    Absence,
    AssignRule,
    Deal,
    DealContact,
    Lead,
    Move,
    Pipeline,
    Rate,
    Reason,
    Stage,
    Territory,
    WebForm,
)
from .models.forecast import Snapshot, Target, day_after, first_day
from .models.pool import Pool, PoolMove, PoolRule, PoolStay
from .models.score import ScoreRule
from .resources.scores import learn_and_score

#: Pipeline → its stages: name, probability, forecast, hue, days until it rots, checklist, tasks, fields it asks for.
PIPELINES = {
    "住宅定制 Homes": (
        ("初步接洽", 10, "pipeline", "azure", 14, "", "", []),
        ("量尺与需求", 30, "pipeline", "blue", 14, "预算已确认\n户型图已拿到", "约上门量尺 +3", ["contact"]),
        ("方案报价", 50, "best", "indigo", 21, "报价单已发出", "", ["amount", "expected_close"]),
        ("商务谈判", 75, "commit", "purple", 14, "", "请陆晴核对合同 +2", ["amount"]),
    ),
    "工装项目 Fit-out": (
        ("Enquiry", 10, "pipeline", "azure", 21, "", "", []),
        ("Scoping", 25, "pipeline", "blue", 21, "Site visited\nDecision makers known", "Site survey +5", []),
        ("Proposal", 50, "best", "indigo", 30, "", "Follow up the proposal +7", ["amount", "expected_close"]),
        ("Negotiation", 75, "commit", "purple", 21, "", "", ["amount"]),
    ),
}
REASONS = (
    ("won", "做工与材料 Craft"),
    ("won", "设计打动客户 Design"),
    ("won", "老客户推荐 Referral"),
    ("lost", "价格偏高 Price"),
    ("lost", "选了竞争对手 Competitor"),
    ("lost", "工期排不上 Lead time"),
    ("lost", "项目搁置 On hold"),
    ("lead", "预算不符 Budget"),
    ("lead", "联系不上 No answer"),
)
#: Title, character, pipeline, stage, thousands, currency, days to close, days in the stage, next step, competitors.
TOLD = (
    ("云栖里酒店二期 48 间客房", "zhang", 1, 3, 940, "CNY", 12, 4, "周五前给交期承诺", "和木; Atelier Nine"),
    ("书房整面书柜", "chen", 0, 2, 30, "CNY", 9, 5, "两版报价请客户选", ""),
    ("Hangzhou café counter", "emily", 1, 2, 86, "CNY", 20, 8, "Check the drawings", "IKEA Business"),
    ("Boardroom table and 12 chairs", "priya", 1, 3, 24, "USD", 6, 3, "Send the certificates", ""),
    ("样板间整体家具", "ouyang", 1, 3, 268, "CNY", 4, 2, "合同终稿核对税号", "和木"),
    ("Window bench, lane house", "sophie", 0, 2, 18, "CNY", 15, 26, "Send the sketch", ""),
    ("客餐厅定制", "liming", 0, 1, 62, "CNY", 40, 9, "上门修补时谈", ""),
    ("Shelf wall, 812 mm", "david", 0, 0, 9, "CNY", 25, 19, "", ""),
)
PIECES = {
    "zh": ("全屋定制", "衣柜与床架", "餐桌椅一套", "前台与接待区", "办公室书柜", "岛台与吧椅", "儿童房", "会议室家具"),
    "en": (
        "Reception desk",
        "Meeting room set",
        "Fitted wardrobe",
        "Oak dining table",
        "Shop fittings",
        "Library wall",
    ),
}
SOURCES = (
    ("转介绍", 0.55),
    ("小红书", 0.28),
    ("门店", 0.42),
    ("家具展", 0.22),
    ("Website", 0.3),
    ("Referral", 0.55),
)
CAMPAIGNS = ("", "双十一展厅日", "Spring showroom", "设计周 2026")
REGIONS = ("上海", "杭州", "苏州", "南京", "宁波", "Shanghai")
RIVALS = ("和木", "IKEA Business", "Atelier Nine", "木匠世家")


def fill(demo) -> None:
    """All of it, in the order in which one part needs the other."""
    story = _Story(demo)
    story.settings()
    story.deals()
    story.leads()
    story.pool()
    story.targets()


class _Story:
    """What the parts of the story share."""

    def __init__(self, demo):
        self.demo, self.rng = demo, demo.random
        self.people = demo.cast[:4]
        self.sellers = demo.cast[1:4]

    def settings(self) -> None:
        """Pipelines, reasons, territories, rates and rules."""
        write = self.demo.write
        self.pipelines = write(Pipeline, [{"name": name, "place": n} for n, name in enumerate(PIPELINES, 1)])
        rows = [
            dict(
                pipeline=pipeline.id,
                place=place,
                name=name,
                probability=probability,
                forecast=forecast,
                hue=hue,
                rot_days=rot,
                checklist=checklist,
                tasks=tasks,
                asks=asks,
            )
            for pipeline, stages in zip(self.pipelines, PIPELINES.values(), strict=True)
            for place, (name, probability, forecast, hue, rot, checklist, tasks, asks) in enumerate(stages, 1)
        ]
        made = write(Stage, rows)
        self.stages = [[s for s in made if s.pipeline_id == p.id] for p in self.pipelines]
        self.reasons = write(Reason, [{"kind": k, "name": n, "place": i} for i, (k, n) in enumerate(REASONS)])
        (east,) = write(Territory, [{"name": "华东 East", "regions": ""}])
        self.territories = write(
            Territory,
            [
                {"name": "上海 Shanghai", "parent": east.id, "regions": "上海\nShanghai", "owner": self.people[1].id},
                {"name": "江浙 Jiangzhe", "parent": east.id, "regions": "杭州\n苏州\n南京\n宁波"},
            ],
        )
        today = self.demo.now.date()
        year = dt.date(today.year, 1, 1)
        write(Rate, [{"currency": c, "day": year, "rate": r} for c, r in (("USD", 7), ("EUR", 8), ("GBP", 9))])
        home, works = self.sellers[1].id, self.sellers[2].id
        write(
            AssignRule,
            [
                {
                    "name": "工装 Projects",
                    "place": 1,
                    "products": "会议室家具\n前台与接待区\nReception desk\nMeeting room set",
                }
                | {"people": [works], "strategy": "turn"},
                {
                    "name": "其余 Everybody else",
                    "place": 2,
                    "people": [home, works],
                    "strategy": "load",
                    "capacity": 40,
                },
            ],
        )
        write(
            ScoreRule,
            [
                {
                    "name": "预算过十万 Large budget",
                    "field": "budget",
                    "test": "least",
                    "value": "100000",
                    "points": 10,
                },
                {"name": "没有电话 No phone", "field": "phone", "test": "empty", "points": -8},
            ],
        )
        write(
            Absence,
            [
                {
                    "person": home,
                    "first": today + dt.timedelta(20),
                    "last": today + dt.timedelta(27),
                    "why": "年假",
                    "deputy": self.demo.cast[1].id,
                },
                {
                    "person": self.demo.cast[0].id,
                    "first": today - dt.timedelta(1),
                    "last": today + dt.timedelta(3),
                    "why": "广州家具展",
                    "deputy": self.demo.cast[2].id,
                },
            ],
        )
        asks = ["email", "phone", "product", "message"]
        title = "预约量尺 · Book a visit"
        write(WebForm, [{"title": title, "asks": asks, "source": "Website", "consent": "同意栖木家居与我联系。"}])

    # Deals

    def deals(self) -> None:
        """Those that are told, and a year of others: most of them closed."""
        demo, rng = self.demo, self.rng
        rows = [self._told(*told) for told in TOLD if told[1] in demo.named]
        others = [c for c in demo.contacts[len(demo.named) :] if c.stage in ("opportunity", "customer", "lapsed")]
        for contact in rng.sample(others, min(len(others), 70)):
            rows.append(self._other(contact))
        self._bring(rows)
        self.made = demo.write(Deal, rows)
        self._moves()
        for title, people in (("云栖里酒店二期 48 间客房", (("zhang", "decides"), ("ouyang", "influences"))),):
            deal = next((d for d in self.made if d.title == title), None)
            known = [(demo.named[key], part) for key, part in people if key in demo.named]
            if deal is not None:
                demo.write(DealContact, [{"deal": deal.id, "contact": c.id, "part": part} for c, part in known])

    def _told(self, title, key, pipeline, stage, thousands, currency, closes, since, step, rivals) -> dict:
        contact, demo = self.demo.named[key], self.demo
        here = self.stages[pipeline][stage]
        return {
            "title": title,
            "contact": None if contact.is_organisation else contact.id,
            "organisation": contact.id if contact.is_organisation else contact.organisation_id,
            "stage": here.id,
            "amount": fields.Amount(thousands * 100_000, currency),
            "expected_close": demo.now.date() + dt.timedelta(days=closes),
            "owner": contact.owner_id,
            "stage_since": demo.past(since),
            "next_step": step,
            "next_step_at": demo.due(self.rng.randint(0, 4)) if step else None,
            "competitors": rivals,
            "source": contact.source,
            "ticked": {str(here.id): here.items[:1]} if here.items else {},
            "created_at": demo.past(since + self.rng.randint(10, 40)),
        }

    def _bring(self, rows) -> None:
        """A design studio brought some of the deals, for a share of each."""
        if (studio := self.demo.named.get("studio")) is not None:
            for row in [row for row in rows if row.get("status") == "won"][:5]:
                row |= {"partner": studio.id, "commission": 5}

    def _other(self, contact) -> dict:
        rng, demo = self.rng, self.demo
        pipeline = 1 if contact.is_organisation or rng.random() < 0.3 else 0
        status = rng.choices(("open", "won", "lost"), (40, 34, 26))[0]
        stage = rng.choice(self.stages[pipeline]) if status != "won" else self.stages[pipeline][-1]
        source, _rate = rng.choice(SOURCES)
        begun = rng.randint(20, 300)
        row = {
            "title": rng.choice(PIECES["en" if contact.language == "en" else "zh"]) + " · " + contact.name,
            "contact": None if contact.is_organisation else contact.id,
            "organisation": contact.id if contact.is_organisation else contact.organisation_id,
            "stage": stage.id,
            "status": status,
            "amount": fields.Amount(rng.randint(8, 320) * 100_000, "CNY" if rng.random() < 0.9 else "USD"),
            "owner": contact.owner_id,
            "source": source,
            "campaign": rng.choice(CAMPAIGNS),
            "territory": rng.choice(self.territories).id,
            "competitors": rng.choice(RIVALS) if rng.random() < 0.35 else "",
        }
        if row["amount"].currency == "USD":
            row["amount"] = fields.Amount(row["amount"].minor // 70_000 * 10_000, "USD")
        if status == "open":
            row["stage_since"] = demo.past(rng.randint(1, 24))
            row["expected_close"] = demo.now.date() + dt.timedelta(days=rng.randint(-8, 80))
            row["created_at"] = demo.past(rng.randint(25, 80))
        else:
            row["closed_at"] = demo.past(rng.randint(1, begun - 15))
            row["created_at"] = demo.past(begun)
            row["stage_since"] = row["closed_at"] - dt.timedelta(days=rng.randint(2, 9))
            row["expected_close"] = row["closed_at"].date()
            row["reason"] = rng.choice([r for r in self.reasons if r.kind == status]).id
        return row

    def _moves(self) -> None:
        """The way of each deal to where it is, with days between its stages."""
        rows = []
        for deal in self.made:
            stages = next(s for s in self.stages if deal.stage_id in [x.id for x in s])
            last = [s.id for s in stages].index(deal.stage_id)
            end = deal.stage_since
            step = max((end - deal.created_at) / (last or 1), dt.timedelta(hours=1))
            at, before = deal.created_at, None
            for n in range(last + 1):
                when = min(deal.created_at + step * n, self.demo.now)
                rows.append(self._move(deal, before, stages[n].id, "open", when, when - at))
                before, at = stages[n].id, when
            if deal.status != "open":
                rows.append(
                    self._move(deal, deal.stage_id, deal.stage_id, deal.status, deal.closed_at, deal.closed_at - at)
                )
        rows.sort(key=lambda row: row["at"])
        self.demo.write(Move, rows)

    @staticmethod
    def _move(deal, before, stage, status, at, spent) -> dict:
        quiet = before is None
        return {
            "deal": deal.id,
            "contact": None if quiet else deal.contact_id,
            "pipeline": deal.pipeline_id,
            "from_stage": before,
            "to_stage": stage,
            "status": status,
            "at": at,
            "created_at": at,
            "by": deal.owner_id,
            "seconds": None if quiet else max(0, int(spent.total_seconds())),
        }

    # Leads

    def leads(self) -> None:
        """A year of leads whose outcome follows their source, and some that are new."""
        demo, rng = self.demo, self.rng
        rows = []
        for n in range(150):
            source, rate = rng.choice(SOURCES)
            live = n >= 118
            email, phone = rng.random() < 0.7, rng.random() < 0.75
            chance = rate + (0.15 if phone else -0.15)
            outcome = "" if live else "won" if rng.random() < chance else "lost"
            contact = rng.choice(demo.contacts) if outcome == "won" else None
            lang = rng.choices(("zh", "en"), (75, 25))[0]
            owner = rng.choice(self.sellers)
            row = {
                "name": demo._name(lang, rng.choice("fm")),
                "company": ""
                if rng.random() < 0.6
                else rng.choice(("青禾设计", "远帆律所", "Larkspur Studio", "观澜物业")),
                "email": f"lead{n}@mail.example.com" if email or not phone else "",
                "phone": f"138 0000 {rng.randint(1000, 9999)}" if phone else "",
                "region": rng.choice(REGIONS),
                "product": rng.choice(PIECES[lang]),
                "budget": fields.Amount(rng.randint(1, 30) * 1_000_000, "CNY") if rng.random() < 0.5 else None,
                "message": ("想了解价格和工期。" if lang == "zh" else "Could you send prices and lead times?"),
                "source": source,
                "campaign": rng.choice(CAMPAIGNS),
                "owner": owner.id,
                "state": rng.choices(("new", "working", "qualified"), (5, 3, 2))[0]
                if live
                else ("converted" if outcome == "won" else "lost"),
                "outcome": outcome,
                "contact": contact.id if contact else None,
                "created_at": demo.past(rng.randint(0, 6) if live else rng.randint(10, 320)),
            }
            if outcome == "lost":
                row["reason"] = rng.choice([r for r in self.reasons if r.kind == "lead"]).id
            rows.append(row)
        rows.sort(key=lambda row: row["created_at"])
        demo.write(Lead, rows)
        learn_and_score()

    # The pool

    def pool(self) -> None:
        """A pool with its rules, some customers in it, and a log of half a year."""
        demo, rng = self.demo, self.rng
        (pool,) = demo.write(
            Pool,
            [
                {"name": "销售公海", "place": 1, "max_held": 150, "max_claims": 5, "lock_days": 7, "warn_days": 3}
                | {"shows": ["organisation", "job_title", "source", "tags"], "people": [u.id for u in self.sellers]}
            ],
        )
        demo.write(
            PoolRule,
            [
                {"pool": pool.id, "level": "lead", "quiet_days": 90},
                {"pool": pool.id, "level": "qualified", "quiet_days": 120},
            ],
        )
        free = [c for c in demo.contacts[len(demo.named) :] if c.stage == "lead" and not c.is_organisation]
        chosen = rng.sample(free, min(len(free), 9))
        stays, moves = [], []
        for n, contact in enumerate(chosen):
            since, owner = demo.past(rng.randint(1, 30)), contact.owner_id
            why = "30 天未跟进" if n % 3 else "客户搬去外地，请苏州同事接手"
            kind = "fell" if n % 3 else "returned"
            by = None if kind == "fell" else owner
            moves.append(dict(contact=contact.id, pool=pool.id, kind=kind, at=since, before=owner, by=by, why=why))
            left = None
            if n < 3:
                left = since + dt.timedelta(hours=5)
                to = rng.choice([u.id for u in self.sellers if u.id != owner])
                moves.append(
                    dict(contact=contact.id, pool=pool.id, kind="claimed", at=left, before=owner, after=to, by=to)
                )
            stays.append(dict(pool=pool.id, contact=contact.id, since=since, before=owner, why=why, until=left))
            contacts = demo.build.resources["contacts"]
            contacts.write([(contact, {"owner": to if n < 3 else None})], demo.batch, SYSTEM)
        demo.write(PoolStay, stays)
        demo.write(PoolMove, [row | {"created_at": row["at"]} for row in sorted(moves, key=lambda row: row["at"])])

    # Targets and what was foreseen

    def targets(self) -> None:
        """This quarter's targets of everybody who sells, and eight weeks of snapshots that came closer and closer."""
        demo, rng = self.demo, self.rng
        today = demo.now.date()
        start, rows = first_day("quarter", today), []
        for user, base in zip(self.sellers, (1_200_000, 1_500_000, 2_800_000), strict=True):
            for first in (start, day_after("quarter", start)):
                sums = [fields.Amount(base * 100 * k // 100, "CNY") for k in (100, 120, 150)]
                row = dict(zip(("base", "stretch", "challenge"), sums, strict=True))
                rows.append(row | {"person": user.id, "period": "quarter", "start": first})
        for territory, base in zip(self.territories, (3_000_000, 1_800_000), strict=True):
            planned = {"base": fields.Amount(base * 100, "CNY"), "territory": territory.id}
            rows.append(planned | {"period": "quarter", "start": start})
        demo.write(Target, rows)
        won = [d for d in self.made if d.status == "won" and d.closed_at.date() >= start]
        for weeks in range(8, -1, -1):
            day = today - dt.timedelta(days=7 * weeks)
            if day < start:
                continue
            for user in self.sellers:
                had = sum(d.value or 0 for d in won if d.owner_id == user.id and d.closed_at.date() <= day)
                ahead = rng.randint(150_000, 400_000) * 100
                Snapshot.create(
                    day=day,
                    period="quarter",
                    start=start,
                    owner_id=user.id,
                    won=had,
                    commit_sum=had + ahead // 2,
                    best=had + ahead,
                    weighted=had + ahead * 2 // 3,
                )
