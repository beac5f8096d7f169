"""Orders: quotes with a one-screen editor, orders, deliveries in parts, and approvals."""

from core import N_, NoticeKind, Plugin, hookimpl

from . import hookspecs

plugin = Plugin(
    name="orders",
    title=N_("Quotes and orders"),
    summary=N_("Quotes written on one screen and answered by a link, orders, deliveries in parts, and approvals."),
    icon="file-invoice",
    hue="blue",
    requires=("sales", "catalogue"),
    default=True,
    notices=(
        NoticeKind("quote", N_("A customer answers or comments a quote of mine"), "both", "orders"),
        NoticeKind("approval", N_("Somebody asks me for an approval, or it was decided"), "both", "orders"),
    ),
)

# The manifest comes first, because these say `from . import plugin`.
from .resources import ALL  # noqa: E402
from .settings import OrderOptions  # noqa: E402


@hookimpl
def resources():
    return ALL


@hookimpl
def settings_form():
    return OrderOptions


__all__ = ["hookspecs", "plugin"]
