"""What administrators do with a custom field beyond list, page and form: who sees it, and erasing its values."""

from flask import Blueprint, abort, current_app, g, request

from .. import htmx, i18n, shell
from ..errors import Forbidden
from ..i18n import N_
from ..jobs import later
from ..users import Role
from . import erase
from .models import CustomField
from .resource import AT_ONCE


def blueprint() -> Blueprint:
    bp = Blueprint("fields", __name__, url_prefix="/admin/fields")
    bp.add_url_rule("/<int:id>/access", "access", access, methods=["POST"])
    bp.add_url_rule("/<int:id>/erase", "erase", erase_values, methods=["GET", "POST"])
    return bp


def _build():
    if not g.user.is_admin:
        raise Forbidden("admin")
    return current_app.extensions["guanxi"]


def rules(definition) -> list[tuple[Role, str]]:
    """Every role but the administrators' with what it may do with a field: "", "locked" or "hidden"."""
    roles = Role.select().where(Role.deleted_batch.is_null(), ~Role.admin).order_by(Role.id)
    return [(role, role.field_rules.get(definition.resource, {}).get(definition.key, "")) for role in roles]


def access(id):
    """Say for each role whether it sees and changes the field."""
    build = _build()
    definition = build.resources["custom_fields"].find(g.user, id, "edit")
    pairs = []
    for role, before in rules(definition):
        rule = request.form.get(f"role-{role.id}", before)
        if rule not in ("", "locked", "hidden") or rule == before or (rule and definition.required):
            continue
        own = {k: v for k, v in role.field_rules.get(definition.resource, {}).items() if k != definition.key}
        own |= {definition.key: rule} if rule else {}
        others = {k: v for k, v in role.field_rules.items() if k != definition.resource}
        pairs.append((role, {"field_rules": others | ({definition.resource: own} if own else {})}))
    if pairs:
        said = N_("Changed who sees the field %(name)s")
        batch = build.resources["roles"].save_many(g.user, pairs, label=said, name=definition.title)
        shell.flash(i18n.gettext("Saved."), undo=batch.id)
    return htmx.go(build.resources["custom_fields"].url("page", definition))


def erase_values(id):
    """Erase the values of a removed field: how many first, its label typed, an export written."""
    build = _build()
    definition = CustomField.get_or_none(CustomField.id == id, CustomField.deleted_batch.is_null(False)) or abort(404)
    if definition.resource not in build.resources:
        abort(404)
    back, error = build.resources["custom_fields"].url(), ""
    number = erase.total(build, definition)
    if request.method == "POST":
        if " ".join(request.form.get("confirm", "").split()) != definition.title:
            error = i18n.gettext("Type %(name)s to confirm. Nothing was removed.", name=definition.title)
        else:
            try:
                path = erase.export(build, definition)
            except OSError as why:
                error = i18n.gettext(
                    "The export cannot be written (%(why)s). Nothing was removed.", why=why.strerror or str(why)
                )
            else:
                return _erase(build, definition, number, path)
    return shell.render(
        "core/field_erase.html", definition=definition, number=number, error=error, back=back
    ), 422 if error else 200


def _erase(build, definition, number, path):
    if number > AT_ONCE:
        row = later(erase.erase_job, g.user, field=definition.id)
        return htmx.go(f"/jobs/{row.id}")
    erase.erase(build, definition, g.user)
    shell.flash(i18n.gettext("The values of %(name)s were erased.", name=definition.title))
    return htmx.go(f"{build.resources['custom_fields'].url()}?export={path.name}")


__all__ = ["blueprint", "rules"]
