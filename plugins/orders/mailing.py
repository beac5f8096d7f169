"""A quote by mail: what the mail says, and into the outbox with the PDF."""

from babel.dates import format_date
from flask import request, url_for

from core import (
    N_,
    SYSTEM,
    Contact,
    Outgoing,
    Problem,
    fields,
    outbox,
    parse_addresses,
    send_mails,
    speaking,
    transaction,
)

from . import plugin
from .jobs import mailed
from .models import Letterhead, Mailing, Step

_ = plugin.gettext


def link_of(quotes, quote) -> str:
    """The customer's address, with the site's name as the firm set it, or as this request has it."""
    base = quotes.build.settings.base_url or request.url_root
    return base.rstrip("/") + url_for("orders.public", secret=quote.secret)


def begun(quotes, quote, user) -> dict[str, str]:
    """What the mail begins with: `to`, `subject` and `text`, in the quote's language."""
    person, to = _addressee(quotes, quote, user)
    hidden = quotes.hidden(user)
    title = "" if "title" in hidden else quote.title
    with speaking(quote.language or "zh"):
        letterhead = quotes.build.by_model[Letterhead].of(quote.language)
        firm = (letterhead.title if letterhead is not None else "") or quotes.build.firm["firm"]
        text = [_("Dear %(name)s,", name=person) if person else _("Dear Sir or Madam,")]
        if quote.revision > 1:
            text.append(_("Thank you for your reply. Our revised quote is attached; it replaces the one before."))
        else:
            text.append(_("Thank you for your enquiry. Our quote is attached as a PDF."))
        link = link_of(quotes, quote)
        text.append(_("You can also read it online, ask us a question, and accept or decline it:\n%(link)s", link=link))
        if quote.valid_until and "valid_until" not in hidden:
            day = format_date(quote.valid_until, "long", locale="zh_CN" if quote.language == "zh" else "en")
            text.append(_("It is valid until %(day)s.", day=day))
        text.append(_("Kind regards,\n%(who)s\n%(firm)s", who=user.name, firm=firm))
        about = " · ".join(filter(None, (quote.number, title)))
        subject = _("Quote from %(firm)s: %(about)s", firm=firm, about=about)
        return {"to": to, "subject": subject, "text": "\n\n".join(text)}


def _addressee(quotes, quote, user) -> tuple[str, str]:
    """Who is greeted by name, and the address that it goes to; what the user may not see is left out."""
    contacts = quotes.build.by_model[Contact]
    quotes.load_links([quote], ("contact", "attention"), user)
    people = [quote.__rel__.get(name) for name in ("attention", "contact") if getattr(quote, f"{name}_id")]
    people = [person for person in people if person is not None and not person.__dict__.get("masked")]
    greeted = next((person.name for person in people if not person.is_organisation), "")
    if "emails" not in contacts.hidden(user):
        contacts.load_parts(people)
        for person in people:
            if person.emails:
                return greeted, f"{person.name} <{person.emails[0].value}>"
    return greeted, ""


def typed(form) -> dict[str, str]:
    """What somebody typed for the mail. Raises Problem for no address, or one that is none."""
    mail = {name: form.get(name, "").strip() for name in ("to", "subject", "text")}
    if not parse_addresses(mail["to"]):
        raise Problem(N_("Give an address to send it to."), "orders")
    return mail


def write(quotes, quote, mail: dict[str, str], user, pdf: tuple[str, str, bytes]) -> None:
    """A mail with the quote into the outbox. Raises Problem."""
    sender = outbox.sender_for(quotes.build.settings, user)
    # Answers go to the person who wrote, also where the server lets only the firm's own address send.
    headers = {"Reply-To": user.email} if sender[1].casefold() != user.email.casefold() else {}
    outgoing = Outgoing(mail["to"], mail["subject"], mail["text"], sender=sender, headers=headers, files=[pdf])
    with transaction():
        (made,) = send_mails(quotes.build, [outgoing], user=user, then=mailed)
        Mailing.create(quote_id=quote.id, mail_id=made.id)
        # Names, no addresses: a role may see the timeline and not those.
        names = ", ".join(name for name, _address in made.to if name)
        values = {"kind": "mailed", "contact": quote.contact_id, "quote": quote.id, "text": names[:1000]}
        values |= {"at": fields.utcnow(), "title": str(quote)[:300], "by": user.id}
        quotes.build.by_model[Step].save(SYSTEM, Step(), values, label=N_("Mailed %(name)s"), name=str(quote))
