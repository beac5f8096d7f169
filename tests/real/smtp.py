"""A real SMTP server (aiosmtpd) on a free port: `smtp_server` keeps what it is given, and misbehaves when told to."""

import asyncio
import email
import socket
from dataclasses import dataclass, field, replace
from email.policy import default

import pytest


@dataclass
class Post:
    """One message as the server was given it."""

    sender: str
    recipients: list[str]
    content: bytes
    session: int

    @property
    def message(self):
        return email.message_from_bytes(self.content, policy=default)


@dataclass
class Server:
    """Where it listens, what it was given, and what it does wrong."""

    posts: list[Post] = field(default_factory=list)
    #: recipient → what it is answered
    refused: dict[str, str] = field(default_factory=dict)
    #: What the next messages as a whole are answered, instead of 250.
    answers: list[str] = field(default_factory=list)
    #: Close the connection before the answer to this many of the next messages.
    closes: int = 0
    #: Seconds before each answer to a message.
    slow: float = 0
    connections: int = 0
    controller: object = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=Firm <crm@firm.example>&timeout=1"

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None

    def start(self, **options) -> None:
        from aiosmtpd.controller import Controller

        self.controller = Controller(_Handler(self), hostname="127.0.0.1", port=self.port, **options)
        self.controller.start()


class _Handler:
    def __init__(self, server: Server):
        self.server = server

    async def handle_EHLO(self, smtp, session, envelope, hostname, responses):
        self.server.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, smtp, session, envelope, address, options):
        if address in self.server.refused:
            return self.server.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, smtp, session, envelope):
        server = self.server
        await asyncio.sleep(server.slow)
        if server.closes > 0:
            server.closes -= 1
            smtp.transport.abort()
            return "421 gone"
        answer = server.answers.pop(0) if server.answers else f"250 2.0.0 OK queued as {len(server.posts) + 1}"
        if answer.startswith("250"):
            post = Post(envelope.mail_from, list(envelope.rcpt_tos), envelope.original_content, server.connections)
            server.posts.append(post)
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def smtp_server():
    """A server that runs; `stop()` and `start()` at will."""
    server = Server(port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def post(firm, smtp_server):
    """The firm, whose mail goes to the real SMTP server."""
    before = firm.build.settings
    firm.build.settings = replace(before, mail_url=smtp_server.url)
    yield firm
    firm.build.settings = before
