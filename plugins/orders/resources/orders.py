"""Orders: from the quote or by hand, confirmed, delivered in parts, and what comes back."""

import datetime as dt
import decimal

import peewee

from core import N_, Problem, Resource, action, chunks, fields, html, transaction

from .. import plugin
from ..models import Counter, Delivery, DeliveryLine, Order, OrderLine
from . import returns
from .approvals import NeedsApproval
from .common import Documents, Lines
from .figures import GOODS
from .quotes import HEAD, copy_lines

_ = plugin.gettext


class Orders(Documents):
    """Orders."""

    model, icon, hue = Order, "clipboard-list", "green"
    label, plural = N_("Order"), N_("Orders")
    columns = ("title", "number", "contact", "status", "total", "day", "due", "owner")
    more_columns = ("deal", "quote", "reference", "currency", "net", "tax", "confirmed_at", "closed_at", "created_at")
    fields = (
        "title",
        "contact",
        "attention",
        "deal",
        "owner",
        "day",
        "due",
        "reference",
        "ship_to",
        "currency",
        "prices",
        "language",
        "discount",
        "intro",
        "terms",
        "note",
    )
    filters = ("status", "owner", "contact", "deal", "quote", "due", "day", "number", "confirmed_at", "created_at")
    search = ("number", "reference")
    sample = {"currency": "CNY", "discount": "5"}
    presets = (
        (N_("Mine"), "owner=me&status=draft,confirmed,partial"),
        (N_("To deliver"), "status=confirmed,partial"),
        (N_("Late"), "status=confirmed,partial&due=overdue"),
    )
    calendar_at = "due"
    keeps_on_erasure = N_("Orders must be kept for the books.")
    page_template = "orders/order.html"

    def from_quote(self, quote, batch, user) -> Order:
        """The draft of an order with the lines of a quote. Inside a transaction."""
        order = self.new(user)
        values = {name: quotes_kind.get(quote) for name in HEAD if (quotes_kind := self._of_quote(name))}
        values |= {"quote": quote.id, "owner": quote.owner_id, "day": html.today()}
        self.write([(order, values)], batch, user)
        copy_lines(self.build.by_model[type(quote)], quote, self, order, user, batch)
        order = self.again(order)  # with the sums of its lines
        self.note(order, "ordered", batch, user, html.money(order.total, order.currency))
        return order

    def _of_quote(self, name: str):
        return self.build.resources["orders_quote"].kinds[name]

    # Steps of its life

    @action(N_("Confirm"), icon="circle-check", order=5, when=lambda order: order.is_draft)
    def confirm(self, user, record):
        try:
            order = self.mark_confirmed(user, record)
        except NeedsApproval:  # the page says what, and asks for it
            return f"/orders/order/{record.id}/ask"
        record.__dict__["batch"] = order.batch
        return _("%(name)s was confirmed.", name=order.number)

    def mark_confirmed(self, user, order: Order) -> Order:
        """Give it its number and make it final. Raises Problem for what is not ready or must be approved first."""
        self.demand(user, "edit")
        approvals = self.build.resources["orders_approval"]
        with transaction():
            order = self.again(order)
            if not order.is_draft:
                raise Problem(N_("“%(name)s” was confirmed already."), "orders", name=str(order))
            if not any(line.kind in ("item", "bundle") for line in self.lines_of(order)):
                raise Problem(N_("There is no line with a price yet. Add one before you confirm it."), "orders")
            approvals.demand_for(self, order, user)
            number = order.number or Counter.next(
                self.build.options("orders")["order_number"], order.day or html.today()
            )
            values = {"number": number, "status": "confirmed", "confirmed_at": fields.utcnow()}
            self.save(user, order, values, label=N_("Confirmed %(name)s"), name=number)
            self.note(order, "confirmed", order.batch, user, html.money(order.total, order.currency))
            self.build.hook.order_confirmed(order=order, user=user)
        return order

    @action(N_("Deliver"), icon="truck-delivery", order=10, when=lambda order: order.is_running)
    def deliver(self, user, record):
        """The page asks what goes out."""
        return f"/orders/order/{record.id}/deliver"

    @action(N_("Return"), icon="truck-return", order=40, when=lambda o: o.status in ("partial", "delivered", "closed"))
    def send_back(self, user, record):
        return f"/orders/order/{record.id}/deliver?kind=return"

    @action(N_("Close"), icon="lock-check", order=20, when=lambda o: o.status in ("partial", "delivered"))
    def close(self, user, record):
        values = {"status": "closed", "closed_at": fields.utcnow()}
        self._step(user, record, values, "closed", N_("Closed %(name)s"), ("confirmed", "partial", "delivered"))

    @action(N_("Cancel the order"), icon="ban", order=50, when=lambda o: o.status in ("draft", "confirmed"))
    def cancel(self, user, record):
        """Only what nothing was delivered of; the rest comes back by a return."""
        values = {"status": "cancelled", "closed_at": fields.utcnow()}
        self._step(user, record, values, "cancelled", N_("Cancelled %(name)s"), ("draft", "confirmed"))

    def _step(self, user, record, values, kind, label, from_states) -> None:
        with transaction():
            now = self.again(record)
            if now.status not in from_states:
                said = N_("“%(name)s” is “%(state)s” by now.")
                raise Problem(said, "orders", name=str(now), state=Order.status.named(now.status))
            self.save(user, now, values, label=label, name=str(now))
            self.note(now, kind, now.batch, user)
            record.__dict__["batch"] = now.batch

    # Deliveries

    def ship(
        self,
        user,
        order: Order,
        quantities: dict[int, decimal.Decimal],
        *,
        kind: str = "delivery",
        day: dt.date | None = None,
        carrier: str = "",
        note: str = "",
    ) -> Delivery:
        """A delivery (or a return) of so much of each line: line id → quantity.

        Raises Problem for more than is open (or was delivered), for nothing, and for an order that is not running.
        """
        self.demand(user, "edit")
        deliveries, parts = self.build.by_model[Delivery], self.build.by_model[DeliveryLine]
        with transaction():
            order = self.again(order)
            lines = {line.id: line for line in self.lines_of(order) if line.is_goods}
            wanted = {id: n for id, n in quantities.items() if n}
            self._check_shipment(order, lines, wanted, kind)
            day = day or html.today()
            number = Counter.next(self.build.options("orders")["delivery_number"], day)
            values = {"number": number, "order": order.id, "contact": order.contact_id, "kind": kind, "day": day}
            values |= {"carrier": carrier, "note": note, "by": user.id}
            label = (
                N_("%(number)s: delivery of %(name)s") if kind == "delivery" else N_("%(number)s: return of %(name)s")
            )
            said = {"number": number, "name": order.number}
            # The order first, so that of two at once the second one meets its new version.
            after = self._state_after(order, lines, wanted, kind)
            self.save(user, order, {"status": after}, label=label, **said)
            batch = order.batch
            delivery = Delivery()
            deliveries.write([(delivery, values)], batch, user)
            rows = [(DeliveryLine(), {"delivery": delivery.id, "line": id, "quantity": n}) for id, n in wanted.items()]
            parts.write(rows, batch, user)
            text = "; ".join(f"{fields.Number.show(OrderLine.quantity, n)} × {lines[id]}" for id, n in wanted.items())
            self.note(order, "delivered" if kind == "delivery" else "returned", batch, user, f"{number}: {text}")
        delivery.__dict__["batch"] = batch
        return delivery

    def _check_shipment(self, order, lines, wanted, kind) -> None:
        if kind == "delivery" and not order.is_running:
            said = N_("“%(name)s” is “%(state)s”: nothing can be delivered of it.")
            raise Problem(said, "orders", name=str(order), state=Order.status.named(order.status))
        if kind == "return" and order.status not in ("partial", "delivered", "closed"):
            raise Problem(N_("Nothing was delivered of “%(name)s” yet."), "orders", name=str(order))
        if not wanted:
            raise Problem(N_("Give at least one quantity."), "orders")
        for id, quantity in wanted.items():
            line = lines.get(id)
            if line is None:
                raise Problem(N_("A line is gone. Load the page again."), "orders")
            if quantity < 0:
                raise Problem(N_("A quantity cannot be less than zero."), "orders")
            most = line.open if kind == "delivery" else line.delivered - line.returned
            if quantity > most:
                said = N_("Of “%(what)s” %(most)s are still to be delivered, not %(n)s.")
                if kind == "return":
                    said = N_("Of “%(what)s” %(most)s can come back, not %(n)s.")
                show = OrderLine.quantity.show
                raise Problem(said, "orders", what=str(line), most=show(most) or "0", n=show(quantity))

    def returned(self, user, key, *where, since: dt.date | None = None) -> list[tuple]:
        """What came back, at what is paid for it, for modules that count orders: `(key, currency, minor units)`.

        `key` is a column of Order that the sums are by, `where` are conditions on Order, `since` is the first day of
        returns that count. One query.
        """
        return returns.returned(user, key, *where, since=since)

    def _state_after(self, order, lines, wanted, kind) -> str:
        if kind == "return":
            return order.status
        done = all(line.delivered + wanted.get(id, 0) >= line.quantity for id, line in lines.items())
        return "delivered" if done else "partial"

    def count_deliveries(self, order_ids) -> None:
        """Bring what lines had delivered and returned up to date. In the caller's transaction; derived, no journal."""
        for chunk in chunks(dict.fromkeys(order_ids), 500):
            values = {OrderLine.delivered: _moved("delivery"), OrderLine.returned: _moved("return")}
            OrderLine.update(values).where(OrderLine.order << chunk, OrderLine.kind << GOODS).execute()


def _moved(kind: str) -> peewee.Node:
    """Inside an update of lines: how much of each went out, or came back."""
    moved = (
        DeliveryLine.select(peewee.fn.SUM(DeliveryLine.quantity))
        .join(Delivery, on=DeliveryLine.delivery)
        .where(
            DeliveryLine.line == OrderLine.id,
            Delivery.kind == kind,
            DeliveryLine.deleted_batch.is_null(),
            Delivery.deleted_batch.is_null(),
        )
    )
    return peewee.fn.COALESCE(moved, 0)


class OrderLines(Lines):
    """Lines of orders."""

    model, label, plural, icon, hue = OrderLine, N_("Line of an order"), N_("Lines of orders"), "list-details", "green"
    follows = "order"
    columns = ("text", "order", "kind", "product", "quantity", "unit", "price", "discount", "tax", "amount")
    more_columns = ("delivered", "returned")
    fields = ("order", *Lines.fields)
    filters = ("order", "product")
    order = "-id"
    sample = {"quantity": "3", "discount": "2", "tax": "13", "price": "10.50 CNY", "kind": "item", "text": "zqline"}


class Shipped(Resource):
    """What `Orders.ship` writes, and nobody by hand."""

    searched = False
    writable = False

    def save_many(self, user, pairs, **kwargs):
        """Raises Problem but for the program itself."""
        if not user.is_system:
            raise Problem(N_("Deliver from the order's page, so that never more goes out than was ordered."), "orders")
        return super().save_many(user, pairs, **kwargs)

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Undo the delivery in the journal, or enter what came back as a return."), "orders")

    def orders_of(self, records) -> list[int]:
        """The orders that these records are of."""
        raise NotImplementedError

    def _after(self, records, change, user):
        super()._after(records, change, user)
        self.build.by_model[Order].count_deliveries(self.orders_of(records))


class Deliveries(Shipped):
    """Goods on their way to customers, and back."""

    model, label, plural, icon, hue = Delivery, N_("Delivery"), N_("Deliveries"), "truck-delivery", "teal"
    columns = ("number", "order", "kind", "day", "carrier", "by")
    fields = ("number", "order", "kind", "day", "carrier", "note")
    filters = ("order", "kind", "day")
    follows = "order"
    searched = True
    search = ("carrier",)
    order = "-day"
    calendar_at = None

    def orders_of(self, records):
        return [record.order_id for record in records]


class DeliveryLines(Shipped):
    """How much of which line went out or came back."""

    model, label, plural, icon, hue = DeliveryLine, N_("Line of a delivery"), N_("Lines of deliveries"), "list", "teal"
    columns = ("delivery", "line", "quantity")
    filters = ("delivery", "line")
    follows = "delivery"
    attachments = False
    sample = {"quantity": "1"}

    def orders_of(self, records):
        lines = OrderLine.select(OrderLine.order).where(OrderLine.id << [record.line_id for record in records])
        return [id for (id,) in lines.tuples()]
