"""Sizes, ledger, training and plausibility: one edited number, one finding about it."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from prunebench.bundle.checks.copies import check_copies, copy_notes
from prunebench.bundle.checks.ledger import check_ledger
from prunebench.bundle.checks.plausible import check_plausible, plausible_notes
from prunebench.bundle.checks.sizes import check_sizes
from prunebench.bundle.checks.training import asked_steps, check_training
from prunebench.bundle.document import Curve, LayerCount


def fields(findings):
    """Give the fields of findings, each once."""
    return {finding.field for finding in findings}


def test_an_honest_bundle_has_no_finding(honest):
    """Numbers that follow from each other are accepted."""
    checks = (check_sizes, check_ledger, check_training, check_plausible, check_copies)

    assert list(chain.from_iterable(check(honest) for check in checks)) == []
    assert list(plausible_notes(honest)) == []
    assert list(copy_notes(honest)) == []


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("params_kept", 50, {"params_kept", "compression_ratio"}),
        ("params_dense", None, {"params_dense"}),
        ("macs_sparse", 300, {"macs_sparse", "theoretical_speedup"}),
        ("macs_physical", 110, {"macs_physical"}),
        ("compression_ratio", 3.0, {"compression_ratio"}),
        ("theoretical_speedup", 3.0, {"theoretical_speedup"}),
        ("density", 0.4, {"density"}),
        ("density_after_pruning", 0.4, {"density_after_pruning"}),
        ("density_after_training", 0.4, {"density_after_training"}),
        ("density_evaluated", 0.51, {"density_evaluated"}),
        ("density_evaluated", None, {"density_evaluated"}),
        ("realised", True, {"realised"}),
        ("shortfall", -1, {"shortfall"}),
        ("layer_densities", {"conv": 0.5}, {"layer_densities"}),
        ("layer_densities", {"conv": 0.5, "fc": 0.4}, {"layer_densities"}),
    ],
)
def test_sizes_are_recomputed(honest, changed, field, value, expected):
    """A size, a density or a ratio that does not follow from the others is found."""
    assert fields(check_sizes(changed(honest, **{field: value}))) == expected


@pytest.mark.parametrize(
    ("field", "column"), [("prunable_dense", "size"), ("prunable_kept", "kept")]
)
def test_prunable_weights_are_those_of_the_layers(honest, changed, field, column):
    """Totals that are not the layers', and with them every density, are found."""
    got = fields(check_sizes(changed(honest, **{field: 90})))

    assert got >= {column, "density", "density_evaluated"}


@pytest.mark.parametrize("field", ["density", "macs_sparse", "params_kept", "compression_ratio"])
def test_a_dense_row_keeps_everything(honest, changed, field):
    """A dense row that keeps less than all is found."""
    assert fields(check_sizes(changed(honest, dense=True, **{field: 2}))) == {field}


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ((), "size"),
        ((LayerCount("conv", 40, 20), LayerCount("fc", 61, 30)), "size"),
        ((LayerCount("conv", 40, 21), LayerCount("fc", 60, 30)), "kept"),
        ((LayerCount("conv", 40, 50), LayerCount("fc", 60, 0)), "kept"),
        ((LayerCount("fc", 40, 20), LayerCount("fc", 60, 30)), "kept"),
        ((LayerCount("conv", 100, 50), LayerCount("fc", 0, 0)), "kept"),
    ],
)
def test_layers_add_up(make_bundle, layers, field):
    """Layers whose sizes are not those of the row are found."""
    bundle = make_bundle(densities=(0.5,), seeds=1)
    trial = next(iter(bundle.layers))

    assert field in fields(check_sizes(replace(bundle, layers={trial: layers})))


def test_layers_of_a_dense_row_are_refused(honest):
    """Only pruned rows have layers."""
    dense = next(e.row.trial for e in honest.entries if e.row.method_id == "dense")
    layers = {**honest.layers, dense: (LayerCount("conv", 40, 40),)}

    assert [f.trial for f in check_sizes(replace(honest, layers=layers))] == [dense]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("total_macs", 1, {"total_macs"}),
        ("total_epochs", 3.0, {"total_epochs"}),
        ("pruning_epochs", 1.0, {"total_epochs"}),
        ("tuning_epochs", 1.0, {"total_epochs"}),
        ("tuning_macs", 1, {"total_macs"}),
        ("retraining_macs", 0, {"total_macs"}),
        ("retraining_macs", 1651, {"retraining_macs", "total_macs"}),
        ("dense_macs", 220 * 10**6, {"dense_macs", "total_macs"}),
        ("epochs", 2.0, {"epochs", "total_epochs"}),
        ("steps", 4, {"epochs"}),
        ("dense_seconds", None, {"dense_seconds"}),
    ],
)
def test_the_ledger_adds_up(honest, changed, field, value, expected):
    """A cost that is not the sum of its parts, or of no whole images, is found."""
    assert fields(check_ledger(changed(honest, **{field: value}))) == expected


@pytest.mark.parametrize("field", ["dense_epochs", "dense_seconds", "pruning_epochs"])
def test_a_dense_ledger_is_its_own_training(honest, changed, field):
    """A dense row whose dense training cost something else than its own is found."""
    assert field in fields(check_ledger(changed(honest, dense=True, **{field: 9.0})))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 4),
        ("lr", 0.1),
        ("lr", None),
        ("train_loss", 0.1),
        ("validation_loss", 0.1),
        ("validation_accuracy", None),
        ("selected_step", 1),
        ("test_accuracy_selected", 0.1),
        ("test_loss_selected", 0.1),
    ],
)
def test_training_is_as_asked_for(honest, changed, field, value):
    """Length, rate, and what the curve tells are compared with the row."""
    assert field in fields(check_training(changed(honest, **{field: value})))


@pytest.mark.parametrize(
    ("steps", "field"), [((2, 2), "step"), ((0, 2), "step"), ((1,), "step"), ((3,), "step")]
)
def test_curves_rise_to_the_last_step(make_bundle, steps, field):
    """A curve that does not rise, or ends elsewhere, is found."""
    bundle = make_bundle(densities=(0.5,), seeds=1)
    trial = next(e.row.trial for e in bundle.entries if e.row.method_id != "dense")
    losses = (0.5,) * len(steps)
    curves = {**bundle.curves, trial: Curve(steps, losses, losses, losses)}

    assert field in fields(check_training(replace(bundle, curves=curves)))


def test_a_training_without_a_curve_is_found(honest):
    """A row that was trained and ended well has a curve."""
    got = list(check_training(replace(honest, curves={})))

    assert {finding.file for finding in got} >= {"curves.csv"}


def test_the_selected_step_is_the_best_of_validation(make_bundle):
    """A state that validation did not choose, such as the best on the test set, is found."""
    bundle = make_bundle(seeds=1)
    dense = next(e for e in bundle.entries if e.row.method_id == "dense")
    curve = bundle.curves[dense.row.trial]
    row = replace(
        dense.row,
        selected_step=2,
        validation_loss=curve.validation_loss[0],
        validation_accuracy=curve.validation_accuracy[0],
    )
    got = list(
        check_training(
            replace(bundle, entries=(replace(dense, row=row),), curves={dense.row.trial: curve})
        )
    )

    assert [(f.field, f.found, f.expected) for f in got] == [("selected_step", "2", "6")]


def test_scratch_b_is_as_long_as_its_ratio_allows(make_bundle):
    """Three epochs at half the cost are six, up to a cap of 1.5: floor(4.5) = 4 epochs."""
    row = next(e.row for e in make_bundle(densities=(0.5,)).entries if e.row.method_id != "dense")
    protocol = {"name": "scratch-b", "start": "narrow", "budget": "same-compute", "extra": 0}
    free, capped, longer = (
        asked_steps(replace(row, settings={**row.settings, "protocol": {**protocol, **more}}))
        for more in ({"cap": None}, {"cap": 1.5}, {"cap": 1.5, "extra": 2})
    )

    assert free == [12, 12]
    assert capped == [8, 9]
    assert longer == [10, 11]


def test_rewinding_shortens_a_training(make_bundle):
    """A ticket that returns to step 2 of 6 trains for 4 steps, to step 6."""
    row = next(e.row for e in make_bundle().entries if e.row.method_id != "dense")
    protocol = {"name": "ticket", "start": "rewind", "budget": "same-epochs", "rewind": 2}

    assert asked_steps(replace(row, settings={**row.settings, "protocol": protocol})) == [4]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("test_accuracy_last", 1.5),
        ("accuracy_after_pruning", -0.1),
        ("seconds", -1.0),
        ("method_memory", -1),
        ("total_macs", -5),
        ("weight_distance", -0.5),
        ("weights_digest", ""),
        ("predictions_digest", "xyz"),
        ("mask_digest", "A" * 32),
    ],
)
def test_numbers_have_a_range(honest, changed, field, value):
    """Fractions lie in [0, 1], costs are not negative, digests have their digits."""
    assert fields(check_plausible(changed(honest, **{field: value}))) == {field}


@pytest.mark.parametrize(
    "told",
    [
        {"dense": {"p10": 1.0, "median": 2.0, "p90": 1.5}},
        {"dense": {"p10": 0.0, "median": 2.0, "p90": 3.0}},
        {"dense": {"p10": 1.0, "median": 2.0}},
        {"dense": {"p10": 1.0, "median": 10**400, "p90": 10**401}},
        "fast",
        {
            "dense": {"p10": 2.0, "median": 2.0, "p90": 2.0},
            "pruned": {"p10": 1.0, "median": 1.0, "p90": 1.0},
            "speedup": 3.0,
        },
    ],
)
def test_latencies_are_ordered(honest, changed, told):
    """Times are positive and in order, and a speedup is the ratio of the medians."""
    bundle = changed(honest, latency={"batches": {"1": told}})

    assert fields(check_plausible(bundle)) == {"latency"}


def test_scores_far_below_chance_are_found(honest, changed):
    """With 20 images of 4 classes, 3 standard deviations below 0.25 is -0.04: nothing is found."""
    assert list(check_plausible(changed(honest, test_accuracy_last=0.0))) == []


def test_scores_far_below_chance_are_found_with_more_images(honest, changed):
    """With 2000 images the bound is 0.25 - 3 sqrt(0.25 · 0.75 / 2000) = 0.221."""
    labels = {"toy": np.arange(2000, dtype=np.uint16) % 4}
    below, above, untrained = (
        changed(replace(honest, labels=labels), test_accuracy_last=score, **more)
        for score, more in ((0.22, {}), (0.222, {}), (0.22, {"steps": 0}))
    )

    assert fields(check_plausible(below)) == {"test_accuracy_last"}
    assert list(check_plausible(above)) == []
    assert list(check_plausible(untrained)) == []
    assert [note.kind for note in plausible_notes(untrained)] == ["chance"]


def test_keeping_more_than_asked_for_is_noted(honest, changed):
    """A network of density 0.5 under the name of 0.4 is noted; one that keeps less is not."""
    more, less = (changed(honest, target_density=0.1), changed(honest, target_density=0.9))

    assert [note.kind for note in plausible_notes(more)] == ["density"]
    assert list(plausible_notes(less)) == []
