"""Invoices as documents: numbered, issued, void, printed, never for more than their instalment."""

import pytest

from core import Invalid
from plugins.payments.models import Invoice


def invoice(till, by="bo", **values):
    values = {"contact": till.lin, "amount": "113 CNY", "tax_percent": "13", "state": "draft"} | values
    return till.make("payments_invoice", by, **values)


def test_numbers_follow_one_another_within_their_year(till):
    first, second = invoice(till), invoice(till)
    assert (first.number, second.number) == (f"INV-{till.today.year}-0001", f"INV-{till.today.year}-0002")
    with pytest.raises(Invalid, match="is another invoice's number"):
        invoice(till, number=first.number)


def test_an_issued_one_stays_as_it_is(till):
    one = invoice(till)
    bo = till.client("bo")
    bo.post(f"/payments/invoice/{one.id}/act/issue")
    one = till.again(one)
    assert (one.state, one.issued_on) == ("issued", till.today)
    with pytest.raises(Invalid, match="Make it void"):
        till.change(one, amount="1 CNY")
    with pytest.raises(Invalid, match="Make it void"):
        till.change(one, state="draft")
    till.change(one, note="Sent by post")
    bo.post(f"/payments/invoice/{one.id}/act/void")
    assert till.again(one).state == "void"


def test_an_instalment_is_not_invoiced_twice(till):
    due = till.due("113 CNY")
    one = invoice(till, instalment=due, about="")
    with pytest.raises(Invalid, match="is not invoiced yet"):
        invoice(till, instalment=due, amount="1 CNY")
    till.change(one, state="issued")
    till.change(one, state="void")
    invoice(till, instalment=due)
    with pytest.raises(Invalid, match="is in CNY, and this is USD"):
        invoice(till, instalment=due, amount="1 USD")


def test_it_is_printed_with_its_tax(till):
    one = invoice(till, made_out_to="Lin & Co Ltd", what="Kitchen")
    page = till.client("bo").get(f"/payments/invoice/{one.id}/print").text
    assert "¥100<" in page and "¥13<" in page and "¥113<" in page and "Lin &amp; Co Ltd" in page
    assert till.client("li").get(f"/payments/invoice/{one.id}/print").status_code == 404
    assert Invoice.select().count() == 1
