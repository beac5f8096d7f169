"""Contracts: their stages, numbers and dates, who sees them, and what happens by itself at their end."""

import datetime as dt
import zoneinfo

import pytest

from core import Entry, Invalid, Problem
from core.journal import Batch
from core.notices import Notice
from core.testing import check_plugin
from plugins.contracts.jobs import look_after
from plugins.contracts.models import Contract, ContractStep, months_later
from tests.test_import import run


def today():
    """In the firm's zone."""
    return dt.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai")).date()


def steps(contract):
    return [
        s.stage for s in ContractStep.select().where(ContractStep.contract == contract.id).order_by(ContractStep.id)
    ]


def act(office, contract, name, by="bo"):
    return office.client(by).post(f"/contracts/contract/{contract.id}/act/{name}")


def in_days(n):
    return (today() + dt.timedelta(days=n)).isoformat()


def look(office):
    with office.app.app_context():
        return look_after(office.build, None)


def test_it_conforms():
    check_plugin("contracts")


def test_each_stage_is_a_step_on_the_timeline(office):
    contract = office.contract(value="9000 CNY")
    act(office, contract, "review")
    act(office, contract, "sign")
    assert steps(contract) == ["draft", "review", "running"]
    titles = [e.title for e in Entry.select().where(Entry.contact == contract.contact_id).order_by(Entry.id)]
    assert titles == [f"{contract.number} Supply · {stage}" for stage in ("Draft", "In review", "Running")]
    page = office.client("bo").get(f"/contacts/{contract.contact_id}").text
    assert "Supply · Running" in page and "9,000" in page


def test_signing_before_it_begins_waits_for_the_day(office):
    contract = office.contract(starts=in_days(10))
    act(office, contract, "sign")
    contract = office.again(contract)
    assert (contract.stage, contract.signed) == ("signed", today())
    Contract.update(starts=today()).execute()
    assert look(office) == {"moved": 1, "reminded": 0} and office.again(contract).stage == "running"
    assert look(office)["moved"] == 0
    assert Notice.select().where(Notice.user_id == contract.owner_id, Notice.kind == "contract").count() == 1


def test_a_way_that_does_not_exist_is_refused_in_words(office):
    contract = office.contract()
    with pytest.raises(Invalid, match="It does not go from “Draft” to “Ended”"):
        office.change(contract, stage="ended")
    assert steps(contract) == ["draft"]


def test_an_undo_takes_stage_step_and_entry_back(office):
    contract = office.contract()
    act(office, contract, "review")
    assert office.undo() == []
    assert office.again(contract).stage == "draft"
    alive = ContractStep.select().where(ContractStep.deleted_batch.is_null())
    assert [s.stage for s in alive] == ["draft"]
    assert Entry.select().where(Entry.deleted_batch.is_null(), Entry.resource == "contracts_contract_step").count() == 1


def test_numbers_follow_one_another_and_are_never_given_twice(office):
    first, second = office.contract(), office.contract("Other", contact=office.contact("Wu"))
    year = today().year
    assert (first.number, second.number) == (f"HT-{year}-0001", f"HT-{year}-0002")
    with pytest.raises(Invalid, match="is another contract's number"):
        office.change(second, number=first.number.lower(), by="ann")


def test_an_undo_leaves_a_number_that_another_contract_has_by_now(office):
    first, second = office.contract(), office.contract("Other", contact=office.contact("Wu"))
    number = first.number
    office.change(first, number="B-1", by="ann")
    changed = Batch.select().order_by(Batch.id.desc()).first()
    office.change(second, number=number, by="ann")
    assert len(office.undo(batch=changed)) == 1
    assert (office.again(first).number, office.again(second).number) == ("B-1", number)


def test_two_contracts_of_one_import_do_not_get_one_number(office):
    office.contact("Wu")
    text = "Contract,Contract no.,Contact\nOne,A-1,Wu\nTwo,a-1,Wu\nThree,A-2,Wu\n"
    report = run(office, text, resource="contracts_contract", user=office.person("ann"))
    assert (report.created, report.rejected) == (2, 1)


@pytest.mark.parametrize(
    "values, said",
    [
        ({"value": "-1 CNY"}, "A value cannot be less than zero"),
        ({"ends": "2025-12-31"}, "It cannot end before it starts"),
        ({"renewal": "auto", "ends": ""}, "Say when its term ends"),
        ({"renewal": "auto", "ends": "2027-01-01", "renews_months": "0"}, "Give a number from 1 to 240"),
        ({"stage": "signed", "starts": ""}, "Say from when on it holds"),
        ({"starts": "0026-01-01"}, "Is the year right"),
    ],
)
def test_bad_input_is_named_and_kept_in_the_form(office, values, said):
    contact = office.contact("Lin", owner="Bo")
    sent = {"title": "Supply", "contact": f"#{contact.id}", "kind": "sale", "stage": "draft", "renewal": "no"}
    sent |= {"starts": "2026-01-01", "renews_months": "12", "notice_days": "30", "remind_days": "14"} | values
    answer = office.client("bo").post("/contracts/contract/new", data=sent)
    assert answer.status_code == 422 and said in answer.text and 'value="Supply"' in answer.text
    assert Contract.select().count() == 0


def test_terminating_asks_why(office):
    contract = office.contract(stage="running", ends="2030-01-01")
    bo = office.client("bo")
    assert act(office, contract, "terminate").headers["Location"].endswith("/terminate")
    answer = bo.post(f"/contracts/contract/{contract.id}/terminate", data={"reason": "", "ends": "2026-12-31"})
    assert answer.status_code == 422 and "Say why it was terminated" in answer.text
    bo.post(f"/contracts/contract/{contract.id}/terminate", data={"reason": "Unpaid", "ends": "2026-12-31"})
    contract = office.again(contract)
    assert (contract.stage, contract.reason, str(contract.ends)) == ("terminated", "Unpaid", "2026-12-31")
    assert "Unpaid" in bo.get(f"/contracts/contract/{contract.id}").text


def test_its_owner_is_reminded_once_and_finds_it_on_the_home_page(office):
    contract = office.contract(stage="running", ends=in_days(40), renewal="auto")
    assert str(contract.decide_by) == in_days(10) and str(contract.remind_on) == in_days(-4)
    assert look(office)["reminded"] == 1 and look(office)["reminded"] == 0
    assert "notice can be given until" in Notice.get(Notice.kind == "contract").title
    Contract.update(decide_by=today(), remind_on=today()).execute()
    assert "Give notice or let it go on" in office.client("bo").get("/").text
    assert "Give notice or let it go on" not in office.client("ann").get("/").text


def test_at_its_end_one_goes_on_and_another_ends(office):
    on = office.contract("On", stage="running", ends=in_days(-1), renewal="auto", renews_months="6")
    off = office.contract("Off", stage="running", ends=in_days(-1), contact=office.contact("Wu"))
    assert look(office)["moved"] == 2
    on, off = office.again(on), office.again(off)
    assert (on.stage, on.ends) == ("running", months_later(today() - dt.timedelta(days=1), 6))
    assert off.stage == "ended" and steps(on)[-1] == "running" and steps(off)[-1] == "ended"
    assert look(office)["moved"] == 0


def test_a_term_that_was_missed_for_years_is_caught_up(office):
    contract = office.contract(stage="running", ends="2026-01-31", renewal="auto", renews_months="1")
    Contract.update(ends="2021-01-31").execute()
    look(office)
    assert today() <= office.again(contract).ends <= today() + dt.timedelta(days=31)


def test_renewing_moves_the_last_day_and_can_be_undone(office):
    contract = office.contract(stage="running", ends="2026-12-31")
    act(office, contract, "renew")
    assert str(office.again(contract).ends) == "2027-12-31"
    office.undo()
    assert str(office.again(contract).ends) == "2026-12-31"


def test_the_last_day_of_a_month_stays_the_last_day():
    assert months_later(dt.date(2026, 11, 30), 3) == dt.date(2027, 2, 28)
    assert months_later(dt.date(2027, 2, 28), 1) == dt.date(2027, 3, 31)
    assert months_later(dt.date(2026, 12, 15), 1) == dt.date(2027, 1, 15)


def test_whoever_sees_the_contact_sees_its_contracts_and_nobody_else(office):
    lin = office.contact("Lin & Co", owner="Li")
    contract = office.contract(contact=lin, by="ann", owner="Ann")
    assert office.client("li").get(f"/contracts/contract/{contract.id}").status_code == 200
    assert "Supply" in office.client("li").get(f"/contacts/{lin.id}").text
    assert office.client("bo").get(f"/contracts/contract/{contract.id}").status_code == 404
    assert "Supply" not in office.client("bo").get("/contracts/contract/").text
    for who, found in (("li", True), ("bo", False)):
        assert ("Supply" in office.client(who).get("/search?q=supply").text) is found
    office.change(lin, owner="Bo", by="ann")
    assert "Supply" in office.client("bo").get("/search?q=supply").text


def test_a_deal_becomes_a_contract_with_what_it_knows(office):
    firm = office.contact("Lin & Co", kind="organisation", owner="Bo")
    person = office.contact("Lin Wei", owner="Bo", organisation=f"#{firm.id}")
    deal = office.make("sales_deal", "bo", title="Kitchen", contact=person, organisation=firm, amount="9000 CNY")
    bo = office.client("bo")
    with office.acting("bo"):
        values = office.resource("contracts_contract").from_deal(office.person("bo"), deal)
    assert values["contact"] == str(firm.id) and values["their_signatory"] == str(person.id)
    form = bo.get("/contracts/contract/new", query_string=values).text
    assert 'value="Kitchen"' in form and 'value="9000.00 CNY"' in form
    office.contract("Kitchen", contact=firm, deal=deal, value="9000 CNY")
    assert "Kitchen" in bo.get(f"/sales/deal/{deal.id}").text
    assert "panel-contracts" in bo.get(f"/sales/deal/{deal.id}").text


def test_steps_are_not_written_or_deleted_by_hand(office):
    contract = office.contract()
    step, resource = ContractStep.get(), office.resource("contracts_contract_step")
    with office.acting("ann"), pytest.raises(Problem):
        resource.delete(office.person("ann"), [step])
    with office.acting("ann"), pytest.raises(Problem):
        resource.save(office.person("ann"), ContractStep(contract=contract.id), {})


def test_it_speaks_chinese(office):
    office.contract()
    page = office.client("bo", "zh").get("/contracts/contract/").text
    assert "合同" in page and "起草" in page


def test_a_page_of_fifty_asks_no_more_than_one_of_one(office):
    contact = office.contact("Lin", owner="Bo")
    office.contract(contact=contact)
    bo = office.client("bo")
    bo.get("/contracts/contract/")
    with office.queries() as few:
        bo.get("/contracts/contract/")
    for n in range(20):
        office.contract(f"No. {n}", contact=contact)
    with office.queries() as many:
        bo.get("/contracts/contract/")
    assert len(many) == len(few)
