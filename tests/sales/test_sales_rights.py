"""Sales as a limited role meets it: what is hidden is on no page of its own, and no way around a permission."""

import pytest

from plugins.sales.models.pool import PoolStay


def test_a_forecast_is_a_file_only_for_those_who_may_export(shop):
    client = shop.dim()
    assert client.get("/sales/forecast").status_code == 200 and "format=csv" not in client.get("/sales/forecast").text
    assert client.get("/sales/forecast?format=csv").status_code == 403
    assert shop.client("ann").get("/sales/forecast?format=csv").status_code == 200


@pytest.mark.parametrize("name", ["expected_close", "probability", "status"])
def test_no_forecast_adds_up_what_is_hidden(shop, name):
    assert shop.dim(sales_deal=[name]).get("/sales/forecast").status_code == 403


def test_who_may_only_read_gives_no_customer_to_anybody(shop):
    shop.make("sales_pool", name="Pool")
    contact = shop.contact("Lin", owner="Bo")
    shop.client("bo").post(f"/sales/pool/return/{contact.id}", data={"why": "Moved away"})
    with shop.app.app_context():
        stay, li = PoolStay.get(), shop.person("li").id
    client = shop.dim(grants={"*": ["view"]})
    assert client.get(f"/sales/pool_stay/{stay.id}").status_code == 200
    assert client.post(f"/sales/pool/give/{stay.id}", data={"to": str(li)}).status_code == 403
    assert shop.again(contact).owner_id is None


def test_converting_shows_of_a_lead_what_may_be_seen(shop):
    lead = shop.make(
        "sales_lead", "ann", name="Wu", company="Secret Firm", product="Kitchen", email="wu@secret.example"
    )
    client = shop.dim(sales_lead=["company", "product", "email", "score"])
    page = client.get(f"/sales/lead/{lead.id}/convert")
    assert page.status_code == 200 and "Wu" in page.text
    assert not [word for word in ("Secret Firm", "Kitchen", "wu@secret.example") if word in page.text]
    assert "panel-score" not in client.get(f"/sales/lead/{lead.id}").text
    done = client.post(f"/sales/lead/{lead.id}/convert", data={"contact": "new", "deal": "1", "deal-title": ""})
    assert done.status_code in (302, 303)
    with shop.app.app_context():
        assert shop.again(lead).deal.title == "Wu", "it is not called by what is hidden"


def test_a_card_and_the_filters_of_the_board_tell_nothing_of_hidden_fields(shop):
    contact = shop.contact("Lin", owner="Bo")
    shop.deal(contact=contact, amount="1200 CNY", expected_close="2020-01-01")
    client = shop.dim(sales_deal=["owner", "amount", "expected_close", "rots_at", "probability"])
    boards = [client.get(f"/sales/?{query}") for query in ("", "owner=me", "close=next")]
    assert [page.status_code for page in boards] == [200] * 3
    assert ["Kitchen" in page.text for page in boards] == [True] * 3, "a filter by what is hidden is none"
    card = boards[0].text.partition('data-deal="')[2].partition("</li>")[0]
    assert ">Bo<" not in card and "1,200" not in card


@pytest.mark.parametrize("name", ["stage", "status", "pipeline"])
def test_who_may_not_see_stages_sees_no_board_but_the_deal(shop, name):
    deal = shop.deal(contact=shop.contact("Lin", owner="Bo"))
    client = shop.dim(sales_deal=[name])
    assert client.get("/sales/").status_code == client.get("/sales/lane/won").status_code == 403
    assert client.get(f"/sales/deal/{deal.id}").status_code == 200


def test_moving_neither_shows_nor_answers_what_is_hidden(shop):
    deal = shop.deal(contact=shop.contact("Lin", owner="Bo"), reason_note="They like us")
    client = shop.dim(sales_deal=["reason_note"])
    address = f"/sales/deal/{deal.id}/move"
    assert "They like us" not in client.get(f"{address}?status=won").text
    guesses = [client.post(address, data={"status": "open", "reason_note": said}) for said in ("They like us", "No")]
    assert guesses[0].status_code == guesses[1].status_code and shop.again(deal).reason_note == "They like us"


def test_the_timeline_of_a_contact_names_a_deal_without_its_hidden_amount(shop):
    contact = shop.contact("Lin", owner="Bo")
    shop.deal(contact=contact, amount="1200 CNY")
    page = shop.dim(sales_deal=["amount"]).get(f"/contacts/{contact.id}").text
    assert "Kitchen" in page and "1,200" not in page


def test_territories_are_everybodys_and_the_rest_of_the_board_loads(shop):
    shop.make("sales_territory", "ann", name="East", owner=shop.person("li").id)
    assert "East" in shop.client("bo").get("/sales/territory/").text
    contact = shop.contact("Lin", owner="Bo")
    for n in range(27):
        shop.deal(f"Deal {n}", contact=contact)
    page = shop.client("bo").get("/sales/").text
    more = page.partition('class="sales-more"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert shop.client("bo").get(more).text.count("data-deal=") == 2
