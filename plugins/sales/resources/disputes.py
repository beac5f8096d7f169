"""Disputes about whose customer somebody is: raised from the pool's log, decided once by a manager, and kept."""

import peewee

from core import N_, Column, Contact, Forbidden, Problem, Resource, User, fields, notify, transaction

from .. import plugin
from ..models.pool import Dispute, Pool, PoolMove, PoolStay
from .pool import names_of

_ = plugin.gettext


class Disputes(Resource):
    """Who contests whose customer, and what was decided."""

    model, icon, hue = Dispute, "gavel", "purple"
    label, plural = N_("Dispute"), N_("Disputes")
    timeline, timeline_at = "contact", "created_at"
    columns = (
        Column("name", N_("Customer"), names_of, domain="sales"),
        "by",
        "against",
        "state",
        "decided_by",
        "created_at",
    )
    fields = ("contact", "by", "against", "claim", "state", "decided_by", "decided_at", "decision")
    filters = ("state", "by", "against")
    order = "-id"
    searched, writable = False, False
    tells = {"contact": ("name",)}
    page_template = "sales/dispute.html"

    def visible(self, user):
        """Those whom it concerns, and who sees everybody's records."""
        if not self.can(user, "view"):
            return peewee.SQL("1 = 0")
        if user.is_system or user.owners("contacts") is None:
            return None
        return (Dispute.by == user.id) | (Dispute.against == user.id)

    def save_many(self, user, pairs, batch=None, **kwargs):
        """By `raise_for` and `decide` alone."""
        if not all(pair[0].__dict__.get("by_rules") for pair in pairs):
            raise Problem(N_("Contest a line of the pool's log, or decide on the dispute's page."), "sales")
        return super().save_many(user, pairs, batch=batch, **kwargs)

    def raise_for(self, user, contact: Contact, claim: str) -> Dispute:
        """Contest whose a contact is. Raises Problem: nobody's, one's own, without words, or contested already."""
        if contact.owner_id in (None, user.id):
            raise Problem(N_("There is nobody to contest it with."), "sales")
        if not claim.strip():
            raise Problem(N_("Say why it is yours: the manager decides by it."), "sales")
        same = Dispute.select().where(
            Dispute.contact == contact.id,
            Dispute.by == user.id,
            Dispute.state == "open",
            Dispute.deleted_batch.is_null(),
        )
        if same.exists():
            raise Problem(N_("You have contested it already; it waits for a decision."), "sales")
        dispute = self.new(user)
        dispute.__dict__["by_rules"] = True
        values = {"contact": contact.id, "by": user.id, "against": contact.owner_id, "claim": claim.strip()}
        self.save(user, dispute, values, label=N_("Contested %(name)s"), name=contact.name)
        judges = [u for u in User.select().where(User.active, User.deleted_batch.is_null()) if self.may_decide(u)]
        said = N_("%(who)s contests whose customer %(name)s is")
        url = self.url("page", dispute)
        notify(self.build, judges, "dispute", said, but=user, plugin="sales", url=url, who=user.name, name=contact.name)
        return dispute

    def may_decide(self, user) -> bool:
        """Who sees everybody's contacts and may change them."""
        return user.owners("contacts") is None and user.can("contacts.edit") and self.can(user, "edit")

    def decide(self, user, dispute: Dispute, moves: bool, decision: str) -> None:
        """Keep the owner, or hand the contact over; once. Raises Forbidden or Problem."""
        if not self.may_decide(user) or user.id == dispute.by_id:
            raise Forbidden(f"{self.name}.decide")
        if not decision.strip():
            raise Problem(N_("Give the reasons of the decision: both sides read them."), "sales")
        with transaction():
            now = Dispute.get_by_id(dispute.id)
            if now.state != "open":
                raise Problem(N_("This was decided already."), "sales")
            now.__dict__["by_rules"] = True
            values = {"state": "moved" if moves else "kept", "decision": decision.strip()}
            values |= {"decided_by": user.id, "decided_at": fields.utcnow()}
            contact = Contact.get_by_id(now.contact_id)
            label = N_("Decided on %(name)s")
            batch = self.save_many(user, [(now, values)], label=label, name=contact.name)
            if moves and contact.owner_id != now.by_id:
                self.build.by_model[Contact].save_many(user, [(contact, {"owner": now.by_id})], batch=batch)
                stays, log = self.build.by_model[PoolStay], self.build.by_model[PoolMove]
                pool = self.build.by_model[Pool].of_owner(now.by_id)
                row = stays._move(
                    contact, pool.id if pool else None, "decided", now.against_id, now.by_id, user, decision.strip()
                )
                log.write([row], batch, user)
        people = User.select().where(User.id << [now.by_id, now.against_id])
        said = N_("It was decided whose customer %(name)s is")
        url = self.url("page", dispute)
        notify(self.build, people, "dispute", said, but=user, plugin="sales", url=url, name=contact.name)

    def entry_text(self, record):
        said = _("Contested") if record.state == "open" else Dispute.state.named(record.state)
        return _("Whose customer: %(said)s", said=said), record.decision or record.claim
