"""Nothing twice, in a real run: stages, optimiser steps and images, counted and worked by hand."""

from collections import Counter

import pytest

from prunebench.store.store import Store

STEPS = 17
"""In an epoch of the digits: 1079 images in batches of 64."""

ASKED = {
    "methods": ["gradient", "l1filter"],
    "densities": [0.5, 0.3],
    "protocols": ["none", "finetune"],
    "seeds": 2,
}


@pytest.fixture
def carried_out(run_tiny, plan_of, tmp_path):
    """Give a function that runs and plans; it gives the run, the plan and the stages' records."""

    def run(store="store", **asked):
        finished, plan = run_tiny(store, **asked), plan_of(**asked)
        there = Store(tmp_path / store)
        return finished, plan, {key: there.record(key) for key in plan.stages}

    return run


def steps_taken(plan, records):
    """Add up the optimiser steps that trainings took, without those they went on from."""
    ends = {
        key: (records[key]["start"], records[key]["stop"])
        for key, stage in plan.stages.items()
        if stage.kind == "train"
    }
    begins = {key: ends[plan.stages[key].resume or key] for key in ends}
    return sum(
        end - (begins[key][1] if plan.stages[key].resume else start)
        for key, (start, end) in ends.items()
    )


def test_a_grid_does_nothing_twice(carried_out):
    """2 methods, 2 densities, 2 seeds: 2 dense trainings of 2 epochs, 8 retrainings of 1."""
    finished, plan, records = carried_out(**ASKED)
    kinds = {"init": 2, "train": 2 + 8, "score": 2, "prune": 8, "evaluate": 2 + 8 + 8}
    scoring = (record.get("method_samples", 0) for record in records.values())

    assert plan.counts == kinds
    assert finished.record.executed == sum(kinds.values())
    assert steps_taken(plan, records) == 2 * 2 * STEPS + 8 * STEPS
    assert sum(stage.steps for stage in plan.stages.values()) == 2 * 2 * STEPS + 8 * STEPS
    assert sum(scoring) == 2 * 1000  # of gradient, once per seed


def test_another_density_adds_its_own_work_alone(carried_out):
    """Scores were not kept: one more pass per seed; all trainings but its own are reused."""
    carried_out(**ASKED)
    finished, plan, _ = carried_out(**{**ASKED, "densities": [0.5, 0.3, 0.2]})
    added = Counter(score=2, prune=4, train=4, evaluate=8)

    assert finished.record.executed == added.total()
    assert finished.record.reused == sum(plan.counts.values()) - added.total()


def test_a_longer_training_goes_on_from_a_shorter(carried_out, science):
    """2 and 3 epochs at one rate are 3 epochs of steps; the rows are those of two runs apart."""
    recipe = {"preset": "digits", "milestones": [], "finetune": {"length": 1}}
    asked = {"methods": ["magnitude"], "protocols": ["finetune"], "recipe": recipe}
    parts = [{"recipe": {"length": length}} for length in (3, 2)]
    together, plan, records = carried_out("together", **asked, parts=parts)
    apart = {}
    for length in (2, 3):
        alone = {**asked, "recipe": {**recipe, "length": length}}
        apart |= science(carried_out("apart", **alone)[0])

    assert steps_taken(plan, records) == 3 * STEPS + 2 * STEPS
    assert science(together) == apart


def test_two_rewind_points_lie_on_one_training(carried_out):
    """Tickets of 1 and 2 epochs' weights: the dense training of 3 epochs is walked once."""
    recipe = {"preset": "digits", "length": 3}
    parts = [{"recipe": {"rewind": f"{epochs}ep"}} for epochs in (1, 2)]
    _, plan, records = carried_out(
        methods=["magnitude"], protocols=["ticket"], recipe=recipe, parts=parts
    )

    assert steps_taken(plan, records) == (3 + 2 + 1) * STEPS
