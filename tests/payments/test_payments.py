"""What arrives and what it settles: partly, over several instalments, too much, twice; and taking all of it back."""

import threading

import pytest

from core import Entry, Invalid, Problem
from core.db import db
from core.journal import Batch
from core.testing import check_plugin
from core.undo import undo
from plugins.payments.models import Instalment, Payment, Settlement


def undo_last(till):
    assert till.undo() == []


def receive(till, by="bo", token="t-1", contact=None, **values):
    sent = {"token": token, "received_on": till.today.isoformat(), "method": "transfer", "reference": ""} | values
    contact = contact or till.lin
    return till.client(by).post(f"/payments/receive?contact={contact.id}", data=sent)


def test_it_conforms():
    check_plugin("payments")


def test_a_payment_settles_what_is_due_first(till):
    late, next_ = till.due("1000 CNY", days=-20), till.due("500 CNY", days=5)
    payment = till.paid("1200 CNY")
    assert till.sums(late, next_) == [(100000, 0, 0, "paid"), (20000, 0, 30000, "partly")]
    assert till.again(payment).free == 0
    assert [s.amount for s in Settlement.select().order_by(Settlement.id)] == [100000, 20000]


def test_the_instalment_that_it_names_comes_first(till):
    late, named = till.due("1000 CNY", days=-20), till.due("500 CNY", days=5)
    till.paid("600 CNY", towards=named)
    assert till.sums(late, named) == [(10000, 0, 90000, "partly"), (50000, 0, 0, "paid")]


def test_more_than_is_due_is_refused_with_the_numbers(till):
    till.due("1000 CNY")
    with pytest.raises(Invalid, match=r"Only ¥?.*1,000.* is due: .*200.* is too much"):
        till.paid("1200 CNY")
    assert Payment.select().count() == Settlement.select().count() == 0


def test_the_rest_is_kept_as_credit_when_somebody_says_so(till):
    first = till.due("1000 CNY")
    payment = till.paid("1200 CNY", keep_rest="yes")
    assert till.again(payment).free == 20000
    second = till.due("500 CNY", title="Rest")
    page = till.client("bo").get(f"/payments/use/{payment.id}").text
    assert 'value="200.00"' in page
    till.client("bo").post(f"/payments/use/{payment.id}", data={f"part-{second.id}": "150"})
    assert till.sums(first, second) == [(100000, 0, 0, "paid"), (15000, 0, 35000, "partly")]
    assert till.again(payment).free == 5000


@pytest.mark.parametrize("amount, said", [("0 CNY", "more than zero"), ("-5 CNY", "more than zero")])
def test_nothing_and_less_are_refused(till, amount, said):
    till.due("1000 CNY")
    with pytest.raises(Invalid, match=said):
        till.paid(amount)
    with pytest.raises(Invalid, match=said):
        till.due(amount)


def test_another_currency_is_refused_in_words(till):
    due = till.due("1000 CNY")
    with pytest.raises(Invalid, match="is due in CNY, and this is USD"):
        till.paid("100 USD", towards=due)
    with pytest.raises(Invalid, match="Nothing is due in USD"):
        till.paid("100 USD")


def test_a_day_to_come_is_refused(till):
    till.due("1000 CNY")
    with pytest.raises(Invalid, match="still to come"):
        till.paid("1000 CNY", received_on=till.day(3))


def test_the_same_reference_is_recorded_once(till):
    till.due("1000 CNY")
    till.paid("400 CNY", reference="B-77")
    with pytest.raises(Invalid, match="this reference is recorded already"):
        till.paid("400 CNY", reference="B-77")
    with pytest.raises(Invalid, match="recorded a moment ago"):
        till.paid("100 CNY") and till.paid("100 CNY")
    assert Payment.select().count() == 2


def test_a_double_click_leads_to_the_first_payment(till):
    due = till.due("1000 CNY")
    first = receive(till, amount="400 CNY")
    second = receive(till, amount="400 CNY")
    payment = Payment.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/payments/payment/{payment.id}"
    assert till.sums(due) == [(40000, 0, 60000, "partly")]


def test_two_at_once_do_not_settle_more_than_is_due(till):
    due = till.due("1000 CNY")
    failed, settlements = [], till.build.resources["payments_settlement"]
    one, two = (till.paid("1000 CNY", keep_rest="yes", contact=till.contact(n)) for n in ("Wu", "Xu"))
    gate = threading.Barrier(2)

    def settle(payment):
        with till.acting("ann"):
            user = till.person("ann")
            amount = Payment.amount.get(payment)
            values = {"kind": "match", "payment": payment.id, "instalment": due.id, "amount": amount}
            gate.wait()
            try:
                settlements.save(user, settlements.new(user), values)
            except Problem as problem:
                failed.append(str(problem))
            except Invalid as invalid:
                failed.append(str(invalid))
            finally:
                db.close()

    threads = [threading.Thread(target=settle, args=(payment,)) for payment in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 1 and till.sums(due) == [(100000, 0, 0, "paid")]
    assert sorted([till.again(one).free, till.again(two).free]) == [0, 100000]


def test_the_page_takes_what_each_one_gets(till):
    late, next_ = till.due("1000 CNY", days=-20), till.due("500 CNY", days=5)
    page = till.client("bo").get(f"/payments/receive?towards={next_.id}").text
    assert 'value="500.00 CNY"' in page and f'name="part-{late.id}"' in page
    parts = {f"part-{late.id}": "100", f"part-{next_.id}": "500"}
    answer = receive(till, amount="700 CNY", **parts)
    assert answer.status_code == 422 and "is for nothing yet" in answer.text and 'value="700 CNY"' in answer.text
    answer = receive(till, amount="600 CNY", **parts | {f"part-{late.id}": "1001"})
    assert answer.status_code == 422 and "is still due of it" in answer.text
    assert receive(till, amount="600 CNY", **parts).status_code == 303
    assert till.sums(late, next_) == [(10000, 0, 90000, "partly"), (50000, 0, 0, "paid")]


def test_an_undo_takes_payment_and_settlements_back(till):
    due = till.due("1000 CNY")
    payment = till.paid("1000 CNY")
    undo_last(till)
    assert till.again(payment).deleted_batch and till.sums(due) == [(0, 0, 100000, "open")]


def test_deleting_a_payment_makes_it_due_again_and_an_undo_pays_it_again(till):
    due = till.due("1000 CNY")
    payment = till.paid("1000 CNY")
    till.client("ann").post(f"/payments/payment/{payment.id}/delete")
    assert till.sums(due) == [(0, 0, 100000, "open")]
    undo_last(till)
    assert till.sums(due) == [(100000, 0, 0, "paid")] and till.again(payment).free == 0


def test_an_undo_that_would_pay_twice_is_refused(till):
    due = till.due("1000 CNY")
    payment = till.paid("1000 CNY")
    till.client("ann").post(f"/payments/payment/{payment.id}/delete")
    gone = Batch.select().order_by(Batch.id.desc()).first()
    till.paid("1000 CNY", reference="second")
    with till.acting("ann"), pytest.raises(Problem, match="too much"):
        undo(till.build, till.person("ann"), gone)
    assert till.sums(due) == [(100000, 0, 0, "paid")]


def test_taking_one_settlement_back_leaves_credit(till):
    due = till.due("1000 CNY")
    payment = till.paid("1000 CNY")
    settlement = Settlement.get()
    page = till.client("bo").get(f"/payments/instalment/{due.id}").text
    assert f"/payments/settlement/{settlement.id}/delete" in page
    till.client("bo").post(
        f"/payments/settlement/{settlement.id}/delete", data={"next": f"/payments/payment/{payment.id}"}
    )
    assert till.sums(due) == [(0, 0, 100000, "open")] and till.again(payment).free == 100000


def test_what_is_paid_is_neither_deleted_nor_made_smaller(till):
    due = till.due("1000 CNY")
    payment = till.paid("600 CNY")
    with pytest.raises(Invalid, match="It cannot be less than that"):
        till.change(due, amount="500 CNY")
    answer = till.client("ann").post(f"/payments/instalment/{due.id}/delete")
    assert "is paid in part or in full" in answer.text
    with pytest.raises(Invalid, match="matched to what is due"):
        till.change(payment, amount="500 CNY")
    till.change(due, amount="800 CNY")
    assert till.sums(due) == [(60000, 0, 20000, "partly")]
    with pytest.raises(Invalid, match="would be for nothing"):
        till.change(payment, amount="700 CNY")


def test_writing_off_asks_why_and_takes_somebody_who_sees_all(till):
    due = till.due("1000 CNY")
    till.paid("990 CNY")
    values = {"kind": "write_off", "instalment": due, "amount": "10 CNY"}
    with pytest.raises(Invalid, match="Say why"):
        till.settle(**values)
    with pytest.raises(Invalid, match="sees everybody's records"):
        till.settle("bo", **values, reason="Bank fee")
    with pytest.raises(Invalid, match="is still due of"):
        till.settle(**values | {"amount": "11 CNY"}, reason="Bank fee")
    till.settle("mei", **values, reason="Bank fee")
    assert till.sums(due) == [(99000, 1000, 0, "paid")]
    undo_last(till)
    assert till.sums(due) == [(99000, 0, 1000, "partly")]


def test_credit_is_paid_back_within_what_is_left(till):
    payment = till.paid("300 CNY", keep_rest="yes")
    with pytest.raises(Invalid, match="is left of"):
        till.settle(kind="refund", payment=payment, amount="301 CNY", reason="Cancelled")
    till.settle(kind="refund", payment=payment, amount="300 CNY", reason="Cancelled")
    assert till.again(payment).free == 0


def test_a_settlement_is_not_changed(till):
    till.due("1000 CNY")
    till.paid("500 CNY")
    with pytest.raises(Invalid, match="stays as it was recorded"):
        till.change(Settlement.get(), amount="100 CNY", by="ann")


def test_the_timeline_tells_it(till):
    till.due("1000 CNY")
    till.paid("1000 CNY", note="By his wife")
    entry = Entry.get(Entry.resource == "payments_payment")
    assert entry.title.startswith("Payment received: ") and entry.text == "By his wife"
    assert "Payment received" in till.client("bo").get(f"/contacts/{till.lin.id}").text


def test_whoever_sees_the_contact_sees_what_it_paid_and_nobody_else(till):
    due = till.due("1000 CNY")
    till.paid("1000 CNY")
    li = till.client("li")
    for path in ("instalment", "payment", "settlement"):
        assert "Lin" not in li.get(f"/payments/{path}/").text
    assert li.get(f"/payments/instalment/{due.id}").status_code == 404
    assert li.get(f"/payments/receive?towards={due.id}").status_code == 404
    assert li.get(f"/payments/statement/{till.lin.id}").status_code == 404
    assert Instalment.select().count() == 1
