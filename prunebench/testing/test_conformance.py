"""Every check of every stranger's plugin: ``pytest --pyargs prunebench.testing``.

``PRUNEBENCH_PLUGINS=NAME,PATH`` chooses as ``prunebench plugin test NAME PATH`` does; otherwise
all plugins that are installed besides the shipped ones are checked.
"""

import os
from typing import cast

from prunebench.errors import SpecError
from prunebench.plugin.registry import load_registry
from prunebench.testing.check import Check
from prunebench.testing.chosen import choose
from prunebench.testing.offered import Item
from prunebench.testing.suite import parametrize_with_checks

VARIABLE = "PRUNEBENCH_PLUGINS"


def chosen() -> list[Item]:
    """List what is to be checked; nothing where no stranger's plugin is installed."""
    names = [name for name in os.environ.get(VARIABLE, "").split(",") if name]
    try:
        offers = choose(names, load_registry())
    except SpecError:
        if names:
            raise
        return []  # pytest says that there is nothing to run
    return [cast("Item", offer.item) for offer in offers]


@parametrize_with_checks(chosen())
def test_conformance(check: Check) -> None:
    """Each check holds for each method, model, data set, metric and protocol."""
    check()
