"""The records of quotes, orders, deliveries and approvals."""

from .approvals import Approval, Limit
from .mailings import Mailing
from .numbers import Counter
from .orders import ORDER_STATES, Delivery, DeliveryLine, Order, OrderLine
from .quotes import LINE_KINDS, QUOTE_STATES, Comment, Letterhead, Quote, QuoteLine, Visit
from .steps import STEPS, Step

__all__ = [
    "LINE_KINDS",
    "ORDER_STATES",
    "QUOTE_STATES",
    "STEPS",
    "Approval",
    "Comment",
    "Counter",
    "Delivery",
    "DeliveryLine",
    "Letterhead",
    "Limit",
    "Mailing",
    "Order",
    "OrderLine",
    "Quote",
    "QuoteLine",
    "Step",
    "Visit",
]
