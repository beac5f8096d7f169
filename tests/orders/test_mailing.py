"""A quote by mail: to a real SMTP server with its PDF, read and accepted in a real browser; what goes wrong there."""

import re
from dataclasses import replace

import pytest

from core import Mail, later
from core.notices import Notice
from core.outbox import send_now
from plugins.orders.models import Comment, Mailing, Order, Quote, Step
from tests.orders.test_pdf import text_of
from tests.trials import come_in


@pytest.fixture
def post(desk, smtp_server):
    """The desk, whose mail goes to the real server."""
    desk.build.settings = replace(desk.build.settings, mail_url=smtp_server.url)
    return desk


def person(desk, name="Lin Wei", address="lin@a.example", **values):
    return desk.contact(name, owner="Bo", emails=f"{address}", **values)


def typed(page: str) -> dict:
    """What the page of sending has in its fields."""
    from bs4 import BeautifulSoup

    form = BeautifulSoup(page, "html.parser").find("form", method="post", class_="gx-stack")
    found = {f["name"]: f.get("value", "") for f in form.select("input[name]") if f.get("type") != "radio"}
    return found | {"text": form.find("textarea").text.removeprefix("\n")}


def mail(desk, quote, by="bo", **changed):
    """Send a quote by mail as a person does; the answer."""
    client, path = desk.client(by), f"/orders/quote/{quote.id}/send"
    return client.post(path, data=typed(client.get(path).text) | {"by": "mail"} | changed)


def test_it_goes_out_with_pdf_and_link_in_the_customers_language(post, smtp_server):
    chinese = post.quote(contact=person(post, "林薇"), language="zh", title="厨房")
    english = post.quote(contact=person(post, "Kim Lee", "kim@b.example"), language="en")
    for quote in (chinese, english):
        assert mail(post, quote).status_code == 303
    post.run_jobs()
    said = {one.recipients[0]: one.message for one in smtp_server.posts}
    for quote, address, greeting, word in (
        (chinese, "lin@a.example", "林薇，您好：", "报价单"),
        (english, "kim@b.example", "Dear Kim Lee,", "Quote"),
    ):
        quote, message = post.again(quote), said[address]
        assert message["From"] == "Bo <crm@firm.example>" and message["Reply-To"] == "bo@example.com"
        text = message.get_body().get_content()
        assert text.startswith(greeting) and f"/orders/q/{quote.secret}" in text and quote.title in message["Subject"]
        (pdf,) = message.iter_attachments()
        assert pdf.get_filename() == f"{quote.number}.pdf" and word in text_of(pdf.get_content())
        assert quote.status == "sent"
    assert "Dear" not in said["lin@a.example"].get_body().get_content()
    assert "2 " not in said["kim@b.example"]["Subject"]


def test_a_firm_is_greeted_and_the_person_gets_it(post):
    firm = post.contact("Lin Ltd", owner="Bo", kind="organisation", emails="office@lin.example")
    quote = post.quote(contact=firm, language="en")
    found = typed(post.client("bo").get(f"/orders/quote/{quote.id}/send").text)
    assert found["to"] == "Lin Ltd <office@lin.example>" and found["text"].startswith("Dear Sir or Madam,")
    quote = post.change(quote, attention=person(post, "Kim Lee", "kim@lin.example").id)
    found = typed(post.client("bo").get(f"/orders/quote/{quote.id}/send").text)
    assert found["to"] == "Kim Lee <kim@lin.example>" and found["text"].startswith("Dear Kim Lee,")


def test_a_wrong_address_is_said_before_anything_is_final(post):
    quote = post.quote(contact=person(post))
    for address in ("", "nonsense", "lin@"):
        page = mail(post, quote, to=address, text="As I typed it")
        assert page.status_code == 422 and "As I typed it" in page.text
    assert post.again(quote).is_draft and not Mail.select().exists()


def test_what_the_server_refuses_is_told_and_goes_out_again(post, smtp_server):
    smtp_server.refused["lin@a.example"] = "550 5.1.1 No such user here"
    quote = post.quote(contact=person(post))
    mail(post, quote)
    assert "Queued" in post.client("bo").get(f"/orders/quote/{quote.id}").text
    post.run_jobs()
    post.run_jobs()
    page = post.client("bo").get(f"/orders/quote/{quote.id}").text
    assert post.again(quote).status == "sent" and "Failed" in page and "No such user here" in page
    notice = Notice.get(Notice.kind == "quote")
    assert notice.user_id == post.person("bo").id and "not delivered" in notice.message
    assert mail(post, quote, to="Lin <lin@c.example>").status_code == 303
    post.run_jobs()
    post.run_jobs()
    assert [one.recipients for one in smtp_server.posts] == [["lin@c.example"]]
    page = post.client("bo").get(f"/orders/quote/{quote.id}").text
    assert "Failed" in page and "Sent" in page and Notice.select().where(Notice.kind == "quote").count() == 1
    assert Mailing.select().count() == 2 and Quote.select().count() == 1
    assert [s.text for s in Step.select().where(Step.kind == "mailed").order_by(Step.id)] == ["Lin Wei", "Lin"]


def test_a_server_that_is_down_keeps_it_waiting(post, smtp_server):
    smtp_server.stop()
    quote = post.quote(contact=person(post))
    mail(post, quote)
    post.run_jobs()
    page = post.client("bo").get(f"/orders/quote/{quote.id}").text
    assert "Queued" in page and "refused" in page.lower()
    smtp_server.start()
    Mail.update(run_at=Mail.created_at).execute()
    with post.acting("ann"):
        later(send_now)
    post.run_jobs()
    assert len(smtp_server.posts) == 1 and Mail.get().state == "sent"


def test_only_who_may_edit_it_mails_it_and_addresses_stay_hidden(post):
    quote = post.send(post.quote(contact=person(post)))
    assert post.client("li").get(f"/orders/quote/{quote.id}/send").status_code == 404
    mail(post, quote)
    with post.acting("ann"):
        role = type(post.person("mei").role).get_by_id(post.person("mei").role_id)
        role.field_rules = {"contacts": {"emails": "hidden"}}
        role.save()
    page = post.client("mei").get(f"/orders/quote/{quote.id}").text
    assert "Lin Wei" in page and "lin@a.example" not in page


def test_who_sees_the_quote_and_not_the_customer_sees_no_name_in_its_mails(post):
    quote = post.send(post.quote(contact=person(post)))
    mail(post, quote, to="Kim Secretary <kim@a.example>")
    with post.acting("bo"):
        post.build.resources["orders_quote"].share(post.person("bo"), quote, user_id=post.person("li").id)
    page = post.client("li").get(f"/orders/quote/{quote.id}")
    assert page.status_code == 200 and "Mails with this quote" in page.text
    assert "Secretary" not in page.text and "kim@" not in page.text


# In a real browser


def test_from_the_first_mail_to_the_order(site, post, smtp_server, new_page):
    if "postgres" in site.settings.database_url:
        pytest.skip("the same browser")
    quote = site.quote(("Oak door", 3, "1200"), contact=person(site), language="en")
    bo = new_page()
    come_in(bo, site, "bo")
    bo.goto(f"{site.address}/orders/quote/{quote.id}")
    bo.click("button:has-text('Send')")
    bo.wait_for_selector("h1:has-text('Send the quote')")
    assert bo.input_value("[name=to]") == "Lin Wei <lin@a.example>"
    bo.click("form[method=post] button.btn-primary:has-text('Send')")
    bo.wait_for_selector("text=is on its way to Lin Wei")
    site.run_jobs()
    bo.reload()
    bo.wait_for_selector("section[aria-label='Mails with this quote'] :text('Sent')")
    (sent,) = smtp_server.posts
    link = re.search(r"http\S+/orders/q/\S+", sent.message.get_body().get_content()).group()
    (pdf,) = sent.message.iter_attachments()
    assert "Oak door" in text_of(pdf.get_content())

    customer = new_page(viewport={"width": 390, "height": 844})
    customer.goto(link)
    customer.fill("[name=name]", "Lin Wei")
    customer.fill("[name=text]", "Can you bring it on Friday?")
    customer.click("button[value=comment]")
    customer.wait_for_selector(".orders-comment:has-text('Friday')")
    customer.fill("[name=name]", "Lin Wei")
    customer.check("[name=agree]")
    customer.click("button[value=accept]")
    customer.wait_for_selector("text=Lin Wei accepted this quote")

    order, quote = Order.get(), site.again(quote)
    assert order.quote_id == quote.id and order.total == quote.total == 360000 and Comment.get().name == "Lin Wei"
    told = {n.message for n in Notice.select().where(Notice.user_id == site.person("bo").id)}
    assert any("accepted" in message for message in told) and any("commented" in message for message in told)
    bo.goto(f"{site.address}/contacts/{quote.contact_id}")
    feed = bo.inner_text("#feed-part")
    for step in ("Quote sent", "Quote mailed", "Quote read", "Friday", "Quote accepted", "Ordered"):
        assert step in feed, step
