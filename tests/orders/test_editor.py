"""The editor: head and lines saved together, two people at once, double clicks, and by keyboard in a real browser."""

import re

import pytest

from plugins.orders.models import Quote, QuoteLine
from tests.trials import come_in


def form_of(html: str) -> dict:
    """What a browser would send of the editor's page."""
    from bs4 import BeautifulSoup

    form = BeautifulSoup(html, "html.parser").find(id="orders-form")
    for template in form.find_all("template"):
        template.decompose()
    data = {}
    for field in form.find_all(["input", "select", "textarea"]):
        if field.name == "select":
            chosen = field.find("option", selected=True)
            data[field["name"]] = chosen["value"] if chosen else ""
        elif field.name == "textarea":
            data[field["name"]] = field.text.removeprefix("\n")
        elif field.get("name") and field.get("type") != "checkbox":
            data[field["name"]] = field.get("value", "")
    return data


def row(data: dict, text: str) -> str:
    """The prefix of the row with this text."""
    return next(name.removesuffix("text") for name, value in data.items() if name.endswith("-text") and value == text)


def new_lines(*rows) -> dict:
    data = {}
    for n, values in enumerate(rows):
        values = {"kind": "item", "quantity": "1"} | values
        data |= {f"lines-n{n}-{name}": value for name, value in values.items()}
    return data


@pytest.fixture
def bo(desk):
    return desk.client("bo")


@pytest.fixture
def fresh(desk, bo):
    """The form of a new quote for Lin."""
    contact = desk.contact("Lin", owner="Bo")
    data = form_of(bo.get(f"/orders/quote/write?contact={contact.id}").text)
    return {n: v for n, v in data.items() if not n.startswith("lines-")} | {"title": "Kitchen"}


def test_a_new_quote_with_its_lines_in_one_go(desk, bo, fresh):
    lines = new_lines(
        {"kind": "heading", "text": "Kitchen"},
        {"text": "Door", "quantity": "2", "price": "1,000.50", "tax": "13"},
        {"text": "", "price": ""},
        {"kind": "text", "text": "By hand"},
        {"text": "Handle", "price": "5", "discount": "10"},
    )
    assert bo.post("/orders/quote/write", data=fresh | lines).status_code == 303
    quote = Quote.get()
    assert [(x.kind, x.text, x.amount) for x in desk.lines(quote)] == [
        ("heading", "Kitchen", None),
        ("item", "Door", 200100),
        ("text", "By hand", None),
        ("item", "Handle", 450),
    ]
    assert (quote.net, quote.tax, quote.contact.name) == (200550, 26013, "Lin")


def test_a_double_click_makes_one_quote(desk, bo, fresh):
    data = fresh | new_lines({"text": "Door", "price": "5"})
    answers = [bo.post("/orders/quote/write", data=data) for _ in range(2)]
    assert {a.status_code for a in answers} == {303} and len({a.location for a in answers}) == 1
    assert Quote.select().count() == 1 and QuoteLine.select().count() == 1


def test_what_is_wrong_is_said_at_the_line_and_nothing_typed_is_lost(desk, bo, fresh):
    data = fresh | new_lines({"text": "Door", "quantity": "-2", "price": "abc"}, {"text": "Handle", "price": "5"})
    page = bo.post("/orders/quote/write", data=data)
    assert page.status_code == 422 and "not an amount" in page.text and "more than zero" in page.text
    again = form_of(page.text)
    assert again[row(again, "Door") + "quantity"] == "-2" and again[row(again, "Door") + "price"] == "abc"
    assert again["title"] == "Kitchen" and again[row(again, "Handle") + "price"] == "5"
    assert not Quote.select().exists()


def test_a_product_typed_by_its_sku_gets_its_price(desk, bo, fresh):
    desk.product("Door", "99 CNY", sku="D-1", tax="13", unit="piece")
    bo.post("/orders/quote/write", data=fresh | new_lines({"text": "d-1", "quantity": "3"}))
    line = QuoteLine.get()
    assert (line.text, line.price, line.unit, line.tax, line.why) == ("Door", 9900, "piece", 13, "List price")


def test_rows_move_and_go_without_a_script(desk, bo):
    quote = desk.quote(("Door", 1, "1"), ("Handle", 1, "2"))
    data = form_of(bo.get(f"/orders/quote/{quote.id}/write").text)
    key = row(data, "Handle").split("-")[1]
    data = form_of(bo.post(f"/orders/quote/{quote.id}/write", data=data | {"op": f"up-{key}"}).text)
    data = form_of(bo.post(f"/orders/quote/{quote.id}/write", data=data | {"op": "add-heading"}).text)
    heading = next(n for n, v in data.items() if v == "heading").split("-")[1]
    bo.post(f"/orders/quote/{quote.id}/write", data=data | {f"lines-{heading}-text": "End"})
    assert [x.text for x in desk.lines(quote)] == ["Handle", "Door", "End"]
    data = form_of(bo.get(f"/orders/quote/{quote.id}/write").text)
    data = form_of(bo.post(f"/orders/quote/{quote.id}/write", data=data | {"op": f"drop-{key}"}).text)
    bo.post(f"/orders/quote/{quote.id}/write", data=data)
    assert [x.text for x in desk.lines(quote)] == ["Door", "End"]
    desk.undo()
    assert [x.text for x in desk.lines(quote)] == ["Handle", "Door", "End"]


def test_two_people_at_one_quote_lose_nothing(desk, bo):
    quote = desk.quote(("Door", 1, "1"), ("Handle", 1, "2"), ("Lock", 1, "3"))
    path = f"/orders/quote/{quote.id}/write"
    mei = desk.client("mei")
    mine, theirs = form_of(bo.get(path).text), form_of(mei.get(path).text)
    theirs |= {row(theirs, "Door") + "quantity": "5", "title": "Theirs"} | new_lines({"text": "New", "price": "9"})
    theirs = {n: v for n, v in theirs.items() if not n.startswith(row(theirs, "Lock"))}
    assert mei.post(path, data=theirs).status_code == 303
    mine |= {row(mine, "Door") + "price": "7", row(mine, "Handle") + "quantity": "4"}
    mine = {n: v for n, v in mine.items() if not n.startswith(row(mine, "Lock"))}
    assert bo.post(path, data=mine).status_code == 303
    found = {x.text: (x.quantity, x.price) for x in desk.lines(quote)}
    assert found == {"Door": (5, 700), "Handle": (4, 200), "New": (1, 900)}
    assert desk.again(quote).title == "Theirs"


def test_what_both_changed_is_asked_about(desk, bo):
    quote = desk.quote()
    path, mei = f"/orders/quote/{quote.id}/write", desk.client("mei")
    mine, theirs = form_of(bo.get(path).text), form_of(mei.get(path).text)
    mei.post(path, data=theirs | {row(theirs, "Door") + "quantity": "5"})
    page = bo.post(path, data=mine | {row(mine, "Door") + "quantity": "7"})
    assert page.status_code == 409 and "changed it to “5”" in page.text
    assert desk.lines(quote)[0].quantity == 5
    again = form_of(page.text)
    assert again[row(again, "Door") + "quantity"] == "7"
    assert bo.post(path, data=again).status_code == 303
    assert desk.lines(quote)[0].quantity == 7


def test_what_was_sent_meanwhile_is_not_changed(desk, bo):
    quote = desk.quote()
    path = f"/orders/quote/{quote.id}/write"
    data = form_of(bo.get(path).text)
    desk.send(quote)
    answer = bo.post(path, data=data | {row(data, "Door") + "quantity": "7"}, follow_redirects=True)
    assert "stays as it is" in answer.text and desk.lines(quote)[0].quantity == 2


def test_who_may_not_see_all_of_a_line_does_not_write_it(desk, bo):
    quote = desk.quote(("Secret oak", 2, "100"))
    path = f"/orders/quote/{quote.id}/write"
    data = form_of(bo.get(path).text)
    dim = desk.dim(orders_quote_line=["unit"])
    more = {"csrf_token": "", row(data, "Secret oak") + "quantity": "7"}
    for answer in (dim.get(path), dim.post(path, data=data | more)):
        assert answer.status_code == 303
    page = dim.get(f"/orders/quote/{quote.id}").text
    assert "Your role hides a part of the lines" in page and f'href="{path}"' not in page
    assert dim.get("/orders/quote/write").location.endswith("/orders/quote/")
    assert desk.lines(quote)[0].quantity == 2


def test_another_currency_takes_the_lines_along(desk, bo):
    quote = desk.quote()
    path = f"/orders/quote/{quote.id}/write"
    data = form_of(bo.get(path).text)
    assert bo.post(path, data=data | {"currency": "USD", row(data, "Door") + "price": "15"}).status_code == 303
    quote = desk.again(quote)
    assert (quote.total, quote.total_currency) == (3000, "USD") and desk.lines(quote)[0].price_currency == "USD"


def test_the_sums_while_typing_come_from_the_server(desk, bo, fresh):
    data = fresh | new_lines({"text": "Door", "quantity": "3", "price": "10", "tax": "13"}, {"text": "x", "price": "?"})
    answer = bo.post("/orders/quote/sums", data=data | {"discount": "10"}).text
    assert "CN¥30.51" in answer and re.search(r'id="amount-n0"[^>]*>CN¥30<', answer)
    assert not Quote.select().exists()


def test_a_long_quote_takes_few_queries(desk, bo):
    quote = desk.quote(*[(f"Part {n}", 1, "10") for n in range(30)])
    path = f"/orders/quote/{quote.id}/write"
    bo.get(path)
    with desk.queries() as opened:
        data = form_of(bo.get(path).text)
    changed = {n: "2" for n in data if n.endswith("-quantity")}
    assert len(opened) < 20
    with desk.queries() as saved:
        bo.post(path, data=data)
    assert len(saved) < 30, "nothing changed"
    bo.post(path, data=data | changed)
    assert desk.again(quote).total == 60000


# In a real browser


def test_a_quote_by_keyboard_alone(site, new_page):
    if "postgres" in site.settings.database_url:
        pytest.skip("the same browser")
    site.product("整体衣柜", "1000 CNY", sku="WR-200", unit="m²", tax="13")
    site.product("Door", "99 CNY", sku="D-1")
    contact = site.contact("Lin", owner="Bo")
    page = new_page()
    come_in(page, site, "bo")
    page.goto(f"{site.address}/orders/quote/write?contact={contact.id}&title=Wardrobe")
    keys = page.keyboard
    page.wait_for_selector("[data-orders-find]:focus")  # the head is filled in: typing goes on with the lines
    keys.type("yigui")
    page.wait_for_selector("#orders-options:not([hidden]) li")
    keys.press("Enter")
    page.wait_for_selector('input[name$="-price"][value="1000.00"]')
    keys.type("3")
    keys.press("Enter")
    keys.type("Fitting")
    for word in ("", "2", "", "50"):
        if word:
            keys.type(word)
        keys.press("Tab")
    page.wait_for_selector('.orders-total:has-text("3,490")')
    keys.press("Alt+ArrowUp")
    keys.press("ArrowDown")
    keys.press("Enter")
    keys.type("Too much")
    keys.press("Alt+Backspace")
    keys.press("Control+Enter")
    page.wait_for_url(re.compile(r"/orders/quote/\d+$"))
    quote = Quote.get()
    found = [(x.text, x.quantity, x.price, x.tax) for x in site.lines(quote)]
    assert found == [("Fitting", 2, 5000, None), ("整体衣柜", 3, 100000, 13)]
    assert quote.total == 349000
