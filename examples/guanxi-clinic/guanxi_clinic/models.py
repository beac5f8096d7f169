"""What the clinic keeps."""

import datetime as dt

from core import N_, Contact, Record, fields

STATES = [
    ("booked", N_("Booked"), "blue"),
    ("arrived", N_("Arrived"), "orange"),
    ("seen", N_("Seen"), "green"),
    ("missed", N_("Did not come"), "red"),
    ("cancelled", N_("Cancelled"), "gray"),
]


class Practitioner(Record):
    """Somebody who sees patients."""

    name = fields.Text(label=N_("Name"), required=True, index=True)
    room = fields.Text(label=N_("Room"), max_length=40)


class Service(Record):
    """Something that is done in an appointment, in so many minutes, for a price."""

    name = fields.Text(label=N_("Name"), required=True, index=True)
    minutes = fields.Integer(label=N_("Minutes"), default=30)
    price = fields.Money(label=N_("Price"))


class Appointment(Record):
    """A patient comes to a practitioner for a service."""

    contact = fields.Link(Contact, label=N_("Patient"), required=True, backref="clinic_appointments")
    practitioner = fields.Link(Practitioner, label=N_("Practitioner"), required=True, backref="clinic_appointments")
    service = fields.Link(Service, label=N_("Service"), required=True)
    starts_at = fields.DateTime(label=N_("Starts"), required=True, index=True)
    state = fields.Choice(STATES, label=N_("State"), default="booked", index=True)
    note = fields.LongText(label=N_("Note"))
    #: Both follow from the fields above, so that a list needs no query for them.
    ends_at = fields.DateTime(label=N_("Ends"))
    title = fields.Text(label=N_("Appointment"))

    def __str__(self):
        return self.title or f"#{self.id}"

    def describe(self) -> None:
        """Fill title and end from service and practitioner."""
        if self.service_id and self.practitioner_id and self.starts_at:
            self.title = f"{self.service.name} · {self.practitioner.name}"
            self.ends_at = self.starts_at + dt.timedelta(minutes=self.service.minutes or 30)

    def colliding(self):
        """Another appointment of the same practitioner at the same time, or None."""
        return (
            Appointment.select()
            .where(
                Appointment.practitioner == self.practitioner_id,
                Appointment.starts_at < self.ends_at,
                Appointment.ends_at > self.starts_at,
                Appointment.state != "cancelled",
                Appointment.id != (self.id or 0),
                Appointment.deleted_batch.is_null(),
            )
            .first()
        )
