"""Messages as they really come: broken, in unknown charsets, quoting, with HTML and attachments; and who reads them."""

import datetime as dt

import pytest

from core import Entry, attachments_of, journal
from core.db import utcnow
from core.undo import undo
from plugins.mail.filing import Filing
from plugins.mail.models import Letter, Mailbox
from plugins.mail.parsing import read, text_of
from plugins.mail.quotes import visible_length
from tests.mail.conftest import mail

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def keep(firm, raw, box=None):
    return Filing(firm.build, box or firm.mailbox()).keep([(raw, utcnow())], lambda: None)


@pytest.mark.parametrize(
    ("raw", "subject", "text"),
    [
        (
            b"Subject: =?gb2312?B?sbG+qQ==?=\nContent-Type: text/plain; charset=gb2312\n\n\xb1\xb1\xbe\xa9",
            "北京",
            "北京",
        ),
        (b"Subject: \xb1\xb1\xbe\xa9\xbb\xb6\xd3\xad\xc4\xfa\n\nHi", None, "Hi"),
        (b"Subject: =?x-unknown?B?SGVsbG8=?=\nContent-Type: text/plain; charset=x-unknown\n\nHi", "Hello", "Hi"),
        (b"Subject: A\nContent-Type: text/plain; charset=utf-8\n\n\xff\xfe broken", "A", None),
        (b"Subject: A\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nHi", "A", "Hi"),
        (b"Subject: A\nContent-Type: multipart/mixed\n\nno boundary", "A", None),
        (b"Subject: A\nContent-Transfer-Encoding: base64\n\n!!!not base64", "A", None),
        (b"\x00\x00\x00", "", None),
        (b"", "", ""),
        (b'From: "broken <a@\nDate: yesterday\nSubject: A\nReferences: <<>> <a b>\n\nHi', "A", "Hi"),
        (
            b"Subject: A\nContent-Type: text/html\n\n<style>p{}</style><p>One<br>two &amp; three</p>",
            "A",
            "One\ntwo & three",
        ),
    ],
)
def test_a_broken_message_is_read_as_far_as_it_goes(raw, subject, text):
    found = read(raw, NOW)
    assert found.at == NOW and "\0" not in found.text
    assert subject is None or found.subject == subject
    assert text is None or found.text == text


def test_a_broken_message_is_kept_as_it_came(firm):
    wei = firm.wei()
    head = b"From: wei@a.example\nSubject: A\nContent-Type: multipart/mixed; boundary=b\n\n"
    raw = head + b"--b\nContent-Type: text/plain\n\nHi"
    assert keep(firm, raw) == 1
    (letter,) = firm.letters()
    (file,) = attachments_of(firm.bo, firm.mail_letter, [letter])[letter.id]
    assert letter.contact_id == wei.id and file.name == "original.eml"
    with file.open() as stream:
        assert stream.read() == raw


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes!\n\nOn Mon, 2 Nov 2026, Bo <bo@firm.example> wrote:\n> How much?\n> Bo", "Yes!"),
        ("Yes!\n\nOn Mon, 2 Nov 2026 at 10:00, Bo Chen\n<bo@firm.example> wrote:\n\n> How much?", "Yes!"),
        ("好的\n\n在 2026年11月20日，Bo <bo@firm.example> 写道：\n> 多少钱？", "好的"),
        (
            "好的\n\n------------------ 原始邮件 ------------------\n发件人: Bo\n发送时间: 2026\n主题: 报价\n\n多少钱",
            "好的",
        ),
        ("好的\n\n发件人：Bo <bo@firm.example>\n发送时间：2026年11月20日\n收件人：王\n主题：报价\n\n多少钱", "好的"),
        ("Ok\n\n________________________________\nFrom: Bo\nSent: Monday\nTo: Wei\nSubject: Hi\n\nHow much", "Ok"),
        ("Ok\n\n-----Original Message-----\nFrom: Bo\n\nHow much", "Ok"),
        ("Ja\n\nAm 02.11.26 um 10:00 schrieb Bo Chen:\n> Wieviel?", "Ja"),
        ("> How much?\n\nForty.\n\n> And when?\n\nIn May, as we said on the phone yesterday, at the latest.", None),
        ("On Monday I wrote:\nall is well", None),
        ("From: here to there\nis a long way", None),
        ("> only quoted", None),
        ("x" * 5000 + " wrote:\n" + "y", None),
        ("", None),
    ],
)
def test_the_answer_ends_where_the_quoted_mail_begins(text, own):
    assert text[: visible_length(text)].strip() == (text.strip() if own is None else own)


def test_long_texts_are_cut_quickly():
    lines = "> a quoted line of usual length that goes on\n" * 20_000 + "On " * 50_000
    assert visible_length("Yes\n" + lines) <= len(lines) + 4


def test_html_is_cleaned_framed_and_its_images_held_back(firm):
    wei = firm.wei()
    page = '<p onclick="x()">Hi <img src="https://spy.example/p.gif"><img src="cid:logo"><script>x()</script></p>'
    keep(firm, mail(html=page))
    letter, bo = firm.letters()[0], firm.client("bo")
    assert "held back" in bo.get(f"/mail/letter/{letter.id}").text
    frame = bo.get(f"/mail/letter/{letter.id}/html")
    assert "Hi" in frame.text and "spy.example" not in frame.text and "script" not in frame.text
    assert "https:" not in frame.headers["Content-Security-Policy"]
    shown = bo.get(f"/mail/letter/{letter.id}/html?images=1")
    assert "spy.example" in shown.text and "img-src 'self' data: https:" in shown.headers["Content-Security-Policy"]
    assert wei.id == letter.contact_id


def test_attachments_are_files_of_the_letter_and_of_nobody_else(firm):
    firm.wei("bo")
    keep(firm, mail(files=[("价目表.pdf", b"%PDF-1.4"), ("价目表.pdf", b"%PDF-1.5"), ("virus.exe", b"MZ")]))
    letter = firm.letters()[0]
    names = {f.name for f in attachments_of(firm.bo, firm.mail_letter, [letter])[letter.id]}
    assert names == {"价目表.pdf", "价目表 (2).pdf"} and letter.file_names[2] == "virus.exe"
    file = attachments_of(firm.bo, firm.mail_letter, [letter])[letter.id][0]
    assert firm.client("bo").get(f"/files/{file.id}").status_code == 200
    assert firm.client("li").get(f"/files/{file.id}").status_code == 404


def test_who_may_not_see_the_contact_meets_its_mails_nowhere(firm):
    wei = firm.wei("bo")
    keep(firm, mail(subject="Sentinel"))
    letter, li = firm.letters()[0], firm.client("li")
    for path in (f"/mail/letter/{letter.id}", f"/mail/letter/{letter.id}/html", f"/mail/letter/{letter.id}/state"):
        assert li.get(path).status_code == 404
    for path in ("/mail/letter/", "/mail/unfiled", "/mail/letter/export?format=csv", "/"):
        assert "Sentinel" not in li.get(path).text
    assert f"/mail/letter/{letter.id}" not in li.get("/search?q=Sentinel").text
    assert li.get(f"/mail/compose?reply={letter.id}").status_code == 404
    assert li.post(f"/mail/letter/{letter.id}/file", data={"contact": wei.id}).status_code == 404
    assert f"/mail/letter/{letter.id}" in firm.client("bo").get("/search?q=Sentinel").text


def test_of_a_private_mailbox_others_see_only_that_there_was_a_mail(firm):
    wei = firm.wei("bo")
    box = firm.mailbox("bo", private=True, address="bo@firm.example")
    keep(firm, mail(subject="Sentinel", text="Secret words", to="bo@firm.example"), box)
    letter = firm.letters()[0]
    ann, bo = firm.client("ann"), firm.client("bo")
    page = bo.get(f"/contacts/{wei.id}").text
    assert "Sentinel" in page and "Secret words" in page and "Private" in page
    page = ann.get(f"/contacts/{wei.id}").text
    assert "Sentinel" not in page and "Secret words" not in page and 'id="entry-' in page
    assert ann.get(f"/mail/letter/{letter.id}").status_code == 404
    assert f"/mail/letter/{letter.id}" not in ann.get("/search?q=Sentinel").text
    entry = Entry.get()
    assert (entry.title, entry.text) == ("", "")
    firm.switch()
    assert "Sentinel" not in firm.client("ann").get(f"/contacts/{wei.id}").text


def test_what_also_came_to_the_firms_mailbox_is_no_secret(firm):
    firm.wei()
    raw = mail(subject="Open")
    keep(firm, raw, firm.mailbox("bo", private=True, address="bo@firm.example"))
    keep(firm, raw, firm.mailbox(address="sales@firm.example"))
    (letter,) = firm.letters()
    assert not letter.private and Entry.get().title == "Open"


def test_an_unfiled_mail_is_filed_with_its_conversation_and_back(firm):
    box = firm.mailbox()
    keep(firm, mail("New <new@c.example>", subject="First", message_id="<1@c.example>"), box)
    keep(
        firm, mail("New <new@c.example>", subject="Second", message_id="<2@c.example>", References="<1@c.example>"), box
    )
    wei, bo = firm.wei("bo"), firm.client("bo")
    page = bo.get("/mail/unfiled").text
    assert "First" in page and "Second" in page and "emails=new%40c.example" in page
    first = firm.letters()[0]
    answer = bo.post(f"/mail/letter/{first.id}/file", data={"contact": f"#{wei.id}"})
    assert answer.status_code == 303 and {x.contact_id for x in firm.letters()} == {wei.id}
    assert Entry.select().where(Entry.contact == wei.id, Entry.deleted_batch.is_null()).count() == 2
    assert "Everything is filed" in bo.get("/mail/unfiled").text
    undo(firm.build, firm.bo, journal.Batch.select().order_by(journal.Batch.id.desc()).get())
    assert {x.contact_id for x in firm.letters()} == {None}


def test_an_unfiled_mail_can_be_set_aside_and_that_taken_back(firm):
    keep(firm, mail("New <new@c.example>", subject="First"))
    letter, bo = firm.letters()[0], firm.client("bo")
    assert bo.post(f"/mail/letter/{letter.id}/aside").status_code == 303
    page = bo.get("/mail/unfiled").text
    batch = journal.Batch.select().order_by(journal.Batch.id.desc()).get()
    assert "Everything is filed" in page and f"/undo/{batch.id}" in page and Letter.get().set_aside
    assert batch.user_id == firm.bo.id and batch.params["subject"] == "First"
    undo(firm.build, firm.bo, batch)
    assert "Everything is filed" not in bo.get("/mail/unfiled").text and not Letter.get().set_aside


def test_unfiled_mails_of_a_colleagues_mailbox_are_the_colleagues(firm):
    keep(firm, mail("New <new@c.example>", subject="First"), firm.mailbox("bo", address="bo@firm.example"))
    assert "First" in firm.client("bo").get("/mail/unfiled").text
    assert "First" not in firm.client("ann").get("/mail/unfiled").text


def test_a_mailbox_is_ones_own_and_its_password_is_never_shown(firm):
    bo = firm.client("bo")
    form = dict(name="Bo", address="bo@firm.example", host="imap.firm.example", security="tls", folders="INBOX")
    form |= {"user": f"#{firm.bo.id}", "password": "s3cret-word", "active": "yes"}
    assert bo.post("/mail/mailbox/new", data=form).status_code == 303
    box = Mailbox.get()
    assert "s3cret" not in box.password and "s3cret" not in bo.get(f"/mail/mailbox/{box.id}").text
    assert "s3cret" not in bo.get(f"/mail/mailbox/{box.id}/history").text
    bo.post(f"/mail/mailbox/{box.id}/edit", data=form | {"password": "", "name": "Mine", "version": box.version})
    again = Mailbox.get()
    assert again.name == "Mine" and again.password == box.password
    assert firm.client("li").get(f"/mail/mailbox/{box.id}").status_code == 404
    refused = firm.client("li").post("/mail/mailbox/new", data=form | {"user": ""})
    assert refused.status_code == 422 and "Only an administrator" in refused.text


def test_a_letter_stays_as_it_was_sent(firm):
    firm.wei("bo")
    keep(firm, mail())
    letter, bo = firm.letters()[0], firm.client("bo")
    assert bo.post(f"/mail/letter/{letter.id}/field/subject", data={"subject": "Changed"}).status_code == 404
    bo.post(f"/mail/letter/{letter.id}/edit", data={"subject": "Changed", "version": letter.version})
    assert bo.post("/mail/letter/new", data={"subject": "Made up"}).status_code in (404, 422)
    assert [x.subject for x in firm.letters()] == ["Question"]


def test_off_keeps_mails_readable_and_on_brings_all_back(firm):
    wei = firm.wei("bo")
    keep(firm, mail(text="How much is the table?"))
    letter = firm.letters()[0]
    firm.switch()
    bo = firm.client("bo")
    assert "How much is the table?" in bo.get(f"/contacts/{wei.id}").text
    assert bo.get(f"/mail/letter/{letter.id}").status_code == 404
    firm.switch("mail")
    assert "/mail/compose?reply=" in firm.client("bo").get(f"/contacts/{wei.id}").text


def test_a_timeline_of_mails_costs_two_queries_more_however_many_there_are(firm):
    from core.trial import queries

    wei, bo = firm.wei("bo"), firm.client("bo")
    firm.mailbox()
    bo.get(f"/contacts/{wei.id}")
    with queries() as before:
        bo.get(f"/contacts/{wei.id}")
    for i in range(6):
        keep(firm, mail(subject=f"No. {i}", message_id=f"<{i}@a.example>"), Mailbox.get())
    with queries() as after:
        assert "No. 5" in bo.get(f"/contacts/{wei.id}").text
    # What they say; and core asks once for each kind of record which of them may be linked to.
    assert len(after) <= len(before) + 2


def test_text_is_made_of_html_as_it_is_read():
    assert text_of("<div>One</div><div>two</div><ul><li>a</li><li>b</li></ul>") == "One\ntwo\n• a\n• b"


def test_brackets_without_end_cost_one_header_and_not_the_mail():
    raw = (
        b"From: Wei <wei@a.example>\r\nTo: us@firm.example\r\nCc: "
        + b"(" * 5000
        + b"\r\nSubject: Hello\r\n\r\nText\r\n"
    )
    found = read(raw, dt.datetime.now(dt.UTC))
    assert (found.sender, found.cc, found.subject) == (["Wei", "wei@a.example"], [], "Hello")
