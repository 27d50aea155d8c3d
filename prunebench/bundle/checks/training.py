"""Trainings: as long as the coordinates say, with a curve that ends there."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import floor
from typing import Any

from prunebench.bundle.checks.links import MEASURED
from prunebench.bundle.checks.shape import is_dense
from prunebench.bundle.document import Bundle, Curve
from prunebench.bundle.finding import MEND, Finding, of_row, unless_equal
from prunebench.bundle.names import CURVES
from prunebench.results.measurement import Measurement

FREE = 1e9
"""No cap on the length of a training is as large."""


def check_training(bundle: Bundle) -> Iterator[Finding]:
    """Find trainings of another length than asked for, and rows that contradict their curve."""
    trials = {entry.row.trial for entry in bundle.entries if entry.row.status in MEASURED}
    for trial in sorted(bundle.curves.keys() - trials):
        msg = f"there is a curve of a trial that was not measured; {MEND}."
        yield Finding(CURVES, "trial", "there", "nothing", msg, trial)
    for entry in bundle.entries:
        if entry.row.status in MEASURED and entry.row.steps is not None:
            yield from check_length(entry.row)
            yield from check_curve(entry.row, bundle.curves.get(entry.row.trial))


def check_length(row: Measurement) -> Iterator[Finding]:
    """Compare steps and rate with the protocol; what diverged may be shorter."""
    asked = asked_steps(row)
    steps = row.steps or 0
    shorter = row.status != "ok" and 0 <= steps <= max(asked, default=0)
    if steps not in asked and not shorter:
        message = f"steps is {steps}, but its settings ask for {' or '.join(map(str, asked))}"
        yield of_row(row, "steps", message, found=steps, expected=asked[0])
    settings: Mapping[str, Any] = row.settings
    protocol = {} if is_dense(row) else settings["protocol"]
    rate = (
        None if protocol.get("budget") == "none" else protocol.get("lr", settings["training"]["lr"])
    )
    yield from unless_equal(row, "lr", rate, "its settings have")


def asked_steps(row: Measurement) -> list[int]:
    """List the lengths that a row's coordinates allow; normally one."""
    settings: Mapping[str, Any] = row.settings
    whole = settings["training"]["steps"]
    if is_dense(row):
        return [whole, 0] if "given" in settings else [whole]
    protocol = settings["protocol"]
    if protocol["budget"] == "none":
        return [0]
    if protocol["budget"] == "same-compute":
        return stretched(row, whole, settings["training"]["epoch_steps"])
    steps, rewind = protocol.get("steps", whole), protocol.get("rewind", 0)
    is_whole = type(steps) is int and type(rewind) is int
    return [steps if "steps" in protocol else whole - rewind] if is_whole else [-1]


def stretched(row: Measurement, steps: int, epoch: int) -> list[int]:
    """List the lengths of Scratch-B: floor(length · min(dense / kept, cap)), and what is added.

    The length is in epochs or in steps; which of them, the coordinates do not say.
    """
    protocol: Any = row.settings["protocol"]
    dense, kept = row.macs_dense or 0, max(row.macs_sparse or 0, 1)
    cap, extra = protocol.get("cap"), protocol.get("extra", 0)
    free = [length * dense // kept for length in (steps // epoch, steps)]
    if isinstance(cap, int | float):
        capped = [floor(length * min(cap, FREE) + 1e-9) for length in (steps // epoch, steps)]
        free = [min(pair) for pair in zip(free, capped, strict=True)]
    return [free[0] * epoch + extra, free[1] + extra]


def check_curve(row: Measurement, curve: Curve | None) -> Iterator[Finding]:
    """Compare a row with its learning curve."""
    if curve is None:
        if row.steps and row.status == "ok":
            msg = f"the row was trained for {row.steps} steps and has no curve; {MEND}."
            yield Finding(CURVES, "trial", "nothing", "a curve", msg, row.trial)
        for name in ("train_loss", "validation_loss", "validation_accuracy"):
            yield from unless_equal(row, name, None, "without a curve it is")
        return
    settings: Mapping[str, Any] = row.settings
    protocol = {} if is_dense(row) else settings["protocol"]
    end = (protocol.get("rewind", 0) if protocol.get("start") == "rewind" else 0) + (row.steps or 0)
    last = curve.steps[-1]
    is_short = row.status != "ok" and last < end
    if any(b <= a for a, b in pairwise((0, *curve.steps))) or (last != end and not is_short):
        msg = f"its steps must rise to {end}, and end at {last}; {MEND}."
        yield Finding(CURVES, "step", str(last), str(end), msg, row.trial)
        return
    source = "its curve ends with"
    yield from unless_equal(row, "train_loss", curve.train_loss[-1], source)
    yield from check_selected(row, curve)


def check_selected(row: Measurement, curve: Curve) -> Iterator[Finding]:
    """Compare the selected step, and what validation said there, with the curve."""
    if not curve.validation_loss or not curve.validation_accuracy:
        for name in ("validation_loss", "validation_accuracy"):
            yield from unless_equal(row, name, None, "its curve, without validation, has")
        if row.status == "ok":
            yield from unless_equal(row, "selected_step", curve.steps[-1], "its curve ends at")
            yield from check_same_point(row)
        return
    if row.selected_step not in curve.steps:
        message = "selected_step is none of its curve's steps"
        yield of_row(row, "selected_step", message, found=row.selected_step)
        return
    at = curve.steps.index(row.selected_step or 0)
    for name in ("validation_loss", "validation_accuracy"):
        expected = getattr(curve, name)[at]
        yield from unless_equal(row, name, expected, f"its curve has at step {curve.steps[at]}")
    best = first_best(row, curve)
    yield from unless_equal(row, "selected_step", best, "validation was best at step")
    if row.selected_step == curve.steps[-1] and row.status == "ok":
        yield from check_same_point(row)


def check_same_point(row: Measurement) -> Iterator[Finding]:
    """Compare the scores of a row whose selected state is its last."""
    for what in ("accuracy", "loss"):
        last = getattr(row, f"test_{what}_last")
        yield from unless_equal(row, f"test_{what}_selected", last, "at the same step it was")


def first_best(row: Measurement, curve: Curve) -> int:
    """Give the step that the recipe's rule selects: the first of the best."""
    training: Any = row.settings["training"]
    by_loss = training.get("selection", "loss") == "loss"
    column = curve.validation_loss if by_loss else curve.validation_accuracy
    known = [
        (value if by_loss else -value, step)
        for value, step in zip(column, curve.steps, strict=True)
        if value is not None
    ]
    return min(known)[1] if known else curve.steps[-1]
