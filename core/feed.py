"""An entry of the timeline as HTML. In Python, for speed: a contact's page draws thirty of them."""

from typing import NamedTuple

from flask import g
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from . import html
from .i18n import gettext


class _Parts(NamedTuple):
    """What stands in every entry of a page: made once per request."""

    token: str
    more: str
    edit: str
    history: str
    delete: str
    pin: str
    unpin: str
    pinned: str


def _parts() -> _Parts:
    if "feed_parts" not in g:
        g.feed_parts = _Parts(
            f'<input type="hidden" name="csrf_token" value="{generate_csrf()}">',
            escape(gettext("More for this entry")),
            html.icon("pencil") + gettext("Edit"),
            html.icon("history") + gettext("History"),
            html.icon("trash") + gettext("Delete"),
            html.icon("pin") + gettext("Pin"),
            html.icon("pin") + gettext("Unpin"),
            html.icon("pin!", "gx-2") + Markup('<span class="gx-vh">{}</span>').format(gettext("Pinned")),
        )
    return g.feed_parts


def days_of(entries, timeline, contact, previous: str = "") -> Markup:
    """A part of the feed, each day below its name; `previous` is the day (ISO 8601) that the part before ended with."""
    drawn, day = [], previous
    for i, entry in enumerate(entries):
        its = html.local(entry.at).date()
        if str(its) != day:
            drawn.append(f'{"</ul>" if i else ""}<h2 class="gx-day">{html.day_label(its)}</h2><ul class="gx-feed">')
            day = str(its)
        elif not i:
            drawn.append('<ul class="gx-feed">')
        drawn.append(entry_of(entry, timeline, contact))
    return Markup("".join([*drawn, "</ul>"] if drawn else []))


def entry_of(entry, timeline, contact) -> Markup:
    """One entry in the feed of a contact's page. The entry is dressed: `author` and `contact` cost no query."""
    kind, at, parts = timeline.kind(entry.kind, entry.plugin), f"/timeline/{entry.id}", _parts()
    way = {"out": "-outgoing", "in": "-incoming"}.get(entry.direction, "") if kind.name == "call" else ""
    return Markup(
        f'<li id="entry-{entry.id}"><span class="gx-feed-i gx-c-{kind.hue}">{html.icon(kind.icon + way)}</span><div>'
        f'<div class="gx-feed-h">{_head(entry, kind, timeline.build, contact, parts)}{_menu(entry, at, parts)}</div>'
        f'<div id="entry-{entry.id}-body">{_body(entry, timeline.build, at, parts)}</div></div></li>\n'
    )


def _head(entry, kind, build, contact, parts) -> str:
    """Who, what, with whom, how it went, when."""
    who = entry.author.name if entry.author_id else entry.custom.get("author", "Guanxi")
    said = [f"<b>{escape(who)}</b> {escape(kind.title)}"]
    if entry.duration:
        said.append(f" · {html.duration(entry.duration)}")
    if entry.contact_id != contact.id and entry.contact:
        said.append(f' · <a href="/contacts/{entry.contact_id}">{escape(entry.contact.name)}</a>')
    if entry.outcome and "outcome" not in build.resources["entries"].hidden(g.user):
        said.append(build.resources["entries"].kinds["outcome"].show(entry.outcome))
    if entry.pinned:
        said.append(parts.pinned)
    return "".join((*said, html.moment(entry.at, f"{html.local(entry.at):%H:%M}")))


def _menu(entry, at, parts) -> str:
    items = (
        f'<form method="post" action="{at}/pin">{parts.token}<button class="dropdown-item" hx-post="{at}/pin"'
        f' hx-target="#timeline">{parts.unpin if entry.pinned else parts.pin}</button></form>'
    )
    if not entry.resource and (entry.author_id == g.user.id or g.user.is_admin):
        items += (
            f'<a class="dropdown-item" href="{at}/form" hx-get="{at}/form" hx-target="#entry-{entry.id}-body">'
            f'{parts.edit}</a><a class="dropdown-item" href="{at}/history">{parts.history}</a>'
            f'<form method="post" action="{at}/remove">{parts.token}<button class="dropdown-item gx-t-danger"'
            f' hx-post="{at}/remove" hx-target="#timeline">{parts.delete}</button></form>'
        )
    return (
        '<div class="dropdown"><button class="btn btn-ghost btn-icon btn-sm" type="button" data-bs-toggle="dropdown"'
        f' aria-expanded="false" aria-label="{parts.more}">{html.icon("dots")}</button>'
        f'<div class="dropdown-menu dropdown-menu-end">{items}</div></div>'
    )


def _body(entry, build, at, parts) -> str:
    """What was said, and what comes next; or what the entry's kind makes of it."""
    if drawn := entry.__dict__.get("drawn"):
        return f'<div class="gx-feed-b">{drawn}</div>'
    if not (entry.title or entry.text or entry.next_at):
        return ""
    title = ""
    if entry.title:
        title = escape(entry.title)
        if entry.resource in build.resources:
            title = f'<a class="text-reset" href="{build.resources[entry.resource].base}{entry.record_id}">{title}</a>'
        title = f'<div class="fw-semibold{" mb-1" if entry.text else ""}">{title}</div>'
    return f'<div class="gx-feed-b">{title}{html.paragraphs(entry.text)}{_next(entry, at, parts)}</div>'


def _next(entry, at, parts) -> str:
    if not entry.next_at:
        return ""
    done = entry.next_done_at is not None
    label = escape(gettext("Open again") if done else gettext("Done"))
    return (
        f'<div class="gx-row gx-row-wrap mt-2"><form method="post" action="{at}/done">{parts.token}'
        f'<button class="gx-check{" is-done" if done else ""}" hx-post="{at}/done" hx-target="#timeline"'
        f' aria-label="{label}">{html.icon("check")}</button></form>'
        f'<span class="{"gx-2 text-decoration-line-through" if done else ""}">'
        f"{escape(entry.next_text or gettext('Next step'))}</span>"
        f'<span class="gx-2 small">{html.due(entry.next_at, done)}</span></div>'
    )
