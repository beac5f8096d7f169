"""What screens, API and import know of quotes, orders and approvals, by concern."""

from .approvals import Approvals, NeedsApproval
from .common import Steps
from .letterheads import Letterheads
from .limits import Limits, Need
from .orders import Deliveries, DeliveryLines, OrderLines, Orders
from .quotes import Comments, QuoteLines, Quotes

#: Every Resource of the plugin.
ALL = [
    Quotes,
    QuoteLines,
    Comments,
    Orders,
    OrderLines,
    Deliveries,
    DeliveryLines,
    Steps,
    Approvals,
    Limits,
    Letterheads,
]

__all__ = ["ALL", "Need", "NeedsApproval"]
