"""Longer trainings go on from shorter ones, where these are their beginning."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prunebench.plan.trajectory import begins
from prunebench.training.recipe import Timetable

PLAIN = {"methods": "magnitude", "protocols": "none", "densities": [0.5], "seeds": 1}
CONSTANT = {"preset": "digits", "milestones": []}


def lengths(plan, *parts, **changes):
    """Plan parts that differ in their recipe; give the plan and the dense trainings by length."""
    asked = {**PLAIN, "recipe": CONSTANT, "parts": [{"recipe": part} for part in parts], **changes}
    whole = plan(**asked)
    dense = (stage for stage in whole.stages.values() if stage.kind == "train" and stage.keep)
    return whole, {(s.spec["seed"], s.spec["schedule"]["stop"]): s for s in dense}


def test_a_longer_training_goes_on_from_the_next_shorter(plan):
    """Of 2, 3 and 5 epochs of 17 steps at one rate, each takes the steps that are new in it."""
    whole, dense = lengths(plan, {"length": 5}, {"length": 2}, {"length": 3})
    five, two, three = (dense[0, 17 * epochs] for epochs in (5, 2, 3))

    assert (five.resume, three.resume, two.resume) == (three.key, two.key, None)
    assert [stage.steps for stage in (two, three, five)] == [34, 17, 34]
    assert whole.trainings == 1


def test_keys_do_not_tell_where_a_training_goes_on(plan):
    """A training has the same key by itself, with all its steps."""
    _, dense = lengths(plan, {"length": 2}, {"length": 5})
    _, alone = lengths(plan, {"length": 5})

    assert dense[0, 85].key == alone[0, 85].key
    assert (dense[0, 85].steps, alone[0, 85].steps) == (51, 85)


def test_what_is_gone_on_from_stands_first(plan):
    """Also where the longer one was asked for first; what reads it still comes behind it."""
    whole, _ = lengths(plan, {"length": 5}, {"length": 2}, seeds=2)
    place = {key: number for number, key in enumerate(whole.stages)}

    for stage in whole.stages.values():
        for key in (*stage.needs, *([stage.resume] if stage.resume else [])):
            assert place[key] < place[stage.key]


def test_rewind_points_lie_on_the_way(plan):
    """Two rewind points of one training are one way: 1 epoch, 2 epochs, the end."""
    parts = {"length": 4, "rewind": "1ep"}, {"length": 4, "rewind": "2ep"}
    whole, dense = lengths(plan, *parts, protocols="ticket")
    one, two, four = (dense[0, 17 * epochs] for epochs in (1, 2, 4))

    assert (two.resume, four.resume) == (one.key, two.key)
    assert sum(stage.steps for stage in dense.values()) == 68
    assert whole.trainings == 1 + 2


@pytest.mark.parametrize(
    ("longer", "is_linked"),
    [
        ({"length": 4, "milestones": [2]}, True),  # falls when the shorter one is over
        ({"length": 4, "milestones": [1]}, False),
        ({"length": 4, "lr": 0.01}, False),
        ({"length": 4, "batch": 32}, False),
        ({"length": 4, "weight_decay": 0.0}, False),
        ({"length": 4, "warmup": 3}, False),
        ({"length": 4, "evaluate_every": 2}, False),
    ],
)
def test_only_a_beginning_is_gone_on_from(plan, longer, is_linked):
    """A schedule or a recipe that differs in the steps both do is another trajectory."""
    _, dense = lengths(plan, {"length": 2}, longer)

    assert any(stage.resume for stage in dense.values()) is is_linked


def test_retrainings_are_left_alone(plan):
    """Masked trainings keep no momenta, so nothing can go on from them."""
    protocols = ["finetune[length=1]", "finetune[length=2]"]
    whole, _ = lengths(plan, {"length": 2}, protocols=protocols)
    masked = [s for s in whole.stages.values() if s.kind == "train" and not s.keep]

    assert [stage.resume for stage in masked] == [None, None]


TABLES = st.builds(
    Timetable,
    steps=st.integers(1, 6),
    epoch_steps=st.just(2),
    lr=st.just(0.1),
    milestones=st.lists(st.integers(1, 6), max_size=2, unique=True).map(sorted).map(tuple),
    decay=st.sampled_from([0.1, 0.5]),
    warmup=st.integers(0, 1),
    evaluate_every=st.just(2),
)


def spec(table):
    """Write a whole course as its stage does."""
    return {"start": 0, "stop": table.steps} | table.until(table.steps)


@given(TABLES, TABLES)
def test_a_beginning_has_the_same_rates(longer, shorter):
    """What goes on from a training would have made its steps at the very same rates."""
    assume(begins(spec(longer), spec(shorter)))

    assert shorter.steps < longer.steps
    steps = range(shorter.steps)
    assert [longer.rate(k) for k in steps] == [shorter.rate(k) for k in steps]


@given(TABLES, st.integers(1, 5))
def test_every_cut_of_a_schedule_is_a_beginning(table, stop):
    """Stopping early at any step gives a training that the whole one goes on from."""
    assume(stop < table.steps)

    assert begins(spec(table), {"start": 0, "stop": stop} | table.until(stop))
