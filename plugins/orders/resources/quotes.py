"""Quotes: sending, versions, what the customer answers."""

import datetime as dt

from core import N_, SYSTEM, Problem, Resource, action, fields, html, notify, transaction
from plugins.sales.models import Deal

from .. import plugin
from ..models import Comment, Counter, Letterhead, Order, Quote, QuoteLine
from .common import QUIET, Documents, Lines

_ = plugin.gettext

#: What a new version, or an order, takes over from a quote.
HEAD = ("title", "contact", "attention", "deal", "currency", "prices", "language", "discount", "intro", "terms", "note")
#: What a copied line takes over.
LINE = ("place", "kind", "product", "text", "quantity", "unit", "price", "discount", "tax", "why")


class Quotes(Documents):
    """Quotes. One that was sent is never changed: a new version is, and the old one stays readable."""

    model, icon, hue = Quote, "file-invoice", "blue"
    label, plural = N_("Quote"), N_("Quotes")
    columns = ("title", "number", "contact", "status", "total", "valid_until", "owner", "sent_at")
    more_columns = ("deal", "day", "revision", "currency", "net", "tax", "decided_at", "decided_by", "created_at")
    fields = (
        "title",
        "contact",
        "attention",
        "deal",
        "owner",
        "day",
        "valid_until",
        "currency",
        "prices",
        "language",
        "discount",
        "intro",
        "terms",
        "note",
    )
    filters = ("status", "owner", "contact", "deal", "valid_until", "number", "sent_at", "day", "created_at")
    search = ("number",)
    sample = {"currency": "CNY", "discount": "5"}
    presets = (
        (N_("Mine"), "owner=me&status=draft,sent"),
        (N_("Waiting for an answer"), "status=sent"),
        (N_("Accepted"), "status=accepted"),
    )
    order = "-id"
    calendar_at = None
    page_template = "orders/quote.html"

    # Reading

    def is_late(self, quote) -> bool:
        """Whether its last day is over."""
        return quote.valid_until is not None and quote.valid_until < html.today()

    def versions(self, user, quote) -> list[Quote]:
        """All versions of a quote that the user may see, the newest first. One query."""
        if not quote.number:
            return [quote]
        return list(self.query(user).where(Quote.number == quote.number).order_by(Quote.revision.desc()))

    # Checking

    def new(self, user, **values):
        quote = super().new(user, **values)
        days = self.build.options("orders")["valid_days"]
        quote.valid_until = quote.valid_until or html.today() + dt.timedelta(days=days)
        letterhead = self.build.by_model[Letterhead].of(quote.language)
        quote.terms = quote.terms or (letterhead.terms if letterhead is not None else "")
        return quote

    def validate(self, user, record, values):
        errors = super().validate(user, record, values)
        get = lambda name: values.get(name, getattr(record, name))  # noqa: E731
        asked = {"day", "valid_until"} & values.keys()
        if asked and get("day") and get("valid_until") and get("valid_until") < get("day"):
            errors["valid_until"] = Problem(N_("The last day is before the first."), "orders")
        return errors

    # Steps of its life

    @action(N_("Send"), icon="send", order=5, when=lambda quote: quote.is_draft)
    def send(self, user, record):
        """The page asks by which way."""
        return f"/orders/quote/{record.id}/send"

    def mark_sent(self, user, quote: Quote, batch=None) -> Quote:
        """Give it its number and make it final. Raises Problem for what is not ready, Forbidden."""
        self.demand(user, "edit")
        approvals = self.build.resources["orders_approval"]
        with transaction():
            quote = self.again(quote)
            if not quote.is_draft:
                raise Problem(N_("“%(name)s” was sent already."), "orders", name=str(quote))
            lines = self.lines_of(quote)
            if not any(line.kind in ("item", "bundle") for line in lines):
                raise Problem(N_("There is no line with a price yet. Add one before you send it."), "orders")
            if self.is_late(quote):
                raise Problem(N_("Its last day is over. Give it a later one before you send it."), "orders")
            approvals.demand_for(self, quote, user)
            pattern = self.build.options("orders")["quote_number"]
            number = quote.number or Counter.next(pattern, quote.day or html.today())
            values = {"number": number, "status": "sent", "sent_at": fields.utcnow()}
            self.save(user, quote, values, label=N_("Sent %(name)s"), name=number, batch=batch)
            before = Quote.get_or_none(Quote.id == quote.previous_id) if quote.previous_id else None
            if before is not None and before.status in ("sent", "expired", "declined"):
                self.write([(before, {"status": "replaced"})], quote.batch, user)
            self.note(quote, "sent", quote.batch, user, html.money(quote.total, quote.currency))
        return quote

    @action(N_("New version"), icon="copy", order=20, when=lambda q: q.status in ("sent", "declined", "expired"))
    def revise(self, user, record):
        """A draft with the same lines, which replaces this one when it is sent; the one that there is already."""
        draft = self.copy(user, record, version=True)
        return f"/orders/quote/{draft.id}/write"

    @action(N_("Copy"), icon="copy-plus", order=60)
    def duplicate(self, user, record):
        """A new quote with the same lines."""
        return f"/orders/quote/{self.copy(user, record).id}/write"

    def copy(self, user, quote: Quote, version: bool = False) -> Quote:
        """A draft with the lines of a quote: its next version, or a quote of its own."""
        self.demand(user, "create")
        with transaction():
            quote = self.again(quote)
            if version:
                if quote.status in ("accepted", "replaced", "draft"):
                    raise Problem(N_("“%(name)s” takes no new version."), "orders", name=str(quote))
                draft = Quote.get_or_none(
                    Quote.previous == quote.id, Quote.status == "draft", Quote.deleted_batch.is_null()
                )
                if draft is not None:
                    return draft
            values = {name: self.kinds[name].get(quote) for name in HEAD}
            values |= {"owner": quote.owner_id if version else user.id}
            made = self.new(user)
            if version:
                last = Quote.select(Quote.revision).where(Quote.number == quote.number)
                values |= {"number": quote.number, "previous": quote.id}
                values["revision"] = 1 + max(n for (n,) in last.tuples())
            label = N_("New version of %(name)s") if version else N_("Copied %(name)s")
            self.save(user, made, values, label=label, name=str(quote))
            copy_lines(self, quote, self, made, user, made.batch)
        return made

    @action(N_("Accepted"), icon="circle-check", order=10, when=lambda quote: quote.status in ("sent", "expired"))
    def accept(self, user, record):
        """The customer said yes on another way; the order is made in the same step."""
        self.build.resources["orders_order"].demand(user, "create")
        order = self.take(record, user, by=user.name)
        return f"/orders/order/{order.id}"

    def take(self, quote: Quote, user, by: str, address: str = "") -> Order:
        """A quote is accepted and becomes an order, once: a second time gives the order that there is.

        `by` says who accepted, `address` from which address. The deal gets the quote's amount, and is won when the firm
        wants that. Raises Problem for a quote that cannot be accepted.
        """
        orders = self.build.resources["orders_order"]
        with transaction():
            quote = self.again(quote)
            order = Order.get_or_none(Order.quote == quote.id, Order.deleted_batch.is_null())
            if order is not None:
                return order
            if quote.status not in ("sent", "expired", "accepted") or (address and self.is_late(quote)):
                raise Problem(N_("This quote cannot be accepted any more. Please ask us for a new one."), "orders")
            values = {"status": "accepted", "decided_at": fields.utcnow(), "decided_by": by, "decided_from": address}
            label = N_("%(who)s accepted %(name)s")
            self.save(SYSTEM, quote, values | {"reason": ""}, label=label, who=by, name=str(quote))
            batch = quote.batch
            self.note(quote, "accepted", batch, user, by)
            order = orders.from_quote(quote, batch, user)
            self._follow(quote, batch, user)
            self.tell(quote, N_("%(who)s accepted %(name)s"), user, who=by)
        return order

    @action(N_("Declined"), icon="circle-x", order=30, when=lambda quote: quote.status in ("sent", "expired"))
    def decline(self, user, record):
        """The customer said no on another way; the page asks why."""
        return f"/orders/quote/{record.id}/decline"

    def refuse(self, quote: Quote, user, by: str, reason: str, address: str = "") -> None:
        """The customer declined. Raises Problem where there is nothing to decline any more."""
        with transaction():
            quote = self.again(quote)
            if quote.status == "declined":
                return
            if quote.status not in ("sent", "expired"):
                raise Problem(N_("This quote was answered already."), "orders")
            values = {"status": "declined", "decided_at": fields.utcnow(), "decided_by": by, "decided_from": address}
            label = N_("%(who)s declined %(name)s")
            self.save(SYSTEM, quote, values | {"reason": reason}, label=label, who=by, name=str(quote))
            self.note(quote, "declined", quote.batch, user, ": ".join(filter(None, (by, reason))))
            self.tell(quote, N_("%(who)s declined %(name)s"), user, who=by)

    def _follow(self, quote, batch, user) -> None:
        """The deal gets the amount of the accepted quote, and is won when the firm wants that."""
        if not quote.deal_id:
            return
        deals = self.build.by_model[Deal]
        deal = Deal.get_or_none(Deal.id == quote.deal_id, Deal.deleted_batch.is_null())
        if deal is None or deal.status == "lost":
            return
        values = {"amount": fields.Amount(quote.total or 0, quote.currency)}
        if self.build.options("orders")["wins_deal"]:
            values["status"] = "won"
        deals.write([(deal, values)], batch, user)

    def tell(self, quote, message: str, user, **params) -> None:
        """A notice to the owner, unless the owner did it."""
        owner = self.links["owner"].rel_model.get_or_none(self.links["owner"].rel_model.id == (quote.owner_id or 0))
        if owner is not None and owner.active:
            params |= {"name": str(quote)}
            url = self.url("page", quote)
            notify(self.build, [owner], "quote", message, plugin="orders", about=quote, url=url, but=user, **params)


class QuoteLines(Lines):
    """Lines of quotes."""

    model, label, plural, icon, hue = QuoteLine, N_("Line of a quote"), N_("Lines of quotes"), "list-details", "blue"
    follows = "quote"
    columns = ("text", "quote", "kind", "product", "quantity", "unit", "price", "discount", "tax", "amount")
    fields = ("quote", *Lines.fields)
    filters = ("quote", "product")
    sample = {"quantity": "3", "discount": "2", "tax": "13", "price": "10.50 CNY", "kind": "item", "text": "zqline"}


class Comments(Resource):
    """What was said on the quote's page."""

    model, label, plural, icon, hue = Comment, N_("Comment"), N_("Comments"), "message-circle", "cyan"
    timeline = "contact"
    follows = "quote"
    columns = ("text", "quote", "name", "author", "created_at")
    fields = ("quote", "text")
    filters = ("quote",)
    searched = False
    attachments = False
    calendar_at = None

    def write(self, pairs, batch, user=None):
        if batch.kind not in QUIET:
            quotes = self.build.by_model[Quote]
            for comment, values in pairs:
                if comment.id is None:
                    quote = quotes.model.get_by_id(values.get("quote", comment.quote_id))
                    values.setdefault("contact", quote.contact_id)
                    values.setdefault("author", user.id if user is not None else None)
        return super().write(pairs, batch, user)

    def entry_text(self, record):
        return _("Comment on the quote %(number)s", number=record.quote.number).strip(), record.text

    def entry_more(self, record):
        return {"custom": {"author": record.name}} if record.name else {}


def copy_lines(source: Documents, record, target: Documents, made, user, batch) -> None:
    """The lines of one document onto another one, as they are. Inside a transaction."""
    pairs = []
    for line in source.lines_of(record):
        values = {name: source.lines.kinds[name].get(line) for name in LINE}
        pairs.append((target.lines.model(), values | {target.part: made.id}))
    target.lines.write(pairs, batch, user)
