"""Diagnoses against numbers computed here from the stored weights."""

from math import isfinite

import pytest

from prunebench.core.surgery import apply_weight_mask
from prunebench.run.bench import Bench
from prunebench.run.network import build, read_mask
from prunebench.run.task import task_of
from prunebench.store.store import Store
from prunebench.training.evaluate import evaluate

ASKED = {"methods": ["magnitude"], "protocols": ["ticket"], "diagnostics": True}


@pytest.fixture
def done(run_tiny, plan_of, registry, tmp_path):
    """Run magnitude with a ticket, all weights kept; give rows, plan, trial and a bench."""
    finished = run_tiny(keep_weights=True, **ASKED)
    plan = plan_of(**ASKED)
    trial = next(t for t in plan.trials if t.facts["method_id"] == "magnitude")
    rows = {row.method: row for row in finished.rows}
    return rows, plan, trial, Bench(registry, Store(tmp_path / "store"))


def relative(start, end, masks):
    """Compute the relative distance with plain sums."""
    names = [name for name in start if name.endswith("weight") and start[name].ndim > 1]
    moved = sum(float(((end[n] - start[n]) * masks[n]).double().square().sum()) for n in names)
    whole = sum(float((start[n] * masks[n]).double().square().sum()) for n in names)
    return (moved / whole) ** 0.5


def weights(bench, key):
    """Read the last weights of a stage."""
    return bench.artifact(key).part("last")


def masks_of(bench, key):
    """Read a prune stage's mask by parameter name."""
    mask, _ = read_mask(bench.artifact(key))
    return {f"{name}.weight": kept for name, kept in mask.items()}


def test_distances_are_those_of_the_stored_weights(done):
    """Of the ticket from its early weights; of the dense network over both sides of the mask."""
    rows, plan, trial, bench = done
    start = plan.stages[trial.diagnoses[1]].spec["start"]["weights"]
    initial, dense = weights(bench, start), weights(bench, trial.dense)
    kept = masks_of(bench, trial.prunes[0])
    removed = {name: ~mask for name, mask in kept.items()}
    found = rows["magnitude"]

    ticket = relative(initial, weights(bench, trial.train), kept)
    assert found.weight_distance == pytest.approx(ticket, rel=1e-6)
    assert found.dense_distance_kept == pytest.approx(relative(initial, dense, kept), rel=1e-6)
    assert found.dense_distance_pruned == pytest.approx(relative(initial, dense, removed), rel=1e-6)
    assert rows["dense"].dense_distance_kept is None


def test_losses_around_the_pruning_are_those_of_the_two_networks(done):
    """The dense network's training loss, and that of the same weights under the mask."""
    rows, plan, trial, bench = done
    stage = plan.stages[trial.train]
    network, _ = build(bench.model(stage.spec["model"]), stage.spec["model"])
    network.load_state_dict(weights(bench, trial.dense))
    info, images = bench.data(task_of(stage))
    before = evaluate(network, images.train, info.preprocessing)
    apply_weight_mask(network, read_mask(bench.artifact(trial.prunes[0]))[0])
    after = evaluate(network, images.train, info.preprocessing)
    found = rows["magnitude"]

    assert found.train_loss_before_pruning == pytest.approx(before.loss, rel=1e-5)
    assert found.train_loss_after_pruning == pytest.approx(after.loss, rel=1e-5)
    assert rows["dense"].train_accuracy == pytest.approx(before.accuracy)
    assert rows["dense"].train_loss_before_pruning is None


def test_a_cut_network_is_diagnosed_in_its_own_shape(run_tiny):
    """Distances of the narrow network; nothing about dense weights, which no mask sorts."""
    finished = run_tiny(methods=["l1filter"], protocols=["finetune"], diagnostics=True)
    row = next(row for row in finished.rows if row.method == "l1filter")

    assert 0 < row.weight_distance < 1
    assert 0 < row.train_accuracy <= 1
    assert row.dense_distance_kept is None
    assert row.train_loss_after_pruning > row.train_loss_before_pruning


def test_several_rounds_start_from_the_trained_network_before(run_tiny):
    """The last round scored a network that the round before had left and that was trained."""
    finished = run_tiny(
        methods=["magnitude-iterative[rounds=2,between=finetune]"],
        protocols=["none"],
        diagnostics=True,
    )
    row = next(row for row in finished.rows if row.method_id == "magnitude-iterative")

    assert isfinite(row.train_loss_before_pruning)
    assert row.train_loss_after_pruning != row.train_loss_before_pruning
    assert row.weight_distance is None


def test_without_diagnostics_the_columns_are_empty(run_tiny):
    """Nothing is measured that was not asked for."""
    row = next(iter(run_tiny(methods=["magnitude"], protocols=["none"]).rows))

    assert row.train_accuracy is row.weight_distance is row.train_loss_after_pruning is None
