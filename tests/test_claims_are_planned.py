"""Shipped claims and shipped benchmarks fit: every cell that a claim compares is planned."""

from pathlib import Path

import pytest

from prunebench.claims.cell import matches
from prunebench.claims.file import read_claims
from prunebench.claims.requested import cells_of, plannable
from prunebench.experiment.schema import benchmarks_folder, load
from prunebench.experiment.shipped import read_toml
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry
from prunebench.statistics.paired import seeds_needed

SURVEY = read_claims()
ASKED = [
    (claim.id, tier)
    for claim in SURVEY.claims
    for tier in ("t1", "t2")
    if tier in claim.entries and claim.entries[tier].benchmark not in ("", "any")
]


@pytest.fixture(scope="module")
def facts_of(tmp_path_factory):
    """Plan a benchmark's tier with two seeds, once; give the facts of its rows."""
    registry, known = load_registry(), {}

    def planned(benchmark, tier) -> list[dict]:
        if (benchmark, tier) not in known:
            asked = load(benchmark, {"seeds": [0], "device": "cpu"}, tier)
            if any(c.name == "imagefolder" for g in asked.grids for c in g.datasets):
                pytest.skip("ImageNet is not at hand")
            plan = Planner(registry, asked, Path(tmp_path_factory.mktemp("nowhere"))).plan()
            known[benchmark, tier] = [trial.facts for trial in plan.trials]
        return known[benchmark, tier]

    return planned


@pytest.mark.parametrize(("claim", "tier"), ASKED, ids=lambda value: value)
def test_every_cell_is_planned(claim, tier, facts_of):
    """A claim names labels, rates and targets that its benchmark really runs."""
    (found,) = SURVEY.chosen([claim])
    entry = found.entries[tier]
    rows = facts_of(entry.benchmark, tier)

    for test in entry.tests:
        for cell in cells_of(test):
            hits = [facts for facts in rows if matches(plannable(cell, facts), facts)]
            assert hits, f"{claim} at {tier}: no row of {entry.benchmark} has {dict(cell)}"


@pytest.mark.parametrize(("claim", "tier"), ASKED, ids=lambda value: value)
def test_the_benchmark_says_which_claims_it_decides(claim, tier):
    """What a run declares before training is what its cells can decide."""
    (found,) = SURVEY.chosen([claim])
    name = found.entries[tier].benchmark

    assert claim in read_toml(benchmarks_folder() / f"{name}.toml")["claims"]


@pytest.mark.parametrize(("claim", "tier"), ASKED, ids=lambda value: value)
def test_seeds_suffice_for_the_family(claim, tier):
    """The exact sign-flip test can reach the level that Holm asks of the smallest p value.

    ImageNet has one seed, as in the papers: its cells decide nothing by a test.
    """
    (found,) = SURVEY.chosen([claim])
    entry = found.entries[tier]
    if entry.family:
        pytest.skip("families are split by a column of the rows")
    superior = sum(test.rule == "superior" and test.primary for test in entry.tests)
    asked = load(entry.benchmark, {}, tier)
    fewest = min(len(grid.seeds) for grid in asked.grids if len(grid.seeds) > 1)

    assert fewest >= (seeds_needed(superior) if superior else 2)
