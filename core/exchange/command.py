"""`guanxi import` and `guanxi export`: the same import and export as in the browser, at the prompt."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import click

from .. import i18n
from ..i18n import N_, Problem
from ..users import SYSTEM
from .export import FORMATS, everything, export
from .importer import Importer, Look, Report, look, plan_for, speaking
from .readers import open_table

#: Bytes: at the prompt the user is the administrator, and only a mistake is larger.
LARGEST = 4 * 1024**3


def run_import(app, name: str, file: str, dry_run: bool, maps: tuple[str, ...], duplicates: str) -> None:
    """Import one file, with progress on a terminal and one line of summary; exits with 2 for wrong usage."""
    given = dict(_pair(text) for text in maps)
    path = Path(file)
    if not path.is_file():
        raise click.UsageError(f"There is no file {file}.")
    with _context(app), path.open("rb") as stream:
        resource = _resource(app, name)
        table = open_table(stream, path.name, max_bytes=LARGEST)
        seen = look(resource, table, identify=False)
        try:
            plan = plan_for(resource, SYSTEM, table, seen.samples, given, duplicates)
        except Problem as problem:
            raise click.UsageError(str(problem)) from None
        rejects = None if dry_run else _rejects(app, path)
        job = Importer(app.extensions["guanxi"], resource, SYSTEM, table, plan, rejects)
        with _progress(seen) as progress:
            batch = None if dry_run else job.open(path.name)
            report = job.check(progress) if dry_run else job.run(batch, progress)
        click.echo(summary(report, dry_run))
        _tell(report, rejects, path)
        if batch is not None and batch.count:
            click.echo(i18n.gettext("Undo: /undo/%(n)s in the browser.", n=batch.id))


def _pair(text: str) -> tuple[str, str]:
    target, equals, column = text.partition("=")
    if not equals or not target or not column:
        raise click.UsageError(f"--map takes FIELD=COLUMN, such as --map email=Mail; this is {text!r}.")
    return column, target


def _resource(app, name: str):
    resources = {n: r for n, r in app.extensions["guanxi"].resources.items() if r.writable and r.fields}
    if name not in resources:
        raise click.UsageError(f"There is no {name!r}. There are: {', '.join(sorted(resources))}.")
    return resources[name]


def _rejects(app, path: Path) -> Path:
    """A new file for the rejected rows, in the data folder: the file's own folder may not be ours to write."""
    folder = app.extensions["guanxi"].settings.data / "imports"
    folder.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(".csv", f"{path.stem[:60]}-rejected-", folder)
    os.close(handle)
    return Path(name)


def summary(report: Report, dry: bool = False) -> str:
    """One line: how many rows became what."""
    counts = {name: f"{getattr(report, name):,}" for name in ("created", "updated", "duplicate", "rejected")}
    said = i18n.gettext(
        N_("%(created)s created, %(updated)s updated, %(duplicate)s left as they were, %(rejected)s rejected."),
        **counts,
    )
    if report.more:
        said += " " + i18n.ngettext(
            "%(n)s organisation was added with them.", "%(n)s organisations were added with them.", report.more
        )
    return (i18n.gettext("Nothing was written. It would be:") + " " if dry else "") + said


def _tell(report: Report, rejects: Path | None, path: Path) -> None:
    for line, who, reason in report.examples.get("rejected", ()):
        click.echo(f"  {path.name}:{line} {who}: {reason}", err=True)
    if rejects is not None:
        if report.rejected:
            click.echo(i18n.gettext("Rejected rows, with the reasons: %(file)s", file=rejects))
        else:
            rejects.unlink(missing_ok=True)


@contextmanager
def _context(app):
    """An app context that speaks English, with addresses (a record's link needs a host)."""
    with app.test_request_context(), speaking(SYSTEM):
        yield


@contextmanager
def _progress(seen: Look):
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=seen.rows)
        yield lambda done: bar.update(task, completed=done)


def run_export(app, name: str, file: str) -> None:
    """Write all records of a Resource to a file that appears under its name only when it is whole."""
    path = Path(file)
    format = path.suffix.lower().removeprefix(".")
    with _context(app):
        resource = _resource(app, name)
        if format not in FORMATS or (format == "vcf" and name != "contacts"):
            raise click.UsageError("The file must end in .csv, .xlsx, .json, or .vcf for contacts.")
        part = path.with_name(f".{path.name}.part")
        try:
            with part.open("wb") as stream:
                count = export(app.extensions["guanxi"], SYSTEM, everything(resource, SYSTEM), format, stream)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    click.echo(
        i18n.ngettext("%(n)s record written to %(file)s.", "%(n)s records written to %(file)s.", count, file=path)
    )
