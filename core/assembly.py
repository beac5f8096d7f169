"""From plugins.toml to a `Build`: which plugins, checked together, and the state of their tables. No Flask app yet."""

import logging
import sys
from functools import lru_cache
from pathlib import Path

from . import db, plugins
from .build import Build
from .db import ConfigError
from .settings import Settings

log = logging.getLogger("guanxi")


class PendingMigrations(ConfigError):
    """The database lacks tables or columns that this set of plugins needs."""


def ensure_connected(settings: Settings) -> None:
    """Open the database of these settings unless it is open already. Raises ConfigError."""
    if getattr(db.db.obj, "guanxi_url", None) != settings.database_url:
        handle = db.connect(settings.database_url)
        handle.guanxi_url = settings.database_url


def build_of(settings: Settings, names: list[str] | None = None) -> Build:
    """Import plugins and check every declaration, without a Flask app or a look at tables.

    Named plugins must all work (PluginError); of those in plugins.toml a broken one is left out and listed in `broken`.
    """
    if names is not None:
        return exactly(settings, names)
    build, broken = without_broken(settings, lambda names: exactly(settings, names))
    build.broken = broken
    return build


def without_broken(settings: Settings, make):
    """`make(names)` for what plugins.toml lists, and the plugins that had to be left out, with their errors.

    One broken plugin must not keep a firm from its contacts. Without plugins `make` must succeed, or its error stands.
    """
    names = [] if settings.safe_mode else plugins.enabled(settings.plugins_file)
    try:
        return make(names), {}
    except (PendingMigrations, db.OldCode):
        raise
    except Exception:
        made, good, broken = make([]), [], {}
    for name in names:
        try:
            made = make([*good, name])
        except (PendingMigrations, db.OldCode):
            raise
        except Exception as error:
            broken[name] = error
            _warn(f"{name} is left out: {str(error) or type(error).__name__}")
        else:
            good.append(name)
    return made, broken


@lru_cache(maxsize=256)
def _warn(text: str) -> None:
    """Say it once in each process, though every command and every switch builds anew."""
    log.warning("%s", text)


def exactly(settings: Settings, names: list[str]) -> Build:
    loaded = plugins.load(names, settings)
    manager = plugins.manager(loaded, [])
    if settings.trace_hooks:
        manager.add_hookcall_monitoring(
            before=lambda name, impls, kwargs: print(
                f"hook {name}: {', '.join(i.plugin_name for i in impls) or '-'}", file=sys.stderr, flush=True
            ),
            after=lambda outcome, name, impls, kwargs: None,
        )
    return Build(settings, loaded, manager)


def migrations_of(build: Build) -> list[tuple[str, Path | None, list]]:
    """`(plugin, folder of migrations or None, models)` of core and of every plugin of a build, in order."""
    steps = [("core", db.core_migrations(), build.models("core"))]
    return steps + [(p.name, p.migrations, build.models(p.name)) for p in build.loaded]


def pending(build: Build) -> list[str]:
    """What `guanxi migrate` would do. Raises ConfigError when the database is newer than the code."""
    return [
        f"{name} {step}" for name, folder, models in migrations_of(build) for step in db.pending(name, folder, models)
    ]


def migrate(build: Build) -> list[str]:
    """Bring all tables up to date; what was done. Raises ConfigError."""
    done = [
        f"{name} {step}" for name, folder, models in migrations_of(build) for step in db.migrate(name, folder, models)
    ]
    if done:
        db.renew_statistics()
    return done
