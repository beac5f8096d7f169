"""A firm with Quotes and orders on, on SQLite and on PostgreSQL."""

import pytest

from core import fields
from plugins.orders.models import Order, OrderLine, Quote, QuoteLine
from tests.trials import Acting, served, trial_of


class Desk(Acting):
    """A trial with products: `desk.quote(("Door", 2, "100"), …)` makes a draft with these lines."""

    def product(self, name="Door", price="100 CNY", **values):
        return self.make("catalogue_product", "ann", name=name, price=price, **values)

    def quote(self, *lines, by="bo", **values):
        values = {
            "title": "Kitchen",
            "contact": values.pop("contact", None) or self.contact("Lin", owner="Bo"),
        } | values
        quote = self.make("orders_quote", by, **values)
        for place, (what, quantity, price) in enumerate(lines or (("Door", 2, "100"),)):
            self.line(quote, what, quantity, price, by=by, place=place)
        return self.again(quote)

    def line(self, quote, what, quantity=1, price="100", by="bo", **values):
        values = {"quote": quote, "quantity": str(quantity)} | values
        values |= {"text": what} if isinstance(what, str) else {"product": what, "text": what.name}
        if price is not None:
            values["price"] = f"{price} {quote.currency}"
        return self.make("orders_quote_line", by, **values)

    def order(self, *lines, by="bo", **values):
        """A confirmed order with these lines."""
        values = {
            "title": "Kitchen",
            "contact": values.pop("contact", None) or self.contact("Lin", owner="Bo"),
        } | values
        order = self.make("orders_order", by, **values)
        for place, (what, quantity, price) in enumerate(lines or (("Door", 2, "100"),)):
            price = f"{price} {order.currency}"
            self.make("orders_order_line", by, order=order, text=what, quantity=str(quantity), price=price, place=place)
        return self.confirm(order, by)

    # Verbs, as a person does them

    def act(self, name, record, by="bo", *arguments, **values):
        """A verb of the record's Resource; what it gives."""
        with self.acting(by) as build:
            verb = getattr(build.by_model[type(record)], name)
            return verb(self.person(by), self.again(record), *arguments, **values)

    def send(self, quote, by="bo"):
        return self.act("mark_sent", quote, by)

    def confirm(self, order, by="bo"):
        return self.act("mark_confirmed", order, by)

    def accept(self, quote, by="bo"):
        self.act("accept", quote, by)
        return Order.get(Order.quote == quote.id, Order.deleted_batch.is_null())

    def ship(self, order, *quantities, by="bo", **values):
        """A delivery of so much of each line, in their order."""
        wanted = {
            line.id: n for line, n in zip(self.lines(order), map(fields.Number().parse, quantities), strict=False)
        }
        return self.act("ship", order, by, wanted, **values)

    def lines(self, record):
        model, link = (QuoteLine, QuoteLine.quote) if isinstance(record, Quote) else (OrderLine, OrderLine.order)
        return list(
            model.select().where(link == record.id, model.deleted_batch.is_null()).order_by(model.place, model.id)
        )


desk = trial_of(Desk, "orders")


@pytest.fixture
def site(desk):
    """The same behind an address: `site.address`."""
    with served(desk):
        yield desk
