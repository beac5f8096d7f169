"""A firm with Quotes and orders on, on SQLite and on PostgreSQL."""

import shutil
import threading

import pytest
from werkzeug.serving import make_server

from core import User, fields
from core.db import db
from core.journal import Batch, undo
from core.trial import Trial
from plugins.orders.models import Order, OrderLine, Quote, QuoteLine


class Desk(Trial):
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

    def undo(self, by="ann"):
        """Take the newest batch back; what was left alone."""
        with self.acting(by):
            return undo(self.build, self.person(by), Batch.select().order_by(Batch.id.desc()).first())[1]

    def undo_batch(self, batch, by="ann"):
        with self.acting(by):
            return undo(self.build, self.person(by), batch)[1]


@pytest.fixture(scope="session")
def first_desk(tmp_path_factory):
    """An SQLite file with tables and cast: every desk on SQLite starts from a copy."""
    folder = tmp_path_factory.mktemp("desk")
    with Desk(folder, "orders"):
        db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "guanxi.db"


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request, tmp_path):
    folder, url = tmp_path / "guanxi", ""
    folder.mkdir()
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    else:
        shutil.copy(request.getfixturevalue("first_desk"), folder / "guanxi.db")
    with Desk(folder, "orders", url=url) as trial:
        yield trial


@pytest.fixture
def site(desk):
    """The same behind an address: `site.address`."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    desk.address = f"http://127.0.0.1:{server.server_port}"
    yield desk
    server.shutdown()
    thread.join()


def come_in(page, site, who="bo"):
    """Sign a person in."""
    user = site.person(who)
    user.set_password("correct horse")
    User.update(password_hash=user.password_hash).where(User.id == user.id).execute()
    page.goto(f"{site.address}/login")
    page.fill("[name=email]", user.email)
    page.fill("[name=password]", "correct horse")
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{site.address}/")
