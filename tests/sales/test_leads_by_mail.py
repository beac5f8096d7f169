"""Mails of strangers become leads: to the addresses that the settings name, once for each sender."""

import pytest

from core.db import db, utcnow
from core.trial import Trial
from plugins.mail.filing import Filing
from plugins.mail.models import Mailbox
from plugins.sales.models import Lead
from tests.mail.conftest import mail


@pytest.fixture(params=["sqlite", "postgres"])
def firm(request, tmp_path):
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    with Trial(tmp_path / "guanxi", "mail", "sales", url=url) as trial, trial.acting("ann") as build:
        build.options("sales").save({"lead_addresses": "Sales@firm.example\n"})
        yield trial


def come(firm, *messages, strangers=True):
    row = {"name": "Sales", "address": "sales@firm.example", "host": "127.0.0.1", "password": ""}
    with db.atomic():
        box = Mailbox.create(**row, strangers=strangers)
    Filing(firm.build, box).keep([(m, utcnow()) for m in messages], lambda: None)
    return list(Lead.select().order_by(Lead.id))


def test_a_stranger_becomes_a_lead_with_what_was_written(firm):
    (lead,) = come(firm, mail("Lin Wei <lin@b.example>", subject="A table", text="For twelve people."))
    assert (lead.name, lead.email, lead.state) == ("Lin Wei", "lin@b.example", "new")
    assert lead.message == "A table\n\nFor twelve people." and lead.source == "E-mail"


def test_the_same_sender_is_one_lead(firm):
    messages = (mail("Lin <lin@b.example>", subject=s) for s in ("One", "Two"))
    assert len(come(firm, *messages)) == 1


def test_customers_machines_and_other_addresses_are_no_leads(firm):
    firm.contact("Zhang Wei", emails="wei@a.example")
    messages = (
        mail("Zhang Wei <wei@a.example>"),
        mail("Shop <no-reply@shop.example>"),
        mail("Lin <lin@b.example>", to="office@firm.example"),
    )
    assert come(firm, *messages) == []


def test_what_a_mailbox_does_not_keep_is_no_lead(firm):
    assert come(firm, mail("Lin <lin@b.example>"), strangers=False) == []


def test_without_an_address_nothing_happens(firm):
    firm.build.options("sales").save({"lead_addresses": ""})
    assert come(firm, mail("Lin <lin@b.example>")) == []
