"""Writing to a contact: queued with the timeline entry, sent by the real server, answered in the thread."""

import io

import pytest

from core import Entry, journal
from core.outbox import Mail
from core.undo import undo
from plugins.mail.models import Letter, Mailbox, Template
from plugins.mail.sending import Draft, send_to_many
from tests.mail.conftest import mail
from tests.support import HX


def compose(client, contact, **values):
    form = {
        "contact": contact.id,
        "to": "Zhang Wei <wei@a.example>",
        "subject": "报价",
        "text": "**Dear** Wei",
        **values,
    }
    return client.post("/mail/compose", data=form, content_type="multipart/form-data")


def test_a_mail_from_a_contacts_page_goes_out_and_stands_on_the_timeline(post, smtp_server):
    wei, bo = post.wei(), post.client("bo")
    assert "/mail/compose?contact=" in bo.get(f"/contacts/{wei.id}").text
    page = bo.get(f"/mail/compose?contact={wei.id}").text
    assert "Zhang Wei &lt;wei@a.example&gt;" in page
    answer = compose(bo, wei)
    assert answer.status_code == 303 and answer.location == f"/contacts/{wei.id}"
    page = bo.get(f"/contacts/{wei.id}").text
    assert "报价" in page and "Queued" in page and "/undo/" in page
    assert smtp_server.posts == []
    post.work()
    (letter,) = post.letters()
    assert (letter.state, letter.user_id, letter.direction) == ("sent", post.bo.id, "out")
    message = smtp_server.posts[0].message
    assert message["From"] == "Bo Member <bo@firm.example>" and message["Subject"] == "报价"
    assert "<strong>Dear</strong> Wei" in message.get_body(["html"]).get_content()
    assert "Queued" not in bo.get(f"/contacts/{wei.id}").text


def test_it_can_be_taken_back_while_it_waits(post, smtp_server):
    wei, bo = post.wei(), post.client("bo")
    compose(bo, wei)
    batch = journal.Batch.select().order_by(journal.Batch.id.desc()).get()
    bo.post(f"/undo/{batch.id}")
    post.work()
    assert smtp_server.posts == [] and post.letters() == []
    assert Mail.get().state == "cancelled"


def test_what_was_sent_cannot_be_taken_back_and_says_so(post, smtp_server):
    wei, bo = post.wei(), post.client("bo")
    compose(bo, wei)
    batch = journal.Batch.select().where(journal.Batch.kind == "create").order_by(journal.Batch.id.desc()).get()
    post.work()
    left = undo(post.build, post.ann, batch)[1]
    assert [x.resource for x in left] == ["mail_letter"] and len(post.letters()) == 1


def test_an_attachment_goes_along_and_is_kept(post, smtp_server):
    wei, bo = post.wei(), post.client("bo")
    compose(bo, wei, files=(io.BytesIO(b"%PDF-1.4 price list"), "价目表.pdf"))
    post.work()
    (part,) = smtp_server.posts[0].message.iter_attachments()
    assert part.get_filename() == "价目表.pdf" and part.get_content() == b"%PDF-1.4 price list"
    page = bo.get(f"/mail/letter/{post.letters()[0].id}").text
    assert "价目表.pdf" in page and "/files/" in page


def test_an_answer_keeps_the_thread(post, smtp_server):
    wei = post.wei()
    box = post.mailbox(address="sales@firm.example")
    from core.db import utcnow
    from plugins.mail.filing import Filing

    Filing(post.build, box).keep(
        [(mail(message_id="<q@a.example>", References="<p@a.example>"), utcnow())], lambda: None
    )
    letter = post.letters()[0]
    bo = post.client("bo")
    form = bo.get(f"/mail/compose?reply={letter.id}").text
    assert 'value="Re: Question"' in form and "Zhang Wei &lt;wei@a.example&gt;" in form
    compose(bo, wei, reply=letter.id, subject="Re: Question", quote="1", mailbox=box.id)
    post.work()
    message = smtp_server.posts[0].message
    assert message["In-Reply-To"] == "<q@a.example>" and message["References"] == "<p@a.example> <q@a.example>"
    assert message["From"].addresses[0].addr_spec == "sales@firm.example"
    text = message.get_body(["plain"]).get_content()
    assert text.startswith("**Dear** Wei") and "> How much?" in text
    first, second = post.letters()
    assert first.thread == second.thread and second.reply == "**Dear** Wei" and "> How much?" in second.quoted


def test_the_composer_opens_in_the_timeline(post):
    from core.db import utcnow
    from plugins.mail.filing import Filing

    post.wei()
    Filing(post.build, post.mailbox()).keep([(mail(), utcnow())], lambda: None)
    letter = post.letters()[0]
    inline = post.client("bo").get(f"/mail/compose?inline=1&reply={letter.id}", headers=HX).text
    assert inline.lstrip().startswith("<form") and "<html" not in inline


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"to": "wei"}, "not a full e-mail address"),
        ({"to": "", "bcc": ""}, "has no e-mail address"),
        ({"subject": " "}, "Give the mail a subject"),
        ({"text": "\n"}, "Write something first"),
        ({"text": "Dear {{ contact.nmae }}"}, "Did you mean {{ contact.name }}"),
        ({"text": "Dear {{ contact.website }}"}, "is empty for Zhang Wei"),
        ({"text": "{{ contact.__class__ }}"}, "There is no placeholder"),
        ({"text": "{% for x in range(9) %}x{% endfor %}"}, "but not “for”"),
        ({"subject": "{{ 7 * 7 }}"}, "but not “mul”"),
        ({"text": "Dear ⟨contact.website⟩"}, "still has a gap"),
    ],
)
def test_what_cannot_be_sent_comes_back_with_what_was_typed(post, values, said):
    from html import unescape

    wei = post.wei()
    form = {"bcc": "kept@a.example", "subject": "Kept"} | values
    answer = compose(post.client("bo"), wei, **form)
    text = unescape(answer.text)
    assert answer.status_code == 422 and said in text and form["subject"] in text
    assert Mail.select().count() == Letter.select().count() == 0


def test_a_mail_to_two_contacts_is_one_mail_and_two_letters(post, smtp_server):
    wei = post.wei()
    li = post.contact("bo", name="Li Na", emails=post.contacts.kinds["emails"].parse("li@a.example"))
    compose(post.client("bo"), wei, cc="li@a.example")
    post.work()
    assert {x.contact_id for x in post.letters()} == {wei.id, li.id} and len(smtp_server.posts) == 1


def test_the_contact_whose_address_was_refused_says_so_and_the_other_does_not(post, smtp_server):
    smtp_server.refused["li@a.example"] = "550 5.1.1 No such user"
    wei = post.wei()
    li = post.contact("bo", name="Li Na", emails=post.contacts.kinds["emails"].parse("li@a.example"))
    compose(post.client("bo"), wei, cc="li@a.example")
    post.work()
    states = {x.contact_id: x.state for x in post.letters()}
    assert states == {wei.id: "sent", li.id: "failed"}
    assert "550 5.1.1 No such user" in post.client("bo").get(f"/contacts/{li.id}").text


def test_a_failed_mail_shows_the_servers_answer_and_is_sent_again(post, smtp_server):
    smtp_server.answers = ["554 5.7.1 Looks like spam"]
    wei, bo = post.wei(), post.client("bo")
    compose(bo, wei)
    post.work()
    (letter,) = post.letters()
    assert letter.state == "failed" and "Looks like spam" in bo.get(f"/contacts/{wei.id}").text
    bo.post(f"/mail/letter/{letter.id}/act/resend")
    post.work()
    assert post.letters()[0].state == "sent" and len(smtp_server.posts) == 1


def test_a_bounce_that_comes_back_marks_the_mail(post, smtp_server):
    from core.db import utcnow
    from plugins.mail.filing import Filing

    wei = post.wei()
    compose(post.client("bo"), wei)
    post.work()
    report = BOUNCE.replace("MESSAGE-ID", smtp_server.posts[0].message["Message-ID"]).encode()
    assert Filing(post.build, post.mailbox()).keep([(report, utcnow())], lambda: None) == 0
    post.work()
    (letter,) = post.letters()
    assert letter.state == "failed" and letter.answer == "550 5.1.1 <wei@a.example>: user unknown"


BOUNCE = """From: MAILER-DAEMON@mx.a.example
To: crm@firm.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.a.example

Final-Recipient: rfc822; wei@a.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <wei@a.example>: user unknown

--b
Content-Type: text/rfc822-headers

From: bo@firm.example
Message-ID: MESSAGE-ID

--b--
"""


def test_a_template_fills_the_composer_for_this_contact(post):
    wei, bo = post.wei(), post.client("bo")
    template = Template(
        name="Hello", subject="For {{ contact.name }}", text="Dear {{ contact.website }}, {{ user.name }}"
    )
    template.save()
    page = bo.post("/mail/fill", data={"contact": wei.id, "template": template.id, "text": ""}, headers=HX).text
    assert 'value="For Zhang Wei"' in page and "Dear ⟨contact.website⟩, Bo Member" in page


def test_the_words_of_a_template_are_sent_once_although_it_is_still_chosen(post, smtp_server):
    wei, template = post.wei(), Template(name="Hello", subject="Hello", text="Dear {{ contact.name }}")
    template.save()
    bo, form = post.client("bo"), {"template": template.id, "text": "Dear Wei", "subject": "Hello"}
    preview = bo.post("/mail/preview", data={"contact": wei.id} | form, headers=HX).text
    assert preview.count("Dear") == 1
    compose(bo, wei, **form)
    post.work()
    assert smtp_server.posts[0].message.get_body(["plain"]).get_content().count("Dear") == 1


@pytest.mark.parametrize(
    "text",
    [
        "{{ contact.nobody }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ contact['__class__'] }}",
        "{% include '/etc/passwd' %}",
        "{{ cycler.__init__ }}",
        "{% set x = 1 %}",
        "{{ self }}",
        "{{ contact.name | attr('__class__') }}",
        "{{ 'a' * 1000000000 }}",
        "{{ range(10) }}",
        "{{ contact.name",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    ],
)
def test_a_template_that_would_do_something_is_refused_when_it_is_saved(firm, text):
    answer = firm.client("ann").post("/mail/template/new", data={"name": "Bad", "subject": "", "text": text})
    assert answer.status_code == 422 and Template.select().count() == 0


def test_a_good_template_is_saved_and_previewed(firm):
    firm.wei()
    ann = firm.client("ann")
    text = 'Dear {{ contact.first_name | default("friend") }}{% if contact.organisation %} in your firm{% endif %}'
    assert ann.post("/mail/template/new", data={"name": "Good", "subject": "", "text": text}).status_code == 303
    preview = ann.post("/mail/template/preview", data={"subject": "Hi", "text": "**{{ contact.name }}**"}).text
    assert "<strong>Zhang Wei</strong>" in preview
    assert "There is no placeholder" in ann.post("/mail/template/preview", data={"text": "{{ x }}"}).text


def test_a_signature_stands_below_every_mail(post, smtp_server):
    wei, bo = post.wei(), post.client("bo")
    bo.post("/mail/settings", data={"signature": "Bo, **Firm**"})
    assert "Bo, <strong>Firm</strong>" in bo.post("/mail/preview", data={"contact": wei.id, "text": "Hi"}).text
    compose(bo, wei)
    post.work()
    message = smtp_server.posts[0].message
    text = message.get_body(["plain"]).get_content().replace("\r\n", "\n")
    assert text.rstrip().endswith("-- \nBo, **Firm**")
    assert post.letters()[0].reply == "**Dear** Wei"


def test_many_contacts_get_their_own_words_and_those_who_cannot_are_named(post, smtp_server):
    parse = post.contacts.kinds["emails"].parse
    people = [post.contact("bo", name=f"Person {i}", emails=parse(f"p{i}@a.example") if i else []) for i in range(4)]
    post.contacts.load_parts(people)
    with post.app.app_context():
        left = send_to_many(post.build, post.bo, people, Draft((), "For {{ contact.name }}", "Dear {{ contact.name }}"))
    assert [(c.name, str(p)) for c, p in left] == [("Person 0", "Person 0 has no e-mail address.")]
    post.work()
    assert sorted(p.message["Subject"] for p in smtp_server.posts) == [f"For Person {i}" for i in (1, 2, 3)]
    assert {x.state for x in post.letters()} == {"sent"} and Entry.select().count() == 3


def test_answers_come_to_the_firms_mailbox_when_the_writer_has_none(post, smtp_server):
    wei = post.wei()
    box = post.mailbox(address="sales@firm.example")
    compose(post.client("bo"), wei, mailbox="0")
    post.work()
    assert smtp_server.posts[0].message["Reply-To"] == box.address
    assert Mailbox.select().count() == 1


def test_who_may_not_write_gets_no_button_and_no_page(firm):
    wei, ro = firm.wei(), firm.client("ro")
    assert "/mail/compose" not in ro.get(f"/contacts/{wei.id}").text
    assert ro.get(f"/mail/compose?contact={wei.id}").status_code == 403
    assert compose(ro, wei).status_code == 403
    assert compose(firm.client("li"), wei).status_code == 404


def test_the_composer_does_not_tell_an_address_that_the_role_may_not_see(firm):
    wei, role = firm.wei("bo"), firm.bo.role
    role.field_rules = {"contacts": {"emails": "hidden"}}
    role.save()
    page = firm.client("bo").get(f"/mail/compose?contact={wei.id}").text
    assert 'name="to"' in page and "wei@a.example" not in page
