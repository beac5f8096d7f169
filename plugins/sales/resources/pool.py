"""The public pool: claim, return, transfer, disputes; every step in the log and on the timeline, all undoable."""

import datetime as dt

import peewee
from flask import g
from markupsafe import Markup

from core import (
    N_,
    SYSTEM,
    Column,
    Contact,
    Forbidden,
    Problem,
    Resource,
    User,
    action,
    chunks,
    fields,
    html,
    names_of_users,
    notify,
    resource_of,
    transaction,
)

from .. import plugin
from ..models.pool import Holding, Pool, PoolMove, PoolRule, PoolStay, Risk, check_days
from .common import Kept, Managed

_ = plugin.gettext


class Pools(Kept):
    """The pools of the firm."""

    model, icon, hue = Pool, "ripple", "cyan"
    label, plural = N_("Pool"), N_("Pools")
    columns = ("name", "place", "active", "max_held", "max_claims", "lock_days", "warn_days")
    fields = (
        "name",
        "place",
        "active",
        "people",
        "max_held",
        "max_claims",
        "lock_days",
        "warn_days",
        "spare_won",
        "shows",
    )
    order = "place"

    def in_use(self) -> list[Pool]:
        return [pool for pool in self.all().values() if pool.active]

    def mine(self, user) -> list[Pool]:
        """The pools that a user may look into and claim from; who sees everybody's records looks into all."""
        everything = user.owners("contacts") is None
        return [pool for pool in self.in_use() if everything or pool.takes(user.id)]

    def of_owner(self, user_id: int | None) -> Pool | None:
        """The pool that somebody's customers go to: the first that takes them."""
        return next((pool for pool in self.in_use() if pool.takes(user_id)), None)

    def validate(self, user, record, values):
        names = ("max_held", "max_claims", "lock_days", "warn_days")
        errors = check_days({name: values.get(name, getattr(record, name)) for name in names if name != "max_held"})
        errors |= check_days({"max_held": values.get("max_held", record.max_held)}, 1_000_000)
        return errors

    def delete(self, user, records, **kwargs):
        """Raises Problem for a pool with customers in it."""
        for record in records:
            if PoolStay.select().where(PoolStay.pool == record.id, _here()).exists():
                problem = N_("There are customers in “%(name)s”. Hand them out first, or take it out of use.")
                raise Problem(problem, "sales", name=record.name)
        return super().delete(user, records, **kwargs)


class PoolRules(Managed):
    """When customers go back."""

    model, icon, hue = PoolRule, "clock-exclamation", "cyan"
    label, plural = N_("Pool rule"), N_("Pool rules")
    columns = ("pool", "level", "quiet_days", "no_deal_days", "no_win_days", "no_order_days")
    filters = ("pool",)
    order = "id"
    sample = {"quiet_days": 30}

    def validate(self, user, record, values):
        names = ("quiet_days", "no_deal_days", "no_win_days", "no_order_days")
        terms = {n: values.get(n, getattr(record, n)) for n in names}
        errors = check_days(terms)
        if not any(terms.values()):
            errors["quiet_days"] = Problem(N_("Say after how many days, at least of one kind."), "sales")
        return errors


def _here():
    """The condition of a stay that lasts."""
    return PoolStay.until.is_null() & PoolStay.deleted_batch.is_null()


def facts(stays) -> dict[int, str]:
    """Stay id → the words that its pool shows of the contact, beside its name."""
    contacts = {stay.contact_id: stay.contact for stay in _with_contacts(stays)}
    resource = resource_of(Contact)
    resource.load_parts(list(contacts.values()))
    resource.load_links(list(contacts.values()), ["organisation"], SYSTEM)
    pools, found = resource_of(Pool).all(), {}
    hidden = resource.hidden(g.user) if g.get("user") else ()
    for stay in stays:
        contact, words = stay.contact, []
        shown = pools[stay.pool_id].shows if stay.pool_id in pools else ()
        for name in (name for name in shown if name not in hidden):
            kind = resource.kinds[name]
            if isinstance(kind, fields.Link):
                words.append(str(contact.organisation) if contact.organisation_id else "")
            else:
                words.append(kind.text(kind.get(contact)).replace("\n", ", ")[:120])
        found[stay.id] = " · ".join(filter(None, words))
    return found


def _with_contacts(rows: list) -> list:
    """The rows with their contacts, whoever may see those: of a pool's customers the name is known. One query."""
    unread = [r for r in rows if getattr(r.__rel__.get("contact"), "masked", r.__rel__.get("contact") is None)]
    resource_of(type(rows[0])).load_links(unread, ["contact"], SYSTEM)
    return rows


def customer(row) -> Contact:
    """The contact of a stay, a line of the log or a dispute that the user may read."""
    return _with_contacts([row])[0].contact


def names_of(rows) -> dict[int, str]:
    return {row.id: row.contact.name for row in _with_contacts(rows)}


def _levels(rows) -> dict[int, str]:
    return {row.id: row.contact.stage for row in _with_contacts(rows)}


def _claim_button(stay) -> Markup:
    """Claims a customer from the list, whose form it is in."""
    button = '<button class="btn btn-sm" formaction="{}" aria-label="{}">{}{}</button>'
    name = _("Claim %(name)s", name=stay.contact.name)
    url = f"/sales/pool_stay/{stay.id}/act/claim"
    return Markup(button).format(url, name, html.icon("hand-grab"), _("Claim"))


class PoolStays(Resource):
    """The customers in the pools. Who may claim sees their name and what the pool shows, and no more.

    The contact itself has no owner while it is here; a member's scope leaves it out of lists, search and API.
    """

    model, icon, hue = PoolStay, "ripple", "cyan"
    label, plural = N_("Customer in the pool"), N_("Public pool")
    columns = (
        Column("name", N_("Customer"), names_of, domain="sales"),
        Column("level", N_("Stage"), _levels, Contact.stage.show, domain="core"),
        Column("facts", N_("What is known"), facts, domain="sales"),
        "pool",
        "since",
        "before",
        "why",
        Column("claim", N_("Claim"), lambda stays: {s.id: s for s in stays}, _claim_button, domain="sales"),
    )
    fields = ("pool", "contact", "since", "before", "why")
    filters = ("pool", "since", "before")
    order = "-since"
    searched, writable = False, False
    tells = {"contact": ("name", "stage")}
    list_template, page_template = "sales/pool.html", "sales/stay.html"

    def visible(self, user):
        """Only what is here now, in the user's pools."""
        if not self.can(user, "view"):
            return peewee.SQL("1 = 0")
        alive = Contact.select(peewee.SQL("1")).where(Contact.id == PoolStay.contact, Contact.deleted_batch.is_null())
        here = PoolStay.until.is_null() & peewee.fn.EXISTS(alive)
        if user.is_system:
            return here
        return here & (PoolStay.pool << [pool.id for pool in self.build.by_model[Pool].mine(user)])

    def save_many(self, user, pairs, **kwargs):
        raise Problem(N_("Customers come to the pool and leave it by its rules, and not by hand."), "sales")

    def delete(self, user, records, **kwargs):
        raise Problem(N_("Customers come to the pool and leave it by its rules, and not by hand."), "sales")

    # Into the pool

    def take_in(self, contacts: list[Contact], kind: str, why: str, by, batch=None) -> None:
        """Contacts lose their owner and come to the pool of that owner; `why` is a text. One batch.

        Raises Problem where no pool takes the owner's customers.
        """
        pools, now = self.build.by_model[Pool], fields.utcnow()
        stays, moves = [], []
        for contact in contacts:
            pool = pools.of_owner(contact.owner_id)
            if pool is None:
                raise Problem(N_("No pool takes these customers. An administrator can set one up."), "sales")
            owner = contact.owner_id
            stays.append(
                (PoolStay(), {"pool": pool.id, "contact": contact.id, "since": now, "before": owner, "why": why})
            )
            moves.append(self._move(contact, pool.id, kind, owner, None, by, why))
        with transaction():
            owned = self.build.by_model[Contact]
            label = N_("Gave %(name)s back to the pool")
            if kind == "fell":
                one = len(contacts) == 1
                label = N_("Took %(name)s back to the pool") if one else N_("Took %(n)s customers back to the pool")
            pairs = [(contact, {"owner": None}) for contact in contacts]
            writer = SYSTEM if kind == "fell" else by
            said = {"label": label, "domain": "sales", "n": len(contacts), "name": contacts[0].name}
            batch = owned.save_many(writer, pairs, batch=batch, kind="bulk", **said)
            self.write(stays, batch, by)
            self.build.by_model[PoolMove].write(moves, batch, by)

    def _move(self, contact, pool_id, kind, before, after, by, why) -> tuple:
        """A line of the log, not yet written."""
        move = PoolMove()
        move.__rel__["contact"] = contact
        values = {"contact": contact.id, "pool": pool_id, "kind": kind, "at": fields.utcnow(), "before": before}
        values |= {"after": after, "by": by.id if by is not None else None, "why": why[:300]}
        return move, values

    def give_back(self, user, contact: Contact, why: str) -> None:
        """Somebody gives a customer of theirs back, with a reason. Raises Forbidden or Problem."""
        if contact.owner_id is None or (contact.owner_id != user.id and user.owners("contacts") is not None):
            raise Forbidden("contacts.edit")
        if not why.strip():
            raise Problem(N_("Say why you give it back: whoever claims it wants to know."), "sales")
        self.take_in([contact], "returned", " ".join(why.split()), user)

    # Out of the pool

    @action(N_("Claim"), icon="hand-grab", order=10)
    def claim(self, user, record):
        """The customer becomes the user's, within the pool's bounds. Raises Problem saying which one."""
        pool = self.build.by_model[Pool].one(record.pool_id)
        with transaction():
            stay = self._lock(record)
            self._within_bounds(user, pool, stay)
            contact = Contact.get_by_id(stay.contact_id)
            self._hand_over(contact, stay, user.id, "claimed", user, "")
        record.__dict__["batch"] = stay.__dict__["batch"]
        return f"/contacts/{contact.id}"

    def transfer(self, user, record, to: User, why: str = "") -> None:
        """A manager gives a customer in the pool to somebody; bounds do not count. Raises Forbidden or Problem."""
        if user.owners("contacts") is not None or not user.can("contacts.edit"):
            raise Forbidden(f"{self.name}.transfer")
        if not to.is_active:
            raise Problem(N_("%(name)s cannot sign in any more. Choose somebody else."), "sales", name=to.name)
        with transaction():
            stay = self._lock(record)
            contact = Contact.get_by_id(stay.contact_id)
            self._hand_over(contact, stay, to.id, "given", user, why)
        notice = N_("%(who)s gave you the customer %(name)s")
        url = f"/contacts/{contact.id}"
        notify(self.build, [to], "pool", notice, but=user, plugin="sales", url=url, who=user.name, name=contact.name)

    def _lock(self, record) -> PoolStay:
        """The stay as it is now, for this transaction alone. Raises Problem when somebody was quicker."""
        query = PoolStay.select().where(PoolStay.id == record.id, _here())
        if not isinstance(PoolStay._meta.database.obj, peewee.SqliteDatabase):
            query = query.for_update()
        stay = query.first()
        if stay is None:
            raise Problem(N_("Somebody else was quicker: this customer has left the pool."), "sales")
        return stay

    def _within_bounds(self, user, pool: Pool, stay: PoolStay) -> None:
        """Raises Problem for the first bound that the user meets."""
        if not pool.takes(user.id):
            raise Problem(N_("You may not claim from “%(name)s”."), "sales", name=pool.name)
        free = stay.since + dt.timedelta(days=pool.lock_days or 0)
        if stay.before_id == user.id and fields.utcnow() < free:
            day = html.short_date(html.local(free).date())
            problem = N_("It was yours until it fell in. You may claim it again from %(day)s; others may at once.")
            raise Problem(problem, "sales", day=day)
        claims = self.claims_today(user.id)
        if pool.max_claims and claims >= pool.max_claims:
            problem = N_("You have claimed %(n)s customers today, and no more are allowed. Try again tomorrow.")
            raise Problem(problem, "sales", n=claims)
        held = self.held(user.id, pool)
        if pool.max_held and held >= pool.max_held:
            problem = N_("You have %(n)s customers, and no more are allowed. Give one back first.")
            raise Problem(problem, "sales", n=held)

    def claims_today(self, user_id: int) -> int:
        """How often somebody has claimed since midnight; what was undone counts, or one could look at everybody."""
        query = PoolMove.select().where(PoolMove.after == user_id, PoolMove.kind == "claimed")
        return query.where(PoolMove.at >= fields.start_of_day(html.today())).count()

    def held(self, user_id: int, pool: Pool) -> int:
        """How many customers somebody has, without those who never fall in."""
        query = Contact.select().where(Contact.owner == user_id, Contact.deleted_batch.is_null())
        return (query.where(Contact.stage.not_in(("customer", "advocate"))) if pool.spare_won else query).count()

    def let_go(self, contacts: dict[int, Contact], user) -> None:
        """Contacts that got an owner by hand leave the pools that they are in; a batch of its own."""
        stays = [
            stay
            for chunk in chunks(contacts, 500)
            for stay in PoolStay.select().where(PoolStay.contact << chunk, _here())
        ]
        if not stays:
            return
        pairs = [(stay, {"until": fields.utcnow()}) for stay in stays]
        label = N_("%(n)s customers left the pool")
        batch = Resource.save_many(self, SYSTEM, pairs, label=label, n=len(stays))
        moves = self.build.by_model[PoolMove]
        owners = {s.id: contacts[s.contact_id].owner_id for s in stays}
        rows = [
            self._move(contacts[s.contact_id], s.pool_id, "given", s.before_id, owners[s.id], user, "") for s in stays
        ]
        moves.write(rows, batch, user)

    def _hand_over(self, contact, stay, to_id: int, kind: str, by, why: str) -> None:
        """The contact gets an owner and leaves the pool; one batch, with the log."""
        contacts = self.build.by_model[Contact]
        contact.__dict__["sales_by_pool"] = True
        label = N_("Claimed %(name)s") if kind == "claimed" else N_("Gave %(name)s to a colleague")
        # Whoever claims may not see the contact yet: the pool's rules decided, and not the role's scope.
        batch = contacts.save_many(
            SYSTEM, [(contact, {"owner": to_id})], label=label, domain="sales", name=contact.name
        )
        type(batch).update(user_id=by.id).where(type(batch).id == batch.id).execute()
        self.write([(stay, {"until": fields.utcnow()})], batch, by)
        moves = self.build.by_model[PoolMove]
        moves.write([self._move(contact, stay.pool_id, kind, stay.before_id, to_id, by, why)], batch, by)
        stay.__dict__["batch"] = batch


class PoolMoves(Resource):
    """The pool's log. Everybody of a pool reads it, so that it is fair and can be checked."""

    model, icon, hue = PoolMove, "list-details", "cyan"
    label, plural = N_("Step of a customer"), N_("Pool log")
    timeline = "contact"
    columns = (
        Column("name", N_("Customer"), names_of, domain="sales"),
        "kind",
        "before",
        "after",
        "by",
        "why",
        "at",
    )
    fields = ("contact", "pool", "kind", "at", "before", "after", "by", "why")
    filters = ("kind", "at", "before", "after", "by", "pool", "contact")
    order = "-at"
    searched, writable = False, False
    tells = {"contact": ("name",)}
    page_template = "sales/pool_move.html"

    def visible(self, user):
        """Of the user's pools."""
        if not self.can(user, "view"):
            return peewee.SQL("1 = 0")
        if user.is_system:
            return None
        return PoolMove.pool << [pool.id for pool in self.build.by_model[Pool].mine(user)]

    def save_many(self, user, pairs, **kwargs):
        raise Problem(N_("The log writes itself and is never changed."), "sales")

    def delete(self, user, records, **kwargs):
        raise Problem(N_("The log writes itself and is never changed."), "sales")

    def write(self, pairs, batch, user=None):
        """As any; the names that timelines tell are read once for all."""
        names = names_of_users(values.get(name) for _, values in pairs for name in ("before", "after"))
        for move, _values in pairs:
            move.__dict__["names"] = names
        return super().write(pairs, batch, user)

    def entry_text(self, record):
        names = record.__dict__.get("names") or names_of_users((record.after_id, record.before_id))
        who = names.get(record.after_id) or names.get(record.before_id, "")
        said = PoolMove.kind.named(record.kind)
        return (f"{said}: {who}" if who else said), record.why


def owner_changes(pairs) -> None:
    """Before contacts are written: mark those whose owner changes, for `note_owners` afterwards."""
    for contact, values in pairs:
        if contact.id and "owner" in values and values["owner"] != contact.owner_id:
            contact.__dict__["sales_new_owner"] = True


def note_owners(contacts, user) -> None:
    """After contacts were written: whoever takes over has the full time from now on, and no pool holds them."""
    changed = [c for c in contacts if c.__dict__.pop("sales_new_owner", False)]
    for chunk in chunks([c.id for c in changed], 500):
        Holding.delete().where(Holding.contact_id << chunk).execute()
        rows = [(id, fields.utcnow()) for id in chunk]
        Holding.insert_many(rows, fields=[Holding.contact_id, Holding.since]).execute()
        Risk.delete().where(Risk.contact_id << chunk).execute()
    by_hand = {c.id: c for c in changed if c.owner_id and not c.__dict__.get("sales_by_pool")}
    if by_hand:
        resource_of(PoolStay).let_go(by_hand, user)
