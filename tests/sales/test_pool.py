"""The public pool: who falls in and when, warnings, claims and their bounds, returns, the log, disputes."""

import datetime as dt

import pytest

from core import Contact, Entry, Forbidden, Problem, User, resource_of
from core.db import utcnow
from core.jobs import ensure_periodic, works
from core.notices import Notice
from plugins.sales.jobs import sweep
from plugins.sales.models.pool import Dispute, Holding, PoolMove, PoolStay, Risk


@pytest.fixture
def pool(shop):
    values = {"name": "Sea", "lock_days": 7, "warn_days": 3, "shows": ["job_title"]}
    made = shop.make("sales_pool", **values)
    shop.make("sales_pool_rule", pool=made, quiet_days=30)
    return made


def old(shop, name="Neglected", days=40, owner="Bo", **values):
    """A contact that nobody has spoken with for so many days."""
    contact = shop.contact(name, owner=owner, **values)
    at = utcnow() - dt.timedelta(days=days)
    Contact.update(created_at=at, last_activity_at=at).where(Contact.id == contact.id).execute()
    return contact


def run(shop):
    with shop.acting("ann") as build:
        return sweep(build, None)


def stay_of(contact):
    return PoolStay.get(PoolStay.contact == contact.id, PoolStay.until.is_null())


def claim(shop, who, contact):
    with shop.acting(who) as build:
        stays = build.resources["sales_pool_stay"]
        return stays.claim(shop.person(who), stays.find(shop.person(who), stay_of(contact).id))


def test_whom_nobody_looks_after_falls_in(shop, pool):
    neglected, fresh = old(shop), shop.contact("Fresh", owner="Bo")
    won = old(shop, "Won", stage="customer")
    assert run(shop)["fell"] == 1
    assert shop.again(neglected).owner_id is None
    assert shop.again(fresh).owner_id == shop.again(won).owner_id == shop.cast.bo.id
    stay = stay_of(neglected)
    assert stay.before_id == shop.cast.bo.id and stay.why == "No follow-up for 30 days"
    assert Entry.select().where(Entry.contact == neglected.id, Entry.title == "Fell into the pool: Bo").exists()
    assert "1 of your customers went back to the pool" in shop.client("bo").get("/notices").text
    assert run(shop)["fell"] == 0


def test_the_journal_tells_it_in_its_readers_language(shop, pool):
    old(shop)
    run(shop)
    assert "Took Neglected back to the pool" in shop.client("ann").get("/admin/journal").text
    User.update(language="zh").execute()
    assert "Neglected 被收回公海" in shop.client("ann").get("/admin/journal").text


def test_it_can_be_undone(shop, pool):
    neglected = old(shop)
    run(shop)
    assert shop.undo() == []
    assert shop.again(neglected).owner_id == shop.cast.bo.id
    assert not PoolStay.select().where(PoolStay.deleted_batch.is_null()).exists()


def test_a_talk_an_owner_of_today_and_another_level_stay(shop, pool):
    talked, handed = old(shop, "Talked"), old(shop, "Handed", owner="Li")
    shop.make("entries", "bo", contact=talked, kind="call", text="Hello")
    shop.change(handed, "ann", owner=shop.cast.bo.id)
    assert Holding.get().contact_id == handed.id
    assert run(shop)["fell"] == 0


@pytest.mark.parametrize(("term", "status"), [("no_deal_days", "open"), ("no_win_days", "won")])
def test_rules_about_deals(shop, term, status):
    pool = shop.make("sales_pool", name="Sea", warn_days=1)
    shop.make("sales_pool_rule", pool=pool, **{term: 30})
    idle, busy = old(shop, "Idle"), old(shop, "Busy")
    shop.deal("Kitchen", contact=busy, status=status)
    Contact.update(stage="lead").where(Contact.id << [idle.id, busy.id]).execute()
    assert run(shop)["fell"] == 1 and shop.again(idle).owner_id is None


def test_owners_are_warned_once_and_see_it_on_worklist_and_page(shop, pool):
    near = old(shop, "Nearly", days=28)
    assert run(shop) == {"fell": 0, "warned": 1}
    assert run(shop) == {"fell": 0, "warned": 0}
    assert Risk.get().contact_id == near.id
    bo = shop.client("bo")
    assert "Falls into the public pool unless" in bo.get("/").text
    assert "Falls into the pool on" in bo.get(f"/contacts/{near.id}").text
    assert Notice.select().where(Notice.user_id == shop.cast.bo.id, Notice.kind == "pool").count() == 1


def test_in_the_pool_only_what_it_shows_is_seen(shop, pool):
    hidden = old(shop, "Hidden Wang", emails="wang@mail.example.com", job_title="Buyer")
    run(shop)
    li = shop.client("li")
    page = li.get("/sales/pool_stay/").text
    assert "Hidden Wang" in page and "Buyer" in page and "wang@" not in page
    stay = li.get(f"/sales/pool_stay/{stay_of(hidden).id}").text
    assert "Hidden Wang" in stay and "wang@" not in stay
    assert li.get(f"/contacts/{hidden.id}").status_code == 404
    for path in ("/contacts/", "/search?q=Hidden", "/sales/pool_stay/export?format=csv"):
        assert "wang@" not in li.get(path).text
    assert "Hidden" not in li.get("/search?q=wang@mail").text


def test_a_claim_gives_the_customer_and_is_logged(shop, pool):
    contact = old(shop, emails="wang@mail.example.com")
    run(shop)
    li = shop.client("li")
    answer = li.post(f"/sales/pool_stay/{stay_of(contact).id}/act/claim")
    assert answer.location == f"/contacts/{contact.id}"
    page = li.get(answer.location).text
    assert "wang@mail.example.com" in page and "Claimed: Li" in page
    assert [m.kind for m in PoolMove.select().order_by(PoolMove.id)] == ["fell", "claimed"]
    assert "Claimed" in shop.client("bo").get("/sales/pool_move/").text
    assert run(shop)["fell"] == 0  # whoever claims has the full time


def test_the_last_owner_waits(shop, pool):
    contact = old(shop)
    run(shop)
    with pytest.raises(Problem, match="It was yours until it fell in"):
        claim(shop, "bo", contact)
    PoolStay.update(since=utcnow() - dt.timedelta(days=8)).execute()
    claim(shop, "bo", contact)
    assert shop.again(contact).owner_id == shop.cast.bo.id


def test_caps_on_claims_and_on_customers(shop, pool):
    shop.change(pool, "ann", max_claims=2)
    contacts = [old(shop, f"Old {n}") for n in range(4)]
    run(shop)
    for contact in contacts[:2]:
        claim(shop, "li", contact)
    with pytest.raises(Problem, match="claimed 2 customers today"):
        claim(shop, "li", contacts[2])
    shop.undo("li")  # looking and giving back is a claim, too
    with pytest.raises(Problem, match="claimed 2 customers today"):
        claim(shop, "li", contacts[2])
    shop.change(pool, "ann", max_claims=None, max_held=1)
    with pytest.raises(Problem, match="You have 1 customers"):
        claim(shop, "li", contacts[3])


def test_who_is_not_of_the_pool_sees_and_claims_nothing(shop, pool):
    shop.change(pool, "ann", people=[shop.cast.bo.id])
    contact = old(shop)
    old(shop, "Lis own", owner="Li")
    assert run(shop)["fell"] == 1
    li = shop.client("li")
    for path in ("/sales/pool_stay/", "/sales/pool_move/"):
        assert "Neglected" not in li.get(path).text
    assert li.post(f"/sales/pool_stay/{stay_of(contact).id}/act/claim").status_code == 404


def test_the_second_who_claims_is_told(shop, pool):
    contact = old(shop)
    run(shop)
    with shop.acting("li") as build:
        stays = build.resources["sales_pool_stay"]
        seen = stay_of(contact)
        stays.claim(shop.person("li"), seen)
        with pytest.raises(Problem, match="Somebody else was quicker"):
            stays.claim(shop.person("mei"), seen)
    assert shop.again(contact).owner_id == shop.cast.li.id


def test_giving_back_needs_a_reason_and_is_told(shop, pool):
    contact = shop.contact("Moved away", owner="Bo")
    bo = shop.client("bo")
    assert "Give Moved away back" in bo.get(f"/sales/pool/return/{contact.id}").text
    assert bo.post(f"/sales/pool/return/{contact.id}", data={"why": " "}).status_code == 422
    assert bo.post(f"/sales/pool/return/{contact.id}", data={"why": "Moved to Chengdu"}).status_code == 303
    assert stay_of(contact).why == "Moved to Chengdu"
    assert "Moved to Chengdu" in shop.client("li").get("/sales/pool_stay/").text
    assert shop.client("li").post(f"/sales/pool/return/{contact.id}", data={"why": "x"}).status_code == 404


def test_a_manager_hands_one_out_and_members_do_not(shop, pool):
    contact = old(shop)
    run(shop)
    address = f"/sales/pool/give/{stay_of(contact).id}"
    assert shop.client("li").post(address, data={"to": shop.cast.li.id}).status_code == 403
    assert shop.client("mei").post(address, data={"to": shop.cast.li.id, "why": "Her town"}).status_code == 303
    assert shop.again(contact).owner_id == shop.cast.li.id
    assert PoolMove.select().order_by(PoolMove.id.desc()).first().why == "Her town"
    assert "gave you the customer" in shop.client("li").get("/notices").text


def test_an_owner_by_hand_takes_it_out_of_the_pool(shop, pool):
    contact = old(shop)
    run(shop)
    shop.change(contact, "ann", owner=shop.cast.li.id)
    assert not PoolStay.select().where(PoolStay.until.is_null()).exists()
    assert PoolMove.select().order_by(PoolMove.id.desc()).first().kind == "given"


def test_log_and_stays_are_not_written_by_hand(shop, pool):
    contact = old(shop)
    run(shop)
    for model in (PoolMove, PoolStay):
        with shop.acting("ann"), pytest.raises(Problem):
            resource_of(model).save(shop.person("ann"), model(), {"contact": contact.id})
        with shop.acting("ann"), pytest.raises(Problem):
            resource_of(model).delete(shop.person("ann"), [model.get()])


def test_a_dispute_is_decided_once_with_reasons_and_the_log_beside_it(shop, pool):
    contact = old(shop)
    run(shop)
    claim(shop, "li", contact)
    move = PoolMove.select().order_by(PoolMove.id.desc()).first()
    bo, mei = shop.client("bo"), shop.client("mei")
    assert bo.post(f"/sales/pool/contest/{move.id}", data={"claim": ""}).status_code == 422
    bo.post(f"/sales/pool/contest/{move.id}", data={"claim": "I met them on 3 May."})
    dispute = Dispute.get()
    assert bo.post(f"/sales/pool/contest/{move.id}", data={"claim": "Again"}).status_code == 422
    assert "contests whose customer" in mei.get("/notices").text
    page = mei.get(f"/sales/dispute/{dispute.id}").text
    assert "I met them on 3 May." in page and "No follow-up for 30 days" in page
    address = f"/sales/dispute/{dispute.id}/decide"
    assert bo.post(address, data={"moves": "yes", "decision": "Mine"}).status_code == 403
    assert mei.post(address, data={"moves": "yes", "decision": ""}).status_code == 422
    assert mei.post(address, data={"moves": "yes", "decision": "The notes of May show it."}).status_code == 303
    assert shop.again(contact).owner_id == shop.cast.bo.id
    assert shop.again(dispute).state == "moved" and shop.again(dispute).decided_by_id == shop.cast.mei.id
    assert mei.post(address, data={"moves": "no", "decision": "No"}).status_code == 422
    assert "The notes of May show it." in bo.get(f"/contacts/{contact.id}").text
    assert "It was decided" in shop.client("li").get("/notices").text
    assert shop.client("ro").get(f"/sales/dispute/{dispute.id}").status_code == 200


def test_nobody_decides_on_their_own_claim(shop, pool):
    contact = shop.contact("Own", owner="Bo")
    with shop.acting("mei") as build:
        disputes = build.resources["sales_dispute"]
        dispute = disputes.raise_for(shop.person("mei"), contact, "Mine")
        with pytest.raises(Forbidden):
            disputes.decide(shop.person("mei"), dispute, True, "Because")


def test_a_pool_with_customers_stays_and_bad_numbers_are_said(shop, pool):
    old(shop)
    run(shop)
    with shop.acting("ann") as build, pytest.raises(Problem, match="There are customers in"):
        build.resources["sales_pool"].delete(shop.person("ann"), [pool])
    ann = shop.client("ann")
    assert ann.post("/sales/pool_rule/new", data={"pool": pool.id}).status_code == 422
    assert ann.post("/sales/pool/new", data={"name": "X", "warn_days": "-3"}).status_code == 422


def test_the_job_runs_in_the_firms_language(shop, pool):
    neglected = old(shop)
    with shop.acting("ann") as build:
        build.options("core").save({"language": "zh"})
        ensure_periodic(works(build))
    shop.run_jobs()
    assert stay_of(neglected).why == "30 天未跟进"
