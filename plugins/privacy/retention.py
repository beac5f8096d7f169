"""Retention: which contacts a rule is about, a look at them before anything happens, and following the rule."""

import datetime as dt
import logging

from flask import render_template
from markupsafe import Markup

from core import N_, SYSTEM, Contact, Panel, Problem, fields, html, in_trash, resource_of, transaction

from . import certificates, plugin
from .models import Erasure, Hold, Rule, Run

log = logging.getLogger("guanxi.privacy")

#: A rule that is about more than this share of all contacts is a slip, once there are so many contacts.
MOST, FROM = 0.5, 20
#: Contacts that one run erases or makes anonymous at most: the next day does the rest.
A_DAY = 500
#: Days that a month has for a rule.
MONTH = 30.44


def matching(rule: Rule):
    """The contacts that a rule is about, those that are held left out."""
    contacts = resource_of(Contact)
    since = fields.utcnow() - dt.timedelta(days=(rule.months or 0) * MONTH)
    deleted = rule.place == "trash"
    query = Contact.select().where(Contact.id << in_trash(since)) if deleted else contacts.query(SYSTEM)
    query = query.where(~(Contact.id << _held()))
    if rule.stage:
        query = query.where(Contact.stage == rule.stage)
    if rule.role:
        query = query.where(contacts.kinds["roles"].condition([rule.role]))
    if rule.months and not deleted:
        silent = Contact.last_activity_at.is_null() & (Contact.created_at < since)
        query = query.where((Contact.last_activity_at < since) | silent)
    if rule.settled and not deleted:
        query = query.where(Contact.next_step_at.is_null())
        for open_ones in _open_records(contacts.build):
            query = query.where(~(Contact.id << open_ones))
    if rule.act == "anonymise":
        done = Erasure.select(Erasure.number).where(Erasure.mode == "anonymise", Erasure.state == "done")
        query = query.where(~(Contact.id << done))
    return query


def _held():
    holding = Hold.until.is_null() | (Hold.until >= html.today())
    return Hold.select(Hold.contact).where(holding, Hold.deleted_batch.is_null())


def _open_records(build):
    """Of every module: the contacts with records whose status or state is "open" (tasks, deals, cases …)."""
    for resource, link in build.related_to(Contact):
        if resource.name.startswith("duplicates_"):
            continue
        for name in ("status", "state"):
            kind = resource.kinds.get(name)
            if isinstance(kind, fields.Choice) and "open" in kind.labels:
                yield resource.model.select(link).where(
                    kind == "open", link.is_null(False), resource.model.deleted_batch.is_null()
                )


def too_wide(rule: Rule) -> Problem | None:
    """What is wrong with a rule that is about most of the firm's contacts."""
    if rule.place == "trash":
        return None  # whoever put them there meant it
    total = resource_of(Contact).query(SYSTEM).count()
    count = matching(rule).count() if total >= FROM else 0
    if count <= MOST * total:
        return None
    return Problem(
        N_("This rule is about %(n)s of %(total)s contacts, more than half of them. Narrow it."),
        plugin.name,
        n=count,
        total=total,
    )


def preview_panel(rule: Rule) -> Panel:
    """What a rule would do now: how many, the first of them by name, and what is kept back."""
    query = matching(rule)
    count = query.count()
    first = list(query.order_by(Contact.last_activity_at, Contact.id).limit(50))
    body = render_template("privacy/preview.html", rule=rule, count=count, first=first, contacts=resource_of(Contact))
    return Panel(N_("Would do now"), Markup(body), "eye", "orange", count, 5, plugin.name, "panel-preview")


def follow(build, rule: Rule, progress=lambda done, total: None) -> Run:
    """Do what a rule says to the contacts that it is about now, and write down what was done."""
    problem = too_wide(rule)
    done = failed = 0
    if problem is None:
        found = list(matching(rule).order_by(Contact.id).limit(A_DAY if rule.act != "trash" else None))
        if rule.act == "trash":
            done = _to_trash(build, rule, found)
        else:
            for contact in found:
                ok = _let_go(build, rule, contact)
                done, failed = done + ok, failed + (not ok)
                progress(done + failed, len(found))
    runs = build.by_model[Run]
    values = {
        "rule": rule.id,
        "at": fields.utcnow(),
        "act": rule.act,
        "done": done,
        "held": _held().count(),
        "failed": failed,
        "note": str(problem) if problem else "",
    }
    return runs.save(SYSTEM, runs.new(SYSTEM), values)


def _to_trash(build, rule: Rule, found: list[Contact]) -> int:
    if found:
        build.resources["contacts"].delete(SYSTEM, found, label=N_("Retention: %(rule)s"), rule=rule.name)
    return len(found)


def _let_go(build, rule: Rule, contact: Contact) -> bool:
    """Erase one contact (or make it anonymous) with a certificate; whether that went well."""
    try:
        with transaction():
            certificate = certificates.begin(SYSTEM, contact, rule.act, "retention")
            certificates.carry_out(build, certificate)
    except Problem as problem:
        log.warning("Retention rule %s, contact %s: %s", rule.id, contact.id, problem)
        return False
    return True
