"""Acts on many records at once: chosen one by one, or all that match the list's filters. Each one can be undone."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import g, url_for
from werkzeug.datastructures import MultiDict

from . import fields, htmx, i18n, jobs, journal, merge, shell
from .db import chunks
from .errors import Invalid
from .i18n import N_, Problem
from .listing import Listing
from .users import User

#: More than this are left to the worker, with a progress page.
AT_ONCE = 2000
CHUNK = 500


@dataclass(frozen=True)
class BulkAction:
    """One button of the bulk bar."""

    name: str
    label: str
    icon: str
    #: The field whose form is asked for, or "".
    field: str = ""
    danger: bool = False


def offered(resource, user) -> list[BulkAction]:
    """What the user may do with many of these: fields of a kind that makes sense, and delete."""
    if not resource.editable or not resource.can(user, "bulk"):
        return []
    found = []
    if resource.can(user, "edit"):
        if resource.owner and resource.owner not in resource.locked(user):
            found.append(BulkAction("set", N_("Assign"), "user-check", resource.owner))
        for name in resource.open_fields(user):
            kind = resource.kinds[name]
            if isinstance(kind, fields.Several) and kind.kind == "tag":
                found.append(BulkAction("add", N_("Tag"), "tag", name))
            elif isinstance(kind, fields.Choice) and name in resource.filters and name != "kind":
                found.append(BulkAction("set", resource.kinds[name].title, "status-change", name))
    if resource.name == "contacts" and resource.can(user, "edit") and resource.can(user, "delete"):
        found.append(BulkAction("merge", N_("Merge"), "arrows-join"))
    if resource.can(user, "delete"):
        found.append(BulkAction("delete", N_("Delete"), "trash", danger=True))
    return found


def run(screens, form):
    """Carry out what the bulk bar sent: now, or by the worker when there are many."""
    resource, user = screens.resource, g.user
    resource.demand(user, "bulk")
    act, name = form.get("act", ""), form.get("field", "")
    asked = "add" if act == "remove" else act  # whoever may add a tag to many may take it off them
    if not any(a.name == asked and a.field == name for a in offered(resource, user)):
        raise Problem(N_("This cannot be done to many records at once."))
    value = _value(screens.build, resource, user, name, form.get("value", "")) if name else None
    if form.get("all"):
        query = form.get("query", "")
        ids = [i for (i,) in Listing(resource, user, MultiDict(parse_qsl(query))).query(resource.model.id).tuples()]
    else:
        ids = [int(i) for i in form.getlist("id") if i.isdecimal() and len(i) < 10]
    if not ids:
        raise Problem(N_("Nothing is selected."))
    if act == "merge":
        return _to_merge(ids)
    if len(ids) > AT_ONCE:
        row = jobs.later(bulk_job, user, resource=resource.name, act=act, field=name, value=value, ids=ids)
        return htmx.go(f"/jobs/{row.id}")
    batch = apply(screens.build, user, resource, act, name, value, ids)
    n = batch.count
    said = (
        i18n.ngettext("%(n)s record changed.", "%(n)s records changed.", n)
        if act != "delete"
        else i18n.ngettext("%(n)s record deleted.", "%(n)s records deleted.", n)
    )
    shell.flash(said, undo=batch.id if n else None)
    back = form.get("back", "")
    return htmx.go(back if htmx.is_ours(back) and back.startswith(resource.url()) else resource.url())


def _to_merge(ids):
    """Merging is decided side by side, on a page of its own."""
    if not 2 <= len(ids) <= merge.MOST:
        raise Problem(N_("Choose 2 to %(n)s contacts to merge."), n=merge.MOST)
    return htmx.go(url_for("contact.merge", id=ids))


def _value(build, resource, user, name, text):
    kind = resource.kinds[name]
    value = kind.parse(text, build.context(user))
    if kind.empty(value) and name != resource.owner:
        raise Problem(N_("Choose a value first."))
    return kind.json(value)


def apply(build, user, resource, act, name, value, ids, progress=None) -> journal.Batch:
    """One batch over all ids, committed by chunks. A record that must not be changed stops its chunk and is said."""
    labels = {
        "delete": N_("Deleted %(n)s %(what)s"),
        "add": N_("Added %(value)s to %(n)s %(what)s"),
        "remove": N_("Took %(value)s off %(n)s %(what)s"),
        "set": N_("Changed %(field)s of %(n)s %(what)s"),
    }
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    with journal.transaction():
        batch = journal.open_batch(
            user,
            "bulk",
            labels[act],
            resource.name,
            n=len(ids),
            what=resource.plural,
            field=resource.kinds[name].title if name else "",
            value=said,
        )
    model, done = resource.model, 0
    for chunk in chunks(ids, CHUNK):
        records = list(resource.query(user).where(model.id << chunk))
        with journal.transaction():
            if act == "delete":
                resource.delete(user, records, batch=batch)
            else:
                resource.load_parts(records)
                kind = resource.kinds[name]
                pairs = [(r, {name: _changed(act, kind, r, kind.unjson(value))}) for r in records]
                resource.demand(user, "edit")
                for record, values in pairs:
                    errors = resource.problems(user, record, values)
                    if errors:
                        raise Invalid(errors)
                resource.write(pairs, batch, user)
        done += len(chunk)
        if progress:
            progress(done, len(ids))
    return batch


def _changed(act, kind, record, value):
    if act == "set":
        return value
    have = list(kind.get(record))
    if act == "add":
        return have + [v for v in value if v not in have]
    return [v for v in have if v not in value]


@jobs.job("core.bulk", attempts=1)
def bulk_job(build, row, resource, act, field, value, ids):
    """The worker's share: the same as at once, with a progress bar."""
    user = User.get_by_id(row.user_id)
    batch = apply(build, user, build.resources[resource], act, field, value, ids, progress=row.progress)
    return {"batch": batch.id, "count": batch.count, "back": f"{resource}"}
