"""Search: one index over every Resource, alike on SQLite and PostgreSQL."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peewee import DatabaseError, IntegerField, Model, TextField
from playhouse.db_url import connect

from core import search
from core.db import db
from core.search import Doc, create_index, find, index_words, matching_ids, remove, rescope, write
from core.trial import fresh_database

ALL = {"contacts": None}


@pytest.fixture(scope="module")
def postgres_url(postgres):
    """An empty database for the whole module."""
    with fresh_database(postgres.get_uri()) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request, tmp_path_factory):
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("data") / "guanxi.db"
        database = connect(f"sqlite:///{path}", lock_type="IMMEDIATE", pragmas={"journal_mode": "wal"})
    else:
        database = connect(request.getfixturevalue("postgres_url"), prefer_psycopg3=True)
    with database.connection_context():
        create_index(database)
    yield database
    database.close()


@pytest.fixture
def index(database):
    """An empty index, which the next test finds empty again."""
    before = db.obj
    db.initialize(database)
    with database.atomic() as transaction:
        yield
        transaction.rollback()
    db.initialize(before)


def doc(record_id, title, *texts, phones=(), emails=(), scope="o1 t1", resource="contacts", at=None):
    return Doc(
        resource,
        record_id,
        title,
        " · ".join(texts),
        index_words((title, *texts), phones, emails),
        scope,
        at or record_id,
    )


@pytest.fixture
def cast(index):
    write(
        [
            doc(1, "张伟", "宁波海川贸易有限公司", phones=["+86 138 0574 2210"], emails=["lin.xw@haichuan.example"]),
            doc(2, "单田芳", "鞍山"),
            doc(3, "Amy Klobuchar", "Senator", phones=["202-224-3244"]),
            doc(4, "Jürgen Müller", "München", "O'Brien & Søn"),
            doc(5, "伟大的张", "100% 'quoted' \\ text"),
        ]
    )


#: What different people may see.
ACCESSES = (
    {"contacts": None},
    {"contacts": ["o1"], "deals": None},
    {"contacts": ["s7"], "deals": ["o3"]},
    {"deals": []},
)


def _found(query, access):
    return sorted((hit.resource, hit.record_id) for hit in find(query, access))


def ids(query, access=ALL, limit=20):
    return sorted(hit.record_id for hit in find(query, access, limit))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("张", [1, 5]),
        ("伟", [1, 5]),
        ("张伟", [1]),
        ("zhangwei", [1]),
        ("zhang wei", [1, 5]),
        ('"zhang wei"', [1]),
        ("ZW", [1]),
        ("zhangw", [1]),
        ("haichuan", [1]),
        ("nbhc", [1]),
        ("贸易", [1]),
        ("易贸", []),
        ("shan", [2]),
        ("shan tian", [2]),
        ("stf", [2]),
        ("anshan", [2]),
        ("klob", [3]),
        ("KLOB", [3]),
        ("lobuchar", []),
        ("klob amy", []),
        ("amy klob", [3]),
        ("amy -senator", []),
        ("senator", [3]),
        ("muller", [4]),
        ("müller", [4]),
        ("ＭÜＬＬ", [4]),
        ("obrien", [4]),
        ("o'brien", [4]),
        ("son", [4]),
        ("2210", [1]),
        ("05742210", [1]),
        ("0574 2210", [1]),
        ("138", [1]),
        ("1380574", [1]),
        ("13805742210", [1]),
        ("+86-138-0574-2210", [1]),
        ("008613805742210", [1]),
        ("2243244", [3]),
        ("(202) 224 3244", [3]),
        ("221", [1]),
        ("574221", []),
        ("lin.xw", [1]),
        ("lin.xw@hai", [1]),
        ("xw@haichuan.example", [1]),
        ("LIN.XW@HAICHUAN.EXAMPLE", [1]),
        ("example", [1]),
        ("100%", [5]),
        ("'quoted'", [5]),
        ("-zhang", [2, 3, 4]),
        ("contacts", []),
        ("r_contacts", []),
        ("o1", []),
        ("", []),
        ("?", []),
    ],
)
def test_typed_finds(cast, typed, found):
    assert ids(typed) == found


def test_a_hit_says_what_it_is(cast):
    assert find("klob", ALL) == [("contacts", 3, "Amy Klobuchar", "Senator")]


def test_a_title_that_is_the_query_comes_first_then_one_that_starts_with_it_then_the_newest(index):
    write([doc(1, "Ann", at=1), doc(2, "Annabel", at=2)])
    write([doc(100 + n, f"Bo {n}", "Ann") for n in range(200)])
    write([doc(3, "Joan Ann", at=900), doc(4, "Bo Ann", at=800), doc(5, "ann", at=3)])
    top = [hit.record_id for hit in find("ann", ALL, limit=5)]
    assert top == [5, 1, 3, 4, 299]  # 1 too, though 200 newer rows match
    remove("contacts", range(100, 300))
    assert [hit.record_id for hit in find("ann", ALL)] == [5, 1, 2, 3, 4]


def test_a_chinese_title_is_the_query_in_pinyin_too(index):
    write([doc(1, "张伟", at=1), doc(2, "张伟明", at=2), doc(3, "Li", "张伟", at=3)])
    for typed in ("张伟", "zhangwei", "zhang wei"):
        assert [hit.record_id for hit in find(typed, ALL)] == [1, 2, 3], typed


def test_common_words_give_the_newest(index):
    write([doc(n, f"Firm {n}", at=n) for n in range(1, 3001)])
    assert [hit.record_id for hit in find("fir", ALL, limit=3)] == [3000, 2999, 2998]
    assert ids("17", limit=200) == [17, *range(170, 180), *range(1700, 1800)]


def test_only_what_the_scope_allows_is_found(index):
    write([doc(1, "Ann", scope="o1 t1"), doc(2, "Ann", scope="o2 t1 s7"), doc(3, "Ann", scope="o3", resource="deals")])
    assert ids("ann", {"contacts": ["o1"]}) == [1]
    assert ids("ann", {"contacts": ["o1", "s7"]}) == [1, 2]
    assert ids("ann", {"contacts": ["t1"], "deals": None}) == [1, 2, 3]
    assert ids("ann", {"contacts": None, "deals": ["o1"]}) == [1, 2]
    assert ids("-bob", {"deals": None}) == [3]
    for nothing in (
        {},
        {"contacts": []},
        {"contacts": ["o"]},
        {"contacts": ["ann"]},
        {"contacts": ["r_deals"]},
        {"contact": None},
    ):
        assert ids("ann", nothing) == [], nothing


@pytest.mark.parametrize("shares", [(1, 1), (1, 0), (0, 0)], ids=["most rows", "most kinds", "little"])
def test_however_much_somebody_sees_they_find_the_same(index, monkeypatch, shares):
    """SQLite looks for scope words, or asks the rows for them, whichever is less work."""
    scopes = ("o1 t1", "o2 t1 s7", "o3", "o11 b12", "")
    write(
        [
            doc(n, "Ann", "oak" * (n % 2), scope=s, resource=r)
            for r in ("contacts", "deals")
            for n, s in enumerate(scopes)
        ]
    )
    monkeypatch.setattr(search, "_shares", lambda access: shares)
    found = {str(access): _found("ann", access) for access in ACCESSES}
    assert list(found.values()) == [
        [("contacts", n) for n in range(5)],
        [("contacts", 0), ("deals", 0), ("deals", 1), ("deals", 2), ("deals", 3), ("deals", 4)],
        [("contacts", 1), ("deals", 2)],
        [],
    ]
    assert _found("ann -oak", {"contacts": ["o1", "o2"], "deals": []}) == [("contacts", 0)]
    assert _found("-oak", {"contacts": ["o1", "o2"], "deals": None}) == [
        ("contacts", 0),
        *(("deals", n) for n in (0, 2, 4)),
    ]


def test_what_somebody_sees_is_told_from_a_sample(database, index):
    write([doc(n, "Ann", scope=f"o{n % 4}", resource="contacts" if n % 2 else "deals") for n in range(100)])
    if not search.is_postgres():
        assert search._shares({"contacts": None, "deals": ["o2"]}) == (1, pytest.approx(0.75, abs=0.1))
        assert search._shares({"contacts": [], "tasks": None}) == (0, 0)


def test_no_query_reaches_outside_its_scope(index):
    write([doc(1, "Ann 2210", phones=["138 0574 2210"], scope="o1"), doc(2, "Bob", scope="o2")])
    for typed in (
        'ann") OR ("bob',
        "ann OR bob",
        "2210 OR",
        "0574 2210",
        "138 0574 2210",
        "-bob",
        "') | ('ann",
        "o1",
        "scope : o1",
    ):
        assert set(ids(typed, {"contacts": ["o2"]})) <= {2}, typed
        assert 1 not in ids(typed, {"contacts": ["o2"], "deals": None})


def test_writing_again_replaces_and_forgets_the_old_words(cast):
    write([doc(1, "王芳")])
    assert ids("张伟") == ids("2210") == []
    assert ids("wangfang") == [1]
    write([doc(1, "李娜"), doc(1, "赵敏")])
    assert ids("wangfang") == ids("lina") == []
    assert ids("zhaomin") == [1]


def test_removed_records_are_not_found_and_others_are(cast):
    remove("deals", [3])
    remove("contacts", [1, 3, 99])
    assert ids("klob") == ids("张伟") == []
    assert ids("shan") == [2]
    remove("contacts", [])
    assert ids("shan") == [2]


def test_rescoped_records_change_hands_and_keep_their_words(cast):
    rescope("contacts", [1, 2], "o9 s3")
    assert ids("张", {"contacts": ["o1"]}) == [5]
    assert ids("张", {"contacts": ["s3"]}) == [1]
    assert ids('"zhang wei"', {"contacts": None}) == [1]


def test_the_index_of_sqlite_agrees_with_its_table(database, cast):
    if database.param == "%s":
        pytest.skip("PostgreSQL has one table only")
    rescope("contacts", [1], "o9")
    write([doc(2, "x")])
    remove("contacts", [3])
    database.execute_sql("INSERT INTO core_search_fts (core_search_fts, rank) VALUES ('integrity-check', 1)")
    database.execute_sql("UPDATE core_search SET words = 'other'")
    with pytest.raises(DatabaseError, match="malformed"):
        database.execute_sql("INSERT INTO core_search_fts (core_search_fts, rank) VALUES ('integrity-check', 1)")


def test_the_search_box_filters_a_list_with_other_conditions(database, cast):
    class Person(Model):
        name = TextField()
        age = IntegerField()

        class Meta:
            database = db

    database.create_tables([Person])
    for number in range(1, 6):
        Person.create(name=f"n{number}", age=number)

    def listed(query, scopes=None):
        wanted = Person.id.in_(matching_ids(query, "contacts", scopes)) & (Person.age > 1) & (Person.name != "100%")
        return [person.id for person in Person.select().where(wanted).order_by(Person.id.desc()).limit(3)]

    assert listed("张") == [5]
    assert listed("shan") == [2]
    assert listed("") == [5, 4, 3]
    assert listed("-shan") == [5, 4, 3]
    assert listed("klob", ["o1"]) == [3]
    assert listed("klob", ["o2"]) == listed("klob", []) == listed("", []) == []


def test_a_record_with_too_many_words_is_indexed_as_far_as_it_goes(index):
    write([doc(1, "Long", " ".join(f"w{n}" + "é" * 80 for n in range(6000)))])
    assert ids("long") == ids("w3000") == [1]
    assert ids("w5999") == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet="a张Zé9 \"'\\-@.+*():&|!<>%?~=\x00\ud800") | st.text())
def test_any_text_can_be_written_and_asked_for(index, text):
    words = index_words([text], [text], [text])
    write([Doc("contacts", 1, "title", "", words, "o1", 0)])
    find(text, {"contacts": ["o1"], text.replace("\x00", "").encode("utf-8", "ignore").decode(): ["o2"]})
    matching_ids(text, "contacts")
