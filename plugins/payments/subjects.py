"""What is paid for: contracts and orders, known by the names of their Resources, so that neither module is required."""

from dataclasses import dataclass
from typing import Any

from core import N_, NotFound, Problem, fields

from .models import DUE, ForSomething, Instalment


@dataclass(frozen=True)
class Fields:
    """The fields of a kind of record that can be paid for."""

    value: str
    contact: str = "contact"
    owner: str = "owner"
    #: The field and its value with which nothing of it is to be paid any more.
    gone: tuple[str, str] | None = None


#: Name of a Resource → its fields.
KINDS = {
    "contracts_contract": Fields("value"),
    "orders_order": Fields("total", gone=("status", "cancelled")),
}


@dataclass
class Subject:
    """A record that is paid for, as the payments see it."""

    resource: Any
    record: Any
    contact_id: int
    owner_id: int | None
    #: `Amount`, or None where it has no value.
    value: fields.Amount | None

    @property
    def title(self) -> str:
        return str(self.record)[:260]

    @property
    def url(self) -> str:
        return self.resource.url("page", self.record)

    @property
    def mine(self):
        """The condition of what belongs to it among instalments."""
        return of(Instalment, self.resource.name, self.record.id)

    def values(self) -> dict[str, Any]:
        """The values of an instalment or invoice that follow from it."""
        return {"contact": self.contact_id, "owner": self.owner_id, "about": self.title}

    def mark(self, record: ForSomething) -> ForSomething:
        """Say of a new instalment or invoice what it is for; the record."""
        record.resource, record.record_id = self.resource.name, self.record.id
        return record


def of(model, resource: str, record_id: int):
    """The condition of rows that are for a record."""
    return (model.resource == resource) & (model.record_id == record_id)


def kind_of(resource) -> Fields | None:
    """The fields of a Resource whose records can be paid for; None for others."""
    return KINDS.get(resource.name)


def subject_of(user, resource, record) -> Subject | None:
    """A record as something to be paid for. None when it has no contact, or the user's role hides its value."""
    names = KINDS[resource.name]
    contact = resource.kinds[names.contact].get(record)
    if contact is None or names.value in resource.hidden(user):
        return None
    return Subject(
        resource, record, contact, resource.kinds[names.owner].get(record), resource.kinds[names.value].get(record)
    )


def still_due(resource, pairs) -> list[tuple]:
    """Those among `(record, values)` pairs that would be gone while something is due: `(record, "", Problem)`."""
    field, state = KINDS[resource.name].gone or ("", "")
    going = {record.id: record for record, values in pairs if field and values.get(field) == state and record.id}
    if not going:
        return []
    due = Instalment.select(Instalment.record_id).where(
        Instalment.resource == resource.name,
        Instalment.record_id << list(going),
        Instalment.state << DUE,
        Instalment.deleted_batch.is_null(),
    )
    said = N_("Something is still due for “%(name)s”. Delete its payment plan first, or write off what is left.")
    ids = {id for (id,) in due.tuples()}
    return [(going[id], "", Problem(said, "payments", name=str(going[id]))) for id in sorted(ids)]


def find(build, user, name: str, id: int) -> Subject:
    """What a user may see of it. Raises NotFound, Forbidden, or Problem when it has no contact."""
    resource = build.resources.get(name)
    if name not in KINDS or resource is None:
        raise NotFound(f"{name} {id}")
    record = resource.find(user, id)
    subject = subject_of(user, resource, record)
    if subject is None:
        raise Problem(N_("“%(name)s” has no contact who could pay. Choose one first."), "payments", name=str(record))
    return subject
