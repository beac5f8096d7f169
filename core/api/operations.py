"""The parts that every operation of the OpenAPI document is put together from."""

from . import errors, values

#: What each status means that any operation may answer with.
ERRORS = {
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
HEADERS = {
    401: {
        "WWW-Authenticate": {"schema": {"type": "string"}, "description": "`error` and `error_description` say why."}
    },
    405: {"Allow": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}}},
}


def content(schema: dict) -> dict:
    """A body of JSON."""
    return {"application/json": {"schema": schema}}


def ref(resource, suffix: str = "") -> dict:
    """A resource's schema; of what is sent with the suffix ".new" or ".change"."""
    return {"$ref": f"#/components/schemas/{resource.name}{suffix}"}


def operation(resource, verb: str, status: int, schema: dict | None = None, *, body=None, summary="", **more) -> dict:
    """One method of an address: what it takes (`body`) and answers when it is done, and all that it may refuse."""
    done = {"description": "Done."} | ({"content": content(schema)} if schema else {})
    found = {
        "operationId": f"{resource.name}.{verb}",
        "tags": [resource.name],
        "summary": summary or f"{verb.capitalize()}: {resource.label.lower()}",
        "responses": {str(status): done} | {str(s): {"$ref": f"#/components/responses/E{s}"} for s in ERRORS},
    }
    if body:
        found["requestBody"] = {"required": True, "content": content(body)}
    return found | more


def id_parameter() -> dict:
    """The record's number in the address."""
    schema = {"type": "integer", "minimum": 1, "maximum": values.MAX_INT}
    return {"name": "id", "in": "path", "required": True, "schema": schema}


KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Sent again with the same key and body within 24 hours, it is answered again, not done again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
REPLAYED = {"Idempotent-Replayed": {"schema": {"type": "string"}, "description": "`true` when it was answered again."}}
