"""Background work: everything against everything when somebody asks, and what is new as it comes."""

from core import N_, SYSTEM, Contact, job, resource_of, similar, transaction

from . import finder
from .models import Fresh, Pair, Rule

#: New contacts that are compared with those that look alike only; more of them are compared with everything.
FEW = 50
CHUNK = 500


def active_rules() -> list[finder.Rule]:
    """The rules in use."""
    rows = Rule.select().where(Rule.active, Rule.deleted_batch.is_null()).order_by(Rule.id)
    return [finder.Rule(r.name, r.parsed, r.needed or len(r.parsed)) for r in rows]


def table_of(resource, rules, user=SYSTEM, ids=None) -> finder.Table:
    """The rows of a Resource that the user may see, ready to be compared."""
    region = resource.build.firm["region"]
    return finder.Table(*resource.plain(user, finder.facts_of(rules), ids), rules, region)


@job("duplicates.search", attempts=2)
def search_all(build, row, resource: str = "duplicates_pair"):
    """Compare all contacts; pairs that no rule finds any more go, unless somebody said that they are two."""
    contacts = resource_of(Contact)
    found = finder.find(table_of(contacts, active_rules()), progress=row.progress)
    keep(build, found, everything=True)
    return {"count": len(found), "back": resource}


@job("duplicates.check", attempts=3)
def check_fresh(build, row):
    """Compare the contacts that were written since the last time, until there are none."""
    contacts, count = resource_of(Contact), 0
    while True:
        rows = list(Fresh.select().order_by(Fresh.id).limit(100_000))
        if not rows:
            return {"count": count}
        ids = sorted({r.contact_id for r in rows})
        rules = active_rules()
        if len(ids) > FEW:
            found = finder.find(table_of(contacts, rules), only=ids, progress=row.progress)
        else:
            found = finder.find(table_of(contacts, rules, ids=_with_likely(build, ids)), only=ids)
        keep(build, found, about=set(ids))
        count += len(ids)
        with transaction():
            Fresh.delete().where(Fresh.id <= rows[-1].id).execute()


@job("duplicates.sweep", every=3600)
def sweep(build, row):
    """What a failed check left behind: as long as something waits, no new check is put into the queue."""
    return check_fresh(build, row)


def _with_likely(build, ids: list[int]) -> list[int]:
    """These contacts and whoever shares an e-mail address, a phone number or about a name with one of them."""
    around = set(ids)
    contacts = resource_of(Contact)
    records = list(contacts.query(SYSTEM).where(Contact.id << ids))
    contacts.load_parts(records)
    for record in records:
        emails, phones = [p.value for p in record.emails], [p.value for p in record.phones]
        around |= {s.contact.id for s in similar(build, SYSTEM, record.name, emails, phones, record.id, limit=50)}
    return sorted(around)


def keep(build, found: list[finder.Found], everything: bool = False, about: set[int] = frozenset()) -> None:
    """Write what was found: new pairs, new scores; what is no longer found goes. One batch, committed by chunks.

    `everything`: all pairs were looked for; else those of the contacts `about`.
    """
    pairs = resource_of(Pair)
    known: dict[tuple[int, int], Pair] = {}
    for pair in Pair.select().where(Pair.deleted_batch.is_null()):
        if everything or pair.first_id in about or pair.second_id in about:
            known[tuple(sorted((pair.first_id, pair.second_id)))] = pair
    writes, seen = [], set()
    for each in found:
        key = (each.a, each.b)
        seen.add(key)
        pair = known.get(key)
        if pair is not None and pair.state != "open":
            continue
        values = {"score": each.score, "reasons": each.reasons}
        if pair is None:
            pair, values = pairs.new(SYSTEM), values | {"first": each.a, "second": each.b}
        elif (pair.score, pair.reasons) == (each.score, each.reasons):
            continue
        writes.append((pair, values))
    gone = [p for key, p in known.items() if p.state == "open" and key not in seen and p.first_id != p.second_id]
    batch = None
    for start in range(0, len(writes), CHUNK):
        label = N_("Found duplicates")
        batch = pairs.save_many(SYSTEM, writes[start : start + CHUNK], label=label, batch=batch)
    if gone:
        pairs.delete(SYSTEM, gone, label=N_("Pairs that are none any more"))
