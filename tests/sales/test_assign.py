"""Who gets a lead: rules, turns, load, capacity, absence; each with its reason."""

import datetime as dt

import pytest

from core import Invalid, User
from core.db import utcnow
from core.users import SYSTEM
from plugins.sales.models import AssignRule, Lead


@pytest.fixture
def rule(shop):
    def make(**values):
        people = [getattr(shop.cast, name).id for name in values.pop("people", ("bo", "li"))]
        return shop.make("sales_assign_rule", **{"name": "All", "people": people, **values})

    return make


def day(n):
    """A date so many days from today."""
    return (utcnow().date() + dt.timedelta(days=n)).isoformat()


def come(shop, n=1, **values):
    """Leads from outside; the names of those who got them."""
    with shop.acting(SYSTEM) as build:
        leads = build.resources["sales_lead"]
        pairs = [(leads.new(SYSTEM), {"name": f"Lead {i}", **values}) for i in range(n)]
        leads.save_many(SYSTEM, pairs)
    names = dict(User.select(User.id, User.name).tuples())
    return [names.get(lead.owner_id, "") for lead, _ in pairs]


def test_in_turn_goes_on_where_it_stopped(shop, rule):
    rule()
    assert come(shop, 3) == ["Bo", "Li", "Bo"]
    assert come(shop) == ["Li"]
    assert Lead.select().order_by(Lead.id.desc()).first().assigned_why == "Rule “All”: in turn, 1 open leads"


def test_by_load_goes_to_whoever_has_the_fewest(shop, rule):
    for _ in range(2):
        shop.make("sales_lead", "bo", name="Own", owner=shop.cast.bo.id)
    rule(strategy="load")
    assert come(shop, 4) == ["Li", "Li", "Bo", "Li"]


def test_who_is_full_gets_none(shop, rule):
    rule(capacity=1)
    assert come(shop, 3) == ["Bo", "Li", ""]
    assert Lead.select().order_by(Lead.id.desc()).first().assigned_why == "No rule fits, or nobody of them is free"


def test_who_is_away_or_off_gets_none(shop, rule):
    rule(people=("bo", "li", "mei"))
    shop.make("sales_absence", "bo", person=shop.cast.bo, first=day(-1), last=day(1))
    User.update(active=False).where(User.id == shop.cast.li.id).execute()
    assert come(shop, 2) == ["Mei", "Mei"]


def test_an_absence_of_other_days_does_not_matter(shop, rule):
    rule(people=("bo",))
    shop.make("sales_absence", "bo", person=shop.cast.bo, first=day(2), last=day(3))
    assert come(shop) == ["Bo"]


def test_the_first_rule_that_fits_decides(shop, rule):
    rule(name="Fair in Shanghai", place=1, sources="Fair\n展会", regions="上海", people=("li",))
    rule(name="Desks", place=2, products="Desks", people=("mei",))
    rule(name="Rest", place=3, people=("bo",))
    assert come(shop, source="展会", region="上海", product="Desks") == ["Li"]
    assert come(shop, source="展会", region="Beijing", product="desks") == ["Mei"]
    assert come(shop, source="展会", region="Beijing") == ["Bo"]


def test_a_region_finds_its_territory_and_the_territorys_rule(shop, rule):
    east = shop.make("sales_territory", name="East")
    city = shop.make("sales_territory", name="Shanghai", parent=east.id, regions="上海\nShanghai")
    rule(name="East", territory=east.id, people=("li",))
    assert come(shop, region="shanghai") == ["Li"] and Lead.get().territory_id == city.id
    assert come(shop, region="Chengdu") == [""]
    with pytest.raises(Invalid, match="part of itself"):
        shop.change(east, "ann", parent=city.id)


def test_whoever_types_one_in_keeps_it_when_no_rule_fits(shop, rule):
    rule(sources="Fair", people=("li",))
    assert shop.again(shop.make("sales_lead", "bo", name="Typed")).owner_id == shop.cast.bo.id
    assert shop.again(shop.make("sales_lead", "bo", name="Typed", source="Fair")).owner_id == shop.cast.li.id


def test_an_owner_that_was_named_stays_and_is_told(shop, rule):
    rule(people=("li",))
    lead = shop.make("sales_lead", "mei", name="Named", owner=shop.cast.bo.id)
    assert shop.again(lead).owner_id == shop.cast.bo.id and shop.again(lead).assigned_why == "Given by Mei"
    assert "A new lead for you" in shop.client("bo").get("/notices").text


def test_a_batch_costs_no_query_per_lead(shop, rule):
    rule()
    with shop.queries() as few:
        come(shop, 2)
    with shop.queries() as many:
        come(shop, 60)
    assert len(many) <= len(few) + 8  # ids of long runs and notices, never one for each


def test_rules_are_a_managers(shop, rule):
    assert shop.client("bo").get("/sales/assign_rule/new").status_code == 403
    assert shop.client("mei").get("/sales/assign_rule/new").status_code == 200
    with pytest.raises(Invalid, match="at least one person"):
        shop.make("sales_assign_rule", name="Nobody", people=[])
    assert AssignRule.select().count() == 0


def test_days_off_are_ones_own_to_write_down(shop):
    with pytest.raises(Invalid, match="your own days"):
        shop.make("sales_absence", "bo", person=shop.cast.li, first=day(0), last=day(0))
    with pytest.raises(Invalid, match="before the first"):
        shop.make("sales_absence", "bo", person=shop.cast.bo, first=day(0), last="2020-01-01")
