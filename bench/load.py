"""Clients: one that takes its time to measure it, and sixteen at once; always bounded in count and seconds."""

import http.client
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from .record import LANGUAGE, TOKEN
from .server import HOST

CLIENTS = 16


class Browser:
    """A client that keeps its connection and its cookies."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None):
        self.connection = http.client.HTTPConnection(HOST, port, timeout=60)
        self.cookies = dict(cookies or {})

    def ask(self, method: str, path: str, form: dict | None = None) -> tuple[int, bytes]:
        headers = {"Accept-Language": LANGUAGE}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, answer.read()

    def sign_in(self, email: str, password: str) -> None:
        """Raises RuntimeError when the door stays shut."""
        form = {"csrf_token": self.token("/login"), "email": email, "password": password}
        status, _ = self.ask("POST", "/login", form)
        if status != 302:
            raise RuntimeError(f"The bench user cannot sign in (status {status}).")

    def token(self, path: str) -> str:
        return TOKEN.search(self.ask("GET", path)[1].decode())[1]


#: A request as a value: what to send with which browser, the n-th time.
Request = Callable[[Browser, int], tuple[int, bytes]]


@dataclass
class Times:
    """Milliseconds of single requests, one after the other, and requests a second with sixteen clients."""

    ms: list[float] = field(default_factory=list)
    rate: float = 0.0

    def percentile(self, part: float) -> float:
        ordered = sorted(self.ms)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def one_by_one(browser: Browser, request: Request, times: Times, count: int, start: int) -> None:
    """Add the times of `count` requests. Raises RuntimeError for an answer that is an error."""
    for n in range(start, start + count):
        began = time.perf_counter()
        status, body = request(browser, n)
        times.ms.append((time.perf_counter() - began) * 1000)
        if status >= 400:
            raise RuntimeError(f"Status {status}: {body[:300]!r}")


def together(browser: Callable[[], Browser], request: Request, seconds: float, most: int = 20_000) -> float:
    """Requests a second of sixteen clients at once."""
    done, faults, stop = [0] * CLIENTS, [], time.perf_counter() + seconds

    def work(which: int) -> None:
        mine = browser()
        try:
            while time.perf_counter() < stop and done[which] < most // CLIENTS:
                status, body = request(mine, which + CLIENTS * done[which])
                if status >= 400:
                    raise RuntimeError(f"Status {status}: {body[:300]!r}")
                done[which] += 1
        except Exception as fault:
            faults.append(fault)

    began = time.perf_counter()
    threads = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sum(done) / (time.perf_counter() - began)
