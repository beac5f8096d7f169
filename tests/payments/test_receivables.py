"""What is due by age: on the contact's page, on the page of receivables, in reports and on the home page."""

import pytest

from plugins.payments.ledger import balances, days_of
from plugins.payments.models import Instalment


@pytest.fixture
def aged(till):
    """Something of every age, in two currencies, and credit."""
    for days, amount in ((10, 100), (0, 50), (-1, 200), (-30, 30), (-31, 400), (-60, 6), (-61, 800), (-91, 1600)):
        till.due(f"{amount} CNY", days=days, title=f"{days} days")
    till.due("70 USD", days=-5)
    till.paid("9 EUR", keep_rest="yes")
    return till


def balance(till, who="bo"):
    with till.acting(who):
        return {b.currency: b for b in balances(till.build, till.person(who), till.lin.id, till.today)}


def test_a_contacts_balance_by_age(aged):
    found = balance(aged)
    assert found["CNY"].parts == {"now": 15000, "30": 23000, "60": 40600, "90": 80000, "old": 160000}
    assert (found["CNY"].open, found["CNY"].overdue) == (318600, 303600)
    assert found["CNY"].next_due == aged.today
    assert (found["USD"].overdue, found["EUR"].credit, found["EUR"].open) == (7000, 900, 0)
    assert balance(aged, "li") == {}


def test_the_panel_asks_one_query(aged):
    bo = aged.client("bo")
    path = f"/contacts/{aged.lin.id}"
    page = bo.get(path).text
    assert 'id="panel-payments"' in page and "over 90 days" in page
    with aged.queries() as with_panel:
        bo.get(path)
    aged.off("payments")
    bo.get(path)
    with aged.queries() as without:
        bo.get(path)
    assert len(with_panel) - len(without) <= 2  # the panel, and the credit's entry on the timeline


@pytest.mark.parametrize("bucket, count", [("now", 2), ("30", 3), ("60", 2), ("90", 1), ("old", 1)])
def test_each_number_leads_to_its_records(aged, bucket, count):
    with aged.acting("bo"):
        days = days_of(bucket, aged.today)
    page = aged.client("bo").get(f"/payments/instalment/?state=open,partly&due={days}").text
    assert page.count("/payments/instalment/") and f">{count}<" in page.replace(" ", "")


def test_the_page_sums_by_owner_and_customer(aged):
    other = aged.contact("Wu Ltd", owner="Li")
    aged.due("10 CNY", days=-3, contact=other, by="li", owner="Li")
    page = aged.client("ann").get("/payments/receivables").text
    assert "Wu Ltd" in page and "Lin &amp; Co" in page and "3,196" in page
    mine = aged.client("li").get("/payments/receivables").text
    assert "Wu Ltd" in mine and "Lin" not in mine and "3,186" not in mine
    table = aged.client("ann").get("/payments/receivables?format=csv")
    assert table.mimetype == "text/csv" and "CNY" in table.get_data(as_text=True)


def test_the_number_of_queries_does_not_grow(aged):
    ann = aged.client("ann")
    ann.get("/payments/receivables")
    with aged.queries() as few:
        ann.get("/payments/receivables")
    for n in range(8):
        aged.due("5 CNY", days=-n, contact=aged.contact(f"C{n}"), by="ann")
    with aged.queries() as many:
        ann.get("/payments/receivables")
    assert len(many) == len(few)


@pytest.mark.parametrize("name", ["collected", "customers", "lost"])
def test_reports_open_and_export(aged, name):
    due = Instalment.get(Instalment.title == "-31 days")
    aged.settle(kind="write_off", instalment=due, amount="400 CNY", reason="Closed down")
    page = aged.client("ann").get(f"/payments/reports/{name}?first=2020-01-01&last=2030-01-01")
    assert page.status_code == 200
    said = {"collected": "Left out, without an exchange rate: EUR, USD", "customers": "Lin", "lost": "Closed down"}
    assert said[name] in page.text
    assert aged.client("ann").get(f"/payments/reports/{name}?format=csv").mimetype == "text/csv"


def test_an_unknown_report_is_not_found(till):
    assert till.client("ann").get("/payments/reports/nothing").status_code == 404


def test_overdue_ones_stand_on_their_owners_home_page(aged):
    assert "Overdue payment" in aged.client("bo").get("/").text
    assert "Overdue payment" not in aged.client("li").get("/").text


def test_a_statement_is_made_to_be_printed(aged):
    page = aged.client("bo").get(f"/payments/statement/{aged.lin.id}").text
    assert "Statement of account" in page and "-61 days" in page


def test_without_the_permission_there_is_no_page(till):
    till.add_person("Cy", "clerk", {"contacts": ["view"]})
    cy = till.client("cy")
    for path in ("/payments/receivables", "/payments/reports", f"/payments/statement/{till.lin.id}"):
        assert cy.get(path).status_code == 403
    assert "Receivables" not in cy.get("/").text
