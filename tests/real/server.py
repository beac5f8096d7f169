"""`guanxi serve` as a process of its own: `server` for one with an empty data folder, `serve(...)` for any other."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

GUANXI = Path(sys.executable).with_name("guanxi")
PATIENCE = 30  # seconds: a machine that runs other tests beside this one is slow


@dataclass
class Server:
    url: str
    folder: Path
    process: subprocess.Popen
    log_file: Path

    @property
    def log(self):
        return self.log_file.read_text("utf-8", "replace")

    def get(self, path):
        """Return status and text of a page, of an error's page too."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@contextlib.contextmanager
def running(folder, *arguments, command=(str(GUANXI),), **environment):
    """Run `guanxi serve` in a folder, wait until /healthz answers, and stop it with its children at the end.

    Data, plugins.toml and log are kept in that folder too, so a second start finds what the first one left.
    Raises AssertionError with the log if the server gives up or is not there in time.
    """
    folder = Path(folder)
    port = free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GUANXI_")}
    log_file = folder / "serve.log"
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            [*command, "serve", "--host", "127.0.0.1", "--port", str(port), *arguments],
            cwd=folder,
            env={**inherited, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", folder, process, log_file)
    try:
        wait(server)
        yield server
    finally:
        stop(process)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait(server):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(OSError):
            if server.get("/healthz")[0] == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"guanxi serve did not come up (exit {server.process.poll()}):\n{server.log}")


def stop(process):
    """Ask politely, then end the whole group: workers that outlive their supervisor would keep the port."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture
def serve(tmp_path):
    """Start servers that end with the test: serve(GUANXI_DATABASE_URL=…), serve("--workers", "2", folder=…)."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, folder=tmp_path, **environment: stack.enter_context(
            running(folder, *arguments, **environment)
        )


@pytest.fixture
def server(serve):
    """A server with nothing in it yet."""
    return serve()
