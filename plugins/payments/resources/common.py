"""What several kinds of records of payments have in common."""

import re

from core import N_, Problem, Resource, html

#: Batches that take back or tell what happened, where nothing follows of itself.
QUIET = ("undo",)
KEPT = N_("What was due and paid must be kept for the books.")


def positive(values: dict, name: str = "amount") -> dict[str, Problem]:
    """What is wrong with an amount that must be more than zero, by field."""
    if name in values and values[name] is not None and values[name][0] <= 0:
        return {name: Problem(N_("Give an amount that is more than zero."), "payments")}
    return {}


def show(minor: int, currency: str) -> str:
    """An amount as people read it, for sentences."""
    return html.money(minor, currency)


def next_numbers(model, prefix: str, *conditions):
    """The numbers that come next: prefix, year, and one more than the highest."""
    start = f"{prefix}{html.today().year}-"
    rows = model.select(model.number).where(model.number.startswith(start), *conditions).tuples()
    used = [int(m.group(1)) for (n,) in rows if (m := re.fullmatch(r"(\d{1,9})", n.removeprefix(start)))]
    n = max(used, default=0)
    while True:
        n += 1
        yield f"{start}{n:04d}"


class Together(Resource):
    """Records whose checks ask for others: asked once for all that is written together, and counted together.

    Its plugin answers the hook `validate_records` with `faults_together`.
    """

    def faults_together(self, pairs) -> list[tuple]:
        """What is wrong with `(record, values)` pairs beside each other and what is stored: `(record, field, Problem)`.

        What is refused counts nothing for the others. A few queries, however many there are.
        """
        raise NotImplementedError

    def typed(self, record, values: dict, *names: str) -> list:
        """Values of a record as they will be, in this order."""
        return [values[name] if name in values else self.kinds[name].get(record) for name in names]
