"""Bounds that no honest number leaves, and scores that are worth a second look."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from math import isclose, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prunebench.bundle.checks.links import MEASURED
from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle
from prunebench.bundle.finding import Finding, Note, of_row, shown
from prunebench.results.columns import is_number
from prunebench.results.measurement import Measurement

FRACTIONS = re.compile(
    r"(test|train|validation)_(accuracy|top5).*|accuracy_after_pruning|density.*"
)
COSTS = re.compile(
    r".*(seconds|macs|epochs|memory|samples|loss|distance)(_.*)?|steps|selected_step"
)
DIGEST = re.compile("[0-9a-f]{32}")

BELOW = 3.0
"""Standard deviations below chance at which a score is no accident."""

FAR = 0.02
"""Relative excess of a density over its target that is worth a note."""

NUMBERS = tuple(
    field.name for field in fields(Measurement) if FRACTIONS.fullmatch(field.name)
) + tuple(field.name for field in fields(Measurement) if COSTS.fullmatch(field.name))


def check_plausible(bundle: Bundle) -> Iterator[Finding]:
    """Find numbers out of their range, and scores that lie too far below chance."""
    for entry in bundle.entries:
        yield from check_ranges(entry.row)
        yield from check_timing(entry.row)
        if entry.row.status in MEASURED:
            yield from check_digests(entry.row)
        if entry.row.status == "ok" and entry.row.steps:
            labels = bundle.labels.get(entry.row.dataset)
            note = below_chance(entry.row, labels)
            if note:
                yield of_row(entry.row, "test_accuracy_last", note)


def check_ranges(row: Measurement) -> Iterator[Finding]:
    """Find fractions outside [0, 1] and costs below 0."""
    for name in NUMBERS:
        value = getattr(row, name)
        most = 1.0 if FRACTIONS.fullmatch(name) else None
        if value is not None and not (value >= 0 and (most is None or value <= most)):
            message = f"{name} is {shown(value)}, and must be " + ("in [0, 1]" if most else ">= 0")
            yield of_row(row, name, message, found=value)


def check_digests(row: Measurement) -> Iterator[Finding]:
    """Find a row that was measured without saying on which weights."""
    names = ("weights_digest", "predictions_digest", *(() if is_dense(row) else ("mask_digest",)))
    for name in names:
        value = getattr(row, name)
        if not DIGEST.fullmatch(value):
            message = f"{name} is {shown(value)}, and must have 32 hexadecimal digits"
            yield of_row(row, name, message, found=value)


def check_timing(row: Measurement) -> Iterator[Finding]:
    """Find latencies that are not positive, out of order, or with another ratio."""
    timing: Mapping[str, Any] = row.latency
    for images, told in timing.get("batches", {}).items():
        if not isinstance(told, dict):
            yield of_row(row, "latency", f"latency of {images} images is {shown(told)}")
            continue
        times = {name: spread for name, spread in told.items() if isinstance(spread, dict)}
        for name, spread in times.items():
            order: list[Any] = [spread.get(point) for point in ("p10", "median", "p90")]
            if not (all(map(is_number, order)) and 0 < order[0] <= order[1] <= order[2]):
                message = f"latency of {images} images, {shown(name)}: 0 < p10 <= median <= p90"
                yield of_row(row, "latency", f"{message} must hold", found=order)
                return
        yield from check_speedups(row, told, times)


def check_speedups(
    row: Measurement, told: Mapping[str, Any], times: Mapping[str, Mapping[str, float]]
) -> Iterator[Finding]:
    """Compare speedups with the ratios of the medians."""
    pairs = (("speedup", "pruned"), ("masked_speedup", "masked"), ("sparse_speedup", "sparse"))
    for name, other in pairs:
        if name not in told or "dense" not in times or other not in times:
            continue
        ratio = times["dense"]["median"] / times[other]["median"]
        found = told[name]
        if not is_number(found) or not isclose(found, ratio, rel_tol=1e-3):
            message = f"latency: {name} is {shown(found)}, but the medians give {ratio:.6g}"
            yield of_row(row, "latency", message, found=found, expected=ratio)


def below_chance(row: Measurement, labels: NDArray[np.uint16] | None) -> str:
    """Say by how much a score lies too far below chance; empty if it does not.

    Chance is the share of the rarest class: what a network gets that always answers it.
    """
    score = row.test_accuracy_last
    if score is None or labels is None or not len(labels):
        return ""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    chance = float(shares.min())
    least = chance - BELOW * sqrt(chance * (1 - chance) / len(labels))
    if score >= least:
        return ""
    return (
        f"test_accuracy_last is {score:.6g}, and less than {least:.6g} (chance minus 3 standard "
        "deviations) is no accident: are the labels those of these images?"
    )


def plausible_notes(bundle: Bundle) -> Iterator[Note]:
    """Note densities above their target, and scores below chance that training has not seen."""
    for row in (entry.row for entry in bundle.entries):
        asked, kept = row.target_density, row.density
        is_more = asked is not None and kept is not None and kept > asked * (1 + FAR)
        if is_more and row.target_of == "params" and not is_dense(row):
            message = f"keeps {kept:.4g} of its weights where {asked:g} was asked for"
            yield Note("density", message, row.trial)
        if row.status in MEASURED and not (row.status == "ok" and row.steps):
            told = below_chance(row, bundle.labels.get(row.dataset))
            if told:
                yield Note("chance", told, row.trial)
