"""Rows of a cell become one number per seed."""

from prunebench.claims.quantities import QUANTITIES
from prunebench.claims.select import pick, side

ACCURACY = QUANTITIES["accuracy"]


def test_draws_are_averaged_within_their_seed(make_row):
    """Three draws of one seed are one number, their mean."""
    rows = [make_row(seed=0, draw=n, test_accuracy_last=0.1 * n) for n in (0, 1, 2)]
    got = side([*rows, make_row(seed=1, test_accuracy_last=0.5)], {}, ACCURACY, {})

    assert got.values == {0: 10.0, 1: 50.0}
    assert got.runs == 4
    assert len(got.trials) == 4


def test_a_lost_draw_leaves_the_mean_of_the_others(make_row):
    """A diverged draw has no number; its seed has one as long as a draw is left."""
    rows = [
        make_row(draw=0, test_accuracy_last=0.5),
        make_row(draw=1, status="diverged"),
        make_row(seed=1, status="failed"),
    ]
    got = side(rows, {}, ACCURACY, {})

    assert got.values == {0: 50.0}
    assert got.lost == (1,)
    assert got.statuses == {"ok": 1, "diverged": 1, "failed": 1}


def test_a_collapsed_trial_enters_the_mean(make_row):
    """It has an accuracy, and leaving it out would select on the outcome."""
    got = side([make_row(status="collapsed", test_accuracy_last=0.1)], {}, ACCURACY, {})

    assert got.values == {0: 10.0}


def test_an_empty_cell_is_a_problem_that_names_the_cell(make_row):
    """What was looked for is said."""
    got = side([make_row()], {"protocol": "random"}, ACCURACY, {})

    assert got.problem == "no row has protocol random"
    assert got.values == {}


def test_two_kinds_of_rows_in_one_cell_are_a_problem(make_row):
    """Averaging them would compare something nobody asked for."""
    rows = [make_row(lr=0.1), make_row(lr=0.01, trial="other")]
    got = side(rows, {"protocol": "ticket"}, ACCURACY, {})

    assert got.problem == "several kinds of rows have protocol ticket: lr is 0.1 or 0.01"


def test_rows_that_differ_in_settings_alone_are_a_problem_too(make_row):
    """Where no named column differs, the settings must."""
    got = side([make_row(), make_row(trial="other")], {}, ACCURACY, {})

    assert got.problem == "several kinds of rows have nothing in particular: their settings differ"


def test_a_trial_that_two_runs_hold_counts_once(make_row):
    """The later row replaces the earlier one."""
    rows = [make_row(test_accuracy_last=0.1), make_row(test_accuracy_last=0.2)]

    assert pick(rows, {}) == rows[1:]


def test_the_density_of_a_side_is_the_mean_of_its_rows(make_row):
    """It places a cell on a ladder."""
    rows = [make_row(seed=seed, density=0.2 + 0.2 * seed) for seed in (0, 1)]

    assert round(side(rows, {}, ACCURACY, {}).density, 12) == 0.3
    assert side([make_row()], {}, ACCURACY, {}).density is None
