"""The hooks of orders: what modules that require it may add. Implement them with `core.hookimpl`."""

from core import hookspec


@hookspec(firstresult=True)
def customer_grade(contact_id: int) -> str | None:
    """The grade of a customer, which price lists name; None where this module knows none."""


@hookspec
def approval_needs(resource, record, user) -> list:
    """`Need` objects for what somebody must approve before `record` may go on; [] for nothing.

    `resource` is the Resource of quotes (asked before one is sent), of orders (asked before one is confirmed), or of a
    module that asks `Approvals.demand_for` itself, as contracts do: the page of a Resource that has the method
    `may_need_approval(record)` shows what was asked and decided. Inside the write transaction, without I/O.
    """


@hookspec
def order_confirmed(order, user) -> None:
    """An order was confirmed. Inside the write transaction, without I/O."""
