"""Trajectories: which recipe fields change a training, and which trainings share their steps."""

from dataclasses import fields

import pytest

from prunebench.training.recipe import Recipe

BASE = {
    "preset": "mnist",
    "optimiser": "sgd",
    "length": 1200,
    "milestones": [0.5],
    "batch": 60,
}
RETRAINS = {
    "unit": "epochs",
    "length": 1201,
    "batch": 61,
    "optimiser": "adam",
    "lr": 0.5,
    "momentum": 0.5,
    "nesterov": True,
    "weight_decay": 0.5,
    "milestones": [0.25],
    "decay": 0.5,
    "warmup": 5,
    "augmentation": "flip",
    "validation": 100,
    "selection": "accuracy",
    "evaluate_every": 7,
    "init": "kaiming-normal",
    "precision": "bf16",
    "channels_last": False,
}
SHARES = {
    "prunable": "convs",
    "not_prunable": ["fc3"],
    "rewind": "500it",
    "finetune": {"length": 3, "lr": 0.5},
    "scratch_b_cap": "none",
}
ASKED = {"dataset": "cards", "methods": "magnitude", "densities": [0.5], "seeds": 1}


@pytest.fixture
def dense_row(strange, plan, row):
    """Give a function that plans the dense row of `BASE` with some fields changed."""

    def found(**changes):
        asked = plan(strange, **ASKED, protocols="none", recipe=BASE | changes)
        return asked, row(asked, method="dense")

    return found


def test_every_recipe_field_is_tested_below():
    """A new field must be placed among those that retrain or those that do not."""
    assert {*RETRAINS, *SHARES} == {field.name for field in fields(Recipe)} - {"name"}


@pytest.mark.parametrize("field", RETRAINS)
def test_fields_that_change_training_change_its_key(dense_row, field):
    """Another training, another stage, another trial."""
    (_, before), (_, after) = dense_row(), dense_row(**{field: RETRAINS[field]})

    assert after.dense != before.dense
    assert after.facts["trial"] != before.facts["trial"]


@pytest.mark.parametrize("field", SHARES)
def test_fields_that_leave_training_alone_leave_its_key_alone(dense_row, field):
    """The dense net is shared by whatever follows, and its row is the same trial."""
    (_, before), (_, after) = dense_row(), dense_row(**{field: SHARES[field]})

    assert after.dense == before.dense
    assert after.facts["trial"] == before.facts["trial"]


def test_recipe_names_are_only_names(dense_row, strange, plan, row):
    """A preset, and its fields written out, are one recipe under two names."""
    asked = plan(strange, **ASKED, protocols="none", recipe={"preset": "mnist"})
    again = plan(strange, **ASKED, protocols="none", recipe={"preset": "mnist", "lr": 1.2e-3})

    assert row(again, method="dense").facts["recipe"] != row(asked, method="dense").facts["recipe"]
    assert list(again.stages) == list(asked.stages)
    assert [t.facts["trial"] for t in again.trials] == [t.facts["trial"] for t in asked.trials]


def test_equal_lengths_in_two_units_are_one_training(strange, plan):
    """Epochs are resolved to steps: 55 000 images in batches of 50 are 1 100 steps each."""
    keys = [
        {
            stage.key
            for stage in plan(
                strange,
                **ASKED,
                protocols="none",
                recipe={"preset": "mnist", "batch": 50, "evaluate_every": every, **length},
            ).stages.values()
            if stage.kind == "train"
        }
        for every, length in (
            (1, {"unit": "epochs", "length": 2}),
            (1100, {"unit": "iterations", "length": 2200}),
        )
    ]

    assert keys[0] == keys[1]


def waypoint(found):
    """Give the key of the rewind point on the way to a dense training."""
    plan, row = found
    key = plan.stages[row.dense].resume
    assert key is not None
    return key


def test_rewind_point_knows_nothing_of_what_comes_after(dense_row):
    """Milestones, length and decay beyond the point do not enter its key."""
    base = waypoint(dense_row(rewind="100it"))

    assert waypoint(dense_row(rewind="100it", length=2400)) == base
    assert waypoint(dense_row(rewind="100it", milestones=[])) == base
    assert waypoint(dense_row(rewind="100it", decay=0.5)) == base
    assert waypoint(dense_row(rewind="100it", milestones=[50])) != base
    assert waypoint(dense_row(rewind="100it", lr=0.5)) != base
    assert waypoint(dense_row(rewind="101it")) != base


def test_rewind_point_is_the_training_that_ends_there(dense_row):
    """A short training is a step of the long one: one stage."""
    short = dense_row(length=100, milestones=[])[1]

    assert waypoint(dense_row(rewind="100it", milestones=[])) == short.dense


def test_rewinding_to_the_start_is_the_initialisation(strange, plan, row):
    """Step 0 needs no training: tickets return to the draw, and nothing is resumed."""
    asked = plan(strange, **ASKED, protocols="ticket", recipe=BASE)
    stage = asked.stages[row(asked, protocol="ticket").train]

    assert asked.stages[stage.needs[0]].kind == "init"
    assert stage.spec["schedule"]["start"] == 0
    assert asked.waypoints == frozenset()


@pytest.mark.parametrize(("rewind", "step"), [("2ep", 2 * 917), ("500it", 500)])
def test_late_rewinding_returns_to_a_step(strange, plan, row, rewind, step):
    """Tickets start there, schedule advanced; 55 000 images in batches of 60 are 917 steps."""
    recipe = BASE | {"length": 6000, "rewind": rewind}
    asked = plan(strange, **ASKED, protocols="ticket", recipe=recipe)
    ticket = asked.stages[row(asked, protocol="ticket").train]
    dense = asked.stages[row(asked, method="dense").dense]

    assert ticket.needs[0] == dense.resume
    assert ticket.spec["schedule"]["start"] == step
    assert ticket.spec["schedule"]["stop"] == 6000
    assert asked.stages[dense.resume].spec["schedule"]["stop"] == step
    assert asked.is_waypoint(asked.stages[dense.resume])
    assert asked.trainings == 2
