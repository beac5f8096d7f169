"""What the screens show."""

from core import N_, Problem, Resource, action, html

from .models import Appointment, Practitioner, Service


class Practitioners(Resource):
    model, nav, nav_order, icon, hue = Practitioner, "Clinic", 30, "user-heart", "teal"
    label, plural = N_("Practitioner"), N_("Practitioners")
    columns = ("name", "room")
    search = ("room",)
    order = "name"


class Services(Resource):
    model, nav, nav_order, icon, hue = Service, "Clinic", 40, "clipboard-heart", "teal"
    label, plural = N_("Service"), N_("Services")
    columns = ("name", "minutes", "price")
    order = "name"

    def validate(self, user, record, values):
        minutes = values.get("minutes", record.minutes)
        if minutes is not None and not 5 <= minutes <= 600:
            return {"minutes": Problem(N_("An appointment takes from 5 to 600 minutes."), domain="clinic")}
        return {}


class Appointments(Resource):
    """Seen by whoever may see the patient, because `follows` is the contact of the timeline."""

    model, nav, nav_order, icon, hue = Appointment, "Clinic", 20, "calendar-heart", "teal"
    label, plural = N_("Appointment"), N_("Appointments")
    columns = ("title", "contact", "starts_at", "state")
    more_columns = ("practitioner", "service", "ends_at")
    fields = ("contact", "practitioner", "service", "starts_at", "state", "note")
    filters = ("starts_at", "state", "practitioner", "service")
    search = ("note",)
    order = "-starts_at"
    timeline, timeline_at, calendar_end = "contact", "starts_at", "ends_at"

    def derive(self, record):
        record.describe()
        super().derive(record)

    def validate(self, user, record, values):
        """Nobody sees two patients at the same time."""
        planned = Appointment(**{name: getattr(record, name) for name in ("id", "state", "starts_at")})
        planned.practitioner, planned.service = record.practitioner_id, record.service_id
        for name, value in values.items():
            self.kinds[name].set(planned, value)
        if planned.state == "cancelled" or not (planned.practitioner_id and planned.service_id and planned.starts_at):
            return {}
        planned.describe()
        if other := planned.colliding():
            return {
                "starts_at": Problem(
                    N_("%(who)s is taken from %(start)s to %(end)s. Choose another time."),
                    domain="clinic",
                    who=planned.practitioner.name,
                    start=f"{html.local(other.starts_at):%H:%M}",
                    end=f"{html.local(other.ends_at):%H:%M}",
                )
            }
        return {}

    @action(N_("Arrived"), icon="door-enter", order=10)
    def arrive(self, user, record):
        self.save(user, record, {"state": "arrived"})

    @action(N_("Seen"), icon="check", order=20)
    def see(self, user, record):
        self.save(user, record, {"state": "seen"})

    @action(N_("Did not come"), icon="user-x", order=30, confirm=N_("Mark this appointment as missed?"))
    def miss(self, user, record):
        self.save(user, record, {"state": "missed"})
