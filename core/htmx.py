"""htmx 4 on top of htmx-flask, which predates it: the headers that are new, and answers that carry a toast."""

import re

from flask import Flask, Response, current_app, make_response, request
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest, HtmxHeaders
from jinja2 import nodes
from markupsafe import Markup

from .shell import render_part


class Headers(HtmxHeaders):
    """What htmx 4 says that htmx-flask does not know."""

    @property
    def partial(self) -> bool:
        """Whether a fragment is wanted; a boosted or restored page asks for the whole."""
        return bool(self) and self._headers.get("HX-Request-Type") == "partial"

    @property
    def target_id(self) -> str:
        """The id of the target element: htmx 4 sends `div#feed`."""
        return (self.target or "").partition("#")[2]

    @property
    def source_id(self) -> str:
        """The id of the element that asked."""
        return self._headers.get("HX-Source", "").partition("#")[2]


class Request(HtmxAwareRequest):
    """Flask's request with `request.htmx` of ours."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.htmx = Headers(self.headers)


def init_app(app: Flask) -> None:
    Htmx(app)
    app.jinja_env.globals["template_parents"] = {}
    app.request_class = Request


def is_partial() -> bool:
    """Whether this request wants a fragment."""
    return request.htmx.partial


def fragment(template: str, block: str, **context) -> str:
    """One block of a page's template, also one that a parent template has (which jinja2-fragments does not find)."""
    app = current_app._get_current_object()
    app.update_template_context(context)
    env = app.jinja_env
    name, drawn = template, env.get_template(template).new_context(context)
    while name := _parent(env, name):
        for key, function in env.get_template(name).blocks.items():
            drawn.blocks.setdefault(key, []).append(function)
    return env.concat(drawn.blocks[block][0](drawn))


def _parent(env, template: str) -> str | None:
    """The template that this one extends, by its constant name."""
    cache = env.globals["template_parents"]
    if template not in cache:
        tree = env.parse(env.loader.get_source(env, template)[0])
        extends = tree.find(nodes.Extends)
        cache[template] = extends.template.value if extends is not None else None
    return cache[template]


def is_ours(url: str | None) -> bool:
    """Whether an address is a path of this site. Browsers drop tabs and line breaks, and turn `\\` into `/`."""
    return bool(url) and re.fullmatch(r"/(?![/\\])[^\x00-\x1f\x7f\\]*", url) is not None


def go(url: str) -> Response:
    """Send the browser to another page after a request by htmx (or without it: an ordinary redirect)."""
    if not request.htmx:
        return current_app.redirect(url, 303)
    answer = make_response("", 204)
    answer.headers["HX-Redirect"] = url
    return answer


def toast(text: str, tone: str = "ok", undo=None) -> Markup:
    """An out-of-band toast; `undo` is a journal batch that its button takes back."""
    return Markup(render_part("core/_toast.html", text=text, tone=tone, undo=undo))


def toast_only(text: str, status: int = 200, tone: str = "ok", undo=None) -> Response:
    """An answer that changes nothing but shows a toast. Errors come as 200 with `none` swap, for htmx ignores 5xx."""
    answer = make_response(toast(text, tone, undo), status if status < 500 else 200)
    answer.headers["HX-Reswap"] = "none"
    return answer


def with_toast(body, text: str, tone: str = "ok", undo=None) -> Response:
    """A fragment and a toast."""
    return make_response(Markup(body) + toast(text, tone, undo))
