"""The score: rules, what is learned, its reasons, and its honesty with little data."""

import math

import pytest

from core import Invalid
from plugins.sales.models import Lead
from plugins.sales.models.score import Bayes, Frequency, ScoreRule
from plugins.sales.resources.scores import Scorer, learn_and_score


def leads_of(shop, n, outcome="", **values):
    state = {"won": "converted", "lost": "lost", "": "new"}[outcome]
    rows = [
        Lead(name=f"L{i}", name_key=f"l{i}", state=state, outcome=outcome, owner=shop.cast.bo, **values)
        for i in range(n)
    ]
    with shop.acting("ann") as build:
        build.resources["sales_lead"].add_rows(rows)
    return rows


def test_rules_alone_start_from_the_middle(shop):
    shop.make("sales_score_rule", name="Referred", field="source", test="is", value="Referral", points=12)
    shop.make("sales_score_rule", name="No phone", field="phone", test="empty", points=-8)
    lead = shop.make("sales_lead", "bo", name="Wang", source="referral")
    assert shop.again(lead).score == 54
    page = shop.client("bo").get(f"/sales/lead/{lead.id}").text
    assert "Rule “Referred”" in page and "+12" in page and "-8" in page
    assert "it learns from 20 won and 20 lost leads; there are 0 and 0" in page


@pytest.mark.parametrize(
    ("field", "test", "value", "lead", "fits"),
    [
        ("budget", "least", "1000", {"budget": "1500 CNY"}, True),
        ("budget", "least", "1000", {"budget": "900 CNY"}, False),
        ("job_title", "contains", "direct", {"job_title": "Managing Director"}, True),
        ("company", "filled", "", {"company": "Larkspur"}, True),
        ("company", "filled", "", {}, False),
    ],
)
def test_what_a_rule_asks(shop, field, test, value, lead, fits):
    shop.make("sales_score_rule", name="Rule", field=field, test=test, value=value, points=10)
    made = shop.make("sales_lead", "bo", name="Wang", **lead)
    assert shop.again(made).score == (60 if fits else 50)
    with shop.acting("ann"):
        learn_and_score()
    assert shop.again(made).score == (60 if fits else 50)


def test_it_learns_and_gives_its_reasons(shop):
    leads_of(shop, 30, "won", source="Referral", phone="1")
    leads_of(shop, 10, "won", source="Fair")
    leads_of(shop, 10, "lost", source="Referral", phone="1")
    leads_of(shop, 30, "lost", source="Fair")
    leads_of(shop, 1, source="Referral", phone="1")
    leads_of(shop, 1, source="Fair")
    with shop.acting("ann"):
        assert learn_and_score() == {"won": 40, "lost": 40, "changed": 2}
        good, bad = Lead.select().where(Lead.state == "new").order_by(Lead.id)
        assert good.score > 75 and bad.score < 25 and good.score + bad.score == 100
        shares = {s.label: s.points for s in Scorer(shop.build).explain(good)}
        assert shares["Source"] > 10 and shares["Phone"] > 10
        assert learn_and_score()["changed"] == 0
    page = shop.client("bo").get(f"/sales/lead/{good.id}").text
    assert "Learned from 40 won and 40 lost leads" in page


def test_one_by_one_and_all_at_once_agree(shop):
    leads_of(shop, 25, "won", source="Referral", region="上海", email="a@b.cn")
    leads_of(shop, 25, "lost", source=" Fair ", region="", campaign="Spring")
    leads_of(shop, 5, "lost", source="Referral")
    shop.make("sales_score_rule", name="Far", field="region", test="empty", points=-5)
    open_ = [
        *leads_of(shop, 1, source="REFERRAL", region="上海"),
        *leads_of(shop, 1, source="fair"),
        *leads_of(shop, 1, source="never seen", campaign="spring", email="x@y.cn"),
    ]
    with shop.acting("ann"):
        learn_and_score()
        scorer = Scorer(shop.build)
        assert [shop.again(lead).score for lead in open_] == [scorer.score(shop.again(lead)) for lead in open_]


def test_the_formula():
    bayes = Bayes(30, 10, {"source": {"a": (20, 2), "b": (10, 8)}})
    expected = math.log(31 / 11) + math.log(21 / 32) - math.log(3 / 12)
    assert math.isclose(bayes.odds({"source": "a"}), expected)
    assert bayes.odds({"source": "never seen"}) == bayes.base
    assert not bayes.knows_enough and Bayes(20, 20, {}).knows_enough


def test_too_little_data_is_said_and_not_used(shop):
    leads_of(shop, 19, "won", source="Referral")
    leads_of(shop, 60, "lost", source="Fair")
    (lead,) = leads_of(shop, 1, source="Referral")
    with shop.acting("ann"):
        learn_and_score()
    assert shop.again(lead).score == 50
    assert "there are 19 and 60" in shop.client("bo").get(f"/sales/lead/{lead.id}").text


def test_deleted_leads_teach_nothing_and_the_job_runs(shop):
    rows = leads_of(shop, 3, "won", source="Referral")
    with shop.acting("ann") as build:
        build.resources["sales_lead"].delete(shop.person("ann"), rows[:1])
        from core.jobs import ensure_periodic, works

        ensure_periodic(works(build))
    shop.run_jobs()
    assert Frequency.get(Frequency.feature == "").won == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"points": 0}, "not 0"),
        ({"points": 80}, "from −50 to 50"),
        ({"test": "contains", "value": ""}, "which value"),
        ({"test": "least", "value": "many"}, "needs a number"),
    ],
)
def test_bad_rules(shop, values, said):
    with pytest.raises(Invalid, match=said):
        shop.make("sales_score_rule", **{"name": "Rule", "field": "source", "test": "is", "value": "x", **values})
    assert not ScoreRule.select().exists()
