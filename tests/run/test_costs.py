"""Seconds of stages, by hand from measured speeds and from constants."""

import pytest

from prunebench.run import costs
from prunebench.run.costs import Rates, measured, usual_image, usual_step
from prunebench.run.workload import Work

TRAIN = Work("train", "net", "recipe", macs=10**6, params=10**5, steps=100, batch=64, images=50)
FIXED = costs.STAGE_SECONDS + costs.HANDLING_SECONDS * 10**5


def test_a_training_is_steps_and_evaluations():
    """100 steps of 20 ms and 50 images of 1 ms, and what every stage takes."""
    rates = Rates({"recipe": 0.02}, {"net": 0.001})

    assert rates.seconds(TRAIN) == pytest.approx(2.0 + 0.05 + FIXED)


def test_a_cut_network_is_faster_by_its_own_exponent():
    """A quarter of the multiply-adds takes half the time where the exponent is 1/2."""
    cut = Work("train", "net", "recipe", 10**6, 10**5, steps=100, batch=64, share=0.25)
    rates = Rates({"recipe": 0.02}, {"net": 0.001}, {"recipe": 0.5})

    assert rates.seconds(cut) == pytest.approx(1.0 + FIXED)


def test_what_was_not_measured_is_scaled():
    """Where a measured training takes thrice what constants say, so does another."""
    other = Work("train", "other", "other", macs=5 * 10**6, steps=10, batch=8)
    rates = measured([TRAIN, other], {"recipe": 3 * usual_step(TRAIN)}, {}, {})

    assert rates.step_seconds(other) == pytest.approx(3 * usual_step(other))
    assert rates.image_seconds(other) == pytest.approx(3 * usual_image(other))
    assert Rates().step_seconds(other) == usual_step(other)


def test_a_crowded_machine_is_slower():
    """Everything takes longer by the same factor, measured or not; exponents stay."""
    rates = Rates({"recipe": 0.02}, {}, {"recipe": 0.5}).slower(1.5)

    assert rates.step_seconds(TRAIN) == pytest.approx(0.03)
    assert rates.image_seconds(TRAIN) == pytest.approx(1.5 * usual_image(TRAIN))
    assert rates.exponent == {"recipe": 0.5}
