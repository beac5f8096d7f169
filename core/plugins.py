"""Plugins: the manifest, finding them (folder and entry points), their order, and the file that says which are on."""

import importlib
import importlib.metadata
import importlib.util
import os
import pkgutil
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pluggy
import tomlkit
from tomlkit.exceptions import TOMLKitError

from . import hookspecs, i18n
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


class PluginError(ConfigError):
    """A plugin cannot be found, imported or combined with the others; one sentence with advice."""


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
    #: Whether a new firm finds it switched on.
    default: bool = False

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
        return not self.distribution

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
            raise PluginError(
                f"{self.name}: {Path(error.filename or '?').name} line {error.lineno} is not Python ({error.msg})."
            ) from error
        except Exception as error:
            raise PluginError(f"{self.name} does not import: {type(error).__name__}: {error}") from error
        manifest = getattr(module, "plugin", None)
        if not isinstance(manifest, Plugin):
            raise PluginError(f"{self.name}: {self.module} has no `plugin = Plugin(name={self.name!r}, …)`.")
        if manifest.name != self.name:
            raise PluginError(f"{self.name}: its manifest says name={manifest.name!r}; both must be the same.")
        return Loaded(self, manifest, module)


@dataclass(frozen=True)
class Loaded:
    """A plugin that has been imported."""

    found: Found
    manifest: Plugin
    module: object = field(repr=False)

    @property
    def name(self) -> str:
        return self.manifest.name

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
    import plugins as bundled

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
        if point.name not in found:
            dist = point.dist
            found[point.name] = Found(
                point.name, point.value, dist.name if dist else point.value, dist.version if dist else ""
            )
    return found


def enabled(path: Path) -> list[str]:
    """The names in plugins.toml. Raises PluginError when the file is not TOML or not of the right form."""
    names = _document(path).get("enabled", [])
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise PluginError(f'{path.name}: `enabled` must be a list of names, such as enabled = ["tasks"].')
    return [str(n) for n in names]


def pinned(path: Path, plugin: str) -> dict:
    """Settings of a plugin that the file pins, `[settings.<plugin>]`."""
    return dict(_document(path).get("settings", {}).get(plugin, {}))


def _document(path: Path):
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise PluginError(f"{path} is not TOML ({error}). Mend that line, or restore the file.") from error
    except OSError as error:
        raise PluginError(f"{path} cannot be read ({error.strerror}).") from error


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
        raise PluginError(f"{path} cannot be written ({error.strerror}). Nothing was changed.") from error


def with_required(names: list[str], manifests: dict[str, Plugin], found: dict[str, Found]) -> list[str]:
    """`names` and all they require, each after what it requires. Raises PluginError for a gap or a circle."""
    order, walking = [], []

    def visit(name):
        if name in order:
            return
        if name in walking:
            raise PluginError(f"Plugins require each other in a circle: {' → '.join([*walking, name])}.")
        if name not in found:
            wanted = f"{walking[-1]} requires {name}, which" if walking else f"{name}"
            raise PluginError(f"{wanted} is not installed. Install it with: pip install guanxi-{name}")
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
        for module in core_modules:
            pm.register(module, name=module.__name__)
        for plugin in loaded:
            pm.register(plugin.module, name=plugin.name)
        pm.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        # pluggy says what is wrong in the last of several lines, and whose it is in the first.
        said = dict.fromkeys((str(error).splitlines()[0], str(error).splitlines()[-1]))
        raise PluginError(f"A hook does not exist as implemented: {'; '.join(said)}") from error
    return pm
