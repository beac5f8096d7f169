"""The screens of sales that are not list, page or form."""

from flask import Blueprint

from . import board


def blueprint() -> Blueprint:
    """All of them, below /sales."""
    bp = Blueprint("sales", __name__)
    for room in (board,):
        room.add_to(bp)
    return bp
