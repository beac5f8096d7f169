"""Plugins: the manifest, finding them (folder and entry points), their order, and the file that says which are on."""

import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import re
import sys
import tempfile
import types
from dataclasses import dataclass, field
from pathlib import Path

import pluggy
import tomlkit
from tomlkit.exceptions import TOMLKitError

from . import hookspecs, i18n
from .i18n import N_
from .settings import ConfigError, Settings

RESERVED = frozenset(
    [
        "contacts",
        "admin",
        "api",
        "static",
        "import",
        "search",
        "login",
        "logout",
        "healthz",
        "portal",
        "core",
        "plugins",
    ]
)
_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
#: Where a module keeps the stamp of the code that it was imported from.
STAMP = "__guanxi_stamp__"


class PluginError(ConfigError, i18n.Problem):
    """A plugin cannot be found, imported or combined with the others; one sentence with advice, in any language."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A plugin's manifest: `plugin = Plugin(name="wine", title="Wine", summary="Cellars and tastings.")`."""

    #: Name of its package (without `guanxi_`), prefix of its tables, permissions and addresses.
    name: str
    title: str
    summary: str = ""
    version: str = "0.1.0"
    vendor: str = "Guanxi"
    #: Names of plugins that must be on too; they are switched on along.
    requires: tuple[str, ...] = ()
    #: An icon of @tabler/icons and a hue of the stylesheet.
    icon: str = "puzzle"
    hue: str = "gray"
    homepage: str = ""
    #: The address of the page where it is set up, for a button on its page among the modules; "" without one.
    setup: str = ""
    #: Whether a new firm finds it switched on.
    default: bool = False
    #: `NoticeKind` objects: the kinds of notice that it sends and that users choose about.
    notices: tuple = ()

    def __post_init__(self):
        if not _NAME.fullmatch(self.name):
            raise PluginError(f"Plugin.name: {self.name!r} must be lower-case letters, digits and _, such as 'wine'.")
        if self.name in RESERVED:
            raise PluginError(f"Plugin.name: {self.name!r} is reserved. Choose another.")

    def gettext(self, message: str, **params) -> str:
        """This plugin's own words in the reader's language; imported as `_ = plugin.gettext`."""
        return i18n.translate(message, self.name, **params)


@dataclass(frozen=True)
class Found:
    """A plugin that is installed, whether on or off. `module` is what importing it takes."""

    name: str
    module: str
    #: Distribution that brought it, "" for bundled ones and loose files.
    distribution: str = ""
    version: str = ""
    path: Path | None = None

    @property
    def bundled(self) -> bool:
        return self.module.startswith("plugins.")

    def stamp(self) -> str:
        """Changes when the installed code changes; nothing of it is imported."""
        if self.path is not None:
            origin = self.path
        else:
            try:
                spec = importlib.util.find_spec(self.module)
            except (ImportError, ValueError):
                spec = None
            origin = Path(spec.origin) if spec and spec.origin else None
        if origin is None or not origin.exists():
            return self.version
        files = origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]
        return f"{self.version}:{max(f.stat().st_mtime_ns for f in files)}"

    @property
    def outdated(self) -> bool:
        """Whether this process imported other code than is installed now: it shows after a restart."""
        module = sys.modules.get(self.module)
        return module is not None and vars(module).get(STAMP, self.stamp()) != self.stamp()

    def load(self) -> "Loaded":
        """Import it (once per process). Raises PluginError naming the file and line of what is wrong."""
        try:
            if self.path is not None and self.module not in sys.modules:
                spec = importlib.util.spec_from_file_location(self.module, self.path)
                module = importlib.util.module_from_spec(spec)
                sys.modules[self.module] = module
                try:
                    spec.loader.exec_module(module)
                except BaseException:
                    del sys.modules[self.module]
                    raise
            module = importlib.import_module(self.module)
        except SyntaxError as error:
            self._forget()
            raise PluginError(
                N_("%(name)s: line %(line)s of %(file)s is not Python (%(why)s). Mend it, or install it anew."),
                name=self.name,
                line=error.lineno,
                file=Path(error.filename or "?").name,
                why=error.msg,
            ) from error
        except PluginError:
            self._forget()
            raise
        except (Exception, SystemExit) as error:  # a plugin that calls sys.exit() must not end the server
            self._forget()
            raise PluginError(
                N_("%(name)s does not import (%(why)s). Mend it, or install it anew."),
                name=self.name,
                why=f"{type(error).__name__}: {error}".removesuffix(": "),
            ) from error
        if self.module not in (f"plugins.{self.name}", f"guanxi_{self.name}"):
            raise PluginError(
                N_("%(name)s: its package is called %(module)s; rename it to %(wanted)s."),
                name=self.name,
                module=self.module,
                wanted=f"guanxi_{self.name}",
            )
        manifest = getattr(module, "plugin", None)
        if not isinstance(manifest, Plugin):
            raise PluginError(
                N_("%(name)s: %(module)s has no line %(line)s"),
                name=self.name,
                module=self.module,
                line=f"plugin = Plugin(name={self.name!r}, …).",
            )
        if manifest.name != self.name:
            raise PluginError(
                N_("%(name)s: its manifest says %(other)s; both names must be the same."),
                name=self.name,
                other=f"name={manifest.name!r}",
            )
        vars(module).setdefault(STAMP, self.stamp())
        return Loaded(self, manifest, module)

    def _forget(self) -> None:
        """After a failed import: the parts that did come in must not meet the mended ones."""
        for name in [m for m in sys.modules if m == self.module or m.startswith(f"{self.module}.")]:
            del sys.modules[name]


@dataclass(frozen=True)
class Loaded:
    """A plugin that has been imported."""

    found: Found
    manifest: Plugin
    module: object = field(repr=False)

    @property
    def name(self) -> str:
        return self.manifest.name

    def hooks(self) -> types.ModuleType:
        """Its hook implementations; see `hookspecs.hookimpl` for why they are not just read from the module."""
        holder = types.ModuleType(self.module.__name__)
        found = {name: f for name, f in vars(self.module).items() if hasattr(f, "guanxi_impl")}
        vars(holder).update(found | vars(self.module).get(hookspecs.KEPT, {}))
        return holder

    @property
    def hookspecs(self) -> types.ModuleType | None:
        """Hooks of its own, for the plugins that require it: its module `hookspecs`, when it imports one."""
        found = vars(self.module).get("hookspecs")
        return found if isinstance(found, types.ModuleType) else None

    @property
    def folder(self) -> Path | None:
        """The package's folder, or None for a plugin of one file."""
        file = Path(self.module.__file__)
        return file.parent if file.name == "__init__.py" else None

    @property
    def migrations(self) -> Path | None:
        folder = self.folder and self.folder / "migrations"
        return folder if folder and folder.is_dir() else None


def discover(settings: Settings) -> dict[str, Found]:
    """Every installed plugin by name: the `plugins` package, extra folders, and entry points of pip packages."""
    importlib.invalidate_caches()
    found = {}
    # By its name only: core imports no plugin, and not their package either.
    bundled = importlib.import_module("plugins")

    for item in pkgutil.iter_modules(bundled.__path__):
        if _NAME.fullmatch(item.name):
            found[item.name] = Found(item.name, f"plugins.{item.name}")
    for folder in settings.plugin_folders:
        for path in sorted(Path(folder).iterdir()) if Path(folder).is_dir() else ():
            name = path.stem.removeprefix("guanxi_")
            entry = path / "__init__.py" if path.is_dir() else path
            if entry.exists() and entry.suffix == ".py" and _NAME.fullmatch(name):
                found[name] = Found(name, f"guanxi_{name}", path=entry)
    for point in importlib.metadata.entry_points(group="guanxi.plugins"):
        if point.name not in found and _NAME.fullmatch(point.name):
            dist = point.dist
            found[point.name] = Found(
                point.name, point.module, dist.name if dist else point.module, dist.version if dist else ""
            )
    return found


def enabled(path: Path) -> list[str]:
    """The names in plugins.toml. Raises PluginError when the file is not TOML or not of the right form."""
    names = _document(path).get("enabled", [])
    pins(path)  # a mistake there is better told before anything is built
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise PluginError(
            N_("%(file)s: `enabled` must be a list of names, such as %(example)s"),
            file=path,
            example='enabled = ["tasks"].',
        )
    return [str(n) for n in names]


def pins(path: Path) -> dict[str, dict]:
    """The settings that the file pins, by plugin: `[settings.<plugin>]`. Raises PluginError."""
    tables = _document(path).unwrap().get("settings", {})
    if not isinstance(tables, dict) or not all(isinstance(t, dict) for t in tables.values()):
        raise PluginError(
            N_("%(file)s: settings are pinned in tables, such as %(example)s"), file=path, example="[settings.tasks]."
        )
    return tables


def _document(path: Path):
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise PluginError(
            N_("%(file)s is not TOML (%(why)s). Mend that line, or restore the file."), file=path, why=error
        ) from error
    except OSError as error:
        raise PluginError(
            N_("%(file)s cannot be read (%(why)s). Check its permissions."), file=path, why=error.strerror
        ) from error


def write_enabled(path: Path, names: list[str]) -> None:
    """Replace the list in plugins.toml in one step, keeping its comments. Raises PluginError when the disk refuses."""
    document = _document(path)
    array = tomlkit.array()
    array.extend(sorted(names))
    document["enabled"] = array
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".plugins-", suffix=".toml")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(tomlkit.dumps(document))
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise PluginError(
            N_("%(file)s cannot be written (%(why)s). Nothing was changed."), file=path, why=error.strerror
        ) from error


def with_required(names: list[str], manifests: dict[str, Plugin], found: dict[str, Found]) -> list[str]:
    """`names` and all they require, each after what it requires. Raises PluginError for a gap or a circle."""
    order, walking = [], []

    def visit(name):
        if name in order:
            return
        if name in walking:
            circle = " → ".join([*walking, name])
            raise PluginError(N_("Modules require each other in a circle: %(names)s."), names=circle)
        if name not in found and walking:
            raise PluginError(
                N_("%(name)s requires %(other)s, which is not installed. Install it with: %(command)s"),
                name=walking[-1],
                other=name,
                command=f"pip install guanxi-{name}",
            )
        if name not in found:
            raise PluginError(
                N_("%(name)s is not installed. Install it with: %(command)s"),
                name=name,
                command=f"pip install guanxi-{name}",
            )
        if name not in manifests:
            manifests[name] = found[name].load().manifest
        walking.append(name)
        for other in sorted(manifests[name].requires):
            visit(other)
        walking.pop()
        order.append(name)

    for name in sorted(names):
        visit(name)
    return order


def load(names: list[str], settings: Settings) -> list[Loaded]:
    """Import the named plugins and what they require, in order. Raises PluginError."""
    found = discover(settings)
    manifests: dict[str, Plugin] = {}
    return [found[name].load() for name in with_required(names, manifests, found)]


def manager(loaded: list[Loaded], core_modules: list) -> pluggy.PluginManager:
    """A plugin manager of its own for one build. A misspelt hook or argument is a PluginError here."""
    pm = pluggy.PluginManager("guanxi")
    pm.add_hookspecs(hookspecs)
    try:
        for plugin in loaded:
            if plugin.hookspecs is not None:
                pm.add_hookspecs(plugin.hookspecs)
        for module in core_modules:
            pm.register(module, name=module.__name__)
        for plugin in loaded:
            pm.register(plugin.hooks(), name=plugin.name)
        pm.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        # pluggy says what is wrong in the last of several lines, and whose it is in the first.
        why = "; ".join(dict.fromkeys((str(error).splitlines()[0], str(error).splitlines()[-1])))
        raise PluginError(N_("A hook does not exist as it is implemented: %(why)s."), why=why) from error
    return pm
