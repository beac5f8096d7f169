"""The customer's page of a quote: read, comment, accept, decline. A secret address is the key."""

import datetime as dt
import hashlib

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for

from core import N_, SYSTEM, Problem, fields, public, resource_of, speaking, transaction

from .. import plugin
from ..models import Comment, Quote, Visit
from .papers import drawn, sent_pdf

_ = plugin.gettext

#: What one address may send in an hour.
AN_HOUR = 20


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/orders/q/<secret>", "public", page, methods=["GET", "POST"])
    bp.add_url_rule("/orders/q/<secret>/pdf", "public_pdf", as_pdf)


def _find(secret: str) -> Quote:
    """The quote behind an address. A draft is there for those of us who see it, as a preview."""
    quotes = resource_of(Quote)
    quote = Quote.get_or_none(Quote.secret == secret, Quote.deleted_batch.is_null())
    ours = g.get("user") is not None and quote is not None and quotes.exists(g.user, quote.id)
    if quote is None or (quote.is_draft and (not ours or request.method == "POST")):
        abort(404)
    return quote


def _reader():
    """Who reads: one of us sees what their role shows; the customer all of it."""
    return g.get("user") or SYSTEM


@public
def page(secret):
    """GET shows the quote; POST takes a comment, a yes or a no, once each."""
    quotes, quote = resource_of(Quote), _find(secret)
    with speaking(quote.language or "zh"):
        if quotes.is_late(quote) and quote.status in ("sent", "expired"):
            return _draw(quotes, quote, gone=True), 410
        if request.method == "GET":
            with speaking(_ours(quotes, quote)):
                _note_reading(quotes, quote)
            return _draw(quotes, quote)
        try:
            with speaking(_ours(quotes, quote)):
                _take(quotes, quote)
        except Problem as problem:
            return _draw(quotes, quote.get_by_id(quote.id), error=str(problem)), 422
    return redirect(url_for("orders.public", secret=secret), 303)


def _ours(quotes, quote) -> str:
    """The language of what the customer's answer writes on our timeline: the owner's, else the firm's."""
    owner = quote.owner if quote.owner_id else None
    return (owner and owner.language) or quotes.build.firm["language"] or quote.language or "zh"


@public
def as_pdf(secret):
    quotes, quote = resource_of(Quote), _find(secret)
    if quotes.is_late(quote) and quote.status in ("sent", "expired"):
        abort(404)
    quotes.veil(_reader(), [quote])
    return sent_pdf(quotes, quote, _reader())


def _draw(quotes, quote, gone=False, error=""):
    comments = []
    if not gone:
        query = Comment.select().where(Comment.quote == quote.id, Comment.deleted_batch.is_null())
        comments = list(query.order_by(Comment.id).limit(100))
        resource_of(Comment).load_links(comments, ["author"], _reader())
    newer = Quote.select().where(Quote.previous == quote.id, Quote.status != "draft", Quote.deleted_batch.is_null())
    comments = resource_of(Comment).veil(_reader(), comments)
    quotes.veil(_reader(), [quote])
    return render_template(
        "orders/public.html",
        quote=quote,
        gone=gone,
        error=error,
        comments=comments,
        newer=newer.first(),
        paper="" if gone else drawn(quotes, quote, _reader()),
        firm=quotes.build.firm["firm"],
        typed=request.form if error else {},
        open=quote.status == "sent",
    )


def _note_reading(quotes, quote) -> None:
    """The first time that the customer opens it; one of us who looks is none."""
    if quote.viewed_at is not None or quote.status != "sent" or request.method == "HEAD" or g.get("user"):
        return
    with transaction():
        quote = quotes.again(quote)
        if quote.viewed_at is None:
            label = N_("The customer read %(name)s")
            quotes.save(SYSTEM, quote, {"viewed_at": fields.utcnow()}, label=label, name=str(quote))
            quotes.note(quote, "viewed", quote.batch)


def _take(quotes, quote) -> None:
    """What the customer sent. Raises Problem."""
    form, address = request.form, (request.remote_addr or "")[:60]
    name = Comment.name.parse(form.get("name", "")[:1000])
    verb = form.get("do", "")
    if not name:
        raise Problem(N_("Please tell us your name."), "orders")
    _limit(address)
    if verb == "accept":
        if not form.get("agree"):
            raise Problem(N_("Please tick that you accept the quote."), "orders")
        quotes.take(quote, SYSTEM, name, address)
    elif verb == "decline":
        quotes.refuse(quote, SYSTEM, name, Quote.reason.parse(form.get("text", "")[:1000]), address)
    elif verb == "comment":
        _comment(quotes, quote, name, address, form.get("text", "")[:10_000])
    else:
        abort(400)


def _comment(quotes, quote, name: str, address: str, text: str) -> None:
    text = Comment.text.parse(text)
    if not text:
        raise Problem(N_("Write something first."), "orders")
    comments = resource_of(Comment)
    with transaction():
        last = Comment.select().where(Comment.quote == quote.id).order_by(Comment.id.desc()).first()
        if last is not None and (last.text, last.name, last.deleted_batch) == (text, name, None):
            return  # a second press of the same button
        made = Comment(quote=quote.id)
        values = {"quote": quote.id, "text": text, "name": name, "address": address}
        comments.save(SYSTEM, made, values, label=N_("%(who)s commented %(name)s"), who=name, name=str(quote))
        quotes.tell(quote, N_("%(who)s commented %(name)s"), SYSTEM, who=name)


def _limit(address: str) -> None:
    """Raises Problem for an address that sends too much; what is kept of it is a hash that only this firm can make."""
    key = current_app.secret_key.encode()[:64]
    visitor = hashlib.blake2b(address.encode(), key=key, digest_size=16).hexdigest()
    now, hour = fields.utcnow(), dt.timedelta(hours=1)
    with transaction():
        recent = Visit.select().where(Visit.visitor == visitor, Visit.at > now - hour).count()
        if recent >= AN_HOUR:
            raise Problem(N_("That is enough for now. Please try again in an hour, or call us."), "orders")
        Visit.delete().where(Visit.at < now - 24 * hour).execute()
        Visit.create(at=now, visitor=visitor)
