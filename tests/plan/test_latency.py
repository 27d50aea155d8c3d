"""Timing in the plan: one stage per network that is timed, and what its key holds."""

from dataclasses import replace
from pathlib import Path

import pytest

from prunebench.core.layout import Layer, Layout
from prunebench.experiment.schema import validate
from prunebench.plan.latency import linear_share
from prunebench.plan.planner import Planner

CHANNELS = {
    "model": "smallconv",
    "methods": ["l1filter"],
    "protocols": ["finetune", "scratch-e", "none"],
    "densities": [0.5, 0.2],
    "seeds": 2,
}
MASKS = {"model": "lenet300100", "methods": ["magnitude"]}
CONDITIONS = {
    "device": "cpu",
    "precision": "fp32",
    "channels_last": True,
    "threads": 1,
    "batches": [1, 64],
    "warmup": 5,
    "repeats": 30,
    "environment": "here",
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

    assert spec == CONDITIONS
    assert here.counts == there.counts
    differ = here.stages.keys() - there.stages.keys()
    assert differ == {stage.key for stage in timings(here)}


def test_experiments_without_it_have_none(plan_on):
    """Timing is opt-in: all other keys are as before."""
    timed, plain = plan_on(), plan_on(latency=False)

    assert timings(plain) == []
    assert timings(plan_on(**MASKS, latency=False)) == []
    assert plain.stages.keys() == timed.stages.keys() - {s.key for s in timings(timed)}
    assert [t.facts for t in plain.trials] == [t.facts for t in timed.trials]


def test_masks_of_a_linear_heavy_network_are_timed(plan_on):
    """Once per target and seed, by the mask of the last round; the key says with what."""
    plan = plan_on(**MASKS)
    found = timings(plan)
    spec = dict(found[0].spec)
    del spec["model"], spec["mask"]

    assert len(found) == 2 * 2
    assert spec == {**CONDITIONS, "backend": "csr", "run_up": 1}
    for trial in (t for t in plan.trials if t.prunes):
        assert plan.stages[trial.latency].spec["mask"] == trial.prunes[-1]
        assert trial.untimed == ""


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"model": "smallconv"}, "hold 0.2 % of the multiply-adds; it is timed from 50 % on"),
        (
            {"recipe": {"preset": "digits", "prunable": "convs"}},
            "hold 0 % of the multiply-adds; it is timed from 50 % on",
        ),
        ({"recipe": {"preset": "digits", "precision": "bf16"}}, "the recipe computes in bf16"),
    ],
    ids=["convolutions", "only convolutions pruned", "bfloat16"],
)
def test_other_masks_are_not_and_the_row_will_say_why(plan_on, asked, reason):
    """Where CSR would not tell anything; without --latency there is nothing to explain."""
    asked = {"model": "conv2[width=4]", "methods": ["magnitude"], **asked}
    if reason.endswith("bf16"):
        asked |= MASKS
    plan, plain = plan_on(**asked), plan_on(**asked, latency=False)
    pruned = [trial for trial in plan.trials if trial.prunes]

    assert pruned
    assert timings(plan) == []
    assert all(trial.untimed.endswith(reason) and trial.latency is None for trial in pruned)
    assert {trial.untimed for trial in plain.trials} == {""}


def test_the_share_of_linear_layers_by_hand():
    """A convolution of 36 weights at 16 places and linear layers of 288 and 576: 864 of 1440."""
    conv = Layer("conv", "conv", (4, 1, 3, 3), bias=False, places=16)
    first = Layer("first", "linear", (3, 96), bias=False, places=1)
    last = Layer("last", "linear", (6, 96), bias=False, places=1)

    assert linear_share(Layout((conv, first, last), (), ())) == 864 / 1440
    kept_whole = replace(last, prunable=False)
    assert linear_share(Layout((conv, first, kept_whole), (), ())) == 288 / 1440
    assert linear_share(Layout((), (), ())) == 0


def test_controls_share_the_timing_of_a_mask(plan_on):
    """A random mask keeps as many weights of every layer."""
    plan = plan_on(**MASKS, controls=True, protocols=["finetune"], densities=[0.5], seeds=1)

    assert {trial.latency for trial in plan.trials if trial.prunes} == {timings(plan)[0].key}
    assert any(trial.facts.get("control_of") for trial in plan.trials)
    assert len(timings(plan)) == 1


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
