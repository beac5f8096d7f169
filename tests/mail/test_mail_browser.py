"""Mail in a real browser, between a real SMTP and a real IMAP server: written, sent, answered, told, seen by API."""

import http.server
import json
import subprocess
import threading
import urllib.request

import pytest

from tests.mail.conftest import mail
from tests.real.browser import PHONE, axe
from tests.real.server import GUANXI

PINS = 'enabled = ["calendar", "mail"]\n[settings.mail]\nhold = 0\n'
HOSTILE = """<script>parent.document.title = "broken out"; document.body.innerHTML = "run"</script>
<p onclick="parent.document.title = 'broken out'">Dear Ann,<img src="x" onerror="parent.document.title = 'broken out'">
<img src="{spy}/open.png" width="20"><a href="javascript:parent.document.title='broken out'">here</a></p>"""


class Office:
    """A firm of one, signed in, whose mail goes out by a real server and comes in by another."""

    def __init__(self, page, server, account):
        self.page, self.server, self.account = page, server, account
        page.goto(server.url)
        for name, value in (
            ("firm", "Firm"),
            ("name", "Ann"),
            ("email", "ann@firm.example"),
            ("password", "pass-word"),
        ):
            page.fill(f"[name={name}]", value)
        page.locator("form .btn-primary").click()
        page.wait_for_url(f"{server.url}/")
        self.wei = self.make("/contacts/new", **{"name": "Zhang Wei", "emails-0-value": "wei@a.example"})

    def make(self, path, **values):
        """Fill in a form; the address of what was made."""
        self.page.goto(self.server.url + path)
        for name, value in values.items():
            self.page.fill(f"main [name='{name}']", value)
        self.page.locator("main form .btn-primary").first.click()
        self.page.wait_for_url(lambda url: not url.endswith(path))
        return self.page.url

    def fetch(self):
        """Look into the firm's mailbox now, as somebody who does not want to wait."""
        self.page.goto(f"{self.server.url}/mail/mailbox/1")
        self.page.get_by_role("button", name="Fetch now").click()
        self.page.get_by_text("Signed in").wait_for()

    def shows(self, path, text):
        """Look at a page until the worker has done what it shows."""
        for _ in range(60):
            self.page.goto(self.server.url + path)
            if self.page.get_by_text(text).count():
                return
            self.page.wait_for_timeout(250)
        raise AssertionError(f"{path} never showed {text!r}\n{self.server.log}")

    def api(self, path):
        answer = subprocess.run(
            [str(GUANXI), "token", "add", "ann@firm.example", "--scope", "mail_letter.view"],
            cwd=self.server.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        token = answer.stdout.split()[-1]
        request = urllib.request.Request(self.server.url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as found:
            return json.load(found)


@pytest.fixture
def office(serve, smtp_server, dovecot, page, tmp_path):
    account = dovecot.account()
    (tmp_path / "plugins.toml").write_text(PINS)
    inbox = f"imap://{account.name}:secret@127.0.0.1:{account.port}"
    return Office(page, serve(GUANXI_MAIL_URL=smtp_server.url, GUANXI_INBOX_URL=inbox), account)


@pytest.fixture
def spy():
    """A web server that notes what it is asked for: `(address, paths)`."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def test_a_mail_is_written_sent_answered_told_and_seen_by_api(office, page, smtp_server):
    office.make(
        "/mail/template/new", name="Offer", subject="Your offer", text="Dear {{ contact.first_name }},\n\n**Oak**"
    )
    page.goto(office.wei)
    page.get_by_role("link", name="Write a mail").click()
    page.select_option("[name=template]", label="Offer")
    page.get_by_role("button", name="Use it").click()
    preview = page.locator("#mail-preview")
    preview.get_by_text("Your offer").wait_for()
    assert page.input_value("[name=subject]") == "Your offer" and preview.locator("strong").inner_text() == "Oak"
    page.fill("[name=text]", "Dear {{ contact.nmae }}")
    preview.get_by_text("Did you mean {{ contact.name }}").wait_for()
    page.fill("[name=text]", "Dear {{ contact.name }}, <script>alert(1)</script> see below.")
    preview.get_by_text("Dear Zhang Wei, <script>").wait_for()
    page.set_input_files("[name=files]", {"name": "价目表.txt", "mimeType": "text/plain", "buffer": b"oak: 800"})
    page.get_by_role("button", name="Send").click()
    page.wait_for_url(f"{office.wei}*")
    entry = page.locator("li[id^='entry-']").filter(has_text="Your offer").first
    entry.get_by_text("价目表.txt").wait_for()
    for _ in range(80):  # the page asks by itself what became of it
        if entry.get_by_text("Queued").count() == 0:
            break
        page.wait_for_timeout(250)
    assert entry.get_by_text("Queued").count() == 0
    (post,) = smtp_server.posts
    assert post.recipients == ["wei@a.example"] and post.message["Subject"] == "Your offer"
    assert [part.get_filename() for part in post.message.iter_attachments()] == ["价目表.txt"]

    answer = mail(text="Yes, please.", subject="Re: Your offer", In_Reply_To=post.message["Message-ID"])
    office.account.deliver(answer)
    office.fetch()
    office.shows("/contacts/1", "Yes, please.")
    office.shows("/notices", "Zhang Wei wrote a mail")
    letters = office.api("/api/v1/mail_letter?contact=1")["data"]
    assert {(x["direction"], x["state"], x["subject"]) for x in letters} == {
        ("out", "sent", "Your offer"),
        ("in", "received", "Re: Your offer"),
    }


def test_an_answer_is_begun_in_the_timeline_beside_another_one(office, page):
    office.make("/mail/template/new", name="Thanks", text="Thank you, {{ contact.name }}.")
    for subject in ("First question", "Second question"):
        office.account.deliver(mail(subject=subject, message_id=f"<{subject[:5]}@a.example>"))
    office.fetch()
    office.shows("/contacts/1", "First question")
    page.goto(office.wei)
    for entry in page.locator("li[id^='entry-']").filter(has_text="question").all():
        entry.get_by_role("link", name="Answer", exact=True).click()
        entry.locator("form [name=text]").wait_for()
    first = page.locator("li[id^='entry-']").filter(has_text="First question").locator("form")
    first.locator("[name=template]").select_option(label="Thanks")
    first.get_by_role("button", name="Use it").click()
    first.get_by_text("Thank you, Zhang Wei.", exact=True).last.wait_for()
    assert first.locator("[name=subject]").input_value() == "Re: First question"
    others = page.locator("form[id^=mail-form]").filter(has_not_text="Thank you, Zhang Wei.")
    assert others.count() == 1 and others.locator("[name=text]").input_value() == ""
    assert len(set(ids := page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)"))) == len(ids)


def test_foreign_html_can_do_nothing_and_its_images_wait_until_asked_for(office, page, spy):
    address, asked = spy
    office.account.deliver(mail(html=HOSTILE.format(spy=address)))
    office.fetch()
    office.shows("/contacts/1", "Question")
    for options in ({}, PHONE):
        if options:
            page.set_viewport_size(options)
        page.goto(f"{office.server.url}/mail/letter/1")
        frame = page.frame_locator("iframe")
        frame.get_by_text("Dear Ann").click()
        frame.get_by_text("here").click()
        assert asked == [] and "broken out" not in page.title() and frame.locator("script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert axe(page, "main") == []
    page.get_by_role("link", name="Show them").click()
    page.frame_locator("iframe").get_by_text("Dear Ann").wait_for()
    page.wait_for_load_state("networkidle")
    assert asked == ["/open.png"] and "broken out" not in page.title()
    page.errors.clear()  # the picture is none
    page.get_by_role("link", name="As plain text").click()
    page.get_by_text("How much?").wait_for()
    assert page.locator("iframe").count() == 0
