"""What a case is: two ways to do the same work, or one way with a bound on its time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import torch

Size: TypeAlias = Literal["full", "short", "tiny"]
"""For the table; for continuous integration; for tests."""

Kind: TypeAlias = Literal["ratio", "share", "seconds"]

Sample: TypeAlias = Mapping[str, float]
"""Seconds by side, such as ``{"ours": 0.51, "plain": 0.49}``."""

Turn: TypeAlias = Callable[[], Sample]
"""Does a side's work once."""


@dataclass(frozen=True)
class Surroundings:
    """Where and how thoroughly a case is measured.

    Parameters
    ----------
    size
        How much work a turn holds.
    device
        Where networks are trained and evaluated.
    folder
        For files; it exists.
    """

    size: Size
    device: torch.device
    folder: Path


@dataclass(frozen=True)
class Amount:
    """How much work a turn holds, by size; 0 leaves a case out.

    Parameters
    ----------
    unit
        What is counted, in the plural; empty where only the time of the whole is told.
    full, short, tiny
        By size.
    card
        In place of `full` on a GPU; None for the same.
    """

    unit: str
    full: int
    short: int
    tiny: int
    card: int | None = None

    def of(self, where: Surroundings) -> int:
        """Give the amount of a turn."""
        if where.size == "short":
            return self.short
        if where.size == "tiny":
            return self.tiny
        return self.card if where.device.type == "cuda" and self.card is not None else self.full


@dataclass(frozen=True)
class Value:
    """The number that a sample comes to.

    Parameters
    ----------
    kind
        Decides how it is written.
    of
        From a sample.
    about
        What is divided by what, or whose seconds they are.
    """

    kind: Kind
    of: Callable[[Sample], float]
    about: str


def ratio(upper: str, lower: str) -> Value:
    """Say how many times as fast as `upper` the side `lower` is."""
    return Value("ratio", lambda sample: sample[upper] / sample[lower], f"{upper} / {lower}")


def share(upper: str, lower: str) -> Value:
    """Give the part of `lower` that `upper` is."""
    return Value("share", lambda sample: sample[upper] / sample[lower], f"{upper} / {lower}")


def seconds(side: str) -> Value:
    """Take the seconds of a side."""
    return Value("seconds", lambda sample: sample[side], side)


@dataclass(frozen=True)
class Goal:
    """What a value should be.

    Parameters
    ----------
    bound
        In the unit of the value.
    at_most
        Whether smaller is better.
    """

    bound: float
    at_most: bool = False

    def is_met(self, value: float) -> bool:
        """Say whether a value is on the right side of the bound."""
        return value <= self.bound if self.at_most else value >= self.bound


@dataclass(frozen=True)
class Contest:
    """A case made ready to be measured.

    Parameters
    ----------
    turns
        Ours first; done in alternation.
    warm
        Called once before anything is measured.
    """

    turns: tuple[Turn, ...]
    warm: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Parameters
    ----------
    name
        Public id.
    about
        What is compared with what, in one line.
    amount, value, goal
        Of a turn; of its sample; None if nothing was promised.
    prepare
        Makes the contest, given the amount.
    devices
        Kinds of device that it is measured on.
    is_guarded
        Whether a gross loss fails continuous integration.
    is_scaled
        Whether value and goal belong to the full amount, and a smaller one has no verdict.
    repeats
        At most so many rounds, for cases that take long; None for as many as are asked for.
    on_request
        Whether it is measured only when its whole name is asked for.
    """

    name: str
    about: str
    amount: Amount
    value: Value
    prepare: Callable[[Surroundings, int], Contest]
    goal: Goal | None = None
    devices: tuple[str, ...] = ("cpu",)
    is_guarded: bool = False
    is_scaled: bool = False
    repeats: int | None = None
    on_request: bool = False
