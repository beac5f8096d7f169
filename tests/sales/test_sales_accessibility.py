"""Every screen of sales with something on it: WCAG 2.2 AA, no overflow on a phone, in light and in dark."""

import pytest

from plugins.sales.models import Deal
from plugins.sales.models.pool import PoolMove, PoolStay
from tests.sales.test_board import site
from tests.sales.test_pool import old, pool, run
from tests.trials import LOOKS, hindrances

assert site and pool  # fixtures


@pytest.fixture
def filled(site, pool):
    """One of everything; the addresses of its pages."""
    contact = site.contact("Lin Wei", owner="Ann", emails="lin@mail.example.com")
    site.set_stage(0, checklist="Budget known", asks=["amount"])
    site.deal("Kitchen", "ann", contact=contact, amount="9000 CNY", expected_close="2027-01-05")
    site.deal("Won", "ann", contact=contact, amount="100 CNY", status="won")
    lead = site.make("sales_lead", name="Lin Wei", email="lin@mail.example.com", company="Lin & Co", source="Fair")
    form = site.make("sales_web_form", title="Book a visit", asks=["email", "message"], consent="You may call me.")
    site.make("sales_target", person=site.cast.ann, start="2026-12-01", base="500 CNY")
    old(site, "Neglected")
    near = old(site, "Nearly", days=28, owner="Ann")
    run(site)
    deal, stay, move = Deal.get(), PoolStay.get(), PoolMove.get()
    return [
        "/sales/",
        "/sales/calendar",
        f"/sales/deal/{deal.id}",
        f"/sales/deal/{deal.id}/edit",
        f"/sales/deal/{deal.id}/move",
        f"/sales/deal/{deal.id}/move?status=lost",
        f"/sales/lead/{lead.id}",
        f"/sales/lead/{lead.id}/convert",
        form.path,
        "/sales/pool_stay/",
        f"/sales/pool_stay/{stay.id}",
        f"/sales/pool_move/{move.id}",
        f"/contacts/{near.id}",
        "/sales/forecast",
        "/sales/reports/funnel",
        "/sales/setup",
        f"/sales/pipeline/{deal.pipeline_id}",
        f"/sales/stage/{deal.stage_id}/remove",
        f"/sales/stage/{deal.stage_id}/edit",
    ]


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen(filled, site, new_page, look):
    found = hindrances(new_page(**LOOKS[look]), site, filled)
    assert not found, "\n".join(found)
