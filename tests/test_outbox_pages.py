"""The admin's page of the outbox, and foreign HTML in its frame."""

from dataclasses import replace

import pytest

from core import foreign, jobs, outbox, send_mail
from core.outbox import Mail


@pytest.fixture
def mails(firm):
    """One that failed, one that waits, and who wrote them."""
    failed = send_mail(firm.build, "wei@a.example", "Your quote", "Secret words", user=firm.bo)
    Mail.update(state="failed", answer="550 5.1.1 No such user", left=[]).where(Mail.id == failed.id).execute()
    waiting = send_mail(firm.build, "li@a.example", "Hello", "…", html="<p>Hello <script>x</script></p>")
    return failed, waiting


def test_an_administrator_sees_what_became_of_mails(firm, mails):
    page = firm.client("ann").get("/admin/outbox/").text
    assert "Your quote" in page and "550 5.1.1 No such user" in page and "go no further" in page
    only = firm.client("ann").get("/admin/outbox/?state=failed").text
    assert "Your quote" in only and "li@a.example" not in only


def test_nobody_else_does(firm, mails):
    for path in ("/admin/outbox/", f"/admin/outbox/{mails[0].id}", f"/admin/outbox/{mails[1].id}.eml"):
        assert firm.client("mei").get(path).status_code == 403


def test_a_failed_mail_is_sent_again_and_a_waiting_one_cancelled(firm, mails):
    failed, waiting = mails
    ann = firm.client("ann")
    assert ann.post(f"/admin/outbox/{failed.id}/resend").status_code == 303
    assert ann.post(f"/admin/outbox/{waiting.id}/cancel").status_code == 303
    assert [Mail.get_by_id(m.id).state for m in mails] == ["queued", "cancelled"]
    jobs.run_due(firm.app)
    assert "Too late" in ann.post(f"/admin/outbox/{failed.id}/cancel", follow_redirects=True).text
    assert [Mail.get_by_id(m.id).state for m in mails] == ["sent", "cancelled"]


def test_all_that_failed_goes_out_again_at_once(firm, mails):
    assert "1 mails are queued again" in firm.client("ann").post("/admin/outbox/resend", follow_redirects=True).text


def test_what_a_colleague_wrote_is_not_for_the_administrator_once_mail_really_goes_out(firm, mails):
    failed, _ = mails
    ann, address = firm.client("ann"), f"/admin/outbox/{failed.id}"
    assert "Secret words" in ann.get(address).text
    before = firm.build.settings
    firm.build.settings = replace(before, mail_url="smtp://mail.example")
    try:
        assert "Secret words" not in ann.get(address).text and "Your quote" in ann.get(address).text
        assert ann.get(f"{address}.eml").status_code == 403
    finally:
        firm.build.settings = before


def test_a_mail_can_be_taken_along_as_a_file(firm, mails):
    answer = firm.client("ann").get(f"/admin/outbox/{mails[1].id}.eml")
    assert answer.mimetype == "message/rfc822" and b"Subject: Hello" in answer.data


def test_the_html_of_a_mail_can_do_nothing(firm, mails):
    answer = firm.client("ann").get(f"/admin/outbox/{mails[1].id}/html")
    assert "<p>Hello </p>" in answer.text and "script" not in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("<img src=x onerror=alert(1)>", "<img>"),
        ("<a href='javascript:alert(1)'>a</a>", '<a target="_blank" rel="noopener noreferrer nofollow">a</a>'),
        ("<style>p{background:url(//spy)}</style><p>a</p>", "<p>a</p>"),
        ("<p style='color:red;background:url(http://spy)'>a</p>", '<p style="color:red">a</p>'),
        ("<form action=//spy><input name=a>b</form>", "b"),
        ("<iframe src=//spy></iframe><object data=//spy></object>b", "b"),
        ("<svg><script>1</script></svg>b", "b"),
        ("<img src='http://spy/p.gif' alt=a>", '<img alt="a">'),
        ("<img src='//spy/p.gif'>", "<img>"),
        ("<img src='data:image/svg+xml;base64,AA'>", "<img>"),
        ("<img src='data:image/png;base64,AA'>", '<img src="data:image/png;base64,AA">'),
    ],
)
def test_what_acts_or_tells_is_taken_out(bad, good):
    assert foreign.clean(bad) == good


def test_remote_images_are_shown_when_asked_for_and_brought_ones_at_once():
    assert foreign.has_remote_images("<img width=1 src='https://a.example/b.png'>")
    assert not foreign.has_remote_images("<img src='cid:a'><a href='https://a.example'>b</a>")
    assert "https://a.example" in foreign.clean("<img src='https://a.example/b.png'>", images=True)
    assert foreign.clean("<img src='cid:a1'>", inline=lambda id: f"/part/{id}") == '<img src="/part/a1">'


def test_old_mails_go_and_take_their_attachments_along(firm):
    mail = send_mail(firm.build, "wei@a.example", "Old", "…", files=[("a.txt", "text/plain", b"x")])
    kept = send_mail(firm.build, "wei@a.example", "New", "…", files=[("b.txt", "text/plain", b"y")])
    old = outbox.utcnow() - outbox.KEPT * 2
    Mail.update(state="sent", ended_at=old).where(Mail.id == mail.id).execute()
    outbox.MailFile.update(created_at=old).execute()
    outbox.tidy(firm.build, None)
    assert [m.id for m in Mail.select()] == [kept.id]
    assert [bytes(f.data) for f in outbox.MailFile.select()] == [b"y"]
