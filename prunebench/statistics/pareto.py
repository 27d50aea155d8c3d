"""Which points no other point beats in both cost and quality, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from prunebench.errors import SpecError
from prunebench.statistics.bootstrap import RESAMPLES, resampled_means
from prunebench.statistics.paired import decisive

DOMINATED = 0.05
"""A point on the front of fewer resamples than this share is called dominated."""


@dataclass(frozen=True)
class Membership:
    """How a point stands to the front.

    Parameters
    ----------
    on_front
        Whether the means put it there.
    frequency
        Share of the bootstrap resamples in which it is on the front.
    seeds
        Number of seeds resampled.
    """

    on_front: bool
    frequency: float
    seeds: int

    @property
    def dominated(self) -> bool:
        """Whether the spread over seeds supports calling it dominated.

        With fewer than five seeds it never does: they cannot carry a claim at the 5 % level.
        """
        return self.frequency < DOMINATED and decisive(self.seeds, "greater")


EXACT = 12
"""Decimals of a mean that are no accident of the order in which its terms were added."""


def front(points: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """Give the names of the points that no other dominates, the cheapest first.

    A point is dominated by one that costs no more and is at least as good, and differs from it.
    Equal points are on the front together.

    Parameters
    ----------
    points
        (cost, quality) by name; a lower cost and a higher quality are better.

    Examples
    --------
    >>> front({"a": (1, 0.8), "b": (2, 0.9), "c": (3, 0.85)})
    ('a', 'b')
    """
    names = list(points)
    values = np.array([points[name] for name in names], dtype=np.float64).reshape(-1, 2)
    kept = on_front(values[None, :, 0], values[None, :, 1])[0]
    chosen = [name for name, keep in zip(names, kept, strict=True) if keep]
    return tuple(sorted(chosen, key=lambda name: points[name][0]))


def membership(
    costs: pd.DataFrame,
    qualities: pd.DataFrame,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> dict[str, Membership]:
    """Say how often each point is on the front when seeds are drawn with replacement.

    Seeds are shared by all points, so that paired differences stay paired.

    Parameters
    ----------
    costs, qualities
        One row per seed, one column per point; seeds and points that one of the two lacks are left
        out, and so are seeds that miss a number.
    rng
        Where the draws come from.
    resamples
        How often.

    Raises
    ------
    SpecError
        If no seed has all points.
    """
    names = [name for name in costs.columns if name in qualities.columns]
    both = pd.concat([costs[names], qualities[names]], axis=1, join="inner").dropna()
    if both.empty:
        msg = "no seed has every point of the front; leave out the points that lack seeds."
        raise SpecError(msg)
    table = both.to_numpy(dtype=np.float64)  # (seeds, 2 * points)
    often = shares(resampled_means(table, rng, resamples))
    once = shares(table.mean(axis=0, keepdims=True))
    return {
        str(name): Membership(bool(once[place]), float(often[place]), len(table))
        for place, name in enumerate(names)
    }


def shares(means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the share of rows in which each point is on the front; costs, then qualities."""
    costs, qualities = np.split(means, 2, axis=1)
    # Equal sums of other accuracies differ in their last bits, and equal points stand together.
    qualities = np.round(qualities, EXACT)
    return np.asarray(on_front(costs, qualities).mean(axis=0))


def on_front(costs: NDArray[np.float64], qualities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which points no other dominates, row by row; arrays are (rows, points).

    Every row is walked through from cheap to dear, and from good to bad where costs are equal. Then
    only the first of the best so far can dominate a point: unless it is that point, or equal to it.
    """
    order = np.lexsort((-qualities, costs), axis=1)
    cost, quality = (np.take_along_axis(values, order, axis=1) for values in (costs, qualities))
    best = np.maximum.accumulate(quality, axis=1)
    rises = np.ones(costs.shape, dtype=np.bool_)
    rises[:, 1:] = quality[:, 1:] > best[:, :-1]
    first = np.maximum.accumulate(np.where(rises, np.arange(costs.shape[1]), 0), axis=1)
    kept = np.empty(costs.shape, dtype=np.bool_)
    equal = (quality == best) & (cost == np.take_along_axis(cost, first, axis=1))
    np.put_along_axis(kept, order, equal, axis=1)
    return kept
