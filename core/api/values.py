"""What the API says of each kind of value: its JSON Schema, and how JSON becomes a value.

A kind of a plugin's own is treated as the core kind that it derives from, and as text otherwise.
"""

import re
from functools import singledispatch
from typing import Any

from .. import fields
from ..custom.kinds import Choices
from ..custom.models import Options
from ..i18n import N_, Problem
from ..points import ADDRESS_PARTS, ROLE_WORDS

#: The largest key and the largest whole number of a column.
MAX_INT = 2**31 - 1
#: Values in one several-valued field.
MAX_ITEMS = 100

_TYPES = {
    str: N_("This must be text."),
    int: N_("This must be a whole number."),
    bool: N_("This must be true or false."),
    list: N_("This must be a list."),
    dict: N_("This must be an object."),
}


def _must_be(type_: type, value: Any) -> Any:
    """`value` when JSON gave it as this type, else Problem. 3.0 is a whole number; true is none."""
    if type_ is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, type_) or (type_ is int and isinstance(value, bool)):
        raise Problem(_TYPES[type_])
    return value


@singledispatch
def schema(kind) -> dict:
    """The JSON Schema of what is taken; `loose` makes of it what is given."""
    return {"type": ["string", "null"]}


def taken(kind) -> dict:
    """`schema` without null for a column that must not be empty; empty text is no null."""
    found = schema(kind)
    if _needs_value(kind) and isinstance(found.get("type"), list):
        found |= {"type": [t for t in found["type"] if t != "null"]}
    return found


def _needs_value(kind) -> bool:
    return not isinstance(kind, fields.Text | fields.Choice | fields.Several) and not kind.null


@singledispatch
def read(kind, value, context) -> Any:
    """JSON → what the kind's `parse` gives. null empties. Raises Problem."""
    return kind.parse("" if value is None else _must_be(str, value), context)


def loose(taken: Any) -> Any:
    """The schema of what is given: old rows may break rules that are newer than they are."""
    if isinstance(taken, dict):
        rules = {"enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "maxItems", "additionalProperties"}
        return {key: loose(value) for key, value in taken.items() if key not in rules}
    return [loose(item) for item in taken] if isinstance(taken, list) else taken


@schema.register
def _(kind: fields.Text) -> dict:
    return {"type": ["string", "null"], "maxLength": kind.max_length}


@read.register
def _(kind: fields.Text, value, context):
    text = "" if value is None else _must_be(str, value)
    if len(text) > kind.max_length:
        raise Problem(N_("This is longer than %(n)s characters. Shorten it."), n=kind.max_length)
    return kind.parse(text, context)


@schema.register
def _(kind: fields.Integer) -> dict:
    return {"type": ["integer", "null"], "minimum": -MAX_INT, "maximum": MAX_INT}


@read.register
def _(kind: fields.Integer, value, context):
    return None if value is None else kind.parse(str(_must_be(int, value)), context)


_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


@schema.register
def _(kind: fields.Number) -> dict:
    return {
        "type": ["string", "number", "null"],
        "pattern": f"^{_DECIMAL.pattern}$",
        "description": "Given as text, which is exact; taken as text or number.",
    }


@read.register
def _(kind: fields.Number, value, context):
    if value is None:
        return None
    good = _DECIMAL.fullmatch(value) if isinstance(value, str) else type(value) in (int, float)
    if not good:
        raise Problem(N_('This must be a number, such as 12.5 or "12.5".'))
    return kind.parse(str(value), context)


@schema.register
def _(kind: fields.Money) -> dict:
    return {
        "type": ["object", "null"],
        "description": "Minor units (cents, fen) of an ISO 4217 currency.",
        "properties": {
            "minor": {"type": "integer", "minimum": -(2**53) + 1, "maximum": 2**53 - 1},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        },
        "required": ["minor", "currency"],
        "additionalProperties": False,
    }


@read.register
def _(kind: fields.Money, value, context):
    if value is None:
        return None
    if set(_must_be(dict, value)) != {"minor", "currency"}:
        raise Problem(N_("An amount is an object of “minor” and “currency”, such as %(example)s."), example=_EXAMPLE)
    minor = _must_be(int, value["minor"])
    if abs(minor) >= 2**53:
        raise Problem(N_("“%(text)s” is too large a number."), text=minor)
    if _must_be(str, value["currency"]) not in fields.currencies():
        raise Problem(N_("“%(text)s” is not an ISO 4217 currency, such as CNY."), text=value["currency"][:40])
    return fields.Amount(minor, value["currency"])


_EXAMPLE = '{"minor": 123450, "currency": "CNY"}'


@schema.register
def _(kind: fields.Bool) -> dict:
    return {"type": "boolean"}


@read.register
def _(kind: fields.Bool, value, context):
    return _must_be(bool, value)


@schema.register
def _(kind: fields.Choice) -> dict:
    return {"type": ["string", "null"], "enum": [*kind.labels, *([] if "" in kind.labels else [""]), None]}


@read.register
def _(kind: fields.Choice, value, context):
    if value in (None, ""):
        return ""
    if _must_be(str, value) not in kind.labels:
        options = ", ".join(kind.labels)
        raise Problem(N_("“%(text)s” is not one of: %(options)s."), text=value[:80], options=options)
    return value


@schema.register
def _(kind: Choices) -> dict:
    return {"type": ["array", "null"], "maxItems": MAX_ITEMS, "items": {"type": "string", "enum": [*kind.labels]}}


@read.register
def _(kind: Choices, value, context):
    items = [] if value is None else _must_be(list, value)
    return kind.parse([_must_be(str, item) for item in items], context)


@schema.register
def _(kind: Options) -> dict:
    text = {"type": "string", "maxLength": 60}
    properties = {"value": text, "label": text, "hue": text, "retired": {"type": "boolean"}, "becomes": text}
    return {"type": "array", "items": {"type": "object", "properties": properties, "required": ["label"]}}


@read.register
def _(kind: Options, value, context):
    return kind.parse(_must_be(list, value), context)


@schema.register
def _(kind: fields.Date) -> dict:
    return {"type": ["string", "null"], "format": "date"}


@read.register
def _(kind: fields.Date, value, context):
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _must_be(str, value)):
        raise Problem(N_("“%(text)s” is not a date, such as 2026-11-22."), text=value[:40])
    return kind.parse(value, context)


_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@schema.register
def _(kind: fields.DateTime) -> dict:
    return {"type": ["string", "null"], "format": "date-time"}


@read.register
def _(kind: fields.DateTime, value, context):
    if value is None:
        return None
    if not _INSTANT.fullmatch(_must_be(str, value)):
        raise Problem(N_("“%(text)s” is not a time with its zone, such as 2026-11-22T14:30:00+08:00."), text=value[:40])
    return kind.parse(re.sub(r"\.[0-9]+", "", value.upper()), context)


@schema.register
def _(kind: fields.Link) -> dict:
    return {"type": ["integer", "null"], "minimum": 1, "maximum": MAX_INT, "description": "The id of a record."}


@read.register
def _(kind: fields.Link, value, context):
    if value is None:
        return None
    id = _must_be(int, value)
    if not 1 <= id <= MAX_INT:
        raise Problem(N_("“%(text)s” was not found among those that you may see."), text=id)
    return kind.parse(str(id), context)


@schema.register
def _(kind: fields.JSON) -> dict:
    return {"type": ["object", "array", "string", "number", "boolean", "null"]}


@read.register
def _(kind: fields.JSON, value, context):
    return kind.check(value)


@schema.register
def _(kind: fields.Several) -> dict:
    return {"type": ["array", "null"], "maxItems": MAX_ITEMS, "items": _item_schema(kind)}


def _item_schema(kind) -> dict:
    if kind.control != "points":
        return {"type": "string", "minLength": 1, "maxLength": 60}
    item = {
        "type": "object",
        "properties": {
            "value": {"type": "string", "minLength": 1, "maxLength": 500},
            "label": {"type": "string", "maxLength": 40},
        },
        "required": ["value"],
        "additionalProperties": False,
    }
    if kind.kind == "address":
        part = {"type": "string", "maxLength": 200}
        parts = {"type": "object", "properties": dict.fromkeys(ADDRESS_PARTS, part), "additionalProperties": False}
        item["properties"]["data"] = parts
        item["required"] = []
        item["minProperties"] = 1
    return item


@read.register
def _(kind: fields.Several, value, context):
    items = [] if value is None else _must_be(list, value)
    if len(items) > MAX_ITEMS:
        raise Problem(N_("These are more than %(n)s values."), n=MAX_ITEMS)
    rule = _item_schema(kind)
    for item in items:
        _check(rule, item)
    return kind.parse(items, context)


def _check(rule: dict, value) -> None:
    """The few rules of JSON Schema that items use."""
    if rule["type"] == "string":
        if len(_must_be(str, value)) > rule["maxLength"]:
            raise Problem(N_("This is longer than %(n)s characters. Shorten it."), n=rule["maxLength"])
        if rule.get("minLength") and not value.strip():
            raise Problem(N_("A value in the list is empty."))
        return
    known = rule["properties"]
    for name in _must_be(dict, value):
        if name not in known:
            raise Problem(N_("“%(name)s” is not one of: %(names)s."), name=name[:80], names=", ".join(known))
        _check(known[name], value[name])
    if not value and rule.get("minProperties"):
        raise Problem(N_("A value in the list is empty."))
    for name in rule.get("required", ()):
        if name not in value:
            raise Problem(N_("“%(name)s” is missing in a value of the list."), name=name)


_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBER = "-?[0-9]{1,18}([.][0-9]{1,18})?"


def choices(kind) -> list[str]:
    """The words that a filter of a fixed list takes."""
    return ["none", *getattr(kind, "labels", ROLE_WORDS)]


def filter_pattern(kind) -> str:
    """What a filter's value looks like, as a regular expression; "" for any text."""
    match kind.filter_control:
        case "choice" | "role":
            one = "|".join(map(re.escape, choices(kind)))
            return f"({one})(,({one}))*"
        case "pick":
            return "(none|me|[0-9]{1,10})(,(none|me|[0-9]{1,10}))*"
        case "number":
            return f"none|{_NUMBER}|{_NUMBER}[.][.]({_NUMBER})?|[.][.]{_NUMBER}"
        case "date":
            return f"none|{'|'.join(fields.DATE_PRESETS)}|{_DAY}|{_DAY}[.][.]({_DAY})?|[.][.]{_DAY}"
        case "bool":
            return "yes|no"
    return ""


def given(resource) -> list[tuple[str, fields.Kind]]:
    """The fields that the API gives: those that a screen of the Resource declares, in their order."""
    columns = [c for c in (*resource.columns, *resource.more_columns) if isinstance(c, str)]
    names = dict.fromkeys([*resource.fields, *columns, *resource.filters, "created_at", "updated_at"])
    return [(name, resource.kinds[name]) for name in names]


def dump(resource, record, user) -> dict:
    """A record as the API gives it to a user; its several-valued fields should have been loaded."""
    hidden = resource.hidden(user)
    values = {name: kind.json(kind.get(record)) for name, kind in given(resource) if name not in hidden}
    return {"id": record.id, "version": record.version} | values


def load(resource, data: dict, context, record=None) -> tuple[dict, dict[str, Problem]]:
    """What a body says → values by field, and what is wrong by field.

    `record` is what it changes: a link that it has may be sent back, also by who may not see what it points to.
    """
    values, wrong, hidden = {}, {}, resource.hidden(context.user)
    readable = {"id", "version", *(name for name, _ in given(resource) if name not in hidden)}
    for name, value in data.items():
        # What is hidden is answered like what is not there, or the answer would tell its value.
        if name not in resource.fields or name in hidden:
            text = N_("“%(name)s” cannot be written.") if name in readable else N_("There is no field “%(name)s”.")
            wrong[name[:80]] = Problem(text, name=name[:80])
            continue
        kind = resource.kinds[name]
        try:
            if value is None and _needs_value(kind):
                raise Problem(N_("This cannot be empty."))
            same = record is not None and isinstance(kind, fields.Link) and kind.points_to(str(value), kind.get(record))
            values[name] = kind.get(record) if same else read(kind, value, context)
        except Problem as problem:
            wrong[name] = problem
    return values, wrong
