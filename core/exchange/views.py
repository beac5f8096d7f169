"""Import and export in the browser: upload, columns, dry run, run, result; and the download of a list."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, abort, current_app, g, request, send_file, url_for

from .. import htmx, i18n, jobs, journal, shell
from ..db import utcnow
from ..i18n import N_, Problem
from . import uploads
from .errors import ExchangeError
from .export import FORMATS, export
from .importer import MODES, UPDATE, Plan, look, plan_for
from .jobs import check_job, run_job
from .targets import CUSTOM, DROP, NAMED, checked, label_of, targets_of

SHOWN_SAMPLES = 3


def blueprint() -> Blueprint:
    bp = Blueprint("exchange", __name__, url_prefix="/import")
    for rule, view, methods in (
        ("/<resource>", upload, ["GET", "POST"]),
        ("/<resource>/<token>", columns, ["GET", "POST"]),
        ("/<resource>/<token>/check", check, ["GET"]),
        ("/<resource>/<token>/run", run, ["GET", "POST"]),
        ("/<resource>/<token>/rejected", rejected, ["GET"]),
    ):
        bp.add_url_rule(rule, view.__name__, view, methods=methods)
    return bp


def _build():
    return current_app.extensions["guanxi"]


def _resource(name):
    resource = _build().resources.get(name)
    if resource is None or not resource.writable:
        abort(404)
    for verb in ("import", "create"):
        resource.demand(g.user, verb)
    return resource


def _upload(resource, token):
    """The upload of this address, if it is the user's own. A stranger's is not there."""
    found = uploads.find(_build().settings, token)
    if found is None or found.resource != resource.name or found.user != g.user.id:
        abort(404)
    return found


def _sentence(error: ExchangeError) -> str:
    said = (i18n.gettext(part, **error.params) for part in (error.message, error.advice) if part)
    return " ".join(said)


# 1. The file


def upload(resource):
    """Choose a file; it is looked through once before anything is asked."""
    resource = _resource(resource)
    if request.method == "GET":
        return _upload_page(resource)
    storage = request.files.get("file")
    if storage is None or not storage.filename:
        return _upload_page(resource, i18n.gettext("Choose a file first."))
    settings = _build().settings
    try:
        found = uploads.keep(settings, storage, g.user, resource.name, i18n.language())
    except OSError:
        return _upload_page(resource, i18n.gettext("The server has no room for the file. Nothing was changed."))
    try:
        table = found.table(settings.max_upload)
        seen = look(resource, table)
        given = {seen.identifier: "external_id"} if seen.identifier else None
        plan = plan_for(resource, g.user, table, seen.samples, given)
    except ExchangeError as error:
        found.drop()
        return _upload_page(resource, _sentence(error))
    found.rows, found.columns, found.identifier, found.plan = seen.rows, table.columns, seen.identifier, plan.json()
    for column in table.columns:
        values = dict.fromkeys(v for row in seen.samples if (v := row.get(column)))
        found.samples[column] = [v[:60] for v in list(values)[:SHOWN_SAMPLES]]
    found.save()
    return htmx.go(url_for("exchange.columns", resource=resource.name, token=found.token))


def _upload_page(resource, error=""):
    page = shell.render(
        "core/import.html", resource=resource, error=error, limit=_build().settings.max_upload // 1024**2
    )
    return page, 422 if error else 200


# 2. The columns


def columns(resource, token):
    """Where each column goes, and what happens to those who are there already. A POST starts the dry run."""
    resource = _resource(resource)
    found = _upload(resource, token)
    if found.batch:
        return htmx.go(url_for("exchange.run", resource=resource.name, token=token))
    error = ""
    if request.method == "POST":
        chosen = {c: request.form.get(f"target-{i}", CUSTOM) for i, c in enumerate(found.columns)}
        mode = request.form.get("duplicates", "skip")
        try:
            error = _faults(resource, found, chosen, mode)
        except Problem as problem:
            error = str(problem)
        found.plan |= {"mapping": chosen, "duplicates": mode if mode in MODES else "skip"}
        if not error:
            row = jobs.later(check_job, g.user, resource=resource.name, token=token)
            found.check_job = row.id
        found.save()
        if not error:
            return htmx.go(url_for("exchange.check", resource=resource.name, token=token))
    targets = targets_of(resource, g.user)
    modes = {
        k: v for k, v in MODES.items() if k != UPDATE or (resource.name == "contacts" and resource.can(g.user, "edit"))
    }
    return shell.render(
        "core/import_columns.html",
        resource=resource,
        upload=found,
        plan=found.planned(),
        targets={name: target.label for name, target in targets.items()},
        named=lambda target: label_of(target, targets) if NAMED.fullmatch(target) and target not in targets else "",
        custom=CUSTOM,
        drop=DROP,
        modes=modes,
        error=error,
    ), 422 if error else 200


def _faults(resource, found, chosen, mode) -> str:
    """What is wrong with a mapping, in a sentence. Raises Problem for a target that does not exist."""
    checked(resource, g.user, found.columns, chosen)
    if mode not in MODES:
        return i18n.gettext("Choose what happens to those who are there already.")
    targets, taken = targets_of(resource, g.user), {}
    if all(target in (CUSTOM, DROP) for target in chosen.values()):
        return i18n.gettext("No column goes to a field. Choose one for at least the name.")
    for column, target in chosen.items():
        if target in targets and not targets[target].several and target in taken and resource.name != "contacts":
            return i18n.gettext(
                "“%(one)s” and “%(two)s” both go to %(field)s, which takes one column.",
                one=taken[target],
                two=column,
                field=targets[target].label,
            )
        taken.setdefault(target, column)
    return ""


# 3. The dry run, and 4. the import


def check(resource, token):
    """The dry run's progress, then what it found."""
    resource = _resource(resource)
    found = _upload(resource, token)
    if found.batch:
        return htmx.go(url_for("exchange.run", resource=resource.name, token=token))
    return _progress(resource, found, found.check_job, "check")


def run(resource, token):
    """GET: the import's progress, then its result. POST: start it; what was begun goes on where it stopped."""
    resource = _resource(resource)
    found = _upload(resource, token)
    if request.method == "POST":
        _start(resource, found)
        return htmx.go(url_for("exchange.run", resource=resource.name, token=token))
    if not found.run_job:
        return htmx.go(url_for("exchange.columns", resource=resource.name, token=token))
    return _progress(resource, found, found.run_job, "run")


def _start(resource, found) -> None:
    """Open the batch once and queue the job; a second click finds both there."""
    running = jobs.Job.get_or_none(jobs.Job.id == found.run_job) if found.run_job else None
    if running is not None and running.state != "failed":
        return
    with journal.transaction():
        if not found.batch:
            batch = journal.open_batch(g.user, "import", N_("Imported %(file)s"), resource.name, file=found.name)
            found.batch = batch.id
        row = jobs.later(run_job, g.user, resource=resource.name, token=found.token, batch=found.batch)
        found.run_job = row.id
        found.save()


def _progress(resource, found, job_id, step):
    row = jobs.Job.get_or_none(jobs.Job.id == job_id)
    if row is None:
        return htmx.go(url_for("exchange.columns", resource=resource.name, token=found.token))
    batch = journal.Batch.get_or_none(journal.Batch.id == found.batch) if found.batch else None
    plan: Plan = found.planned()
    context = dict(
        resource=resource,
        upload=found,
        job=row,
        step=step,
        report=(row.result or {}).get("report") or {},
        batch=batch,
        mode=MODES[plan.duplicates],
        waits=row.state == "waiting" and (utcnow() - row.created_at).total_seconds() > 20,
    )
    if htmx.is_partial():
        return htmx.fragment("core/import_progress.html", "progress", **context)
    return shell.render("core/import_progress.html", **context)


def rejected(resource, token):
    """The rejected rows with the reason of each, as CSV."""
    resource = _resource(resource)
    found = _upload(resource, token)
    if not found.rejects.exists():
        abort(404)
    name = f"{Path(found.name).stem}-rejected.csv"
    return send_file(found.rejects, mimetype="text/csv", as_attachment=True, download_name=name)


# Export


def send_export(build, resource, listing, format):
    """A list as a download: written to a temporary file first, so that a fault is a page and never half a file."""
    stream = tempfile.SpooledTemporaryFile(max_size=4 * 1024**2)  # noqa: SIM115 (the answer closes it)
    try:
        export(build, g.user, listing, format, stream)
    except ExchangeError as error:
        stream.close()
        raise Problem(error.message, **error.params) from error
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    name = f"{resource.name}-{utcnow():%Y-%m-%d}.{format}"
    return send_file(stream, mimetype=FORMATS[format][0], as_attachment=True, download_name=name)


__all__ = ["blueprint", "send_export"]
