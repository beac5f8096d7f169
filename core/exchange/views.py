"""Import and export in the browser."""

from flask import Blueprint


def blueprint() -> Blueprint:
    return Blueprint("exchange", __name__, url_prefix="/import")
