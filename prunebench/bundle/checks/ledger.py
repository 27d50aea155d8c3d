"""The ledger: what training cost adds up, and goes with steps, batches and kept weights."""

from collections.abc import Iterator
from math import isclose
from typing import Any

from prunebench.bundle.checks.links import MEASURED
from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import Finding, of_row, shown, unless_equal
from prunebench.results.measurement import Measurement

SUMMED = ("dense_epochs", "pruning_epochs", "total_epochs")
MACS = ("dense_macs", "pruning_macs", "retraining_macs", "total_macs")
SECONDS = ("dense_seconds", "pruning_seconds")
NEEDED = (*SUMMED, *MACS, *SECONDS, "steps", "epochs")

ROUNDING = 1e-12
"""Sums of epochs may be taken in any order."""


def check_ledger(bundle: Bundle) -> Iterator[Finding]:
    """Find costs that do not add up."""
    for entry in bundle.entries:
        row = entry.row
        if row.status not in MEASURED:
            continue
        absent = [name for name in NEEDED if getattr(row, name) is None]
        if absent:
            message = f"{absent[0]} must be a number in a row that was measured"
            yield of_row(row, absent[0], message, found=None)
            continue
        yield from check_totals(row)
        yield from check_images(row)
        if is_dense(row):
            yield from check_dense(row)


def check_totals(row: Measurement) -> Iterator[Finding]:
    """Add up epochs and multiply-adds; a dense row's own training is the dense one."""
    macs = sum(getattr(row, name) for name in MACS[:3]) + (row.tuning_macs or 0)
    yield from unless_equal(row, "total_macs", macs, "its parts add up to")
    parts = [row.dense_epochs, row.pruning_epochs, row.tuning_epochs or 0.0]
    epochs = sum(part or 0.0 for part in parts) + (0.0 if is_dense(row) else row.epochs or 0.0)
    if not isclose(row.total_epochs or 0.0, epochs, rel_tol=ROUNDING, abs_tol=ROUNDING):
        yield from unless_equal(row, "total_epochs", epochs, "its parts add up to")


def check_images(row: Measurement) -> Iterator[Finding]:
    """Compare multiply-adds with whole images of networks, and those with steps and batches."""
    training: Any = row.settings["training"]
    epochs = (row.steps or 0) / training["epoch_steps"]
    yield from unless_equal(row, "epochs", epochs, "steps / steps of an epoch gives")
    dense, kept = row.macs_dense or 0, row.macs_sparse or 0
    own = "dense_macs" if is_dense(row) else "retraining_macs"
    yield from check_share(row, "dense_macs", dense, training["steps"] * training["batch"])
    yield from check_share(row, own, kept, (row.steps or 0) * training["batch"])


def check_share(row: Measurement, field: str, macs: int, most: int) -> Iterator[Finding]:
    """Find multiply-adds that are not those of whole images, at most so many of them."""
    found = getattr(row, field)
    images = found // macs if macs else 0
    if found != images * macs or not 0 <= images <= most:
        message = f"{field} is {shown(found)}, but must be {macs} for each of at most {most} images"
        yield of_row(row, field, message, found=found, expected=most * macs)


def check_dense(row: Measurement) -> Iterator[Finding]:
    """Compare a dense row's ledger with its own training."""
    yield from unless_equal(row, "dense_epochs", row.epochs, "its own training has")
    for name in ("retraining_macs", "pruning_macs", "pruning_epochs"):
        yield from unless_equal(row, name, 0, "a dense network has")
    if row.seconds is not None:
        yield from unless_equal(row, "dense_seconds", row.seconds, "its own training took")
