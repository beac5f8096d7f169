"""Writing to contacts: from what somebody typed to letters on timelines and one mail in the outbox."""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from io import BytesIO

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from core import (
    N_,
    SYSTEM,
    Outgoing,
    Problem,
    fields,
    html,
    keep_file,
    outbox,
    records,
    refusals,
    send_mails,
    transaction,
)

from . import placeholders, plugin
from .models import Letter, Mailbox
from .settling import settle

_ = plugin.gettext
log = logging.getLogger("guanxi.mail")
#: Letters that are written in one transaction.
CHUNK = 500


@dataclass
class Draft:
    """A mail as somebody wrote it: addresses are `(name, address)`, the text Markdown without signature and quote."""

    to: Sequence
    subject: str
    text: str
    cc: Sequence = ()
    bcc: Sequence = ()
    mailbox: Mailbox | None = None
    #: The letter that it answers.
    answers: Letter | None = None
    quote: str = ""
    files: Sequence[tuple[str, str, bytes]] = ()
    headers: dict[str, str] = field(default_factory=dict)
    at: dt.datetime | None = None
    #: The text as HTML, when that is known already.
    page: str = ""


def refused(build, contact_ids: list[int], purpose: str = "") -> dict[int, Problem]:
    """Contacts that must not be written to, with the reason of each: the one place where mail asks for consent."""
    return refusals(build, contact_ids, "email", purpose)


def send(build, user, contact, draft: Draft) -> Letter:
    """Queue a mail and put it on the timelines of `contact` and of the other contacts that it goes to.

    Returns the letter of `contact`, with its journal batch. Raises Forbidden, or Problem for what cannot be sent.
    """
    letters = build.by_model[Letter]
    letters.demand(user, "create")
    known = contacts_of(build, user, [address for _, address in (*draft.to, *draft.cc, *draft.bcc)])
    others = {c.id: c for found in known.values() for c in found} | {contact.id: contact}
    for problem in refused(build, list(others)).values():
        raise problem
    if not draft.to and not draft.cc and not draft.bcc:
        raise Problem(N_("%(name)s has no e-mail address. Add one, or type it under “To”."), "mail", name=str(contact))
    stored = [keep_files(build, [(name, content) for name, _type, content in draft.files]) for _ in others]
    with transaction():
        (mail,) = _queue(build, user, [draft])
        values = _values(draft, mail, user)
        pairs = [(letters.new(SYSTEM), values | {"contact": id}) for id in others]
        for letter, _ in pairs:
            _dress(letter, draft, mail)
        said = N_("Wrote to %(name)s: %(subject)s")
        batch = letters.save_many(user, pairs, label=said, name=str(contact), subject=draft.subject)
        for (letter, _), kept in zip(pairs, stored, strict=True):
            add_files(build, user, letter, kept, batch)
    return next(letter for letter, v in pairs if v["contact"] == contact.id)


def send_to_many(build, user, contacts: list, draft: Draft, purpose: str = "") -> list[tuple[object, Problem]]:
    """Write the same mail to each of many contacts, placeholders filled for each; those left out, with the reasons.

    `draft.to` is not used: each goes to the contact's first address. In chunks, each one transaction and one batch.
    """
    letters, left_out = build.by_model[Letter], []
    letters.demand(user, "create")
    page = placeholders.as_page(draft.text, markdown)
    for start in range(0, len(contacts), CHUNK):
        some = contacts[start : start + CHUNK]
        values = placeholders.values_of(build, user, some)
        refusals = refused(build, [c.id for c in some], purpose)
        ready = []
        for contact, known in zip(some, values, strict=True):
            try:
                if contact.id in refusals:
                    raise refusals[contact.id]
                if not contact.emails:
                    raise Problem(N_("%(name)s has no e-mail address."), "mail", name=contact.name)
                ready.append((contact, personal(draft, contact, known, page)))
            except Problem as problem:
                left_out.append((contact, problem))
        if ready:
            _write_chunk(build, user, letters, ready)
    return left_out


def personal(draft: Draft, contact, known: dict, page: str = "") -> Draft:
    """The draft for one contact; `page` its text `as_page`. Raises Problem for a placeholder that is empty for it."""
    return Draft(
        to=[(contact.name, contact.emails[0].value)],
        subject=placeholders.render(draft.subject, known),
        text=placeholders.render(draft.text, known),
        mailbox=draft.mailbox,
        files=draft.files,
        headers=draft.headers,
        at=draft.at,
        page=placeholders.render(page, known, page=True),
    )


def _write_chunk(build, user, letters, ready) -> None:
    with transaction():
        mails = _queue(build, user, [draft for _, draft in ready])
        pairs = []
        for (contact, draft), mail in zip(ready, mails, strict=True):
            letter = letters.new(SYSTEM)
            letter.contact = contact
            _dress(letter, draft, mail)
            pairs.append((letter, _values(draft, mail, user) | {"contact": contact.id}))
        letters.save_many(
            user, pairs, label=N_("Wrote %(n)s mails: %(subject)s"), n=len(pairs), subject=ready[0][1].subject
        )


def _queue(build, user, drafts: list[Draft]) -> list[outbox.Mail]:
    """Put drafts that are written from one mailbox into the outbox."""
    mailbox, signature = drafts[0].mailbox, signature_of(user)
    sender = sender_of(build, user, mailbox)
    headers = _reply_to(build, user, mailbox, sender[1])
    mails = [_outgoing(draft, sender, headers, signature) for draft in drafts]
    return send_mails(build, mails, user=user, then=settle)


def _outgoing(draft: Draft, sender: tuple[str, str], headers: dict[str, str], signature: str) -> Outgoing:
    text, page = body(draft.text, signature, draft.quote, draft.page)
    return Outgoing(
        to=[tuple(a) for a in draft.to],
        cc=[tuple(a) for a in draft.cc],
        bcc=[tuple(a) for a in draft.bcc],
        sender=sender,
        subject=draft.subject,
        text=text,
        html=page,
        headers=draft.headers | _threading(draft.answers) | headers,
        files=draft.files,
        at=draft.at,
    )


def _threading(answered: Letter | None) -> dict[str, str]:
    if answered is None or not answered.message_id:
        return {}
    chain = [*answered.references.split(), answered.message_id][-20:]
    return {"In-Reply-To": answered.message_id, "References": " ".join(chain)}


def _values(draft: Draft, mail, user) -> dict:
    """What a new letter says, as the kinds give it; the contact is added by the caller."""
    return {
        "subject": mail.subject,
        "text": mail.text,
        "direction": "out",
        "state": "queued",
        "at": mail.created_at,
        "user": user.id,
        "mailbox": draft.mailbox.id if draft.mailbox else None,
        "private": bool(draft.mailbox and draft.mailbox.private),
        "sender": f"{mail.sender[0]} <{mail.sender[1]}>" if mail.sender[0] else mail.sender[1],
        "to": mail.to,
        "cc": mail.cc,
        "file_names": [f["name"] for f in mail.files],
    }


def _dress(letter: Letter, draft: Draft, mail) -> None:
    """The columns of a new letter that are no fields of a form."""
    answered = draft.answers
    letter.html, letter.message_id, letter.mail_id = mail.html, mail.message_id, mail.id
    letter.visible = len(draft.text.rstrip())
    letter.references = _threading(answered).get("References", "")
    letter.thread = (answered.thread or answered.message_id) if answered else mail.message_id


# Files


def keep_files(build, files: Sequence[tuple[str, bytes]]) -> list:
    """Store files, outside of a transaction; what the firm does not take (too large, a program) is left out."""
    kept = []
    for name, content in files:
        try:
            kept.append(keep_file(build, name, BytesIO(content)))
        except Problem as problem:
            log.info("An attachment was left out: %s", problem)
    return kept


def add_files(build, user, letter: Letter, kept: list, batch) -> None:
    """Put stored files onto a letter that was just written; the letter itself tells of them."""
    letters, files = build.by_model[Letter], build.resources["files"]
    author = user if letters.can(user, "edit") else SYSTEM
    for file in kept:
        files.add(author, letters, letter, file, batch=batch, tell=False)


# Who writes


def sender_of(build, user, mailbox: Mailbox | None) -> tuple[str, str]:
    """Name and address under which a user writes: the mailbox's, else the firm's with the user's name."""
    if mailbox is not None:
        return (user.name if mailbox.user_id else f"{user.name} · {mailbox.name}"), mailbox.address
    return outbox.sender_for(build.settings, user)


def _reply_to(build, user, mailbox: Mailbox | None, address: str) -> dict[str, str]:
    """Answers should come to where we look: the firm's mailbox, when the user has none of their own."""
    if mailbox is not None:
        return {}
    ours = next((m for m in build.by_model[Mailbox].of(user) if m.user_id is None and m.active), None)
    return {"Reply-To": ours.address} if ours and ours.address != address else {}


def signature_of(user) -> str:
    """What a user's mails end with; Markdown."""
    return user.preferences.get("mail.signature", "")


# The text


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("strikethrough")


def markdown(text: str) -> str:
    """What people write, as HTML."""
    return _reader().render(text)


@lru_cache(maxsize=64)
def _signature_page(signature: str) -> str:
    return f'<div style="color:#666">{markdown(signature)}</div>' if signature else ""


def body(text: str, signature: str = "", quote: str = "", page: str = "") -> tuple[str, str]:
    """A mail as plain text and as HTML: what was written, the signature, and what it answers."""
    parts, pages = [text.rstrip()], [page or markdown(text), _signature_page(signature)]
    if signature:
        parts.append(f"-- \n{signature.strip()}")
    if quote:
        parts.append(quote)
        intro, _sep, rest = quote.partition("\n")
        lines = escape(re.sub(r"(?m)^> ?", "", rest)).replace("\n", Markup("<br>"))
        pages.append(f"<p>{escape(intro)}</p><blockquote>{lines}</blockquote>")
    return "\n\n".join(parts), "".join(pages)


def quote_of(letter: Letter) -> str:
    """A letter as the tail of an answer to it, as far as it may be read: "" without its text."""
    if not letter.text.strip():
        return ""
    lines = "\n".join(f"> {line}" for line in letter.text.strip().split("\n"))[:20_000]
    if not letter.sender or letter.at is None:
        return "\n" + lines
    when = html.local(letter.at).strftime("%Y-%m-%d %H:%M")
    return _("On %(when)s, %(who)s wrote:", when=when, who=letter.sender) + "\n" + lines


# Who is who


def contacts_of(build, user, addresses: Sequence[str]) -> dict[str, list]:
    """Address (lower-cased) → the contacts with it that the user may see. A query, and one for their addresses."""
    wanted = {a.casefold() for a in addresses if a}
    if not wanted:
        return {}
    contacts = build.resources["contacts"]
    if "emails" in contacts.hidden(user):
        return {}  # whose an address is, is what the role hides
    context = fields.Context(user, build)
    found = records(contacts.query(user).where(contacts.kinds["emails"].condition(sorted(wanted), context)))
    contacts.load_parts(found)
    known: dict[str, list] = {}
    for contact in found:
        for point in contact.emails:
            if point.value.casefold() in wanted:
                known.setdefault(point.value.casefold(), []).append(contact)
    return known
