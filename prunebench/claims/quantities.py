"""Quantities: what is compared of two rows, one number per row."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import log
from operator import attrgetter
from typing import TypeAlias

from prunebench.results.measurement import Measurement

Origin: TypeAlias = tuple[str, str, str, int]
"""Data set, model, recipe and seed: what a row shares with its dense network."""

Best: TypeAlias = Mapping[Origin, float]
"""The largest validation accuracy of dense trainings."""

EARLY = "log_early_stop"
TO_TARGET = "log_time_to_target"

SLACK = 0.002
"""How far below the dense best the target accuracy lies: 0.2 points."""

TINY = 1e-9


@dataclass(frozen=True)
class Quantity:
    """A number per row.

    Parameters
    ----------
    words, about
        Its name in titles; what it is.
    unit
        In which margins are given.
    measure
        Gives the number, or None where the row has none.
    is_censored
        Whether the number is only a bound, because training ended first.
    """

    words: str
    about: str
    unit: str
    measure: Callable[[Measurement, Best], float | None]
    is_censored: Callable[[Measurement, Best], bool] = lambda _row, _best: False


def origin(row: Measurement) -> Origin:
    """Name the dense training that a row belongs to."""
    return row.dataset, row.model, row.recipe, row.seed


def best_of_dense(rows: Iterable[Measurement]) -> dict[Origin, float]:
    """Give the largest validation accuracy of every plain dense training."""
    found: dict[Origin, float] = {}
    for row in rows:
        seen = [value for value in row.curve.get("validation_accuracy", ()) if value is not None]
        if row.method_id == "dense" and not row.regularized_by and seen:
            found[origin(row)] = max(seen)
    return found


def percent(name: str) -> Callable[[Measurement, Best], float | None]:
    """Read a field that holds a fraction, in percent."""
    pick: Callable[[Measurement], float | None] = attrgetter(name)

    def measure(row: Measurement, _best: Best) -> float | None:
        value = pick(row)
        return None if value is None else 100 * value

    return measure


def as_it_is(name: str) -> Callable[[Measurement, Best], float | None]:
    """Read a field as it is."""
    pick: Callable[[Measurement], float | None] = attrgetter(name)
    return lambda row, _best: pick(row)


def difference(more: str, less: str, factor: float) -> Callable[[Measurement, Best], float | None]:
    """Subtract one field from another."""
    pick: Callable[[Measurement], tuple[float | None, float | None]] = attrgetter(more, less)

    def measure(row: Measurement, _best: Best) -> float | None:
        one, other = pick(row)
        return None if one is None or other is None else factor * (one - other)

    return measure


def early_stop(row: Measurement, _best: Best) -> float | None:
    """Give the logarithm of the step with the smallest validation loss."""
    return log(row.selected_step) if row.selected_step else None


def stopped_last(row: Measurement, _best: Best) -> bool:
    """Say whether the validation loss was still falling at the last evaluation."""
    steps = row.curve.get("step") or [row.steps]
    return row.selected_step is not None and row.selected_step >= (steps[-1] or 0)


def time_to_target(row: Measurement, best: Best) -> float | None:
    """Give the logarithm of the first step that comes within 0.2 points of the dense best.

    The last step where none does: the smallest value that is possible.
    """
    steps = row.curve.get("step", ())
    if not steps or origin(row) not in best:
        return None
    step = first_reaching(row, best[origin(row)] - SLACK) or steps[-1]
    return log(step) if step else None


def never_reached(row: Measurement, best: Best) -> bool:
    """Say whether a training never came within 0.2 points of the dense best."""
    return origin(row) in best and first_reaching(row, best[origin(row)] - SLACK) is None


def first_reaching(row: Measurement, target: float) -> float | None:
    """Find the first step whose validation accuracy is at least `target`."""
    curve = zip(row.curve.get("step", ()), row.curve.get("validation_accuracy", ()), strict=False)
    return next((at for at, seen in curve if seen is not None and seen >= target - TINY), None)


QUANTITIES: Mapping[str, Quantity] = {
    "accuracy": Quantity(
        "accuracy", "test accuracy at the last step", "points", percent("test_accuracy_last")
    ),
    "accuracy_best": Quantity(
        "best accuracy",
        "test accuracy at the better of the two declared steps, which is optimistic",
        "points",
        percent("test_accuracy_best"),
    ),
    "accuracy_early_stop": Quantity(
        "accuracy at early stop",
        "test accuracy at the step that validation chose",
        "points",
        percent("test_accuracy_selected"),
    ),
    EARLY: Quantity(
        "early-stop step",
        "logarithm of the step with the smallest validation loss",
        "log",
        early_stop,
        stopped_last,
    ),
    TO_TARGET: Quantity(
        "steps to target",
        "logarithm of the first evaluated step whose validation accuracy is at most 0.2 points "
        "below the best of the seed's dense training",
        "log",
        time_to_target,
        never_reached,
    ),
    "generalisation_gap": Quantity(
        "generalisation gap",
        "accuracy on the training images minus test accuracy, at the last step",
        "points",
        difference("train_accuracy", "test_accuracy_last", 100),
    ),
    "train_accuracy": Quantity(
        "training accuracy",
        "accuracy on the training images at the last step",
        "points",
        percent("train_accuracy"),
    ),
    "weight_distance": Quantity(
        "weight distance",
        "relative distance of the final weights from where their training started",
        "",
        as_it_is("weight_distance"),
    ),
    "loss_rise": Quantity(
        "loss rise",
        "training loss right after the deletion minus that before it",
        "nats",
        difference("train_loss_after_pruning", "train_loss_before_pruning", 1),
    ),
    "dense_distance_kept": Quantity(
        "dense weight distance of kept weights",
        "relative distance of the dense training, over the weights that are kept",
        "",
        as_it_is("dense_distance_kept"),
    ),
    "dense_distance_pruned": Quantity(
        "dense weight distance of removed weights",
        "relative distance of the dense training, over the weights that are removed",
        "",
        as_it_is("dense_distance_pruned"),
    ),
}
"""By name, as claims files write it."""
