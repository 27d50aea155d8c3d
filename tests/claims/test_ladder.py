"""Where the smallest value of a ladder lies."""

import pytest

from prunebench.claims.claim import Test
from prunebench.claims.ladder import argmin, quantile
from prunebench.claims.quantities import best_of_dense

KEPT = (1.0, 0.5, 0.2, 0.05)
LADDER = Test(
    "argmin",
    "accuracy",
    {},
    ladder=tuple({"target": str(kept)} for kept in KEPT),
    between=(0.1, 0.35),
    share=0.8,
    note="a note",
)


@pytest.fixture
def ladder_rows(make_row):
    """Give one row per seed and rung, with values by rung and seed."""

    def make(values):
        return [
            make_row(target=str(kept), density=kept, seed=seed, test_accuracy_last=value / 100)
            for kept, rung in zip(KEPT, values, strict=True)
            for seed, value in enumerate(rung)
        ]

    return make


def test_a_clear_minimum_inside_is_confirmed(ladder_rows):
    """If every seed has its smallest value at 20 %, so has every resample."""
    got = argmin(LADDER, ladder_rows([[9] * 5, [5] * 5, [1] * 5, [7] * 5]), {})

    assert got.verdict == "CONFIRMED"
    assert (got.estimate, got.low, got.high, got.unit) == (20.0, 20.0, 20.0, "kept %")
    assert got.n == 5
    assert got.notes == (
        "in 100 % of 10000 bootstrap samples of the seeds the smallest value lies between 10 and "
        "35 % kept; 80 % confirm",
        "a note",
    )


def test_a_clear_minimum_outside_is_not_refuted(ladder_rows):
    """The rule confirms or leaves open."""
    got = argmin(LADDER, ladder_rows([[9] * 5, [1] * 5, [5] * 5, [7] * 5]), {})

    assert got.verdict == "INCONCLUSIVE"
    assert got.estimate == 50.0


def test_seeds_that_disagree_are_resampled(ladder_rows):
    """Of two seeds one has its minimum at 50 %, the other at 20 %, by the same amount.

    A resample of both ties and counts half; so a half of all lies at 20 %.
    """
    got = argmin(LADDER, ladder_rows([[9, 9], [1, 2], [2, 1], [7, 7]]), {})

    assert got.verdict == "INCONCLUSIVE"
    assert (got.low, got.high) == (20.0, 50.0)
    assert got.notes[0].startswith("in 50 % of 10000")


def test_the_bootstrap_is_the_same_every_time(ladder_rows):
    """No report changes by being written again."""
    rows = ladder_rows([[9, 8, 7], [1, 2, 3], [2, 1, 3], [7, 7, 7]])

    assert argmin(LADDER, rows, {}) == argmin(LADDER, rows, {})


def test_seeds_that_lack_a_step_are_left_out(ladder_rows):
    """One seed that is left cannot be resampled."""
    rows = ladder_rows([[9, 9], [5, 5], [1, 1], [7, 7]])[:-1]
    got = argmin(LADDER, rows, {})

    assert got.verdict == "INCONCLUSIVE"
    assert got.notes == ("seeds with a number at every step: 1; a bootstrap needs 2",)


def test_a_missing_step_is_named(ladder_rows):
    """A ladder with a gap is not run."""
    rows = [row for row in ladder_rows([[9], [5], [1], [7]]) if row.target != "0.2"]
    got = argmin(LADDER, rows, {})

    assert got.verdict == "NOT RUN"
    assert got.notes == ("no row has target 0.2",)


@pytest.fixture
def climbed(make_row, make_dense):
    """Judge where the early stop is earliest, from the steps of every rung and seed.

    Every training is evaluated at 100 to 400, and is within the target from 300 on at 50 % and
    from 200 on at 20 %; the dense network's best validation accuracy is 0.9.
    """
    validation = {"dense": [0.5, 0.6, 0.7, 0.9], "0.5": [0, 0, 0.9, 0], "0.2": [0, 0.9, 0, 0]}

    def run(steps):
        rows = []
        for label, places in steps.items():
            dense = label == "dense"
            make, own = (make_dense, {}) if dense else (make_row, {"target": label})
            curve = {"step": [100, 200, 300, 400], "validation_accuracy": validation[label]}
            rows += [
                make(
                    **own,
                    density=1.0 if dense else float(label),
                    seed=seed,
                    selected_step=step,
                    steps=400,
                    curve=curve,
                )
                for seed, step in enumerate(places)
            ]
        ladder = tuple({"method": "dense"} if x == "dense" else {"target": x} for x in steps)
        return argmin(
            Test("argmin", "log_early_stop", {}, ladder=ladder), rows, best_of_dense(rows)
        )

    return run


def test_few_censored_steps_are_counted(climbed):
    """One of six may be only a bound; the minimum is that of the early-stop steps."""
    got = climbed({"dense": [400, 300], "0.5": [100, 100], "0.2": [200, 200]})

    assert got.estimate == 50.0
    assert got.notes[1] == "1 of 6 runs censored (training ended first)"


def test_many_censored_steps_give_way_to_times_to_a_target(climbed):
    """Two of six are more than 20 %: the target is reached first at 20 %, after 200 steps."""
    got = climbed({"dense": [400, 400], "0.5": [100, 100], "0.2": [200, 200]})

    assert got.test.quantity == "log_time_to_target"
    assert got.title == "where the steps to target is smallest"
    assert (got.estimate, got.verdict) == (20.0, "CONFIRMED")
    assert got.notes[0] == (
        "2 of 6 runs censored (training ended first), more than 20 %; time to target instead of "
        "early stop"
    )


@pytest.mark.parametrize(("level", "expected"), [(0.025, 20), (0.5, 50), (0.975, 100), (1.0, 100)])
def test_a_quantile_of_places_is_where_the_shares_add_up(level, expected):
    """Places are taken in the order of their size, whatever the order of the ladder."""
    assert quantile([100, 50, 20], [0.3, 0.5, 0.2 - 1e-15], level) == expected
