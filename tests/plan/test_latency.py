"""Timing in the plan: one stage per cut network, and what its key holds."""

from dataclasses import replace
from pathlib import Path

import pytest

from prunebench.experiment.schema import validate
from prunebench.plan.planner import Planner

CHANNELS = {
    "model": "smallconv",
    "methods": ["l1filter"],
    "protocols": ["finetune", "scratch-e", "none"],
    "densities": [0.5, 0.2],
    "seeds": 2,
}


@pytest.fixture
def plan_on(registry):
    """Plan on a machine."""

    def planned(machine="here", **asked):
        asked = {**CHANNELS, "latency": True, **asked}
        return Planner(registry, validate(asked, "test"), Path("nowhere"), machine).plan()

    return planned


def timings(plan):
    """Give the stages that time a network."""
    return [stage for stage in plan.stages.values() if stage.kind == "latency"]


def test_one_for_each_cut_network(plan_on):
    """Two targets and two seeds are four, whatever the protocols; it reads the mask alone."""
    plan = plan_on()
    found = timings(plan)

    assert plan.counts["latency"] == len(found) == 2 * 2
    assert all(plan.stages[need].kind == "prune" for stage in found for need in stage.needs)
    assert all(stage.needs == (stage.spec["mask"],) for stage in found)
    pruned = [trial for trial in plan.trials if trial.prunes]
    assert len(pruned) == 3 * 2 * 2
    for trial in pruned:
        assert plan.stages[trial.latency].needs == (trial.prunes[-1],)
        assert trial.keys[-1] == trial.latency
    assert all(trial.latency is None for trial in plan.trials if not trial.prunes)


def test_its_key_holds_the_machine_and_the_conditions(plan_on):
    """Another machine measures anew, and repeats nothing else."""
    here, there = plan_on("here"), plan_on("there")
    spec = dict(timings(here)[0].spec)
    del spec["model"], spec["mask"]

    assert spec == {
        "device": "cpu",
        "precision": "fp32",
        "channels_last": True,
        "threads": 1,
        "batches": [1, 64],
        "warmup": 5,
        "repeats": 30,
        "environment": "here",
    }
    assert here.counts == there.counts
    differ = here.stages.keys() - there.stages.keys()
    assert differ == {stage.key for stage in timings(here)}


def test_masks_and_experiments_without_it_have_none(plan_on):
    """Nothing is cut from a masked network, and timing is opt-in: all other keys are as before."""
    timed, plain = plan_on(), plan_on(latency=False)

    assert timings(plan_on(methods=["magnitude"])) == []
    assert timings(plain) == []
    assert plain.stages.keys() == timed.stages.keys() - {s.key for s in timings(timed)}
    assert [t.facts for t in plain.trials] == [t.facts for t in timed.trials]


def test_controls_have_their_methods_shape_and_its_timing(plan_on):
    """Nothing is timed twice that has as many channels of every layer."""
    plan = plan_on(controls=True, protocols=["finetune"], densities=[0.5], seeds=1)
    own = next(t for t in plan.trials if t.prunes and not t.facts["control_of"])
    controls = [t for t in plan.trials if t.facts.get("control_of")]

    assert controls
    assert {trial.latency for trial in controls} == {own.latency}
    assert len(timings(plan)) == 1


def test_it_runs_alone_and_nothing_else_does(plan_on):
    """Only a timing would be disturbed by what runs beside it."""
    assert {stage.kind for stage in plan_on().stages.values() if stage.alone} == {"latency"}


def test_the_experiment_says_it_and_reads_it_back():
    """A record without timing stays as it was before there was any."""
    timed = validate({"latency": True}, "test")

    assert timed.record()["latency"] is True
    assert validate(timed.record(), "test") == timed
    assert "latency" not in replace(timed, latency=False).record()
