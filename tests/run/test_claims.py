"""Claims are declared before the first training, and only what they compare is run."""

import json

import pytest

from prunebench.claims.claim import digest
from prunebench.claims.file import parse_claims
from prunebench.errors import SpecError
from prunebench.experiment.schema import validate
from prunebench.plugin.registry import load_registry
from prunebench.run.executor import InlineExecutor
from prunebench.run.planning import make_plan
from prunebench.run.run import Places, Run
from prunebench.store.store import Store

CLAIMS = """
[[claims]]
id = "A"
title = "The ticket beats a fresh draw"
[claims.t1]
benchmark = "smoke"
cell = { method = "magnitude", target = "0.5" }
[[claims.t1.tests]]
rule = "superior"
quantity = "accuracy"
x = { protocol = "ticket" }
y = { protocol = "random" }
"""

ASKED = {
    "model": "smallconv[width=4]",
    "methods": ["magnitude", "l1filter"],
    "protocols": ["ticket", "random", "finetune"],
    "densities": [0.5, 0.2],
    "seeds": 1,
    "recipe": {"preset": "digits", "length": 1, "finetune": {"length": 1}},
    "claims": ["A"],
    "tier": "t1",
}


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin."""
    return load_registry()


@pytest.fixture
def claims(tmp_path):
    """Write the claims file."""
    path = tmp_path / "mine.toml"
    path.write_text(CLAIMS)
    return path


@pytest.fixture
def started(registry, tmp_path, claims):
    """Give a run of the tiny experiment that has not begun, and its places."""

    def start(out=None, **changes):
        experiment = validate({**ASKED, **changes}, "test")
        places = Places(tmp_path / "store", tmp_path, out, claims)
        plan = make_plan(registry, experiment, tmp_path, fetch=False, claims=claims)
        return Run(registry, experiment, plan, places, "prunebench run"), places

    return start


def test_the_record_stands_before_the_first_stage(registry, started):
    """Whoever sees a stage begin finds digests and claims on disk already."""
    run, places = started()
    seen = []

    class Watch(InlineExecutor):
        """Look at the folder when a stage is handed over."""

        def submit(self, task):
            """Read what is on disk, then work."""
            record = json.loads((run.folder / "run.json").read_text())
            seen.append((task.kind, record["claims"], (run.folder / "claims.toml").read_text()))
            super().submit(task)

    run.execute(Watch(registry, Store(places.store)))
    (claim,) = parse_claims(CLAIMS, "mine.toml").claims
    kind, declared, copy = seen[0]

    assert kind == "init"
    assert declared["digests"] == {"A": digest(claim.entries["t1"])}
    assert (declared["tier"], copy) == ("t1", CLAIMS)
    assert len(declared["file"]) == 64


def test_only_what_is_compared_is_planned(registry, tmp_path, claims):
    """Two protocols of one method at one density, and their dense network."""
    asked = validate({**ASKED, "only_claims": True}, "test")
    plan = make_plan(registry, asked, tmp_path, fetch=False, claims=claims)

    assert [(t.facts["method"], t.facts["protocol"]) for t in plan.trials] == [
        ("dense", "dense"),
        ("magnitude", "ticket"),
        ("magnitude", "random"),
    ]
    assert plan.trainings == 3


def test_dense_networks_that_nothing_is_compared_with_are_left_out(registry, tmp_path, claims):
    """Another recipe's dense network belongs to no cell of the claim."""
    parts = [{}, {"methods": "l1filter", "recipe": {"preset": "digits", "lr": 0.01}}]
    asked = validate({**ASKED, "only_claims": True, "parts": parts}, "test")
    plan = make_plan(registry, asked, tmp_path, fetch=False, claims=claims)

    assert sum(t.facts["method"] == "dense" for t in plan.trials) == 1


def test_without_claims_nothing_is_declared(started):
    """An ordinary run has no claims file."""
    run, _ = started(claims=[])

    assert (run.record.claims, run.claims) == ({}, "")


def test_an_unknown_claim_is_refused_before_anything_runs(started, tmp_path):
    """The folder of the run is not even made."""
    with pytest.raises(SpecError, match="unknown claim 'B'"):
        started(tmp_path / "out", claims=["B"])

    assert not (tmp_path / "out").exists()


SMALL = {"methods": "magnitude", "protocols": ["ticket"], "densities": [0.5]}
LATER = CLAIMS.replace('"superior"', '"noninferior"')


@pytest.fixture
def finished(registry, started):
    """Carry a run of two trainings out, in a folder or a new one, and give it."""

    def finish(out=None):
        run, places = started(out, **SMALL)
        run.execute(InlineExecutor(registry, Store(places.store)))
        return run

    return finish


def test_a_run_that_goes_on_keeps_what_it_declared(finished, tmp_path):
    """Beside its results lie the claims as they stood before the first training."""
    first = finished(tmp_path / "out").record.claims
    again = finished(tmp_path / "out").record.claims

    assert "done" not in first
    assert again == first


def test_claims_cannot_be_fitted_to_results(finished, claims, tmp_path):
    """The folder is refused, and nothing in it is touched."""
    finished(tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_bytes()
    claims.write_text(LATER)

    with pytest.raises(SpecError) as caught:
        finished(tmp_path / "out")

    out = tmp_path / "out"
    assert str(caught.value) == (
        f"{out} holds this run, and its claim 'A' has changed since it was declared; go on with "
        f"--claims-file {out / 'claims.toml'}, or name another folder with --out."
    )
    assert (out / "run.json").read_bytes() == before
    assert (out / "claims.toml").read_text() == CLAIMS


def test_claims_that_came_after_the_trainings_say_so(finished, claims):
    """The store may hold what the claims are about; the record counts it, and so do later runs."""
    finished()
    claims.write_text(LATER)
    counts = [finished().record.claims for _ in range(2)]

    assert [(one["done"], one["retrainings"]) for one in counts] == [(1, 1), (1, 1)]


def test_dense_networks_that_others_trained_are_no_matter(registry, started):
    """Experiments share them, and they decide no claim alone."""
    run, places = started(methods="magnitude", protocols=["none"], densities=[0.5])
    run.execute(InlineExecutor(registry, Store(places.store)))

    assert "done" not in started(**SMALL)[0].record.claims


def test_another_run_of_the_same_experiment_declared_first(finished):
    """Who was interrupted and starts the same command again declares nothing late."""
    finished()

    assert "done" not in finished().record.claims
