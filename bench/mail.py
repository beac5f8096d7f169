"""`python -m bench.mail`: mails beside their floors, in one run on one machine.

Out: personalised mails rendered, queued and handed to an SMTP server (another process), beside a bare `smtplib` loop
that sends the same finished messages to the same server. In: a mailbox fetched from Dovecot and filed, beside a bare
IMAP download and `email` parse of the same messages; and what a later run costs.
"""

import email
import gc
import imaplib
import os
import random
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from core import SYSTEM, outbox
from core.app import build_of, create_app, ensure_connected, migrate
from core.db import db, utcnow
from core.settings import Settings
from core.staff import add_user, seed_roles
from core.trial import queries
from core.users import User

SINK = """
import asyncio, sys
from aiosmtpd.controller import Controller
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 OK"
controller = Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
sys.stdin.read()
"""
#: Mails of a turn.
ROUND = 1000
TEXT = (
    "{{ contact.first_name }}，您好：\n\n感谢您上周到访我们在安福路的展厅。您看中的 **胡桃木书柜** 本月有现货，"
    "交期三周。随信附上两版方案，您可以直接回复这封邮件告诉我们意见。\n\n"
    "Dear {{ contact.name }}, thank you for your visit. "
    "The walnut shelves that you liked are in stock this month; they would be with you in three weeks.\n\n"
    "- Version A: 2.4 m, two drawers\n- Version B: 2.8 m, no drawers\n\n{{ user.name }}\n{{ firm }}"
)


class Spent(NamedTuple):
    """Seconds by the clock, and of the processor in this process: steadier on a machine that has other work to do."""

    clock: float = 0
    cpu: float = 0

    def __add__(self, other):
        return Spent(self.clock + other.clock, self.cpu + other.cpu)

    def __truediv__(self, other):
        return Spent(self.clock / other.clock, self.cpu / other.cpu)

    def __format__(self, spec):
        return f"{self.clock:{spec}} ({self.cpu:{spec}})"


def begin() -> Callable[[], Spent]:
    """A stopwatch: call what comes back."""
    clock, cpu = time.perf_counter(), time.process_time()
    return lambda: Spent(time.perf_counter() - clock, time.process_time() - cpu)


def firm_with(folder: Path, count: int, url: str):
    """A firm with so many contacts who have addresses; Mail is on, and Calendar, which reads every mail."""
    (folder / "plugins.toml").write_text('enabled = ["calendar", "mail"]\n')
    settings = Settings(folder, url or f"sqlite:///{folder / 'guanxi.db'}", folder / "plugins.toml", "bench")
    ensure_connected(settings)
    migrate(build_of(settings))
    app = create_app(settings)
    build = app.extensions["guanxi"]
    with app.test_request_context():
        seed_roles()
        add_user(build, SYSTEM, "Bo Chen", "bo@firm.example", "admin", timezone="UTC")
        contacts = build.resources["contacts"]
        parse = contacts.kinds["emails"].parse
        for start in range(0, count, 1000):
            pairs = [
                (contacts.new(SYSTEM), {"name": f"王小{n}", "emails": parse(f"c{n}@customer{n % 500}.example")})
                for n in range(start, min(start + 1000, count))
            ]
            contacts.save_many(SYSTEM, pairs)
    return app, build


# Out


def measure_out(app, build, count: int) -> dict:
    from plugins.mail.sending import Draft, send_to_many
    from tests.real.smtp import free_port

    port = free_port()
    sink = subprocess.Popen([sys.executable, "-c", SINK, str(port)], stdin=subprocess.PIPE)
    try:
        time.sleep(1.5)
        build.settings = replace(build.settings, mail_url=f"smtp://127.0.0.1:{port}?from=crm@firm.example")
        with app.test_request_context():
            user = User.get(User.email == "bo@firm.example")
            contacts = build.resources["contacts"]
            people = list(contacts.query(SYSTEM).limit(count))
            contacts.load_parts(people)
            ours = queued = floor = Spent()
            for start in range(0, count, ROUND):  # in turns, so that both meet the same noise
                some = people[start : start + ROUND]
                spent = begin()
                left = send_to_many(build, user, some, Draft((), "您的书柜方案，{{ contact.name }}", TEXT))
                queued += spent()
                delivery = outbox._Delivery(build.settings, lambda done: None)
                delivery.run()
                ours += spent()
                assert not left and delivery.sent == len(some), (len(left), delivery.sent)
                newest = outbox.Mail.select().order_by(outbox.Mail.id.desc()).limit(len(some))
                floor += bare_loop(port, [(m.sender[1], m.recipients, outbox.finished(m)) for m in newest])
    finally:
        sink.stdin.close()
        sink.wait(10)
    return {"count": count, "ours": ours, "queued": queued, "floor": floor, "times": ours / floor}


def bare_loop(port: int, letters: list[tuple[str, list[str], bytes]]) -> Spent:
    """Seconds of a bare `smtplib` loop over one connection."""
    spent = begin()
    server = smtplib.SMTP("127.0.0.1", port)
    for sender, recipients, message in letters:
        server.sendmail(sender, recipients, message)
    server.quit()
    return spent()


# In


def messages(count: int, contacts: int):
    """Mails as they come: most from contacts, some in threads, half with HTML, a few from strangers."""
    rng = random.Random(7)
    for n in range(count):
        known = rng.random() < 0.9
        who = rng.randrange(contacts)
        message = EmailMessage()
        message["From"] = f"王小{who} <c{who}@customer{who % 500}.example>" if known else f"New <n{n}@new.example>"
        message["To"] = "Sales <sales@firm.example>"
        message["Subject"] = f"关于书柜方案的问题 {n}"
        message["Date"] = format_datetime(utcnow())
        message["Message-ID"] = f"<{n}@customer.example>"
        if n and rng.random() < 0.3:
            message["In-Reply-To"] = f"<{rng.randrange(n)}@customer.example>"
        text = f"您好，第 {n} 号。书柜的交期可以提前吗？\nCould it be with us two weeks earlier?\n" * 4
        message.set_content(text + "\n在 2026年11月20日，Bo Chen <bo@firm.example> 写道：\n" + "> 感谢您的来访。\n" * 8)
        if rng.random() < 0.5:
            message.add_alternative(
                f"<div><p>{text}</p><blockquote>感谢您的来访。</blockquote></div>" * 2, subtype="html"
            )
        yield message.as_bytes()


def measure_in(app, build, count: int, contacts: int, say) -> dict:
    from core import encrypt
    from plugins.mail import fetching
    from plugins.mail.models import Letter, Mailbox
    from tests.real import dovecot_setup
    from tests.real.dovecot import Dovecot

    server = Dovecot(dovecot_setup.find() or sys.exit(dovecot_setup.ADVICE))
    try:
        account = server.account("sales")
        for n, message in enumerate(messages(count, contacts)):
            (account.maildir / "new" / f"{n:09d}.bench.host").write_bytes(message)
        account._own(account.maildir)
        say("the server numbers the mailbox")
        floor_once(account, 1)  # Dovecot writes its index at the first look
        say("floor")
        floor = floor_once(account)
        say("fetch and file")
        with app.test_request_context():
            with db.atomic():
                box = Mailbox.create(
                    name="Sales",
                    address="sales@firm.example",
                    strangers=True,
                    password=encrypt(build, "secret"),
                    **account.values,
                )
            spent = begin()
            found = fetching.fetch(build, box)
            ours = spent()
            assert found.downloaded == count, found
            floor = (floor + floor_once(account)) / Spent(2, 2)  # before and after
            spent = begin()
            again = fetching.fetch(build, box)
            later = spent()
            for n in range(10):
                account.deliver(next(messages(1, contacts)).replace(b"<0@", f"<later{n}@".encode()))
            with queries() as seen:
                spent = begin()
                few = fetching.fetch(build, box)
                ten = spent()
            kept = Letter.select().count()
    finally:
        server.stop()
    return {
        "count": count,
        "ours": ours,
        "floor": floor,
        "times": ours / floor,
        "letters": kept,
        "nothing new": later,
        "downloaded then": again.downloaded,
        "ten new": ten,
        "downloaded of ten": few.downloaded,
        "queries of ten": len(seen),
    }


def floor_once(account, at_most: int = 10**9) -> Spent:
    """Seconds of a bare download by a hundred and parse."""
    spent = begin()
    client = imaplib.IMAP4("127.0.0.1", account.port)
    client.login(account.name, "secret")
    client.select("INBOX", readonly=True)
    uids = client.uid("SEARCH", "ALL")[1][0].split()[:at_most]
    for start in range(0, len(uids), 100):
        data = client.uid("FETCH", b",".join(uids[start : start + 100]).decode(), "(BODY.PEEK[])")[1]
        for item in data:
            if isinstance(item, tuple):
                email.message_from_bytes(item[1])
    client.logout()
    return spent()


@click.command()
@click.option("--mails", default=10_000, show_default=True)
@click.option("--messages", "incoming", default=20_000, show_default=True)
@click.option("--contacts", default=10_000, show_default=True, help="To whom they are written, and who write.")
@click.option("--database-url", default="", help="An empty PostgreSQL database instead of SQLite.")
def main(mails, incoming, contacts, database_url):
    """Measure mails out and in beside their floors."""
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="guanxi-bench-") as name, console.status("contacts") as status:
        contacts = max(mails, contacts)
        app, build = firm_with(Path(name), contacts, database_url)
        gc.collect()
        gc.freeze()  # as the server does, for both alike
        status.update("out")
        out = measure_out(app, build, mails) if mails else None
        status.update("in")
        found = measure_in(app, build, incoming, contacts, status.update) if incoming else None
        db.close()
    table = Table("", "number", "Guanxi, s (processor)", "floor, s (processor)", "times", "aim")
    if out:
        row = (f"{out['ours']:.1f} ({out['queued']:.1f} to queue)", f"{out['floor']:.1f}", f"{out['times']:.2f}", "3")
        table.add_row("written, queued, sent", f"{mails:,}", *row)
    if found:
        row = (f"{found['ours']:.1f}", f"{found['floor']:.1f}", f"{found['times']:.2f}", "4")
        table.add_row("fetched and filed", f"{incoming:,}", *row)
        table.add_row("later, nothing new", f"{found['downloaded then']} downloaded", f"{found['nothing new']:.3f}")
        said = f"{found['downloaded of ten']} downloaded, {found['queries of ten']} queries"
        table.add_row("later, ten new", said, f"{found['ten new']:.3f}")
    Console(width=int(os.environ.get("COLUMNS", 120))).print(table)


if __name__ == "__main__":
    main()
