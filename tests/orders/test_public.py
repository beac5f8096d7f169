"""The customer's page: reading, commenting, accepting and declining by a secret address."""

import datetime as dt
import io

import pytest

from plugins.orders.jobs import expire
from plugins.orders.models import Comment, Order, Quote, Step, Visit
from plugins.orders.views import public


@pytest.fixture
def sent(desk):
    return desk.send(desk.quote(intro="As we spoke", note="Costs us 60"))


def path(quote):
    return f"/orders/q/{quote.secret}"


def answer(desk, quote, do, name="Ms Wu", who=None, **values):
    client = desk.client(who)
    with client.session_transaction() as session:
        session["csrf_token"] = "x" * 40
    from itsdangerous import URLSafeTimedSerializer

    token = URLSafeTimedSerializer(desk.app.secret_key, salt="wtf-csrf-token").dumps("x" * 40)
    data = {"do": do, "name": name, "csrf_token": token} | values
    return client.post(path(quote), data=data, environ_base={"REMOTE_ADDR": "203.0.113.9"})


def test_the_customer_reads_it_and_nothing_of_our_own(desk, sent):
    page = desk.client(None).get(path(sent))
    assert page.status_code == 200
    for seen in ("Door", "As we spoke", sent.number, "CN¥200"):
        assert seen.replace("CN", "") in page.text
    assert "Costs us 60" not in page.text
    assert desk.again(sent).viewed_at and Step.select().where(Step.kind == "viewed").count() == 1
    assert desk.client(None).get("/orders/q/" + "x" * 32).status_code == 404


def test_one_of_us_who_looks_is_no_customer_and_sees_drafts_as_a_preview(desk):
    quote = desk.quote()
    assert desk.client(None).get(path(quote)).status_code == 404
    assert desk.client("li").get(path(quote)).status_code == 404
    assert desk.client("bo").get(path(quote)).status_code == 200
    quote = desk.send(quote)
    desk.client("bo").get(path(quote))
    assert desk.again(quote).viewed_at is None


def test_accepting_makes_one_order_however_often_it_is_clicked(desk, sent):
    assert answer(desk, sent, "accept").status_code == 422, "the box is not ticked"
    for _ in range(2):
        assert answer(desk, sent, "accept", agree="yes").status_code == 303
    quote = desk.again(sent)
    assert (quote.status, quote.decided_by, quote.decided_from) == ("accepted", "Ms Wu", "203.0.113.9")
    assert quote.decided_at and Order.select().count() == 1
    assert Step.select().where(Step.kind == "accepted").count() == 1
    assert answer(desk, sent, "decline").status_code == 422


def test_declining_keeps_the_reason(desk, sent):
    assert answer(desk, sent, "decline", text="Too dear").status_code == 303
    quote = desk.again(sent)
    assert (quote.status, quote.reason) == ("declined", "Too dear") and not Order.select().exists()
    assert answer(desk, sent, "accept", agree="yes").status_code == 422


def test_comments_go_both_ways_and_once(desk, sent):
    for _ in range(2):
        assert answer(desk, sent, "comment", text="Oak as well?").status_code == 303
    desk.client("bo").post(f"/orders/quote/{sent.id}/comment", data={"text": "Gladly"})
    assert [(c.text, c.name) for c in Comment.select().order_by(Comment.id)] == [
        ("Oak as well?", "Ms Wu"),
        ("Gladly", ""),
    ]
    page = desk.client(None).get(path(sent)).text
    assert "Oak as well?" in page and "Gladly" in page
    assert "Oak as well?" in desk.client("bo").get(f"/contacts/{sent.contact_id}").text
    dim = desk.dim(orders_comment=["name", "author"]).get(path(sent)).text
    assert "Oak as well?" in dim and "Ms Wu" not in dim


def test_what_cannot_be_is_said_and_what_was_typed_stays(desk, sent):
    page = answer(desk, sent, "comment", name="", text="Hello there")
    assert page.status_code == 422 and "Hello there" in page.text
    assert answer(desk, sent, "nonsense").status_code == 400


def test_it_expires_with_the_quote(desk, sent):
    Quote.update(valid_until=dt.date(2020, 1, 1)).where(Quote.id == sent.id).execute()
    page = desk.client(None).get(path(sent))
    assert page.status_code == 410 and "Door" not in page.text
    assert answer(desk, sent, "accept", agree="yes").status_code == 410
    assert desk.client(None).get(path(sent) + "/pdf").status_code == 404
    desk.run_jobs()
    with desk.acting("ann") as build:
        assert expire.work.function(build, None) == {"count": 1}
    assert desk.again(sent).status == "expired"
    assert desk.accept(sent).quote_id == sent.id, "a late yes by phone still makes an order"


def test_an_old_version_leads_to_the_newer_one(desk, sent):
    desk.act("revise", sent)
    newer = desk.send(Quote.get(Quote.previous == sent.id))
    page = desk.client(None).get(path(sent)).text
    assert newer.secret in page
    assert answer(desk, sent, "accept", agree="yes").status_code == 422
    assert not Order.select().exists()


def test_too_much_from_one_address_is_refused(desk, sent, monkeypatch):
    monkeypatch.setattr(public, "AN_HOUR", 2)
    assert [answer(desk, sent, "comment", text=f"No. {n}").status_code for n in range(3)] == [303, 303, 422]
    assert Comment.select().count() == 2
    assert all("203.0" not in visit.visitor for visit in Visit.select())


def test_the_pdf_says_what_the_page_says_in_chinese(desk):
    contact = desk.contact("林芳", owner="Bo")
    quote = desk.send(desk.quote(("橡木门 Door", 2, "100"), contact=contact, language="zh", terms="三十天内付款"))
    answer = desk.client(None).get(path(quote) + "/pdf")
    assert answer.content_type == "application/pdf" and answer.data.startswith(b"%PDF")
    assert f"filename={quote.number}.pdf" in answer.headers["Content-Disposition"]
    text = text_of(answer.data)
    for said in ("报价单", "林芳", "橡木门", "Door", "¥200", "三十天内付款", quote.number):
        assert said in text, said


def text_of(pdf: bytes) -> str:
    """What a PDF says, as a reader's program finds it."""
    import pypdfium2

    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return "".join(page.get_textpage().get_text_range() for page in document)
