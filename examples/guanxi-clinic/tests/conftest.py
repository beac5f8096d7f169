"""The fixture `guanxi` comes with Guanxi itself: see `core.testing`."""

from pathlib import Path

import pytest


@pytest.fixture
def guanxi_plugins():
    return ["clinic"]


@pytest.fixture
def guanxi_folders():
    return [Path(__file__).parent.parent]


@pytest.fixture
def clinic(guanxi):
    """Dr Chen sees people for a check-up of half an hour; Wang Fang is a contact of Bo."""
    guanxi.chen = guanxi.make("clinic_practitioner", name="陈医生", room="201")
    guanxi.checkup = guanxi.make("clinic_service", name="Check-up", minutes="30", price="300 CNY")
    guanxi.patient = guanxi.contact("王芳", owner="Bo")
    return guanxi
