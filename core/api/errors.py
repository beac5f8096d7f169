"""Everything that goes wrong is said in one shape: `{"error": {status, title, detail, fields}}`."""

import logging

import peewee
from flask import current_app, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException

from .. import conflicts, i18n, merge, plugins
from ..errors import Conflict, Forbidden, Invalid, NotFound
from ..i18n import N_, Problem

log = logging.getLogger("guanxi.api")

#: Bytes of a request's body.
MAX_BODY = 1024 * 1024

TITLES = {
    400: N_("This request cannot be read"),
    401: N_("A valid token is needed"),
    403: N_("You may not do this"),
    404: N_("Nothing here"),
    405: N_("Not this way"),
    409: N_("Changed by somebody else"),
    413: N_("Too large"),
    415: N_("Not JSON"),
    422: N_("That cannot be saved"),
    429: N_("Too many requests"),
}


class ApiError(Exception):
    """A refusal: an HTTP status, a Problem that says why and what to do, and perhaps one for each field."""

    def __init__(self, status: int, problem: Problem, fields: dict[str, Problem] | None = None, **headers: str):
        super().__init__(problem.message)
        self.status, self.problem, self.fields = status, problem, fields or {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def answer(status: int, detail: str, fields: dict | None = None, headers: dict | None = None, **more):
    """An error as the response that all of them are; `more` stands beside it."""
    error = {
        "status": status,
        "title": i18n.gettext(TITLES.get(status, N_("That did not work"))),
        "detail": detail,
        "fields": {name: str(problem) for name, problem in (fields or {}).items()},
    }
    response = jsonify({"error": error} | more)
    response.status_code = status
    response.headers.update(headers or {})
    return response


def register(bp, dump) -> None:
    """Give a blueprint the handlers; `dump(record)` draws the record of a conflict."""

    @bp.errorhandler(ApiError)
    def refused(error):
        return answer(error.status, str(error.problem), error.fields, error.headers)

    @bp.errorhandler(NotFound)
    def not_found(error):
        if moved := merge.moved_address(current_app.extensions["guanxi"]):
            return redirect(moved, 301)  # what it names was merged into another contact
        return answer(404, i18n.gettext("There is no such record among those that you may see."))

    @bp.errorhandler(Forbidden)
    def forbidden(error):
        text = i18n.gettext(
            "Your role lacks the permission %(name)s. An administrator can give it.", name=error.permission
        )
        return answer(403, text)

    @bp.errorhandler(Invalid)
    def invalid(error):
        named = {name: problem for name, problem in error.errors.items() if name}
        whole = error.errors.get("")
        detail = str(whole) if whole else i18n.gettext("Some fields need another look; nothing was saved.")
        return answer(422, detail, named)

    @bp.errorhandler(Problem)
    def problem(error):
        return answer(422, str(error))

    @bp.errorhandler(Conflict)
    def conflict(error):
        text = i18n.gettext("Somebody else changed it in the meantime; nothing was overwritten. See “current”.")
        resource = current_app.extensions["guanxi"].by_model[type(error.current)]
        return answer(409, text, conflicts.problems(resource, error.clashes), current=dump(error.current))

    @bp.errorhandler(peewee.IntegrityError)
    def clash(error):
        log.info("%s %s: %s", request.method, request.path, error)
        return answer(409, i18n.gettext("Another record has one of these values already; nothing was saved."))

    @bp.errorhandler(413)
    def too_large(error):
        text = i18n.gettext("The body is larger than %(n)s KB. Send it in parts.", n=MAX_BODY // 1024)
        return answer(413, text)

    @bp.errorhandler(HTTPException)
    def other(error):
        return answer(error.code or 500, i18n.gettext(error.description or error.name))


def unknown_resource(name: str) -> ApiError:
    """There is no such Resource; when its module is merely off, that is said."""
    build = current_app.extensions["guanxi"]
    module = name.partition("_")[0]
    if module not in build.names and module in plugins.discover(build.settings):
        text = N_("“%(name)s” belongs to a module that is off. Its data is kept.")
    else:
        text = N_("There is no resource “%(name)s”. /api/v1/openapi.json lists them all.")
    return ApiError(404, Problem(text, name=name[:80]))


__all__ = ["MAX_BODY", "ApiError", "answer", "g", "register", "unknown_resource"]
