import re

import pytest

from prunebench.report.figures.cost_axis import axes_of, latency_axis, macs_share, training_cost

LATENCY = {"batches": {"1": {"dense": {"median": 4.0}, "pruned": {"median": 2.5}}}}


def test_a_cut_network_costs_what_was_run(make_row):
    """500 of 1,000 multiply-adds are left to run, whatever its zeros would save."""
    row = make_row(realised=True, macs_dense=1000, macs_physical=500, macs_sparse=400)

    assert macs_share(row, realised=True) == 50.0
    assert macs_share(row, realised=False) is None


def test_a_mask_has_an_ideal_cost_alone(make_row):
    """It runs all 1,000; 400 would be left if zeros were free."""
    row = make_row(realised=False, macs_dense=1000, macs_physical=1000, macs_sparse=400)

    assert macs_share(row, realised=False) == 40.0
    assert macs_share(row, realised=True) is None


def test_training_is_counted_in_dense_trainings(make_row):
    """Dense 100, pruning 50, retraining 100: 2.5 dense trainings."""
    assert training_cost(make_row(total_macs=250, dense_macs=100)) == 2.5
    assert training_cost(make_row(dense_macs=100)) is None
    assert training_cost(make_row(total_macs=250)) is None


def test_latency_is_the_measured_median(make_row):
    """In milliseconds, pruned and dense; nothing where it was not measured."""
    axis = latency_axis("1")

    assert axis.pick(make_row(latency=LATENCY)) == 2.5
    assert axis.dense(make_row(latency=LATENCY)) == 4.0
    assert axis.pick(make_row()) is None
    assert latency_axis("64").pick(make_row(latency=LATENCY)) is None


def test_masks_have_their_own_axis_of_time(make_row):
    """With the times of the sparse kernels; a cut network has no place on it."""
    batch = {"dense": {"median": 4.0}, "masked": {"median": 4.0}, "sparse": {"median": 1.5}}
    masked = make_row(latency={"batches": {"8": batch}})
    *_, axis, _ = axes_of([masked])

    assert axis.title == "Measured latency, sparse kernels, batch of 8"
    assert (axis.pick(masked), axis.dense(masked)) == (1.5, 4.0)
    assert axis.pick(make_row(latency=LATENCY)) is None


@pytest.mark.parametrize(("latency", "panels"), [({}, 3), (LATENCY, 4)])
def test_only_measured_batches_have_an_axis(make_row, latency, panels):
    """Cut and masked networks, each measured batch, training; every axis has its unit."""
    axes = axes_of([make_row(latency=latency)])

    assert len(axes) == panels
    assert all(re.search(r"\((% of|ms|× )", axis.label) for axis in axes)
    assert {"multiply-adds (% of dense)", "all training (× dense training)"} <= {
        axis.label for axis in axes
    }
