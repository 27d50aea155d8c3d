"""Scores that serve every density: the same masks and the same costs, in fewer passes."""

import json

import pytest
import torch

from prunebench.plugin.registry import load_registry
from prunebench.store.artifact import Artifact, grouped
from prunebench.store.store import Store

SHARER = '''
import torch

from prunebench.api import Density, Granularity, Method, Round, allocate, hookimpl


class Sharer(Method):
    """Score by images and by chance, in one round or in two (Nobody 2020)."""

    name, paper, granularity = "sharer", "Nobody 2020", Granularity.WEIGHT
    shares_scores = SHARES

    def schedule(self, layout, target):
        goals = (Density(0.9), target) if target.value < 0.3 else (target,)
        return tuple(
            Round(allocate(layout, goal, self.granularity, self.scope, self.floor), "nothing")
            for goal in goals
        )

    def score(self, subject):
        READS
        (images, labels), = subject.batches(50)
        kernels = [subject.model.get_parameter(f"{name}.weight") for name in subject.weights]
        slopes = torch.autograd.grad(subject.loss(subject.model(images), labels), kernels)
        return {
            name: slope.abs() * FACTOR * torch.rand(slope.shape, generator=subject.generator)
            for name, slope in zip(subject.weights, slopes)
        }


@hookimpl
def prunebench_methods():
    return [Sharer]
'''
PARTS = {"SHARES": "True", "READS": "", "FACTOR": "1.0"}
ASKED = {"methods": ["sharer"], "protocols": ["none"], "densities": [0.7, 0.5, 0.2]}


@pytest.fixture
def install(strangers):
    """Give a function that installs the sharer, with texts of it replaced, and loads it."""

    def installed(name="sharer", **changes):
        source = SHARER.replace('"sharer"', f'"{name}"')
        for old, new in {**PARTS, **changes}.items():
            source = source.replace(old, new)
        strangers.install(name, [f"{name} = {name}_module"], {f"{name}_module.py": source})
        return load_registry()

    return installed


def records(folder):
    """Read every record of a store that a method's work is written in."""
    found = (json.loads(p.read_text())["record"] for p in folder.glob("objects/*/*/record.json"))
    return [record for record in found if "method_samples" in record]


def test_masks_and_costs_are_those_of_scoring_anew(install, run_tiny, tmp_path):
    """Three densities, the last in two rounds: 2 passes over 50 images instead of 4."""
    install()
    registry = install("hermit", SHARES="False")
    runs = [
        run_tiny(name, registry=registry, **{**ASKED, "methods": [name]})
        for name in ("sharer", "hermit")
    ]
    rows = [
        {row.target: (row.mask_digest, row.weights_digest, row.method_samples) for row in run.rows}
        for run in runs
    ]
    passes = [
        sum(record["method_samples"] for record in records(tmp_path / name))
        for name in ("sharer", "hermit")
    ]

    assert {row.status for run in runs for row in run.rows} == {"ok"}
    assert rows[0] == rows[1]
    assert {row.target: row.method_samples for row in runs[0].rows[1:]} == {
        "0.7": 50,
        "0.5": 50,
        "0.2": 100,
    }
    assert passes == [100, 200]


def test_a_row_costs_what_its_method_took(install, run_tiny, tmp_path):
    """The pass that is shared counts in full in every row that reads it."""
    rows = run_tiny(registry=install(), **ASKED).rows[1:]
    (scoring,) = (found for found in records(tmp_path / "store") if "shortfall" not in found)

    assert scoring["method_samples"] == 50
    assert all(row.method_seconds > scoring["method_seconds"] > 0 for row in rows)
    assert all(row.pruning_seconds > scoring["seconds"] for row in rows)


def test_scores_go_when_nothing_will_read_them(install, run_tiny, tmp_path):
    """After a run no store holds scores; a density that comes later is scored for again."""
    registry = install()
    run_tiny(registry=registry, **{**ASKED, "densities": [0.7]})
    store = Store(tmp_path / "store")
    keys = [path.parent.name for path in store.root.glob("objects/*/*/tensors.safetensors")]
    held = [key for key in keys if store.get(key).part("scores")]
    later = run_tiny(registry=registry, **{**ASKED, "densities": [0.7, 0.5]})

    assert (len(keys), held) == (5, [])  # start, dense network, mask and two tests
    assert later.record.executed == 1 + 1 + 1  # scores, the new mask and its test
    assert {row.status for row in later.rows} == {"ok"}


@pytest.mark.parametrize(
    ("reads", "named"), [("subject.keep", "keep"), ("len(subject.active)", "active")]
)
def test_scores_that_depend_on_the_density_are_not_shared(install, run_tiny, reads, named):
    """A method that says otherwise is told what to change, before anything is computed by it."""
    rows = run_tiny(registry=install(READS=reads), **ASKED).rows[1:]

    assert {row.status for row in rows} == {"failed"}
    assert {row.reason for row in rows} == {
        f"ContractError: sharer: score() reads subject.{named}, so its scores depend on the "
        f"density, but the method declares shares_scores = True; leave that declaration out. "
        f"(plugin sharer of sharer 1.0; the same command without it: prunebench --no-plugin sharer "
        f"...)"
    }


def test_scores_that_are_no_numbers_are_not_kept(install, run_tiny, tmp_path):
    """What the selection would refuse is refused at once, and no store holds it."""
    rows = run_tiny(registry=install(FACTOR="float('nan')"), **ASKED).rows[1:]

    assert {row.status for row in rows} == {"failed"}
    assert all("hold NaN; every unit needs a number" in row.reason for row in rows)
    assert records(tmp_path / "store") == []


def test_a_diverged_network_is_not_scored(install, run_tiny, tmp_path):
    """Its row says so, as without sharing; the method is not asked."""
    recipe = {"preset": "digits", "length": 1, "lr": 1e30}
    rows = run_tiny(registry=install(), recipe=recipe, **ASKED).rows
    (scoring,) = (found for found in records(tmp_path / "store") if "shortfall" not in found)

    assert {row.status for row in rows} == {"diverged"}
    assert (scoring["status"], scoring["method_samples"]) == ("diverged", 0)


def test_scores_are_read_back_exactly(tmp_path):
    """They have the dtype and the bits that were written, doubles too."""
    scores = {"fc": torch.tensor([0.1, 1 / 3], dtype=torch.float64)}
    store = Store(tmp_path)
    store.put("a" * 32, Artifact({"status": "ok"}, grouped(scores=scores)))
    back = store.get("a" * 32).part("scores")

    assert back["fc"].dtype == torch.float64
    assert torch.equal(back["fc"], scores["fc"])
