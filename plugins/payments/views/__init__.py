"""The screens of payments that are not list, page or form."""

from flask import Blueprint

from . import documents, plan, receivables, receive, remind


def blueprint() -> Blueprint:
    """All of them, below /payments."""
    bp = Blueprint("payments", __name__)
    for room in (receive, plan, receivables, documents, remind):
        room.add_to(bp)
    return bp
