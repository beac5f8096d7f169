"""The one screen that is not of a record: the secret, shown in one answer and nowhere else."""

import inspect

from flask import Blueprint, g, render_template, request

from core import resource_of

from . import verify
from .models import Endpoint


def blueprint() -> Blueprint:
    bp = Blueprint("webhooks", __name__)
    bp.add_url_rule("/webhooks/endpoint/<int:id>/secret", "secret", secret, methods=["GET", "POST"])
    return bp


def secret(id):
    """GET asks; POST shows the secret, the first time the one that it has, later a new one."""
    endpoints = resource_of(Endpoint)
    endpoint = endpoints.find(g.user, id, "edit")
    shown = endpoints.reveal(g.user, endpoint) if request.method == "POST" else ""
    example = inspect.getsource(verify).partition('"""\n\n')[2]
    return render_template("webhooks/secret.html", resource=endpoints, endpoint=endpoint, secret=shown, example=example)
