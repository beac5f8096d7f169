"""Ways out for mail: an SMTP server as GUANXI_MAIL_URL names it, or a folder on disk when it names none."""

import contextlib
import ipaddress
import smtplib
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from .i18n import N_
from .mime import Address, parse_address
from .settings import ConfigError, Settings

PORTS = {"smtp": 587, "smtp+starttls": 587, "smtps": 465}


class Unreachable(Exception):
    """The server cannot be talked to now: down, slow, closed in the middle, or it refuses our password.

    `begun` says that it had the message already, or a part of it: it may have taken it without saying so.
    """

    begun = False


class Refused(Exception):
    """The server refused a message as a whole; `code` 4xx is for now, 5xx for good."""

    def __init__(self, code: int, answer: str):
        super().__init__(answer)
        self.code, self.answer = code, answer


class Outcome(NamedTuple):
    """What the server said of one message: of the message, and of each recipient that it refused `(code, answer)`."""

    answer: str
    refused: dict[str, tuple[int, str]]


class Transport(Protocol):
    """A way out. `send` raises Unreachable or Refused; a new one is opened after Unreachable."""

    def send(self, sender: str, recipients: list[str], message: bytes, name: str) -> Outcome: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class MailURL:
    """What GUANXI_MAIL_URL says: `smtp[s]://user:password@host:port?from=Firm <crm@firm.example>&timeout=30`."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    sender: Address | None
    timeout: float

    @classmethod
    def parse(cls, url: str) -> "MailURL":
        """Raises ConfigError with advice."""
        try:
            parts = urlsplit(url)
            options = {k: v[-1] for k, v in parse_qs(parts.query).items()}
            if parts.scheme not in PORTS or not parts.hostname or set(options) - {"from", "timeout"}:
                raise ValueError
            return cls(
                parts.scheme,
                parts.hostname,
                parts.port or PORTS[parts.scheme],
                unquote(parts.username or ""),
                unquote(parts.password or ""),
                parse_address(options["from"]) if "from" in options else None,
                float(options.get("timeout", 30)),
            )
        except ValueError:
            raise ConfigError(
                "GUANXI_MAIL_URL must be such as smtp://user:password@mail.example.com:587?from=crm@example.com"
                " (smtps:// for TLS from the start, smtp+starttls:// to insist on STARTTLS)"
            ) from None

    @property
    def is_local(self) -> bool:
        """On this machine, where nobody listens in between."""
        with contextlib.suppress(ValueError):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"


def default_sender(settings: Settings) -> Address:
    """Who writes when nobody in particular does: `from` of the URL, its user, or guanxi@ the server's own name."""
    if settings.mail_url:
        url = MailURL.parse(settings.mail_url)
        if url.sender:
            return url.sender
        if "@" in url.user:
            return "", url.user
    return "", f"guanxi@{home_domain(settings)}"


def home_domain(settings: Settings) -> str:
    """The domain of addresses and Message-IDs that we make."""
    host = urlsplit(settings.base_url).hostname or ""
    return host if "." in host else "guanxi.localhost"


class SMTP:
    """One connection for many messages."""

    def __init__(self, url: MailURL):
        """Connect and sign in. Raises Unreachable."""
        self.url = url
        try:
            self.server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(_said(error)) from error

    def _connect(self) -> smtplib.SMTP:
        url, secure = self.url, ssl.create_default_context()
        if url.is_local:  # a self-signed certificate is usual there
            secure.check_hostname, secure.verify_mode = False, ssl.CERT_NONE
        if url.scheme == "smtps":
            server = smtplib.SMTP_SSL(url.host, url.port, timeout=url.timeout, context=secure)
        else:
            server = smtplib.SMTP(url.host, url.port, timeout=url.timeout)
        try:
            server.ehlo()
            if url.scheme == "smtp+starttls" or (url.scheme == "smtp" and server.has_extn("starttls")):
                server.starttls(context=secure)
                server.ehlo()
            elif url.scheme == "smtp" and url.password and not url.is_local:
                raise smtplib.SMTPException(N_("The server offers no encryption: the password was not sent"))
            if url.user:
                server.login(url.user, url.password)
        except BaseException:
            server.close()
            raise
        return server

    def send(self, sender: str, recipients: list[str], message: bytes, name: str) -> Outcome:
        self.begun = False
        try:
            return self._send(sender, recipients, message)
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(553, str(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            code = getattr(error, "smtp_code", 421)
            if code != 421:
                raise Refused(code, _said(error)) from error
            lost = Unreachable(_said(error))
            lost.begun = self.begun
            raise lost from error

    def _send(self, sender: str, recipients: list[str], message: bytes) -> Outcome:
        """As `smtplib.sendmail`, which keeps the server's last answer to itself."""
        server, options = self.server, []
        if not all(address.isascii() for address in (sender, *recipients)):
            if not server.has_extn("smtputf8"):
                raise smtplib.SMTPNotSupportedError(N_("The server takes no addresses beyond ASCII (SMTPUTF8)"))
            options.append("SMTPUTF8")
            server.command_encoding = "utf-8"
        if server.has_extn("size"):
            options.append(f"size={len(message)}")
        self._ask(server.mail(sender, options))
        refused = {}
        for recipient in recipients:
            code, said = server.rcpt(recipient)
            if code == 421:
                raise smtplib.SMTPResponseException(code, said)
            if code not in (250, 251):
                refused[recipient] = (code, _answer(code, said))
        if len(refused) == len(recipients):
            server.rset()
            return Outcome("", refused)
        self.begun = True
        return Outcome(self._ask(server.data(message)), refused)

    def _ask(self, reply: tuple[int, bytes]) -> str:
        code, said = reply
        if code != 250:
            with contextlib.suppress(smtplib.SMTPException):
                if code != 421:
                    self.server.rset()
            raise smtplib.SMTPResponseException(code, said)
        return _answer(code, said)

    def close(self) -> None:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self.server.quit()


class Folder:
    """An outbox on disk: each message is a file there, and goes no further."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def send(self, sender: str, recipients: list[str], message: bytes, name: str) -> Outcome:
        self.path(name).write_bytes(message)
        return Outcome("", {})

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.eml"

    def close(self) -> None: ...


def transport(settings: Settings) -> Transport:
    """The way out of these settings, open. Raises Unreachable or ConfigError."""
    return SMTP(MailURL.parse(settings.mail_url)) if settings.mail_url else Folder(settings.data / "outbox")


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return " ".join(f"{code} {text}".split())[:500]


def _said(error: Exception) -> str:
    """What went wrong with a connection, in words that an admin can look for."""
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, socket.gaierror):
        return N_("The server's name is unknown")
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return N_("The server did not answer in time")
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:500]


__all__ = ["MailURL", "Outcome", "Refused", "Transport", "Unreachable", "default_sender", "transport"]
