"""Rules and pairs on screens."""

import peewee
from flask import render_template
from markupsafe import Markup

from core import N_, SYSTEM, Column, Contact, Problem, Resource, action, resource_of

from . import finder, plugin
from .models import Pair, Rule, comparable, is_comparable, read_conditions

#: A rule that finds more than this share of all pairs says nothing about any of them.
TOO_MANY = 0.2
#: Fields with a few values that half the world shares: not enough for a rule.
COARSE = frozenset(("kind", "gender", "addresses.region", "addresses.country"))


def merge_link(records):
    """Where the comparison of each pair is."""
    return {r.id: r for r in records}


def draw_merge(pair):
    return Markup(render_template("duplicates/cell.html", pair=pair))


class Rules(Resource):
    """What makes two contacts a pair; any of the rules is enough."""

    model, label, plural, icon, hue = (
        Rule,
        N_("Rule for duplicates"),
        N_("Rules for duplicates"),
        "adjustments",
        "orange",
    )
    columns = ("name", "active", "conditions", "needed")
    fields = ("name", "active", "conditions", "needed")
    searched = False

    def can(self, user, verb):
        """Everybody may read them; they are an administrator's to write, since they decide for all."""
        return super().can(user, verb) and (verb == "view" or user.is_admin)

    def validate(self, user, record, values):
        """A rule must name fields that are there, and must not match everybody."""
        text = values.get("conditions", record.conditions) or ""
        try:
            conditions = read_conditions(text)
        except Problem as problem:
            return {"conditions": problem}
        contacts = resource_of(Contact)
        known = comparable(contacts)
        for condition in conditions:
            if not is_comparable(condition.field, known):
                problem = N_("There is no field “%(name)s” to compare. There are: %(known)s.")
                return {
                    "conditions": Problem(problem, domain=plugin.name, name=condition.field, known=", ".join(known))
                }
        if not conditions:
            return {"conditions": Problem(N_("A rule without a condition would match everybody."), plugin.name)}
        needed = values.get("needed", record.needed)
        if needed is not None and not 1 <= needed <= len(conditions):
            return {"needed": Problem(N_("Give a number from 1 to %(n)s."), plugin.name, n=len(conditions))}
        needed = needed or len(conditions)
        telling = [c for c in conditions if c.field not in COARSE]
        if needed <= len(conditions) - len(telling):
            problem = N_("This rule would match nearly everybody: %(names)s alone say little. Add another condition.")
            names = ", ".join(known[c.field] for c in conditions if c.field in COARSE)
            return {"conditions": Problem(problem, plugin.name, names=names)}
        share = self._share(finder.Rule("", conditions, needed))
        if share > TOO_MANY:
            problem = N_("This rule would make %(n)s of 100 pairs of contacts duplicates. Make it stricter.")
            return {"conditions": Problem(problem, plugin.name, n=round(100 * share))}
        return {}

    def _share(self, rule) -> float:
        """The share of pairs among some of the contacts that the rule would find."""
        contacts = resource_of(Contact)
        some = contacts.query(SYSTEM, Contact.id).order_by(Contact.name_key).limit(5000)
        ids = [i for (i,) in some.tuples()]
        ids = sorted(ids[:: max(1, len(ids) // 150)][:150])
        if len(ids) < 12:
            return 0.0
        found = contacts.plain(SYSTEM, finder.facts_of([rule]), ids)
        return finder.everything(finder.Table(*found, [rule], self.build.firm["region"]), rule)


class Pairs(Resource):
    """Pairs that the rules found; both contacts must be visible."""

    model, label, plural, icon, hue = Pair, N_("Pair of duplicates"), N_("Duplicates"), "copy", "orange"
    columns = (
        "first",
        "second",
        "score",
        "reasons",
        "state",
        Column("merge", N_("Decide"), merge_link, draw_merge, domain="duplicates"),
    )
    fields = ("first", "second", "score", "reasons", "state")
    filters = ("state",)
    order = "-score"
    writable = False
    searched = False
    list_template = "duplicates/pairs.html"

    def visible(self, user):
        """Both contacts, and neither in the trash: a merge leaves its pair behind, an undo brings it back."""
        seen = super().visible(user)
        contacts = resource_of(Contact)
        living = contacts.query(user, Contact.id)
        both = (Pair.first << living) & (Pair.second << living.clone()) & (Pair.first != Pair.second)
        return both if seen is None else seen & both

    @action(N_("Not a duplicate"), icon="x", order=20, when=lambda pair: pair.state == "open")
    def not_same(self, user, record):
        self.save(user, record, {"state": "no"}, label=N_("Said that %(what)s are two"), what=str(record))

    @action(N_("Look at it again"), icon="eye", order=30, when=lambda pair: pair.state == "no")
    def reopen(self, user, record):
        self.save(user, record, {"state": "open"}, label=N_("Wants to look at %(what)s again"), what=str(record))


def pairs_of(user, contact, limit: int = 5) -> list[Pair]:
    """Open pairs of a contact that the user may see, with the other contact as `.other`; one query."""
    other = Contact.alias()
    joined = ((Pair.first == contact.id) & (other.id == Pair.second)) | (
        (Pair.second == contact.id) & (other.id == Pair.first)
    )
    query = (
        resource_of(Pair)
        .query(user, Pair, other.id, other.name)
        .join(other, peewee.JOIN.INNER, on=joined, attr="other")
        .where(Pair.state == "open")
        .order_by(Pair.score.desc())
        .limit(limit)
    )
    return resource_of(Pair).veil(user, list(query))
