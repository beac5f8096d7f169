"""The screens of quotes and orders that are not list, page or form."""

from flask import Blueprint

from . import asking, editor, papers, public, rows, sending, setup, steps


def blueprint() -> Blueprint:
    """All of them, below /orders, and what their templates ask for by name."""
    bp = Blueprint("orders", __name__)
    for room in (asking, editor, papers, public, sending, setup, steps):
        room.add_to(bp)
    bp.add_app_template_global(rows.drawn, "orders_rows")
    bp.add_app_template_global(steps.facts, "orders_facts")
    return bp
