"""Where things lie and what the environment says. Nothing here touches the database."""

import os
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

MB = 1024 * 1024


class ConfigError(Exception):
    """The surroundings are not fit to run in. The text is one sentence with advice, for standard error."""


#: Every environment variable: name → (default, meaning). The reference in docs/ is made from it.
ENVIRONMENT = {
    "GUANXI_DATA": ("./instance", "The data folder: embedded database, attachments, secret key, backups, outbox."),
    "GUANXI_DATABASE_URL": (
        "SQLite in the data folder",
        "`sqlite:///file` or `postgresql://user:password@host/name`.",
    ),
    "GUANXI_PLUGINS": (
        "./plugins.toml",
        "The file that says which plugins are on. An installed package copies its own default there once.",
    ),
    "GUANXI_PLUGIN_FOLDERS": (
        "",
        "Folders that are searched for plugins beside the bundled and the installed ones, separated as in PATH.",
    ),
    "GUANXI_SECRET_KEY": (
        "made and kept in the data folder",
        "Signs sessions and links and encrypts stored passwords. Keep it with your backups.",
    ),
    "GUANXI_MAIL_URL": (
        "an outbox in the data folder",
        "Where mail is sent: `smtp://user:password@host:587?from=Firm <crm@example.com>`; `smtps://` is TLS from the"
        " start, `smtp+starttls://` insists on STARTTLS, `&timeout=30` are seconds.",
    ),
    "GUANXI_FILES_URL": (
        "`attachments/` in the data folder",
        "Where attachments lie: a folder, or any address of fsspec, such as `s3://bucket/folder`.",
    ),
    "GUANXI_INBOX_URL": ("", "Where mail is fetched: `imaps://user:password@host`."),
    "GUANXI_BASE_URL": ("", "The address that people type, such as `https://crm.example.com`: for links in mails."),
    "GUANXI_SAFE_MODE": ("0", "`1` starts without any plugin, so that a broken one can be switched off."),
    "GUANXI_TRACE_HOOKS": ("0", "`1` prints each hook call with the plugins that answer it."),
    "GUANXI_TEST_DATABASE_URL": (
        "SQLite",
        "For tests of plugins: a PostgreSQL server on which each test gets a database of its own.",
    ),
}


@cache
def house() -> Path:
    """The folder that holds `templates/`, `static/` and the default `plugins.toml`.

    In a checkout that is the repository; in an installed wheel the same folders are mapped into `core/_house`.
    """
    top = Path(__file__).resolve().parent.parent
    packed = Path(__file__).resolve().parent / "_house"
    return packed if packed.is_dir() else top


@dataclass(frozen=True)
class Settings:
    """All that a built app is told from outside. Sizes are bytes, times are seconds."""

    data: Path
    database_url: str
    plugins_file: Path
    secret_key: str
    files_url: str = ""
    mail_url: str = ""
    inbox_url: str = ""
    base_url: str = ""
    safe_mode: bool = False
    trace_hooks: bool = False
    max_upload: int = 40 * MB
    session_seconds: int = 30 * 24 * 3600
    plugin_folders: tuple[Path, ...] = field(default=())
    testing: bool = False

    @classmethod
    def from_env(cls, environ=os.environ, **overrides) -> "Settings":
        """Read `GUANXI_*`, making the data folder, the secret key and a first plugins.toml when they are absent.

        Raises ConfigError when the data folder cannot be written.
        """
        data = Path(overrides.pop("data", None) or environ.get("GUANXI_DATA") or "instance").resolve()
        try:
            data.mkdir(parents=True, exist_ok=True)
            secret = environ.get("GUANXI_SECRET_KEY") or _kept_secret(data / "secret_key")
        except OSError as error:
            raise ConfigError(
                f"The data folder {data} cannot be written ({error.strerror}). "
                "Free some space or give GUANXI_DATA another folder."
            ) from error
        plugins_file = Path(environ.get("GUANXI_PLUGINS") or _default_plugins_file()).resolve()
        values = dict(
            data=data,
            database_url=environ.get("GUANXI_DATABASE_URL") or f"sqlite:///{data / 'guanxi.db'}",
            plugins_file=plugins_file,
            secret_key=secret,
            files_url=environ.get("GUANXI_FILES_URL", ""),
            mail_url=environ.get("GUANXI_MAIL_URL", ""),
            inbox_url=environ.get("GUANXI_INBOX_URL", ""),
            base_url=environ.get("GUANXI_BASE_URL", "").rstrip("/"),
            safe_mode=environ.get("GUANXI_SAFE_MODE", "") not in ("", "0"),
            plugin_folders=tuple(Path(p) for p in environ.get("GUANXI_PLUGIN_FOLDERS", "").split(os.pathsep) if p),
            trace_hooks=environ.get("GUANXI_TRACE_HOOKS", "") not in ("", "0"),
        )
        return cls(**(values | overrides))


def _default_plugins_file() -> Path:
    """`./plugins.toml`; an installed package copies its own default there once."""
    here = Path("plugins.toml")
    if not here.exists():
        here.write_text((house() / "plugins.toml").read_text("utf-8"), "utf-8")
    return here


def _kept_secret(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        # O_EXCL: two processes that start together must end up with the same key.
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(handle, "w") as file:
            key = secrets.token_urlsafe(48)
            file.write(key)
        return key
