"""One database from migrations, one from models: columns, types, NULLs, defaults, keys and indexes are the same."""

import contextlib
import pkgutil

import pytest

import plugins as bundled
from core import db, schema
from core.app import build_of, migrations_of, pending
from core.app import migrate as migrate_all
from core.settings import Settings
from core.trial import fresh_database

BUNDLED = sorted(item.name for item in pkgutil.iter_modules(bundled.__path__))


@pytest.fixture
def settings(tmp_path):
    before = db.db.obj
    yield Settings(tmp_path, "", tmp_path / "plugins.toml", "secret")
    if db.db.obj is not None:
        db.db.close()
    if before is not None:
        db.db.initialize(before)


@pytest.fixture(params=["sqlite", "postgres"])
def two(request, tmp_path):
    """The URLs of two empty databases of one engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'a.db'}", f"sqlite:///{tmp_path / 'b.db'}"
        return
    server = request.getfixturevalue("postgres").get_uri()
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(fresh_database(server)), stack.enter_context(fresh_database(server))


@pytest.mark.parametrize("module", ["core", *BUNDLED])
def test_migrations_make_what_the_models_say(module, two, settings):
    build = build_of(settings, [] if module == "core" else [module])
    needed = [m for name, _, models in migrations_of(build) for m in models]
    own = {m._meta.table_name for m in build.models(module)}
    found = schema.compare(*two, lambda: migrate_all(build), needed)
    assert [line for line in found if line.split(" ")[0].rstrip(":") in own] == []


@pytest.mark.parametrize("module", ["core", *BUNDLED])
def test_after_the_migrations_nothing_is_pending(module, two, settings):
    db.connect(two[0])
    build = build_of(settings, [] if module == "core" else [module])
    assert pending(build) != []
    migrate_all(build)
    assert pending(build) == []
    assert migrate_all(build) == []


def test_every_bundled_plugin_with_tables_has_migrations(settings):
    steps = {name: (folder, models) for name, folder, models in migrations_of(build_of(settings, BUNDLED))}
    assert [name for name, (folder, models) in steps.items() if models and folder is None] == []


WRONG = {
    "a type": ("size VARCHAR(9) NOT NULL", "size INTEGER NOT NULL", "column size"),
    "a NULL": ("size INTEGER", "size INTEGER NOT NULL", "column size"),
    "a default": ("size INTEGER NOT NULL DEFAULT 7", "size INTEGER NOT NULL", "column size"),
    "a length": ("size VARCHAR(9)", "size VARCHAR(10)", "column size"),
    "a column": ("size INTEGER, more INTEGER", "size INTEGER", "column more"),
    "a unique key": ("size INTEGER UNIQUE", "size INTEGER", ""),
    "a foreign key": ("size INTEGER REFERENCES other (id)", "size INTEGER", ""),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_comparison_sees(wrong, two):
    """The test of the test: each of these differences is found on both engines."""
    import peewee

    from core.db import Base

    class Thing(Base):
        size = peewee.IntegerField(default=0)

        class Meta:
            table_name = "thing"

    left, right, said = WRONG[wrong]
    described = []
    for url, columns in zip(two, (left, right), strict=True):
        handle = db.connect(url)
        handle.execute_sql("CREATE TABLE other (id INTEGER NOT NULL PRIMARY KEY)")
        handle.execute_sql(f"CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY, {columns})")
        described.append(schema.describe(handle, ["thing"]))
        handle.close()
    found = schema.differences(*described, [Thing])
    assert len(found) >= 1
    assert said in found[0]


def test_the_comparison_sees_an_index(two):
    described = []
    for url, sql in zip(
        two, ("CREATE INDEX x ON thing (size)", "CREATE INDEX x ON thing (size) WHERE size > 1"), strict=True
    ):
        handle = db.connect(url)
        handle.execute_sql("CREATE TABLE thing (id INTEGER NOT NULL PRIMARY KEY, size INTEGER)")
        handle.execute_sql(sql)
        described.append(schema.describe(handle, ["thing"]))
        handle.close()
    assert described[0]["thing"]["index x"] != described[1]["thing"]["index x"]
