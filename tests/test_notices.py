"""Notices: who is told what, where, and when; nobody is told of what they may not see."""

import datetime as dt

import pytest

from core import SYSTEM, digest, timeline
from core.jobs import Job, works
from core.notice_choices import Choices
from core.notices import Notice, notify
from core.outbox import Mail
from core.users import Role, User, utcnow
from tests.support import HX


def told(user, **where):
    rows = Notice.select().where(Notice.user_id == user.id).order_by(Notice.id)
    return [row for row in rows if all(getattr(row, k) == v for k, v in where.items())]


def choose(firm, who, **choices):
    form = {"rhythm": "daily", **choices}
    return firm.client(who).post("/account/notices", data=form)


def test_a_contact_that_is_given_to_me(firm):
    contact = firm.contact("bo")
    firm.contacts.save(firm.ann, contact, {"owner": firm.kim.id})
    (notice,) = told(firm.kim)
    assert notice.title == "Ann Admin gave you Zhang Wei" and notice.url == f"/contacts/{contact.id}"
    firm.contacts.save(firm.kim, contact, {"owner": firm.bo.id})
    firm.contacts.save(SYSTEM, contact, {"owner": firm.li.id})
    assert [len(told(who)) for who in (firm.bo, firm.kim, firm.li)] == [1, 1, 0]


def test_many_records_given_at_once_are_one_notice(firm):
    contacts = [firm.contact("bo") for _ in range(5)]
    firm.contacts.save_many(firm.ann, [(c, {"owner": firm.kim.id}) for c in contacts])
    (notice,) = told(firm.kim)
    assert "several" in notice.title and notice.url == "/contacts/?owner=me"


def test_a_next_step_is_told_once_when_its_day_comes(firm):
    contact, now = firm.contact(), utcnow()
    for text, days in (("Soon", 0), ("Later", 3), ("Long ago", -5)):
        at = now + dt.timedelta(days=days, hours=1)
        timeline.log(firm.build, firm.bo, contact, "note", text, next_at=at, next_text=text, next_user=firm.bo.id)
    digest.steps(firm.build, None)
    digest.steps(firm.build, None)
    assert [n.title for n in told(firm.bo, kind="step")] == ["Due today: Soon · Zhang Wei"]


def test_somebody_wrote_on_my_contact(firm):
    contact = firm.contact("bo")
    firm.client("ann").post(f"/contacts/{contact.id}/timeline", data={"kind": "note", "text": "They called"})
    assert [n.kind for n in told(firm.bo)] == ["entry"]


def test_each_kind_goes_where_i_chose(firm):
    contact = firm.contact("bo")
    expected = {"both": (True, True), "bell": (True, False), "mail": (False, True)}
    for place in ("both", "bell", "mail", "none"):
        Notice.delete().execute()
        assert choose(firm, "bo", **{"core.entry": place}).status_code == 303
        notify(firm.build, [firm.bo], "entry", "Hello", about=contact)
        found = [(n.bell, n.mail_at is not None) for n in told(firm.bo)]
        assert found == ([] if place == "none" else [expected[place]])
        bell = firm.client("bo").get("/notices", headers=HX).text
        assert ("Hello" in bell) is (place in ("both", "bell"))


def test_a_wrong_choice_is_said_and_nothing_is_lost(firm):
    for form, said in (
        ({"quiet_from": "22:00"}, "a beginning and an end"),
        ({"quiet_from": "22:00", "quiet_to": "25:00"}, "no time of the day"),
        ({"core.entry": "pigeon"}, "Choose one of the places"),
        ({"rhythm": "hourly"}, "Choose when"),
    ):
        answer = choose(firm, "bo", **{"core.mention": "none", **form})
        assert answer.status_code == 422 and said in answer.text, form
        assert '<option value="none" selected>' in answer.text
    assert firm.bo.preferences == {}


def test_what_i_may_no_longer_see_is_not_told(firm):
    contact, browser = firm.contact("bo", name="Secret firm"), firm.client("bo")
    firm.client("ann").post(f"/contacts/{contact.id}/timeline", data={"kind": "note", "text": "Ask @Bo"})
    assert "Notices, 1 unread" in browser.get("/help").text and "Ask @Bo" in browser.get("/notices").text
    firm.contacts.save(firm.ann, firm.contacts.find(SYSTEM, contact.id), {"owner": firm.li.id})
    assert "Notices, 0 unread" in browser.get("/help").text and "Ask @Bo" not in browser.get("/notices").text
    firm.contacts.save(firm.ann, firm.contacts.find(SYSTEM, contact.id), {"owner": firm.bo.id})
    assert "Ask @Bo" in browser.get("/notices").text
    firm.contacts.delete(firm.ann, [firm.contacts.find(SYSTEM, contact.id)])
    assert "Ask @Bo" not in browser.get("/notices").text


def test_many_of_one_kind_are_one_line_and_read_together(firm):
    contact, browser = firm.contact("bo"), firm.client("bo")
    for i in range(4):
        firm.client("ann").post(f"/contacts/{contact.id}/timeline", data={"kind": "note", "text": f"Note {i}"})
    page = browser.get("/notices").text
    assert page.count("Ann Admin wrote on Zhang Wei") == 1 and "3 more like this" in page and "Note 3" in page
    followed = browser.get(f"/notices/{told(firm.bo)[-1].id}")
    assert followed.location.startswith(f"/contacts/{contact.id}#entry-")
    assert "Notices, 0 unread" in browser.get("/help").text


def test_all_are_read_with_one_click_and_only_mine(firm):
    for who in (firm.bo, firm.kim):
        for i in range(3):
            notify(firm.build, [who], "entry", f"News {i}")
    firm.client("bo").post("/notices/read")
    assert "Notices, 0 unread" in firm.client("bo").get("/help").text
    assert "Notices, 3 unread" in firm.client("kim").get("/help").text
    assert firm.client("bo").get(f"/notices/{told(firm.kim)[0].id}").status_code == 404


MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("rhythm", "quiet", "now", "due"),
    [
        ("now", None, MONDAY.replace(hour=4), MONDAY.replace(hour=4, minute=3)),
        ("now", ("22:00", "07:00"), MONDAY.replace(hour=15), MONDAY.replace(hour=23)),
        ("now", ("22:00", "07:00"), MONDAY.replace(hour=22), MONDAY.replace(hour=23)),
        ("now", ("12:00", "13:00"), MONDAY.replace(hour=4, minute=30), MONDAY.replace(hour=5)),
        ("daily", None, MONDAY.replace(hour=4), MONDAY.replace(day=24)),
        ("daily", None, MONDAY - dt.timedelta(hours=1), MONDAY),
        ("daily", ("22:00", "09:30"), MONDAY.replace(hour=4), MONDAY.replace(day=24, hour=1, minute=30)),
        ("weekly", None, MONDAY.replace(hour=4), MONDAY.replace(day=30)),
        ("weekly", None, MONDAY - dt.timedelta(hours=1), MONDAY),
        ("weekly", None, MONDAY - dt.timedelta(days=2), MONDAY),
    ],
)
def test_a_mail_comes_when_it_was_chosen_in_the_readers_zone(rhythm, quiet, now, due):
    shanghai = User(timezone="Asia/Shanghai")  # eight hours ahead, without summer time
    quiet = tuple(dt.time.fromisoformat(t) for t in quiet) if quiet else None
    assert Choices({}, rhythm, quiet).mail_at(shanghai, now) == due


# By mail


def mails():
    return [(mail.to[0][1], mail.subject, mail.text) for mail in Mail.select().order_by(Mail.id)]


def due_now(firm):
    """What the worker does once everything is due."""
    Notice.update(mail_at=utcnow()).where(Notice.mail_at.is_null(False)).execute()
    Job.delete().execute()
    with firm.app.app_context():
        digest.digest(firm.build, None)


def test_due_notices_come_in_one_mail_and_only_once(firm):
    choose(firm, "bo", **{"core.entry": "mail"})
    contact = firm.contact("bo")
    for text in ("First", "Second"):
        firm.client("ann").post(f"/contacts/{contact.id}/timeline", data={"kind": "note", "text": text})
    with firm.app.app_context():
        digest.digest(firm.build, None)
    assert mails() == []  # tomorrow morning
    due_now(firm), due_now(firm)
    ((to, subject, text),) = mails()
    assert to == "bo@firm.example" and subject == "Ann Admin wrote on Zhang Wei (+1)"
    assert "First" in text and "Second" in text and "My account" in text


def test_a_mail_leaves_out_what_was_read_and_what_its_reader_may_no_longer_see(firm):
    read, lost, kept = (firm.contact("bo", name=name) for name in ("Read one", "Lost one", "Kept one"))
    for contact in (read, lost, kept):
        notify(firm.build, [firm.bo], "mention", "See %(name)s", about=contact, name=contact.name)
    firm.client("bo").get(f"/notices/{told(firm.bo)[0].id}")
    firm.contacts.save(SYSTEM, firm.contacts.find(SYSTEM, lost.id), {"owner": firm.li.id})
    due_now(firm)
    ((_, subject, text),) = mails()
    assert subject == "See Kept one" and "Lost one" not in text and "Read one" not in text


def test_nobody_gets_an_empty_mail_and_who_left_gets_none(firm):
    notify(firm.build, [firm.bo, firm.li], "mention", "News")
    firm.client("bo").post("/notices/read")
    User.update(active=False).where(User.id == firm.li.id).execute()
    due_now(firm)
    assert mails() == [] and not Notice.select().where(Notice.mail_at.is_null(False)).exists()


def test_a_mail_speaks_its_readers_language(firm):
    User.update(language="zh").where(User.id == firm.bo.id).execute()
    contact = firm.contact("ann")
    firm.contacts.save(firm.ann, contact, {"owner": firm.bo.id})
    due_now(firm)
    assert mails()[0][1] == "Ann Admin把Zhang Wei分配给了您"


def test_the_worker_knows_both_jobs(firm):
    assert {"core.digest", "core.steps"} <= set(works(firm.build))


def test_a_notice_tells_no_text_of_records_whose_fields_the_role_hides(firm):
    mine, theirs, now = firm.contact("bo"), firm.contact("ann"), utcnow()
    firm.contacts.share(SYSTEM, theirs, user_id=firm.bo.id)
    timeline.log(firm.build, firm.ann, theirs, "note", "@bo the combination is 4711")
    firm.client("mei").post(f"/contacts/{mine.id}/timeline", data={"kind": "note", "text": "The vault is open"})
    timeline.log(firm.build, firm.bo, mine, "note", "Hidden reason", next_at=now + dt.timedelta(hours=1))
    assert "4711" in firm.client("bo").get("/notices").text
    Role.update(field_rules={"entries": {"text": "hidden"}}).where(Role.name == "member").execute()
    Notice.update(mail_at=now).execute()
    digest.steps(firm.build, None)
    digest.digest(firm.build, None)
    page, sent = firm.client("bo").get("/notices").text, " ".join(m.subject + m.text for m in Mail.select())
    assert all(said in page for said in ("mentioned you", "wrote on", "Due today")) and "mentioned you" in sent
    for word in ("4711", "vault", "Hidden reason"):
        assert word not in page and word not in sent, word
