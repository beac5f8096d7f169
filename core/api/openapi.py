"""The OpenAPI 3.1 document of a build: what the kinds say, for every Resource that is on."""

from copy import deepcopy

from . import files, values
from .operations import ERRORS, HEADERS, KEY, REPLAYED, content, id_parameter, operation, ref

_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "status": {"type": "integer"},
                "title": {"type": "string"},
                "detail": {"type": "string", "description": "One sentence with advice, in the language of the user."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "What is wrong, by the name of the field or parameter.",
                },
            },
            "required": ["status", "title", "detail"],
        },
        "current": {"type": "object", "description": "With 409: the record as it is now."},
    },
    "required": ["error"],
}


def document(build) -> dict:
    """The whole document, as JSON can write it."""
    paths, schemas = {}, {"Error": _ERROR}
    for resource in build.resources.values():
        paths |= _paths(resource)
        schemas |= _schemas(resource)
    paths |= files.paths(build)
    paths["/files/{id}"]["delete"] = files.removal(build)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guanxi",
            "version": "1",
            "description": "The records of this firm. See docs/api.md for a first request.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "tags": [{"name": resource.name, "description": resource.plural} for resource in build.resources.values()],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {f"E{status}": _error(status) for status in ERRORS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def orders(resource, hidden=frozenset()) -> list[str]:
    """The values of `sort`: every sortable field that the API gives, either way."""
    sortable = [name for name, kind in values.given(resource) if kind.sort_column is not None]
    names = ["id", *(name for name in sortable if name not in hidden)]
    return [sign + name for name in names for sign in ("", "-")]


def _error(status: int) -> dict:
    found = {"description": ERRORS[status], "content": content({"$ref": "#/components/schemas/Error"})}
    return found | ({"headers": HEADERS[status]} if status in HEADERS else {})


# Schemas


def _schemas(resource) -> dict:
    taken = {name: _described(resource.kinds[name], values.taken(resource.kinds[name])) for name in resource.fields}
    whole = {"type": "integer", "minimum": 1}
    given = {"id": whole, "version": whole} | {
        name: _described(kind, values.loose(values.schema(kind))) for name, kind in values.given(resource)
    }
    required = [name for name in resource.fields if resource.kinds[name].required and not _has_default(resource, name)]
    write = {"type": "object", "properties": taken, "additionalProperties": False}
    version = {
        "type": "integer",
        "description": "The version that was read. What others changed since stays; fields"
        " that they changed to something else are refused with 409.",
    }
    return {
        resource.name: {"type": "object", "properties": given, "required": ["id", "version"]},
        f"{resource.name}.new": write | ({"required": required} if required else {}),
        f"{resource.name}.change": write | {"properties": {"version": version} | deepcopy(taken)},
    }


def _has_default(resource, name: str) -> bool:
    kind = resource.kinds[name]
    return name == resource.owner or bool(kind.start) or not kind.empty(kind.get(resource.model()))


def _described(kind, schema: dict) -> dict:
    said = " ".join(s for s in (f"{kind.title}.", kind.help, schema.get("description", "")) if s)
    return schema | {"description": said}


# Paths


def _paths(resource) -> dict:
    name, writable = resource.name, resource.writable
    listing = {"get": _list(resource)} | ({"post": _create(resource)} if writable else {})
    single = {"parameters": [id_parameter()], "get": operation(resource, "read", 200, ref(resource))}
    if writable:
        single["patch"] = operation(resource, "change", 200, ref(resource), body=ref(resource, ".change"))
        single["delete"] = operation(resource, "delete", 204)
    paths = {f"/{name}": listing, f"/{name}/{{id}}": single}
    for action in resource.actions.values() if writable else ():
        done = {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "url": {"type": ["string", "null"], "description": "A page to go on to."},
                "data": {"anyOf": [ref(resource), {"type": "null"}]},
            },
            "required": ["message", "url", "data"],
        }
        post = operation(resource, action.name, 200, done, summary=action.label, parameters=[KEY])
        post["responses"]["200"]["headers"] = REPLAYED
        paths[f"/{name}/{{id}}/actions/{action.name}"] = {"parameters": [id_parameter()], "post": post}
    return paths


def _create(resource) -> dict:
    post = operation(resource, "create", 201, ref(resource), body=ref(resource, ".new"), parameters=[KEY])
    post["responses"]["201"]["headers"] = {
        "Location": {"schema": {"type": "string"}, "description": "The address of the new record."},
    } | REPLAYED
    return post


def _list(resource) -> dict:
    page = {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": ref(resource)},
            "next": {"type": ["string", "null"], "description": "The address of the next page, or null at the end."},
        },
        "required": ["data", "next"],
    }
    text = {"type": "string", "maxLength": 500}
    given = [
        ("q", text, "Words to search for, as in the search box."),
        ("sort", {"type": "string", "enum": orders(resource)}, f"`-` is descending; `{resource.order}` by default."),
        ("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Records on a page."),
        ("after", {"type": "string"}, "The cursor in `next`."),
    ]
    given += [(name, _filter(resource.kinds[name]), _help(resource.kinds[name])) for name in resource.filters]
    parameters = [{"name": n, "in": "query", "schema": s, "description": d, "explode": False} for n, s, d in given]
    return operation(resource, "list", 200, page, parameters=parameters)


def _filter(kind) -> dict:
    """The schema of a filter: a list with commas between, or one text."""
    pattern = values.filter_pattern(kind)
    if kind.filter_control in ("choice", "role"):
        item = {"type": "string", "enum": values.choices(kind)}
    elif kind.filter_control == "pick":
        item = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": values.MAX_INT}, {"enum": ["none", "me"]}]}
    else:
        return {"type": "string"} | ({"pattern": f"^({pattern})$"} if pattern else {"minLength": 1, "maxLength": 500})
    return {"type": "array", "items": item, "minItems": 1, "maxItems": 20}


def _help(kind) -> str:
    said = {
        "choice": "one or more with commas between.",
        "role": "one or more with commas between.",
        "pick": "ids with commas between; `me` is the token's user.",
        "number": "a number, or from..to; either end may be left out.",
        "date": "a day, from..to, or a word such as `last30`, in the time zone of the token's user.",
        "bool": "`yes` or `no`.",
    }.get(kind.filter_control, "the whole value, whatever the case.")
    return f"{kind.title}: {said}" + ("" if kind.filter_control == "bool" else " `none` finds those without.")


__all__ = ["document", "orders"]
