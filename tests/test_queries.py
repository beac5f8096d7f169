"""The query budget: at most 12 for a page of core, however many rows there are."""

from core import timeline
from core.points import Point
from core.trial import queries
from core.users import SYSTEM


def count(browser, url):
    """The statements that a page runs, without those that only now and then refresh what the process remembers."""
    tries = []
    for _ in range(3):
        with queries() as seen:
            assert browser.get(url).status_code == 200
        tries.append(seen)
    return min(tries, key=len)


def fill(firm, n):
    contacts, relationships = firm.contacts, firm.relationships
    works = firm.contact("bo", name="Works", kind="organisation")
    pairs = []
    for i in range(n):
        values = {
            "name": f"Person {i}",
            "owner": (firm.bo, firm.kim, firm.ann)[i % 3].id,
            "organisation": works.id,
            "tags": [f"tag {i}"],
            "emails": [Point(f"p{i}@x.example")],
            "phones": [Point(f"+86 138 0000 {i:04}")],
        }
        pairs.append((contacts.new(SYSTEM), values))
    contacts.save_many(SYSTEM, pairs)
    people = [r for r, _ in pairs]
    for i, person in enumerate(people):
        who = (firm.bo, firm.kim, firm.ann)[i % 3]
        timeline.log(
            firm.build, who, person, "note", f"Note {i}", next_at=timeline.utcnow(), next_text="x", next_user=firm.bo.id
        )
        timeline.log(firm.build, who, works, "call", f"Call {i}")
        relationships.save(
            SYSTEM, relationships.new(SYSTEM), {"source": person.id, "kind": "friend", "target": works.id}
        )
    return works, people


PAGES = (
    *("/", "/contacts/", "/contacts/?q=person&sort=-last_activity_at", "/contacts/{works}", "/contacts/{person}"),
    *("/contacts/{person}/edit", "/contacts/{person}/history", "/timeline/", "/search?q=person", "/notices"),
    *("/contacts/?cols=emails,phones,tags,owner,organisation,roles&owner=me&stage=none&tags=none", "/account", "/help"),
)


def test_no_page_of_core_asks_more_than_twelve_times_or_more_for_more_rows(firm):
    works, people = fill(firm, 3)
    seen = {}
    for round_ in range(2):
        for who in ("bo", "ann"):
            browser = firm.client(who)
            browser.get("/")
            for page in PAGES:
                url = page.format(works=works.id, person=people[0].id)
                statements = count(browser, url)
                assert len(statements) <= 12, (who, url, len(statements), "\n".join(statements))
                before = seen.setdefault((who, page), len(statements))
                assert len(statements) <= before + (0 if round_ == 0 else 1), (who, url, before, "\n".join(statements))
        if not round_:
            fill(firm, 40)


def test_admin_pages_do_not_ask_per_row(firm):
    from core.staff import add_user

    browser = firm.client("ann")
    pages = ("/admin/users/", "/admin/journal", "/admin/teams/", "/admin/roles/", "/admin/")
    before = {url: len(count(browser, url)) for url in pages if browser.get(url)}
    for i in range(20):
        add_user(firm.build, SYSTEM, f"User {i}", f"u{i}@firm.example", "member", team=firm.bo.team_id)
    for url in pages:
        assert len(count(browser, url)) <= max(before[url], 12), url
