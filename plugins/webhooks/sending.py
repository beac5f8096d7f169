"""One request to somebody else's server: signed, within a time, to no address that is internal."""

from __future__ import annotations

import base64
import hmac
import ssl
import time
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore

from core import Internal, outside

#: Seconds for everything: finding the server, connecting, sending, and its answer.
PATIENCE = 15
#: Bytes that are read of an answer, and that of these are kept.
READ, KEPT = 16 * 1024, 2000


class Fault(Exception):
    """A try that did not work: a code of `models.FAULTS`, and what fills its sentence."""

    def __init__(self, code: str, what: object = "", status: int | None = None, answer: str = "", wait: int = 0):
        super().__init__(code)
        self.code, self.what, self.status, self.answer = code, str(what)[:300], status, answer
        #: Seconds that the receiver asks us to wait, or 0.
        self.wait = wait


class Answer(NamedTuple):
    """What a receiver said: an HTTP status of 2xx, and the beginning of its text."""

    status: int
    text: str


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, as `v1,<base64>`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return "v1," + base64.b64encode(signed).decode()


def headers(secrets: list[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers of a delivery; while a secret is being replaced, both sign."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Guanxi-Webhooks/1",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, message_id, timestamp, body) for secret in secrets),
    }


class Sender:
    """Posts to receivers, one after the other, keeping connections open; for one thread. Close it, or use `with`.

    `allowed` are networks that may be reached although they are internal.
    """

    def __init__(self, allowed=(), patience: float = PATIENCE):
        self.allowed, self.patience, self.deadline = allowed, patience, 0.0
        trust = httpcore.default_ssl_context()
        trust.load_default_certs()  # a firm's own authority, where the system knows it
        self._pool = httpcore.ConnectionPool(trust, network_backend=_Guard(self), keepalive_expiry=10)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._pool.close()

    @property
    def left(self) -> float:
        """Seconds that this request may still take. Raises Fault."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Fault("timeout", f"{self.patience:g}")
        return left

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send, and give the answer when it is a 2xx. Raises Fault for everything else."""
        self.deadline = time.monotonic() + self.patience
        headers = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **headers}
        try:
            with self._pool.stream("POST", url, headers=headers, content=body) as answer:
                text = self._text(answer)
                return self._judged(answer, text)
        except httpcore.TimeoutException:
            raise Fault("timeout", f"{self.patience:g}") from None
        except httpcore.ConnectError as error:
            raise _unreached(error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Fault("broken", error) from error

    def _text(self, answer) -> str:
        read = b""
        for chunk in answer.iter_stream():
            read += chunk
            if len(read) >= READ:
                break
        return read.decode("utf-8", "replace").replace("\0", "")[:KEPT]

    def _judged(self, answer, text) -> Answer:
        status = answer.status
        if 200 <= status < 300:
            return Answer(status, text)
        said = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
        if 300 <= status < 400:
            raise Fault("redirect", said.get(b"location", "?"), status, text)
        if status == 410:
            raise Fault("gone", "", status, text)
        wait = said.get(b"retry-after", "")
        raise Fault("status", status, status, text, int(wait) if wait.isdecimal() and len(wait) < 9 else 0)


def _unreached(error: httpcore.ConnectError) -> Fault:
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Fault("tls", cause.verify_message)
    return Fault("tls" if isinstance(cause, ssl.SSLError) else "refused", getattr(cause, "strerror", "") or error)


class _Guard(httpcore.NetworkBackend):
    """Looks a name up once, and connects to what it found and looked at: a second answer cannot lead elsewhere."""

    def __init__(self, sender: Sender):
        self.sender, self.plain = sender, httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        try:
            addresses = outside(host, port, self.sender.allowed)
        except Internal as inside:
            raise Fault("internal", inside.address) from None
        except (OSError, UnicodeError):
            raise Fault("dns", host) from None
        for i, address in enumerate(addresses):
            left = self.sender.left
            try:
                # The first must not eat up the time of the others.
                stream = self.plain.connect_tcp(
                    address, port, left / (len(addresses) - i), local_address, socket_options
                )
                return _Stream(self.sender, stream)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write ends with the time of the request: a byte now and then is no answer."""

    def __init__(self, sender, stream):
        self.sender, self.stream = sender, stream

    def read(self, max_bytes, timeout=None):
        return self.stream.read(max_bytes, self.sender.left)

    def write(self, buffer, timeout=None):
        self.stream.write(buffer, self.sender.left)

    def close(self):
        self.stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return _Stream(self.sender, self.stream.start_tls(ssl_context, server_hostname, self.sender.left))

    def get_extra_info(self, info):
        return self.stream.get_extra_info(info)
