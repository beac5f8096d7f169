"""The hooks of sales: what modules that require it may add. Implement them with `core.hookimpl`."""

from core import hookspec


@hookspec(firstresult=True)
def newest_order():
    """An expression inside a query of Contact: when each one ordered last (NULL: never), for the pool's rules."""


@hookspec(firstresult=True)
def deal_products():
    """A `plugins.sales.resources.products.DealProducts`: what deals are about, for forecast and targets by product."""


@hookspec
def sales_reports() -> dict:
    """More reports for the page Sales reports: name → `plugins.sales.resources.reports.SalesReport`."""
