"""Endpoints and the log of deliveries on screens and in the API; both are administrators' business."""

from urllib.parse import urlsplit

from core import (
    N_,
    Problem,
    Resource,
    action,
    chunks,
    decrypt,
    encrypt,
    fields,
    is_internal,
    later,
    networks,
    transaction,
)

from . import plugin
from .delivering import deliver
from .models import (
    ERASED,
    OVERLAP,
    PING,
    WORDS,
    Delivery,
    Endpoint,
    new_message_id,
    new_secret,
    unknown_event,
)
from .sending import Fault

_ = plugin.gettext

CHUNK = 500


class AdminOnly(Resource):
    """Whoever may set up where records are sent could read all of them."""

    def can(self, user, verb):
        return super().can(user, verb) and user.is_admin


class Endpoints(AdminOnly):
    model, icon, hue = Endpoint, "webhook", "indigo"
    label, plural = N_("Endpoint"), N_("Endpoints")
    columns = ("name", "url", "events", "user", "active", "paused_at", "failing_since")
    fields = ("name", "url", "events", "user", "active")
    filters = ("active",)
    list_template = "webhooks/endpoints.html"
    searched = False
    sample = {"events": ["*"], "active": False}

    def new(self, user, **values):
        endpoint = super().new(user, **values)
        if not user.is_system:
            endpoint.user = user.id
        endpoint.secret = encrypt(self.build, new_secret())
        return endpoint

    def validate(self, user, record, values):
        errors = {}
        events = values.get("events", record.events)
        if not events:
            errors["events"] = Problem(N_("Choose at least one event."), plugin.name)
        elif "events" in values and (strange := unknown_event([e for e in events if e not in record.events])):
            text = N_("“%(event)s” is no event. Write one such as contacts.created, contacts.* or *.")
            errors["events"] = Problem(text, plugin.name, event=strange[:80])
        if internal := self._internal(values.get("url", "")):
            text = N_("%(host)s is an internal address. Allow its network in the settings of this module first.")
            errors["url"] = Problem(text, plugin.name, host=internal)
        return errors

    def _internal(self, url: str) -> str:
        """The host of an address that says itself that it is internal, or ""; names are looked up when we send."""
        host = urlsplit(url).hostname or ""
        allowed = networks(self.build.options("webhooks")["allow"])
        try:
            return host if is_internal("127.0.0.1" if host == "localhost" else host, allowed) else ""
        except ValueError:  # a name
            return ""

    # Secrets

    def secrets(self, endpoint) -> list[str]:
        """The secrets that sign now: the present one, and for a day the one before. Raises Fault."""
        kept = [endpoint.secret]
        if endpoint.old_secret and endpoint.rotated_at and fields.utcnow() - endpoint.rotated_at < OVERLAP:
            kept.append(endpoint.old_secret)
        found = [secret for secret in (decrypt(self.build, one) for one in kept) if secret]
        if not found:
            raise Fault("secret")
        return found

    @action(N_("Show the secret"), icon="key", when=lambda endpoint: False)
    def reveal(self, user, record):
        """The secret, to be copied: the first time the one that it has, later a new one. Has a page of its own."""
        now = fields.utcnow()
        with transaction():
            if record.secret_shown_at:
                record.old_secret, record.rotated_at = record.secret, now
                record.secret = encrypt(self.build, new_secret())
                renewed = {name: getattr(record, name) for name in ("secret", "old_secret", "rotated_at")}
                Endpoint.update(renewed).where(Endpoint.id == record.id).execute()
            label = N_("Showed the secret of “%(name)s”")
            self.save(user, record, {"secret_shown_at": now}, label=label, name=record.name)
        return self.secrets(record)[0]

    # Verbs

    @action(N_("Send a trial"), icon="send", order=10, when=lambda endpoint: endpoint.works)
    def ping(self, user, record):
        with transaction():
            self._insert_deliveries([(record.id, PING, "", 0)], user)
            later(deliver, endpoint=record.id)
        return _("A trial is on its way. Its answer will stand under Deliveries.")

    @action(N_("Resume"), icon="player-play", order=5, when=lambda endpoint: endpoint.paused_at is not None)
    def resume(self, user, record):
        now = fields.utcnow()
        with transaction():
            self.save(user, record, {"paused_at": None}, label=N_("Resumed “%(name)s”"), name=record.name)
            cleared = {"failing_since": None, "failures": 0, "rest_until": None, "pause_fault": ""}
            Endpoint.update(cleared).where(Endpoint.id == record.id).execute()
            waiting = Delivery.endpoint == record.id, Delivery.state == "waiting"
            Delivery.update(next_at=now).where(*waiting).execute()
            later(deliver, endpoint=record.id)

    @action(N_("Send failed ones again"), icon="refresh", order=20, when=lambda endpoint: endpoint.works)
    def retry(self, user, record):
        failed = Delivery.select(Delivery.id).where(Delivery.endpoint == record.id, Delivery.state == "failed")
        count = self.send_again([id for (id,) in failed.tuples()], record.id)
        return _("%(n)s deliveries are sent again.", n=count) if count else _("There is none that failed.")

    def send_again(self, ids: list[int], endpoint: int) -> int:
        """Let deliveries start anew, each with the id and body that it has; how many."""
        start = {"state": "waiting", "attempts": 0, "next_at": fields.utcnow(), "leased_until": None}
        with transaction():
            for chunk in chunks(ids, CHUNK):
                Delivery.update(start).where(Delivery.id << chunk).execute()
            later(deliver, endpoint=endpoint)
        return len(ids)

    # What happened

    def note(self, resource, records, change: str, user) -> None:
        """Write down what endpoints want to be told of, in the transaction of the write. One query when nobody does."""
        rows = []
        for endpoint in Endpoint.select().where(Endpoint.active, Endpoint.deleted_batch.is_null()):
            if endpoint.wants(resource.name, change):
                event = f"{resource.name}.{WORDS[change]}"
                rows += [(endpoint.id, event, resource.name, record.id) for record in records]
        self._insert_deliveries(rows, user)
        for endpoint in {row[0] for row in rows}:
            later(deliver, endpoint=endpoint)

    def note_erased(self, ids) -> None:
        """Receivers that hear of deleted contacts hear of erased ones."""
        endpoints = Endpoint.select().where(Endpoint.active, Endpoint.deleted_batch.is_null())
        wanted = [endpoint.id for endpoint in endpoints if endpoint.wants("contacts", "delete")]
        with transaction():
            self._insert_deliveries([(one, ERASED, "contacts", id) for one in wanted for id in ids], None)
            for endpoint in wanted:
                later(deliver, endpoint=endpoint)

    def _insert_deliveries(self, rows: list[tuple], user) -> None:
        deliveries = self.build.by_model[Delivery]
        by = user.id if user is not None else None
        made = [
            Delivery(endpoint=endpoint, event=event, resource=name, record_id=id, by_id=by, message_id=new_message_id())
            for endpoint, event, name, id in rows
        ]
        for delivery in made:
            deliveries.derive(delivery)
        for chunk in chunks(made, CHUNK):
            deliveries.add_rows(chunk)


class Deliveries(AdminOnly):
    """The log. The program writes it; people read it and send again."""

    model, icon, hue = Delivery, "send", "indigo"
    label, plural = N_("Delivery"), N_("Deliveries")
    columns = ("event", "endpoint", "state", "status", "attempts", "at", "next_at")
    more_columns = ("delivered_at", "message_id")
    fields = ("event", "endpoint", "state", "status", "attempts", "at", "next_at", "delivered_at", "message_id")
    filters = ("state", "endpoint", "event", "at")
    presets = ((N_("Failed"), "state=failed"), (N_("Waiting"), "state=waiting"))
    page_template = "webhooks/delivery.html"
    writable = False
    searched = False

    def forget(self, ids, told) -> None:
        """Remove what tells of contacts that were erased; `told(text)` says whether a text does."""
        last = 0
        while True:
            rows = list(Delivery.select().where(Delivery.id > last).order_by(Delivery.id).limit(CHUNK))
            if not rows:
                return
            last = rows[-1].id
            gone = [
                row.id
                for row in rows
                if (row.resource == "contacts" and row.record_id in ids) or told(row.body) or told(row.answer)
            ]
            with transaction():
                Delivery.delete().where(Delivery.id << gone).execute()

    @action(N_("Send again"), icon="refresh", order=10, when=lambda delivery: delivery.state != "waiting")
    def resend(self, user, record):
        self.build.by_model[Endpoint].send_again([record.id], record.endpoint_id)
        return _("It is sent again, with the same id.")

    @action(N_("Try now"), icon="refresh", order=10, when=lambda delivery: delivery.state == "waiting")
    def hurry(self, user, record):
        with transaction():
            Delivery.update(next_at=fields.utcnow()).where(Delivery.id == record.id).execute()
            Endpoint.update(rest_until=None).where(Endpoint.id == record.endpoint_id).execute()
            later(deliver, endpoint=record.endpoint_id)
        return _("It is tried now.")


__all__ = ["Deliveries", "Endpoints"]
