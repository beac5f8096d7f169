"""Messages that were fetched → letters of contacts, or unfiled ones; each kept once, however often it comes."""

import logging
from collections.abc import Callable
from email.message import EmailMessage
from typing import NamedTuple

from core import N_, SYSTEM, Contact, Problem, User, fields, listed, notify, outbox, records, transaction

from . import quotes
from .models import Letter, Mailbox, Seen
from .parsing import Parsed, read
from .sending import add_files, contacts_of, keep_files

log = logging.getLogger("guanxi.mail")
#: Older mails are history that is read in: nobody is told of them.
NEWS = fields.dt.timedelta(days=2)


def _files(p: Parsed) -> list[tuple[str, bytes]]:
    """What a message brings along; one that is broken comes as a whole, so that nothing of it is lost."""
    raw = [("original.eml", p.raw)] if p.broken else []
    return [(f.name, f.content) for f in p.files] + raw


class Thread(NamedTuple):
    """A conversation: the Message-ID of its first mail, and whose it is."""

    name: str
    contacts: set[int]


class Filing:
    """Keeps the messages of one mailbox."""

    def __init__(self, build, mailbox: Mailbox):
        self.build, self.mailbox = build, mailbox
        self.letters = build.by_model[Letter]
        users = list(User.select().where(User.deleted_batch.is_null()))
        boxes = list(Mailbox.select().where(Mailbox.deleted_batch.is_null()))
        #: Our own addresses → whose they are; None for the firm's.
        self.ours: dict[str, int | None] = {b.address.casefold(): b.user_id for b in boxes}
        self.ours |= {u.email.casefold(): u.id for u in users}
        self.ours.setdefault(outbox.sender(build.settings)[1].casefold(), None)
        self.people = {u.id: u for u in users}

    def keep(self, messages: list[tuple[bytes, object]], mark: Callable[[], None]) -> int:
        """Keep what is new of `(message, received)`; `mark` is called in the same transaction. How many were kept."""
        parsed = [self._read(raw, received) for raw, received in messages]
        parsed = [p for p in {p.digest: p for p in parsed}.values() if not self._is_bounce(p)]
        new = self._unseen(parsed)
        known = contacts_of(self.build, SYSTEM, [a for p in new for a in self._strangers(p)])
        filed = self._place(new, known)
        wanted = {p.digest for p, _letters in filed}
        stored = {id(letter): keep_files(self.build, _files(p)) for p, letters in filed for letter, _values in letters}
        with transaction():
            # Another mailbox may have brought the same mail meanwhile.
            seen = self._seen([p for p, _letters in filed])
            filed = [(p, letters) for p, letters in filed if p.digest not in seen]
            self._note_seen([p for p, _letters in filed])
            pairs = [pair for _p, letters in filed for pair in letters]
            if pairs:
                said, name = N_("Fetched %(n)s mails of %(mailbox)s"), self.mailbox.name
                batch = self.letters.save_many(SYSTEM, pairs, label=said, kind="mail", n=len(pairs), mailbox=name)
                for letter, _values in pairs:
                    add_files(self.build, SYSTEM, letter, stored[id(letter)], batch)
            mark()
        pairs = [(p, letter) for p, letters in filed for letter, _values in letters]
        self._tell(pairs + [(p, None) for p in new if p.digest not in wanted], known)
        return len(filed)

    def _read(self, raw: bytes, received) -> Parsed:
        try:
            return read(raw, received)
        except Exception:  # the reader is tolerant; what it did not foresee must not stop the mailbox
            log.exception("A message of %s cannot be read", self.mailbox.address)
            text = raw[:20_000].decode("utf-8", "replace").replace("\0", "")
            return Parsed("", [], received, "", ["", ""], [], [], "", text, "", raw, EmailMessage(), broken=True)

    # What is new

    def _is_bounce(self, p: Parsed) -> bool:
        """Whether it says that a mail of ours was not delivered; that mail is marked then."""
        if not p.bounced or not p.bounced_id:
            return False
        mail = outbox.Mail.get_or_none(outbox.Mail.message_id == p.bounced_id)
        if mail is None:
            return False
        for recipient, answer in p.bounced:
            outbox.bounced(mail, recipient, answer)
        return True

    def _unseen(self, parsed: list[Parsed]) -> list[Parsed]:
        """Those that are not here yet, in any mailbox, and that we did not send ourselves."""
        seen = self._seen(parsed)
        ids = listed(p.message_id for p in parsed if p.message_id)
        own = outbox.Mail.select(outbox.Mail.message_id).where(outbox.Mail.message_id << ids).tuples()
        sent = Letter.select(Letter.message_id).where(Letter.message_id << ids, Letter.mail_id.is_null(False)).tuples()
        mine = {id for (id,) in own} | {id for (id,) in sent}
        if not self.mailbox.private:
            self._publish([p.message_id for p in parsed if p.digest in seen and p.message_id])
        return [p for p in parsed if p.digest not in seen and p.message_id not in mine]

    @staticmethod
    def _seen(parsed: list[Parsed]) -> set[str]:
        """The digests of those that were kept before."""
        digests = listed(p.digest for p in parsed)
        return {digest for (digest,) in Seen.select(Seen.digest).where(Seen.digest << digests).tuples()}

    def _publish(self, ids: list[str]) -> None:
        """What came to a private mailbox and to one of the firm's is no secret."""
        private = list(Letter.select().where(Letter.message_id << ids, Letter.private)) if ids else []
        if private:
            said = N_("Also came to %(mailbox)s")
            pairs = [(letter, {"private": False}) for letter in private]
            self.letters.save_many(SYSTEM, pairs, label=said, mailbox=self.mailbox.name)

    def _note_seen(self, parsed: list[Parsed]) -> None:
        rows = [(p.digest, p.message_id) for p in parsed]
        for start in range(0, len(rows), 400):
            Seen.insert_many(rows[start : start + 400], fields=[Seen.digest, Seen.message_id]).execute()

    # Whose it is

    def _place(self, parsed: list[Parsed], known: dict) -> list[tuple[Parsed, list[tuple[Letter, dict]]]]:
        """Each message with the letters that it becomes; those that nobody wants are left out."""
        threads = self._threads(parsed)
        filed = []
        for p in sorted(parsed, key=lambda p: p.at):
            contacts = {c.id for a in self._strangers(p) for c in known.get(a, ())}
            before = threads.get(next((r for r in reversed(p.references) if r in threads), ""))
            contacts = contacts or (before.contacts if before else set())
            thread = before.name if before else next(iter(p.references), p.message_id)
            threads[p.message_id] = Thread(thread, contacts)
            if contacts or self.mailbox.strangers:
                values = self._values(p)
                filed.append((p, [(self._letter(p, thread), values | {"contact": id}) for id in contacts or (None,)]))
        return filed

    def _strangers(self, p: Parsed) -> list[str]:
        """The addresses of a message that are not ours."""
        return [a for _name, a in (p.sender, *p.to, *p.cc) if a and a not in self.ours]

    def _threads(self, parsed: list[Parsed]) -> dict[str, Thread]:
        """Message-ID → the conversation that it is in, of all that these messages refer to."""
        ids = list({r for p in parsed for r in p.references})
        found: dict[str, Thread] = {}
        for start in range(0, len(ids), 900):
            some = Letter.message_id << listed(ids[start : start + 900])
            rows = Letter.select(Letter.message_id, Letter.thread, Letter.contact).where(some)
            for id, name, contact in rows.where(Letter.deleted_batch.is_null()).tuples():
                found.setdefault(id, Thread(name, set())).contacts.update({contact} - {None})
        return found

    def _letter(self, p: Parsed, thread: str) -> Letter:
        letter = self.letters.new(SYSTEM)
        letter.html, letter.message_id, letter.thread = p.html, p.message_id, thread or p.message_id
        letter.references = " ".join(p.references)
        letter.visible = quotes.visible_length(p.text)
        letter.inline = {f.content_id: f.name for f in p.files if f.content_id}
        return letter

    def _values(self, p: Parsed) -> dict:
        name, address = p.sender
        out = address in self.ours
        return {
            "subject": p.subject,
            "text": p.text,
            "at": p.at,
            "direction": "out" if out else "in",
            "state": "sent" if out else "received",
            "user": self.ours[address] if out else self.mailbox.user_id,
            "mailbox": self.mailbox.id,
            "private": self.mailbox.private,
            "sender": (f"{name} <{address}>" if name else address)[:500],
            "to": p.to,
            "cc": p.cc,
            "file_names": [f.name for f in p.files],
        }

    # What follows

    def _tell(self, heard: list[tuple[Parsed, Letter | None]], known: dict) -> None:
        """Tell those whose customer wrote, and the modules; those also of what was filed under nobody."""
        contacts = {c.id: c for some in known.values() for c in some}
        found = {letter.contact_id for _p, letter in heard if letter is not None} - {None}
        if missing := found - contacts.keys():  # found by their conversation
            more = records(Contact.select().where(Contact.id << missing))
            self.build.resources["contacts"].load_parts(more)
            contacts |= {c.id: c for c in more}
        modules = self.build.hook.mail_received.get_hookimpls()
        for p, letter in heard:
            contact = contacts[letter.contact_id] if letter is not None and letter.contact_id else None
            self._hook(modules, p, contact)
            news = contact is not None and letter.direction == "in" and not p.automatic
            if news and p.at > fields.utcnow() - NEWS:
                person = self.people.get(self.mailbox.user_id or contact.owner_id)
                if person is not None and person.active:
                    self._notify(person, letter, contact)

    def _notify(self, person, letter, contact) -> None:
        notify(
            self.build,
            [person],
            "mail",
            N_("%(who)s wrote a mail"),
            plugin="mail",
            about=letter,
            url=self.letters.url("page", letter),
            text=letter.subject[:200],
            once=f"mail-{letter.id}",
            who=str(contact),
        )

    @staticmethod
    def _hook(modules, p: Parsed, contact: Contact | None) -> None:
        for implementation in modules:
            given = {"message": p.message, "contact": contact}
            try:
                implementation.function(**{name: given[name] for name in implementation.argnames})
            except Exception:
                log.exception("%s: the hook `mail_received` failed", implementation.plugin_name)


def file_under(build, user, letter: Letter, contact: Contact) -> Letter:
    """File an unfiled letter, and the others of its conversation, under a contact. Raises Problem or Forbidden."""
    letters = build.by_model[Letter]
    if letter.contact_id is not None:
        raise Problem(N_("Somebody filed it already."), "mail")
    together = [letter]
    if letter.thread:
        same = letters.query(user).where(
            Letter.thread == letter.thread, Letter.contact.is_null(), Letter.id != letter.id
        )
        together += list(same.limit(200))
    label = N_("Filed mails under %(name)s")
    batch = letters.save_many(user, [(x, {"contact": contact.id}) for x in together], label=label, name=str(contact))
    letter.__dict__["batch"] = batch
    return letter
