"""The records of sales, by concern; those of the pool, the score and the forecast are in their own modules."""

from .deals import LAST, PARTS, STATUSES, Deal, DealContact, Move
from .kinds import OneOf, Percent, Ticks, active_people
from .leads import LIVE, Absence, AssignRule, Lead, Submission, WebForm
from .pipelines import FORECASTS, Pipeline, Reason, Stage
from .territories import Rate, Territory

__all__ = [
    "FORECASTS",
    "LAST",
    "LIVE",
    "PARTS",
    "STATUSES",
    "Absence",
    "AssignRule",
    "Deal",
    "DealContact",
    "Lead",
    "Move",
    "OneOf",
    "Percent",
    "Pipeline",
    "Rate",
    "Reason",
    "Stage",
    "Submission",
    "Territory",
    "Ticks",
    "WebForm",
    "active_people",
]
