from math import sqrt
from operator import attrgetter

import pytest

from prunebench.report.spread import Spread, mean, spread

ACCURACY = attrgetter("test_accuracy_last")


def test_mean_and_sample_deviation_over_seeds(make_row):
    """0.90, 0.92, 0.97: mean 0.93, squares 9 + 1 + 16 = 26 over n - 1 = 2."""
    rows = [make_row(seed=s, test_accuracy_last=a) for s, a in enumerate((0.90, 0.92, 0.97))]

    found = spread(rows, ACCURACY)

    assert found.mean == pytest.approx(0.93)
    assert found.deviation == pytest.approx(0.01 * sqrt(13))
    assert found.seeds == 3


def test_draws_are_averaged_within_their_seed_first(make_row):
    """A seed with three draws weighs as much as a seed with one."""
    draws = [make_row(seed=0, draw=d, test_accuracy_last=a) for d, a in enumerate((0.1, 0.2, 0.3))]

    found = spread([*draws, make_row(seed=1, test_accuracy_last=0.4)], ACCURACY)

    assert found.mean == pytest.approx(0.3)
    assert found.deviation == pytest.approx(sqrt(0.02))
    assert found.seeds == 2


def test_one_seed_has_no_deviation(make_row):
    """One number says nothing about spread, so it is not called 0."""
    assert spread([make_row(test_accuracy_last=0.5)], ACCURACY) == Spread(0.5, None, 1)


def test_collapsed_seeds_stay_in_the_mean(make_row):
    """0.9 and a collapsed 0.1 are 0.5 on average; to drop the bad one would flatter."""
    rows = [
        make_row(test_accuracy_last=0.9),
        make_row(seed=1, status="collapsed", test_accuracy_last=0.1),
    ]

    found = spread(rows, ACCURACY)

    assert found.mean == pytest.approx(0.5)
    assert found.seeds == 2


def test_diverged_trials_are_left_out(make_row):
    """A diverged trial has no accuracy; without any number there is no spread."""
    rows = [
        make_row(test_accuracy_last=0.5),
        make_row(seed=1, status="diverged", test_accuracy_last=0.1),
        make_row(seed=2),
    ]

    assert spread(rows, ACCURACY) == Spread(0.5, None, 1)
    assert spread(rows[1:], ACCURACY) is None


def test_a_mean_alone_is_that_of_the_spread(make_row):
    """To the last bit, with draws and lost seeds; None where nothing was measured."""
    values = [(0, 0.1), (0, 0.2), (1, 0.7), (2, None)]
    rows = [make_row(seed=s, draw=d, test_accuracy_last=a) for d, (s, a) in enumerate(values)]

    assert mean(rows, ACCURACY) == spread(rows, ACCURACY).mean
    assert mean(rows[3:], ACCURACY) is None
    assert mean([], ACCURACY) is None
