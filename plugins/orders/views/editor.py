"""The editor: a quote or an order with all its lines on one screen."""

import re
import secrets
from contextlib import suppress

from flask import Blueprint, abort, g, jsonify, render_template, request

from core import (
    N_,
    Conflict,
    Contact,
    Invalid,
    Problem,
    bind_form,
    fields,
    flash,
    fold,
    go,
    html,
    resource_of,
)
from plugins.catalogue.models import Component, Price, Product
from plugins.catalogue.pricing import price_of, prices_of

from .. import plugin
from ..models import Approval, Order, Quote
from ..resources.approvals import shown
from ..resources.writing import LinesClash, TypedLine, find_products, plain, read_lines, save_with_lines, typed
from ..sums import amount_of, sums_of
from .rows import drawn

_ = plugin.gettext

#: What there is to write: the last part of their Resources' names.
PARTS = ("quote", "order")
#: Fields at the top of the editor, and those below the lines; the others are behind "More".
TOP = ("title", "contact", "valid_until", "due", "currency")
BELOW = ("intro", "terms", "note")
#: What `new_secret` makes.
SECRET = re.compile(r"[\w-]{32}")
#: Products that a search offers.
OFFERED = 8


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    both = ["GET", "POST"]
    for part in PARTS:
        bp.add_url_rule(f"/orders/{part}/write", "write_new", write, methods=both, defaults={"part": part})
        bp.add_url_rule(f"/orders/{part}/<int:id>/write", "write", write, methods=both, defaults={"part": part})
        bp.add_url_rule(f"/orders/{part}/sums", "sums", sums, methods=["POST"], defaults={"part": part})
    bp.add_url_rule("/orders/products", "products", products)
    bp.add_url_rule("/orders/rows", "rows", rows)
    bp.add_url_rule("/orders/price", "price", price)


def heads_of(part: str):
    """The Resource of quotes or of orders."""
    return resource_of(Quote if part == "quote" else Order)


# The page


def write(part, id=None):
    """GET draws the editor; POST saves head and lines together, or adds, moves and removes a row without a script."""
    heads = heads_of(part)
    if not heads.writable(g.user):
        said = _("Your role hides a part of the lines, so you cannot write them. An administrator can show it.")
        flash(said, "danger")
        return go(heads.url("page", heads.find(g.user, id)) if id else heads.url())
    if id is None:
        heads.demand(g.user, "create")
        record = heads.new(g.user, **(_given(heads) if request.method == "GET" else {}))
    else:
        record = heads.find(g.user, id, "edit")
        if not record.is_draft:
            flash(_("“%(name)s” is no draft any more and stays as it is.", name=record), "danger")
            return go(heads.url("page", record))
    if request.method == "GET":
        stored = [typed(line) for line in heads.lines_of(record)] if id else []
        return _draw(heads, record, bind_form(heads, g.user, record), stored or [_blank("item")])
    return _take(heads, record)


def _given(heads) -> dict:
    """`?deal=12&contact=3` fills fields, so that a button elsewhere can lead here."""
    found, context = {}, heads.build.context(g.user)
    for name in heads.open_fields(g.user):
        if name in request.args:
            try:
                found[name] = heads.kinds[name].parse(request.args[name], context)
            except Problem:
                continue
    return found


def _take(heads, record):
    form = bind_form(heads, g.user, record, request.form)
    faults = {field.name: field.process_errors[0] for field in form if field.process_errors}
    values = {field.name: field.data for field in form if not field.process_errors}
    currency = values.get("currency") or record.currency
    rows = read_lines(request.form, heads.lines, g.user, currency)
    if op := request.form.get("op", ""):
        return _draw(heads, record, form, _changed(rows, op))
    if record.id is None and (made := _made_before(heads)):
        return go(heads.url("page", made))
    if record.id is None and SECRET.fullmatch(request.form.get("secret", "")):
        record.secret = request.form["secret"]
    known = {int(n) for n in request.form.get("known", "").split(",") if n.isdecimal()}
    version = request.form.get("version", "")
    errors, status = dict(faults), 422
    if not faults:
        try:
            terms = _terms(heads, values, record)
            mine = {line.product_id for line in heads.lines_of(record)} if record.id else set()
            find_products(heads, g.user, rows, mine, **terms)
            save_with_lines(heads, g.user, record, values, rows, known, int(version) if version.isdecimal() else None)
            return _saved(heads, record)
        except Invalid as invalid:
            if version == "" and (made := _made_before(heads)):  # the other click was a moment faster
                return go(heads.url("page", made))
            errors = invalid.errors
        except LinesClash:
            errors = {"": Problem(N_("Somebody else changed the same lines: see the marked ones."), "orders")}
            status = 409
        except Conflict as conflict:
            errors, version, status = _clashes(heads, conflict), str(conflict.current.version), 409
    for field in form:
        if field.name in errors:
            field.errors = (str(errors[field.name]),)
    general = [str(problem) for name, problem in errors.items() if name not in form._fields]
    return _draw(heads, record, form, rows or [_blank("item")], general, version), status


def _made_before(heads):
    """What the same form made already, by a first click; None for nothing."""
    secret = request.form.get("secret", "")
    return heads.query(g.user).where(heads.model.secret == secret).first() if SECRET.fullmatch(secret) else None


def _clashes(heads, conflict) -> dict[str, Problem]:
    said = N_("Somebody else changed it to “%(theirs)s” meanwhile. Save again to keep yours.")
    return {
        clash.name: Problem(said, "orders", theirs=heads.kinds[clash.name].text(clash.theirs) or "—")
        for clash in conflict.clashes
    }


def _saved(heads, record):
    undo = record.batch.id if record.batch.count else None
    flash(_("%(name)s saved.", name=record), undo=undo)
    if request.form.get("then") == "send":
        return go(f"{heads.url('page', record)}/send")
    return go(heads.url("page", record))


def _changed(rows: list[TypedLine], op: str) -> list[TypedLine]:
    """The rows after a button without a script: `add-<kind>`, `up-<key>`, `down-<key>`, `drop-<key>`."""
    verb, _dash, what = op.partition("-")
    if verb == "add":
        return [*rows, _blank(what if what in ("item", "heading", "text") else "item")]
    at = next((i for i, row in enumerate(rows) if row.key == what), None)
    if at is None:
        return rows
    row = rows.pop(at)
    if verb != "drop":
        rows.insert(max(0, at + (-1 if verb == "up" else 1)), row)
    return rows


def _blank(kind: str) -> TypedLine:
    return TypedLine(f"n{secrets.token_hex(4)}", {"kind": kind, "quantity": "1" if kind == "item" else ""})


def _draw(heads, record, form, rows, general=(), version=None):
    names = list(form._fields)
    head = _typed_head(heads, form, record)
    return render_template(
        "orders/editor.html",
        resource=heads,
        record=record,
        part=heads.part,
        form=form,
        general=general,
        rows=rows,
        known=",".join(str(row.id) for row in rows if row.id) if request.method == "GET" else request.form.get("known"),
        version=record.version if version is None else version,
        top=[name for name in TOP if name in names],
        below=[name for name in BELOW if name in names],
        more=(more := [name for name in names if name not in (*TOP, *BELOW, "discount")]),
        more_open=any(form[name].errors for name in more),
        blank={kind: TypedLine("__key__", {"kind": kind, "quantity": "1"}) for kind in ("item", "heading", "text")},
        **_summed(heads, rows, head),
    )


def _terms(heads, values: dict, record) -> dict:
    """What prices depend on, from what was typed."""
    contact = values.get("contact", record.contact_id)
    return {
        "currency": values.get("currency") or record.currency,
        "day": values.get("day") or record.day or html.today(),
        "grade": _grade(heads, contact),
    }


def _grade(heads, contact: int | None) -> str:
    """The grade of a customer that the user sees."""
    if contact is None or not resource_of(Contact).exists(g.user, contact):
        return ""
    return heads.build.hook.customer_grade(contact_id=contact) or ""


# Sums while typing


def _typed_head(heads, form, record) -> dict:
    """The values of the head that the sums need, as typed."""
    found = {}
    for name in ("currency", "discount", "prices"):
        field = form._fields.get(name)
        found[name] = heads.kinds[name].get(record) if field is None or field.process_errors else field.data
    found["currency"] = found["currency"] or heads.build.firm["currency"]
    return found


class _Line:
    """What `sums_of` looks at."""

    def __init__(self, amount, tax):
        self.amount, self.tax = amount, tax


def _summed(heads, rows: list[TypedLine], head: dict) -> dict:
    """Amounts of the rows by key, sums of the whole, and the user's limit of discount."""
    context = heads.build.context(g.user)._replace(currency=head["currency"])
    amounts, lines = {}, []
    for row in rows:
        if row.kind not in ("item", "bundle"):
            continue
        try:
            values = {
                n: heads.lines.kinds[n].parse(row.raw.get(n, ""), context)
                for n in ("quantity", "price", "discount", "tax")
            }
        except Problem:
            continue
        price = values["price"]
        amount = amount_of(
            1 if values["quantity"] is None else values["quantity"], price and price[0], values["discount"]
        )
        amounts[row.key] = html.money(amount, head["currency"]) if price is not None else ""
        lines.append(_Line(amount, values["tax"]))
    sums = sums_of(lines, head["discount"], head["prices"] == "gross")
    limit = resource_of(Approval).limit_of(g.user)
    return {
        "amounts": amounts,
        "sums": sums,
        "currency": head["currency"],
        "limit": None if limit is None else shown(limit),
    }


def sums(part):
    """What is typed so far comes to: the block of sums, and the amount of each line in its place."""
    heads = heads_of(part)
    heads.demand(g.user, "view")
    form = bind_form(heads, g.user, heads.new(g.user), request.form, ["currency", "discount", "prices"])
    head = _typed_head(heads, form, heads.model())
    found = _summed(heads, read_lines(request.form, heads.lines, g.user, head["currency"]), head)
    return render_template("orders/_sums.html", swap=True, form=form, **found)


# Products while typing


def _asked():
    """Currency, day and grade from the address, for prices."""
    heads, args = heads_of("order" if request.args.get("part") == "order" else "quote"), request.args
    currency = args.get("currency", "").upper()
    day = None
    with suppress(Problem):
        day = fields.parse_date(args.get("day", ""))
    contact = re.search(r"(\d{1,9})$", args.get("contact", "").strip())
    return heads, {
        "currency": currency if currency in fields.currencies() else heads.build.firm["currency"],
        "day": day or html.today(),
        "grade": _grade(heads, int(contact.group(1)) if contact else None),
    }


def _sees_prices() -> bool:
    """Whether the role shows prices of products and lists."""
    return not {"price"} & (resource_of(Product).hidden(g.user) | resource_of(Price).hidden(g.user))


def products():
    """Products for sale that fit what is typed (name, SKU, pinyin), the exact SKU first, as options of a list."""
    heads, terms = _asked()
    found, text = resource_of(Product), request.args.get("q", "").strip()[:100]
    found.demand(g.user, "view")
    query = found.query(g.user).where(Product.active)
    if text:
        query = query.where(Product.id << found.matching(g.user, text))
    some = list(query.order_by(Product.name_key, Product.id).limit(40 if text else OFFERED))
    some.sort(key=lambda p: fold(p.sku) != fold(text))
    some = found.veil(g.user, some[:OFFERED])
    priced = prices_of([(p, 1) for p in some], convert=heads.convert, **terms) if _sees_prices() else []
    prices = {p.id: html.money(*one.price) for p, one in zip(some, priced, strict=False) if one.price}
    return render_template("orders/_options.html", products=some, prices=prices)


def _product(id: str) -> Product:
    found = resource_of(Product)
    return found.veil(g.user, [found.find(g.user, int(id) if id.isdecimal() and len(id) < 10 else abort(404))])[0]


def rows():
    """The row of a chosen product with its price, and the rows of its parts when it is a bundle."""
    heads, terms = _asked()
    product = _product(request.args.get("product", ""))
    key = request.args.get("key", "")
    key = key if re.fullmatch(r"\w{1,20}", key) else f"n{secrets.token_hex(4)}"
    quantity = _quantity(heads, request.args.get("quantity", ""))
    parts = _parts(product)
    priced = price_of(product, quantity, convert=heads.convert, **terms) if _sees_prices() else None
    raw = {
        "kind": "bundle" if parts else "item",
        "product": str(product.id),
        "text": product.name,
        "quantity": heads.lines.kinds["quantity"].text(quantity),
        "unit": product.unit,
        "price": plain(priced.price.minor, priced.price.currency) if priced and priced.price else "",
        "discount": request.args.get("discount", "")[:10],
        "tax": heads.lines.kinds["tax"].text(product.tax),
        "why": priced.why if priced else "",
    }
    found = [TypedLine(key, raw)]
    found[0].id, found[0].version = _number("id"), _number("version")
    text = heads.lines.kinds["quantity"].text
    for part in parts:
        one = part.product
        raw = {"kind": "part", "product": str(one.id), "text": one.name, "unit": one.unit}
        raw["quantity"] = text(part.quantity * quantity)
        found.append(TypedLine(f"n{secrets.token_hex(4)}", raw, per=text(part.quantity)))
    return str(drawn(found, {}))


def _parts(product) -> list[Component]:
    """What a bundle is made of, for who may see that."""
    components = resource_of(Component)
    if not components.can(g.user, "view") or components.hidden(g.user):
        return []
    found = resource_of(Product).components([product.id]).get(product.id, [])
    resource_of(Product).veil(g.user, [part.product for part in found])
    return found


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def price():
    """What a product costs at this quantity, as JSON: `price` as it is typed, and `why`."""
    heads, terms = _asked()
    product = _product(request.args.get("product", ""))
    if not _sees_prices():
        return jsonify(price="", why="")
    found = price_of(product, _quantity(heads, request.args.get("quantity", "")), convert=heads.convert, **terms)
    return jsonify(price=plain(found.price.minor, found.price.currency) if found.price else "", why=found.why)


def _quantity(heads, text: str):
    try:
        return heads.lines.kinds["quantity"].parse(text) or 1
    except Problem:
        return 1


__all__ = ["add_to", "heads_of", "write"]
