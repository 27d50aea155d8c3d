"""Rows, assembled by hand from records."""

from dataclasses import replace

import pytest

from prunebench.plan.plan import Plan, PlannedTrial
from prunebench.plan.stage import Stage
from prunebench.run.rows import read_row, unfinished_row, why_lost, without_failed_extras
from prunebench.run.scheduler import Outcome

FACTS = {
    "trial": "t",
    "dataset": "digits",
    "model": "m",
    "method": "x",
    "protocol": "ticket",
    "method_id": "x",
    "protocol_id": "ticket",
    "recipe": "digits",
    "seed": 0,
}
CURVE = {
    "step": [10, 20],
    "train_loss": [0.9, 0.5],
    "validation_loss": [0.7, 0.8],
    "validation_accuracy": [0.6, 0.55],
}


def training(epochs, images, seconds, **more):
    """Make the record of a training."""
    return {
        "status": "ok",
        "epochs": epochs,
        "images_seen": images,
        "seconds": seconds,
        "steps": 20,
        "selected_step": 10,
        "curve": CURVE,
        "density": 0.25,
        "budget_ratio": None,
        "peak_memory": 7,
    } | more


def pruning(macs, kept, seconds, **more):
    """Make the record of a prune stage of a net with 100 weights, 110 parameters, 1000 macs."""
    return {
        "status": "ok",
        "seconds": seconds,
        "method_seconds": seconds / 2,
        "method_samples": 100,
        "method_memory": kept,
        "granularity": "weight",
        "params_dense": 110,
        "params_kept": kept + 10,
        "prunable_dense": 100,
        "prunable_kept": kept,
        "macs_dense": 1000,
        "macs_physical": 1000,
        "macs_sparse": macs,
        "layer_densities": {"fc": kept / 100},
        "shortfall": 0,
        "mask_digest": "mask",
    } | more


def evaluation(accuracy, **more):
    """Make the record of an evaluation."""
    points = {"accuracy": accuracy, "loss": 1 - accuracy, "top5": None}
    return {
        "status": "ok",
        "environment": "env",
        **{f"test_{name}_{p}": v for name, v in points.items() for p in ("last", "selected")},
        "params_measured": 110,
        "macs_measured": 1000,
        "density": 0.25,
        "predictions_digest": "p",
        "weights_digest": "w",
    } | more


RECORDS = {
    "dense": training(16.0, 1600, 30.0),
    "prune1": pruning(600, 50, 1.0),
    "between": training(4.0, 400, 8.0),
    "prune2": pruning(400, 25, 2.0),
    "train": training(16.0, 1600, 29.0),
    "after": evaluation(0.5),
    "test": evaluation(0.9, test_accuracy_selected=0.925),
}
TRIAL = PlannedTrial(FACTS, "test", "after", "train", "dense", ("prune1", "prune2"), ("between",))


def test_a_row_by_hand():
    """Two rounds with a training between, then a retraining: every sum worked out."""
    row = read_row(TRIAL, RECORDS.__getitem__)

    assert (row.status, row.environment, row.trial) == ("ok", "env", "t")
    assert (row.density, row.compression_ratio, row.theoretical_speedup) == (0.25, 110 / 35, 2.5)
    assert (row.realised, row.params_kept, row.macs_sparse) == (False, 35, 400)
    assert (row.test_accuracy_last, row.test_accuracy_selected) == (0.9, 0.925)
    assert (row.test_accuracy_best, row.accuracy_after_pruning) == (0.925, 0.5)
    assert (row.selected_step, row.validation_loss, row.validation_accuracy) == (10, 0.7, 0.6)
    assert (row.train_loss, row.steps, row.epochs, row.seconds) == (0.5, 20, 16.0, 29.0)
    assert (row.dense_epochs, row.pruning_epochs, row.total_epochs) == (16.0, 4.0, 36.0)
    # Images times multiply-adds of what they went through: dense, half pruned, fully pruned.
    assert (row.dense_macs, row.pruning_macs) == (1600 * 1000, 400 * 600)
    assert row.retraining_macs == 1600 * 400
    assert row.total_macs == 1_600_000 + 240_000 + 640_000
    assert (row.dense_seconds, row.pruning_seconds) == (30.0, 1.0 + 8.0 + 2.0)
    assert row.density_after_pruning == row.density_after_training == row.density_evaluated == 0.25


def test_scores_of_others_cost_as_much_as_own():
    """A pass that serves several densities counts whole in each row: its time, images, memory."""
    shared = {"status": "ok", "seconds": 4.0, "method_seconds": 3.0, "method_samples": 500}
    records = {**RECORDS, "score": {**shared, "method_memory": 80}}
    alone = read_row(TRIAL, records.__getitem__)
    row = read_row(replace(TRIAL, scores=("score",)), records.__getitem__)

    assert (alone.method_seconds, alone.method_samples, alone.method_memory) == (1.5, 200, 50)
    assert (row.method_seconds, row.method_samples, row.method_memory) == (4.5, 700, 80)
    assert row.pruning_seconds == alone.pruning_seconds + 4.0
    assert (row.total_epochs, row.total_macs) == (alone.total_epochs, alone.total_macs)


def test_protocol_none_trains_nothing():
    """Without retraining the ledger ends with pruning, and the accuracy is the one after it."""
    trial = PlannedTrial(FACTS, "after", "after", None, "dense", ("prune1", "prune2"), ("between",))
    row = read_row(trial, RECORDS.__getitem__)

    assert (row.steps, row.epochs, row.curve, row.train_loss) == (0, 0.0, {}, None)
    assert (row.total_epochs, row.retraining_macs) == (20.0, 0)
    assert row.test_accuracy_last == row.accuracy_after_pruning == 0.5


def test_the_dense_row_pays_once():
    """A dense row keeps everything and counts its training as dense, not as retraining."""
    trial = PlannedTrial(FACTS, "test", train="dense", dense="dense")
    row = read_row(trial, RECORDS.__getitem__)

    assert (row.density, row.compression_ratio, row.params_dense, row.shortfall) == (1, 1, 110, 0)
    assert (row.dense_epochs, row.total_epochs, row.retraining_macs) == (16.0, 16.0, 0)
    assert row.total_macs == row.dense_macs == 1600 * 1000


def test_methods_without_a_dense_net():
    """Pruning at initialisation pays for its training alone."""
    trial = PlannedTrial(FACTS, "test", "after", "train", None, ("prune2",))
    row = read_row(trial, RECORDS.__getitem__)

    assert (row.dense_epochs, row.dense_macs, row.total_epochs) == (0.0, 0, 16.0)
    assert row.total_macs == 1600 * 400


@pytest.mark.parametrize(
    ("changed", "status"),
    [("dense", "diverged"), ("prune2", "collapsed"), ("train", "diverged"), ("test", "diverged")],
)
def test_the_first_outcome_that_is_not_ok_counts(changed, status):
    """An outcome on the way is the row's."""
    records = {**RECORDS, changed: {**RECORDS[changed], "status": status}}

    assert read_row(TRIAL, records.__getitem__).status == status


def test_nothing_left_has_no_ratio():
    """A network without multiply-adds has no speed-up instead of an infinite one."""
    records = {**RECORDS, "prune2": pruning(0, 0, 1.0, params_kept=0, status="collapsed")}
    row = read_row(TRIAL, records.__getitem__)

    assert (row.theoretical_speedup, row.compression_ratio, row.density) == (None, None, 0.0)


def test_times_come_with_where_they_were_measured():
    """The row holds what the stage recorded, and names its environment; without it nothing."""
    measured = {"device": "cpu", "batches": {"1": {"speedup": 2.0}}}
    records = {**RECORDS, "time": {"status": "ok", "latency": measured, "environment": "there"}}
    row = read_row(replace(TRIAL, latency="time"), records.__getitem__)

    assert row.latency == {**measured, "environment": "there"}
    assert row.environment == "env"
    assert read_row(TRIAL, RECORDS.__getitem__).latency == {}


def test_metrics_stand_under_their_labels():
    """A network that diverged, or whose dense one did, has none of those that were asked for."""
    values = {"a": {"status": "ok", "value": 0.5}, "b": {"status": "ok", "value": None}}
    trial = replace(TRIAL, metrics={"ece[bins=3]": "a", "agreement": "b"})
    row = read_row(trial, {**RECORDS, **values}.__getitem__)

    assert row.metrics == {"ece[bins=3]": 0.5}
    assert read_row(TRIAL, RECORDS.__getitem__).metrics == {}


def test_a_lost_metric_leaves_the_row():
    """It failed, or the test of the dense network did that it compares with; why is told."""
    test = Stage("evaluate", {"a": 1}, (), "test dense")
    mine, other = (Stage("measure", {"a": n}, (test.key,), f"m{n}") for n in (1, 2))
    plan = Plan({one.key: one for one in (test, mine, other)}, ())
    outcome = Outcome(
        failed={mine.key: "Oops: no", test.key: "Ouch: x"}, blocked={other.key: test.key}
    )
    trial = replace(TRIAL, metrics={"1": mine.key, "2": other.key, "3": "fine"})

    assert without_failed_extras(trial, outcome) == replace(TRIAL, metrics={"3": "fine"})
    assert why_lost(mine.key, outcome, plan) == "'m1' failed: Oops: no"
    assert why_lost(other.key, outcome, plan) == "'m2' needs 'test dense', which failed: Ouch: x"


def test_what_was_not_timed_says_why():
    """Where timing was asked for and tells nothing."""
    row = read_row(replace(TRIAL, untimed="for a reason"), RECORDS.__getitem__)

    assert row.latency == {"untimed": "for a reason"}


def test_failed_and_blocked_rows():
    """The failed stage's rows fail with its reason; rows behind it name it; others stay open."""
    cause = Stage("prune", {"a": 1}, (), "x round 1")
    after = Stage("evaluate", {"a": 2}, (cause.key,), "test x")
    plan = Plan({cause.key: cause, after.key: after}, ())
    outcome = Outcome(failed={cause.key: "Oops: no"}, blocked={after.key: cause.key})
    failed = unfinished_row(PlannedTrial(FACTS, after.key, prunes=(cause.key,)), outcome, plan, "e")
    blocked = unfinished_row(PlannedTrial(FACTS, after.key), outcome, plan, "e")

    assert (failed.status, failed.reason) == ("failed", "Oops: no")
    assert blocked.status == "blocked"
    assert blocked.reason == "needs 'x round 1', which failed: Oops: no"
    assert unfinished_row(PlannedTrial(FACTS, "other"), outcome, plan, "e") is None
