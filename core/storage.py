"""Where the bytes of attachments lie: a folder, or any place that fsspec knows, such as S3. No database here.

A stored file gets a random name and is never written again: a name that a row knows always means the same bytes.
"""

import datetime as dt
import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import BinaryIO, NamedTuple

import fsspec

from .settings import ConfigError, Settings

CHUNK = 1024 * 1024


class TooLarge(Exception):
    """More bytes than allowed; nothing of them was kept."""


class Stored(NamedTuple):
    """What came of a stream: its name in the storage, its bytes, and their SHA-256 as hexadecimal digits."""

    key: str
    size: int
    sha256: str


class Storage:
    """The files of one installation, by their keys (`ab/abcdef…`)."""

    def __init__(self, url: str):
        self.url = url
        try:
            # Other processes write there, too: what was listed before says nothing.
            options = {"use_listings_cache": False} if "://" in url else {"auto_mkdir": True}
            self.fs, self.root = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError, TypeError) as error:
            advice = " Run: pip install 'guanxi[s3]'" if url.startswith("s3") else ""
            raise ConfigError(f"GUANXI_FILES_URL cannot be used: {error}.{advice}") from error

    def put(self, stream: BinaryIO, limit: int | None = None) -> Stored:
        """Keep what a stream has left, at most `limit` bytes. Raises TooLarge, or OSError; nothing is left then."""
        key = secrets.token_hex(20)
        key = f"{key[:2]}/{key}"
        size, digest = 0, hashlib.sha256()
        try:
            with self.fs.open(self._path(key), "wb") as file:
                while part := stream.read(CHUNK):
                    size += len(part)
                    if limit is not None and size > limit:
                        raise TooLarge
                    digest.update(part)
                    file.write(part)
                _to_disk(file)
        except BaseException:
            self.remove([key])
            raise
        return Stored(key, size, digest.hexdigest())

    def open(self, key: str) -> BinaryIO:
        """The bytes of a key, as a stream that can seek. Raises FileNotFoundError."""
        return self.fs.open(self._path(key), "rb")

    def add(self, key: str, stream: BinaryIO) -> bool:
        """Bring back the bytes of a known key, as a restore does; False when they are there already."""
        path = self._path(key)
        if self.fs.exists(path):
            return False
        with self.fs.open(path, "wb") as file:
            while part := stream.read(CHUNK):
                file.write(part)
        return True

    def remove(self, keys: Iterable[str]) -> int:
        """Remove the bytes of keys; how many were there."""
        count = 0
        for key in keys:
            try:
                self.fs.rm_file(self._path(key))
                count += 1
            except FileNotFoundError:
                continue
        return count

    def all(self, older: dt.timedelta | None = None) -> Iterator[str]:
        """Every key, or those of files that were written longer than `older` ago."""
        if not self.fs.exists(self.root):
            return
        now = dt.datetime.now(dt.UTC)
        for path, info in self.fs.find(self.root, detail=True).items():
            if older is None or now - _written(info) > older:
                yield path[len(self.root) :].lstrip("/")

    def _path(self, key: str) -> str:
        if ".." in key or key.startswith("/"):
            raise FileNotFoundError(key)
        return f"{self.root.rstrip('/')}/{key}"


def _to_disk(file) -> None:
    """A row must not outlive its file when the power fails: what is on a disk of ours is there for good."""
    file.flush()
    with suppress(AttributeError, io.UnsupportedOperation):  # not on a disk of ours
        os.fsync(file.fileno())


def _written(info: dict) -> dt.datetime:
    """When a file was written, as the file systems say it: seconds, or an instant. Unknown counts as just now."""
    at = next((info[name] for name in ("mtime", "LastModified", "created", "last_modified") if info.get(name)), None)
    if isinstance(at, (int, float)):
        return dt.datetime.fromtimestamp(at, dt.UTC)
    if isinstance(at, dt.datetime):
        return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    return dt.datetime.now(dt.UTC)


@lru_cache(maxsize=8)
def _of(url: str) -> Storage:
    return Storage(url)


def storage(settings: Settings) -> Storage:
    """The storage of an installation. Raises ConfigError when its address cannot be used."""
    folder = settings.data / "attachments"
    if not settings.files_url:
        folder.mkdir(mode=0o700, exist_ok=True)
    return _of(settings.files_url or str(folder))
