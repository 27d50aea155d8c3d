"""Rounds in alternation, so that a slow moment of the machine falls on every side, and medians."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

import torch

from benchmarks.speed.case import Contest, Sample


@dataclass(frozen=True)
class Spread:
    """Median of the rounds, and where eight tenths of them lie.

    Parameters
    ----------
    median, low, high
        The 50th, 10th and 90th percentile, with linear interpolation between rounds.
    """

    median: float
    low: float
    high: float


def spread(values: Iterable[float]) -> Spread:
    """Summarise the rounds.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0])
    Spread(median=3.0, low=1.4, high=4.6)
    """
    found = sorted(values)
    tenths = quantiles(found, n=10, method="inclusive") if len(found) > 1 else found
    return Spread(median(found), tenths[0], tenths[-1])


def measure(contest: Contest, repeats: int) -> tuple[Sample, ...]:
    """Warm up and take the rounds; every other one in reverse, so that nobody always goes first."""
    contest.warm()
    return tuple(take_round(contest, backwards=number % 2 == 1) for number in range(repeats))


def take_round(contest: Contest, *, backwards: bool) -> Sample:
    """Let every side have its turn."""
    turns = contest.turns[::-1] if backwards else contest.turns
    return {side: taken for turn in turns for side, taken in turn().items()}


def timed(work: Callable[[], object], device: torch.device | None = None) -> float:
    """Give the seconds that work takes; on a GPU until its last kernel has ended."""
    settle(device)
    began = perf_counter()
    work()
    settle(device)
    return perf_counter() - began


def settle(device: torch.device | None) -> None:
    """Wait for what a GPU has been asked to do."""
    if device is not None and device.type == "cuda":
        torch.cuda.synchronize(device)


def duel(
    ours: Callable[[], float], name: str, other: Callable[[], float], warm: Callable[[], object]
) -> Contest:
    """Set prunebench against one other side; each gives its seconds."""
    return Contest((lambda: {"ours": ours()}, lambda: {name: other()}), warm)
