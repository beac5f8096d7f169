"""Contracts of the demo firm: one runs, one ends next month, one waits for a signature, one went on by itself."""

import datetime as dt

from plugins.sales.models import Deal

from .models import Contract, ContractStep

#: Title, kind, character, deal's title or "", thousands, currency, stage, starts and ends in days from today, renewal.
TOLD = (
    ("云栖里酒店一期客房家具供货合同", "sale", "zhang", "", 680, "CNY", "running", -120, 60, "no"),
    ("云栖里酒店家具框架协议", "framework", "zhang", "", None, "CNY", "running", -330, 34, "auto"),
    ("样板间整体家具购销合同", "sale", "ouyang", "样板间整体家具", 268, "CNY", "review", 5, 120, "no"),
    ("Boardroom table supply agreement", "sale", "priya", "", 24, "USD", "signed", 7, 90, "no"),
    ("全屋定制合同", "sale", "liming", "", 86, "CNY", "ended", -200, -40, "no"),
    ("Care and maintenance, café counter", "service", "emily", "", 12, "CNY", "running", -300, 65, "auto"),
    ("设计师合作协议", "framework", "xu", "", None, "CNY", "running", -200, 28, "ask"),
    ("木料保密协议", "secrecy", "gu", "", None, "CNY", "draft", 0, 365, "no"),
)
STAGES = {
    "draft": ("draft",),
    "review": ("draft", "review"),
    "signed": ("draft", "review", "signed"),
    "running": ("draft", "review", "signed", "running"),
    "ended": ("draft", "signed", "running", "ended"),
}


def fill(demo) -> None:
    """The told ones, and the way of each one."""
    deals = {deal.title: deal for deal in Deal.select().where(Deal.deleted_batch.is_null())}
    rows = [_row(demo, n, *told, deals) for n, told in enumerate(TOLD, 1) if told[2] in demo.named]
    made = demo.write(Contract, rows)
    steps = [step for contract in made for step in _steps(demo, contract)]
    demo.write(ContractStep, sorted(steps, key=lambda step: step["at"]))
    _approve(demo, {contract.title: contract for contract in made})


def _row(demo, n, title, kind, key, deal, thousands, currency, stage, starts, ends, renewal, deals) -> dict:
    contact, today = demo.named[key], demo.now.date()
    start = today + dt.timedelta(days=starts)
    firm = contact.organisation_id or contact.id
    since = {"running": start, "ended": today + dt.timedelta(days=ends)}.get(stage, today - dt.timedelta(days=4))
    return {
        "number": f"HT-{start.year}-{n:04d}",
        "title": title,
        "kind": kind,
        "contact": firm,
        "their_signatory": contact.id if firm != contact.id else None,
        "our_signatory": demo.cast[1].id,
        "value": None if thousands is None else (thousands * 100_000, currency),
        "stage": stage,
        "signed": start - dt.timedelta(days=6) if stage in ("signed", "running", "ended") else None,
        "starts": start,
        "ends": today + dt.timedelta(days=ends),
        "renewal": renewal,
        "owner": contact.owner_id,
        "deal": deals[deal].id if deal in deals else None,
        "stage_since": dt.datetime.combine(since, dt.time(2), dt.UTC),
        "created_at": demo.past(max(3, 20 - starts)),
    }


def _steps(demo, contract) -> list[dict]:
    """From draft to where it is, a few days apart."""
    stages, at, found = STAGES[contract.stage], contract.created_at, []
    for stage in stages:
        row = {"contract": contract.id, "contact": contract.contact_id, "stage": stage, "by": contract.owner_id}
        found.append(row | {"at": min(at, demo.now - dt.timedelta(minutes=5)), "created_at": at})
        at += dt.timedelta(days=5, hours=3)
        if stage == "running":
            at = dt.datetime.combine(contract.ends, dt.time(9), dt.UTC)
    return found


def _approve(demo, contracts) -> None:
    """Where Orders is on: one contract waits for somebody's yes, another one got it before it was signed."""
    approvals = demo.build.resources.get("orders_approval")
    for title, days, answer in (
        ("样板间整体家具购销合同", 1, ""),
        ("Boardroom table supply agreement", 5, "Go ahead."),
    ):
        contract = contracts.get(title)
        if approvals is None or contract is None or contract.owner_id is None:
            continue
        asked = demo.past(days)
        row = {"title": str(contract), "kind": "contract", "why": "合同金额超出您的权限 ¥150,000。"}
        row |= {"amount": (contract.value, contract.value_currency), "contact": contract.contact_id}
        row |= {"owner": contract.owner_id, "asked_at": asked, "created_at": asked}
        row["words"] = "" if answer else "客户希望本周内签订，付款条件已谈妥。"
        if answer:
            decided = {"decided_by": demo.cast[0].id, "decided_at": asked + dt.timedelta(hours=3), "answer": answer}
            row |= {"state": "approved"} | decided
        (approval,) = demo.write(approvals.model, [row])
        about = {"resource": "contracts_contract", "record": contract.id}
        approvals.model.update(**about).where(approvals.model.id == approval.id).execute()
