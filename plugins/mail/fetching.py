"""Reading mailboxes by IMAP: only what is new, in chunks that each are kept before the next one is asked for.

Folders are opened read-only. How far one has been read (UIDVALIDITY and UID) is written with the letters of the chunk,
so that a connection that drops costs nothing; a server that numbered its messages anew is asked for their Message-IDs,
and only what is unknown is downloaded.
"""

import datetime as dt
import imaplib
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from imap_tools import BaseMailBox
from imap_tools.errors import ImapToolsError, MailboxLoginError

from core import N_, Internal, Problem, connect_outside, decrypt, encrypt, fields, networks, outbox

from . import filing
from .models import Folder, Mailbox, Seen

log = logging.getLogger("guanxi.mail")

TIMEOUT = 30
#: Messages whose sizes are asked for at a time, and that are downloaded and kept at a time.
SIZES, MESSAGES = 1000, 250
#: Bytes of a chunk; a single larger message is a chunk of its own.
CHUNK_BYTES = 16 * 1024 * 1024
#: Larger messages are left on the server; only their headers are kept.
TOO_LARGE = 60 * 1024 * 1024
#: How often a run takes up a connection that dropped; each time something must have been read in between.
RESUMES = 20
REFUSED = N_("%(host)s: %(said)s")
_DROPPED = (imaplib.IMAP4.abort, OSError, EOFError)


class Sized(NamedTuple):
    uid: int
    size: int
    message_id: str


def connect(build, mailbox: Mailbox) -> BaseMailBox:
    """Sign in to a mailbox. Raises Problem with what the server said."""
    try:
        return _connect(build, mailbox)
    except MailboxLoginError as error:
        said = _plain(error.command_result[1])
        raise Problem(
            N_("%(host)s refused user name or password: %(said)s"), "mail", host=mailbox.host, said=said
        ) from error
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise Problem(REFUSED, "mail", host=mailbox.host, said=_plain(error)) from error
    except Internal as error:
        text = N_("%(host)s is an internal address. An administrator can allow its network in the settings of Mail.")
        raise Problem(text, "mail", host=mailbox.host) from error
    except TimeoutError as error:
        raise Problem(
            N_("%(host)s did not answer in time. Check server and port."), "mail", host=mailbox.host
        ) from error
    except socket.gaierror as error:
        raise Problem(N_("There is no server %(host)s. Check its name."), "mail", host=mailbox.host) from error
    except ssl.SSLError as error:
        text = N_("%(host)s has no valid encryption (%(said)s). Check port and encryption.")
        raise Problem(text, "mail", host=mailbox.host, said=error.reason or error) from error
    except OSError as error:
        text = N_("%(host)s cannot be reached (%(said)s). Check server and port.")
        raise Problem(text, "mail", host=mailbox.host, said=error.strerror or error) from error


def _connect(build, mailbox: Mailbox) -> BaseMailBox:
    tls, starttls = mailbox.security == "tls", mailbox.security == "starttls"
    box = _Box(mailbox.host, mailbox.port or (993 if tls else 143), tls, starttls, _allowed(build, mailbox))
    user, password = mailbox.login or mailbox.address, decrypt(build, mailbox.password)
    try:
        if user.isascii() and password.isascii():
            return box.login(user, password, initial_folder=None)
        return box.login_utf8(user, password, initial_folder=None)
    except BaseException:
        _close(box)
        raise


def _allowed(build, mailbox: Mailbox) -> list | None:
    """The internal networks in which a mailbox may be; None for one that an administrator answers for: anywhere."""
    if mailbox.user_id is None or mailbox.user.is_admin:
        return None
    return networks(build.options("mail")["allow"])


class _Box(BaseMailBox):
    """A connection to an IMAP server, which is inside our own network only if it is `allowed` there."""

    def __init__(self, host: str, port: int, tls: bool, starttls: bool, allowed: list | None):
        self.server, self.tls, self.starttls, self.allowed = (host, port), tls, starttls, allowed
        super().__init__()

    def _get_mailbox_client(self):
        box, secure = self, ssl.create_default_context()

        class Client(imaplib.IMAP4):
            def _create_socket(self, timeout):
                if box.allowed is None:
                    plain = socket.create_connection(box.server, timeout)
                else:
                    plain = connect_outside(*box.server, timeout, box.allowed)
                return secure.wrap_socket(plain, server_hostname=box.server[0]) if box.tls else plain

        client = Client(*self.server, timeout=TIMEOUT)
        if self.starttls:
            client.starttls(secure)
        return client


def _close(box: BaseMailBox) -> None:
    try:
        box.client.logout()
    except (imaplib.IMAP4.error, OSError):
        box.client.shutdown()


def _plain(said) -> str:
    """What a server said, readable."""
    if isinstance(said, (list, tuple)):
        said = b" ".join(s for s in said if isinstance(s, bytes))
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return re.sub(r"^b'|'$", "", " ".join(text.split()))[:300]


def folders_of(mailbox: Mailbox) -> list[str]:
    return [name.strip() for name in re.split(r"[,，;；]", mailbox.folders or "") if name.strip()] or ["INBOX"]


def look(build, mailbox: Mailbox) -> int:
    """How many messages are there: a test of the settings. Raises Problem."""
    box = connect(build, mailbox)
    try:
        return sum(_status(box, name)["MESSAGES"] for name in folders_of(mailbox))
    finally:
        _close(box)


def _status(box: BaseMailBox, name: str) -> dict[str, int]:
    try:
        return box.folder.status(name, ["MESSAGES", "UIDNEXT", "UIDVALIDITY"])
    except ImapToolsError as error:
        raise Problem(N_("There is no folder “%(name)s”. Check its spelling."), "mail", name=name) from error


class Fetched(NamedTuple):
    """What a run did: messages downloaded, and kept as letters."""

    downloaded: int
    kept: int


def fetch(build, mailbox: Mailbox, progress: Callable[[int], None] = lambda done: None) -> Fetched:
    """Read what is new in a mailbox. Raises Problem; what was read until then is kept."""
    return _Run(build, mailbox, progress).run()


class _Run:
    """One look into one mailbox."""

    def __init__(self, build, mailbox: Mailbox, progress):
        self.build, self.mailbox, self.progress = build, mailbox, progress
        self.downloaded = self.kept = 0
        self.filing = filing.Filing(build, mailbox)

    def run(self) -> Fetched:
        resumed, before = 0, -1
        while True:
            box = connect(self.build, self.mailbox)
            try:
                for name in folders_of(self.mailbox):
                    self._folder(box, name)
                return Fetched(self.downloaded, self.kept)
            except _DROPPED as error:
                if self.downloaded == before or resumed >= RESUMES:
                    text = N_("%(host)s closed the connection (%(said)s). It is tried again; nothing is lost.")
                    raise Problem(text, "mail", host=self.mailbox.host, said=_plain(error)) from error
                resumed, before = resumed + 1, self.downloaded
            except (imaplib.IMAP4.error, ImapToolsError) as error:  # what the server says that it will not do
                raise Problem(REFUSED, "mail", host=self.mailbox.host, said=_plain(error)) from error
            finally:
                _close(box)

    def _folder(self, box: BaseMailBox, name: str) -> None:
        status = _status(box, name)
        folder, _new = Folder.get_or_create(mailbox=self.mailbox.id, name=name)
        renumbered = folder.uidvalidity not in (0, status["UIDVALIDITY"])
        if folder.uidvalidity != status["UIDVALIDITY"]:
            folder.uidvalidity, folder.last_uid = status["UIDVALIDITY"], 0
        if status["UIDNEXT"] <= folder.last_uid + 1:
            return
        box.folder.set(name, readonly=True)
        criteria = f"UID {folder.last_uid + 1}:*"
        if self.mailbox.since:
            criteria += f" SINCE {_imap_date(self.mailbox.since)}"
        # "5:*" names the last message even if its number is smaller.
        uids = sorted(uid for uid in map(int, box.uids(criteria)) if uid > folder.last_uid)
        for start in range(0, len(uids), SIZES):
            sized = _sizes(box, uids[start : start + SIZES], ids=renumbered)
            for chunk in _chunks(self._unknown(sized) if renumbered else sized):
                self._keep(box, folder, chunk)
            self._mark(folder, uids[start : start + SIZES][-1])
        self._mark(folder, status["UIDNEXT"] - 1)

    def _unknown(self, sized: list[Sized]) -> list[Sized]:
        """Those of a folder that was numbered anew which are not here yet."""
        ids = [s.message_id for s in sized if s.message_id]
        known = {id for (id,) in Seen.select(Seen.message_id).where(Seen.message_id << ids).tuples()}
        return [s for s in sized if s.message_id not in known]

    def _keep(self, box: BaseMailBox, folder: Folder, chunk: list[Sized]) -> None:
        messages = [(raw, at) for _uid, raw, at in _download(box, chunk)]
        self.downloaded += len(messages)
        self.kept += self.filing.keep(messages, lambda: self._mark(folder, chunk[-1].uid))
        self.progress(self.downloaded)

    def _mark(self, folder: Folder, uid: int) -> None:
        """Write down how far it was read, in the caller's transaction."""
        if uid > folder.last_uid or folder.id is None or folder.is_dirty():
            folder.last_uid = max(uid, folder.last_uid)
            folder.save()


def _imap_date(day: dt.date) -> str:
    months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    return f"{day.day}-{months.split()[day.month - 1]}-{day.year}"


def _chunks(sized: list[Sized]) -> Iterator[list[Sized]]:
    chunk: list[Sized] = []
    size = 0
    for one in sized:
        if chunk and (len(chunk) >= MESSAGES or size + one.size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += min(one.size, TOO_LARGE)
    if chunk:
        yield chunk


def _uid_fetch(box: BaseMailBox, uids: list[int], parts: str) -> list[tuple[str, bytes | None]]:
    """`(what the server said of a message, its literal if any)` for each of these messages that is still there.

    A server may tell in between what else has changed, such as flags.
    """
    status, data = box.client.uid("FETCH", ",".join(map(str, uids)), parts)
    if status != "OK":
        raise imaplib.IMAP4.abort(_plain(data))
    found, literal = [], False
    for item in data:
        if isinstance(item, tuple):
            found.append((item[0].decode("ascii", "replace"), item[1]))
        elif item and literal:  # what comes after the literal of the one before
            found[-1] = (f"{found[-1][0]} {item.decode('ascii', 'replace')}", found[-1][1])
        elif item:
            found.append((item.decode("ascii", "replace"), None))
        literal = isinstance(item, tuple)
    return found


def _number(said: str, name: str) -> int:
    match = re.search(rf"\b{name} (\d+)", said)
    return int(match.group(1)) if match else 0


def _sizes(box: BaseMailBox, uids: list[int], ids: bool) -> list[Sized]:
    """How large messages are, and with `ids` what they are called, for which a server must look into each."""
    found, more = [], " BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]" if ids else ""
    for said, header in _uid_fetch(box, uids, f"(UID RFC822.SIZE{more})"):
        if "RFC822.SIZE" not in said:
            continue
        match = re.search(rb"<[^<>\s]{1,240}>", header or b"")
        id = match.group().decode("ascii", "replace") if match else ""
        found.append(Sized(_number(said, "UID"), _number(said, "RFC822.SIZE"), id))
    return sorted(found)


def _download(box: BaseMailBox, chunk: list[Sized]) -> list[tuple[int, bytes, dt.datetime]]:
    """`(uid, message, when the server got it)` of a chunk."""
    part = "BODY.PEEK[HEADER]" if chunk[0].size > TOO_LARGE else "BODY.PEEK[]"
    found = []
    for said, raw in _uid_fetch(box, [s.uid for s in chunk], f"(UID INTERNALDATE {part})"):
        if raw is not None:
            found.append((_number(said, "UID"), raw, _internal_date(said)))
    return sorted(found, key=lambda item: item[0])


def _internal_date(said: str) -> dt.datetime:
    match = re.search(r'INTERNALDATE "([^"]+)"', said)
    try:
        return dt.datetime.strptime(match.group(1).strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(dt.UTC)
    except (AttributeError, ValueError):
        return fields.utcnow()


def of_environment(build) -> None:
    """Make the firm's mailbox of GUANXI_INBOX_URL, or bring it up to date with it."""
    url = build.settings.inbox_url
    row = Mailbox.get_or_none(Mailbox.of_environment)
    if not url:
        if row is not None and row.active:
            Mailbox.update(active=False).where(Mailbox.id == row.id).execute()
        return
    parts = urlsplit(url)
    login = unquote(parts.username or "")
    password = unquote(parts.password or "")
    values = dict(
        host=parts.hostname or "",
        port=parts.port,
        security="tls" if parts.scheme == "imaps" else "none" if _is_local(parts.hostname) else "starttls",
        login=login,
        folders=unquote(parts.path.strip("/")) or "INBOX",
        active=True,
    )
    if row is None:
        address = login if "@" in login else outbox.sender(build.settings)[1]
        row = Mailbox(name=build.firm["firm"], address=address, strangers=True, of_environment=True)
    if row.id and decrypt(build, row.password) == password and all(getattr(row, k) == v for k, v in values.items()):
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.password = encrypt(build, password) if password else ""
    row.save()


def _is_local(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")
