"""The one screen verb that is not of a record: search everything now."""

from flask import Blueprint, g, redirect

from core import Contact, later, resource_of

from .jobs import search_all
from .models import Pair


def blueprint() -> Blueprint:
    bp = Blueprint("duplicates", __name__)
    bp.add_url_rule("/duplicates/search", "search", search, methods=["POST"])
    return bp


def search():
    """Let the worker compare all contacts, and show how far it is."""
    resource_of(Pair).demand(g.user, "edit")
    resource_of(Contact).demand(g.user, "view")
    row = later(search_all, g.user)
    return redirect(f"/jobs/{row.id}", 303)
