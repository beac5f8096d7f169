"""What screens show of letters, mailboxes and templates, and who sees which."""

from core import N_, SYSTEM, Forbidden, Problem, Resource, action, later, outbox

from . import placeholders, plugin
from .fetching import look
from .jobs import fetch_one
from .models import Letter, Mailbox, Template

_ = plugin.gettext
#: Characters of a letter that the timeline keeps, so that it can be read when this module is off.
KEPT_ON_TIMELINE = 4000


class Letters(Resource):
    """Mails to and from contacts.

    Who sees a contact sees its mails, but for private ones, which only their owner reads. What nobody has filed yet is
    seen by everybody if it came to a mailbox of the firm, else by the mailbox's owner.
    """

    model, nav, nav_order, icon, hue = Letter, "Customers", 40, "mail", "azure"
    label, plural = N_("Mail"), N_("Mails")
    columns = ("subject", "sender", "contact", "state", "user", "at")
    more_columns = ("direction", "mailbox", "answer")
    fields = (
        "subject",
        "contact",
        "sender",
        "to",
        "cc",
        "at",
        "direction",
        "state",
        "user",
        "private",
        "answer",
        "text",
    )
    filters = ("direction", "state", "contact", "user", "mailbox", "at")
    search = ("sender",)
    order = "-at"
    timeline, timeline_at, calendar_at = "contact", "at", None
    presets = (
        (N_("Received"), "direction=in"),
        (N_("Written by us"), "direction=out"),
        (N_("Mine"), "user=me"),
        (N_("Not delivered"), "state=failed"),
        (N_("Unfiled"), "contact=none"),
    )
    writable = False
    list_template, page_template = "mail/letters.html", "mail/letter.html"

    # Who may what

    def visible(self, user):
        seen = super().visible(user)
        if user.is_system:
            return seen
        open_ = ~Letter.private & (Letter.contact.is_null(False) | Letter.user.is_null())
        own = (Letter.user == user.id) | open_
        return own if seen is None else seen & own

    def ruled(self, user):
        """The search index knows contacts' owners only: what it finds always goes through `query`."""
        return not user.is_system

    def shown_fields(self, user):
        """None are edited in place: a mail stays as it was sent."""
        return []

    open_fields = shown_fields

    def veil(self, user, records):
        """Whoever may not read the text does not read it as HTML either."""
        if "text" in self.hidden(user):
            for letter in records:
                letter.html, letter.visible = "", 0
        return super().veil(user, records)

    def new(self, user, **values):
        if not user.is_system:
            raise Problem(N_("Open the contact and write the mail there."), "mail")
        return super().new(user, **values)

    # Writing

    def write(self, pairs, batch, user=None):
        for letter, values in pairs:
            if letter.id is None and "visible" not in letter.__data__:
                letter.visible = len(values.get("text", ""))
        return super().write(pairs, batch, user)

    def put_in_trash(self, records, batch, user=None):
        """What still waits is not sent any more; an undo leaves alone what is on its way."""
        waiting = {r.mail_id for r in records if r.state == "queued" and r.mail_id}
        stopped = set(outbox.cancel(outbox.Mail.select().where(outbox.Mail.id << waiting))) if waiting else set()
        gone = [r for r in records if r.mail_id not in waiting or r.mail_id in stopped or batch.kind != "undo"]
        super().put_in_trash(gone, batch, user)

    def settle(self) -> int:
        """Bring letters up to date with what became of their mails in the outbox; how many changed."""
        mail = outbox.Mail
        ended = (Letter.state == "queued") & (mail.state << (outbox.SENT, outbox.FAILED, outbox.CANCELLED))
        back = (Letter.state << ("sent", "failed", "cancelled")) & (mail.state == outbox.QUEUED)
        bounced = (Letter.state == "sent") & (mail.state == outbox.FAILED)
        returned = (Letter.state == "sent") & (Letter.answer == "") & (mail.refused.cast("TEXT") != "{}")
        query = Letter.select(Letter, mail).join(mail, on=(Letter.mail_id == mail.id), attr="mail")
        letters = list(query.where(ended | back | bounced | returned).limit(1000))
        if not letters:
            return 0
        self._load_addresses(letters)
        self.save_many(
            SYSTEM, [(letter, self._outcome(letter)) for letter in letters], label=N_("What became of mails")
        )
        return len(letters)

    def _load_addresses(self, letters) -> None:
        """The addresses of the contacts of mails that some recipient did not get."""
        some = [letter for letter in letters if letter.mail.refused and letter.contact_id]
        self.load_links(some, ["contact"])
        self.build.resources["contacts"].load_parts([letter.contact for letter in some])

    def _outcome(self, letter) -> dict:
        mail = letter.mail
        if mail.state == outbox.SENT and mail.refused:
            mine = {p.value.casefold() for p in letter.contact.emails} if letter.contact_id else set()
            lost = {a: said for a, said in mail.refused.items() if a.casefold() in mine}
            reached = any(a.casefold() in mine and a not in mail.refused for a in mail.recipients)
            said = "; ".join(f"{a}: {answer}" for a, answer in mail.refused.items())[:1000]
            return {"state": "failed" if lost and not reached else "sent", "answer": said}
        state = {outbox.QUEUED: "queued", outbox.SENDING: "queued"}.get(mail.state, mail.state)
        return {"state": state, "answer": "" if state == "sent" else mail.answer[:1000]}

    @action(N_("Send again"), icon="refresh", order=30, when=lambda letter: letter.state in ("failed", "cancelled"))
    def resend(self, user, record):
        mail = outbox.Mail.get_or_none(outbox.Mail.id == record.mail_id)
        if mail is None or not outbox.resend([mail]):
            raise Problem(N_("It is not in the outbox any more. Write it anew."), "mail")
        self.save(
            user, record, {"state": "queued", "answer": ""}, label=N_("Sent again: %(subject)s"), subject=str(record)
        )

    @action(N_("Do not send"), icon="x", order=31, when=lambda letter: letter.state == "queued")
    def cancel(self, user, record):
        if not outbox.cancel(outbox.Mail.select().where(outbox.Mail.id == record.mail_id)):
            raise Problem(N_("Too late: it is on its way."), "mail")
        self.save(user, record, {"state": "cancelled"}, label=N_("Not sent: %(subject)s"), subject=str(record))

    # What others show of a letter

    def entry_text(self, record):
        return ("", "") if record.private else (record.subject or _("(no subject)"), record.reply[:KEPT_ON_TIMELINE])

    def entry_more(self, record):
        out = record.direction == "out"
        name = "" if record.private else record.sender.partition(" <")[0]
        return {
            "author": record.user_id if out else None,
            "direction": record.direction,
            "custom": {} if out else {"author": name or "—"},
        }

    def subtitle(self, record):
        return record.sender

    def doc(self, record):
        doc = super().doc(record)
        return doc._replace(title=record.subject or _("(no subject)"))


class OnesOwn:
    """What belongs to one user or to the firm: everybody sees their own and the firm's, administrators all."""

    def visible(self, user):
        seen = super().visible(user)
        if user.is_system or user.is_admin:
            return seen
        mine = (self.model.user == user.id) | self.model.user.is_null()
        return mine if seen is None else seen & mine


class Mailboxes(OnesOwn, Resource):
    """Where mails are fetched, and who writes from there. Everybody sees the firm's; their own is their own."""

    model, icon, hue = Mailbox, "inbox", "azure"
    label, plural = N_("Mailbox"), N_("Mailboxes")
    columns = ("name", "address", "user", "active", "checked_at", "error")
    fields = (
        "name",
        "address",
        "user",
        "private",
        "strangers",
        "host",
        "port",
        "security",
        "login",
        "password",
        "folders",
        "since",
        "active",
    )
    filters = ("user", "active")
    searched = False

    def new(self, user, **values):
        mailbox = super().new(user, **values)
        mailbox.user_id = user.id
        return mailbox

    def of(self, user) -> list[Mailbox]:
        """The mailboxes that a user may write from, their own first."""
        query = self.query(SYSTEM).where((Mailbox.user == user.id) | Mailbox.user.is_null())
        return list(query.order_by(Mailbox.user.is_null(), Mailbox.id))

    def validate(self, user, record, values):
        errors = {}
        owner = values.get("user", record.user_id)
        if not user.is_system and not user.is_admin and (owner != user.id or record.user_id not in (None, user.id)):
            errors["user"] = Problem(N_("Only an administrator sets up mailboxes of the firm or of others."), "mail")
        if values.get("private", record.private) and owner is None:
            errors["private"] = Problem(N_("A private mailbox needs an owner."), "mail")
        port = values.get("port", record.port)
        if port is not None and not 1 <= port <= 65535:
            errors["port"] = Problem(N_("Give a number from 1 to 65535, or nothing."), "mail")
        return errors

    def save_many(self, user, pairs, **options):
        """A password that was left empty stays; a changed connection is tried again."""
        pairs = [(r, {k: v for k, v in values.items() if k != "password" or v}) for r, values in pairs]
        return super().save_many(user, pairs, **options)

    def delete(self, user, records, **options):
        for record in records:
            if not user.is_system and not user.is_admin and record.user_id != user.id:
                raise Forbidden(f"{self.name}.delete")
        return super().delete(user, records, **options)

    @action(N_("Fetch now"), icon="refresh", order=10)
    def fetch(self, user, record):
        count = look(self.build, record)
        later(fetch_one, user, mailbox=record.id)
        return _("Signed in: %(n)s messages there. New ones are being fetched.", n=count)


class Templates(OnesOwn, Resource):
    """Texts to begin a mail with."""

    model, icon, hue = Template, "template", "azure"
    label, plural = N_("Mail template"), N_("Mail templates")
    columns = ("name", "subject", "user", "updated_at")
    fields = ("name", "subject", "text", "user")
    filters = ("user",)
    order = "name"
    form_template = "mail/template_form.html"

    def ruled(self, user):
        return not user.is_system

    def validate(self, user, record, values):
        errors = {}
        for name in ("subject", "text"):
            try:
                placeholders.check(values.get(name, getattr(record, name)) or "")
            except Problem as problem:
                errors[name] = problem
        return errors
