"""A firm whose administrator makes fields: `make(title, kind, …)` gives the key, and the firm serves with it."""

from functools import partial

import pytest

from core.custom import indexes
from core.db import db


def choices(*labels):
    """Options as the form gives them."""
    return [{"value": label, "label": label, "hue": "gray", "retired": False} for label in labels]


def make(firm, title, kind="text", resource="contacts", **values):
    """Make a field as Ann, and build anew."""
    definitions = firm.build.resources["custom_fields"]
    record = definitions.new(firm.ann, title=title, kind=kind, resource=resource)
    definitions.save(firm.ann, record, {"title": title, "kind": kind, "resource": resource, **values})
    rebuild(firm)
    return record.key


def rebuild(firm):
    """Serve with the fields as they are now; what runs inside the test, too."""
    firm.rebuild()
    firm.context.pop()
    firm.context = firm.app.test_request_context()
    firm.context.push()


def definition(firm, key):
    """The definition of a field."""
    return firm.custom_fields.find(firm.ann, int(key[1:]))


def _within(firm):
    firm.context = firm.app.test_request_context()
    firm.context.push()
    firm.make = partial(make, firm)
    firm.definition = partial(definition, firm)
    yield firm
    for name in indexes.present():  # the tables are put back after a test, their indexes are not
        db.execute_sql(f'DROP INDEX "{name}"')
    firm.context.pop()


@pytest.fixture
def crm(firm):
    """A firm with core only, in which fields can be made."""
    yield from _within(firm)


@pytest.fixture
def thing_crm(thingy):
    """The same with a vendor's module of one file."""
    yield from _within(thingy)
