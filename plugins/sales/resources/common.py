"""What the settings of sales have in common: everybody reads them, who sees everything writes them."""

import time

from core import SYSTEM, Contact, Resource, chunks, sort_key

from .. import plugin

_ = plugin.gettext


class Managed(Resource):
    """Settings and plans: written by administrators, and by managers, whose role sees all records.

    Only a handful of rows, so that choices and names are looked up in the table itself.
    """

    searched = False

    def can(self, user, verb):
        """Reading is for all who hold `view`; the rest needs a role that sees everybody's records."""
        return super().can(user, verb) and (verb in ("view", "export") or user.owners(self.name) is None)

    def choices(self, user) -> list[tuple[str, list[tuple[int, str]]]]:
        """For a select: `(group or "", [(id, name), …])`."""
        return [("", [(record.id, str(record)) for record in self.query(user).order_by(*self.in_order())])]

    def in_order(self) -> tuple:
        """The columns that rows are sorted by."""
        return (self.model.place, self.model.id) if "place" in self.kinds else (self.model.id,)

    def named(self, user, text, limit=5):
        folded = text.strip().casefold()
        return [r.id for r in self.query(user).order_by(*self.in_order()) if str(r).casefold() == folded][:limit]


class Kept(Managed):
    """Rows that every write of others asks for: read together, at most every few seconds in a process."""

    SECONDS = 5

    def __init__(self, build):
        super().__init__(build)
        self.forget()

    def forget(self) -> None:
        """Read them again the next time."""
        self._kept: tuple[float, dict] = (0, {})

    def all(self) -> dict:
        """Every row by id, in order."""
        read_at, rows = self._kept
        if time.monotonic() - read_at > self.SECONDS:
            query = self.model.select().where(self.model.deleted_batch.is_null()).order_by(*self.in_order())
            rows = {row.id: row for row in query}
            self._kept = (time.monotonic(), rows)
        return rows

    def one(self, id):
        """A row by its id; a new one that another process made is read. None when there is none."""
        if id is not None and id not in self.all():
            self.forget()
        return self.all().get(id)

    def _after(self, records, change, user):
        self.forget()
        super()._after(records, change, user)


class WithContact(Resource):
    """Records with an owner and a Link `contact`: whoever may see the contact sees them, too.

    Its plugin answers the hook `grant_query` with `also_seen_by`, and calls `reindex_of` when contacts get another
    owner or are merged; see `plugins/contracts`.
    """

    def also_seen_by(self, user):
        """What a user sees beyond the role's scope, as an expression."""
        return self.model.contact << self.build.by_model[Contact].query(user, Contact.id)

    def scope_words(self, record):
        """Found by its owner, by whom it was shown, and by the owner of its contact."""
        owner = record.contact.owner_id if record.contact_id else None
        return " ".join({*super().scope_words(record).split(), *([f"o{owner}"] if owner else [])})

    def index(self, records):
        if self.searched:
            self.load_links(records, ["contact"], SYSTEM)
        super().index(records)

    def reindex_of(self, contacts) -> None:
        """The records of these contacts into the search index again: the contacts' owners may be others now."""
        for ids in chunks([c.id for c in contacts] if self.searched else (), 500):
            found = list(self.model.select().where(self.model.contact << ids, self.model.deleted_batch.is_null()))
            if found:
                self.index(found)


def numbers_given_twice(resource, pairs, beside: str = "") -> list[tuple]:
    """Of `(record, values)` pairs those whose `number` is another one's, stored or before it: `(record, number)`.

    `beside` is a field with which together it is unique. A query for five hundred numbers.
    """
    model, wanted, stored = resource.model, [], set()
    now = lambda name, record, values: values[name] if name in values else resource.kinds[name].get(record)  # noqa: E731
    for record, values in pairs:
        number = now("number", record, values)
        if number and (record.id is None or number != record.number):
            wanted.append((record, number, (sort_key(number), now(beside, record, values) if beside else None)))
    mine = {record.id for record, _values in pairs}
    columns = [model.id, model.number_key, *([resource.model._meta.fields[beside]] if beside else [])]
    for keys in chunks({key for _record, _number, (key, _beside) in wanted}, 500):
        query = model.select(*columns).where(model.number_key << keys, model.deleted_batch.is_null())
        stored |= {(key, *(more or (None,))) for id, key, *more in query.tuples() if id not in mine}
    found = []
    for record, number, mark in wanted:
        if mark in stored:
            found.append((record, number))
        stored.add(mark)
    return found


def span(seconds: int | float | None) -> str:
    """A length of time in the largest unit that fits: 12 days, 3 h, 5 min."""
    if not seconds:
        return "—"
    if seconds >= 86400:
        return _("%(n)s days", n=round(seconds / 86400))
    return _("%(n)s h", n=round(seconds / 3600)) if seconds >= 3600 else _("%(n)s min", n=max(1, round(seconds / 60)))
