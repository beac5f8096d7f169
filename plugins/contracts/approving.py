"""Approval of contracts, while Quotes and orders is on: it keeps the limits, what was asked, and who decided."""

from .models import BINDING, Contract

#: Where Orders keeps what was asked, and what roles may do without asking.
APPROVALS, LIMITS = "orders_approval", "orders_limit"


def needs_of(build, contract: Contract, user) -> list:
    """What must be approved before somebody lets a contract bind, as the hook `approval_needs` of Orders wants it."""
    need = build.resources[LIMITS].need_of_contract(user, Contract.value.get(contract))
    return [need] if need is not None else []


def demand(contracts, user, record: Contract, stage: str, value) -> None:
    """Raises NeedsApproval (a Problem) when a contract comes to bind, or to another value, before somebody said yes.

    `stage` and `value` are those that it is to have.
    """
    approvals = contracts.build.resources.get(APPROVALS)
    same = record.id and record.is_binding and value == Contract.value.get(record)
    if approvals is None or stage not in BINDING or same:
        return
    wanted = Contract(id=record.id)
    Contract.value.set(wanted, value)
    approvals.demand_for(contracts, wanted, user)


def ask_url(contracts, user, record: Contract) -> str:
    """The page that asks for the approval which signing a contract needs; "" when it needs none."""
    approvals = contracts.build.resources.get(APPROVALS)
    if approvals is None or not approvals.needs(contracts, record, user):
        return ""
    return f"/orders/ask/{contracts.name}/{record.id}"


__all__ = ["ask_url", "demand", "needs_of"]
