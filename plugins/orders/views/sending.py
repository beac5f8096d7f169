"""Sending a quote: by mail or by hand, once or again."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, g, request

from core import Problem, flash, go, outbox, resource_of

from .. import mailing, plugin
from ..models import Approval, Mailing, Quote
from ..resources import NeedsApproval
from .papers import content_of, file_name
from .steps import asking, waiting

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/orders/quote/<int:id>/send", "send", send, methods=["GET", "POST"])
    bp.add_app_template_global(link_of, "orders_link")
    bp.add_app_template_global(outbox.said, "orders_mail_said")


def link_of(quote) -> str:
    """The customer's address of a quote."""
    return mailing.link_of(resource_of(Quote), quote)


def send(id):
    """GET asks how it goes out; POST makes a draft final, and writes the mail when one is wanted.

    One that was sent already is mailed again as it is.
    """
    quotes = resource_of(Quote)
    quote = quotes.find(g.user, id, "edit")
    if not quote.is_draft and quote.status != "sent":
        flash(_("“%(name)s” was answered already.", name=quote))
        return go(quotes.url("page", quote))
    needs = resource_of(Approval).needs(quotes, quote, g.user) if quote.is_draft else []
    last = Mailing.of(quote, 1)
    page = {"needs": needs, "waiting": waiting(quotes, quote, needs), "mail": _begun(quotes, quote, last)}
    page |= {"mailed": bool(last), "only_here": _only_here(quotes)}
    if request.method == "GET":
        return asking("orders/send.html", quotes, quote, **page)
    try:
        mail = mailing.typed(request.form) if request.form.get("by") == "mail" or not quote.is_draft else None
        sent = quotes.mark_sent(g.user, quote) if quote.is_draft else quote
    except NeedsApproval as problem:
        return asking(
            "orders/send.html", quotes, quote, 422, **page | {"needs": problem.needs, "errors": [str(problem)]}
        )
    except Problem as problem:
        return asking("orders/send.html", quotes, quote, 422, **page, errors=[str(problem)])
    if mail is None:
        flash(_("%(name)s was sent.", name=sent.number), undo=sent.batch.id)
        return go(quotes.url("page", sent))
    try:
        # Outside of the transaction that made it final: a PDF takes its time, and others want to write.
        pdf = (file_name(sent), "application/pdf", content_of(quotes, sent))
        mailing.write(quotes, sent, mail, g.user, pdf)
    except Problem as problem:
        flash(_("%(name)s has its number now, but no mail: %(why)s", name=sent.number, why=problem), "danger")
    else:
        flash(_("%(name)s is on its way to %(who)s.", name=sent.number, who=mail["to"]))
    return go(quotes.url("page", sent))


def _begun(quotes, quote, last) -> dict[str, str]:
    """The mail to begin with: the one that this user wrote last, else one made for the quote."""
    begun = mailing.begun(quotes, quote, g.user)
    if last and last[0].user_id == g.user.id:
        begun |= {"to": last[0].to_text, "subject": last[0].subject, "text": last[0].text}
    return begun


def _only_here(quotes) -> bool:
    """Whether links are made from an address that leads nowhere outside of this house."""
    if quotes.build.settings.base_url:
        return False
    host = urlsplit(request.url_root).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return host == "localhost"
