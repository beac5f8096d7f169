"""The hooks of sales: what modules that require it may add. Implement them with `core.hookimpl`."""

from core import hookspec


@hookspec(firstresult=True)
def newest_order():
    """An expression inside a query of Contact: when each one ordered last (NULL: never), for the pool's rules."""
