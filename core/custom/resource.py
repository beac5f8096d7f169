"""The definitions as a Resource, and what a change of one leads to: rows that follow, indexes, and a new build."""

import peewee
from flask import has_app_context

from .. import i18n
from ..i18n import N_, Problem
from ..jobs import later
from ..resource import Resource, action
from . import indexes, stamp
from .models import LISTED, CustomField, going, kind_of, targets
from .replacing import holders, replace, replace_job

#: More rows than this are given another choice by the worker.
AT_ONCE = 2000


class CustomFields(Resource):
    """Custom fields, for administrators."""

    model, name, icon, hue, path = CustomField, "custom_fields", "forms", "pink", "/admin/fields"
    label, plural = N_("Custom field"), N_("Custom fields")
    columns = ("title", "resource", "kind", "section", "position", "required", "filtered")
    fields = (
        *("title", "resource", "kind", "options", "help", "section", "position", "required", "default", "filtered"),
    )
    list_template, page_template, form_template = "core/fields.html", "core/custom_field.html", "core/field_form.html"
    searched = False  # found on the one page that lists them

    # What must hold

    def validate(self, user, record, values):
        now = {name: values.get(name, self.kinds[name].get(record)) for name in self.fields}
        errors = self._unchangeable(record, values) | self._misplaced(now)
        if errors:
            return errors
        if problem := self._taken(record, now):
            errors["title"] = problem
        if now["kind"] == "bool" and now["required"]:
            errors["required"] = Problem(N_("No is an answer, too: a yes or no is always filled in."))
        if now["kind"] in LISTED and not any(not going(o) for o in now["options"]):
            errors["options"] = Problem(N_("Write at least one choice."))
        elif problem := self._default_problem(user, record, now):
            errors["default"] = problem
        if record.id and "options" in values and "options" not in errors and (problem := self._in_use(record, now)):
            errors["options"] = problem
        return errors

    def _unchangeable(self, record, values) -> dict[str, Problem]:
        errors = {}
        if record.id and values.get("kind", record.kind) != record.kind:
            errors["kind"] = Problem(
                N_(
                    "The kind cannot change, for what is stored would not fit. Make a new field, export the list, put "
                    "the column under the new field's name and import it; then remove this one."
                )
            )
        if record.id and values.get("resource", record.resource) != record.resource:
            errors["resource"] = Problem(N_("A field stays with its records. Make a new one for the others."))
        return errors

    def _misplaced(self, now) -> dict[str, Problem]:
        if now["resource"] in targets(self.build):
            return {}
        return {"resource": Problem(N_("Choose which records have this field."))}

    def _taken(self, record, now) -> Problem | None:
        """Why its label cannot be told from another field's: an import goes by labels."""
        resource, label = self.build.resources[now["resource"]], now["title"].casefold()
        others = CustomField.select().where(
            CustomField.resource == resource.name,
            CustomField.id != (record.id or 0),
            CustomField.deleted_batch.is_null(),
        )
        titles = [other.title for other in others]
        for name, kind in resource.kinds.items():
            if name in (*resource.fields, "created_at", "updated_at") and name not in resource.custom:
                titles += i18n.every(kind.title, resource.domain) if has_app_context() else [kind.title]
        if label in map(str.casefold, titles):
            return Problem(
                N_("%(what)s have a field “%(name)s” already. Choose another label."),
                what=resource.title,
                name=now["title"],
            )
        return None

    def _default_problem(self, user, record, now) -> Problem | None:
        text, kind = now["default"], self._kind(record, now)
        if not text or (now["kind"] == "date" and text == "today") or (now["kind"] == "user" and text == "me"):
            return None
        try:
            value = kind.parse(text, self.build.context(user))
        except Problem as problem:
            return problem
        retired = getattr(kind, "retired", ())
        if retired and set(value if isinstance(value, list) else [value]) & set(retired):
            return Problem(N_("“%(text)s” is not offered any more. Choose another default."), text=text)
        return None

    def _kind(self, record, now):
        options = [option for option in now["options"] or () if not going(option)]
        definition = CustomField(**{name: now[name] for name in self.fields} | {"options": options})
        definition.id = record.id or 0
        return kind_of(definition, self.build.resources[now["resource"]])

    def _in_use(self, record, now) -> Problem | None:
        """Why an option cannot just go: rows have it."""
        staying = {o["value"] for o in now["options"] if not o.get("removed")}
        for option in record.options:
            if option["value"] in staying or record.kind not in LISTED:
                continue
            count = holders(self.build, record, option["value"]).count()
            if count:
                return Problem(
                    N_(
                        "“%(name)s” is in use: records that have it: %(n)s. Choose what replaces it there, or that it "
                        "is kept and not offered any more."
                    ),
                    name=option["label"],
                    n=count,
                )
        return None

    # Writing

    def write(self, pairs, batch, user=None):
        moves = []
        for record, values in pairs:
            if record.id is None and not values.get("position"):
                values["position"] = self._last(values["resource"]) + 1
            if values.get("options"):
                gone = {o["value"]: o["becomes"] for o in values["options"] if o.get("becomes")}
                moves += [(record, gone)] if gone and record.id else []
                values["options"] = [o for o in values["options"] if not going(o)]
        changed = super().write(pairs, batch, user)
        for record, gone in moves:
            for old, new in gone.items():
                self._replace(record, old, new, batch, user)
        return changed

    @staticmethod
    def _last(resource: str) -> int:
        position = peewee.fn.MAX(CustomField.position)
        return CustomField.select(position).where(CustomField.resource == resource).scalar() or 0

    def take_from_trash(self, records, batch, user=None):
        for record in records:
            now = {name: self.kinds[name].get(record) for name in self.fields}
            if record.resource in self.build.resources and (problem := self._taken(record, now)):
                raise problem
        super().take_from_trash(records, batch, user)

    def _replace(self, record, old, new, batch, user) -> None:
        """Give the rows of an option another one, in the same batch: its undo brings both back."""
        arguments = {"field": record.id, "old": old, "new": new, "batch": batch.id}
        if holders(self.build, record, old).count() > AT_ONCE:
            later(replace_job, user, **arguments)
        else:
            replace(self.build, user=user, **arguments)

    def _after(self, records, change, user):
        super()._after(records, change, user)
        stamp.renew(self.build)
        indexes.follow(self.build, records)

    # Screens

    def grouped(self) -> list[tuple]:
        """`(resource or its name, [definition, …])` in the order of the menu, those of modules that are off last."""
        rows: dict[str, list] = {}
        live = CustomField.select().where(CustomField.deleted_batch.is_null())
        for definition in live.order_by(CustomField.position, CustomField.id):
            rows.setdefault(definition.resource, []).append(definition)
        known = [(self.build.resources[name], rows.pop(name, [])) for name in targets(self.build)]
        return known + list(rows.items())

    def removed(self) -> list:
        """Definitions in the trash, whose values wait."""
        gone = CustomField.select().where(CustomField.deleted_batch.is_null(False))
        return list(gone.order_by(CustomField.id.desc()))

    def is_ready(self, definition) -> bool:
        """Whether lists filter and sort by it: the index is there and this app knows it."""
        resource = self.build.resources.get(definition.resource)
        kind = resource.kinds.get(definition.key) if resource is not None else None
        return kind is not None and kind.ready

    def count(self, definition) -> int | None:
        """How many records hold a value, whoever may see them; None when their module is off."""
        if definition.resource not in self.build.resources:
            return None
        return holders(self.build, definition).count()

    @action(N_("Up"), icon="arrow-up", order=10)
    def up(self, user, record):
        """Change places with the one above."""
        self._swap(user, record, -1)

    @action(N_("Down"), icon="arrow-down", order=11)
    def down(self, user, record):
        """Change places with the one below."""
        self._swap(user, record, 1)

    def _swap(self, user, record, step: int) -> None:
        live = CustomField.select().where(CustomField.resource == record.resource, CustomField.deleted_batch.is_null())
        rows = list(live.order_by(CustomField.position, CustomField.id))
        at = [row.id for row in rows].index(record.id)
        if not 0 <= at + step < len(rows):
            return
        rows[at], rows[at + step] = rows[at + step], rows[at]
        pairs = [(row, {"position": i}) for i, row in enumerate(rows) if row.position != i]
        self.save_many(user, pairs, label=N_("Changed the order of fields"))


def extend(build) -> None:
    """Add the fields that administrators made to the Resources of a build whose tables are there."""
    build.fields_stamp = stamp.current()
    query = CustomField.select().where(CustomField.deleted_batch.is_null())
    ready = None
    for definition in query.order_by(CustomField.position, CustomField.id):
        resource = build.resources.get(definition.resource)
        if resource is None or definition.key in resource.kinds:
            continue  # of a module that is off: the values wait
        ready = indexes.present() if ready is None else ready
        resource.add_field(kind_of(definition, resource, ready))


__all__ = ["CustomFields", "extend"]
