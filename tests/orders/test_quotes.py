"""Quotes: sums, numbers, versions, sending, and what the customer answers."""

import pytest

from core import Entry, Invalid, Problem
from plugins.orders.models import Counter, Order, Quote, Step
from plugins.sales.models import Deal


def test_the_sums_follow_the_lines(desk):
    quote = desk.quote(("Door", 2, "100"), ("Handle", 3, "9.99"))
    desk.line(quote, "Fitting", 1, "50", tax="13", discount="10")
    desk.line(quote, "For the kitchen", kind="heading", price=None)
    quote = desk.again(quote)
    assert (quote.net, quote.tax, quote.total) == (20000 + 2997 + 4500, 585, 28082)
    assert quote.total_currency == "CNY" and quote.value == 28082


def test_a_discount_on_the_whole_and_prices_with_tax(desk):
    quote = desk.quote(discount="10", prices="gross")
    desk.line(quote, "Table", 1, "113", tax="13")
    quote = desk.again(quote)
    assert quote.total == 28170 and quote.tax == 1170 and quote.net == 27000


def test_numbers_have_no_gaps_and_the_shape_that_the_firm_gives(desk):
    with desk.acting("ann") as build:
        build.options("orders").save({"quote_number": "AN{yy}-{n:3}"})
    first, second = desk.send(desk.quote()), desk.quote()
    empty = desk.make("orders_quote", "bo", title="Empty", contact=desk.contact("Wu", owner="Bo"))
    with pytest.raises(Problem, match="no line with a price"):
        desk.send(empty)
    second = desk.send(second)
    year = f"{second.day:%y}"
    assert (first.number, second.number) == (f"AN{year}-001", f"AN{year}-002")
    assert Counter.select().count() == 1


def test_a_sent_quote_stays_as_it_is(desk):
    quote = desk.send(desk.quote())
    quotes, lines = desk.resource("orders_quote"), desk.resource("orders_quote_line")
    with desk.acting("bo"):
        with pytest.raises(Invalid, match="stays as it is"):
            quotes.save(desk.person("bo"), desk.again(quote), {"discount": 50})
        with pytest.raises(Invalid, match="stays as it is"):
            lines.save(desk.person("bo"), desk.lines(quote)[0], {"quantity": 50})
        with pytest.raises(Problem, match="stays as it is"):
            lines.delete(desk.person("bo"), desk.lines(quote))
        with pytest.raises(Problem, match="has a number and stays"):
            quotes.delete(desk.person("bo"), [desk.again(quote)])
        quotes.save(desk.person("bo"), desk.again(quote), {"note": "Called him"})
    assert desk.again(quote).note == "Called him"


def test_an_undo_does_not_change_what_went_out_either(desk):
    quote = desk.quote()
    with desk.acting("bo") as build:
        line = desk.lines(quote)[0]
        build.resources["orders_quote_line"].save(desk.person("bo"), line, {"quantity": 5})
    batch = line.batch
    desk.send(quote)
    with pytest.raises(Problem, match="stays as it is"):
        desk.undo(batch=batch)
    assert desk.lines(quote)[0].quantity == 5


def test_sending_can_be_undone_and_the_number_stays_given(desk):
    quote = desk.send(desk.quote())
    desk.undo()
    again = desk.again(quote)
    assert again.is_draft and again.number == quote.number
    assert desk.send(again).number == quote.number


def test_a_new_version_replaces_the_old_one_which_stays_readable(desk):
    first = desk.send(desk.quote())
    where = desk.act("revise", first)
    assert desk.act("revise", first) == where, "a second click opens the same draft"
    second = Quote.get(Quote.previous == first.id)
    assert [line.text for line in desk.lines(second)] == ["Door"] and second.total == first.total
    assert desk.again(first).status == "sent"
    second = desk.send(second)
    assert (second.number, second.revision) == (first.number, 2)
    assert desk.again(first).status == "replaced"
    page = desk.client("bo").get(f"/orders/quote/{first.id}")
    assert page.status_code == 200


def test_accepted_becomes_an_order_once_and_the_deal_follows(desk):
    contact = desk.contact("Lin", owner="Bo")
    deal = desk.make("sales_deal", "bo", title="Kitchen", contact=contact, amount="1 CNY")
    quote = desk.send(desk.quote(contact=contact, deal=deal))
    order = desk.accept(quote)
    assert desk.act("accept", quote) == f"/orders/order/{order.id}", "a second click leads to the same order"
    assert Order.select().count() == 1
    assert order.total == quote.total and [line.text for line in desk.lines(order)] == ["Door"]
    deal = Deal.get_by_id(deal.id)
    assert deal.amount == quote.total and deal.status == "won"
    kinds = {step.kind for step in Step.select().where(Step.contact == contact.id)}
    assert kinds == {"sent", "accepted", "ordered"}
    told = Entry.select().where(Entry.contact == contact.id, Entry.title.startswith("Quote accepted"))
    assert told.exists()


def test_acceptance_can_be_undone_as_a_whole(desk):
    contact = desk.contact("Lin", owner="Bo")
    deal = desk.make("sales_deal", "bo", title="Kitchen", contact=contact, amount="1 CNY")
    quote = desk.send(desk.quote(contact=contact, deal=deal))
    order = desk.accept(quote)
    assert desk.undo() == []
    assert desk.again(order).deleted_batch and desk.again(quote).status == "sent"
    assert Deal.get_by_id(deal.id).status == "open" and Deal.get_by_id(deal.id).amount == 100
    assert desk.accept(quote).id != order.id


def test_what_is_late_is_not_sent(desk):
    quote = desk.quote(day="2020-01-01", valid_until="2020-02-01")
    with pytest.raises(Problem, match="last day is over"):
        desk.send(quote)


def test_bad_lines_are_refused_each_with_a_sentence(desk):
    quote = desk.quote()
    for values, said in (
        ({"quantity": -2}, "more than zero"),
        ({"price": "-5"}, "less than zero"),
        ({"discount": "120"}, "not a percentage"),
        ({"kind": "heading", "what": ""}, "Write something"),
    ):
        with pytest.raises(Problem if "discount" in values else Invalid, match=said):
            desk.line(quote, values.pop("what", "Door"), **({"quantity": 1, "price": "5"} | values))
    with pytest.raises(Invalid, match="in CNY"):
        desk.make("orders_quote_line", "bo", quote=quote, text="Door", price="5 USD")
    assert desk.again(quote).total == 20000


def test_a_currency_without_a_rate_has_a_total_and_no_value(desk):
    quote = desk.quote(currency="SEK")
    assert quote.total == 20000 and quote.total_currency == "SEK" and quote.value is None
    desk.make("sales_rate", "ann", currency="SEK", day="2020-01-01", rate="0.7")
    desk.line(quote, "Door", 1, "100")
    assert desk.again(quote).value == 21000
