"""The demo firm's web shop wants to hear of contacts; it is switched off, since nobody is there to listen."""

import datetime as dt

from core import SYSTEM

from .models import Delivery, Endpoint, new_message_id

#: Minutes ago, event, HTTP status, milliseconds, fault, text of the answer.
SENT = (
    (190, "contacts.created", 200, 84, "", '{"ok": true}'),
    (155, "contacts.updated", 200, 61, "", '{"ok": true}'),
    (149, "contacts.updated", 503, 40, "status", "Service Unavailable"),
    (90, "tasks_task.created", 200, 77, "", '{"ok": true}'),
    (32, "contacts.created", 200, 93, "", '{"ok": true}'),
)


def fill(demo) -> None:
    """One endpoint and what was sent to it today."""
    endpoint = Endpoint()
    endpoints, deliveries = demo.build.by_model[Endpoint], demo.build.by_model[Delivery]
    values = endpoints.new(demo.cast[0])
    endpoint.secret = values.secret
    wanted = {"name": "木间网店 · Web shop", "url": "https://shop.example.com/hooks/guanxi", "active": False}
    wanted |= {"events": ["contacts.*", "tasks_task.created"], "user": demo.cast[0].id}
    endpoints.write([(endpoint, wanted)], demo.batch, SYSTEM)
    rows = [_row(demo, endpoint, *sent) for sent in SENT]
    for row in rows:
        deliveries.derive(row)
    deliveries.add_rows(rows)


def _row(demo, endpoint, minutes, event, status, ms, fault, answer) -> Delivery:
    at = demo.now - dt.timedelta(minutes=minutes)
    contact = demo.random.choice(demo.contacts)
    attempt = {"at": at.isoformat(), "status": status, "ms": ms}
    if fault:
        attempt |= {"fault": fault, "what": str(status)}
    return Delivery(
        endpoint=endpoint.id,
        event=event,
        resource=event.partition(".")[0],
        record_id=contact.id,
        message_id=new_message_id(),
        at=at,
        created_at=at,
        updated_at=at,
        next_at=at,
        state="failed" if fault else "delivered",
        delivered_at=None if fault else at,
        attempts=1,
        status=status,
        tries=[attempt],
        answer=answer,
        body=f'{{"type":"{event}","timestamp":"{at.isoformat()}","by":1,"data":{{"id":{contact.id}}}}}',
    )
