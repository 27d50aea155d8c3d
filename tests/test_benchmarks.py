"""Shipped benchmarks: every tier of every file plans, sizes are as published, all is packed."""

import csv
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prunebench.core.cost import narrow_cost
from prunebench.core.target import Plan
from prunebench.experiment.experiment import Experiment
from prunebench.experiment.layout import Layout, read_layouts
from prunebench.experiment.schema import (
    benchmark_names,
    benchmark_path,
    benchmarks_folder,
    load,
    validate,
)
from prunebench.plan.planner import Planner
from prunebench.plan.problem import make_problem
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store

TOP = Path(__file__).parents[1]
MODELS = {"VGG-16": "vgg16", "ResNet-56": "resnet56", "ResNet-110": "resnet110"}
"""Our names of the networks of Li et al. 2017, table 1."""


def published(reference):
    """Read a file of published numbers."""
    path = TOP / "benchmarks/paper" / f"{reference}.csv"
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


def tiers(name):
    """List the tiers of a benchmark; None where it has none."""
    return list(tomllib.loads(benchmark_path(name).read_text("utf-8")).get("tiers", [None]))


SIZES = [
    pytest.param(name, tier, id="-".join(filter(None, (name, tier))))
    for name in benchmark_names()
    for tier in tiers(name)
]
REPRODUCTIONS = [name for name in benchmark_names() if tiers(name) != [None]]


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Make a data directory with an ImageNet of two classes, 300 training images each."""
    folder = tmp_path_factory.mktemp("data")
    for split, number in (("train", 300), ("val", 1)):
        for category in ("one", "two"):
            place = folder / "imagenet" / split / category
            place.mkdir(parents=True)
            for shade in range(number):
                picture = Image.fromarray(np.full((8, 8, 3), shade % 256, np.uint8))
                picture.save(place / f"{shade}.jpg")
    return folder


def test_every_benchmark_is_packed():
    """The wheel's list of files is the folder's: every TOML, every CSV and all pins of suites."""
    listed = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    packed = listed["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    folder = TOP / "benchmarks"
    kinds = ("*.toml", "claims/*.toml", "paper/*.csv", "suites/*.toml", "suites/*.pins.json")
    found = [path for kind in kinds for path in folder.glob(kind)]
    wanted = {
        str(path.relative_to(TOP)): f"prunebench/_benchmarks/{path.relative_to(folder)}"
        for path in found
    }

    assert packed == wanted, "list new files under force-include in pyproject.toml"
    assert {path.stem for path in folder.glob("*.toml")} == set(benchmark_names())
    assert benchmarks_folder().is_dir()


@pytest.mark.parametrize(("name", "tier"), SIZES)
def test_every_tier_of_every_benchmark_plans(name, tier, registry, data):
    """Every size of every shipped benchmark loads and plans, and nothing in it is skipped."""
    plan = Planner(registry, load(name, {}, tier), data).plan()

    assert plan.trials
    assert plan.trainings > 0
    assert plan.skipped == ()
    assert tier is None or trainings_told(name, tier) == plan.trainings


def trainings_told(name, tier):
    """Read the number of trainings that docs/benchmarks.md tells of a benchmark's tier."""
    page = (TOP / "docs/benchmarks.md").read_text("utf-8")
    [line] = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    cells = dict(zip(("smoke", "t1", "t2"), line.split("|")[3:6], strict=True))
    return int(cells[tier].partition(",")[0])


def test_the_benchmark_of_the_docs_is_one(tmp_path, registry):
    """The file that docs/benchmarks.md writes loads, plans in both tiers, and has a layout."""
    page = (TOP / "docs/benchmarks.md").read_text("utf-8")
    [written] = re.findall(r"^```toml\n# mine.toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "mine.toml").write_text(written)
    for tier, trials in (("smoke", 2 * (1 + 2 * 2)), ("t2", 2 * 5 * (1 + 2 * 2))):
        experiment = load(str(tmp_path / "mine.toml"), {}, tier)

        assert len(Planner(registry, experiment, tmp_path).plan().trials) == trials
        assert [layout.id for layout in read_layouts(experiment.study.tables, tier)] == ["table2"]


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_every_reproduction_says_what_it_reproduces(name):
    """A benchmark with tiers has all three, its source, layouts that read, and names in them."""
    experiments = {tier: load(name, {}, tier) for tier in tiers(name)}
    grids = [grid for experiment in experiments.values() for grid in experiment.grids]
    whole = experiments["t2"]

    assert set(experiments) == {"smoke", "t1", "t2"}
    assert whole.device == "auto"
    assert whole.study.source
    assert whole.study.about
    assert all({"dataset", "model"} == set(grid.stands_for) for grid in grids)
    assert read_layouts(whole.study.tables, name)
    for layout in cell_tables(whole):
        shown = [row for row in published(layout.reference) if row["metric"] == layout.metric]

        assert any(layout.column(row["protocol"]) for row in shown)
        for key, admitted in layout.where.items():
            values = {str(value) for value in admitted}
            assert values <= {row[key] for row in shown}


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_benchmarks_and_claims_name_each_other(name):
    """A benchmark lists the claims that the survey's file decides by it, and no others."""
    survey = tomllib.loads((TOP / "benchmarks/claims/survey.toml").read_text("utf-8"))
    decided = {
        claim["id"]
        for claim in survey["claims"]
        for tier in ("t1", "t2")
        if claim.get(tier, {}).get("benchmark") == name
    }

    assert set(load(name, {}, "t2").study.claims) == decided


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_a_whole_reproduction_stands_for_every_published_network(name):
    """The paper's own setting names data sets and networks as the published rows do."""
    whole = load(name, {}, "t2")
    layouts = cell_tables(whole)
    theirs = {
        (row["dataset"], row["model"]) for layout in layouts for row in published(layout.reference)
    }
    ours = {(grid.stands_for["dataset"], grid.stands_for["model"]) for grid in whole.grids}

    left_out = {"liu2019-regression": {("ImageNet", "ResNet-50")}}  # no plan for it
    assert not layouts or ours == theirs - left_out.get(name, set())


@pytest.mark.parametrize("name", REPRODUCTIONS)
def test_a_whole_reproduction_has_the_published_targets(name):
    """The paper's setting asks for every published target that prunebench has a word for."""
    whole = load(name, {}, "t2")
    asked = {
        (grid.stands_for["dataset"], grid.stands_for["model"], target)
        for grid in whole.grids
        for target in targets(grid)
    }
    theirs = {
        (row["dataset"], row["model"], row["target"])
        for layout in cell_tables(whole)
        for row in published(layout.reference)
        if row["target"]
    }

    assert theirs <= asked


def cell_tables(experiment):
    """List the layouts of an experiment that are tables of cells."""
    return [one for one in read_layouts(experiment.study.tables, "x") if isinstance(one, Layout)]


def targets(grid):
    """List the labels of the targets that a grid asks for."""
    plans = [str(choice.settings["plan"]) for choice in grid.methods if "plan" in choice.settings]
    of = "" if grid.density_of == "params" else f" of {grid.density_of}"
    return plans or [f"{density:g}{of}" for density in grid.densities]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["li2016-table1", "frankle2019-conv", "liu2019-sss"])
def test_smoke_tiers_run(name, registry, tmp_path):
    """The smallest size trains, prunes and tests to the end, on data that need no download."""
    experiment = load(name, {}, "smoke")
    plan = make_plan(registry, experiment, tmp_path, fetch=True)
    places = Places(tmp_path / "store", tmp_path)
    finished = Run(registry, experiment, plan, places, "prunebench run").execute(
        InlineExecutor(registry, Store(places.store))
    )

    assert len(finished.rows) == len(plan.trials)
    assert {row.status for row in finished.rows} == {"ok"}


@pytest.mark.parametrize(
    "row",
    [row for row in published("li2016_table1") if row["params"] and row["dataset"] == "CIFAR-10"],
    ids=lambda row: row["target"] or f"{row['model']} dense",
)
def test_plans_have_the_published_sizes(row, registry, tmp_path):
    """Li et al.'s recipes give the parameters and multiply-adds that their table prints."""
    experiment = validate({"dataset": "cifar10", "model": MODELS[row["model"]]}, "test")
    problem = make_problem(
        registry, experiment, (experiment.datasets[0], experiment.models[0]), tmp_path
    )
    kept = registry.method("l1filter").item.plans.get(row["target"], {})
    cost = narrow_cost(problem.layout, Plan(row["target"], kept).kept)

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
