"""Mailboxes are read from a real IMAP server: each message is kept once, whatever the connection does."""

import datetime as dt
import socket
import threading

import pytest

from core import Entry, Problem
from core.notices import Notice
from core.undo import undo
from plugins.mail import fetching
from plugins.mail.models import Folder, Letter, Mailbox, Seen
from tests.mail.conftest import mail
from tests.real.dovecot import Cutting


@pytest.fixture
def account(dovecot):
    return dovecot.account()


def fetch(firm, box):
    return fetching.fetch(firm.build, Mailbox.get_by_id(box.id))


def test_a_mail_stands_on_the_timeline_of_whose_address_it_has(firm, account):
    wei, box = firm.wei(), firm.mailbox(account=account)
    account.deliver(mail(text="How much is the oak table?", message_id="<1@a.example>"))
    assert fetch(firm, box) == (1, 1)
    (letter,) = firm.letters()
    assert (letter.contact_id, letter.subject, letter.direction, letter.state) == (wei.id, "Question", "in", "received")
    entry = Entry.get(Entry.contact == wei.id)
    assert (entry.kind, entry.text, entry.direction) == ("mail_letter", "How much is the oak table?", "in")
    page = firm.client("bo").get(f"/contacts/{wei.id}").text
    assert "How much is the oak table?" in page and "/mail/compose?reply=" in page


def test_a_second_run_downloads_only_what_is_new(firm, account):
    firm.wei()
    box = firm.mailbox(account=account)
    for i in range(5):
        account.deliver(mail(subject=f"No. {i}"))
    assert fetch(firm, box) == (5, 5)
    assert fetch(firm, box) == (0, 0)
    account.deliver(mail(subject="No. 5"))
    assert fetch(firm, box) == (1, 1)
    assert sorted(x.subject for x in firm.letters()) == [f"No. {i}" for i in range(6)]


def test_a_server_that_numbers_anew_makes_no_doubles_and_no_downloads(firm, account):
    firm.wei()
    box = firm.mailbox(account=account)
    for i in range(3):
        account.deliver(mail(subject=f"No. {i}"))
    fetch(firm, box)
    before = Folder.get().uidvalidity
    account.renumber()
    account.deliver(mail(subject="No. 3"))
    assert fetch(firm, box) == (1, 1)
    assert Folder.get().uidvalidity != before and len(firm.letters()) == 4


def test_a_dropped_connection_is_taken_up_where_it_was(firm, account, monkeypatch):
    monkeypatch.setattr(fetching, "MESSAGES", 3)
    firm.wei()
    for i in range(12):
        account.deliver(mail(subject=f"No. {i}", text="x" * 3000))
    way = Cutting(account.port, after=16_000, breaks=3)
    try:
        found = fetch(firm, firm.mailbox(account=account, port=way.port))
    finally:
        way.shutdown()
    assert found.kept == 12 and found.downloaded == 12 and way.connections == 4
    assert sorted(x.subject for x in firm.letters()) == sorted(f"No. {i}" for i in range(12))


def test_a_connection_that_drops_at_once_is_said_and_the_rest_comes_with_the_next_run(firm, account):
    firm.wei()
    account.deliver(mail(text="x" * 9000))
    way = Cutting(account.port, after=3000, breaks=99)
    box = firm.mailbox(account=account, port=way.port)
    with pytest.raises(Problem, match="closed the connection"):
        fetch(firm, box)
    firm.work()
    assert "closed the connection" in Mailbox.get_by_id(box.id).error
    way.breaks = 0
    firm.work()
    assert len(firm.letters()) == 1 and Mailbox.get_by_id(box.id).error == ""


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"password": ""}, "refused user name or password"),
        ({"port": 1}, "cannot be reached"),
        ({"host": "nowhere.invalid"}, "There is no server"),
        ({"folders": "Nowhere"}, "no folder “Nowhere”"),
        ({"security": "tls"}, "no valid encryption"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said(firm, account, values, said):
    box = firm.mailbox(account=account, **values)
    with pytest.raises(Problem, match=said):
        fetch(firm, box)


@pytest.fixture
def stub():
    """Start a server that says the given lines, one for each that it is sent, and then nothing more: its port."""
    servers = []

    def start(*lines):
        def serve():
            client, _address = server.accept()
            servers.append(client)
            client.sendall(lines[0])
            for line in lines[1:]:
                client.sendall(line.replace(b"TAG", client.recv(4096).split(b" ")[0]))

        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    yield start
    for server in servers:
        server.close()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((b"",), "did not answer in time"),
        ((b"220 smtp.firm.example ESMTP\r\n",), "127.0.0.1: "),
        ((b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"), "did not answer in time"),
        (
            (
                b"* OK ready\r\n",
                b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
                b"TAG OK done\r\n",
                b"TAG BAD Not today\r\n",
            ),
            "127.0.0.1: .*Not today",
        ),
    ],
)
def test_a_server_that_is_silent_another_kind_or_unwilling_is_said(firm, stub, monkeypatch, lines, said):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.3)
    box = firm.mailbox(host="127.0.0.1", port=stub(*lines), security="none", login="bo")
    with pytest.raises(Problem, match=said):
        fetch(firm, box)
    assert firm.letters() == [] and Folder.select().where(Folder.last_uid > 0).count() == 0


def test_the_same_mail_in_two_mailboxes_is_one_letter(firm, dovecot):
    firm.wei()
    same = mail(message_id="<same@a.example>")
    for name in ("sales", "ann"):
        account = dovecot.account()
        account.deliver(b"Delivered-To: " + name.encode() + b"\r\n" + same)
        fetch(firm, firm.mailbox(account=account, name=name, address=f"{name}@firm.example"))
    assert len(firm.letters()) == 1


def test_two_mails_with_one_message_id_are_two(firm, account):
    firm.wei()
    for text in ("First", "Second"):
        account.deliver(mail(text=text, message_id="<broken@a.example>"))
    fetch(firm, firm.mailbox(account=account))
    assert [x.text for x in firm.letters()] == ["First", "Second"]


def test_a_mail_to_several_contacts_is_on_the_timeline_of_each(firm, account):
    wei = firm.wei()
    parse = firm.contacts.kinds["emails"].parse
    li = firm.contact("bo", name="Li Na", emails=parse("li@a.example"))
    account.deliver(mail(to="sales@firm.example, Li Na <li@a.example>"))
    fetch(firm, firm.mailbox(account=account))
    assert {x.contact_id for x in firm.letters()} == {wei.id, li.id}
    assert Entry.select().where(Entry.contact == li.id).count() == 1


def test_an_answer_from_an_unknown_address_goes_to_its_conversation(firm, account):
    wei = firm.wei()
    box = firm.mailbox(account=account)
    account.deliver(mail(message_id="<first@a.example>"))
    account.deliver(
        mail(
            "Assistant <office@b.example>", text="Yes", message_id="<second@b.example>", In_Reply_To="<first@a.example>"
        )
    )
    fetch(firm, box)
    first, second = firm.letters()
    assert second.contact_id == wei.id and second.thread == first.thread == "<first@a.example>"
    page = firm.client("bo").get(f"/mail/letter/{second.id}").text
    assert "How much?" in page and "Yes" in page


def test_what_we_wrote_in_another_program_is_filed_by_bcc(firm, account):
    wei = firm.wei()
    account.deliver(mail("Bo <bo@firm.example>", to="Zhang Wei <wei@a.example>", text="Dear Wei"))
    fetch(firm, firm.mailbox(account=account))
    (letter,) = firm.letters()
    assert (letter.contact_id, letter.direction, letter.state, letter.user_id) == (wei.id, "out", "sent", firm.bo.id)


def test_strangers_wait_unfiled_in_the_firms_mailbox_and_stay_out_of_a_personal_one(firm, dovecot):
    firm.build.options("mail").save({"allow": "127.0.0.0/8"})
    for user, strangers in ((None, True), ("bo", False)):
        account = dovecot.account()
        account.deliver(mail("New <new@c.example>", subject=f"For {user}"))
        fetch(firm, firm.mailbox(user, account, strangers=strangers, address=f"{user}@firm.example"))
    assert [(x.subject, x.contact_id) for x in firm.letters()] == [("For None", None)]
    assert Seen.select().count() == 1


def test_old_mails_can_be_left_out(firm, account):
    firm.wei()
    account.deliver(mail(subject="Now"))
    box = firm.mailbox(account=account, since=dt.date.today() + dt.timedelta(days=2))
    assert fetch(firm, box) == (0, 0)


def test_several_folders_are_read(firm, account):
    firm.wei()
    account.deliver(mail(subject="In"))
    account.deliver(mail("sales@firm.example", to="wei@a.example", subject="Out"), folder="Sent")
    fetch(firm, firm.mailbox(account=account, folders="INBOX, Sent"))
    assert {(x.subject, x.direction) for x in firm.letters()} == {("In", "in"), ("Out", "out")}


def test_the_owner_of_the_contact_is_told_once_and_not_of_history(firm, account):
    firm.wei("bo")
    account.deliver(mail(subject="News"))
    account.deliver(mail(subject="History", date=dt.datetime(2020, 1, 2, tzinfo=dt.UTC)))
    account.deliver(mail(subject="Away", Auto_Submitted="auto-replied"))
    fetch(firm, firm.mailbox(account=account))
    (notice,) = Notice.select().where(Notice.kind == "mail")
    assert (notice.user_id, notice.text) == (firm.bo.id, "News") and "Zhang Wei wrote a mail" in notice.title


def test_modules_are_told_of_every_mail_and_whose_it_is(firm, account):
    firm.build.options("mail").save({"allow": "127.0.0.0/8"})
    firm.wei()
    seen = []

    class Module:
        from core import hookimpl

        @hookimpl
        def mail_received(self, message, contact):
            seen.append((message["Subject"], message.get_content().strip(), contact and contact.name))

    plugin = Module()
    firm.build.manager.register(plugin, "listening")
    try:
        account.deliver(mail(subject="报价"))
        account.deliver(mail("new@c.example", subject="Nobody's"))
        fetch(firm, firm.mailbox("bo", account, strangers=False))
        fetch(firm, Mailbox.get())
    finally:
        firm.build.manager.unregister(plugin)
    assert seen == [("报价", "How much?", "Zhang Wei"), ("Nobody's", "How much?", None)]


def test_the_firms_mailbox_comes_from_the_environment(firm, account):
    from dataclasses import replace

    firm.wei()
    account.deliver(mail())
    before = firm.build.settings
    url = f"imap://{account.name}%40firm.example:secret@127.0.0.1:{account.port}"
    firm.build.settings = replace(before, inbox_url=url.replace("%40firm.example", ""))
    try:
        firm.work()
        firm.work()
    finally:
        firm.build.settings = before
    assert Mailbox.select().count() == 1 and len(firm.letters()) == 1


def test_fetching_can_be_undone_and_does_not_come_back(firm, account):
    from core import journal

    firm.wei()
    box = firm.mailbox(account=account)
    account.deliver(mail())
    fetch(firm, box)
    undo(firm.build, firm.ann, journal.Batch.get(journal.Batch.kind == "mail"))
    Folder.delete().execute()
    fetch(firm, box)
    assert firm.letters() == [] and Letter.select().count() == 1


def test_nobody_looks_into_our_own_network_through_a_mailbox(firm, stub, account):
    """A colleague's mailbox is somewhere else, or where an administrator allows it; ports of ours say nothing."""
    port = stub(b"* OK the secret greeting\r\n")
    for host in ("127.0.0.1", "localhost", "::ffff:127.0.0.1", "169.254.169.254"):
        box = firm.mailbox("bo", host=host, port=port, security="none", login="bo")
        with pytest.raises(Problem, match="is an internal address") as said:
            fetch(firm, box)
        assert "greeting" not in str(said.value)
    answer = firm.client("bo").post(f"/mail/mailbox/{box.id}/act/fetch")
    assert answer.status_code == 422 and "internal address" in answer.text
    account.deliver(mail())
    mine = firm.mailbox("bo", account)
    with pytest.raises(Problem, match="is an internal address"):
        fetch(firm, mine)
    firm.build.options("mail").save({"allow": "127.0.0.0/8"})
    assert fetch(firm, mine).downloaded == 1
