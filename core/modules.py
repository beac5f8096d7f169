"""Switching plugins on and off: inspect in a child process, migrate, seed, write plugins.toml. Off keeps all data."""

import datetime as dt
import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import peewee

from . import i18n, plugins
from .db import Base, db, is_postgres, utcnow
from .i18n import N_, Problem
from .plugins import Found, PluginError
from .settings import Settings

INSPECT_SECONDS = 30


@dataclass
class Module:
    """One card of the Modules page."""

    name: str
    found: Found
    on: bool
    #: What `inspect` said: title, summary, version, vendor, requires, tables, permissions, menu, jobs, hooks.
    info: dict = field(default_factory=dict)
    error: str = ""
    missing: list[str] = field(default_factory=list)
    restart: bool = False
    #: Tables of it that exist in the database.
    tables: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return i18n.translate(self.info.get("title") or self.name.capitalize(), self.name)

    @property
    def summary(self) -> str:
        return i18n.translate(self.info.get("summary", ""), self.name)

    def __getattr__(self, name):
        if name in ("version", "vendor", "icon", "hue", "homepage"):
            return self.info.get(name) or {"icon": "puzzle", "hue": "gray"}.get(name, "")
        raise AttributeError(name)


def describe(settings: Settings, name: str) -> dict:
    """What a plugin is and adds, by importing it here: run this in a child process. Raises PluginError."""
    from .app import build_of
    from .jobs import works

    build = build_of(settings, [name])
    manifest = build.manifest(name)
    own = [r for r in build.resources.values() if r.plugin == name]
    hooks = [
        h.name for h in build.manager.get_hookcallers(next(p.module for p in build.loaded if p.name == name)) or []
    ]
    return {
        "name": name,
        "title": manifest.title,
        "summary": manifest.summary,
        "version": manifest.version,
        "vendor": manifest.vendor,
        "requires": list(manifest.requires),
        "icon": manifest.icon,
        "hue": manifest.hue,
        "homepage": manifest.homepage,
        "default": manifest.default,
        "tables": [m._meta.table_name for m in build.models(name)],
        "permissions": [f"{r.name}.{v}" for r in own for v in ("view", "create", "edit", "delete", *r.actions)],
        "menu": [r.plural for r in own if r.nav],
        "resources": [r.name for r in own],
        "jobs": [w.name for w in works(build).values() if w.function.__module__.startswith(_module_of(build, name))],
        "hooks": sorted(hooks),
        "settings": name in build.settings_forms,
    }


def _module_of(build, name: str) -> str:
    return next(p.module.__name__ for p in build.loaded if p.name == name)


def _stamp(found: Found) -> str:
    """Changes when the installed code changes; nothing of it is imported."""
    if found.path is not None:
        origin = found.path
    else:
        try:
            spec = importlib.util.find_spec(found.module)
        except (ImportError, ValueError):
            spec = None
        origin = Path(spec.origin) if spec and spec.origin else None
    if origin is None or not origin.exists():
        return found.version
    files = origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]
    return f"{found.version}:{max(f.stat().st_mtime_ns for f in files)}"


def inspect(settings: Settings, found: Found) -> dict:
    """A plugin's description from a child process, cached by version; `{"error": …}` when it is broken or slow."""
    cache_file = settings.data / "inspected.json"
    try:
        cache = json.loads(cache_file.read_text("utf-8"))
    except (OSError, ValueError):
        cache = {}
    stamp = _stamp(found)
    if cache.get(found.name, {}).get("stamp") == stamp:
        return cache[found.name]["info"]
    info = _ask_child(settings, found.name)
    cache[found.name] = {"stamp": stamp, "info": info}
    try:
        temporary = cache_file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(cache, ensure_ascii=False), "utf-8")
        temporary.replace(cache_file)
    except OSError:
        pass  # a cache that cannot be written costs time, nothing else
    return info


def _ask_child(settings: Settings, name: str) -> dict:
    environ = os.environ | {
        "GUANXI_DATA": str(settings.data),
        "GUANXI_DATABASE_URL": settings.database_url,
        "GUANXI_PLUGINS": str(settings.plugins_file),
        "GUANXI_PLUGIN_FOLDERS": os.pathsep.join(map(str, settings.plugin_folders)),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    command = [sys.executable, "-m", "core.cli", "plugins", "inspect", name, "--json"]
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=INSPECT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {"error": f"{name} took longer than {INSPECT_SECONDS} seconds to import."}
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        return {"error": lines[-1].removeprefix("guanxi: ")[:500]}
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return {"error": f"{name} printed something else than its description."}


def modules(build) -> list[Module]:
    """All plugins that are installed or listed in plugins.toml, those that are on first."""
    settings = build.settings
    found = plugins.discover(settings)
    on = set(build.names)
    result = []
    existing = set(db.get_tables())
    for name, item in found.items():
        info = inspect(settings, item)
        module = Module(name, item, name in on, info if "error" not in info else {}, info.get("error", ""))
        module.missing = [r for r in module.info.get("requires", ()) if r not in found]
        module.tables = [t for t in module.info.get("tables", ()) if t in existing]
        module.restart = _imported_version(item) not in (None, item.version)
        result.append(module)
    for name in plugins.enabled(settings.plugins_file):
        if name not in found:
            gone = Found(name, f"guanxi_{name}")
            result.append(
                Module(name, gone, False, error=i18n.gettext("It is listed in plugins.toml but not installed."))
            )
    return sorted(result, key=lambda m: (not m.on, m.title))


def _imported_version(found: Found) -> str | None:
    module = sys.modules.get(found.module)
    if module is None or not found.distribution:
        return None
    return module.__dict__.setdefault("__guanxi_version__", found.version)


def needed_by(build, name: str) -> list[str]:
    """The plugins that are on and require this one."""
    return [p.name for p in build.loaded if name in p.manifest.requires]


class Switching(Problem):
    """A switch that was refused; nothing has changed."""


def enable(build, name: str) -> list[str]:
    """Switch a plugin on, with what it requires; the names that are on now. A failure leaves it off and says why.

    Raises Switching.
    """
    from .app import build_of, create_app, migrate, pending

    settings = build.settings
    found = plugins.discover(settings)
    if name not in found:
        raise Switching(
            N_("%(name)s is not installed. Install it with: %(command)s"),
            name=name,
            command=f"pip install guanxi-{name}",
        )
    info = inspect(settings, found[name])
    if "error" in info:
        raise Switching(N_("%(name)s stays off: %(why)s"), name=name, why=info["error"])
    try:
        wanted = [*plugins.enabled(settings.plugins_file), name]
        new = build_of(settings, [n for n in wanted if n in found])
        todo = pending(new)
        if todo:
            backup_before(settings, name)
            migrate(new)
        app = create_app(settings, new.names)
        with app.app_context():
            fresh = app.extensions["guanxi"]
            for added in [n for n in fresh.names if n not in build.names]:
                _plugin_enabled(fresh, added)
        plugins.write_enabled(settings.plugins_file, new.names)
    except (PluginError, plugins.ConfigError, OSError, peewee.DatabaseError) as error:
        raise Switching(N_("%(name)s stays off: %(why)s"), name=name, why=str(error)) from error
    return new.names


def _plugin_enabled(build, name: str) -> None:
    for implementation in build.hook.plugin_enabled.get_hookimpls():
        if implementation.plugin_name == name:
            arguments = {"name": name}
            try:
                implementation.function(**{a: arguments[a] for a in implementation.argnames})
            except Exception as error:
                raise PluginError(f"its first rows could not be made ({type(error).__name__}: {error})") from error


def disable(build, name: str) -> None:
    """Switch a plugin off: only the file changes. Raises Switching when others need it."""
    others = needed_by(build, name)
    if others:
        titles = ", ".join(build.manifest(o).title for o in others)
        raise Switching(N_("%(others)s need it. Switch them off first."), others=titles)
    try:
        listed = plugins.enabled(build.settings.plugins_file)
        plugins.write_enabled(build.settings.plugins_file, [n for n in listed if n != name])
    except PluginError as error:
        raise Switching(N_("%(name)s stays on: %(why)s"), name=name, why=str(error)) from error


def backup_before(settings: Settings, name: str) -> Path | None:
    """A copy of an embedded database before its tables change; None on PostgreSQL, whose own tools do that."""
    if is_postgres():
        return None
    folder = settings.data / "backups"
    folder.mkdir(exist_ok=True)
    target = folder / f"before-{name}-{utcnow():%Y%m%d-%H%M%S}.db"
    copy = sqlite3.connect(target)
    try:
        db.connection().backup(copy)
    finally:
        copy.close()
    for old in sorted(folder.glob("before-*.db"))[:-5]:
        old.unlink()
    return target


# Removing a module's data: a separate, confirmed act


def rows_of(module: Module) -> dict[str, int]:
    """Table → number of rows that a removal would delete."""
    return {t: db.execute_sql(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in module.tables}


def remove_data(build, module: Module) -> Path:
    """Write an export of a switched-off module's tables, then drop them; the export's path. Raises Switching."""
    if module.on:
        raise Switching(N_("Switch %(name)s off first."), name=module.title)
    pointing = _pointing_at(set(module.tables))
    if pointing:
        raise Switching(N_("Rows of %(tables)s point to it. Remove those first."), tables=", ".join(pointing))
    path = _export(build.settings, module)
    with db.atomic():
        for table in _children_first(module.tables):
            db.execute_sql(f'DROP TABLE "{table}"')
        history = f"{module.name}_migration"
        if db.table_exists(history):
            db.execute_sql(f'DROP TABLE "{history}"')
        from . import search
        from .options import Setting

        Setting.delete().where(Setting.plugin == module.name).execute()
        for resource in module.info.get("resources", ()):
            search.forget(resource)
    return path


def _foreign_keys(table: str) -> set[str]:
    return {key.dest_table for key in db.get_foreign_keys(table)}


def _pointing_at(tables: set[str]) -> list[str]:
    return [t for t in db.get_tables() if t not in tables and _foreign_keys(t) & tables]


def _children_first(tables: list[str]) -> list[str]:
    left, ordered = set(tables), []
    while left:
        free = sorted(t for t in left if not any(t in _foreign_keys(o) for o in left - {t}))
        if not free:
            return ordered + sorted(left)
        ordered += free
        left -= set(free)
    return ordered


def _export(settings: Settings, module: Module) -> Path:
    folder = settings.data / "exports"
    folder.mkdir(exist_ok=True)
    path = folder / f"{module.name}-{utcnow():%Y%m%d-%H%M%S}.zip"
    if shutil.disk_usage(folder).free < 50 * 1024 * 1024:
        raise Switching(N_("The disk has no room for the export. Nothing was removed."))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in module.tables:
            cursor = db.execute_sql(f'SELECT * FROM "{table}"')
            names = [c[0] for c in cursor.description]
            with archive.open(f"{table}.jsonl", "w") as file:
                for row in cursor:
                    file.write(
                        (
                            json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, default=str) + "\n"
                        ).encode()
                    )
    return path


__all__ = ["Base", "Module", "disable", "dt", "enable", "modules", "remove_data"]
