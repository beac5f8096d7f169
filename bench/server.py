"""Servers as processes of their own: `guanxi serve`, and the floor on the same kind of server."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

HOST = "127.0.0.1"
PATIENCE = 60  # seconds until a server must answer
REPOSITORY = Path(__file__).parent.parent


@dataclass
class Server:
    """A running server: where it listens, and its processes."""

    port: int
    process: subprocess.Popen

    def pss(self) -> float:
        """Proportional memory of all its processes in MB: shared pages count once."""
        main = psutil.Process(self.process.pid)
        return sum(p.memory_full_info().pss for p in [main, *main.children(recursive=True)]) / 1e6


@contextlib.contextmanager
def running(folder: Path, module: str, *arguments: str, ready: str = "/healthz", url: str = "") -> Iterator[Server]:
    """Run `python -m module … --port N` on a data folder until the block ends. Raises RuntimeError with its log."""
    with socket.create_server((HOST, 0)) as probe:
        port = probe.getsockname()[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GUANXI_")}
    environ |= {"GUANXI_DATA": str(folder), "GUANXI_PLUGINS": str(folder / "plugins.toml"), "GUANXI_DATABASE_URL": url}
    environ["PYTHONPATH"] = str(REPOSITORY)
    log = folder / f"{module}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, "--port", str(port)],
            cwd=folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, port, ready, log)
        yield Server(port, process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        # Its own group only: a worker that outlives its supervisor would keep the port.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen, port: int, ready: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://{HOST}:{port}{ready}", timeout=PATIENCE) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not come up (exit {process.poll()}):\n{log.read_text('utf-8', 'replace')}")
