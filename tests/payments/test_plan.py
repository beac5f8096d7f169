"""The plan of a contract: it adds up to the value, or somebody says why not; and nothing is doubled or lost."""

import pytest

from plugins.payments.models import Instalment


@pytest.fixture
def contract(till):
    return till.contract("Supply", contact=till.lin, value="1000 CNY")


def address(contract):
    return f"/payments/plan/contracts_contract/{contract.id}"


def known():
    rows = Instalment.select().where(Instalment.deleted_batch.is_null()).order_by(Instalment.number)
    return " ".join(f"{i.id}:{i.version}" for i in rows)


def save(till, contract, *lines, by="bo", **more):
    """Lines are `(title, amount, due)`, with an instalment first for one that is there."""
    sent = {"id": [], "title": [], "amount": [], "due": [], "condition": []}
    for line in lines:
        one, rest = (str(line[0].id), line[1:]) if isinstance(line[0], Instalment) else ("", line)
        for name, value in zip(sent, (one, *rest, ""), strict=True):
            sent[name].append(value)
    return till.client(by).post(address(contract), data={"known": known(), **sent, **more})


def plan():
    rows = Instalment.select().where(Instalment.deleted_batch.is_null()).order_by(Instalment.number)
    return [(i.title, i.amount) for i in rows]


def test_a_ready_made_way_adds_up(till, contract):
    page = till.client("bo").get(address(contract) + "?way=30-60-10").text
    assert [f'value="{n}.00 CNY"' in page for n in (300, 600, 100)] == [True] * 3
    assert "Payment plan" in till.client("bo").get(f"/contracts/contract/{contract.id}").text


def test_shares_and_amounts_are_saved_with_what_they_are_for(till, contract):
    answer = save(till, contract, ("Deposit", "30%", till.day(1)), ("Rest", "700", till.day(40)))
    assert answer.status_code == 303 and plan() == [("Deposit", 30000), ("Rest", 70000)]
    one = Instalment.get(Instalment.number == 1)
    assert (one.resource, one.record_id, one.contact_id) == ("contracts_contract", contract.id, till.lin.id)
    assert one.about == str(contract) and one.owner_id == contract.owner_id
    assert "Rest" in till.client("bo").get(f"/contracts/contract/{contract.id}").text


def test_what_does_not_add_up_is_asked_about(till, contract):
    lines = (("Deposit", "300", till.day(1)), ("Rest", "600", till.day(40)))
    answer = save(till, contract, *lines)
    assert answer.status_code == 422 and plan() == []
    assert "¥100 is missing" in answer.text and 'value="600"' in answer.text
    assert save(till, contract, *lines, rest="last").status_code == 303
    assert plan() == [("Deposit", 30000), ("Rest", 70000)]


def test_it_may_be_right_so(till, contract):
    assert save(till, contract, ("All", "1200", till.day(1))).status_code == 422
    assert save(till, contract, ("All", "1200", till.day(1)), rest="keep").status_code == 303
    assert plan() == [("All", 120000)]


@pytest.mark.parametrize(
    "line, said",
    [
        (("Deposit", "-300", "2027-01-01"), "more than zero"),
        (("Deposit", "", "2027-01-01"), "must be filled in"),
        (("Deposit", "1000", ""), "must be filled in"),
        (("Deposit", "abc", "2027-01-01"), "is not an amount"),
        (("Deposit", "1000 USD", "2027-01-01"), "is in CNY"),
    ],
)
def test_bad_lines_are_named_and_kept(till, contract, line, said):
    answer = save(till, contract, line)
    assert answer.status_code == 422 and said in answer.text and 'value="Deposit"' in answer.text
    assert plan() == []


def test_a_second_press_of_the_button_doubles_nothing(till, contract):
    sent = {"known": "", "id": "", "title": "All", "amount": "1000", "due": till.day(1), "condition": ""}
    bo = till.client("bo")
    assert bo.post(address(contract), data=sent).status_code == 303
    answer = bo.post(address(contract), data=sent)
    assert answer.status_code == 422 and "was changed in the meantime" in answer.text
    assert plan() == [("All", 100000)]


def test_changing_it_keeps_what_is_paid(till, contract):
    save(till, contract, ("Deposit", "300", till.day(1)), ("Rest", "700", till.day(40)))
    first, second = Instalment.select().order_by(Instalment.number)
    till.paid("300 CNY", towards=first)
    answer = save(till, contract, (second, "Rest", "1000", till.day(40)))
    assert answer.status_code == 422 and "is paid in part or in full" in answer.text
    answer = save(till, contract, (first, "Deposit", "300", till.day(1)), ("New", "700", till.day(9)))
    assert answer.status_code == 303 and plan() == [("Deposit", 30000), ("New", 70000)]
    till.undo()
    assert plan() == [("Deposit", 30000), ("Rest", 70000)]


def test_a_contract_with_a_plan_is_not_deleted(till, contract):
    save(till, contract, ("All", "1000", till.day(1)))
    answer = till.client("ann").post(f"/contracts/contract/{contract.id}/delete")
    assert "Payments are planned for" in answer.text
    assert till.again(contract).deleted_batch is None


def test_nobody_plans_for_a_contract_that_they_do_not_see(till, contract):
    assert till.client("li").get(address(contract)).status_code == 404
    assert till.client("ro").post(address(contract), data={}).status_code in (403, 404)
    assert till.client("bo").get("/payments/plan/contacts/1").status_code == 404
