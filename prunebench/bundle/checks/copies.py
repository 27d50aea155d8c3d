"""Rows that are copies of each other: of another seed, method, density, or of the dense network."""

import hashlib
from collections.abc import Iterator

from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import Finding, Note, of_row
from prunebench.results.measurement import Measurement


def check_copies(bundle: Bundle) -> Iterator[Finding]:
    """Find rows that have the weights or the mask of a row that they cannot share them with."""
    yield from check_seeds(bundle)
    yield from check_dense_weights(bundle)
    yield from check_one_meaning(bundle)


def check_dense_weights(bundle: Bundle) -> Iterator[Finding]:
    """Find pruned rows that were tested on the dense network.

    Given weights may have been pruned before.
    """
    for entry in bundle.entries:
        row = entry.row
        if not entry.dense_weights or row.weights_digest != entry.dense_weights:
            continue
        if row.density is not None and row.density < 1 and "given" not in row.settings:
            message = f"its weights are the dense network's, but its density is {row.density}"
            yield of_row(row, "weights_digest", message, found=row.weights_digest)


def check_one_meaning(bundle: Bundle) -> Iterator[Finding]:
    """Find weights, and masks, that stand for two different networks."""
    first: dict[tuple[str, ...], tuple[object, str]] = {}
    for row in (entry.row for entry in bundle.entries):
        for key, meant in meanings(bundle, row):
            known, trial = first.setdefault(key, (meant, row.trial))
            if known != meant:
                field, digest, what = key[:3]
                message = f"its {field} is that of trial {trial}, which has other {what}"
                yield of_row(row, field, message, found=digest)


def meanings(bundle: Bundle, row: Measurement) -> Iterator[tuple[tuple[str, ...], object]]:
    """Give what the digests of a row stand for, by field, digest, and a word for it.

    Given weights may be tested on several data sets, and have zeros that one mask keeps.
    """
    layers = bundle.layers.get(row.trial)
    if row.mask_digest and layers:
        yield ("mask_digest", row.mask_digest, "counts of layers"), layers
    if row.status != "ok" or "given" in row.settings or not row.weights_digest:
        return
    weights = ("weights_digest", row.weights_digest)
    yield (*weights, "data or another model"), (row.dataset, row.model)
    if row.prunable_kept is not None:
        yield (*weights, "counts of weights"), row.prunable_kept
    if layers:
        yield (*weights, "counts of layers"), layers
    if row.trial in bundle.predictions:
        # Elsewhere the last bit of a confidence, and so a tie, may turn out otherwise.
        yield (*weights, "predictions", row.environment), predicted(bundle, row.trial)


def predicted(bundle: Bundle, trial: str) -> str:
    """Give a digest of the predicted classes."""
    return hashlib.sha256(bundle.predictions[trial].classes.tobytes()).hexdigest()


def check_seeds(bundle: Bundle) -> Iterator[Finding]:
    """Find two seeds with the very same weights, which no two trainings end with.

    Given weights may be pruned without any training: then seeds differ in nothing.
    """
    first: dict[tuple[str, str, str], Measurement] = {}
    for row in (entry.row for entry in bundle.entries):
        if row.status != "ok" or "given" in row.settings or not row.weights_digest:
            continue
        other = first.setdefault((row.dataset, row.model, row.weights_digest), row)
        if other.seed != row.seed:
            message = f"its weights are, bit for bit, those of trial {other.trial} of seed "
            message += f"{other.seed}: one of them is a copy"
            yield of_row(row, "weights_digest", message, found=row.weights_digest)


def copy_notes(bundle: Bundle) -> Iterator[Note]:
    """Note two seeds of a cell that predict the same of every image."""
    first: dict[tuple[str, ...], Measurement] = {}
    for row in (entry.row for entry in bundle.entries):
        if row.trial not in bundle.predictions:
            continue
        labels = (row.dataset, row.model, row.method, row.target, row.protocol)
        cell = (*labels, predicted(bundle, row.trial))
        other = first.setdefault(cell, row)
        if other.seed != row.seed:
            message = f"predicts the same of every image as trial {other.trial}, of seed "
            yield Note("copy", f"{message}{other.seed}", row.trial)
