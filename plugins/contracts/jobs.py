"""Every few hours: contracts that begin, end or go on by themselves, and reminders before notice is due."""

import datetime as dt

from wtforms import Form, StringField, ValidationError

from core import N_, SYSTEM, Invalid, User, html, job, notify
from plugins.sales.jobs import as_the_firm

from . import plugin
from .models import Contract

EVERY = 3 * 3600
#: Contracts in one transaction.
CHUNK = 200


class ContractOptions(Form):
    """The settings on the module's page."""

    prefix = StringField(
        N_("Numbers begin with"), default="HT-", description=N_("The year and a running number follow: HT-2026-0001.")
    )

    def validate_prefix(self, field):
        field.data = (field.data or "").strip()
        if len(field.data) > 20:
            raise ValidationError(plugin.gettext("At most 20 characters."))


@job("contracts.look_after", every=EVERY)
def look_after(build, row):
    """Bring contracts to the stage that the calendar says, and remind their owners; again: nothing twice."""
    with as_the_firm(build):
        return {"moved": _move(build), "reminded": _remind(build)}


def _move(build) -> int:
    """Signed ones that begin, running ones whose last day has passed: they go on or end."""
    contracts, today, moved = build.by_model[Contract], html.today(), 0
    alive = Contract.deleted_batch.is_null()
    begun = Contract.select().where(alive, Contract.stage == "signed", Contract.starts <= today)
    over = Contract.select().where(alive, Contract.stage == "running", Contract.ends < today)
    for query, verb in ((begun, _begin), (over, _finish)):
        for contract in list(query.order_by(Contract.id).limit(CHUNK)):
            try:
                kind, message = verb(contracts, contract, today)
            except Invalid:  # a rule that came since stands in the way: a person has to look at it
                continue
            _tell(build, contract, message, f"{kind}-{contract.ends}")
            moved += 1
    return moved


def _begin(contracts, contract, today) -> tuple[str, str]:
    contracts.go(SYSTEM, contract, "running")
    return "running", N_("%(contract)s is running now")


def _finish(contracts, contract, today) -> tuple[str, str]:
    if contract.renewal != "auto":
        contracts.go(SYSTEM, contract, "ended")
        return "ended", N_("%(contract)s has ended")
    until = contract.next_end()
    while until < today:
        contract.ends, until = until, contract.next_end()
    values = {"ends": until}
    contracts.save(SYSTEM, type(contract).get_by_id(contract.id), values, label=N_("Contracts that went on"))
    contract.ends = until
    return "renewed", N_("%(contract)s goes on until %(day)s")


def _remind(build) -> int:
    """Owners whose contracts are to be thought of, each one once for each term."""
    today = html.today()
    query = Contract.select().where(
        Contract.deleted_batch.is_null(), Contract.stage << ("signed", "running"), Contract.remind_on <= today
    )
    told = 0
    for contract in list(query.order_by(Contract.decide_by).limit(1000)):
        late = contract.decide_by < today
        message = (
            N_("%(contract)s ends on %(day)s")
            if late or contract.renewal == "no"
            else N_("%(contract)s: notice can be given until %(notice)s")
        )
        told += _tell(build, contract, message, f"remind-{contract.ends}")
    return told


def _tell(build, contract, message: str, occasion: str) -> int:
    """A notice to the owner, once for each occasion."""
    owner = User.select().where(User.id == contract.owner_id, User.active).first()
    if owner is None:
        return 0
    return notify(
        build,
        [owner],
        "contract",
        message,
        plugin="contracts",
        about=contract,
        url=build.by_model[Contract].url("page", contract),
        once=f"contracts-{contract.id}-{occasion}",
        contract=str(contract),
        day=_iso(contract.ends),
        notice=_iso(contract.decide_by),
    )


def _iso(day: dt.date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


__all__ = ["ContractOptions", "look_after"]
