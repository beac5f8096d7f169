"""Duplicates in the app: rules, pairs, what is new, who sees what, and the command."""

import json
import subprocess
import sys

import pytest

from core.contacts import Contact
from core.errors import Invalid
from core.i18n import Problem
from core.jobs import Job, run_due
from core.journal import Batch
from core.merge import merge
from core.notices import Notice
from core.points import Point
from core.undo import undo
from core.users import SYSTEM, Role
from plugins.duplicates.models import DEFAULTS, Fresh, Pair, Rule

pytest_plugins = ["tests.people"]
HX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def it(house):
    """The firm with the module on, and nothing waiting."""
    return house("duplicates")


def found(it, user="ann"):
    """The pairs that a user sees, as sets of names."""
    return [{str(p.first), str(p.second)} for p in it.build.resources["duplicates_pair"].query(it.user(user))]


def rule(it, conditions, needed=None, **values):
    rules = it.build.resources["duplicates_rule"]
    record = rules.new(SYSTEM)
    rules.save(SYSTEM, record, {"name": "Mine", "conditions": conditions, "needed": needed} | values)
    return record


def test_a_new_firm_has_rules(it):
    assert [(r.name, r.conditions, r.needed) for r in Rule.select().order_by(Rule.id)] == DEFAULTS


def test_a_save_is_looked_at_by_the_worker(it):
    it.contact("张伟", emails="wei@a.cn")
    it.contact("Zhang Wei", emails="Wei@A.cn", birthday="1980-02-01")
    it.contact("Zhang Wei", birthday="1980-02-01")
    assert Job.select().where(Job.name == "duplicates.check").count() == 1, "one job for many saves"
    assert Pair.select().count() == 0, "nothing is compared inside the save"
    run_due(it.app)
    assert Fresh.select().count() == 0
    assert found(it) == [{"Zhang Wei"}], "张伟 has no likeness in letters; two Zhang Weis have one birthday"
    rule(it, "emails normalised\nname pinyin")
    run_due(it.app)
    it.client("ann").post("/duplicates/search")
    run_due(it.app)
    assert {"张伟", "Zhang Wei"} in found(it)


def test_an_import_is_compared_with_everything(it):
    it.contact("Acme GmbH", kind="organisation", addresses=[Point("Bonn", "", {"city": "Bonn"})])
    run_due(it.app)
    contacts, pairs = it.contacts, []
    for i in range(60):
        name, city = ("ACME", "bonn") if i == 30 else (f"Firm {i}", "Bonn")
        values = {"name": name, "kind": "organisation", "addresses": [Point(city, "", {"city": city})]}
        pairs.append((contacts.new(SYSTEM), values))
    contacts.save_many(SYSTEM, pairs)
    run_due(it.app)
    assert found(it) == [{"Acme GmbH", "ACME"}]


def test_search_everything_shows_progress_and_forgets_what_no_rule_finds(it):
    it.contact("Ann Lee", emails="a@a.cn")
    it.contact("Anne Lee", emails="a@a.cn")
    client = it.client("mei")
    answer = client.post("/duplicates/search")
    run_due(it.app)
    assert "1 records" in client.get(answer.location).text or "Done" in client.get(answer.location).text
    assert len(found(it)) == 1
    Rule.update(active=False).execute()
    client.post("/duplicates/search")
    run_due(it.app)
    assert found(it) == []


def test_not_a_duplicate_is_remembered(it):
    it.contact("Ann Lee", emails="a@a.cn")
    it.contact("Anne Lee", emails="a@a.cn")
    run_due(it.app)
    pair = Pair.get()
    client = it.client("bo")
    assert client.post(f"/duplicates/pair/{pair.id}/act/not_same").status_code == 303
    client.post("/duplicates/search")
    run_due(it.app)
    assert [p.state for p in Pair.select().where(Pair.deleted_batch.is_null())] == ["no"]
    assert "Anne Lee" not in client.get("/duplicates/pair/?state=open").text
    assert "Anne Lee" in client.get("/duplicates/pair/").text


def test_pages_show_pairs_and_lead_to_the_merge(it):
    a, b = it.contact("Ann Lee", emails="a@a.cn"), it.contact("Anne Lee", emails="a@a.cn")
    run_due(it.app)
    client = it.client("bo")
    html = client.get("/duplicates/pair/?state=open").text
    assert f"/contacts/merge?id={a.id}&amp;id={b.id}" in html and "%" in html and "Search everything" in html
    assert "Possible duplicates" in client.get(f"/contacts/{a.id}").text
    assert "Compare and merge" in client.get(f"/duplicates/pair/{Pair.get().id}").text


def test_a_merge_takes_the_pair_away_and_an_undo_brings_it_back(it):
    a, b = it.contact("Ann Lee", emails="a@a.cn"), it.contact("Anne Lee", emails="a@a.cn")
    run_due(it.app)
    batch = merge(it.build, it.user("bo"), it.again(a), [it.again(b)])
    run_due(it.app)
    assert found(it) == []
    undo(it.build, it.user("bo"), Batch.get_by_id(batch.id))
    assert found(it) == [{"Ann Lee", "Anne Lee"}]


def test_a_pair_needs_both_contacts_visible(it):
    a = it.contact("Ann Lee", owner="bo", emails="a@a.cn")
    it.contact("Anne Lee", owner="li", emails="a@a.cn")
    run_due(it.app)
    assert len(found(it, "ann")) == len(found(it, "mei")) == 1
    assert found(it, "bo") == found(it, "li") == []
    assert "Anne" not in it.client("bo").get(f"/contacts/{a.id}").text
    assert it.client("bo").get(f"/duplicates/pair/{Pair.get().id}").status_code == 404


def test_reasons_do_not_name_a_field_that_the_role_may_not_see(it):
    it.contact("Ann Lee", emails="a@a.cn")
    it.contact("Anne Lee", emails="a@a.cn")
    run_due(it.app)
    assert "E-mail ✓" in it.client("bo").get("/duplicates/pair/").text
    Role.update(field_rules={"contacts": {"emails": "hidden"}}).where(Role.name == "member").execute()
    assert "E-mail ✓" not in it.client("bo").get("/duplicates/pair/").text


# While typing


def test_a_masked_result_names_the_owner_only_and_lets_one_ask(it):
    hidden = it.contact("Ann Lee", owner="li", emails="secret@a.cn", job_title="Spy")
    client = it.client("bo")
    html = client.get("/contacts/similar?name=Ann+Lee", headers=HX).text
    assert "Li" in html and "Ask for access" in html
    assert "Ann Lee" not in html and "Spy" not in html and "secret" not in html
    address = html.split('hx-post="')[1].split('"')[0]
    assert client.post(address, headers=HX).status_code == 200
    client.post(address, headers=HX)
    notices = list(Notice.select())
    assert [(n.user_id, n.title) for n in notices] == [(it.user("li").id, "Bo asks for access to Ann Lee")], (
        "once a day"
    )
    assert notices[0].url == f"/contacts/{hidden.id}/share?who=user%3A{it.user('bo').id}"
    assert client.post("/contacts/ask/nonsense").status_code == 404


# Rules


@pytest.mark.parametrize(
    ("conditions", "needed", "said"),
    [
        ("", None, "would match everybody"),
        ("kind exact", None, "nearly everybody"),
        ("kind exact\nname fuzzy 90", 1, "nearly everybody"),
        ("name fuzzy 10", None, "nearly everything"),
        ("shoe_size exact", None, "no field"),
        ("name exact", 2, "from 1 to 1"),
        ("job_title normalised", None, "of 100 pairs"),
    ],
)
def test_a_rule_that_would_match_everything_or_nothing_is_refused(it, conditions, needed, said):
    for i in range(20):
        it.contact(f"Person {i}", job_title="Buyer")
    with pytest.raises((Invalid, Problem), match=said):
        rule(it, conditions, needed)
    assert Rule.select().count() == len(DEFAULTS)


def test_a_rule_is_made_in_the_browser(it):
    client = it.client("ann")
    html = client.get("/duplicates/rule/new").text
    assert 'name="conditions-0-field"' in html and 'value="addresses.city"' in html
    data = {
        "name": "By site",
        "active": "yes",
        "needed": "",
        "conditions-0-field": "website",
        "conditions-0-how": "normalised",
        "conditions-1-field": "name",
        "conditions-1-how": "fuzzy",
        "conditions-1-threshold": "70",
        "conditions-2-field": "",
        "conditions-2-how": "exact",
    }
    assert client.post("/duplicates/rule/new", data=data).status_code == 303
    made = Rule.select().order_by(Rule.id.desc()).get()
    assert (made.name, made.conditions, made.needed) == ("By site", "website normalised\nname fuzzy 70", None)
    assert 'value="70"' in client.get(f"/duplicates/rule/{made.id}/edit").text
    data["conditions-1-threshold"] = "5"
    answer = client.post(f"/duplicates/rule/{made.id}/edit", data=data)
    assert answer.status_code == 422 and "nearly everything" in answer.text


def test_rules_are_an_administrators_to_write(it):
    for name in ("mei", "bo", "ro"):
        client = it.client(name)
        assert client.get("/duplicates/rule/").status_code == 200
        assert client.get("/duplicates/rule/new").status_code == 403
        assert client.post("/duplicates/rule/1/delete").status_code == 403


def test_in_chinese(it):
    client = it.client("ann")
    client.post("/language/zh")
    html = client.get("/duplicates/rule/", headers={"Accept-Language": "zh"}).text
    assert "邮箱相同且姓名相似" in html and "相似度达到 75%" in html


# Off, and at the prompt


def test_off_leaves_the_rest_alone_and_its_data_stays(it):
    it.contact("Ann Lee", emails="a@a.cn")
    b = it.contact("Anne Lee", emails="a@a.cn")
    run_due(it.app)
    it.switch()
    with it.app.app_context():
        assert it.client("bo").get("/duplicates/pair/").status_code == 404
        assert it.client("bo").get(f"/contacts/{b.id}").status_code == 200
        assert Pair.select().count() == 1


def test_the_command_prints_a_line_a_pair(it, tmp_path):
    a = it.contact("Ann Lee", emails="a@a.cn", external_ids="erp:7")
    b = it.contact("Anne Lee", emails="a@a.cn")
    (tmp_path / "plugins.toml").write_text('enabled = ["duplicates"]')
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rule]]\nname = "R"\nconditions = ["name fuzzy 70", "kind exact"]\n')

    def guanxi(*arguments):
        environment = {"GUANXI_DATA": str(tmp_path), "GUANXI_DATABASE_URL": it.settings.database_url, "PYTHONPATH": "."}
        environment["GUANXI_PLUGINS"] = str(tmp_path / "plugins.toml")
        return subprocess.run(
            [sys.executable, "-m", "core.cli", "duplicates", *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )

    for more in ((), ("--rules", str(rules))):
        done = guanxi("contacts", "--json", *more)
        (line,) = [json.loads(text) for text in done.stdout.splitlines()]
        assert line["ids"] == [a.id, b.id] and line["external_ids"] == [["erp:7"], []] and 0.8 < line["score"] <= 1
        assert {r["field"] for r in line["reasons"]} >= {"name"}
    assert Pair.select().count() == 0, "the command keeps nothing"
    assert guanxi("ships").returncode == 2
    rules.write_text('[[rule]]\nconditions = ["name sounds"]\n')
    done = guanxi("contacts", "--rules", str(rules))
    assert done.returncode == 2 and "not a condition" in done.stderr


def test_trash_is_not_compared(it):
    it.contact("Ann Lee", emails="a@a.cn")
    b = it.contact("Anne Lee", emails="a@a.cn")
    it.contacts.delete(SYSTEM, [Contact.get_by_id(b.id)])
    run_due(it.app)
    assert found(it) == []
