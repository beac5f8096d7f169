"""WTForms drawn from kinds: a form of ours has no rule of its own, every input asks its kind to parse."""

from markupsafe import Markup, escape
from wtforms import Field, Form

from . import fields, html, i18n
from .i18n import N_, Problem
from .points import ADDRESS_PARTS, LABELS, ROLE_WORDS, Point, label_word


def _attributes(field, **more) -> Markup:
    values = {"id": field.id, "name": field.name} | more
    if field.errors:
        values |= {"aria-invalid": "true", "aria-describedby": f"{field.id}-error"}
    elif field.description:
        values["aria-describedby"] = f"{field.id}-help"
    if field.required:
        values["required"] = True
    parts = []
    for key, value in values.items():
        if value is True:
            parts.append(Markup(" {}").format(key))
        elif value not in (None, False):
            parts.append(Markup(' {}="{}"').format(key, value))
    return Markup("").join(parts)


def _class(field, base: str) -> str:
    return f"{base} is-invalid" if field.errors else base


def _input(type_: str, **fixed):
    def draw(field, **more):
        return Markup("<input{}>").format(
            _attributes(
                field, **{"type": type_, "class": _class(field, "form-control"), "value": field.raw} | fixed | more
            )
        )

    return draw


def _textarea(field, **more):
    return Markup("<textarea{}>\n{}</textarea>").format(
        _attributes(field, **{"class": _class(field, "form-control"), "rows": 4} | more), field.raw
    )


def _select(field, **more):
    options = [Markup('<option value="">{}</option>').format("" if field.required else "—")]
    known = [value for value, _, _ in field.kind.options if value not in field.kind.retired or value == field.raw]
    for value in known if field.raw in ("", *known) else (*known, field.raw):
        selected = Markup(" selected") if field.raw == value else ""
        options.append(Markup('<option value="{}"{}>{}</option>').format(value, selected, field.kind.named(value)))
    return Markup("<select{}>{}</select>").format(
        _attributes(field, **{"class": _class(field, "form-select")} | more), Markup("").join(options)
    )


def _checkbox(field, **more):
    return Markup('<input type="hidden" name="{}" value=""><input{}>').format(
        field.name,
        _attributes(
            field,
            **{
                "type": "checkbox",
                "class": _class(field, "form-check-input"),
                "value": "yes",
                "checked": bool(field.raw),
            }
            | more,
        ),
    )


def _money(field, **more):
    return _input("text", inputmode="decimal", **{"class": _class(field, "form-control gx-num")})(field, **more)


def _pick(field, **more):
    """A text input that reads back `Name #id`; guanxi.js makes it a list that searches while typing."""
    resource = field.form_resource
    target = resource.build.by_model.get(field.kind.rel_model) if resource else None
    return _input("text", autocomplete="off", **{"data-gx-pick": target.base if target else ""})(field, **more)


def _tags(field, **more):
    return _input("text", autocomplete="off", **{"data-gx-tags": "1"})(field, **more)


def _roles(field, **more):
    have = set(field.data or ())
    boxes = []
    for value, word in ROLE_WORDS.items():
        boxes.append(
            Markup(
                '<label class="form-check m-0"><input class="form-check-input" type="checkbox" name="{}" value="{}"{}>'
                '<span class="form-check-label">{}</span></label>'
            ).format(field.name, value, Markup(" checked") if value in have else "", i18n.gettext(word))
        )
    return Markup(
        '<div class="gx-row gx-row-wrap gap-3" role="group" id="{}" aria-label="{}">'
        '<input type="hidden" name="{}" value="">{}</div>'
    ).format(field.id, field.label.text, field.name, Markup("").join(boxes))


def _points(field, **more):
    """Rows of label and value, the last ones empty; works without a script, which only adds more rows."""
    kind = field.kind.kind
    rows = [*(field.data or ()), Point("")]
    drawn = [_point_row(field, kind, i, point) for i, point in enumerate(rows)]
    return Markup(
        '<div class="gx-stack gx-stack-sm" data-gx-rows id="{}">{}'
        '<button class="btn btn-ghost btn-sm justify-self-start" type="button" data-gx-add-row>{}{}</button></div>'
    ).format(field.id, Markup("").join(drawn), html.icon("plus"), i18n.gettext("Add"))


def _point_row(field, kind, i, point):
    prefix, title = f"{field.name}-{i}", field.label.text
    names = LABELS[kind]
    label_name = i18n.gettext("%(field)s: kind", field=title)
    if names:
        known = names if point.label in names else (*names, point.label)
        options = Markup("").join(
            Markup('<option value="{}"{}>{}</option>').format(
                n, Markup(" selected") if n == point.label else "", label_word(n) or "—"
            )
            for n in known
        )
        label = Markup('<select class="form-select w-auto" name="{}-label" aria-label="{}">{}</select>').format(
            prefix, label_name, options
        )
    else:
        label = Markup(
            '<input class="form-control w-auto" name="{}-label" value="{}" aria-label="{}" size="10">'
        ).format(prefix, point.label, i18n.gettext("%(field)s: source", field=title))
    if kind == "address":
        inputs = Markup("").join(
            Markup('<input class="form-control" name="{}-{}" value="{}" placeholder="{}" aria-label="{}">').format(
                prefix,
                part,
                point.data.get(part, point.value if part == "street" and not point.data else ""),
                i18n.gettext(word),
                f"{title}: {i18n.gettext(word)}",
            )
            for part, word in ADDRESS_PARTS.items()
        )
        value = Markup('<div class="gx-address flex-fill">{}</div>').format(inputs)
    else:
        type_ = {"email": "email", "phone": "tel"}.get(kind, "text")
        value = Markup('<input class="{}" type="{}" name="{}-value" value="{}" aria-label="{}"{}>').format(
            _class(field, "form-control"),
            type_,
            prefix,
            point.value,
            title,
            Markup(' data-gx-check="1"') if kind in ("email", "phone") else "",
        )
    return Markup('<div class="gx-row" data-gx-row-of="{}">{}{}</div>').format(field.name, label, value)


WIDGETS = {
    "text": _input("text"),
    "email": _input("email"),
    "tel": _input("tel"),
    "url": _input("text", inputmode="url"),
    "date": _input("date"),
    "datetime-local": _input("datetime-local"),
    "number": _input("text", inputmode="decimal"),
    "textarea": _textarea,
    "select": _select,
    "checkbox": _checkbox,
    "money": _money,
    "pick": _pick,
    "tags": _tags,
    "roles": _roles,
    "points": _points,
    "json": _textarea,
}


class KindField(Field):
    """A form field that a kind reads and writes. `raw` is what the person typed, kept when it is wrong."""

    raw = ""

    def __init__(self, kind, resource, context, **kwargs):
        title = resource.field_title(kind.name)
        super().__init__(title, description=i18n.translate(kind.help, resource.domain) if kind.help else "", **kwargs)
        self.kind, self.form_resource, self.context = kind, resource, context
        self.required, self.widget = kind.required, kind.draw or WIDGETS[kind.control]
        self.control = kind.control

    def process_data(self, value):
        self.data = value
        self.raw = self._shown(value)

    def _shown(self, value):
        if isinstance(self.kind, fields.Link) and value is not None:
            target = self.context.build.by_model[self.kind.rel_model]
            return f"{target.linked(self.context.user, [value])[value]} #{value}"
        return self.kind.text(value)

    def process(self, formdata, data=None, extra_filters=None):
        self.process_errors = []
        if formdata is None:
            self.process_data(data)
            return
        try:
            items = self._items(formdata)
            if items is None:  # not sent at all: as it was
                self.process_data(data)
                return
            if isinstance(items, str) and data is not None and self._unchanged(items, data):
                self.process_data(data)
                return
            self.raw = items if isinstance(items, str) else ""
            self.data = self.kind.parse(items, self.context)
            if isinstance(self.kind, fields.Link):
                self.raw = self._shown(self.data)
        except Problem as problem:
            self.process_errors.append(problem)
            self.data = self._typed(formdata)

    def _unchanged(self, text: str, data) -> bool:
        """Sent back as it was shown: a time with its seconds stays, and a link to what this reader may not see.

        A link by its number, since its name may have changed, or been hidden, while the form was open.
        """
        if isinstance(self.kind, fields.Link):
            return self.kind.points_to(text, data)
        return text == self._shown(data)

    def _items(self, formdata):
        if self.kind.collect:
            return self.kind.collect(formdata)
        if self.control == "points":
            return self._rows(formdata)
        if self.control == "roles":
            return [v for v in formdata.getlist(self.name) if v] if self.name in formdata else None
        values = formdata.getlist(self.name)
        return values[-1] if values else None

    def _rows(self, formdata):
        rows, found = {}, False
        for key in formdata:
            name, dash, rest = key.partition("-")
            number, _, part = rest.partition("-")
            if name == self.name and dash and number.isdecimal():
                found = True
                rows.setdefault(int(number), {})[part] = formdata[key].strip()
        if not found:
            return None
        items = []
        for _, row in sorted(rows.items()):
            label, value = row.pop("label", ""), row.pop("value", "")
            if value or any(row.values()):
                items.append({"value": value, "label": label, "data": row})
        return items

    def _typed(self, formdata):
        """What was typed, for showing it again beside the error."""
        if self.control == "points":
            return [Point(r["value"], r["label"], r["data"]) for r in self._rows(formdata) or ()]
        return self.kind.collect(formdata) if self.kind.collect else None


def form_class(resource, user, names) -> type[Form]:
    """The form of a Resource's fields (or some of them), for this reader's language."""
    context = resource.build.context(user)
    attributes = {name: _unbound(resource.kinds[name], resource, context) for name in names}
    return type(f"{type(resource).__name__}Form", (Form,), attributes)


def _unbound(kind, resource, context):
    return KindField(kind, resource, context)


def bind(resource, user, record, formdata=None, names=None) -> Form:
    """The form of a record, filled from the record or from what was sent."""
    names = resource.open_fields(user) if names is None else names
    data = {name: resource.kinds[name].get(record) for name in names}
    return form_class(resource, user, names)(formdata=formdata, data=data)


def values_of(form: Form) -> dict:
    """What was understood. Call after `check`."""
    return {name: field.data for name, field in form._fields.items()}


def check(form: Form) -> bool:
    """Whether everything could be read; the faults are on the fields."""
    good = True
    for field in form:
        field.errors = tuple(field.process_errors)
        good = good and not field.errors
    return good


def take_theirs(form: Form, formdata, record) -> None:
    """Where the person chose what somebody else saved (`keep-<field>=theirs`), the field is as the record is now."""
    for name, field in form._fields.items():
        if formdata.get(f"keep-{name}") == "theirs":
            field.process_errors = []
            field.process_data(field.kind.get(record))


def put_settled(form: Form, settled: dict) -> None:
    """Show what others saved in the meantime in the fields that this form did not change."""
    for name, value in settled.items():
        field = form._fields.get(name)
        if field is not None and field.data != value:
            field.process_data(value)


def put_errors(form: Form, errors: dict[str, Problem]) -> list[str]:
    """Place a save's faults on their fields; those of no field come back."""
    general = []
    for name, problem in errors.items():
        field = form._fields.get(name)
        if field is None:
            general.append(str(problem))
        else:
            field.errors = (*field.errors, problem)
    return general


__all__ = ["N_", "bind", "check", "escape", "put_errors", "put_settled", "take_theirs", "values_of"]
