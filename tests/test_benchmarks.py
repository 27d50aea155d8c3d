"""Shipped benchmarks and published numbers: every file loads, plans and is packed."""

import csv
import tomllib
from pathlib import Path

import pytest

from prunebench.core.cost import narrow_cost
from prunebench.core.target import Plan
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.schema import benchmark_names, benchmarks_folder, load, validate
from prunebench.plan.planner import Planner
from prunebench.plan.problem import make_problem
from prunebench.plugin.registry import load_registry

TOP = Path(__file__).parents[1]
PAPER = [
    row
    for path in sorted((TOP / "benchmarks/paper").glob("*.csv"))
    for row in csv.DictReader(path.read_text("utf-8").splitlines())
]


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


def test_every_benchmark_is_packed():
    """The wheel's list of files is the folder's: every TOML and every CSV, nothing else."""
    listed = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    packed = listed["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    folder = TOP / "benchmarks"
    found = [*folder.glob("*.toml"), *folder.glob("paper/*.csv")]
    wanted = {
        str(path.relative_to(TOP)): f"prunebench/_benchmarks/{path.relative_to(folder)}"
        for path in found
    }

    assert packed == wanted, "list new files under force-include in pyproject.toml"
    assert {path.stem for path in found if path.suffix == ".toml"} == set(benchmark_names())
    assert benchmarks_folder().is_dir()


@pytest.mark.parametrize("name", benchmark_names())
def test_every_benchmark_plans(name, registry, tmp_path):
    """Every shipped benchmark loads and plans without reading its data."""
    plan = Planner(registry, load(name, {}), tmp_path).plan()

    assert plan.trials
    assert plan.trainings > 0
    assert plan.skipped == ()


@pytest.mark.parametrize(
    "row",
    [row for row in PAPER if row["params"] and row["dataset"] == "cifar10"],
    ids=lambda row: row["plan"] or f"{row['model']} dense",
)
def test_plans_have_the_published_sizes(row, registry, tmp_path):
    """Li et al.'s recipes give the parameters and multiply-adds that their table prints."""
    experiment = validate({"dataset": "cifar10", "model": row["model"]}, "test")
    problem = make_problem(
        registry, experiment, (experiment.datasets[0], experiment.models[0]), tmp_path
    )
    kept = registry.method("l1filter").item.plans.get(row["plan"], {})
    cost = narrow_cost(problem.layout, Plan(row["plan"], kept).kept)

    # The table rounds some numbers and truncates others.
    assert abs(cost.macs - float(row["macs"])) < last_digit(row["macs"])
    assert abs(cost.params - float(row["params"])) < last_digit(row["params"])


def last_digit(printed: str) -> float:
    """Give what one unit of the last printed digit is worth: 1e5 for ``5.4e6``."""
    mantissa, _, exponent = printed.partition("e")
    return 10.0 ** (int(exponent) - len(mantissa.partition(".")[2]))


def test_the_default_run_is_the_issue_of_the_readme():
    """Without flags: digits, magnitude and l1filter, ticket and random."""
    experiment = Experiment()

    assert [choice.name for choice in experiment.methods] == ["magnitude", "l1filter"]
    assert [choice.name for choice in experiment.protocols] == ["ticket", "random"]
    assert [choice.name for choice in experiment.datasets] == ["digits"]
