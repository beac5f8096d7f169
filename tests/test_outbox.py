"""The outbox: mails wait in the caller's transaction and go over a real SMTP server, whatever that one does."""

import datetime as dt

import pytest

from core import Outgoing, Problem, jobs, outbox, send_mail, send_mails
from core.db import db, utcnow
from core.journal import transaction
from core.outbox import Mail, MailFile


def wei(firm, **more):
    values = {"to": "Wei Zhang <wei@a.example>", "subject": "报价 Quote", "text": "你好 Wei"} | more
    return send_mail(firm.build, **values)


def work(firm, later: dt.timedelta | None = None):
    """Let the worker send what is due, now or after some time."""
    if later:
        Mail.update(run_at=utcnow()).where(Mail.run_at <= utcnow() + later).execute()
        with db.atomic():
            outbox._wake(utcnow())
    jobs.run_due(firm.app)


def again(mail):
    return Mail.get_by_id(mail.id)


def test_a_mail_is_sent_with_all_that_belongs_to_it(post, smtp_server):
    files = [("价目表.pdf", "application/pdf", b"%PDF-1.4 \xff")]
    mail = wei(
        post,
        html="<p>你好 <b>Wei</b></p>",
        cc="li@b.example",
        bcc=[("", "archive@firm.example")],
        headers={"Reply-To": "ann@firm.example"},
        files=files,
    )
    assert again(mail).state == "queued" and smtp_server.posts == []
    work(post)
    mail = again(mail)
    assert (mail.state, mail.answer, mail.attempts) == ("sent", "250 2.0.0 OK queued as 1", 1)
    sent = smtp_server.posts[0]
    assert sent.sender == "crm@firm.example"
    assert sent.recipients == ["wei@a.example", "li@b.example", "archive@firm.example"]
    message = sent.message
    assert message["From"] == "Firm <crm@firm.example>" and message["To"] == "Wei Zhang <wei@a.example>"
    assert message["Subject"] == "报价 Quote" and message["Bcc"] is None and message["Reply-To"] == "ann@firm.example"
    assert message["Message-ID"] == mail.message_id
    assert message.get_body(["plain"]).get_content().strip() == "你好 Wei"
    assert "<b>Wei</b>" in message.get_body(["html"]).get_content()
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("价目表.pdf", b"%PDF-1.4 \xff")


def test_what_is_rolled_back_is_not_sent(post, smtp_server):
    with transaction(), db.atomic() as inner:
        wei(post)
        inner.rollback()
    work(post)
    assert Mail.select().count() == 0 and smtp_server.posts == []


def test_many_mails_go_over_one_connection_with_one_copy_of_their_attachment(post, smtp_server):
    files = [("a.txt", "text/plain", b"same")]
    send_mails(post.build, [Outgoing(f"c{i}@a.example", f"Hello {i}", "…", files=files) for i in range(120)])
    work(post)
    assert len(smtp_server.posts) == 120 and smtp_server.connections == 1
    assert MailFile.select().count() == 1 and Mail.select().where(Mail.state == "sent").count() == 120


def test_a_mail_for_later_waits(post, smtp_server):
    mail = wei(post, at=utcnow() + dt.timedelta(hours=1))
    work(post)
    assert again(mail).state == "queued" and smtp_server.posts == []
    work(post, later=dt.timedelta(hours=1))
    assert again(mail).state == "sent"


def test_a_server_that_is_down_loses_nothing_and_gets_it_when_it_is_back(post, smtp_server):
    smtp_server.stop()
    mail = wei(post)
    work(post)
    mail = again(mail)
    assert (mail.state, mail.attempts) == ("queued", 0) and "refused" in mail.answer.lower()
    smtp_server.start()
    work(post, later=dt.timedelta(minutes=1))
    assert again(mail).state == "sent" and len(smtp_server.posts) == 1


def test_a_mail_that_was_due_days_ago_fails_with_the_reason(post, smtp_server):
    smtp_server.stop()
    mail = wei(post)
    Mail.update(due_at=utcnow() - outbox.GIVE_UP - dt.timedelta(minutes=1)).execute()
    work(post)
    assert again(mail).state == "failed" and again(mail).answer


def test_a_slow_server_is_left_and_tried_again_later(post, smtp_server):
    smtp_server.slow = 2.5
    mail = wei(post)
    work(post)
    mail = again(mail)
    assert (mail.state, mail.answer, mail.attempts) == ("queued", "The server did not answer in time", 1)
    assert mail.run_at > utcnow() + dt.timedelta(seconds=30)


def test_one_refused_recipient_is_told_apart_from_those_who_got_it(post, smtp_server):
    smtp_server.refused["li@b.example"] = "550 5.1.1 No such user"
    mail = wei(post, cc="li@b.example")
    work(post)
    mail = again(mail)
    assert mail.state == "sent" and mail.refused == {"li@b.example": "550 5.1.1 No such user"}
    assert smtp_server.posts[0].recipients == ["wei@a.example"]


def test_a_recipient_who_is_refused_for_now_is_tried_again_alone(post, smtp_server):
    smtp_server.refused["li@b.example"] = "451 4.7.1 Greylisted"
    mail = wei(post, cc="li@b.example")
    work(post)
    assert again(mail).state == "queued" and again(mail).left == ["li@b.example"]
    smtp_server.refused.clear()
    work(post, later=dt.timedelta(hours=1))
    mail = again(mail)
    assert (mail.state, mail.refused, mail.left) == ("sent", {}, [])
    assert [p.recipients for p in smtp_server.posts] == [["wei@a.example"], ["li@b.example"]]
    assert len({p.message["Message-ID"] for p in smtp_server.posts}) == 1


def test_refused_for_good_is_failed_at_once_and_can_be_resent(post, smtp_server):
    smtp_server.answers = ["554 5.7.1 Spam"]
    mail = wei(post)
    work(post)
    mail = again(mail)
    assert (mail.state, mail.answer) == ("failed", "554 5.7.1 Spam")
    assert outbox.resend([mail]) == 1 and outbox.resend([mail]) == 0
    work(post)
    assert again(mail).state == "sent"
    assert smtp_server.posts[0].message["Message-ID"] == mail.message_id


def test_a_connection_that_closes_in_the_middle_doubles_nothing_that_was_taken(post, smtp_server):
    first, second, third = (wei(post, subject=f"No. {i}") for i in range(3))
    smtp_server.closes = 1
    work(post)
    assert [again(m).state for m in (first, second, third)] == ["queued", "sent", "sent"]
    work(post, later=dt.timedelta(minutes=2))
    assert [again(m).state for m in (first, second, third)] == ["sent"] * 3
    assert sorted(p.message["Subject"] for p in smtp_server.posts) == ["No. 0", "No. 1", "No. 2"]


def test_a_server_that_always_closes_is_not_pestered(post, smtp_server):
    mails = [wei(post, subject=f"No. {i}") for i in range(10)]
    smtp_server.closes = 99
    work(post)
    assert [again(m).attempts for m in mails] == [1] * 3 + [0] * 7
    assert {again(m).state for m in mails} == {"queued"}


def test_a_worker_that_was_lost_while_it_sent_is_followed_by_another(post, smtp_server):
    mail = wei(post)
    Mail.update(state="sending", leased_until=utcnow() + dt.timedelta(minutes=5)).execute()
    work(post)
    assert smtp_server.posts == []
    Mail.update(leased_until=utcnow() - dt.timedelta(seconds=1)).execute()
    work(post, later=dt.timedelta(seconds=1))
    assert again(mail).state == "sent" and smtp_server.posts[0].message["Message-ID"] == mail.message_id


def test_a_queued_mail_can_be_cancelled_and_a_sent_one_cannot(post, smtp_server):
    mail, sent = wei(post, at=utcnow() + dt.timedelta(minutes=5)), wei(post)
    work(post)
    assert outbox.cancel([mail, sent]) == [mail.id]
    work(post, later=dt.timedelta(minutes=6))
    assert (again(mail).state, again(sent).state, len(smtp_server.posts)) == ("cancelled", "sent", 1)


def test_whoever_waits_for_the_end_of_a_mail_is_called(post, smtp_server, monkeypatch):
    seen = []

    @jobs.job("core.test.then")
    def look(build, row):
        seen.append(sorted(m.state for m in Mail.select()))

    monkeypatch.setattr(post.build, "core_jobs", (*post.build.core_jobs, look))
    smtp_server.refused["no@b.example"] = "550 No"
    send_mails(post.build, [Outgoing(a, "Hi", "…") for a in ("yes@b.example", "no@b.example")], then=look)
    work(post)
    assert seen == [["failed", "sent"]]


def test_a_mail_that_cannot_be_put_together_does_not_stop_the_others(post, smtp_server):
    bad, good = wei(post, files=[("a", "text/plain", b"x")]), wei(post)
    MailFile.delete().execute()
    work(post)
    assert again(bad).state == "failed" and "KeyError" in again(bad).answer and again(good).state == "sent"


def test_without_a_server_mails_lie_in_a_folder(firm):
    mail = wei(firm)
    work(firm)
    assert again(mail).state == "sent"
    kept = (firm.build.settings.data / "outbox" / f"{mail.id}.eml").read_bytes()
    assert b"wei@a.example" in kept and again(mail).message_id.encode() in kept


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"to": ""}, "somebody to go to"),
        ({"to": "nobody"}, "not a full e-mail address"),
        ({"headers": {"X-A": "b\r\nBcc: spy@c.example"}}, "line break"),
        ({"headers": {"Bcc": "spy@c.example"}}, "cannot be set"),
        ({"files": [("a", "b/c", bytes(26 * 1024 * 1024))]}, "25 MB"),
    ],
)
def test_what_cannot_be_sent_is_refused_when_it_is_written(firm, values, said):
    with pytest.raises(Problem, match=said):
        wei(firm, **values)
    assert Mail.select().count() == 0


def test_a_subject_cannot_add_headers(post, smtp_server):
    wei(post, subject="Hello\r\nBcc: spy@c.example", to=[("Wei\r\nX-Evil: 1", "wei@a.example")])
    work(post)
    message = smtp_server.posts[0].message
    assert message["Bcc"] is None and message["X-Evil"] is None and "spy@c.example" in message["Subject"]


def test_addresses_are_read_as_people_type_them():
    from core.mime import parse_addresses

    typed = '张伟 <wei@a.example>；li@b.example，"Wang, Fang" <fang@c.example>;\n'
    assert parse_addresses(typed) == [
        ("张伟", "wei@a.example"),
        ("", "li@b.example"),
        ("Wang, Fang", "fang@c.example"),
    ]


@pytest.mark.parametrize("typed", ["1," * 50_000, "(" * 50_000, "http://" * 10_000, '"' * 50_001, '"a",' * 20_000])
def test_nonsense_among_the_addresses_is_refused_however_long_it_is(typed):
    """Read in one go: looking ahead from each comma to the end took twenty seconds, and brackets broke the reader."""
    from core.mime import parse_addresses

    with pytest.raises(Problem, match="is not a full e-mail address"):
        parse_addresses(typed)
