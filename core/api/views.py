"""The requests: list, read, create, change, delete and act on any Resource, each through its Resource.

No cookie counts here: every request carries a token, and sees and does what the token's user may.
"""

import hashlib
import json
import re
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, jsonify, request, url_for
from itsdangerous import BadSignature, Signer
from werkzeug.datastructures import MultiDict

from .. import i18n
from ..errors import Invalid
from ..i18n import N_, Problem
from ..listing import Listing
from . import errors, files, once, openapi, tokens, values
from .errors import ApiError

#: Records on a page, when the client does not say and at most.
LIMIT, MOST = 50, 200
#: Letters of a search or a filter.
MAX_TEXT = 500

_KEY = re.compile(r"[!-~]{1,200}")
#: What a database cannot hold: NUL (PostgreSQL), and halves of letters (both).
_UNFIT = re.compile("[\0\ud800-\udfff]")


def blueprint(build) -> Blueprint:
    """All of /api/v1. Its name is `api`."""
    bp = Blueprint("api", __name__, url_prefix="/api/v1")
    api = Api(build)
    bp.before_request(api.guard)
    errors.register(bp, api.dump)
    one = f"/<name>/<int(max={values.MAX_INT}):id>"
    for rule, method, view in (
        ("/openapi.json", "GET", api.openapi),
        ("/<name>", "GET", api.list),
        ("/<name>", "POST", api.create),
        (one, "GET", api.read),
        (one, "PATCH", api.change),
        (one, "DELETE", api.delete),
        (f"{one}/actions/<action>", "POST", api.act),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=[method])
    files.add_rules(bp, api)
    return bp


class Page(Listing):
    """A list whose rows carry their several-valued fields and nothing else: links are given as ids."""

    def _dress(self, rows) -> None:
        self.resource.load_parts(rows)


class Api:
    """The views of one build."""

    def __init__(self, build):
        self.build, self.limiter, self._document = build, tokens.Limiter(), None

    # Who asks

    def guard(self):
        """Every request but those that tell what there is needs a token."""
        request.max_content_length = errors.MAX_BODY
        if request.method == "OPTIONS" or request.endpoint == "api.openapi":
            return
        g.token = tokens.authenticate(request.headers.get("Authorization", ""))
        g.user = g.token.user
        self.limiter.take(g.token.id, current_app.config.get("API_REQUESTS_A_MINUTE", tokens.RATE))

    def resource(self, name: str, verb: str):
        """The Resource of an address, when token and role allow the verb. Raises ApiError or Forbidden."""
        resource = self.build.resources.get(name)
        if resource is None:
            raise errors.unknown_resource(name)
        permission = f"{name}.{verb}"
        if verb != "view" and not resource.writable:
            raise ApiError(405, Problem(N_("Only the program writes these records.")), Allow="GET, HEAD, OPTIONS")
        if not g.token.covers(permission):
            text = N_("The scopes of this token do not include %(name)s. Make a token that has it.")
            asked = tokens.challenge("insufficient_scope", scope=permission)
            raise ApiError(403, Problem(text, name=permission), WWW_Authenticate=asked)
        resource.demand(g.user, verb)
        return resource

    def openapi(self):
        if self._document is None:
            self._document = openapi.document(self.build)
        return jsonify(self._document)

    # Reading

    def list(self, name):
        resource = self.resource(name, "view")
        wrong = self._wrong_parameters(resource)
        if not wrong:
            page = Page(resource, g.user, self._arguments(resource, wrong), size=int(request.args.get("limit", LIMIT)))
            page.conditions  # noqa: B018 - what is wrong with a filter is found out by reading it
            wrong |= page.faults
        if wrong:
            raise ApiError(400, Problem(N_("Some parameters need another look.")), wrong)
        rows, older = page.page.rows, page.page.older
        return jsonify(
            {
                "data": [values.dump(resource, record, g.user) for record in rows],
                "next": self._next(resource, page, older),
            }
        )

    def _wrong_parameters(self, resource) -> dict[str, Problem]:
        """By name, what cannot be meant: a slip in a filter's name must not give all records instead."""
        wrong, args, hidden = {}, request.args, resource.hidden(g.user)
        known = {"q", "sort", "limit", "after", *resource.filters} - hidden
        for key, value in args.items(multi=True):
            if key not in known:
                name = _UNFIT.sub("", key)[:80]
                options = ", ".join(sorted(known))
                wrong[name] = Problem(N_("“%(name)s” is not one of: %(names)s."), name=name, names=options)
            elif len(value) > MAX_TEXT and key != "after":
                wrong[key] = Problem(N_("This is longer than %(n)s characters. Shorten it."), n=MAX_TEXT)
            elif _UNFIT.search(value):
                wrong[key] = Problem(N_("This holds a character that cannot be stored."))
            elif key in resource.filters:
                pattern = values.filter_pattern(resource.kinds[key])
                if not value or (pattern and not re.fullmatch(pattern, value)):
                    text = N_("“%(text)s” does not fit this filter; /api/v1/openapi.json says what does.")
                    wrong[key] = Problem(text, text=value[:80])
        if "sort" in args and args["sort"] not in openapi.orders(resource, hidden):
            options = ", ".join(openapi.orders(resource, hidden))
            value = args["sort"][:80]
            wrong.setdefault("sort", Problem(N_("“%(name)s” is not one of: %(names)s."), name=value, names=options))
        if not re.fullmatch("[0-9]{1,3}", args.get("limit", "1")) or not 1 <= int(args.get("limit", 1)) <= MOST:
            wrong["limit"] = Problem(N_("This must be a whole number from 1 to %(n)s."), n=MOST)
        return wrong

    def _arguments(self, resource, wrong) -> MultiDict:
        """The list's arguments, with our signature taken off the cursor."""
        args = MultiDict([(k, v) for k, v in request.args.items(multi=True) if k not in ("after", "limit")])
        if "after" in request.args:
            try:
                signed = self._signer(resource).unsign(request.args["after"]).decode()
                order, _, cursor = signed.partition("~")
                if order != args.get("sort", ""):
                    raise BadSignature("made for another order")
                args["after"] = cursor
            except (BadSignature, ValueError):
                wrong["after"] = Problem(N_("This is no cursor of this list. Follow “next” as it was given."))
        return args

    def _next(self, resource, page, older) -> str | None:
        if not older:
            return None
        after = self._signer(resource).sign(f"{page.args.get('sort', '')}~{older}").decode()
        pairs = [(k, v) for k, v in request.args.items(multi=True) if k != "after"]
        return f"{url_for('api.list', name=resource.name)}?{urlencode([*pairs, ('after', after)])}"

    def _signer(self, resource) -> Signer:
        return Signer(current_app.secret_key, salt=f"guanxi-cursor-{resource.name}")

    def read(self, name, id):
        resource = self.resource(name, "view")
        return jsonify(self.dump(resource.find(g.user, id)))

    def dump(self, record) -> dict:
        """One record, with its several-valued fields."""
        resource = self.build.by_model[type(record)]
        resource.load_parts([record])
        return values.dump(resource, record, g.user)

    def _saved(self, resource, record) -> dict:
        """A record as it was stored, which rounds; one that was given away is shown for this last time."""
        return self.dump(resource.query(g.user).where(resource.model.id == record.id).first() or record)

    # Writing

    def create(self, name):
        resource = self.resource(name, "create")
        data = _body()
        given = self._values(resource, data)

        def make():
            record = resource.new(g.user)
            resource.save(g.user, record, given)
            return self._saved(resource, record)

        response = _once([name, data], make)
        response.status_code = 201
        response.headers["Location"] = url_for("api.read", name=name, id=response.json["id"])
        return response

    def change(self, name, id):
        resource = self.resource(name, "edit")
        record = resource.find(g.user, id, "edit")
        data = _body()
        known = [data.pop("version")] if "version" in data else []
        given = self._values(resource, data, known, record)
        resource.load_parts([record])
        if given:
            resource.save(g.user, record, given, version=known[0] if known else None)
        return jsonify(self._saved(resource, record))

    def delete(self, name, id):
        resource = self.resource(name, "delete")
        resource.delete(g.user, [resource.find(g.user, id, "delete")])
        return "", 204

    def act(self, name, id, action):
        known = self.build.resources.get(name)
        if known is not None and action not in known.actions:
            raise ApiError(404, Problem(N_("There is no action “%(name)s”."), name=action[:80]))
        resource = self.resource(name, action)
        record = resource.find(g.user, id, action)

        def make():
            said = resource.actions[action].function(resource, g.user, record)
            url = said if isinstance(said, str) and said.startswith("/") else None
            left = resource.query(g.user).where(resource.model.id == id).first()
            message = str(said) if said and not url else i18n.translate(resource.actions[action].label, resource.domain)
            return {"message": message, "url": url, "data": self.dump(left) if left is not None else None}

        return _once([name, id, action], make)

    def _values(self, resource, data: dict, versions=(), record=None) -> dict:
        """Values by field; `versions` is the one that came along, if any. Raises Invalid: every field at fault."""
        found, wrong = values.load(resource, data, self.build.context(g.user), record)
        if any(type(version) is not int for version in versions):
            wrong["version"] = Problem(N_("This must be a whole number."))
        if wrong:
            raise Invalid(wrong)
        return found


def _once(asked: list, make):
    """The answer of `make()`; where the client gave a key that it used before, the answer of then.

    Raises ApiError for a key that is none, or that belongs to another request than what is `asked`.
    """
    key, again = request.headers.get("Idempotency-Key"), False
    if key is None:
        body = make()
    elif not _KEY.fullmatch(key):
        raise ApiError(400, Problem(N_("An Idempotency-Key has 1 to 200 letters, digits and signs, no blanks.")))
    else:
        mark = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        body, again = once.run(g.user, key, mark, make)
    response = jsonify(body)
    if again:
        response.headers["Idempotent-Replayed"] = "true"
    return response


def _body() -> dict:
    """The object that was sent. Raises ApiError: 415 not JSON by its type, 400 not JSON, 422 not an object."""
    if request.mimetype != "application/json":
        raise ApiError(415, Problem(N_("Send JSON, with the header “Content-Type: application/json”.")))
    raw = request.get_data()
    try:
        data = json.loads(raw.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        place = f"{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else "1:1"
        raise ApiError(400, Problem(N_("The body is not JSON (line and column %(place)s)."), place=place)) from None
    if not isinstance(data, dict):
        raise ApiError(422, Problem(N_("The body must be an object of fields and values.")))
    wrong = {k: Problem(N_("This holds a character that cannot be stored.")) for k, v in data.items() if _unfit([k, v])}
    if wrong:
        raise Invalid({_UNFIT.sub("", name)[:80]: problem for name, problem in wrong.items()})
    return data


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def _unfit(value) -> bool:
    if isinstance(value, str):
        return bool(_UNFIT.search(value))
    if isinstance(value, dict):
        return any(_unfit(k) or _unfit(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_unfit, value))
