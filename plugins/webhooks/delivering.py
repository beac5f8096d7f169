"""The worker's share: send what is due, in order for each record, and try again what did not arrive.

A delivery is claimed before it is sent, so that several workers never send the same one at a time. A worker that dies
in between leaves a claim that runs out: it is sent again then, with the same id, by which receivers know it.
"""

import datetime as dt
import json
import random
import time

import peewee

from core import N_, User, api_json, fields, job, later, networks, notify, transaction

from .models import ERASED, PAUSES, PING, Delivery, Endpoint, said
from .sending import Answer, Fault, Sender, headers

#: Seconds that one turn may take, and for which a delivery is claimed.
TURN, LEASE = 60, 60
#: Failures in a row after which a receiver is left in peace, for growing times; seconds.
TOLERATED, REST, LONGEST_REST = 3, 15, 3600
#: For a record whose module is off.
MUCH_LATER = dt.timedelta(hours=1)


@job("webhooks.deliver")
def deliver(build, row, endpoint: int):
    """Send what is due to one endpoint; what is left after a while goes to the end of the queue."""
    return {"sent": Turn(build, endpoint).run()}


@job("webhooks.sweep", every=60)
def sweep(build, row):
    """What a lost worker left behind, and the end of old rows."""
    due = Delivery.select(Delivery.endpoint).where(Delivery.state == "waiting", Delivery.next_at <= fields.utcnow())
    for (endpoint,) in list(due.distinct().tuples()):
        Turn(build, endpoint).run()
    old = fields.utcnow() - dt.timedelta(days=build.options("webhooks")["keep_days"])
    while ids := [id for (id,) in Delivery.select(Delivery.id).where(Delivery.at < old).limit(500).tuples()]:
        with transaction():
            Delivery.delete().where(Delivery.id << ids).execute()


class Turn:
    """One go at the deliveries of an endpoint."""

    def __init__(self, build, endpoint_id: int):
        self.build, self.endpoint_id = build, endpoint_id
        self.resource = build.by_model[Endpoint]
        self.options = build.options("webhooks").all()

    def run(self) -> int:
        """How many arrived."""
        end, sent = time.monotonic() + TURN, 0
        with Sender(networks(self.options["allow"])) as sender:
            while self._may() and (delivery := self._claim()) is not None:
                sent += self._try(sender, delivery)
                if time.monotonic() > end:
                    later(deliver, endpoint=self.endpoint_id)
                    break
        return sent

    def _may(self) -> bool:
        """Whether something may be sent to the endpoint, as it is now."""
        self.endpoint = Endpoint.get_or_none(Endpoint.id == self.endpoint_id)
        if self.endpoint is None or not self.endpoint.works:
            return False
        return self.endpoint.rest_until is None or self.endpoint.rest_until <= fields.utcnow()

    def _claim(self) -> Delivery | None:
        """The first that is due and that no earlier one of the same record is waiting before."""
        now, before = fields.utcnow(), Delivery.alias()
        free = Delivery.leased_until.is_null() | (Delivery.leased_until < now)
        earlier = before.select(peewee.SQL("1")).where(
            before.endpoint == Delivery.endpoint,
            before.resource == Delivery.resource,
            before.record_id == Delivery.record_id,
            before.state == "waiting",
            before.id < Delivery.id,
        )
        due = Delivery.select().where(
            Delivery.endpoint == self.endpoint_id,
            Delivery.state == "waiting",
            Delivery.next_at <= now,
            free,
            ~peewee.fn.EXISTS(earlier),
        )
        while (found := due.clone().order_by(Delivery.id).first()) is not None:
            with transaction():
                mine = (
                    Delivery.update(leased_until=now + dt.timedelta(seconds=LEASE))
                    .where(Delivery.id == found.id, Delivery.state == "waiting", free)
                    .execute()
                )
            if mine:
                return found
        return None

    # One try

    def _try(self, sender, delivery) -> bool:
        """Send one; whether it arrived. What became of it is written down."""
        started = time.monotonic()
        try:
            body = self._body(delivery)
            stamp = int(time.time())
            signed = headers(self.resource.secrets(self.endpoint), delivery.message_id, stamp, body)
            answer = sender.post(self.endpoint.url, body, signed)
        except Fault as fault:
            self._failed(delivery, fault, _ms(started))
            return False
        self._arrived(delivery, answer, _ms(started))
        return True

    def _body(self, delivery) -> bytes:
        """The JSON of a delivery: made at its first try, when the record is as the user may see it; then the same.

        Raises Fault when the user may not see it (any more).
        """
        if not self.endpoint.user.is_active:
            raise Fault("user")
        data = self._data(delivery)
        if not delivery.body:
            told = {
                "type": delivery.event,
                "timestamp": delivery.at.isoformat(),
                "by": delivery.by_id,
                "data": data,
            }
            delivery.body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
            with transaction():
                Delivery.update(body=delivery.body).where(Delivery.id == delivery.id).execute()
        return delivery.body.encode()

    def _data(self, delivery) -> dict:
        if delivery.event == PING:
            return {"endpoint": self.endpoint.id, "name": self.endpoint.name}
        if delivery.event == ERASED:
            return {"id": delivery.record_id}
        resource, user = self.build.resources.get(delivery.resource), self.endpoint.user
        if resource is None:
            raise Fault("off")
        model = resource.model
        record = resource.query(user).where(model.id == delivery.record_id).first()
        if record is None:  # in the trash: told to whoever saw it
            visible = resource.visible(user)
            trash = model.select().where(model.id == delivery.record_id, model.deleted_batch.is_null(False))
            record = (trash if visible is None else trash.where(visible)).first()
        if record is None:
            raise Fault("unseen")
        resource.load_parts([record])
        return api_json(resource, record, user)

    # What became of it

    def _arrived(self, delivery, answer: Answer, ms: int) -> None:
        with transaction():
            self._note(delivery, answer.status, answer.text, ms, state="delivered", delivered_at=fields.utcnow())
            if self.endpoint.failures:
                self._mark(failures=0, failing_since=None, rest_until=None)

    def _failed(self, delivery, fault: Fault, ms: int) -> None:
        now = fields.utcnow()
        with transaction():
            if fault.code == "unseen":
                self._note(delivery, None, "", ms, fault, state="skipped")
            elif fault.code == "off":
                self._note(delivery, None, "", ms, fault, attempts=delivery.attempts, next_at=now + MUCH_LATER)
            elif fault.code in ("user", "secret", "gone"):
                self._note(delivery, fault.status, fault.answer, ms, fault, next_at=now)
                self._pause(fault.code)
            else:
                self._retry(delivery, fault, ms, now)

    def _retry(self, delivery, fault, ms, now) -> None:
        endpoint, done = self.endpoint, delivery.attempts
        failures, since = endpoint.failures + 1, endpoint.failing_since or now
        rest = None
        if failures >= TOLERATED:
            rest = now + dt.timedelta(seconds=min(REST * 2 ** min(failures - TOLERATED, 12), LONGEST_REST))
        if done < len(PAUSES):
            # Not all at the same second, when a receiver comes back.
            wait = min(max(PAUSES[done] * random.uniform(0.9, 1.1), fault.wait), PAUSES[-1])
            again = now + dt.timedelta(seconds=round(wait))
            self._note(delivery, fault.status, fault.answer, ms, fault, next_at=again)
        else:
            again = None
            self._note(delivery, fault.status, fault.answer, ms, fault, state="failed")
        self._mark(failures=failures, failing_since=since, rest_until=rest)
        if now - since >= dt.timedelta(days=self.options["pause_days"]):
            self._pause(fault.code)
            return
        # This one, and when the receiver has rested the others.
        for at in {max(again, rest or again) if again else rest, rest} - {None}:
            later(deliver, at=at, endpoint=endpoint.id)

    def _note(self, delivery, status, text, ms, fault=None, **values) -> None:
        attempt = {"at": fields.utcnow().isoformat(), "status": status, "ms": ms}
        if fault is not None:
            attempt |= {"fault": fault.code, "what": fault.what}
        values = {
            "attempts": delivery.attempts + 1,
            "status": status,
            "answer": text,
            "tries": [*delivery.tries, attempt][-20:],
            "leased_until": None,
            "updated_at": fields.utcnow(),
        } | values
        Delivery.update(values).where(Delivery.id == delivery.id).execute()

    def _mark(self, **values) -> None:
        """How the endpoint does: no change that somebody made, so no new version of the record."""
        Endpoint.update(values).where(Endpoint.id == self.endpoint.id).execute()

    def _pause(self, fault: str) -> None:
        """Leave it in peace until somebody has had a look, and tell the administrators."""
        now, endpoint = fields.utcnow(), self.endpoint
        self._mark(paused_at=now, pause_fault=fault)
        role = User.role.rel_model
        admins = User.select(User, role).join(role).where(role.admin, User.active, User.deleted_batch.is_null())
        notify(
            self.build,
            list(admins),
            "webhooks",
            N_("The webhook “%(name)s” is paused. Nothing is lost: look at its last answer, then resume it."),
            plugin="webhooks",
            url=self.resource.url("page", endpoint),
            text=said(fault),
            once=f"webhooks-{endpoint.id}-{now:%Y%m%d%H%M%S}",
            name=endpoint.name,
        )


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
