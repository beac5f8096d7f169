"""Contracts above what a role may sign: asked from their page, decided by who may, also for somebody who is away."""

import pytest

from core import Entry, Invalid, Problem, User
from core.journal import Batch
from core.notices import Notice
from core.trial import queries
from plugins.orders.models import Approval
from tests.contracts.conftest import Office
from tests.contracts.test_contracts import act, in_days, steps
from tests.real.browser import PHONE
from tests.trials import come_in, served, trial_of

MODULES = ("sales", "catalogue", "orders", "contracts")


class Desk(Office):
    """An office where roles have limits: `desk.limit("member", "1000 CNY")`."""

    def limit(self, role, contract):
        roles = User.role.rel_model
        return self.make("orders_limit", "ann", role=roles.get(roles.name == role), contract=contract)

    def ask(self, contract, by="bo", words="A large customer"):
        return self.client(by).post(f"/orders/ask/contracts_contract/{contract.id}", data={"words": words})

    def decide(self, approval, by, verb="approve"):
        return self.client(by).post(f"/orders/approval/{approval.id}/act/{verb}", follow_redirects=True)

    def away(self, who, deputy, first=0, last=3, by="ann"):
        people = {"person": self.person(who), "deputy": self.person(deputy)}
        return self.make("sales_absence", by, first=in_days(first), last=in_days(last), **people)


desk = trial_of(Desk, *MODULES)


@pytest.fixture
def waiting(desk):
    """A contract of 9,000 that Bo, who may sign 1,000, asked about."""
    desk.limit("member", "1000 CNY")
    contract = desk.contract(value="9000 CNY")
    desk.ask(contract)
    return contract


def test_it_is_signed_after_somebody_said_yes(desk):
    desk.limit("member", "1000 CNY")
    contract = desk.contract(value="9000 CNY")
    answer = desk.client("bo").post(f"/contracts/contract/{contract.id}/act/sign", follow_redirects=True)
    assert "It must be approved first" in answer.text and "¥9,000 is above the limit of CN¥1,000" in answer.text
    assert desk.ask(contract).location == f"/contracts/contract/{contract.id}"
    desk.ask(contract, words="A second click")
    (approval,) = Approval.select()
    assert (approval.kind, approval.amount, approval.owner_id) == ("contract", 900000, desk.cast.bo.id)
    assert Notice.select().where(Notice.user_id == desk.cast.mei.id, Notice.kind == "approval").count() == 1
    assert "waits for a decision" in desk.client("bo").get(f"/contracts/contract/{contract.id}").text
    act(desk, contract, "sign")
    assert steps(contract) == ["draft"]
    desk.decide(approval, "mei")
    act(desk, contract, "sign")
    assert steps(contract) == ["draft", "running"]
    assert "Approved" in desk.client("bo").get(f"/contracts/contract/{contract.id}").text


def test_within_the_limit_nobody_is_asked(desk):
    desk.limit("member", "1000 CNY")
    contract = desk.contract(value="1000 CNY")
    assert "panel-approvals" not in desk.client("bo").get(f"/contracts/contract/{contract.id}").text
    act(desk, contract, "sign")
    assert steps(contract) == ["draft", "running"]


@pytest.mark.parametrize("value", [None, "1 CNY"])
def test_a_limit_of_nothing_asks_for_every_contract(desk, value):
    desk.limit("member", "0 CNY")
    desk.limit("manager", "0 CNY")
    contract = desk.contract(**({"value": value} if value else {}))
    desk.ask(contract)
    (approval,) = Approval.select()
    assert approval.why == "Every contract must be approved before it is signed."
    assert "may not decide" in desk.decide(approval, "mei").text
    desk.decide(approval, "ann")
    assert desk.again(approval).state == "approved"


def test_a_value_in_another_currency_counts_by_its_rate(desk):
    desk.limit("member", "1000 CNY")
    dear = desk.contract(value="200 USD")
    answer = desk.client("bo").get(f"/orders/ask/contracts_contract/{dear.id}").text
    assert "There is no exchange rate for USD" in answer
    desk.make("sales_rate", "ann", currency="USD", day="2020-01-01", rate="7")
    assert "$200 is above the limit" in desk.client("bo").get(f"/orders/ask/contracts_contract/{dear.id}").text
    small = desk.contract(value="100 USD")
    assert "Nothing needs an approval" in desk.client("bo").get(f"/orders/ask/contracts_contract/{small.id}").text


def test_no_other_door_leads_past_it(desk, waiting):
    with pytest.raises(Invalid, match="must be approved first"):
        desk.change(waiting, stage="running")
    with pytest.raises(Invalid, match="must be approved first"):
        desk.contract("Another", value="9000 CNY", stage="running")
    small = desk.contract("Small", value="900 CNY", stage="running")
    with pytest.raises(Invalid, match="must be approved first"):
        desk.change(small, value="2000 CNY")
    assert desk.change(small, value="950 CNY").value == 95000
    assert desk.again(waiting).stage == "draft"


def test_what_was_approved_does_not_cover_more(desk, waiting):
    desk.decide(Approval.get(), "mei")
    desk.change(waiting, value="9500 CNY")
    act(desk, waiting, "sign")
    assert desk.again(waiting).stage == "draft"
    desk.ask(waiting)
    assert Approval.select().count() == 2, "it is asked for anew"


def test_a_no_says_why_on_the_contracts_page(desk, waiting):
    approval = Approval.get()
    desk.client("mei").post(f"/orders/approval/{approval.id}/refuse", data={"answer": "Ask for a deposit"})
    page = desk.client("bo").get(f"/contracts/contract/{waiting.id}").text
    assert "Refused" in page and "Ask for a deposit" in page and "Ask for the approval" in page
    act(desk, waiting, "sign")
    assert desk.again(waiting).stage == "draft"


def test_timeline_and_journal_tell_it(desk, waiting):
    approval = Approval.get()
    entry = Entry.get(Entry.resource == "orders_approval", Entry.record_id == approval.id)
    assert entry.contact_id == waiting.contact_id and entry.title == f"{waiting} · Waiting"
    desk.decide(approval, "mei")
    entry = Entry.get_by_id(entry.id)
    assert entry.title == f"{waiting} · Approved · Mei"
    assert Batch.select().order_by(Batch.id.desc()).first().title == f"Approved {waiting}"


def test_who_may_sign_as_much_decides(desk, waiting):
    desk.limit("manager", "5000 CNY")
    approval = Approval.get()
    assert "may not decide" in desk.decide(approval, "mei").text
    assert "may not decide" in desk.decide(approval, "bo").text
    desk.decide(approval, "ann")
    assert desk.again(approval).decided_by_id == desk.cast.ann.id


# Deputies


def test_a_deputy_decides_while_somebody_is_away(desk, waiting):
    approval = Approval.get()
    assert desk.client("li").get(f"/orders/approval/{approval.id}").status_code == 404
    assert "may not decide" in desk.decide(approval, "bo").text
    desk.away("mei", "li")
    assert "You decide for Mei, who is away." in desk.client("li").get(f"/orders/approval/{approval.id}").text
    assert str(waiting) in desk.client("li").get("/").text
    desk.decide(approval, "li")
    approval = desk.again(approval)
    assert (approval.state, approval.decided_by_id) == ("approved", desk.cast.li.id)
    assert approval.decided_for_id == desk.cast.mei.id
    assert "Decided for Mei, who was away." in desk.client("bo").get(f"/orders/approval/{approval.id}").text


def test_a_deputy_sees_what_waits_and_nothing_that_others_decided(desk, waiting):
    first = Approval.get()
    desk.decide(first, "mei")
    desk.ask(other := desk.contract("Other", value="9000 CNY"))
    desk.away("mei", "li")
    found = desk.client("li").get("/orders/approval/").text
    assert str(other) in found and str(waiting) not in found
    assert desk.client("li").get(f"/orders/approval/{first.id}").status_code == 404


def test_a_deputy_is_told_when_somebody_asks(desk):
    desk.limit("member", "1000 CNY")
    desk.away("mei", "li")
    desk.ask(desk.contract(value="9000 CNY"))
    told = {n.user_id for n in Notice.select().where(Notice.kind == "approval")}
    assert {desk.cast.mei.id, desk.cast.li.id} <= told and desk.cast.bo.id not in told


@pytest.mark.parametrize("first, last", [(-5, -1), (1, 5)])
def test_only_in_those_days(desk, waiting, first, last):
    desk.away("mei", "li", first, last)
    assert desk.client("li").get(f"/orders/approval/{Approval.get().id}").status_code == 404


def test_a_deputy_may_no_more_than_who_is_away(desk, waiting):
    desk.limit("manager", "5000 CNY")
    desk.away("mei", "li")
    assert "may not decide" in desk.decide(Approval.get(), "li").text


def test_nobody_is_their_own_deputy_nor_decides_what_they_asked_for(desk, waiting):
    with pytest.raises(Invalid, match="their own deputy"):
        desk.away("mei", "mei")
    desk.away("mei", "bo")
    with desk.acting("bo") as build, pytest.raises(Problem, match="may not decide"):
        build.resources["orders_approval"].decide(desk.person("bo"), Approval.get(), True)


def test_the_deputy_of_somebody_who_was_disabled_decides_nothing(desk, waiting):
    desk.away("mei", "li")
    User.update(active=False).where(User.id == desk.cast.mei.id).execute()
    assert desk.client("li").get(f"/orders/approval/{Approval.get().id}").status_code == 404


# Pages


def test_its_page_asks_two_queries_more(desk, waiting):
    bo, path = desk.client("bo"), f"/contracts/contract/{waiting.id}"
    bo.get(path)
    with queries() as statements:
        bo.get(path)
    assert sum("orders_" in sql for sql in statements) <= 3, "\n".join(statements)
    assert len(statements) <= 14, "\n".join(statements)


def test_on_a_phone_it_takes_two_taps(desk, waiting, new_page):
    with served(desk):
        page = new_page(viewport=PHONE, has_touch=True)
        come_in(page, desk, "mei")
        page.locator("#main").get_by_role("link", name=str(waiting)).tap()
        page.get_by_role("button", name="Approve", exact=True).tap()
        page.get_by_text("Approved:").wait_for()
    assert Approval.get().state == "approved"


def test_without_orders_it_is_signed_as_ever(office_alone):
    contract = office_alone.contract(value="9000000 CNY")
    assert "panel-approvals" not in office_alone.client("bo").get(f"/contracts/contract/{contract.id}").text
    act(office_alone, contract, "sign")
    assert steps(contract) == ["draft", "running"]


office_alone = trial_of(Office, "sales", "contracts")
