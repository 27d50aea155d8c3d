"""The shipped claims: every cell is delivered by its benchmark, with the seeds that it needs."""

from collections import Counter

import pytest
from PIL import Image

from prunebench.claims.claim import ANY
from prunebench.claims.decide import in_family
from prunebench.claims.file import read_claims
from prunebench.claims.requested import cells_of, entries_for, is_wanted
from prunebench.claims.select import pick
from prunebench.claims.verdict import family_of
from prunebench.experiment.schema import benchmark_names, load
from prunebench.plan.planner import Planner
from prunebench.plugin.registry import load_registry
from prunebench.results.measurement import Measurement
from prunebench.statistics.paired import seeds_needed

ENTRIES = [
    pytest.param(claim, tier, id=f"{claim.id}-{tier}")
    for claim in read_claims().claims
    for tier in ("t1", "t2")
    if tier in claim.entries and claim.entries[tier].benchmark != ANY
]

PLANNED = [
    pytest.param(*one.values, id=one.id, marks=[pytest.mark.slow] if "t2" in one.values else [])
    for one in ENTRIES
]
"""To plan networks of the papers' size takes seconds."""


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


@pytest.fixture(scope="module")
def planned(registry, tmp_path_factory):
    """Plan a tier of a benchmark for one seed, once; give its rows before any measurement."""
    folder = tmp_path_factory.mktemp("data")
    for split in ("train", "val"):
        for category in ("one", "two"):
            place = folder / "imagenet" / split / category
            place.mkdir(parents=True)
            for shade in range(150 if split == "train" else 1):
                Image.new("RGB", (8, 8), (shade, 0, 0)).save(place / f"{shade}.png")
    known = {}

    def plan(name, tier):
        if (name, tier) not in known:
            experiment = load(name, {"seeds": 1}, tier)
            trials = Planner(registry, experiment, folder).plan().trials
            known[name, tier] = [Measurement(status="ok", **trial.facts) for trial in trials]
        return known[name, tier]

    return plan


@pytest.mark.parametrize(("claim", "tier"), PLANNED)
def test_every_cell_is_one_kind_of_row_of_its_benchmark(claim, tier, planned):
    """The benchmark's tier delivers every cell of every test, and no cell is ambiguous."""
    entry = claim.entries[tier]
    rows = planned(entry.benchmark, tier)
    cells = [cell for test in entry.tests for cell in cells_of(test)]
    counts = [
        max(Counter((row.seed, row.draw) for row in pick(rows, cell)).values(), default=0)
        for cell in cells
    ]

    assert [cell for cell, count in zip(cells, counts, strict=True) if count != 1] == []
    assert all(is_wanted(vars(row), [entry]) for cell in cells for row in pick(rows, cell))


@pytest.mark.parametrize(("claim", "tier"), ENTRIES)
def test_the_benchmark_knows_its_claims(claim, tier):
    """It declares the claim, so that a run stores its digest before training."""
    experiment = load(claim.entries[tier].benchmark, {}, tier)

    assert claim.id in experiment.study.claims


@pytest.mark.parametrize(("claim", "tier"), ENTRIES)
def test_every_family_has_the_seeds_that_it_needs(claim, tier):
    """With m tests under Holm at least ceil(log2(m / 0.05)) seeds; one test needs five."""
    entry = claim.entries[tier]
    grids = load(entry.benchmark, {}, tier).grids
    seeds = max(len(grid.seeds) for grid in grids)
    sizes = Counter(
        family_of(entry, place) for place, test in enumerate(entry.tests) if in_family(test)
    )

    assert seeds >= seeds_needed(max(sizes.values(), default=1))


def test_every_benchmark_of_a_claim_exists():
    """And every claim has at least one way to be decided."""
    claims = read_claims().claims
    named = {entry.benchmark for c in claims for entry in entries_for([c], "t1")} | {
        entry.benchmark for c in claims for entry in entries_for([c], "t2")
    }

    assert named - {ANY} <= set(benchmark_names())
    assert all(claim.entries for claim in claims)
    assert all(claim.title and claim.papers for claim in claims)


def test_both_scales_of_the_random_arm_are_run():
    """The claims on small and large rates hold the released code's scale against the ticket's."""
    for name in ("C9", "C10"):
        (claim,) = read_claims().chosen([name])
        for tier in ("t1", "t2"):
            tests = claim.entries[tier].tests
            primary = {test.y["protocol"] for test in tests if test.primary}
            controls = {test.y["protocol"] for test in tests if test.otherwise}

            assert primary == {"random[scale=sparse-he]"}
            assert controls == {"random"}
