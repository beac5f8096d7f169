"""The outbox: mail is written down in the caller's transaction, and handed to the SMTP server by the worker.

A mail gets its Message-ID when it is written down: a server or a reader that is given it twice (the answer was lost,
the worker was killed between the server's "250" and our note of it) knows that it is the same one. A recipient that is
refused for now is tried again alone; those who were refused for good, or have it already, are not tried again.
"""

import datetime as dt
import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import peewee

from . import fields, journal, mime, smtp
from .db import Base, Instant, Json, Key, chunks, db, insert_rows, is_postgres, new_ids, utcnow
from .i18n import N_, Problem, gettext
from .jobs import Job, job
from .settings import MB, ConfigError, Settings

log = logging.getLogger("guanxi.outbox")

QUEUED, SENDING, SENT, FAILED, CANCELLED = STATES = ("queued", "sending", "sent", "failed", "cancelled")
STATE_WORDS = {
    QUEUED: N_("Queued"),
    SENDING: N_("Being sent"),
    SENT: N_("Sent"),
    FAILED: N_("Failed"),
    CANCELLED: N_("Cancelled"),
}
STATE_HUES = {QUEUED: "blue", SENDING: "blue", SENT: "green", FAILED: "red", CANCELLED: "gray"}

#: Mails that a worker takes at a time, and for how long they are its own.
CHUNK, LEASE = 50, dt.timedelta(minutes=10)
#: A mail that could not be delivered for so long after it was due has failed.
GIVE_UP = dt.timedelta(days=3)
#: Seconds until the first next try, and at most between two.
FIRST_PAUSE, LONGEST_PAUSE = 60, 4 * 3600
#: All attachments of a mail together: what most servers take.
MAX_FILES = 25 * MB
#: Sent and cancelled mails are kept so long.
KEPT = dt.timedelta(days=180)


class Mail(Base):
    """One mail on its way. Addresses are `[name, address]` pairs."""

    message_id = peewee.CharField(max_length=250, unique=True)
    #: Who sent it; NULL for the program itself.
    user_id = peewee.IntegerField(null=True)
    sender = Json()
    to = Json()
    cc = Json(default=list)
    bcc = Json(default=list)
    subject = peewee.TextField(default="")
    text = peewee.TextField(default="")
    html = peewee.TextField(default="")
    headers = Json(default=dict)
    #: `{name, type, file}`: which MailFile it is.
    files = Json(default=list)
    state = peewee.CharField(max_length=9, default=QUEUED)
    #: Not before this.
    run_at = Instant(default=utcnow)
    leased_until = Instant(null=True)
    attempts = peewee.IntegerField(default=0)
    #: Addresses that have neither taken it nor refused it for good.
    left = Json(default=list)
    #: What the server said last of the mail.
    answer = peewee.TextField(default="")
    #: Recipients that were refused: address → the server's answer.
    refused = Json(default=dict)
    #: A job that is run soon after mails came to their end.
    then = peewee.CharField(max_length=120, default="")
    created_at = Instant(default=utcnow)
    #: When it was due first, by which `GIVE_UP` counts.
    due_at = Instant(default=utcnow)
    ended_at = Instant(null=True)

    class Meta:
        indexes = ((("state", "run_at"), False), (("user_id", "id"), False))

    @property
    def to_text(self) -> str:
        """Whom it is to, as people type it."""
        return ", ".join(map(mime.shown, self.to))

    @property
    def recipients(self) -> list[str]:
        """Every address that it is for."""
        return list(dict.fromkeys(address for _, address in (*self.to, *self.cc, *self.bcc)))


class MailFile(Base):
    """The content of an attachment, once however many mails have it."""

    hash = Key(unique=True)
    data = peewee.BlobField()
    created_at = Instant(default=utcnow)


@dataclass
class Outgoing:
    """A mail to be sent.

    `to`, `cc`, `bcc` and `sender` are addresses as text (`Wei <wei@a.example>`) or `(name, address)`; without a sender
    the firm writes. `files` are `(name, type, bytes)`. `at` is the instant before which it stays.
    """

    to: str | Sequence
    subject: str
    text: str
    html: str = ""
    sender: str | mime.Address | None = None
    cc: str | Sequence = ()
    bcc: str | Sequence = ()
    headers: dict[str, str] = field(default_factory=dict)
    files: Sequence[tuple[str, str, bytes]] = ()
    at: dt.datetime | None = None


def send_mail(build, to, subject: str, text: str, *, user=None, then: Callable | None = None, **more) -> Mail:
    """Write a mail into the outbox, in the caller's transaction; the worker sends it. `more` as in `Outgoing`.

    Raises Problem for an address, header or attachment that cannot be sent.
    """
    return send_mails(build, [Outgoing(to, subject, text, **more)], user=user, then=then)[0]


def send_mails(build, mails: Iterable[Outgoing], *, user=None, then: Callable | None = None) -> list[Mail]:
    """Write many mails in few statements, in the caller's transaction; as `send_mail`.

    `then` is a job without arguments of its own: it runs soon after some of these mails were sent, failed or cancelled,
    perhaps more often than that, and looks at what became of its mails itself (their ids stay).
    """
    settings, now = build.settings, utcnow()
    name = then.work.name if then else ""
    default, domain = smtp.default_sender(settings), smtp.home_domain(settings)
    with journal.transaction():
        kept: dict[bytes, int] = {}
        rows = [_row(mail, default, domain, user, name, now, kept) for mail in mails]
        if not rows:
            return []
        for row, id in zip(rows, new_ids(Mail, len(rows)), strict=True):
            row.id = id
        columns = Mail._meta.sorted_fields
        values = [tuple(f.db_value(r.__data__.get(f.name)) for f in columns) for r in rows]
        insert_rows(Mail, [f.column_name for f in columns], values)
        _wake(min(row.run_at for row in rows))
    return rows


def _row(mail: Outgoing, default, domain: str, user, then: str, now: dt.datetime, kept: dict) -> Mail:
    to, cc, bcc = (_addresses(a) for a in (mail.to, mail.cc, mail.bcc))
    if not to and not cc and not bcc:
        raise Problem(N_("A mail needs somebody to go to."))
    if sum(len(content) for _, _, content in mail.files) > MAX_FILES:
        raise Problem(N_("The attachments are larger than %(n)s MB together. Send a link instead."), n=MAX_FILES // MB)
    at = max(mail.at, now) if mail.at else now
    row = Mail(
        message_id=f"<{uuid.uuid4().hex}@{domain}>",
        user_id=user.id if user else None,
        sender=list(_addresses([mail.sender])[0]) if mail.sender else list(default),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=" ".join(mail.subject.split())[:900],
        text=mail.text,
        html=mail.html,
        headers=mime.check_headers(mail.headers),
        files=[{"name": name, "type": type, "file": _keep(content, kept)} for name, type, content in mail.files],
        then=then,
        run_at=at,
        due_at=at,
        created_at=now,
    )
    row.left = row.recipients
    return row


def _addresses(given) -> list[list[str]]:
    """Addresses in any of the forms that `Outgoing` takes, as `[name, address]`."""
    if isinstance(given, str):
        return [list(a) for a in mime.parse_addresses(given)]
    return [
        list(mime.parse_address(a))
        if isinstance(a, str)
        else [" ".join(a[0].split()), fields.parse_email(a[1].strip())]
        for a in given
    ]


def _keep(content: bytes, kept: dict[bytes, int]) -> int:
    """The id of the MailFile of this content; `kept` are those that this batch has already."""
    if content not in kept:
        mark = hashlib.sha256(content).hexdigest()
        MailFile.insert(hash=mark, data=content).on_conflict_ignore().execute()
        kept[content] = MailFile.select(MailFile.id).where(MailFile.hash == mark).scalar()
    return kept[content]


def _wake(at: dt.datetime) -> None:
    """See that the worker looks at this instant, without a job for each mail."""
    soon = Job.run_at <= at if at <= utcnow() else Job.run_at.between(at, at + dt.timedelta(seconds=5))
    if not Job.select(Job.id).where(Job.name == send_now.work.name, Job.state == "waiting", soon).exists():
        Job.create(name=send_now.work.name, run_at=at)


def sender(settings: Settings) -> mime.Address:
    """Name and address under which the firm writes."""
    return smtp.default_sender(settings)


def sender_for(settings: Settings, user) -> mime.Address:
    """Name and address under which a user writes: the firm's address with the user's name.

    Their own address only where the firm's mail comes from the same domain: elsewhere it would count as forged.
    """
    _name, address = smtp.default_sender(settings)
    domain = address.rpartition("@")[2]
    return user.name, user.email if user.email.lower().endswith(f"@{domain.lower()}") else address


def said(mail: Mail) -> tuple[str, str, str]:
    """What became of a mail: in the reader's words, its hue, and what the server said when it did not take it."""
    why = ""
    if mail.state in (QUEUED, FAILED):
        why = next(iter(mail.refused.values()), "") or gettext(mail.answer) if mail.refused or mail.answer else ""
    return gettext(STATE_WORDS[mail.state]), STATE_HUES[mail.state], why


# Changing one's mind


def cancel(mails: Iterable[Mail]) -> list[int]:
    """Take mails back that no worker has taken yet; the ids of those that it was not too late for."""
    ids = [mail.id for mail in mails]
    with journal.transaction():
        waiting = (Mail.id << ids) & (Mail.state == QUEUED)
        query = Mail.select(Mail.id).where(waiting)
        found = [id for (id,) in (query.for_update() if is_postgres() else query).tuples()]
        Mail.update(state=CANCELLED, ended_at=utcnow()).where(Mail.id << found, Mail.state == QUEUED).execute()
        _end(Mail.select().where(Mail.id << found))
    return found


def resend(mails: Iterable[Mail]) -> int:
    """Queue failed and cancelled mails again, to those recipients who do not have them; how many.

    The Message-ID stays, so that whoever has it after all sees it once.
    """
    count, now = 0, utcnow()
    with journal.transaction():
        for mail in mails:
            again = dict(state=QUEUED, run_at=now, due_at=now, attempts=0, ended_at=None, refused={}, answer="")
            left = list(dict.fromkeys((*mail.left, *mail.refused)))
            stuck = Mail.state << (FAILED, CANCELLED)
            count += Mail.update(**again, left=left or mail.recipients).where(Mail.id == mail.id, stuck).execute()
        if count:
            _wake(now)
    return count


def bounced(mail: Mail, recipient: str, answer: str) -> None:
    """A mail came back: another server refused it for this recipient, after ours had taken it."""
    with journal.transaction():
        mail = Mail.get_by_id(mail.id)
        refused = mail.refused | {recipient: answer[:500]}
        lost = set(mail.recipients) <= set(refused)
        state = FAILED if lost else mail.state
        Mail.update(refused=refused, state=state, answer=answer[:500] if lost else mail.answer).where(
            Mail.id == mail.id
        ).execute()
        _end([mail])


def _end(mails: Iterable[Mail]) -> None:
    """Run what waits for the end of these mails."""
    for name in {mail.then for mail in mails} - {""}:
        if not Job.select(Job.id).where(Job.name == name, Job.state == "waiting", Job.run_at <= utcnow()).exists():
            Job.create(name=name)


# The worker


def _lease() -> list[Mail]:
    """Take the next due mails, and those whose worker was lost while it sent them."""
    now = utcnow()
    due = (Mail.state == QUEUED) & (Mail.run_at <= now) | (Mail.state == SENDING) & (Mail.leased_until < now)
    query = Mail.select().where(due).order_by(Mail.run_at, Mail.id).limit(CHUNK)
    if query.clone().limit(1).first() is None:  # an idle worker takes no write lock
        return []
    with db.atomic():
        mails = list(query.for_update("FOR UPDATE SKIP LOCKED") if is_postgres() else query)
        _extend(mails)
    return mails


def _extend(mails: list[Mail]) -> None:
    until = utcnow() + LEASE
    Mail.update(state=SENDING, leased_until=until).where(Mail.id << [m.id for m in mails]).execute()


#: Written out: every mail is noted by itself, and building the statement takes longer than running it.
NOTED = (
    'UPDATE core_mail SET "state" = {0}, "left" = {0}, "refused" = {0}, "answer" = {0}, "attempts" = {0},'
    ' "run_at" = {0}, "ended_at" = {0}, "leased_until" = {0} WHERE "id" = {0}'
)


@lru_cache
def _noted() -> list[tuple[str, Callable]]:
    """The columns of `NOTED` in order, and what makes their values fit."""
    names = ("state", "left", "refused", "answer", "attempts", "run_at", "ended_at", "leased_until", "id")
    return [(name, Mail._meta.fields[name].db_value) for name in names]


class _Delivery:
    """One turn of the worker: one connection, until nothing is due or the server cannot be talked to."""

    def __init__(self, settings: Settings, progress: Callable[[int], None]):
        self.settings, self.progress = settings, progress
        self.out: smtp.Transport | None = None
        self.files: dict[int, bytes] = {}
        self.sent = self.failed = self.later = 0
        #: Mails in a row during which the connection was lost; and why no more are tried.
        self.lost, self.trouble = 0, ""

    def run(self) -> None:
        try:
            while not self.trouble and (mails := _lease()):
                self._chunk(mails)
        finally:
            self._hang_up()

    def _chunk(self, mails: list[Mail]) -> None:
        renewed, ended = time.monotonic(), []
        for i, mail in enumerate(mails):
            if not self._connected():
                ended += self._give_back(mails[i:])
                break
            if self._one(mail):
                ended.append(mail)
            if time.monotonic() - renewed > 60:
                renewed = time.monotonic()
                self.progress(self.sent)
                with db.atomic():
                    _extend(mails[i + 1 :])
        with db.atomic():
            _end(ended)

    def _connected(self) -> bool:
        if self.out is None and not self.trouble:
            try:
                self.out = smtp.transport(self.settings)
            except (smtp.Unreachable, ConfigError) as error:
                self.trouble = str(error)
                log.warning("Mail cannot be sent now: %s", error)
        return self.out is not None

    def _hang_up(self) -> None:
        if self.out is not None:
            self.out.close()
            self.out = None

    def _one(self, mail: Mail) -> bool:
        """Hand one mail over and note what became of it; whether it came to its end."""
        try:
            outcome = self._hand_over(mail)
        except smtp.Unreachable as error:
            self._hang_up()
            self.lost += 1
            if self.lost > 2:
                self.trouble = str(error)
            return self._note(mail, str(error), dict.fromkeys(mail.left, (421, str(error))))
        except smtp.Refused as refused:
            outcome = smtp.Outcome(refused.answer, dict.fromkeys(mail.left, (refused.code, refused.answer)))
        except Exception as error:  # one that cannot be put together must not stop the others
            log.exception("Mail %s cannot be sent", mail.id)
            said = f"{type(error).__name__}: {error}"[:500]
            outcome = smtp.Outcome(said, dict.fromkeys(mail.left, (554, said)))
        self.lost = 0
        return self._note(mail, *outcome)

    def _hand_over(self, mail: Mail) -> smtp.Outcome:
        body = finished(mail, self.files)
        for fresh in (False, True):
            try:
                return self.out.send(mail.sender[1], mail.left, body, str(mail.id))
            except smtp.Unreachable as error:
                # Servers close a connection after some mails, or when it lies idle: once more on a new one.
                self._hang_up()
                if error.begun or fresh or not self._connected():
                    raise
        raise AssertionError  # not reached: the second time it returns or raises

    def _note(self, mail: Mail, answer: str, refused: dict[str, tuple[int, str]]) -> bool:
        """Write down what became of a try, recipient by recipient; whether it was the last one."""
        now, tried = utcnow(), mail.left
        mail.left = [a for a, (code, _) in refused.items() if code < 500 and now - mail.due_at < GIVE_UP]
        mail.refused = {a: said for a, said in mail.refused.items() if a not in tried}
        mail.refused |= {a: said for a, (_, said) in refused.items()}
        mail.answer, mail.attempts = answer or next(iter(mail.refused.values()), ""), mail.attempts + 1
        if mail.left:
            pause = min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE)
            mail.state, mail.run_at = QUEUED, now + dt.timedelta(seconds=pause)
            self.later += 1
        else:
            mail.state, mail.ended_at = (SENT if set(mail.recipients) - set(mail.refused) else FAILED), now
            self.sent, self.failed = self.sent + (mail.state == SENT), self.failed + (mail.state == FAILED)
        mail.leased_until = None
        with db.atomic():
            db.execute_sql(NOTED.format(db.param), [convert(getattr(mail, name)) for name, convert in _noted()])
        return mail.ended_at is not None

    def _give_back(self, mails: list[Mail]) -> list[Mail]:
        """Mails that were not tried stay due and say why; those that were due long ago have failed, and come back."""
        now, said = utcnow(), self.trouble
        old = [m for m in mails if now - m.due_at > GIVE_UP]
        young = [m.id for m in mails if m not in old]
        with db.atomic():
            Mail.update(state=QUEUED, leased_until=None, answer=said).where(Mail.id << young).execute()
            gone = dict(state=FAILED, leased_until=None, answer=said, ended_at=now)
            Mail.update(gone).where(Mail.id << [m.id for m in old]).execute()
        self.later, self.failed = self.later + len(young), self.failed + len(old)
        return old


def finished(mail: Mail, cache: dict | None = None) -> bytes:
    """A mail as it goes over the wire; the content of attachments is kept in `cache` for the next one."""
    cache = {} if cache is None else cache
    wanted = [f["file"] for f in mail.files if f["file"] not in cache]
    if wanted:
        cache.clear()  # the attachments of one campaign stay, those of a thousand letters do not pile up
        for row in MailFile.select().where(MailFile.id << [f["file"] for f in mail.files]):
            cache[row.id] = bytes(row.data)
    return mime.message(
        message_id=mail.message_id,
        date=mail.due_at,
        sender=mail.sender,
        to=mail.to,
        cc=mail.cc,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        headers=mail.headers,
        files=[(f["name"], f["type"], cache[f["file"]]) for f in mail.files],
    )


def _deliver(build, row) -> dict:
    delivery = _Delivery(build.settings, row.progress)
    delivery.run()
    found: dict = {"sent": delivery.sent, "failed": delivery.failed, "later": delivery.later}
    return found | ({"trouble": delivery.trouble} if delivery.trouble else {})


@job("core.outbox.now")
def send_now(build, row):
    """Send what is due, because somebody just wrote it."""
    return _deliver(build, row)


@job("core.outbox", every=60)
def send_due(build, row):
    """Send what is due: what was refused for now, or left over."""
    return _deliver(build, row)


@job("core.outbox.tidy", every=24 * 3600)
def tidy(build, row):
    """Mails that are long done go, and the contents of attachments that no mail has any more."""
    old = utcnow() - KEPT
    with db.atomic():
        gone = Mail.delete().where(Mail.state << (SENT, CANCELLED), Mail.ended_at < old).execute()
        with_files = peewee.SQL("files <> '[]'")
        used = {f["file"] for (files,) in Mail.select(Mail.files).where(with_files).tuples() for f in files}
        ids = [id for (id,) in MailFile.select(MailFile.id).where(MailFile.created_at < old).tuples()]
        for chunk in chunks([id for id in ids if id not in used], 500):
            MailFile.delete().where(MailFile.id << chunk).execute()
    return {"removed": gone}


JOBS = (send_now, send_due, tidy)

__all__ = ["JOBS", "Mail", "MailFile", "Outgoing", "bounced", "cancel", "resend", "send_mail", "send_mails"]
