"""A document saved with all its lines at once, as the editor sends it; what two people changed is put together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from core import N_, Conflict, Invalid, Problem, fields, sort_key, transaction
from plugins.catalogue.models import Product
from plugins.catalogue.pricing import prices_of

from ..models import QuoteLine

#: What is typed in a line, beside its kind.
TYPED = ("text", "quantity", "unit", "price", "discount", "tax")
#: What the amount of a line is made of.
FIGURES = ("quantity", "price", "discount", "tax")
NAME = re.compile(r"lines-(\w{1,20})-([a-z]+)")
#: Lines of one document.
MOST = 2000


@dataclass
class TypedLine:
    """A line as somebody typed it: `raw` texts by field, what they mean, and what is wrong with them."""

    key: str
    raw: dict[str, str]
    id: int | None = None
    version: int | None = None
    values: dict = field(default_factory=dict)
    errors: dict[str, Problem] = field(default_factory=dict)
    #: For a part of a bundle: how many go into one bundle, as text.
    per: str = ""

    @property
    def kind(self) -> str:
        return self.raw.get("kind") or "item"

    @property
    def is_blank(self) -> bool:
        """An empty row: nothing was lost if it is left out."""
        return not any(self.raw.get(name, "").strip() for name in ("text", "product", "price"))


def plain(minor: int | None, currency: str) -> str:
    """An amount without its currency, as it stands in an input."""
    return "" if minor is None else QuoteLine.price.text(fields.Amount(minor, currency)).removesuffix(f" {currency}")


def typed(line) -> TypedLine:
    """A stored line as the editor shows it."""
    raw = {name: type(line)._meta.fields[name].text(getattr(line, name)) for name in TYPED if name != "price"}
    raw |= {"kind": line.kind, "product": str(line.product_id or ""), "why": line.why}
    raw["price"] = plain(line.price, line.price_currency or "CNY")
    values = {name: getattr(line, name) for name in FIGURES} | {"price": type(line).price.get(line)}
    return TypedLine(str(line.id), raw, line.id, line.version, values)


def read_lines(form, lines, user, currency: str) -> list[TypedLine]:
    """What was sent, in the order of the page; the values of a line and its faults are on it. Raises Problem."""
    found: dict[str, dict[str, str]] = {}
    for name in form:
        if match := NAME.fullmatch(name):
            found.setdefault(match.group(1), {})[match.group(2)] = form[name]
    if len(found) > MOST:
        raise Problem(N_("A document takes at most %(n)s lines."), "orders", n=MOST)
    rows = []
    for key, raw in found.items():
        id, version = raw.pop("id", ""), raw.pop("version", "")
        row = TypedLine(key, raw, int(id) if id.isdecimal() else None, int(version) if version.isdecimal() else None)
        if row.id is not None or not row.is_blank:
            rows.append(row)
    for row in rows:
        _read(row, lines, user, currency)
    return rows


def _read(row: TypedLine, lines, user, currency: str) -> None:
    context = lines.build.context(user)._replace(currency=currency)
    for name in ("kind", *TYPED):
        try:
            row.values[name] = lines.kinds[name].parse(row.raw.get(name, ""), context)
        except Problem as problem:
            row.errors[name] = problem
    product = row.raw.get("product", "")
    row.values["product"] = int(product) if product.isdecimal() and len(product) < 10 else None
    row.values["why"] = row.raw.get("why", "")[:300]
    if not row.values.get("kind"):
        row.values["kind"] = "item"
    if row.values["kind"] in ("heading", "text"):
        row.values |= {"product": None, "quantity": 1, "price": None, "discount": None, "tax": None, "why": ""}
        row.errors = {name: problem for name, problem in row.errors.items() if name in ("kind", "text")}
    elif row.values.get("quantity", 1) is None:
        row.values["quantity"] = 1
    if row.values["kind"] == "part":
        row.values |= {"price": None, "discount": None, "tax": None}


def find_products(heads, user, rows: Iterable[TypedLine], known: set[int], **terms) -> None:
    """See that products are such as the user sees, find those that were typed by name or SKU, and give them prices.

    `known` are products that the document has already; `terms` as `prices_of` takes them. Three queries at most.
    """
    products, rows = heads.build.by_model[Product], list(rows)
    wanted = {row.values["product"] for row in rows} - {None} - known
    seen = (
        {id for (id,) in products.query(user, Product.id).where(Product.id << list(wanted)).tuples()} if wanted else ()
    )
    open_rows = []
    for row in rows:
        id = row.values["product"]
        if id is not None and id not in known and id not in seen:
            row.errors["text"] = Problem(N_("This product is not there any more. Choose another one."), "orders")
        if id is None and row.kind == "item" and row.raw.get("price", "") == "" and row.values.get("text"):
            open_rows.append(row)
    if not open_rows:
        return
    keys = {sort_key(row.values["text"]): row for row in open_rows}
    named = products.query(user).where(
        Product.active, (Product.name_key << list(keys)) | (Product.sku_key << list(keys))
    )
    found = [(keys[key], p) for p in named for key in {p.name_key, p.sku_key} & keys.keys()]
    priced = prices_of([(p, row.values.get("quantity") or 1) for row, p in found], convert=heads.convert, **terms)
    for (row, product), price in zip(found, priced, strict=True):
        row.values |= {"product": product.id, "text": product.name, "price": price.price, "why": price.why}
        row.values["unit"] = row.values.get("unit") or product.unit
        if row.values.get("tax") is None:
            row.values["tax"] = product.tax


def save_with_lines(heads, user, record, values: dict, rows: list[TypedLine], known: set[int], version: int | None):
    """Save a draft and its lines as one batch: the record.

    `known` are the ids of the lines that the page showed: those of them that were not sent are taken out; lines that
    others added meanwhile stay. Raises Invalid (the faults of lines are on them, too), Conflict of the head, or
    LinesClash.
    """
    lines, part = heads.lines, heads.part
    with transaction():
        if record.id is not None and not heads.again(record).is_draft:
            raise Problem(N_("“%(name)s” is no draft any more and stays as it is."), "orders", name=str(record))
        record.__dict__["with_lines"] = True
        heads.save(user, record, values, version=version)
        batch = record.batch
        stored = {line.id: line for line in heads.lines_of(record)} if version is not None else {}
        pairs, clashes = [], False
        for place, row in enumerate(rows):
            line = stored.get(row.id)
            if line is None:  # new, or deleted by somebody else while it was open here: it is kept
                line = lines.new(user)
            elif line.version != row.version:
                clashes = _merge(lines, user, line, row, batch) or clashes
            line.__rel__[part], line.__data__[part] = record, record.id
            faults = lines.faults_of(line, row.values, record.currency)
            row.errors |= faults
            pairs.append((line, row.values | {"place": place}))
        if any(row.errors for row in rows):
            raise LinesClash(record) if clashes else LinesInvalid()
        if pairs:
            lines.save_many(user, pairs, batch=batch)
        gone = [stored[id] for id in known if id in stored and id not in {row.id for row in rows}]
        if gone:
            lines.put_in_trash(gone, batch, user)
    record.__dict__["batch"] = batch
    return record


class LinesInvalid(Invalid):
    """Something is wrong with a line; the line says what."""

    def __init__(self):
        super().__init__({"": Problem(N_("Something is wrong with a line: see the marked ones."), "orders")})


class LinesClash(Conflict):
    """Somebody else changed the same thing of a line; the lines say what, and have the versions to save again."""


def _merge(lines, user, line, row: TypedLine, batch) -> bool:
    """Put together what others changed of a line and what was typed; whether both changed the same."""
    try:
        lines.save(user, line, row.values, version=row.version, batch=batch)
        row.values = {name: lines.kinds[name].get(line) for name in row.values}
        return False
    except Conflict as conflict:
        for clash in conflict.clashes:
            kind = lines.kinds[clash.name]
            said = N_("Somebody else changed it to “%(theirs)s” meanwhile. Save again to keep yours.")
            row.errors[clash.name] = Problem(said, "orders", theirs=kind.text(clash.theirs) or "—")
        row.version = conflict.current.version if conflict.current is not None else line.version
        return True


__all__ = ["FIGURES", "LinesClash", "TypedLine", "find_products", "plain", "read_lines", "save_with_lines", "typed"]
