"""The module keeps to what every module must keep to."""

from core.testing import check_plugin


def test_it_conforms():
    check_plugin("orders")
