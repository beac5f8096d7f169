"""The WSGI callable that swaps in a rebuilt app when plugins.toml changes, or the custom fields do.

Flask takes no new blueprints after its first request, so switching a plugin builds a whole new app and swaps one
reference. Requests that already run keep the app that they started with. Every process looks at the files each time.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from .settings import ConfigError

log = logging.getLogger("guanxi")


def _stamp(path: Path):
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_ino, stat.st_size


class Switch:
    """`build()` makes an app for what the file says now; a set that cannot be built leaves the previous one serving."""

    def __init__(self, build: Callable, path: Path, *more: Path):
        self.build, self.path, self.paths = build, path, (path, *more)
        self.lock = threading.Lock()
        self.stamp = self.read_stamp()
        self.app = build()

    def __call__(self, environ, start_response):
        return self.current().wsgi_app(environ, start_response)

    def current(self):
        """The app of the newest plugins.toml that could be built."""
        if self.read_stamp() != self.stamp:
            self.refresh()
        return self.app

    def read_stamp(self):
        """What changes when one of the files is replaced; None for one that is gone."""
        return [_stamp(path) for path in self.paths]

    def refresh(self) -> None:
        """Build, then swap; who comes in meanwhile waits, so that no answer is older than the file.

        A stamp that failed is remembered, so that it fails once; the Modules page shows why.
        """
        with self.lock:
            stamp = self.read_stamp()
            if stamp == self.stamp:
                return
            try:
                self.app = self.build()
            except ConfigError as error:
                log.error("The previous set of plugins goes on serving: %s", error)
                self.app.extensions["guanxi"].problem = error
            except Exception as error:
                log.exception("%s cannot be applied; the previous set of plugins goes on serving", self.path)
                self.app.extensions["guanxi"].problem = error
            self.stamp = stamp
