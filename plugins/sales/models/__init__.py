"""The records of sales, by concern."""

from .deals import LAST, PARTS, STATUSES, Deal, DealContact, Move
from .kinds import OneOf, Percent, Ticks, active_people
from .pipelines import FORECASTS, Pipeline, Reason, Stage
from .territories import Rate, Territory

__all__ = [
    "FORECASTS",
    "LAST",
    "PARTS",
    "STATUSES",
    "Deal",
    "DealContact",
    "Move",
    "OneOf",
    "Percent",
    "Pipeline",
    "Rate",
    "Reason",
    "Stage",
    "Territory",
    "Ticks",
    "active_people",
]
