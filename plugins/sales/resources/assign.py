"""Who gets a lead: rules in order, in turn or by load, never to somebody who is away, off or full."""

import peewee

from core import N_, Problem, Resource, User, html

from .. import plugin
from ..models import LIVE, Absence, AssignRule, Lead, Territory
from .common import Managed

_ = plugin.gettext


class AssignRules(Managed):
    """Which leads go to whom."""

    model, icon, hue = AssignRule, "route", "cyan"
    label, plural = N_("Assignment rule"), N_("Assignment rules")
    columns = ("name", "place", "people", "strategy", "capacity", "active")
    fields = (
        "name",
        "place",
        "sources",
        "regions",
        "products",
        "territory",
        "people",
        "strategy",
        "capacity",
        "active",
    )
    order = "place"
    sample = {"people": [1]}

    def validate(self, user, record, values):
        errors = {}
        if not values.get("people", record.people):
            errors["people"] = Problem(N_("Choose at least one person."), "sales")
        capacity = values.get("capacity", record.capacity)
        if capacity is not None and capacity < 1:
            errors["capacity"] = Problem(N_("Give a number from 1, or nothing."), "sales")
        return errors


class Absences(Resource):
    """Who is away when, and who decides for them. People write down their own days; who sees all records, anybody's."""

    model, icon, hue, owner = Absence, "beach", "yellow", "person"
    label, plural = N_("Absence"), N_("Absences")
    columns = ("person", "first", "last", "deputy", "why")
    filters = ("person", "first", "deputy")
    order = "-first"
    searched = False

    def validate(self, user, record, values):
        first, last = values.get("first", record.first), values.get("last", record.last)
        errors = {}
        if first and last and last < first:
            errors["last"] = Problem(N_("The last day is before the first one."), "sales")
        owners = user.owners(self.name)
        if owners is not None and values.get("person", record.person_id) not in (*owners, None):
            errors["person"] = Problem(N_("You may write down your own days only."), "sales")
        deputy = values.get("deputy", record.deputy_id)
        if deputy is not None and deputy == values.get("person", record.person_id):
            errors["deputy"] = Problem(N_("Nobody is their own deputy. Choose somebody who is there."), "sales")
        return errors


class Assigner:
    """Gives new leads to people, inside the transaction that writes them; a fixed number of queries for a batch."""

    def __init__(self, build):
        self.build = build

    def assign(self, pairs: list, user) -> None:
        """Fill `owner` and `assigned_why` of `(lead, values)` pairs that have no owner yet."""
        waiting = [(lead, values) for lead, values in pairs if not values.get("owner", lead.owner_id)]
        for lead, values in pairs:
            if values.get("owner", lead.owner_id) and not values.get("assigned_why"):
                values["assigned_why"] = _("Given by %(who)s", who=user.name) if user else ""
        if not waiting:
            return
        rules = self._rules()
        if rules:
            self._read(rules)
        for lead, values in waiting:
            if not any(self._try(rule, lead, values) for rule in rules):
                self._fall_back(values, user, bool(rules))
        for rule in rules:
            if rule.__dict__.get("moved_on"):
                AssignRule.update(last_user_id=rule.last_user_id).where(AssignRule.id == rule.id).execute()

    def _rules(self) -> list[AssignRule]:
        """The rules in use; on PostgreSQL locked, so that two at once do not both give to the next in turn."""
        query = AssignRule.select().where(AssignRule.active, AssignRule.deleted_batch.is_null())
        query = query.order_by(AssignRule.place, AssignRule.id)
        if not isinstance(AssignRule._meta.database.obj, peewee.SqliteDatabase):
            query = query.for_update()
        return list(query)

    def _read(self, rules) -> None:
        """Who can take leads today, and how many each of them has."""
        ids = sorted({id for rule in rules for id in rule.people})
        today = html.today()
        away = Absence.select(Absence.person).where(
            Absence.first <= today, Absence.last >= today, Absence.deleted_batch.is_null()
        )
        people = User.select(User.id, User.name).where(
            User.id << ids, User.active, User.deleted_batch.is_null(), User.id.not_in(away)
        )
        self.people = dict(people.tuples())
        count = peewee.fn.COUNT(Lead.id)
        loads = Lead.select(Lead.owner, count).where(
            Lead.owner << ids, Lead.state << LIVE, Lead.deleted_batch.is_null()
        )
        self.load = dict.fromkeys(ids, 0) | dict(loads.group_by(Lead.owner).tuples())

    def fits(self, rule: AssignRule, lead, values) -> bool:
        """Whether all that a rule asks for is true of a lead."""
        for listed, name in ((rule.sources, "source"), (rule.regions, "region"), (rule.products, "product")):
            wanted = rule.lines(listed)
            if wanted and values.get(name, getattr(lead, name) or "").strip().casefold() not in wanted:
                return False
        if rule.territory_id:
            territories = self.build.by_model[Territory]
            here = territories.one(values.get("territory", lead.territory_id))
            return here is not None and rule.territory_id in territories.above(here)
        return True

    def _try(self, rule, lead, values) -> bool:
        """Give a lead to somebody of a rule; False when the rule does not fit or nobody of it can."""
        if not self.fits(rule, lead, values):
            return False
        free = [id for id in rule.people if id in self.people and (not rule.capacity or self.load[id] < rule.capacity)]
        if not free:
            return False
        if rule.strategy == "load":
            chosen = min(free, key=lambda id: (self.load[id], rule.people.index(id)))
            why = _("Rule “%(rule)s”: fewest open leads (%(n)s)", rule=rule.name, n=self.load[chosen])
        else:
            chosen = self._next(rule, free)
            why = _("Rule “%(rule)s”: in turn, %(n)s open leads", rule=rule.name, n=self.load[chosen])
            rule.last_user_id = chosen
            rule.__dict__["moved_on"] = True
        self.load[chosen] += 1
        values |= {"owner": chosen, "assigned_why": why}
        return True

    @staticmethod
    def _next(rule, free: list[int]) -> int:
        """The next one in turn after whoever was last."""
        order = list(rule.people)
        start = order.index(rule.last_user_id) + 1 if rule.last_user_id in order else 0
        return next(id for id in order[start:] + order[:start] if id in free)

    def _fall_back(self, values, user, asked: bool) -> None:
        """No rule can take it: whoever brought it in keeps it; what came from outside waits for somebody."""
        if user is not None and not user.is_system:
            why = _("No rule fits, or nobody of them is free: kept by %(who)s", who=user.name)
            values |= {"owner": user.id, "assigned_why": why if asked else ""}
        else:
            values["assigned_why"] = _("No rule fits, or nobody of them is free") if asked else ""
