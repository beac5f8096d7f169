"""The home page (what to do today), progress of jobs, undo, and the health check."""

import datetime as dt
import logging

import peewee
from flask import Blueprint, abort, current_app, g, request, url_for

from . import fields, html, htmx, i18n, journal, journal_words, shell
from .accounts import public
from .contacts import Contact
from .db import db, records, utcnow
from .hooks import in_order, safely
from .i18n import N_, Problem
from .jobs import Job
from .pages import WorkItem
from .timeline import Entry
from .undo import undo as take_back
from .undo import undo_plan
from .users import User

log = logging.getLogger("guanxi")


def blueprint() -> Blueprint:
    bp = Blueprint("home", __name__)
    bp.add_url_rule("/", "today", today)
    bp.add_url_rule("/healthz", "healthz", healthz)
    bp.add_url_rule("/jobs/<int:id>", "job", job)
    bp.add_url_rule("/undo/<int:id>", "undo", undo, methods=["GET", "POST"])
    bp.add_url_rule("/help", "help", help_page)
    return bp


@public
def healthz():
    db.execute_sql("SELECT 1")
    return {"status": "ok"}


def _greeting(now: dt.datetime) -> str:
    words = (N_("Good morning, %(name)s"), N_("Good afternoon, %(name)s"), N_("Good evening, %(name)s"))
    return i18n.gettext(words[0 if 4 <= now.hour < 12 else 1 if now.hour < 18 else 2], name=g.user.name)


def worklist(build, user, until) -> list[WorkItem]:
    """What the user should do: core's next steps and what plugins add.

    What is due by now, the most valuable first, then the most overdue; what comes later by its date.
    """
    found = [
        WorkItem(
            title=e.next_text or str(e),
            due=e.next_at or utcnow(),  # hidden from some: that it is due is all they see
            url=build.resources["contacts"].url("page", e.contact_id) + f"#entry-{e.id}",
            subtitle=str(e.contact) if e.contact_id else "",
            kind=i18n.gettext("Next step"),
            hue="purple",
            done_url=url_for("contact.next_done", id=e.id),
            icon="arrow-forward-up",
        )
        for e in build.timeline.next_steps(user, until)
    ]
    hooked = safely(build.hook.worklist_items.get_hookimpls(), log, user=user, until=until)
    found += [item for group in hooked for item in group if getattr(item, "due", None)]
    now = utcnow()
    return sorted(found, key=lambda item: (item.due > now, -item.worth if item.due <= now else 0, item.due))


def is_worklist() -> bool:
    """Whether this request comes from a tick on the home page and wants the list without what was ticked off."""
    return htmx.is_partial() and request.htmx.target_id == "worklist"


def ticked_off(said: str, undo: int | None):
    """The worklist as it is now, and a toast."""
    until = fields.start_of_day(html.today() + dt.timedelta(days=1), end=True)
    items = worklist(current_app.extensions["guanxi"], g.user, until)
    return htmx.with_toast(htmx.fragment("core/home.html", "worklist", items=items), said, undo=undo)


def today():
    build, user = current_app.extensions["guanxi"], g.user
    now = html.local(utcnow())
    until = fields.start_of_day(now.date() + dt.timedelta(days=1), end=True)
    items = worklist(build, user, until)
    if htmx.is_partial():
        return htmx.fragment("core/home.html", "worklist", items=items)
    cards = in_order(safely(build.hook.home_cards.get_hookimpls(), log, user=user))
    contacts = build.resources["contacts"]
    recent, silent = [], []
    if contacts.can(user, "view"):
        recent = _recent(build, user)
        build.resources["entries"].load_links(recent, ("author", "contact"))
        build.timeline.veil(user, recent)
        mine = contacts.query(user).where(
            Contact.owner == user.id, Contact.last_activity_at < utcnow() - dt.timedelta(days=30)
        )
        hides = "last_activity_at" in contacts.hidden(user)
        silent = [] if hides else contacts.veil(user, records(mine.order_by(Contact.last_activity_at).limit(6)))
    empty = not recent and not contacts.query(user, Contact.id).limit(1).exists()
    return shell.render(
        "core/home.html",
        greeting=_greeting(now),
        now=now,
        items=items,
        cards=cards,
        recent=recent,
        silent=silent,
        empty=empty,
        timeline=build.timeline,
    )


def _recent(build, user):
    """The newest entries that the user may see: walks the newest few hundred instead of sorting them all."""
    entries = build.resources["entries"]
    window = peewee.SQL("(SELECT id FROM core_entry WHERE deleted_batch IS NULL ORDER BY id DESC LIMIT 300)")
    query = entries.query(user).where(Entry.id << window, Entry.at <= utcnow())
    return records(query.order_by(Entry.at.desc(), Entry.id.desc()).limit(8))


def job(id):
    """Progress of a job that this user started; the bar asks again while it runs."""
    row = (
        Job.get_or_none(Job.id == id, Job.user_id == g.user.id)
        or (g.user.is_admin and Job.get_or_none(Job.id == id))
        or abort(404)
    )
    build = current_app.extensions["guanxi"]
    resource = build.resources.get((row.result or {}).get("back", "") or row.args.get("resource", ""))
    context = dict(job=row, resource=resource, back=resource.url() if resource else "/")
    if htmx.is_partial():
        return htmx.fragment("core/job.html", "progress", **context)
    return shell.render("core/job.html", **context)


def undo(id):
    """Take a batch back. GET shows what would be left alone; POST does it."""
    build = current_app.extensions["guanxi"]
    batch = journal.Batch.get_or_none(journal.Batch.id == id) or abort(404)
    if batch.user_id != g.user.id and not g.user.is_admin:
        abort(403)
    if request.method == "GET":
        try:
            left, problem = journal_words.left_alone(build, g.user, undo_plan(build, batch)), None
        except Problem as error:
            left, problem = [], error
        leaver = User.get_or_none(User.id == batch.params.get("leaver")) if batch.kind == "handover" else None
        title = journal_words.title(build, g.user, batch)
        return shell.render("core/undo.html", batch=batch, title=title, left=left, problem=problem, leaver=leaver)
    _, left = take_back(build, g.user, batch)
    if left:
        said = i18n.ngettext(
            "Undone, but %(n)s thing that was changed since was left alone.",
            "Undone, but %(n)s things that were changed since were left alone.",
            len(left),
        )
    else:
        said = i18n.gettext("Undone.")
    shell.flash(said)
    back = request.htmx.current_url or request.form.get("next") or ""
    path = "/" + back.partition("://")[2].partition("/")[2] if "://" in back else back
    path = path.partition("#")[0]  # the same address with a fragment would not be loaded again
    return htmx.go(_still_there(build, path))


def _still_there(build, path: str) -> str:
    """Where to go after an undo: the page before, unless it shows a record that the undo took away."""
    if not htmx.is_ours(path):
        return "/"
    plain = path.partition("?")[0].partition("#")[0]
    for resource in build.resources.values():
        base = resource.url()
        rest = plain.removeprefix(base)
        id = rest.partition("/")[0]
        if plain.startswith(base) and id.isdecimal() and len(id) < 10:
            return path if resource.exists(g.user, int(id)) else base
    return path


def help_page():
    return shell.render("core/help.html")


__all__ = ["blueprint"]
