"""Search: the page and the palette, over every Resource that the user may see."""

from flask import Blueprint, current_app, g, request

from . import htmx, shell
from .hooks import in_order
from .lookup import lookup


def blueprint() -> Blueprint:
    bp = Blueprint("search", __name__)
    bp.add_url_rule("/search", "results", results)
    return bp


def found(build, user, text: str, limit: int, only: str = "") -> list[tuple]:
    """`(resource, [hit, …])` of a query, in the menu's order of resources."""
    resources = [r for r in build.resources.values() if (not only or r.name == only) and r.can(user, "view")]
    hits = lookup(user, resources, text, limit)
    grouped: dict = {}
    for hit in hits:
        grouped.setdefault(hit.resource, []).append(hit)
    return [(r, grouped[r.name]) for r in resources if r.name in grouped]


def results():
    build, text = current_app.extensions["guanxi"], request.args.get("q", "")
    palette = htmx.is_partial() and request.htmx.target_id == "pal-list"
    groups = found(build, g.user, text, 8 if palette else 50, request.args.get("in", ""))
    context = dict(groups=groups, text=text, quick=in_order([shell.quick_actions(build, g.user)]) if palette else [])
    if palette:
        return htmx.fragment("core/search.html", "palette", **context)
    if htmx.is_partial():
        return htmx.fragment("core/search.html", "results", **context)
    return shell.render("core/search.html", **context)
