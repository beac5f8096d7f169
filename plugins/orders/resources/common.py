"""What quotes and orders have in common: numbers, sums, rates, and that what went out stays as it is."""

import datetime as dt
import decimal

import peewee

from core import N_, Contact, Problem, Resource, chunks, fields, html, records
from plugins.sales.models import Deal, Rate

from .. import plugin
from ..models import Step
from ..sums import amount_of, sums_of

_ = plugin.gettext

#: Batches that take back or tell what happened, where no rule is asked and nothing follows of itself.
QUIET = ("undo", "demo")
#: What changes only while a document is a draft.
FROZEN = (
    "title",
    "contact",
    "attention",
    "day",
    "valid_until",
    "currency",
    "prices",
    "language",
    "discount",
    "intro",
    "terms",
)


class Documents(Resource):
    """Quotes and orders: a head, and lines in a table of their own.

    Content may change while it is a draft. `write` of the lines and of the head bring the sums up to date; they are
    derived, so without a journal.
    """

    @property
    def part(self) -> str:
        """The name of the lines' Link to the head: quote or order."""
        return self.name.removeprefix("orders_")

    @property
    def lines(self):
        """The Resource of its lines."""
        return self.build.resources[f"{self.name}_line"]

    def lines_of(self, record) -> list:
        """All lines in order. One query."""
        model = self.lines.model
        query = model.select().where(model._meta.fields[self.part] == record.id, model.deleted_batch.is_null())
        return records(query.order_by(model.place, model.id))

    def sums(self, record, lines=None):
        """The `Sums` of a record; reads its lines unless they are given."""
        lines = self.lines_of(record) if lines is None else lines
        return sums_of((line for line in lines if counts(line)), record.discount, record.prices == "gross")

    def writable(self, user) -> bool:
        """Whether the role shows what the editor needs: all of a line, and what the sums follow from."""
        return not self.lines.hidden(user) and not self.hidden(user) & {"currency", "discount", "prices"}

    # Checking

    def new(self, user, **values):
        """A draft of today in the firm's currency; of a deal, with its title and people."""
        if values.get("deal"):
            values = self._of_deal(user, values["deal"]) | values
        record = super().new(user, **values)
        record.currency = record.currency or self.build.firm["currency"]
        record.day = record.day or html.today()
        record.prices = self.build.options("orders")["prices"]
        contact = Contact.get_or_none(Contact.id == record.contact_id) if record.contact_id else None
        if contact is not None and contact.language == "en":
            record.language = "en"
        return record

    def _of_deal(self, user, id: int) -> dict:
        """What a deal that the user sees gives to a document: title, customer, and whom it is addressed to."""
        deals = self.build.by_model[Deal]
        deal = deals.query(user).where(Deal.id == id).first()
        if deal is None:
            return {}
        deals.veil(user, [deal])
        found = {"title": deal.title, "contact": deal.organisation_id or deal.contact_id}
        return found | ({"attention": deal.contact_id} if deal.organisation_id and deal.contact_id else {})

    def url(self, view: str = "list", record=None, **values) -> str:
        """New ones are written, and drafts changed, in the editor."""
        return super().url({"new": "write", "edit": "write"}.get(view, view), record, **values)

    def validate(self, user, record, values):
        errors = {}
        changed = [n for n in FROZEN if n in values and self.kinds[n].get(record) != values[n]]
        if record.id and changed and not record.is_draft:
            errors[changed[0]] = Problem(
                N_("“%(name)s” is no draft any more and stays as it is."), "orders", name=record
            )
        currency = values.get("currency", record.currency)
        if record.id and currency != record.currency and not record.__dict__.get("with_lines"):
            model, link = self.lines.model, self.lines.links[self.part]
            priced = model.price.is_null(False) & model.deleted_batch.is_null() & (model.price_currency != currency)
            if model.select().where(link == record.id, priced).exists():
                said = N_("The prices of the lines are in %(currency)s. Change the currency in the editor.")
                errors["currency"] = Problem(said, "orders", currency=record.currency)
        discount = values.get("discount")
        if discount is not None and not 0 <= discount <= 100:
            errors["discount"] = Problem(N_("A discount is from 0 to 100 percent."), "orders")
        return errors

    # Writing

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":  # a number that was given stays given, or there would be a gap
            pairs = [(record, {n: v for n, v in values.items() if n != "number"}) for record, values in pairs]
        return super().write(pairs, batch, user)

    def put_in_trash(self, records, batch, user=None):
        """Raises Problem for what has a number: there would be a gap."""
        for record in records:
            if record.number:
                raise Problem(
                    N_("“%(name)s” has a number and stays. Decline or cancel it instead."), "orders", name=str(record)
                )
        super().put_in_trash(records, batch, user)

    def _after(self, records, change, user):
        super()._after(records, change, user)
        if change != "delete":
            self.recount([record.id for record in records], records)

    def recount(self, ids: list[int], known=()) -> None:
        """Bring the sums of records up to date, in the caller's transaction: two queries, one for each that changed."""
        model, line_model = self.model, self.lines.model
        held = {record.id: record for record in known}
        for chunk in chunks(dict.fromkeys(ids), 500):
            heads = {id: held[id] for id in chunk if id in held}
            missing = [id for id in chunk if id not in held]
            heads |= {r.id: r for r in model.select().where(model.id << missing)} if missing else {}
            link = line_model._meta.fields[self.part]
            lines: dict[int, list] = {id: [] for id in chunk}
            for line in records(line_model.select().where(link << chunk, line_model.deleted_batch.is_null())):
                lines[getattr(line, f"{self.part}_id")].append(line)
            for id, record in heads.items():
                self._put_sums(record, self.sums(record, lines[id]))

    def _put_sums(self, record, sums) -> None:
        value = self.value_of(sums.total, record.currency, record.day)
        found = {"value": value}
        for name in ("net", "tax", "total"):
            found |= {name: getattr(sums, name), f"{name}_currency": record.currency}
        if all(getattr(record, name) == value for name, value in found.items()):
            return
        for name, value in found.items():
            setattr(record, name, value)
        self.model.update(found).where(self.model.id == record.id).execute()

    # Money

    def value_of(self, minor: int, currency: str, day: dt.date | None) -> int | None:
        """Minor units as minor units of the firm's currency; None without a rate."""
        return self.build.by_model[Rate].convert(minor, currency, day or html.today())

    def convert(self, minor: int, source: str, target: str, day: dt.date) -> int | None:
        """Minor units of a currency as minor units of another, by the dated rates; None without one."""
        rates = self.build.by_model[Rate]
        one, other = rates.of(source, day), rates.of(target, day)
        if one is None or other is None:
            return None
        shift = digits(target) - digits(source)
        value = (decimal.Decimal(minor) * one / other).scaleb(shift)
        return int(value.to_integral_value(decimal.ROUND_HALF_UP))

    def has_rate(self, record) -> bool:
        """Whether reports can count it in the firm's currency."""
        return self.build.by_model[Rate].of(record.currency, record.day or html.today()) is not None

    # Steps

    def note(self, record, kind: str, batch, user=None, text: str = "", at=None) -> None:
        """Write a step onto the contact's timeline. Inside a transaction."""
        values = {"kind": kind, "contact": record.contact_id, self.part: record.id, "text": text[:1000]}
        values |= {"at": at or fields.utcnow(), "title": str(record)[:300]}
        values["by"] = user.id if user is not None and not user.is_system else None
        self.build.by_model[Step].write([(Step(), values)], batch, user)

    def again(self, record):
        """The record as it is now; on PostgreSQL nobody else changes it until the transaction ends."""
        query = self.model.select().where(self.model.id == record.id, self.model.deleted_batch.is_null())
        if isinstance(self.model._meta.database.obj, peewee.PostgresqlDatabase):
            query = query.for_update()
        found = query.first()
        if found is None:
            raise Problem(N_("“%(name)s” was deleted in the meantime."), "orders", name=str(record))
        return found

    def subtitle(self, record):
        return record.number


class Lines(Resource):
    """Lines of quotes and orders: they follow their head's visibility, and change while it is a draft."""

    searched = False
    attachments = False
    fields = ("place", "kind", "product", "text", "quantity", "unit", "price", "discount", "tax")

    @property
    def part(self) -> str:
        """The name of the Link to the head."""
        return self.follows

    @property
    def heads(self) -> Documents:
        return self.build.by_model[self.kinds[self.part].rel_model]

    def validate(self, user, record, values):
        errors = {}
        head = record.__rel__.get(self.part)  # there already, where a whole document is saved
        if head is None or head.id != values.get(self.part, head.id):
            id = values.get(self.part, getattr(record, f"{self.part}_id"))
            head = self.heads.model.get_or_none(self.heads.model.id == id)
        if head is not None and not head.is_draft:
            errors[""] = Problem(N_("“%(name)s” is no draft any more and stays as it is."), "orders", name=str(head))
        return errors | self.faults_of(record, values, head.currency if head is not None else "")

    def faults_of(self, record, values, currency: str) -> dict[str, Problem]:
        """What is wrong with a line by itself."""
        errors = {}
        quantity, price = values.get("quantity", record.quantity), values.get("price")
        if values.get("kind", record.kind) in ("heading", "text"):
            if not values.get("text", record.text):
                errors["text"] = Problem(N_("Write something, or take the line out."), "orders")
            return errors
        if quantity is not None and quantity <= 0:
            said = N_("A quantity is more than zero. What comes back is a return of the order.")
            errors["quantity"] = Problem(said, "orders")
        if price is not None and price[0] < 0:
            errors["price"] = Problem(N_("A price cannot be less than zero. Give a discount instead."), "orders")
        elif price is not None and currency and price[1] != currency:
            said = N_("The document is in %(currency)s. Give the price in it.")
            errors["price"] = Problem(said, "orders", currency=currency)
        if not values.get("text", record.text) and not values.get("product", record.product_id):
            errors["text"] = Problem(N_("Choose a product, or write what it is."), "orders")
        return errors

    def derive(self, record):
        super().derive(record)
        record.amount_currency = record.price_currency
        record.amount = amount_of(record.quantity, record.price, record.discount) if counts(record) else None

    def write(self, pairs, batch, user=None):
        self._demand_draft([record for record, _ in pairs if record.id], batch)
        return super().write(pairs, batch, user)

    def put_in_trash(self, records, batch, user=None):
        self._demand_draft(records, batch)
        super().put_in_trash(records, batch, user)

    def take_from_trash(self, records, batch, user=None):
        self._demand_draft(records, batch)
        super().take_from_trash(records, batch, user)

    def _demand_draft(self, records, batch) -> None:
        """What went out stays as it is, also for an undo. Raises Problem."""
        ids = {getattr(record, f"{self.part}_id") for record in records}
        if batch.kind == "demo" or not ids:
            return
        model = self.heads.model
        found = model.select().where(model.id << list(ids), model.status != "draft").first()
        if found is not None:
            said = N_("“%(name)s” is no draft any more and stays as it is.")
            raise Problem(said, "orders", name=str(found))

    def _after(self, records, change, user):
        super()._after(records, change, user)
        self.heads.recount([getattr(record, f"{self.part}_id") for record in records])


class Steps(Resource):
    """What happened with quotes and orders, for the contact's timeline."""

    model, icon, hue = Step, "file-invoice", "blue"
    label, plural = N_("Step of a quote or an order"), N_("Steps of quotes and orders")
    timeline, timeline_at, calendar_at = "contact", "at", None
    columns = ("title", "kind", "at", "by", "text", "quote", "order")
    filters = ("kind", "at", "by", "quote", "order")
    order = "-at"
    searched = False
    writable = False
    attachments = False

    def save_many(self, user, pairs, **kwargs):
        """Only the program writes them. Raises Problem."""
        if not user.is_system:
            raise Problem(N_("Steps are written down along with their quotes and orders, and not by hand."), "orders")
        return super().save_many(user, pairs, **kwargs)

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Steps belong to their quotes and orders and are not deleted alone."), "orders")

    def entry_text(self, record):
        return f"{Step.kind.named(record.kind)}: {record.title}", record.text


def counts(line) -> bool:
    """Whether a line has a price of its own: the parts of a bundle, headings and texts have none."""
    return line.kind in ("item", "bundle")


def digits(currency: str) -> int:
    """How many decimals a currency has."""
    return len(str(fields.parse_money("1", currency).minor)) - 1


def total_of(record) -> fields.Amount | None:
    """What is to be paid."""
    return None if record.total is None else fields.Amount(record.total, record.currency)
