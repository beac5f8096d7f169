"""Reminders: notices to owners, and mails to customers, of what is due soon and overdue; and the module's settings."""

import datetime as dt

from wtforms import BooleanField, Form, IntegerField, SelectField, StringField, TextAreaField, ValidationError

from core import (
    N_,
    SYSTEM,
    Contact,
    Entry,
    Problem,
    User,
    fields,
    html,
    job,
    notify,
    refusals,
    resource_of,
    send_mail,
    transaction,
)
from plugins.sales.jobs import as_the_firm

from . import plugin
from .models import DUE, Instalment

_ = plugin.gettext

EVERY = 3 * 3600
#: Instalments that one run looks at, the most overdue first; the rest comes with the next runs.
MOST = 2000
#: Days between two mails to a customer about the same instalment, and how many there are at most.
PAUSE, TIMES = 7, 3
#: The words that a mail's text may have in braces.
PLACES = ("contact", "what", "amount", "due", "days", "firm")
SUBJECT = N_("Payment due on {due}: {what}")
TEXT = N_(
    "Dear {contact},\n\n{amount} for “{what}” was due on {due}, {days} days ago. If it is on its way already, please"
    " take no notice of this. Otherwise we would be glad of your payment in the next days.\n\n{firm}"
)


class PaymentOptions(Form):
    """The settings on the module's page."""

    invoice_prefix = StringField(N_("Numbers of invoices begin with"), default="INV-")
    commission_due = SelectField(
        N_("A partner's commission is due"),
        choices=[("won", N_("when the deal is won")), ("paid", N_("as the customer pays"))],
        default="paid",
    )
    soon_days = IntegerField(N_("Tell owners … days before a payment is due"), default=3)
    mail_customers = BooleanField(N_("Remind customers of overdue payments by mail"), default=False)
    mail_days = IntegerField(N_("The first mail … days after the due date"), default=3)
    mail_subject = StringField(N_("Subject of the reminder"), default="")
    mail_text = TextAreaField(
        N_("Text of the reminder"),
        default="",
        description=N_("Empty: a polite text of ours. {contact} {what} {amount} {due} {days} {firm} are filled in."),
    )

    def validate_invoice_prefix(self, field):
        field.data = (field.data or "").strip()
        if len(field.data) > 20:
            raise ValidationError(plugin.gettext("At most 20 characters."))

    def validate_soon_days(self, field):
        if field.data is None or not 0 <= field.data <= 60:
            raise ValidationError(plugin.gettext("Give a number from 0 to 60."))

    validate_mail_days = validate_soon_days

    def validate_mail_text(self, field):
        try:
            filled(field.data or "", dict.fromkeys(PLACES, ""))
        except Problem as problem:
            raise ValidationError(str(problem)) from None

    validate_mail_subject = validate_mail_text


def filled(text: str, values: dict[str, str]) -> str:
    """A text with its places filled in. Raises Problem for a place that does not exist."""
    parts = []
    for n, piece in enumerate(text.split("{")):
        name, closed, rest = piece.partition("}")
        if n == 0:
            parts.append(piece)
        elif not closed or name not in values:
            problem = N_("“{%(name)s” is not one of the places that can be filled in.")
            raise Problem(problem, "payments", name=name[:40])
        else:
            parts.append(values[name] + rest)
    return "".join(parts)


def letter(build, instalment, contact) -> tuple[str, str]:
    """Subject and text of a reminder about an instalment, in the language of its contact."""
    options = build.options("payments").all()
    values = {
        "contact": contact.name,
        "what": str(instalment),
        "amount": html.money(instalment.open, instalment.amount_currency),
        "due": html.short_date(instalment.due),
        "days": str((html.today() - instalment.due).days),
        "firm": build.firm["firm"],
    }
    subject, text = options["mail_subject"] or _(SUBJECT), options["mail_text"] or _(TEXT)
    return " ".join(filled(subject, values).split()), filled(text, values)


def write_to(build, user, instalment, contact, subject: str, text: str) -> None:
    """Send a customer a reminder, and note it on the timeline and on the instalment; one transaction.

    Raises Problem when the contact has no address, or must not be written to.
    """
    contacts, instalments = build.by_model[Contact], build.by_model[Instalment]
    contacts.load_parts([contact])
    address = next((point.value for point in contact.emails), "")
    if not address:
        raise Problem(N_("%(name)s has no e-mail address."), "payments", name=contact.name)
    if refused := refusals(build, [contact.id], "email").get(contact.id):
        raise refused
    entry = {"contact": contact.id, "kind": "email", "direction": "out", "at": fields.utcnow()}
    with transaction():
        values = {"reminded_on": html.today(), "reminders": (instalment.reminders or 0) + 1}
        label = N_("Reminded %(name)s of a payment")
        batch = instalments.save_many(SYSTEM, [(instalment, values)], label=label, name=contact.name)
        row = Entry(author=user.id if not user.is_system else instalment.owner_id)
        build.by_model[Entry].write([(row, entry | {"title": subject, "text": text})], batch, user)
        send_mail(build, [(contact.name, address)], subject, text, user=None if user.is_system else user)


@job("payments.remind", every=EVERY)
def remind(build, row):
    """Tell owners what is due soon or overdue, and customers what is overdue; again: nothing twice."""
    with as_the_firm(build):
        options, today = build.options("payments").all(), html.today()
        until = today + dt.timedelta(days=options["soon_days"] or 0)
        query = Instalment.select().where(
            Instalment.state << DUE, Instalment.due <= until, Instalment.deleted_batch.is_null()
        )
        found = list(query.order_by(Instalment.due, Instalment.id).limit(MOST))
        told = _tell_owners(build, found, today)
        mailed = _tell_customers(build, found, today, options) if options["mail_customers"] else 0
    return {"told": told, "mailed": mailed}


def _tell_owners(build, instalments, today) -> int:
    """A notice before it is due, one when it is overdue, and another one for each month that it stays so."""
    owners = {u.id: u for u in User.select().where(User.id << list({i.owner_id for i in instalments}), User.active)}
    resource, told = resource_of(Instalment), 0
    for instalment in instalments:
        owner = owners.get(instalment.owner_id)
        if owner is None:
            continue
        late = (today - instalment.due).days
        message = N_("%(amount)s is overdue: %(title)s") if late > 0 else N_("%(amount)s is due on %(day)s: %(title)s")
        told += notify(
            build,
            [owner],
            "due",
            message,
            plugin="payments",
            about=instalment,
            url=resource.url("page", instalment),
            once=f"payments-{instalment.id}-{instalment.due}-{'soon' if late <= 0 else (late - 1) // 30}",
            amount=html.money(instalment.open, instalment.amount_currency),
            day=f"{instalment.due:%Y-%m-%d}",
            title=str(instalment),
        )
    return told


def _tell_customers(build, instalments, today, options) -> int:
    """Mails about what is overdue, a week apart and three at most, to those who may be written to."""
    first = today - dt.timedelta(days=options["mail_days"] or 0)
    again = today - dt.timedelta(days=PAUSE)
    wanted = [
        i
        for i in instalments
        if i.due < today
        and i.due <= first
        and not i.quiet
        and (i.reminders or 0) < TIMES
        and (i.reminded_on is None or i.reminded_on <= again)
    ]
    ids = {i.contact_id for i in wanted}
    contacts = {c.id: c for c in Contact.select().where(Contact.id << list(ids), Contact.deleted_batch.is_null())}
    sent = 0
    for instalment in wanted:
        contact = contacts.get(instalment.contact_id)
        if contact is None:
            continue
        try:
            write_to(build, SYSTEM, instalment, contact, *letter(build, instalment, contact))
            sent += 1
        except Problem:  # no address, or must not be written to: the owner's notice says that it is overdue
            continue
    return sent
