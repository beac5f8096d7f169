"""`guanxi serve`: web processes and the job worker under one supervisor.

The app is built before the processes are forked, so that they share its memory; each opens its own database connection.
"""

import ctypes
import gc
import logging
import multiprocessing
import signal
import socket
import sys
import threading
import time

from .db import db
from .settings import ConfigError, Settings
from .switch import Switch

log = logging.getLogger("guanxi")

THREADS = 6


def switch_for(settings: Settings) -> Switch:
    """The WSGI callable of these settings."""
    from .app import create_app
    from .custom import stamp

    return Switch(lambda: create_app(settings), settings.plugins_file, stamp.file(settings))


def _log() -> None:
    """What an admin wants to read goes to standard error: ours from INFO on, of the parts only what went wrong."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("huey").setLevel(logging.WARNING)


def _end_with_parent() -> None:
    """On Linux, end when the supervisor is killed: a worker left over would keep the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"Port {port} of {host} cannot be used ({error.strerror}). "
                "Stop the other program, or choose another one with --port."
            ) from error


def run(settings: Settings, host: str, port: int, workers: int, jobs: bool = True) -> None:
    """Serve until told to stop. Raises ConfigError when the port is taken."""
    _log()
    _free(host, port)
    switch = switch_for(settings)
    before_fork()
    stopping = threading.Event()
    if jobs:
        keeper = threading.Thread(target=_keep_worker, args=(switch, stopping), daemon=True)
        keeper.start()
        time.sleep(0.05)  # the first fork should happen before the server's own threads exist
    print(f"Guanxi listens at http://{host}:{port}", flush=True)
    try:
        listen(switch, host, port, workers)
    finally:
        stopping.set()
        for child in multiprocessing.active_children():
            child.terminate()


def listen(wsgi, host: str, port: int, workers: int) -> None:
    """Answer requests with a WSGI callable, in forked processes, until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian(
        "guanxi",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        log_access=False,
        log_level="error",
        workers_kill_timeout=8,
        backpressure=256,
    )

    def load():
        _end_with_parent()
        return wsgi

    server.serve(target_loader=load, wrap_loader=False)


def before_fork() -> None:
    """Nothing that belongs to one process may be open, and what is shared should stay untouched by the collector."""
    if not db.is_closed():
        db.close()
    gc.collect()
    gc.freeze()
    multiprocessing.set_start_method("fork", force=True)


def _keep_worker(switch: Switch, stopping: threading.Event) -> None:
    """Start the job worker, and start it again when it dies."""
    pause = 1.0
    while not stopping.is_set():
        started = time.monotonic()
        process = multiprocessing.Process(target=_work, args=(switch,), name="guanxi-jobs", daemon=True)
        process.start()
        process.join()
        if stopping.is_set():
            return
        log.warning("The job worker ended (status %s); starting it again", process.exitcode)
        pause = 1.0 if time.monotonic() - started > 60 else min(pause * 2, 60)
        stopping.wait(pause)


def _work(switch: Switch) -> None:
    from .jobs import Worker

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    Worker(switch.current).serve()


def run_worker(settings: Settings) -> None:
    """The job worker alone, until told to stop."""
    from .jobs import Worker

    _log()
    Worker(switch_for(settings).current).serve()
