"""The pages that ask something before a quote or an order goes on: sending, declining, delivering, approving."""

from types import SimpleNamespace

from flask import Blueprint, g, render_template, request, url_for

from core import (
    N_,
    Contact,
    Outgoing,
    Problem,
    fields,
    flash,
    go,
    html,
    resource_of,
    send_mails,
    speaking,
    transaction,
)

from .. import plugin
from ..models import Approval, Comment, Delivery, Order, OrderLine, Quote
from ..resources import NeedsApproval
from .editor import heads_of
from .papers import content_of, file_name

_ = plugin.gettext

#: What stands at the side of a document's page, at most.
SHOWN = 30


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    both = ["GET", "POST"]
    bp.add_url_rule("/orders/quote/<int:id>/send", "send", send, methods=both)
    bp.add_url_rule("/orders/quote/<int:id>/decline", "decline", decline, methods=both)
    bp.add_url_rule("/orders/quote/<int:id>/comment", "comment", comment, methods=["POST"])
    bp.add_url_rule("/orders/quote/<int:id>/ask", "ask_for_quote", ask_for_quote, methods=both)
    bp.add_url_rule("/orders/order/<int:id>/ask", "ask_for_order", ask_for_order, methods=both)
    bp.add_url_rule("/orders/order/<int:id>/deliver", "deliver", deliver, methods=both)
    bp.add_url_rule("/orders/approval/<int:id>/refuse", "refuse", refuse, methods=both)


# What the pages of documents show beside the document


def facts(heads, record) -> SimpleNamespace:
    """Versions, approvals and comments of a quote; deliveries and approvals of an order. A query each."""
    found = SimpleNamespace(versions=[], comments=[], approvals=[], deliveries=[], lines=[], needs=[], rate=True)
    found.rate = heads.has_rate(record)
    approvals = resource_of(Approval)
    if approvals.can(g.user, "view"):
        mine = (Approval.resource == heads.name) & (Approval.record == record.id)
        query = approvals.query(g.user).where(mine).order_by(Approval.id.desc()).limit(SHOWN)
        found.approvals = approvals.veil(g.user, list(query))
    if isinstance(record, Quote):
        found.versions = heads.veil(g.user, heads.versions(g.user, record))
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
    return found


def _asking(template: str, resource, record, status=200, **more):
    """A page that asks; nothing of the record is saved after it was drawn."""
    resource.veil(g.user, [record])
    return render_template(template, resource=resource, record=record, typed=request.form, **more), status


# Sending


def send(id):
    """GET asks how it goes out; POST makes it final, and writes the mail when one is wanted."""
    quotes = resource_of(Quote)
    quote = quotes.find(g.user, id, "edit")
    if not quote.is_draft:
        flash(_("“%(name)s” was sent already.", name=quote))
        return go(quotes.url("page", quote))
    needs = resource_of(Approval).needs(quotes, quote, g.user)
    page = {"needs": needs, "waiting": _waiting(quotes, quote, needs), "mail": _mail_of(quotes, quote)}
    if request.method == "GET":
        return _asking("orders/send.html", quotes, quote, **page)
    try:
        mail = _typed_mail(quotes, quote) if request.form.get("by") == "mail" else None
        with transaction():
            sent = quotes.mark_sent(g.user, quote)
            if mail is not None:
                _write_mail(quotes, sent, mail)
    except NeedsApproval as problem:
        return _asking(
            "orders/send.html", quotes, quote, 422, **page | {"needs": problem.needs, "errors": [str(problem)]}
        )
    except Problem as problem:
        return _asking("orders/send.html", quotes, quote, 422, **page, errors=[str(problem)])
    flash(_("%(name)s was sent.", name=sent.number), undo=None if mail else sent.batch.id)
    return go(quotes.url("page", sent))


def _waiting(heads, record, needs) -> bool:
    """Whether somebody asked for the approval already."""
    return bool(needs) and any(one.state == "asked" for one in resource_of(Approval).about(heads, record))


def link_of(quote) -> str:
    """The customer's address, with the site's name as the firm set it, or as this request has it."""
    base = resource_of(Quote).build.settings.base_url or request.url_root
    return base.rstrip("/") + url_for("orders.public", secret=quote.secret)


def _mail_of(quotes, quote) -> dict:
    """What the mail begins with: recipient, subject and text in the quote's language."""
    contacts, to = resource_of(Contact), ""
    quotes.load_links([quote], ("contact", "attention"))
    hidden = quotes.hidden(g.user)
    for name in ("attention", "contact"):
        person = quote.__rel__.get(name) if getattr(quote, f"{name}_id") else None
        if (
            not to
            and person is not None
            and not person.__dict__.get("masked")
            and "emails" not in contacts.hidden(g.user)
        ):
            contacts.load_parts([person])
            to = f"{person.name} <{person.emails[0].value}>" if person.emails else ""
    with speaking(quote.language or "zh"):
        firm = quotes.build.firm["firm"]
        subject = _("Our quote: %(title)s", title="" if "title" in hidden else quote.title)
        text = _(
            "Hello,\n\nplease find our quote attached. You can read, comment and accept it here:\n%(link)s\n\n"
            "It is valid until %(day)s.\n\nKind regards\n%(who)s\n%(firm)s",
            link=link_of(quote),
            day="—" if "valid_until" in hidden else quote.valid_until or "—",
            who=g.user.name,
            firm=firm,
        )
    return {"to": to, "subject": subject, "text": text}


def _typed_mail(quotes, quote) -> dict:
    mail = {name: request.form.get(name, "").strip() for name in ("to", "subject", "text")}
    if not mail["to"]:
        raise Problem(N_("Give an address to send it to."), "orders")
    return mail


def _write_mail(quotes, quote, mail: dict) -> None:
    """The mail into the outbox, with the PDF, in the transaction that made the quote final."""
    pdf = (file_name(quote), "application/pdf", content_of(quotes, quote))
    sender = (g.user.name, g.user.email)
    outgoing = Outgoing(mail["to"], mail["subject"], mail["text"], sender=sender, files=[pdf])
    send_mails(quotes.build, [outgoing], user=g.user)


def decline(id):
    """The customer said no on another way: why."""
    quotes = resource_of(Quote)
    quote = quotes.find(g.user, id, "edit")
    if request.method == "GET":
        return _asking("orders/decline.html", quotes, quote)
    try:
        quotes.refuse(quote, g.user, g.user.name, request.form.get("reason", "").strip()[:1000])
    except Problem as problem:
        return _asking("orders/decline.html", quotes, quote, 422, errors=[str(problem)])
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


def ask_for_quote(id):
    return _ask(heads_of("quote"), id)


def ask_for_order(id):
    return _ask(heads_of("order"), id)


def _ask(heads, id):
    """GET says what must be approved before it goes on; POST asks for it."""
    record = heads.find(g.user, id, "edit")
    if request.method == "GET":
        needs = resource_of(Approval).needs(heads, record, g.user)
        return _asking("orders/ask.html", heads, record, needs=needs, waiting=_waiting(heads, record, needs))
    made = resource_of(Approval).ask(g.user, heads, record, request.form.get("words", "").strip()[:2000])
    flash(_("Asked. You get a notice when it is decided.") if made else _("This was asked for already."))
    return go(heads.url("page", record))


def refuse(id):
    """No, and why."""
    approvals = resource_of(Approval)
    approval = approvals.find(g.user, id, "refuse")
    if request.method == "GET":
        return _asking("orders/refuse.html", approvals, approval)
    try:
        approvals.decide(g.user, approval, False, request.form.get("answer", "").strip()[:2000])
    except Problem as problem:
        return _asking("orders/refuse.html", approvals, approval, 422, errors=[str(problem)])
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
        return _asking("orders/deliver.html", orders, order, **page)
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
        return _asking("orders/deliver.html", orders, order, 422, **page, errors=[str(problem)])
    flash(_("%(number)s was entered.", number=made.number), undo=made.batch.id)
    return go(orders.url("page", order))


__all__ = ["add_to", "facts", "link_of"]
