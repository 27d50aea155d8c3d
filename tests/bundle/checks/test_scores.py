from dataclasses import replace
from math import log

import numpy as np
import pytest

from prunebench.bundle.checks.scores import check_scores
from prunebench.bundle.document import DatasetFacts, Predictions


def fields(findings):
    """Give the fields of findings."""
    return [finding.field for finding in findings]


@pytest.fixture
def one(make_bundle):
    """Give a bundle with one pruned row of 17 hits of 20, and a function to predict otherwise."""
    bundle = make_bundle(seeds=1, densities=(0.5,))
    trial = next(e.row.trial for e in bundle.entries if e.row.method_id != "dense")

    def predict(**arrays):
        found = replace(bundle.predictions[trial], **arrays)
        return replace(bundle, predictions={**bundle.predictions, trial: found})

    return bundle, predict, bundle.predictions[trial]


def test_scores_that_predictions_give_are_accepted(one):
    """An honest bundle has no finding."""
    assert list(check_scores(one[0])) == []


def test_one_more_hit_is_found(one):
    """An accuracy that is one image off is found, with the recomputed value."""
    bundle, predict, before = one
    classes = before.classes.copy()
    classes[-1] = bundle.labels["toy"][-1]
    got = list(check_scores(predict(classes=classes)))

    assert fields(got) == ["test_accuracy_last"]
    assert (got[0].found, got[0].expected) == ("0.85", "0.9")
    assert "right for 18 of 20 images" in got[0].message


def test_the_last_bit_counts(one, changed):
    """An accuracy is hits / images exactly."""
    near = np.nextafter(0.85, 1.0)
    best = {f"test_accuracy_{point}": float(near) for point in ("last", "selected", "best")}

    assert fields(check_scores(changed(one[0], **best))) == ["test_accuracy_last"]


@pytest.mark.parametrize("wrong", [-1, 4, 32767])
def test_predictions_are_classes(one, wrong):
    """A predicted class that there is none of is found."""
    classes = one[2].classes.copy()
    classes[-1] = wrong

    assert fields(check_scores(one[1](classes=classes))) == ["classes"]


@pytest.mark.parametrize("wrong", [0.0, 0.2, 1.5, float("nan"), float("inf"), -0.5])
def test_confidences_are_those_of_the_likeliest(one, wrong):
    """The likeliest of four classes has a probability from 0.25 to 1."""
    confidence = one[2].confidence.copy()
    confidence[-1] = wrong

    assert "confidence" in fields(check_scores(one[1](confidence=confidence)))


def test_a_third_in_half_precision_is_a_third(make_bundle):
    """A confidence of 1 / classes is accepted, though half precision has rounded it down."""
    bundle = make_bundle(seeds=1, densities=(0.5,))
    facts = (DatasetFacts("toy", 10, 20, "sha256:toy"),)
    evenly = {
        trial: Predictions(found.classes, np.full(20, 0.1, np.float16))
        for trial, found in bundle.predictions.items()
    }
    rows = [replace(e, row=replace(e.row, test_loss_last=log(10))) for e in bundle.entries]
    even = replace(
        bundle,
        manifest=replace(bundle.manifest, datasets=facts),
        predictions=evenly,
        entries=tuple(rows),
    )

    assert list(check_scores(even)) == []


def test_a_loss_cannot_be_less_than_the_confidences_allow(one, changed):
    """17 hits of 0.75 and 3 misses that leave at most 0.5 give (17·0.288 + 3·0.693) / 20."""
    least = -(17 * log(0.75) + 3 * log(0.5)) / 20
    below, above = (changed(one[0], test_loss_last=least * factor) for factor in (0.99, 1.0))

    assert fields(check_scores(below)) == ["test_loss_last"]
    assert list(check_scores(above)) == []


def test_the_best_is_the_larger_of_two(one, changed):
    """A best score of a third point, which nobody may look at, is found."""
    assert fields(check_scores(changed(one[0], test_accuracy_best=0.99))) == ["test_accuracy_best"]


def test_labels_are_classes(one):
    """A label that is no class is found in its file."""
    labels = one[0].labels["toy"].copy()
    labels[-1] = 9
    got = list(check_scores(replace(one[0], labels={"toy": labels})))

    assert ("labels/0.npz", "labels") in [(f.file, f.field) for f in got]


@pytest.mark.parametrize("status", ["failed", "blocked"])
def test_a_row_without_an_outcome_has_no_score(one, changed, status):
    """Scores of a row that failed are found."""
    assert "test_accuracy_last" in fields(check_scores(changed(one[0], status=status)))


def test_top5_needs_a_hundred_classes(one, changed):
    """From 100 classes on top-5 must be there, and is never below the accuracy."""
    bundle = one[0]
    facts = (DatasetFacts("toy", 100, 20, "sha256:toy"),)
    many = replace(bundle, manifest=replace(bundle.manifest, datasets=facts))

    assert set(fields(check_scores(many))) == {"test_top5_last", "test_top5_selected"}
    assert fields(check_scores(changed(bundle, test_top5_last=0.5))) == ["test_top5_last"]


def test_an_ok_row_has_a_score(one, changed):
    """A row that ended well and has no accuracy is found; a diverged one may have none."""
    none = dict.fromkeys(
        [f"test_{w}_{p}" for w in ("accuracy", "loss") for p in ("last", "selected")]
    ) | {"test_accuracy_best": None}
    bundle = replace(one[0], predictions={})
    ok, diverged = (changed(bundle, status=s, **none) for s in ("ok", "diverged"))

    assert fields(check_scores(ok)) == ["test_accuracy_last"]
    assert list(check_scores(diverged)) == []
