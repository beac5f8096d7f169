"""Traces of a person outside the records: labels of the journal, notices, mails, jobs, answers of the API, views.

These rows do not point to anybody. They are found by what they say: a whole value that one of the person's records
held, or a name, an e-mail address or a phone number anywhere in a text.
"""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from .api.once import ApiAnswer
from .db import utcnow
from .jobs import Job
from .journal import Batch
from .notices import Notice
from .outbox import CANCELLED, QUEUED, SENDING, Mail, MailFile
from .points import ContactPoint, Tag
from .saved import View

#: What takes the place of what was said.
GONE = "▒"
#: Texts that are shorter say nothing of anybody, wherever else they stand.
SHORT = 4


class Traces:
    """What tells a person, and the search for it."""

    def __init__(self):
        self.texts: set[str] = set()
        self.identifiers: set[str] = set()
        self._pattern: re.Pattern | None = None

    def learn(self, value) -> None:
        """Remember whole values: texts, or lists and dicts of them."""
        for text in leaves(value):
            if len(text) >= SHORT:
                # Notices and titles hold the beginnings of long texts.
                self.texts.update((text, text[:80], text[:200], text[:500]))

    def identify(self, text: str) -> None:
        """Remember what tells the person anywhere in a text: a name, an address, a number."""
        text = text.strip()
        if len(text) >= (2 if re.search("[\u3400-\u9fff]", text) else SHORT):
            self.identifiers.add(text)
            self._pattern = None

    def touches(self, text: str) -> bool:
        """Whether a text tells the person."""
        return text in self.texts or (bool(self.identifiers) and self._search.search(text) is not None)

    @property
    def _search(self) -> re.Pattern:
        if self._pattern is None:
            longest = sorted(self.identifiers, key=len, reverse=True)
            # A Latin name must be a whole word, a Chinese one has no such edges.
            words = (rf"(?<!\w){re.escape(t)}(?!\w)" if t.isascii() else re.escape(t) for t in longest)
            self._pattern = re.compile("|".join(words), re.IGNORECASE)
        return self._pattern

    def clean(self, value):
        """A JSON value with `GONE` in place of each text that tells the person; the very value when none does."""
        if isinstance(value, str):
            return GONE if self.touches(value) else value
        if isinstance(value, list):
            return [self.clean(v) for v in value]
        if isinstance(value, dict):
            return {k: self.clean(v) for k, v in value.items()}
        return value


def leaves(value) -> Iterable[str]:
    """The texts in a JSON value; of a text that is a JSON document, those in it, too."""
    if isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            try:
                yield from leaves(json.loads(value))
            except ValueError:
                return
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)


# Cleaning, inside the transaction of an erasure --------------------------------------------------------------------


def clean_logs(traces: Traces, pages: dict[str, set[int]]) -> dict[str, int]:
    """Clean what does not point to anybody; kind of row → how many were cleaned or removed.

    `pages`: address of a kind of record (`/contacts/`) → ids of those that are erased.
    """
    return {
        "journal": _batches(traces),
        "notices": _notices(traces, pages),
        "jobs": _jobs(traces),
        "answers": _answers(traces),
        "views": _views(traces),
        "mails": _mails(traces),
        "tags": _tags(traces),
    }


def _batches(traces: Traces) -> int:
    count = 0
    for id, params in list(Batch.select(Batch.id, Batch.params).where(Batch.params != {}).tuples()):
        cleaned = traces.clean(params)
        if cleaned != params:
            Batch.update(params=cleaned).where(Batch.id == id).execute()
            count += 1
    return count


def _notices(traces: Traces, pages: dict[str, set[int]]) -> int:
    gone = []
    columns = (Notice.id, Notice.url, Notice.params, Notice.text)
    for id, url, params, text in Notice.select(*columns).tuples():
        page = re.match(r"(/.*/)(\d+)(?=$|[/?#])", url)
        about = page is not None and int(page[2]) in pages.get(page[1], ())
        if about or traces.touches(text) or any(map(traces.touches, leaves(params))):
            gone.append(id)
    return _delete(Notice, gone)


def _jobs(traces: Traces) -> int:
    """Work that is over goes, work that waits is called off and says so; periodic work forgets what it said."""
    gone, count = [], 0
    for job in list(Job.select().where(Job.state != "running")):
        if not any(map(traces.touches, leaves([job.args, job.result, job.error]))):
            continue
        if job.every is None and job.state != "waiting":
            gone.append(job.id)
            continue
        values = {"args": traces.clean(job.args), "result": {}, "error": ""}
        if job.every is None:
            values |= {"state": "failed", "error": "called off: it was about a contact that was erased"}
        count += Job.update(values).where(Job.id == job.id).execute()
    return count + _delete(Job, gone)


def _answers(traces: Traces) -> int:
    rows = ApiAnswer.select(ApiAnswer.id, ApiAnswer.body).tuples()
    return _delete(ApiAnswer, [id for id, body in rows if any(map(traces.touches, leaves(body)))])


def _views(traces: Traces) -> int:
    """A saved view loses the filters that name the person, and its name where it is the person's."""
    count = 0
    for view in list(View.select()):
        pairs = parse_qsl(view.query, keep_blank_values=True)
        kept = [(k, v) for k, v in pairs if not traces.touches(v)]
        name = traces.clean(view.name)
        if kept != pairs or name != view.name:
            View.update(query=urlencode(kept), name=name).where(View.id == view.id).execute()
            count += 1
    return count


def _mails(traces: Traces) -> int:
    """Mails to the person go, sent or not; of mails to others that tell of the person, what they say."""
    gone, count, files = [], 0, set()
    for mail in list(Mail.select()):
        before = count + len(gone)
        others = [address for address in mail.recipients if not traces.touches(address)]
        if not others:
            gone.append(mail.id)
        elif any(map(traces.touches, leaves([mail.to, mail.cc, mail.bcc, mail.subject, mail.text, mail.html]))):
            count += _hush(mail, traces)
        if count + len(gone) > before:
            files |= {f["file"] for f in mail.files}
    count += _delete(Mail, gone)
    if files:
        used = {f["file"] for (held,) in Mail.select(Mail.files).tuples() for f in held}
        _delete(MailFile, sorted(files - used))
    return count


def _hush(mail: Mail, traces: Traces) -> int:
    """A mail to others no longer says what it said; one that waits is called off."""

    def kept(pairs):
        return [pair for pair in pairs if not any(map(traces.touches, pair))]

    values = {
        "to": kept(mail.to),
        "cc": kept(mail.cc),
        "bcc": kept(mail.bcc),
        "subject": GONE,
        "text": GONE,
        "html": "",
    }
    values |= {"files": [], "refused": {}, "answer": ""}
    if mail.state == QUEUED:
        values |= {"state": CANCELLED, "left": [], "ended_at": utcnow()}
    return Mail.update(values).where(Mail.id == mail.id, Mail.state != SENDING).execute()


def forget_messages(folder: Path, traces: Traces) -> None:
    """Remove messages of the outbox on disk that tell of the person."""
    for path in folder.glob("*.eml") if folder.is_dir() else ():
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        parts = (part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
        if any(map(traces.touches, (*map(str, message.values()), *parts))):
            path.unlink(missing_ok=True)


def _tags(traces: Traces) -> int:
    """Tags that nobody else has and that say what only this person's records said."""
    used = ContactPoint.select(ContactPoint.normal).where(ContactPoint.kind == "tag")
    rows = Tag.select(Tag.id, Tag.name).where(Tag.key.not_in(used)).tuples()
    return _delete(Tag, [id for id, name in rows if traces.touches(name)])


def _delete(model, ids: list[int]) -> int:
    for start in range(0, len(ids), 500):
        model.delete().where(model.id << ids[start : start + 500]).execute()
    return len(ids)
