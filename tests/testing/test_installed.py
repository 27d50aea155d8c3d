"""Everything that is installed obeys its contract."""

from prunebench.plugin.registry import load_registry
from prunebench.testing import parametrize_with_checks

REGISTRY = load_registry()
ITEMS = [
    REGISTRY.find(kind, name).item
    for kind in ("method", "model", "dataset", "protocol")
    for name in REGISTRY.names(kind)
]


@parametrize_with_checks(ITEMS)
def test_conformance(check):
    """Each check holds for each method, model, data set and protocol."""
    check()


def test_every_plugin_loads():
    """No installed plugin is broken, and no two claim one name."""
    assert [f"{f.origin}: {f.reason}" for f in REGISTRY.inventory.failures] == []
    assert [str(collision) for collision in REGISTRY.collisions] == []
