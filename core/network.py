"""Addresses of machines: which are inside, who asks us through a proxy, and connections to nothing that is inside.

Whoever may tell this server where to connect to could else look into its own network through it.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Sequence

from wtforms import ValidationError

from . import i18n
from .i18n import N_

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Internal(OSError):
    """All addresses of a server are inside; `address` is one of them."""

    def __init__(self, address: str):
        super().__init__(f"{address} is an internal address")
        self.address = address


def networks(text: str) -> list:
    """`192.168.1.0/24, fd00::/8` → networks. Raises ValueError naming the one that is none."""
    return [ipaddress.ip_network(word, strict=False) for word in text.replace(",", " ").split()]


def check_networks(form, field) -> None:
    """A validator of WTForms: what was typed are networks, or nothing."""
    try:
        networks(field.data or "")
    except ValueError as error:
        text = N_("“%(text)s” is not a network, such as 192.168.1.0/24.")
        raise ValidationError(i18n.gettext(text, text=str(error).split("'")[1])) from None


def is_internal(address: str, allowed: Sequence = ()) -> bool:
    """Whether an IP address is of this machine, its network, or otherwise not on the internet; `allowed` are not."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = ip
    if ip.version == 6:  # an IPv4 address in the clothes of the other
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if embedded is None and ip in _NAT64:
            embedded = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
        inner = embedded or ip
    if any(each.version == net.version and each in net for each in (ip, inner) for net in allowed):
        return False
    return not inner.is_global or inner.is_multicast or not (ip.is_global or (ip.version == 6 and inner is not ip))


def outside(host: str, port: int, allowed: Sequence = ()) -> list[str]:
    """The addresses of a server that may be connected to: these, since asking for them again may give others.

    Raises Internal when all of them are inside and not `allowed`, OSError or UnicodeError for a name without any.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(info[4][0] for info in found))
    may = [address for address in addresses if not is_internal(address, allowed)]
    if not may:
        raise Internal(addresses[0])
    return may


def connect_outside(host: str, port: int, timeout: float, allowed: Sequence = ()) -> socket.socket:
    """A connection to a server, never to one inside. Raises as `outside` does, and OSError when nobody answers."""
    addresses = outside(host, port, allowed)
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout)
        except OSError:
            if address == addresses[-1]:
                raise
    raise AssertionError("there is an address")


class Forwarded:
    """Behind a proxy, who asks is whom the proxy names, and not the proxy: tries at the door are counted by address.

    A proxy is believed on this machine; on another one of the inside only where HTTPS is said to be in front of us.
    """

    def __init__(self, app: Callable, https: bool):
        self.app, self.https = app, https

    def __call__(self, environ, start_response):
        named = environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if named and self._believes(environ.get("REMOTE_ADDR", "")):
            with contextlib.suppress(ValueError):  # not an address: the proxy's own says at least something
                environ["REMOTE_ADDR"] = str(ipaddress.ip_address(named))
        return self.app(environ, start_response)

    def _believes(self, peer: str) -> bool:
        try:
            return ipaddress.ip_address(peer).is_loopback or (self.https and is_internal(peer))
        except ValueError:
            return False
