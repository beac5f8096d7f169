"""Deals: stages, what a move asks for, winning and losing, undo."""

import pytest

from core import Conflict, Entry, Invalid, Problem
from plugins.sales.models import Deal, Move, Stage
from plugins.tasks.models import Task
from tests.sales.conftest import age


def test_a_new_deal_begins_in_the_first_stage_with_its_probability(shop):
    contact = shop.contact("Lin", owner="Bo")
    deal = shop.again(shop.deal(contact=contact, amount="1200 CNY"))
    assert deal.stage_id == shop.stages[0].id and deal.pipeline_id == shop.pipeline.id
    assert deal.probability == 10 and deal.forecast == "pipeline" and deal.value == 120000
    assert shop.again(contact).stage == "opportunity"
    page = shop.client("bo").get(f"/contacts/{contact.id}").text
    assert "Kitchen" in page and "CN¥1,200" in page


def test_moving_tells_the_timeline_and_follows_the_stages_probability(shop):
    contact = shop.contact("Lin", owner="Bo")
    deal = shop.change(shop.deal(contact=contact), stage=shop.stages[2].id)
    assert deal.probability == 50 and deal.forecast == "best"
    assert Entry.select().where(Entry.title == "Kitchen → Offer made", Entry.contact == contact.id).exists()
    move = Move.select().order_by(Move.id.desc()).first()
    assert (move.from_stage_id, move.to_stage_id, move.by_id) == (shop.stages[0].id, deal.stage_id, shop.cast.bo.id)


def test_a_probability_of_ones_own_stays_until_the_next_move(shop):
    deal = shop.change(shop.deal(stage=1), probability=80)
    assert shop.change(deal, title="Kitchen, oak").probability == 80
    assert shop.change(deal, stage=shop.stages[2].id, probability=65).probability == 65


def test_a_stage_asks_for_fields_before_a_deal_comes(shop):
    shop.set_stage(2, asks=["amount", "expected_close"])
    deal = shop.deal()
    with pytest.raises(Invalid, match="asks for “Amount”") as fault:
        shop.change(deal, stage=shop.stages[2].id)
    assert set(fault.value.errors) == {"amount", "expected_close"}
    moved = shop.change(deal, stage=shop.stages[2].id, amount="100 CNY", expected_close="2026-12-01")
    assert moved.stage_id == shop.stages[2].id


def test_a_checklist_must_be_ticked_before_it_goes_on_but_not_before_it_goes_back(shop):
    shop.set_stage(1, checklist="Budget known\nWho decides?")
    deal = shop.deal(stage=1)
    with pytest.raises(Invalid, match="tick: Budget known; Who decides"):
        shop.change(deal, stage=shop.stages[2].id)
    shop.client("bo").post(f"/sales/deal/{deal.id}/tick", data={"item": "Budget known"})
    with pytest.raises(Invalid, match="tick: Who decides"):
        shop.change(deal, status="won")
    assert shop.change(deal, stage=shop.stages[0].id).stage_id == shop.stages[0].id
    shop.change(deal, stage=shop.stages[1].id)
    shop.client("bo").post(f"/sales/deal/{deal.id}/tick", data={"item": "Who decides?"})
    assert shop.change(deal, stage=shop.stages[2].id).stage_id == shop.stages[2].id


def test_a_stage_brings_its_tasks_and_undo_takes_them_back(shop):
    shop.set_stage(1, tasks="Send the drawings +3\nCall the architect")
    deal = shop.change(shop.deal(), stage=shop.stages[1].id)
    assert [t.title for t in Task.select().order_by(Task.id)] == ["Send the drawings", "Call the architect"]
    assert Task.select().first().assignee_id == deal.owner_id
    assert shop.undo() == []
    assert shop.again(deal).stage_id == shop.stages[0].id and shop.again(deal).probability == 10
    assert not Task.select().where(Task.deleted_batch.is_null()).exists()
    assert Move.select().where(Move.deleted_batch.is_null()).count() == 1


def test_winning_makes_a_customer_and_can_be_undone(shop):
    contact = shop.contact("Lin", owner="Bo", roles=["lead", "partner"])
    deal = shop.deal(contact=contact, amount="900 CNY")
    answer = shop.client("bo").post(f"/sales/deal/{deal.id}/act/win")
    assert answer.status_code == 303
    deal = shop.again(deal)
    assert deal.status == "won" and deal.probability == 100 and deal.closed_at is not None
    assert shop.again(contact).stage == "customer"
    assert shop.again(contact).roles == ["customer", "partner"]
    assert Entry.select().where(Entry.title == "✓ Won: Kitchen").exists()
    assert shop.undo() == []
    deal = shop.again(deal)
    assert deal.status == "open" and deal.closed_at is None
    assert shop.again(contact).stage == "opportunity" and set(shop.again(contact).roles) == {"lead", "partner"}


def test_losing_asks_why(shop):
    deal = shop.deal()
    bo = shop.client("bo")
    assert bo.post(f"/sales/deal/{deal.id}/act/lose").location == f"/sales/deal/{deal.id}/move?status=lost"
    assert "Too expensive" in bo.get(f"/sales/deal/{deal.id}/move?status=lost").text
    answer = bo.post(f"/sales/deal/{deal.id}/move", data={"status": "lost", "reason_note": "Half the price elsewhere"})
    assert answer.status_code == 422 and "Say why it was lost" in answer.text
    assert "Half the price elsewhere" in answer.text and shop.again(deal).status == "open"
    values = {"status": "lost", "reason": str(shop.reason().id), "reason_note": "Half the price elsewhere"}
    assert bo.post(f"/sales/deal/{deal.id}/move", data=values).status_code == 303
    lost = shop.again(deal)
    assert lost.status == "lost" and lost.reason_id == shop.reason().id and lost.probability == 0


def test_a_deal_that_nobody_touches_rots_and_a_talk_refreshes_it(shop):
    contact = shop.contact("Lin", owner="Bo")
    deal = shop.deal("Old kitchen", contact=contact, amount="5000 CNY")
    age(deal, 3)
    home = shop.client("bo").get("/").text
    assert "Old kitchen" in home and "Rotting deal" in home
    assert "is-rotting" in shop.client("bo").get("/sales/").text
    shop.make("entries", "bo", contact=contact, kind="call", text="Still interested")
    assert "is-rotting" not in shop.client("bo").get("/sales/").text


def test_the_worklist_puts_the_most_valuable_first_in_the_query(shop):
    for title, amount in (("Small", "10 CNY"), ("Large", "9000 CNY"), ("Middle", "500 CNY")):
        age(shop.deal(title, amount=amount), 1)
    with shop.acting("bo") as build:
        found = build.resources["sales_deal"].overdue(shop.person("bo"), Deal.get().created_at)
        assert [d.title for d in found] == ["Large", "Middle", "Small"]


def test_a_stage_with_deals_asks_where_they_go(shop):
    deal = shop.deal(stage=1)
    stage = shop.stages[1]
    ann = shop.client("ann")
    refused = ann.post(f"/sales/stage/{stage.id}/delete")
    assert refused.status_code == 422 and f"/sales/stage/{stage.id}/remove" in refused.text
    assert "1 deal stands in it" in ann.get(f"/sales/stage/{stage.id}/remove").text
    assert ann.post(f"/sales/stage/{stage.id}/remove").status_code == 422
    target = shop.stages[2]
    assert ann.post(f"/sales/stage/{stage.id}/remove", data={"target": target.id}).status_code == 303
    assert shop.again(deal).stage_id == target.id and len(shop.stages) == 3
    assert shop.again(stage).deleted_batch is not None
    assert shop.undo() == []
    assert shop.again(deal).stage_id == stage.id and shop.again(stage).deleted_batch is None


def test_a_pipeline_with_deals_stays(shop):
    shop.deal()
    with shop.acting("ann") as build, pytest.raises(Problem, match="holds 1 deals"):
        build.resources["sales_pipeline"].delete(shop.person("ann"), [shop.pipeline])


def test_members_do_not_change_the_stages(shop):
    bo = shop.client("bo")
    assert bo.get("/sales/stage/").status_code == 200
    assert bo.get("/sales/stage/new").status_code == 403
    assert bo.post(f"/sales/stage/{shop.stages[0].id}/edit", data={"name": "Mine"}).status_code == 403
    assert Stage.select().where(Stage.name == "Mine").count() == 0


def test_a_members_deal_is_not_seen_by_another_team(shop):
    contact = shop.contact("Lin", owner="Bo")
    deal = shop.deal("Secret kitchen", contact=contact, amount="7 CNY")
    li = shop.client("li")
    assert li.get(f"/sales/deal/{deal.id}").status_code == 404
    assert li.post(f"/sales/deal/{deal.id}/move", data={"stage": shop.stages[1].id}).status_code == 404
    for page in ("/sales/", "/sales/deal/", "/sales/calendar", f"/sales/lane/{shop.stages[0].id}", "/sales/move/"):
        assert "Secret" not in li.get(page).text
    assert "Secret kitchen" in shop.client("mei").get("/sales/").text


def test_two_people_at_once_the_second_is_told(shop):
    deal = shop.deal()
    first, second = shop.again(deal), shop.again(deal)
    with shop.acting("bo") as build:
        deals = build.resources["sales_deal"]
        deals.save(shop.person("bo"), first, {"stage": shop.stages[1].id}, version=first.version)
        with pytest.raises(Conflict):
            deals.save(shop.person("mei"), second, {"stage": shop.stages[2].id}, version=second.version)
    assert shop.again(deal).stage_id == shop.stages[1].id


def test_moves_are_not_forged(shop):
    deal = shop.deal()
    count = Move.select().count()
    data = {"deal": f"#{deal.id}", "at": "2020-01-01 10:00", "status": "won"}
    assert shop.client("ann").post("/sales/move/new", data=data).status_code in (404, 422)
    assert Move.select().count() == count


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"amount": "-5 CNY"}, "cannot be less than zero"),
        ({"expected_close": "0026-12-01"}, "The year 26 is not likely"),
        ({"expected_close": "9999-12-31"}, "The year 9999 is not likely"),
        ({"commission": "120"}, "from 0 to 100"),
        ({"status": "lost"}, "Say why"),
    ],
)
def test_bad_values(shop, values, said):
    deal = shop.deal()
    with pytest.raises(Invalid, match=said):
        shop.change(deal, **values)
    assert shop.again(deal).version == deal.version


def test_a_currency_without_a_rate_is_said_and_a_rate_mends_it(shop):
    deal = shop.deal(amount="100 EUR")
    assert shop.again(deal).value is None
    assert "1 without an exchange rate" in shop.client("bo").get("/sales/").text
    shop.make("sales_rate", "ann", currency="EUR", day="2026-01-01", rate="7.8")
    assert shop.again(deal).value == 78000
    shop.make("sales_rate", "ann", currency="JPY", day="2026-01-01", rate="0.05")
    assert shop.again(shop.deal("Yen", amount="100000 JPY")).value == 500000
    with pytest.raises(Invalid, match="rate for this currency and day"):
        shop.make("sales_rate", "ann", currency="EUR", day="2026-01-01", rate="8")


def test_import_names_the_stage_and_bulk_moves_ask_the_same(shop):
    with shop.acting("bo") as build:
        stages = build.resources["sales_stage"]
        assert stages.named(shop.person("bo"), "offer MADE") == [shop.stages[2].id]
    one, two = shop.deal("One"), shop.deal("Two")
    assert [shop.again(d).stage_id for d in (one, two)] == [shop.stages[0].id] * 2
