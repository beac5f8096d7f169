"""Files by the API: those of a record, adding one, its bytes, and removing it. A file has the rights of its record."""

import re

from flask import g, jsonify, request, url_for

from .. import file_sending, files, intake
from ..db import records
from ..i18n import N_, Problem
from ..settings import MB
from . import values
from .errors import ApiError
from .operations import id_parameter, operation, ref

#: Files on a page.
PAGE = 50


def add_rules(bp, api) -> None:
    """The addresses, on the API's blueprint."""
    found = Files(api)
    of_record = f"/<name>/<int(max={values.MAX_INT}):id>/files"
    of_file = f"/files/<int(max={values.MAX_INT}):id>"
    bp.add_url_rule(of_record, "files", found.list, methods=["GET"])
    bp.add_url_rule(of_record, "add_file", found.add, methods=["POST"])
    bp.add_url_rule(f"{of_file}/content", "file_content", found.content, methods=["GET"])
    bp.add_url_rule(of_file, "delete_file", found.delete, methods=["DELETE"])


class Files:
    """The views."""

    def __init__(self, api):
        self.api, self.build = api, api.build
        self.files: files.Attachments = api.build.resources["files"]

    def list(self, name, id):
        resource, record = self._record(name, id, "view")
        after = request.args.get("after")
        if set(request.args) - {"after"} or (after is not None and not re.fullmatch("[0-9]{1,9}", after)):
            raise ApiError(400, Problem(N_("This is no cursor of this list. Follow “next” as it was given.")))
        query = self.files.of(g.user, resource, [record.id])
        if after is not None:
            query = query.where(files.Attachment.id < int(after))
        found = records(query.limit(PAGE + 1))
        more, found = len(found) > PAGE, found[:PAGE]
        following = url_for("api.files", name=name, id=id, after=found[-1].id) if more else None
        return jsonify({"data": [self._dump(file) for file in found], "next": following})

    def add(self, name, id):
        resource, record = self._record(name, id, "edit")
        sent = request.files.get("file")
        if sent is None or not sent.filename:
            raise ApiError(422, Problem(N_("Send the file as the part “file” of multipart/form-data.")))
        category = self.files.kinds["category"].parse(request.form.get("category", ""))
        file = files.attach(g.user, resource, record, sent.filename, sent.stream, category=category)
        return jsonify(self._dump(file)), 201, {"Location": url_for("api.read", name="files", id=file.id)}

    def content(self, id):
        file = self.files.find(g.user, id)
        self._covered(file, "view")
        number = request.args.get("revision", "")
        if number and not (number.isdecimal() and len(number) < 10):
            wrong = {"revision": Problem(N_("This must be a whole number."))}
            raise ApiError(400, Problem(N_("Some parameters need another look.")), wrong)
        return file_sending.send(file, self.files.revision(file, int(number or 0) or None), download=True)

    def delete(self, id):
        file = self.files.find(g.user, id, "delete")
        self._covered(file, "edit")
        self.files.delete(g.user, [file])
        return "", 204

    def _record(self, name, id, verb):
        """Raises ApiError for a kind of record that takes no files."""
        known = self.build.resources.get(name)
        if known is not None and not known.attachments:
            raise ApiError(404, Problem(N_("Files cannot be added to this.")))
        if verb == "edit":
            request.max_content_length = intake.limit_of(self.build) + MB
        resource = self.api.resource(name, verb)
        return resource, resource.find(g.user, id, verb)

    def _covered(self, file, verb: str) -> None:
        if not g.token.covers(f"{file.resource}.{verb}"):
            text = N_("The scopes of this token do not include %(name)s. Make a token that has it.")
            raise ApiError(403, Problem(text, name=f"{file.resource}.{verb}"))

    def _dump(self, file) -> dict:
        return values.dump(self.files, file, g.user) | {"content": url_for("api.file_content", id=file.id)}


def paths(build) -> dict:
    """What OpenAPI says of these addresses."""
    found = {}
    resource = build.resources["files"]
    one = {
        "allOf": [
            ref(resource),
            {"type": "object", "properties": {"content": {"type": "string"}}, "required": ["content"]},
        ]
    }
    many = {
        "type": "object",
        "properties": {"data": {"type": "array", "items": one}, "next": {"type": ["string", "null"]}},
        "required": ["data", "next"],
    }
    after = {"name": "after", "in": "query", "schema": {"type": "string", "pattern": "^[0-9]{1,9}$"}}
    part = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "category": {"type": "string", "enum": ["", *files.Attachment.category.labels]},
        },
        "required": ["file"],
    }
    for holder in resource.holders():
        add = operation(holder, "add_file", 201, one, summary="Add a file; of the same name: a new version")
        add["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": part}}}
        listed = operation(holder, "files", 200, many, summary="Its files, newest first", parameters=[after])
        found[f"/{holder.name}/{{id}}/files"] = {"parameters": [id_parameter()], "get": listed, "post": add}
    revision = {"name": "revision", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 10**6}}
    content = operation(resource, "content", 200, summary="The bytes; `Range` is answered", parameters=[revision])
    bytes_ = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    content["responses"]["200"] = {"description": "The file.", "content": bytes_ | {"*/*": {}}}
    found["/files/{id}/content"] = {"parameters": [id_parameter()], "get": content}
    return found


def removal(build) -> dict:
    """The operation that removes a file, beside reading it."""
    return operation(build.resources["files"], "delete", 204)


__all__ = ["add_rules", "paths", "removal"]
