"""What the screens show of payments, by concern."""

from .common import Together
from .instalments import Instalments
from .invoices import Invoices
from .payments import Payments
from .payouts import Payouts
from .settlements import Settlements

#: Every Resource of the plugin.
ALL = [Instalments, Payments, Settlements, Invoices, Payouts]

__all__ = ["ALL", "Together"]
