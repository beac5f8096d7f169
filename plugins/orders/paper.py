"""A quote or an order as the customer reads it: for the page, the printer, the PDF and the public link."""

import base64
from functools import cached_property

from core import N_, Contact, Problem, html

from . import logo, plugin
from .models import Letterhead
from .resources.letterheads import logos_of
from .sums import Sums

_ = plugin.gettext

TITLES = {"quote": N_("Quote"), "order": N_("Order confirmation")}


class Paper:
    """What stands on a document, in the language in force. Lines and names are read once.

    `reader` sees masks for contacts, and nothing in place of fields, that the role hides; SYSTEM is the customer.
    """

    def __init__(self, heads, record, reader):
        self.heads, self.record, self.reader = heads, record, reader
        self.build, self.part = heads.build, heads.part
        #: What amounts, quantities and rates read as: many lines have the same.
        self._words: dict[tuple, str] = {}

    @property
    def title(self) -> str:
        return _(TITLES[self.part])

    @cached_property
    def lines(self) -> list:
        return self.heads.lines.veil(self.reader, self.heads.lines_of(self.record))

    @cached_property
    def sums(self) -> Sums | None:
        """None for a role that does not see amounts."""
        hidden = self.heads.hidden(self.reader) | self.heads.lines.hidden(self.reader)
        seen = not hidden & {"net", "tax", "total", "price", "amount", "quantity", "discount"}
        return self.heads.sums(self.record, self.lines) if seen else None

    @cached_property
    def rows(self) -> list[tuple]:
        """`(number, line)` of every line; headings, texts and parts have no number."""
        found, n = [], 0
        for line in self.lines:
            n += line.kind in ("item", "bundle")
            found.append((n if line.kind in ("item", "bundle") else None, line))
        return found

    @cached_property
    def has_discounts(self) -> bool:
        return any(line.discount for line in self.lines)

    @cached_property
    def has_tax(self) -> bool:
        return any(line.tax for line in self.lines)

    @cached_property
    def people(self) -> dict[str, str]:
        """Names: customer, attention, owner and the owner's e-mail."""
        record, found = self.record, {}
        self.heads.load_links([record], ("contact", "attention", "owner"), self.reader)
        for name in ("contact", "attention", "owner"):
            linked = record.__rel__.get(name) if getattr(record, f"{name}_id") else None
            found[name] = str(linked) if linked is not None else ""
            if name == "owner" and linked is not None and not linked.__dict__.get("masked"):
                found["mail"] = linked.email
        return found

    @cached_property
    def address(self) -> str:
        """The customer's first address, in one line; nothing for who may not see it."""
        contact, contacts = self.record.__rel__.get("contact"), self.build.by_model[Contact]
        if not self.people["contact"] or contact.__dict__.get("masked") or "addresses" in contacts.hidden(self.reader):
            return ""
        contacts.load_parts([contact])
        return contact.addresses[0].value if contact.addresses else ""

    @cached_property
    def letterhead(self) -> Letterhead | None:
        letterheads = self.build.by_model[Letterhead]
        found = letterheads.of(self.record.language)
        return found and letterheads.veil(self.reader, [found])[0]

    @property
    def firm(self) -> str:
        return (self.letterhead.title if self.letterhead is not None else "") or self.build.firm["firm"]

    @property
    def sender(self) -> str:
        return self.letterhead.sender if self.letterhead is not None else ""

    @cached_property
    def logo(self) -> bytes:
        """The letterhead's logo as PNG, no larger than it is shown; empty without one."""
        return b"" if self.letterhead is None else logo_of(self.build.by_model[Letterhead], self.letterhead)

    @property
    def logo_url(self) -> str:
        """The logo as an address that carries it: strangers need no door to the firm's files."""
        return f"data:image/png;base64,{base64.b64encode(self.logo).decode()}" if self.logo else ""

    # Words

    def money(self, minor: int | None) -> str:
        key = ("", minor)
        if key not in self._words:
            self._words[key] = "" if minor is None else html.money(minor, self.record.currency)
        return self._words[key]

    def number(self, value, name: str = "quantity") -> str:
        """A quantity or a rate as people write it."""
        key = (name, value)
        if key not in self._words:
            self._words[key] = "" if value is None else str(self.heads.lines.kinds[name].show(value))
        return self._words[key]

    def facts(self) -> list[tuple[str, str]]:
        """What stands beside the address: number, date, validity, people."""
        record, people = self.record, self.people
        number = record.number or _("Draft")
        revision = getattr(record, "revision", 1)
        found = [(_("Number"), number), (_("Version"), str(revision) if revision and revision > 1 else "")]
        found.append((_("Date"), day(record.day)))
        if self.part == "quote":
            found.append((_("Valid until"), day(record.valid_until)))
        else:
            found += [(_("Your order number"), record.reference), (_("Delivery by"), day(record.due))]
        found.append((_("Your contact"), " · ".join(filter(None, (people["owner"], people.get("mail", ""))))))
        return [(label, text) for label, text in found if text]


def day(value) -> str:
    return value.isoformat() if value else ""


def logo_of(letterheads, letterhead: Letterhead) -> bytes:
    """The newest image among the files of a letterhead, as `logo.draw` makes it. Kept for this build."""
    file = next(iter(logos_of(letterheads, letterhead)), None)
    if file is None:
        return b""
    key = ("orders.logo", file.id, file.revision)
    if key not in letterheads.build.drawn:
        letterheads.build.drawn[key] = _drawn(file)
    return letterheads.build.drawn[key]


def _drawn(file) -> bytes:
    try:
        with file.open() as stream:
            return logo.draw(stream)
    except (Problem, OSError):  # no image after all, or one that the storage has lost
        return b""
