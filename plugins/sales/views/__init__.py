"""The screens of sales that are not list, page or form."""

from flask import Blueprint

from ..resources.pool import customer, facts
from . import board, insight, leads, pool


def blueprint() -> Blueprint:
    """All of them, below /sales, and what their templates ask for by name."""
    bp = Blueprint("sales", __name__)
    for room in (board, leads, pool, insight):
        room.add_to(bp)
    bp.add_app_template_global(leads.score_of, "sales_score")
    bp.add_app_template_global(customer, "sales_customer")
    bp.add_app_template_global(pool.evidence, "sales_evidence")
    bp.add_app_template_global(lambda stay: facts([stay])[stay.id], "sales_facts")
    return bp
