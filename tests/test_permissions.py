"""Who sees what: roles and scopes, through every door there is; sharing hooks widen, limit, and close the door."""

import datetime as dt

import pytest

from core import timeline
from core.contacts import Contact, Relationship
from core.db import utcnow
from core.timeline import Entry
from core.users import SYSTEM, Role
from tests.support import HX

#: Who sees the contact of Bo (team North), by the scope of the role: own, team tree, all.
SEES = {"ann": True, "mei": True, "bo": True, "kim": True, "li": False, "ro": True}


def doors(firm, name, contact):
    """Door → whether the name of Bo's contact shows through it, for one of the cast."""
    browser, user = firm.client(name), getattr(firm, name)
    other = firm.build.resources["contacts"].query(SYSTEM).where(Contact.name == "Partner of all").get()
    see = lambda url, **more: contact.name in browser.get(url, **more).get_data(as_text=True)  # noqa: E731
    return {
        "list": see("/contacts/"),
        "list by search": see("/contacts/?q=qian&cols=tags"),
        "page": browser.get(f"/contacts/{contact.id}").status_code == 200,
        "edit form": see(f"/contacts/{contact.id}/edit") or (name == "ro" and SEES[name]),
        "history": browser.get(f"/contacts/{contact.id}/history").status_code == 200,
        "field": browser.get(f"/contacts/{contact.id}/field/job_title").status_code == 200,
        "timeline": browser.get(f"/contacts/{contact.id}/timeline", headers=HX).status_code == 200,
        "search": see("/search?q=qianxuesen"),
        "palette": see("/search?q=qian", headers=HX | {"HX-Target": "div#pal-list"}),
        "pick": bool(browser.get("/contacts/pick?q=qian").json),
        "count": int(browser.get("/contacts/count?q=qian").text) == 1,
        "bare pick": any(hit["title"] == contact.name for hit in browser.get("/contacts/pick").json),
        "entries": see("/timeline/"),
        "home": "Talked about steel" in browser.get("/").text,
        "relations": see(f"/contacts/{other.id}"),
        "organisation's timeline": "Talked about steel" in browser.get(f"/contacts/{firm.works}").text,
        "find": firm.contacts.exists(user, contact.id),
        "named": bool(firm.contacts.named(user, contact.name)),
    }


@pytest.fixture
def guarded(thingy):
    """Bo's contact with an entry, a relationship to a contact that all see, and an employer that all see."""
    firm = thingy
    firm.guarded = firm.contact("bo", name="钱学森")
    everybody = firm.rules.grant = lambda resource, user: (
        Contact.name << ["Partner of all", "Works"] if resource.name == "contacts" else None
    )
    other, works = firm.contact(None, name="Partner of all"), firm.contact(None, name="Works", kind="organisation")
    firm.works, firm.everybody = works.id, everybody
    for kind, target in (("friend", other), ("employee", works)):
        firm.relationships.save(SYSTEM, Relationship(), {"source": firm.guarded.id, "kind": kind, "target": target.id})
    timeline.log(firm.build, firm.bo, firm.guarded, "note", "Talked about steel")
    return firm


@pytest.mark.parametrize("name", SEES)
def test_every_door_shows_the_same(guarded, name):
    wrong = {door: open for door, open in doors(guarded, name, guarded.guarded).items() if open != SEES[name]}
    assert not wrong


def test_a_grant_opens_every_door(guarded):
    id = guarded.guarded.id
    old = guarded.everybody
    guarded.rules.grant = lambda resource, user: (
        old(resource, user) | (Contact.id == id) if resource.name == "contacts" else None
    )
    wrong = [door for door, open in doors(guarded, "li", guarded.guarded).items() if not open]
    assert not wrong


@pytest.mark.parametrize("name", ["ann", "bo"])
def test_a_limit_closes_every_door_even_of_an_administrator(guarded, name):
    id = guarded.guarded.id
    guarded.rules.limit = lambda resource, user: Contact.id != id if resource.name == "contacts" else None
    wrong = [door for door, open in doors(guarded, name, guarded.guarded).items() if open]
    assert not wrong


def test_a_limit_on_entries_counts_on_a_contacts_page(guarded):
    guarded.rules.limit = lambda resource, user: Entry.kind != "note" if resource.name == "entries" else None
    page = guarded.client("bo").get(f"/contacts/{guarded.guarded.id}")
    assert page.status_code == 200 and "Talked about steel" not in page.text


@pytest.mark.parametrize("hook", ["grant", "limit"])
def test_a_hook_that_raises_closes_the_door(guarded, hook):
    def broken(resource, user):
        if resource.name == "contacts":
            raise RuntimeError("the plugin is broken")

    guarded.app.testing = False
    setattr(guarded.rules, hook, broken)
    try:
        browser, id = guarded.client("li"), guarded.guarded.id
        for url in (
            *("/contacts/", f"/contacts/{id}", f"/contacts/{id}/history", "/contacts/?q=qian", "/contacts/count"),
            *(
                "/search?q=qian",
                "/contacts/pick?q=qian",
                "/contacts/pick",
                "/timeline/",
                "/",
                f"/contacts/{id}/timeline",
            ),
        ):
            answer = browser.get(url)
            assert "钱学森" not in answer.text and "steel" not in answer.text, url
            assert answer.json == [] if answer.is_json else answer.status_code in (200, 404, 500), url
        admin = guarded.client("ann")
        assert admin.get("/admin/").status_code == 200, "an administrator must be able to switch it off"
    finally:
        guarded.app.testing = True


def test_export_shows_what_the_list_shows(guarded):
    from core.exchange import views

    if not hasattr(views, "send_export"):
        pytest.skip("export is not there yet")
    text = {name: guarded.client(name).get("/contacts/export?format=csv").get_data(as_text=True) for name in SEES}
    assert {name: "钱学森" in found for name, found in text.items()} == SEES | {"ro": False}


VERBS = {
    "view": ("GET", "/contacts/{id}"),
    "create": ("POST", "/contacts/new"),
    "edit": ("POST", "/contacts/{id}/edit"),
    "delete": ("POST", "/contacts/{id}/delete"),
    "bulk": ("POST", "/contacts/bulk"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_role_without_a_verb_is_refused_it(firm, verb):
    contact, bo = firm.contact(), firm.bo
    method, url = VERBS[verb]
    data = (
        {"name": "Y", "act": "set", "field": "stage", "value": "lead", "id": contact.id} if method == "POST" else None
    )
    role = Role.get_by_id(bo.role_id)
    others = [v for v in role.grants["*"] if v != verb]
    Role.update(grants={"*": role.grants["*"], "contacts": others}).where(Role.id == role.id).execute()
    answer = firm.client("bo").open(url.format(id=contact.id), method=method, data=data)
    assert answer.status_code in ((403, 404) if verb == "view" else (403,))
    Role.update(grants={"*": [], "contacts": [verb, "view", "edit"]}).where(Role.id == role.id).execute()
    assert firm.client("bo").open(url.format(id=contact.id), method=method, data=data).status_code in (200, 303)


def test_an_action_of_a_module_needs_edit(thingy):
    things = thingy.things_thing
    record = things.new(SYSTEM)
    things.save(SYSTEM, record, {"title": "House", "owner": thingy.bo.id})
    url = f"/things/thing/{record.id}/act/sell"
    assert thingy.client("ro").post(url).status_code == 403
    assert thingy.client("li").post(url).status_code == 404
    assert thingy.client("bo").get(url).status_code == 405
    assert thingy.client("bo").post(url).status_code == 303
    assert things.find(thingy.bo, record.id).status == "sold"


def test_the_team_tree_reaches_down_and_not_up(firm):
    from core.users import Team

    kim, north = firm.kim, firm.kim.team_id
    below = Team.create(name="Below", parent=north)
    li = firm.li
    firm.users.save(firm.ann, li, {"team": below.id})
    contact = firm.contact("li")
    assert firm.contacts.exists(firm.kim, contact.id)
    firm.users.save(firm.ann, kim, {"team": Team.get(Team.name == "South").id})
    assert not firm.contacts.exists(firm.kim, contact.id)


def test_a_circle_of_teams_does_not_hang(firm):
    from core.users import Team

    north = Team.get(Team.name == "North")
    Team.update(parent=north).where(Team.name == "Firm").execute()
    assert firm.bo.id in firm.kim.owners("contacts")


def test_a_next_step_of_a_contact_in_the_trash_is_nobodys_work(firm):
    contact = firm.contact()
    due = utcnow() - dt.timedelta(hours=1)
    timeline.log(firm.build, firm.bo, contact, "note", "x", next_at=due, next_text="Call back")
    assert "Call back" in firm.client("bo").get("/").text
    firm.contacts.delete(firm.bo, [contact])
    for name in ("bo", "ann"):
        assert "Call back" not in firm.client(name).get("/").text
        assert "Call back" not in firm.client(name).get("/timeline/").text


def finds(firm, name, text="qian"):
    return "钱学森" in firm.client(name).get(f"/search?q={text}").text


def test_who_changes_the_team_takes_the_records_along_in_the_search(firm):
    from core import jobs
    from core.users import Team

    firm.contact("bo", name="钱学森")
    assert finds(firm, "kim")
    firm.users.save(firm.ann, firm.bo, {"team": firm.li.team_id})
    assert not finds(firm, "kim"), "at once, whatever the index says"
    firm.users.save(firm.ann, firm.kim, {"team": firm.li.team_id})
    jobs.run_due(firm.app)
    assert finds(firm, "kim")
    south, north = firm.teams.find(firm.ann, firm.li.team_id), Team.get(Team.name == "North")
    firm.users.save(firm.ann, firm.kim, {"team": north.id})
    firm.teams.save(firm.ann, south, {"parent": north.id})
    jobs.run_due(firm.app)
    assert finds(firm, "kim"), "a team below is in reach"
    firm.teams.delete(firm.ann, [firm.teams.find(firm.ann, south.id)])
    jobs.run_due(firm.app)
    assert not finds(firm, "kim") and not firm.contacts.exists(firm.kim, Contact.get().id)


def test_the_search_of_a_team_asks_for_one_word_however_many_are_in_it(firm):
    words = firm.contacts.access(firm.kim)
    assert words == [f"o{firm.kim.id}", f"b{firm.kim.team_id}", f"s{firm.kim.id}", f"t{firm.kim.team_id}"]


def test_a_role_may_reach_the_own_team_and_not_those_below(firm):
    from core.users import Team

    below = Team.create(name="Below", parent=firm.kim.team_id)
    firm.users.save(firm.ann, firm.li, {"team": below.id})
    mates, deeper = firm.contact("bo", name="钱学森"), firm.contact("li")
    Role.update(scope="mates").where(Role.id == firm.kim.role_id).execute()
    assert firm.contacts.exists(firm.kim, mates.id) and not firm.contacts.exists(firm.kim, deeper.id)
    assert finds(firm, "kim") and finds(firm, "bo")
