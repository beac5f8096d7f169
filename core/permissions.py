"""The matrix of a role: what its holders may do with each kind of record."""

from typing import NamedTuple

from flask import Blueprint, current_app, g, request

from . import fields, htmx, i18n, shell
from .i18n import N_
from .users import ADMIN_ONLY, VERBS

VERB_WORDS = {
    "view": N_("See"),
    "create": N_("Create"),
    "edit": N_("Edit"),
    "delete": N_("Delete"),
    "export": N_("Export"),
    "import": N_("Import"),
    "bulk": N_("Many at once"),
}


class Row(NamedTuple):
    """One line of the matrix: a kind of record (or "*" for all others), and what is ticked."""

    name: str
    title: str
    module: str
    inherits: bool
    verbs: list[str]
    #: Actions of its own, beyond the verbs that every kind has: (name, label, ticked).
    actions: list[tuple[str, str, bool]]


def blueprint() -> Blueprint:
    bp = Blueprint("permissions", __name__)
    bp.add_url_rule("/admin/roles/<int:id>/permissions", "save", save, methods=["POST"])
    return bp


def matrix(build, role) -> list[Row]:
    """All kinds of records that a role can be given rights to, the default first."""
    default = list(role.grants.get("*", ()))
    rows = [Row("*", i18n.gettext("All, unless said otherwise below"), "", False, default, [])]
    for resource in build.resources.values():
        if resource.name in ADMIN_ONLY:
            continue
        own = role.grants.get(resource.name)
        verbs = default if own is None else own
        actions = [
            (a.name, i18n.translate(a.label, resource.domain), a.name in verbs or (own is None and "edit" in verbs))
            for a in resource.actions.values()
        ]
        rows.append(Row(resource.name, resource.title, resource.plugin, own is None, list(verbs), actions))
    return rows


class FieldRow(NamedTuple):
    """One field of one kind of record, and the role's rule for it: "", "locked" or "hidden"."""

    name: str
    title: str
    rule: str


def field_rules(build, role) -> list[tuple]:
    """`(resource, [FieldRow, …])` of all kinds of records that a role can be given rights to."""
    found = []
    for resource in build.resources.values():
        if resource.name in ADMIN_ONLY:
            continue
        rules = role.field_rules.get(resource.name, {})
        found.append((resource, [FieldRow(n, resource.field_title(n), rules.get(n, "")) for n in hideable(resource)]))
    return found


def hideable(resource) -> list[str]:
    """The fields that a role can hide or lock: not what is required, nor what it is called or shows everywhere."""
    names = dict.fromkeys((*resource.fields, *resource.kinds))
    called = next((n for n, field in resource.model._meta.fields.items() if isinstance(field, fields.Text)), "")
    return [n for n in names if not resource.kinds[n].required and n not in (called, *resource.always_shown)]


def page_context(build, role) -> dict:
    """What the role's page shows beyond any record's."""
    return {"matrix": matrix(build, role), "verb_words": VERB_WORDS, "field_rules": field_rules(build, role)}


def save(id):
    """Store the ticked boxes; a module that is off keeps what it was granted."""
    build = current_app.extensions["guanxi"]
    roles = build.resources["roles"]
    role = roles.find(g.user, id, "edit")
    grants = {name: verbs for name, verbs in role.grants.items() if name != "*" and name not in build.resources}
    grants["*"] = [v for v in VERBS if v in request.form.getlist("*")]
    for row in matrix(build, role)[1:]:
        if f"inherit-{row.name}" not in request.form:
            known = (*VERBS, *(name for name, _, _ in row.actions))
            grants[row.name] = [v for v in known if v in request.form.getlist(row.name)]
    rules = {name: kept for name, kept in role.field_rules.items() if name not in build.resources}
    for resource, rows in field_rules(build, role):
        chosen = {row.name: request.form.get(f"{resource.name}:{row.name}", "") for row in rows}
        chosen = {name: rule for name, rule in chosen.items() if rule in ("hidden", "locked")}
        if chosen:
            rules[resource.name] = chosen
    said = N_("Changed the permissions of the role %(name)s")
    roles.save(g.user, role, {"grants": grants, "field_rules": rules}, label=said, name=role.name)
    shell.flash(i18n.gettext("Permissions saved."), undo=role.batch.id if role.batch.count else None)
    return htmx.go(roles.url("page", role))


__all__ = ["blueprint", "page_context"]
