"""Mail with roles that hide fields: nobody reads in a mail, its answer or a preview what their role hides."""

import pytest

from core import SYSTEM
from core.trial import Trial
from plugins.mail import placeholders
from plugins.mail.models import Letter
from plugins.mail.sending import contacts_of

EVERYTHING = {"*": ["view", "create", "edit", "export", "bulk", "delete"]}


@pytest.fixture(params=["sqlite", "postgres"])
def trial(request, tmp_path):
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    with Trial(tmp_path / "guanxi", "mail", url=url) as trial:
        trial.add_person("Dim", "sees few fields", grants=EVERYTHING)
        yield trial


def hide(trial, **rules):
    with trial.app.app_context():
        role = trial.person("dim").role
        role.field_rules = {name: dict.fromkeys(fields, "hidden") for name, fields in rules.items()}
        role.save()


def letter(trial, **values):
    contact = trial.contact("Zhang Wei", owner="Bo", emails="wei@a.example", nickname="Xiao Wei")
    values = {"subject": "Question", "sender": "Wei <wei@a.example>", "text": "How much is it?", "answer": ""} | values
    with trial.acting("ann") as build:
        record = Letter(html=f"<p>{values['text']}</p>", visible=len(values["text"]))
        record.to, record.cc = [["Sales", "sales@firm.example"]], []
        at = {"contact": contact.id, "at": contact.created_at, "to": record.to}
        build.resources["mail_letter"].save_many(SYSTEM, [(record, values | at)])
    return record


def test_a_hidden_sender_is_in_no_answer_and_no_page(trial):
    hide(trial, mail_letter=["sender", "answer"], contacts=["emails"])
    record = letter(trial, state="failed", direction="in", answer="550 wei@a.example is unknown")
    client = trial.client("dim")
    pages = [
        client.get(f"/mail/letter/{record.id}?plain=1"),
        client.get(f"/mail/letter/{record.id}/state"),
        client.get(f"/contacts/{record.contact_id}"),
        client.get(f"/mail/compose?reply={record.id}"),
        client.post("/mail/fill", data={"reply": str(record.id), "contact": str(record.contact_id)}),
    ]
    assert [page.status_code for page in pages] == [200] * 5
    assert not [page.text for page in pages if "wei@a.example" in page.text]
    assert "How much is it?" in pages[0].text
    assert "wei@a.example" in trial.client("ann").get(f"/mail/compose?reply={record.id}").text


def test_a_mail_of_which_everything_is_hidden_still_has_a_page(trial):
    record = letter(trial)
    hide(trial, mail_letter=["sender", "text", "to", "cc", "at", "direction", "state", "user", "contact", "mailbox"])
    for path in (f"/mail/letter/{record.id}", f"/mail/letter/{record.id}/html", "/mail/unfiled"):
        page = trial.client("dim").get(path)
        assert page.status_code == 200 and "How much is it?" not in page.text, path
    answer = trial.client("dim").get(f"/mail/compose?reply={record.id}&contact={record.contact_id}")
    assert answer.status_code == 200 and "How much" not in answer.text and "&gt; " not in answer.text


def test_placeholders_say_nothing_that_is_hidden_or_out_of_sight(trial):
    firm = trial.contact("Secret Firm", kind="organisation", owner="Li")
    contact = trial.contact("Zhang Wei", owner="Bo", nickname="Xiao Wei", organisation=f"#{firm.id}")
    with trial.acting("bo") as build:
        known = placeholders.values_of(build, trial.person("bo"), [trial.again(contact)])[0]["contact"]
        assert known["organisation"] == "" and known["first_name"] == "Xiao Wei"
    hide(trial, contacts=["nickname", "given_name", "prefix"])
    with trial.acting("dim") as build:
        known = placeholders.values_of(build, trial.person("dim"), [trial.again(contact)])[0]["contact"]
    assert known["organisation"] == "Secret Firm"
    assert (known["first_name"], known["salutation"], known["nickname"]) == ("Zhang Wei", "Zhang Wei", "")


def test_whose_a_typed_address_is_stays_unsaid_to_whom_addresses_are_hidden(trial):
    record = letter(trial)
    hide(trial, contacts=["emails"])
    for who, found in (("ann", [record.contact_id]), ("dim", [])):
        with trial.acting(who) as build:
            known = contacts_of(build, trial.person(who), ["WEI@a.example"])
            assert [contact.id for some in known.values() for contact in some] == found
