"""Instalments on screens: what is due, and what follows when one is changed."""

import datetime as dt

from core import N_, Problem, action, fields, html
from plugins.sales.resources.common import WithContact

from ..ledger import settle
from ..models import DUE, Instalment
from .common import KEPT, positive, show


class Instalments(WithContact):
    """What is due.

    Who sees one: by the role's scope whoever owns it, and whoever may see its contact (see `grant_query`). It is not
    on the timeline: that a day comes is nothing that happened with the contact. The payment is.
    """

    model, icon, hue = Instalment, "calendar-dollar", "orange"
    label, plural = N_("Instalment"), N_("Instalments")
    calendar_at = "due"
    columns = ("title", "about", "contact", "owner", "due", "amount", "state", "open")
    more_columns = ("paid", "waived", "condition", "settled_on", "currency", "reminded_on", "reminders", "number")
    fields = ("title", "contact", "amount", "due", "condition", "owner", "quiet", "number")
    filters = ("state", "due", "owner", "contact", "currency", "settled_on")
    order = "due"
    presets = (
        (N_("Mine"), "owner=me&state=open,partly"),
        (N_("Overdue"), "state=open,partly&due=overdue"),
        (N_("Due in 7 days"), "state=open,partly&due=next7"),
        (N_("Due in 30 days"), "state=open,partly&due=next30"),
        (N_("Paid"), "state=paid"),
        (N_("Written off"), "state=waived"),
    )
    keeps_on_erasure = KEPT
    searched = False
    page_template, list_template = "payments/instalment.html", "payments/list.html"

    # Reading

    def overdue(self, user, until: dt.date, limit: int = 20) -> list[Instalment]:
        """A user's instalments that are due by then and not paid, the largest first. Two queries."""
        query = self.query(user).where(Instalment.owner == user.id, Instalment.state << DUE, Instalment.due <= until)
        found = list(query.order_by(Instalment.open.desc()).limit(limit))
        self.load_links(found, ["contact"], user)
        return self.veil(user, found)

    # Checking

    def new(self, user, **values):
        instalment = super().new(user, **values)
        instalment.due = instalment.due or html.today() + dt.timedelta(days=30)
        return instalment

    def validate(self, user, record, values):
        errors = positive(values)
        amount = values.get("amount")
        if record.id and amount is not None and not errors:
            settled = (record.paid or 0) + (record.waived or 0)
            if settled and amount[1] != record.amount_currency:
                errors["amount"] = Problem(
                    N_("%(sum)s of it is settled, so it stays in this currency."),
                    "payments",
                    sum=show(settled, record.amount_currency),
                )
            elif amount[0] < settled:
                problem = N_("%(sum)s of it is settled already. It cannot be less than that.")
                errors["amount"] = Problem(problem, "payments", sum=show(settled, record.amount_currency))
        due = values.get("due")
        if due is not None and not 1990 <= due.year <= 2150:
            errors["due"] = Problem(N_("Is the year right?"), "payments")
        contact = values.get("contact", record.contact_id)
        if record.id and contact != record.contact_id and (record.paid or record.waived):
            errors["contact"] = Problem(N_("It is paid in part or in full. Take that back first."), "payments")
        return errors

    # Writing

    def derive(self, record):
        super().derive(record)
        if record.amount is None:
            return
        record.currency = record.amount_currency
        for name in ("paid", "waived"):
            self.kinds[name].set(record, fields.Amount(getattr(record, name) or 0, record.currency))
        left = record.amount - record.paid - record.waived
        self.kinds["open"].set(record, fields.Amount(left, record.currency))

    def write(self, pairs, batch, user=None):
        changed = super().write(pairs, batch, user)
        old = [r.id for r in changed if r.version > 1]
        if old:  # the record in hand may know less of its settlements than the table does
            settle(self.build, old, [])
        return changed

    def put_in_trash(self, records, batch, user=None):
        """Raises Problem for one that money has arrived for."""
        for record in records:
            if record.paid or record.waived:
                problem = N_("“%(title)s” is paid in part or in full. Take that back first; then it can be deleted.")
                raise Problem(problem, "payments", title=str(record))
        super().put_in_trash(records, batch, user)

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        settle(self.build, [r.id for r in records], [])

    @action(N_("Record a payment"), icon="cash", order=10, when=lambda i: i.is_due)
    def receive(self, user, record):
        """The page asks how much and when."""
        return f"/payments/receive?towards={record.id}"

    @action(N_("Write off"), icon="eraser", order=40, when=lambda i: i.is_due)
    def write_off(self, user, record):
        """The form asks how much and why."""
        left = self.kinds["open"].text(self.kinds["open"].get(record))
        settlements = self.build.resources["payments_settlement"]
        return settlements.url(
            "new", kind="write_off", instalment=record.id, amount=left, next=self.url("page", record)
        )
