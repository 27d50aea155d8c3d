"""A small experiment, run for real in a store of its own."""

import importlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from prunebench.bundle.document import Bundle
from prunebench.experiment.schema import validate
from prunebench.plan.plan import Plan
from prunebench.plugin.registry import Registry, load_registry
from prunebench.run.bundling import Submission, make_bundle, read_source
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Finished, Places, Run
from prunebench.store.store import Store

TINY = {
    "model": "smallconv[width=4]",
    "densities": [0.5],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 2, "finetune": {"length": 1}},
}
MACHINE = {
    "seconds",
    "dense_seconds",
    "pruning_seconds",
    "tuning_seconds",
    "method_seconds",
    "method_memory",
    "peak_memory",
    "latency",
    "environment",
}

STRANGER = '''
import os, signal, sys
from prunebench.api import Granularity, Method, Scores, Subject, hookimpl
{top}


class Stranger(Method):
    """Score as told (Nobody 2020)."""

    name = "stranger"
    paper = "Nobody 2020"
    granularity = Granularity.WEIGHT

    def score(self, subject: Subject) -> Scores:
        {body}
        return {{name: weight.abs() for name, weight in subject.weights.items()}}


@hookimpl
def prunebench_methods() -> list[type[Method]]:
    return [Stranger]
'''


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
    """Run the tiny experiment with some keys changed: in this process, with every plugin."""

    def run(store: str = "store", **changes: object) -> Finished:
        options = {
            name: changes.pop(name)
            for name in ("executor", "keep_weights", "out")
            if name in changes
        }
        own = changes.pop("registry", registry)
        experiment = validate({**TINY, **changes}, "test")
        places = Places(tmp_path / store, tmp_path, options.get("out"))
        plan = make_plan(own, experiment, tmp_path, fetch=False)
        under_way = Run(own, experiment, plan, places, "prunebench run")
        executor = options.get("executor") or InlineExecutor(own, Store(places.store))
        return under_way.execute(executor, keep_weights=bool(options.get("keep_weights")))

    return run


@pytest.fixture
def science() -> Callable[[Finished], Mapping[str, Mapping[str, object]]]:
    """Give rows by trial, without what depends on the machine."""
    return lambda finished: {
        row.trial: {k: v for k, v in asdict(row).items() if k not in MACHINE}
        for row in finished.rows
    }


@pytest.fixture
def stranger(strangers) -> Callable[..., Registry]:
    """Install a stranger's method whose score does something, and load every plugin."""
    count = iter(range(100))

    def install(body: str = "pass", top: str = "") -> Registry:
        version = f"1.{next(count)}"
        sys.modules.pop("stranger_module", None)
        source = STRANGER.format(body=body, top=top)
        strangers.install(
            f"stranger-{version}", ["stranger = stranger_module"], {"stranger_module.py": source}
        )
        importlib.invalidate_caches()
        return load_registry()

    return install


@pytest.fixture
def heard() -> SimpleNamespace:
    """Give a list of events and what fills it."""
    events: list[object] = []
    return SimpleNamespace(events=events, emit=events.append)


@pytest.fixture(scope="session")
def packable(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Run two methods with their controls once; gives the run's folder, its places and its rows."""
    top = tmp_path_factory.mktemp("packable")
    asked = {"methods": ["magnitude", "l1filter"], "protocols": ["finetune"], "controls": True}
    experiment = validate({**TINY, **asked}, "test")
    places = Places(top / "store", top)
    plan = make_plan(registry, experiment, top, fetch=False)
    run = Run(registry, experiment, plan, places, "prunebench run")
    finished = run.execute(InlineExecutor(registry, Store(places.store)), keep_weights=True)
    return SimpleNamespace(folder=finished.folder, places=places, rows=finished.rows)


@pytest.fixture(scope="session")
def packed(packable: SimpleNamespace, registry: Registry) -> Bundle:
    """Pack that run as a whole."""
    return make_bundle(registry, packable.places, read_source(packable.folder), Submission())
