"""A firm with Mail on, on SQLite and PostgreSQL; mails from outside; a firm whose mail goes to a real server."""

import datetime as dt
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from core import encrypt, jobs
from core.db import db, utcnow
from core.outbox import Mail
from plugins.mail.models import Letter, Mailbox
from tests.support import Firm


class MailFirm(Firm):
    """A firm with what tests of mail do all the time."""

    def work(self, later: dt.timedelta | None = None):
        """Let the worker do what is due, now or after some time; mails that are held back go out."""
        soon = later or dt.timedelta(minutes=1)
        with db.atomic():
            Mail.update(run_at=utcnow()).where(Mail.state == "queued", Mail.run_at <= utcnow() + soon).execute()
            jobs.ensure_periodic(jobs.works(self.build))
            jobs.Job.update(run_at=utcnow()).where(jobs.Job.state == "waiting").execute()
        jobs.run_due(self.app)

    def wei(self, owner="bo", **values):
        """Zhang Wei, whose address is wei@a.example."""
        contact = self.build.resources["contacts"].kinds["emails"].parse("wei@a.example")
        return self.contact(owner, **{"name": "Zhang Wei", "emails": contact} | values)

    def mailbox(self, user=None, account=None, **values):
        """A mailbox of somebody, or of the firm; of an account of the real server."""
        row = dict(name="Sales", address="sales@firm.example", host="127.0.0.1", strangers=True, password="")
        row |= {"user": getattr(self, user).id if user else None}
        if account is not None:
            row |= account.values | {"password": encrypt(self.build, "secret")}
        with db.atomic():
            return Mailbox.create(**row | values)

    def letters(self, *where):
        return list(Letter.select().where(Letter.deleted_batch.is_null(), *where).order_by(Letter.id))


@pytest.fixture
def firm(engine):
    firm = MailFirm(engine, "mail")
    with firm.app.test_request_context():
        yield firm
    db.close()


def mail(sender="Zhang Wei <wei@a.example>", to="sales@firm.example", subject="Question", text="How much?", **headers):
    """A message as a mail program writes it."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(headers.pop("date", None) or dt.datetime.now(dt.UTC))
    message["Message-ID"] = headers.pop("message_id", None) or f"<{abs(hash((sender, to, subject, text)))}@a.example>"
    html, files = headers.pop("html", ""), headers.pop("files", ())
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for name, content in files:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
