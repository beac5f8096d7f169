"""Settlements on screens: matching by hand, writing off, paying back; and taking any of these back."""

from core import N_, Problem, html

from ..ledger import lock, settle
from ..models import Instalment, Payment, Settlement
from .common import KEPT, Together, positive, show


class Settlements(Together):
    """What settles what. One is recorded or deleted, never changed.

    Whoever sees the instalment sees it. Every write locks the instalments and payments that it concerns, and computes
    them anew, so that two people at once cannot settle more than is due.
    """

    model, icon, hue = Settlement, "arrows-join", "teal"
    label, plural = N_("Settlement"), N_("Settlements")
    columns = ("kind", "contact", "payment", "instalment", "amount", "on", "by", "reason")
    fields = ("kind", "payment", "instalment", "amount", "on", "reason")
    filters = ("kind", "on", "payment", "instalment", "contact", "by")
    order = "-on"
    follows = "contact"
    presets = ((N_("Written off"), "kind=write_off"), (N_("Paid back"), "kind=refund"))
    keeps_on_erasure = KEPT
    searched, attachments = False, False
    list_template = "payments/list.html"
    sample = {"kind": "write_off", "payment": None, "amount": "0.01 CNY"}

    def also_seen_by(self, user):
        """What a user sees beyond the contacts that the role shows."""
        return Settlement.instalment << self.build.by_model[Instalment].query(user, Instalment.id)

    # Checking

    def new(self, user, **values):
        settlement = super().new(user, **values)
        settlement.on, settlement.by_id = html.today(), user.id
        return settlement

    def validate(self, user, record, values):
        if record.id:
            return {"": Problem(N_("A settlement stays as it was recorded. Delete it and record it anew."), "payments")}
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        kind, errors = get("kind"), positive(values)
        asked = {"match": ("payment", "instalment"), "write_off": ("instalment",), "refund": ("payment",)}.get(kind, ())
        for name in ("payment", "instalment"):
            if name in asked and get(name) is None:
                errors[name] = Problem(N_("“%(field)s” must be filled in."), field=self.field_title(name))
            elif name not in asked and get(name) is not None:
                problem = N_("Leave this empty: nothing of it is “%(kind)s”.")
                errors[name] = Problem(problem, "payments", kind=Settlement.kind.named(kind))
        if kind != "match" and not get("reason"):
            errors["reason"] = Problem(N_("Say why."), "payments")
        if kind == "write_off" and not user.is_system and user.owners(self.name) is not None:
            errors["kind"] = Problem(N_("Only somebody who sees everybody's records may write off."), "payments")
        return errors

    def faults_together(self, pairs):
        """What is more than is due of its instalment, or left of its payment; and other currencies."""
        drafts = [(s, *self.typed(s, v, "instalment", "payment", "amount")) for s, v in pairs if s.id is None]
        ids = {Instalment: {draft[1] for draft in drafts}, Payment: {draft[2] for draft in drafts}}
        rows = {(model, one.id): one for model, mine in ids.items() for one in lock(model, mine - {None})}
        left = {key: one.open if key[0] is Instalment else one.free for key, one in rows.items()}
        found = []
        for settlement, instalment, payment, amount in drafts:
            keys = [key for key in ((Instalment, instalment), (Payment, payment)) if key in rows]
            problem = amount and next(filter(None, (_too_much(rows[key], left[key], amount) for key in keys)), None)
            if problem:
                found.append((settlement, "amount", problem))
                continue
            for key in keys if amount else ():
                left[key] -= amount[0]
        return found

    # Writing

    def write(self, pairs, batch, user=None):
        if batch.kind == "undo":
            return super().write(pairs, batch, user)
        instalments = lock(Instalment, {v["instalment"] for _, v in pairs if v.get("instalment")})
        payments = lock(Payment, {v["payment"] for _, v in pairs if v.get("payment")})
        holders = {(type(one), one.id): one.contact_id for one in (*instalments, *payments)}
        done = []
        for settlement, values in pairs:
            holder = (
                (Instalment, values.get("instalment")) if values.get("instalment") else (Payment, values["payment"])
            )
            more = {"contact": holders.get(holder), "on": values.get("on") or html.today()}
            if user is not None and not user.is_system:
                more["by"] = user.id
            done.append((settlement, {**values, **more}))
        changed = super().write(done, batch, user)
        self._settle(changed)
        return changed

    def put_in_trash(self, records, batch, user=None):
        super().put_in_trash(records, batch, user)
        self._settle(records)

    def take_from_trash(self, records, batch, user=None):
        super().take_from_trash(records, batch, user)
        self._settle(records)

    def _settle(self, records) -> None:
        instalments = {r.instalment_id for r in records} - {None}
        payments = {r.payment_id for r in records} - {None}
        lock(Instalment, instalments)
        lock(Payment, payments)
        settle(self.build, instalments, payments)


def _too_much(one: Instalment | Payment, left: int, amount) -> Problem | None:
    """What keeps an amount from settling an instalment, or from being taken of a payment, of which so much is left."""
    if one.amount_currency != amount[1]:
        problem = N_("“%(title)s” is in %(theirs)s, and this is %(ours)s.")
        return Problem(problem, "payments", title=str(one), theirs=one.amount_currency, ours=amount[1])
    if amount[0] <= left:
        return None
    due, free = N_("Only %(left)s is still due of “%(title)s”."), N_("Only %(left)s is left of “%(title)s”.")
    problem = due if isinstance(one, Instalment) else free
    return Problem(problem, "payments", left=show(left, amount[1]), title=str(one))
