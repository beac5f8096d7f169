"""What the screens show of sales, by concern."""

from .common import Kept, Managed
from .deals import DealContacts, Deals, Moves
from .pipelines import Pipelines, Reasons, Stages
from .territories import Rates, Territories

#: Every Resource of the plugin.
ALL = [Deals, DealContacts, Moves, Pipelines, Stages, Reasons, Territories, Rates]

__all__ = [
    "ALL",
    "DealContacts",
    "Deals",
    "Kept",
    "Managed",
    "Moves",
    "Pipelines",
    "Rates",
    "Reasons",
    "Stages",
    "Territories",
]
