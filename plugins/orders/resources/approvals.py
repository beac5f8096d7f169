"""Approvals: what needs one, asking for it, and deciding."""

import decimal

from core import N_, Problem, Resource, User, action, fields, html, notify, transaction
from plugins.catalogue.models import Product
from plugins.catalogue.pricing import prices_of
from plugins.sales.models import Absence

from .. import plugin
from ..models import Approval, Limit
from .common import Documents
from .limits import DISCOUNT, Need

_ = plugin.gettext
Role = User.role.rel_model


class NeedsApproval(Problem):
    """What was wanted must be approved first: `needs` says what, `asked` whether somebody asked for all of it."""

    def __init__(self, needs: list[Need], asked: bool):
        said = N_("This must be approved first: %(why)s")
        super().__init__(said, "orders", why=" ".join(need.why for need in needs))
        self.needs, self.asked = needs, asked


class Approvals(Resource):
    """What somebody asked for and who decided. Kept for ever."""

    model, label, plural, icon, hue = Approval, N_("Approval"), N_("Approvals"), "rubber-stamp", "orange"
    timeline, timeline_at = "contact", "asked_at"
    columns = ("title", "kind", "why", "owner", "asked_at", "decided_by", "decided_at", "state")
    more_columns = ("percent", "amount", "contact", "answer", "decided_for")
    fields = ("title", "why", "percent", "amount", "contact", "words")
    filters = ("state", "owner", "kind", "asked_at", "contact")
    order = "-asked_at"
    presets = ((N_("Waiting"), "state=asked"), (N_("Mine"), "owner=me"))
    writable = False
    attachments = False
    calendar_at = None
    tells_owner = False
    sample = {"percent": "12"}
    page_template = "orders/approval.html"
    keeps_on_erasure = N_("Decisions about orders are kept with them.")

    # What needs one

    def needs(self, resource, record, user) -> list[Need]:
        """What must be approved before a record goes on, without what was approved already.

        That is before a quote is sent, an order is confirmed, or what another module asks for by `approval_needs`.
        """
        found = self.discount_needs(resource, record, user) if isinstance(resource, Documents) else []
        for more in self.build.hook.approval_needs(resource=resource, record=record, user=user):
            found += more or []
        if not found:
            return []
        given = [one for one in self.about(resource, record) if one.state == "approved"] if record.id else []
        return [need for need in found if not any(covers(one, need) for one in given)]

    def discount_needs(self, resource, record, user) -> list[Need]:
        """Whether the discount is above what the user's role may give; three queries where there is a limit."""
        limit = self.limit_of(user)
        if limit is None:
            return []
        given = self.discount_of(resource, record)
        quote = getattr(record, "quote", None) if getattr(record, "quote_id", None) else None
        if quote is not None and given <= self.discount_of(self.build.by_model[type(quote)], quote):
            return []  # what the customer accepted was within limits, or approved, when it was sent
        if given <= limit:
            return []
        why = _("A discount of %(n)s%% is above the limit of %(limit)s%%.", n=shown(given), limit=shown(limit))
        return [Need(DISCOUNT, why, given, fields.Amount(record.total or 0, record.currency))]

    @property
    def limits(self):
        return self.build.by_model[Limit]

    def limit_of(self, user) -> decimal.Decimal | None:
        """The discount that a user may give without asking, in percent; None for any."""
        return self.limits.discount_of(user)

    def discount_of(self, resource, record) -> decimal.Decimal:
        """How far a document is below the prices of the catalogue, in percent with two decimals.

        Of each line that has a product the price by `prices_of` counts, of others the price as typed. A price above the
        catalogue's makes up for none below it.
        """
        lines = [line for line in resource.lines_of(record) if line.kind in ("item", "bundle") and line.price]
        with_product = [line for line in lines if line.product_id]
        products = {p.id: p for p in Product.select().where(Product.id << [x.product_id for x in with_product])}
        wanted = [(products[line.product_id], line.quantity) for line in with_product]
        grade = self.build.hook.customer_grade(contact_id=record.contact_id) or "" if wanted else ""
        priced = prices_of(wanted, currency=record.currency, grade=grade, day=record.day, convert=resource.convert)
        listed = {line.id: p.price.minor for line, p in zip(with_product, priced, strict=True) if p.price is not None}
        whole = 1 - decimal.Decimal(record.discount or 0) / 100
        full = left = decimal.Decimal(0)
        for line in lines:
            quantity, price = decimal.Decimal(line.quantity), max(line.price, listed.get(line.id, 0))
            share = 1 - decimal.Decimal(line.discount or 0) / 100
            full += quantity * price
            left += quantity * min(price, line.price) * share * whole
        return round((full - left) / full * 100, 2) if full else decimal.Decimal(0)

    def demand_for(self, resource, record, user) -> None:
        """Raises NeedsApproval for what is still to be approved."""
        missing = self.needs(resource, record, user)
        if missing:
            raise NeedsApproval(missing, self.is_asked(resource, record, missing))

    def is_asked(self, resource, record, needs: list[Need]) -> bool:
        """Whether somebody asked for all of this already, and nobody has decided it."""
        waiting = [one for one in self.about(resource, record) if one.state == "asked"] if record.id else []
        return bool(needs) and all(any(covers(one, need) for one in waiting) for need in needs)

    def about(self, resource, record) -> list[Approval]:
        """The approvals of a document, of the quote that it came from and of the version before, newest first."""
        ids = [(resource.name, record.id)]
        if getattr(record, "quote_id", None):
            ids.append(("orders_quote", record.quote_id))
        if getattr(record, "previous_id", None):
            ids.append((resource.name, record.previous_id))
        where = fields.any_of((Approval.resource == name) & (Approval.record == id) for name, id in ids)
        return list(Approval.select().where(where, Approval.deleted_batch.is_null()).order_by(Approval.id.desc()))

    # Asking

    def ask(self, user, resource, record, words: str = "") -> list[Approval]:
        """Ask for all that a record needs; what was asked for already is not asked twice. The new approvals."""
        resource.demand(user, "edit")
        with transaction():
            missing = self.needs(resource, record, user)
            waiting = [one for one in self.about(resource, record) if one.state == "asked"]
            pairs = []
            for need in missing:
                if any(covers(one, need) for one in waiting):
                    continue
                one = Approval(resource=resource.name, record=record.id)
                pairs.append((one, self._asked(user, record, need, words)))
            if not pairs:
                return []
            label = N_("Asked for an approval of %(name)s")
            made = [one for one, _values in pairs]
            super().save_many(user, pairs, label=label, name=str(record))
            for one in made:
                self._tell_deciders(one, user)
        return made

    def _asked(self, user, record, need: Need, words: str) -> dict:
        return {
            "title": str(record)[:300],
            "kind": need.kind,
            "why": need.why,
            "percent": need.percent,
            "amount": need.amount,
            "contact": record.contact_id,
            "owner": user.id,
            "asked_at": fields.utcnow(),
            "words": words,
        }

    def save_many(self, user, pairs, **kwargs):
        """Raises Problem but for the program itself: people ask on the quote's or order's page."""
        if not user.is_system:
            raise Problem(N_("Ask for an approval on the page of what it is about."), "orders")
        return super().save_many(user, pairs, **kwargs)

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Approvals are kept for ever."), "orders")

    # Deciding

    def may_decide(self, user, approval: Approval) -> bool:
        """Whether a user may decide this, by themselves or for somebody who is away."""
        return self.decides_as(user, approval) is not None

    def decides_as(self, user, approval: Approval, away: list[User] | None = None) -> User | None:
        """As whom a user may decide: themselves, or somebody who is away and named them; None when they may not.

        `away`: for whom the user decides today; asked for when it is not given, which is one query.
        """
        if not self.can(user, "decide"):
            return None
        if self._leads(user, approval):
            return user
        if user.id == approval.owner_id:
            return None
        others = self.away_for(user) if away is None else away
        return next((one for one in others if one.id != approval.owner_id and self._leads(one, approval)), None)

    def _leads(self, user, approval: Approval) -> bool:
        """Whether a user leads the asker and may give as much; nobody decides for themselves but an administrator."""
        if not self.can(user, "decide"):
            return False
        if user.id == approval.owner_id:
            return user.is_admin
        owners = user.owners(self.name)
        if owners is not None and (approval.owner_id not in owners or user.role.scope == "own"):
            return False
        return self.limits.may_give(user, approval)

    def away_for(self, user) -> list[User]:
        """Those who are away today and whose deputy the user is; one query for a user as it was read."""
        if "away_for" not in user.__dict__:
            user.__dict__["away_for"] = Absence.stood_in_for(html.today(), user.id).get(user.id, [])
        return user.__dict__["away_for"]

    def seen_by_deputy(self, user):
        """What waits for whom a user decides today, and what they decided, as an expression; None for nothing."""
        if user.is_system or not (away := self.away_for(user)):
            return None
        scopes = [one.owners(self.name) for one in away]
        waiting = Approval.state == "asked"
        if None not in scopes:
            waiting &= Approval.owner << sorted({id for owners in scopes for id in owners})
        return waiting | (Approval.decided_by == user.id)

    @action(N_("Approve"), icon="thumb-up", order=5, when=lambda approval: approval.state == "asked")
    def approve(self, user, record):
        self.decide(user, record, True)
        return _("Approved: %(name)s", name=record.title)

    @action(N_("Refuse"), icon="thumb-down", order=10, when=lambda approval: approval.state == "asked")
    def refuse(self, user, record):
        """The page asks why."""
        return f"/orders/approval/{record.id}/refuse"

    @action(N_("Withdraw"), icon="x", order=20, when=lambda approval: approval.state == "asked")
    def withdraw(self, user, record):
        if record.owner_id != user.id:
            raise Problem(N_("Only who asked can withdraw it."), "orders")
        self._close(user, record, {"state": "withdrawn"}, N_("Withdrew the question about %(name)s"))

    def decide(self, user, approval: Approval, yes: bool, answer: str = "") -> None:
        """Say yes or no, once. Raises Problem for who may not, and for what was decided already."""
        decider = self.decides_as(user, approval)
        if decider is None:
            raise Problem(
                N_("You may not decide this: it takes somebody who leads the asker and may give as much."), "orders"
            )
        values = {"state": "approved" if yes else "refused", "decided_by": user.id, "answer": answer}
        values["decided_for"] = decider.id if decider.id != user.id else None
        label = N_("Approved %(name)s") if yes else N_("Refused %(name)s")
        self._close(user, approval, values, label)
        asker = User.get_by_id(approval.owner_id)
        said = N_("%(who)s approved %(name)s") if yes else N_("%(who)s refused %(name)s")
        self._notify([asker], approval, said, user, answer)

    def _close(self, user, approval, values, label) -> None:
        with transaction():
            now = Approval.get_by_id(approval.id)
            if now.state != "asked":
                said = N_("This was decided already: %(state)s.")
                raise Problem(said, "orders", state=Approval.state.named(now.state))
            values = values | {"decided_at": fields.utcnow()}
            super().save_many(user, [(now, values)], label=label, name=now.title)
            approval.__dict__["batch"] = now.batch

    def _tell_deciders(self, approval, user) -> None:
        people = User.select(User, Role).join(Role).where(User.active, User.deleted_batch.is_null(), User.id != user.id)
        away = Absence.stood_in_for(html.today())
        deciders = [one for one in people if self.decides_as(one, approval, away.get(one.id, [])) is not None]
        self._notify(deciders, approval, N_("%(who)s asks you to approve %(name)s"), user, approval.why)

    def _notify(self, people, approval, said, user, text) -> None:
        url, params = self.url("page", approval), {"who": user.name, "name": approval.title}
        notify(self.build, people, "approval", said, plugin="orders", url=url, text=text, but=user, **params)

    def entry_text(self, record):
        title = f"{record.title} · {Approval.state.named(record.state)}"
        if record.decided_by_id and record.decided_by is not None:
            title = f"{title} · {record.decided_by.name}"
        return title, " ".join(filter(None, (record.why, record.answer)))


def covers(approval: Approval, need: Need) -> bool:
    """Whether an approval (or a question) is for at least what is needed."""
    if approval.kind != need.kind:
        return False
    if need.percent is not None and (approval.percent is None or approval.percent < need.percent):
        return False
    if need.amount is None:
        return True
    return approval.amount_currency == need.amount.currency and (approval.amount or 0) >= need.amount.minor


def shown(percent: decimal.Decimal) -> str:
    return Approval.percent.text(percent)
