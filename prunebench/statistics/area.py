"""Area under quality against log2(compression): the mean quality over a range of compressions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy import integrate

from prunebench.errors import SpecError
from prunebench.statistics.bootstrap import RESAMPLES, bootstrap_interval
from prunebench.statistics.cells import MEASURED
from prunebench.statistics.compare import own_rows
from prunebench.statistics.sample import Values

Curve: TypeAlias = tuple[Values, Values]
"""Compressions, and the qualities there."""


@dataclass(frozen=True)
class Area:
    """Mean quality of a method over a range of compressions.

    Parameters
    ----------
    mean
        Mean over seeds.
    low, high
        Bootstrap interval over seeds (95 %, percentile); None below two seeds.
    n
        Number of seeds.
    lost
        Seeds that miss a point of the curve; to bridge the gap would flatter.
    start, stop
        The range of compressions, common to all methods compared.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    lost: tuple[int, ...]
    start: float
    stop: float


def area(
    compressions: Sequence[float] | Values,
    qualities: Sequence[float] | Values,
    start: float,
    stop: float,
) -> float:
    """Integrate quality over log2(compression) from `start` to `stop`, divided by the width.

    Points are joined by straight lines; the result lies between the smallest and the largest
    quality.

    Raises
    ------
    SpecError
        If the curve does not cover the range, or the range is empty.

    Examples
    --------
    >>> area([2, 8, 32], [0.75, 0.5, 0], 2, 32)  # two trapezia: 0.625 and 0.25
    0.4375
    """
    order = np.argsort(compressions, kind="stable")
    x = np.log2(np.asarray(compressions, dtype=np.float64)[order])
    y = np.asarray(qualities, dtype=np.float64)[order]
    first, last = np.log2(start), np.log2(stop)
    if not (first < last and len(x) and x[0] <= first and last <= x[-1]):
        msg = f"a curve over {2**x} does not cover compressions from {start:g} to {stop:g}."
        raise SpecError(msg)
    inner = x[(x > first) & (x < last)]
    ends = np.interp([first, last], x, y)
    heights = np.concatenate((ends[:1], y[(x > first) & (x < last)], ends[1:]))
    places = np.concatenate(([first], inner, [last]))
    return float(integrate.trapezoid(heights, places) / (last - first))


def areas(
    frame: pd.DataFrame,
    column: str,
    rng: np.random.Generator,
    *,
    compression: str = "compression_ratio",
    resamples: int = RESAMPLES,
) -> dict[str, Area]:
    """Give the area of every method over the range that all their curves share.

    Parameters
    ----------
    frame
        Rows of one data set, model, recipe and protocol; controls and the dense network are
        passed over.
    column
        The quality, such as ``"test_accuracy_last"``.
    rng
        Where the bootstrap draws come from.
    compression
        The column to plot against: what was reached, not what was asked.
    resamples
        How often seeds are drawn.

    Returns
    -------
    dict of str to Area
        By method; empty if the curves share no range, without the methods that no seed completes.
    """
    own = own_rows(frame)
    curves = seed_curves(own, compression, column)
    shared = common_range([curve for by_seed in curves.values() for curve in by_seed.values()])
    if shared is None:
        return {}
    tried: dict[str, set[int]] = {}
    for method, seed in zip(own["method"], own["seed"], strict=True):
        tried.setdefault(method, set()).add(seed)
    return {
        method: over_seeds(curves[method], sorted(seeds), shared, (rng, resamples))
        for method, seeds in tried.items()
        if method in curves
    }


def over_seeds(
    curves: Mapping[int, Curve],
    tried: Sequence[int],
    shared: tuple[float, float],
    draws: tuple[np.random.Generator, int],
) -> Area:
    """Average the areas of a method's seeds."""
    values = np.array([area(x, y, *shared) for x, y in curves.values()])
    low, high = bootstrap_interval(values, draws[0], resamples=draws[1])
    lost = tuple(int(seed) for seed in tried if seed not in curves)
    return Area(float(values.mean()), low, high, len(values), lost, *shared)


def seed_curves(own: pd.DataFrame, compression: str, column: str) -> dict[str, dict[int, Curve]]:
    """Give the curves by method and seed: of seeds that measured all targets of their method.

    Draws are averaged. Methods without such a seed are left out.
    """
    targets = own.groupby("method")["target"].nunique()
    usable = own[own["status"].isin(MEASURED) & own[column].notna() & own[compression].notna()]
    grouped = usable.groupby(["method", "seed", "target"])[[compression, column]]
    means = grouped.mean().astype("float64")
    points: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for (method, seed, _), *point in means.itertuples(name=None):
        points.setdefault((method, int(seed)), []).append((point[0], point[1]))
    found: dict[str, dict[int, Curve]] = {}
    for (method, seed), curve in points.items():
        if len(curve) == targets[method]:
            x, y = np.array(curve).T
            found.setdefault(method, {})[seed] = (x, y)
    return found


def common_range(curves: Sequence[Curve]) -> tuple[float, float] | None:
    """Give the compressions that all curves cover; None if there are none."""
    if not curves:
        return None
    start = float(max(x.min() for x, _ in curves))
    stop = float(min(x.max() for x, _ in curves))
    return (start, stop) if start < stop else None
