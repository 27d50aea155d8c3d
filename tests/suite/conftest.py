"""Rows as the tiny suite asks for them, planned and not run."""

from pathlib import Path

import pytest

from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry
from prunebench.results.measurement import Measurement
from prunebench.suite.file import find_suite


@pytest.fixture(scope="session")
def tiny():
    """Give the suite."""
    return find_suite("tiny@1.0")


@pytest.fixture(scope="session")
def rows(tiny):
    """Every row that two methods have in it, as if all had been measured."""
    asked = tiny.experiment(["magnitude", "magnitude-iterative"])
    plan = Planner(load_registry(), asked, Path("nowhere")).plan()
    return [Measurement(**trial.facts, status="ok") for trial in plan.trials]
