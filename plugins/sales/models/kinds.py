"""Kinds of columns that several parts of sales use: links chosen from a short list, percents, ticks and people."""

from flask import g
from markupsafe import Markup

from core import N_, Problem, User, fields, resource_of


def _attributes(field, more: dict, base: str) -> Markup:
    values = {"id": field.id, "name": field.name, "class": f"{base} is-invalid" if field.errors else base} | more
    if field.errors:
        values |= {"aria-invalid": "true", "aria-describedby": f"{field.id}-error"}
    pairs = [(k, k if v is True else v) for k, v in values.items() if v not in (None, False)]
    return Markup("").join(Markup(' {}="{}"').format(k, v) for k, v in pairs)


class OneOf(fields.Link):
    """A link to one of a few records, drawn as a select; the target's Resource gives `choices(user)`."""

    def draw(self, field, **more):
        option = Markup('<option value="{}"{}>{}</option>')
        drawn = [option.format("", "", "—")]
        for group, members in resource_of(self.rel_model).choices(g.user):
            inner = [option.format(id, Markup(" selected") if id == field.data else "", name) for id, name in members]
            joined = Markup("").join(inner)
            drawn.append(Markup('<optgroup label="{}">{}</optgroup>').format(group, joined) if group else joined)
        return Markup("<select{}>{}</select>").format(_attributes(field, more, "form-select"), Markup("").join(drawn))


class ProductName(fields.Text):
    """A product's name, with those of the catalogue to choose from where a module knows them."""

    #: Names that are offered; who has more types more.
    OFFERED = 500

    def draw(self, field, **more):
        source = resource_of(self.model).build.hook.deal_products()
        names = sorted(source.names(g.user).values())[: self.OFFERED] if source and source.may(g.user) else []
        listed = Markup("").join(Markup('<option value="{}"></option>').format(name) for name in names)
        more = {"type": "text", "value": field.raw, "maxlength": self.max_length} | more
        more |= {"list": f"{field.id}-list"} if names else {}
        drawn = Markup("<input{}>").format(_attributes(field, more, "form-control"))
        return drawn + Markup('<datalist id="{}-list">{}</datalist>').format(field.id, listed) if names else drawn


class Percent(fields.Integer):
    """A whole number from 0 to 100."""

    def parse(self, text, context=fields.NOBODY):
        value = super().parse(str(text).strip().removesuffix("%"), context)
        if value is not None and not 0 <= value <= 100:
            raise Problem(N_("“%(text)s” is not a percentage from 0 to 100."), domain="sales", text=str(text))
        return value

    def show(self, value):
        return "" if value is None else f"{value}%"


class Rank(fields.Integer):
    """A place among others, lower first, with room between two neighbours; NULL for none."""

    field_type = "BIGINT"
    filter_control = None

    def parse(self, text, context=fields.NOBODY):
        raise Problem(N_("Cards are put in order on the board."), domain="sales")

    def show(self, value):
        """The number says nothing to anybody: only that it has a place."""
        return "" if value is None else "↕"


class Ticks(fields.JSON):
    """A list of values ticked among `options()`, which gives `[(value, label in the reader's language)]`."""

    filter_control = None

    def __init__(self, options, *args, **kwargs):
        self.choices_of = options
        super().__init__(*args, default=list, **kwargs)

    def collect(self, formdata):
        """The ticked values; None when the field was not sent."""
        return "\n".join(v for v in formdata.getlist(self.name) if v) if self.name in formdata else None

    def parse(self, text, context=fields.NOBODY):
        wanted = text if isinstance(text, list) else str(text or "").splitlines()
        known = {str(value): value for value, _ in self.choices_of()}
        values = [str(value).strip() for value in wanted if str(value).strip()]
        for value in values:
            if value not in known:
                raise Problem(N_("“%(text)s” is not one of the choices."), domain="sales", text=value)
        return [known[value] for value in values]

    def check(self, value):
        if not isinstance(value, list):
            raise Problem(N_("This must be a list of choices."), domain="sales")
        return self.parse(value)

    def text(self, value):
        return "\n".join(map(str, value or ()))

    def show(self, value):
        names = dict(self.choices_of()) if value else {}
        return ", ".join(str(names.get(v, v)) for v in value or ())

    def draw(self, field, **more):
        have = set(field.data or ())
        box = Markup(
            '<label class="form-check m-0"><input class="form-check-input" type="checkbox" name="{}" value="{}"{}>'
            '<span class="form-check-label">{}</span></label>'
        )
        boxes = [
            box.format(field.name, value, Markup(" checked") if value in have else "", label)
            for value, label in self.choices_of()
        ]
        return Markup(
            '<div class="gx-row gx-row-wrap gap-3" role="group" id="{}" aria-label="{}">'
            '<input type="hidden" name="{}" value="">{}</div>'
        ).format(field.id, field.label.text, field.name, Markup("").join(boxes))


def active_people() -> list[tuple[int, str]]:
    """Colleagues who may sign in: id and name."""
    query = User.select(User.id, User.name).where(User.active, User.deleted_batch.is_null()).order_by(User.name)
    return list(query.tuples())
