"""Each kind of custom field: read, kept, shown, filtered, sorted; with its index, on both engines."""

import datetime as dt
from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from core.db import db, is_postgres
from core.fields import Amount
from core.listing import Listing
from core.users import SYSTEM

from .conftest import choices

#: kind → (options, values in the order in which a list sorts them, a filter, the names that it finds)
KINDS = {
    "text": ({}, ["apple", "Bär", "陈", "张"], "bär", ["1"]),
    "number": ({}, [Decimal("-3.5"), Decimal("2"), Decimal("10"), Decimal("10.25")], "2..10", ["1", "2"]),
    "money": ({}, [Amount(500, "CNY"), Amount(1000, "CNY"), Amount(20000, "CNY"), Amount(30000, "CNY")], "10..", "123"),
    "date": (
        {},
        [dt.date(1999, 12, 31), dt.date(2026, 1, 2), dt.date(2026, 1, 10), dt.date(2030, 1, 1)],
        "2026-01-02",
        "1",
    ),
    "choice": ({"options": choices("a1", "b2", "c3", "d4")}, ["a1", "b2", "c3", "d4"], "b2", ["1"]),
    "url": ({}, ["https://a.example", "https://b.example", "https://c.example", "https://d.example"], "b.example", []),
}


def people(crm, key, values):
    """One contact a value, named by its place, and one without; not in order."""
    made = [(crm.contacts.new(SYSTEM), {"name": str(i), key: value}) for i, value in enumerate(values)]
    made.append((crm.contacts.new(SYSTEM), {"name": "none"}))
    crm.contacts.save_many(SYSTEM, made[::2] + made[1::2])


def names(crm, address, size=None, user=None):
    listing = Listing(crm.contacts, user or crm.ann, MultiDict(address), size=size)
    found = [r.name for r in listing.page.rows]
    assert listing.problems == []
    return found, listing


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_sorts_and_filters_with_empty_values_last(crm, kind):
    options, values, wanted, found = KINDS[kind]
    key = crm.make("Own", kind, **options)
    people(crm, key, values)
    assert names(crm, {"sort": key})[0] == ["0", "1", "2", "3", "none"]
    assert names(crm, {"sort": f"-{key}"})[0] == ["3", "2", "1", "0", "none"]
    if found:
        assert sorted(names(crm, {key: wanted})[0]) == list(found)
    assert names(crm, {key: "none"})[0] == ["none"]


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_two_show_every_row_once_forwards_and_back(crm, kind):
    options, values, _, _ = KINDS[kind]
    key = crm.make("Own", kind, **options)
    people(crm, key, values)
    for sort, order in ((key, "0123"), (f"-{key}", "3210")):
        seen, address, last = [], {"sort": sort}, None
        while address:
            page, last = names(crm, address, size=2)
            seen += page
            address = {"sort": sort, "after": last.page.older} if last.page.older else None
        assert seen == [*order, "none"]
        page, _ = names(crm, {"sort": sort, "before": last.page.newer}, size=2)
        assert page == seen[2:4]


def test_bool_several_choices_and_links_filter(crm):
    yes, tags, boss = (
        crm.make("Yes", "bool"),
        crm.make("Marks", "choices", options=choices("x", "y", "z")),
        crm.make("Boss", "user"),
    )
    buddy = crm.make("Buddy", "contact")
    other = crm.contact(name="other")
    crm.contact(name="1", **{yes: True, tags: ["x", "y"], boss: crm.bo.id, buddy: other.id})
    crm.contact(name="2", **{yes: False, tags: ["z"], boss: crm.mei.id})
    for address, found in (
        ({yes: "yes"}, ["1"]),
        ({yes: "no"}, ["2", "other"]),
        ({tags: "x"}, ["1"]),
        ({tags: "y,z"}, ["1", "2"]),
        ({tags: "none"}, ["other"]),
        ({boss: "me"}, []),
        ({boss: str(crm.bo.id)}, ["1"]),
        ({boss: "none"}, ["other"]),
        ({buddy: str(other.id)}, ["1"]),
    ):
        assert sorted(names(crm, address)[0]) == found, address


def plan(sql, values):
    """How the engine would go about a query, with nothing small enough to be read whole."""
    if is_postgres():
        with db.atomic():
            db.execute_sql("SET LOCAL enable_seqscan = off")
            rows = db.execute_sql(f"EXPLAIN {sql}", values).fetchall()
        return " ".join(row[0] for row in rows)
    return " ".join(row[3] for row in db.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())


@pytest.mark.parametrize("kind", [*KINDS, "bool", "user", "choices"])
def test_filter_and_sort_use_the_index(crm, kind):
    options, _, wanted, _ = KINDS.get(kind, ({}, [], {"bool": "yes", "user": "1", "choices": "x"}.get(kind), []))
    if kind == "choices":
        options = {"options": choices("x", "y")}
    key = crm.make("Own", kind, **options)
    asked = [{key: wanted}]
    if crm.contacts.kinds[key].sort_column is not None:
        asked += [{"sort": key}, {"sort": f"-{key}"}]
    else:
        assert kind in ("bool", "user", "choices")
    for address in asked:
        listing = Listing(crm.contacts, crm.ann, MultiDict(address))
        query = listing.query(crm.contacts.model.id)
        if "sort" in address:
            query = listing._ordered(query.where(listing._halves()[0]), False).limit(50)
        said = plan(*query.sql())
        assert f"custom_{key}" in said and ("SCAN" not in said or kind == "choices"), (address, said)
        if kind in ("choice", "bool", "user", "choices") and "sort" not in address and "," not in wanted:
            query = listing._ordered(listing.query(crm.contacts.model.id), False)
            said = plan(*query.limit(50).sql())
            assert f"custom_{key}" in said and "TEMP B-TREE" not in said and "Sort" not in said, said
        if "sort" in address:
            assert "TEMP B-TREE" not in said and "Sort" not in said, said
            beyond = query.where(
                listing._beyond(listing.sort_column.db_value({"number": "3", "money": 3}.get(kind, "x")), 5, False)
            )
            said = plan(*beyond.sql())
            assert f"custom_{key}" in said and "TEMP B-TREE" not in said and "Sort" not in said, said
