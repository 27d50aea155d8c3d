"""What is said of a test beside its verdict: losses, censoring, ratios."""

from math import log, sqrt

import pytest
from statsmodels.stats.power import TTestPower

from prunebench.claims.claim import Test
from prunebench.claims.examine import conclude, examine
from prunebench.claims.quantities import best_of_dense

STEPS = [100.0, 200.0, 300.0, 400.0]


@pytest.fixture
def speed_rows(make_row, make_dense):
    """Give dense and ticket rows with their early-stop steps; accuracy rises by 0.1 a step."""

    def make(dense, ticket):
        curve = {"step": STEPS, "validation_accuracy": [0.6, 0.7, 0.8, 0.9]}
        faster = {"step": STEPS, "validation_accuracy": [0.8, 0.9, 0.9, 0.9]}
        return [
            *(
                make_dense(seed=seed, selected_step=step, steps=400, curve=curve)
                for seed, step in enumerate(dense)
            ),
            *(
                make_row(seed=seed, selected_step=step, steps=400, curve=faster)
                for seed, step in enumerate(ticket)
            ),
        ]

    return make


FASTER = Test("superior", "log_early_stop", {"method": "dense"}, {"protocol": "ticket"})


def test_speed_is_compared_as_a_ratio(speed_rows):
    """It is the logarithm of the dense step over the ticket's: 300 / 100 in every seed."""
    rows = speed_rows([300] * 5, [100] * 5)
    got = conclude(examine(FASTER, rows, {}), 1 / 32, 1)

    assert got.estimate == pytest.approx(log(3))
    assert got.verdict == "CONFIRMED"
    assert got.unit == "log"
    assert (got.notes, got.detectable) == ((), None)


def test_few_censored_runs_are_counted(speed_rows):
    """Two of ten are 20 %, which is not more than 20 %."""
    rows = speed_rows([300, 300, 300, 400, 400], [100] * 5)
    got = examine(FASTER, rows, best_of_dense(rows))

    assert got.test.quantity == "log_early_stop"
    assert got.notes[0] == "2 of 10 runs censored (training ended first)"


def test_many_censored_runs_change_the_quantity(speed_rows):
    """From three of ten on, the time to the dense best less 0.2 points is compared, and said."""
    rows = speed_rows([300, 300, 400, 400, 400], [100] * 5)
    got = examine(FASTER, rows, best_of_dense(rows))

    assert got.test.quantity == "log_time_to_target"
    assert got.evidence.mean == pytest.approx(log(400 / 200))  # 0.9 is reached at 400 and at 200
    assert got.notes == (
        "3 of 10 runs censored (training ended first), more than 20 %; time to target instead of "
        "early stop",
    )


def test_bounds_that_tie_confirm_no_equivalence(make_row, make_dense):
    """If hardly a run reaches the target, all have the last step: equal bounds, no equal speed."""
    flat = {"step": STEPS, "validation_accuracy": [0.1] * 4}
    rows = [
        *(make_dense(seed=s, curve={**flat, "validation_accuracy": [0.9]}) for s in range(5)),
        *(make_row(seed=s, curve=flat) for s in range(5)),
        *(make_row(seed=s, curve=flat, protocol="random") for s in range(5)),
    ]
    test = Test(
        "equivalent", "log_time_to_target", {"protocol": "ticket"}, {"protocol": "random"}, 0.2
    )
    got = conclude(examine(test, rows, best_of_dense(rows)), None, 0)

    assert got.verdict == "INCONCLUSIVE"
    assert got.notes[-1] == "so many bounds are equal that the intervals cannot be trusted"


def test_losses_are_counted_and_their_seeds_named(make_cell, make_row):
    """Diverged and failed rows have no number, collapsed ones have; a seed needs both sides."""
    rows = [
        *make_cell([91, 92, 93], protocol="ticket"),
        *make_cell([90], protocol="random"),
        make_row(seed=1, protocol="random", status="diverged"),
        make_row(seed=3, protocol="random", status="failed"),
        make_row(seed=2, protocol="random", status="collapsed", test_accuracy_last=0.1),
    ]
    test = Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"})
    got = examine(test, rows, {})

    assert got.evidence.n == 2
    assert got.notes == ("rows: 1 collapsed, 1 diverged, 1 failed", "seeds 1, 3 without a pair")


def test_a_single_lost_seed_is_one_seed(make_cell, make_row):
    """The phrase is in the singular."""
    rows = [
        *make_cell([91, 92], protocol="ticket"),
        *make_cell([90], protocol="random"),
        make_row(seed=1, protocol="random", status="blocked"),
    ]
    test = Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"})

    assert examine(test, rows, {}).notes == ("rows: 1 blocked", "seed 1 without a pair")


def test_sides_without_a_common_seed_settle_nothing(make_row):
    """There are rows, so it was run; there is no difference, so nothing is known."""
    rows = [
        make_row(protocol="ticket", test_accuracy_last=0.9),
        make_row(protocol="random", status="diverged"),
    ]
    test = Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"}, note="n")
    got = conclude(examine(test, rows, {}), None, 1)

    assert got.verdict == "INCONCLUSIVE"
    assert got.notes == (
        "rows: 1 diverged",
        "seed 0 without a pair",
        "no seed has a number on both sides",
        "n",
    )
    assert (got.estimate, got.n, got.p) == (None, 0, None)


def test_one_seed_has_an_estimate_and_no_verdict(make_cell):
    """A single difference has neither interval nor p."""
    rows = [*make_cell([91], protocol="ticket"), *make_cell([90], protocol="random")]
    test = Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"})
    got = conclude(examine(test, rows, {}), None, 1)

    assert got.estimate == pytest.approx(1.0)
    assert (got.verdict, got.low, got.p, got.n) == ("INCONCLUSIVE", None, None, 1)


@pytest.mark.parametrize(
    ("accuracies", "expected"), [([99.95, 100, 99.97], "CONFIRMED"), ([99, 99, 99], "REFUTED")]
)
def test_a_fixed_number_can_stand_in_the_place_of_a_cell(make_cell, accuracies, expected):
    """Every seed is held against the same level."""
    rows = make_cell(accuracies)
    test = Test("noninferior", "accuracy", {"protocol": "ticket"}, level=99.9)
    got = conclude(examine(test, rows, {}), None, 0)

    assert got.verdict == expected
    assert got.behind[1].label == "fixed at 99.9"
    assert got.n == 3


def test_what_the_seeds_could_have_found_is_said_of_an_open_test(make_cell):
    """With sd 1 and five seeds a one-sided t test has 80 % power at a difference of 1.36."""
    expected = TTestPower().solve_power(nobs=5, alpha=0.05, power=0.8, alternative="larger")
    rows = [
        *make_cell([91, 89, 91, 89, 90], protocol="ticket"),
        *make_cell([90] * 5, protocol="random"),
    ]
    test = Test("superior", "accuracy", {"protocol": "ticket"}, {"protocol": "random"})
    got = conclude(examine(test, rows, {}), None, 1)

    assert got.detectable == pytest.approx(expected)


def test_of_speeds_the_logarithm_of_a_factor_could_have_been_found(speed_rows):
    """Differences 0, ln 2, -ln 2, 0, 0: their sample deviation is ln 2 / sqrt(2)."""
    rows = speed_rows([100, 200, 100, 200, 100], [100, 100, 200, 200, 100])
    got = conclude(examine(FASTER, rows, {}), None, 1)
    expected = TTestPower().solve_power(nobs=5, alpha=0.05, power=0.8, alternative="larger")

    assert got.detectable == pytest.approx(expected * log(2) / sqrt(2))
    assert got.verdict == "INCONCLUSIVE"
