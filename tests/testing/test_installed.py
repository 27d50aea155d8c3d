"""Everything that is installed obeys its contract."""

import pytest

from prunebench.plugin.registry import load_registry
from prunebench.testing import parametrize_with_checks

REGISTRY = load_registry()
OFFERS = [
    REGISTRY.find(kind, name)
    for kind in ("method", "model", "dataset", "protocol", "metric", "template")
    for name in REGISTRY.names(kind)
]
LARGE = ("torchvision",)
"""Plugins whose networks are for large images, and have millions of weights."""


@parametrize_with_checks([offer.item for offer in OFFERS if offer.origin.entry_point not in LARGE])
def test_conformance(check):
    """Each check holds for each method, model, data set, protocol, metric and template."""
    check()


@pytest.mark.slow
@parametrize_with_checks([offer.item for offer in OFFERS if offer.origin.entry_point in LARGE])
def test_conformance_of_large_networks(check):
    """Each check holds for each model of millions of weights."""
    check()


def test_every_plugin_loads():
    """No installed plugin is broken, and no two claim one name."""
    assert [f"{f.origin}: {f.reason}" for f in REGISTRY.inventory.failures] == []
    assert [str(collision) for collision in REGISTRY.collisions] == []
