"""A subject's data as one zip: readable JSON, one file for each kind of record, and the files on them."""

import contextlib
import datetime as dt
import json
import re
import shutil
import zipfile
from pathlib import Path

from flask import current_app

from core import SYSTEM, Subject, fields, resource_of

from . import plugin
from .models import Export

_ = plugin.gettext
#: How long an export can be downloaded.
KEPT = dt.timedelta(days=7)


def folder(settings, contact_id: int) -> Path:
    """Where the exports of a contact lie: beside the database, under the contact's number."""
    return settings.data / "subject-exports" / str(contact_id)


def file_of(settings, export: Export) -> Path:
    """The zip of an export."""
    return folder(settings, export.contact_id) / f"{export.id}.zip"


def forget(contact_ids) -> None:
    """Remove all exports of contacts: they were erased."""
    for id in contact_ids:
        shutil.rmtree(folder(current_app.extensions["guanxi"].settings, id), ignore_errors=True)


def make(build, export: Export, progress=lambda done, total: None) -> int:
    """Write the zip of an export; its size in bytes. Raises OSError when the disk is full."""
    path = file_of(build.settings, export)
    path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    part = path.with_suffix(".part")
    subject = Subject(build, export.contact_id)
    contents = {}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            tables = sorted(subject.rows)
            for number, table in enumerate(tables):
                rows = [_readable(build, table, row) for row in subject.read(table, subject.rows[table])]
                contents[f"{_file_name(build, table)}.json"] = len(rows)
                _write(archive, f"{_file_name(build, table)}.json", rows)
                _attach(archive, build, table, subject, contents)
                progress(number + 1, len(tables) + 1)
            _write_journal(archive, subject, contents)
            _write(archive, "index.json", _index(build, export, contents))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path.stat().st_size


def _index(build, export, contents) -> dict:
    return {
        "about": f"Everything that {build.firm['firm']} keeps about this contact",
        "contact": export.contact_id,
        "made_at": fields.utcnow().isoformat(),
        "made_by": export.by.name if export.by_id else "Guanxi",
        "records": contents,
    }


def _file_name(build, table: str) -> str:
    resource = build.by_table.get(table)
    return resource.name if resource is not None else table


def _readable(build, table: str, row: dict) -> dict:
    """A row with JSON in place of texts that hold JSON, and names beside the numbers of what it links to."""
    resource = build.by_table.get(table)
    found = {}
    for column, value in row.items():
        if isinstance(value, str) and value[:1] in ("{", "["):
            with contextlib.suppress(ValueError):
                value = json.loads(value)
        elif isinstance(value, (dt.date, dt.datetime)):
            value = value.isoformat()
        found[column] = value
    for name, link in (resource.links if resource is not None else {}).items():
        id = row.get(link.column_name)
        target = link.rel_model.get_or_none(link.rel_model.id == id) if id is not None else None
        if target is not None:
            found[name] = str(target)
    return found


def _attach(archive, build, table, subject, contents) -> None:
    """The bytes of attached files, of whatever kind of record can be opened."""
    resource = build.by_table.get(table)
    if resource is None or not hasattr(resource.model, "open"):
        return
    query = resource.query(SYSTEM).where(resource.model.id << sorted(subject.rows[table]))
    for record in query:
        name = re.sub(r"[^\w.\- ]", "_", str(record))[:120]
        try:
            with record.open() as stream, archive.open(f"files/{record.id} {name}", "w") as target:
                shutil.copyfileobj(stream, target)
            contents[f"files/{record.id} {name}"] = 1
        except FileNotFoundError:
            contents[f"files/{record.id} {name}"] = 0


def _write_journal(archive, subject, contents) -> None:
    rows = [
        {
            "at": batch.at.isoformat(),
            "what": batch.title,
            "table": table,
            "id": change.first,
            "op": change.op,
            "values": change.data,
        }
        for table, change, batch in subject.history()
    ]
    contents["journal.json"] = len(rows)
    _write(archive, "journal.json", rows)


def _write(archive, name: str, rows) -> None:
    archive.writestr(name, json.dumps(rows, ensure_ascii=False, indent=1, default=str))


def tidy(build) -> int:
    """Remove exports whose days are over; how many."""
    exports, count = resource_of(Export), 0
    for export in list(Export.select().where(Export.state == "ready", Export.until < fields.utcnow())):
        file_of(build.settings, export).unlink(missing_ok=True)
        exports.save(SYSTEM, export, {"state": "gone"})
        count += 1
    return count
