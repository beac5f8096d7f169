"""JSON for any Resource."""

from flask import Blueprint


def blueprint(build) -> Blueprint:
    return Blueprint("api", __name__, url_prefix="/api/v1")
