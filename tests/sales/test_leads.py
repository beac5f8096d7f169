"""Leads: the public form, conversion in one step, and what is kept of them."""

import re

import pytest

from core import Contact, Entry, Invalid
from core.db import utcnow
from plugins.sales.models import Deal, Lead, Submission, WebForm
from plugins.sales.resources.leads import AlreadyConverted


def lead_of(shop, by="bo", **values):
    return shop.make("sales_lead", by, **{"name": "Wang Fang", **values})


FULL = {
    "company": "Larkspur Studio",
    "job_title": "Buyer",
    "email": "wang@larkspur.example.com",
    "phone": "138 0000 1234",
    "source": "Fair",
    "campaign": "Spring",
    "product": "Oak desks",
    "budget": "5000 CNY",
    "message": "Twelve desks by May.",
}


def test_a_lead_becomes_a_contact_a_company_and_a_deal_in_one_step(shop):
    lead = lead_of(shop, **FULL)
    bo = shop.client("bo")
    page = bo.get(f"/sales/lead/{lead.id}/convert").text
    assert "A new contact: Wang Fang" in page and 'value="5000.00 CNY"' in page
    form = {"contact": "new", "company": "1", "deal": "1", "deal-title": "Desks", "deal-amount": "5200"}
    answer = bo.post(f"/sales/lead/{lead.id}/convert", data=form)
    deal = Deal.get()
    assert answer.location == f"/sales/deal/{deal.id}"
    lead, contact = shop.again(lead), Contact.get_by_id(deal.contact_id)
    assert (lead.state, lead.contact_id, lead.deal_id) == ("converted", contact.id, deal.id)
    assert (deal.title, deal.amount, deal.source, deal.campaign) == ("Desks", 520000, "Fair", "Spring")
    assert deal.note == "Twelve desks by May." and deal.owner_id == lead.owner_id
    assert contact.job_title == "Buyer" and contact.source == "Fair" and contact.stage == "opportunity"
    assert [p.value for p in contact.emails] == [FULL["email"]] and len(contact.phones) == 1
    firm = Contact.get_by_id(contact.organisation_id)
    assert (firm.name, firm.kind) == ("Larkspur Studio", "organisation")
    page = bo.get(f"/contacts/{contact.id}").text
    assert "Lead: Wang Fang (Fair · Spring · Oak desks)" in page and "Twelve desks by May." in page


def test_a_conversion_is_undone_in_one_step(shop):
    lead = lead_of(shop, **FULL)
    bo = shop.client("bo")
    bo.post(f"/sales/lead/{lead.id}/convert", data={"contact": "new", "company": "1", "deal": "1"})
    assert shop.undo("bo") == []
    lead = shop.again(lead)
    assert lead.state == "new" and lead.contact_id is None and lead.deal_id is None and lead.converted_at is None
    for model in (Contact, Deal):
        assert not model.select().where(model.deleted_batch.is_null()).exists()


def test_a_double_click_makes_nothing_twice(shop):
    lead = lead_of(shop, **FULL)
    bo, form = shop.client("bo"), {"contact": "new", "deal": "1"}
    first = bo.post(f"/sales/lead/{lead.id}/convert", data=form)
    second = bo.post(f"/sales/lead/{lead.id}/convert", data=form)
    assert first.location == second.location == f"/sales/deal/{Deal.get().id}"
    assert Deal.select().count() == 1 and "was converted already" in bo.get(second.location).text
    with shop.acting("bo") as build, pytest.raises(AlreadyConverted):
        build.resources["sales_lead"].turn_into(shop.person("bo"), lead, None, {})


def test_the_contact_that_is_there_gets_what_only_the_lead_knows(shop):
    known = shop.contact("Wang Fang", owner="Bo", phones="13800001234", job_title="Director")
    lead = lead_of(shop, **FULL)
    bo = shop.client("bo")
    page = bo.get(f"/sales/lead/{lead.id}/convert").text
    assert f'value="#{known.id}" checked' in page
    bo.post(f"/sales/lead/{lead.id}/convert", data={"contact": f"#{known.id}"})
    known = shop.again(known)
    assert Contact.select().where(Contact.name == "Wang Fang").count() == 1
    assert known.job_title == "Director" and known.source == "Fair"
    assert [p.value for p in known.emails] == [FULL["email"]] and len(known.phones) == 1
    assert shop.again(lead).outcome == "won" and not Deal.select().exists()


def test_a_colleagues_contact_is_not_shown_nor_taken(shop):
    hers = shop.contact("Wang Fang", owner="Li", phones="13800001234")
    lead = lead_of(shop, **FULL)
    bo = shop.client("bo")
    page = bo.get(f"/sales/lead/{lead.id}/convert").text
    assert "A contact of a colleague" in page and f"#{hers.id}" not in page
    answer = bo.post(f"/sales/lead/{lead.id}/convert", data={"contact": f"#{hers.id}"})
    assert answer.status_code == 422 and "not found among those" in answer.text
    assert shop.again(lead).state == "new"


def test_a_wrong_amount_makes_nothing_and_loses_nothing(shop):
    lead = lead_of(shop)
    form = {"contact": "new", "deal": "1", "deal-title": "Desks for twelve", "deal-amount": "a lot"}
    answer = shop.client("bo").post(f"/sales/lead/{lead.id}/convert", data=form)
    assert answer.status_code == 422 and "Desks for twelve" in answer.text and 'value="a lot"' in answer.text
    assert not Contact.select().exists() and shop.again(lead).state == "new"


def test_a_deal_won_or_lost_is_the_outcome_of_its_lead(shop):
    lead = lead_of(shop, **FULL)
    shop.client("bo").post(f"/sales/lead/{lead.id}/convert", data={"contact": "new", "deal": "1"})
    deal = shop.change(Deal.get(), status="won")
    assert shop.again(lead).outcome == "won"
    shop.undo()
    assert shop.again(lead).outcome == ""
    shop.change(deal, status="lost", reason=shop.reason().id)
    assert shop.again(lead).outcome == "lost"


def test_a_lead_is_not_converted_by_writing_so(shop):
    lead = lead_of(shop)
    with pytest.raises(Invalid, match="Use “Convert”"):
        shop.change(lead, state="converted")


def test_a_members_lead_is_nobody_elses(shop):
    lead = lead_of(shop, name="Secret Wang")
    li = shop.client("li")
    assert "Secret" not in li.get("/sales/lead/").text
    for path in (f"/sales/lead/{lead.id}", f"/sales/lead/{lead.id}/convert"):
        assert li.get(path).status_code == 404


# The public form


@pytest.fixture
def form(shop):
    return shop.make(
        "sales_web_form",
        title="Book a visit",
        asks=["email", "phone", "message"],
        source="Website",
        campaign="Autumn",
        consent="You may call me.",
    )


def opened(client, form):
    """The token of the form as a browser got it some seconds ago."""
    page = client.get(form.path).text
    return re.search(r'name="token" value="([^"]+)"', page).group(1), page


def later(monkeypatch, seconds):
    """Let the clock of the form's check be so much ahead."""
    import plugins.sales.views.leads as views

    now = utcnow() + views.dt.timedelta(seconds=seconds)
    monkeypatch.setattr(views.fields, "utcnow", lambda: now)


def test_a_stranger_leaves_a_lead(shop, form, monkeypatch):
    shop.make("sales_assign_rule", name="All", people=[shop.cast.li.id])
    stranger = shop.client(None)
    stranger.environ_base |= {"HTTP_X_CSRFTOKEN": ""}
    token, page = opened(stranger, form)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    later(monkeypatch, 10)
    sent = {"csrf_token": csrf, "token": token, "name": "Zhao Min", "email": "zhao@mail.example.com", "consent": "1"}
    for _ in range(2):  # the second press of the button
        answer = stranger.post(form.path, data=sent)
        assert answer.status_code == 200 and "Thank you" in answer.text
    lead = Lead.get()
    assert Lead.select().count() == 1 and (lead.source, lead.campaign) == ("Website", "Autumn")
    assert lead.owner_id == shop.cast.li.id and "Rule “All”" in lead.assigned_why
    assert lead.custom == {"Agreed to": "You may call me."}
    assert "A new lead for you" in shop.client("li").get("/notices").text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "tell us your name"),
        ({"email": ""}, "leave an e-mail address or a phone"),
        ({"email": "zhao@"}, "is not a full e-mail address"),
        ({"consent": ""}, "agree first"),
        ({"message": "http://a http://b http://c http://d"}, "Too many web addresses"),
    ],
)
def test_what_a_stranger_forgot_is_said_and_kept(shop, form, monkeypatch, change, said):
    client = shop.client("ann")
    token, _ = opened(client, form)
    later(monkeypatch, 10)
    sent = {"token": token, "name": "Zhao Min", "email": "z@mail.example.com", "consent": "1", "message": "Hello there"}
    answer = client.post(form.path, data=sent | change)
    assert answer.status_code == 422 and said in answer.text
    assert (sent | change)["message"] in answer.text and not Lead.select().exists()


def test_another_language_keeps_what_was_typed(shop, form):
    stranger = shop.client(None)
    token, page = opened(stranger, form)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
    sent = {"csrf_token": csrf, "token": token, "name": "Zhao Min", "message": "Hello there", "language": "zh"}
    page = stranger.post(form.path, data=sent, headers={"X-CSRFToken": ""}).text
    assert (
        "Zhao Min" in page and "Hello there" in page and "提交" in page and token in page and not Lead.select().exists()
    )
    assert "提交" in stranger.get(form.path).text


def test_machines_are_thanked_and_make_nothing(shop, form, monkeypatch):
    client = shop.client("ann")
    token, _ = opened(client, form)
    good = {"token": token, "name": "Bot", "email": "b@mail.example.com", "consent": "1"}
    quick = client.post(form.path, data=good)
    assert quick.status_code == 422 and "very quick" in quick.text
    later(monkeypatch, 10)
    for bad in ({"website": "http://spam"}, {"token": "made-up"}):
        assert client.post(form.path, data=good | bad).status_code == 200
    assert not Lead.select().exists()


def test_one_address_sends_so_many_in_an_hour(shop, form, monkeypatch):
    client = shop.client("ann")
    later(monkeypatch, 10)
    for n in range(11):
        token, _ = opened(client, form)
        sent = {"token": token, "name": f"Person {n}", "email": "p@mail.example.com", "consent": "1"}
        answer = client.post(form.path, data=sent)
    assert answer.status_code == 422 and "try again in an hour" in answer.text
    assert Lead.select().count() == Submission.select().count() == 10


def test_a_form_that_is_off_or_made_up_is_not_there(shop, form):
    WebForm.update(active=False).execute()
    assert shop.client(None).get(form.path).status_code == 404
    assert shop.client(None).get("/sales/form/nonsense").status_code == 404


def test_the_lead_stands_on_the_worklist_and_is_ticked_off(shop):
    lead = lead_of(shop, name="Ticked Wang")
    bo = shop.client("bo")
    assert "Ticked Wang" in bo.get("/").text
    bo.post(f"/sales/lead/{lead.id}/act/work")
    assert shop.again(lead).state == "working" and "Ticked Wang" not in bo.get("/").text
    assert Entry.select().count() == 0
