"""Many payments, settlements and invoices at once: checked beside each other, by as many queries as a few."""

import pytest

from core import Invalid
from plugins.payments.models import Invoice, Payment, Settlement
from tests.test_import import run


def save(till, name, rows, by="ann"):
    """Save rows of typed texts as one batch, as the API's client or an import would one by one."""
    with till.acting(by):
        resource, person = till.resource(name), till.person(by)
        context = till.build.context(person)
        pairs = [
            (
                resource.new(person),
                {n: resource.kinds[n].parse(v, context) if isinstance(v, str) else v for n, v in row.items()},
            )
            for row in rows
        ]
        return resource.save_many(person, pairs)


def payment(till, amount, **values):
    return {"contact": till.lin.id, "amount": amount, "received_on": till.day(0)} | values


def test_many_settle_what_is_due_one_after_the_other(till):
    first, second = till.due("1000 CNY", days=-9), till.due("500 CNY")
    save(till, "payments_payment", [payment(till, "400 CNY"), payment(till, "700 CNY"), payment(till, "400 CNY")])
    assert till.sums(first, second) == [(100000, 0, 0, "paid"), (50000, 0, 0, "paid")]
    assert [s.amount for s in Settlement.select().order_by(Settlement.id)] == [40000, 60000, 10000, 40000]


def test_together_they_settle_no_more_than_is_due(till):
    due = till.due("1000 CNY")
    with pytest.raises(Invalid, match=r"Only .*400.* is due: .*200.* is too much"):
        save(till, "payments_payment", [payment(till, "600 CNY"), payment(till, "600 CNY")])
    assert till.sums(due) == [(0, 0, 100000, "open")] and Payment.select().count() == 0
    save(till, "payments_payment", [payment(till, "600 CNY"), payment(till, "600 CNY", keep_rest="yes")])
    assert [p.free for p in Payment.select().order_by(Payment.id)] == [0, 20000]


def test_each_settles_first_what_it_names(till):
    first, second = till.due("1000 CNY", days=-9), till.due("500 CNY")
    save(till, "payments_payment", [payment(till, "300 CNY", towards=second.id), payment(till, "600 CNY")])
    assert till.sums(first, second) == [(60000, 0, 40000, "partly"), (30000, 0, 20000, "partly")]
    with pytest.raises(Invalid, match="is due in CNY, and this is USD"):
        save(till, "payments_payment", [payment(till, "1 CNY"), payment(till, "1 USD", towards=second.id)])


def test_one_reference_is_recorded_once_also_in_one_batch(till):
    till.due("1000 CNY")
    with pytest.raises(Invalid, match="this reference is recorded already"):
        save(till, "payments_payment", [payment(till, "400 CNY", reference="B-7")] * 2)
    save(till, "payments_payment", [payment(till, "400 CNY"), payment(till, "400 CNY")])
    assert Payment.select().count() == 2, "a bank statement may have the same sum twice"


def test_an_import_refuses_the_rows_that_are_too_much_and_takes_the_others(till):
    due = till.due("1000 CNY")
    text = "Contact,Amount,Received on,Reference\n"
    text += "".join(f"Lin & Co,{n} CNY,{till.day(0)},R{n}\n" for n in (600, 500, 400))
    report = run(till, text, resource="payments_payment", user=till.person("ann"))
    assert (report.created, report.rejected) == (2, 1)
    assert [p.amount for p in Payment.select().order_by(Payment.id)] == [60000, 40000]
    assert till.sums(due) == [(100000, 0, 0, "paid")]


def test_as_many_queries_for_thirty_as_for_three(till):
    till.due("100000 CNY")
    counts = []
    for n in (3, 30):
        with till.queries() as asked:
            save(till, "payments_payment", [payment(till, f"{k} CNY", reference=f"{n}-{k}") for k in range(1, n + 1)])
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_settlements_together_settle_no_more_than_is_due_or_left(till):
    paid = till.paid("1000 CNY", keep_rest="yes")
    due = till.due("600 CNY")
    row = {"kind": "match", "payment": paid.id, "instalment": due.id, "amount": "400 CNY"}
    with pytest.raises(Invalid, match=r"Only .*200.* is still due of"):
        save(till, "payments_settlement", [row, row])
    save(till, "payments_settlement", [row, row | {"amount": "200 CNY"}])
    back = {"kind": "refund", "payment": paid.id, "amount": "300 CNY", "reason": "Asked for"}
    with pytest.raises(Invalid, match=r"Only .*100.* is left of"):
        save(till, "payments_settlement", [back, back])


def test_invoices_together_have_numbers_of_their_own_and_invoice_nothing_twice(till):
    due = till.due("1000 CNY")
    row = {"contact": till.lin.id, "amount": "600 CNY", "kind": "normal", "state": "draft"}
    with pytest.raises(Invalid, match="another invoice's number"):
        save(till, "payments_invoice", [row | {"number": "A-1"}, row | {"number": "a-1"}])
    with pytest.raises(Invalid, match=r"only .*400.* is not invoiced yet"):
        save(till, "payments_invoice", [row | {"instalment": due.id}] * 2)
    save(till, "payments_invoice", [row | {"instalment": due.id, "amount": "500 CNY"}] * 2)
    assert Invoice.select().count() == 2
    first = Invoice.select().order_by(Invoice.id).first()
    till.change(first, amount="400 CNY")
    with pytest.raises(Invalid, match=r"only .*500.* is not invoiced yet"):
        till.change(first, amount="600 CNY")
