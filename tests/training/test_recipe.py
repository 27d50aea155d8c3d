"""Recipes become steps, rates and key parts."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prunebench.errors import SpecError
from prunebench.training.recipe import (
    FineTune,
    Recipe,
    finetune_timetable,
    rewind_step,
    stretched_timetable,
    timetable,
)

LIU = Recipe(length=160, batch=64, milestones=(80, 120))


def test_liu_cifar_in_steps():
    """An epoch of 50 000 images in batches of 64 is 782 steps; the rate drops at 80 and 120."""
    table = timetable(LIU, 50_000)

    assert table.epoch_steps == 782
    assert table.steps == 125_120
    assert table.milestones == (62_560, 93_840)
    assert table.evaluate_every == 782


def test_rates_around_a_milestone():
    """The step at a milestone is the first with the lower rate."""
    table = timetable(LIU, 50_000)

    assert table.rate(0) == 0.1
    assert table.rate(62_559) == 0.1
    assert table.rate(62_560) == pytest.approx(0.01)
    assert table.rate(125_119) == pytest.approx(0.001)


def test_fractions_mean_the_same_as_epochs():
    """Half and three quarters of 160 epochs are 80 and 120."""
    assert timetable(replace(LIU, milestones=(0.5, 0.75)), 50_000) == timetable(LIU, 50_000)


@pytest.mark.parametrize("milestones", [(80, 120), (0.5, 0.75)])
def test_scratch_b_stretches_the_drops(milestones):
    """VGG-16-A trains 243 epochs and drops at floor(243 / 2) = 121 and floor(3 · 243 / 4) = 182."""
    table = stretched_timetable(replace(LIU, milestones=milestones), 50_000, 243)

    assert table.steps == 243 * 782
    assert table.milestones == (121 * 782, 182 * 782)


def test_an_odd_length_keeps_its_drops():
    """Half of 5 epochs is epoch 2, not an epoch that never comes."""
    assert timetable(Recipe(length=5, milestones=(0.5,), batch=10), 100).milestones == (20,)


def test_thirds_survive_stretching():
    """A drop at a third stays at a third although a third has no exact decimal."""
    table = stretched_timetable(
        Recipe(length=90, milestones=(30, 60), batch=10), images=10, length=180
    )

    assert table.milestones == (60, 120)


def test_warmup_rises_from_zero():
    """The rate of step k during warmup is k / warmup of the full one; the first step has 0."""
    table = timetable(replace(LIU, warmup=10), 50_000)

    assert table.rate(0) == 0.0
    assert [table.rate(step) for step in (1, 5, 10, 11)] == pytest.approx([0.01, 0.05, 0.1, 0.1])


def test_warmup_is_not_stretched():
    """Scratch-B warms up as long as the dense run."""
    assert stretched_timetable(replace(LIU, warmup=10), 50_000, 320).warmup == 10


def test_iterations_are_steps():
    """Frankle's LeNet trains 50 000 iterations and is evaluated every 100."""
    recipe = Recipe(unit="iterations", length=50_000, batch=60, milestones=(), evaluate_every=100)
    table = timetable(recipe, 55_000)

    assert (table.steps, table.epoch_steps, table.evaluate_every) == (50_000, 917, 100)


def test_finetune_is_flat():
    """Fine-tuning has the recipe's short length at one low rate, without warmup or drops."""
    table = finetune_timetable(replace(LIU, warmup=10, finetune=FineTune(40, 0.001)), 50_000)

    assert table.steps == 40 * 782
    assert {table.rate(step) for step in (0, 1, table.steps - 1)} == {0.001}


def test_finetune_can_be_overridden():
    """Length and rate given by the protocol win, also where they are 0 in truth value."""
    table = finetune_timetable(LIU, 50_000, length=3, lr=0.0)

    assert (table.steps, table.lr) == (3 * 782, 0.0)


@pytest.mark.parametrize(("text", "step"), [("2ep", 1564), ("500it", 500), ("0it", 0)])
def test_rewind_points(text, step):
    """A rewind point is a number of epochs or iterations."""
    assert rewind_step(replace(LIU, rewind=text), 782) == step


@pytest.mark.parametrize("text", ["2", "ep", "-1ep", "2 ep", "1.5ep", "2epochs"])
def test_bad_rewind_points_are_refused(text):
    """Anything but a whole number with its unit names itself in the error."""
    with pytest.raises(SpecError, match="write '500it' or '2ep'"):
        rewind_step(replace(LIU, rewind=text), 782)


@pytest.mark.parametrize("change", [{"length": 0}, {"batch": 0}, {"evaluate_every": 0}])
def test_sizes_must_be_positive(change):
    """Lengths, batches and intervals below 1 are refused by name."""
    with pytest.raises(SpecError, match=next(iter(change))):
        timetable(replace(LIU, milestones=(), **change), 50_000)


def test_a_milestone_beyond_the_end_is_refused():
    """A drop that would never happen is an error."""
    with pytest.raises(SpecError, match="milestone 200"):
        timetable(replace(LIU, milestones=(80, 200)), 50_000)


@given(
    shorter=st.integers(100, 200),
    longer=st.integers(200, 400),
    step=st.integers(0, 100),
    warmup=st.integers(0, 20),
)
def test_a_longer_training_has_the_same_beginning(shorter, longer, step, warmup):
    """Up to a step before their ends, trainings of different length share rates and key parts."""
    recipe = Recipe(unit="iterations", batch=10, milestones=(30, 60), warmup=warmup)
    short = timetable(replace(recipe, length=shorter), 1000)
    long = timetable(replace(recipe, length=longer), 1000)

    assert short.until(step) == long.until(step)
    assert [short.rate(s) for s in range(step)] == [long.rate(s) for s in range(step)]


def test_a_milestone_to_come_is_not_part_of_the_beginning():
    """The key of the first 50 steps does not know of a drop at 50, that of 51 steps does."""
    flat = timetable(Recipe(unit="iterations", length=100, batch=10, milestones=()), 1000)
    drop = timetable(Recipe(unit="iterations", length=100, batch=10, milestones=(50,)), 1000)

    assert flat.until(50) == drop.until(50)
    assert flat.until(51) != drop.until(51)
