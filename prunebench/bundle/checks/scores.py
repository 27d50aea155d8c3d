"""Scores, computed anew from predictions and labels."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.checks.links import MEASURED
from prunebench.bundle.document import Bundle, DatasetFacts, Predictions
from prunebench.bundle.finding import MEND, Finding, of_row, shown, unless_equal
from prunebench.bundle.names import MANIFEST, TRIALS
from prunebench.results.measurement import Measurement

TOP5_CLASSES = 100
"""From so many classes on, top-5 accuracy is measured."""

STEP, SMALL = 2.0**-10, 2.0**-24
"""Relative and absolute distance of neighbouring half-precision numbers."""

POINTS = tuple(
    f"test_{what}_{point}"
    for what in ("accuracy", "loss", "top5")
    for point in ("last", "selected")
)


def check_scores(bundle: Bundle) -> Iterator[Finding]:
    """Find scores that predictions do not give."""
    facts = {dataset.label: dataset for dataset in bundle.manifest.datasets}
    yield from check_labels(bundle)
    for entry in bundle.entries:
        row = entry.row
        if row.status not in MEASURED:
            yield from check_unscored(row)
        elif row.trial in bundle.predictions and row.dataset in facts:
            labels = bundle.labels[row.dataset]
            found = bundle.predictions[row.trial]
            if len(labels) == len(found.classes) > 0:
                yield from check_predictions(row, found, facts[row.dataset])
                yield from check_accuracy(row, found, labels)
                yield from check_loss(row, found, labels)
        elif row.status == "ok" and row.test_accuracy_last is None:
            message = "test_accuracy_last is absent in a row that was measured"
            yield of_row(row, "test_accuracy_last", message, found=None)
        yield from check_points(row, facts.get(row.dataset))


def check_labels(bundle: Bundle) -> Iterator[Finding]:
    """Find labels that are no classes."""
    for number, facts in enumerate(bundle.manifest.datasets):
        labels = bundle.labels[facts.label]
        if labels.size and int(labels.max()) >= facts.classes:
            found, most = int(labels.max()), facts.classes - 1
            msg = f"there is a class {found}, and {facts.label!a} has 0 to {most}; {MEND}."
            yield Finding(f"labels/{number}.npz", "labels", str(found), f"up to {most}", msg)
        if not labels.size or facts.classes < 2:
            msg = f"datasets: {facts.label!a} has no images or less than 2 classes; {MEND}."
            yield Finding(MANIFEST, "datasets", str(facts.classes), "at least 2", msg)


def check_unscored(row: Measurement) -> Iterator[Finding]:
    """Find scores of a row that failed or was blocked."""
    for name in POINTS:
        if getattr(row, name) is not None:
            yield from unless_equal(row, name, None, f"a {row.status} row has")


def check_predictions(
    row: Measurement, found: Predictions, facts: DatasetFacts
) -> Iterator[Finding]:
    """Find predictions that are no classes, and confidences that the largest cannot have."""
    low, high = int(found.classes.min()), int(found.classes.max())
    if low < 0 or high >= facts.classes:
        message = f"its predictions hold class {low if low < 0 else high}, and there are 0 to "
        yield of_row(
            row, "classes", f"{message}{facts.classes - 1}", found=low if low < 0 else high
        )
    least = np.float16(1.0 / facts.classes) * (1 - STEP) - SMALL
    confidence = found.confidence.astype(np.float32)
    if not np.all((confidence >= least) & (confidence <= 1.0)):
        wrong = confidence[~((confidence >= least) & (confidence <= 1.0))][0]
        message = f"its predictions hold a confidence {float(wrong):.6g}, and the likeliest of "
        message += f"{facts.classes} classes has between {1 / facts.classes:.6g} and 1"
        yield of_row(row, "confidence", message, found=float(wrong), expected=1 / facts.classes)


def check_accuracy(
    row: Measurement, found: Predictions, labels: NDArray[np.uint16]
) -> Iterator[Finding]:
    """Compare the accuracy with the hits: equal to the last bit."""
    hits, images = int(np.count_nonzero(found.classes == labels)), len(labels)
    if row.test_accuracy_last != hits / images:
        told, score = row.test_accuracy_last, hits / images
        msg = (
            f"test_accuracy_last is {shown(told)}, but its predictions are right for {hits} of "
            f"{images} images: {score!r}; {MEND}."
        )
        yield Finding(TRIALS, "test_accuracy_last", shown(told), repr(score), msg, row.trial)


def check_loss(
    row: Measurement, found: Predictions, labels: NDArray[np.uint16]
) -> Iterator[Finding]:
    """Find a loss that is smaller than the confidences allow.

    The label of a hit has the stored probability c; that of a miss at most min(c, 1 - c). Half
    precision is allowed for.
    """
    confidence = found.confidence.astype(np.float64)
    above = np.minimum(confidence * (1 + STEP) + SMALL, 1.0)
    below = np.clip(confidence * (1 - STEP) - SMALL, 0.0, 1.0)
    hit = found.classes == labels
    most = np.where(hit, above, np.minimum(above, 1.0 - below))
    if not np.all(most > 0.0):
        return
    least = float(np.mean(-np.log(most)))
    loss = row.test_loss_last
    if loss is None or loss < least * (1 - 1e-6) - 1e-6:
        message = f"test_loss_last is {shown(loss)}, but its confidences give at least {least:.6g}"
        yield of_row(row, "test_loss_last", message, found=loss, expected=least)


def check_points(row: Measurement, facts: DatasetFacts | None) -> Iterator[Finding]:
    """Compare the scores of the two declared points with each other."""
    points = [row.test_accuracy_last, row.test_accuracy_selected]
    best = max((value for value in points if value is not None), default=None)
    yield from unless_equal(row, "test_accuracy_best", best, "the larger of last and selected is")
    for point in ("last", "selected"):
        accuracy, top5 = getattr(row, f"test_accuracy_{point}"), getattr(row, f"test_top5_{point}")
        if top5 is not None and (accuracy is None or not accuracy <= top5 <= 1.0):
            message = f"test_top5_{point} must lie between the accuracy and 1"
            yield of_row(row, f"test_top5_{point}", message, found=top5, expected=accuracy)
        if top5 is None and accuracy is not None and facts and facts.classes >= TOP5_CLASSES:
            message = f"test_top5_{point} is absent, with {facts.classes} classes"
            yield of_row(row, f"test_top5_{point}", message, found=None)
