"""The learning curve, the step that validation selects, and how both survive an interruption."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

STATE = "selected.state."


@dataclass(frozen=True)
class Curve:
    """A learning curve, one entry per evaluation; all numbers are finite.

    Parameters
    ----------
    step
        Optimiser steps done.
    train_loss
        Mean cross entropy of the batches since the entry before, without any penalty.
    validation_loss, validation_accuracy
        Empty without validation images.
    """

    step: tuple[int, ...] = ()
    train_loss: tuple[float, ...] = ()
    validation_loss: tuple[float, ...] = ()
    validation_accuracy: tuple[float, ...] = ()


@dataclass(frozen=True)
class Point:
    """One entry of a learning curve; the validation numbers are None without validation."""

    step: int
    train_loss: float
    validation_loss: float | None = None
    validation_accuracy: float | None = None

    def score(self, selection: Literal["loss", "accuracy"]) -> float | None:
        """Give what selection maximises, or None without validation."""
        if self.validation_loss is None or self.validation_accuracy is None:
            return None
        return -self.validation_loss if selection == "loss" else self.validation_accuracy


@dataclass(frozen=True)
class Selected:
    """The best state so far: after which step, how good, and the state dict."""

    step: int
    score: float
    state: Mapping[str, Tensor]


@dataclass(frozen=True)
class Record:
    """What a training remembers of its past, apart from weights and optimiser.

    Parameters
    ----------
    curve, selected
        Up to the last evaluation; `selected` is None before the first one with validation.
    loss, steps
        Sum and number of the batch losses since that evaluation.
    """

    curve: Curve = Curve()
    selected: Selected | None = None
    loss: float = 0.0
    steps: int = 0

    def is_beaten_by(self, score: float | None) -> bool:
        """Say whether a score is to be selected; the first of equals stays."""
        return score is not None and (self.selected is None or score > self.selected.score)

    def after(self, point: Point, selected: Selected | None) -> "Record":
        """Add an evaluation and begin a new interval."""
        return Record(extended(self.curve, point), selected)


def extended(curve: Curve, point: Point) -> Curve:
    """Add a point to a curve."""
    longer = replace(
        curve, step=(*curve.step, point.step), train_loss=(*curve.train_loss, point.train_loss)
    )
    if point.validation_loss is None or point.validation_accuracy is None:
        return longer
    return replace(
        longer,
        validation_loss=(*curve.validation_loss, point.validation_loss),
        validation_accuracy=(*curve.validation_accuracy, point.validation_accuracy),
    )


def pack(record: Record) -> dict[str, Tensor]:
    """Write a record as flat named tensors; float64 keeps every digit."""
    curve = record.curve
    packed = {
        "curve.step": torch.tensor(curve.step, dtype=torch.int64),
        "curve.train_loss": torch.tensor(curve.train_loss, dtype=torch.float64),
        "curve.validation_loss": torch.tensor(curve.validation_loss, dtype=torch.float64),
        "curve.validation_accuracy": torch.tensor(curve.validation_accuracy, dtype=torch.float64),
        "interval.loss": torch.tensor(record.loss, dtype=torch.float64),
        "interval.steps": torch.tensor(record.steps, dtype=torch.int64),
    }
    if record.selected:
        packed["selected.step"] = torch.tensor(record.selected.step, dtype=torch.int64)
        packed["selected.score"] = torch.tensor(record.selected.score, dtype=torch.float64)
        packed |= {STATE + name: tensor for name, tensor in record.selected.state.items()}
    return packed


def unpack(packed: Mapping[str, Tensor]) -> Record:
    """Read what `pack` wrote; other names are ignored."""
    return Record(
        curve=Curve(
            tuple(packed["curve.step"].tolist()),
            tuple(packed["curve.train_loss"].tolist()),
            tuple(packed["curve.validation_loss"].tolist()),
            tuple(packed["curve.validation_accuracy"].tolist()),
        ),
        selected=unpack_selected(packed),
        loss=float(packed["interval.loss"]),
        steps=int(packed["interval.steps"]),
    )


def unpack_selected(packed: Mapping[str, Tensor]) -> Selected | None:
    """Read the selected state, or None where nothing was selected yet."""
    if "selected.step" not in packed:
        return None
    state = {
        name.removeprefix(STATE): tensor
        for name, tensor in packed.items()
        if name.startswith(STATE)
    }
    return Selected(int(packed["selected.step"]), float(packed["selected.score"]), state)


def interval_ends(start: int, end: int, every: int) -> list[int]:
    """List the evaluation steps in (start, end]: multiples of `every`, and the end.

    >>> interval_ends(0, 10, 4), interval_ends(4, 8, 4), interval_ends(3, 3, 4)
    ([4, 8, 10], [8], [])
    """
    inner = range((start // every + 1) * every, end, every)
    return [*inner, end] if start < end else []
