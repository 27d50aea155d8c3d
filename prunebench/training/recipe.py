"""Recipes: how a network is trained, as plain data. Needs no torch.

A recipe is what a paper writes in its "implementation details". Lengths are in epochs or in
iterations; a `Timetable` is the same recipe for one data set, in steps.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from prunebench.core.digest import Json
from prunebench.errors import SpecError

Unit = Literal["epochs", "iterations"]
Precision = Literal["fp32", "bf16", "tf32"]


@dataclass(frozen=True)
class FineTune:
    """The short retraining of the ``finetune`` protocol, the same for all methods.

    Parameters
    ----------
    length
        In the recipe's unit.
    lr
        Constant learning rate.
    """

    length: int = 40
    lr: float = 0.001


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a dense network is trained.

    Parameters
    ----------
    name
        For tables only; never part of a key.
    unit, length
        Training length, in epochs or iterations.
    batch
        Images per step.
    optimiser
        ``"sgd"`` or ``"adam"``.
    lr, momentum, nesterov, weight_decay
        As torch.optim means them; Adam ignores momentum and nesterov.
    milestones
        Where the rate is multiplied by `decay`: fractions of the length (below 1), or numbers of
        `unit`.
    warmup
        Iterations over which the rate rises linearly from 0; not stretched by Scratch-B.
    augmentation
        ``"none"``, ``"flip"``, ``"crop"`` (zero padding of 4, random crop), ``"crop-flip"``, or
        ``"resized-crop-flip"`` (a box of 8 to 100 % of the area, stretched to full size).
    validation
        Training images held out by seed; 0 for none. Data sets with a fixed split ignore it.
    selection
        What chooses the `selected` step: smallest validation loss or largest accuracy.
    evaluate_every
        Interval of the learning curve, in `unit`.
    init
        ``"model"`` for the model's own, ``"glorot-normal"`` or ``"kaiming-normal"``.
    prunable
        ``"kernels"`` (all convolutions and linear layers) or ``"convs"``.
    not_prunable
        Glob patterns of layer names left out of the prunable set.
    rewind
        Point of the dense run to which tickets return: iterations (``"500it"``) or epochs
        (``"2ep"``).
    finetune
        Length and rate of the ``finetune`` protocol.
    scratch_b_cap
        Upper bound of the ratio R of Scratch-B; None for no bound.
    precision
        Of multiplications in forward and backward passes: ``"fp32"``; ``"bf16"`` (autocast; weights
        and sums stay float32); or ``"tf32"``, which NVIDIA's cards have from Ampere on. Decides
        bits, so it is part of the key.
    channels_last
        Memory layout of 4-d tensors, the faster one for convolutions; decides bits likewise.
    """

    name: str = "custom"
    unit: Unit = "epochs"
    length: int = 160
    batch: int = 64
    optimiser: Literal["sgd", "adam"] = "sgd"
    lr: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 1e-4
    milestones: tuple[float, ...] = (0.5, 0.75)
    decay: float = 0.1
    warmup: int = 0
    augmentation: Literal["none", "flip", "crop", "crop-flip", "resized-crop-flip"] = "none"
    validation: int = 0
    selection: Literal["loss", "accuracy"] = "loss"
    evaluate_every: int = 1
    init: Literal["model", "glorot-normal", "kaiming-normal"] = "model"
    prunable: Literal["kernels", "convs"] = "kernels"
    not_prunable: tuple[str, ...] = ()
    rewind: str = "0it"
    finetune: FineTune = FineTune()
    scratch_b_cap: float | None = 2.0
    precision: Precision = "fp32"
    channels_last: bool = True


@dataclass(frozen=True)
class Timetable:
    """A recipe's schedule in steps, for a known number of training images.

    Parameters
    ----------
    steps
        Optimiser steps in all.
    epoch_steps
        Steps per epoch; the last batch of an epoch may be smaller.
    lr
        Initial rate.
    milestones
        Steps at which the rate is multiplied by `decay`.
    decay, warmup
        As in the recipe; warmup in steps.
    evaluate_every
        Interval of the learning curve in steps.
    """

    steps: int
    epoch_steps: int
    lr: float
    milestones: tuple[int, ...]
    decay: float
    warmup: int
    evaluate_every: int

    def rate(self, step: int) -> float:
        """Give the learning rate of a step, counted from 0.

        With warmup the very first step has rate 0 (``min(1, step / warmup)``, as in OpenLTH).
        """
        drops = sum(step >= milestone for milestone in self.milestones)
        ramp = min(1.0, step / self.warmup) if self.warmup else 1.0
        return self.lr * ramp * self.decay**drops

    def until(self, step: int) -> dict[str, Json]:
        """Give what this timetable says about the steps before `step`: the part a key holds."""
        return {
            "lr": self.lr,
            "decay": self.decay if any(m < step for m in self.milestones) else None,
            "milestones": [m for m in self.milestones if m < step],
            "warmup": self.warmup,
            "epoch_steps": self.epoch_steps,
            "evaluate_every": self.evaluate_every,
        }


def timetable(recipe: Recipe, images: int) -> Timetable:
    """Lay a recipe out in steps for `images` training images.

    Raises
    ------
    SpecError
        If the length is not positive or a milestone lies beyond the end.
    """
    return lay_out(recipe, images, recipe.length, recipe.lr, recipe.milestones)


def finetune_timetable(
    recipe: Recipe, images: int, length: int | None = None, lr: float | None = None
) -> Timetable:
    """Lay out the ``finetune`` protocol: constant rate; `length` and `lr` override the recipe."""
    tuned = recipe.finetune
    return lay_out(
        recipe,
        images,
        tuned.length if length is None else length,
        tuned.lr if lr is None else lr,
        (),
        warm=False,
    )


def stretched_timetable(recipe: Recipe, images: int, length: int) -> Timetable:
    """Lay out a training of another length; milestones move to floor(fraction · length).

    Warmup is not stretched (`Scratch-B`: Liu et al. 2019, section 3).
    """
    whole = Fraction(recipe.length)
    fractions = [
        Fraction(repr(m)) if 0 < m < 1 else Fraction(repr(m)) / whole for m in recipe.milestones
    ]
    return lay_out(recipe, images, length, recipe.lr, tuple(int(f * length) for f in fractions))


def lay_out(
    recipe: Recipe,
    images: int,
    length: int,
    lr: float,
    milestones: tuple[float, ...],
    *,
    warm: bool = True,
) -> Timetable:
    """Turn a length and milestones in the recipe's unit into steps.

    Raises
    ------
    SpecError
        If a length, interval or batch is not positive, or a milestone lies beyond the end.
    """
    for field, value in (
        ("length", length),
        ("batch", recipe.batch),
        ("evaluate_every", recipe.evaluate_every),
        ("training images", images),
    ):
        if value < 1:
            msg = f"recipe {recipe.name!r}: {field} must be at least 1, got {value}."
            raise SpecError(msg)
    epoch_steps = ceil(images / recipe.batch)
    unit = epoch_steps if recipe.unit == "epochs" else 1
    marks = tuple(sorted(milestone_at(m, length) for m in milestones))
    if marks and marks[-1] > length:
        msg = (
            f"recipe {recipe.name!r}: milestone {marks[-1]} lies beyond its {length} {recipe.unit}."
        )
        raise SpecError(msg)
    return Timetable(
        steps=length * unit,
        epoch_steps=epoch_steps,
        lr=lr,
        milestones=tuple(m * unit for m in marks),
        decay=recipe.decay,
        warmup=recipe.warmup if warm else 0,
        evaluate_every=recipe.evaluate_every * unit,
    )


def milestone_at(milestone: float, length: int) -> int:
    """Turn a fraction of the length (below 1) or a number of units into whole units.

    >>> milestone_at(0.5, 243), milestone_at(0.75, 243), milestone_at(80, 160)
    (121, 182, 80)
    """
    return int(Fraction(repr(milestone)) * length) if 0 < milestone < 1 else int(milestone)


def rewind_step(recipe: Recipe, epoch_steps: int) -> int:
    """Read the recipe's rewind point (``"500it"``, ``"2ep"``) as a step.

    Raises
    ------
    SpecError
        If it is not a whole number followed by ``it`` or ``ep``.
    """
    number, suffix = recipe.rewind[:-2], recipe.rewind[-2:]
    if suffix not in ("it", "ep") or not number.isdecimal():
        msg = (
            f"recipe {recipe.name!r}: rewind must be a number of iterations or epochs, got "
            f"{recipe.rewind!r}; write '500it' or '2ep'."
        )
        raise SpecError(msg)
    return int(number) * (epoch_steps if suffix == "ep" else 1)
