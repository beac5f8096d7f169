"""Erasing with a certificate: what may not be erased, what is remembered of it, and how it is known again."""

import hashlib
import hmac
import json

from flask import current_app

from core import (
    N_,
    SYSTEM,
    Contact,
    Problem,
    User,
    erase,
    fields,
    html,
    normal_phone,
    notify,
    resource_of,
    transaction,
)

from . import plugin
from .models import Erasure, Export, Fingerprint, Hold


def hold_of(contact) -> Hold | None:
    """The hold that keeps a contact now, if there is one; one query."""
    return holds_of([contact.id]).get(contact.id)


def holds_of(ids: list[int]) -> dict[int, Hold]:
    """Contact id → its hold, of those that are kept now."""
    today = html.today()
    open_end = Hold.until.is_null() | (Hold.until >= today)
    query = Hold.select().where(Hold.contact << list(ids), open_end, Hold.deleted_batch.is_null())
    return {hold.contact_id: hold for hold in query.order_by(Hold.id)}


def being_erased(contact) -> bool:
    """Whether an erasure of a contact waits for the worker."""
    waiting = (Erasure.number == contact.id) & (Erasure.state == "waiting")
    return Erasure.select().where(waiting, Erasure.deleted_batch.is_null()).exists()


def check(contact) -> None:
    """Raises Problem when a contact must not be erased now: it is held, being erased, or being exported."""
    if hold := hold_of(contact):
        raise Problem(
            N_("%(name)s must be kept: %(why)s. End the hold first."), plugin.name, name=str(contact), why=hold.reason
        )
    if being_erased(contact):
        raise Problem(N_("%(name)s is being erased already."), plugin.name, name=str(contact))
    if (
        Export.select()
        .where(Export.contact == contact.id, Export.state == "waiting", Export.deleted_batch.is_null())
        .exists()
    ):
        raise Problem(
            N_("The data of %(name)s is being exported. Erase it when the export is done."),
            plugin.name,
            name=str(contact),
        )


def begin(user, contact, mode: str, reason: str) -> Erasure:
    """A certificate that waits for its erasure. Raises Problem as `check` does, Forbidden."""
    check(contact)
    erasures = resource_of(Erasure)
    with transaction():
        erasure = erasures.new(SYSTEM)
        values = {"number": contact.id, "mode": mode, "reason": reason, "by": user.id, "state": "waiting"}
        erasures.save(SYSTEM, erasure, values, label=N_("Decided to erase contact %(id)s"), id=contact.id)
    return erasure


def carry_out(build, erasure: Erasure) -> None:
    """Erase, and seal the certificate, in one transaction. Raises what `erase` raises; nothing is changed then."""
    user = User.get_by_id(erasure.by_id) if erasure.by_id else SYSTEM
    with transaction():
        contact = Contact.get_or_none(Contact.id == erasure.number)
        if contact is not None and (hold := hold_of(contact)):
            raise Problem(
                N_("%(name)s must be kept: %(why)s. End the hold first."),
                plugin.name,
                name=str(contact),
                why=hold.reason,
            )
        done = erase(build, user, erasure.number, erasure.mode == "anonymise")
        marks = sorted((kind, mark(build, kind, value)) for kind, value in done.reached_by)
        rows = [(erasure.id, kind, digest) for kind, digest in marks]
        if rows:
            Fingerprint.insert_many(
                rows, fields=[Fingerprint.erasure_id, Fingerprint.kind, Fingerprint.digest]
            ).execute()
        report = {"gone": done.gone, "kept": done.kept, "cleaned": done.cleaned}
        values = {"state": "done", "done_at": fields.utcnow(), "report": report, "problem": ""}
        _write(build, erasure, values | {"digest": seal(build, erasure, values, marks)})


def give_up(build, erasure: Erasure, why: str) -> None:
    """Say on the certificate that nothing was erased, and why."""
    with transaction():
        _write(build, erasure, {"state": "failed", "problem": why[:500]})


def _write(build, erasure, values) -> None:
    erasures = build.by_model[Erasure]
    erasures.save(SYSTEM, erasure, values, label=N_("Certificate %(id)s"), id=erasure.id)


def seal(build, erasure: Erasure, values: dict, marks) -> str:
    """A keyed hash of a certificate: whoever changes a word of it in the database cannot make the fitting seal."""
    said = {
        "id": erasure.id,
        "number": erasure.number,
        "mode": erasure.mode,
        "reason": erasure.reason,
        "by": erasure.by_id,
        "done_at": values["done_at"].isoformat(),
        "report": values["report"],
        "marks": [list(m) for m in marks],
    }
    return _keyed(build, json.dumps(said, sort_keys=True, ensure_ascii=False))


def sealed(build, erasure: Erasure) -> bool:
    """Whether a certificate says what it said when it was sealed."""
    marks = (
        Fingerprint.select(Fingerprint.kind, Fingerprint.digest).where(Fingerprint.erasure_id == erasure.id).tuples()
    )
    values = {"done_at": erasure.done_at, "report": erasure.report}
    return bool(erasure.done_at) and hmac.compare_digest(erasure.digest, seal(build, erasure, values, sorted(marks)))


# Knowing somebody again --------------------------------------------------------------------------------------------


def mark(build, kind: str, value: str) -> str:
    """The keyed hash of an e-mail address (case-folded) or a phone number (E.164); nobody reads it back."""
    return _keyed(build, f"{kind}:{value}")


def _keyed(build, text: str) -> str:
    key = hashlib.sha256(f"privacy {build.settings.secret_key}".encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def marks_of(build, contact) -> dict[str, str]:
    """Hash → kind, of a contact's e-mails and phones."""
    region = build.firm["region"]
    found = {mark(build, "email", p.value.casefold()): "email" for p in contact.emails}
    return found | {mark(build, "phone", normal_phone(p.value, region)): "phone" for p in contact.phones}


def known_as(marks) -> list[Erasure]:
    """The certificates of these hashes, the newest first; one query."""
    marks = list(marks)
    if not marks:
        return []
    joined = (Erasure.id == Fingerprint.erasure_id) & (Fingerprint.digest << marks)
    query = Erasure.select().join(Fingerprint, on=joined).where(Erasure.state == "done").distinct()
    return list(query.order_by(Erasure.id.desc()).limit(5))


def erased_before(contact) -> list[Erasure]:
    """Erasures of somebody with an e-mail address or phone number of this contact."""
    return known_as(marks_of(current_app.extensions["guanxi"], contact))


def warn(build, records, user) -> None:
    """Tell whoever wrote contacts (and who decided the erasure) that among them are some that were erased before."""
    if not Fingerprint.select().exists():
        return
    marks = {}
    for record in records:
        if "_parts" in record.__dict__:
            marks |= dict.fromkeys(marks_of(build, record), record)
    found = {}
    for start in range(0, len(marks), 900):
        some = list(marks)[start : start + 900]
        rows = Fingerprint.select(Fingerprint.digest, Fingerprint.erasure_id).where(Fingerprint.digest << some)
        found |= {marks[digest].id: (marks[digest], erasure) for digest, erasure in rows.tuples()}
    if not found:
        return
    erasures = Erasure.select(Erasure.by).where(Erasure.id << [e for _, e in found.values()])
    people = list(User.select().where((User.id << erasures) | (User.id == (user.id if user else None))))
    first = next(iter(found.values()))[0]
    one = len(found) == 1
    notify(
        build,
        people,
        "privacy",
        N_("A contact was erased before and is back: %(name)s")
        if one
        else N_("%(n)s contacts were erased before and are back"),
        plugin=plugin.name,
        url=build.resources["contacts"].url("page", first) if one else "/privacy/erasure/",
        once=f"privacy-back-{first.id}-{len(found)}",
        name=str(first),
        n=len(found),
    )
