"""Invoices on screens."""

import peewee

from core import N_, ActionLink, Problem, action, html
from plugins.sales.resources.common import WithContact, numbers_given_twice

from .. import plugin
from ..ledger import lock
from ..models import Instalment, Invoice
from .common import KEPT, Together, next_numbers, positive, show

_ = plugin.gettext

#: What of an issued invoice may still be changed.
AFTERWARDS = ("state", "owner", "note")
#: What says how much of an instalment is invoiced.
WORTH = ("instalment", "amount", "state")


class Invoices(WithContact, Together):
    """Invoices. An issued one stays as it is; a wrong one is made void, and its number is not given again."""

    model, icon, hue = Invoice, "file-invoice", "indigo"
    label, plural = N_("Invoice"), N_("Invoices")
    timeline, timeline_at, calendar_at = "contact", "created_at", None
    columns = ("number", "contact", "about", "kind", "issued_on", "owner", "state", "amount")
    more_columns = ("made_out_to", "tax_percent", "instalment", "created_at")
    fields = (
        "number",
        "kind",
        "contact",
        "made_out_to",
        "tax_number",
        "address",
        "instalment",
        "what",
        "amount",
        "tax_percent",
        "issued_on",
        "state",
        "owner",
        "note",
    )
    filters = ("state", "issued_on", "kind", "contact", "owner", "instalment")
    search = ("made_out_to", "tax_number", "about")
    list_template = "payments/list.html"
    order = "-issued_on"
    presets = (
        (N_("Mine"), "owner=me"),
        (N_("Drafts"), "state=draft"),
        (N_("Issued"), "state=issued"),
        (N_("Void"), "state=void"),
    )
    keeps_on_erasure = KEPT
    sample = {"state": "draft", "tax_percent": "13", "instalment": None}

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = positive(values)
        if record.id and record.state != "draft":
            fixed = [n for n in values if n not in AFTERWARDS and self.kinds[n].get(record) != values[n]]
            if fixed or get("state") == "draft" or record.state == "void" != get("state"):
                said = N_("It was issued, so it stays as it is. Make it void and write a new one.")
                return {fixed[0] if fixed else "state": Problem(said, "payments")}
        tax = get("tax_percent")
        if tax is not None and not 0 <= tax < 100:
            errors["tax_percent"] = Problem(N_("A tax is from 0 to 99 percent."), "payments")
        return errors

    def faults_together(self, pairs):
        """Numbers that others have, and what would be invoiced twice of an instalment."""
        said = N_("“%(number)s” is another invoice's number.")
        taken = numbers_given_twice(self, pairs, beside="kind")
        faults = [(invoice, "number", Problem(said, "payments", number=number)) for invoice, number in taken]
        return [*faults, *self._twice(pairs)]

    def _twice(self, pairs):
        asked = [(one, values) for one, values in pairs if one.id is None or set(WORTH) & set(values)]
        drafts = [(one, *self.typed(one, values, *WORTH)) for one, values in asked]
        drafts = [draft for draft in drafts if draft[1] and draft[2] and draft[3] != "void"]
        rows = {one.id: one for one in lock(Instalment, {draft[1] for draft in drafts})}
        others = Invoice.select(Invoice.instalment, peewee.fn.SUM(Invoice.amount)).where(
            Invoice.instalment << list(rows),
            Invoice.state != "void",
            Invoice.deleted_batch.is_null(),
            Invoice.id.not_in([draft[0].id for draft in drafts if draft[0].id]),
        )
        done = {id: int(minor) for id, minor in others.group_by(Invoice.instalment).tuples()} if rows else {}
        for invoice, instalment, amount, _state in drafts:
            one = rows.get(instalment)
            if one is None:
                continue
            left = one.amount - done.get(one.id, 0)
            if amount[1] != one.amount_currency:
                said = N_("“%(title)s” is in %(theirs)s, and this is %(ours)s.")
                texts = {"title": str(one), "theirs": one.amount_currency, "ours": amount[1]}
                yield invoice, "amount", Problem(said, "payments", **texts)
            elif amount[0] > left:
                said = N_("Of “%(title)s” only %(left)s is not invoiced yet.")
                yield invoice, "amount", Problem(said, "payments", title=str(one), left=show(max(left, 0), amount[1]))
            else:
                done[one.id] = done.get(one.id, 0) + amount[0]

    def write(self, pairs, batch, user=None):
        if batch.kind != "undo":
            pairs = self._completed(pairs)
        return super().write(pairs, batch, user)

    def _completed(self, pairs) -> list:
        """The pairs with number, day and what follows from the instalment."""
        found, numbers = [], None
        ids = {v["instalment"] for r, v in pairs if r.id is None and v.get("instalment")}
        known = {i.id: i for i in Instalment.select().where(Instalment.id << ids)} if ids else {}
        for invoice, values in pairs:
            values = dict(values)
            if invoice.id is None and not values.get("number") and not invoice.number:
                numbers = numbers or next_numbers(Invoice, self.build.options("payments")["invoice_prefix"])
                values["number"] = next(numbers)
            issued = values.get("state", invoice.state) == "issued"
            if issued and not values.get("issued_on", invoice.issued_on):
                values["issued_on"] = html.today()
            part = known.get(values.get("instalment"))
            if part is not None and not invoice.record_id:
                invoice.resource, invoice.record_id = part.resource, part.record_id
                values.setdefault("about", part.about)
            found.append((invoice, values))
        return found

    @action(N_("Issue"), icon="send", order=10, when=lambda i: i.state == "draft")
    def issue(self, user, record):
        self.save(user, record, {"state": "issued"}, label=N_("Issued invoice %(number)s"), number=str(record))

    @action(N_("Make void"), icon="ban", order=40, when=lambda i: i.state == "issued")
    def void(self, user, record):
        self.save(user, record, {"state": "void"}, label=N_("Made invoice %(number)s void"), number=str(record))

    def page_links(self, user, record):
        return [ActionLink(N_("Print"), f"/payments/invoice/{record.id}/print", "printer", 5, "payments")]

    # What others show of an invoice

    def entry_text(self, record):
        amount = show(record.amount, record.amount_currency)
        named = Invoice.state.named(record.state)
        return _("Invoice %(number)s: %(amount)s (%(state)s)", number=str(record), amount=amount, state=named), ""

    def subtitle(self, record):
        return record.made_out_to or record.about
