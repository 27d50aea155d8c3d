"""Quantities are one number per row."""

from math import log

import pytest

from prunebench.claims.quantities import QUANTITIES, best_of_dense

CURVE = {
    "step": [100.0, 200.0, 300.0, 400.0],
    "validation_loss": [0.5, 0.3, 0.2, 0.25],
    "validation_accuracy": [0.90, 0.95, 0.971, 0.97],
}


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("accuracy", {"test_accuracy_last": 0.9376}, 93.76),
        ("accuracy_best", {"test_accuracy_best": 0.5}, 50.0),
        ("accuracy_early_stop", {"test_accuracy_selected": 0.25}, 25.0),
        ("train_accuracy", {"train_accuracy": 0.999}, 99.9),
        ("generalisation_gap", {"train_accuracy": 1.0, "test_accuracy_last": 0.975}, 2.5),
        ("weight_distance", {"weight_distance": 0.75}, 0.75),
        ("dense_distance_kept", {"dense_distance_kept": 0.5}, 0.5),
        ("dense_distance_pruned", {"dense_distance_pruned": 1.5}, 1.5),
        (
            "loss_rise",
            {"train_loss_after_pruning": 0.75, "train_loss_before_pruning": 0.25},
            0.5,
        ),
        ("log_early_stop", {"selected_step": 300}, log(300)),
        ("log_early_stop", {"selected_step": 0}, None),
    ],
)
def test_what_a_quantity_reads(make_row, name, row, expected):
    """Fractions come in percent, steps as logarithms, differences as after minus before."""
    got = QUANTITIES[name].measure(make_row(**row), {})

    assert got == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("name", list(QUANTITIES))
def test_a_row_without_the_fields_has_no_number(make_row, name):
    """A failed trial has nothing to compare, whatever the quantity; nor is it censored."""
    row = make_row(status="failed")

    assert QUANTITIES[name].measure(row, {}) is None
    assert not QUANTITIES[name].is_censored(row, {})


@pytest.mark.parametrize(("step", "expected"), [(300, False), (400, True)])
def test_an_early_stop_at_the_last_evaluation_is_censored(make_row, step, expected):
    """The loss may have gone on falling."""
    row = make_row(selected_step=step, curve=CURVE, steps=450)

    assert QUANTITIES["log_early_stop"].is_censored(row, {}) == expected


def test_without_a_curve_the_last_step_counts_as_the_last_evaluation(make_row):
    """The length of the training stands in for its evaluations."""
    row = make_row(selected_step=450, steps=450)

    assert QUANTITIES["log_early_stop"].is_censored(row, {})


def test_time_to_target_is_measured_against_the_dense_best_of_the_seed(make_row, make_dense):
    """The target is 0.2 points below the best validation accuracy of the seed's dense training."""
    dense = make_dense(seed=3, curve={"step": [100.0], "validation_accuracy": [0.952]})
    other = make_dense(seed=4, curve={"step": [100.0], "validation_accuracy": [0.3]})
    row = make_row(seed=3, curve=CURVE)
    best = best_of_dense([dense, other, row])
    quantity = QUANTITIES["log_time_to_target"]

    assert best == {("digits", "mlp", "smoke", 3): 0.952, ("digits", "mlp", "smoke", 4): 0.3}
    assert quantity.measure(row, best) == pytest.approx(log(200))  # 0.95 reaches 0.952 - 0.002
    assert not quantity.is_censored(row, best)


def test_a_target_that_is_never_reached_is_censored_at_the_last_step(make_row, make_dense):
    """The last step is the smallest value that is possible."""
    dense = make_dense(curve={"step": [100.0], "validation_accuracy": [0.98]})
    row = make_row(curve=CURVE)
    best = best_of_dense([dense])
    quantity = QUANTITIES["log_time_to_target"]

    assert quantity.measure(row, best) == pytest.approx(log(400))
    assert quantity.is_censored(row, best)


def test_a_regularised_dense_network_sets_no_target(make_dense):
    """Only the plain dense training of a seed does."""
    curve = {"step": [100.0], "validation_accuracy": [0.98]}

    assert best_of_dense([make_dense(regularized_by="slimming", curve=curve)]) == {}
    assert best_of_dense([make_dense(curve={"validation_accuracy": [None]})]) == {}


def test_time_to_target_needs_the_seeds_dense_training(make_row):
    """Without it there is no target."""
    assert QUANTITIES["log_time_to_target"].measure(make_row(curve=CURVE), {}) is None
