"""Reminders: owners by notices, customers by mail when the firm says so; each once."""

import pytest

from core.notices import Notice
from core.outbox import Mail
from plugins.payments.reminders import filled, remind


def run(till, **options):
    with till.app.app_context():
        if options:
            till.build.options("payments").save(options)
        return remind(till.build, None)


def test_the_owner_is_told_before_and_once_it_is_overdue(till):
    soon, late, far = till.due(days=2, title="Soon"), till.due(days=-1, title="Late"), till.due(days=20, title="Far")
    assert run(till) == {"told": 2, "mailed": 0} and run(till)["told"] == 0
    titles = sorted(n.title for n in Notice.select().where(Notice.kind == "due"))
    assert "is due on" in titles[0] and "Soon" in titles[0] and "is overdue: Late" in titles[1]
    assert {n.record_id for n in Notice.select().where(Notice.kind == "due")} == {soon.id, late.id} and far.id


def test_what_is_paid_is_not_reminded_of(till):
    till.due("100 CNY", days=-5)
    till.paid("100 CNY")
    assert run(till) == {"told": 0, "mailed": 0}


def test_customers_are_written_to_when_the_firm_says_so(till):
    due = till.due("1000 CNY", days=-5)
    assert run(till)["mailed"] == 0
    assert run(till, mail_customers=True)["mailed"] == 1 and run(till)["mailed"] == 0
    mail = Mail.get()
    assert mail.recipients == ["lin@co.example"] and "1,000" in mail.text and "Deposit" in mail.subject
    due = till.again(due)
    assert (due.reminders, due.reminded_on) == (1, till.today)
    assert "Deposit" in till.client("bo").get(f"/contacts/{till.lin.id}").text


def test_a_quiet_one_and_one_without_an_address_are_left_out(till):
    till.due(days=-5, quiet="yes")
    till.due(days=-5, contact=till.contact("Wu", owner="Bo"))
    assert run(till, mail_customers=True)["mailed"] == 0


def test_one_by_hand_is_read_before_it_goes_out(till):
    due = till.due("1000 CNY", days=-5)
    bo = till.client("bo")
    assert "lin@co.example" in bo.get(f"/payments/remind/{due.id}").text
    sent = {"subject": "Your payment", "text": "Please pay."}
    assert bo.post(f"/payments/remind/{due.id}", data=sent | {"text": " "}).status_code == 422
    assert bo.post(f"/payments/remind/{due.id}", data=sent).status_code == 303
    answer = bo.post(f"/payments/remind/{due.id}", data=sent)
    assert answer.status_code == 422 and "went out today already" in answer.text and "Please pay." in answer.text
    assert Mail.select().count() == 1
    assert bo.post(f"/payments/remind/{due.id}", data=sent | {"again": "1"}).status_code == 303


def test_a_mistake_in_the_text_is_found_when_it_is_saved(till):
    with pytest.raises(Exception, match="is not one of the places"):
        filled("Dear {name}", {"contact": "Lin"})
    data = {"soon_days": "3", "mail_days": "3", "mail_text": "Dear {name}", "invoice_prefix": "INV-"}
    answer = till.client("ann").post("/admin/modules/payments", data=data)
    assert "is not one of the places" in answer.text
