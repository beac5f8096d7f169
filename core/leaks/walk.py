"""Which addresses there are, who asks them, and whether an answer holds a word that its reader must not meet."""

from __future__ import annotations

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug.exceptions import HTTPException

from ..api import tokens
from ..db import db
from ..exchange.export import FORMATS
from ..permissions import hideable
from .world import OWNERS, READERS, World, words_in

#: Whose pages are read for addresses: an administrator's, and those of the owners for what is theirs alone.
SCOUTS = ("ann", *OWNERS)
#: How many times what was found is read for further addresses.
ROUNDS = 3
#: Addresses of one rule with the same parameters that are asked, spread over what was found.
EACH = 2
#: The reader whose role hides every field that can be hidden.
BLIND = "dim"
#: Those whose role opens nothing, and who did not sign in.
SHUT_OUT = ("nia", None)
#: Endpoints that are not asked, and why.
NOT_ASKED = {
    "static": "files of the program",
    "static_plugin": "files of a module",
    "auth.logout": "ends the reader's own session and shows nothing",
    "auth.setup": "is there only while a firm has no user",
    "auth.welcome": "needs a signed link and shows only the name of whom it was made for",
    "contact.ask_for_access": "needs a signed id; what it says is tested on its own",
    **dict.fromkeys(
        ("exchange.columns", "exchange.check", "exchange.run", "exchange.rejected"),
        "a file that the reader uploaded, under a name that nobody guesses",
    ),
    **dict.fromkeys(
        ("outbox.mail", "outbox.html", "outbox.source", "outbox.cancel", "outbox.resend"),
        "a mail that waits or was sent; for administrators, tests/test_outbox_pages.py",
    ),
    "file.restore": "an earlier version of a file; tests/test_file_pages.py",
    "admin.exported": "a file that exists after a module's data was removed; for administrators",
}
_INPUTS = ("input", "button", "select", "textarea")
#: An address of ours with its host, as people copy it.
_WHOLE = re.compile(r"http://localhost(/[^\s\"'<>\\]*)")
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@dataclass(frozen=True, order=True)
class Leak:
    """A word that somebody met who must not."""

    reader: str
    method: str
    path: str
    what: str

    def __str__(self):
        return f"{self.reader} meets {self.what} at {self.method} {self.path}"


@dataclass(frozen=True)
class Request:
    """One request: a GET, or a form with its fields."""

    method: str
    path: str
    form: tuple[tuple[str, str], ...] = ()
    partial: bool = False


#: A tag of a page with what stands in it, and an attribute with its value.
_TAG = re.compile(r"<(/?[a-z]+)((?:[^<>\"']++|\"[^\"]*\"|'[^']*')*+)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)=(?:\"([^\"]*)\"|'([^']*)')")


def addresses(page: str, here: str) -> list[Request]:
    """The links and forms of a page, which is one of ours: regular, and read by the thousand."""
    found, form, fields = [], None, []
    for tag, rest in _TAG.findall(page):
        if not (tag in _INPUTS or "form" in tag or "href=" in rest or "hx-" in rest):
            continue
        values = {name: unescape(a or b) for name, a, b in _ATTRIBUTE.findall(rest)}
        for name in ("href", "hx-get"):
            if values.get(name):
                found.append(Request("GET", values[name], partial=name == "hx-get"))
        if tag == "form":
            form, fields = (values.get("method", "get").lower(), values.get("action") or here), []
        elif tag in _INPUTS and form and values.get("name") not in (None, "", "csrf_token"):
            fields.append((values["name"], values.get("value", "")))
        if target := values.get("formaction") or values.get("hx-post"):
            found.append(Request("POST", target, tuple(fields)))
        if tag == "/form" and form:
            method, action = form
            if method == "post":
                found.append(Request("POST", action, tuple(fields)))
            else:
                found.append(Request("GET", f"{action.partition('?')[0]}?{urlencode(fields)}"))
            form = None
    return found


class Answer(NamedTuple):
    """What came back, and which words its reader may meet since they asked, such as of what they claimed."""

    status: int
    text: str
    opened: frozenset[str] | set[str] = frozenset()


class Walk:
    """One walk through a world: `everything()`, then `leaks`, `unvisited()` and `unmet()`."""

    def __init__(self, world: World, told, readers=READERS, under: tuple[str, ...] = ("/",)):
        self.world, self.trial, self.told, self.readers, self.under = world, world.trial, told, readers, under
        trial = world.trial
        trial.app.config["PROPAGATE_EXCEPTIONS"] = False  # an error is an answer, and is reported as one
        self.leaks: set[Leak] = set()
        self.requests = 0
        self.met: set[str] = set()
        self._clients = {reader: self.trial.client(reader) for reader in READERS}
        self._rules = self.trial.app.url_map.bind("localhost")
        #: (rule, method, names of parameters) → requests.
        self._asked: dict[tuple, dict[str, Request]] = defaultdict(dict)
        #: (rule, method) → such keys that were found on pages.
        self._further: dict[tuple, set] = defaultdict(set)
        #: Addresses that pages give their reader to take along, with a secret in them: (reader, rule).
        self._given: set[tuple] = set()
        #: What was asked already, by whom.
        self._done: set[tuple] = set()

    # What to ask

    def everything(self) -> None:
        for reader in {*SCOUTS, *self.readers}:
            self.world.forbidden(reader)  # found out before anything is changed, and kept
        for request in self._known():
            self._add(request, True)
        for scouts in (SCOUTS, *[SCOUTS[:1]] * (ROUNDS - 1)):
            new = [r for r in self._chosen() if r.method == "GET" and "format=" not in r.path]
            new = [r for r in new if ("ann", r) not in self._done]
            self.told(f"{len(new)} pages are read for addresses")
            for request in new:
                for reader in scouts if "<" not in request.path and not re.search(r"\d", request.path) else scouts[:1]:
                    self._read(reader, request)
        for reader in self.readers:
            # To whom nothing opens, one record of a kind is shut like the next.
            requests = self._chosen(1 if reader in SHUT_OUT else EACH)
            self.told(f"{reader or 'a stranger'}: {len(requests)} requests")
            for request in requests:
                asks = request.method == "GET" or reader not in ("ann", None)
                if asks and (reader, request) not in self._done:
                    self._check(reader, request)
            if reader == BLIND:
                for request in self._by_field():
                    self._check(reader, request)
            self._probe(reader)

    def _by_field(self):
        """Each field of each kind of record on its own, for the reader whose role hides them."""
        for name, resource in self.trial.build.resources.items():
            for id in self.world.ids[name][:1]:
                for field in resource.kinds:
                    yield Request("GET", f"{resource.base}{id}/field/{field}?edit=1")

    def _known(self):
        """Addresses that need no page to find them: rules without parameters, and those of records."""
        resources = self.trial.build.resources
        for rule in self.trial.app.url_map.iter_rules():
            for path in self._filled(rule, resources):
                for method in sorted({"GET", "POST"} & rule.methods):
                    yield Request(method, path)
        for name, resource in resources.items():
            for format in FORMATS if name == "contacts" else ("csv", "json"):
                yield Request("GET", f"{resource.base}export?format={format}")
            every = {c if isinstance(c, str) else c.name for c in (*resource.columns, *resource.more_columns)}
            yield Request("GET", f"{resource.base}?cols={','.join(sorted(every | set(resource.fields)))}")
            ids = self.world.ids[name][:5]
            yield Request("POST", f"{resource.base}bulk", (("act", "delete"), *(("id", str(i)) for i in ids)))
        pair = "&".join(f"id={i}" for i in self.world.ids["contacts"][-2:])
        yield Request("GET", f"/contacts/merge?{pair}")

    def _filled(self, rule, resources):
        """A rule's addresses with the ids, names and fields of what there is; none where that says nothing."""
        text, arguments = rule.rule, rule.arguments
        if not arguments:
            return [text]
        start = text.partition("<")[0]
        if len(arguments) == 1 and start in (own := self.world.others()):
            return [re.sub(r"<[^<>]*>", str(value), text) for value in own[start]]
        alone = re.fullmatch(r"<(?:int|any\((.+)\)):\w+>", text.removeprefix(start))
        if alone and start not in {r.base for r in resources.values()}:
            # Words that it lists, or a number of a kind that only its view knows: pages may lead to better ones.
            values = alone[1].split(", ") if alone[1] else self.world.ids["contacts"]
            return [f"{start}{value}" for value in values]
        api = start == "/api/v1/"
        of = [r for r in resources.values() if api or start in (r.base, f"/api/v1/{r.name}/")]
        found = []
        for resource in of:
            ids = self.world.ids[resource.name]
            # Of fields and actions two records are enough: the first and the last belong to different people.
            for id in (ids[:1] + ids[-1:] if "name" in arguments else _spread(ids, EACH)) or [1]:
                values = {"id": id, "view_id": 1, "name": resource.name if api else None}
                names = [None]
                if "name" in arguments and not api:
                    names = resource.fields[-1:] if rule.endpoint.endswith(".field") else list(resource.actions)
                for name in names or ["none"]:
                    values |= {"name": name or values["name"], "action": next(iter(resource.actions), "none")}
                    filled = {k: values[k] for k in arguments if values.get(k) is not None}
                    if len(filled) == len(arguments):
                        found.append(re.sub(r"<(?:[^:<>]*:)?(\w+)>", lambda m, f=filled: str(f[m[1]]), text))
        return found

    def _add(self, request: Request, known=False) -> None:
        """Keep a request under what kind it is of; of each kind a few are asked, of the known ones all."""
        parts = urlsplit(request.path)
        if parts.netloc or parts.scheme or not parts.path.startswith(self.under):
            return
        try:
            rule, _ = self._rules.match(parts.path, method=request.method, return_rule=True)
        except HTTPException:
            return
        if rule.endpoint in NOT_ASKED:
            return
        query = tuple(sorted({k for k, _ in parse_qsl(parts.query, keep_blank_values=True)}))
        key = (rule.rule, request.method, parts.query if known else query, request.partial)
        kind = (rule.rule, request.method)
        if key not in self._asked and not known:
            if len(self._further[kind]) >= EACH:
                return
            self._further[kind].add(key)
        self._asked[key].setdefault(f"{request.path} {request.form}", request)

    def _chosen(self, each: int = EACH) -> list[Request]:
        """Of each kind of request a few, spread over those that there are."""
        return [request for some in list(self._asked.values()) for request in _spread(list(some.values()), each)]

    # Asking

    def _ask(self, reader, request: Request) -> Answer:
        self.requests += 1
        client, headers = self._clients[reader], HX if request.partial else {}
        if request.path.startswith("/api/") and reader:
            headers = {"Authorization": f"Bearer {self._token(reader)}"}
        if request.method == "GET":
            answer = client.get(request.path, headers=headers)
            return Answer(answer.status_code, _text(answer))
        with db.atomic() as transaction:  # whatever it does is taken back
            answer = client.post(request.path, data=dict(request.form), headers=headers)
            text = _text(answer)
            if answer.status_code == 303:
                text += _text(client.get(answer.headers["Location"]))
            met = words_in(text) & self.world.forbidden(reader).keys()
            found = Answer(answer.status_code, text, self.world.opened(reader, met) if met else frozenset())
            transaction.rollback()
        return found

    def _token(self, reader: str) -> str:
        if reader not in self.__dict__.setdefault("_tokens", {}):
            with self.trial.app.app_context():
                self._tokens[reader] = tokens.add(self.trial.build, self.trial.person(reader), "walk", ["*"])[1]
        return self._tokens[reader]

    def _read(self, reader, request: Request) -> None:
        answer = self._check(reader, request)
        if answer.status != 200 or not answer.text.lstrip().startswith("<"):
            return
        for found in addresses(answer.text, request.path):
            if found.path.startswith("?"):
                found = Request(found.method, request.path.partition("?")[0] + found.path, found.form, found.partial)
            self._add(found)

    def _check(self, reader, request: Request) -> Answer:
        """Ask, and note what the reader meets."""
        self._done.add((reader, request))
        sent = words_in(request.path + " ".join(v for _, v in request.form))
        answer = self._ask(reader, request)
        met = words_in(answer.text) - sent
        if reader == "ann":
            self.met |= met
        forbidden = self.world.forbidden(reader)
        for word in (met & forbidden.keys()) - answer.opened:
            if not (self.world.shows_all(forbidden[word]) and self._is_public(request)):
                self._leak(reader, request, str(forbidden[word]))
        if answer.status >= 500:
            self._leak(reader, request, f"an error ({answer.status})")
        for path in _WHOLE.findall(answer.text):
            self._check_given(reader, path)
        return answer

    def _is_public(self, request: Request) -> bool:
        rule, _ = self._rules.match(urlsplit(request.path).path, method=request.method, return_rule=True)
        return getattr(self.trial.app.view_functions[rule.endpoint], "public", False)

    def _check_given(self, reader, path: str) -> None:
        """An address with a secret in it opens what is its reader's own: so it is asked by that reader alone."""
        try:
            rule, _ = self._rules.match(urlsplit(path).path, method="GET", return_rule=True)
        except HTTPException:
            return
        known = (rule.rule, "GET") in {key[:2] for key in self._asked} or (reader, rule.rule) in self._given
        if rule.arguments and not known and rule.endpoint not in NOT_ASKED:
            self._given.add((reader, rule.rule))
            self._check(reader, Request("GET", path))

    def _leak(self, reader, request, what) -> None:
        path = request.path if len(request.path) < 120 else request.path[:117] + "…"
        self.leaks.add(Leak(str(reader or "a stranger"), request.method, path, what))

    # Doors that answer by what was asked

    def _probe(self, reader) -> None:
        """Asking for a forbidden word must be answered like asking for one that nobody wrote; sorting tells nothing."""
        if reader == BLIND:
            self._probe_order(reader)
        seen, nonsense = set(), "zq99999qz"
        for word, secret in self.world.forbidden(reader).items():
            if not secret.resource or not word.startswith("zq") or (secret.resource, secret.field) in seen:
                continue
            seen.add((secret.resource, secret.field))
            resource = self.trial.build.resources[secret.resource]
            for door in self._doors(resource, secret):
                answers = []
                for asked in (word, nonsense):
                    status, text, _opened = self._ask(reader, Request("GET", door.format(asked)))
                    counted = text if status == 200 and "/count?" in door else ""
                    answers.append((status, words_in(text) - {asked, nonsense}, counted))
                if answers[0] != answers[1]:
                    self._leak(reader, Request("GET", door.format("…")), f"{secret} by asking for it")

    def _probe_order(self, reader) -> None:
        for resource in self.trial.build.resources.values():
            for name in hideable(resource):
                if resource.kinds[name].sort_column is None:
                    continue
                up, down = (Request("GET", f"{resource.base}?sort={sign}{name}") for sign in ("", "-"))
                rows = [
                    re.findall(rf'"{resource.base}(\d+)"', self._ask(reader, request).text) for request in (up, down)
                ]
                if rows[0] != rows[1]:
                    self._leak(reader, up, f"{resource.name} {name} by its order")

    @staticmethod
    def _doors(resource, secret):
        base, name = resource.base, resource.name
        yield from (f"/search?q={{}}&in={name}", f"{base}count?q={{}}", f"{base}pick?q={{}}")
        if secret.field in resource.filters:
            yield f"{base}count?{secret.field}={{}}"
            yield f"/api/v1/{name}?{secret.field}={{}}"
        if name == "contacts" and secret.field == "emails":
            yield "/contacts/similar?emails-0-value={}@example.com"

    # What was not found

    def unvisited(self) -> list[str]:
        """Rules that no request was made to."""
        asked = {key[:2] for key in self._asked} | {(rule, "GET") for _, rule in self._given}
        rules = [r for r in self.trial.app.url_map.iter_rules() if r.rule.startswith(self.under)]
        return sorted(
            f"{method} {rule.rule}"
            for rule in rules
            for method in {"GET", "POST"} & rule.methods
            if rule.endpoint not in NOT_ASKED and (rule.rule, method) not in asked
        )

    def unmet(self) -> list[str]:
        """What an administrator, who may see all of it, did not meet."""
        own = self.world.forbidden("ann")
        return sorted(str(s) for s in self.world.secrets if s.word not in self.met and s.word not in own and s.resource)


def _spread(some: list, n: int) -> list:
    """`n` of them: the last of each part, because what is made later points to the last one that each owner has."""
    return [some[(i + 1) * len(some) // n - 1] for i in range(n)] if len(some) > n else some


def _text(answer) -> str:
    """All that an answer tells: its body, unpacked, and where it leads."""
    data = answer.data
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = b"\n".join(packed.read(name) for name in packed.namelist())
    text = data.decode("utf-8", "replace")
    return "\n".join((text, answer.headers.get("Location", ""), answer.headers.get("HX-Redirect", "")))
