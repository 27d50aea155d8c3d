"""A small experiment, run for real in a store of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prunebench.experiment.schema import validate
from prunebench.plan.plan import Plan
from prunebench.plugin.registry import Registry, load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.run import Finished, Places, Run, make_plan
from prunebench.store.store import Store

TINY = {
    "model": "smallconv[width=4]",
    "densities": [0.5],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 2, "finetune": {"length": 1}},
}


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Every installed plugin."""
    return load_registry()


@pytest.fixture
def plan_of(registry: Registry, tmp_path: Path) -> Callable[..., Plan]:
    """Plan the tiny experiment with some keys changed."""
    return lambda **changes: make_plan(
        registry, validate({**TINY, **changes}, "test"), tmp_path, fetch=False
    )


@pytest.fixture
def run_tiny(registry: Registry, tmp_path: Path) -> Callable[..., Finished]:
    """Run the tiny experiment in this process with some keys changed."""

    def run(store: str = "store", **changes: object) -> Finished:
        experiment = validate({**TINY, **changes}, "test")
        places = Places(tmp_path / store, tmp_path)
        plan = make_plan(registry, experiment, tmp_path, fetch=False)
        under_way = Run(registry, experiment, plan, places, "prunebench run")
        return under_way.execute(InlineExecutor(registry, Store(places.store)))

    return run
