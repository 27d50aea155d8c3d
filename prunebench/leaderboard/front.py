"""Fronts of a board: which networks no other beats in both cost and accuracy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """One network of a front.

    Parameters
    ----------
    method, density, ratio
        What it is; ``"dense"``, 1.0 and ``"1x"`` for the dense network.
    cost, accuracy
        Means over seeds.
    on_front
        Whether the means put it on the front.
    frequency
        Share of the resamples of the seeds in which it is.
    dominated
        Whether the spread over seeds supports that others beat it; never below five seeds.
    """

    method: str
    density: float
    ratio: str
    cost: float
    accuracy: float
    on_front: bool
    frequency: float
    dominated: bool


@dataclass(frozen=True)
class Front:
    """Accuracy against one cost.

    Parameters
    ----------
    cost
        ``"macs"``, ``"params"`` or ``"training"``.
    title, unit
        What is counted, in words, and in what.
    points
        The cheapest first.
    seeds
        Seeds that all points share.
    left_out
        Labels ``"method at 4x"`` of networks that lack a seed and cannot take part.
    """

    cost: str
    title: str
    unit: str
    points: tuple[Point, ...]
    seeds: int
    left_out: tuple[str, ...]
