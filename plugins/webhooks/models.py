"""Who wants to be told what, and each thing that is told."""

import datetime as dt
import secrets
from base64 import b64encode
from urllib.parse import quote, urlsplit, urlunsplit

import peewee
from flask import current_app, render_template
from markupsafe import Markup

from core import N_, Problem, Record, User, fields, html

from . import plugin

_ = plugin.gettext

#: What the hooks call a change → the last word of an event.
WORDS = {"create": "created", "update": "updated", "delete": "deleted"}
#: An event → what it is about; sent when somebody asks for a trial.
PING = "webhooks.ping"
#: A contact was erased: nothing but its id is left to tell.
ERASED = "contacts.erased"
STATES = [
    ("waiting", N_("Waiting"), "azure"),
    ("delivered", N_("Delivered"), "green"),
    ("failed", N_("Failed"), "red"),
    ("skipped", N_("Not sent"), "gray"),
]
#: What can go wrong: a code, kept with each try → a sentence that says what to do, filled with `what`.
FAULTS = {
    "status": N_("The receiver answered %(what)s instead of 2xx."),
    "redirect": N_("The receiver sends us on to %(what)s. Enter that address, if it is the right one."),
    "timeout": N_("No answer within %(what)s seconds."),
    "dns": N_("There is no server of the name %(what)s."),
    "internal": N_(
        "%(what)s is an internal address. Allow its network in the settings of this module, if it is yours."
    ),
    "refused": N_("No connection: %(what)s"),
    "tls": N_("The certificate is not valid: %(what)s"),
    "broken": N_("The answer cannot be understood: %(what)s"),
    "gone": N_("The receiver answered 410: it does not want this any more."),
    "secret": N_("The secret cannot be read, since the secret key of this server has changed. Make a new one."),
    "user": N_("The user in whose name it is sent is switched off. Choose another."),
    "unseen": N_("The user in whose name it is sent may not see this record."),
    "off": N_("Its module is off. It is sent once the module is on again."),
}


def said(fault: str, what: str = "") -> str:
    """A fault in the reader's language."""
    return _(FAULTS[fault], what=what) if fault in FAULTS else ""


class Address(fields.URL):
    """Where webhooks are posted to, in the letters that HTTP takes: a Chinese domain becomes xn--…"""

    def parse(self, text, context=fields.NOBODY):
        text = super().parse(text, context)
        if not text:
            return ""
        wrong = Problem(N_("“%(text)s” is not a web address."), text=text)
        try:
            parts = urlsplit(text)
            host = (parts.hostname or "").encode("idna").decode()
            port = f":{parts.port}" if parts.port else ""
        except (ValueError, UnicodeError):
            raise wrong from None
        if not host:
            raise wrong
        if parts.username or parts.password:
            problem = N_("Leave name and password out of the address: the signature tells the receiver that it is us.")
            raise Problem(problem, plugin.name)
        host = f"[{host}]" if ":" in host else host
        path, query = quote(parts.path or "/", "/%:=@!$&'()*+,;~"), quote(parts.query, "/?%:=@!$&'()*+,;~")
        return urlunsplit((parts.scheme, host + port, path, query, ""))


class Events(fields.JSON):
    """What an endpoint wants to be told: `["contacts.created", "tasks_task.*"]`, or `["*"]` for everything."""

    control = "roles"  # boxes, over the whole width

    def parse(self, text, context=fields.NOBODY):
        words = text if isinstance(text, (list, tuple)) else str(text).replace(",", " ").split()
        return list(dict.fromkeys(words))

    def check(self, value):
        if not isinstance(value, list) or not all(isinstance(event, str) for event in value):
            raise Problem(N_("Choose at least one event."), plugin.name)
        return self.parse(value)

    def text(self, value):
        return " ".join(value or ())

    def show(self, value):
        if "*" in (value or ()):
            return html.tag(_("Everything"), "indigo")
        return Markup(" ").join(html.tag(event, "gray") for event in value or ())

    def cell(self):
        def draw(endpoint):
            first = endpoint.events[:2]
            more = len(endpoint.events) - len(first)
            return self.show(first) + (Markup(' <span class="gx-2">+{}</span>').format(more) if more else "")

        return draw

    def draw(self, field, **more):
        """A table of boxes: a row for each kind of record."""
        return Markup(render_template("webhooks/events.html", field=field, resources=told_of(), words=WORDS))

    def collect(self, formdata):
        return " ".join(filter(None, formdata.getlist(self.name))) if self.name in formdata else None


def told_of() -> list:
    """The Resources whose changes can be told, by their titles."""
    found = [r for r in current_app.extensions["guanxi"].resources.values() if r.plugin != plugin.name]
    return sorted(found, key=lambda resource: resource.title)


def unknown_event(events) -> str:
    """The first that is no event of a module that is on, or "". What is kept of a module that is off stays."""
    names = {resource.name for resource in told_of()}
    for event in events:
        name, _dot, word = event.rpartition(".")
        if event != "*" and (name not in names or word not in ("*", *WORDS.values())):
            return event
    return ""


class Endpoint(Record):
    """A receiver: where, what, and in whose name; and how it does."""

    name = fields.Text(label=N_("Who receives it"), required=True, max_length=80)
    url = Address(label=N_("Address"), required=True, help=N_("Such as https://shop.example.com/hooks/guanxi"))
    events = Events(label=N_("Events"), required=True, default=list)
    user = fields.Link(
        User,
        label=N_("In the name of"),
        required=True,
        index=False,
        help=N_("It is sent what this user may see, and nothing else."),
    )
    active = fields.Bool(label=N_("Switched on"), default=True)
    #: Set by the program, when the receiver failed for days or does not want to hear more; events are kept meanwhile.
    paused_at = fields.DateTime(label=N_("Paused"))
    pause_fault = peewee.CharField(max_length=20, default="")
    #: Encrypted; of a new one the older still signs for a day.
    secret = peewee.TextField(default="")
    old_secret = peewee.TextField(default="")
    rotated_at = fields.DateTime()
    secret_shown_at = fields.DateTime()
    #: Since when, and how often in a row, it failed; before `rest_until` it is left in peace.
    failing_since = fields.DateTime(label=N_("Fails since"))
    failures = peewee.IntegerField(default=0)
    rest_until = fields.DateTime()

    def wants(self, resource: str, change: str) -> bool:
        return any(event in self.events for event in ("*", f"{resource}.*", f"{resource}.{WORDS[change]}"))

    @property
    def works(self) -> bool:
        """Whether something may be sent now."""
        return self.active and self.deleted_batch is None and self.paused_at is None

    @property
    def state(self) -> tuple[str, str]:
        """`(what a reader is told, hue)`."""
        if not self.active:
            return _("Off"), "gray"
        if self.paused_at is not None:
            return _("Paused"), "red"
        return (_("Failing"), "orange") if self.failing_since is not None else (_("On"), "green")


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


class Delivery(Record):
    """One event for one endpoint. The log is a journal of its own kind: its rows are written without another one."""

    endpoint = fields.Link(Endpoint, label=N_("Who receives it"), required=True, index=False)
    event = fields.Text(label=N_("Event"), max_length=120, index=True)
    #: The same in every try, so that the receiver can tell what it has already: header `webhook-id`.
    message_id = fields.Text(label=N_("Id of the message"), max_length=40)
    at = fields.DateTime(label=N_("When"), default=fields.utcnow, index=True)
    state = fields.Choice(STATES, label=N_("State"), default="waiting", index=True)
    resource = peewee.CharField(max_length=80, default="")
    record_id = peewee.IntegerField(default=0)
    #: Who made the change: a program can leave out what it wrote itself.
    by_id = peewee.IntegerField(null=True)
    next_at = fields.DateTime(label=N_("Next try"), default=fields.utcnow)
    leased_until = fields.DateTime()
    attempts = fields.Integer(label=N_("Tries"), default=0)
    status = fields.Integer(label=N_("Answer"))
    delivered_at = fields.DateTime(label=N_("Delivered"))
    #: Made at the first try and kept, so that every try sends the same.
    body = peewee.TextField(default="")
    answer = peewee.TextField(default="")
    #: `[{"at", "status", "ms", "fault", "what"}, …]`, the newest last.
    tries = fields.JSON(default=list)

    class Meta:
        indexes = (
            (("endpoint", "state", "next_at"), False),
            (("endpoint", "resource", "record_id", "state"), False),
        )

    def __str__(self):
        return f"{self.event} #{self.record_id}" if self.record_id else self.event

    @property
    def fault(self) -> str:
        """Why the last try did not work, in the reader's language."""
        return self.history[0][3] if self.tries else ""

    @property
    def history(self) -> list[tuple]:
        """`(instant, HTTP status, milliseconds, what was wrong)` of each try, the newest first."""
        return [
            (dt.datetime.fromisoformat(t["at"]), t["status"], t["ms"], said(t.get("fault", ""), t.get("what", "")))
            for t in reversed(self.tries)
        ]


def new_message_id() -> str:
    return "msg_" + secrets.token_urlsafe(18).replace("-", "0").replace("_", "1")


#: Seconds until the next try, after each one that failed: about three days in all.
PAUSES = (5, 60, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
#: For how long the secret before the present one still signs.
OVERLAP = dt.timedelta(days=1)
