"""Uploaded files on their way into the database: a folder each, under a name that nobody guesses, for a week."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import ExchangeError
from .importer import Plan
from .readers import Table, open_table

#: Seconds that an upload, its plan and its rejected rows are kept.
KEPT = 7 * 24 * 3600
_TOKEN = re.compile(r"[\w-]{22}")


@dataclass
class Upload:
    """One upload: whose it is, what was seen in it, what its owner decided, and the jobs that work on it."""

    token: str
    folder: Path
    user: int
    resource: str
    name: str
    language: str = ""
    rows: int = 0
    columns: list[str] = field(default_factory=list)
    #: Column → a few of its values.
    samples: dict[str, list[str]] = field(default_factory=dict)
    identifier: str = ""
    plan: dict = field(default_factory=dict)
    check_job: int = 0
    run_job: int = 0
    batch: int = 0

    @property
    def file(self) -> Path:
        return self.folder / "upload"

    @property
    def rejects(self) -> Path:
        return self.folder / "rejected.csv"

    def table(self, max_bytes: int) -> Table:
        """The file opened for reading. Raises ExchangeError."""
        return open_table(self.file.open("rb"), self.name, max_bytes=max_bytes)

    def planned(self) -> Plan:
        return Plan(**self.plan)

    def save(self) -> None:
        values = {k: v for k, v in asdict(self).items() if k not in ("token", "folder")}
        part = self.folder / f".{secrets.token_hex(4)}"
        part.write_text(json.dumps(values, ensure_ascii=False), "utf-8")
        part.replace(self.folder / "upload.json")

    def drop(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _room(settings) -> Path:
    return settings.data / "imports"


def keep(settings, storage, user, resource: str, language: str) -> Upload:
    """Save what a browser sent. Raises OSError when the disk is full; nothing is left then."""
    token = secrets.token_urlsafe(16)
    folder = _room(settings) / token
    folder.mkdir(parents=True, mode=0o700)
    name = (storage.filename or "file").replace("\\", "/").rpartition("/")[2][:200]
    upload = Upload(token, folder, user.id, resource, name, language)
    try:
        storage.save(upload.file)
        upload.save()
    except OSError:
        upload.drop()
        raise
    return upload


def find(settings, token: str) -> Upload | None:
    """An upload by its token; None when there is none, or no longer."""
    folder = _room(settings) / token
    if not _TOKEN.fullmatch(token):
        return None
    try:
        values = json.loads((folder / "upload.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return Upload(token, folder, **values)


def forget(settings, told) -> int:
    """Remove uploads in which a cell tells of somebody who was erased; how many. `told(text)` says so."""
    count = 0
    for path in _room(settings).iterdir() if _room(settings).is_dir() else ():
        upload = find(settings, path.name)
        if upload is None:
            continue
        try:
            # Whatever its size: it was let in once.
            rows = upload.table(upload.file.stat().st_size + 1)
            about = any(told(text) for row in rows.rows() for text in row.values.values())
        except (ExchangeError, OSError):
            about = True  # nobody can say what is in it
        if about:
            upload.drop()
            count += 1
    return count


def tidy(settings) -> int:
    """Remove what is older than a week; how many."""
    room, count = _room(settings), 0
    for path in room.iterdir() if room.is_dir() else ():
        if time.time() - path.stat().st_mtime > KEPT:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else os.unlink(path)
            count += 1
    return count
