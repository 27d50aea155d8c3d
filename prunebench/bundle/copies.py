"""Seeds that are copies of each other."""

import hashlib
from collections.abc import Iterator

from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import Finding, Note, of_row
from prunebench.results.measurement import Measurement


def check_copies(bundle: Bundle) -> Iterator[Finding]:
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
        classes = hashlib.sha256(bundle.predictions[row.trial].classes.tobytes()).hexdigest()
        cell = (row.dataset, row.model, row.method, row.target, row.protocol, classes)
        other = first.setdefault(cell, row)
        if other.seed != row.seed:
            message = f"predicts the same of every image as trial {other.trial}, of seed "
            yield Note("copy", f"{message}{other.seed}", row.trial)
