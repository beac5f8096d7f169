"""What the screens show of sales, by concern."""

from .assign import Absences, AssignRules
from .deals import DealContacts, Deals, Moves
from .disputes import Disputes
from .leads import Leads, WebForms
from .pipelines import Pipelines, Reasons, Stages
from .pool import PoolMoves, PoolRules, Pools, PoolStays
from .scores import ScoreRules
from .targets import Targets
from .territories import Rates, Territories

#: Every Resource of the plugin.
ALL = [
    Deals,
    Leads,
    PoolStays,
    PoolMoves,
    Disputes,
    Targets,
    DealContacts,
    Moves,
    Pipelines,
    Stages,
    Reasons,
    WebForms,
    AssignRules,
    Absences,
    ScoreRules,
    Pools,
    PoolRules,
    Territories,
    Rates,
]
