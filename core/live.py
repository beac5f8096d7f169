"""Live pages: what colleagues changed since a page was drawn, told to those who look at it and may see it.

A page carries watches (`data-gx-watch`), signed so that nobody asks about records that no page showed to them, and asks
`/live?since=…` every few seconds. A process reads the newest rows of the journal at most once a second, whoever asks; a
poll in a quiet firm is a comparison of two numbers.
"""

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import parse_qsl

import peewee
from flask import Blueprint, current_app, g, jsonify, make_response, request
from itsdangerous import BadData, URLSafeSerializer
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from . import fields, i18n, notices
from .db import db
from .editing import Editing
from .listing import Listing
from .touches import ONE_BY_ONE, Feed, Touch
from .users import names_of_users

#: Watches that one poll may carry, and letters of each.
MOST_WATCHES, LONGEST_WATCH = 8, 4_000


# Watches: what a page shows


def _signer(user) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key, salt=f"guanxi-live-{user.id}")


def watch(resource, ids: Sequence[int], query: str | None = None) -> Markup:
    """The attribute of an element that shows these records: pages of them, or a list when `query` is given.

    A page is drawn again when one of the records changes, or one that points to it; a list when one of its rows does,
    or when a record changed that belongs to it now. `ids` must be of records that the reader may see.
    """
    payload = [resource.name, list(ids)[:100], query]
    return Markup(f' data-gx-watch="{_signer(g.user).dumps(payload)}"')


class Door:
    """Before the framework: answers 304 to polls of people known from a moment ago, as long as nothing changed at all.

    That is nearly every poll, and it costs a twentieth of a request. It tells nothing but that nothing happened; a
    session that ended is noticed by its next poll after `KNOWN` seconds.
    """

    def __init__(self, app, feed: Feed):
        self.inner, self.feed = app.wsgi_app, feed

    def __call__(self, environ, start_response):
        if environ.get("PATH_INFO") == "/live" and self._quiet(environ):
            start_response("304 NOT MODIFIED", [("Cache-Control", "no-store"), ("Vary", "Cookie")])
            return [b""]
        return self.inner(environ, start_response)

    def _quiet(self, environ) -> bool:
        asked = environ.get("QUERY_STRING", "")
        if not self.feed.knows(environ.get("HTTP_COOKIE", "")) or "editing=" in asked:
            return False
        try:
            db.connect(reuse_if_open=True)
            position = self.feed.catch_up()
        except peewee.DatabaseError:
            return False  # the framework says it better
        return asked.partition("&")[0] == "since={}.{}".format(*position)


def init_app(app, build) -> None:
    """Note, before a page asks for anything, the place in the journal that it will be up to."""
    build.live.catch_up()
    app.wsgi_app = Door(app, build.live)

    @app.before_request
    def note_place():
        if g.get("user") is not None and request.method == "GET":
            g.since = build.live.place()

    @app.after_request
    def written(answer):
        if request.method != "GET":
            build.live.hurry()
        return answer

    app.jinja_env.globals.update(watch=watch, also_editing=also_editing)


def blueprint() -> Blueprint:
    bp = Blueprint("live", __name__)
    bp.add_url_rule("/live", "poll", poll)
    return bp


def poll():
    """What changed, as JSON, or 304 when nothing did. `said` is one sentence for the reader, `gone` of a lost page."""
    feed = current_app.extensions["guanxi"].live
    feed.catch_up()
    feed.remember(request.headers.get("Cookie", ""))
    place, notice_place = _place(request.args.get("since", ""), feed)
    watches = list(_watches(request.args.getlist("watch")))
    others = _editing(feed, watches)
    if (place, notice_place) == feed.position and others is None:
        return _nothing()
    answer = {"since": "{}.{}".format(*feed.position)}
    if others is not None:
        answer["editing"] = others
    if feed.has_notice(g.user, notice_place):
        answer["unread"] = notices.unread(current_app.extensions["guanxi"], g.user)
        answer["bell"] = i18n.gettext("Notices, %(n)s unread", n=answer["unread"])
    touches = feed.since(place)
    if touches is None:
        answer["refresh"] = True
    elif touches:
        answer |= News(g.user, touches, watches).answer()
    return jsonify(answer)


def _nothing():
    answer = make_response("", 304)
    answer.headers.pop("Content-Type", None)
    return answer


def _place(text: str, feed) -> tuple[int, int]:
    first, _, second = text.partition(".")
    good = first.isdecimal() and second.isdecimal() and len(text) < 40
    return (int(first), int(second)) if good else feed.position


def _watches(tokens):
    build, signer = current_app.extensions["guanxi"], _signer(g.user)
    for token in tokens[:MOST_WATCHES]:
        try:
            name, ids, query = signer.loads(token[:LONGEST_WATCH])
        except (BadData, ValueError, TypeError):
            continue
        resource = build.resources.get(name)
        if resource is not None:
            yield resource, ids, query


def also_editing(resource, record) -> str:
    """Who else has a form of this record open, as a sentence; "" for nobody. Asks the database nothing."""
    open_forms = current_app.extensions["guanxi"].live.editing.get((resource.name, record.id), ())
    others = [name for id, name, _ in open_forms if id != g.user.id]
    return i18n.gettext("%(who)s is editing this too.", who=i18n.listed(others)) if others else ""


def _editing(feed, watches) -> str | None:
    """Note that the reader's form of a record is open; what to say of others, None when that is on the page already."""
    if "editing" not in request.args or not watches:
        return None
    resource, ids, _ = watches[0]
    record = resource.model(id=ids[0])
    mine = (fresh for id, _, fresh in feed.editing.get((resource.name, record.id), ()) if id == g.user.id)
    if not any(mine):
        Editing.note(g.user, resource.name, record.id)
    said = also_editing(resource, record)
    return None if said == request.args["editing"] else said


class News:
    """What of these touches a reader may know who has these watches open."""

    def __init__(self, user, touches: list[Touch], watches):
        self.user, self.touches, self.watches = user, touches, watches
        self.build = current_app.extensions["guanxi"]
        self.people: dict[int | None, None] = {}  # who did it, in order
        self.refresh, self.gone = False, False

    def answer(self) -> dict:
        for resource, ids, query in self.watches:
            own = [t for t in self.touches if t.resource == resource.name and self._tells(resource, t)]
            self._shown(resource, set(ids), own, whole=query is None)
            if query is None:
                self._pointing(resource, ids)
            else:
                self._joined(resource, ids, own, query)
        found = {"refresh": True} if self.refresh else {}
        said = self._said()
        if self.gone:
            found["gone"] = self._gone()
        elif said:
            found["said"] = said
        return found

    def _tells(self, resource, touch) -> bool:
        """A change of nothing but fields that the role may not see tells nothing."""
        return not touch.fields or not touch.fields <= resource.hidden(self.user)

    def _note(self, touches) -> None:
        self.refresh = True
        self.people |= dict.fromkeys(t.who for t in touches)

    def _shown(self, resource, ids: set[int], own: list[Touch], whole: bool) -> None:
        """Records that the page shows: changed, or gone."""
        touched = [t for t in own if not ids.isdisjoint(t.ids)]
        if not touched:
            return
        self._note(touched)
        if whole:
            first = self.watches[0][1][0]
            if any(first in t.ids for t in touched):
                self.gone |= not resource.exists(self.user, first)

    def _pointing(self, resource, ids) -> None:
        """Records of any kind that point to those of the page, of those that the reader may see (or might have)."""
        targets = {(resource.name, id) for id in ids}
        kinds = {r.name for r, _ in self._ways(resource)}
        by_resource: dict[str, list[Touch]] = {}
        for touch in self.touches:
            if touch.resource in kinds and (touch.about is None or not targets.isdisjoint(touch.about)):
                by_resource.setdefault(touch.resource, []).append(touch)
        for name, touches in by_resource.items():
            other = self.build.resources[name]
            touches = [t for t in touches if self._tells(other, t)]
            seen = self._visible(other, touches, None if all(t.about is not None for t in touches) else (resource, ids))
            self._note_seen(touches, seen)

    def _note_seen(self, touches, seen: set[int]) -> None:
        touches = [t for t in touches if not seen.isdisjoint(t.ids)]
        if touches:
            self._note(touches)

    def _ways(self, resource):
        for other in self.build.resources.values():
            for link in other.links.values():
                if link.rel_model is resource.model:
                    yield other, link

    def _visible(self, resource, touches, pointing=None) -> set[int]:
        """Ids of touched records, in the trash or not, that the reader may see; at most a few hundred are looked at."""
        if not resource.can(self.user, "view") or not touches:
            return set()
        model = resource.model
        query = model.select(model.id).where(_among(model, touches))
        rule = resource.visible(self.user)
        if rule is not None:
            query = query.where(rule)
        if pointing is not None:
            target, ids = pointing
            ways = [link << ids for other, link in self._ways(target) if other is resource]
            query = query.where(fields.any_of(ways))
        return {id for (id,) in query.limit(ONE_BY_ONE).tuples()}

    def _joined(self, resource, ids, own: list[Touch], query: str) -> None:
        """Records that were not in the list and belong to it now: new ones, and where what decides about it changed."""
        pairs = parse_qsl(query)
        deciding = {resource.owner, resource.follows, resource.order.lstrip("-")}
        deciding |= {value.lstrip("-") if name == "sort" else name for name, value in pairs}
        shown, words = set(ids), "q" in deciding
        fresh = [t for t in own if not shown.issuperset(t.ids) and (words or not t.fields or t.fields & deciding)]
        if not fresh or not resource.can(self.user, "view"):
            return
        listing = Listing(resource, self.user, MultiDict(pairs))
        found = listing.query(resource.model.id).where(_among(resource.model, fresh)).limit(ONE_BY_ONE)
        self._note_seen(fresh, {id for (id,) in found.tuples()})

    # Words

    @cached_property
    def _names(self) -> list[str]:
        others = [id for id in self.people if id != self.user.id]
        people = names_of_users(others)
        return [people.get(id, "Guanxi") for id in others]

    def _said(self) -> str:
        """Who did it, when it was not the reader."""
        if not self.refresh or not self._names:
            return ""
        return i18n.gettext("%(who)s changed this just now", who=i18n.listed(self._names))

    def _gone(self) -> str:
        return i18n.gettext(
            "This was deleted, merged or given away in the meantime. What you see is how it was; nothing is lost."
        )


def _among(model, touches):
    """A condition: the id is of one of these touches."""
    ids = [id for t in touches if not isinstance(t.ids, range) or len(t.ids) <= 20 for id in t.ids]
    long = [t.ids for t in touches if isinstance(t.ids, range) and len(t.ids) > 20]
    return fields.any_of([model.id << ids] * bool(ids) + [model.id.between(r[0], r[-1]) for r in long[:200]])
