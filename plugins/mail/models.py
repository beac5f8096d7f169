"""Letters, the mailboxes that they come from, and the templates that they begin with."""

import peewee
from markupsafe import Markup

from core import N_, Base, Contact, Record, User, encrypt, fields

DIRECTIONS = [("in", N_("Received"), "teal"), ("out", N_("Written by us"), "azure")]
STATES = [
    ("received", N_("Received"), "teal"),
    ("queued", N_("Queued"), "blue"),
    ("sent", N_("Sent"), "green"),
    ("failed", N_("Not delivered"), "red"),
    ("cancelled", N_("Cancelled"), "gray"),
]
SECURITY = [("tls", N_("TLS (usual)")), ("starttls", "STARTTLS"), ("none", N_("None (only on this machine)"))]


class Password(fields.Text):
    """A password: encrypted when it is typed, never shown, exported, sent or put into the journal."""

    control = "password"
    filter_control = None

    def parse(self, text, context=fields.NOBODY):
        return encrypt(context.build, text) if text else ""

    def text(self, value):
        return ""

    def json(self, value):
        return None

    def show(self, value):
        return "••••••••" if value else ""

    def draw(self, field):
        """An input that is always empty: what is left empty stays as it is."""
        return Markup(
            '<input class="form-control" type="password" id="{}" name="{}" autocomplete="new-password">'
        ).format(field.id, field.name)

    def collect(self, formdata):
        return formdata.get(self.name)


class Mailbox(Record):
    """A mailbox that is looked into: of one user, or the firm's when it has no owner."""

    name = fields.Text(label=N_("Mailbox"), required=True, max_length=80, help=N_("Such as “Sales” or your own name."))
    address = fields.Email(label=N_("Address"), required=True, help=N_("Answers to it are fetched here."))
    user = fields.Link(
        User, label=N_("Belongs to"), help=N_("Empty: it is the firm's, and everybody may write from it.")
    )
    private = fields.Bool(
        label=N_("Private"), help=N_("Only its owner reads what is fetched here; colleagues see that there was a mail.")
    )
    strangers = fields.Bool(
        label=N_("Keep mails of unknown senders"), help=N_("They are listed under “Unfiled” until somebody files them.")
    )
    host = fields.Text(label=N_("IMAP server"), required=True, max_length=200, help=N_("Such as imap.example.com"))
    port = fields.Integer(label=N_("Port"), help=N_("Empty: 993, or 143 without TLS."))
    security = fields.Choice(SECURITY, label=N_("Encryption"), default="tls", required=True)
    login = fields.Text(label=N_("User name"), max_length=200, help=N_("Empty: the address."))
    password = Password(label=N_("Password"), max_length=2000, help=N_("Kept encrypted. Left empty it stays as it is."))
    folders = fields.Text(
        label=N_("Folders"),
        default="INBOX",
        help=N_("Several with commas, such as: INBOX, Sent. Nothing is changed in them."),
    )
    since = fields.Date(label=N_("Not older than"), help=N_("Empty: everything that is there."))
    active = fields.Bool(label=N_("Fetch mails"), default=True)
    checked_at = fields.DateTime(label=N_("Last look"))
    error = fields.Text(label=N_("What is wrong"), max_length=500)
    #: Made from GUANXI_INBOX_URL, which says where it is.
    of_environment = peewee.BooleanField(default=False)
    #: Somebody reads it now.
    busy_until = fields.Instant(null=True)


class Folder(Base):
    """How far a folder of a mailbox has been read."""

    mailbox = peewee.ForeignKeyField(Mailbox, backref="+")
    name = peewee.CharField(max_length=200)
    uidvalidity = peewee.BigIntegerField(default=0)
    last_uid = peewee.BigIntegerField(default=0)

    class Meta:
        indexes = ((("mailbox", "name"), True),)


class Seen(Base):
    """A message that was read and kept: it is kept once, whatever folder, mailbox or run it comes from again."""

    #: Of its Message-ID and its content.
    digest = fields.Key(unique=True)
    message_id = fields.Key(default="", index=True)


class Letter(Record):
    """A mail between the firm and one contact; a mail to three contacts is three letters."""

    subject = fields.Text(label=N_("Subject"), max_length=900, sortable=False)
    contact = fields.Link(Contact, label=N_("Contact"), backref="letters", index=False)
    at = fields.DateTime(label=N_("When"), index=True)
    direction = fields.Choice(DIRECTIONS, label=N_("Direction"), default="in")
    state = fields.Choice(STATES, label=N_("State"), default="received", index=True)
    #: Who wrote it, of us, or whose mailbox it came to.
    user = fields.Link(User, label=N_("Colleague"), index=True)
    mailbox = fields.Link(Mailbox, label=N_("Mailbox"), index=True)
    sender = fields.Text(label=N_("From"), max_length=500)
    text = fields.LongText(label=N_("Text"), max_length=1_000_000)
    #: What the server or the postmaster said of one that was not delivered.
    answer = fields.Text(label=N_("The server's answer"), max_length=1000)
    #: Only `user` reads it.
    private = fields.Bool(label=N_("Private"))
    #: To and Cc as `[name, address]`.
    to = fields.JSON(label=N_("To"), default=list)
    cc = fields.JSON(label=N_("Cc"), default=list)
    html = peewee.TextField(default="")
    #: Where the text before the quoted mail ends.
    visible = peewee.IntegerField(default=0)
    message_id = fields.Key(default="", index=True)
    #: Message-IDs of the mails before it, oldest first, apart by blanks.
    references = peewee.TextField(default="")
    #: The Message-ID of the first mail of the conversation.
    thread = fields.Key(default="")
    #: The mail of the outbox, while it is there.
    mail_id = peewee.IntegerField(null=True, index=True)
    #: Names of files that it brought along; the files themselves are attachments of the letter.
    file_names = fields.JSON(label=N_("Attachments"), default=list)
    #: Content id → name of the file, for images in the HTML.
    inline = fields.JSON(default=dict)
    #: An unfiled one that nobody wants to file.
    set_aside = fields.Bool(label=N_("Set aside"))

    class Meta:
        indexes = ((("contact", "at"), False), (("thread", "at"), False))

    def __str__(self):
        return self.subject

    @property
    def reply(self) -> str:
        """The text without the mail that it answers."""
        return self.text[: self.visible].rstrip() or self.text.strip()

    @property
    def quoted(self) -> str:
        """The mail that it answers, as far as it is quoted."""
        return self.text[self.visible :].strip() if self.reply != self.text.strip() else ""


class Template(Record):
    """A text to begin a mail with; `{{ contact.name }}` stands for what is known of the contact."""

    name = fields.Text(label=N_("Template"), required=True, max_length=120, index=True)
    subject = fields.Text(label=N_("Subject"), max_length=500)
    text = fields.LongText(label=N_("Text"), required=True, max_length=50_000)
    user = fields.Link(User, label=N_("Only for"), index=True, help=N_("Empty: everybody may use it."))


Letter.add_index(
    peewee.SQL(
        'CREATE INDEX "mail_letter_unfiled" ON "mail_letter" ("at", "id")'
        ' WHERE "contact_id" IS NULL AND "deleted_batch" IS NULL'
    )
)
