"""Live pages: `/live` tells what changed to those who look at it and may see it, and nobody else."""

import re

import pytest

from core import SYSTEM, timeline, touches
from core.editing import Editing
from core.sessions import Session
from core.touches import Tail
from core.trial import queries
from core.users import Role


@pytest.fixture
def firm(firm):
    firm.build.live.pause = 0
    yield firm
    firm.build.live.pause = touches.PAUSE


class Tab:
    """An open page of somebody."""

    def __init__(self, firm, who, url):
        self.browser, self.url = firm.client(who), url
        firm.build.live.hurry()  # as after a write through the browser
        self.load()

    def load(self):
        page = self.browser.get(self.url)
        assert page.status_code == 200
        self.since = re.search('data-gx-since="([^"]+)"', page.text)[1]
        self.watches = re.findall('data-gx-watch="([^"]+)"', page.text)

    def poll(self, **more):
        """What the page is told; None when nothing happened."""
        answer = self.browser.get("/live", query_string={"since": self.since, "watch": self.watches, **more})
        assert answer.status_code in (200, 304)
        if answer.status_code == 304:
            return None
        self.since = answer.json["since"]
        return answer.json


def change(firm, contact, who="ann", **values):
    contact = firm.contacts.find(SYSTEM, contact.id)
    firm.contacts.save(getattr(firm, who), contact, values)


def test_a_poll_in_a_quiet_firm_asks_the_database_nothing(firm):
    firm.build.live.pause = touches.PAUSE
    contact = firm.contact()
    tab = Tab(firm, "bo", f"/contacts/{contact.id}")
    tab.poll()
    with queries() as seen:
        assert tab.poll() is None
        assert tab.poll() is None
    assert seen == []


def test_who_is_not_signed_in_is_told_nothing_even_when_nothing_changed(firm):
    tab = Tab(firm, "bo", "/help")
    assert tab.poll() is None
    stranger = firm.app.test_client()
    assert stranger.get("/live", query_string={"since": tab.since}).status_code == 302
    Session.delete().execute()
    firm.build.live.forget()
    assert tab.browser.get("/live", query_string={"since": tab.since}).status_code == 302


def test_a_changed_record_is_told_with_the_name_of_who_did_it(firm):
    contact, other = firm.contact(), firm.contact()
    tab = Tab(firm, "bo", f"/contacts/{contact.id}")
    change(firm, other, job_title="x")
    assert "refresh" not in tab.poll()
    change(firm, contact, job_title="CEO")
    told = tab.poll()
    assert told["refresh"] and told["said"] == "Ann Admin changed this just now"
    assert tab.poll() is None


def test_my_own_changes_are_drawn_in_my_other_tab_without_a_word(firm):
    contact = firm.contact()
    tab = Tab(firm, "bo", f"/contacts/{contact.id}")
    change(firm, contact, "bo", job_title="CEO")
    told = tab.poll()
    assert told["refresh"] and "said" not in told


def test_what_points_to_the_record_is_told_too(firm):
    works, person, friend = firm.contact(name="Works", kind="organisation"), firm.contact(), firm.contact()
    change(firm, person, organisation=works.id)
    tab, firms_tab = Tab(firm, "bo", f"/contacts/{person.id}"), Tab(firm, "bo", f"/contacts/{works.id}")
    timeline.log(firm.build, firm.ann, person, "note", "Called")
    assert tab.poll()["refresh"] and firms_tab.poll()["refresh"]
    relation = {"source": friend.id, "kind": "friend", "target": person.id}
    firm.relationships.save(firm.ann, firm.relationships.new(firm.ann), relation)
    assert tab.poll()["refresh"]
    change(firm, person, organisation=None)
    assert firms_tab.poll()["refresh"]


def test_an_entry_that_i_may_not_read_is_not_even_noticed(firm):
    contact = firm.contact()
    tab = Tab(firm, "bo", f"/contacts/{contact.id}")
    entries = firm.entries
    entry = entries.new(firm.ann, contact=contact.id, text="Secret")
    entry.permission = "payroll.view"
    entries.save(firm.ann, entry, {"text": "Secret!"})
    assert "refresh" not in tab.poll()


def test_a_change_of_hidden_fields_is_not_noticed(firm):
    Role.update(field_rules={"contacts": {"job_title": "hidden"}}).where(Role.name == "member").execute()
    contact = firm.contact()
    page, rows = Tab(firm, "bo", f"/contacts/{contact.id}"), Tab(firm, "bo", "/contacts/")
    change(firm, contact, job_title="CEO")
    assert "refresh" not in page.poll() and "refresh" not in rows.poll()


def test_a_watch_is_good_for_nobody_else_and_cannot_be_made_up(firm):
    contact = firm.contact("ann")
    spy, tab = Tab(firm, "bo", "/contacts/"), Tab(firm, "ann", f"/contacts/{contact.id}")
    spy.watches = [*tab.watches, "rubbish", "WyJjb250YWN0cyIsWzFdLG51bGxd", "x" * 5000]
    change(firm, contact, job_title="CEO")
    assert "refresh" not in spy.poll()
    assert firm.app.test_client().get("/live?since=1.1").status_code == 302


def test_a_list_hears_of_its_rows_and_of_those_that_belong_to_it_now(firm):
    contact, other = firm.contact(stage="lead"), firm.contact("ann", stage="lead")
    tab = Tab(firm, "bo", "/contacts/?stage=lead")
    change(firm, other, job_title="not mine to see")
    assert "refresh" not in tab.poll()
    change(firm, contact, job_title="CEO")
    assert tab.poll()["refresh"]
    third = firm.contact(stage="customer")
    assert "refresh" not in tab.poll()
    change(firm, third, stage="lead")
    assert tab.poll()["refresh"]
    firm.contacts.delete(firm.ann, [firm.contacts.find(SYSTEM, contact.id)])
    assert tab.poll()["refresh"]


def test_a_page_whose_record_is_gone_says_so(firm):
    for take_away in ("delete", "hand over"):
        contact = firm.contact()
        tab = Tab(firm, "bo", f"/contacts/{contact.id}")
        if take_away == "delete":
            firm.contacts.delete(firm.ann, [firm.contacts.find(SYSTEM, contact.id)])
        else:
            change(firm, contact, owner=firm.li.id)
        told = tab.poll()
        assert "given away" in told["gone"] and "Ann" not in str(told), take_away


def test_a_large_import_draws_the_lists_and_only_the_pages_it_concerns(firm):
    works, other = (firm.contact(name=name, kind="organisation") for name in ("Works", "Other"))
    tab, untouched, rows = (
        Tab(firm, "bo", url) for url in (f"/contacts/{works.id}", f"/contacts/{other.id}", "/contacts/")
    )
    values = [{"name": f"P{i}", "owner": firm.bo.id, "organisation": works.id} for i in range(touches.ONE_BY_ONE + 10)]
    firm.contacts.save_many(SYSTEM, [(firm.contacts.new(SYSTEM), v) for v in values])
    assert tab.poll()["refresh"] and rows.poll()["refresh"]
    assert "refresh" not in untouched.poll()


def test_a_page_that_slept_too_long_is_drawn_again(firm):
    contact = firm.contact()
    tab = Tab(firm, "bo", f"/contacts/{contact.id}")
    change(firm, contact, job_title="CEO")
    firm.build.live.forget()
    assert tab.poll()["refresh"]
    tab.since = "nonsense"
    assert tab.poll() is None


def test_home_hears_of_what_is_mine(firm):
    contact = firm.contact()
    tab = Tab(firm, "bo", "/")
    timeline.log(firm.build, firm.ann, contact, "note", "For Bo", next_at=timeline.utcnow(), next_user=firm.bo.id)
    assert tab.poll()["refresh"]


def test_the_bell_rings_on_any_page(firm):
    contact = firm.contact()
    tab, other = Tab(firm, "bo", "/help"), Tab(firm, "kim", "/help")
    timeline.log(firm.build, firm.ann, contact, "note", "Ask @Bo")
    assert tab.poll()["unread"] == 1
    assert "unread" not in other.poll()


def test_an_open_form_says_who_else_has_it_open(firm):
    contact = firm.contact()
    mine, hers = (Tab(firm, who, f"/contacts/{contact.id}/edit") for who in ("bo", "ann"))
    assert mine.poll(editing="") is None
    assert hers.poll(editing="")["editing"] == "Bo Member is editing this too."
    assert mine.poll(editing="")["editing"] == "Ann Admin is editing this too."
    assert mine.poll(editing="Ann Admin is editing this too.") is None
    assert "Ann Admin is editing this too." in firm.client("bo").get(mine.url).text
    hers.browser.post(hers.url, data={"name": "Zhang Wei", "version": "1"})
    assert Editing.select().count() == 1
    assert mine.poll(editing="Ann Admin is editing this too.")["editing"] == ""


def test_rows_of_a_slow_transaction_are_not_missed(postgres, tmp_path):
    """PostgreSQL shows rows in another order than that of their ids."""
    import psycopg

    from core import db

    with (
        psycopg.connect(postgres.get_uri(), autocommit=True) as slow,
        psycopg.connect(postgres.get_uri(), autocommit=True) as fast,
    ):
        fast.execute("DROP TABLE IF EXISTS tailed")
        fast.execute("CREATE TABLE tailed (id serial PRIMARY KEY, t text)")
        db.connect(postgres.get_uri())
        tail = Tail("tailed", "SELECT t.id, t.t FROM tailed t")
        tail.start()
        slow.execute("BEGIN")
        slow.execute("INSERT INTO tailed (t) VALUES ('slow')")
        fast.execute("INSERT INTO tailed (t) VALUES ('fast')")
        assert tail.read() == [] and tail.read() == []
        slow.execute("COMMIT")
        assert [row[1] for row in tail.read()] == ["slow", "fast"]
        slow.execute("BEGIN")
        slow.execute("INSERT INTO tailed (t) VALUES ('given up')")
        fast.execute("INSERT INTO tailed (t) VALUES ('after')")
        assert tail.read() == []
        slow.execute("ROLLBACK")
        assert [row[1] for row in tail.read()] == ["after"]
        assert tail.read() == []
        db.db.close()
