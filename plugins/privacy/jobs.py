"""Background work: exports, erasures, and what happens every day."""

from core import N_, SYSTEM, Problem, User, fields, job, notify

from . import certificates, plugin, retention, subject
from .models import Consent, Erasure, Export, Rule


@job("privacy.export", attempts=2)
def export(build, row, export):
    """Make the zip of an export, and tell whoever asked for it."""
    record = Export.get_or_none(Export.id == export, Export.deleted_batch.is_null())
    if record is None or record.state != "waiting":
        return {"count": 0, "back": "privacy_export"}
    size = subject.make(build, record, row.progress)
    until = fields.utcnow() + subject.KEPT
    exports = build.by_model[Export]
    exports.save(SYSTEM, record, {"state": "ready", "size": size, "until": until})
    notify(
        build,
        list(User.select().where(User.id == record.by_id)),
        "export",
        N_("The data of %(name)s is ready to download"),
        plugin=plugin.name,
        url=f"/privacy/contacts/{record.contact_id}",
        name=str(record.contact),
    )
    return {"count": 1, "back": "privacy_export"}


@job("privacy.erase", attempts=2)
def erase(build, row, erasure):
    """Carry out an erasure that somebody decided."""
    record = Erasure.get_by_id(erasure)
    if record.state != "waiting" or record.deleted_batch is not None:  # done already, or the decision was undone
        return {"count": 0, "back": "privacy_erasure"}
    try:
        certificates.carry_out(build, record)
    except Problem as problem:
        certificates.give_up(build, Erasure.get_by_id(erasure), str(problem))
        return {"count": 0, "back": "privacy_erasure"}
    return {"count": 1, "back": "privacy_erasure"}


@job("privacy.daily", every=24 * 3600)
def daily(build, row):
    """Consents run out, exports go, rules in use are followed."""
    expired = expire(build)
    removed = subject.tidy(build)
    done = 0
    rules = list(Rule.select().where(Rule.active, Rule.deleted_batch.is_null()).order_by(Rule.id))
    for rule in rules:
        done += retention.follow(build, rule, row.progress).done
    return {"expired": expired, "removed": removed, "retained": done}


@job("privacy.follow", attempts=1)
def follow(build, row, rule):
    """Follow one rule now."""
    run = retention.follow(build, Rule.get_by_id(rule), row.progress)
    return {"count": run.done, "back": "privacy_run"}


def expire(build) -> int:
    """Write down that consents ran out, as a statement of its own that supersedes them."""
    consents, now = build.by_model[Consent], fields.utcnow()
    query = Consent.select().where(
        Consent.current, Consent.state == "granted", Consent.expires_at <= now, Consent.deleted_batch.is_null()
    )
    pairs = []
    for old in list(query.limit(5000)):
        values = {
            "contact": old.contact_id,
            "channel": old.channel_id,
            "purpose": old.purpose_id,
            "state": "expired",
            "source": "time",
            "given_at": old.expires_at,
        }
        pairs.append((consents.new(SYSTEM), values))
    if pairs:
        consents.save_many(SYSTEM, pairs, label=N_("Consents ran out"))
    return len(pairs)


JOBS = [export, erase, daily, follow]
