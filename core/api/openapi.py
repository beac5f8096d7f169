"""The OpenAPI 3.1 document of a build: what the kinds say, for every Resource that is on."""

from copy import deepcopy

from . import errors, values

_ERRORS = {
    400: "The request or one of its parameters cannot be read.",
    401: "The token is missing, unknown, revoked or expired, or its account is switched off.",
    403: "The scopes of the token, or the role of its user, do not allow this.",
    404: "There is no such record among those that the token's user may see, or its module is off.",
    405: "This address does not take this method.",
    409: "Somebody else changed the same fields (`fields`; `current` is the record as it is now), or another record"
    " has a value that is unique.",
    413: f"The body is larger than {errors.MAX_BODY // 1024} KB.",
    415: "The body is not `application/json`.",
    422: "The values cannot be saved; `fields` says why, by field.",
    429: "Too many requests in this minute; `Retry-After` says how many seconds to wait.",
    503: "The database is busy; nothing was changed. Try again.",
}
_HEADERS = {
    401: {
        "WWW-Authenticate": {"schema": {"type": "string"}, "description": "`error` and `error_description` say why."}
    },
    405: {"Allow": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
}
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
    from . import files

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
            "responses": {f"E{status}": _error(status) for status in _ERRORS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _error(status: int) -> dict:
    found = {"description": _ERRORS[status], "content": _json({"$ref": "#/components/schemas/Error"})}
    return found | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _json(schema: dict) -> dict:
    return {"application/json": {"schema": schema}}


def _ref(resource, suffix: str = "") -> dict:
    return {"$ref": f"#/components/schemas/{resource.name}{suffix}"}


def orders(resource, hidden=frozenset()) -> list[str]:
    """The values of `sort`: every sortable field that the API gives, either way."""
    sortable = [name for name, kind in values.given(resource) if kind.sort_column is not None]
    names = ["id", *(name for name in sortable if name not in hidden)]
    return [sign + name for name in names for sign in ("", "-")]


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
    single = {"parameters": [_id()], "get": _operation(resource, "read", 200, _ref(resource))}
    if writable:
        single["patch"] = _operation(resource, "change", 200, _ref(resource), body=_ref(resource, ".change"))
        single["delete"] = _operation(resource, "delete", 204)
    paths = {f"/{name}": listing, f"/{name}/{{id}}": single}
    for action in resource.actions.values() if writable else ():
        done = {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "url": {"type": ["string", "null"], "description": "A page to go on to."},
                "data": {"anyOf": [_ref(resource), {"type": "null"}]},
            },
            "required": ["message", "url", "data"],
        }
        operation = _operation(resource, action.name, 200, done, summary=action.label, parameters=[_KEY])
        operation["responses"]["200"]["headers"] = _REPLAYED
        paths[f"/{name}/{{id}}/actions/{action.name}"] = {"parameters": [_id()], "post": operation}
    return paths


def _operation(resource, verb: str, status: int, schema: dict | None = None, *, body=None, summary="", **more) -> dict:
    done = {"description": "Done."} | ({"content": _json(schema)} if schema else {})
    found = {
        "operationId": f"{resource.name}.{verb}",
        "tags": [resource.name],
        "summary": summary or f"{verb.capitalize()}: {resource.label.lower()}",
        "responses": {str(status): done} | {str(s): {"$ref": f"#/components/responses/E{s}"} for s in _ERRORS},
    }
    if body:
        found["requestBody"] = {"required": True, "content": _json(body)}
    return found | more


def _id() -> dict:
    schema = {"type": "integer", "minimum": 1, "maximum": values.MAX_INT}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same key and body within 24 hours, it is answered again, not done again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
_REPLAYED = {"Idempotent-Replayed": {"schema": {"type": "string"}, "description": "`true` when it was answered again."}}


def _create(resource) -> dict:
    operation = _operation(resource, "create", 201, _ref(resource), body=_ref(resource, ".new"), parameters=[_KEY])
    operation["responses"]["201"]["headers"] = {
        "Location": {"schema": {"type": "string"}, "description": "The address of the new record."},
    } | _REPLAYED
    return operation


def _list(resource) -> dict:
    page = {
        "type": "object",
        "properties": {
            "data": {"type": "array", "items": _ref(resource)},
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
    return _operation(resource, "list", 200, page, parameters=parameters)


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
