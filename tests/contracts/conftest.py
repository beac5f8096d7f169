"""A firm with Contracts on (and Sales, which it requires), on SQLite and on PostgreSQL."""

from tests.trials import Acting, trial_of


class Office(Acting):
    """A trial in which `office.contract("Supply", stage="running")` and `office.undo()` are short."""

    def contract(self, title="Supply", by="bo", **values):
        if "contact" not in values:
            values["contact"] = self.contact("Lin & Co", owner="Bo")
        values.setdefault("starts", "2026-01-01")
        return self.make("contracts_contract", by, title=title, **values)


office = trial_of(Office, "sales", "contracts")
