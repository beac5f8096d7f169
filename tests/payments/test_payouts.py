"""Payouts of commission: due, paid out and open; never more than is due without a word; undo, file and API."""

import csv
import io
import threading

import pytest

from core import Entry, Forbidden, Invalid
from core.api import tokens
from core.db import db
from core.exchange.command import run_import
from plugins.payments.commissions import statement_of
from plugins.payments.models import Payout
from tests.payments.test_commission import won


@pytest.fixture
def partner(till):
    """A partner to whom 100 are due."""
    with till.app.app_context():
        till.build.options("payments").save({"commission_due": "won"})
    partner = till.contact("Xu Design", owner="Bo", roles="partner")
    won(till, partner)
    return partner


def pay(till, partner, amount, by="mei", **values):
    return till.make("payments_payout", by, partner=partner, amount=amount, **values)


def sums(till, partner, who="mei"):
    with till.acting(who):
        found = statement_of(till.person(who), partner.id)
    return found.due, found.paid_out, found.open


def alive():
    return Payout.select().where(Payout.deleted_batch.is_null()).count()


def test_the_statement_says_due_paid_out_and_open(till, partner):
    assert sums(till, partner) == (10000, 0, 10000)
    pay(till, partner, "60 CNY", note="Slip 7")
    assert sums(till, partner) == (10000, 6000, 4000)
    page = till.client("mei").get(f"/payments/commission/{partner.id}").text
    assert "Still to be paid out" in page and "Slip 7" in page and "CN¥40" in page
    assert "amount=40.00+CNY" in page, "the form begins with what is open"
    pay(till, partner, "40 CNY")
    assert sums(till, partner) == (10000, 10000, 0)


def test_more_than_is_open_is_asked_about(till, partner):
    pay(till, partner, "60 CNY")
    with pytest.raises(Invalid, match="Only CN¥40 is open: CN¥10 is too much"):
        pay(till, partner, "50 CNY")
    form = {"partner": str(partner.id), "amount": "50", "on": till.day(0), "method": "transfer", "note": "Early"}
    answer = till.client("mei").post("/payments/payout/new", data=form)
    assert answer.status_code == 422 and "tick that it is an advance" in answer.text and 'value="Early"' in answer.text
    assert till.client("mei").post("/payments/payout/new", data=form | {"advance": "yes"}).status_code == 303
    assert sums(till, partner) == (10000, 11000, -1000)
    assert "Paid in advance" in till.client("mei").get(f"/payments/commission/{partner.id}").text


def test_a_second_press_of_the_button_pays_nothing_twice(till, partner):
    pay(till, partner, "20 CNY")
    with pytest.raises(Invalid, match="recorded a moment ago"):
        pay(till, partner, "20 CNY")
    pay(till, partner, "20 CNY", note="The second one")
    assert alive() == 2


def test_two_people_at_once_cannot_pay_more_than_is_open(till, partner):
    errors, ready = [], threading.Barrier(2)

    def both(who, note):
        try:
            ready.wait()
            pay(till, partner, "70 CNY", by=who, note=note)
        except Invalid as invalid:
            errors.append(str(invalid))
        finally:
            db.close()

    threads = [threading.Thread(target=both, args=args) for args in (("mei", "one"), ("ann", "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert alive() == 1 and len(errors) == 1 and "is too much" in errors[0]


def test_a_file_of_payouts_cannot_pay_more_than_is_open_either(till, partner):
    with till.acting("mei") as build:
        payouts, mei = build.resources["payments_payout"], till.person("mei")
        amount = payouts.kinds["amount"].parse("60 CNY")
        pairs = [(payouts.new(mei), {"partner": partner.id, "amount": amount, "note": note}) for note in ("1", "2")]
        with pytest.raises(Invalid, match="Only CN¥40 is open: CN¥20 is too much"):
            payouts.save_many(mei, pairs)
    assert alive() == 0
    rows = f"Partner,Amount,Paid out on,Note\nXu Design,60 CNY,{till.day(0)},1\nXu Design,60 CNY,{till.day(0)},2\n"
    path = till.folder / "payouts.csv"
    path.write_text(rows)
    run_import(till.app, "payments_payout", str(path), False, (), "skip")
    assert alive() == 1, "the second row is refused, the first one is there"


def test_a_change_counts_the_others_only(till, partner):
    first = pay(till, partner, "60 CNY")
    pay(till, partner, "40 CNY", note="Rest")
    till.change(first, "mei", amount="50 CNY")
    with pytest.raises(Invalid, match="is too much"):
        till.change(first, "mei", amount="61 CNY")
    assert sums(till, partner) == (10000, 9000, 1000)


def test_it_can_be_taken_back(till, partner):
    pay(till, partner, "60 CNY")
    assert till.undo("mei") == []
    assert sums(till, partner) == (10000, 0, 10000)
    assert Entry.select().where(Entry.resource == "payments_payout", Entry.deleted_batch.is_null()).count() == 0


def test_another_currency_counts_by_the_rate_of_its_day(till, partner):
    with pytest.raises(Invalid, match="no exchange rate for USD"):
        pay(till, partner, "10 USD")
    till.make("sales_rate", "ann", currency="USD", day="2020-01-01", rate="7")
    pay(till, partner, "10 USD")
    assert sums(till, partner) == (10000, 7000, 3000)


@pytest.mark.parametrize(
    "values, said", [({"amount": "-5 CNY"}, "more than zero"), ({"on": "2100-01-01"}, "still to come")]
)
def test_bad_input_is_answered_in_words(till, partner, values, said):
    with pytest.raises(Invalid, match=said):
        pay(till, partner, **{"amount": "5 CNY"} | values)


def test_the_timeline_of_the_partner_tells_it(till, partner):
    pay(till, partner, "60 CNY")
    assert "Commission paid out: CN¥60" in till.client("bo").get(f"/contacts/{partner.id}").text


def test_who_sees_only_some_deals_records_none_and_reads_no_sum(till, partner):
    with pytest.raises(Forbidden):
        pay(till, partner, "10 CNY", by="bo")
    pay(till, partner, "60 CNY")
    page = till.client("bo").get(f"/payments/commission/{partner.id}").text
    assert "Kitchen" in page and "Still to be paid out" not in page and "Record a payout" not in page
    assert till.client("li").get("/payments/payout/").text.count("CN¥60") == 0


def test_the_statement_is_a_file_too(till, partner):
    pay(till, partner, "60 CNY", note="=Slip")
    answer = till.client("mei").get(f"/payments/commission/{partner.id}?format=csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert answer.mimetype == "text/csv"
    assert [rows[1][0], *rows[1][4:6]] == ["Kitchen", "100.00 CNY", "100.00 CNY"]
    assert rows[2][0] == "'=Slip" and rows[2][-1] == "60.00 CNY"
    assert rows[-1][0] == "Still to be paid out" and rows[-1][5] == "40.00 CNY"


def test_the_api_reads_and_records_them(till, partner):
    with till.app.app_context():
        secret = tokens.add(till.build, till.person("mei"), "books", ["*"], None)[1]
    api, headers = till.app.test_client(), {"Authorization": f"Bearer {secret}"}
    row = {"partner": partner.id, "amount": {"minor": 6000, "currency": "CNY"}, "on": till.day(0)}
    made = api.post("/api/v1/payments_payout", json=row, headers=headers)
    assert made.status_code == 201, made.text
    refused = api.post(
        "/api/v1/payments_payout", json=row | {"amount": {"minor": 5000, "currency": "CNY"}}, headers=headers
    )
    assert refused.status_code == 422 and "is too much" in refused.text
    found = api.get("/api/v1/payments_payout", headers=headers).get_json()
    assert len(next(v for v in found.values() if isinstance(v, list))) == 1
