"""The pages that ask something before a quote or an order goes on: declining, delivering, approving."""

from types import SimpleNamespace

from flask import Blueprint, g, render_template, request

from core import (
    N_,
    Contact,
    Problem,
    fields,
    flash,
    go,
    html,
    resource_of,
)

from .. import plugin
from ..models import Approval, Comment, Delivery, Mailing, Order, OrderLine, Quote
from .editor import heads_of
from .panels import came_back

_ = plugin.gettext

#: What stands at the side of a document's page, at most.
SHOWN = 30


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    both = ["GET", "POST"]
    bp.add_url_rule("/orders/quote/<int:id>/decline", "decline", decline, methods=both)
    bp.add_url_rule("/orders/quote/<int:id>/comment", "comment", comment, methods=["POST"])
    bp.add_url_rule("/orders/quote/<int:id>/ask", "ask_for_quote", ask_for_quote, methods=both)
    bp.add_url_rule("/orders/order/<int:id>/ask", "ask_for_order", ask_for_order, methods=both)
    bp.add_url_rule("/orders/order/<int:id>/deliver", "deliver", deliver, methods=both)
    bp.add_url_rule("/orders/approval/<int:id>/refuse", "refuse", refuse, methods=both)


# What the pages of documents show beside the document


def facts(heads, record) -> SimpleNamespace:
    """Versions, mails, approvals and comments of a quote; deliveries and approvals of an order. A query each."""
    found = SimpleNamespace(
        sees_people=False,
        sees_addresses=False,
        mails=[],
        versions=[],
        comments=[],
        approvals=[],
        deliveries=[],
        lines=[],
        back="",
        needs=[],
        rate=True,
    )
    found.rate = heads.has_rate(record)
    approvals = resource_of(Approval)
    if approvals.can(g.user, "view"):
        mine = (Approval.resource == heads.name) & (Approval.record == record.id)
        query = approvals.query(g.user).where(mine).order_by(Approval.id.desc()).limit(SHOWN)
        found.approvals = approvals.veil(g.user, list(query))
    if isinstance(record, Quote):
        found.versions = heads.veil(g.user, heads.versions(g.user, record))
        found.mails = [] if record.is_draft else Mailing.of(record)
        contacts = resource_of(Contact)
        if found.mails and "contact" not in heads.hidden(g.user) and contacts.exists(g.user, record.contact_id):
            hidden = contacts.hidden(g.user)
            found.sees_people, found.sees_addresses = "name" not in hidden, "emails" not in hidden
        comments = resource_of(Comment)
        if comments.can(g.user, "view"):
            query = comments.query(g.user).where(Comment.quote == record.id).order_by(Comment.id).limit(SHOWN)
            found.comments = comments.veil(g.user, list(query))
            comments.load_links(found.comments, ["author"])
    else:
        deliveries = resource_of(Delivery)
        if deliveries.can(g.user, "view"):
            query = deliveries.query(g.user).where(Delivery.order == record.id).order_by(Delivery.id).limit(SHOWN)
            found.deliveries = deliveries.veil(g.user, list(query))
        if not heads.lines.hidden(g.user):
            found.lines = [line for line in heads.lines_of(record) if line.is_goods]
        if any(line.returned for line in found.lines):
            found.back = came_back([record], g.user).get(record.id, "")
    return found


def asking(template: str, resource, record, status=200, **more):
    """A page that asks; nothing of the record is saved after it was drawn."""
    resource.veil(g.user, [record])
    return render_template(template, resource=resource, record=record, typed=request.form, **more), status


# Answers


def decline(id):
    """The customer said no on another way: why."""
    quotes = resource_of(Quote)
    quote = quotes.find(g.user, id, "edit")
    if request.method == "GET":
        return asking("orders/decline.html", quotes, quote)
    try:
        quotes.refuse(quote, g.user, g.user.name, request.form.get("reason", "").strip()[:1000])
    except Problem as problem:
        return asking("orders/decline.html", quotes, quote, 422, errors=[str(problem)])
    flash(_("Noted: %(name)s was declined.", name=quote))
    return go(quotes.url("page", quote))


def comment(id):
    """An answer of ours, which the customer reads on the quote's page."""
    quotes, comments = resource_of(Quote), resource_of(Comment)
    quote = quotes.find(g.user, id)
    text = request.form.get("text", "").strip()
    if not text:
        raise Problem(N_("Write something first."), "orders")
    made = comments.save(g.user, comments.new(g.user), {"quote": quote.id, "text": comments.kinds["text"].parse(text)})
    flash(_("Your comment is on the customer's page."), undo=made.batch.id)
    return go(quotes.url("page", quote))


# Approvals


def waiting(heads, record, needs) -> bool:
    """Whether somebody asked for the approval already."""
    return bool(needs) and any(one.state == "asked" for one in resource_of(Approval).about(heads, record))


def ask_for_quote(id):
    return _ask(heads_of("quote"), id)


def ask_for_order(id):
    return _ask(heads_of("order"), id)


def _ask(heads, id):
    """GET says what must be approved before it goes on; POST asks for it."""
    record = heads.find(g.user, id, "edit")
    if request.method == "GET":
        needs = resource_of(Approval).needs(heads, record, g.user)
        return asking("orders/ask.html", heads, record, needs=needs, waiting=waiting(heads, record, needs))
    made = resource_of(Approval).ask(g.user, heads, record, request.form.get("words", "").strip()[:2000])
    flash(_("Asked. You get a notice when it is decided.") if made else _("This was asked for already."))
    return go(heads.url("page", record))


def refuse(id):
    """No, and why."""
    approvals = resource_of(Approval)
    approval = approvals.find(g.user, id, "refuse")
    if request.method == "GET":
        return asking("orders/refuse.html", approvals, approval)
    try:
        approvals.decide(g.user, approval, False, request.form.get("answer", "").strip()[:2000])
    except Problem as problem:
        return asking("orders/refuse.html", approvals, approval, 422, errors=[str(problem)])
    flash(_("Refused: %(name)s", name=approval.title))
    return go(approvals.url("page", approval))


# Deliveries


def deliver(id):
    """What goes out, or comes back: a quantity for each line."""
    orders = resource_of(Order)
    order = orders.find(g.user, id, "edit")
    kind = "return" if request.values.get("kind") == "return" else "delivery"
    if orders.lines.hidden(g.user) & {"quantity", "delivered", "returned"}:
        said = _("Your role hides quantities, so you cannot enter deliveries. An administrator can show them.")
        flash(said, "danger")
        return go(orders.url("page", order))
    lines = orders.lines.veil(g.user, [line for line in orders.lines_of(order) if line.is_goods])
    page = {"kind": kind, "lines": lines, "today": html.today(), "number": OrderLine.quantity.text}
    if request.method == "GET":
        return asking("orders/deliver.html", orders, order, **page)
    try:
        read = orders.lines.kinds["quantity"].parse
        wanted = {line.id: read(request.form.get(f"line-{line.id}", "")) for line in lines}
        made = orders.ship(
            g.user,
            order,
            {id: n for id, n in wanted.items() if n is not None},
            kind=kind,
            day=fields.parse_date(request.form.get("day", "")),
            carrier=request.form.get("carrier", "").strip()[:200],
            note=request.form.get("note", "").strip()[:4000],
        )
    except Problem as problem:
        return asking("orders/deliver.html", orders, order, 422, **page, errors=[str(problem)])
    flash(_("%(number)s was entered.", number=made.number), undo=made.batch.id)
    return go(orders.url("page", order))


__all__ = ["add_to", "asking", "facts", "waiting"]
