"""A bundle as the contents of its members: equal bundles give equal bytes."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.document import Bundle, PairFacts
from prunebench.bundle.finding import refuse, shown
from prunebench.bundle.forms.arrays import write_arrays
from prunebench.bundle.forms.tables import write_curves, write_layers
from prunebench.bundle.forms.trials import write_trials
from prunebench.bundle.forms.typed import write
from prunebench.bundle.names import CURVES, LAYERS, MANIFEST, SUMS, TRIALS
from prunebench.bundle.packing.sums import sums
from prunebench.core.digest import canonical


def encode(bundle: Bundle) -> dict[str, bytes]:
    """Give the content of every member.

    Raises
    ------
    BundleError
        If a row's pair is not in the manifest, or a table of labels or predictions is missing.
    """
    found = {
        MANIFEST: (canonical(write(bundle.manifest)) + "\n").encode(),
        TRIALS: write_trials(bundle.entries),
        CURVES: write_curves(bundle.curves),
        LAYERS: write_layers(bundle.layers),
        **{f"weights/{trial}.safetensors": data for trial, data in bundle.weights.items()},
    }
    for number, facts in enumerate(bundle.manifest.datasets):
        found[f"labels/{number}.npz"] = write_arrays({"labels": labels_of(bundle, facts.label)})
    for number, pair in enumerate(bundle.manifest.pairs):
        found[f"predictions/{number}.npz"] = write_arrays(predictions_of(bundle, pair))
    return {**found, SUMS: sums(found)}


def labels_of(bundle: Bundle, dataset: str) -> NDArray[np.uint16]:
    """Give the labels of a data set.

    Raises
    ------
    BundleError
        If there are none.
    """
    if dataset not in bundle.labels:
        refuse(MANIFEST, "datasets", f"there are no labels of {shown(dataset)}; give them.")
    return bundle.labels[dataset].astype("<u2")


def tested_trials(bundle: Bundle, pair: PairFacts) -> list[str]:
    """List the trials of a pair that have a test accuracy, sorted: those with predictions."""
    return sorted(
        entry.row.trial
        for entry in bundle.entries
        if (entry.row.dataset, entry.row.model) == (pair.dataset, pair.model)
        and entry.row.test_accuracy_last is not None
    )


def predictions_of(bundle: Bundle, pair: PairFacts) -> Mapping[str, NDArray[np.generic]]:
    """Give the arrays of a pair; a column for each trial.

    Raises
    ------
    BundleError
        If a trial with a test accuracy has no predictions.
    """
    trials = tested_trials(bundle, pair)
    absent = [trial for trial in trials if trial not in bundle.predictions]
    if absent:
        refuse(TRIALS, "predictions", f"there are no predictions of {absent[0]}; give them.")
    found = [bundle.predictions[trial] for trial in trials]
    none = np.empty((pair.test, 0))
    classes = np.stack([p.classes for p in found], axis=1) if found else none
    confidence = np.stack([p.confidence for p in found], axis=1) if found else none
    return {
        "trials": np.array(trials, dtype="S32"),
        "classes": classes.astype("<i2"),
        "confidence": confidence.astype("<f2"),
    }
