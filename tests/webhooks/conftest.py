"""A firm with Webhooks and Tasks on, on both engines, and a receiver: a real HTTP server in a thread."""

import datetime as dt
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core import decrypt
from core.jobs import Job, run_due
from core.trial import Trial
from plugins.webhooks.models import Delivery, Endpoint
from plugins.webhooks.verify import verify
from tests.trials import trial_of


class Receiver:
    """Keeps what it is sent in `got` as `(path, headers, body)`; answers with `answers` in turn, then with 200."""

    def __init__(self):
        self.got, self.answers, self.release = [], [], threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                receiver.say(self, answer)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def say(self, handler, answer):
        status, headers, body = (answer, {}, b"ok") if isinstance(answer, int) else answer
        if status == "never":
            self.release.wait(20)
            handler.close_connection = True
            return
        if status == "drip":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.release.wait(0.05):
                try:
                    handler.wfile.write(b"X-A: b\r\n")
                except OSError:
                    break
            handler.close_connection = True
            return
        if status == "garbage":
            handler.wfile.write(b"hello\r\n\r\n")
            handler.close_connection = True
            return
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    @property
    def told(self):
        """Types and ids, in the order in which they came."""
        return [(t["type"], t["data"].get("id")) for t in map(self.payload, self.got)]

    @staticmethod
    def payload(got):
        return json.loads(got[2])

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


class Firm(Trial):
    """A trial that may send to this machine."""

    def endpoint(self, url, *events, user="ann", **values):
        found = self.make("webhooks_endpoint", "ann", name="Shop", url=url, events=" ".join(events or "*"))
        if values or user != "ann":
            Endpoint.update(user=self.person(user).id, **values).where(Endpoint.id == found.id).execute()
        return self.again(found)

    def secret(self, endpoint):
        with self.app.app_context():
            return decrypt(self.build, self.again(endpoint).secret)

    def settings_of(self, **values):
        with self.app.app_context():
            self.build.options("webhooks").save(values)

    def work(self):
        """All that is due, as the worker would."""
        while run_due(self.app):
            pass

    def pass_time(self, **delta):
        """As if so much time had gone by: what was planned or began is that much earlier."""
        delta = dt.timedelta(**delta)
        for row in list(Delivery.select()):
            Delivery.update(next_at=row.next_at - delta).where(Delivery.id == row.id).execute()
        for row in list(Endpoint.select()):
            since, rest = row.failing_since, row.rest_until
            Endpoint.update(
                failing_since=since - delta if since else None, rest_until=rest - delta if rest else None
            ).where(Endpoint.id == row.id).execute()
        for row in list(Job.select().where(Job.state == "waiting")):
            Job.update(run_at=row.run_at - delta).where(Job.id == row.id).execute()
        self.work()

    def log(self):
        return list(Delivery.select().order_by(Delivery.id))

    def is_signed(self, endpoint, got):
        _, headers, body = got
        return verify(self.secret(endpoint), headers, body)


fresh_firm = trial_of(Firm, "webhooks", "tasks")


@pytest.fixture
def firm(fresh_firm):
    fresh_firm.settings_of(allow="127.0.0.0/8", pause_days=3, keep_days=30)
    return fresh_firm
