"""What the composer's page holds: filled from a contact, a letter that is answered, a template, or what was typed."""

import datetime as dt
from functools import cached_property

from markupsafe import Markup

from core import N_, Contact, Problem, fields, foreign, parse_addresses, resource_of

from . import placeholders, plugin
from .models import Letter, Mailbox, Template
from .sending import Draft, body, quote_of, signature_of

_ = plugin.gettext
#: How the subject of an answer or of a forwarded mail begins already.
ANSWER_MARKS = ("re:", "re：", "aw:", "回复:", "回复：", "回覆:", "回覆：", "答复:", "答复：")
FORWARD_MARKS = ("fwd:", "fw:", "wg:", "转发:", "转发：", "轉寄:", "轉寄：")


class Composer:
    """One mail being written; `values` are the address's or the form's."""

    def __init__(self, build, user, values):
        self.build, self.user, self.values = build, user, values
        self.answers = self._letter("reply")
        self.forwards = self._letter("forward")
        self.contact = self._contact()

    # Where it begins

    def _letter(self, name) -> Letter | None:
        id = self.values.get(name, "")
        return self._found(Letter, id) if id.isdecimal() else None

    def _found(self, model, id: str):
        """A letter or template as the user may see it."""
        resource = resource_of(model)
        return resource.veil(self.user, [resource.find(self.user, int(id))])[0]

    def _contact(self) -> Contact:
        id = self.values.get("contact", "")
        letter = self.answers or self.forwards
        if not id.isdecimal() and letter is not None and letter.contact_id:
            id = str(letter.contact_id)
        if not id.isdecimal():
            raise Problem(N_("Open the contact and write the mail there."), "mail")
        contacts = resource_of(Contact)
        contact = contacts.find(self.user, int(id))
        contacts.load_parts([contact])
        return contact

    @cached_property
    def template(self) -> Template | None:
        id = self.values.get("template", "")
        return self._found(Template, id) if id.isdecimal() else None

    @cached_property
    def templates(self) -> list[Template]:
        return list(resource_of(Template).query(self.user).order_by(Template.name_key).limit(200))

    @cached_property
    def mailboxes(self) -> list[Mailbox]:
        return resource_of(Mailbox).of(self.user)

    @cached_property
    def mailbox(self) -> Mailbox | None:
        """The mailbox that it is written from: the chosen one, that of the letter that is answered, one's own."""
        wanted = self.values.get("mailbox", "")
        if wanted == "0" or not self.mailboxes:
            return None
        by_id = {str(m.id): m for m in self.mailboxes}
        answered = str(self.answers.mailbox_id) if self.answers else ""
        return by_id.get(wanted) or by_id.get(answered) or self.mailboxes[0]

    @property
    def hold(self) -> int:
        """Seconds during which it can be taken back."""
        return self.build.options("mail")["hold"]

    # What stands in its inputs

    def _typed(self, name: str, first: str) -> str:
        return self.values.get(name, first)

    @cached_property
    def to(self) -> str:
        return self._typed("to", ", ".join(self._first_to()))

    def _first_to(self) -> list[str]:
        if self.answers is not None and self.answers.direction == "in":
            first = [self.answers.sender] if self.answers.sender else []
            return first + (self._others(self.answers.to) if self.values.get("all") else [])
        if self.answers is not None:
            return [_shown(a) for a in self.answers.to]
        if self.forwards is not None or not self.contact.emails:
            return []
        if "emails" in resource_of(Contact).hidden(self.user):
            return []  # who may not see the address may type one
        return [_shown((self.contact.name, self.contact.emails[0].value))]

    def _others(self, addresses) -> list[str]:
        """Of a letter's recipients, those who are not we."""
        ours = {m.address.casefold() for m in self.mailboxes} | {self.user.email.casefold()}
        return [_shown(a) for a in addresses if a[1].casefold() not in ours]

    @cached_property
    def cc(self) -> str:
        answered = self.answers if self.values.get("all") else None
        return self._typed("cc", ", ".join(self._others(answered.cc)) if answered else "")

    @cached_property
    def bcc(self) -> str:
        return self._typed("bcc", "")

    @cached_property
    def subject(self) -> str:
        letter = self.answers or self.forwards
        if self.template is not None and letter is None:
            return self.values.get("subject", "").strip() or self._filled(self.template.subject)
        if letter is None:
            return self._typed("subject", "")
        mark, marks = ("Re: ", ANSWER_MARKS) if self.answers else ("Fwd: ", FORWARD_MARKS)
        same = letter.subject.lower().startswith(marks)
        return self._typed("subject", letter.subject if same else mark + letter.subject)

    @cached_property
    def text(self) -> str:
        if self.template is not None:
            kept = self.values.get("text", "").strip()
            return "\n\n".join(t for t in (self._filled(self.template.text), kept) if t)
        if self.forwards is not None:
            return self._typed("text", "\n\n" + quote_of(self.forwards))
        return self._typed("text", "")

    @property
    def quote(self) -> str:
        """The mail that is answered, unless somebody does not want it along."""
        wanted = self.answers is not None and ("text" not in self.values or self.values.get("quote"))
        return quote_of(self.answers) if wanted else ""

    # Placeholders

    @cached_property
    def known(self) -> dict:
        return placeholders.values_of(self.build, self.user, [self.contact])[0]

    def _filled(self, text: str) -> str:
        """A template's text for this contact; what is empty stays visible as a gap."""
        return placeholders.render(text, self.known, strict=False)

    # What comes out

    def draft(self, uploads) -> Draft:
        """The mail as it is to be sent. Raises Problem for what cannot be."""
        text = placeholders.render(self.text.replace("\r\n", "\n"), self.known)
        subject = placeholders.render(self.subject, self.known)
        for said, what in ((subject, N_("Subject")), (text, N_("Text"))):
            if "⟨" in said and "⟩" in said:
                wanted = N_("“%(what)s” still has a gap: %(gap)s. Fill it in or take it out.")
                raise Problem(wanted, "mail", **_gap(said, what))
        if not subject.strip():
            raise Problem(N_("Give the mail a subject."), "mail")
        if not text.strip():
            raise Problem(N_("Write something first."), "mail")
        return Draft(
            to=parse_addresses(self.to),
            cc=parse_addresses(self.cc),
            bcc=parse_addresses(self.bcc),
            subject=subject,
            text=text,
            mailbox=self.mailbox,
            answers=self.answers,
            quote=self.quote,
            files=[(f.filename, f.mimetype or "application/octet-stream", f.read()) for f in uploads if f.filename],
            at=fields.utcnow() + dt.timedelta(seconds=self.hold) if self.hold else None,
        )

    def preview(self) -> dict:
        """Subject and text as the contact will read them, or what is wrong."""
        try:
            subject = placeholders.render(self.subject, self.known)
            text = placeholders.render(self.text.replace("\r\n", "\n"), self.known)
        except Problem as problem:
            return {"error": str(problem)}
        _plain, page = body(text, signature_of(self.user))
        return {"error": "", "subject": subject, "html": Markup(foreign.clean(page))}


def _gap(text: str, what: str) -> dict:
    return {"what": _(what), "gap": text[text.index("⟨") : text.index("⟩") + 1][:80]}


def _shown(address) -> str:
    name, mailbox = address
    return f'"{name}" <{mailbox}>' if "," in name or ";" in name else f"{name} <{mailbox}>" if name else mailbox
