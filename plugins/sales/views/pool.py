"""The pool: giving back, handing out, contesting and deciding."""

from flask import Blueprint, abort, g, render_template, request

from core import Contact, NotFound, User, flash, go, resource_of

from .. import plugin
from ..models.pool import Dispute, PoolMove, PoolStay

_ = plugin.gettext


def add_to(bp: Blueprint) -> None:
    """Register these screens."""
    bp.add_url_rule("/sales/pool/return/<int:id>", "give_back", give_back, methods=["GET", "POST"])
    bp.add_url_rule("/sales/pool/give/<int:id>", "give", give, methods=["POST"])
    bp.add_url_rule("/sales/pool/contest/<int:id>", "contest", contest, methods=["GET", "POST"])
    bp.add_url_rule("/sales/dispute/<int:id>/decide", "decide", decide, methods=["POST"])


def give_back(id):
    """A contact of the user's goes back to the pool, with a reason."""
    contact = resource_of(Contact).find(g.user, id, "edit")
    stays = resource_of(PoolStay)
    stays.demand(g.user, "view")
    if request.method == "POST":
        stays.give_back(g.user, contact, request.form.get("why", ""))
        flash(_("%(name)s is in the pool now.", name=contact.name))
        return go(stays.url())
    return render_template("sales/give_back.html", resource=stays, contact=contact)


def give(id):
    """A manager gives a customer in the pool to somebody."""
    stays = resource_of(PoolStay)
    stay = stays.find(g.user, id)
    to = request.form.get("to", "")
    person = User.get_or_none(User.id == (int(to) if to.isdecimal() and len(to) < 10 else 0)) or abort(404)
    stays.transfer(g.user, stay, person, request.form.get("why", ""))
    flash(_("It belongs to %(name)s now.", name=person.name))
    return go(stays.url())


def contest(id):
    """Contest whose customer somebody is, from a line of the log that the user may read."""
    moves, disputes = resource_of(PoolMove), resource_of(Dispute)
    move = moves.find(g.user, id)
    disputes.demand(g.user, "create")
    contact = Contact.get_by_id(move.contact_id)
    if contact.deleted_batch is not None:
        raise NotFound(f"contacts {contact.id}")
    if request.method == "POST":
        dispute = disputes.raise_for(g.user, contact, request.form.get("claim", ""))
        flash(_("Contested. A manager will decide."), undo=dispute.batch.id)
        return go(disputes.url("page", dispute))
    return render_template("sales/contest.html", resource=moves, move=move, contact=contact)


def decide(id):
    """A manager decides a dispute."""
    disputes = resource_of(Dispute)
    dispute = disputes.find(g.user, id, "edit")
    disputes.decide(g.user, dispute, request.form.get("moves") == "yes", request.form.get("decision", ""))
    flash(_("Decided."))
    return go(disputes.url("page", dispute))


def evidence(dispute, limit: int = 50) -> list[PoolMove]:
    """The pool's log of a dispute's contact, newest first, with the people in it. Two queries."""
    log = resource_of(PoolMove)
    if not log.can(g.user, "view"):
        return []
    moves = list(
        PoolMove.select()
        .where(PoolMove.contact == dispute.contact_id, PoolMove.deleted_batch.is_null())
        .order_by(PoolMove.at.desc(), PoolMove.id.desc())
        .limit(limit)
    )
    log.load_links(moves, ("before", "after", "by", "contact"))
    return log.veil(g.user, moves)
