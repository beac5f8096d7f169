"""Grades on screens: the rules, who has which grade, and setting one by hand."""

from typing import NamedTuple

import peewee
from flask import g

from core import N_, SYSTEM, Column, Problem, Resource, action, html, resource_of
from plugins.sales.models import Rate
from plugins.sales.resources.common import Kept

from . import plugin
from .compute import grade_contacts
from .models import Grade, Level

_ = plugin.gettext


class Terms(NamedTuple):
    """How a customer pays: where that comes from, as a sentence, and shares in percent with the days after which."""

    why: str
    shares: list[tuple[int, int]]


class Levels(Kept):
    """The grades of the firm, the best first. Whoever sees everybody's records writes them."""

    model, icon, hue = Level, "award", "yellow"
    label, plural = N_("Grade rule"), N_("Grade rules")
    columns = (
        "name",
        "place",
        "created",
        "expected",
        "credit_limit",
        "credit_days",
        Column("holders", N_("Contacts"), lambda levels: holders(levels), str, numeric=True, domain="grades"),
    )
    fields = (
        "name",
        "place",
        "hue",
        "created",
        "expected",
        "credit_limit",
        "credit_days",
        "delivery_days",
        "terms",
        "plan",
    )
    order = "place"
    sample = {"created": "5000 CNY", "expected": "9000 CNY"}

    def best(self) -> list[Level]:
        """All grades, the best first."""
        return list(self.all().values())

    def fitting(self, kind: str, value: int) -> Level | None:
        """The best grade whose threshold a value reaches; `value` in minor units of the firm's currency."""
        name, rates = ("created" if kind == "customer" else "expected"), self.build.by_model[Rate]
        for level in self.best():
            least = rates.convert(getattr(level, name), getattr(level, f"{name}_currency"), html.today())
            if least is not None and value >= least:
                return level
        return None

    def validate(self, user, record, values):
        errors = {}
        for name in ("created", "expected", "credit_limit"):
            amount = values.get(name)
            if amount is not None and amount[0] < 0:
                errors[name] = Problem(N_("An amount cannot be less than zero."), "grades")
            elif amount is not None and self.build.by_model[Rate].of(amount[1], html.today()) is None:
                errors[name] = Problem(N_("There is no exchange rate for %(code)s yet."), "grades", code=amount[1])
        for name in ("credit_days", "delivery_days"):
            if (days := values.get(name)) is not None and not 0 <= days <= 1000:
                errors[name] = Problem(N_("Give a number from 0 to 1000."), "grades")
        name = values.get("name", record.name)
        same = [one for one in self.all().values() if one.id != record.id and one.name.casefold() == name.casefold()]
        if same:
            errors["name"] = Problem(N_("There is a grade of this name already."), "grades")
        return errors

    def delete(self, user, records, **kwargs):
        """Raises Problem for one that contacts have."""
        for record in records:
            if Grade.select().where(Grade.level == record.id, Grade.deleted_batch.is_null()).exists():
                problem = N_("Contacts have the grade “%(name)s”. Change its rule instead, or give them another one.")
                raise Problem(problem, "grades", name=record.name)
        return super().delete(user, records, **kwargs)


def holders(levels) -> dict[int, int]:
    """Level id → how many contacts that the reader may see have it; one query."""
    query = resource_of(Grade).query(g.get("user") or SYSTEM, Grade.level, peewee.fn.COUNT(Grade.id))
    query = query.where(Grade.level << [level.id for level in levels])
    return dict(query.group_by(Grade.level).tuples())


class Grades(Resource):
    """Who has which grade. Whoever sees a contact sees its grade."""

    model, nav, nav_order, icon, hue = Grade, "Customers", 60, "award", "yellow"
    label, plural = N_("Customer grade"), N_("Customer grades")
    columns = ("contact", "level", "kind", "created", "expected", "by_hand", "computed_at")
    more_columns = ("reason", "credit_limit", "credit_days")
    fields = ("contact", "level", "by_hand", "reason", "credit_limit", "credit_days")
    filters = ("level", "kind", "created", "expected", "by_hand", "contact")
    order = "-created"
    presets = ((N_("Customers"), "kind=customer"), (N_("Prospects"), "kind=prospect"), (N_("By hand"), "by_hand=yes"))
    follows = "contact"
    searched, attachments = False, False
    sample = {"by_hand": True, "reason": "Old friend", "credit_limit": "900 CNY", "credit_days": 14}
    list_template = "grades/list.html"

    # Reading

    def of(self, contact_id: int) -> Grade | None:
        """A contact's grade, whoever asks; one query."""
        query = Grade.select().where(Grade.contact == contact_id, Grade.deleted_batch.is_null())
        return query.first()

    def level_for(self, grade: Grade | None) -> Level | None:
        """The rules that hold for a grade; those of the last one for a contact without any."""
        levels = self.build.by_model[Level]
        if grade is not None and grade.level_id is not None:
            return levels.one(grade.level_id)
        return levels.best()[-1] if levels.best() else None

    def name_for(self, contact_id: int) -> str | None:
        """The name of the grade that holds for a contact, as price lists know it; one query."""
        level = self.level_for(self.of(contact_id))
        return level.name if level is not None else None

    def days_for(self, contact_id: int) -> int | None:
        """How many days of credit a contact has; None where nobody said. One query."""
        grade = self.of(contact_id)
        if grade is not None and grade.credit_days is not None:
            return grade.credit_days
        level = self.level_for(grade)
        return level.credit_days if level is not None else None

    def why(self, grade: Grade) -> str:
        """The rule with its numbers, in the reader's language: why a grade is what it is."""
        if grade.by_hand:
            return _("By hand: %(reason)s", reason=grade.reason)
        months = self.build.options("grades")["months"]
        level = self.build.by_model[Level].one(grade.level_id)
        customer = grade.kind == "customer"
        amount = grade.created if customer else grade.expected
        threshold = None if level is None else getattr(level, "created" if customer else "expected")
        value = html.money(amount or 0, self.build.firm["currency"])
        currency = level and (level.created_currency if customer else level.expected_currency)
        limit = html.money(threshold, currency) if threshold is not None else "—"
        name = level.name if level is not None else "—"
        if not customer:
            said = _("%(grade)s: %(value)s in weighted open deals ≥ %(limit)s")
        elif self.build.options("grades")["basis"] == "ordered":
            said = _("%(grade)s: %(value)s ordered in %(months)s months ≥ %(limit)s")
        else:
            said = _("%(grade)s: %(value)s paid in %(months)s months ≥ %(limit)s")
        return said % {"grade": name, "value": value, "months": months, "limit": limit}

    def terms_for(self, user, contact_id: int) -> Terms | None:
        """How a contact pays by its grade, for those who may see that; None where the grade says nothing of it.

        Credit days of its own put off the last share. One query.
        """
        levels = self.build.by_model[Level]
        hidden = {"level", "credit_days"} & self.hidden(user) or {"credit_days", "plan"} & levels.hidden(user)
        if hidden or not (self.can(user, "view") and levels.can(user, "view")):
            return None
        grade = self.query(user).where(Grade.contact == contact_id).first()
        level = self.level_for(grade)
        own = grade.credit_days if grade is not None else None
        shares = Level.plan.shares(level.plan) if level is not None else []
        days = own if own is not None or level is None else level.credit_days
        if not shares and days is None:
            return None
        shares = shares or [(100, days)]
        if own is not None:
            before = shares[-2][1] if len(shares) > 1 else 0
            shares = [*shares[:-1], (shares[-1][0], max(own, before))]
        return Terms(self._why_terms(grade, level, shares), shares)

    def _why_terms(self, grade, level, shares) -> str:
        """The sentence that says where terms come from."""
        said = [
            _("%(n)s%% at once", n=share) if not days else _("%(n)s%% after %(days)s days", n=share, days=days)
            for share, days in shares
        ]
        name = level.name if level is not None else "—"
        if grade is not None and grade.credit_days is not None:
            who = _("As agreed with this customer (grade %(grade)s, %(days)s days of credit)")
            who = who % {"grade": name, "days": grade.credit_days}
        elif grade is not None:
            who = _("As grade %(grade)s pays", grade=name)
        else:
            who = _("As customers without a grade pay (%(grade)s)", grade=name)
        return _("%(who)s: %(parts)s.", who=who, parts=" · ".join(said))

    # Checking and writing

    def save_many(self, user, pairs, **kwargs):
        """A change of the grade by a person is by hand. Raises Problem for who does not see everybody's contacts."""
        if not user.is_system and user.owners("contacts") is not None:
            raise Problem(N_("Only somebody who sees everybody's contacts may change a grade."), "grades")
        if not user.is_system:
            pairs = [
                (grade, values | {"by_hand": True} if values.get("level", grade.level_id) != grade.level_id else values)
                for grade, values in pairs
            ]
        return super().save_many(user, pairs, **kwargs)

    def validate(self, user, record, values):
        get = lambda name: values[name] if name in values else self.kinds[name].get(record)  # noqa: E731
        errors = {}
        if get("by_hand") and not get("reason"):
            errors["reason"] = Problem(N_("Say why it is set by hand."), "grades")
        if get("by_hand") and get("level") is None:
            errors["level"] = Problem(N_("Choose a grade."), "grades")
        limit = values.get("credit_limit")
        if limit is not None and limit[0] < 0:
            errors["credit_limit"] = Problem(N_("An amount cannot be less than zero."), "grades")
        if (days := values.get("credit_days")) is not None and not 0 <= days <= 1000:
            errors["credit_days"] = Problem(N_("Give a number from 0 to 1000."), "grades")
        other = Grade.select().where(
            Grade.contact == get("contact"), Grade.deleted_batch.is_null(), Grade.id != (record.id or 0)
        )
        if other.exists():
            errors["contact"] = Problem(N_("This contact has a grade already. Change that one."), "grades")
        return errors

    @action(N_("Back to the rule"), icon="calculator", order=10, when=lambda grade: grade.by_hand)
    def by_rule(self, user, record):
        """It follows the rule again, from now on."""
        label = N_("Graded %(name)s by the rule again")
        self.save(user, record, {"by_hand": False, "reason": ""}, label=label, name=str(record))
        grade_contacts(self.build, [record.contact_id], batch=record.batch)
        return self.why(Grade.get_by_id(record.id))
