"""A real IMAP server of our own (Dovecot), with its own config in a folder of its own: `dovecot.account("ann")`."""

import os
import pwd
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real import dovecot_setup
from tests.real.smtp import free_port

CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_fsync = never
first_valid_uid = 1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
"""


@dataclass
class Account:
    """A mailbox that is empty at first."""

    name: str
    port: int
    maildir: Path
    uid: int

    @property
    def values(self) -> dict:
        """What a mailbox of the CRM says of it, but for the password."""
        return {"host": "127.0.0.1", "port": self.port, "security": "none", "login": self.name}

    def deliver(self, message: bytes, folder: str = "") -> None:
        """A new message, as a mail server would put it there."""
        self.maildir.joinpath(f".{folder}" if folder else "").mkdir(exist_ok=True)
        inbox = self.maildir / (f".{folder}" if folder else "")
        for part in ("tmp", "new", "cur"):
            (inbox / part).mkdir(exist_ok=True)
        # Numbered in the order of delivery, as the server numbers what it finds by name.
        path = inbox / "new" / f"{time.time_ns():020d}.{uuid.uuid4().hex}.host"
        path.write_bytes(message)
        self._own(self.maildir)

    def renumber(self) -> None:
        """Forget all numbers, as a server does that was restored from a backup: UIDVALIDITY is another one."""
        for path in self.maildir.glob("dovecot*"):
            path.unlink()
        time.sleep(1.1)  # it takes the second for the new number

    def _own(self, folder: Path) -> None:
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, -1)


class Dovecot:
    """The running server."""

    def __init__(self, binary: str):
        self.folder = Path(tempfile.mkdtemp(prefix="guanxi-imap-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid())
        owner = pwd.getpwnam("nobody") if root else me
        self.uid = owner.pw_uid
        names = dict(internal="dovecot", group="dovecot", login="dovenull") if root else {}
        names = names or dict(internal=me.pw_name, group=me.pw_name, login=me.pw_name)
        config = self.folder / "dovecot.conf"
        config.write_text(CONFIG.format(folder=self.folder, port=self.port, uid=self.uid, gid=owner.pw_gid, **names))
        (self.folder / "mail").mkdir()
        self.process = subprocess.Popen([binary, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        log = self.folder / "log"
        raise RuntimeError(f"Dovecot does not listen: {log.read_text() if log.exists() else 'no log'}")

    def account(self, name: str = "") -> Account:
        name = name or uuid.uuid4().hex[:12]
        maildir = self.folder / "mail" / name / "Maildir"
        maildir.mkdir(parents=True)
        for part in ("tmp", "new", "cur"):
            (maildir / part).mkdir()
        account = Account(name, self.port, maildir, self.uid)
        account._own(maildir.parent)
        return account

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def dovecot():
    """An installed Dovecot as a server of our own. Without one the test is skipped with advice; in CI it fails."""
    binary = dovecot_setup.find()
    if not binary:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(dovecot_setup.ADVICE)
    server = Dovecot(binary)
    yield server
    server.stop()


class Cutting(socketserver.ThreadingTCPServer):
    """A way to a server that breaks: each of the first `breaks` connections is cut after `after` bytes of answers."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int, after: int, breaks: int):
        super().__init__(("127.0.0.1", 0), _Cut)
        self.target, self.after, self.breaks, self.connections = port, after, breaks, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Cut(socketserver.BaseRequestHandler):
    def handle(self):
        server = self.server
        server.connections += 1
        left = server.after if server.connections <= server.breaks else float("inf")
        with socket.create_connection(("127.0.0.1", server.target)) as other:
            threading.Thread(target=self._pump, args=(self.request, other), daemon=True).start()
            while left > 0 and (data := other.recv(4096)):
                try:
                    self.request.sendall(data[: int(min(left, len(data)))])
                except OSError:
                    return
                left -= len(data)
            self.request.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _pump(source, target):
        try:
            while data := source.recv(4096):
                target.sendall(data)
        except OSError:
            pass
