"""Mails of strangers as leads: what came to one of the addresses that the settings name, when the module Mail is on."""

import re

from wtforms import Form, TextAreaField, ValidationError

from core import N_, SYSTEM, Problem, parse_addresses

from .. import plugin
from ..models import LIVE, Lead

_ = plugin.gettext

#: Senders who write by themselves.
MACHINES = re.compile(r"(no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)([+._-].*)?@", re.IGNORECASE)


class SalesOptions(Form):
    """The settings on the module's page."""

    lead_addresses = TextAreaField(
        N_("Mails of unknown senders to these addresses become leads"),
        default="",
        description=N_("One a line, such as sales@firm.example; a mailbox must fetch them and keep unknown senders."),
    )

    def validate_lead_addresses(self, field):
        for line in addresses_in(field.data or ""):
            try:
                found = parse_addresses(line)
            except Problem:
                found = []
            if len(found) != 1:
                raise ValidationError(plugin.gettext("“%(line)s” is not an e-mail address.", line=line))


def addresses_in(text: str) -> set[str]:
    """The lines of the setting, folded."""
    return {line.strip().casefold() for line in text.splitlines() if line.strip()}


def take_letters(build, letters) -> None:
    """Make leads of new letters, in the transaction that files them.

    Only of what a stranger wrote to one of the addresses; who has a live lead already does not become another one.
    """
    strange = [one for one in letters if one.contact_id is None and one.direction == "in" and not one.private]
    wanted = addresses_in(build.options("sales")["lead_addresses"]) if strange else set()
    if not wanted:
        return
    senders: dict[str, tuple] = {}
    for letter in strange:
        name, address = _sender(letter)
        to = {a.casefold() for _name, a in (*letter.to, *letter.cc)}
        if address and to & wanted and not MACHINES.match(address):
            senders.setdefault(address.casefold(), (letter, name, address))
    known = Lead.select(Lead.email).where(Lead.state << LIVE, Lead.email != "", Lead.deleted_batch.is_null())
    had = {email.casefold() for (email,) in known.tuples()} if senders else set()
    leads = build.by_model[Lead]
    for folded, (letter, name, address) in senders.items():
        if folded in had:
            continue
        values = {
            "name": (name or address)[:200],
            "email": address,
            "message": "\n\n".join(filter(None, (letter.subject, letter.reply)))[:20_000],
            "source": _("E-mail"),
        }
        leads.save(SYSTEM, leads.new(SYSTEM), values, label=N_("A lead by mail from %(address)s"), address=address)


def _sender(letter) -> tuple[str, str]:
    """Name and address of who wrote."""
    try:
        name, address = parse_addresses(letter.sender)[0]
    except (Problem, IndexError):
        return "", ""
    return name, address
