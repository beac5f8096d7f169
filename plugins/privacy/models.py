"""Consents and what they are about; holds; certificates of erasure; exports; retention rules and what they did."""

import peewee

from core import N_, Base, Contact, Record, User, fields, html, resource_of, table_title

from . import plugin

_ = plugin.gettext

#: Names that come with the program: migration 1 writes them, screens say them in the reader's language.
OWN_NAMES = (
    N_("E-mail"),
    N_("Phone"),
    N_("SMS"),
    N_("WeChat"),
    N_("Post"),
    N_("Newsletter"),
    N_("Offers"),
    N_("Surveys"),
    N_("Leads without a word for two years"),
)

STATES = [
    ("granted", N_("Granted"), "green"),
    ("refused", N_("Refused"), "red"),
    ("withdrawn", N_("Withdrawn"), "orange"),
    ("expired", N_("Expired"), "gray"),
]
#: From the strictest to the mildest: where two contacts were merged, the stricter one holds.
STRICTNESS = ("withdrawn", "refused", "expired", "granted")

SOURCES = [
    ("form", N_("Form")),
    ("web", N_("Website")),
    ("verbal", N_("Said in person")),
    ("phone", N_("Phone call")),
    ("mail", N_("Message")),
    ("contract", N_("Contract")),
    ("event", N_("Event")),
    ("import", N_("Import")),
    ("link", N_("Unsubscribe link")),
    ("time", N_("Time ran out")),
]


#: What an erasure calls the logs that it cleans.
CLEANED = {
    "changes": N_("Old and new values in the journal"),
    "journal": N_("Titles in the journal"),
    "notices": N_("Notices"),
    "jobs": N_("Background work"),
    "answers": N_("Saved answers of the API"),
    "views": N_("Saved views"),
    "mails": N_("Mails in the outbox"),
    "tags": N_("Tags"),
}


class Named(fields.Link):
    """A link to a channel or purpose: a short list to choose from, also found by its name in the reader's language."""

    control, domain = "select", plugin.name
    retired = frozenset()

    @property
    def options(self) -> list[tuple[str, str, str]]:
        """Those in use, as of a Choice."""
        model = self.rel_model
        rows = model.select().where(model.active, model.deleted_batch.is_null()).order_by(model.id)
        return [(f"{row} #{row.id}", str(row), "gray") for row in rows]

    def parse(self, text, context=fields.NOBODY):
        if isinstance(text, str) and (folded := text.strip().casefold()):
            for row in self.rel_model.select().where(self.rel_model.deleted_batch.is_null()):
                if folded in {row.name.casefold(), _(row.name).casefold(), getattr(row, "code", "").casefold()}:
                    return row.id
        return super().parse(text, context)

    def named(self, value: str) -> str:
        """The label of an option's value."""
        return next((label for option, label, _hue in self.options if option == value), value)


class Channel(Record):
    """A way to reach somebody. `code` is what mail and marketing call it."""

    name = fields.SeededName(label=N_("Channel"), required=True, max_length=60)
    code = fields.Text(
        label=N_("Code"),
        help=N_("What other modules call it: small letters, digits and _. Made from the name if you leave it empty."),
        max_length=40,
    )
    asks = fields.Bool(
        label=N_("Only with consent"),
        help=N_("Advertising goes only to those who said yes. Otherwise it goes to all who did not say no."),
        default=True,
    )
    months = fields.Integer(label=N_("Consent lasts … months"), help=N_("Leave it empty if it does not run out."))
    active = fields.Bool(label=N_("In use"), default=True)


class Purpose(Record):
    """What a message is for."""

    name = fields.SeededName(label=N_("Purpose"), required=True, max_length=60)
    active = fields.Bool(label=N_("In use"), default=True)


class Consent(Record):
    """What a contact said to being reached by a channel. A new one supersedes it; none is ever changed."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="consents", index=False)
    channel = Named(Channel, label=N_("Channel"), required=True)
    purpose = Named(Purpose, label=N_("Purpose"), help=N_("Leave it empty for everything."))
    state = fields.Choice(STATES, label=N_("State"), required=True, default="granted", index=True)
    source = fields.Choice(SOURCES, label=N_("Source"), required=True, default="verbal", index=True)
    given_at = fields.DateTime(label=N_("Said on"), required=True, index=True)
    expires_at = fields.DateTime(label=N_("Runs out on"), index=True)
    proof = fields.LongText(
        label=N_("Proof"), help=N_("What exactly was said or signed, and where it is kept."), max_length=5000
    )
    recorded_by = fields.Link(User, label=N_("Recorded by"))
    #: Whether it is the newest of its contact, channel and purpose. Two are, after a merge, until somebody decides.
    current = fields.Bool(label=N_("Holds now"), default=True, index=True)

    class Meta:
        indexes = ((("contact", "current"), False),)

    def __str__(self):
        about = f"{self.channel} ({self.purpose})" if self.purpose_id else str(self.channel)
        return f"{about}: {Consent.state.named(self.state)}"


class Hold(Record):
    """A contact that must be kept: neither erasure nor retention touches it."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="holds")
    reason = fields.Text(label=N_("Why"), required=True, max_length=300)
    until = fields.Date(label=N_("Until"), help=N_("The last day; leave it empty until somebody ends it."), index=True)

    def __str__(self):
        return str(self.contact) if self.contact_id else f"#{self.id}"


class Erasure(Record):
    """The certificate of an erasure: who, when and why, and of whom only hashes."""

    #: No Link: it must not count among what points to the contact.
    number = fields.Integer(label=N_("Number of the contact"), index=True)
    mode = fields.Choice(
        [("erase", N_("Erased"), "red"), ("anonymise", N_("Made anonymous"), "purple")], label=N_("What was done")
    )
    reason = fields.Choice(
        [
            ("request", N_("The person asked for it")),
            ("purpose", N_("The reason to keep it is gone")),
            ("retention", N_("A retention rule")),
            ("mistake", N_("It should not have been recorded")),
        ],
        label=N_("Reason"),
        required=True,
        default="request",
        index=True,
    )
    state = fields.Choice(
        [("waiting", N_("Under way"), "blue"), ("done", N_("Done"), "green"), ("failed", N_("Failed"), "red")],
        label=N_("State"),
        default="waiting",
        index=True,
    )
    by = fields.Link(User, label=N_("Decided by"))
    done_at = fields.DateTime(label=N_("Done on"), index=True)
    #: What went, what stayed, which logs were cleaned: `{"gone": {table: rows}, "kept": …, "cleaned": …}`.
    report = fields.JSON(label=N_("Report"), personal=False)
    digest = fields.Text(label=N_("Seal"), personal=False, max_length=64)
    problem = fields.Text(label=N_("What went wrong"), personal=False, max_length=500)

    def __str__(self):
        return _("Certificate %(n)s", n=self.id)

    @property
    def told(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Its report in the reader's language: headings, and `(kind of row, number)` under each."""
        build, report = resource_of(Erasure).build, self.report or {}
        found = [
            (_("Removed for good"), [(table_title(build, t), n) for t, n in report.get("gone", {}).items()]),
            (
                _("Kept, without what is personal"),
                [(table_title(build, t), n) for t, n in report.get("kept", {}).items()],
            ),
            (_("Cleaned"), [(_(CLEANED.get(log, log)), n) for log, n in report.get("cleaned", {}).items() if n]),
        ]
        return [(heading, sorted(rows)) for heading, rows in found if rows]


class Fingerprint(Base):
    """A keyed hash of an e-mail address or phone number that was erased: it knows it again, and cannot say it."""

    erasure_id = peewee.IntegerField(index=True)
    kind = peewee.CharField(max_length=10)
    digest = peewee.CharField(max_length=64, index=True)


class Export(Record):
    """All that is known of a contact, as one zip file for some days."""

    contact = fields.Link(Contact, label=N_("Contact"), required=True, backref="data_exports")
    state = fields.Choice(
        [("waiting", N_("Under way"), "blue"), ("ready", N_("Ready"), "green"), ("gone", N_("Removed"), "gray")],
        label=N_("State"),
        default="waiting",
        index=True,
    )
    by = fields.Link(User, label=N_("Made by"))
    size = fields.Integer(label=N_("Bytes"))
    until = fields.DateTime(label=N_("Can be downloaded until"), index=True)

    def __str__(self):
        return str(self.contact) if self.contact_id else f"#{self.id}"


class Rule(Record):
    """Which contacts are kept no longer. All of its conditions must hold."""

    name = fields.SeededName(label=N_("Rule"), required=True, max_length=120, personal=False)
    place = fields.Choice(
        [("contacts", N_("Contacts")), ("trash", N_("Contacts in the trash"))],
        label=N_("Which"),
        required=True,
        default="contacts",
    )
    stage = fields.Choice(Contact.stage.options, label=N_("Stage"))
    role = fields.Choice(
        [
            ("lead", N_("Lead")),
            ("customer", N_("Customer")),
            ("supplier", N_("Supplier")),
            ("partner", N_("Partner")),
        ],
        label=N_("Role for us"),
    )
    months = fields.Integer(
        label=N_("Nothing happened for … months"), help=N_("Of contacts in the trash: deleted for so many months.")
    )
    settled = fields.Bool(
        label=N_("Only if nothing is open"),
        help=N_("Contacts with a next step, an open task, deal or other open record stay."),
        default=True,
    )
    act = fields.Choice(
        [("trash", N_("Put into the trash")), ("anonymise", N_("Make anonymous")), ("erase", N_("Erase for good"))],
        label=N_("Then"),
        required=True,
        default="anonymise",
    )
    active = fields.Bool(label=N_("In use"), help=N_("A rule in use is followed every day."), default=False, index=True)


class Run(Record):
    """What a rule did once."""

    rule = fields.Link(Rule, label=N_("Rule"), required=True, backref="runs")
    at = fields.DateTime(label=N_("When"), index=True)
    act = fields.Choice(Rule.act.options, label=N_("What"))
    done = fields.Integer(label=N_("Contacts"), default=0)
    held = fields.Integer(label=N_("Kept back"), default=0)
    failed = fields.Integer(label=N_("Failed"), default=0)
    note = fields.Text(label=N_("Note"), max_length=500)

    def __str__(self):
        return f"{self.rule} · {html.short_date(html.local(self.at).date())}"
