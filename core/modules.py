"""Switching plugins on and off: inspect in a child process, migrate, seed, write plugins.toml. Off keeps all data."""

import contextlib
import fcntl
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import peewee

from . import files, i18n, journal, plugins, search
from .assembly import build_of, migrate, pending
from .db import db, is_postgres, plugin_of, utcnow
from .dump import lines_of
from .i18n import N_, Problem
from .jobs import Job, works
from .options import Setting
from .personal_rules import rule_of
from .plugins import Found, PluginError
from .settings import ConfigError, Settings

log = logging.getLogger("guanxi")

#: How long a child process may take to look at plugins: for itself, and for each plugin.
INSPECT_SECONDS, INSPECT_SECONDS_EACH = 15, 2
#: How long a switch waits for another admin's switch to end.
WAIT_SECONDS = 30


@dataclass
class Module:
    """One card of the Modules page."""

    name: str
    found: Found
    on: bool
    #: What `describe` said: title, summary, version, vendor, requires, tables, permissions, menu, jobs, hooks.
    info: dict = field(default_factory=dict)
    #: Why it cannot be used, one sentence.
    error: str = ""
    missing: list[str] = field(default_factory=list)
    restart: bool = False
    #: Tables of it that exist in the database.
    tables: list[str] = field(default_factory=list)

    def say(self, text: str) -> str:
        """A word of its declarations in the reader's language, also while it is off."""
        return self.info.get("words", {}).get(i18n.language(), {}).get(text) or i18n.translate(text, self.name)

    @property
    def title(self) -> str:
        return self.say(self.info.get("title") or self.name.capitalize())

    @property
    def summary(self) -> str:
        return self.say(self.info.get("summary", ""))

    def __getattr__(self, name):
        if name in ("version", "vendor", "icon", "hue", "homepage"):
            return self.info.get(name) or {"icon": "puzzle", "hue": "gray"}.get(name, "")
        raise AttributeError(name)


# Inspecting: importing unknown code is left to child processes


def describe(settings: Settings, name: str) -> dict:
    """What a plugin is and adds, by importing it here: run this in a child process.

    What it adds cannot be said of one that is broken: then `error` holds the reason. Raises PluginError when it cannot
    even be imported.
    """
    found = plugins.discover(settings)
    if name not in found:
        raise PluginError(N_("There is no plugin %(name)s. See: guanxi plugins list"), name=name)
    manifest = (loaded := found[name].load()).manifest
    info = {key: getattr(manifest, key) for key in ("name", "title", "summary", "version", "vendor", "icon", "hue")}
    info |= {"homepage": manifest.homepage, "default": manifest.default, "requires": list(manifest.requires)}
    info |= {key: [] for key in ("tables", "permissions", "menu", "resources", "jobs", "hooks")}
    try:
        info |= _added(build_of(settings, [name]), name)
    except (Exception, SystemExit) as error:
        info["error"] = _packed(error)
    catalogs = i18n.load({name: loaded.folder}) if loaded.folder else {}
    said = [manifest.title, manifest.summary, *info["menu"]]
    info["words"] = {
        # What a module leaves to the words of core, such as its short title, is found there by whoever shows it.
        locale: {text: word for text in said if text and (word := found[name].gettext(text)) != text}
        for locale, found in catalogs.items()
        if found
    }
    return info


def _added(build, name: str) -> dict:
    own = [r for r in build.resources.values() if r.plugin == name]
    return {
        "tables": [m._meta.table_name for m in build.models(name)],
        "permissions": [f"{r.name}.{v}" for r in own for v in ("view", "create", "edit", "delete", *r.actions)],
        "menu": [r.plural for r in own if r.nav],
        "resources": [r.name for r in own],
        "jobs": sorted(w.name for w in works(build).values() if plugin_of(w.function.__module__) == name),
        "hooks": sorted(h.name for h in build.manager.get_hookcallers(build.manager.get_plugin(name)) or ()),
        "settings": name in build.settings_forms,
        "personal": {r.table: rule_of(r)._asdict() for r in own},
    }


def _packed(error: BaseException) -> dict:
    """An error's sentence for another process, which translates it."""
    if isinstance(error, Problem):
        return {"message": error.message, "params": {k: str(v) for k, v in error.params.items()}}
    return {"message": f"{type(error).__name__}: {error}".removesuffix(": "), "params": {}}


def _said(error: dict) -> str:
    return i18n.gettext(error["message"], **error["params"])


def describe_line(settings: Settings, name: str) -> str:
    """What `describe` gives as one line of JSON, with `{"error": …}` for what cannot be imported."""
    try:
        info = describe(settings, name)
    except (Exception, SystemExit) as error:
        info = {"name": name, "error": _packed(error)}
    return json.dumps(info, ensure_ascii=False)


def inspect(settings: Settings, found: dict[str, Found]) -> dict[str, dict]:
    """Descriptions from child processes, kept until code changes; a broken or slow plugin's has an `error`."""
    cache_file = settings.data / "inspected.json"
    try:
        cache = json.loads(cache_file.read_text("utf-8"))
    except (OSError, ValueError):
        cache = {}
    core = Found("core", "core").stamp()
    stamps = {name: f"{core} {item.stamp()}" for name, item in found.items()}
    everything = " ".join(stamps[name] for name in sorted(stamps))  # what is broken may be mended by another plugin

    def stamp(name, info):
        return everything if "error" in info else stamps[name]

    known = {
        name: kept["info"] for name in found if (kept := cache.get(name)) and kept["stamp"] == stamp(name, kept["info"])
    }
    asked = _ask_children(settings, [name for name in found if name not in known])
    if asked:
        cache |= {name: {"stamp": stamp(name, info), "info": info} for name, info in asked.items()}
        with contextlib.suppress(OSError):  # a cache that cannot be written costs time, nothing else
            temporary = cache_file.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(cache, ensure_ascii=False), "utf-8")
            temporary.replace(cache_file)
    return {name: known.get(name) or asked[name] for name in found}


def _ask_children(settings: Settings, names: list[str]) -> dict[str, dict]:
    """One child looks at all of them; one that ends or stops the child is broken, and the next child does the rest."""
    told: dict[str, dict] = {}
    while left := [name for name in names if name not in told]:
        output, why = _child(settings, left)
        for line in output.splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                told |= {(info := json.loads(line))["name"]: info}
        left = [name for name in left if name not in told]
        if left:
            told[left[0]] = {"name": left[0], "error": {"message": why, "params": {"name": left[0]}}}
    return told


def _child(settings: Settings, names: list[str]) -> tuple[str, str]:
    """What a child printed, and why it did not get to its end (a sentence about %(name)s)."""
    environ = os.environ | {
        "GUANXI_DATA": str(settings.data),
        "GUANXI_DATABASE_URL": settings.database_url,
        "GUANXI_SECRET_KEY": settings.secret_key,
        "GUANXI_PLUGINS": str(settings.plugins_file),
        "GUANXI_PLUGIN_FOLDERS": os.pathsep.join(map(str, settings.plugin_folders)),
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "core.cli", "plugins", "inspect", *names, "--json"],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=INSPECT_SECONDS + INSPECT_SECONDS_EACH * len(names))
        return output, N_("%(name)s ends the program when it is imported. Remove it, or install a mended version.")
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        output = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
        return output, N_("%(name)s takes too long to import. Remove it, or install a mended version.")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started in its turn goes too
        process.wait()


def modules(build) -> list[Module]:
    """All plugins that are installed or listed in plugins.toml, those that are on first."""
    settings = build.settings
    found = plugins.discover(settings)
    on = {*build.names, *build.broken}
    with contextlib.suppress(PluginError):
        on |= set(plugins.enabled(settings.plugins_file))
    existing = set(db.get_tables())
    result = []
    for name, info in inspect(settings, found).items():
        module = Module(name, found[name], name in on, info)
        module.missing = [r for r in info.get("requires", ()) if r not in found]
        module.tables = [t for t in info.get("tables", ()) if t in existing]
        module.restart = found[name].outdated
        if name in build.broken:
            module.error = str(build.broken[name])
        elif "error" in info:
            module.error = _said(info["error"])
        result.append(module)
    for name in sorted(on - found.keys()):
        error = i18n.gettext(
            "It is listed in plugins.toml but not installed. Install it with: %(command)s",
            command=f"pip install guanxi-{name}",
        )
        result.append(Module(name, Found(name, f"guanxi_{name}"), True, error=error))
    return sorted(result, key=lambda m: (not m.on, m.title))


def needed_by(build, name: str) -> list[str]:
    """The plugins that are on and require this one."""
    return [p.name for p in build.loaded if name in p.manifest.requires]


# Switching


class Switching(Problem):
    """A switch that was refused; nothing has changed."""


@contextlib.contextmanager
def _alone(settings: Settings):
    """One switch at a time, whichever process it comes from: two admins must not overwrite each other's."""
    try:
        file = (settings.data / "switch.lock").open("a")
    except OSError as error:
        raise Switching(
            N_("The data folder cannot be written (%(why)s). Nothing was changed."), why=error.strerror
        ) from error
    with file:
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Switching(N_("Another switch is still going on. Try again in a moment.")) from None
                time.sleep(0.05)
        yield


def enable(build, name: str) -> list[str]:
    """Switch a plugin on, with what it requires; the names that came on. A failure leaves it off and says why.

    Raises Switching.
    """
    settings = build.settings
    found = plugins.discover(settings)
    if name not in found:
        raise Switching(
            N_("%(name)s is not installed. Install it with: %(command)s"),
            name=name,
            command=f"pip install guanxi-{name}",
        )
    info = inspect(settings, found)[name]
    if "error" in info:
        raise Switching(N_("%(name)s stays off: %(why)s"), name=name, why=_said(info["error"]))
    with _alone(settings):
        try:
            return _enable(build, name)
        except (ConfigError, Problem, OSError, peewee.DatabaseError, sqlite3.Error) as error:
            raise Switching(N_("%(name)s stays off: %(why)s"), name=name, why=str(error)) from error
        except Exception as error:  # the plugin's own code: a failure of any kind leaves it off
            log.exception("%s cannot be switched on", name)
            why = f"{type(error).__name__}: {error}"
            raise Switching(N_("%(name)s stays off: %(why)s"), name=name, why=why) from error


def _enable(build, name: str) -> list[str]:
    settings = build.settings
    listed = plugins.enabled(settings.plugins_file)
    before = build_of(settings).names
    new = build_of(settings, [*before, name])
    added = [n for n in new.names if n not in before]
    tables = set(db.get_tables())
    if pending(new):
        backup_before(settings, name)
    try:
        _migrate(new, name)
        app = build.create_app(settings, new.names)
        with app.app_context(), journal.transaction():
            for one in added:
                _plugin_enabled(app.extensions["guanxi"], one)
        plugins.write_enabled(settings.plugins_file, list(dict.fromkeys([*listed, *added])))
    except BaseException:
        _drop([t for t in db.get_tables() if t not in tables and t.startswith(tuple(f"{n}_" for n in added))])
        raise
    return added


def _migrate(build, name: str) -> None:
    try:
        migrate(build)
    except (ConfigError, peewee.OperationalError):
        raise
    except Exception as error:
        log.exception("A migration of %s failed", name)
        why = f"{type(error).__name__}: {error}"
        raise PluginError(N_("its tables could not be made (%(why)s)."), why=why) from error


def _plugin_enabled(build, name: str) -> None:
    for implementation in build.hook.plugin_enabled.get_hookimpls():
        if implementation.plugin_name == name:
            arguments = {"name": name}
            try:
                implementation.function(**{a: arguments[a] for a in implementation.argnames})
            except Exception as error:
                log.exception("plugin_enabled of %s failed", name)
                why = f"{type(error).__name__}: {error}"
                raise PluginError(N_("its first rows could not be made (%(why)s)."), why=why) from error


def disable(build, name: str) -> None:
    """Switch a plugin off: only the file changes. Raises Switching when others need it."""
    settings = build.settings
    with _alone(settings):
        others = needed_by(build, name)
        if others:
            titles = ", ".join(i18n.translate(build.manifest(o).title, o) for o in others)
            raise Switching(N_("%(others)s need it. Switch them off first."), others=titles)
        try:
            listed = plugins.enabled(settings.plugins_file)
            if name not in listed and name not in build.names:
                raise Switching(N_("%(name)s is not on. See: guanxi plugins list"), name=name)
            plugins.write_enabled(settings.plugins_file, [n for n in listed if n != name])
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
    except BaseException:
        target.unlink()
        raise
    finally:
        copy.close()
    for old in sorted(folder.glob("before-*.db"), key=lambda p: p.stat().st_mtime)[:-5]:
        old.unlink()
    return target


# Removing a module's data: a separate, confirmed act


def rows_of(module: Module) -> dict[str, int]:
    """Table → number of rows that a removal would delete."""
    return {t: db.execute_sql(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in module.tables}


def remove_data(build, module: Module) -> Path:
    """Export a switched-off module's tables, then drop them; the export's path. Raises Switching."""
    with _alone(build.settings):
        if module.on:
            raise Switching(N_("Switch %(name)s off first."), name=module.title)
        pointing = _pointing_at(set(module.tables))
        if pointing:
            raise Switching(
                N_("%(tables)s point to it. Remove the data of those modules first."), tables=", ".join(pointing)
            )
        try:
            path = _export(build.settings, module)
            with journal.transaction():
                _drop(module.tables)
                _drop([t for t in (f"{module.name}_migration",) if db.table_exists(t)])
                Setting.delete().where(Setting.plugin == module.name).execute()
                Job.delete().where(Job.name << module.info.get("jobs", []), Job.state != "running").execute()
                for resource in module.info.get("resources", ()):
                    search.forget(resource)
                files.erase_of(build, module.info.get("resources", ()))
        except OSError as error:
            raise Switching(
                N_("The export cannot be written (%(why)s). Nothing was removed."), why=error.strerror
            ) from error
    return path


def _drop(tables: list[str]) -> None:
    for table in _children_first(tables):
        db.execute_sql(f'DROP TABLE "{table}"')


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
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for table in module.tables:
                with archive.open(f"{table}.jsonl", "w", force_zip64=True) as file:
                    for line in lines_of(db.connection(), table):
                        file.write(line)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


__all__ = ["Module", "describe", "disable", "enable", "inspect", "modules", "remove_data"]
